// framework_check: what stops a framework; framework_hash and framework_positions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/desk/framework_check.h"
#include "daemon/desk/text.h"
#include "desk_check.h"

enum { ROWS_MAX = 1000 };

static ProtobufCBinaryData scale[5], questions[3];
static Candour__FrameworkRow rows[ROWS_MAX], *list[ROWS_MAX];
static char statements[ROWS_MAX][32];
static Candour__ImportFramework framework;

// count rows, two competencies, half of them each, one level.
static int make(size_t count) {
    static const char *const labels[] = {"Never", "Rarely", "Sometimes", "Often", "Always"};
    static const char *const open[] = {"Keep doing?", "Do differently?", "Anything else?"};
    for (size_t i = 0; i < ARRAY_LEN(labels); i++)
        scale[i] = text_of(labels[i]);
    for (size_t i = 0; i < ARRAY_LEN(open); i++)
        questions[i] = text_of(open[i]);
    candour__import_framework__init(&framework);
    framework.n_scale = ARRAY_LEN(scale);
    framework.scale = scale;
    framework.n_questions = ARRAY_LEN(questions);
    framework.questions = questions;
    framework.n_rows = count;
    framework.rows = list;
    for (size_t i = 0; i < count; i++) {
        candour__framework_row__init(&rows[i]);
        list[i] = &rows[i];
        snprintf(statements[i], sizeof statements[i], "Does thing %zu", i);
        rows[i].line = (uint32_t)i + 2;
        rows[i].competency = text_of(2 * i < count ? "Thinking" : "Doing");
        rows[i].level = text_of("4");
        rows[i].effective = text_of(statements[i]);
    }
    return 0;
}

static int prepare(void **state) {
    (void)state;
    return make(6);
}

static void check(void) {
    arena_reset(&arena);
    problems_start(&problems, &arena);
    framework_check(&framework, &problems);
    assert_false(arena.full);
}

static void good_framework_has_no_problem(void **state) {
    (void)state;
    check();
    assert_int_equal(problems.count, 0);
}

static void statement_twice_in_a_level_is_refused_whatever_its_case(void **state) {
    (void)state;
    rows[2].effective = text_of("DOES thing 1");
    check();
    assert_problem(4, "already on line 3");
    rows[2].level = text_of("5");
    check();
    assert_int_equal(problems.count, 0);
}

static void counterpart_that_says_the_same_is_refused(void **state) {
    (void)state;
    rows[1].ineffective = text_of("does thing 1");
    check();
    assert_problem(3, "same as the effective one");
}

static void competency_that_goes_on_elsewhere_is_refused(void **state) {
    (void)state;
    rows[5].competency = text_of("Thinking");
    check();
    assert_problem(7, "Move this row up to line 4");
}

static void other_levels_between_do_not_part_a_competency(void **state) {
    (void)state;
    rows[1].level = text_of("5");
    rows[1].competency = text_of("Doing");
    check();
    assert_int_equal(problems.count, 0);
}

static void competency_has_one_definition_and_one_cluster(void **state) {
    (void)state;
    rows[1].definition = text_of("Another");
    check();
    assert_int_equal(problems.count, 2); // the row itself, and the next, which differs from it
    make(6);
    rows[5].cluster = text_of("Another");
    check();
    assert_problem(7, "another cluster or definition");
}

static void level_has_one_name(void **state) {
    (void)state;
    rows[5].level_name = text_of("Heads");
    check();
    assert_problem(7, "another name");
}

static void labels_and_questions_differ(void **state) {
    (void)state;
    scale[4] = text_of("never");
    check();
    assert_problem(0, "label \"never\" is there twice");
    make(6);
    questions[2] = questions[0];
    check();
    assert_problem(0, "question \"Keep doing?\" is there twice");
}

static void level_with_too_many_statements_is_refused(void **state) {
    (void)state;
    make(200);
    check();
    assert_int_equal(problems.count, 0);
    make(201);
    check();
    assert_problem(0, "201 statements");
}

static void too_many_levels_are_refused(void **state) {
    (void)state;
    static char levels[17][8];
    make(17);
    for (size_t i = 0; i < 17; i++) {
        snprintf(levels[i], sizeof levels[i], "L%zu", i);
        rows[i].level = text_of(levels[i]);
    }
    check();
    assert_problem(0, "17 levels");
}

static void positions_count_within_each_level(void **state) {
    (void)state;
    int32_t positions[6], expected[] = {1, 1, 2, 2, 3, 4};
    rows[1].level = rows[3].level = text_of("5");
    framework_positions(&framework, positions);
    assert_memory_equal(positions, expected, sizeof expected);
}

static void hash_sees_every_text_and_its_place_but_not_lines(void **state) {
    (void)state;
    uint8_t hash[32], other[32];
    framework_hash(&framework, hash);
    rows[3].line = 999;
    framework_hash(&framework, other);
    assert_memory_equal(hash, other, sizeof hash);
    ProtobufCBinaryData *const texts[] = {&rows[3].cluster,     &rows[3].competency, &rows[3].definition,
                                          &rows[3].level,       &rows[3].level_name, &rows[3].effective,
                                          &rows[3].ineffective, &scale[2],           &questions[1]};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        ProtobufCBinaryData kept = *texts[i];
        *texts[i] = text_of("changed");
        framework_hash(&framework, other);
        assert_memory_not_equal(hash, other, sizeof hash);
        *texts[i] = kept;
    }
    // "ab", "c" is not "a", "bc".
    rows[3].effective = text_of("ab");
    rows[3].ineffective = text_of("c");
    framework_hash(&framework, hash);
    rows[3].effective = text_of("a");
    rows[3].ineffective = text_of("bc");
    framework_hash(&framework, other);
    assert_memory_not_equal(hash, other, sizeof hash);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_framework_has_no_problem, prepare),
        cmocka_unit_test_setup(statement_twice_in_a_level_is_refused_whatever_its_case, prepare),
        cmocka_unit_test_setup(counterpart_that_says_the_same_is_refused, prepare),
        cmocka_unit_test_setup(competency_that_goes_on_elsewhere_is_refused, prepare),
        cmocka_unit_test_setup(other_levels_between_do_not_part_a_competency, prepare),
        cmocka_unit_test_setup(competency_has_one_definition_and_one_cluster, prepare),
        cmocka_unit_test_setup(level_has_one_name, prepare),
        cmocka_unit_test_setup(labels_and_questions_differ, prepare),
        cmocka_unit_test_setup(level_with_too_many_statements_is_refused, prepare),
        cmocka_unit_test_setup(too_many_levels_are_refused, prepare),
        cmocka_unit_test_setup(positions_count_within_each_level, prepare),
        cmocka_unit_test_setup(hash_sees_every_text_and_its_place_but_not_lines, prepare),
    };
    return cmocka_run_group_tests(tests, desk_check_start, desk_check_stop);
}
