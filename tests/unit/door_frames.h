// For tests of the daemon's machine: the client's side of frames, requests and replies.
#ifndef CANDOUR_TESTS_DOOR_FRAMES_H
#define CANDOUR_TESTS_DOOR_FRAMES_H

#include "door_server.h"
#include "frame.h"

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
