// A connection of which the test chooses every byte, for what the client's own code would never send.
// Reading gives up after ten seconds, which fails the test.
#ifndef CANDOUR_TESTS_WIRE_H
#define CANDOUR_TESTS_WIRE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "candour.pb-c.h"
#include "frame.h"
#include "operations.h"

struct wire {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    struct frame frame; // of the last reply
    uint8_t *body;
};

// The socket alone.
int wire_dial(enum door door);
// false: the server refused the handshake. alpn NULL: none is offered. version: the only one that is.
bool wire_try(enum door door, const char *alpn, int version, struct wire *ret_wire);
// As every client does it; at the desk hello has been said, with a session or without (NULL).
void wire_open(enum door door, const uint8_t *session, struct wire *ret_wire);
void wire_close(struct wire *wire);

// What the server does not take any more, because it has hung up, is lost.
void wire_send(struct wire *wire, const void *bytes, size_t len);
// The header alone, whatever follows.
void wire_send_header(struct wire *wire, uint16_t operation, uint32_t length);
void wire_send_frame(struct wire *wire, uint16_t operation, const void *body, size_t len);
void wire_send_message(struct wire *wire, uint16_t operation, const ProtobufCMessage *message);
// false: the connection ended before a whole reply came.
bool wire_receive(struct wire *wire);
// The connection ends, and nothing comes before it does.
void wire_expect_end(struct wire *wire);

// The last reply's status, of either door.
Candour__Status wire_status(const struct wire *wire);
// A refusal at the desk: this status, a sentence for a person, and nothing else. Gives the sentence.
const char *wire_expect_refusal(struct wire *wire, uint16_t operation, Candour__Status status);

// Bytes on the socket since the connection began.
struct wire_count {
    uint64_t sent, received;
};
struct wire_count wire_count(const struct wire *wire);

#endif
