// Parts of trust*.c.
#ifndef CANDOUR_TRUST_PRIVATE_H
#define CANDOUR_TRUST_PRIVATE_H

#include "trust.h"

// Forgets the versions from `keep` on, and with all of them the root.
void trust_drop_versions(Vault__Round *round, size_t keep);
// Writes evidence-*.txt: a version as one door ("desk", "ballot-box") shows it, or as it is "known" here.
MUST_CHECK int trust_keep_evidence(struct vault *vault, const Vault__Round *round, size_t version, const char *whose,
                                   const char *text, size_t len, struct problem *ret_problem);
// A version that breaks the chain, as *ret_problem says: evidence, and trust_stop. Always -1.
int trust_stop_at(struct vault *vault, Vault__Round *round, size_t version, const char *whose, const char *text,
                  size_t len, struct problem *ret_problem);
// How many versions both doors have shown to this client.
size_t trust_agreed(const Vault__Round *round);
// Sleeps, between two looks at doors that differ; a test may put something quicker here.
extern void (*trust_pause)(unsigned seconds);
// Says on stderr how the newest version differs from version number `before`.
void trust_tell_changes(const Vault__Round *round, size_t before);

#endif
