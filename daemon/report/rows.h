// Raw answers about one subject. Who includes this file can see them: the clerk, which reads them from a closed round,
// and of this room only publish, cell, spread and quality. Everything else works on struct figure (a lint checks it).
#ifndef CANDOUR_ROWS_H
#define CANDOUR_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "spread.h"

// The numbers of enum Group in proto/candour.proto.
enum rows_group { ROWS_SELF = 1, ROWS_MANAGER = 2, ROWS_PEER = 3, ROWS_REPORT = 4, ROWS_OTHER = 5, ROWS_GROUPS = 5 };

enum {
    ROWS_UNANSWERED = 0,
    ROWS_NOT_OBSERVED = 255,
    ROWS_THRESHOLD_MIN = 3, // never below, whatever the manifest says
    ROWS_TAIL_LOW_MIN = 1,  // below it a colleague's 1 could be learnt
};

struct report_rules {
    uint32_t threshold, tail_low, tail_high;
    uint32_t comments_pooled;   // ballots of all anonymous groups together
    uint32_t comments_by_group; // ballots in each; 0: never by group
};
struct report_ballot {
    uint8_t group;
    const uint8_t *ratings; // one per item: 0 unanswered, 1..M, 255 not observed; anything else counts as unanswered
};
// Comments of ballots without any rating are left out by the caller: such a ballot is withdrawn.
struct report_comment {
    uint8_t group;
    uint8_t question; // from 0
    const char *text; // UTF-8, length bytes
    size_t length;
};

// Borrowed by the functions of this room, never kept and never written.
struct report_input {
    uint32_t scale_max;                    // M, 2..REPORT_SCALE_MAX
    uint32_t item_count, competency_count; // items: at most REPORT_ITEMS_MAX
    const uint32_t *competencies;          // of each item, below competency_count
    struct report_rules rules;
    struct spread spread;
    uint32_t invited[ROWS_GROUPS]; // index group - 1
    size_t ballot_count;
    const struct report_ballot *ballots; // the order does not matter
    size_t comment_count;
    const struct report_comment *comments; // shuffled by the caller, per question over all groups together
};

// Is it a rating on a scale of 1..scale_max?
static inline _Bool rows_is_rating(uint8_t byte, uint32_t scale_max) {
    return byte >= 1 && byte <= scale_max && byte != ROWS_NOT_OBSERVED;
}
// Does a ballot say anything? One without a rating takes an answer back.
static inline _Bool rows_has_rating(const struct report_input *in, const uint8_t *ratings) {
    for (uint32_t i = 0; i < in->item_count; i++) {
        if (rows_is_rating(ratings[i], in->scale_max)) {
            return 1;
        }
    }
    return 0;
}

#endif
