// Rounds that open and close themselves, because an administrator wished so. Each begins what the other jobs go on
// with. A round that cannot be opened keeps no other one from it.
#include "daemon/clerk/job.h"
#include "daemon/core/log.h"

static int open_one(struct clerk *c, const uint8_t round[16], int64_t now) {
    arena_reset(&c->step);
    struct db_segment *s = job_segment(&c->step, QUERY_CLERK_DESK_OPEN_DUE, round);
    if (s == NULL) {
        return -1;
    }
    db_time(s, now);
    if (job_run(c->desk, s, "open_due") != 0) {
        return -1;
    }
    if (db_get_bool(db_result(s, 0), 0, 0)) {
        log_event(LOG_NOTICE, "round_opens_itself", NULL);
    }
    return 0;
}

static int open_due(struct clerk *c, int64_t now) {
    arena_reset(&c->round);
    struct db_segment *due = job_segment(&c->round, QUERY_CLERK_DESK_ROUNDS_DUE, NULL);
    if (due == NULL) {
        return -1;
    }
    db_time(due, now);
    if (job_run(c->desk, due, "rounds_due") != 0) {
        return -1;
    }
    const struct db_result *rounds = db_result(due, 0);
    int failed = 0;
    for (int i = 0; i < db_rows(rounds); i++) {
        failed |= open_one(c, db_get_uuid(rounds, i, 0), now);
    }
    return failed;
}

static int close_due(struct clerk *c, int64_t now) {
    arena_reset(&c->step);
    struct db_segment *s = job_segment(&c->step, QUERY_CLERK_DESK_CLOSE_DUE, NULL);
    if (s == NULL) {
        return -1;
    }
    db_time(s, now);
    if (job_run(c->desk, s, "close_due") != 0) {
        return -1;
    }
    int rounds = db_get_int(db_result(s, 0), 0, 0);
    if (rounds > 0) {
        log_event(LOG_NOTICE, "close_due", "rounds=%d", rounds);
    }
    return 0;
}

int job_begin_due(struct clerk *c, int64_t now) {
    int failed = open_due(c, now);
    return failed | close_due(c, now);
}
