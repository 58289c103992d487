// The audit trail: lines that were committed become links of its chain.
#include "daemon/clerk/job.h"

int job_chain_audit(struct clerk *c) {
    arena_reset(&c->step);
    return job_run(c->desk, job_segment(&c->step, QUERY_CLERK_DESK_CHAIN_AUDIT, NULL), "chain_audit");
}
