#include "daemon/clerk/job.h"

#include <string.h>

#include "daemon/core/log.h"

struct db_segment *job_segment(struct arena *arena, enum query query, const uint8_t *round) {
    struct db_segment *segment = db_segment_new(arena);
    if (segment != NULL) {
        db_add(segment, query);
        if (round != NULL) {
            db_uuid(segment, round);
        }
    }
    return segment;
}

static int judge(const struct db_sync *db, int outcome, const char *what) {
    if (outcome == DB_COMMITTED) {
        return 0;
    }
    log_event(LOG_ERROR, "clerk_statement_failed", "at=%s outcome=%d error=\"%s\"", what, outcome, db_sync_error(db));
    return -1;
}

int job_send(struct db_sync *db, struct db_segment *segment, const char *what) {
    if (segment == NULL) {
        log_event(LOG_ERROR, "clerk_out_of_memory", "at=%s", what);
        return -1;
    }
    return judge(db, db_sync_send(db, segment), what);
}

int job_finish(struct db_sync *db, const char *what) {
    return judge(db, db_sync_finish(db), what);
}

int job_run(struct db_sync *db, struct db_segment *segment, const char *what) {
    return job_send(db, segment, what) == 0 ? job_finish(db, what) : -1;
}

char *job_text(struct arena *arena, const struct db_result *rows, int row, int column) {
    struct db_bytes text = db_get_bytes(rows, row, column);
    char *copy = arena_alloc(arena, text.len + 1);
    if (copy != NULL && text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    return copy;
}
