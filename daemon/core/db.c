// The lane: one pipelined libpq connection that keeps itself connected.
//
//   DOWN ──timer──> DIALLING ──connected──> PREPARING ──Sync answered──> READY        any ──db_close──> CLOSED
//    ^              │  ^  └──next host┐         │                          │
//    │              │  └─────────────┘<─failed──┤                          │
//    └──────────────┴────every host failed──────┴───────lost, deadline─────┘
//
// DOWN waits with full jitter. DIALLING keeps a new poll handle per step: libpq changes sockets under the same number.
// PREPARING sends every statement of the role. Segments exist in READY only: waiting, then sent (at most SENT_MAX), in
// one list in order of submission. Everything happens in three callbacks of the loop: poll, timer, and turn, which
// runs once before the loop waits again and sends what was submitted meanwhile.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "db_private.h"
#include "log.h"

enum { DIAL_MS = 1000, PREPARE_MS = 5000, RETRY_FIRST_MS = 200, RETRY_MOST_MS = 5000, LOCK_MS = 2000, SENT_MAX = 32 };

enum state { DOWN, DIALLING, PREPARING, READY, CLOSED };

struct db {
    uv_loop_t *loop;
    const struct db_options *options;
    struct db_hosts *hosts;
    enum state state;
    unsigned host;     // the one dialled, or connected to
    unsigned tried;    // hosts dialled in vain since DOWN
    unsigned failures; // rounds over all hosts in vain since READY
    PGconn *connection;
    uv_poll_t *poll; // of its own allocation: it outlives the connection until the loop lets go
    int events;      // that poll waits for
    uv_timer_t timer;
    uv_idle_t turn;
    unsigned handles;                // of the loop's, not yet closed
    struct db_segment *first, **end; // in order of submission
    struct db_segment *unsent;       // the first that libpq has not seen
    uint32_t segments, sent;         // all; of them sent
    size_t bytes;                    // of all
    size_t unflushed, stale;         // bytes in libpq's buffer: not sent yet; at most, since it was rinsed
    bool prepare_failed;             // since the last Sync
    unsigned prepared;               // statements answered while PREPARING
    void (*closed)(void *context);
    void *context;
};

static void dial(struct db *db);
static void lose(struct db *db, const char *why);
static void on_poll(uv_poll_t *poll, int status, int events);

// ---------------------------------------------------------------- state, handles
static void move(struct db *db, enum state to) {
    static const unsigned from[] = {
        [DOWN] = 1 << DIALLING | 1 << PREPARING | 1 << READY,
        [DIALLING] = 1 << DOWN | 1 << DIALLING | 1 << PREPARING,
        [PREPARING] = 1 << DIALLING,
        [READY] = 1 << PREPARING,
        [CLOSED] = 1 << DOWN | 1 << DIALLING | 1 << PREPARING | 1 << READY,
    };
    assert(from[to] & 1U << db->state);
    db->state = to;
}

static void on_handle_closed(struct db *db) {
    if (--db->handles > 0 || db->state != CLOSED)
        return;
    void (*closed)(void *) = db->closed;
    void *context = db->context;
    db_hosts_free(db->hosts);
    free(db);
    if (closed)
        closed(context);
}

static void on_poll_closed(uv_handle_t *handle) {
    struct db *db = handle->data;
    free(handle);
    on_handle_closed(db);
}

static void on_own_closed(uv_handle_t *handle) {
    on_handle_closed(handle->data);
}

static void unwatch(struct db *db) {
    if (db->poll)
        uv_close((uv_handle_t *)db->poll, on_poll_closed);
    db->poll = NULL;
    db->events = 0;
}

// 0, or -1: the socket cannot be watched.
static int watch(struct db *db, int events) {
    if (!db->poll) {
        uv_poll_t *poll = malloc(sizeof *poll);
        if (!poll || uv_poll_init(db->loop, poll, PQsocket(db->connection)) != 0) {
            free(poll);
            return -1;
        }
        poll->data = db;
        db->poll = poll;
        db->handles++;
    }
    if (events == db->events)
        return 0;
    db->events = events;
    return uv_poll_start(db->poll, events, on_poll);
}

static void on_timer(uv_timer_t *timer);

static void wait_ms(struct db *db, uint64_t ms) {
    int rc = uv_timer_start(&db->timer, on_timer, ms, 0);
    assert(rc == 0);
}

static void disconnect(struct db *db) {
    unwatch(db);
    db->unflushed = db->stale = 0;
    db_finish(db->connection);
    db->connection = NULL;
}

// Full jitter: uniform between nothing and a bound that doubles.
static void rest(struct db *db) {
    uint64_t most_ms = RETRY_MOST_MS;
    uint32_t random;
    if (db->failures < 5)
        most_ms = (uint64_t)RETRY_FIRST_MS << db->failures;
    crypto_random(&random, sizeof random);
    move(db, DOWN);
    wait_ms(db, random % (most_ms + 1));
}

// ---------------------------------------------------------------- connecting
// This host did not work: the next one, or a rest after all of them.
static void try_next(struct db *db, const char *why) {
    // The server's own sentence may name a database and a role, never what somebody wrote.
    if (db->failures == 0)
        log_event(LOG_WARNING, "database_unreachable", "role=%s host=%u why=%s", db->options->role, db->host, why);
    disconnect(db);
    db->host = (db->host + 1) % db_hosts_count(db->hosts);
    if (++db->tried < db_hosts_count(db->hosts)) {
        dial(db);
        return;
    }
    rest(db);
    db->tried = 0;
    db->failures++;
}

static void dial(struct db *db) {
    char settings[256];
    // The server gives up first: then the outcome is known, and the connection stays.
    uint32_t statement_ms = db->options->deadline_ms - db->options->deadline_ms / 4;
    snprintf(settings, sizeof settings,
             "-c statement_timeout=%u -c lock_timeout=%u -c idle_in_transaction_session_timeout=%u "
             "-c client_min_messages=warning -c search_path= -c TimeZone=UTC -c jit=off",
             statement_ms, statement_ms < LOCK_MS ? statement_ms : LOCK_MS, statement_ms);
    move(db, DIALLING);
    db->connection = db_hosts_dial(db->hosts, db->host, settings, false);
    wait_ms(db, DIAL_MS);
    // A connection that failed at once has no socket; the timer sees to it, so that hosts are not tried recursively.
    if (!db->connection || PQstatus(db->connection) == CONNECTION_BAD || watch(db, UV_WRITABLE) != 0)
        wait_ms(db, 0);
}

static void on_notice(void *context, const PGresult *notice) {
    struct db *db = context;
    if (db->first && db_is_doubtful(notice))
        db->first->warned = true; // its predecessors' answers were all taken before this notice could be read
}

// -1: failed.
static int send_statements(struct db *db) {
    PGconn *c = db->connection;
    if (PQsetnonblocking(c, 1) != 0 || !PQenterPipelineMode(c))
        return -1;
    PQsetNoticeReceiver(c, on_notice, db);
    for (const struct sql_query *q = sql_queries; q->name; q++)
        if (strcmp(q->role, db->options->role) == 0 && !PQsendPrepare(c, q->name, q->text, 0, NULL))
            return -1;
    return PQpipelineSync(c) ? 0 : -1;
}

static int flush(struct db *db) {
    int rc = PQflush(db->connection);
    if (rc == 0)
        db->unflushed = 0;
    return rc < 0 ? -1 : watch(db, rc > 0 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

static void step_dial(struct db *db) {
    unwatch(db);
    switch (PQconnectPoll(db->connection)) {
    case PGRES_POLLING_READING:
        if (watch(db, UV_READABLE) == 0)
            return;
        break;
    case PGRES_POLLING_WRITING:
        if (watch(db, UV_WRITABLE) == 0)
            return;
        break;
    case PGRES_POLLING_OK:
        move(db, PREPARING);
        db->prepared = 0;
        db->prepare_failed = false;
        wait_ms(db, PREPARE_MS);
        if (send_statements(db) == 0 && flush(db) == 0)
            return;
        break;
    default:
        break;
    }
    try_next(db, PQerrorMessage(db->connection));
}

// ---------------------------------------------------------------- segments
static void keep_deadline(struct db *db) {
    uint64_t now = uv_now(db->loop);
    if (!db->first)
        uv_timer_stop(&db->timer);
    else
        wait_ms(db, db->first->deadline_ms > now ? db->first->deadline_ms - now : 0);
}

static void log_refusal(const struct db *db, const struct db_segment *s) {
    // The statement's name and the state only: messages and details may hold values. What is merely repeated is
    // counted, so that no line tells when somebody was there.
    if (s->outcome != DB_REFUSED) {
        log_count(s->outcome == DB_BARRED ? "database_barred" : "database_again");
        return;
    }
    const char *name = sql_queries[s->statements[s->answered < s->count ? s->answered : s->count - 1]->query].name;
    log_event(LOG_ERROR, "statement_failed", "role=%s statement=%s sqlstate=%s", db->options->role, name, s->sqlstate);
}

// The first segment's Sync was answered.
static void finish_first(struct db *db) {
    struct db_segment *s = db->first;
    db->first = s->next;
    if (!db->first)
        db->end = &db->first;
    db->segments--;
    db->sent--;
    db->bytes -= s->bytes;
    keep_deadline(db);
    if (s->sqlstate[0])
        log_refusal(db, s);
    // A server that only reads now is not the one we want.
    bool is_read_only = strcmp(s->sqlstate, "25006") == 0;
    s->done(s->context, db_segment_outcome(s));
    if (is_read_only && db->state == READY)
        lose(db, "read only");
}

static void take_prepared(struct db *db, const PGresult *result) {
    if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
        const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const struct sql_query *q = sql_queries;
        for (unsigned left = db->prepared; q->name; q++)
            if (strcmp(q->role, db->options->role) == 0 && left-- == 0)
                break;
        if (!db->prepare_failed && db->failures == 0)
            log_event(LOG_ERROR, "prepare_failed", "role=%s statement=%s sqlstate=%s", db->options->role,
                      q->name ? q->name : "", sqlstate ? sqlstate : "");
        db->prepare_failed = true;
    } else if (PQresultStatus(result) == PGRES_COMMAND_OK) {
        db->prepared++;
    } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC && db->prepare_failed) {
        try_next(db, "statements cannot be prepared; run candourd migrate");
    } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        move(db, READY);
        db->tried = db->failures = 0;
        uv_timer_stop(&db->timer);
        log_event(LOG_NOTICE, "database_ready", "role=%s host=%u", db->options->role, db->host);
    }
}

// Everything that has arrived. The state may have changed afterwards.
static void take_results(struct db *db) {
    // A NULL ends each statement; two in a row mean that libpq expects nothing more.
    for (int nulls = 0; nulls < 2 && (db->state == PREPARING || (db->state == READY && db->sent > 0));) {
        if (PQisBusy(db->connection))
            return;
        PGresult *result = PQgetResult(db->connection);
        nulls = result ? 0 : nulls + 1;
        if (result && db->state == PREPARING) {
            take_prepared(db, result);
        } else if (result) {
            enum db_step step = db_segment_take(db->first, result);
            if (step == DB_STEP_END)
                finish_first(db);
            else if (step == DB_STEP_LOST)
                lose(db, "connection ended");
        }
        PQclear(result);
    }
}

// Nothing of what was stored stays in this process.
static void rinse_if_idle(struct db *db) {
    if (db->state != READY || db->sent > 0 || db->stale == 0)
        return;
    size_t stale = db->stale;
    db->stale = 0;
    if (db_rinse(db->connection, stale) != 0)
        lose(db, "cannot rinse");
}

static void send_waiting(struct db *db) {
    bool is_sending = true;
    while (is_sending && db->unsent && db->sent < SENT_MAX) {
        struct db_segment *s = db->unsent;
        db->unsent = s->next; // half sent is sent: its outcome is unknown
        db->sent++;
        db->unflushed += db_segment_room(s);
        if (db->unflushed > db->stale)
            db->stale = db->unflushed;
        is_sending = db_segment_send(db->connection, s) == 0;
    }
    if (!is_sending || flush(db) != 0)
        lose(db, "cannot send");
}

static void fail_all(struct db *db) {
    struct db_segment *s = db->first;
    uint32_t sent = db->sent;
    db->first = db->unsent = NULL;
    db->end = &db->first;
    db->segments = db->sent = 0;
    db->bytes = 0;
    while (s) {
        struct db_segment *next = s->next;
        s->done(s->context, sent > 0 ? DB_UNKNOWN : DB_AGAIN);
        sent -= sent > 0;
        s = next;
    }
}

// From READY: every segment fails, the lane connects anew.
static void lose(struct db *db, const char *why) {
    log_event(LOG_WARNING, "database_lost", "role=%s why=%s sent=%u waiting=%u", db->options->role, why, db->sent,
              db->segments - db->sent);
    disconnect(db);
    rest(db);
    fail_all(db);
}

// ---------------------------------------------------------------- callbacks
static void on_poll(uv_poll_t *poll, int status, int events) {
    struct db *db = poll->data;
    (void)events;
    (void)status; // libpq meets the same error
    if (db->state == DIALLING) {
        step_dial(db);
        return;
    }
    // What arrived before the end of a connection still counts.
    bool is_alive = PQconsumeInput(db->connection) != 0;
    take_results(db);
    rinse_if_idle(db);
    is_alive = is_alive && db->connection && PQstatus(db->connection) == CONNECTION_OK;
    if (db->state == READY && is_alive)
        send_waiting(db);
    else if (db->state == READY)
        lose(db, "connection ended");
    else if (db->state == PREPARING && (!is_alive || flush(db) != 0))
        try_next(db, PQerrorMessage(db->connection));
}

static void on_timer(uv_timer_t *timer) {
    struct db *db = timer->data;
    if (db->state == DOWN)
        dial(db);
    else if (db->state == READY)
        lose(db, "deadline");
    else if (db->connection && PQstatus(db->connection) == CONNECTION_BAD)
        try_next(db, PQerrorMessage(db->connection));
    else
        try_next(db, "no answer in time");
}

static void on_turn(uv_idle_t *turn) {
    struct db *db = turn->data;
    uv_idle_stop(turn);
    if (db->state == READY)
        send_waiting(db);
}

// ---------------------------------------------------------------- public
struct db *db_open(uv_loop_t *loop, const struct db_options *options) {
    char sentence[256] = "";
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        return NULL;
    db->hosts = db_hosts_new(options->conninfo, sentence, sizeof sentence);
    if (!db->hosts) {
        log_event(LOG_ERROR, "database_settings", "role=%s why=%s", options->role, sentence);
        free(db);
        return NULL;
    }
    db->loop = loop;
    db->options = options;
    db->end = &db->first;
    db->handles = 2;
    int rc = uv_timer_init(loop, &db->timer) | uv_idle_init(loop, &db->turn);
    assert(rc == 0);
    db->timer.data = db->turn.data = db;
    wait_ms(db, 0);
    return db;
}

bool db_is_ready(const struct db *db) {
    return db->state == READY;
}

void db_close(struct db *db, void (*closed)(void *context), void *context) {
    db->closed = closed;
    db->context = context;
    move(db, CLOSED);
    disconnect(db);
    uv_close((uv_handle_t *)&db->timer, on_own_closed);
    uv_close((uv_handle_t *)&db->turn, on_own_closed);
    fail_all(db);
}

int db_submit(struct db *db, struct db_segment *s, db_done done, void *context) {
    int rc = db_segment_check(s);
    if (rc != 0)
        return rc;
    assert(done && !s->done); // a segment is used once
    for (unsigned i = 0; i < s->count; i++)
        assert(strcmp(sql_queries[s->statements[i]->query].role, db->options->role) == 0);
    if (s->bytes > db->options->bytes_max)
        return UV_ENOMEM;
    if (db->state != READY || db->segments >= db->options->segments_max ||
        s->bytes > db->options->bytes_max - db->bytes)
        return UV_EAGAIN;
    s->done = done;
    s->context = context;
    s->deadline_ms = uv_now(db->loop) + db->options->deadline_ms;
    s->next = NULL;
    *db->end = s;
    db->end = &s->next;
    if (!db->unsent)
        db->unsent = s;
    db->segments++;
    db->bytes += s->bytes;
    if (db->first == s)
        keep_deadline(db);
    rc = uv_idle_start(&db->turn, on_turn);
    assert(rc == 0);
    return 0;
}
