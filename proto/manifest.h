// The manifest: the public, frozen rules and keys of a round, as canonical UTF-8 text (PROTOCOL.md has the grammar).
// Reading is strict: what manifest_write would not have written is refused, so equal manifests are equal bytes. Pure.
#ifndef CANDOUR_MANIFEST_H
#define CANDOUR_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

enum {
    MANIFEST_GROUPS = 5, // self manager peer report other, index = group - 1
    MANIFEST_LEVELS_MAX = 16,
    MANIFEST_BOXES_MAX = 8,
    MANIFEST_PINS_MAX = 2,
    MANIFEST_NAME_BYTES = 255, // and NUL
    MANIFEST_LEVEL_BYTES = 32,
    MANIFEST_PAGE_BYTES = 16384,
    MANIFEST_BYTES_MAX = 16 * 1024 * 1024,
    MANIFEST_THRESHOLD_MIN = 3,
    MANIFEST_THRESHOLD_MAX = 50,
    MANIFEST_TAIL_LOW_MIN = 1, // with 0 a rater could learn that every colleague gave the lowest mark
    MANIFEST_TAIL_MAX = 2,
    MANIFEST_RATERS_MAX = 100000, // of a group; also the largest figure of the comment rules
    MANIFEST_BUCKET_STEP = 1024,
    MANIFEST_GRACE_MAX_S = 86400,
};

struct manifest_rules {
    uint32_t threshold, comments_pooled;
    uint32_t comments_by_group; // 0: comments never name their group
    uint32_t tail_low, tail_high, bucket;
};
struct manifest_level {
    char level[MANIFEST_LEVEL_BYTES];
    uint8_t questionnaire[32];
};
struct manifest_subject {
    uint8_t id[16];
    char level[MANIFEST_LEVEL_BYTES];
    uint8_t name_hash[32]; // SHA-256("candour-subject" || salt[16] || display name); no two that stay are the same
    bool retired;          // written as a last word " retired"
    uint32_t raters[MANIFEST_GROUPS];
};
struct manifest {
    uint8_t round[16];
    bool demo; // purpose
    uint32_t version;
    uint8_t previous[32]; // SHA-256 of the version before; all zero for version 0, written "-"
    char organisation[MANIFEST_NAME_BYTES + 1];
    char desk[MANIFEST_NAME_BYTES + 1]; // host:port
    size_t box_count;
    char boxes[MANIFEST_BOXES_MAX][MANIFEST_NAME_BYTES + 1];
    size_t pin_count; // 0: written "tls-pin -"
    uint8_t pins[MANIFEST_PINS_MAX][32];
    uint8_t credential_key[32], box_key[32], receipt_key[32];
    size_t level_count;
    struct manifest_level levels[MANIFEST_LEVELS_MAX];
    int64_t collect_from, answer_from, close; // Unix seconds
    uint32_t grace_s;
    struct manifest_rules rules;
    uint8_t names[32]; // SHA-256("candour-names" || salt[16]): all names are committed to under one salt
    size_t subject_count;
    struct manifest_subject *subjects; // malloc'ed; sorted by id
};

// Canonical text, malloc'ed, *ret_len bytes and a NUL. NULL: no memory.
char *manifest_write(const struct manifest *m, size_t *ret_len);
// 0, -1: not a canonical manifest, -2: no memory. The caller ends *ret_m with manifest_free.
MUST_CHECK int manifest_read(const char *text, size_t len, struct manifest *ret_m);
void manifest_free(struct manifest *m);

// SHA-256 of a version's text; of version 0 it is the round's root.
void manifest_hash(const char *text, size_t len, uint8_t ret_hash[32]);
// The commitment to a round's names, and to one of them, under the round's salt.
void manifest_names_hash(const uint8_t salt[16], uint8_t ret_hash[32]);
void manifest_name_hash(const uint8_t salt[16], const char *name, size_t len, uint8_t ret_hash[32]);

// Answers are given in the first two thirds of the time from answer_from to close; the last third is for sending. The
// moment between the two: from then on ballots leave, and answering is over. Unix seconds.
int64_t manifest_answers_until(int64_t answer_from, int64_t close);

const struct manifest_subject *manifest_subject_find(const struct manifest *m, const uint8_t id[16]);
const struct manifest_level *manifest_level_find(const struct manifest *m, const char *level);

// May `next` follow `before` (whose text hashes to before_hash)? NULL: yes; otherwise a sentence naming what changed
// that never may: only subjects added or retired, close later, raters more.
const char *manifest_step_forbidden(const struct manifest *before, const uint8_t before_hash[32],
                                    const struct manifest *next);

#endif
