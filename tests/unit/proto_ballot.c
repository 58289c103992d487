#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "ballot.h"
#include "crypto.h"
#include "hex.h"

enum { BUCKET = 4096, PLAIN = BUCKET - CRYPTO_SEAL_OVERHEAD, ITEMS = 48, SCALE = 5, QUESTIONS = 3 };

static uint8_t round_id[16] = {1}, subject_id[16] = {2}, vk[32], sign_secret[64], y[64] = {3}, ratings[ITEMS];
static Candour__Comment first, second;
static Candour__Comment *comments[] = {&first, &second};

static ProtobufCBinaryData span(void *data, size_t len) {
    return (ProtobufCBinaryData){.data = data, .len = len};
}

static ProtobufCBinaryData text_span(char *text) {
    return span(text, strlen(text));
}

static Candour__Ballot ballot_make(void) {
    Candour__Ballot ballot = CANDOUR__BALLOT__INIT;
    const uint8_t seed[32] = {9};
    crypto_sign_pair(seed, vk, sign_secret);
    for (size_t i = 0; i < ITEMS; i++)
        ratings[i] = (uint8_t)(i % (SCALE + 1));
    ratings[0] = BALLOT_NOT_OBSERVED;
    candour__comment__init(&first);
    candour__comment__init(&second);
    first.text = text_span("Keep listening.");
    second.question = 2;
    second.text = text_span("Caf\xc3\xa9 at nine,\n\xe2\x82\xac 5.");
    ballot.round = span(round_id, 16);
    ballot.subject = span(subject_id, 16);
    ballot.group = CANDOUR__GROUP__PEER;
    ballot.vk = span(vk, 32);
    ballot.y = span(y, 64);
    ballot.sequence = 1;
    ballot.ratings = span(ratings, ITEMS);
    ballot.comments = comments;
    ballot.n_comments = 2;
    return ballot;
}

static enum ballot_reason unpack(const uint8_t *plain, size_t bucket) {
    Candour__Ballot *ballot = NULL;
    uint8_t leaf[32] = {7}, before[32] = {7};
    enum ballot_reason reason = ballot_unpack(plain, bucket, NULL, &ballot, leaf);
    if (reason == BALLOT_FINE) {
        assert_non_null(ballot);
        candour__ballot__free_unpacked(ballot, NULL);
    } else {
        assert_null(ballot);
        assert_memory_equal(leaf, before, 32);
    }
    return reason;
}

static void sign(uint8_t *plain, size_t bucket) {
    uint8_t text[16 + BALLOT_BUCKET_MAX];
    size_t len = bucket - CRYPTO_SEAL_OVERHEAD - 64;
    memcpy(text, "candour-ballot-1", 16);
    memcpy(text + 16, plain, len);
    crypto_sign_message(sign_secret, text, 16 + len, plain + len);
}

// A plaintext around bytes that need not be a ballot, signed as if they were.
static void plain_make(const uint8_t *packed, size_t size, uint8_t ret_plain[PLAIN]) {
    memset(ret_plain, 0, PLAIN);
    ret_plain[2] = (uint8_t)(size >> 8);
    ret_plain[3] = (uint8_t)size;
    memcpy(ret_plain + 4, packed, size);
    sign(ret_plain, BUCKET);
}

static enum ballot_reason unpack_signed(const uint8_t *packed, size_t size) {
    uint8_t plain[PLAIN];
    plain_make(packed, size, plain);
    return unpack(plain, BUCKET);
}

static size_t pack(const Candour__Ballot *ballot, uint8_t ret_packed[PLAIN]) {
    return candour__ballot__pack(ballot, ret_packed);
}

static enum ballot_reason unpack_of(const Candour__Ballot *ballot) {
    uint8_t packed[PLAIN];
    return unpack_signed(packed, pack(ballot, packed));
}

static void packed_ballot_reads_back(void **state) {
    (void)state;
    uint8_t plain[PLAIN], again[PLAIN], leaf[32], read_leaf[32], expected[32];
    Candour__Ballot ballot = ballot_make();
    Candour__Ballot *read;
    assert_int_equal(ballot_pack(&ballot, sign_secret, BUCKET, plain, leaf), 0);
    memset(again, 0xff, sizeof again);
    assert_int_equal(ballot_pack(&ballot, sign_secret, BUCKET, again, leaf), 0);
    assert_memory_equal(plain, again, PLAIN);
    crypto_sha256(&(struct crypto_span){plain, PLAIN}, 1, expected);
    assert_memory_equal(leaf, expected, 32);

    assert_int_equal(ballot_unpack(plain, BUCKET, NULL, &read, read_leaf), BALLOT_FINE);
    assert_memory_equal(read_leaf, leaf, 32);
    assert_memory_equal(read->round.data, round_id, 16);
    assert_memory_equal(read->subject.data, subject_id, 16);
    assert_int_equal(read->group, CANDOUR__GROUP__PEER);
    assert_memory_equal(read->vk.data, vk, 32);
    assert_memory_equal(read->y.data, y, 64);
    assert_int_equal(read->sequence, 1);
    assert_int_equal(read->ratings.len, ITEMS);
    assert_memory_equal(read->ratings.data, ratings, ITEMS);
    assert_int_equal(read->n_comments, 2);
    assert_int_equal(read->comments[1]->question, 2);
    assert_memory_equal(read->comments[1]->text.data, second.text.data, second.text.len);
    candour__ballot__free_unpacked(read, NULL);
}

static void ballot_without_answers_reads_back(void **state) {
    (void)state;
    Candour__Ballot ballot = ballot_make();
    ballot.ratings.len = 0;
    ballot.n_comments = 0;
    assert_int_equal(unpack_of(&ballot), BALLOT_FINE);
}

static void sealed_ballot_has_the_size_of_the_bucket(void **state) {
    (void)state;
    static uint8_t plain[BALLOT_BUCKET_MAX], sealed[BALLOT_BUCKET_MAX], opened[BALLOT_BUCKET_MAX];
    static const size_t buckets[] = {BALLOT_BUCKET_MIN, 8192, BALLOT_BUCKET_MAX};
    uint8_t public_key[32], secret[32], leaf[32];
    Candour__Ballot ballot = ballot_make();
    crypto_box_pair(public_key, secret);
    for (size_t i = 0; i < ARRAY_LEN(buckets); i++) {
        size_t len = buckets[i] - CRYPTO_SEAL_OVERHEAD;
        assert_int_equal(ballot_pack(&ballot, sign_secret, buckets[i], plain, leaf), 0);
        assert_int_equal(crypto_seal(public_key, plain, len, sealed), 0);
        assert_int_equal(crypto_open(public_key, secret, sealed, buckets[i], opened), 0);
        assert_int_equal(unpack(opened, buckets[i]), BALLOT_FINE);
    }
}

static void largest_ballot_is_as_large_as_foretold(void **state) {
    (void)state;
    static uint8_t many[BALLOT_ITEMS_MAX], plain[BALLOT_BUCKET_MAX], leaf[32];
    static uint8_t text[BALLOT_COMMENT_BYTES_MAX];
    Candour__Ballot ballot = ballot_make();
    Candour__Comment full[BALLOT_QUESTIONS_MAX], *all[BALLOT_QUESTIONS_MAX];
    memset(text, 'a', sizeof text);
    for (uint32_t i = 0; i < BALLOT_QUESTIONS_MAX; i++) {
        candour__comment__init(&full[i]);
        full[i].question = i;
        full[i].text = span(text, sizeof text);
        all[i] = &full[i];
    }
    ballot.sequence = 0xfffffffe;
    ballot.ratings = span(many, BALLOT_ITEMS_MAX);
    ballot.comments = all;
    for (size_t n = 0; n <= BALLOT_QUESTIONS_MAX; n++) {
        ballot.n_comments = n;
        assert_int_equal(ballot_size_max(BALLOT_ITEMS_MAX, n), candour__ballot__get_packed_size(&ballot));
    }
    assert_int_equal(ballot_room(8192), 8192 - 48 - 4 - 64);
    // 48 items and three full answers fit the usual bucket.
    assert_true(ballot_size_max(48, 3) <= ballot_room(8192));
    assert_false(ballot_size_max(48, 4) <= ballot_room(8192));
    assert_int_equal(ballot_pack(&ballot, sign_secret, 8192, plain, leaf), -1);
    assert_int_equal(ballot_pack(&ballot, sign_secret, 32768, plain, leaf), 0);
}

static void ballot_fills_its_bucket_to_the_last_byte(void **state) {
    (void)state;
    static uint8_t plain[PLAIN + 1], text[BUCKET];
    uint8_t leaf[32];
    Candour__Ballot ballot = ballot_make();
    memset(text, 'a', sizeof text);
    second.text = span(text, 2000); // a text whose length has two bytes, so that one more letter is one more byte
    second.text.len += ballot_room(BUCKET) - candour__ballot__get_packed_size(&ballot);
    assert_int_equal(candour__ballot__get_packed_size(&ballot), ballot_room(BUCKET));
    assert_int_equal(ballot_pack(&ballot, sign_secret, BUCKET, plain, leaf), 0);
    assert_int_equal(unpack(plain, BUCKET), BALLOT_FINE);
    second.text.len++;
    memset(plain, 7, sizeof plain);
    assert_int_equal(ballot_pack(&ballot, sign_secret, BUCKET, plain, leaf), -1);
    for (size_t i = 0; i < sizeof plain; i++)
        assert_int_equal(plain[i], 7);
}

static void impossible_buckets_hold_nothing(void **state) {
    (void)state;
    static const size_t buckets[] = {0, 47, 115, BALLOT_BUCKET_MIN - 1, BALLOT_BUCKET_MAX + 1};
    uint8_t plain[PLAIN], leaf[32];
    Candour__Ballot ballot = ballot_make();
    for (size_t i = 0; i < ARRAY_LEN(buckets); i++) {
        assert_int_equal(ballot_room(buckets[i]), 0);
        assert_int_equal(ballot_pack(&ballot, sign_secret, buckets[i], plain, leaf), -1);
        assert_int_equal(unpack(plain, buckets[i]), BALLOT_UNREADABLE);
    }
}

static void length_one_off_is_refused(void **state) {
    (void)state;
    uint8_t plain[PLAIN], packed[PLAIN];
    Candour__Ballot ballot = ballot_make();
    size_t size = pack(&ballot, packed);
    assert_int_equal(unpack_signed(packed, size), BALLOT_FINE);
    assert_int_equal(unpack_signed(packed, size - 1), BALLOT_UNREADABLE);
    assert_int_equal(unpack_signed(packed, size + 1), BALLOT_UNREADABLE);
    // The whole ballot is there, and its length says one less or more.
    for (int off = -1; off <= 1; off++) {
        plain_make(packed, size, plain);
        plain[3] = (uint8_t)(plain[3] + off);
        sign(plain, BUCKET);
        assert_int_equal(unpack(plain, BUCKET), off == 0 ? BALLOT_FINE : BALLOT_UNREADABLE);
    }
    assert_int_equal(unpack_signed(packed, 0), BALLOT_UNREADABLE);
    static const uint8_t lengths[][4] = {
        {0xff, 0xff, 0xff, 0xff}, {0x80, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, (PLAIN - 67) >> 8, (PLAIN - 67) & 0xff}};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        plain_make(packed, size, plain);
        memcpy(plain, lengths[i], 4);
        sign(plain, BUCKET);
        assert_int_equal(unpack(plain, BUCKET), BALLOT_UNREADABLE);
    }
}

static void length_into_the_signature_is_refused(void **state) {
    (void)state;
    // A ballot one byte too long, the last byte of which happens to be the first one of the signature.
    static uint8_t text[BUCKET], packed[2 * BUCKET], plain[PLAIN + 1];
    Candour__Ballot ballot = ballot_make();
    memset(text, 'a', sizeof text);
    second.text = span(text, 2000);
    second.text.len += ballot_room(BUCKET) + 1 - candour__ballot__get_packed_size(&ballot);
    assert_int_equal(candour__ballot__get_packed_size(&ballot), ballot_room(BUCKET) + 1);
    do {
        ballot.sequence++;
        assert_true(ballot.sequence < 100000);
        candour__ballot__pack(&ballot, packed);
        plain_make(packed, ballot_room(BUCKET) + 1, plain);
    } while (plain[PLAIN - 64] != 'a');
    assert_int_equal(unpack(plain, BUCKET), BALLOT_UNREADABLE);
}

static void padding_must_be_zero_everywhere(void **state) {
    (void)state;
    uint8_t plain[PLAIN], packed[PLAIN];
    Candour__Ballot ballot = ballot_make();
    size_t size = pack(&ballot, packed);
    for (size_t at = 4 + size; at < PLAIN - 64; at++) {
        plain_make(packed, size, plain);
        plain[at] = 1;
        if (at % 64 == 0 || at == 4 + size || at == PLAIN - 65)
            sign(plain, BUCKET); // refused for the padding, however well signed
        assert_int_equal(unpack(plain, BUCKET), BALLOT_UNREADABLE);
    }
}

static void every_flipped_byte_is_refused(void **state) {
    (void)state;
    uint8_t plain[PLAIN], leaf[32];
    Candour__Ballot ballot = ballot_make();
    assert_int_equal(ballot_pack(&ballot, sign_secret, BUCKET, plain, leaf), 0);
    for (size_t i = 0; i < PLAIN; i++) {
        uint8_t mask = (uint8_t)(1u << i % 8);
        plain[i] ^= mask;
        enum ballot_reason reason = unpack(plain, BUCKET);
        assert_true(reason == BALLOT_BAD_SIGNATURE || reason == BALLOT_UNREADABLE);
        if (i >= PLAIN - 64)
            assert_int_equal(reason, BALLOT_BAD_SIGNATURE);
        plain[i] ^= mask;
    }
    for (size_t bit = 0; bit < 512; bit++) {
        uint8_t *at = &plain[PLAIN - 64 + bit / 8];
        *at ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(unpack(plain, BUCKET), BALLOT_BAD_SIGNATURE);
        *at ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(unpack(plain, BUCKET), BALLOT_FINE);
}

static void signature_is_by_the_name_in_the_ballot_and_for_ballots(void **state) {
    (void)state;
    uint8_t plain[PLAIN], leaf[32], other_vk[32], other_secret[64];
    const uint8_t seed[32] = {10};
    Candour__Ballot ballot = ballot_make();
    crypto_sign_pair(seed, other_vk, other_secret);
    assert_int_equal(ballot_pack(&ballot, other_secret, BUCKET, plain, leaf), 0);
    assert_int_equal(unpack(plain, BUCKET), BALLOT_BAD_SIGNATURE);
    // Without the name in front, a signature made for something else could serve.
    crypto_sign_message(sign_secret, plain, PLAIN - 64, plain + PLAIN - 64);
    assert_int_equal(unpack(plain, BUCKET), BALLOT_BAD_SIGNATURE);
}

static void unknown_fields_are_refused(void **state) {
    (void)state;
    static const uint8_t unknown[] = {0x78, 0x01}; // field 15, varint 1
    uint8_t packed[PLAIN];
    Candour__Ballot ballot = ballot_make();
    size_t size = pack(&ballot, packed);
    memcpy(packed + size, unknown, sizeof unknown);
    assert_int_equal(unpack_signed(packed, size + sizeof unknown), BALLOT_UNREADABLE);
    // And inside a comment: {question 0, text "a", field 15}.
    static const uint8_t comment[] = {0x42, 7, 0x08, 0, 0x12, 1, 'a', 0x78, 0x01};
    ballot.n_comments = 0;
    size = pack(&ballot, packed);
    memcpy(packed + size, comment, sizeof comment);
    assert_int_equal(unpack_signed(packed, size + sizeof comment), BALLOT_UNREADABLE);
    packed[size + 1] = 5;
    assert_int_equal(unpack_signed(packed, size + sizeof comment - 2), BALLOT_FINE);
}

static void other_packings_of_the_same_ballot_are_refused(void **state) {
    (void)state;
    uint8_t packed[PLAIN], other[PLAIN];
    Candour__Ballot ballot = ballot_make();
    ballot.n_comments = 0;
    size_t size = pack(&ballot, packed);
    // A field said twice: group again, the last one counts.
    memcpy(other, packed, size);
    memcpy(other + size, (uint8_t[]){0x18, CANDOUR__GROUP__PEER}, 2);
    assert_int_equal(unpack_signed(other, size + 2), BALLOT_UNREADABLE);
    // Round (18 bytes with tag and length) after everything else.
    memcpy(other, packed + 18, size - 18);
    memcpy(other + size - 18, packed, 18);
    assert_int_equal(unpack_signed(other, size), BALLOT_UNREADABLE);
    // Group (after round and subject) as a varint that is longer than needed.
    assert_int_equal(packed[36], 0x18);
    memcpy(other, packed, 37);
    memcpy(other + 37, (uint8_t[]){0x80 | CANDOUR__GROUP__PEER, 0}, 2);
    memcpy(other + 39, packed + 38, size - 38);
    assert_int_equal(unpack_signed(other, size + 1), BALLOT_UNREADABLE);
    // A tag that is longer than needed, on the first field.
    memcpy(other, (uint8_t[]){0x8a, 0}, 2);
    memcpy(other + 2, packed + 1, size - 1);
    assert_int_equal(unpack_signed(other, size + 1), BALLOT_UNREADABLE);
    // Comments before ratings.
    size_t ratings_size = 2 + ITEMS;
    static const uint8_t comment[] = {0x42, 5, 0x08, 0, 0x12, 1, 'a'};
    memcpy(other, packed, size - ratings_size);
    memcpy(other + size - ratings_size, comment, sizeof comment);
    memcpy(other + size - ratings_size + sizeof comment, packed + size - ratings_size, ratings_size);
    assert_int_equal(unpack_signed(other, size + sizeof comment), BALLOT_UNREADABLE);
    // A comment with its fields in the other order.
    static const uint8_t turned[] = {0x42, 5, 0x12, 1, 'a', 0x08, 0};
    memcpy(other, packed, size);
    memcpy(other + size, turned, sizeof turned);
    assert_int_equal(unpack_signed(other, size + sizeof turned), BALLOT_UNREADABLE);
}

static void missing_fields_are_refused(void **state) {
    (void)state;
    // round, subject, group, vk, y, sequence, ratings, in this order
    static const size_t sizes[] = {18, 18, 2, 34, 66, 5, 2 + ITEMS};
    uint8_t packed[PLAIN], other[PLAIN];
    Candour__Ballot ballot = ballot_make();
    ballot.n_comments = 0;
    size_t size = pack(&ballot, packed), at = 0;
    for (size_t i = 0; i < ARRAY_LEN(sizes); at += sizes[i++]) {
        memcpy(other, packed, at);
        memcpy(other + at, packed + at + sizes[i], size - at - sizes[i]);
        assert_int_equal(unpack_signed(other, size - sizes[i]), BALLOT_UNREADABLE);
    }
    assert_int_equal(at, size);
}

static void wrong_field_lengths_and_ranges_are_refused(void **state) {
    (void)state;
    static uint8_t many[BALLOT_ITEMS_MAX + 1];
    uint8_t plain[PLAIN], leaf[32];
    const Candour__Ballot fine = ballot_make();
    Candour__Ballot wrong[15];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        wrong[i] = fine;
    wrong[n++].round.len = 15;
    wrong[n++].round = span(y, 17);
    wrong[n++].subject.len = 15;
    wrong[n++].subject = span(y, 17);
    wrong[n++].vk.len = 31;
    wrong[n++].vk = span(y, 33);
    wrong[n++].y.len = 63;
    wrong[n++].y = span(ratings, 0);
    wrong[n++].ratings = span(many, BALLOT_ITEMS_MAX + 1);
    wrong[n++].group = (Candour__Group)0;
    wrong[n++].group = (Candour__Group)6;
    wrong[n++].group = (Candour__Group)(256 + CANDOUR__GROUP__PEER);
    wrong[n++].sequence = 0;
    wrong[n++].sequence = BALLOT_SEQUENCE_NONE;
    Candour__Comment *nine[BALLOT_QUESTIONS_MAX + 1];
    for (size_t i = 0; i < ARRAY_LEN(nine); i++)
        nine[i] = &first;
    wrong[n].comments = nine;
    wrong[n++].n_comments = ARRAY_LEN(nine);
    assert_int_equal(n, ARRAY_LEN(wrong));
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(unpack_of(&wrong[i]), BALLOT_UNREADABLE);
        assert_int_equal(ballot_pack(&wrong[i], sign_secret, BUCKET, plain, leaf), -1);
    }
    assert_int_equal(unpack_of(&fine), BALLOT_FINE);
}

// An allocator with little memory, as a request has.
struct purse {
    ProtobufCAllocator base;
    size_t left;
};

static void *purse_take(void *data, size_t size) {
    struct purse *purse = data;
    if (size > purse->left)
        return NULL;
    purse->left -= size;
    return malloc(size);
}

static void purse_give(void *data, void *pointer) {
    (void)data;
    free(pointer);
}

static void running_out_of_memory_is_survived(void **state) {
    (void)state;
    uint8_t plain[PLAIN], leaf[32];
    Candour__Ballot ballot = ballot_make(), *read = NULL;
    assert_int_equal(ballot_pack(&ballot, sign_secret, BUCKET, plain, leaf), 0);
    bool was_fine = false;
    for (size_t left = 0; left < 2000 && !was_fine; left += 8) {
        struct purse purse = {{purse_take, purse_give, NULL}, left};
        purse.base.allocator_data = &purse;
        was_fine = ballot_unpack(plain, BUCKET, &purse.base, &read, leaf) == BALLOT_FINE;
        if (was_fine)
            candour__ballot__free_unpacked(read, &purse.base);
        assert_true(was_fine || !read);
    }
    assert_true(was_fine);
}

static enum ballot_reason check(const Candour__Ballot *ballot) {
    return ballot_check_answers(ballot, ITEMS, SCALE, QUESTIONS);
}

static void answers_within_the_questionnaire_are_fine(void **state) {
    (void)state;
    Candour__Ballot ballot = ballot_make();
    assert_int_equal(check(&ballot), BALLOT_FINE);
    memset(ratings, 0, ITEMS);
    ballot.n_comments = 0;
    assert_int_equal(check(&ballot), BALLOT_FINE);
}

static void ratings_out_of_scale_or_number_are_refused(void **state) {
    (void)state;
    Candour__Ballot ballot = ballot_make();
    for (unsigned value = 0; value < 256; value++) {
        ratings[ITEMS - 1] = (uint8_t)value;
        assert_int_equal(check(&ballot), value <= SCALE || value == 255 ? BALLOT_FINE : BALLOT_BAD_RATINGS);
    }
    ratings[ITEMS - 1] = 0;
    ballot.ratings.len = ITEMS - 1;
    assert_int_equal(check(&ballot), BALLOT_BAD_RATINGS);
    ballot.ratings = span(y, ITEMS + 1);
    assert_int_equal(check(&ballot), BALLOT_BAD_RATINGS);
    ballot.ratings.len = 0;
    assert_int_equal(check(&ballot), BALLOT_BAD_RATINGS);
    assert_int_equal(ballot_check_answers(&ballot, 0, SCALE, QUESTIONS), BALLOT_FINE);
}

static void comments_of_unknown_or_repeated_questions_are_refused(void **state) {
    (void)state;
    Candour__Ballot ballot = ballot_make();
    second.question = QUESTIONS;
    assert_int_equal(check(&ballot), BALLOT_BAD_COMMENT);
    second.question = 0xffffffff;
    assert_int_equal(check(&ballot), BALLOT_BAD_COMMENT);
    second.question = 0;
    assert_int_equal(check(&ballot), BALLOT_BAD_COMMENT);
    second.question = 1;
    assert_int_equal(check(&ballot), BALLOT_FINE);
    first.question = 2; // their order is free
    assert_int_equal(check(&ballot), BALLOT_FINE);
    assert_int_equal(ballot_check_answers(&ballot, ITEMS, SCALE, 0), BALLOT_BAD_COMMENT);
}

static void comments_that_are_no_text_are_refused(void **state) {
    (void)state;
    static char *const bad[] = {"\xff",         "\xc3", "\xc0\xaf", "\xed\xa0\x80", "a\x1b[31m", "\xf4\x90\x80\x80",
                                "\xe2\x80\xae", "\x7f"};
    Candour__Ballot ballot = ballot_make();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        second.text = text_span(bad[i]);
        assert_int_equal(check(&ballot), BALLOT_BAD_COMMENT);
    }
    second.text = span("a\0b", 3);
    assert_int_equal(check(&ballot), BALLOT_BAD_COMMENT);
    second.text = span("", 0);
    assert_int_equal(check(&ballot), BALLOT_BAD_COMMENT);
}

static void comments_that_are_too_long_are_refused(void **state) {
    (void)state;
    static char text[4 * BALLOT_COMMENT_POINTS_MAX];
    Candour__Ballot ballot = ballot_make();
    memset(text, 'a', sizeof text);
    second.text = span(text, BALLOT_COMMENT_POINTS_MAX);
    assert_int_equal(check(&ballot), BALLOT_FINE);
    second.text.len++; // 1,001 code points in 1,001 bytes
    assert_int_equal(check(&ballot), BALLOT_BAD_COMMENT);
    for (size_t i = 0; i + 3 <= sizeof text; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    second.text.len = BALLOT_COMMENT_BYTES_MAX; // 800 code points
    assert_int_equal(check(&ballot), BALLOT_FINE);
    second.text.len += 3; // 801 code points in 2,403 bytes
    assert_int_equal(check(&ballot), BALLOT_BAD_COMMENT);
}

static void receipt_names_ballot_sequence_and_content(void **state) {
    (void)state;
    uint8_t name[32], leaf[32], text[BALLOT_RECEIPT_TEXT_BYTES];
    memset(name, 0xaa, 32);
    memset(leaf, 0xbb, 32);
    ballot_receipt_text(name, 0x01020304, leaf, text);
    assert_hex(text, "63616e646f75722d726563656970742d31"
                     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                     "01020304"
                     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
}

static void tree_root_is_that_of_rfc_9162(void **state) {
    (void)state;
    // Computed apart from this code from the recursive definition of section 2.1.1, over leaves of 32 equal bytes.
    static const struct {
        size_t count;
        const char *root;
    } trees[] = {
        {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {1, "7f9c9e31ac8256ca2f258583df262dbc7d6f68f2a03043d5c99a4ae5a7396ce9"},
        {2, "28fb81e496897e0ce886f08602392e9239b65c659041e5202163e58ad898f444"},
        {3, "ba8d94b7fbcecae7b81c4c80574fe24734a6917bf9c1ecd66ff3e0c34ead4620"},
        {4, "fdea52008cdae79fa8bf806261959e23f5e11681646a2fa2bc9b5e56b32030a2"},
        {5, "85e20cac1f02fda7bcdb2fc3f908568c57018c77815f1fa361acad13994f08bf"},
        {6, "380272ed524daf3398067faf4717782ba90805d4823ea6e1e594668c9fd40bba"},
        {7, "7318881c41fce3c1de3640df8e8c110c93f43f686b74204a9d1ad5b8c71c2047"},
        {8, "f907f23f76aa01b755a614d31ef9832909f44638b4590073301e61e6d01f9a1d"},
        {100, "3e9a4e174ad846030b2bbaadcc6f51540fd556b27b8af9a6119af6719b7d425f"},
    };
    uint8_t leaves[100][32], root[32];
    for (size_t i = 0; i < ARRAY_LEN(leaves); i++)
        memset(leaves[i], (int)i, 32);
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        ballot_tree_root((const uint8_t(*)[32])leaves, trees[i].count, root);
        assert_hex(root, trees[i].root);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_ballot_reads_back),
        cmocka_unit_test(ballot_without_answers_reads_back),
        cmocka_unit_test(sealed_ballot_has_the_size_of_the_bucket),
        cmocka_unit_test(largest_ballot_is_as_large_as_foretold),
        cmocka_unit_test(ballot_fills_its_bucket_to_the_last_byte),
        cmocka_unit_test(impossible_buckets_hold_nothing),
        cmocka_unit_test(length_one_off_is_refused),
        cmocka_unit_test(length_into_the_signature_is_refused),
        cmocka_unit_test(padding_must_be_zero_everywhere),
        cmocka_unit_test(every_flipped_byte_is_refused),
        cmocka_unit_test(signature_is_by_the_name_in_the_ballot_and_for_ballots),
        cmocka_unit_test(unknown_fields_are_refused),
        cmocka_unit_test(other_packings_of_the_same_ballot_are_refused),
        cmocka_unit_test(missing_fields_are_refused),
        cmocka_unit_test(wrong_field_lengths_and_ranges_are_refused),
        cmocka_unit_test(running_out_of_memory_is_survived),
        cmocka_unit_test(answers_within_the_questionnaire_are_fine),
        cmocka_unit_test(ratings_out_of_scale_or_number_are_refused),
        cmocka_unit_test(comments_of_unknown_or_repeated_questions_are_refused),
        cmocka_unit_test(comments_that_are_no_text_are_refused),
        cmocka_unit_test(comments_that_are_too_long_are_refused),
        cmocka_unit_test(receipt_names_ballot_sequence_and_content),
        cmocka_unit_test(tree_root_is_that_of_rfc_9162),
    };
    if (crypto_start() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
