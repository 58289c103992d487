// Are the rows of a raters file fit for a round? Everybody is known, nobody is asked twice about one leader, every
// leader has one level that the framework has, and "self" means self. Pure.
#ifndef CANDOUR_DESK_RATERS_CHECK_H
#define CANDOUR_DESK_RATERS_CHECK_H

#include <stdint.h>

#include "daemon/desk/problems.h"

enum { RATERS_LEADERS_MANY = 5, RATERS_BUSY_SHOWN = 5 };

struct raters_row {
    // from the file; addresses in lower case, level empty: none given
    ProtobufCBinaryData subject, level, rater;
    Candour__Group group;
    uint32_t line;
    // from the database
    const uint8_t *subject_id, *rater_id; // 16 bytes; NULL: no such person
    ProtobufCBinaryData subject_level;    // in this round, or else the person's own; may be empty
    int stored_group;                     // in which this pair stands already; 0: not asked so far
    uint32_t leaders;                     // whom the rater will be asked about in this round, without themselves
};
// One leader of the file, with the level to store.
struct raters_subject {
    const uint8_t *id;
    ProtobufCBinaryData level;
};
struct raters {
    struct raters_subject *subjects; // in the arena of the problems
    size_t subject_count;
    uint32_t added, changed, unchanged; // pairs
    // Who is asked about more than RATERS_LEADERS_MANY leaders: how many there are, and a row of the first few, the
    // most loaded ones first.
    size_t busy_count;
    const struct raters_row *busy[RATERS_BUSY_SHOWN];
};

// Adds what is wrong to problems, sorted by line; *ret_raters is of use when there is nothing.
void raters_check(struct raters_row *rows, size_t row_count, const ProtobufCBinaryData *levels, size_t level_count,
                  struct problems *problems, struct raters *ret_raters);

#endif
