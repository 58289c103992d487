#include "client_round.h"

#include "ballot.h"
#include "client/ask.h"

static struct questionnaire questions;
static char shown[65536];
static unsigned saves;

static int start(void **state) {
    (void)state;
    return questionnaire_read(client_round_questions, sizeof client_round_questions - 1, &questions);
}

static int end(void **state) {
    (void)state;
    questionnaire_free(&questions);
    return 0;
}

static int count_save(void *context) {
    (void)context;
    saves++;
    return 0;
}

// Types the lines of typed into the dialogue.
static enum ask_result type_in(Vault__Answers *answers, const char *typed) {
    memset(shown, 0, sizeof shown);
    saves = 0;
    FILE *in = fmemopen((void *)(uintptr_t)typed, strlen(typed), "r"), *out = fmemopen(shown, sizeof shown, "w");
    assert_non_null(in);
    assert_non_null(out);
    const struct ask ask = {.in = in, .out = out, .questionnaire = &questions, .subject_name = "Ann Lee"};
    enum ask_result result = ask_questions(&ask, answers, count_save, NULL);
    fclose(in);
    fclose(out);
    return result;
}

static void assert_ratings(Vault__Answers *answers, uint8_t first, uint8_t second, uint8_t third) {
    assert_memory_equal(answers->ratings.data, ((uint8_t[]){first, second, third}), 3);
}

static void assert_comment(const Vault__Answers *answers, unsigned question, const char *text) {
    const Vault__Comment *comment = vault_answers_find(answers, question);
    if (text == NULL) {
        assert_null(comment);
        return;
    }
    assert_non_null(comment);
    assert_int_equal(comment->text.len, strlen(text));
    assert_memory_equal(comment->text.data, text, strlen(text));
}

static void every_question_is_asked_and_confirmed(void **state) {
    (void)state;
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, "4\n5\n1\nGoes on well.\nEvery day.\n.\n\ny\n"), ASK_SEND);
    assert_ratings(answers, 4, 5, 1);
    assert_comment(answers, 0, "Goes on well.\nEvery day.");
    assert_comment(answers, 1, NULL);
    assert_non_null(strstr(shown, "Looks ahead"));
    assert_non_null(strstr(shown, "Sees far."));
    assert_non_null(strstr(shown, "5  Always"));
    assert_non_null(strstr(shown, "What to keep doing?"));
    assert_non_null(strstr(shown, "Rated: 3 of 3"));
    assert_true(saves >= 5);
    VAULT_FORGET(answers);
}

static void zero_means_not_seen_and_enter_skips(void **state) {
    (void)state;
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, "0\n\n3\n\n\ny\n"), ASK_SEND);
    assert_ratings(answers, BALLOT_NOT_OBSERVED, 0, 3);
    VAULT_FORGET(answers);
}

static void b_goes_back_and_minus_clears(void **state) {
    (void)state;
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, "4\nb\n2\n3\nb\n-\n5\n\n\ny\n"), ASK_SEND);
    assert_ratings(answers, 2, 0, 5);
    VAULT_FORGET(answers);
}

static void q_keeps_the_draft_and_the_place(void **state) {
    (void)state;
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, "4\n3\nq\n"), ASK_QUIT);
    assert_ratings(answers, 4, 3, 0);
    assert_int_equal(answers->position, 2);
    assert_int_equal(type_in(answers, "5\n\n\ny\n"), ASK_SEND);
    assert_ratings(answers, 4, 3, 5);
    assert_null(strstr(shown, "Question 1 of"));
    VAULT_FORGET(answers);
}

static void the_end_of_input_is_a_draft_and_never_sent(void **state) {
    (void)state;
    const char *const typed[] = {"4\n", "4\n3\n2\n", "4\n3\n2\nhalf a comm", "4\n3\n2\n\n\n"};
    for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
        Vault__Answers *answers = vault_answers_new(3);
        assert_int_equal(type_in(answers, typed[i]), ASK_QUIT);
        assert_int_equal(answers->ratings.data[0], 4);
        assert_comment(answers, 0, NULL);
        VAULT_FORGET(answers);
    }
}

static void a_wrong_key_is_asked_again(void **state) {
    (void)state;
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, "6\nfour\n-1\n4x\n255\n2\n2\n2\n\n\nmaybe\ny\n"), ASK_SEND);
    assert_ratings(answers, 2, 2, 2);
    VAULT_FORGET(answers);
}

static void the_review_leads_to_one_question_and_back(void **state) {
    (void)state;
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, "1\n1\n1\n\n\n2\n5\n4\nMore of it\n.\ny\n"), ASK_SEND);
    assert_ratings(answers, 1, 5, 1);
    assert_comment(answers, 0, "More of it");
    VAULT_FORGET(answers);
}

static void s_shows_the_summary_at_once(void **state) {
    (void)state;
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, "1\ns\ny\n"), ASK_SEND);
    assert_ratings(answers, 1, 0, 0);
    assert_non_null(strstr(shown, "Rated: 1 of 3"));
    VAULT_FORGET(answers);
}

static void a_telling_comment_is_warned_of_and_may_be_written_again(void **state) {
    (void)state;
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, "1\n1\n1\nAs your only deputy I say:\n.\n\nBetter so\n.\n\ny\n"), ASK_SEND);
    assert_comment(answers, 0, "Better so");
    assert_non_null(strstr(shown, "may say who you are"));
    VAULT_FORGET(answers);
    answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, "1\n1\n1\nAs your only deputy I say:\n.\ny\n\ny\n"), ASK_SEND);
    assert_comment(answers, 0, "As your only deputy I say:");
    VAULT_FORGET(answers);
}

static void a_comment_that_is_too_long_is_written_again(void **state) {
    (void)state;
    char typed[3000] = "1\n1\n1\n";
    size_t used = strlen(typed);
    memset(typed + used, 'x', 1001);
    strcpy(typed + used + 1001, "\n.\nshorter\n.\n\ny\n");
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, typed), ASK_SEND);
    assert_comment(answers, 0, "shorter");
    VAULT_FORGET(answers);
}

static void empty_lines_inside_a_comment_stay(void **state) {
    (void)state;
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(type_in(answers, "1\n1\n1\none\n\ntwo\n\n.\n\ny\n"), ASK_SEND);
    assert_comment(answers, 0, "one\n\ntwo");
    VAULT_FORGET(answers);
}

static unsigned hints(const char *text) {
    return ask_hints(text, strlen(text), "Ann Ó Lee");
}

static void hints_find_what_gives_away(void **state) {
    (void)state;
    assert_int_equal(hints("write to me at sam@example.org please"), ASK_HINT_EMAIL);
    assert_int_equal(hints("ANN was late"), ASK_HINT_NAME);
    assert_int_equal(hints("thanks, Lee."), ASK_HINT_NAME);
    assert_int_equal(hints("on 3 March it rained"), ASK_HINT_DATE);
    assert_int_equal(hints("in March 2026"), ASK_HINT_DATE);
    assert_int_equal(hints("on 3/4/26"), ASK_HINT_DATE);
    assert_int_equal(hints("since 2026-03-01"), ASK_HINT_DATE);
    assert_int_equal(hints("back in 2019"), ASK_HINT_DATE);
    assert_int_equal(hints("I was the only engineer"), ASK_HINT_ONLY);
    assert_int_equal(hints("as your only deputy"), ASK_HINT_ONLY);
    for (unsigned hint = ASK_HINT_EMAIL; hint <= ASK_HINT_ONLY; hint <<= 1)
        assert_true(strlen(ask_hint_sentence((enum ask_hint)hint)) > 10);
}

static void hints_leave_plain_comments_alone(void **state) {
    (void)state;
    assert_int_equal(hints("Plan 3 or 4 things at a time, annually; march on. It may take 20 minutes."), 0);
    assert_int_equal(hints("Leeds is fine @ noon, and 3.5 is a good figure. You only listen."), 0);
}

// ---------------------------------------------------------------- preface

static const char *preface(struct client_round *r) {
    memset(shown, 0, sizeof shown);
    FILE *out = fmemopen(shown, sizeof shown, "w");
    assert_non_null(out);
    ask_preface(out, r->round, r->assignment, &r->manifest);
    fclose(out);
    for (char *at = shown; *at != '\0'; at++) // as if it were not wrapped
        if (*at == '\n')
            *at = ' ';
    return shown;
}

static void assert_says(const char *text, const char *part) {
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void the_preface_says_who_asks_and_what_is_shown(void **state) {
    (void)state;
    struct client_round r;
    client_round_setup(&r);
    r.manifest.answer_from = 1795345200;
    r.manifest.close = 1795345200 + 86460;
    const char *text = preface(&r);
    assert_says(text, "Council of West asks you about Ann Lee, in the round Spring");
    assert_says(text, "between 2026-11-22 11:00 UTC and 2026-11-23 03:00 UTC. From then until 2026-11-23 11:01 UTC");
    assert_says(text, "one of 5: peers");
    assert_says(text, "at least 4 answers");
    assert_says(text, "merged with others and shown as one: peers and other colleagues and partners, 6 people");
    assert_says(text, "Nobody, including HR");
    assert_says(text, "What it does not cover");
    assert_null(strstr(text, "CAREFUL"));
    client_round_end(&r);
}

static void a_group_of_its_own_is_forecast(void **state) {
    (void)state;
    struct client_round r;
    client_round_setup(&r);
    r.assignment->group = CANDOUR__GROUP__REPORT;
    assert_says(preface(&r), "shown on its own: direct reports, 4 people");
    client_round_end(&r);
}

static void who_is_alone_in_a_group_is_told(void **state) {
    (void)state;
    struct client_round r;
    client_round_setup(&r);
    r.assignment->group = CANDOUR__GROUP__OTHER;
    const char *text = preface(&r);
    assert_says(text, "CAREFUL: you are the only one");
    assert_says(text, "merged with others");
    client_round_end(&r);
}

static void a_group_that_can_never_be_shown_is_told(void **state) {
    (void)state;
    struct client_round r;
    client_round_setup(&r);
    for (unsigned i = 2; i < MANIFEST_GROUPS; i++)
        r.subjects[0].raters[i] = 1;
    assert_says(preface(&r), "Too few people were asked");
    client_round_end(&r);
}

static void self_and_manager_are_told_that_they_are_known(void **state) {
    (void)state;
    struct client_round r;
    client_round_setup(&r);
    r.assignment->group = CANDOUR__GROUP__SELF;
    assert_says(preface(&r), "not anonymous");
    r.assignment->group = CANDOUR__GROUP__MANAGER;
    assert_says(preface(&r), "not anonymous");
    client_round_end(&r);
}

// ---------------------------------------------------------------- recovery code

// Types `before`, then the right last group when asked to.
static bool recovery(const char *before, bool is_right) {
    uint8_t secret[32] = {1, 2, 3};
    char code[CODE_RECOVERY_TEXT_BYTES], answer[200];
    code_recovery_write(secret, code);
    snprintf(answer, sizeof answer, "%s%s\n", before, is_right ? code + CODE_RECOVERY_TEXT_BYTES - 5 : "");
    FILE *in = fmemopen(answer, strlen(answer), "r"), *out = fmemopen(shown, sizeof shown, "w");
    bool is_typed = ask_recovery(in, out, "Spring", code);
    fclose(in);
    fclose(out);
    assert_non_null(strstr(shown, code));
    return is_typed;
}

static void the_last_group_of_the_recovery_code_is_asked_for(void **state) {
    (void)state;
    assert_true(recovery("", true));
    assert_true(recovery("none\n", true));
    assert_false(recovery("none\nnone\nnone\n", true));
    assert_false(recovery("", false));
}

static bool compare_fingerprint(const char *typed, bool is_asked) {
    static const char text[CODE_FINGERPRINT_TEXT_BYTES] =
        "0000-1111-2222-3333-4444-5555-6666-7777-8888-9999-AAAA-BBBB-C1D0";
    memset(shown, 0, sizeof shown);
    FILE *in = fmemopen((void *)(uintptr_t)typed, strlen(typed), "r"), *out = fmemopen(shown, sizeof shown, "w");
    bool is_right = ask_fingerprint(is_asked ? in : NULL, out, "Spring", text);
    fclose(in);
    fclose(out);
    return is_right;
}

// Its end is not on the screen, so another copy must be at hand.
static void the_fingerprint_is_compared_with_a_copy_from_elsewhere(void **state) {
    (void)state;
    assert_true(compare_fingerprint("cido\n", true));
    assert_non_null(strstr(shown, "0000-1111"));
    assert_null(strstr(shown, "C1D0"));
    assert_true(compare_fingerprint("AAAA\nC1D0\n", true));
    assert_false(compare_fingerprint("AAAA\nAAAA\nAAAA\nC1D0\n", true));
    assert_false(compare_fingerprint("\n", true));
    assert_true(compare_fingerprint("\n", false));
}

int main(void) {
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fingerprint_is_compared_with_a_copy_from_elsewhere),
        cmocka_unit_test(every_question_is_asked_and_confirmed),
        cmocka_unit_test(zero_means_not_seen_and_enter_skips),
        cmocka_unit_test(b_goes_back_and_minus_clears),
        cmocka_unit_test(q_keeps_the_draft_and_the_place),
        cmocka_unit_test(the_end_of_input_is_a_draft_and_never_sent),
        cmocka_unit_test(a_wrong_key_is_asked_again),
        cmocka_unit_test(the_review_leads_to_one_question_and_back),
        cmocka_unit_test(s_shows_the_summary_at_once),
        cmocka_unit_test(a_telling_comment_is_warned_of_and_may_be_written_again),
        cmocka_unit_test(a_comment_that_is_too_long_is_written_again),
        cmocka_unit_test(empty_lines_inside_a_comment_stay),
        cmocka_unit_test(hints_find_what_gives_away),
        cmocka_unit_test(hints_leave_plain_comments_alone),
        cmocka_unit_test(the_preface_says_who_asks_and_what_is_shown),
        cmocka_unit_test(a_group_of_its_own_is_forecast),
        cmocka_unit_test(who_is_alone_in_a_group_is_told),
        cmocka_unit_test(a_group_that_can_never_be_shown_is_told),
        cmocka_unit_test(self_and_manager_are_told_that_they_are_known),
        cmocka_unit_test(the_last_group_of_the_recovery_code_is_asked_for),
    };
    return cmocka_run_group_tests(tests, start, end);
}
