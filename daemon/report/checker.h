// The disclosure checker: runs the publisher over every possible set of answers ("world"), puts worlds with the same
// output into one group, and looks for a rater whose answer is the same in every world of a group. Whoever reads the
// output could then work that answer out. An outsider knows all counts; an insider also knows one own answer.
// The clerk runs checker_rules before it publishes; the tests run it over all small counts and see bad publishers go
// red.
//
// Worlds are multisets per group of raters, not sequences. That loses nothing: publishers see a group as a multiset, so
// every group of worlds is closed under raters of one group swapping answers. Hence
// - all raters of a group are in the same position, and one has the same answer v in all worlds exactly when every
//   multiset there is "all v": when the union of values over these multisets has one member;
// - for an insider who gave a, the same holds for the multisets that contain a, with one a taken out.
// So it is enough to keep unions of values, as bits. Private to this room.
#ifndef CANDOUR_CHECKER_H
#define CANDOUR_CHECKER_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "cell.h"
#include "cells.h"
#include "publish.h"
#include "rows.h"

enum {
    CHECKER_RATERS_MAX = 11, // in one group
    CHECKER_OUTPUT_BYTES = 128,
};

struct checker_multiset {
    uint8_t ratings[CHECKER_RATERS_MAX]; // rising
    struct tally tally;
    uint32_t present;                  // bit v - 1: somebody gave v
    uint32_t others[REPORT_SCALE_MAX]; // index a - 1: what is present when one a is taken out
};

// What everybody knows, and what is constant over the worlds of one run.
struct checker_setting {
    uint32_t scale_max;
    struct report_rules rules;
    uint32_t ballots[CELLS_GROUPS]; // with a rating somewhere
    uint32_t answers[CELLS_GROUPS]; // to this item, at most CHECKER_RATERS_MAX; who gave them is known
    uint32_t not_observed[CELLS_GROUPS];
    uint32_t s0_tenths;
    uint32_t insider_forbidden; // ratings an insider must never learn, as bits; an outsider must learn none
    struct cells cells;
};
struct checker_world {
    const struct checker_setting *setting;
    const struct checker_multiset *groups[CELLS_GROUPS];
    struct tally tallies[CELLS_GROUPS];
};
struct checker_output {
    size_t length;
    uint8_t bytes[CHECKER_OUTPUT_BYTES]; // zero behind length
};
typedef void (*checker_publisher)(const struct checker_world *world, struct checker_output *output);

// Everybody answered. Forbidden to an insider: 1 and 2, with tail_high > 0 every rating.
struct checker_setting checker_setting_of(const struct report_rules *rules, uint32_t scale_max,
                                          const uint32_t counts[CELLS_GROUPS]);

// Adds every world of a setting to *worlds, and every violation to *violations. 0, or -1: no memory.
MUST_CHECK int checker_run(const struct checker_setting *setting, checker_publisher publish, uint64_t *worlds,
                           uint64_t *violations);

// The production code of one item, and how its output is written down.
void checker_publish_item(const struct checker_world *world, struct checker_output *output);
void checker_put(struct checker_output *output, uint32_t value); // below 256
void checker_put_figure(struct checker_output *output, const struct figure *f);
void checker_put_value(struct checker_output *output, const struct report_value *v);
void checker_put_item(struct checker_output *output, const struct report_item *item, size_t cells);

// The self-check: the rules of a round over a few small settings, in well under a second. A threshold above 6 is
// checked as 6: in larger cells the same sum leaves more open. 0: nothing is disclosed, 1: something is, -1: no memory.
MUST_CHECK int checker_rules(const struct report_rules *rules, uint32_t scale_max);

#endif
