// plan_check, and the letters to those who nominate and who read.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/desk/letter.h"
#include "daemon/desk/plan.h"

enum { LIMITS = 4 };

static Candour__Plan plan;
static Candour__GroupLimit limits[LIMITS], *list[LIMITS];

static int prepare(void **state) {
    (void)state;
    candour__plan__init(&plan);
    plan.limits = list;
    for (size_t i = 0; i < LIMITS; i++) {
        candour__group_limit__init(&limits[i]);
        limits[i].group = (Candour__Group)(CANDOUR__GROUP__MANAGER + (int)i);
        limits[i].most = 10;
        list[i] = &limits[i];
    }
    plan.n_limits = LIMITS;
    return 0;
}

static void assert_broken(const char *part) {
    const char *sentence = plan_check(&plan);
    assert_non_null(sentence);
    if (strstr(sentence, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", sentence, part);
}

static void plan_may_say_all_or_nothing(void **state) {
    (void)state;
    assert_null(plan_check(NULL));
    assert_null(plan_check(&plan));
    limits[1].least = limits[1].most;
    assert_null(plan_check(&plan));
    plan.n_limits = 0;
    assert_null(plan_check(&plan));
}

static void limits_that_contradict_are_refused(void **state) {
    (void)state;
    limits[3].least = 11;
    assert_broken("smaller number first");
    prepare(state);
    limits[3].group = CANDOUR__GROUP__PEER;
    assert_broken("two limits");
    prepare(state);
    limits[0].group = CANDOUR__GROUP__SELF;
    assert_broken("themselves");
}

// ---------------------------------------------------------------- letters

static char text[LETTER_BYTES_MAX];

static struct letter letter_of(enum letter_kind kind, bool is_leader, const char *leaders) {
    struct letter letter = {.kind = kind,
                            .organisation = "Council",
                            .desk = "feedback.example.org:7360",
                            .round = text_of("Spring"),
                            .name = text_of("Ann Lee"),
                            .email = text_of("ann@example.org"),
                            .is_leader = is_leader,
                            .leaders = text_of(leaders),
                            .code = "ABCD-EFGH-JKMN",
                            .fingerprint = "",
                            .expires = 1800000000,
                            .threshold = 4};
    return letter;
}

static void assert_says(const struct letter *letter, const char *part, bool is_said) {
    size_t len = letter_write(letter, text);
    assert_int_equal(len, strlen(text));
    if ((strstr(text, part) != NULL) != is_said)
        fail_msg("the letter %s \"%s\":\n%s", is_said ? "does not say" : "says", part, text);
}

static void nomination_tells_each_what_is_theirs_to_do(void **state) {
    (void)state;
    const struct letter leader = letter_of(LETTER_NOMINATION, true, ""),
                        manager = letter_of(LETTER_NOMINATION, false, "Bob Ray\nCy Poe");
    assert_says(&leader, "candour raters nominate", true);
    assert_says(&leader, "You decide", false);
    assert_says(&leader, "ABCD-EFGH-JKMN", true);
    assert_says(&leader, "fingerprint", false); // there is none yet
    assert_says(&manager, "candour raters nominate", false);
    assert_says(&manager, "  - Cy Poe\n", true);
    assert_says(&manager, "candour nominations list", true);
}

static void reading_names_the_reports(void **state) {
    (void)state;
    const struct letter coach = letter_of(LETTER_READING, false, "Bob Ray\nCy Poe");
    assert_says(&coach, "  - Bob Ray\n", true);
    assert_says(&coach, "candour report open", true);
    assert_says(&coach, "candour give", false);
}

static void letters_are_written_in_a_persons_language(void **state) {
    (void)state;
    struct letter letter = letter_of(LETTER_INVITATION, false, "Bob Ray\nCy Poe");
    letter.language = text_of("cy");
    assert_says(&letter, "Annwyl Ann Lee,", true);
    assert_says(&letter, "ABCD-EFGH-JKMN", true);
    assert_says(&letter, "Dear ", false);
    letter.language = text_of("xx");
    assert_says(&letter, "Dear Ann Lee,", true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(plan_may_say_all_or_nothing, prepare),
        cmocka_unit_test_setup(limits_that_contradict_are_refused, prepare),
        cmocka_unit_test(nomination_tells_each_what_is_theirs_to_do),
        cmocka_unit_test(reading_names_the_reports),
        cmocka_unit_test(letters_are_written_in_a_persons_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
