#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "credential.h"
#include "crypto.h"
#include "hex.h"

// RFC 9497 appendix A.1.3, ristretto255-SHA512 in POPRF mode.
static const char key_hex[] = "145c79c108538421ac164ecbe131942136d5570b16d8bf41a24d4337da981e07";
static const char public_hex[] = "c647bef38497bc6ec077c22af65b696efa43bff3b4a1975a3e8e0a1c5a79d631";
static const char info_text[] = "test info";

struct element {
    const char *input, *blind, *blinded, *evaluated, *output;
};
static const struct vector {
    size_t count;
    struct element elements[2];
    const char *r, *proof;
} vectors[] = {
    {1,
     {{"00", "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
       "c8713aa89241d6989ac142f22dba30596db635c772cbf25021fdd8f3d461f715",
       "1a4b860d808ff19624731e67b5eff20ceb2df3c3c03b906f5693e2078450d874",
       "ca688351e88afb1d841fde4401c79efebb2eb75e7998fa9737bd5a82a152406d"
       "38bd29f680504e54fd4587eddcf2f37a2617ac2fbd2993f7bdf45442ace7d221"}},
     "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
     "41ad1a291aa02c80b0915fbfbb0c0afa15a57e2970067a602ddb9e8fd6b7100d"
     "e32e1ecff943a36f0b10e3dae6bd266cdeb8adf825d86ef27dbc6c0e30c52206"},
    {1,
     {{"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a", "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
       "f0f0b209dd4d5f1844dac679acc7761b91a2e704879656cb7c201e82a99ab07d",
       "8c3c9d064c334c6991e99f286ea2301d1bde170b54003fb9c44c6d7bd6fc1540",
       "7c6557b276a137922a0bcfc2aa2b35dd78322bd500235eb6d6b6f91bc5b56a52"
       "de2d65612d503236b321f5d0bebcbc52b64b92e426f29c9b8b69f52de98ae507"}},
     "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
     "4c39992d55ffba38232cdac88fe583af8a85441fefd7d1d4a8d0394cd1de7701"
     "8bf135c174f20281b3341ab1f453fe72b0293a7398703384bed822bfdeec8908"},
    {2,
     {{"00", "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
       "c8713aa89241d6989ac142f22dba30596db635c772cbf25021fdd8f3d461f715",
       "1a4b860d808ff19624731e67b5eff20ceb2df3c3c03b906f5693e2078450d874",
       "ca688351e88afb1d841fde4401c79efebb2eb75e7998fa9737bd5a82a152406d"
       "38bd29f680504e54fd4587eddcf2f37a2617ac2fbd2993f7bdf45442ace7d221"},
      {"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a", "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
       "423a01c072e06eb1cce96d23acce06e1ea64a609d7ec9e9023f3049f2d64e50c",
       "aa1f16e903841036e38075da8a46655c94fc92341887eb5819f46312adfc0504",
       "7c6557b276a137922a0bcfc2aa2b35dd78322bd500235eb6d6b6f91bc5b56a52"
       "de2d65612d503236b321f5d0bebcbc52b64b92e426f29c9b8b69f52de98ae507"}},
     "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
     "43fdb53be399cbd3561186ae480320caa2b9f36cca0e5b160c4a677b8bbf4301"
     "b28f12c36aa8e11e5a7ef551da0781e863a6dc8c0b2bf5a149c9e00621f02006"},
};

static void results_are_those_of_rfc_9497(void **state) {
    (void)state;
    uint8_t key[32], public_key[32], r[32], blind[32], blinded[2][32], evaluated[2][32], proof[64], output[64],
        input[17];
    hex_read(key_hex, key, 32);
    assert_int_equal(crypto_point_base(key, public_key), 0);
    assert_hex(public_key, public_hex);
    for (size_t v = 0; v < ARRAY_LEN(vectors); v++) {
        const struct vector *vector = &vectors[v];
        for (size_t i = 0; i < vector->count; i++) {
            const struct element *element = &vector->elements[i];
            size_t input_len = strlen(element->input) / 2;
            hex_read(element->input, input, input_len);
            hex_read(element->blind, blind, 32);
            assert_int_equal(credential_blind(blind, input, input_len, blinded[i]), 0);
            assert_hex(blinded[i], element->blinded);
            assert_int_equal(credential_evaluate(key, info_text, 9, input, input_len, output), 0);
            assert_hex(output, element->output);
        }
        hex_read(vector->r, r, 32);
        assert_int_equal(credential_evaluate_batch(key, info_text, 9, (const uint8_t(*)[32])blinded, vector->count, r,
                                                   evaluated, proof),
                         0);
        assert_hex(proof, vector->proof);
        for (size_t i = 0; i < vector->count; i++)
            assert_hex(evaluated[i], vector->elements[i].evaluated);
        if (vector->count > 1)
            continue;
        memset(output, 0, 64);
        assert_int_equal(credential_finalize(public_key, info_text, 9, input, strlen(vector->elements[0].input) / 2,
                                             blind, blinded[0], evaluated[0], proof, output),
                         0);
        assert_hex(output, vector->elements[0].output);
    }
}

// One assignment from the request to the credential.
struct exchange {
    uint8_t key[32], public_key[32], secret[32], round[16], subject[16], root[32];
    uint8_t info[CREDENTIAL_INFO_BYTES];
    struct credential_request request;
    uint8_t evaluated[32], proof[64];
    uint8_t y[64];
};

static int exchange_finalize(const struct exchange *exchange, uint8_t ret_y[64]) {
    return credential_finalize(exchange->public_key, exchange->info, sizeof exchange->info, exchange->request.vk, 32,
                               exchange->request.blind, exchange->request.blinded, exchange->evaluated, exchange->proof,
                               ret_y);
}

static void exchange_make(struct exchange *ret_exchange) {
    struct exchange *exchange = ret_exchange;
    credential_key_pair(exchange->key, exchange->public_key);
    crypto_random(exchange->secret, 32);
    memset(exchange->round, 0x11, 16);
    memset(exchange->subject, 0x22, 16);
    memset(exchange->root, 0x33, 32);
    credential_info(3, exchange->round, exchange->subject, exchange->root, exchange->info);
    assert_int_equal(
        credential_request_make(exchange->secret, exchange->public_key, exchange->info, &exchange->request), 0);
    assert_int_equal(credential_evaluate_blinded(exchange->key, exchange->info, sizeof exchange->info,
                                                 exchange->request.blinded, exchange->evaluated, exchange->proof),
                     0);
    assert_int_equal(exchange_finalize(exchange, exchange->y), 0);
}

// What must fail, and leaves the output as it was.
static void refuse_finalize(const struct exchange *exchange) {
    uint8_t y[64] = {7}, before[64] = {7};
    assert_int_equal(exchange_finalize(exchange, y), -1);
    assert_memory_equal(y, before, 64);
}

static bool gives_same_output(const struct exchange *exchange, const uint8_t *info, const uint8_t vk[32]) {
    uint8_t y[64];
    assert_int_equal(credential_evaluate(exchange->key, info, CREDENTIAL_INFO_BYTES, vk, 32, y), 0);
    return crypto_equal(y, exchange->y, 64);
}

static void ballot_box_recomputes_what_the_client_unblinds(void **state) {
    (void)state;
    struct exchange exchange;
    exchange_make(&exchange);
    assert_true(gives_same_output(&exchange, exchange.info, exchange.request.vk));
}

static void evaluating_again_gives_the_same_element_and_another_proof(void **state) {
    (void)state;
    struct exchange exchange;
    uint8_t evaluated[32], y[64];
    exchange_make(&exchange);
    memcpy(evaluated, exchange.evaluated, 32);
    uint8_t proof[64];
    memcpy(proof, exchange.proof, 64);
    assert_int_equal(credential_evaluate_blinded(exchange.key, exchange.info, sizeof exchange.info,
                                                 exchange.request.blinded, exchange.evaluated, exchange.proof),
                     0);
    assert_memory_equal(evaluated, exchange.evaluated, 32);
    assert_memory_not_equal(proof, exchange.proof, 64);
    assert_int_equal(exchange_finalize(&exchange, y), 0);
    assert_memory_equal(y, exchange.y, 64);
}

static void request_is_derived_as_the_protocol_says(void **state) {
    (void)state;
    // vk and blind computed apart from this code, from the formulas of the protocol.
    struct credential_request request;
    uint8_t secret[32], public_key[32], round[16], subject[16], root[32], info[CREDENTIAL_INFO_BYTES];
    for (uint8_t i = 0; i < 32; i++)
        secret[i] = i;
    hex_read(public_hex, public_key, 32);
    memset(round, 0x11, 16);
    memset(subject, 0x22, 16);
    memset(root, 0x33, 32);
    credential_info(3, round, subject, root, info);
    assert_hex(info, "63616e646f75722d637265642d310003"
                     "11111111111111111111111111111111"
                     "22222222222222222222222222222222"
                     "3333333333333333333333333333333333333333333333333333333333333333");
    assert_int_equal(credential_request_make(secret, public_key, info, &request), 0);
    assert_hex(request.vk, "8ed19a3905a9e94ece7cbeaffd81aaa42728df96f92574c3cfd52740bd61fff3");
    assert_hex(request.blind, "6996f8e68d7a3d6cf90662d92af405c0040446d6c2123d85749333f0473a1102");
    uint8_t signature[64];
    crypto_sign_message(request.sign_secret, "text", 4, signature);
    assert_int_equal(crypto_verify(request.vk, "text", 4, signature), 0);
}

static void every_input_of_the_request_changes_it(void **state) {
    (void)state;
    struct credential_request base, other;
    uint8_t secret[32] = {1}, key[32], public_key[32], info[CREDENTIAL_INFO_BYTES] = {0};
    credential_key_pair(key, public_key);
    assert_int_equal(credential_request_make(secret, public_key, info, &base), 0);
    for (unsigned i = 0; i < 3; i++) {
        secret[0] ^= i == 0;
        info[79] ^= i == 1;
        if (i == 2)
            credential_key_pair(key, public_key);
        assert_int_equal(credential_request_make(secret, public_key, info, &other), 0);
        assert_memory_not_equal(base.vk, other.vk, 32);
        assert_memory_not_equal(base.blind, other.blind, 32);
        assert_memory_not_equal(base.blinded, other.blinded, 32);
        secret[0] = 1;
        info[79] = 0;
    }
}

static void request_for_a_bad_key_is_refused(void **state) {
    (void)state;
    struct credential_request request = {.vk = {7}}, before = {.vk = {7}};
    const uint8_t secret[32] = {1}, info[CREDENTIAL_INFO_BYTES] = {0};
    uint8_t public_key[32] = {0}; // the identity
    assert_int_equal(credential_request_make(secret, public_key, info, &request), -1);
    memset(public_key, 0xff, 32);
    assert_int_equal(credential_request_make(secret, public_key, info, &request), -1);
    assert_memory_equal(&request, &before, sizeof request);
}

static void credential_serves_its_own_assignment_only(void **state) {
    (void)state;
    struct exchange exchange;
    exchange_make(&exchange);
    for (unsigned i = 0; i < 4; i++) {
        struct exchange other = exchange;
        other.round[15] ^= i == 0;
        other.subject[0] ^= i == 1;
        other.root[31] ^= i == 2;
        credential_info(i == 3 ? 4 : 3, other.round, other.subject, other.root, other.info);
        assert_false(gives_same_output(&exchange, other.info, exchange.request.vk));
        refuse_finalize(&other);
    }
    struct exchange other = exchange;
    credential_key_pair(other.key, other.public_key);
    assert_false(gives_same_output(&other, other.info, other.request.vk));
    refuse_finalize(&other);
}

static void flipped_bits_are_refused(void **state) {
    (void)state;
    struct exchange exchange;
    exchange_make(&exchange);
    for (size_t bit = 0; bit < 512; bit++) {
        uint8_t mask = (uint8_t)(1u << bit % 8);
        exchange.proof[bit / 8] ^= mask;
        refuse_finalize(&exchange);
        exchange.proof[bit / 8] ^= mask;
        if (bit >= 256)
            continue;
        exchange.evaluated[bit / 8] ^= mask;
        refuse_finalize(&exchange);
        exchange.evaluated[bit / 8] ^= mask;
        exchange.request.blinded[bit / 8] ^= mask;
        refuse_finalize(&exchange);
        exchange.request.blinded[bit / 8] ^= mask;
        exchange.public_key[bit / 8] ^= mask;
        refuse_finalize(&exchange);
        exchange.public_key[bit / 8] ^= mask;
        exchange.request.vk[bit / 8] ^= mask;
        assert_false(gives_same_output(&exchange, exchange.info, exchange.request.vk));
        exchange.request.vk[bit / 8] ^= mask;
    }
    uint8_t y[64];
    assert_int_equal(exchange_finalize(&exchange, y), 0);
}

static void key_of_its_own_for_one_rater_is_noticed(void **state) {
    (void)state;
    // A server that evaluates and proves with another key than the manifest's.
    struct exchange exchange;
    uint8_t other_key[32], other_public[32];
    exchange_make(&exchange);
    credential_key_pair(other_key, other_public);
    assert_int_equal(credential_evaluate_blinded(other_key, exchange.info, sizeof exchange.info,
                                                 exchange.request.blinded, exchange.evaluated, exchange.proof),
                     0);
    refuse_finalize(&exchange);
}

static void non_canonical_proof_scalars_are_refused(void **state) {
    (void)state;
    // scalar + order means the same to libsodium; twice the order still fits 32 bytes.
    struct exchange exchange, other;
    uint8_t order[32];
    exchange_make(&exchange);
    hex_read("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", order, 32);
    for (size_t half = 0; half < 2; half++) {
        unsigned carry = 0;
        other = exchange;
        for (size_t i = 0; i < 32; i++) {
            carry += (unsigned)other.proof[32 * half + i] + order[i];
            other.proof[32 * half + i] = (uint8_t)carry;
            carry >>= 8;
        }
        assert_int_equal(carry, 0);
        refuse_finalize(&other);
        other = exchange;
        other.proof[32 * half + 31] |= 0x80;
        refuse_finalize(&other);
        memset(other.proof + 32 * half, 0, 32);
        refuse_finalize(&other);
    }
}

static void identity_and_bad_points_are_refused_everywhere(void **state) {
    (void)state;
    struct exchange exchange;
    uint8_t bad[32] = {0}, evaluated[32] = {7}, proof[64] = {7}, before[64] = {7};
    exchange_make(&exchange);
    for (unsigned i = 0; i < 3; i++) {
        if (i == 1)
            bad[0] = 1; // negative
        if (i == 2)
            memset(bad, 0xff, 32); // not canonical
        struct exchange other = exchange;
        memcpy(other.evaluated, bad, 32);
        refuse_finalize(&other);
        other = exchange;
        memcpy(other.request.blinded, bad, 32);
        refuse_finalize(&other);
        other = exchange;
        memcpy(other.public_key, bad, 32);
        refuse_finalize(&other);
        assert_int_equal(credential_evaluate_blinded(exchange.key, exchange.info, 80, bad, evaluated, proof), -1);
        // One bad element spoils its batch.
        uint8_t batch[2][32], results[2][32] = {{7}};
        memcpy(batch[0], exchange.request.blinded, 32);
        memcpy(batch[1], bad, 32);
        assert_int_equal(credential_evaluate_batch(exchange.key, exchange.info, 80, (const uint8_t(*)[32])batch, 2,
                                                   NULL, results, proof),
                         -1);
        assert_memory_equal(results[0], before, 32);
    }
    assert_memory_equal(evaluated, before, 32);
    assert_memory_equal(proof, before, 64);
}

static void tweaked_key_that_cancels_out_is_refused(void **state) {
    (void)state;
    // public key = -m G and secret key = -m: nothing would be left of the key.
    struct exchange exchange;
    uint8_t wide[64], m[32], zero[32] = {0}, y[64], evaluated[32], proof[64];
    const struct crypto_span parts[] = {{"Info\0\x50", 6}, {exchange.info, 80}};
    exchange_make(&exchange);
    crypto_expand(parts, 2, (struct crypto_span){"HashToScalar-OPRFV1-\x02-ristretto255-SHA512", 41}, wide, 64);
    crypto_scalar_reduce(wide, m);
    crypto_scalar_subtract(zero, m, exchange.key);
    assert_int_equal(crypto_point_base(exchange.key, exchange.public_key), 0);
    refuse_finalize(&exchange);
    assert_int_equal(credential_evaluate(exchange.key, exchange.info, 80, "", 0, y), -1);
    assert_int_equal(
        credential_evaluate_blinded(exchange.key, exchange.info, 80, exchange.request.blinded, evaluated, proof), -1);
}

static void bad_scalars_are_refused_everywhere(void **state) {
    (void)state;
    struct exchange exchange;
    uint8_t bad[32] = {0}, out[64] = {7}, proof[64] = {7}, before[64] = {7};
    exchange_make(&exchange);
    for (unsigned i = 0; i < 2; i++) { // zero, then not canonical
        struct exchange other = exchange;
        assert_int_equal(credential_blind(bad, "input", 5, out), -1);
        assert_int_equal(credential_evaluate(bad, "info", 4, "input", 5, out), -1);
        assert_int_equal(credential_evaluate_blinded(bad, "info", 4, exchange.request.blinded, out, proof), -1);
        assert_int_equal(credential_evaluate_batch(exchange.key, "info", 4,
                                                   (const uint8_t(*)[32])exchange.request.blinded, 1, bad,
                                                   (uint8_t(*)[32])out, proof),
                         -1);
        memcpy(other.request.blind, bad, 32);
        refuse_finalize(&other);
        memset(bad, 0xff, 32);
    }
    assert_memory_equal(out, before, 64);
    assert_memory_equal(proof, before, 64);
}

static void batches_and_texts_have_limits(void **state) {
    (void)state;
    static uint8_t text[65536];
    struct exchange exchange;
    uint8_t batch[17][32], results[17][32], proof[64], y[64];
    exchange_make(&exchange);
    for (size_t i = 0; i < 17; i++)
        memcpy(batch[i], exchange.request.blinded, 32);
    const uint8_t(*blinded)[32] = (const uint8_t(*)[32])batch;
    assert_int_equal(credential_evaluate_batch(exchange.key, "info", 4, blinded, 0, NULL, results, proof), -1);
    assert_int_equal(credential_evaluate_batch(exchange.key, "info", 4, blinded, 16, NULL, results, proof), 0);
    assert_int_equal(credential_evaluate_batch(exchange.key, "info", 4, blinded, 17, NULL, results, proof), -1);
    assert_int_equal(credential_evaluate(exchange.key, text, 65535, text, 65535, y), 0);
    assert_int_equal(credential_evaluate(exchange.key, text, 65536, text, 1, y), -1);
    assert_int_equal(credential_evaluate(exchange.key, text, 1, text, 65536, y), -1);
    assert_int_equal(credential_blind(exchange.request.blind, text, 65536, y), -1);
    assert_int_equal(credential_finalize(exchange.public_key, text, 65536, "", 0, exchange.request.blind,
                                         exchange.request.blinded, exchange.evaluated, exchange.proof, y),
                     -1);
    assert_int_equal(credential_finalize(exchange.public_key, exchange.info, 80, text, 65536, exchange.request.blind,
                                         exchange.request.blinded, exchange.evaluated, exchange.proof, y),
                     -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_those_of_rfc_9497),
        cmocka_unit_test(ballot_box_recomputes_what_the_client_unblinds),
        cmocka_unit_test(evaluating_again_gives_the_same_element_and_another_proof),
        cmocka_unit_test(request_is_derived_as_the_protocol_says),
        cmocka_unit_test(every_input_of_the_request_changes_it),
        cmocka_unit_test(request_for_a_bad_key_is_refused),
        cmocka_unit_test(credential_serves_its_own_assignment_only),
        cmocka_unit_test(flipped_bits_are_refused),
        cmocka_unit_test(key_of_its_own_for_one_rater_is_noticed),
        cmocka_unit_test(non_canonical_proof_scalars_are_refused),
        cmocka_unit_test(identity_and_bad_points_are_refused_everywhere),
        cmocka_unit_test(tweaked_key_that_cancels_out_is_refused),
        cmocka_unit_test(bad_scalars_are_refused_everywhere),
        cmocka_unit_test(batches_and_texts_have_limits),
    };
    if (crypto_start() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
