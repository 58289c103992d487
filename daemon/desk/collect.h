// Issuing credentials. Keys of rounds are unwrapped once per worker and kept, in locked memory, until the database has
// no key for the round any more.
#ifndef CANDOUR_DESK_COLLECT_H
#define CANDOUR_DESK_COLLECT_H

#include "base.h"

// -1: the memory for keys could not be locked; everything works all the same.
MUST_CHECK int collect_start(void);

#endif
