// PostgreSQL without blocking: a lane is one pipelined libpq connection on the loop that keeps itself connected. A
// segment is a few prepared statements, one Sync, one implicit transaction. Parameters and results are binary.
//
// Building a segment cannot fail visibly: the first failure (arena full) sticks and db_submit returns it. What is given
// to a segment is copied into its arena.
#ifndef CANDOUR_DB_H
#define CANDOUR_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "arena.h"
#include "base.h"
#include "sql.h"

enum { DB_STATEMENTS_MAX = 8 };

struct db;
struct db_segment;
struct db_result; // one statement's rows

struct db_options {
    const char *conninfo;  // several hosts allowed; unix socket or hostaddr, never a name that needs looking up
    const char *role;      // folder of sql/queries whose statements are prepared
    uint32_t segments_max; // queued and sent, then UV_EAGAIN
    size_t bytes_max;      // of parameters queued and sent
    uint32_t deadline_ms;  // of one segment from submission; then the connection is dropped and the outcome unknown
};

// options and what they point to must outlive the lane. NULL, with a log line: no memory, or not a connection string.
// Connects in the background.
struct db *db_open(uv_loop_t *loop, const struct db_options *options);
bool db_is_ready(const struct db *db);
// Every waiting segment is failed first. closed (may be NULL) runs once, when nothing of the lane is left.
void db_close(struct db *db, void (*closed)(void *context), void *context);

enum db_outcome {
    DB_COMMITTED = 0,
    DB_UNKNOWN = -10001, // the connection was lost after sending, or a WARNING came at commit: may be committed
    DB_AGAIN = -10002,   // certainly not committed, may work later (SQLSTATE 08 57P0x 53 58030 25006 40001 40P01 55P03)
    DB_REFUSED = -10003, // certainly not committed: a constraint or data error, our mistake (22, 23, 42, rest)
    DB_BARRED = -10004,  // certainly not committed: the segment's guard said no (SQLSTATE CD001)
};
// Runs from the loop, exactly once per accepted segment, never inside db_submit. outcome: enum db_outcome, or
// UV_ENOMEM: committed, but the rows did not fit in the arena. Results (copied into the arena too) are
// readable until the callback's arena ends.
typedef void (*db_done)(void *context, int outcome);

// ---- building
struct db_segment *db_segment_new(struct arena *arena); // in the arena; NULL: full
// Starts the next statement; the parameters that follow are its $1, $2, ...
void db_add(struct db_segment *s, enum query query);
// The same before any other statement, for one that only lets the others run or not: results are numbered without it.
void db_add_guard(struct db_segment *s, enum query query);
void db_null(struct db_segment *s);
void db_bool(struct db_segment *s, bool value);
void db_int2(struct db_segment *s, int16_t value);
void db_int4(struct db_segment *s, int32_t value);
void db_int8(struct db_segment *s, int64_t value);
void db_time(struct db_segment *s, int64_t unix_seconds); // timestamptz
void db_uuid(struct db_segment *s, const uint8_t id[16]);
void db_text(struct db_segment *s, const void *text, size_t len);
void db_bytes(struct db_segment *s, const void *bytes, size_t len);
// One array parameter: elements added between begin and end, by the functions above (db_null included).
enum db_element {
    DB_BOOL = 16,
    DB_BYTEA = 17,
    DB_INT8 = 20,
    DB_INT2 = 21,
    DB_INT4 = 23,
    DB_TEXT = 25,
    DB_TIME = 1184,
    DB_UUID = 2950
}; // type oids
void db_array_begin(struct db_segment *s, enum db_element element);
void db_array_end(struct db_segment *s);

// 0, or negative and done never runs: UV_ENOMEM (arena, or beyond bytes_max), UV_EAGAIN (lane full or not connected).
// The segment, its arena and context must stay until done.
MUST_CHECK int db_submit(struct db *db, struct db_segment *s, db_done done, void *context);

// ---- reading, valid when the outcome was DB_COMMITTED. index: of the statement, in order of db_add.
const struct db_result *db_result(const struct db_segment *s, unsigned index);
int db_rows(const struct db_result *r);
bool db_is_null(const struct db_result *r, int row, int column);
// These assert the column's width; a NULL reads as zero or empty.
bool db_get_bool(const struct db_result *r, int row, int column);
int32_t db_get_int(const struct db_result *r, int row, int column); // int2 or int4
int64_t db_get_int8(const struct db_result *r, int row, int column);
int64_t db_get_time(const struct db_result *r, int row, int column); // Unix seconds
const uint8_t *db_get_uuid(const struct db_result *r, int row, int column);
struct db_bytes {
    const uint8_t *data; // valid as long as the result
    size_t len;
};
struct db_bytes db_get_bytes(const struct db_result *r, int row, int column); // bytea or text

#endif
