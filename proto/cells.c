#include "cells.h"

#include <stdbool.h>

#include "base.h"

enum { P = 1 << CELLS_PEER, R = 1 << CELLS_REPORT, O = 1 << CELLS_OTHER };

// In order of preference: the first that fits is taken.
// A merged cell is only reached when each of its groups has some ballots: without them a partition before it fits.
static const uint8_t partitions[][CELLS_GROUPS] = {
    {P, R, O}, {P | O, R}, {P, R | O}, {P | R, O}, {P | R | O},
};

// Adds what speaks for itself among members to *cells; false: some ballots, but too few.
static bool add_cell(struct cells *cells, const uint32_t counts[CELLS_GROUPS], uint8_t members, uint32_t threshold) {
    uint64_t ballots = 0;
    for (unsigned group = 0; group < CELLS_GROUPS; group++)
        ballots += members >> group & 1 ? counts[group] : 0;
    if (ballots == 0)
        return true;
    if (ballots < threshold || ballots > UINT32_MAX)
        return false;
    cells->members[cells->count] = members;
    cells->ballots[cells->count++] = (uint32_t)ballots;
    return true;
}

struct cells cells_partition(const uint32_t counts[CELLS_GROUPS], uint32_t threshold) {
    for (size_t i = 0; i < ARRAY_LEN(partitions); i++) {
        struct cells cells = {0};
        bool fits = true;
        for (size_t cell = 0; cell < CELLS_GROUPS && fits; cell++)
            fits = add_cell(&cells, counts, partitions[i][cell], threshold);
        if (fits)
            return cells;
    }
    return (struct cells){0};
}
