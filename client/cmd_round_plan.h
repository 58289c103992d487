// The flags of a round's plan, which round new and round plan share.
#ifndef CANDOUR_CMD_ROUND_PLAN_H
#define CANDOUR_CMD_ROUND_PLAN_H

#include "cmd.h"

struct cmd_plan {
    Candour__Plan message; // points into the rest
    Candour__GroupLimit limits[4], *list[4];
};
// --auto-open, --auto-close, --managers, --peers, --reports, --others. -1: EXIT_USAGE.
MUST_CHECK int cmd_plan(struct run *run, struct cmd_plan *plan);

#endif
