#define OPENSSL_API_COMPAT 10101 // for SHA256_Init and its like, see crypto_sha256
#include "crypto.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

static_assert(CRYPTO_SEAL_OVERHEAD == crypto_box_SEALBYTES, "sealed box");
static_assert(CRYPTO_PASSWORD_BYTES == crypto_pwhash_STRBYTES, "password hash");
static_assert(CRYPTO_PASSWORD_MEMORY_BYTES == crypto_pwhash_MEMLIMIT_INTERACTIVE, "password memory");
enum {
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};
static_assert(CRYPTO_WRAP_OVERHEAD == NONCE_BYTES + TAG_BYTES, "wrapping");

// What a password is checked against when there is no such person: the hash of 32 random bytes that nobody kept.
static const char password_nobody[CRYPTO_PASSWORD_BYTES] =
    "$argon2id$v=19$m=65536,t=2,p=1$3bvqMmWsjJpPypV5xn0UXA$0QwMIhbr+wjHFscYF9zyY+AXSg+xKz3uFhwQpzM2YxM";

int crypto_start(void) {
    if (sodium_init() < 0)
        return -1;
    // Otherwise the check for nobody would cost another time than the check for somebody.
    assert(crypto_pwhash_str_needs_rehash(password_nobody, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                          crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0);
    return 0;
}

void crypto_random(void *ret_bytes, size_t len) {
    randombytes_buf(ret_bytes, len);
}

void crypto_wipe(void *bytes, size_t len) {
    sodium_memzero(bytes, len);
}

bool crypto_equal(const void *a, const void *b, size_t len) {
    return sodium_memcmp(a, b, len) == 0;
}

int crypto_lock(void *bytes, size_t len) {
    // Leaving pages out of a core dump works on whole pages only.
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t before = (uintptr_t)bytes % page;
    return sodium_mlock((uint8_t *)bytes - before, len + before);
}

void crypto_sha256(const struct crypto_span *parts, size_t count, uint8_t ret_hash[32]) {
    // OpenSSL's makes use of the processor's instructions for it, which is four times as fast. The functions of before
    // OpenSSL 3 take no memory, cannot fail and read no openssl.cnf, which a client never does.
    SHA256_CTX state;
    SHA256_Init(&state);
    for (size_t i = 0; i < count; i++)
        SHA256_Update(&state, parts[i].data, parts[i].len);
    SHA256_Final(ret_hash, &state);
    sodium_memzero(&state, sizeof state);
}

static void sha512_parts(crypto_hash_sha512_state *state, const struct crypto_span *parts, size_t count) {
    for (size_t i = 0; i < count; i++)
        crypto_hash_sha512_update(state, parts[i].data, parts[i].len);
}

void crypto_sha512(const struct crypto_span *parts, size_t count, uint8_t ret_hash[64]) {
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    sha512_parts(&state, parts, count);
    crypto_hash_sha512_final(&state, ret_hash);
    sodium_memzero(&state, sizeof state);
}

void crypto_expand(const struct crypto_span *parts, size_t count, struct crypto_span tag, uint8_t *ret_bytes,
                   size_t ret_len) {
    static const uint8_t block_of_zeros[128];
    assert(tag.len <= UINT8_MAX && ret_len <= CRYPTO_WIDE_BYTES);
    const uint8_t first[3] = {0, (uint8_t)ret_len, 0}; // I2OSP(ret_len, 2) || I2OSP(0, 1)
    const uint8_t second = 1;
    const uint8_t tag_len = (uint8_t)tag.len;
    const struct crypto_span tag_prime[2] = {tag, {&tag_len, 1}};
    uint8_t hash[CRYPTO_WIDE_BYTES];
    crypto_hash_sha512_state state;

    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, block_of_zeros, sizeof block_of_zeros);
    sha512_parts(&state, parts, count);
    crypto_hash_sha512_update(&state, first, sizeof first);
    sha512_parts(&state, tag_prime, 2);
    crypto_hash_sha512_final(&state, hash);

    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, hash, sizeof hash);
    crypto_hash_sha512_update(&state, &second, 1);
    sha512_parts(&state, tag_prime, 2);
    crypto_hash_sha512_final(&state, hash);

    memcpy(ret_bytes, hash, ret_len);
    sodium_memzero(hash, sizeof hash);
    sodium_memzero(&state, sizeof state);
}

void crypto_keyed_hash(const uint8_t key[32], const struct crypto_span *parts, size_t count, uint8_t *ret_hash,
                       size_t ret_len) {
    crypto_generichash_state state;
    assert(ret_len == CRYPTO_HASH_BYTES || ret_len == CRYPTO_WIDE_BYTES);
    crypto_generichash_init(&state, key, CRYPTO_KEY_BYTES, ret_len);
    for (size_t i = 0; i < count; i++)
        crypto_generichash_update(&state, parts[i].data, parts[i].len);
    crypto_generichash_final(&state, ret_hash, ret_len);
    sodium_memzero(&state, sizeof state);
}

void crypto_sign_pair(const uint8_t seed[32], uint8_t ret_public[32], uint8_t ret_secret[64]) {
    crypto_sign_seed_keypair(ret_public, ret_secret, seed);
}

void crypto_sign_message(const uint8_t secret[64], const void *message, size_t len, uint8_t ret_signature[64]) {
    crypto_sign_detached(ret_signature, NULL, message, len, secret);
}

int crypto_verify(const uint8_t public_key[32], const void *message, size_t len, const uint8_t signature[64]) {
    return crypto_sign_verify_detached(signature, message, len, public_key);
}

void crypto_box_pair(uint8_t ret_public[32], uint8_t ret_secret[32]) {
    crypto_box_keypair(ret_public, ret_secret);
}

int crypto_seal(const uint8_t public_key[32], const void *plain, size_t len, uint8_t *ret_sealed) {
    // A point of low order gives zero with every scalar, so this one tells without writing to ret_sealed.
    static const uint8_t scalar[crypto_scalarmult_SCALARBYTES] = {1};
    uint8_t shared[crypto_scalarmult_BYTES];
    if (crypto_scalarmult(shared, scalar, public_key) < 0)
        return -1;
    return crypto_box_seal(ret_sealed, plain, len, public_key);
}

int crypto_open(const uint8_t public_key[32], const uint8_t secret[32], const uint8_t *sealed, size_t sealed_len,
                uint8_t *ret_plain) {
    return crypto_box_seal_open(ret_plain, sealed, sealed_len, public_key, secret);
}

void crypto_wrap(const uint8_t key[32], struct crypto_span about, const void *plain, size_t len, uint8_t *ret_wrapped) {
    uint8_t nonce[NONCE_BYTES];
    randombytes_buf(nonce, sizeof nonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret_wrapped + NONCE_BYTES, NULL, plain, len, about.data, about.len, NULL,
                                               nonce, key);
    memcpy(ret_wrapped, nonce, sizeof nonce);
}

int crypto_unwrap(const uint8_t key[32], struct crypto_span about, const uint8_t *wrapped, size_t wrapped_len,
                  uint8_t *ret_plain) {
    if (wrapped_len < CRYPTO_WRAP_OVERHEAD)
        return -1;
    const uint8_t *cipher = wrapped + NONCE_BYTES;
    size_t cipher_len = wrapped_len - NONCE_BYTES;
    // The first call only checks the tag: a failing second one would overwrite ret_plain.
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(NULL, NULL, NULL, cipher, cipher_len, about.data, about.len, wrapped,
                                                   key) < 0)
        return -1;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(ret_plain, NULL, NULL, cipher, cipher_len, about.data, about.len,
                                                      wrapped, key);
}

int crypto_password_hash(const void *password, size_t len, char ret_text[128]) {
    char text[CRYPTO_PASSWORD_BYTES];
    if (crypto_pwhash_str(text, password, len, crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) <
        0)
        return -1;
    memcpy(ret_text, text, sizeof text);
    return 0;
}

int crypto_password_check(const char *text, const void *password, size_t len) {
    int result = crypto_pwhash_str_verify(text ? text : password_nobody, password, len);
    return text ? result : -1;
}

int crypto_password_key(const void *password, size_t len, const uint8_t salt[16], uint8_t ret_key[32]) {
    uint8_t key[CRYPTO_KEY_BYTES];
    if (crypto_pwhash(key, sizeof key, password, len, salt, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                      crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) < 0)
        return -1;
    memcpy(ret_key, key, sizeof key);
    sodium_memzero(key, sizeof key);
    return 0;
}

uint32_t crypto_totp(const uint8_t secret[20], int64_t step) {
    uint8_t counter[8];
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    for (size_t i = 0; i < sizeof counter; i++)
        counter[i] = (uint8_t)((uint64_t)step >> (8 * (sizeof counter - 1 - i)));
    const uint8_t *done = HMAC(EVP_sha1(), secret, CRYPTO_TOTP_SECRET_BYTES, counter, sizeof counter, mac, &mac_len);
    assert(done && mac_len == 20);
    // Dynamic truncation, RFC 4226 section 5.3.
    const uint8_t *four = mac + (mac[mac_len - 1] & 15);
    uint32_t number = (uint32_t)(four[0] & 127) << 24 | (uint32_t)four[1] << 16 | (uint32_t)four[2] << 8 | four[3];
    sodium_memzero(mac, sizeof mac);
    return number % 1000000;
}
