// What the clerk's jobs share. A job looks for its work in the database, does it step by step, and may be stopped
// anywhere: the next try goes on from what is stored. Jobs block; nobody waits for this process.
#ifndef CANDOUR_JOB_H
#define CANDOUR_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base.h"
#include "daemon/core/arena.h"
#include "daemon/core/db_sync.h"

struct config;

struct clerk {
    const struct config *config;
    struct db_sync *desk, *ballot;
    struct arena round;      // what a job knows of the round it works on
    struct arena step;       // one statement or one report; emptied by who starts it
    struct arena bundles[2]; // reports: those that are made, and those that are being stored
    uint8_t desk_kek[32], ballot_kek[32];
};

enum { JOB_ROUNDS_MAX = 256 }; // in one turn; the longest due come first

// Each does all that is due, and goes on to the next round when one cannot be done. 0, or -1 with a log line: the
// connections are then made anew.
MUST_CHECK int job_begin_due(struct clerk *c, int64_t now); // rounds that open and close themselves
MUST_CHECK int job_open_rounds(struct clerk *c, int64_t now);
MUST_CHECK int job_extend_rounds(struct clerk *c, int64_t now);
MUST_CHECK int job_count_progress(struct clerk *c, int64_t now);
MUST_CHECK int job_close_rounds(struct clerk *c, int64_t now);
MUST_CHECK int job_end_rounds(struct clerk *c, int64_t now); // deletes what is kept no longer
MUST_CHECK int job_forget(struct clerk *c, int64_t now);     // deletes what tells who was at work when
MUST_CHECK int job_chain_audit(struct clerk *c);
// The last closing step: every report of a round, each stored once.
MUST_CHECK int job_publish(struct clerk *c, const uint8_t round[16], int64_t now);

// A segment of one statement, with its first parameter where the statement has a round. Everything in the arena.
struct db_segment *job_segment(struct arena *arena, enum query query, const uint8_t *round);
// Runs it as one transaction. -1 with a log line naming the query.
MUST_CHECK int job_run(struct db_sync *db, struct db_segment *segment, const char *what);
// The same in two halves, as with db_sync_send and db_sync_finish.
MUST_CHECK int job_send(struct db_sync *db, struct db_segment *segment, const char *what);
MUST_CHECK int job_finish(struct db_sync *db, const char *what);
// NUL-terminated copy of a text column. NULL: the arena is full.
MUST_CHECK char *job_text(struct arena *arena, const struct db_result *rows, int row, int column);

#endif
