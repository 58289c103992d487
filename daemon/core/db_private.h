// What the parts of db share: parameters as libpq takes them, results as they are kept, and how a host is dialled. Only
// db*.c include it, so that libpq stays theirs.
#ifndef CANDOUR_DB_PRIVATE_H
#define CANDOUR_DB_PRIVATE_H

#include <libpq-fe.h>

#include "db.h"

enum { DB_PARAMETERS_MAX = 32, DB_SQLSTATE_BYTES = 6 };

// Rows copied out of libpq into the arena: each value is a u32 length of ours (all ones: NULL) and the bytes
// that PostgreSQL sent.
struct db_result {
    int rows, columns;
    const uint32_t *places; // of each value in data
    const uint8_t *data;
};

struct db_statement {
    enum query query;
    int count;
    const char *values[DB_PARAMETERS_MAX];
    int lengths[DB_PARAMETERS_MAX];
    struct db_result result;
};

struct db_chunk; // of an array that grows

struct db_segment {
    struct arena *arena;
    struct db_statement *statements[DB_STATEMENTS_MAX];
    unsigned count, guards; // the first ones are guards
    int failure;            // the first one while building; sticks
    size_t bytes;           // of all parameters
    bool in_array;
    enum db_element element;
    uint32_t elements;
    bool has_null;
    struct db_chunk *first_chunk, *last_chunk;
    // while it is on its way
    unsigned answered; // statements whose result was taken
    int outcome;       // of the first failure
    bool warned;
    char sqlstate[DB_SQLSTATE_BYTES]; // of that failure, or empty
    uint64_t deadline_ms;             // loop time
    db_done done;
    void *context;
    struct db_segment *next;
};

// 0, or what stuck while building. A statement without its array's end is our own mistake.
MUST_CHECK int db_segment_check(const struct db_segment *s);
// Hands the statements and their Sync to libpq, which copies them. -1: the connection is of no use any more.
MUST_CHECK int db_segment_send(PGconn *connection, const struct db_segment *s);
// Room for a segment in libpq's output buffer, at most.
size_t db_segment_room(const struct db_segment *s);
// libpq keeps what it has sent until something else takes its place. Overwrites len bytes of its output buffer and
// sends nothing; all results must have been taken, and everything must have been sent. -1: the connection is of no use
// any more.
MUST_CHECK int db_rinse(PGconn *connection, size_t len);
// PQfinish that leaves nothing of what was sent and received in freed memory. NULL is allowed.
void db_finish(PGconn *connection);
// Takes one result of the segment that is first in line (not PQclear'ed here).
enum db_step {
    DB_STEP_MORE, // results are missing
    DB_STEP_END,  // the Sync was answered: db_segment_outcome is final
    DB_STEP_LOST  // the connection is gone, or makes no sense any more
};
enum db_step db_segment_take(struct db_segment *s, const PGresult *result);
// enum db_outcome, DB_UNKNOWN after a warning; or UV_ENOMEM (committed, rows did not fit).
int db_segment_outcome(const struct db_segment *s);

// What an SQLSTATE (NULL: none) says about a transaction whose Sync was answered: DB_AGAIN, DB_REFUSED or DB_BARRED.
int db_outcome_of(const char *sqlstate);
// True for the warnings after which a commit may not be what it seems (replication wait given up).
bool db_is_doubtful(const PGresult *notice);

// ---- dialling: one host of the connection string at a time, so that each can have its own deadline.
struct db_hosts;
// NULL: not a connection string, or no memory; a sentence in ret_sentence.
struct db_hosts *db_hosts_new(const char *conninfo, char *ret_sentence, size_t sentence_size);
void db_hosts_free(struct db_hosts *hosts);
unsigned db_hosts_count(const struct db_hosts *hosts);
// settings: added to the session's options ("-c a=b ..."). wait: PQconnectdb with a deadline of 2 s, otherwise
// PQconnectStart. NULL: no memory.
PGconn *db_hosts_dial(const struct db_hosts *hosts, unsigned index, const char *settings, bool wait);

#endif
