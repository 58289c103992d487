// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <string.h>

#include "crypto.h"
#include "witness.h"

static uint8_t key[32], secret[64], root[32] = {7}, signature[64];

static int setup(void **state) {
    (void)state;
    static const uint8_t seed[32] = {1, 2, 3};
    if (crypto_start() != 0)
        return -1;
    crypto_sign_pair(seed, key, secret);
    witness_sign(secret, root, signature);
    return 0;
}

static void the_signature_is_over_purpose_and_root(void **state) {
    (void)state;
    uint8_t message[49] = "candour-witness-1";
    memcpy(message + 17, root, 32);
    assert_int_equal(crypto_verify(key, message, sizeof message, signature), 0);
    assert_int_equal(witness_verify(key, root, signature), 0);
}

static void another_root_key_or_signature_is_refused(void **state) {
    (void)state;
    uint8_t *parts[] = {key, root, signature};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        parts[i][5] ^= 1;
        assert_int_equal(witness_verify(key, root, signature), -1);
        parts[i][5] ^= 1;
    }
    assert_int_equal(witness_verify(key, root, signature), 0);
}

static void a_signature_for_another_purpose_is_refused(void **state) {
    (void)state;
    uint8_t other[64];
    crypto_sign_message(secret, root, sizeof root, other);
    assert_int_equal(witness_verify(key, root, other), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signature_is_over_purpose_and_root),
        cmocka_unit_test(another_root_key_or_signature_is_refused),
        cmocka_unit_test(a_signature_for_another_purpose_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
