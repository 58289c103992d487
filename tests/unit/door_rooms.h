// For tests of the daemon's machine: small operations of their own instead of the desk's and the ballot box's.
#ifndef CANDOUR_TESTS_DOOR_ROOMS_H
#define CANDOUR_TESTS_DOOR_ROOMS_H

#include <string.h>
#include <uv.h>

#include "candour.pb-c.h"
#include "daemon/core/ops.h"
#include "daemon/core/request.h"

enum {
    SLOW_WORK_MS = 300,
    BIG_REPLY_BYTES = 1000 * 1000,
    STUCK_REPLY_BYTES = 250 * 1000,
    FORGED_BYTES = 8192,
    HELD_BYTES = 7000
};

static _Atomic int door_works, door_next_steps; // jobs begun, and steps taken after them
static _Atomic bool door_is_held;               // slow work lasts until it is not

static void hello(struct request *r) { // the token's first byte says who it is
    const Candour__Hello *message = (const Candour__Hello *)r->message;
    if (message->has_session) {
        r->session->known = true;
        r->session->administrator = message->session.data[0] == 2;
        r->session->expires = message->session.data[0] == 3 ? r->now : r->now + 100;
    }
    Candour__HelloReply reply = CANDOUR__HELLO_REPLY__INIT;
    reply.has_time = true, reply.time = r->now;
    request_reply(r, &reply.base);
}

static void say_ok(struct request *r) {
    door_next_steps++;
    request_outcome(r, CANDOUR__STATUS__OK, "Done.");
}

static void work_slowly(struct request *r) {
    (void)r;
    door_works++;
    uv_sleep(SLOW_WORK_MS);
    while (door_is_held)
        uv_sleep(1);
}

static void work(struct request *r) {
    (void)r;
    door_works++;
}

static void slow(struct request *r) {
    request_work(r, WORK_CHECK, work_slowly, say_ok);
}

static void slow_password(struct request *r) {
    request_work(r, WORK_PASSWORD, work_slowly, say_ok);
}

static void guess(struct request *r) {
    request_work(r, WORK_GUESS, work, say_ok);
}

static void who_am_i(struct request *r) {
    Candour__WhoAmIReply reply = CANDOUR__WHO_AM_IREPLY__INIT;
    request_reply(r, &reply.base);
}

static void big(struct request *r) {
    Candour__ReadAuditReply reply = CANDOUR__READ_AUDIT_REPLY__INIT;
    reply.has_detail = 1;
    reply.detail = (ProtobufCBinaryData){BIG_REPLY_BYTES, arena_alloc(&r->arena, BIG_REPLY_BYTES)};
    memset(reply.detail.data, 'b', BIG_REPLY_BYTES);
    request_reply(r, &reply.base);
}

static void stuck(struct request *r) { // a slow reader's
    Candour__GetQuestionnaireReply reply = CANDOUR__GET_QUESTIONNAIRE_REPLY__INIT;
    reply.has_text = 1;
    reply.text = (ProtobufCBinaryData){STUCK_REPLY_BYTES, arena_alloc(&r->arena, STUCK_REPLY_BYTES)};
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
    const Candour__CastBallot *message = (const Candour__CastBallot *)r->message;
    if (message->sealed.len == 4096) { // as when the arena is full in the middle of it
        while (arena_alloc(&r->arena, 1)) {
        }
        request_outcome(r, CANDOUR__STATUS__BUSY, NULL);
        return;
    }
    if (message->sealed.len == HELD_BYTES) {
        request_work(r, WORK_CHECK, work_slowly, say_ok);
        return;
    }
    bool is_forged = message->sealed.len == FORGED_BYTES; // for the hundredth time
    uint8_t receipt[64] = {7};
    Candour__CastReply reply = CANDOUR__CAST_REPLY__INIT;
    reply.status = is_forged ? CANDOUR__STATUS__FORBIDDEN : CANDOUR__STATUS__OK;
    if (is_forged)
        request_suspect(r, true);
    reply.receipt = (ProtobufCBinaryData){sizeof receipt, receipt};
    request_reply(r, &reply.base);
}

static void cannot(struct request *r) {
    request_outcome(r, CANDOUR__STATUS__BUSY, "No sentence leaves this door.");
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

#endif
