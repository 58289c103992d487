// Verified ballots wait here; when the previous batch has committed, the next one goes as one statement over arrays,
// so that one flush to disk serves many. Few wait for a tick of the clock, some milliseconds, for what a batch costs
// PostgreSQL is mostly the same for one and for ten. Of many that wait, two batches are on their way at a time, each
// over a connection of its own: one is stored while the other waits for the disk. Every ballot gets its own status and
// is answered only after the commit.
#ifndef CANDOUR_BATCH_H
#define CANDOUR_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "daemon/core/list.h"

struct worker;
struct request;
struct round;

// All in the request's arena; the batch keeps the request and the round until it has replied.
struct batch_ballot {
    struct request *request;
    struct round *round; // held
    uint8_t subject[16];
    uint8_t group;
    uint8_t vk[32];
    uint32_t sequence;
    const uint8_t *ratings;
    size_t ratings_len;
    const uint8_t *comments; // as ballot.ballot stores them
    size_t comments_len;
    uint8_t leaf[32];
    struct list link;
};

size_t batch_bytes(void); // what it takes at most
MUST_CHECK int batch_start(struct worker *worker);
// Takes the ballot; replies to its request when it is committed or refused.
void batch_add(struct batch_ballot *ballot);

#endif
