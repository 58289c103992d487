#include "request.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "gate.h"
#include "log.h"
#include "server.h"

enum { SENTENCE_BYTES = 768, JOBS_RUNNING_MAX = 2, JOBS_WAITING_MAX = 8 };

static const char busy_sentence[] = "The server is busy. Nothing is lost: try again in a moment.";
static const char internal_sentence[] = "The server made a mistake, which is in its log. Tell the people who run it.";

static struct slot *slot_of(struct request *r) {
    return (struct slot *)r;
}

// ---- replies

static uint16_t operation_of(const struct request *r) {
    return r->op ? r->op->number : r->conn->frame.operation;
}

// false: it is longer than the operation's reply may be.
static bool pack(struct request *r, const ProtobufCMessage *reply, size_t *ret_len) {
    struct slot *slot = slot_of(r);
    size_t len = protobuf_c_message_get_packed_size(reply);
    if (len > slot->frame_size - FRAME_HEADER_BYTES || (r->op && len > r->op->row->reply_bytes_max))
        return false;
    protobuf_c_message_pack(reply, slot->frame + FRAME_HEADER_BYTES);
    frame_write((struct frame){(uint32_t)len, operation_of(r) | FRAME_REPLY}, slot->frame);
    *ret_len = FRAME_HEADER_BYTES + len;
    return true;
}

static void finish(struct request *r, size_t len) {
    struct slot *slot = slot_of(r);
    if (len > slot->frame_used)
        slot->frame_used = len;
    arena_reset(&r->arena);
    arena_reset(&slot->spare);
    r->message = NULL;
    r->segment = NULL;
    conn_reply(r->conn, len);
}

void request_reply(struct request *r, const ProtobufCMessage *reply) {
    assert(reply->descriptor == r->op->row->reply);
    size_t len = 0;
    if (conn_is_gone(r->conn) || pack(r, reply, &len)) {
        finish(r, len);
        return;
    }
    log_event(LOG_ERROR, "reply_too_large", "operation=%s", r->op->row->name);
    request_outcome(r, CANDOUR__STATUS__INTERNAL, "%s", internal_sentence);
}

// A cut sentence must not end within a character.
static size_t whole_characters(const char *text) {
    size_t len = strlen(text), last = len;
    while (last > 0 && ((unsigned char)text[last - 1] & 0xc0) == 0x80)
        last--;
    if (last == 0)
        return 0;
    unsigned char lead = (unsigned char)text[last - 1];
    size_t needs = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return len - (last - 1) < needs ? last - 1 : len;
}

static void count_status(Candour__Status status) {
    if (status == CANDOUR__STATUS__BUSY)
        log_count("busy");
    else if (status == CANDOUR__STATUS__INTERNAL)
        log_count("internal_errors");
    else if (status == CANDOUR__STATUS__BAD_REQUEST || status == CANDOUR__STATUS__TOO_LARGE)
        log_count("bad_requests");
}

static void say(struct request *r, Candour__Status status, char *sentence) {
    const struct server *server = r->conn->server;
    size_t len = 0;
    count_status(status);
    arena_reset(&r->arena); // which may be full; the sentence is not in it
    r->message = NULL;
    if (server->door == DOOR_DESK) {
        Candour__Outcome outcome = CANDOUR__OUTCOME__INIT;
        outcome.status = status;
        outcome.has_detail = sentence != NULL;
        if (sentence)
            outcome.detail = (ProtobufCBinaryData){whole_characters(sentence), (uint8_t *)sentence};
        bool fits = pack(r, &outcome.base, &len);
        assert(fits);
    } else {
        const ProtobufCMessage *reply =
            server->refusal && r->op ? server->refusal(r->op->row, status, &r->arena) : NULL;
        if (!reply || !pack(r, reply, &len))
            len = 0; // closes
    }
    finish(r, len);
}

void request_outcome(struct request *r, Candour__Status status, const char *detail, ...) {
    char sentence[SENTENCE_BYTES];
    if (detail) {
        va_list args;
        va_start(args, detail);
        vsnprintf(sentence, sizeof sentence, detail, args);
        va_end(args);
    }
    say(r, status, detail ? sentence : NULL);
}

ProtobufCBinaryData request_bytes(struct db_bytes b) {
    return (ProtobufCBinaryData){b.len, (uint8_t *)(uintptr_t)b.data};
}

// ---- the gate

enum conn_refusal gate_role(enum role role, const struct session *session, int64_t now) {
    if (role == ROLE_NONE)
        return CONN_ACCEPTED;
    if (!session->known || session->expires <= now)
        return CONN_NOT_SIGNED_IN;
    if (role == ROLE_ADMINISTRATOR && !session->administrator)
        return CONN_NOT_ADMINISTRATOR;
    return CONN_ACCEPTED;
}

const char *gate_refusal_name(enum conn_refusal refusal) {
    static const char *const names[] = {
        [CONN_ACCEPTED] = "accepted",
        [CONN_BAD_HEADER] = "refused_header",
        [CONN_UNKNOWN_OPERATION] = "refused_operation",
        [CONN_TOO_LARGE] = "refused_length",
        [CONN_NOT_GREETED] = "refused_before_hello",
        [CONN_NOT_SIGNED_IN] = "refused_not_signed_in",
        [CONN_NOT_ADMINISTRATOR] = "refused_not_administrator",
    };
    return names[refusal];
}

static struct request *fill_in(struct conn *c) {
    struct request *r = &c->slot->request;
    r->worker = c->server->worker;
    r->conn = c;
    r->session = &c->session;
    r->op = c->op;
    r->now = clock_now();
    return r;
}

void gate_refuse(struct conn *c) {
    struct request *r = fill_in(c);
    switch (c->refusal) {
    case CONN_UNKNOWN_OPERATION:
        request_outcome(r, CANDOUR__STATUS__BAD_REQUEST,
                        "This server does not know operation 0x%04x. Use a client of the same version.",
                        c->frame.operation);
        break;
    case CONN_TOO_LARGE:
        request_outcome(r, CANDOUR__STATUS__TOO_LARGE,
                        "A request of this kind may be %u bytes long, and this one has %u. Send less at a time.",
                        r->op->row->request_bytes_max, c->frame.length);
        break;
    case CONN_NOT_GREETED:
        request_outcome(r, CANDOUR__STATUS__UNAUTHENTICATED, "Say hello first.");
        break;
    case CONN_NOT_SIGNED_IN:
        request_outcome(r, CANDOUR__STATUS__UNAUTHENTICATED, "Sign in first: candour sign-in.");
        break;
    case CONN_NOT_ADMINISTRATOR:
        request_outcome(r, CANDOUR__STATUS__FORBIDDEN, "Only an administrator may do this. Ask HR.");
        break;
    case CONN_BAD_HEADER:
    case CONN_ACCEPTED:
        request_outcome(r, CANDOUR__STATUS__BAD_REQUEST,
                        "This server does not understand your client. Use a client of the same version.");
    }
}

void gate_start(struct conn *c) {
    struct request *r = fill_in(c);
    const struct operation_row *row = r->op->row;
    log_count("requests");
    r->message = protobuf_c_message_unpack(row->request, &r->arena.allocator, c->frame.length,
                                           c->slot->frame + FRAME_HEADER_BYTES);
    if (!r->message && r->arena.full) {
        request_outcome(r, CANDOUR__STATUS__TOO_LARGE,
                        "This request needs more memory than one request may use. Send less at a time.");
        return;
    }
    if (!r->message) {
        request_outcome(r, CANDOUR__STATUS__BAD_REQUEST,
                        "This request cannot be read. Use a client of the same version as the server.");
        return;
    }
    char sentence[SENTENCE_BYTES] = "";
    if (check_message(r->message, sentence, sizeof sentence) != 0) {
        say(r, CANDOUR__STATUS__BAD_REQUEST, sentence);
        return;
    }
    r->op->start(r);
}

// ---- database

struct db_segment *request_query(struct request *r, enum query query) {
    struct slot *slot = slot_of(r);
    bool is_first = !r->segment || slot->has_run;
    if (is_first) {
        r->segment = db_segment_new(&r->arena);
        slot->has_run = false;
    }
    if (!r->segment) {
        slot->is_full = true; // what follows is written to no purpose, and never run
        arena_reset(&slot->spare);
        r->segment = db_segment_new(&slot->spare);
        assert(r->segment);
    }
    if (is_first && r->worker->guard && r->op->row->role != ROLE_NONE)
        r->worker->guard(r, r->segment);
    db_add(r->segment, query);
    return r->segment;
}

static void end_session(struct request *r) {
    *r->session = (struct session){0};
    request_outcome(r, CANDOUR__STATUS__UNAUTHENTICATED, "Your sign-in has ended. Sign in again: candour sign-in.");
}

static void on_done(void *context, int outcome) {
    struct slot *slot = context;
    struct request *r = &slot->request;
    slot->has_run = true;
    if (conn_is_gone(r->conn))
        finish(r, 0);
    else if (outcome == DB_COMMITTED)
        slot->next(r);
    else if (outcome == DB_BARRED)
        end_session(r);
    else if (outcome == DB_UNKNOWN || outcome == DB_AGAIN || outcome == UV_EAGAIN)
        request_outcome(r, CANDOUR__STATUS__BUSY, "%s", busy_sentence);
    else
        request_outcome(r, CANDOUR__STATUS__INTERNAL, "%s", internal_sentence);
}

void request_run(struct request *r, request_step next) {
    struct slot *slot = slot_of(r);
    assert(r->segment && !slot->has_run);
    slot->next = next;
    struct db *lane = r->op->lane == LANE_FAST ? r->worker->fast : r->worker->slow;
    int rc = slot->is_full ? UV_ENOMEM : db_submit(lane, r->segment, on_done, slot);
    if (rc != 0)
        request_outcome(r, CANDOUR__STATUS__BUSY, "%s", busy_sentence);
}

// ---- thread pool

static void start_jobs(struct slots *s, uv_loop_t *loop);

static void on_work(uv_work_t *job) {
    struct slot *slot = job->data;
    slot->work(&slot->request);
}

static void on_worked(uv_work_t *job, int status) {
    struct slot *slot = job->data;
    struct request *r = &slot->request;
    assert(status == 0); // nothing is ever cancelled
    slot->slots->jobs_running--;
    start_jobs(slot->slots, r->worker->loop);
    if (conn_is_gone(r->conn))
        finish(r, 0);
    else
        slot->next(r);
}

static void start_jobs(struct slots *s, uv_loop_t *loop) {
    while (s->jobs_running < JOBS_RUNNING_MAX && !list_is_empty(&s->jobs)) {
        struct slot *slot = LIST_MEMBER(list_take(&s->jobs), struct slot, link);
        s->jobs_waiting--;
        s->jobs_running++;
        slot->job.data = slot;
        int rc = uv_queue_work(loop, &slot->job, on_work, on_worked);
        assert(rc == 0);
    }
}

void request_work(struct request *r, request_step work, request_step next) {
    struct slot *slot = slot_of(r);
    struct slots *s = slot->slots;
    if (s->jobs_running >= JOBS_RUNNING_MAX && s->jobs_waiting >= JOBS_WAITING_MAX) {
        request_outcome(r, CANDOUR__STATUS__BUSY, "%s", busy_sentence);
        return;
    }
    slot->work = work;
    slot->next = next;
    list_append(&s->jobs, &slot->link);
    s->jobs_waiting++;
    start_jobs(s, r->worker->loop);
}
