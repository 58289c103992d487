// Rounds that open and close themselves, because an administrator wished so. Each begins what the other jobs go on
// with.
#include "daemon/clerk/job.h"
#include "daemon/core/log.h"

static int begin(struct clerk *c, enum query query, const char *what, int64_t now) {
    arena_reset(&c->step);
    struct db_segment *s = job_segment(&c->step, query, NULL);
    if (s == NULL) {
        return -1;
    }
    db_time(s, now);
    if (job_run(c->desk, s, what) != 0) {
        return -1;
    }
    int rounds = db_get_int(db_result(s, 0), 0, 0);
    if (rounds > 0) {
        log_event(LOG_NOTICE, what, "rounds=%d", rounds);
    }
    return 0;
}

int job_begin_due(struct clerk *c, int64_t now) {
    int failed = begin(c, QUERY_CLERK_DESK_OPEN_DUE, "open_due", now);
    return failed | begin(c, QUERY_CLERK_DESK_CLOSE_DUE, "close_due", now);
}
