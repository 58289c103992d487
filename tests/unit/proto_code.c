#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "code.h"
#include "crypto.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char recovery[] = "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFP-63ED";

static int read_code(const char *typed) {
    char text[CODE_TEXT_BYTES];
    return code_read(typed, strlen(typed), text);
}

static void new_codes_differ_and_read_back(void **state) {
    (void)state;
    char first[CODE_TEXT_BYTES], second[CODE_TEXT_BYTES], read[CODE_TEXT_BYTES];
    code_new(first);
    code_new(second);
    assert_string_not_equal(first, second);
    assert_int_equal(strlen(first), CODE_TEXT_BYTES - 1);
    assert_int_equal(first[4], '-');
    assert_int_equal(first[9], '-');
    for (size_t i = 0; i < strlen(first); i++)
        assert_true(first[i] == '-' || strchr(alphabet, first[i]));
    assert_int_equal(code_read(first, strlen(first), read), 0);
    assert_string_equal(read, first);
}

static void code_is_read_however_it_is_typed(void **state) {
    (void)state;
    static const char *const ways[] = {"1234-5678-9AZP", "123456789AZP", "i234 5678 9azp", " l234-5678-9aZp ",
                                       "I-2-3-4-5-6-7-8-9-A-Z-P"};
    char text[CODE_TEXT_BYTES];
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        memset(text, 0, sizeof text);
        assert_int_equal(code_read(ways[i], strlen(ways[i]), text), 0);
        assert_string_equal(text, "1234-5678-9AZP");
    }
    assert_int_equal(code_read("Aooo-oOO0-000k", 14, text), 0);
    assert_string_equal(text, "A000-0000-000K");
}

static void what_is_not_a_code_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "1234-5678-9AZ",
                                      "1234-5678-9AZPP",
                                      "1234-5678-9AZP-1234-5678-9AZP",
                                      "1234-5678-9AZU",
                                      "1234-5678-9AZ*",
                                      "1234\t5678\t9AZP",
                                      "1234-5678-9AZ\xc3\xa9"};
    char text[CODE_TEXT_BYTES] = "before";
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(code_read(bad[i], strlen(bad[i]), text), -1);
    assert_int_equal(code_read("1234-5678-9A\0P", 14, text), -1); // NUL is no character of a code
    assert_string_equal(text, "before");
}

static void every_wrong_character_and_swap_is_noticed(void **state) {
    (void)state;
    const char right[] = "123456789AZP";
    char typed[sizeof right];
    for (size_t i = 0; i < sizeof right - 1; i++) {
        for (size_t j = 0; j < 32; j++) {
            memcpy(typed, right, sizeof right);
            typed[i] = alphabet[j];
            assert_int_equal(read_code(typed), alphabet[j] == right[i] ? 0 : -1);
        }
        memcpy(typed, right, sizeof right);
        if (i + 1 < sizeof right - 1) {
            typed[i] = right[i + 1];
            typed[i + 1] = right[i];
            assert_int_equal(read_code(typed), -1);
        }
    }
}

static void recovery_code_brings_the_secret_back(void **state) {
    (void)state;
    uint8_t secret[32], read[32];
    char text[CODE_RECOVERY_TEXT_BYTES];
    for (uint8_t i = 0; i < 32; i++)
        secret[i] = i;
    code_recovery_write(secret, text);
    assert_string_equal(text, recovery);
    assert_int_equal(code_recovery_read(text, strlen(text), read), 0);
    assert_memory_equal(read, secret, 32);
    for (size_t round = 0; round < 50; round++) {
        crypto_random(secret, 32);
        code_recovery_write(secret, text);
        assert_int_equal(strlen(text), CODE_RECOVERY_TEXT_BYTES - 1);
        assert_int_equal(code_recovery_read(text, strlen(text), read), 0);
        assert_memory_equal(read, secret, 32);
    }
}

static void mistyped_recovery_code_is_refused(void **state) {
    (void)state;
    uint8_t read[32] = {7}, before[32] = {7};
    char typed[sizeof recovery];
    for (size_t i = 0; i < sizeof recovery - 1; i++) {
        if (recovery[i] == '-')
            continue;
        memcpy(typed, recovery, sizeof recovery);
        typed[i] = recovery[i] == 'Z' ? 'Y' : 'Z';
        assert_int_equal(code_recovery_read(typed, strlen(typed), read), -1);
        typed[i] = 'U';
        assert_int_equal(code_recovery_read(typed, strlen(typed), read), -1);
    }
    assert_int_equal(code_recovery_read(recovery, sizeof recovery - 2, read), -1);
    assert_int_equal(code_recovery_read("", 0, read), -1);
    assert_memory_equal(read, before, 32);
}

static void fingerprint_shows_all_bits_of_the_root(void **state) {
    (void)state;
    uint8_t root[32];
    char text[CODE_FINGERPRINT_TEXT_BYTES], other[CODE_FINGERPRINT_TEXT_BYTES];
    for (uint8_t i = 0; i < 32; i++)
        root[i] = i;
    code_fingerprint(root, text);
    assert_string_equal(text, "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFG");
    for (size_t bit = 0; bit < 256; bit++) {
        root[bit / 8] ^= (uint8_t)(1u << bit % 8);
        code_fingerprint(root, other);
        assert_string_not_equal(text, other);
        root[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    memset(root, 0xff, 32);
    code_fingerprint(root, text);
    assert_string_equal(text, "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZG");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_codes_differ_and_read_back),
        cmocka_unit_test(code_is_read_however_it_is_typed),
        cmocka_unit_test(what_is_not_a_code_is_refused),
        cmocka_unit_test(every_wrong_character_and_swap_is_noticed),
        cmocka_unit_test(recovery_code_brings_the_secret_back),
        cmocka_unit_test(mistyped_recovery_code_is_refused),
        cmocka_unit_test(fingerprint_shows_all_bits_of_the_root),
    };
    if (crypto_start() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
