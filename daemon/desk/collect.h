// Issuing credentials. Keys of rounds are unwrapped when they are needed and kept for a while (round_keys.h).
#ifndef CANDOUR_DESK_COLLECT_H
#define CANDOUR_DESK_COLLECT_H

struct worker;

// Once per worker; the timer that wipes keys runs on its loop.
void collect_start(struct worker *worker);

#endif
