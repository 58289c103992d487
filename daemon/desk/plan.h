// What a round does by itself, and how many are asked in each group: at its making and later.
#ifndef CANDOUR_DESK_PLAN_H
#define CANDOUR_DESK_PLAN_H

#include "candour.pb-c.h"
#include "daemon/core/db.h"

// NULL, or the sentence that says which rule is broken. Pure. plan NULL: nothing is planned.
const char *plan_check(const Candour__Plan *plan);
// Six parameters: opens_itself and closes_itself, for the groups 1 to 5 the least and the most, days that answers and
// months that reports are kept. NULL, also as an element of the arrays: not said.
void plan_add(struct db_segment *s, const Candour__Plan *plan);

#endif
