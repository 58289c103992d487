#include "request.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "check.h"
#include "clock.h"
#include "gate.h"
#include "log.h"
#include "server.h"

enum { SENTENCE_BYTES = 768, LESS_URGENT = 10 };

static const char busy_sentence[] = TOLD("The server is busy. Nothing is lost: try again in a moment.");
static const char large_sentence[] = TOLD("This needs more memory than one request may use. Do it in smaller parts.");
static const char internal_sentence[] =
    TOLD("The server made a mistake, which is in its log. Tell the people who run it.");

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

// What the door says when it refuses, in the arena. NULL: nothing, the connection closes; which operation's size should
// the answer of a ballot box have?
static const ProtobufCMessage *refusal(const struct server *server, const struct operation_row *row,
                                       Candour__Status status, const char *sentence, struct arena *arena) {
    if (server->door == DOOR_BALLOT)
        return server->refusal && row ? server->refusal(row, status, arena) : NULL;
    Candour__Outcome *outcome = arena_alloc(arena, sizeof *outcome);
    if (!outcome)
        return NULL;
    candour__outcome__init(outcome);
    outcome->status = status;
    outcome->has_detail = sentence != NULL;
    if (sentence)
        outcome->detail = (ProtobufCBinaryData){whole_characters(sentence), (uint8_t *)(uintptr_t)sentence};
    return &outcome->base;
}

static void say(struct request *r, Candour__Status status, const char *sentence) {
    const struct server *server = r->conn->server;
    size_t len = 0;
    count_status(status);
    arena_reset(&r->arena); // which may be full; the sentence is not in it
    r->message = NULL;
    const ProtobufCMessage *reply = refusal(server, r->op ? r->op->row : NULL, status, sentence, &r->arena);
    bool fits = !reply || pack(r, reply, &len);
    assert(fits);
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

bool request_failed_often(struct request *r, enum failure kind, int more, uint32_t most) {
    return conn_failed_often(r->conn, kind, more, most);
}

void request_suspect(struct request *r, bool is_suspect) {
    conn_suspect(r->conn, is_suspect);
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
        [CONN_NO_SLOT] = "refused_no_slot",
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
        request_outcome(r, CANDOUR__STATUS__UNAUTHENTICATED, "Sign in first: candour sign-in");
        break;
    case CONN_NOT_ADMINISTRATOR:
        request_outcome(r, CANDOUR__STATUS__FORBIDDEN, "Only an administrator may do this. Ask HR.");
        break;
    case CONN_BAD_HEADER:
    case CONN_NO_SLOT:
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
        request_outcome(r, CANDOUR__STATUS__TOO_LARGE, "%s", large_sentence);
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

int gate_busy(struct server *s) {
    s->busy = calloc(operations_count, sizeof *s->busy);
    struct slot *slot = slots_take(&s->slots, SLOT_SMALL); // for its arena
    int rc = s->busy ? 0 : -1;
    assert(slot);
    for (size_t i = 0; i < operations_count && rc == 0; i++) {
        const struct operation_row *row = &operations[i];
        const ProtobufCMessage *reply =
            row->door == s->door ? refusal(s, row, CANDOUR__STATUS__BUSY, busy_sentence, &slot->request.arena) : NULL;
        size_t len = reply ? protobuf_c_message_get_packed_size(reply) : 0;
        struct server_reply busy = {reply ? malloc(FRAME_HEADER_BYTES + len) : NULL, FRAME_HEADER_BYTES + len};
        if (busy.frame) {
            frame_write((struct frame){(uint32_t)len, row->number | FRAME_REPLY}, busy.frame);
            protobuf_c_message_pack(reply, busy.frame + FRAME_HEADER_BYTES);
            s->busy[i] = busy;
        }
        rc = reply && !busy.frame ? -1 : 0;
        arena_reset(&slot->request.arena);
    }
    slots_return(slot);
    if (rc != 0)
        log_event(LOG_ERROR, "server_start_failed", "reason=no memory for replies");
    return rc;
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
    request_outcome(r, CANDOUR__STATUS__UNAUTHENTICATED, "Your sign-in has ended. Sign in again: candour sign-in");
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
    else if (outcome == UV_ENOMEM)
        request_outcome(r, CANDOUR__STATUS__TOO_LARGE, "%s", large_sentence);
    else
        request_outcome(r, CANDOUR__STATUS__INTERNAL, "%s", internal_sentence);
}

void request_run(struct request *r, request_step next) {
    struct slot *slot = slot_of(r);
    assert(r->segment && !slot->has_run);
    slot->next = next;
    struct db *lane = r->op->lane == LANE_FAST ? r->worker->fast : r->worker->slow;
    int rc = slot->is_full ? UV_ENOMEM : db_submit(lane, r->segment, on_done, slot);
    if (rc == UV_ENOMEM)
        request_outcome(r, CANDOUR__STATUS__TOO_LARGE, "%s", large_sentence);
    else if (rc != 0)
        request_outcome(r, CANDOUR__STATUS__BUSY, "%s", busy_sentence);
}

// ---- thread pool

static void start_jobs(struct slots_jobs *jobs, uv_loop_t *loop);

// What takes long gives way to the loops, of other workers as well. Where a thread may not lower itself, it works all
// the same.
static void on_work(uv_work_t *job) {
    struct slot *slot = job->data;
    int rc = setpriority(PRIO_PROCESS, 0, LESS_URGENT); // to Linux that is this thread
    (void)rc;
    slot->work(&slot->request);
}

static void on_worked(uv_work_t *job, int status) {
    struct slot *slot = job->data;
    struct request *r = &slot->request;
    struct slots_jobs *jobs = &slot->slots->jobs[slot->kind];
    assert(status == 0); // nothing is ever cancelled
    jobs->running--;
    start_jobs(jobs, r->worker->loop);
    if (conn_is_gone(r->conn))
        finish(r, 0);
    else
        slot->next(r);
}

static void on_rested(uv_timer_t *rest) {
    start_jobs(LIST_MEMBER(rest, struct slots_jobs, rest), rest->loop);
}

static void rest(struct slots_jobs *jobs) {
    int rc = uv_timer_start(&jobs->rest, on_rested, jobs->every_ms, 0);
    assert(rc == 0);
}

static bool may_start(const struct slots_jobs *jobs) {
    return jobs->running < jobs->running_max && !uv_is_active((const uv_handle_t *)&jobs->rest);
}

// Nobody waits for it any more. While a request runs nothing is read, and so a hang-up is not seen: who guesses is
// looked after.
static bool is_deserted(const struct slots_jobs *jobs, const struct conn *c) {
    return conn_is_gone(c) || (jobs->every_ms > 0 && stream_has_hung_up(&c->stream));
}

static void start_jobs(struct slots_jobs *jobs, uv_loop_t *loop) {
    while (may_start(jobs) && !list_is_empty(&jobs->waiting)) {
        struct slot *slot = LIST_MEMBER(list_take(&jobs->waiting), struct slot, link);
        jobs->waiting_count--;
        if (is_deserted(jobs, slot->request.conn)) {
            finish(&slot->request, 0);
            continue;
        }
        jobs->running++;
        slot->job.data = slot;
        int rc = uv_queue_work(loop, &slot->job, on_work, on_worked);
        assert(rc == 0);
        if (jobs->every_ms > 0)
            rest(jobs);
    }
}

bool request_is_refused(struct request *r, enum work kind) {
    const struct slots_jobs *jobs = &slot_of(r)->slots->jobs[kind];
    if (jobs->waiting_count < jobs->waiting_max || may_start(jobs))
        return false;
    request_outcome(r, CANDOUR__STATUS__BUSY, "%s", busy_sentence);
    return true;
}

void request_work(struct request *r, enum work kind, request_step work, request_step next) {
    struct slot *slot = slot_of(r);
    struct slots_jobs *jobs = &slot->slots->jobs[kind];
    if (conn_is_gone(r->conn)) {
        finish(r, 0);
        return;
    }
    if (request_is_refused(r, kind))
        return;
    slot->kind = kind;
    slot->work = work;
    slot->next = next;
    list_append(&jobs->waiting, &slot->link);
    jobs->waiting_count++;
    if (jobs->every_ms > 0 && may_start(jobs)) // who does not wait is not worth the work
        rest(jobs);
    else
        start_jobs(jobs, r->worker->loop);
}
