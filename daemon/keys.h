// Key-encryption keys: one file of 32 bytes per door, and what is derived from it.
#ifndef CANDOUR_KEYS_H
#define CANDOUR_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"

// -1: missing, not 32 bytes, or readable by others; a sentence in ret_sentence.
MUST_CHECK int keys_read(const char *path, uint8_t ret_kek[32], char *ret_sentence, size_t sentence_size);
// Makes the file (0600) when it is missing. 1: made, 0: was there, -1: failed, with a sentence.
MUST_CHECK int keys_make(const char *path, char *ret_sentence, size_t sentence_size);
// What is stored of a personal code or session token: BLAKE2b-256(kek, what || 0x00 || person || secret).
void keys_secret_hash(const uint8_t kek[32], const char *what, const void *person, size_t person_len,
                      const void *secret, size_t len, uint8_t ret_hash[32]);
// Wrapping of a round's keys and of TOTP secrets with crypto_wrap, about = what || 0x00 || id, so that a wrapped key
// fits one place only. ret_wrapped holds len + CRYPTO_WRAP_OVERHEAD bytes; len at most 64.
void keys_wrap(const uint8_t kek[32], const char *what, const uint8_t id[16], const void *plain, size_t len,
               uint8_t *ret_wrapped);
// -1: not made by keys_wrap for this place, or changed since. len: of the plain key.
MUST_CHECK int keys_unwrap(const uint8_t kek[32], const char *what, const uint8_t id[16], const uint8_t *wrapped,
                           size_t wrapped_len, void *ret_plain, size_t len);

#endif
