// Unwrapped credential keys of rounds, kept by a worker in locked memory while they are in use. A key is wiped when its
// round has closed or nobody has collected with it for a while; round_keys_expire does it and is called by a timer.
#ifndef CANDOUR_DESK_ROUND_KEYS_H
#define CANDOUR_DESK_ROUND_KEYS_H

#include <stdint.h>

#include "base.h"

enum {
    ROUND_KEYS_MAX = 32, // rounds that collect at one time; more take turns
    ROUND_KEYS_IDLE_S = 600,
    ROUND_KEY_BYTES = 32,
    ROUND_ROOT_BYTES = 32,
};

struct round_key {
    uint8_t round[16], secret[ROUND_KEY_BYTES], root[ROUND_ROOT_BYTES];
    int64_t close; // Unix seconds
    int64_t used;  // likewise; 0: this place is empty
};

// -1: the memory could not be locked; everything works all the same.
MUST_CHECK int round_keys_start(void);
// NULL: not kept. Valid until the next call of another function here.
const struct round_key *round_keys_find(const uint8_t round[16], int64_t now);
// Copies *key into an empty place, or over the one that was not used for longest, and returns the copy.
const struct round_key *round_keys_keep(const struct round_key *key, int64_t now);
void round_keys_drop(const uint8_t round[16]);
void round_keys_expire(int64_t now);

#endif
