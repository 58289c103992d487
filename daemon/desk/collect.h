// Issuing credentials. Keys of rounds are unwrapped when they are needed and kept for a while (round_keys.h).
#ifndef CANDOUR_DESK_COLLECT_H
#define CANDOUR_DESK_COLLECT_H

#include "base.h"

struct worker;

// -1: the loop takes no timer.
MUST_CHECK int collect_start(struct worker *worker);

#endif
