// The clerk's look at a report before it is stored: is everything in it a function of its own published figures? What
// the publisher said of competencies, all colleagues, likely ranges and findings is worked out again from the figures
// that the packed message shows of cells, self and manager, and must be the same. Pure.
#ifndef CANDOUR_PROOF_H
#define CANDOUR_PROOF_H

#include "candour.pb-c.h"

// NULL: it holds. Otherwise what does not, as a word for the log.
const char *proof_report(const Candour__Report *report);

#endif
