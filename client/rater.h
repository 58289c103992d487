// Being a rater: contact with the desk, collecting credentials, recovery.
#ifndef CANDOUR_RATER_H
#define CANDOUR_RATER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code.h"
#include "link.h"
#include "vault.h"

// How the core speaks with the person while it works; each may be NULL.
struct rater_talk {
    void *context;
    // One sentence (or a few) to be shown on stderr.
    void (*tell)(void *context, const char *sentence);
    // Asks to compare the fingerprint of a round's rules with a copy from elsewhere (ask_fingerprint does it). false:
    // it was not confirmed, and nothing is collected.
    bool (*fingerprint)(void *context, const char *round_name, const char fingerprint[CODE_FINGERPRINT_TEXT_BYTES]);
    // Shows the recovery code of a round and asks for its last group (ask_recovery does it). true: typed rightly, or
    // shown where nobody can type (--no-input); false: it is shown again after the next collection.
    bool (*recovery)(void *context, const char *round_name, const char code[CODE_RECOVERY_TEXT_BYTES]);
};

// Every identified contact begins here: connects to the vault's server, says hello with the vault's session, notes the
// time of the contact (ballots keep an hour away from it) and saves before it connects. must_be_signed_in: otherwise
// EXIT_NOT_ALLOWED. The caller ends *ret_desk with link_close, and *ret_hello (may be NULL) with
// link_reply_free(&hello->base).
MUST_CHECK int rater_desk(struct vault *vault, bool must_be_signed_in, struct link **ret_desk,
                          Candour__HelloReply **ret_hello, struct problem *ret_problem);

struct rater_collected {
    unsigned rounds;      // rounds that are collecting or answering
    unsigned postponed;   // of these: server or ballot box busy, or the round still being prepared: sign in again later
    unsigned assignments; // open ones
    unsigned collected;   // credentials collected just now
    unsigned foreign;     // already collected by another secret
};

// After every sign-in: brings rounds and assignments into the vault, checks manifests at both doors, and collects a
// credential for every open assignment, accepted or not. Everything is saved before the request that needs it.
// A round that fails does not keep the others from being done: each problem is told, and the first one is returned.
MUST_CHECK int rater_collect(struct vault *vault, struct link *desk, const struct rater_talk *talk,
                             struct rater_collected *ret_collected, struct problem *ret_problem);

// The recovery code of a round. -1: EXIT_NOT_FOUND, nothing has been collected yet.
MUST_CHECK int rater_recovery_code(const Vault__Round *round, char ret_code[CODE_RECOVERY_TEXT_BYTES],
                                   struct problem *ret_problem);
// Takes over the secret of a recovery code for a round whose credentials were collected on another computer; saves.
// rater_collect then brings the same credentials. EXIT_RULE when this vault already collected with another secret.
MUST_CHECK int rater_restore(struct vault *vault, Vault__Round *round, const char *typed, struct problem *ret_problem);

#endif
