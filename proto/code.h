// Codes that people type, in Crockford's base32: case does not matter, I L are 1, O is 0, spaces and hyphens are
// ignored. Pure but for code_new.
#ifndef CANDOUR_CODE_H
#define CANDOUR_CODE_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"

enum {
    CODE_CHARACTERS = 12,             // 55 random bits, then 5 check bits
    CODE_TEXT_BYTES = 15,             // "ABCD-EFGH-JKMN" and NUL
    CODE_RECOVERY_TEXT_BYTES = 70,    // 14 groups of four, 13 hyphens, NUL
    CODE_FINGERPRINT_TEXT_BYTES = 65, // 52 characters, 12 hyphens, NUL
};

// A person's sign-in code.
void code_new(char ret_text[CODE_TEXT_BYTES]);
// The same made of 12 bytes that nobody else can know.
void code_of(const uint8_t secret[CODE_CHARACTERS], char ret_text[CODE_TEXT_BYTES]);
// Canonical text (upper case, hyphens) of what somebody typed; -1: not a code, or its check bits do not fit.
MUST_CHECK int code_read(const void *typed, size_t len, char ret_text[CODE_TEXT_BYTES]);

// Recovery code: 32 secret bytes and the first 3 bytes of their SHA-256, 56 characters.
void code_recovery_write(const uint8_t secret[32], char ret_text[CODE_RECOVERY_TEXT_BYTES]);
MUST_CHECK int code_recovery_read(const void *typed, size_t len, uint8_t ret_secret[32]);

// Fingerprint of a manifest root: 52 characters in groups of four.
void code_fingerprint(const uint8_t root[32], char ret_text[CODE_FINGERPRINT_TEXT_BYTES]);

#endif
