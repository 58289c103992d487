#include "daemon/postman/postman.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "clock.h"
#include "crypto.h"
#include "daemon/config.h"
#include "daemon/core/arena.h"
#include "daemon/core/db_sync.h"
#include "daemon/core/log.h"
#include "daemon/core/worker.h"
#include "daemon/mail/template.h"
#include "daemon/postman/letterbox.h"
#include "daemon/postman/smtp.h"

enum {
    ARENA_BYTES = 1024 * 1024, // a row with its leaders, and the statements about one mail
    PLAN_EVERY_TURNS = 10,     // in time, for planning looks at every round and person
    DATABASE_MS = 30000,
    LEASE_SPARE_S = 120, // longer than a mail may take, so that nobody's mail is taken while it is sent
    RETRY_MIN_S = 60,
    RETRY_MAX_S = 4 * 3600,
    REFUSALS_MAX = 20, // some two days
    PAUSE_MIN_S = 2,
    PAUSE_MAX_S = 300, // of a server that is down
};

static struct {
    const struct worker *worker;
    const struct config *config;
    struct db_sync *db; // NULL: not connected
    struct smtp *smtp;
    uv_timer_t timer;
    struct arena arena;
    struct letterbox_mail mail;
    uint64_t plan_ms;     // of the loop: the next planning
    unsigned pauses;      // of the server, since it last took a mail
    int64_t paused_until; // no mail is tried before
} self;

// From half of it to all of it.
static int64_t jitter(int64_t seconds) {
    uint32_t random;
    crypto_random(&random, sizeof random);
    return seconds - seconds * (random % 1024) / 2048;
}

static int64_t doubled(int64_t first, unsigned times, int64_t most) {
    while (times-- > 0 && first < most)
        first *= 2;
    return first < most ? first : most;
}

// ---------------------------------------------------------------- the database

static struct db_segment *statement(enum query query) {
    struct db_segment *s = db_segment_new(&self.arena);
    assert(s != NULL);
    db_add(s, query);
    return s;
}

static void disconnect(void) {
    db_sync_close(self.db);
    self.db = NULL;
}

// -1, with a log line, and the connection is gone.
static int run(struct db_segment *s, const char *what) {
    int outcome = self.db != NULL ? db_sync_run(self.db, s) : DB_UNKNOWN;
    if (outcome == DB_COMMITTED)
        return 0;
    log_event(LOG_ERROR, "mail_statement_failed", "at=%s outcome=%d error=\"%s\"", what, outcome,
              self.db != NULL ? db_sync_error(self.db) : "not connected");
    disconnect();
    return -1;
}

static int connect_database(void) {
    char sentence[256];
    if (self.db != NULL)
        return 0;
    self.db = db_sync_open(self.config->mail.database, "mail", sentence, sizeof sentence);
    if (self.db == NULL) {
        log_event(LOG_WARNING, "mail_not_connected", "error=\"%s\"", sentence);
        return -1;
    }
    db_sync_wait(self.db, DATABASE_MS);
    return run(statement(QUERY_MAIL_TAKE_PLACE), "take_place");
}

static int take_requests(void) {
    return run(statement(QUERY_MAIL_TAKE_CODE_REQUESTS), "take_code_requests");
}

static int plan(int64_t now) {
    struct db_segment *s = statement(QUERY_MAIL_PLAN);
    db_time(s, now);
    return run(s, "plan");
}

static int32_t lease_s(void) {
    return (int32_t)self.config->mail.timeout_s + LEASE_SPARE_S;
}

// 1: a mail is ours, 0: none is due, -1: failed.
static int claim(int64_t now, const struct db_result **ret_rows) {
    struct db_segment *s = statement(QUERY_MAIL_CLAIM);
    db_time(s, now);
    db_int4(s, lease_s());
    db_text(s, self.config->language, strlen(self.config->language));
    db_array_begin(s, DB_TEXT);
    for (const char *const *language = template_languages; *language != NULL; language++)
        db_text(s, *language, strlen(*language));
    db_array_end(s);
    if (run(s, "claim") != 0)
        return -1;
    *ret_rows = db_result(s, 0);
    return db_rows(*ret_rows);
}

// Marks the mail as handed over, and stores its code.
static bool is_ready(void *unused) {
    (void)unused;
    struct db_segment *s = statement(QUERY_MAIL_HAND);
    db_uuid(s, self.mail.id);
    db_int4(s, self.mail.attempt);
    db_uuid(s, self.mail.seed);
    if (self.mail.makes_code)
        db_bytes(s, self.mail.hash, sizeof self.mail.hash);
    else
        db_null(s);
    db_time(s, self.mail.expires);
    db_time(s, clock_now());
    db_int4(s, lease_s());
    return run(s, "hand") == 0 && db_get_bool(db_result(s, 0), 0, 0);
}

// A result that cannot be stored is lost with the connection: the mail's lease ends, and it is judged by its mark.
static int report(enum smtp_outcome outcome, const char *reply, int64_t next_at) {
    struct db_segment *s = statement(QUERY_MAIL_RESULT);
    db_uuid(s, self.mail.id);
    db_int4(s, self.mail.attempt);
    db_int2(s, (int16_t)outcome);
    db_text(s, reply, strlen(reply));
    db_time(s, next_at);
    db_time(s, clock_now());
    return run(s, "result");
}

// ---------------------------------------------------------------- one mail

// One try after the other, and then some time for the server.
static void note_server(bool is_down) {
    if (is_down) {
        if (self.pauses == 0)
            log_event(LOG_WARNING, "mail_server_down", "hint=\"candour mail status says what it said\"");
        self.paused_until = clock_now() + jitter(doubled(PAUSE_MIN_S, self.pauses++, PAUSE_MAX_S));
    } else if (self.pauses > 0) {
        log_event(LOG_NOTICE, "mail_server_back", NULL);
        self.pauses = 0;
    }
}

static int send_mail(void) {
    static const char *const counters[] = {
        [SMTP_SENT] = "mail_sent",        [SMTP_REFUSED] = "mail_refused", [SMTP_LATER] = "mail_later",
        [SMTP_DOWN] = "mail_server_down", [SMTP_PERHAPS] = "mail_perhaps", [SMTP_STOPPED] = "mail_stopped"};
    const struct smtp_mail mail = {
        .to = self.mail.to, .text = self.mail.text, .len = self.mail.len, .is_ready = is_ready};
    char reply[SMTP_REPLY_BYTES];
    enum smtp_outcome outcome = smtp_send(self.smtp, &mail, reply);
    crypto_wipe(self.mail.text, self.mail.len);
    log_count(counters[outcome]);
    int64_t next_at = clock_now();
    switch (outcome) {
    case SMTP_STOPPED: // the database was not to be had, or the mail was taken from us
        return self.db != NULL ? 0 : -1;
    case SMTP_LATER:
    case SMTP_PERHAPS:
        next_at += jitter(doubled(RETRY_MIN_S, (unsigned)self.mail.refusals, RETRY_MAX_S));
        if (outcome == SMTP_LATER && self.mail.refusals >= REFUSALS_MAX)
            outcome = SMTP_REFUSED;
        break;
    default:
        break;
    }
    note_server(outcome == SMTP_DOWN);
    return report(outcome, reply, next_at);
}

// 1: one was dealt with, 0: none is due, -1: failed.
static int next_mail(int64_t now) {
    const struct db_result *rows;
    const char *reason;
    int found = claim(now, &rows);
    if (found != 1)
        return found;
    int rc;
    if (letterbox_fill(self.config, self.worker->kek, rows, 0, now, &self.mail, &reason) == 0)
        rc = send_mail();
    else
        rc = report(SMTP_REFUSED, reason, now);
    return rc == 0 ? 1 : -1;
}

// One mail a turn of the loop, so that a signal is heard in between.
static void take_turn(uv_timer_t *timer) {
    int64_t now = clock_now();
    uint64_t now_ms = uv_now(self.worker->loop);
    bool is_planner = self.worker->index == 0;
    int rc = connect_database();
    if (rc == 0 && is_planner)
        rc = take_requests();
    if (rc == 0 && is_planner && now_ms >= self.plan_ms) {
        self.plan_ms = now_ms + (uint64_t)PLAN_EVERY_TURNS * self.config->clerk_interval_ms;
        rc = plan(now);
    }
    if (rc == 0 && now >= self.paused_until)
        rc = next_mail(now);
    arena_reset(&self.arena);
    int started = uv_timer_start(timer, take_turn, rc == 1 ? 0 : self.config->clerk_interval_ms, 0);
    assert(started == 0);
}

int postman_start(struct worker *worker) {
    char sentence[512] = "There is not enough memory.";
    void *memory = malloc(ARENA_BYTES);
    self.worker = worker;
    self.config = worker->config;
    self.smtp = memory != NULL ? smtp_open(&self.config->mail, sentence, sizeof sentence) : NULL;
    if (self.smtp == NULL) {
        free(memory);
        log_event(LOG_ERROR, "mail_start_failed", "error=\"%s\"", sentence);
        return -1;
    }
    arena_start(&self.arena, memory, ARENA_BYTES);
    uv_timer_init(worker->loop, &self.timer);
    return uv_timer_start(&self.timer, take_turn, 0, 0);
}

void postman_stop(void) {
    uv_close((uv_handle_t *)&self.timer, NULL);
    smtp_close(self.smtp);
    disconnect();
    free(self.arena.memory);
}
