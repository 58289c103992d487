// The texts of mails: which kinds there are, what may stand in them, and filling them in. Pure. A text is a subject of
// one line and a body; {word} in either stands for something that only the moment of sending knows.
#ifndef CANDOUR_TEMPLATE_H
#define CANDOUR_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "clock.h"

enum template_kind { // names are those of desk.outbox.kind
    TEMPLATE_NOMINATION,
    TEMPLATE_INVITATION,
    TEMPLATE_OPEN,
    TEMPLATE_REMINDER,
    TEMPLATE_SECOND_REMINDER,
    TEMPLATE_LAST_CALL,
    TEMPLATE_EXTENDED,
    TEMPLATE_THANKS,
    TEMPLATE_READING,
    TEMPLATE_REPORT,
    TEMPLATE_CODE,
    TEMPLATE_KINDS
};
enum template_word {
    TEMPLATE_NAME,
    TEMPLATE_EMAIL,
    TEMPLATE_ORGANISATION,
    TEMPLATE_SERVER,
    TEMPLATE_ROUND,
    TEMPLATE_WORD_LEADERS,
    TEMPLATE_COLLECT_FROM,
    TEMPLATE_ANSWER_FROM,
    TEMPLATE_ANSWER_UNTIL, // from then on ballots leave their raters' computers
    TEMPLATE_CLOSE,
    TEMPLATE_THRESHOLD,
    TEMPLATE_FINGERPRINT,
    TEMPLATE_WORD_CODE,
    TEMPLATE_CODE_UNTIL,
    TEMPLATE_WORDS
};
enum {
    TEMPLATE_SUBJECT_BYTES_MAX = 200,
    TEMPLATE_BODY_BYTES_MAX = 8192,
    TEMPLATE_FILLED_BYTES_MAX = 32 * 1024,
    TEMPLATE_FILLED_SUBJECT_BYTES_MAX = 1024
};

struct template_part {
    const char *text; // not NUL-terminated
    size_t len;
};
struct template_text {
    struct template_part subject, body;
};

const char *template_name(enum template_kind kind);
MUST_CHECK int template_find(const void *name, size_t len, enum template_kind *ret_kind); // -1: no such kind
// The languages that mails have texts in: "en" first, NULL at the end.
extern const char *const template_languages[];
// The one of them that a person of some language ("cy-GB"; "" or NULL: nobody said) gets.
const char *template_language(const char *language);
// The program's own; language as of template_piece.
struct template_text template_own(const char *language, enum template_kind kind);
bool template_has_code(enum template_kind kind); // such a mail makes somebody a code

// May an administrator store it? -1: a sentence that says which {word} is wrong, or is missing.
MUST_CHECK int template_check(enum template_kind kind, const struct template_text *text, char *ret_sentence,
                              size_t sentence_size);
// Can one that was stored still be filled in? If not, because an older version knew other words, our own is sent.
bool template_is_usable(enum template_kind kind, const struct template_text *text);

// Another text of ours, such as a letter's part, in a language ("cy", "cy-gb"; "" or NULL: English). English, where the
// language has none; a name that English has not either is our mistake.
struct template_part template_piece(const char *language, const char *name);
// A moment in words of that language. Pure.
void template_date(const char *language, int64_t at, char ret_text[CLOCK_WORDS_BYTES]);

// What the words stand for. Leaders are one on each line; a list of more than 20 ends with how many more there are.
struct template_values {
    const char *language; // of a list that is too long; as of template_piece
    struct template_part words[TEMPLATE_WORDS];
};
// NUL-terminated in ret_text; -1: it does not fit. A word of another kind stays as it stands.
MUST_CHECK int template_fill(const struct template_part *text, const struct template_values *values, char *ret_text,
                             size_t size);

#endif
