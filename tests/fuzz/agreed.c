// The smaller things that both sides agree on: frames, codes, times, texts, questionnaires, cells, credentials.
#include <string.h>

#include "cells.h"
#include "check.h"
#include "clock.h"
#include "code.h"
#include "credential.h"
#include "crypto.h"
#include "frame.h"
#include "fuzz.h"
#include "operations.h"
#include "questionnaire.h"
#include "witness.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    FUZZ_MUST(crypto_start() == 0);
    return 0;
}

static void try_frame(struct fuzz_input *in) {
    uint8_t header[FRAME_HEADER_BYTES], again[FRAME_HEADER_BYTES];
    struct frame frame;
    fuzz_fill(in, header, sizeof header);
    if (frame_read(header, &frame) != 0)
        return;
    frame_write(frame, again);
    FUZZ_MUST(memcmp(header, again, sizeof header) == 0);
    const struct operation_row *row = operation_find(frame.operation);
    FUZZ_MUST(!row || row->number == frame.operation);
}

static void try_codes(const char *text, size_t len) {
    char code[CODE_TEXT_BYTES], again[CODE_TEXT_BYTES], recovery[CODE_RECOVERY_TEXT_BYTES];
    uint8_t secret[32], secret_again[32];
    if (code_read(text, len, code) == 0)
        FUZZ_MUST(code_read(code, strlen(code), again) == 0 && strcmp(code, again) == 0);
    if (code_recovery_read(text, len, secret) == 0) {
        code_recovery_write(secret, recovery);
        FUZZ_MUST(code_recovery_read(recovery, strlen(recovery), secret_again) == 0);
        FUZZ_MUST(memcmp(secret, secret_again, sizeof secret) == 0);
    }
    if (len >= 32)
        code_fingerprint((const uint8_t *)text, (char[CODE_FINGERPRINT_TEXT_BYTES]){0});
    if (len >= CODE_CHARACTERS) {
        code_of((const uint8_t *)text, code);
        FUZZ_MUST(code_read(code, strlen(code), again) == 0);
    }
    code_new(code);
    FUZZ_MUST(code_read(code, strlen(code), again) == 0 && strcmp(code, again) == 0);
}

static void try_clock(const char *text, size_t len) {
    int64_t at, again;
    char written[CLOCK_TEXT_BYTES], words[CLOCK_WORDS_BYTES];
    if (clock_parse(text, len, &at) != 0)
        return;
    clock_text(at, written);
    clock_words(at, words);
    FUZZ_MUST(clock_parse(written, strlen(written), &again) == 0 && again == at);
}

static void try_text(const char *text, size_t len) {
    FUZZ_MUST(!check_name(text, len) || check_text(text, len));
    FUZZ_MUST(!check_email(text, len) || (len <= 254 && memchr(text, '@', len)));
    if (!check_text(text, len))
        return;
    char *normal = malloc(len + 1), *again = malloc(len + 1);
    FUZZ_MUST(check_code_points(text, len) <= len);
    size_t normal_len = check_name_normal(text, len, normal);
    FUZZ_MUST(normal_len <= len && check_name_normal(normal, normal_len, again) == normal_len);
    FUZZ_MUST(memcmp(normal, again, normal_len) == 0);
    free(normal);
    free(again);
}

static void try_questionnaire(const char *text, size_t len) {
    struct questionnaire q;
    if (questionnaire_read(text, len, &q) != 0)
        return;
    size_t again_len;
    char *again = questionnaire_write(&q, &again_len);
    FUZZ_MUST(again && again_len == len && memcmp(again, text, len) == 0);
    free(again);
    questionnaire_free(&q);
}

static void try_cells(struct fuzz_input *in) {
    uint32_t counts[CELLS_GROUPS], threshold = 3 + fuzz_byte(in) % 48u, ballots = 0;
    for (unsigned i = 0; i < CELLS_GROUPS; i++)
        counts[i] = fuzz_byte(in);
    struct cells cells = cells_partition(counts, threshold);
    FUZZ_MUST(cells.count <= CELLS_GROUPS);
    for (unsigned i = 0; i < cells.count; i++) {
        FUZZ_MUST(cells.ballots[i] >= threshold); // the promise: never fewer speak
        ballots += cells.ballots[i];
    }
    FUZZ_MUST(ballots <= counts[0] + counts[1] + counts[2]);
}

// A server may send any element and proof, a client any blinded element.
static void try_credential(struct fuzz_input *in) {
    static const uint8_t secret[32] = {7}, round[16] = {1}, subject[16] = {2}, root[32] = {3};
    uint8_t key_secret[32], key_public[32], info[CREDENTIAL_INFO_BYTES], blinded[2][32], evaluated[2][32], proof[64],
        output[64], again[64];
    struct credential_request request;
    credential_key_pair(key_secret, key_public);
    credential_info(fuzz_byte(in), round, subject, root, info);
    fuzz_fill(in, blinded, sizeof blinded);
    fuzz_fill(in, proof, sizeof proof);
    int rc = credential_evaluate_batch(key_secret, info, sizeof info, blinded, 2, NULL, evaluated, proof);
    FUZZ_MUST(rc == 0 || rc == -1);
    if (credential_request_make(secret, key_public, info, &request) != 0)
        return;
    // What a wrong server sends proves nothing, ...
    FUZZ_MUST(credential_finalize(key_public, info, sizeof info, request.vk, 32, request.blind, request.blinded,
                                  blinded[0], proof, output) != 0);
    // ... and what the right one sends is what the ballot box works out.
    FUZZ_MUST(credential_evaluate_blinded(key_secret, info, sizeof info, request.blinded, evaluated[0], proof) == 0);
    FUZZ_MUST(credential_finalize(key_public, info, sizeof info, request.vk, 32, request.blind, request.blinded,
                                  evaluated[0], proof, output) == 0);
    FUZZ_MUST(credential_evaluate(key_secret, info, sizeof info, request.vk, 32, again) == 0);
    FUZZ_MUST(memcmp(output, again, sizeof output) == 0);
    FUZZ_MUST(witness_verify(key_public, root, proof) != 0);
}

static void try_wrapped(struct fuzz_input *in) {
    static const uint8_t key[32] = {9};
    uint8_t plain[256], again[256], wrapped[sizeof plain + CRYPTO_WRAP_OVERHEAD];
    size_t len;
    const uint8_t *bytes = fuzz_bytes(in, sizeof plain, &len);
    crypto_wrap(key, (struct crypto_span){"about", 5}, bytes, len, wrapped);
    FUZZ_MUST(crypto_unwrap(key, (struct crypto_span){"about", 5}, wrapped, len + CRYPTO_WRAP_OVERHEAD, again) == 0);
    FUZZ_MUST(len == 0 || memcmp(again, bytes, len) == 0);
    FUZZ_MUST(crypto_unwrap(key, (struct crypto_span){"other", 5}, wrapped, len + CRYPTO_WRAP_OVERHEAD, again) != 0);
    if (crypto_unwrap(key, (struct crypto_span){"about", 5}, bytes, len, plain) == 0)
        FUZZ_MUST(len >= CRYPTO_WRAP_OVERHEAD);
    crypto_totp(len >= 20 ? bytes : wrapped, (int64_t)len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct fuzz_input in = {data, len};
    uint8_t kind = fuzz_byte(&in);
    const char *text = (const char *)in.at;
    switch (kind % 8) {
    case 0:
        try_frame(&in);
        break;
    case 1:
        try_codes(text, in.left);
        break;
    case 2:
        try_clock(text, in.left);
        break;
    case 3:
        try_text(text, in.left);
        break;
    case 4:
        try_questionnaire(text, in.left);
        break;
    case 5:
        try_cells(&in);
        break;
    case 6:
        try_credential(&in);
        break;
    default:
        try_wrapped(&in);
    }
    return 0;
}
