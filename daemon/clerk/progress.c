// Once a day, one word per group of colleagues: below the threshold, or not. Never a number, never a person.
#include <string.h>

#include "daemon/clerk/job.h"

static int count(struct clerk *c, const uint8_t round[16], int64_t now) {
    struct db_segment *counted = job_segment(&c->round, QUERY_CLERK_BALLOT_PROGRESS, round);
    if (job_run(c->ballot, counted, "progress") != 0) {
        return -1;
    }
    const struct db_result *rows = db_result(counted, 0);
    struct db_segment *put = job_segment(&c->round, QUERY_CLERK_DESK_PROGRESS_PUT, round);
    if (put == NULL) {
        return -1;
    }
    db_array_begin(put, DB_UUID);
    for (int i = 0; i < db_rows(rows); i++) {
        db_uuid(put, db_get_uuid(rows, i, 0));
    }
    db_array_end(put);
    db_array_begin(put, DB_INT2);
    for (int i = 0; i < db_rows(rows); i++) {
        db_int2(put, (int16_t)db_get_int(rows, i, 1));
    }
    db_array_end(put);
    db_array_begin(put, DB_BOOL);
    for (int i = 0; i < db_rows(rows); i++) {
        db_bool(put, db_get_bool(rows, i, 2));
    }
    db_array_end(put);
    db_time(put, now);
    return job_run(c->desk, put, "progress_put");
}

int job_count_progress(struct clerk *c, int64_t now) {
    struct db_segment *due = job_segment(&c->step, QUERY_CLERK_DESK_ROUNDS_TO_COUNT, NULL);
    if (due == NULL) {
        return -1;
    }
    db_time(due, now);
    if (job_run(c->desk, due, "rounds_to_count") != 0) {
        return -1;
    }
    const struct db_result *rounds = db_result(due, 0);
    for (int i = 0; i < db_rows(rounds); i++) {
        arena_reset(&c->round);
        if (count(c, db_get_uuid(rounds, i, 0), now) != 0) {
            return -1;
        }
    }
    return 0;
}
