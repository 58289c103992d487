// What one cell says about one item: the only place where answers become figures. Private to this room.
#ifndef CANDOUR_CELL_H
#define CANDOUR_CELL_H

#include <stdint.h>

#include "cells.h"
#include "figure.h"
#include "publish.h"
#include "rows.h"

// One group's or one cell's answers to one item. Raw.
struct tally {
    uint32_t ballots; // with at least one rating anywhere
    uint32_t answers; // to this item, neither missing nor not observed
    uint32_t not_observed;
    uint32_t sum;   // of the answers
    uint32_t upper; // answers in the upper band
};

void tally_add(struct tally *t, uint8_t rating, uint32_t scale_max);

// n = answers, s = sum, M = scale_max:
//   more than half of the cell's ballots "not observed": not seen; else n < threshold: hidden;
//   lo = n + (M-1) tail_low + 1, hi = M n - (M-1) tail_high - 1; lo >= hi: hidden;
//   s <= lo: at most lo/n; s >= hi: at least hi/n; else exactly s/n to one decimal, half up.
// Whether there is a number depends on counts alone: the share of "not observed" is a count, like n.
struct figure cell_figure(const struct tally *t, const struct report_rules *rules, uint32_t scale_max);

// Two bands, from ten answers on, for a cell whose figure is a number. None with tail_high > 0, nor on scales below
// five points: there the bands and the mean together tell one rater what all the others gave, which the rules exclude.
struct bands cell_bands(const struct tally *t, const struct report_rules *rules, uint32_t scale_max);

// Everything anonymous about one item (cells, bands, all colleagues, ranges), from the three groups' tallies.
// Writes those members of *ret_item and no others.
void cell_publish(const struct tally groups[CELLS_GROUPS], const struct cells *cells, const struct report_rules *rules,
                  uint32_t scale_max, uint32_t s0_tenths, struct report_item *ret_item);

#endif
