// A later close that the desk asks for. The next version of the manifest follows from the newest one and the new date
// alone, so every try makes the same bytes:
//
//   1 the version goes to the ballot side, together with the date there; the first write wins
//   2 it goes to the desk, and with it the date; the question is answered. Raters never see a version here that the
//     ballot box does not have.
#include <stdlib.h>
#include <string.h>

#include "daemon/clerk/job.h"
#include "daemon/core/log.h"
#include "manifest.h"

struct version {
    uint8_t previous[32]; // hash of the one before
    struct manifest m;
    char *text; // malloc'ed
    size_t len;
};

// The version after `newest`. *ret_version is the caller's to free, also after -1.
static int make_version(struct db_bytes newest, int64_t close, struct version *ret_version) {
    if (manifest_read((const char *)newest.data, newest.len, &ret_version->m) != 0) {
        return -1;
    }
    manifest_hash((const char *)newest.data, newest.len, ret_version->previous);
    memcpy(ret_version->m.previous, ret_version->previous, 32);
    ret_version->m.version++;
    ret_version->m.close = close;
    ret_version->text = manifest_write(&ret_version->m, &ret_version->len);
    return ret_version->text != NULL ? 0 : -1;
}

static int extend_box(struct clerk *c, const struct version *v) {
    struct db_segment *s = job_segment(&c->step, QUERY_CLERK_BALLOT_EXTEND_ROUND, v->m.round);
    if (s == NULL) {
        return -1;
    }
    db_int4(s, (int32_t)v->m.version);
    db_bytes(s, v->previous, sizeof v->previous);
    db_bytes(s, v->text, v->len);
    db_time(s, v->m.close);
    if (job_run(c->ballot, s, "extend_round") != 0) {
        return -1;
    }
    struct db_bytes stored = db_get_bytes(db_result(s, 0), 0, 0);
    return stored.len == v->len && memcmp(stored.data, v->text, v->len) == 0 ? 0 : -1;
}

static int extend_desk(struct clerk *c, const struct version *v, int64_t now) {
    struct db_segment *s = job_segment(&c->step, QUERY_CLERK_DESK_MANIFEST_NEXT, v->m.round);
    if (s == NULL) {
        return -1;
    }
    db_int4(s, (int32_t)v->m.version);
    db_bytes(s, v->text, v->len);
    db_time(s, v->m.close);
    db_time(s, now);
    return job_run(c->desk, s, "manifest_next");
}

static int extend(struct clerk *c, struct db_bytes newest, int64_t close, int64_t now) {
    struct version v = {.text = NULL};
    arena_reset(&c->step);
    int failed = make_version(newest, close, &v);
    if (failed == 0) {
        failed = extend_box(c, &v);
    }
    if (failed == 0) {
        failed = extend_desk(c, &v, now);
    }
    if (failed != 0) {
        log_event(LOG_ERROR, "round_not_extended", "hint=\"the ballot side is not where the desk is\"");
    } else {
        log_event(LOG_NOTICE, "round_extended", "version=%u", (unsigned)v.m.version);
    }
    free(v.text);
    manifest_free(&v.m);
    return failed;
}

int job_extend_rounds(struct clerk *c, int64_t now) {
    arena_reset(&c->round);
    struct db_segment *due = job_segment(&c->round, QUERY_CLERK_DESK_ROUNDS_TO_EXTEND, NULL);
    if (job_run(c->desk, due, "rounds_to_extend") != 0) {
        return -1;
    }
    const struct db_result *rounds = db_result(due, 0);
    int failed = 0;
    for (int i = 0; i < db_rows(rounds); i++) {
        failed |= extend(c, db_get_bytes(rounds, i, 2), db_get_time(rounds, i, 1), now);
    }
    return failed;
}
