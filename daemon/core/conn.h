// One connection: frames in, replies out, one request in flight. conn is the only one that closes a stream.
//
//            ready         header ok           slot        body complete
//   SHAKING ------> HEADER ---------> (WAITING) ---> BODY ---------------> RUNNING ---> (PAUSING)
//                     ^ |                 |                                   | reply        |
//                     | | refused, body   | refused, or in vain               v              |
//                     | +---> SKIPPING ---+--------------------------> REPLYING <------------+
//                     |                                                   |  |
//                     +---------------------------------------------------+  | the last one
//   any state but GONE ---> GONE (closed; a running request ends first)      v
//                                                                        PARTING
#ifndef CANDOUR_CONN_H
#define CANDOUR_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "frame.h"
#include "list.h"
#include "request.h"
#include "slots.h"
#include "stream.h"

struct server;

enum conn_state {
    CONN_FREE,
    CONN_SHAKING,
    CONN_HEADER,
    CONN_SKIPPING, // the body of a request that is refused without closing
    CONN_WAITING,  // for a slot
    CONN_BODY,
    CONN_RUNNING,
    CONN_PAUSING, // has its reply ready, and no slot any more
    CONN_REPLYING,
    CONN_PARTING, // lingers, so that the peer can read the last reply
    CONN_GONE,
};

// Why a request is refused by its header alone, before it takes memory.
enum conn_refusal {
    CONN_ACCEPTED,
    CONN_BAD_HEADER,
    CONN_UNKNOWN_OPERATION,
    CONN_TOO_LARGE,
    CONN_NOT_GREETED,
    CONN_NO_SLOT,       // it waited in vain; nothing of the above leaves the connection open
    CONN_NOT_SIGNED_IN, // this and the next leave the connection open
    CONN_NOT_ADMINISTRATOR,
};

enum { CONN_LATE_BYTES = FRAME_HEADER_BYTES + 1024 };

struct conn {
    struct server *server;
    struct list link; // among the free, or the guests of one kind
    enum conn_state state;
    uint64_t since_ms; // loop time of the last move
    uint64_t asked_ms; // and of the request at hand
    enum conn_refusal refusal;
    struct session session;
    uint8_t header[FRAME_HEADER_BYTES];
    struct frame frame; // of the request at hand
    const struct op *op;
    struct slot *slot;
    struct slot_waiter waiter;
    uint32_t skip; // bytes left of a body nobody wants
    bool is_greeted, has_served;
    bool is_suspect;    // the reply to its request comes late
    bool is_turned_out; // the reply that is on its way is the last one
    size_t late_len;
    uint8_t late[CONN_LATE_BYTES]; // the reply of who pauses
    struct stream stream;          // last: its buffers stay untouched on an idle connection
};

// fd: connected, and the connection's from now on.
void conn_start(struct conn *c, struct server *server, int fd);
// The slot of a waiter.
void conn_granted(struct slot_waiter *w, struct slot *slot);
// Others want this connection's slot. If it had a fair time for its body, it is closed.
void conn_yield_slot(struct slot *slot);
// Others want the place of this guest. 0: it had a fair time to do what it is there for, and is closed; or so many ms
// are left. Who pauses has its reply at once, and no time.
uint64_t conn_yield_place(struct conn *c);
// Has its hello come, and was it answered? If not, it has no time at all when others want its place.
bool conn_has_said_hello(const struct conn *c);
// The next reply, of CONN_LATE_BYTES at most, waits until server_pause_ms after its request.
void conn_suspect(struct conn *c, bool is_suspect);
// The request is over: len bytes of its slot's frame go out (0: there is nothing to say, the connection closes). When
// the connection is gone already, the slot is released.
void conn_reply(struct conn *c, size_t len);
// Counts so many more failures of the peer's network. True: now there were more than most in an hour (most 0: never),
// or it has hung up, and the connection is closed.
bool conn_failed_often(struct conn *c, enum failure kind, int more, uint32_t most);
bool conn_is_gone(const struct conn *c);
// The server drains: closes what is idle and has been served; the others close after their reply.
void conn_drain(struct conn *c);
void conn_close(struct conn *c);

#endif
