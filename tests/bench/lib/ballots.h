// Ballots of one round, made beforehand as the client makes them, and what is needed to make and to check them. The
// keys come from tests/bench/lib.sh, which reads them in the sandbox, so that nobody has to collect 48,000 credentials.
#ifndef CANDOUR_TESTS_BENCH_BALLOTS_H
#define CANDOUR_TESTS_BENCH_BALLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"

enum { BALLOTS_ITEMS = 53 };

struct ballots_round {
    uint8_t id[16], root[32], box_public[32], box_secret[32], credential_secret[32];
    uint32_t bucket;
};
// One right to cast a ballot; as many as there are people asked.
struct ballots_right {
    uint8_t subject[16];
    uint8_t group;
};

// Reads the round from a text file of words in hex: "id root box_public box_secret credential_secret bucket kek"; the
// secrets are wrapped by kek.
MUST_CHECK int ballots_round_read(const char *path, struct ballots_round *ret_round);
// A sealed ballot of somebody new, bucket bytes.
void ballots_make(const struct ballots_round *round, const struct ballots_right *right, uint8_t *ret_sealed);

// A file of sealed ballots, bucket bytes each, mapped for reading.
MUST_CHECK int ballots_map(const char *path, const uint8_t **ret_ballots, size_t *ret_bytes);

#endif
