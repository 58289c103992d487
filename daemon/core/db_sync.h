// PostgreSQL with blocking calls, for whoever serves nobody: the clerk between two timers, migrate, check, admin.
// Statements and results are those of db.h.
#ifndef CANDOUR_DB_SYNC_H
#define CANDOUR_DB_SYNC_H

#include "db.h"

struct db_sync;

// Statements that take longer than that fail; scripts and values may take as long as they like.
enum { DB_SYNC_WAIT_MS = 10 * 60 * 1000 };

// role: folder of sql/queries to prepare, or NULL for none. NULL on failure, with a sentence in ret_sentence.
struct db_sync *db_sync_open(const char *conninfo, const char *role, char *ret_sentence, size_t sentence_size);
// After a lost connection (DB_UNKNOWN) every call fails: close it and open another.
void db_sync_close(struct db_sync *db);
void db_sync_wait(struct db_sync *db, int ms); // instead of DB_SYNC_WAIT_MS
// Runs a segment as one transaction and waits. An answer that does not come is a lost connection. Returns enum
// db_outcome, or UV_ENOMEM; the sentence of the server's error (never its parameters) is kept for db_sync_error.
MUST_CHECK int db_sync_run(struct db_sync *db, struct db_segment *s);
// The same in two halves, for who has work to do meanwhile. Between them the segment and its arena must stay, and the
// connection runs nothing else. db_sync_send returns 0, or what db_sync_run would: then nothing is on its way.
MUST_CHECK int db_sync_send(struct db_sync *db, struct db_segment *s);
// Hands over what the connection could not take at once, as far as that goes without waiting; to be called again and
// again meanwhile, or it waits for db_sync_finish.
void db_sync_push(struct db_sync *db);
// Waits; the time until then does not count. DB_COMMITTED when nothing is on its way.
MUST_CHECK int db_sync_finish(struct db_sync *db);
// Plain SQL text of any number of statements, sent as one implicit transaction; for migrations and set-up.
MUST_CHECK int db_sync_script(struct db_sync *db, const char *sql);
// True when a host of the connection string is a name: looking it up would block a lane.
bool db_needs_lookup(const char *conninfo);
// One value as text of a query without parameters, malloc'ed; NULL: none, or failed, and then db_sync_error is not
// empty.
char *db_sync_value(struct db_sync *db, const char *sql);
const char *db_sync_error(const struct db_sync *db);

#endif
