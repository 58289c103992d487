// Which groups are merged, from counts alone (the client shows beforehand what the report will do). Pure.
#ifndef CANDOUR_CELLS_H
#define CANDOUR_CELLS_H

#include <stddef.h>
#include <stdint.h>

enum { CELLS_PEER, CELLS_REPORT, CELLS_OTHER, CELLS_GROUPS }; // index into counts

struct cells {
    uint8_t count;                 // 0: nothing may be published
    uint8_t members[CELLS_GROUPS]; // bit 1 << CELLS_PEER and so on, in the order peer, report, other of first members
    uint32_t ballots[CELLS_GROUPS];
};

// The first of {P}{R}{O}; {P,O}{R}; {P}{R,O}; {P,R}{O}; {P,R,O} in which every cell that has ballots has at least
// threshold. Cells without ballots are left out; groups without ballots are named in no cell. threshold >= 1.
struct cells cells_partition(const uint32_t counts[CELLS_GROUPS], uint32_t threshold);

#endif
