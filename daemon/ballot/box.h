// The ballot box: the anonymous door's operations. No session, no address, no log line per ballot; every reply of an
// operation has one size, whatever it says.
#ifndef CANDOUR_BOX_H
#define CANDOUR_BOX_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "ballot.h"
#include "base.h"
#include "candour.pb-c.h"
#include "daemon/core/arena.h"
#include "operations.h"

struct worker;
struct request;

// Called once in a ballot worker, before it listens: the cache of rounds and the batch. -1 with a log line.
MUST_CHECK int ballot_start(struct worker *worker);

// What they take at most in one worker.
size_t box_bytes(void);

// The refusal of an operation of this door with this status, all else zero, in the arena and of the operation's one
// size. NULL: the arena is full, or the operation is not of this door.
const ProtobufCMessage *box_refusal(const struct operation_row *row, Candour__Status status, struct arena *arena);

struct cast_outcome {
    Candour__Status status;
    enum ballot_reason reason;
    uint32_t sequence;
    bool changed; // something was stored; false: refused, or stored by a batch before
};

// Replies to a cast and counts it. The reply is late when the ballot changed nothing, or its sequence is above 255, and
// many such ones have come from its network. receipt: 64 bytes, or NULL for zeroes.
void box_cast_reply(struct request *r, struct cast_outcome outcome, const uint8_t *receipt);

// The operations (cast.c, pages.c).
void cast_ballot_start(struct request *r);
void manifest_page_start(struct request *r);
void leaves_page_start(struct request *r);

#endif
