// Closing a round, one step at a time. desk.round.closing_step says which step is next; each step may be repeated
// without harm, so that a clerk that died goes on where it was:
//
//   1 refuse   the ballot box takes nothing more for this round (not before close and grace)
//   2 leaves   the sorted leaves are published, with their Merkle root
//   3 shuffle  ratings and comments are written anew in random order, with nothing in common
//   4 drop     the arrival-ordered table and the round's keys are gone, on both sides
//   5 publish  every report is computed and stored once (publish.c); then the round is closed
#include <string.h>

#include "ballot.h"
#include "daemon/clerk/job.h"
#include "daemon/core/log.h"

enum { STEP_REFUSE = 1, STEP_LEAVES, STEP_SHUFFLE, STEP_DROP, STEP_PUBLISH };

// Runs a step of the ballot side. 0: its state holds now, 1: it does not, -1: failed.
static int run_step(struct clerk *c, struct db_segment *s, const char *what) {
    if (job_run(c->ballot, s, what) != 0) {
        return -1;
    }
    return db_get_bool(db_result(s, 0), 0, 0) ? 0 : 1;
}

static int refuse(struct clerk *c, const uint8_t round[16], int64_t now) {
    struct db_segment *s = job_segment(&c->round, QUERY_CLERK_BALLOT_CLOSE_BOX, round);
    if (s == NULL) {
        return -1;
    }
    db_time(s, now);
    return run_step(c, s, "close_box");
}

static int publish_leaves(struct clerk *c, const uint8_t round[16]) {
    struct db_segment *s = job_segment(&c->round, QUERY_CLERK_BALLOT_PUBLISH_LEAVES, round);
    if (job_run(c->ballot, s, "publish_leaves") != 0) {
        return -1;
    }
    struct db_bytes leaves = db_get_bytes(db_result(s, 0), 0, 0);
    size_t count = leaves.len / 32;
    uint8_t root[32];
    ballot_tree_root((const uint8_t(*)[32])leaves.data, count, root);
    struct db_segment *put = job_segment(&c->round, QUERY_CLERK_BALLOT_LEAVES_ROOT_PUT, round);
    if (put == NULL) {
        return -1;
    }
    db_int4(put, (int32_t)count);
    db_bytes(put, root, sizeof root);
    return run_step(c, put, "leaves_root_put");
}

static int drop(struct clerk *c, const uint8_t round[16]) {
    int done = run_step(c, job_segment(&c->round, QUERY_CLERK_BALLOT_DROP_BOX, round), "drop_box");
    if (done != 0) {
        return done;
    }
    return job_run(c->desk, job_segment(&c->round, QUERY_CLERK_DESK_ROUND_KEY_DELETE, round), "round_key_delete");
}

// 0: done, 1: its state does not hold, -1: failed.
static int take_step(struct clerk *c, int step, const uint8_t round[16], int64_t now) {
    switch (step) {
    case STEP_REFUSE:
        return refuse(c, round, now);
    case STEP_LEAVES:
        return publish_leaves(c, round);
    case STEP_SHUFFLE:
        return run_step(c, job_segment(&c->round, QUERY_CLERK_BALLOT_SHUFFLE, round), "shuffle");
    case STEP_DROP:
        return drop(c, round);
    default:
        return job_publish(c, round, now); // moves the round on by itself
    }
}

// -1 with a log line; the round stays where it is until the next turn.
static int close_round(struct clerk *c, const uint8_t round[16], int step, int64_t now) {
    for (; step <= STEP_PUBLISH; step++) {
        arena_reset(&c->round);
        if (take_step(c, step, round, now) != 0) {
            log_event(LOG_ERROR, "round_not_closing", "step=%d hint=\"the ballot side is not where the desk is\"",
                      step);
            return -1;
        }
        log_event(LOG_NOTICE, "round_closing", "step=%d", step);
        if (step == STEP_PUBLISH) {
            return 0;
        }
        struct db_segment *s = job_segment(&c->round, QUERY_CLERK_DESK_STEP_DONE, round);
        if (s == NULL) {
            return -1;
        }
        db_int4(s, step);
        if (job_run(c->desk, s, "step_done") != 0) {
            return -1;
        }
    }
    return 0;
}

int job_close_rounds(struct clerk *c, int64_t now) {
    arena_reset(&c->step);
    struct db_segment *due = job_segment(&c->step, QUERY_CLERK_DESK_ROUNDS_TO_CLOSE, NULL);
    if (job_run(c->desk, due, "rounds_to_close") != 0) {
        return -1;
    }
    struct { // the step's arena is used again while a round closes
        uint8_t id[16];
        int step;
    } next[JOB_ROUNDS_MAX];
    const struct db_result *rounds = db_result(due, 0);
    int count = db_rows(rounds) < JOB_ROUNDS_MAX ? db_rows(rounds) : JOB_ROUNDS_MAX, failed = 0;
    for (int i = 0; i < count; i++) {
        memcpy(next[i].id, db_get_uuid(rounds, i, 0), 16);
        next[i].step = db_get_int(rounds, i, 1);
    }
    for (int i = 0; i < count; i++) {
        failed |= close_round(c, next[i].id, next[i].step, now);
    }
    return failed;
}
