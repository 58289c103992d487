// The only user of libsodium and of OpenSSL's EVP primitives. Everything here is pure but for crypto_random.
// Functions returning int give 0, or -1 when the input is not what it must be; outputs are then untouched.
#ifndef CANDOUR_CRYPTO_H
#define CANDOUR_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

enum {
    CRYPTO_KEY_BYTES = 32,       // secret keys, seeds, key-encryption keys
    CRYPTO_HASH_BYTES = 32,      // SHA-256, BLAKE2b-256
    CRYPTO_WIDE_BYTES = 64,      // SHA-512, BLAKE2b-512
    CRYPTO_SIGNATURE_BYTES = 64, // Ed25519
    CRYPTO_PUBLIC_BYTES = 32,    // Ed25519, X25519, ristretto255
    CRYPTO_SIGN_SECRET_BYTES = 64,
    CRYPTO_SEAL_OVERHEAD = 48,                       // crypto_box_seal: ephemeral key and tag
    CRYPTO_WRAP_OVERHEAD = 40,                       // XChaCha20-Poly1305: nonce and tag
    CRYPTO_PASSWORD_MEMORY_BYTES = 64 * 1024 * 1024, // that making or checking one takes
    CRYPTO_PASSWORD_BYTES = 128,
    CRYPTO_TOTP_SECRET_BYTES = 20,
};

struct crypto_span { // a piece of a message that is hashed in parts
    const void *data;
    size_t len;
};

// Must be called once, before anything else here. -1: the library cannot start.
MUST_CHECK int crypto_start(void);

void crypto_random(void *ret_bytes, size_t len);
void crypto_wipe(void *bytes, size_t len);
bool crypto_equal(const void *a, const void *b, size_t len); // constant time
int crypto_lock(void *bytes, size_t len);                    // mlock and no core dump; -1 when the limit forbids

void crypto_sha256(const struct crypto_span *parts, size_t count, uint8_t ret_hash[32]);
void crypto_sha512(const struct crypto_span *parts, size_t count, uint8_t ret_hash[64]);
// expand_message_xmd of RFC 9380 (5.3.1) with SHA-512; tag is the domain separation tag, at most 255 bytes; ret_len at
// most 64, which is one block.
void crypto_expand(const struct crypto_span *parts, size_t count, struct crypto_span tag, uint8_t *ret_bytes,
                   size_t ret_len);
// BLAKE2b with a key; ret_len 32 or 64.
void crypto_keyed_hash(const uint8_t key[32], const struct crypto_span *parts, size_t count, uint8_t *ret_hash,
                       size_t ret_len);

// Ed25519 (RFC 8032).
void crypto_sign_pair(const uint8_t seed[32], uint8_t ret_public[32], uint8_t ret_secret[64]);
void crypto_sign_message(const uint8_t secret[64], const void *message, size_t len, uint8_t ret_signature[64]);
MUST_CHECK int crypto_verify(const uint8_t public_key[32], const void *message, size_t len,
                             const uint8_t signature[64]);

// Sealed box (X25519, XSalsa20-Poly1305, anonymous sender). ret_sealed holds len + CRYPTO_SEAL_OVERHEAD bytes.
void crypto_box_pair(uint8_t ret_public[32], uint8_t ret_secret[32]);
// crypto_seal refuses a public key of low order, for which everybody could open the box.
MUST_CHECK int crypto_seal(const uint8_t public_key[32], const void *plain, size_t len, uint8_t *ret_sealed);
MUST_CHECK int crypto_open(const uint8_t public_key[32], const uint8_t secret[32], const uint8_t *sealed,
                           size_t sealed_len, uint8_t *ret_plain);

// Wrapping of keys and files: nonce[24] || XChaCha20-Poly1305(key, plain, about). ret_wrapped holds
// len + CRYPTO_WRAP_OVERHEAD bytes; unwrapping gives wrapped_len - CRYPTO_WRAP_OVERHEAD bytes.
void crypto_wrap(const uint8_t key[32], struct crypto_span about, const void *plain, size_t len, uint8_t *ret_wrapped);
MUST_CHECK int crypto_unwrap(const uint8_t key[32], struct crypto_span about, const uint8_t *wrapped,
                             size_t wrapped_len, uint8_t *ret_plain);

// Argon2id. crypto_password_hash gives a self-describing string; each blocks for about 0.1 s and 64 MiB: thread pool.
// crypto_password_check with text NULL (no such person) costs what a wrong password costs, and gives -1.
MUST_CHECK int crypto_password_hash(const void *password, size_t len, char ret_text[128]);
MUST_CHECK int crypto_password_check(const char *text, const void *password, size_t len);
MUST_CHECK int crypto_password_key(const void *password, size_t len, const uint8_t salt[16], uint8_t ret_key[32]);

// TOTP (RFC 6238, HMAC-SHA1, 30 s, six digits): the code of one step; step = Unix seconds / 30.
uint32_t crypto_totp(const uint8_t secret[20], int64_t step);

// ristretto255 (RFC 9496): points and scalars are 32 bytes. Every function refuses (-1) what is not canonical, and the
// identity, as input and as result. The scalar functions without a result code want canonical scalars, as
// crypto_scalar_reduce and crypto_scalar_check give them.
MUST_CHECK int crypto_point_check(const uint8_t point[32]);
MUST_CHECK int crypto_scalar_check(const uint8_t scalar[32]); // canonical; zero is allowed
MUST_CHECK int crypto_point_multiply(const uint8_t scalar[32], const uint8_t point[32], uint8_t ret_point[32]);
MUST_CHECK int crypto_point_base(const uint8_t scalar[32], uint8_t ret_point[32]);
MUST_CHECK int crypto_point_add(const uint8_t a[32], const uint8_t b[32], uint8_t ret_point[32]);
void crypto_point_from_hash(const uint8_t wide[64], uint8_t ret_point[32]);
void crypto_scalar_reduce(const uint8_t wide[64], uint8_t ret_scalar[32]);
MUST_CHECK int crypto_scalar_invert(const uint8_t scalar[32], uint8_t ret_scalar[32]);
void crypto_scalar_multiply(const uint8_t a[32], const uint8_t b[32], uint8_t ret_scalar[32]);
void crypto_scalar_add(const uint8_t a[32], const uint8_t b[32], uint8_t ret_scalar[32]);
void crypto_scalar_subtract(const uint8_t a[32], const uint8_t b[32], uint8_t ret_scalar[32]);

#endif
