// A mean over leaders, each counting once, of figures that their reports show; for administrators. It sees figures
// only, so what a leader's report hides cannot enter it, and fewer leaders than ORGANISATION_LEADERS_MIN have no mean.
#ifndef CANDOUR_REPORT_ORGANISATION_H
#define CANDOUR_REPORT_ORGANISATION_H

#include <stdint.h>

#include "publish.h"

enum { ORGANISATION_LEADERS_MIN = 5 };

// Starts with all zero.
struct organisation_pool {
    uint64_t sum;     // of tenths
    uint64_t inverse; // sum of 10^6 / ballots
    uint32_t leaders, ballots;
    uint8_t kind; // of all numbers; exact as soon as two differ
};
// A figure without a number adds nothing.
void organisation_add(struct organisation_pool *pool, const struct figure *figure);

// Sum of tenths over leaders, half up; a bound only when every figure is one in the same direction. The likely range is
// that of a mean of k figures with a spread of s0 / sqrt(ballots) each: +- 1.96 x s0 x sqrt(sum 1/ballots) / k.
struct organisation_mean {
    struct report_value value; // hidden with too few leaders
    uint32_t leaders;          // 0 then
};
struct organisation_mean organisation_mean(const struct organisation_pool *pool, uint32_t s0_tenths,
                                           uint32_t scale_max);

#endif
