// round_check, the warnings before a round opens, and the letter.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/desk/letter.h"
#include "daemon/desk/round_check.h"

enum { NOW = 1000000, DAY = 86400 };

static Candour__CreateRound round_;
static Candour__Rules rules;

static int prepare(void **state) {
    (void)state;
    candour__create_round__init(&round_);
    candour__rules__init(&rules);
    round_.collect_from = NOW;
    round_.answer_from = NOW + DAY;
    round_.close = NOW + 10 * DAY;
    round_.grace_s = 3600;
    round_.rules = &rules;
    rules.threshold = rules.comments_pooled = 4;
    rules.comments_by_group = 5;
    rules.tail_low = 1;
    rules.bucket = 8192;
    return 0;
}

static void assert_broken(const char *part) {
    const char *sentence = round_check(&round_, NOW);
    assert_non_null(sentence);
    if (strstr(sentence, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", sentence, part);
}

static void good_round_breaks_no_rule(void **state) {
    (void)state;
    assert_null(round_check(&round_, NOW));
    round_.answer_from = round_.collect_from;
    assert_null(round_check(&round_, NOW));
}

static void dates_out_of_order_are_refused(void **state) {
    (void)state;
    round_.answer_from = round_.collect_from - 1;
    assert_broken("before collecting");
    prepare(state);
    round_.close = round_.answer_from;
    assert_broken("close before answering");
    prepare(state);
    round_.collect_from = NOW - 3 * DAY;
    round_.answer_from = NOW - 2 * DAY;
    round_.close = NOW;
    assert_broken("closed already");
    prepare(state);
    round_.grace_s = DAY + 1;
    assert_broken("grace");
}

static void rules_that_would_break_the_promise_are_refused(void **state) {
    (void)state;
    rules.tail_low = 0;
    assert_broken("tail-low");
    prepare(state);
    rules.comments_pooled = 3;
    assert_broken("comments-pooled");
    prepare(state);
    rules.comments_by_group = 3;
    assert_broken("comments-by-group");
    rules.comments_by_group = 0; // never
    assert_null(round_check(&round_, NOW));
    prepare(state);
    rules.bucket = 8193;
    assert_broken("1024");
}

static void longest_ballot_must_fit_the_bucket(void **state) {
    (void)state;
    assert_true(round_has_room(&rules, 53, 3));
    assert_false(round_has_room(&rules, 53, 4));
    rules.bucket = 4096;
    assert_false(round_has_room(&rules, 53, 3));
}

static void less_than_a_day_of_collecting_is_hasty(void **state) {
    (void)state;
    assert_false(round_is_hasty(NOW, NOW + DAY, NOW));
    assert_true(round_is_hasty(NOW, NOW + DAY - 1, NOW));
    assert_true(round_is_hasty(NOW - DAY, NOW + 3600, NOW));
    assert_false(round_is_hasty(NOW + DAY, NOW + 2 * DAY, NOW));
}

static void reach_follows_from_the_people_asked(void **state) {
    (void)state;
    const struct {
        uint32_t asked[CELLS_GROUPS];
        enum round_reach reach;
    } cases[] = {
        {{4, 4, 4}, ROUND_REACH_ALL},    {{4, 0, 0}, ROUND_REACH_ALL},    {{4, 4, 3}, ROUND_REACH_MERGED},
        {{2, 4, 3}, ROUND_REACH_MERGED}, {{3, 0, 0}, ROUND_REACH_NONE},   {{1, 1, 1}, ROUND_REACH_NONE},
        {{0, 0, 0}, ROUND_REACH_NONE},   {{2, 1, 1}, ROUND_REACH_MERGED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(round_reach(cases[i].asked, 4), cases[i].reach);
}

static void letter_says_what_a_rater_needs(void **state) {
    (void)state;
    struct letter letter = {.organisation = "Northbridge Council",
                            .desk = "feedback.example.org:4360",
                            .round = text_of("Autumn 2026"),
                            .name = text_of("Jo Smith"),
                            .email = text_of("jo@example.org"),
                            .leaders = text_of("Ann Lee\nBob Day"),
                            .code = "ABCD-EFGH-JKMN",
                            .fingerprint = "1234-5678",
                            .collect_from = 1795305600,
                            .answer_from = 1795392000,
                            .close = 1796601600,
                            .expires = 1797000000,
                            .threshold = 4};
    char text[LETTER_BYTES_MAX];
    size_t len = letter_write(&letter, text);
    assert_int_equal(len, strlen(text));
    const char *const parts[] = {
        "Northbridge Council\nAutumn 2026\n\nDear Jo Smith,",
        "  - Ann Lee\n  - Bob Day\n\n",
        "--server feedback.example.org:4360 --email jo@example.org",
        "ABCD-EFGH-JKMN",
        "1234-5678",
        "at least 4 of them",
        "22 November 2026 at",
        "Answer between 23 November 2026 at 00:00 UTC and\n   2 December 2026 at 08:00 UTC:",
        "then until 7 December 2026 at 00:00 UTC.",
        // the promise, word for word
        "Your answers are checked to come from someone who was asked, once, and are\n"
        "then counted. Nobody, including HR, the IT team and the people you rate, can\n"
        "tell from anything Candour stores or shows which answers are yours.",
        "What the promise does not cover",
        "ask HR\nfor a new letter",
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (strstr(text, parts[i]) == NULL)
            fail_msg("the letter does not say \"%s\"", parts[i]);
}

static void longest_letter_fits(void **state) {
    (void)state;
    static char leaders[371 * 1000] /* with their job titles */, name[201], email[255], round[121], organisation[256],
        desk[256];
    memset(leaders, 'x', sizeof leaders);
    for (size_t i = 370; i < sizeof leaders; i += 371)
        leaders[i] = '\n';
    memset(name, 'n', 200);
    memset(email, 'e', 254);
    memset(round, 'r', 120);
    memset(organisation, 'o', 255);
    memset(desk, 'd', 255);
    struct letter letter = {
        .organisation = organisation,
        .desk = desk,
        .round = text_of(round),
        .name = text_of(name),
        .email = text_of(email),
        .leaders = {sizeof leaders - 1, (uint8_t *)leaders},
        .code = "ABCD-EFGH-JKMN",
        .fingerprint = "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-0123-4567-89AB-CDEF-GHJK",
        .threshold = 50,
    };
    char text[LETTER_BYTES_MAX];
    assert_true(letter_write(&letter, text) < LETTER_BYTES_MAX);
    assert_non_null(strstr(text, "  - and 980 more"));
    letter.language = text_of("cy");
    assert_true(letter_write(&letter, text) < LETTER_BYTES_MAX);
    assert_non_null(strstr(text, "  - a 980 arall"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_round_breaks_no_rule, prepare),
        cmocka_unit_test_setup(dates_out_of_order_are_refused, prepare),
        cmocka_unit_test_setup(rules_that_would_break_the_promise_are_refused, prepare),
        cmocka_unit_test_setup(longest_ballot_must_fit_the_bucket, prepare),
        cmocka_unit_test_setup(less_than_a_day_of_collecting_is_hasty, prepare),
        cmocka_unit_test_setup(reach_follows_from_the_people_asked, prepare),
        cmocka_unit_test(letter_says_what_a_rater_needs),
        cmocka_unit_test(longest_letter_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
