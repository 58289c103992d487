#include "witness.h"

#include <string.h>

#include "crypto.h"

static const char purpose[] = "candour-witness-1";
enum { PURPOSE_BYTES = sizeof purpose - 1, MESSAGE_BYTES = PURPOSE_BYTES + 32 };

static void write_message(const uint8_t root[32], uint8_t ret_message[MESSAGE_BYTES]) {
    memcpy(ret_message, purpose, PURPOSE_BYTES);
    memcpy(ret_message + PURPOSE_BYTES, root, 32);
}

void witness_sign(const uint8_t secret[64], const uint8_t root[32], uint8_t ret_signature[64]) {
    uint8_t message[MESSAGE_BYTES];
    write_message(root, message);
    crypto_sign_message(secret, message, sizeof message, ret_signature);
}

int witness_verify(const uint8_t key[32], const uint8_t root[32], const uint8_t signature[64]) {
    uint8_t message[MESSAGE_BYTES];
    write_message(root, message);
    return crypto_verify(key, message, sizeof message, signature);
}
