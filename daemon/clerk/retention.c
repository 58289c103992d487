// Rounds of which something is kept no longer. The ballot side deletes and counts, once; then the desk writes the
// receipt, and archives the round when its reports are due as well.
#include "daemon/clerk/job.h"
#include "daemon/core/log.h"

static int delete_answers(struct clerk *c, const uint8_t round[16], int64_t now) {
    struct db_segment *s = job_segment(&c->step, QUERY_CLERK_BALLOT_DELETE_ANSWERS, round);
    if (job_run(c->ballot, s, "delete_answers") != 0) {
        return -1;
    }
    const struct db_result *deleted = db_result(s, 0);
    if (db_rows(deleted) == 0) {
        log_event(LOG_ERROR, "answers_not_deleted", "hint=\"the ballot side has not closed the round\"");
        return -1;
    }
    int ratings = db_get_int(deleted, 0, 0), comments = db_get_int(deleted, 0, 1);
    struct db_segment *receipt = job_segment(&c->step, QUERY_CLERK_DESK_ANSWERS_DELETED, round);
    if (receipt == NULL) {
        return -1;
    }
    db_int4(receipt, ratings);
    db_int4(receipt, comments);
    db_time(receipt, now);
    if (job_run(c->desk, receipt, "answers_deleted") != 0) {
        return -1;
    }
    log_event(LOG_NOTICE, "answers_deleted", NULL);
    return 0;
}

static int archive(struct clerk *c, const uint8_t round[16], int64_t now) {
    struct db_segment *s = job_segment(&c->step, QUERY_CLERK_DESK_ARCHIVE_ROUND, round);
    if (s == NULL) {
        return -1;
    }
    db_time(s, now);
    if (job_run(c->desk, s, "archive_round") != 0) {
        return -1;
    }
    log_event(LOG_NOTICE, "round_archived", NULL);
    return 0;
}

int job_end_rounds(struct clerk *c, int64_t now) {
    arena_reset(&c->round);
    struct db_segment *due = job_segment(&c->round, QUERY_CLERK_DESK_ROUNDS_TO_END, NULL);
    if (due == NULL) {
        return -1;
    }
    db_time(due, now);
    if (job_run(c->desk, due, "rounds_to_end") != 0) {
        return -1;
    }
    const struct db_result *rounds = db_result(due, 0);
    int failed = 0;
    for (int i = 0; i < db_rows(rounds); i++) {
        const uint8_t *round = db_get_uuid(rounds, i, 0);
        arena_reset(&c->step);
        int one = db_get_bool(rounds, i, 1) ? delete_answers(c, round, now) : 0;
        if (one == 0 && db_get_bool(rounds, i, 2)) {
            one = archive(c, round, now);
        }
        failed |= one;
    }
    return failed;
}
