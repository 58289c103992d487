// Counts failures by kind and by the network that they come from, /24 or /64, without keeping any address: a
// counter is found by a hash under a random key, and key and counters are thrown away every hour by whoever owns this.
// Two networks may share a counter; what is done about many failures must be harmless for who does not fail.
#ifndef CANDOUR_FAILURES_H
#define CANDOUR_FAILURES_H

#include <stdint.h>
#include <sys/socket.h>

#include "base.h"

enum { FAILURES_COUNTERS = 4096, FAILURES_FORGET_MS = 3600 * 1000 };

enum failure { FAILURE_BALLOT, FAILURE_PASSWORD, FAILURE_CODE, FAILURE_CODE_REQUEST, FAILURE_KINDS };

struct failures {
    uint8_t key[32];
    uint16_t counters[FAILURE_KINDS][FAILURES_COUNTERS];
};

// A new key, and all counters at zero. Must be called once before counting.
void failures_forget(struct failures *f);
// Counts so many more, or less, and says how many there were from this network since it was forgotten, at least; stays
// from 0 to 65535.
unsigned failures_count(struct failures *f, const struct sockaddr *from, enum failure kind, int more);

#endif
