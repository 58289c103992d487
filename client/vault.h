// What the client keeps on this computer: sign-in, secrets, credentials, drafts, queue and receipts, in one file.
//
// The directory ($CANDOUR_HOME, else $XDG_STATE_HOME/candour, else ~/.local/state/candour) is 0700, the file 0600 and
// never a symbolic link. Saving writes vault.new, syncs it, renames it over vault and syncs the directory, so a crash
// leaves the old or the new vault whole. An open vault holds a lock on the directory: one client at a time.
// With a passphrase the file is sealed by XChaCha20-Poly1305 under an Argon2id key.
// File: "candour-vault 1\n" || 'O' || packed Vault, or "candour-vault 1\n" || 'S' || salt[16] || crypto_wrap(Vault).
//
// The content is changed in place through vault_data and the helpers below, then saved. Whatever a request depends on
// is saved before the request leaves.
#ifndef CANDOUR_VAULT_H
#define CANDOUR_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exit.h"
#include "vault.pb-c.h"

enum { VAULT_PASSPHRASE_BYTES = 1024 };

struct vault;

// Asked for the passphrase of a sealed vault: fills a NUL-terminated ret_passphrase; -1: there is none to give.
typedef int (*vault_passphrase)(void *context, char ret_passphrase[VAULT_PASSPHRASE_BYTES]);

// Opens or makes the vault; directory NULL: as above. ask may be NULL. Also switches core dumps off.
// The caller ends *ret_vault with vault_close.
MUST_CHECK int vault_open(const char *directory, vault_passphrase ask, void *context, struct vault **ret_vault,
                          struct problem *ret_problem);
MUST_CHECK int vault_save(struct vault *vault, struct problem *ret_problem);
void vault_close(struct vault *vault); // wipes memory, saves nothing; NULL is allowed
// Overwrites and removes the file with everything in it, and the evidence; the vault is then empty, and usable.
MUST_CHECK int vault_wipe(struct vault *vault, struct problem *ret_problem);

Vault__Vault *vault_data(struct vault *vault);
const char *vault_directory(const struct vault *vault);
bool vault_is_sealed(const struct vault *vault);
// Seals from now on and saves; NULL or "": no longer.
MUST_CHECK int vault_set_passphrase(struct vault *vault, const char *passphrase, struct problem *ret_problem);
// Writes a new file beside the vault (0600), for a person to show to others. name without slash.
MUST_CHECK int vault_write_evidence(struct vault *vault, const char *name, const void *data, size_t len,
                                    struct problem *ret_problem);

// Writes all bytes to a file, in as many steps as that takes. -1: errno says why.
MUST_CHECK int vault_write_all(int fd, const void *bytes, size_t len);

// Setting one field: the old value is wiped and freed. -1: no memory. Short values (keys, tokens) are locked in memory
// as far as the system allows. data NULL: the field is emptied.
MUST_CHECK int vault_set_bytes(ProtobufCBinaryData *field, const void *data, size_t len);
MUST_CHECK int vault_set_text(char **field, const void *text, size_t len); // NUL-terminates; field NULL or ""
// Frees *field with everything below it, wiping first, and sets it NULL. For draft, queued, receipt.
void vault_forget(ProtobufCMessage **field);
#define VAULT_FORGET(pointer) vault_forget((ProtobufCMessage **)(void *)&(pointer))

// Over, and nothing but receipts is left of it.
bool vault_is_finished(const Vault__Round *round);
// Is the round meant by a text: its name (no case), or at least eight hexadecimal digits that its id begins with?
bool vault_is_meant(const Vault__Round *round, const char *text);
// Finding and adding. NULL: not there, or no memory for vault_add_*.
Vault__Round *vault_round(struct vault *vault, const void *id, size_t id_len);
Vault__Round *vault_round_meant(struct vault *vault, const char *text); // finished ones last
Vault__Round *vault_add_round(struct vault *vault, const uint8_t id[16]);
Vault__Assignment *vault_assignment(Vault__Round *round, const void *id, size_t id_len);
Vault__Assignment *vault_add_assignment(Vault__Round *round, const uint8_t id[16]);
// Appends to a repeated bytes field (manifests).
MUST_CHECK int vault_add_bytes(ProtobufCBinaryData **list, size_t *count, const void *data, size_t len);
MUST_CHECK int vault_add_questionnaire(Vault__Round *round, const char *level, const void *text, size_t len);
// Copies. NULL: no memory.
Vault__Answers *vault_answers_new(size_t items);
Vault__Answers *vault_answers_copy(const Vault__Answers *answers);
// Sets (or with len 0 removes) the answer to an open question.
MUST_CHECK int vault_answers_comment(Vault__Answers *answers, unsigned question, const void *text, size_t len);
const Vault__Comment *vault_answers_find(const Vault__Answers *answers, unsigned question);

// The assignment that a person means by a name or part of one (no case); NULL or "": the only one there is. round (name
// or id) and group may narrow it (NULL, 0); a finished round must be named. -1: EXIT_NOT_FOUND or EXIT_USAGE with a
// sentence that lists the candidates.
MUST_CHECK int vault_find_subject(struct vault *vault, const char *name, const char *round, unsigned group,
                                  Vault__Round **ret_round, Vault__Assignment **ret_assignment,
                                  struct problem *ret_problem);

#endif
