// The blocking connection: the same segments, sent as a pipeline of one Sync and waited for.
#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db_private.h"
#include "db_sync.h"

struct db_sync {
    PGconn *connection;
    struct db_segment *running; // on its way; what a warning belongs to
    int wait_ms;
    uint64_t until_ms; // of uv_hrtime: when what was asked must be answered
    bool warned;       // during a script
    char error[512];
};

static const char settings[] = "-c lock_timeout=2000 -c client_min_messages=warning -c search_path= -c TimeZone=UTC "
                               "-c jit=off";

static void on_notice(void *context, const PGresult *notice) {
    struct db_sync *db = context;
    if (!db_is_doubtful(notice))
        return;
    db->warned = true;
    if (db->running)
        db->running->warned = true;
}

// The server's sentence, without its detail, which may hold values; else libpq's.
static void keep_error(struct db_sync *db, const PGresult *result) {
    const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    if (message)
        snprintf(db->error, sizeof db->error, "%s (%s)", message, sqlstate ? sqlstate : "-");
    else
        snprintf(db->error, sizeof db->error, "%s", PQerrorMessage(db->connection));
    db->error[strcspn(db->error, "\n")] = '\0';
}

static uint64_t now_ms(void) {
    return uv_hrtime() / 1000000;
}

static void begin(struct db_sync *db) {
    db->error[0] = '\0';
    db->until_ms = now_ms() + (uint64_t)db->wait_ms;
}

// Until PQgetResult does not block. -1, with the error kept: the connection is of no use any more.
static int await(struct db_sync *db) {
    PGconn *c = db->connection;
    for (;;) {
        int unsent = PQflush(c);
        if (unsent == 0 && !PQisBusy(c))
            return 0;
        if (unsent < 0)
            break;
        uint64_t now = now_ms();
        struct pollfd socket = {.fd = PQsocket(c), .events = unsent > 0 ? POLLIN | POLLOUT : POLLIN};
        int rc = now < db->until_ms ? poll(&socket, 1, (int)(db->until_ms - now)) : 0;
        if (rc == 0) {
            snprintf(db->error, sizeof db->error, "The database did not answer within %d s.", db->wait_ms / 1000);
            return -1;
        }
        if (rc > 0 && !PQconsumeInput(c)) // a signal is no reason to stop
            break;
    }
    keep_error(db, NULL);
    return -1;
}

// 0, or -1 with the error kept.
static int prepare(struct db_sync *db, const char *role) {
    for (const struct sql_query *q = sql_queries; q->name; q++) {
        if (strcmp(q->role, role) != 0)
            continue;
        begin(db);
        bool is_sent = PQsendPrepare(db->connection, q->name, q->text, 0, NULL) && await(db) == 0;
        PGresult *result = is_sent ? PQgetResult(db->connection) : NULL;
        bool is_prepared = PQresultStatus(result) == PGRES_COMMAND_OK;
        if (!is_prepared && !db->error[0])
            keep_error(db, result);
        PQclear(result);
        if (!is_prepared || await(db) != 0)
            return -1;
        PQclear(PQgetResult(db->connection)); // the end
    }
    return 0;
}

struct db_sync *db_sync_open(const char *conninfo, const char *role, char *ret_sentence, size_t sentence_size) {
    struct db_hosts *hosts = db_hosts_new(conninfo, ret_sentence, sentence_size);
    struct db_sync *db = hosts ? calloc(1, sizeof *db) : NULL;
    if (!db)
        goto out;
    db->wait_ms = DB_SYNC_WAIT_MS;
    for (unsigned i = 0; i < db_hosts_count(hosts) && PQstatus(db->connection) != CONNECTION_OK; i++) {
        db_finish(db->connection);
        db->connection = db_hosts_dial(hosts, i, settings, true);
    }
    bool is_open = PQstatus(db->connection) == CONNECTION_OK && PQsetnonblocking(db->connection, 1) == 0;
    if (is_open)
        PQsetNoticeReceiver(db->connection, on_notice, db);
    else
        keep_error(db, NULL);
    if (!is_open || (role && prepare(db, role) != 0)) {
        snprintf(ret_sentence, sentence_size, "%s", db->error);
        db_sync_close(db);
        db = NULL;
    }
out:
    db_hosts_free(hosts);
    return db;
}

void db_sync_close(struct db_sync *db) {
    if (db)
        db_finish(db->connection);
    free(db);
}

void db_sync_wait(struct db_sync *db, int ms) {
    db->wait_ms = ms;
}

// From the Sync on: DB_STEP_END or DB_STEP_LOST.
static enum db_step take_all(struct db_sync *db, struct db_segment *s) {
    enum db_step step = DB_STEP_MORE;
    for (int nulls = 0; step == DB_STEP_MORE && nulls < 2;) {
        if (await(db) != 0)
            return DB_STEP_LOST;
        PGresult *result = PQgetResult(db->connection);
        nulls = result ? 0 : nulls + 1;
        if (!result)
            continue;
        if (PQresultStatus(result) == PGRES_FATAL_ERROR)
            keep_error(db, result);
        step = db_segment_take(s, result);
        PQclear(result);
    }
    return step;
}

// Without an answer nothing that follows could be told apart: the connection has to go.
static void hang_up(struct db_sync *db) {
    if (!db->error[0])
        keep_error(db, NULL);
    db_finish(db->connection);
    db->connection = NULL;
    db->running = NULL;
}

int db_sync_send(struct db_sync *db, struct db_segment *s) {
    assert(!db->running);
    int rc = db_segment_check(s);
    if (rc != 0)
        return rc;
    db->error[0] = '\0';
    if (PQstatus(db->connection) != CONNECTION_OK || !PQenterPipelineMode(db->connection)) {
        keep_error(db, NULL);
        return DB_AGAIN;
    }
    db->running = s;
    if (db_segment_send(db->connection, s) == 0)
        return 0;
    hang_up(db);
    return DB_UNKNOWN;
}

void db_sync_push(struct db_sync *db) {
    if (db->running)
        PQflush(db->connection); // db_sync_finish meets the same error
}

int db_sync_finish(struct db_sync *db) {
    struct db_segment *s = db->running;
    if (!s)
        return DB_COMMITTED;
    begin(db); // the time that its sender was at work does not count
    bool is_answered = take_all(db, s) == DB_STEP_END;
    if (is_answered && PQexitPipelineMode(db->connection))
        db->running = NULL;
    else
        hang_up(db);
    return is_answered ? db_segment_outcome(s) : DB_UNKNOWN;
}

int db_sync_run(struct db_sync *db, struct db_segment *s) {
    int rc = db_sync_send(db, s);
    return rc != 0 ? rc : db_sync_finish(db);
}

int db_sync_script(struct db_sync *db, const char *sql) {
    db->error[0] = '\0';
    if (PQstatus(db->connection) != CONNECTION_OK) {
        keep_error(db, NULL);
        return DB_AGAIN;
    }
    db->warned = false;
    PGresult *result = PQexec(db->connection, sql);
    int outcome = db->warned ? DB_UNKNOWN : DB_COMMITTED;
    if (PQresultStatus(result) == PGRES_FATAL_ERROR || !result) {
        keep_error(db, result);
        outcome = PQstatus(db->connection) == CONNECTION_OK
                      ? db_outcome_of(PQresultErrorField(result, PG_DIAG_SQLSTATE))
                      : DB_UNKNOWN;
    }
    PQclear(result);
    return outcome;
}

char *db_sync_value(struct db_sync *db, const char *sql) {
    db->error[0] = '\0';
    PGresult *result = PQexec(db->connection, sql);
    char *value = NULL;
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        keep_error(db, result);
    else if (PQntuples(result) > 0 && PQnfields(result) > 0 && !PQgetisnull(result, 0, 0))
        value = strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    return value;
}

const char *db_sync_error(const struct db_sync *db) {
    return db->error;
}
