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
#include "failures.h"
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
// What a stranger may do only so often: counts so many more by the network that it comes from (or less, when it proves
// right), which is remembered by a hash for an hour (failures.h). True: now there were more than most (most 0: never),
// or nobody waits for the reply.
bool request_failed_often(struct request *r, enum failure kind, int more, uint32_t most);
// For who probably guesses, forges or repeats: the reply, of at most 1024 bytes, comes server_pause_ms after the
// request, unless false is said before it.
void request_suspect(struct request *r, bool is_suspect);
// Runs work in the thread pool (no access to the loop, database or connection), then next on the loop. Per worker one
// or two of a kind run at once, and eight wait; more are answered BUSY. So a kind that strangers can ask for never
// stops another. WORK_GUESS: passwords from a network that often failed; three wait, and one in two seconds
// begins, the first after two, so that nobody works for who hangs up at once.
enum work { WORK_PASSWORD, WORK_GUESS, WORK_CHECK, WORK_KINDS };
enum { WORK_PASSWORDS_MAX = 2 }; // at once: one of each of the first two kinds
void request_work(struct request *r, enum work kind, request_step work, request_step next);
// For who asks before it has what the work needs. True: there is no room for it, and r is answered BUSY.
bool request_is_refused(struct request *r, enum work kind);

// The reply. Sent in records of at most 16 KiB; r is gone when these return.
void request_reply(struct request *r, const ProtobufCMessage *reply); // of type op->row->reply; too large: INTERNAL
// Desk: status and a sentence. detail may be NULL. With OK it says what changed and what comes next.
PRINTF(3, 4) void request_outcome(struct request *r, Candour__Status status, const char *detail, ...);

// A whole sentence that is written in one place and told in another: po/extract.sh finds it, and clients translate it.
#define TOLD(sentence) sentence

// A protobuf bytes value from a result, without copying (valid until the reply is packed).
ProtobufCBinaryData request_bytes(struct db_bytes b);

#endif
