// The canonical questionnaire of one level of one round: the text whose SHA-256 stands in the manifest, so that every
// rater provably answers the same questions. UTF-8, LF, one statement per line, tab-separated, fixed order:
//
//   candour-questionnaire 1
//   framework <name> <version>        (tab-separated; so are all lines below)
//   level <level> <level name>
//   scale <label of 1> ... <label of M>
//   competency <cluster or empty> <name> <definition or empty>
//   item <id> <effective> <ineffective or empty>     (id: position from 1; belongs to the competency above it)
//   question <text>
//
// Text in it has no tab and no line feed. Pure.
#ifndef CANDOUR_QUESTIONNAIRE_H
#define CANDOUR_QUESTIONNAIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"

enum {
    QUESTIONNAIRE_ITEMS_MAX = 200,
    QUESTIONNAIRE_COMPETENCIES_MAX = 64,
    QUESTIONNAIRE_SCALE_MIN = 2,
    QUESTIONNAIRE_SCALE_MAX = 10,
    QUESTIONNAIRE_QUESTIONS_MAX = 8,
};

// Strings are NUL-terminated and belong to `text`, the questionnaire's own copy.
struct questionnaire_competency {
    const char *cluster, *name, *definition; // "" where there is none
};
struct questionnaire_item {
    unsigned competency;
    const char *effective, *ineffective;
};
struct questionnaire {
    char *text; // one allocation that everything points into
    const char *framework, *level, *level_name;
    unsigned version;
    unsigned scale_count, competency_count, item_count, question_count;
    const char *scale[QUESTIONNAIRE_SCALE_MAX];
    struct questionnaire_competency competencies[QUESTIONNAIRE_COMPETENCIES_MAX];
    struct questionnaire_item items[QUESTIONNAIRE_ITEMS_MAX];
    const char *questions[QUESTIONNAIRE_QUESTIONS_MAX];
};

// The canonical text of *q (its .text is not read); malloc'ed, *ret_len bytes and a NUL. NULL: no memory. The items of
// a competency stand together, in the order of the competencies.
char *questionnaire_write(const struct questionnaire *q, size_t *ret_len);
// 0, -1: not canonical, -2: no memory. On success the caller ends it with questionnaire_free.
MUST_CHECK int questionnaire_read(const char *text, size_t len, struct questionnaire *ret_q);
void questionnaire_free(struct questionnaire *q);
// The SHA-256 that the manifest carries.
void questionnaire_hash(const char *text, size_t len, uint8_t ret_hash[32]);

#endif
