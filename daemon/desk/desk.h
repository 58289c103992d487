// The identified door: who signs in, asks, is asked, and reads.
#ifndef CANDOUR_DESK_DESK_H
#define CANDOUR_DESK_DESK_H

#include "base.h"

struct worker;

// Once per desk worker, before it listens. 0, or -1 with a log line.
MUST_CHECK int desk_start(struct worker *worker);

#endif
