// For tests of the daemon's machine: a server with small operations of its own, on a loop in a thread, so that the test
// itself can be the client and assert.
#ifndef CANDOUR_TESTS_DOOR_SERVER_H
#define CANDOUR_TESTS_DOOR_SERVER_H

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "candour.pb-c.h"
#include "daemon/config.h"
#include "daemon/core/log.h"
#include "daemon/core/ops.h"
#include "daemon/core/request.h"
#include "daemon/core/server.h"
#include "door.h"

enum { SLOW_WORK_MS = 300, BIG_REPLY_BYTES = 1000 * 1000 };

struct door_server {
    struct door_files files;
    struct config config;
    uv_loop_t loop;
    uv_async_t order;
    uv_thread_t thread;
    uv_sem_t done;
    void (*wish)(struct door_server *d);
    struct worker worker;
    struct server server;
    int fd, port;
    uint32_t answer; // of a wish
    _Atomic int works, next_steps;
};

static struct door_server door;

// ---- operations

static void hello(struct request *r) { // the token's first byte says who it is
    const Candour__Hello *message = (const Candour__Hello *)r->message;
    if (message->has_session) {
        r->session->known = true;
        r->session->administrator = message->session.data[0] == 2;
        r->session->expires = message->session.data[0] == 3 ? r->now : r->now + 100;
    }
    Candour__HelloReply reply = CANDOUR__HELLO_REPLY__INIT;
    reply.has_time = 1;
    reply.time = r->now;
    request_reply(r, &reply.base);
}

static void say_ok(struct request *r) {
    door.next_steps++;
    request_outcome(r, CANDOUR__STATUS__OK, "Done.");
}

static void work_slowly(struct request *r) {
    (void)r;
    door.works++;
    uv_sleep(SLOW_WORK_MS);
}

static void slow(struct request *r) {
    request_work(r, work_slowly, say_ok);
}

static void who_am_i(struct request *r) {
    Candour__WhoAmIReply reply = CANDOUR__WHO_AM_IREPLY__INIT;
    reply.has_name = 1;
    reply.name = (ProtobufCBinaryData){5, arena_copy(&r->arena, "Alice", 5)};
    request_reply(r, &reply.base);
}

static void big(struct request *r) {
    Candour__MyAssignmentsReply reply = CANDOUR__MY_ASSIGNMENTS_REPLY__INIT;
    reply.has_detail = 1;
    reply.detail = (ProtobufCBinaryData){BIG_REPLY_BYTES, arena_alloc(&r->arena, BIG_REPLY_BYTES)};
    memset(reply.detail.data, 'b', BIG_REPLY_BYTES);
    request_reply(r, &reply.base);
}

static void too_big(struct request *r) {
    Candour__RoundReply reply = CANDOUR__ROUND_REPLY__INIT;
    reply.has_id = 1;
    reply.id = (ProtobufCBinaryData){100 * 1000, arena_alloc(&r->arena, 100 * 1000)};
    request_reply(r, &reply.base);
}

static void overfull(struct request *r) { // a query that the arena cannot hold
    while (arena_alloc(&r->arena, 1024)) {
    }
    while (arena_alloc(&r->arena, 1)) {
    }
    db_int4(request_query(r, (enum query)0), 1);
    request_run(r, say_ok);
}

static void import(struct request *r) {
    const Candour__ImportPeople *message = (const Candour__ImportPeople *)r->message;
    Candour__ImportReply reply = CANDOUR__IMPORT_REPLY__INIT;
    reply.has_added = 1;
    reply.added = (uint32_t)message->n_rows;
    request_reply(r, &reply.base);
}

static void cast_ballot(struct request *r) {
    uint8_t receipt[64] = {7};
    Candour__CastReply reply = CANDOUR__CAST_REPLY__INIT;
    reply.status = CANDOUR__STATUS__OK;
    reply.receipt = (ProtobufCBinaryData){sizeof receipt, receipt};
    request_reply(r, &reply.base);
}

static void cannot(struct request *r) {
    request_outcome(r, CANDOUR__STATUS__BUSY, "A ballot box says no sentence.");
}

static const ProtobufCMessage *refusal(const struct operation_row *row, Candour__Status status, struct arena *arena) {
    if (row->number != OPERATION_CAST_BALLOT)
        return NULL;
    Candour__CastReply *reply = arena_alloc(arena, sizeof *reply);
    candour__cast_reply__init(reply);
    reply->status = status;
    reply->receipt = (ProtobufCBinaryData){64, arena_alloc(arena, 64)};
    return &reply->base;
}

struct op desk_ops[] = {
    {OPERATION_HELLO, LANE_FAST, 5000, hello, NULL},
    {OPERATION_SIGN_IN, LANE_FAST, 100, slow, NULL}, // passes its deadline
    {OPERATION_SIGN_OUT, LANE_FAST, 5000, slow, NULL},
    {OPERATION_WHO_AM_I, LANE_FAST, 5000, who_am_i, NULL},
    {OPERATION_MY_ASSIGNMENTS, LANE_FAST, 5000, big, NULL},
    {OPERATION_COLLECT_CREDENTIALS, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_RESPOND, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_STOP_REMINDERS, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_GET_QUESTIONNAIRE, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_GET_MANIFEST, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_MY_REPORTS, LANE_FAST, 5000, overfull, NULL},
    {OPERATION_GET_REPORT, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_IMPORT_PEOPLE, LANE_FAST, 5000, import, NULL},
    {OPERATION_IMPORT_FRAMEWORK, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_LIST_FRAMEWORKS, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_CREATE_ROUND, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_LOAD_RATERS, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_ADVANCE_ROUND, LANE_FAST, 5000, too_big, NULL},
    {OPERATION_LIST_ROUNDS, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_ROUND_STATUS, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_LETTERS, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_CLOSE_ROUND, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_RELEASE_REPORTS, LANE_FAST, 5000, say_ok, NULL},
    {OPERATION_READ_AUDIT, LANE_FAST, 5000, say_ok, NULL},
};
const size_t desk_ops_count = ARRAY_LEN(desk_ops);
struct op ballot_ops[] = {
    {OPERATION_MANIFEST_PAGE, LANE_FAST, 5000, cannot, NULL},
    {OPERATION_CAST_BALLOT, LANE_FAST, 5000, cast_ballot, NULL},
    {OPERATION_LEAVES_PAGE, LANE_FAST, 5000, cannot, NULL},
};
const size_t ballot_ops_count = ARRAY_LEN(ballot_ops);

// ---- the thread

static inline void door_close_rest(uv_handle_t *handle, void *context) {
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static inline void door_drained(struct server *s) {
    uv_walk(s->worker->loop, door_close_rest, NULL);
}

static inline void door_on_order(uv_async_t *order) {
    (void)order;
    door.wish(&door);
    uv_sem_post(&door.done);
}

static inline void door_run(void *context) {
    (void)context;
    uv_run(&door.loop, UV_RUN_DEFAULT);
}

// On the loop's thread; waits for it.
static inline void door_do(void (*wish)(struct door_server *d)) {
    door.wish = wish;
    uv_async_send(&door.order);
    uv_sem_wait(&door.done);
}

static inline void door_wish_drain(struct door_server *d) {
    server_drain(&d->server, door_drained);
}
static inline void door_wish_live(struct door_server *d) {
    d->answer = d->server.live;
}

static inline void door_open(enum door which, void (*adjust)(struct config *config)) {
    memset(&door, 0, sizeof door);
    signal(SIGPIPE, SIG_IGN); // as the parent does
    door_files_make(&door.files);
    struct config *c = &door.config;
    struct config_door *d = which == DOOR_DESK ? &c->desk : &c->ballot;
    snprintf(d->certificate, sizeof d->certificate, "%s", door.files.certificate);
    snprintf(d->key, sizeof d->key, "%s", door.files.key);
    c->connections_max = 64;
    c->slots_small = 4;
    c->slots_large = 1;
    c->handshake_ms = c->hello_ms = c->idle_desk_ms = c->idle_ballot_ms = c->reply_ms = 5000;
    c->handshakes_max = 16;
    if (adjust)
        adjust(c);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    door.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(door.fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(door.fd, 64) != 0 ||
        getsockname(door.fd, (struct sockaddr *)&at, &len) != 0)
        abort();
    door.port = ntohs(at.sin_port);
    door.worker = (struct worker){.loop = &door.loop, .config = c};
    if (uv_loop_init(&door.loop) != 0 || uv_async_init(&door.loop, &door.order, door_on_order) != 0 ||
        uv_sem_init(&door.done, 0) != 0 || ops_start(which) != 0 ||
        server_start(&door.server, &door.worker, which, which == DOOR_BALLOT ? refusal : NULL, door.fd) != 0 ||
        uv_thread_create(&door.thread, door_run, NULL) != 0)
        abort();
}

static inline void door_join(void) { // after a drain was wished
    uv_thread_join(&door.thread);
    if (uv_loop_close(&door.loop) != 0)
        abort();
    tls_context_free(door.server.tls);
    uv_sem_destroy(&door.done);
    door_files_remove(&door.files);
}

static inline void door_shut(void) {
    door_do(door_wish_drain);
    door_join();
}

static inline void door_wait_for_live(uint32_t count) {
    for (int i = 0; i < 1000; i++) {
        door_do(door_wish_live);
        if (door.answer == count)
            return;
        uv_sleep(10);
    }
    abort();
}

// ---- frames

static inline size_t door_frame(uint16_t operation, const ProtobufCMessage *message, uint8_t *ret_frame) {
    size_t len = message ? protobuf_c_message_pack(message, ret_frame + FRAME_HEADER_BYTES) : 0;
    frame_write((struct frame){(uint32_t)len, operation}, ret_frame);
    return FRAME_HEADER_BYTES + len;
}

struct door_reply {
    uint16_t operation;
    uint32_t len;
    Candour__Status status; // 0: none in it
    char detail[800];
    uint8_t body[1 << 20];
};
static struct door_reply reply;

static inline bool door_read_reply(struct door_client *c) {
    uint8_t header[FRAME_HEADER_BYTES];
    struct frame frame;
    memset(&reply, 0, sizeof reply);
    if (!door_receive(c, header, sizeof header) || frame_read(header, &frame) != 0 ||
        frame.length > sizeof reply.body || !door_receive(c, reply.body, frame.length))
        return false;
    reply.operation = frame.operation;
    reply.len = frame.length;
    Candour__Outcome *outcome = candour__outcome__unpack(NULL, frame.length, reply.body);
    if (outcome) {
        reply.status = outcome->status;
        snprintf(reply.detail, sizeof reply.detail, "%.*s", (int)outcome->detail.len, (char *)outcome->detail.data);
        candour__outcome__free_unpacked(outcome, NULL);
    }
    return true;
}

static inline bool door_ask(struct door_client *c, uint16_t operation, const ProtobufCMessage *message) {
    static uint8_t frame[1 << 20];
    return door_send(c, frame, door_frame(operation, message, frame)) && door_read_reply(c);
}

// who: 0 a stranger, 1 somebody, 2 an administrator, 3 somebody whose session has ended.
static inline bool door_hello(struct door_client *c, uint8_t who) {
    uint8_t token[32] = {who};
    Candour__Hello message = CANDOUR__HELLO__INIT;
    message.has_session = who != 0;
    message.session = (ProtobufCBinaryData){sizeof token, token};
    return door_ask(c, OPERATION_HELLO, &message.base);
}

static inline bool door_enter(struct door_client *c, uint8_t who) {
    return door_client_open(c, door.port, DOOR_ALPN) && door_hello(c, who);
}

#endif
