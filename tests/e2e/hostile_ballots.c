// Ballots that must be refused, each with its own reason, and after each the database holds what it held before.
#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "tests/support/forge.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

enum { HOUR_S = 3600 };

static struct fixture_round here, elsewhere; // two rounds of the same people
static struct person peer, report;
static struct sandbox_state before;

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    // It forges more than that from one address, and looks at the answers, not at when they come.
    sandbox_shell(NULL, 0, "sed -i 's/^\\[daemon\\]$/&\\nballot_failures_max = 0/' \"$CANDOURD_CONF\"");
    sandbox_server("restart");
    fixture_round_make("Elsewhere", &elsewhere);
    fixture_round_make("Here", &here);
    person_ready(0, &here, &peer);    // peer of Ada and Ben, report of Cyn
    person_ready(12, &here, &report); // report of Ada
    return 0;
}

static int end(void **state) {
    person_close(&peer);
    person_close(&report);
    fixture_round_free(&here);
    fixture_round_free(&elsewhere);
    return fixture_end(state);
}

// ---------------------------------------------------------------- dates

static void answering(void) {
    sandbox_clock(here.manifest.answer_from + HOUR_S);
}

static void a_ballot_outside_the_dates_is_refused(void **state) {
    (void)state;
    struct forge f;
    forge_start(&peer, &here, FIXTURE_BEN, &f);
    int64_t last = here.manifest.close + here.manifest.grace_s;
    sandbox_remember(&before);
    sandbox_clock(here.manifest.answer_from - 20);
    assert_int_equal(forge_send(&f, NULL), BALLOT_NOT_OPEN_YET);
    sandbox_clock(last + 1);
    assert_int_equal(forge_send(&f, NULL), BALLOT_CLOSED);
    sandbox_unchanged(&before);
    sandbox_clock(last - 20);
    assert_int_equal(forge_send(&f, NULL), BALLOT_FINE);
    // A repeat of what was stored in time is settled however late it comes; anything new is not.
    sandbox_clock(last + 1);
    assert_int_equal(forge_send(&f, NULL), BALLOT_FINE);
    f.ballot.sequence++;
    assert_int_equal(forge_send(&f, NULL), BALLOT_CLOSED);
    f.ballot.sequence--;
    sandbox_clock(here.manifest.answer_from);
    f.ballot.sequence++;
    assert_int_equal(forge_send(&f, NULL), BALLOT_FINE);
}

// ---------------------------------------------------------------- credentials

static void a_credential_of_another_subject_group_or_round_is_refused(void **state) {
    (void)state;
    struct forge f, other;
    answering();
    sandbox_remember(&before);
    // About Ada, with the credential for Ben, of the same person in the same group.
    forge_start(&peer, &here, FIXTURE_BEN, &f);
    memcpy(f.subject, fixture_subject_id(&here, FIXTURE_ADA), 16);
    f.ballot.ratings.len = FIXTURE_ITEMS;
    assert_int_equal(forge_send(&f, NULL), BALLOT_BAD_CREDENTIAL);
    // About Ada as one of her reports, with a peer's; and the other way round.
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    f.ballot.group = CANDOUR__GROUP__REPORT;
    assert_int_equal(forge_send(&f, NULL), BALLOT_BAD_CREDENTIAL);
    forge_start(&report, &here, FIXTURE_ADA, &f);
    f.ballot.group = CANDOUR__GROUP__PEER;
    assert_int_equal(forge_send(&f, NULL), BALLOT_BAD_CREDENTIAL);
    // The same person's credential of the other round, said to be of this one.
    forge_start(&peer, &elsewhere, FIXTURE_ADA, &other);
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    memcpy(f.vk, other.vk, 32);
    memcpy(f.y, other.y, 64);
    memcpy(f.sign_secret, other.sign_secret, 64);
    assert_int_equal(forge_send(&f, NULL), BALLOT_BAD_CREDENTIAL);
    // Said to be what it is, inside a request for this round.
    other.round = &here;
    memcpy(other.box_key, here.manifest.box_key, 32);
    assert_int_equal(forge_send(&other, NULL), BALLOT_OTHER_ROUND);
    // A name of one's own, with somebody else's credential.
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    crypto_sign_pair(f.ratings, f.vk, f.sign_secret);
    assert_int_equal(forge_send(&f, NULL), BALLOT_BAD_CREDENTIAL);
    sandbox_unchanged(&before);
}

static void flipped_bits_of_credential_and_signature_are_refused(void **state) {
    (void)state;
    struct forge f;
    uint8_t plain[FORGE_PLAIN_BYTES], sealed[FIXTURE_BUCKET];
    struct forge_reply reply;
    answering();
    sandbox_remember(&before);
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    for (unsigned i = 0; i < 64; i++) {
        f.y[i] ^= (uint8_t)(1 << i % 8);
        assert_int_equal(forge_send(&f, &reply), BALLOT_BAD_CREDENTIAL);
        assert_int_equal(reply.status, CANDOUR__STATUS__FORBIDDEN);
        f.y[i] ^= (uint8_t)(1 << i % 8);
        forge_pack(&f, plain);
        forge_sign(&f, plain);
        plain[FORGE_PLAIN_BYTES - 64 + i] ^= (uint8_t)(1 << i % 8);
        forge_seal(&f, plain, sizeof plain, sealed);
        forge_cast(&here, sealed, sizeof sealed, &reply);
        assert_int_equal(reply.reason, BALLOT_BAD_SIGNATURE);
        assert_int_equal(reply.status, CANDOUR__STATUS__FORBIDDEN);
    }
    sandbox_unchanged(&before);
}

// ---------------------------------------------------------------- the box and what is in it

static void cast_unreadable(const uint8_t *sealed, size_t len) {
    struct forge_reply reply;
    forge_cast(&here, sealed, len, &reply);
    assert_int_equal(reply.status, CANDOUR__STATUS__BAD_REQUEST);
    assert_int_equal(reply.reason, BALLOT_UNREADABLE);
    assert_int_equal(reply.sequence, BALLOT_SEQUENCE_NONE);
}

static void a_ballot_one_byte_shorter_or_longer_is_refused(void **state) {
    (void)state;
    struct forge f;
    uint8_t plain[FORGE_PLAIN_BYTES + 1] = {0}, sealed[FIXTURE_BUCKET + 2] = {0};
    answering();
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    forge_pack(&f, plain);
    forge_sign(&f, plain);
    sandbox_remember(&before);
    for (int more = -1; more <= 1; more += 2) {
        forge_seal(&f, plain, FORGE_PLAIN_BYTES, sealed);
        cast_unreadable(sealed, (size_t)(FIXTURE_BUCKET + more));
        forge_seal(&f, plain, (size_t)(FORGE_PLAIN_BYTES + more), sealed);
        cast_unreadable(sealed, (size_t)(FIXTURE_BUCKET + more));
    }
    const size_t buckets[] = {4096, 65536, 4095, 65537};
    static uint8_t zero[65537];
    for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
        cast_unreadable(zero, buckets[i]);
    sandbox_unchanged(&before);
}

static void a_box_that_does_not_open_is_refused(void **state) {
    (void)state;
    struct forge f;
    uint8_t plain[FORGE_PLAIN_BYTES], sealed[FIXTURE_BUCKET];
    answering();
    sandbox_remember(&before);
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    forge_pack(&f, plain);
    forge_sign(&f, plain);
    forge_seal(&f, plain, sizeof plain, sealed);
    for (size_t i = 0; i < FIXTURE_BUCKET; i += FIXTURE_BUCKET / 16 - 1) {
        sealed[i] ^= 1;
        cast_unreadable(sealed, sizeof sealed);
        sealed[i] ^= 1;
    }
    memcpy(f.box_key, elsewhere.manifest.box_key, 32); // another round's box
    assert_int_equal(forge_send(&f, NULL), BALLOT_UNREADABLE);
    sandbox_unchanged(&before);
}

// Signed and sealed properly, but with these bytes of the plaintext changed before.
static void cast_changed(size_t place, uint8_t byte) {
    struct forge f;
    uint8_t plain[FORGE_PLAIN_BYTES], sealed[FIXTURE_BUCKET];
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    forge_pack(&f, plain);
    assert_int_not_equal(plain[place], byte);
    plain[place] = byte;
    forge_sign(&f, plain);
    forge_seal(&f, plain, sizeof plain, sealed);
    cast_unreadable(sealed, sizeof sealed);
}

static void padding_that_is_not_zero_is_refused(void **state) {
    (void)state;
    struct forge f;
    answering();
    sandbox_remember(&before);
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    size_t first = 4 + candour__ballot__get_packed_size(&f.ballot), last = FORGE_PLAIN_BYTES - 64 - 1;
    for (size_t place = first; place <= last; place += 1 + (last - first) / 7)
        cast_changed(place, 1);
    cast_changed(first, 1);
    cast_changed(last, 0x80);
    sandbox_unchanged(&before);
}

static void a_length_that_is_not_the_ballots_is_refused(void **state) {
    (void)state;
    struct forge f;
    answering();
    sandbox_remember(&before);
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    uint8_t low = (uint8_t)candour__ballot__get_packed_size(&f.ballot);
    cast_changed(3, (uint8_t)(low - 1)); // its last byte would be padding
    cast_changed(3, (uint8_t)(low + 1));
    cast_changed(3, 0);
    cast_changed(2, 0x1f);
    cast_changed(0, 0x80);
    cast_changed(0, 0xff);
    sandbox_unchanged(&before);
}

static void a_ballot_that_is_not_canonical_is_refused(void **state) {
    (void)state;
    // Appended to a canonical ballot: the group again, a field that nobody knows, a comment with one.
    static const uint8_t ends[][8] = {{2, 0x18, 3}, {2, 0x78, 1}, {8, 0x42, 6, 0x08, 0, 0x12, 0, 0x78}};
    uint8_t plain[FORGE_PLAIN_BYTES], sealed[FIXTURE_BUCKET];
    struct forge f;
    answering();
    sandbox_remember(&before);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        size_t more = i < 2 ? ends[i][0] : 7;
        forge_start(&peer, &here, FIXTURE_ADA, &f);
        forge_pack(&f, plain);
        size_t len = (size_t)plain[2] << 8 | plain[3];
        memcpy(plain + 4 + len, ends[i] + 1, more);
        plain[3] = (uint8_t)(len + more);
        plain[2] = (uint8_t)((len + more) >> 8);
        forge_sign(&f, plain);
        forge_seal(&f, plain, sizeof plain, sealed);
        cast_unreadable(sealed, sizeof sealed);
    }
    sandbox_unchanged(&before);
}

// ---------------------------------------------------------------- content

#define EXPECT(forge, expected, number)                                                                                \
    do {                                                                                                               \
        struct forge_reply said;                                                                                       \
        assert_int_equal(forge_send(&(forge), &said), expected);                                                       \
        assert_int_equal(said.status, CANDOUR__STATUS__##number);                                                      \
    } while (0)

static void unknown_rounds_subjects_groups_and_sequences_are_refused(void **state) {
    (void)state;
    struct forge f;
    struct fixture_round nowhere = here;
    answering();
    sandbox_remember(&before);
    memset(nowhere.manifest.round, 7, 16);
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    f.round = &nowhere;
    EXPECT(f, BALLOT_UNKNOWN_ROUND, NOT_FOUND);
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    memset(f.subject, 7, 16);
    EXPECT(f, BALLOT_UNKNOWN_SUBJECT, BAD_REQUEST);
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    f.ballot.group = CANDOUR__GROUP__OTHER; // in which nobody is asked about Ada
    EXPECT(f, BALLOT_UNKNOWN_SUBJECT, BAD_REQUEST);
    f.ballot.group = (Candour__Group)6;
    EXPECT(f, BALLOT_UNREADABLE, BAD_REQUEST);
    f.ballot.group = CANDOUR__GROUP__PEER;
    f.ballot.sequence = 0;
    EXPECT(f, BALLOT_UNREADABLE, BAD_REQUEST);
    f.ballot.sequence = BALLOT_SEQUENCE_NONE;
    EXPECT(f, BALLOT_UNREADABLE, BAD_REQUEST);
    sandbox_unchanged(&before);
}

static void ratings_outside_the_scale_or_of_the_wrong_number_are_refused(void **state) {
    (void)state;
    struct forge f;
    answering();
    sandbox_remember(&before);
    forge_start(&peer, &here, FIXTURE_BEN, &f);
    f.ballot.sequence = 10;
    for (unsigned rating = FIXTURE_SCALE + 1; rating < BALLOT_NOT_OBSERVED; rating += rating < 254 ? 31 : 1) {
        f.ratings[rating % FIXTURE_OF_BEN_ITEMS] = (uint8_t)rating;
        EXPECT(f, BALLOT_BAD_RATINGS, BAD_REQUEST);
        f.ratings[rating % FIXTURE_OF_BEN_ITEMS] = 1;
    }
    f.ratings[FIXTURE_OF_BEN_ITEMS - 1] = 254;
    EXPECT(f, BALLOT_BAD_RATINGS, BAD_REQUEST);
    f.ratings[FIXTURE_OF_BEN_ITEMS - 1] = 1;
    const size_t lengths[] = {0, 1, FIXTURE_OF_BEN_ITEMS - 1, FIXTURE_OF_BEN_ITEMS + 1, 200};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        f.ballot.ratings.len = lengths[i];
        EXPECT(f, BALLOT_BAD_RATINGS, BAD_REQUEST);
    }
    sandbox_unchanged(&before);
    f.ballot.ratings.len = FIXTURE_OF_BEN_ITEMS;
    f.ratings[0] = 0;
    f.ratings[1] = FIXTURE_SCALE;
    f.ratings[2] = BALLOT_NOT_OBSERVED;
    EXPECT(f, BALLOT_FINE, OK);
}

static void comments_against_the_rules_are_refused(void **state) {
    (void)state;
    static char long_ascii[2401], accents[2002], wide[2401];
    memset(long_ascii, 'a', sizeof long_ascii);
    for (size_t i = 0; i + 1 < sizeof accents; i += 2)
        memcpy(accents + i, "\xc3\xa9", 2);
    for (size_t i = 0; i + 2 < sizeof wide; i += 3)
        memcpy(wide + i, "\xe2\x82\xac", 3);
    const struct {
        uint32_t question;
        const char *text;
        size_t len;
    } bad[] = {
        {0, long_ascii, 2401},  // bytes
        {0, long_ascii, 1001},  // characters
        {0, accents, 2002},     // 1001 characters
        {0, "a\0b", 3},         // NUL
        {0, "\xff", 1},         // not UTF-8
        {0, "\xc3", 1},         // cut
        {0, "\xed\xa0\x80", 3}, // a surrogate
        {0, "\xc0\x80", 2},     // an overlong NUL
        {0, "\x1b[2J", 4},      // for a terminal
        {0, "\xe2\x80\xae", 3}, // turns the text around
        {0, "", 0},             // empty
        {3, "fourth of three", 15},
        {7, "eighth", 6},
        {UINT32_MAX, "no question", 11},
    };
    struct forge f;
    answering();
    sandbox_remember(&before);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        forge_start(&peer, &here, FIXTURE_ADA, &f);
        forge_comment(&f, bad[i].question, bad[i].text, bad[i].len);
        struct forge_reply reply;
        if (forge_send(&f, &reply) != BALLOT_BAD_COMMENT)
            fail_msg("comment %zu: reason %d", i, (int)reply.reason);
        assert_int_equal(reply.status, CANDOUR__STATUS__BAD_REQUEST);
    }
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    forge_comment(&f, 1, "one", 3);
    forge_comment(&f, 1, "two about the same question", 27);
    EXPECT(f, BALLOT_BAD_COMMENT, BAD_REQUEST);
    sandbox_unchanged(&before);
    forge_start(&peer, &here, FIXTURE_CYN, &f);
    forge_comment(&f, 0, accents, 2000);
    forge_comment(&f, 1, wide, 2400);
    forge_comment(&f, 2, "Line one.\nLine\ttwo.", 19);
    EXPECT(f, BALLOT_FINE, OK);
}

// ---------------------------------------------------------------- sequence and quota

static void a_lower_sequence_is_a_conflict_and_the_same_ballot_is_not(void **state) {
    (void)state;
    struct forge f;
    struct forge_reply reply, again;
    uint8_t frame[FORGE_FRAME_BYTES];
    answering();
    forge_start(&peer, &here, FIXTURE_ADA, &f);
    f.ballot.sequence = 5;
    forge_frame(&f, frame);
    const uint8_t *sealed = frame + FORGE_FRAME_BYTES - FIXTURE_BUCKET;
    forge_cast(&here, sealed, FIXTURE_BUCKET, &reply);
    assert_int_equal(reply.reason, BALLOT_FINE);
    sandbox_remember(&before);
    forge_cast(&here, sealed, FIXTURE_BUCKET, &again);
    assert_memory_equal(&again, &reply, sizeof reply);
    for (f.ballot.sequence = 1; f.ballot.sequence <= 5; f.ballot.sequence++) {
        f.ratings[0] = 1; // other answers, so that 5 is not the same ballot
        assert_int_equal(forge_send(&f, &again), BALLOT_OLD_SEQUENCE);
        assert_int_equal(again.status, CANDOUR__STATUS__CONFLICT);
        assert_int_equal(again.sequence, 5);
    }
    sandbox_unchanged(&before);
    assert_int_equal(f.ballot.sequence, 6);
    assert_int_equal(forge_send(&f, NULL), BALLOT_FINE);
    assert_int_equal(sandbox_number("SELECT count(*) FROM ballot.ballot WHERE sequence = 6"), 1);
}

static void a_full_group_takes_no_further_name(void **state) {
    (void)state;
    struct forge f;
    answering();
    forge_start(&report, &here, FIXTURE_ADA, &f);
    sandbox_sql("UPDATE ballot.quota SET raters = 0 WHERE grp = 4 AND ballots = 0");
    sandbox_remember(&before);
    EXPECT(f, BALLOT_QUOTA_FULL, REFUSED_BY_RULE);
    sandbox_unchanged(&before);
    sandbox_sql("UPDATE ballot.quota SET raters = 1 WHERE grp = 4 AND raters = 0");
    EXPECT(f, BALLOT_FINE, OK);
    f.ballot.sequence++; // one's own is replaced however full it is
    EXPECT(f, BALLOT_FINE, OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ballot_outside_the_dates_is_refused),
        cmocka_unit_test(a_credential_of_another_subject_group_or_round_is_refused),
        cmocka_unit_test(flipped_bits_of_credential_and_signature_are_refused),
        cmocka_unit_test(a_ballot_one_byte_shorter_or_longer_is_refused),
        cmocka_unit_test(a_box_that_does_not_open_is_refused),
        cmocka_unit_test(padding_that_is_not_zero_is_refused),
        cmocka_unit_test(a_length_that_is_not_the_ballots_is_refused),
        cmocka_unit_test(a_ballot_that_is_not_canonical_is_refused),
        cmocka_unit_test(unknown_rounds_subjects_groups_and_sequences_are_refused),
        cmocka_unit_test(ratings_outside_the_scale_or_of_the_wrong_number_are_refused),
        cmocka_unit_test(comments_against_the_rules_are_refused),
        cmocka_unit_test(a_lower_sequence_is_a_conflict_and_the_same_ballot_is_not),
        cmocka_unit_test(a_full_group_takes_no_further_name),
    };
    return cmocka_run_group_tests(tests, start, end);
}
