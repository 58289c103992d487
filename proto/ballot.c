#include "ballot.h"

#include <assert.h>
#include <string.h>

#include "check.h"
#include "crypto.h"

enum {
    LENGTH_BYTES = 4,
    SIGN_NAME_BYTES = 16,
    RECEIPT_NAME_BYTES = 17,
    OVERHEAD = CRYPTO_SEAL_OVERHEAD + LENGTH_BYTES + CRYPTO_SIGNATURE_BYTES,
};
static const char sign_name[] = "candour-ballot-1";
static const char receipt_name[] = "candour-receipt-1";
static_assert(sizeof sign_name - 1 == SIGN_NAME_BYTES && sizeof receipt_name - 1 == RECEIPT_NAME_BYTES, "names");

static bool is_bucket(size_t bucket) {
    return bucket >= BALLOT_BUCKET_MIN && bucket <= BALLOT_BUCKET_MAX;
}

// What the signature is over: the name and plain[len]. Such a text is 64 KiB at most, and wiped by its user.
struct signed_text {
    uint8_t bytes[SIGN_NAME_BYTES + BALLOT_BUCKET_MAX];
    size_t len;
};

static void signed_text_make(const uint8_t *plain, size_t len, struct signed_text *ret_text) {
    memcpy(ret_text->bytes, sign_name, SIGN_NAME_BYTES);
    memcpy(ret_text->bytes + SIGN_NAME_BYTES, plain, len);
    ret_text->len = SIGN_NAME_BYTES + len;
}

static void number_write(uint32_t number, uint8_t ret_bytes[LENGTH_BYTES]) {
    for (unsigned i = 0; i < LENGTH_BYTES; i++)
        ret_bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

// Field lengths and ranges that do not depend on the round.
static bool has_shape(const Candour__Ballot *ballot) {
    return ballot->round.len == 16 && ballot->subject.len == 16 && ballot->vk.len == CRYPTO_PUBLIC_BYTES &&
           ballot->y.len == 64 && ballot->group >= CANDOUR__GROUP__SELF && ballot->group <= CANDOUR__GROUP__OTHER &&
           ballot->sequence != 0 && ballot->sequence != BALLOT_SEQUENCE_NONE &&
           ballot->ratings.len <= BALLOT_ITEMS_MAX && ballot->n_comments <= BALLOT_QUESTIONS_MAX;
}

size_t ballot_size_max(size_t items, size_t questions) {
    // Sizes depend on lengths alone, so no text is needed.
    Candour__Ballot ballot = CANDOUR__BALLOT__INIT;
    Candour__Comment comment = CANDOUR__COMMENT__INIT;
    Candour__Comment *comments = &comment;
    ballot.round.len = ballot.subject.len = 16;
    ballot.group = CANDOUR__GROUP__OTHER;
    ballot.vk.len = CRYPTO_PUBLIC_BYTES;
    ballot.y.len = 64;
    ballot.ratings.len = items;
    comment.question = BALLOT_QUESTIONS_MAX - 1;
    comment.text.len = BALLOT_COMMENT_BYTES_MAX;
    size_t without = candour__ballot__get_packed_size(&ballot);
    ballot.comments = &comments;
    ballot.n_comments = 1;
    return without + questions * (candour__ballot__get_packed_size(&ballot) - without);
}

size_t ballot_room(size_t bucket) {
    return is_bucket(bucket) ? bucket - OVERHEAD : 0;
}

int ballot_pack(const Candour__Ballot *ballot, const uint8_t sign_secret[64], size_t bucket, uint8_t *ret_plain,
                uint8_t ret_leaf[32]) {
    size_t room = ballot_room(bucket);
    size_t size = candour__ballot__get_packed_size(ballot);
    if (size > room || !has_shape(ballot))
        return -1;
    struct signed_text text;
    uint8_t *signature = ret_plain + LENGTH_BYTES + room;
    number_write((uint32_t)size, ret_plain);
    candour__ballot__pack(ballot, ret_plain + LENGTH_BYTES);
    memset(ret_plain + LENGTH_BYTES + size, 0, room - size);
    signed_text_make(ret_plain, LENGTH_BYTES + room, &text);
    crypto_sign_message(sign_secret, text.bytes, text.len, signature);
    crypto_sha256(&(struct crypto_span){ret_plain, bucket - CRYPTO_SEAL_OVERHEAD}, 1, ret_leaf);
    crypto_wipe(text.bytes, text.len);
    return 0;
}

// A protobuf-c buffer that compares what is packed into it instead of keeping it.
struct comparison {
    ProtobufCBuffer base;
    const uint8_t *expected;
    size_t left;
    bool is_same;
};

static void comparison_append(ProtobufCBuffer *buffer, size_t len, const uint8_t *data) {
    struct comparison *comparison = (struct comparison *)buffer;
    if (len == 0) // then data may be NULL
        return;
    if (len > comparison->left || memcmp(comparison->expected, data, len) != 0) {
        comparison->is_same = false;
        return;
    }
    comparison->expected += len;
    comparison->left -= len;
}

// One meaning, one encoding: packed again, the ballot gives the same bytes, and it has no field that we do not know
// (protobuf-c would pack those again too).
static bool is_canonical(const Candour__Ballot *ballot, const uint8_t *packed, size_t size) {
    struct comparison comparison = {{comparison_append}, packed, size, true};
    if (ballot->base.n_unknown_fields > 0)
        return false;
    for (size_t i = 0; i < ballot->n_comments; i++)
        if (ballot->comments[i]->base.n_unknown_fields > 0)
            return false;
    candour__ballot__pack_to_buffer(ballot, &comparison.base);
    return comparison.is_same && comparison.left == 0;
}

static bool has_signature(const uint8_t vk[32], const uint8_t *plain, size_t len) {
    struct signed_text text;
    signed_text_make(plain, len, &text);
    int result = crypto_verify(vk, text.bytes, text.len, plain + len);
    crypto_wipe(text.bytes, text.len);
    return result == 0;
}

enum ballot_reason ballot_unpack(const uint8_t *plain, size_t bucket, ProtobufCAllocator *allocator,
                                 Candour__Ballot **ret_ballot, uint8_t ret_leaf[32]) {
    size_t room = ballot_room(bucket);
    if (room == 0)
        return BALLOT_UNREADABLE;
    const uint8_t *packed = plain + LENGTH_BYTES;
    uint32_t size = (uint32_t)plain[0] << 24 | (uint32_t)plain[1] << 16 | (uint32_t)plain[2] << 8 | plain[3];
    if (size > room)
        return BALLOT_UNREADABLE;
    for (size_t i = size; i < room; i++)
        if (packed[i] != 0)
            return BALLOT_UNREADABLE;

    enum ballot_reason reason = BALLOT_UNREADABLE;
    Candour__Ballot *ballot = candour__ballot__unpack(allocator, size, packed);
    if (!ballot)
        return BALLOT_UNREADABLE;
    if (!has_shape(ballot) || !is_canonical(ballot, packed, size))
        goto out_ballot;
    reason = BALLOT_BAD_SIGNATURE;
    if (!has_signature(ballot->vk.data, plain, LENGTH_BYTES + room))
        goto out_ballot;
    crypto_sha256(&(struct crypto_span){plain, bucket - CRYPTO_SEAL_OVERHEAD}, 1, ret_leaf);
    *ret_ballot = ballot;
    return BALLOT_FINE;
out_ballot:
    candour__ballot__free_unpacked(ballot, allocator);
    return reason;
}

static bool is_comment_fine(const Candour__Comment *comment, size_t questions) {
    const ProtobufCBinaryData *text = &comment->text;
    return comment->question < questions && text->len > 0 && text->len <= BALLOT_COMMENT_BYTES_MAX &&
           check_text(text->data, text->len) && check_code_points(text->data, text->len) <= BALLOT_COMMENT_POINTS_MAX;
}

enum ballot_reason ballot_check_answers(const Candour__Ballot *ballot, size_t items, unsigned scale_max,
                                        size_t questions) {
    if (ballot->ratings.len != items)
        return BALLOT_BAD_RATINGS;
    for (size_t i = 0; i < items; i++)
        if (ballot->ratings.data[i] > scale_max && ballot->ratings.data[i] != BALLOT_NOT_OBSERVED)
            return BALLOT_BAD_RATINGS;
    for (size_t i = 0; i < ballot->n_comments; i++) {
        if (!is_comment_fine(ballot->comments[i], questions))
            return BALLOT_BAD_COMMENT;
        for (size_t j = 0; j < i; j++)
            if (ballot->comments[j]->question == ballot->comments[i]->question)
                return BALLOT_BAD_COMMENT;
    }
    return BALLOT_FINE;
}

void ballot_receipt_text(const uint8_t vk[32], uint32_t sequence, const uint8_t leaf[32],
                         uint8_t ret_text[BALLOT_RECEIPT_TEXT_BYTES]) {
    memcpy(ret_text, receipt_name, RECEIPT_NAME_BYTES);
    memcpy(ret_text + RECEIPT_NAME_BYTES, vk, 32);
    number_write(sequence, ret_text + RECEIPT_NAME_BYTES + 32);
    memcpy(ret_text + RECEIPT_NAME_BYTES + 32 + LENGTH_BYTES, leaf, 32);
}

static void tree_hash(uint8_t prefix, const uint8_t *data, size_t len, uint8_t ret_hash[32]) {
    crypto_sha256((const struct crypto_span[]){{&prefix, 1}, {data, len}}, 2, ret_hash);
}

void ballot_tree_root(const uint8_t (*leaves)[32], size_t count, uint8_t ret_root[32]) {
    // The roots of the perfect subtrees that are complete so far, biggest first: one per bit of the number of leaves.
    uint8_t roots[64][32];
    size_t depth = 0;
    for (size_t i = 0; i < count; i++) {
        tree_hash(0, leaves[i], sizeof leaves[i], roots[depth++]);
        for (size_t pairs = i; pairs & 1; pairs >>= 1) {
            tree_hash(1, roots[depth - 2], sizeof roots[0] * 2, roots[depth - 2]);
            depth--;
        }
    }
    for (; depth > 1; depth--)
        tree_hash(1, roots[depth - 2], sizeof roots[0] * 2, roots[depth - 2]);
    if (depth == 1)
        memcpy(ret_root, roots[0], 32);
    else
        crypto_sha256(NULL, 0, ret_root);
}
