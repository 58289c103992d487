// What tells when somebody was at work, and is needed no more.
#include "daemon/clerk/job.h"

int job_forget(struct clerk *c, int64_t now) {
    arena_reset(&c->step);
    struct db_segment *s = job_segment(&c->step, QUERY_CLERK_DESK_FORGET, NULL);
    if (s == NULL) {
        return -1;
    }
    db_time(s, now);
    return job_run(c->desk, s, "forget");
}
