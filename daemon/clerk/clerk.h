// The clerk: timed work that belongs to nobody's request. One in the whole deployment holds office (an advisory lock on
// the desk's database). It looks at both sides of the wall, over two connections and never in one transaction; what it
// carries across is idempotent: keys and manifest when a round opens, a progress word a day, the shuffled rows of a
// closed round.
#ifndef CANDOUR_CLERK_H
#define CANDOUR_CLERK_H

#include "base.h"

struct worker;

// Called once in the clerk's process. 0, or -1 with a log line.
MUST_CHECK int clerk_start(struct worker *worker);
void clerk_stop(struct worker *worker);

#endif
