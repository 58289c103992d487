// One door of one worker: listener, connections, request slots, certificate. Everything is allocated at start.
#ifndef CANDOUR_SERVER_H
#define CANDOUR_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base.h"
#include "conn.h"
#include "failures.h"
#include "slots.h"
#include "stream.h"
#include "tls.h"

struct config;
struct config_door;

enum { SERVER_PROCESS_BYTES = 16 * 1024 * 1024 }; // of any worker: code, libraries, loop

// The fixed-size refusal of the ballot box; the desk has none and sends an Outcome. NULL: the connection closes.
typedef const ProtobufCMessage *(*server_refusal)(const struct operation_row *row, Candour__Status status,
                                                  struct arena *arena);

// Whose place a newcomer may take, after a fair time; who goes first stands first.
enum guests {
    GUESTS_PAUSING,   // until their reply may go
    GUESTS_BEGINNING, // their handshake, before the server has answered it
    GUESTS_PARTING,   // after their last reply
    GUESTS_SILENT,    // without a session, and ask for nothing, or for what they may not have
    GUESTS_SHAKING,   // hands, after the server's answer
    GUESTS_KINDS,
};

struct server_reply { // a whole frame
    uint8_t *frame;   // NULL: the connection closes
    size_t len;
};

struct server {
    struct worker *worker;
    const struct config *config;
    enum door door;
    server_refusal refusal;
    struct tls_context *tls;
    int fd; // listens, shared with other workers
    uv_poll_t door_bell;
    uv_timer_t patience; // before accepting again: after a failure, or
    bool awaits_place;   // until somebody's time is over whose place a newcomer may take
    uv_timer_t forgetting;
    struct failures failures; // of the last hour
    struct conn *conns;
    size_t conn_stride; // bytes from one connection to the next, whole pages
    struct list free;
    struct list guests[GUESTS_KINDS]; // connections, the longest silent first
    uint32_t live, shaking;
    bool is_accepting, is_draining, is_over;
    void (*drained)(struct server *s);
    struct slots slots;
    struct server_reply *busy; // for each row of the table of operations
    struct stream_shared shared;
    uint8_t scratch[TLS_RECORD_BYTES]; // for what nobody wants to read
};

const struct config_door *server_door(const struct config *config, enum door door);
const char *server_alpn(enum door door);
// The worst case of one worker of this door.
size_t server_bytes(const struct config *config, enum door door);

// Accepts on fd, which listens; the server closes it when it drains. -1 with a log line.
MUST_CHECK int server_start(struct server *s, struct worker *worker, enum door door, server_refusal refusal, int fd);
// Loads the certificate again, for new connections; the old one stays when that fails. -1 with a log line.
MUST_CHECK int server_reload(struct server *s);
// Stops accepting, lets every request end; drained runs once, when no connection is left.
void server_drain(struct server *s, void (*drained)(struct server *s));
void server_cut(struct server *s); // closes every connection

// For conn.
void server_shaken(struct server *s);                                  // one handshake less in progress
void server_release(struct server *s, struct conn *c);                 // the connection is over, and so is its request
void server_guest(struct server *s, struct conn *c, enum guests kind); // from now on
// How long a served connection may be silent.
uint32_t server_idle_ms(const struct server *s, const struct session *session);
// How late the reply comes when somebody failed too often.
uint32_t server_pause_ms(const struct server *s);
// How long a body or a reply of that length may take on the wire.
uint32_t server_body_ms(const struct server *s, size_t len);
uint32_t server_reply_ms(const struct server *s, size_t len);
// Counts so many more of that kind from that network. 1: there were more than most in an hour, 0: not (nor with most
// 0). -1: nobody is there any more.
MUST_CHECK int server_counts(struct server *s, const uv_tcp_t *from, enum failure kind, int more, uint32_t most);
// NULL: the door has no such reply.
const struct server_reply *server_busy(const struct server *s, const struct op *op);

#endif
