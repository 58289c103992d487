// A published number, and the only kind of number that may be compared, ranked, averaged or shown. Rows (rows.h) stay
// behind this wall: nothing here can be turned back into an answer. Integer arithmetic only, so equal figures give
// equal bytes everywhere.
#ifndef CANDOUR_FIGURE_H
#define CANDOUR_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The numbers of enum FigureKind in proto/candour.proto.
enum figure_kind {
    FIGURE_HIDDEN = 1, // too few answers
    FIGURE_EXACT = 2,
    FIGURE_AT_MOST = 3,  // tenths "or below"
    FIGURE_AT_LEAST = 4, // tenths "or above"
    FIGURE_NOT_SEEN = 5, // most of this group has not seen it
};

struct figure {
    uint8_t kind;
    uint32_t tenths;  // of the figure, or of its bound; 0 when hidden or not seen
    uint32_t ballots; // of the published cell or cells behind it, never the answers to one item; 0 when no number
};

// Tenths; 0 and 0 when the figure has no number.
struct range {
    uint32_t low_tenths, high_tenths;
};

// Does it carry a number?
bool figure_is_number(const struct figure *f);

// numerator / denominator to the nearest tenth, half up. denominator > 0.
uint32_t figure_tenths(uint64_t numerator, uint64_t denominator);

// The figure of a competency in one cell: mean of its items' figures there, when at least half of them are numbers;
// a bound enters as its bound, and only when every number is a bound in the same direction is the mean one too.
// Not seen when every item is, otherwise hidden. count 0: hidden.
struct figure figure_mean(const struct figure *items, size_t count);

// All colleagues: sum of ballots x tenths over sum of ballots, of the cells that have a number, with the ballots of
// these cells together. Bounds as in figure_mean. No number in any cell: not seen when all are, otherwise hidden.
struct figure figure_pool(const struct figure *cells, size_t count);

// Likely range: figure +- 1.96 x s0 / sqrt(ballots), half-width rounded half up to a tenth, clipped to 1..scale_max.
// s0 is the spread within groups over the whole round (spread.h), never the group's own. A bound is open on its own
// side. (1.96: two-sided 95 % point of the normal distribution.)
struct range figure_range(const struct figure *f, uint32_t s0_tenths, uint32_t scale_max);

// figure +- half (tenths), clipped in the same way. f has a number.
struct range figure_clip(const struct figure *f, uint32_t half, uint32_t scale_max);

// The half-width 1.96 x s0 x sqrt(numerator / denominator) in tenths, half up. denominator > 0.
uint32_t figure_half_width(uint32_t s0_tenths, uint64_t numerator, uint64_t denominator);

// Is a difference of so many tenths larger than that half-width, before rounding?
bool figure_is_beyond(uint32_t tenths, uint32_t s0_tenths, uint64_t numerator, uint64_t denominator);

#endif
