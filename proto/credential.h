// The unlinkable right to cast one ballot: the POPRF of RFC 9497 over ristretto255 and SHA-512 (mode 0x02), one key
// pair per round, bound to (round, subject, group, root) through its public input.
// Pure. Functions returning int give 0, or -1 and untouched outputs for any input that must be refused.
#ifndef CANDOUR_CREDENTIAL_H
#define CANDOUR_CREDENTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"

enum {
    CREDENTIAL_INFO_BYTES = 80,
    CREDENTIAL_ELEMENT_BYTES = 32,
    CREDENTIAL_PROOF_BYTES = 64, // scalar c || scalar s
    CREDENTIAL_OUTPUT_BYTES = 64,
};

// "candour-cred-1" || 0x00 || group || round || subject || root
void credential_info(uint8_t group, const uint8_t round[16], const uint8_t subject[16], const uint8_t root[32],
                     uint8_t ret_info[CREDENTIAL_INFO_BYTES]);

// A fresh key pair of a round.
void credential_key_pair(uint8_t ret_secret[32], uint8_t ret_public[32]);

// The client's side of one assignment, derived from the round's client secret alone, so that a recovery code brings it
// back: seed of the Ed25519 pair whose public key vk is the private input, and the blind.
struct credential_request {
    uint8_t vk[32];
    uint8_t sign_secret[64]; // Ed25519 secret key of vk
    uint8_t blind[32];
    uint8_t blinded[32]; // what is sent
};
MUST_CHECK int credential_request_make(const uint8_t secret[32], const uint8_t public_key[32],
                                       const uint8_t info[CREDENTIAL_INFO_BYTES],
                                       struct credential_request *ret_request);

// RFC 9497 3.3.3, in its words: Blind, BlindEvaluate (with GenerateProof), Finalize (with VerifyProof), Evaluate.
// info and input are at most 65535 bytes.
MUST_CHECK int credential_blind(const uint8_t blind[32], const void *input, size_t input_len, uint8_t ret_blinded[32]);
MUST_CHECK int credential_evaluate_blinded(const uint8_t secret_key[32], const void *info, size_t info_len,
                                           const uint8_t blinded[32], uint8_t ret_evaluated[32], uint8_t ret_proof[64]);
MUST_CHECK int credential_finalize(const uint8_t public_key[32], const void *info, size_t info_len, const void *input,
                                   size_t input_len, const uint8_t blind[32], const uint8_t blinded[32],
                                   const uint8_t evaluated[32], const uint8_t proof[64], uint8_t ret_output[64]);
// What the ballot box recomputes from vk and compares (crypto_equal) with the ballot's y.
MUST_CHECK int credential_evaluate(const uint8_t secret_key[32], const void *info, size_t info_len, const void *input,
                                   size_t input_len, uint8_t ret_output[64]);

// The batched form, of which the functions above are the case count = 1; arrays of count 32-byte elements.
// proof_r: 32-byte scalar, or NULL for a fresh one (published vectors fix it). count at most 16.
MUST_CHECK int credential_evaluate_batch(const uint8_t secret_key[32], const void *info, size_t info_len,
                                         const uint8_t (*blinded)[32], size_t count, const uint8_t *proof_r,
                                         uint8_t (*ret_evaluated)[32], uint8_t ret_proof[64]);

#endif
