#include "conn.h"

#include <assert.h>
#include <string.h>

#include "clock.h"
#include "daemon/config.h"
#include "gate.h"
#include "log.h"
#include "server.h"

enum {
    LINGER_MS = 2000,
    RECORD_BODY_BYTES = 16 * 1024 - FRAME_HEADER_BYTES, // what comes with the header, or all of a shorter body
    FAIR_BODY_MS = 250, // for what comes after it, and as long as at least so much comes:
    FAIR_BYTES_PER_MS = 128,
    FAIR_SILENCE_MS = 500, // also in a handshake, after the hello; none before it, as it comes in one piece
    FAIR_REST_MS = 100,    // after the last reply, and at the ballot box after any
};

#define TO(state) (1u << CONN_##state)
static const unsigned moves[] = {
    [CONN_FREE] = TO(SHAKING),
    [CONN_SHAKING] = TO(HEADER) | TO(PARTING) | TO(GONE),
    [CONN_HEADER] = TO(SKIPPING) | TO(WAITING) | TO(BODY) | TO(RUNNING) | TO(GONE),
    [CONN_SKIPPING] = TO(WAITING) | TO(RUNNING) | TO(GONE),
    [CONN_WAITING] = TO(BODY) | TO(RUNNING) | TO(REPLYING) | TO(GONE),
    [CONN_BODY] = TO(RUNNING) | TO(GONE),
    [CONN_RUNNING] = TO(PAUSING) | TO(REPLYING) | TO(GONE),
    [CONN_PAUSING] = TO(REPLYING) | TO(GONE),
    [CONN_REPLYING] = TO(HEADER) | TO(PARTING) | TO(GONE),
    [CONN_PARTING] = TO(GONE),
    [CONN_GONE] = TO(FREE),
};

static void move(struct conn *c, enum conn_state to) {
    assert(moves[c->state] & (1u << to));
    list_remove(&c->link);
    if (c->state == CONN_SHAKING)
        server_shaken(c->server);
    c->state = to;
    c->since_ms = uv_now(c->server->worker->loop);
}

static struct conn *of(struct stream *s) {
    return LIST_MEMBER(s, struct conn, stream);
}

bool conn_is_gone(const struct conn *c) {
    return c->state == CONN_GONE;
}

// ---- the end

static void release_slot(struct conn *c) {
    struct slot *slot = c->slot;
    c->slot = NULL;
    if (slot)
        slots_return(slot);
}

// A running request keeps its slot, and this connection, until it replies.
static void leave(struct conn *c, enum conn_state to) {
    bool is_running = c->state == CONN_RUNNING;
    slots_leave(&c->waiter);
    move(c, to);
    if (!is_running)
        release_slot(c);
}

void conn_close(struct conn *c) {
    if (c->state == CONN_GONE || c->state == CONN_FREE)
        return;
    leave(c, CONN_GONE);
    stream_close(&c->stream);
}

static void part(struct conn *c) {
    leave(c, CONN_PARTING);
    stream_finish(&c->stream, LINGER_MS);
    server_guest(c->server, c, GUESTS_PARTING);
}

static void release_if_over(struct conn *c) {
    if (c->state != CONN_GONE || c->slot || c->stream.handles > 0)
        return;
    explicit_bzero(&c->session, sizeof c->session);
    if (c->late_len > 0)
        explicit_bzero(c->late, sizeof c->late);
    move(c, CONN_FREE);
    server_release(c->server, c);
}

static void on_closed(struct stream *s) {
    struct conn *c = of(s);
    if (c->state != CONN_GONE) // the stream closed by itself after lingering, or was never accepted
        leave(c, CONN_GONE);
    release_if_over(c);
}

// The door says BUSY with a reply that was made beforehand, for want of memory to make one. False: it has none.
static bool say_busy(struct conn *c) {
    const struct server_reply *busy = c->op ? server_busy(c->server, c->op) : NULL;
    if (!busy)
        return false;
    slots_leave(&c->waiter);
    c->refusal = CONN_NO_SLOT;
    log_count(gate_refusal_name(c->refusal));
    move(c, CONN_REPLYING);
    stream_deadline(&c->stream, server_reply_ms(c->server, busy->len));
    stream_send(&c->stream, busy->frame, busy->len);
    return true;
}

static void cut_body(struct conn *c) {
    log_count("bodies_cut");
    conn_close(c);
}

void conn_yield_slot(struct slot *slot) {
    struct conn *c = slot->request.conn;
    assert(c->state == CONN_BODY && c->slot == slot);
    size_t came = c->stream.fill_pos;
    uint64_t fair_ms = came < RECORD_BODY_BYTES ? 0 : FAIR_BODY_MS + came / FAIR_BYTES_PER_MS;
    if (uv_now(c->server->worker->loop) >= c->since_ms + fair_ms)
        cut_body(c);
}

static void end_pause(struct conn *c);

bool conn_has_said_hello(const struct conn *c) {
    return stream_has_spoken(&c->stream);
}

static uint64_t fair_silence_ms(const struct conn *c) {
    if (!conn_has_said_hello(c))
        return 0;
    bool has_its_reply = c->has_served && c->server->door == DOOR_BALLOT;
    return has_its_reply || c->state == CONN_PARTING ? FAIR_REST_MS : FAIR_SILENCE_MS;
}

uint64_t conn_yield_place(struct conn *c) {
    if (c->state == CONN_PAUSING) {
        log_count("pauses_cut");
        c->is_turned_out = true;
        end_pause(c);
        return 0;
    }
    uint64_t due_ms = c->since_ms + fair_silence_ms(c);
    uint64_t now_ms = uv_now(c->server->worker->loop);
    if (now_ms < due_ms)
        return due_ms - now_ms;
    log_count("strangers_cut");
    conn_close(c);
    return 0;
}

static void await_header(struct conn *c) {
    stream_deadline(&c->stream, c->has_served ? server_idle_ms(c->server, &c->session) : c->server->config->hello_ms);
    stream_fill(&c->stream, c->header, sizeof c->header);
}

static void on_ended(struct stream *s, int reason) {
    struct conn *c = of(s);
    if (reason == UV_ETIMEDOUT && c->state == CONN_PAUSING) {
        end_pause(c);
        return;
    }
    bool asks_no_more = reason == UV_EOF && c->state == CONN_PAUSING && !stream_has_hung_up(s);
    if (asks_no_more && stream_fill_no_more(s) == 0)
        return; // it waits for its reply
    if (reason == UV_ETIMEDOUT && c->state == CONN_WAITING && say_busy(c))
        return;
    bool is_idle = c->state == CONN_HEADER && s->fill_pos == 0;
    if (c->state == CONN_SHAKING)
        log_count("handshake_failures");
    else if (reason == UV_ETIMEDOUT && !is_idle)
        log_count("deadlines_passed");
    else if (reason == UV_EPROTO)
        log_count("tls_violations");
    if (reason == UV_EPROTO && c->state == CONN_SHAKING)
        part(c); // the peer may read our alert
    else
        conn_close(c);
}

void conn_drain(struct conn *c) {
    if (c->state == CONN_PAUSING)
        end_pause(c);
    else if (c->state == CONN_HEADER && c->has_served && c->stream.fill_pos == 0)
        conn_close(c);
}

// ---- one request

static void read_header(struct conn *c) {
    move(c, CONN_HEADER);
    c->op = NULL;
    c->refusal = CONN_ACCEPTED;
    if (!c->session.known)
        server_guest(c->server, c, GUESTS_SILENT);
    await_header(c);
}

bool conn_failed_often(struct conn *c, enum failure kind, int more, uint32_t most) {
    int rc = conn_is_gone(c) ? -1 : server_counts(c->server, &c->stream.tcp, kind, more, most);
    if (rc < 0)
        conn_close(c);
    return rc != 0;
}

static void run(struct conn *c) {
    move(c, CONN_RUNNING);
    stream_deadline(&c->stream, c->op ? c->op->deadline_ms : c->server->config->reply_ms);
    if (c->refusal)
        gate_refuse(c);
    else
        gate_start(c);
}

static void read_body(struct conn *c) {
    if (c->refusal || c->frame.length == 0) {
        run(c);
        return;
    }
    move(c, CONN_BODY);
    c->slot->request.conn = c;
    c->slot->frame_used = FRAME_HEADER_BYTES + c->frame.length; // to be wiped, even if only a part of it comes
    slots_await_body(c->slot);
    stream_deadline(&c->stream, server_body_ms(c->server, c->frame.length));
    assert(c->frame.length <= c->slot->frame_size - FRAME_HEADER_BYTES);
    stream_fill(&c->stream, c->slot->frame + FRAME_HEADER_BYTES, c->frame.length);
}

// A refusal needs a slot too, for its reply; a small one always does.
static void take_slot(struct conn *c) {
    enum slot_class class = c->refusal ? SLOT_SMALL : slots_class(c->server->door, c->op->row);
    c->slot = slots_take(&c->server->slots, class);
    if (c->slot) {
        read_body(c);
        return;
    }
    size_t begun = c->frame.length < RECORD_BODY_BYTES ? c->frame.length : RECORD_BODY_BYTES;
    if (!c->refusal && stream_pending(&c->stream) < begun) { // it would keep a slot waiting that others wait for
        cut_body(c);
        return;
    }
    move(c, CONN_WAITING);
    log_count("waits_for_slot");
    stream_deadline(&c->stream, c->server->config->reply_ms);
    slots_wait(&c->server->slots, &c->waiter, class);
}

void conn_granted(struct slot_waiter *w, struct slot *slot) {
    struct conn *c = LIST_MEMBER(w, struct conn, waiter);
    c->slot = slot;
    read_body(c);
}

static void skip_some(struct conn *c) {
    if (c->skip == 0) {
        take_slot(c);
        return;
    }
    uint32_t len = c->skip < sizeof c->server->scratch ? c->skip : (uint32_t)sizeof c->server->scratch;
    c->skip -= len;
    stream_fill(&c->stream, c->server->scratch, len);
}

static enum conn_refusal judge(struct conn *c) {
    if (frame_read(c->header, &c->frame) != 0) {
        c->header[6] = FRAME_VERSION; // so that the answer names the operation, if there was one
        c->header[7] = 0;
        int rc = frame_read(c->header, &c->frame);
        assert(rc == 0);
        return CONN_BAD_HEADER;
    }
    c->op = ops_find(c->server->door, c->frame.operation);
    if (!c->op)
        return CONN_UNKNOWN_OPERATION;
    if (c->frame.length > c->op->row->request_bytes_max)
        return CONN_TOO_LARGE;
    if (c->server->door == DOOR_DESK && !c->is_greeted && c->frame.operation != OPERATION_HELLO)
        return CONN_NOT_GREETED;
    c->is_greeted = true;
    return gate_role(c->op->row->role, &c->session, clock_now());
}

static void on_header(struct conn *c) {
    c->asked_ms = uv_now(c->server->worker->loop);
    c->refusal = judge(c);
    if (c->refusal == CONN_ACCEPTED) {
        take_slot(c);
        return;
    }
    log_count(gate_refusal_name(c->refusal));
    if (c->refusal >= CONN_NOT_SIGNED_IN) {
        move(c, CONN_SKIPPING);
        if (!c->session.known)
            server_guest(c->server, c, GUESTS_SILENT);
        stream_deadline(&c->stream, server_body_ms(c->server, c->frame.length));
        c->skip = c->frame.length;
        skip_some(c);
    } else {
        take_slot(c);
    }
}

static void cut_second_frame(struct conn *c) { // before the reply to the first
    log_count("second_frames");
    conn_close(c);
}

static void on_filled(struct stream *s) {
    struct conn *c = of(s);
    if (c->state == CONN_HEADER)
        on_header(c);
    else if (c->state == CONN_SKIPPING)
        skip_some(c);
    else if (c->state == CONN_PAUSING)
        cut_second_frame(c);
    else {
        slots_body_arrived(c->slot);
        run(c);
    }
}

static bool is_last(const struct conn *c) {
    return c->server->is_draining || c->is_turned_out ||
           (c->refusal != CONN_ACCEPTED && c->refusal < CONN_NOT_SIGNED_IN);
}

static void send_reply(struct conn *c, const uint8_t *frame, size_t len) {
    stream_deadline(&c->stream, server_reply_ms(c->server, len));
    if (stream_has_ended(&c->stream) || c->is_turned_out) // we read no more of it
        stream_send_last(&c->stream, frame, len);
    else
        stream_send(&c->stream, frame, len);
}

// Reads on, to see whether the peer hangs up, unless it says good-bye first: then its place is free at once.
static void pause_for(struct conn *c, uint32_t ms, size_t len) {
    assert(len <= sizeof c->late);
    memcpy(c->late, c->slot->frame, len);
    c->late_len = len;
    release_slot(c);
    log_count("pauses");
    server_guest(c->server, c, GUESTS_PAUSING);
    stream_deadline(&c->stream, ms);
    if (!stream_has_ended(&c->stream))
        stream_fill(&c->stream, c->header, sizeof c->header);
}

static void end_pause(struct conn *c) {
    if (stream_fill_no_more(&c->stream) > 0) {
        cut_second_frame(c);
        return;
    }
    move(c, CONN_REPLYING);
    send_reply(c, c->late, c->late_len);
}

void conn_suspect(struct conn *c, bool is_suspect) {
    c->is_suspect = is_suspect;
}

void conn_reply(struct conn *c, size_t len) {
    if (c->state == CONN_GONE) {
        release_slot(c);
        release_if_over(c);
        return;
    }
    if (len == 0) {
        leave(c, CONN_GONE);
        release_slot(c);
        stream_close(&c->stream);
        return;
    }
    uint64_t passed_ms = uv_now(c->server->worker->loop) - c->asked_ms, pause_ms = server_pause_ms(c->server);
    bool is_late = c->is_suspect && !is_last(c) && passed_ms < pause_ms;
    c->is_suspect = false;
    move(c, is_late ? CONN_PAUSING : CONN_REPLYING);
    if (!is_last(c) && stream_has_more(&c->stream))
        cut_second_frame(c);
    else if (is_late)
        pause_for(c, (uint32_t)(pause_ms - passed_ms), len);
    else
        send_reply(c, c->slot->frame, len);
}

static void on_sent(struct stream *s) {
    struct conn *c = of(s);
    c->has_served = true;
    if (stream_has_ended(s) || c->is_turned_out) {
        conn_close(c);
        return;
    }
    if (is_last(c)) {
        part(c);
        return;
    }
    release_slot(c);
    read_header(c);
}

static void on_ready(struct stream *s) {
    read_header(of(s));
}

void conn_start(struct conn *c, struct server *server, int fd) {
    static const struct stream_events events = {on_ready, on_filled, on_sent, on_ended, on_closed};
    memset(c, 0, offsetof(struct conn, stream));
    c->server = server;
    move(c, CONN_SHAKING);
    log_count("connections");
    int rc = stream_start(&c->stream, server->worker->loop, fd, server->tls, &server->shared, &events,
                          server->config->handshake_ms);
    if (rc != 0)
        log_count("accept_failures");
    if (c->state == CONN_SHAKING)
        server_guest(server, c, GUESTS_BEGINNING);
}
