// Advice on a framework file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "client/framework.h"

static struct framework framework;
static struct findings problems, advice;

static void read_and_advise(const char *text) {
    struct problem problem;
    assert_int_equal(framework_load_text(text, strlen(text), &problems, &framework, &problem), 0);
    framework_advise(&framework, &advice);
}

static int end(void **state) {
    (void)state;
    framework_drop(&framework);
    findings_free(&problems);
    findings_free(&advice);
    return 0;
}

static const char *about(uint32_t line) {
    for (size_t i = 0; i < advice.count; i++)
        if (advice.list[i].line == line)
            return advice.list[i].sentence;
    return "";
}

static void good_statements_need_no_advice(void **state) {
    (void)state;
    read_and_advise("competency,level,level name,effective,ineffective\n"
                    "Thinking,5,Head,Looks ahead,Looks back\n"
                    "Thinking,6,Director,Looks further ahead,Expands on orders\n");
    assert_int_equal(problems.count, 0);
    assert_int_equal(advice.count, 0);
}

static void statements_that_say_two_things_are_named(void **state) {
    (void)state;
    read_and_advise("competency,level,level_name,effective,ineffective\n"
                    "C,5,Head,Listens and decides,\n"
                    "C,5,Head,Standards are met,\n"
                    "C,5,Head,Helps,Ignores OR hinders\n");
    assert_int_equal(advice.count, 2);
    assert_non_null(strstr(about(2), "\"and\""));
    assert_non_null(strstr(about(4), "\"or\""));
}

static void doubles_are_named_within_a_level_only(void **state) {
    (void)state;
    read_and_advise("competency,level,level_name,effective\nC,5,Head,Listens\nC,6,Boss,Listens\nC,5,Head,LISTENS\n");
    assert_int_equal(advice.count, 1);
    assert_non_null(strstr(about(4), "line 2"));
}

static void a_competency_without_a_level_is_named(void **state) {
    (void)state;
    read_and_advise("competency,level,level_name,effective\nA,5,Head,One\nA,6,Boss,Two\nB,6,Boss,Three\n");
    assert_int_equal(advice.count, 1);
    assert_non_null(strstr(about(4), "\"B\" has no statement at level 5"));
}

static void a_level_without_a_name_is_named(void **state) {
    (void)state;
    read_and_advise("competency,level,effective\nA,5,One\n");
    assert_non_null(strstr(about(0), "Level 5"));
}

static void an_empty_level_is_a_problem(void **state) {
    (void)state;
    read_and_advise("competency,level,level_name,effective\nA,5,Head,One\nA,,Head,Two\n");
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.list[0].line, 3);
    assert_non_null(strstr(problems.list[0].sentence, "level"));
}

static void rows_become_messages_with_their_lines(void **state) {
    (void)state;
    read_and_advise("effective,level,competency\nOne,5,A\n\nTwo,5,A\n");
    assert_int_equal(framework.count, 2);
    assert_int_equal(framework.list[1]->line, 4);
    assert_memory_equal(framework.list[1]->effective.data, "Two", 3);
    assert_false(framework.list[1]->has_ineffective);
}

static void minutes_are_rounded_up(void **state) {
    (void)state;
    assert_int_equal(framework_minutes(45, 3), 9);
    assert_int_equal(framework_minutes(1, 0), 1);
    assert_int_equal(framework_minutes(0, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(good_statements_need_no_advice, end),
        cmocka_unit_test_teardown(statements_that_say_two_things_are_named, end),
        cmocka_unit_test_teardown(doubles_are_named_within_a_level_only, end),
        cmocka_unit_test_teardown(a_competency_without_a_level_is_named, end),
        cmocka_unit_test_teardown(a_level_without_a_name_is_named, end),
        cmocka_unit_test_teardown(an_empty_level_is_a_problem, end),
        cmocka_unit_test_teardown(rows_become_messages_with_their_lines, end),
        cmocka_unit_test(minutes_are_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
