#include "code.h"

#include <assert.h>
#include <string.h>

#include "crypto.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum {
    SYMBOL_BITS = 5,
    SYMBOLS_MASK = 31,
    GROUP_SYMBOLS = 4,
    SECRET_BYTES = 32,
    RECOVERY_CHECK_BYTES = 3,
    RECOVERY_BYTES = SECRET_BYTES + RECOVERY_CHECK_BYTES,
    RECOVERY_SYMBOLS = 56,
    FINGERPRINT_SYMBOLS = 52,
};
static_assert(RECOVERY_SYMBOLS * SYMBOL_BITS == RECOVERY_BYTES * 8, "no spare bits");

// Value of a typed character, or -1.
static int symbol_value(char typed) {
    char upper = typed >= 'a' && typed <= 'z' ? (char)(typed - 'a' + 'A') : typed;
    if (upper == 'I' || upper == 'L')
        upper = '1';
    if (upper == 'O')
        upper = '0';
    const char *found = memchr(alphabet, upper, sizeof alphabet - 1);
    return found ? (int)(found - alphabet) : -1;
}

// Exactly count symbols, with any spaces and hyphens between them.
static int symbols_read(const char *typed, size_t len, size_t count, uint8_t *ret_symbols) {
    size_t found = 0;
    for (size_t i = 0; i < len; i++) {
        if (typed[i] == ' ' || typed[i] == '-')
            continue;
        int value = symbol_value(typed[i]);
        if (value < 0 || found == count)
            return -1;
        ret_symbols[found++] = (uint8_t)value;
    }
    return found == count ? 0 : -1;
}

static void symbols_write(const uint8_t *symbols, size_t count, char *ret_text) {
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && i % GROUP_SYMBOLS == 0)
            *ret_text++ = '-';
        *ret_text++ = alphabet[symbols[i]];
    }
    *ret_text = '\0';
}

// The bits of bytes from the first on, high bit first; after the last byte come zeros.
static void symbols_from_bytes(const uint8_t *bytes, size_t len, size_t count, uint8_t *ret_symbols) {
    for (size_t i = 0; i < count; i++) {
        size_t bit = i * SYMBOL_BITS;
        unsigned pair = (unsigned)bytes[bit / 8] << 8;
        if (bit / 8 + 1 < len)
            pair |= bytes[bit / 8 + 1];
        ret_symbols[i] = (uint8_t)(pair >> (16 - SYMBOL_BITS - bit % 8) & SYMBOLS_MASK);
    }
}

static void symbols_to_bytes(const uint8_t *symbols, size_t count, uint8_t *ret_bytes) {
    unsigned bits = 0;
    unsigned bits_count = 0;
    for (size_t i = 0; i < count; i++) {
        bits = (bits << SYMBOL_BITS | symbols[i]) & 0xffff;
        bits_count += SYMBOL_BITS;
        if (bits_count >= 8) {
            bits_count -= 8;
            *ret_bytes++ = (uint8_t)(bits >> bits_count);
        }
    }
}

// The check symbol that follows count symbols: their value as a polynomial at x in GF(32) = GF(2)[x] / (x^5 + x^2 + 1),
// times x. Each place weighs differently, so one wrong character and two neighbours swapped are always noticed.
static uint8_t check_symbol(const uint8_t *symbols, size_t count) {
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum = (sum ^ symbols[i]) << 1;
        if (sum > SYMBOLS_MASK)
            sum ^= 0x25;
    }
    return (uint8_t)sum;
}

void code_new(char ret_text[CODE_TEXT_BYTES]) {
    uint8_t secret[CODE_CHARACTERS];
    crypto_random(secret, sizeof secret);
    code_of(secret, ret_text);
    crypto_wipe(secret, sizeof secret);
}

void code_of(const uint8_t secret[CODE_CHARACTERS], char ret_text[CODE_TEXT_BYTES]) {
    uint8_t symbols[CODE_CHARACTERS];
    for (size_t i = 0; i < CODE_CHARACTERS; i++)
        symbols[i] = secret[i] & SYMBOLS_MASK;
    symbols[CODE_CHARACTERS - 1] = check_symbol(symbols, CODE_CHARACTERS - 1);
    symbols_write(symbols, CODE_CHARACTERS, ret_text);
    crypto_wipe(symbols, sizeof symbols);
}

int code_read(const void *typed, size_t len, char ret_text[CODE_TEXT_BYTES]) {
    uint8_t symbols[CODE_CHARACTERS];
    int result = -1;
    if (symbols_read(typed, len, CODE_CHARACTERS, symbols) == 0 &&
        symbols[CODE_CHARACTERS - 1] == check_symbol(symbols, CODE_CHARACTERS - 1)) {
        symbols_write(symbols, CODE_CHARACTERS, ret_text);
        result = 0;
    }
    crypto_wipe(symbols, sizeof symbols);
    return result;
}

static void recovery_check(const uint8_t secret[32], uint8_t ret_check[RECOVERY_CHECK_BYTES]) {
    uint8_t hash[CRYPTO_HASH_BYTES];
    crypto_sha256(&(struct crypto_span){secret, SECRET_BYTES}, 1, hash);
    memcpy(ret_check, hash, RECOVERY_CHECK_BYTES);
    crypto_wipe(hash, sizeof hash);
}

void code_recovery_write(const uint8_t secret[32], char ret_text[CODE_RECOVERY_TEXT_BYTES]) {
    uint8_t bytes[RECOVERY_BYTES];
    uint8_t symbols[RECOVERY_SYMBOLS];
    memcpy(bytes, secret, SECRET_BYTES);
    recovery_check(secret, bytes + SECRET_BYTES);
    symbols_from_bytes(bytes, sizeof bytes, sizeof symbols, symbols);
    symbols_write(symbols, sizeof symbols, ret_text);
    crypto_wipe(bytes, sizeof bytes);
    crypto_wipe(symbols, sizeof symbols);
}

int code_recovery_read(const void *typed, size_t len, uint8_t ret_secret[32]) {
    uint8_t symbols[RECOVERY_SYMBOLS];
    uint8_t bytes[RECOVERY_BYTES];
    uint8_t check[RECOVERY_CHECK_BYTES];
    int result = -1;
    if (symbols_read(typed, len, sizeof symbols, symbols) == 0) {
        symbols_to_bytes(symbols, sizeof symbols, bytes);
        recovery_check(bytes, check);
        if (crypto_equal(bytes + SECRET_BYTES, check, sizeof check)) {
            memcpy(ret_secret, bytes, SECRET_BYTES);
            result = 0;
        }
    }
    crypto_wipe(symbols, sizeof symbols);
    crypto_wipe(bytes, sizeof bytes);
    return result;
}

void code_fingerprint(const uint8_t root[32], char ret_text[CODE_FINGERPRINT_TEXT_BYTES]) {
    uint8_t symbols[FINGERPRINT_SYMBOLS];
    symbols_from_bytes(root, CRYPTO_HASH_BYTES, sizeof symbols, symbols);
    symbols_write(symbols, sizeof symbols, ret_text);
}
