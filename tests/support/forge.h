// Ballots made by hand, from PROTOCOL.md and not from proto/ballot.c, so that every part of one can be wrong.
#ifndef CANDOUR_TESTS_FORGE_H
#define CANDOUR_TESTS_FORGE_H

#include <stddef.h>
#include <stdint.h>

#include "ballot.h"
#include "fixture.h"
#include "wire.h"

enum { FORGE_PLAIN_BYTES = FIXTURE_BUCKET - 48, FORGE_COMMENTS_MAX = 9 };

// What the ballot box said.
struct forge_reply {
    Candour__Status status;
    enum ballot_reason reason;
    uint32_t sequence;
    uint8_t receipt[64];
};

struct forge {
    const struct fixture_round *round;
    uint8_t round_id[16], subject[16], vk[32], y[64], sign_secret[64], ratings[200];
    uint8_t box_key[32];
    Candour__Ballot ballot; // points into the arrays here, and may be changed to point elsewhere
    Candour__Comment comments[FORGE_COMMENTS_MAX], *comment_list[FORGE_COMMENTS_MAX];
};

// The ballot that this person may cast, sequence 1, every item rated 3. Not to be copied or moved afterwards.
void forge_start(const struct person *person, const struct fixture_round *round, enum fixture_subject subject,
                 struct forge *ret_forge);
// The text belongs to the caller.
void forge_comment(struct forge *forge, uint32_t question, const char *text, size_t len);

// The steps: length, ballot, zeros; signature; sealed box.
void forge_pack(const struct forge *forge, uint8_t ret_plain[FORGE_PLAIN_BYTES]);
void forge_sign(const struct forge *forge, uint8_t plain[FORGE_PLAIN_BYTES]);
void forge_seal(const struct forge *forge, const uint8_t *plain, size_t plain_len, uint8_t *ret_sealed);
// One connection, one ballot.
void forge_cast(const struct fixture_round *round, const uint8_t *sealed, size_t len, struct forge_reply *ret_reply);
// All of it; gives the reason.
enum ballot_reason forge_send(const struct forge *forge, struct forge_reply *ret_reply);
// The frame of a whole request, FORGE_FRAME_BYTES long, for sending many at once.
enum { FORGE_FRAME_BYTES = 8 + 18 + 3 + FIXTURE_BUCKET };
void forge_frame(const struct forge *forge, uint8_t ret_frame[FORGE_FRAME_BYTES]);
// Reads the reply to a CastBallot.
void forge_read(struct wire *wire, struct forge_reply *ret_reply);

#endif
