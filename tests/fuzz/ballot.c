// The sealed ballot: what a stranger can send the ballot box, and what an honest client packs.
#include <string.h>

#include "ballot.h"
#include "credential.h"
#include "crypto.h"
#include "fuzz.h"

enum { SEALED, PLAIN, SIGNED, HONEST, LEAVES, KINDS };

static uint8_t box_public[32], box_secret[32], vk[32], sign_secret[64];
static uint8_t plain[BALLOT_BUCKET_MAX], sealed[BALLOT_BUCKET_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    static const uint8_t seed[32] = {1};
    FUZZ_MUST(crypto_start() == 0);
    crypto_box_pair(box_public, box_secret);
    crypto_sign_pair(seed, vk, sign_secret); // the key that the corpus names
    return 0;
}

static void judge(const uint8_t *bytes, size_t bucket) {
    Candour__Ballot *ballot;
    uint8_t leaf[32], again_leaf[32], text[BALLOT_RECEIPT_TEXT_BYTES];
    enum ballot_reason reason = ballot_unpack(bytes, bucket, NULL, &ballot, leaf);
    FUZZ_MUST(reason == BALLOT_FINE || reason == BALLOT_UNREADABLE || reason == BALLOT_BAD_SIGNATURE);
    if (reason != BALLOT_FINE)
        return;
    reason = ballot_check_answers(ballot, ballot->ratings.len, 5, BALLOT_QUESTIONS_MAX);
    FUZZ_MUST(reason == BALLOT_FINE || reason == BALLOT_BAD_RATINGS || reason == BALLOT_BAD_COMMENT);
    FUZZ_MUST(ballot_check_answers(ballot, ballot->ratings.len + 1, 5, 1) == BALLOT_BAD_RATINGS);
    ballot_receipt_text(ballot->vk.data, ballot->sequence, leaf, text);
    // One ballot has one form: what was read is what would be packed.
    if (memcmp(ballot->vk.data, vk, 32) == 0) {
        static uint8_t again[BALLOT_BUCKET_MAX];
        FUZZ_MUST(ballot_pack(ballot, sign_secret, bucket, again, again_leaf) == 0);
        FUZZ_MUST(memcmp(again, bytes, bucket - CRYPTO_SEAL_OVERHEAD) == 0 && memcmp(leaf, again_leaf, 32) == 0);
    }
    candour__ballot__free_unpacked(ballot, NULL);
}

// Length, ballot, zeroes and a good signature around bytes that need not be a ballot.
static void judge_signed(const uint8_t *bytes, size_t len, size_t bucket) {
    static const char name[] = "candour-ballot-1";
    static uint8_t message[sizeof name - 1 + BALLOT_BUCKET_MAX];
    size_t body = bucket - CRYPTO_SEAL_OVERHEAD - CRYPTO_SIGNATURE_BYTES;
    if (len > ballot_room(bucket))
        return;
    memset(plain, 0, sizeof plain);
    plain[2] = (uint8_t)(len >> 8), plain[3] = (uint8_t)len;
    memcpy(plain + 4, bytes, len);
    memcpy(message, name, sizeof name - 1);
    memcpy(message + sizeof name - 1, plain, body);
    crypto_sign_message(sign_secret, message, sizeof name - 1 + body, plain + body);
    judge(plain, bucket);
}

// What the client would make of such answers is what the ballot box reads.
static void judge_honest(const uint8_t *bytes, size_t len, size_t bucket) {
    Candour__Ballot *ballot = candour__ballot__unpack(NULL, len, bytes);
    uint8_t leaf[32];
    if (!ballot)
        return;
    ballot->vk.len = 0;
    free(ballot->vk.data);
    ballot->vk = (ProtobufCBinaryData){sizeof vk, vk};
    FUZZ_MUST(ballot_size_max(ballot->ratings.len, ballot->n_comments) > ballot->ratings.len);
    if (ballot_pack(ballot, sign_secret, bucket, plain, leaf) == 0) {
        FUZZ_MUST(crypto_seal(box_public, plain, bucket - CRYPTO_SEAL_OVERHEAD, sealed) == 0);
        FUZZ_MUST(crypto_open(box_public, box_secret, sealed, bucket, plain) == 0);
        judge(plain, bucket);
    }
    ballot->vk = (ProtobufCBinaryData){0, NULL};
    candour__ballot__free_unpacked(ballot, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct fuzz_input in = {data, len};
    uint8_t kind = fuzz_byte(&in) % KINDS, root[32];
    size_t bucket = BALLOT_BUCKET_MIN + 1024u * (fuzz_byte(&in) % 61u);
    size_t room = in.left < bucket - CRYPTO_SEAL_OVERHEAD ? in.left : bucket - CRYPTO_SEAL_OVERHEAD;
    switch (kind) {
    case SEALED:
        if (crypto_open(box_public, box_secret, in.at, in.left, plain) == 0)
            judge(plain, bucket);
        break;
    case PLAIN:
        memset(plain, 0, sizeof plain);
        memcpy(plain, in.at, room);
        judge(plain, bucket);
        break;
    case SIGNED:
        judge_signed(in.at, in.left, bucket);
        break;
    case HONEST:
        judge_honest(in.at, in.left, bucket);
        break;
    default:
        ballot_tree_root((const uint8_t(*)[32])in.at, in.left / 32, root);
    }
    return 0;
}
