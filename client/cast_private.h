// What making and sending of ballots share.
#ifndef CANDOUR_CAST_PRIVATE_H
#define CANDOUR_CAST_PRIVATE_H

#include "cast.h"

// A due time for a ballot of this assignment, away from the others that wait.
MUST_CHECK int cast_plan(struct vault *vault, const struct manifest *manifest, const Vault__Assignment *assignment,
                         bool now, struct cast_window *ret_window, int64_t *ret_due, struct problem *ret_problem);
// Packs, signs and seals under a sequence; fills sealed, leaf and sequence of *queued. -1: they may be half changed.
MUST_CHECK int cast_seal(const Vault__Round *round, const Vault__Assignment *assignment,
                         const struct manifest *manifest, const Vault__Answers *answers, uint32_t sequence,
                         Vault__Queued *queued, struct problem *ret_problem);

// Sleeps; a test puts its own here.
extern void (*cast_pause)(unsigned seconds);

// What the ballot box said about one ballot, judged.
enum cast_verdict {
    CAST_STORED, // with a genuine receipt
    CAST_BAD_RECEIPT,
    CAST_SIGN_ABOVE, // sign again above the reply's sequence
    CAST_NOT_YET,    // answering has not opened
    CAST_REPEAT,     // outcome unknown: the same bytes again, later
    CAST_REFUSED,
};
// Pure.
enum cast_verdict cast_judge(Candour__Status status, const Candour__CastReply *reply, const uint8_t receipt_key[32],
                             const uint8_t vk[32], const Vault__Queued *queued);
const char *cast_reason_sentence(uint32_t reason);

#endif
