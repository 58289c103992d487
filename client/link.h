// A connection to one door of a server: TLS 1.3, one request and its reply at a time. The only user of OpenSSL's TLS in
// the client; every client makes the same offer, whatever the machine's own OpenSSL settings are.
// Blocking. Each network step waits at most 15 s, a proxy's way to the server 120 s; a request as a whole at most its
// patience (60 s unless set).
#ifndef CANDOUR_LINK_H
#define CANDOUR_LINK_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "exit.h"
#include "operations.h"

enum {
    LINK_ADDRESSES_MAX = 8,
    LINK_ADDRESS_BYTES = 256,
    LINK_PINS_MAX = 2,
    LINK_SESSION_BYTES = 32,
    LINK_PATIENCE_S = 60,
};

struct link_target {
    enum door door;
    size_t address_count;                                   // at least one
    char addresses[LINK_ADDRESSES_MAX][LINK_ADDRESS_BYTES]; // "host:port" or "[v6 address]:port", tried in this order
    char ca_file[512];                                      // PEM; "": the authorities of this computer
    char socks[LINK_ADDRESS_BYTES];                         // "host:port" of a SOCKS5 proxy; "": directly
    size_t pin_count;                                       // 0: none
    uint8_t pins[LINK_PINS_MAX][32]; // SHA-256 of the server's public key (DER SubjectPublicKeyInfo)
};

struct link;

// Splits "host:port"; brackets around a numeric IPv6 address are taken off. -1: not of this form.
MUST_CHECK int link_split(const char *address, char ret_host[LINK_ADDRESS_BYTES], char ret_port[6]);

// Connects. *target is copied. The caller ends *ret_link with link_close. -1: EXIT_UNREACHABLE with a sentence that
// names host and port and what to check, EXIT_USAGE for an address or CA file that cannot be used.
MUST_CHECK int link_open(const struct link_target *target, struct link **ret_link, struct problem *ret_problem);
void link_close(struct link *link); // NULL is allowed

// For how long a request may be repeated when the server is busy or the connection breaks; 0: once only.
void link_set_patience(struct link *link, unsigned seconds);

// Each request is the last of its connection: our good-bye leaves with it, and the next one connects anew. So every
// ballot goes.
void link_set_single(struct link *link);

// Called while a long request is sent at the desk, with the bytes that have left and all there are.
typedef void (*link_progress)(void *context, size_t sent, size_t total);
void link_set_progress(struct link *link, link_progress progress, void *context);

// Desk only: says hello, and again by itself after every new connection. session: 32 bytes, or NULL for a stranger.
MUST_CHECK int link_hello(struct link *link, const uint8_t *session, Candour__HelloReply **ret_reply,
                          struct problem *ret_problem);
// After a sign-in on this link: later connections present this session.
void link_set_session(struct link *link, const uint8_t session[LINK_SESSION_BYTES]);

// Sends a request and gives whatever the server replied. 0: a reply came, *ret_status is its status; a BUSY is only
// handed out when patience has ended. *ret_reply is of the operation's reply type; the caller frees it with
// link_reply_free. -1: no readable reply. A request that must not be repeated (SignIn, Letters) is sent once.
MUST_CHECK int link_exchange(struct link *link, uint16_t operation, const ProtobufCMessage *request,
                             ProtobufCMessage **ret_reply, Candour__Status *ret_status, struct problem *ret_problem);
// The same where only OK will do: any other status is a problem with the server's own sentence.
// Fills a problem from a reply that is not OK: its detail, translated where the catalogue has it. Returns -1.
int link_refused(uint16_t operation, const ProtobufCMessage *reply, Candour__Status status,
                 struct problem *ret_problem);
MUST_CHECK int link_call(struct link *link, uint16_t operation, const ProtobufCMessage *request,
                         ProtobufCMessage **ret_reply, struct problem *ret_problem);
void link_reply_free(ProtobufCMessage *reply); // NULL is allowed

#endif
