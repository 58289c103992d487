#include "daemon/desk/round_keys.h"

#include <stddef.h>
#include <string.h>

#include "crypto.h"

static struct round_key keys[ROUND_KEYS_MAX]; // of this worker

int round_keys_start(void) {
    return crypto_lock(keys, sizeof keys);
}

static struct round_key *find(const uint8_t round[16]) {
    for (size_t i = 0; i < ROUND_KEYS_MAX; i++)
        if (keys[i].used != 0 && memcmp(keys[i].round, round, 16) == 0)
            return &keys[i];
    return NULL;
}

const struct round_key *round_keys_find(const uint8_t round[16], int64_t now) {
    struct round_key *key = find(round);
    if (key != NULL)
        key->used = now;
    return key;
}

const struct round_key *round_keys_keep(const struct round_key *key, int64_t now) {
    struct round_key *place = find(key->round);
    if (place == NULL) {
        place = &keys[0];
        for (size_t i = 1; i < ROUND_KEYS_MAX; i++)
            if (keys[i].used < place->used) // an empty place comes before all others
                place = &keys[i];
    }
    *place = *key;
    place->used = now;
    return place;
}

void round_keys_drop(const uint8_t round[16]) {
    struct round_key *key = find(round);
    if (key != NULL)
        crypto_wipe(key, sizeof *key);
}

void round_keys_expire(int64_t now) {
    for (size_t i = 0; i < ROUND_KEYS_MAX; i++)
        if (keys[i].used != 0 && (now >= keys[i].close || now - keys[i].used >= ROUND_KEYS_IDLE_S))
            crypto_wipe(&keys[i], sizeof keys[i]);
}
