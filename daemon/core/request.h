// One request in flight: what a handler may see and do. A handler reads request->message, adds statements and runs
// them, and replies exactly once. It never blocks and never mallocs. Everything it allocates is in request->arena.
#ifndef CANDOUR_REQUEST_H
#define CANDOUR_REQUEST_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "base.h"
#include "candour.pb-c.h"
#include "db.h"
#include "ops.h"
#include "worker.h"

struct conn;

// Who speaks on this connection; the desk's Hello and SignIn set it.
struct session {
    bool known;
    bool administrator;
    uint8_t person[16];
    uint8_t token_hash[32]; // of the session's row
    int64_t expires;
};

struct request {
    struct worker *worker;
    struct conn *conn;
    struct session *session; // of the connection
    const struct op *op;
    struct arena arena;
    ProtobufCMessage *message;  // unpacked, judged by the gate, of type op->row->request
    int64_t now;                // clock_now() when the frame was complete; the only time a handler uses
    struct db_segment *segment; // NULL until request_query
    void *state;                // the handler's own, in the arena
};

typedef void (*request_step)(struct request *r);

// Adds a statement to the request's segment (made on first use, and anew after each request_run). Never NULL: a full
// arena sticks and request_run answers TOO_LARGE. Parameters follow through db.h.
struct db_segment *request_query(struct request *r, enum query query);
// Runs the segment on the operation's lane. next runs after commit only, with results in r->segment; every other
// outcome is answered here (BUSY, TOO_LARGE, INTERNAL; UNAUTHENTICATED when the session has ended meanwhile, by
// worker->guard). At the ballot box the batch has its own way (ballot/batch.h).
void request_run(struct request *r, request_step next);
// Before replying to what nobody honest sends: the network that it comes from is remembered, by a hash, for an hour
// (conn_failed). The ballot box counts so; the desk does not.
void request_failed(struct request *r);
// At the desk, for what a stranger may ask for only so often: the same memory. True: too often.
bool request_is_too_often(struct request *r, uint32_t most);
// Runs work in the thread pool (no access to the loop, database or connection), then next on the loop. At most two of a
// kind at once per worker, eight waiting; more are answered BUSY. So the kind that strangers can ask for never stops
// the other.
enum work { WORK_PASSWORD, WORK_CHECK, WORK_KINDS };
enum { WORK_RUNNING_MAX = 2 }; // of a kind
void request_work(struct request *r, enum work kind, request_step work, request_step next);

// The reply. Sent in records of at most 16 KiB; r is gone when these return.
void request_reply(struct request *r, const ProtobufCMessage *reply); // of type op->row->reply; too large: INTERNAL
// Desk: status and a sentence. detail may be NULL. With OK it says what changed and what comes next.
PRINTF(3, 4) void request_outcome(struct request *r, Candour__Status status, const char *detail, ...);

// A whole sentence that is written in one place and told in another: po/extract.sh finds it, and clients translate it.
#define TOLD(sentence) sentence

// A protobuf bytes value from a result, without copying (valid until the reply is packed).
ProtobufCBinaryData request_bytes(struct db_bytes b);

#endif
