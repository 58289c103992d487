// Change since the last round, from two packed reports and nothing else: what they show of the same groups is compared.
#ifndef CANDOUR_CHANGE_H
#define CANDOUR_CHANGE_H

#include "candour.pb-c.h"
#include "daemon/core/arena.h"

// Adds to *now what changed since *before, in the arena; before is borrowed as long as *now is used. Competencies are
// the same when cluster and name are. Nothing is added when the scales differ in length. s0 is that of now.
void change_add(struct arena *arena, const Candour__Report *before, Candour__Report *now);

#endif
