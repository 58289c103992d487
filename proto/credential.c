#include "credential.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "crypto.h"

enum { FRAMED_BYTES_MAX = 65535, BATCH_MAX = 16 };

// RFC 9497 section 3.1 with mode 0x02, as a raw byte.
#define CONTEXT       "OPRFV1-\x02-ristretto255-SHA512"
#define SPAN(literal) ((struct crypto_span){literal, sizeof(literal) - 1})
// DeriveTags of section 4.1.
#define TAG_GROUP  SPAN("HashToGroup-" CONTEXT)
#define TAG_SCALAR SPAN("HashToScalar-" CONTEXT)
#define TAG_SEED   SPAN("Seed-" CONTEXT)

// A message that is hashed in parts; framed ones have I2OSP(len, 2) before them. Not to be copied: it points into
// itself.
struct transcript {
    struct crypto_span parts[11];
    size_t count;
    uint8_t lengths[5][2];
    size_t framed;
};

static void transcript_add(struct transcript *transcript, struct crypto_span part) {
    assert(transcript->count < ARRAY_LEN(transcript->parts));
    transcript->parts[transcript->count++] = part;
}

static void transcript_number(struct transcript *transcript, size_t number) {
    assert(transcript->framed < ARRAY_LEN(transcript->lengths) && number <= FRAMED_BYTES_MAX);
    uint8_t *bytes = transcript->lengths[transcript->framed++];
    bytes[0] = (uint8_t)(number >> 8);
    bytes[1] = (uint8_t)number;
    transcript_add(transcript, (struct crypto_span){bytes, 2});
}

static void transcript_frame(struct transcript *transcript, const void *data, size_t len) {
    transcript_number(transcript, len);
    transcript_add(transcript, (struct crypto_span){data, len});
}

static void transcript_scalar(const struct transcript *transcript, uint8_t ret_scalar[32]) {
    uint8_t wide[CRYPTO_WIDE_BYTES];
    crypto_expand(transcript->parts, transcript->count, TAG_SCALAR, wide, sizeof wide);
    crypto_scalar_reduce(wide, ret_scalar);
}

static bool is_zero(const uint8_t scalar[32]) {
    static const uint8_t zero[32];
    return crypto_equal(scalar, zero, sizeof zero);
}

// The scalar m that binds the public input.
static void info_scalar(const void *info, size_t info_len, uint8_t ret_m[32]) {
    struct transcript framed = {0};
    transcript_add(&framed, SPAN("Info"));
    transcript_frame(&framed, info, info_len);
    transcript_scalar(&framed, ret_m);
}

// t = secret_key + m, and its inverse.
static int secret_tweak(const uint8_t secret_key[32], const void *info, size_t info_len, uint8_t ret_t[32],
                        uint8_t ret_inverse[32]) {
    uint8_t m[32];
    if (info_len > FRAMED_BYTES_MAX || crypto_scalar_check(secret_key) < 0 || is_zero(secret_key))
        return -1;
    info_scalar(info, info_len, m);
    crypto_scalar_add(secret_key, m, ret_t);
    return crypto_scalar_invert(ret_t, ret_inverse);
}

// The last step of Finalize and Evaluate: the output from the element that both sides arrive at.
static void output_hash(const void *info, size_t info_len, const void *input, size_t input_len,
                        const uint8_t element[32], uint8_t ret_output[64]) {
    struct transcript transcript = {0};
    transcript_frame(&transcript, input, input_len);
    transcript_frame(&transcript, info, info_len);
    transcript_frame(&transcript, element, CREDENTIAL_ELEMENT_BYTES);
    transcript_add(&transcript, SPAN("Finalize"));
    crypto_sha512(transcript.parts, transcript.count, ret_output);
}

static void input_point(const void *input, size_t input_len, uint8_t ret_point[32]) {
    uint8_t wide[CRYPTO_WIDE_BYTES];
    crypto_expand(&(struct crypto_span){input, input_len}, 1, TAG_GROUP, wide, sizeof wide);
    crypto_point_from_hash(wide, ret_point);
    crypto_wipe(wide, sizeof wide);
}

// ret_sum += weight * point; the first one sets it.
static int weigh(const uint8_t weight[32], const uint8_t point[32], bool is_first, uint8_t ret_sum[32]) {
    if (is_first)
        return crypto_point_multiply(weight, point, ret_sum);
    uint8_t part[32];
    if (crypto_point_multiply(weight, point, part) < 0)
        return -1;
    return crypto_point_add(ret_sum, part, ret_sum);
}

// ComputeComposites (2.2.1, 2.2.2): M of the evaluated elements; Z of the blinded ones, unless secret gives it faster.
static int composites(const uint8_t *secret, const uint8_t tweaked[32], const uint8_t (*evaluated)[32],
                      const uint8_t (*blinded)[32], size_t count, uint8_t ret_m[32], uint8_t ret_z[32]) {
    struct transcript seeding = {0};
    uint8_t seed[CRYPTO_WIDE_BYTES];
    transcript_frame(&seeding, tweaked, CREDENTIAL_ELEMENT_BYTES);
    transcript_frame(&seeding, TAG_SEED.data, TAG_SEED.len);
    crypto_sha512(seeding.parts, seeding.count, seed);
    for (size_t i = 0; i < count; i++) {
        struct transcript transcript = {0};
        uint8_t weight[32];
        transcript_frame(&transcript, seed, sizeof seed);
        transcript_number(&transcript, i);
        transcript_frame(&transcript, evaluated[i], CREDENTIAL_ELEMENT_BYTES);
        transcript_frame(&transcript, blinded[i], CREDENTIAL_ELEMENT_BYTES);
        transcript_add(&transcript, SPAN("Composite"));
        transcript_scalar(&transcript, weight);
        if (weigh(weight, evaluated[i], i == 0, ret_m) < 0)
            return -1;
        if (!secret && weigh(weight, blinded[i], i == 0, ret_z) < 0)
            return -1;
    }
    return secret ? crypto_point_multiply(secret, ret_m, ret_z) : 0;
}

static void challenge(const uint8_t tweaked[32], const uint8_t m[32], const uint8_t z[32], const uint8_t t2[32],
                      const uint8_t t3[32], uint8_t ret_c[32]) {
    struct transcript transcript = {0};
    transcript_frame(&transcript, tweaked, CREDENTIAL_ELEMENT_BYTES);
    transcript_frame(&transcript, m, CREDENTIAL_ELEMENT_BYTES);
    transcript_frame(&transcript, z, CREDENTIAL_ELEMENT_BYTES);
    transcript_frame(&transcript, t2, CREDENTIAL_ELEMENT_BYTES);
    transcript_frame(&transcript, t3, CREDENTIAL_ELEMENT_BYTES);
    transcript_add(&transcript, SPAN("Challenge"));
    transcript_scalar(&transcript, ret_c);
}

// GenerateProof (2.2.1) with k = t and A = the generator.
static int prove(const uint8_t t[32], const uint8_t r[32], const uint8_t (*evaluated)[32], const uint8_t (*blinded)[32],
                 size_t count, uint8_t ret_proof[64]) {
    uint8_t tweaked[32], m[32], z[32], t2[32], t3[32], c[32], ct[32];
    if (crypto_point_base(t, tweaked) < 0 || composites(t, tweaked, evaluated, blinded, count, m, z) < 0 ||
        crypto_point_base(r, t2) < 0 || crypto_point_multiply(r, m, t3) < 0)
        return -1;
    challenge(tweaked, m, z, t2, t3, c);
    crypto_scalar_multiply(c, t, ct);
    memcpy(ret_proof, c, sizeof c);
    crypto_scalar_subtract(r, ct, ret_proof + sizeof c);
    crypto_wipe(ct, sizeof ct);
    return 0;
}

// VerifyProof (2.2.2) of one element.
static int verify(const uint8_t tweaked[32], const uint8_t evaluated[32], const uint8_t blinded[32],
                  const uint8_t proof[64]) {
    const uint8_t *c = proof;
    const uint8_t *s = proof + 32;
    uint8_t m[32], z[32], left[32], right[32], t2[32], t3[32], expected[32];
    if (crypto_scalar_check(c) < 0 || crypto_scalar_check(s) < 0 || crypto_point_check(evaluated) < 0 ||
        crypto_point_check(blinded) < 0)
        return -1;
    if (composites(NULL, tweaked, (const uint8_t(*)[32])evaluated, (const uint8_t(*)[32])blinded, 1, m, z) < 0)
        return -1;
    if (crypto_point_base(s, left) < 0 || crypto_point_multiply(c, tweaked, right) < 0 ||
        crypto_point_add(left, right, t2) < 0)
        return -1;
    if (crypto_point_multiply(s, m, left) < 0 || crypto_point_multiply(c, z, right) < 0 ||
        crypto_point_add(left, right, t3) < 0)
        return -1;
    challenge(tweaked, m, z, t2, t3, expected);
    return crypto_equal(c, expected, sizeof expected) ? 0 : -1;
}

static void random_scalar(uint8_t ret_scalar[32]) {
    uint8_t wide[CRYPTO_WIDE_BYTES];
    do {
        crypto_random(wide, sizeof wide);
        crypto_scalar_reduce(wide, ret_scalar);
    } while (is_zero(ret_scalar));
    crypto_wipe(wide, sizeof wide);
}

void credential_info(uint8_t group, const uint8_t round[16], const uint8_t subject[16], const uint8_t root[32],
                     uint8_t ret_info[CREDENTIAL_INFO_BYTES]) {
    static const char name[] = "candour-cred-1"; // the NUL belongs to it
    static_assert(sizeof name + 1 + 16 + 16 + 32 == CREDENTIAL_INFO_BYTES, "fixed length");
    uint8_t *at = ret_info;
    memcpy(at, name, sizeof name);
    at += sizeof name;
    *at++ = group;
    memcpy(at, round, 16);
    memcpy(at + 16, subject, 16);
    memcpy(at + 32, root, 32);
}

void credential_key_pair(uint8_t ret_secret[32], uint8_t ret_public[32]) {
    random_scalar(ret_secret);
    int result = crypto_point_base(ret_secret, ret_public);
    assert(result == 0);
}

// The blind of protocol.md, "Credential": the first counter that does not give zero.
static void request_blind(const uint8_t secret[32], const uint8_t public_key[32],
                          const uint8_t info[CREDENTIAL_INFO_BYTES], uint8_t ret_blind[32]) {
    uint8_t counter = 0;
    uint8_t wide[CRYPTO_WIDE_BYTES];
    const struct crypto_span parts[] = {
        SPAN("candour-blind"), {public_key, CRYPTO_PUBLIC_BYTES}, {info, CREDENTIAL_INFO_BYTES}, {&counter, 1}};
    do {
        crypto_keyed_hash(secret, parts, ARRAY_LEN(parts), wide, sizeof wide);
        crypto_scalar_reduce(wide, ret_blind);
    } while (is_zero(ret_blind) && ++counter);
    crypto_wipe(wide, sizeof wide);
}

int credential_request_make(const uint8_t secret[32], const uint8_t public_key[32],
                            const uint8_t info[CREDENTIAL_INFO_BYTES], struct credential_request *ret_request) {
    const struct crypto_span parts[] = {
        SPAN("candour-sign"), {public_key, CRYPTO_PUBLIC_BYTES}, {info, CREDENTIAL_INFO_BYTES}};
    struct credential_request request;
    uint8_t seed[CRYPTO_KEY_BYTES];
    if (crypto_point_check(public_key) < 0)
        return -1;
    crypto_keyed_hash(secret, parts, ARRAY_LEN(parts), seed, sizeof seed);
    crypto_sign_pair(seed, request.vk, request.sign_secret);
    request_blind(secret, public_key, info, request.blind);
    int result = credential_blind(request.blind, request.vk, sizeof request.vk, request.blinded);
    if (result == 0)
        *ret_request = request;
    crypto_wipe(seed, sizeof seed);
    crypto_wipe(&request, sizeof request);
    return result;
}

int credential_blind(const uint8_t blind[32], const void *input, size_t input_len, uint8_t ret_blinded[32]) {
    uint8_t point[32];
    if (input_len > FRAMED_BYTES_MAX)
        return -1;
    input_point(input, input_len, point);
    int result = crypto_point_multiply(blind, point, ret_blinded);
    crypto_wipe(point, sizeof point);
    return result;
}

int credential_evaluate_blinded(const uint8_t secret_key[32], const void *info, size_t info_len,
                                const uint8_t blinded[32], uint8_t ret_evaluated[32], uint8_t ret_proof[64]) {
    return credential_evaluate_batch(secret_key, info, info_len, (const uint8_t(*)[32])blinded, 1, NULL,
                                     (uint8_t(*)[32])ret_evaluated, ret_proof);
}

int credential_evaluate_batch(const uint8_t secret_key[32], const void *info, size_t info_len,
                              const uint8_t (*blinded)[32], size_t count, const uint8_t *proof_r,
                              uint8_t (*ret_evaluated)[32], uint8_t ret_proof[64]) {
    uint8_t t[32], inverse[32], r[32], evaluated[BATCH_MAX][32];
    int result = -1;
    if (count < 1 || count > BATCH_MAX)
        return -1;
    if (secret_tweak(secret_key, info, info_len, t, inverse) < 0)
        goto out;
    for (size_t i = 0; i < count; i++)
        if (crypto_point_multiply(inverse, blinded[i], evaluated[i]) < 0)
            goto out;
    if (proof_r)
        memcpy(r, proof_r, sizeof r);
    else
        random_scalar(r);
    if (prove(t, r, (const uint8_t(*)[32])evaluated, blinded, count, ret_proof) < 0)
        goto out;
    memcpy(ret_evaluated, evaluated, count * sizeof *evaluated);
    result = 0;
out:
    crypto_wipe(t, sizeof t);
    crypto_wipe(inverse, sizeof inverse);
    crypto_wipe(r, sizeof r);
    return result;
}

int credential_finalize(const uint8_t public_key[32], const void *info, size_t info_len, const void *input,
                        size_t input_len, const uint8_t blind[32], const uint8_t blinded[32],
                        const uint8_t evaluated[32], const uint8_t proof[64], uint8_t ret_output[64]) {
    uint8_t m[32], tweak[32], tweaked[32], inverse[32], element[32];
    int result = -1;
    if (info_len > FRAMED_BYTES_MAX || input_len > FRAMED_BYTES_MAX)
        return -1;
    info_scalar(info, info_len, m);
    if (crypto_point_base(m, tweak) < 0 || crypto_point_add(tweak, public_key, tweaked) < 0 ||
        verify(tweaked, evaluated, blinded, proof) < 0)
        return -1;
    if (crypto_scalar_invert(blind, inverse) == 0 && crypto_point_multiply(inverse, evaluated, element) == 0) {
        output_hash(info, info_len, input, input_len, element, ret_output);
        result = 0;
    }
    crypto_wipe(inverse, sizeof inverse);
    crypto_wipe(element, sizeof element);
    return result;
}

int credential_evaluate(const uint8_t secret_key[32], const void *info, size_t info_len, const void *input,
                        size_t input_len, uint8_t ret_output[64]) {
    uint8_t t[32], inverse[32], point[32], element[32];
    int result = -1;
    if (input_len <= FRAMED_BYTES_MAX && secret_tweak(secret_key, info, info_len, t, inverse) == 0) {
        input_point(input, input_len, point);
        if (crypto_point_multiply(inverse, point, element) == 0) {
            output_hash(info, info_len, input, input_len, element, ret_output);
            result = 0;
        }
    }
    crypto_wipe(t, sizeof t);
    crypto_wipe(inverse, sizeof inverse);
    crypto_wipe(element, sizeof element);
    return result;
}
