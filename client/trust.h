// Why the client may believe a round: its manifest, versions 0 to newest, each allowed to follow the one before, the
// same bytes at both doors, and a root that never changes once it has been seen.
#ifndef CANDOUR_TRUST_H
#define CANDOUR_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link.h"
#include "manifest.h"
#include "questionnaire.h"
#include "vault.h"

// The newest manifest that both doors have shown to this client, after checking the chain up to it and the pinned root:
// the only one to plan and to cast by. A later one that a ballot box alone has shown is kept, but changes nothing until
// the desk shows it, too: it may be meant for one connection. 0, or -1 when there is none yet (EXIT_NOT_FOUND) or it is
// not to be trusted (EXIT_RULE, or EXIT_FAILED once the round has been stopped). The caller ends *ret_manifest with
// manifest_free.
MUST_CHECK int trust_newest(const Vault__Round *round, struct manifest *ret_manifest, struct problem *ret_problem);
// The same with what a ballot box alone has shown: for looking at a round that is over.
MUST_CHECK int trust_newest_seen(const Vault__Round *round, struct manifest *ret_manifest, struct problem *ret_problem);
// Is there such a one?
bool trust_is_newer_seen(const Vault__Round *round);
// Until when answers are given by the rules that count here, and the close, for comparing with clock_now, which is the
// round's from then on. Unix seconds; 0: not known, or not to be trusted.
int64_t trust_answers_until(const Vault__Round *round, int64_t *ret_close);
// Adds the text of the next version to the vault's round when it may follow; pins the root at version 0. Not saved.
MUST_CHECK int trust_append(Vault__Round *round, const char *text, size_t len, struct problem *ret_problem);

// What is fetched never depends on what the vault holds: all versions, in full, each compared with the vault's byte for
// byte, so that neither a request nor a page that was made for one client can mark it.
//
// Before collecting: fetches the versions from the desk, checks the chain, and when something is new fetches the same
// versions over a new anonymous connection to a ballot box; saves. Any difference stops the round for good
// (round->stopped), saves both texts as evidence-*.txt and says what to do (EXIT_FAILED). A version that only one door
// shows, after some seconds still, is refused in the same words, but may be tried again. An allowed change is accepted
// and told on stderr. A round that is still being prepared: EXIT_UNREACHABLE.
MUST_CHECK int trust_collect(struct vault *vault, Vault__Round *round, struct link *desk, struct problem *ret_problem);
// Before casting: the same from a ballot box alone; what is new is only kept. Notes the time (refreshed_at) and saves.
MUST_CHECK int trust_refresh(struct vault *vault, Vault__Round *round, struct problem *ret_problem);

// Version 0 as a door shows it; `about` needs id and name only. *ret_text is malloc'ed.
MUST_CHECK int trust_fetch_first(struct link *link, enum door door, const Vault__Round *about, char **ret_text,
                                 size_t *ret_len, struct problem *ret_problem);

// Has the round the signatures of as many witnesses as this computer asks for (vault: witness_keys, witnesses_needed)?
// 0, or -1 with the words for the rater (EXIT_RULE). Not for good: they may come later.
MUST_CHECK int trust_witnessed(struct vault *vault, const Vault__Round *round, struct problem *ret_problem);
// The same after asking the desk for what is missing; saves what it finds.
MUST_CHECK int trust_fetch_witnesses(struct vault *vault, Vault__Round *round, struct link *desk,
                                     struct problem *ret_problem);

// The comparison itself, of a version in the vault with what a door ("desk", "ballot-box") shows: a difference stops
// the round as above.
MUST_CHECK int trust_compare(struct vault *vault, Vault__Round *round, size_t version, const char *whose,
                             const void *text, size_t len, struct problem *ret_problem);

// The same for a questionnaire that the manifest does not name.
int trust_stop_questions(struct vault *vault, Vault__Round *round, const ProtobufCBinaryData *text,
                         struct problem *ret_problem);
// Stops a round for good and saves; always -1, with a sentence that says why and what to do.
int trust_stop(struct vault *vault, Vault__Round *round, const char *why, struct problem *ret_problem);

// The ballot boxes of a manifest in random order, its pins, and the vault's authorities and proxy.
void trust_box_target(struct vault *vault, const struct manifest *manifest, struct link_target *ret_target);

// The questionnaire of a level, from the vault; its hash is compared with the manifest. The caller ends
// *ret_questionnaire with questionnaire_free.
MUST_CHECK int trust_questionnaire(const Vault__Round *round, const struct manifest *manifest, const char *level,
                                   struct questionnaire *ret_questionnaire, struct problem *ret_problem);

// CANDOUR_CLOCK_FILE shifts the clock for demo rounds only, and says so loudly, once. With it, a live round or server
// is refused.
MUST_CHECK int trust_clock(bool is_demo, struct problem *ret_problem);

#endif
