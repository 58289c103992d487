#include "client_round.h"

#include "ballot.h"
#include "client/cast_private.h"

enum { HOUR = 3600, DAY = 24 * HOUR, NOW = 1800000000 };

static int setup(void **state) {
    static struct client_round round;
    client_round_setup(&round);
    *state = &round;
    return 0;
}

static int teardown(void **state) {
    client_round_end(*state);
    return 0;
}

// ---------------------------------------------------------------- when

static void whoever_answers_before_the_last_third_has_the_same_window(void **state) {
    (void)state;
    struct cast_schedule s = {.answer_from = NOW, .close = NOW + 12 * DAY};
    for (s.now = NOW - DAY; s.now <= NOW + 8 * DAY - HOUR; s.now += 5 * HOUR)
        for (s.identified_at = 0; s.identified_at <= s.now; s.identified_at += s.now) { // never, or just now
            struct cast_window w = cast_window(&s);
            assert_false(w.is_short);
            assert_int_equal(w.from, NOW + 8 * DAY);
            assert_int_equal(w.until, NOW + 12 * DAY - HOUR);
        }
}

static void who_answers_later_has_what_is_left_an_hour_from_contact(void **state) {
    (void)state;
    struct cast_schedule s = {.now = NOW, .answer_from = NOW - 10 * DAY, .close = NOW + 2 * DAY, .identified_at = NOW};
    struct cast_window w = cast_window(&s);
    assert_int_equal(w.from, NOW + HOUR);
    assert_int_equal(w.until, NOW + 2 * DAY - HOUR);
    s.identified_at = 0;
    assert_int_equal(cast_window(&s).from, NOW);
    s.close = NOW + 2 * HOUR;
    s.identified_at = NOW;
    w = cast_window(&s);
    assert_false(w.is_short);
    assert_int_equal(w.from, NOW + HOUR);
    assert_int_equal(w.until, NOW + HOUR + HOUR / 2);
}

static void under_two_hours_it_says_so(void **state) {
    (void)state;
    struct cast_schedule s = {.now = NOW, .answer_from = NOW - DAY, .close = NOW + HOUR, .identified_at = NOW};
    struct cast_window w = cast_window(&s);
    assert_true(w.is_short);
    assert_int_equal(w.from, NOW);
    assert_int_equal(w.until, NOW + HOUR / 2);
}

static void a_due_time_is_always_before_close(void **state) {
    (void)state;
    for (int64_t left = 1; left < 20 * DAY; left += 997)
        for (int64_t contact = -3 * HOUR; contact < 30 * DAY; contact += 5 * DAY) { // clocks may be set back
            struct cast_schedule s = {
                .now = NOW, .answer_from = NOW - DAY, .close = NOW + left, .identified_at = NOW + contact};
            struct cast_window w = cast_window(&s);
            if (w.from < NOW || w.until < w.from || w.until >= NOW + left)
                fail_msg("left %lld contact %lld: %lld..%lld", (long long)left, (long long)contact,
                         (long long)(w.from - NOW), (long long)(w.until - NOW));
        }
}

static void due_times_are_spread_over_the_window(void **state) {
    (void)state;
    struct cast_window w = {.from = NOW, .until = NOW + DAY};
    unsigned quarter[4] = {0};
    for (int i = 0; i < 400; i++) {
        int64_t due = cast_due(&w, NULL, 0);
        assert_in_range(due, NOW, NOW + DAY);
        quarter[due == w.until ? 3 : (due - NOW) / (DAY / 4)]++;
    }
    for (int i = 0; i < 4; i++)
        assert_true(quarter[i] > 50);
}

static void two_ballots_are_never_due_in_one_minute(void **state) {
    (void)state;
    struct cast_window w = {.from = NOW, .until = NOW + 180};
    const int64_t others[] = {NOW + 30, NOW + 90};
    for (int i = 0; i < 200; i++)
        assert_in_range(cast_due(&w, others, 2), NOW + 150, NOW + 180);
}

// ---------------------------------------------------------------- making

// Opens the queued ballot as the ballot box does.
static Candour__Ballot *open_queued(const struct client_round *r, const Vault__Assignment *assignment) {
    const ProtobufCBinaryData *sealed = &assignment->queued->sealed;
    uint8_t plain[8192], leaf[32], info[CREDENTIAL_INFO_BYTES], y[64];
    assert_int_equal(sealed->len, 8192);
    assert_int_equal(crypto_open(r->manifest.box_key, r->box_secret, sealed->data, sealed->len, plain), 0);
    Candour__Ballot *ballot;
    assert_int_equal(ballot_unpack(plain, 8192, NULL, &ballot, leaf), BALLOT_FINE);
    assert_memory_equal(leaf, assignment->queued->leaf.data, 32);
    credential_info((uint8_t)ballot->group, ballot->round.data, ballot->subject.data, r->round->root.data, info);
    assert_int_equal(credential_evaluate(r->credential_secret, info, sizeof info, ballot->vk.data, 32, y), 0);
    assert_memory_equal(y, ballot->y.data, 64);
    return ballot;
}

static void prepare(struct client_round *r, const Vault__Answers *answers, unsigned how) {
    struct cast_window window;
    if (cast_prepare(r->vault, r->round, r->assignment, answers, how, &window, &r->problem) != 0)
        fail_msg("%s", r->problem.sentence);
}

static void a_prepared_ballot_is_one_that_the_ballot_box_accepts(void **state) {
    struct client_round *r = *state;
    Vault__Answers *answers = client_round_answers(4, 255, 0);
    assert_int_equal(vault_answers_comment(answers, 1, "Well done", 9), 0);
    prepare(r, answers, 0);
    Candour__Ballot *ballot = open_queued(r, r->assignment);
    assert_int_equal(ballot->sequence, 1);
    assert_int_equal(ballot->group, CANDOUR__GROUP__PEER);
    assert_memory_equal(ballot->ratings.data, answers->ratings.data, 3);
    assert_int_equal(ballot->n_comments, 1);
    assert_int_equal(ballot->comments[0]->question, 1);
    assert_memory_equal(ballot->comments[0]->text.data, "Well done", 9);
    candour__ballot__free_unpacked(ballot, NULL);
    VAULT_FORGET(answers);
}

static void the_exact_bytes_are_on_disk_before_anything_is_sent(void **state) {
    struct client_round *r = *state;
    r->assignment->draft = client_round_answers(1, 2, 3);
    prepare(r, r->assignment->draft, 0);
    assert_null(r->assignment->draft);
    uint8_t sealed[8192];
    int64_t due = r->assignment->queued->due;
    memcpy(sealed, r->assignment->queued->sealed.data, sizeof sealed);
    client_round_reopen(r);
    assert_memory_equal(r->assignment->queued->sealed.data, sealed, sizeof sealed);
    assert_int_equal(r->assignment->queued->due, due);
    assert_memory_equal(r->assignment->queued->answers->ratings.data, ((uint8_t[]){1, 2, 3}), 3);
}

static void a_second_ballot_takes_the_next_sequence(void **state) {
    struct client_round *r = *state;
    Vault__Answers *answers = client_round_answers(1, 1, 1);
    prepare(r, answers, 0);
    answers->ratings.data[0] = 5;
    prepare(r, answers, 0);
    Candour__Ballot *ballot = open_queued(r, r->assignment);
    assert_int_equal(ballot->sequence, 2);
    assert_int_equal(ballot->ratings.data[0], 5);
    candour__ballot__free_unpacked(ballot, NULL);
    VAULT_FORGET(answers);
}

static void due_times_follow_the_contact_with_the_desk(void **state) {
    struct client_round *r = *state;
    Vault__Answers *answers = client_round_answers(1, 1, 1);
    vault_data(r->vault)->identified_at = clock_now();
    for (int i = 0; i < 20; i++) {
        prepare(r, answers, 0);
        assert_true(r->assignment->queued->due >= clock_now() + HOUR - 2);
    }
    prepare(r, answers, CAST_NOW);
    assert_true(r->assignment->queued->due <= clock_now());
    assert_true(r->assignment->queued->now);
    VAULT_FORGET(answers);
}

static void taking_back_is_a_ballot_without_ratings(void **state) {
    struct client_round *r = *state;
    struct cast_window window;
    assert_int_equal(cast_withdraw(r->vault, r->round, r->assignment, 0, &window, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_RULE);
    Vault__Answers *answers = client_round_answers(4, 4, 4);
    prepare(r, answers, 0);
    VAULT_FORGET(answers);
    assert_int_equal(cast_withdraw(r->vault, r->round, r->assignment, 0, &window, &r->problem), 0);
    Candour__Ballot *ballot = open_queued(r, r->assignment);
    assert_int_equal(ballot->sequence, 2);
    assert_int_equal(ballot->ratings.len, 3);
    assert_memory_equal(ballot->ratings.data, "\0\0\0", 3);
    assert_int_equal(ballot->n_comments, 0);
    candour__ballot__free_unpacked(ballot, NULL);
}

static void assert_not_prepared(struct client_round *r, enum exit_code code) {
    Vault__Answers *answers = client_round_answers(1, 2, 3);
    struct cast_window window;
    assert_int_equal(cast_prepare(r->vault, r->round, r->assignment, answers, 0, &window, &r->problem), -1);
    assert_int_equal(r->problem.code, code);
    assert_null(r->assignment->queued);
    VAULT_FORGET(answers);
}

static void without_a_credential_nothing_is_made(void **state) {
    struct client_round *r = *state;
    assert_int_equal(vault_set_bytes(&r->assignment->y, NULL, 0), 0);
    r->assignment->has_y = false;
    assert_not_prepared(r, EXIT_RULE);
    assert_non_null(strstr(r->problem.sentence, "candour sign-in"));
}

static void in_a_stopped_round_nothing_is_made(void **state) {
    struct client_round *r = *state;
    assert_int_equal(trust_stop(r->vault, r->round, "it was tried.", &r->problem), -1);
    assert_not_prepared(r, EXIT_FAILED);
}

static void after_close_nothing_is_made(void **state) {
    struct client_round *r = *state;
    client_round_end(r);
    client_round_vault(r);
    client_round_manifest(r);
    r->manifest.close = clock_now();
    client_round_fill(r);
    assert_not_prepared(r, EXIT_RULE);
}

static void begin_late(struct client_round *r) {
    client_round_end(r);
    client_round_vault(r);
    client_round_manifest(r);
    r->manifest.answer_from = r->manifest.collect_from = clock_now() - 2 * DAY;
    r->manifest.close = r->manifest.answer_from + 3 * DAY;
    client_round_fill(r);
}

static void after_the_first_two_thirds_nothing_is_made(void **state) {
    struct client_round *r = *state;
    begin_late(r);
    r->assignment->draft = client_round_answers(1, 2, 3);
    assert_not_prepared(r, EXIT_RULE);
    assert_non_null(strstr(r->problem.sentence, "--late"));
    assert_non_null(r->assignment->draft);
    r->assignment->sequence = 1; // as if something had been given before
    struct cast_window window;
    assert_int_equal(cast_withdraw(r->vault, r->round, r->assignment, CAST_NOW, &window, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_RULE);
    assert_null(r->assignment->queued);
}

static void what_is_given_late_leaves_in_what_is_left(void **state) {
    struct client_round *r = *state;
    begin_late(r);
    Vault__Answers *answers = client_round_answers(1, 2, 3);
    prepare(r, answers, CAST_LATE);
    assert_in_range(r->assignment->queued->due, r->manifest.close - DAY, r->manifest.close - HOUR);
    struct cast_window window;
    assert_int_equal(cast_withdraw(r->vault, r->round, r->assignment, CAST_LATE, &window, &r->problem), 0);
    r->manifest.close = clock_now(); // never after the close
    assert_int_equal(cast_may_prepare(r->round, r->assignment, &r->manifest, CAST_LATE, &r->problem), -1);
    assert_non_null(strstr(r->problem.sentence, "closed"));
    VAULT_FORGET(answers);
}

// ---------------------------------------------------------------- judging

struct judged {
    struct client_round *r;
    Candour__CastReply reply;
    uint8_t receipt[64];
};

static void sign_receipt(struct judged *j) {
    uint8_t text[BALLOT_RECEIPT_TEXT_BYTES];
    ballot_receipt_text(j->r->assignment->vk.data, j->reply.sequence, j->r->assignment->queued->leaf.data, text);
    crypto_sign_message(j->r->receipt_secret, text, sizeof text, j->receipt);
}

// A reply with a genuine receipt for the queued ballot.
static void make_reply(struct client_round *r, struct judged *ret) {
    Vault__Answers *answers = client_round_answers(1, 2, 3);
    prepare(r, answers, 0);
    VAULT_FORGET(answers);
    *ret = (struct judged){.r = r, .reply = CANDOUR__CAST_REPLY__INIT};
    ret->reply.reason = BALLOT_FINE;
    ret->reply.sequence = 1;
    ret->reply.receipt = (ProtobufCBinaryData){64, ret->receipt};
    sign_receipt(ret);
}

static enum cast_verdict judge(const struct judged *j, Candour__Status status) {
    return cast_judge(status, &j->reply, j->r->manifest.receipt_key, j->r->assignment->vk.data,
                      j->r->assignment->queued);
}

static void only_a_genuine_receipt_counts(void **state) {
    struct judged j;
    make_reply(*state, &j);
    assert_int_equal(judge(&j, CANDOUR__STATUS__OK), CAST_STORED);
    j.receipt[5] ^= 1;
    assert_int_equal(judge(&j, CANDOUR__STATUS__OK), CAST_BAD_RECEIPT);
    j.receipt[5] ^= 1;
    j.reply.sequence = 2;
    sign_receipt(&j); // genuine, but for another ballot
    assert_int_equal(judge(&j, CANDOUR__STATUS__OK), CAST_BAD_RECEIPT);
    j.reply.sequence = 1;
    sign_receipt(&j);
    j.r->assignment->queued->leaf.data[0] ^= 1;
    assert_int_equal(judge(&j, CANDOUR__STATUS__OK), CAST_BAD_RECEIPT);
    j.r->assignment->queued->leaf.data[0] ^= 1;
    j.reply.receipt.len = 0;
    assert_int_equal(judge(&j, CANDOUR__STATUS__OK), CAST_BAD_RECEIPT);
}

static void an_old_sequence_is_signed_above(void **state) {
    struct judged j;
    make_reply(*state, &j);
    j.reply.reason = BALLOT_OLD_SEQUENCE;
    j.reply.sequence = 7;
    assert_int_equal(judge(&j, CANDOUR__STATUS__CONFLICT), CAST_SIGN_ABOVE);
    j.reply.sequence = BALLOT_SEQUENCE_NONE;
    assert_int_equal(judge(&j, CANDOUR__STATUS__CONFLICT), CAST_REFUSED);
    j.reply.sequence = BALLOT_SEQUENCE_NONE - 1;
    assert_int_equal(judge(&j, CANDOUR__STATUS__CONFLICT), CAST_REFUSED);
    j.reply.sequence = 0;
    assert_int_equal(judge(&j, CANDOUR__STATUS__CONFLICT), CAST_REFUSED);
}

static void an_unknown_outcome_is_repeated_and_a_refusal_is_not(void **state) {
    struct judged j;
    make_reply(*state, &j);
    j.reply.reason = BALLOT_TRY_AGAIN;
    assert_int_equal(judge(&j, CANDOUR__STATUS__BUSY), CAST_REPEAT);
    assert_int_equal(judge(&j, CANDOUR__STATUS__INTERNAL), CAST_REPEAT);
    j.reply.reason = BALLOT_NOT_OPEN_YET;
    assert_int_equal(judge(&j, CANDOUR__STATUS__REFUSED_BY_RULE), CAST_NOT_YET);
    for (uint32_t reason = BALLOT_CLOSED; reason <= BALLOT_QUOTA_FULL; reason++) {
        j.reply.reason = reason;
        assert_int_equal(judge(&j, CANDOUR__STATUS__REFUSED_BY_RULE), CAST_REFUSED);
        assert_true(strlen(cast_reason_sentence(reason)) > 10);
    }
    assert_non_null(cast_reason_sentence(12345));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_answers_before_the_last_third_has_the_same_window),
        cmocka_unit_test(who_answers_later_has_what_is_left_an_hour_from_contact),
        cmocka_unit_test(under_two_hours_it_says_so),
        cmocka_unit_test(a_due_time_is_always_before_close),
        cmocka_unit_test(due_times_are_spread_over_the_window),
        cmocka_unit_test(two_ballots_are_never_due_in_one_minute),
        TEST(a_prepared_ballot_is_one_that_the_ballot_box_accepts),
        TEST(the_exact_bytes_are_on_disk_before_anything_is_sent),
        TEST(a_second_ballot_takes_the_next_sequence),
        TEST(due_times_follow_the_contact_with_the_desk),
        TEST(taking_back_is_a_ballot_without_ratings),
        TEST(without_a_credential_nothing_is_made),
        TEST(in_a_stopped_round_nothing_is_made),
        TEST(after_close_nothing_is_made),
        TEST(after_the_first_two_thirds_nothing_is_made),
        TEST(what_is_given_late_leaves_in_what_is_left),
        TEST(only_a_genuine_receipt_counts),
        TEST(an_old_sequence_is_signed_above),
        TEST(an_unknown_outcome_is_repeated_and_a_refusal_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
