#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto.h"
#include "hex.h"

#define SPAN(text) ((struct crypto_span){text, sizeof(text) - 1})

// The order of the group, and one more.
static const char order_hex[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
static const char order_plus_one_hex[] = "eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
static const char order_minus_one_hex[] = "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
static const char generator_hex[] = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76";

static void small_scalar(uint8_t value, uint8_t ret_scalar[32]) {
    memset(ret_scalar, 0, 32);
    ret_scalar[0] = value;
}

static void hashes_give_published_values(void **state) {
    (void)state;
    const struct crypto_span parts[] = {SPAN("a"), {NULL, 0}, SPAN("bc")};
    uint8_t key[32], hash[64];
    crypto_sha256(parts, 3, hash);
    assert_hex(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypto_sha512(parts, 3, hash);
    assert_hex(hash, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    // BLAKE2b as hashlib of Python has it.
    for (uint8_t i = 0; i < 32; i++)
        key[i] = i;
    crypto_keyed_hash(key, parts, 3, hash, 32);
    assert_hex(hash, "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f");
    crypto_keyed_hash(key, parts, 3, hash, 64);
    assert_hex(hash, "9af0244b7da7fe29d90a89727e06a0c93977ce1ad7edcb76ac0b24142194ea00"
                     "c77be4a1d3fededd31d5a593625a508e742fc90d708f8b48a5c246e4e8e42d94");
}

static void expand_gives_the_values_of_rfc_9380(void **state) {
    (void)state;
    // Appendix K.3, the cases of one block.
    const struct crypto_span tag = SPAN("QUUX-V01-CS02-with-expander-SHA512-256");
    const struct crypto_span messages[] = {SPAN(""), SPAN("abc"), SPAN("abcdef0123456789")};
    uint8_t bytes[32];
    crypto_expand(&messages[0], 1, tag, bytes, 32);
    assert_hex(bytes, "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba");
    crypto_expand(&messages[1], 1, tag, bytes, 32);
    assert_hex(bytes, "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc");
    crypto_expand(&messages[2], 1, tag, bytes, 32);
    assert_hex(bytes, "087e45a86e2939ee8b91100af1583c4938e0f5fc6c9db4b107b83346bc967f58");
}

static void random_bytes_differ_and_wiping_leaves_nothing(void **state) {
    (void)state;
    static const uint8_t zero[32];
    uint8_t a[32], b[32];
    crypto_random(a, 32);
    crypto_random(b, 32);
    assert_false(crypto_equal(a, b, 32));
    memcpy(b, a, 32);
    assert_true(crypto_equal(a, b, 32));
    b[31] ^= 1;
    assert_false(crypto_equal(a, b, 32));
    crypto_wipe(a, 32);
    assert_memory_equal(a, zero, 32);
}

static bool is_left_out_of_cores(const void *bytes) {
    FILE *maps = fopen("/proc/self/smaps", "r");
    assert_non_null(maps);
    char line[512];
    bool is_here = false, is_left_out = false;
    unsigned long from, to;
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            is_here = (uintptr_t)bytes >= from && (uintptr_t)bytes < to;
        if (is_here && strncmp(line, "VmFlags:", 8) == 0)
            is_left_out = strstr(line, " dd") != NULL;
    }
    fclose(maps);
    return is_left_out;
}

static void locked_bytes_stay_out_of_core_dumps_wherever_they_lie(void **state) {
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *bytes = aligned_alloc(page, 4 * page);
    assert_non_null(bytes);
    memset(bytes, 7, 4 * page);
    assert_false(is_left_out_of_cores(bytes + page));
    if (crypto_lock(bytes + page + 100, 200) < 0) {
        free(bytes);
        skip(); // the limit of this machine forbids locking
    }
    assert_true(is_left_out_of_cores(bytes + page + 100));
    assert_int_equal(bytes[page + 100], 7);
    assert_false(is_left_out_of_cores(bytes));
    free(bytes);
}

static void ed25519_gives_the_signature_of_rfc_8032(void **state) {
    (void)state;
    // Section 7.1, test 2.
    uint8_t seed[32], public_key[32], secret[64], signature[64];
    hex_read("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed, 32);
    crypto_sign_pair(seed, public_key, secret);
    assert_hex(public_key, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    crypto_sign_message(secret, "\x72", 1, signature);
    assert_hex(signature, "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assert_int_equal(crypto_verify(public_key, "\x72", 1, signature), 0);
    assert_int_equal(crypto_verify(public_key, "\x73", 1, signature), -1);
    assert_int_equal(crypto_verify(public_key, "\x72", 0, signature), -1);
    for (size_t bit = 0; bit < 512; bit++) {
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(crypto_verify(public_key, "\x72", 1, signature), -1);
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void signatures_have_one_form_only(void **state) {
    (void)state;
    // s + order verifies in careless implementations, and would make a second leaf out of one ballot.
    uint8_t seed[32] = {1}, public_key[32], secret[64], signature[64], order[32];
    hex_read(order_hex, order, 32);
    crypto_sign_pair(seed, public_key, secret);
    crypto_sign_message(secret, "text", 4, signature);
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + order[i];
        signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(crypto_verify(public_key, "text", 4, signature), -1);
    // A public key of low order, for which signatures of anything exist.
    memset(public_key, 0, 32);
    public_key[0] = 1;
    memset(signature, 0, 64);
    signature[0] = 1;
    assert_int_equal(crypto_verify(public_key, "text", 4, signature), -1);
}

static void sealed_box_opens_for_its_key_only(void **state) {
    (void)state;
    uint8_t public_key[32], secret[32], other_public[32], other_secret[32];
    uint8_t sealed[5 + CRYPTO_SEAL_OVERHEAD], plain[6] = "-----";
    crypto_box_pair(public_key, secret);
    crypto_box_pair(other_public, other_secret);
    assert_int_equal(crypto_seal(public_key, "hello", 5, sealed), 0);
    assert_int_equal(crypto_open(other_public, other_secret, sealed, sizeof sealed, plain), -1);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 1;
        assert_int_equal(crypto_open(public_key, secret, sealed, sizeof sealed, plain), -1);
        assert_int_equal(crypto_open(public_key, secret, sealed, i, plain), -1);
        sealed[i] ^= 1;
    }
    assert_string_equal(plain, "-----");
    assert_int_equal(crypto_open(public_key, secret, sealed, sizeof sealed, plain), 0);
    assert_string_equal(plain, "hello");
}

static void sealing_for_a_key_of_low_order_is_refused(void **state) {
    (void)state;
    static const char *const keys[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    };
    uint8_t key[32], sealed[5 + CRYPTO_SEAL_OVERHEAD] = {9}, before[sizeof sealed] = {9};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        hex_read(keys[i], key, 32);
        assert_int_equal(crypto_seal(key, "hello", 5, sealed), -1);
        assert_memory_equal(sealed, before, sizeof sealed);
    }
}

static void unwrapping_needs_the_same_key_and_purpose(void **state) {
    (void)state;
    const struct crypto_span about = SPAN("round key");
    uint8_t key[32] = {1}, other[32] = {2};
    uint8_t wrapped[5 + CRYPTO_WRAP_OVERHEAD], again[sizeof wrapped], plain[6] = "-----";
    crypto_wrap(key, about, "hello", 5, wrapped);
    crypto_wrap(key, about, "hello", 5, again);
    assert_memory_not_equal(wrapped, again, sizeof wrapped);
    assert_int_equal(crypto_unwrap(other, about, wrapped, sizeof wrapped, plain), -1);
    assert_int_equal(crypto_unwrap(key, SPAN("round kez"), wrapped, sizeof wrapped, plain), -1);
    for (size_t i = 0; i < sizeof wrapped; i++) {
        wrapped[i] ^= 1;
        assert_int_equal(crypto_unwrap(key, about, wrapped, sizeof wrapped, plain), -1);
        wrapped[i] ^= 1;
        assert_int_equal(crypto_unwrap(key, about, wrapped, i, plain), -1);
    }
    assert_string_equal(plain, "-----"); // untouched by all of these
    assert_int_equal(crypto_unwrap(key, about, wrapped, sizeof wrapped, plain), 0);
    assert_string_equal(plain, "hello");
}

// Stands before the library's own, to see what is checked and to say yes to everything.
int crypto_pwhash_str_verify(const char *text, const char *password, unsigned long long len);
static const char *checked_text;
static bool says_yes;

int crypto_pwhash_str_verify(const char *text, const char *password, unsigned long long len) {
    int (*real)(const char *, const char *, unsigned long long);
    *(void **)&real = dlsym(RTLD_NEXT, "crypto_pwhash_str_verify");
    assert_non_null(real);
    checked_text = text;
    int result = real(text, password, len);
    return says_yes ? 0 : result;
}

static void password_of_nobody_costs_the_same_and_never_fits(void **state) {
    (void)state;
    char text[CRYPTO_PASSWORD_BYTES];
    assert_int_equal(crypto_password_hash("correct", 7, text), 0);
    checked_text = NULL;
    says_yes = true;
    int result = crypto_password_check(NULL, "correct", 7);
    says_yes = false;
    assert_int_equal(result, -1);
    // Same method and same cost as of a new hash: all up to the salt.
    assert_non_null(checked_text);
    assert_int_equal(strlen(checked_text), strlen(text));
    assert_memory_equal(checked_text, text, 31);
}

static void password_check_takes_the_right_password_only(void **state) {
    (void)state;
    char text[CRYPTO_PASSWORD_BYTES];
    assert_int_equal(crypto_password_hash("correct", 7, text), 0);
    assert_int_equal(strncmp(text, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
    assert_int_equal(crypto_password_check(text, "correct", 7), 0);
    assert_int_equal(crypto_password_check(text, "Correct", 7), -1);
    assert_int_equal(crypto_password_check(text, "correct", 6), -1);
    assert_int_equal(crypto_password_check(NULL, "correct", 7), -1);
}

static void password_key_depends_on_password_and_salt(void **state) {
    (void)state;
    const uint8_t salt[16] = {1}, other_salt[16] = {2};
    uint8_t key[32], again[32], other[32];
    assert_int_equal(crypto_password_key("secret", 6, salt, key), 0);
    assert_int_equal(crypto_password_key("secret", 6, salt, again), 0);
    assert_memory_equal(key, again, 32);
    assert_int_equal(crypto_password_key("secret", 6, other_salt, other), 0);
    assert_memory_not_equal(key, other, 32);
    assert_int_equal(crypto_password_key("secreT", 6, salt, other), 0);
    assert_memory_not_equal(key, other, 32);
}

static void totp_gives_the_codes_of_rfc_6238(void **state) {
    (void)state;
    // Appendix B, SHA1: eight digits there, of which the last six are ours.
    static const struct {
        int64_t seconds;
        uint32_t code;
    } cases[] = {{59, 287082},       {1111111109, 81804},  {1111111111, 50471},
                 {1234567890, 5924}, {2000000000, 279037}, {20000000000, 353130}};
    const uint8_t secret[CRYPTO_TOTP_SECRET_BYTES + 1] = "12345678901234567890";
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(crypto_totp(secret, cases[i].seconds / 30), cases[i].code);
}

static void points_are_those_of_rfc_9496(void **state) {
    (void)state;
    // Appendix A.1 and the first of A.3.
    static const char *const multiples[] = {
        generator_hex,
        "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
        "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
    };
    const struct crypto_span label = SPAN("Ristretto is traditionally a short shot of espresso coffee");
    uint8_t generator[32], scalar[32], point[32], sum[32], wide[64];
    hex_read(generator_hex, generator, 32);
    memcpy(sum, generator, 32);
    for (uint8_t i = 1; i <= 3; i++) {
        small_scalar(i, scalar);
        assert_int_equal(crypto_point_base(scalar, point), 0);
        assert_hex(point, multiples[i - 1]);
        assert_int_equal(crypto_point_multiply(scalar, generator, point), 0);
        assert_hex(point, multiples[i - 1]);
        assert_memory_equal(sum, point, 32);
        assert_int_equal(crypto_point_add(sum, generator, sum), 0);
    }
    crypto_sha512(&label, 1, wide);
    crypto_point_from_hash(wide, point);
    assert_hex(point, "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46");
}

static void identity_and_bad_encodings_are_no_points(void **state) {
    (void)state;
    static const char *const bad[] = {
        "0000000000000000000000000000000000000000000000000000000000000000", // the identity
        "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6", // the generator and bit 255
        // Appendix A.2: not canonical, negative, no square, negative xy, s = -1.
        "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
        "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
        "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    uint8_t generator[32], scalar[32], point[32], result[32] = {9}, before[32] = {9};
    hex_read(generator_hex, generator, 32);
    assert_int_equal(crypto_point_check(generator), 0);
    small_scalar(2, scalar);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        hex_read(bad[i], point, 32);
        assert_int_equal(crypto_point_check(point), -1);
        assert_int_equal(crypto_point_multiply(scalar, point, result), -1);
        assert_int_equal(crypto_point_add(point, generator, result), -1);
        assert_int_equal(crypto_point_add(generator, point, result), -1);
    }
    assert_memory_equal(result, before, 32);
}

static void bad_scalars_and_identity_results_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {order_hex, order_plus_one_hex,
                                      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                                      "0100000000000000000000000000000000000000000000000000000000000080"};
    uint8_t generator[32], scalar[32], opposite[32], result[32] = {9}, before[32] = {9};
    hex_read(generator_hex, generator, 32);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        hex_read(bad[i], scalar, 32);
        assert_int_equal(crypto_scalar_check(scalar), -1);
        assert_int_equal(crypto_point_base(scalar, result), -1);
        assert_int_equal(crypto_point_multiply(scalar, generator, result), -1);
        assert_int_equal(crypto_scalar_invert(scalar, result), -1);
    }
    small_scalar(0, scalar);
    assert_int_equal(crypto_scalar_check(scalar), 0);
    assert_int_equal(crypto_point_base(scalar, result), -1);
    assert_int_equal(crypto_point_multiply(scalar, generator, result), -1);
    assert_int_equal(crypto_scalar_invert(scalar, result), -1);

    hex_read(order_minus_one_hex, scalar, 32);
    assert_int_equal(crypto_scalar_check(scalar), 0);
    assert_int_equal(crypto_point_base(scalar, opposite), 0);
    assert_int_equal(crypto_point_add(generator, opposite, result), -1);
    assert_memory_equal(result, before, 32);
}

static void scalars_follow_the_rules_of_a_field(void **state) {
    (void)state;
    uint8_t wide[64], a[32], b[32], c[32], d[32], one[32], minus_one[32];
    crypto_random(wide, 64);
    crypto_scalar_reduce(wide, a);
    crypto_random(wide, 64);
    crypto_scalar_reduce(wide, b);
    small_scalar(1, one);
    hex_read(order_minus_one_hex, minus_one, 32);
    assert_int_equal(crypto_scalar_invert(a, c), 0);
    crypto_scalar_multiply(a, c, d);
    assert_memory_equal(d, one, 32);
    crypto_scalar_add(a, b, c);
    crypto_scalar_subtract(c, b, d);
    assert_memory_equal(d, a, 32);
    // a - b = a + (-1) b
    crypto_scalar_subtract(a, b, c);
    crypto_scalar_multiply(minus_one, b, d);
    crypto_scalar_add(a, d, d);
    assert_memory_equal(c, d, 32);
    memset(wide, 0, 64);
    hex_read(order_plus_one_hex, wide, 32);
    crypto_scalar_reduce(wide, c);
    assert_memory_equal(c, one, 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_give_published_values),
        cmocka_unit_test(expand_gives_the_values_of_rfc_9380),
        cmocka_unit_test(random_bytes_differ_and_wiping_leaves_nothing),
        cmocka_unit_test(locked_bytes_stay_out_of_core_dumps_wherever_they_lie),
        cmocka_unit_test(ed25519_gives_the_signature_of_rfc_8032),
        cmocka_unit_test(signatures_have_one_form_only),
        cmocka_unit_test(sealed_box_opens_for_its_key_only),
        cmocka_unit_test(sealing_for_a_key_of_low_order_is_refused),
        cmocka_unit_test(unwrapping_needs_the_same_key_and_purpose),
        cmocka_unit_test(password_of_nobody_costs_the_same_and_never_fits),
        cmocka_unit_test(password_check_takes_the_right_password_only),
        cmocka_unit_test(password_key_depends_on_password_and_salt),
        cmocka_unit_test(totp_gives_the_codes_of_rfc_6238),
        cmocka_unit_test(points_are_those_of_rfc_9496),
        cmocka_unit_test(identity_and_bad_encodings_are_no_points),
        cmocka_unit_test(bad_scalars_and_identity_results_are_refused),
        cmocka_unit_test(scalars_follow_the_rules_of_a_field),
    };
    if (crypto_start() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
