// The spread s0 behind likely ranges: standard deviation within cells, pooled over the published cells of a whole
// round. Besides framework quality it is the only number made from rows instead of published figures: one decimal,
// computed once, stored, and an explicit input of the publisher.
//
// s0_item = sqrt(sum of squared deviations from the cell's mean / sum of (answers - 1)), over the items of every cell
// that have a number there. s0_competency: the same with each rater's mean of a competency, who answered at least half
// of its items, where the competency has a number. Used from 100 degrees of freedom, sum of (ballots - 1) over cells
// and not multiplied by items, and as many of each s0, and 10 subjects on; otherwise 1.0. Order of subjects and ballots
// does not matter.
//
// Never below 0.6 and 0.3: with the means, the least spread that is possible would say that each group was of one mind,
// and so what everybody gave. Ratings with a known mean have at least n/(4 (n - 1)) <= 1/3 as variance where it lies
// halfway, and 1/3 of 100 and the 2 that one step apart adds stay below 0.65^2 of 100. Means of several ratings can lie
// closer together.
#ifndef CANDOUR_SPREAD_H
#define CANDOUR_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base.h"

struct report_input;

enum {
    SPREAD_DEFAULT_TENTHS = 10,
    SPREAD_ITEM_TENTHS_MIN = 6,
    SPREAD_COMPETENCY_TENTHS_MIN = 3,
    SPREAD_FREEDOM_MIN = 100,
    SPREAD_SUBJECTS_MIN = 10,
};

struct spread {
    uint32_t item_tenths, competency_tenths;
    bool pooled; // from this round's answers; false: the default
};

// Start with all zero.
struct spread_pool {
    uint64_t subjects, freedom;
    uint64_t item_squares, item_freedom;             // squares in 10^-8
    uint64_t competency_squares, competency_freedom; // of ratings squared
};

// Adds one subject. 0, or -1: no memory (*pool is unchanged).
MUST_CHECK int spread_add(struct spread_pool *pool, const struct report_input *input);
struct spread spread_finish(const struct spread_pool *pool);

#endif
