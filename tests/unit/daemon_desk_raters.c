// raters_check: what stops a raters file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/desk/raters_check.h"
#include "daemon/desk/text.h"
#include "desk_check.h"

static struct raters raters;
static const uint8_t somebody[16] = {1};

static struct raters_row row(uint32_t line, const char *subject, const char *rater, Candour__Group group) {
    return (struct raters_row){.subject = text_of(subject),
                               .rater = text_of(rater),
                               .group = group,
                               .line = line,
                               .subject_id = somebody,
                               .rater_id = somebody,
                               .subject_level = text_of("4")};
}

static void check(struct raters_row *rows, size_t count) {
    const ProtobufCBinaryData levels[] = {text_of("4"), text_of("5")};
    arena_reset(&arena);
    problems_start(&problems, &arena);
    raters_check(rows, count, levels, ARRAY_LEN(levels), &problems, &raters);
    assert_false(arena.full);
}

static void good_file_gives_its_leaders_and_counts(void **state) {
    (void)state;
    struct raters_row rows[] = {row(2, "zoe@x.org", "zoe@x.org", CANDOUR__GROUP__SELF),
                                row(3, "amy@x.org", "bob@x.org", CANDOUR__GROUP__PEER),
                                row(4, "zoe@x.org", "bob@x.org", CANDOUR__GROUP__REPORT),
                                row(5, "zoe@x.org", "eve@x.org", CANDOUR__GROUP__PEER)};
    rows[0].level = text_of("5");
    rows[2].stored_group = CANDOUR__GROUP__REPORT;
    rows[3].stored_group = CANDOUR__GROUP__OTHER;
    check(rows, ARRAY_LEN(rows));
    assert_int_equal(problems.count, 0);
    assert_int_equal(raters.subject_count, 2);
    assert_true(text_is_equal(raters.subjects[0].level, text_of("4")));
    assert_true(text_is_equal(raters.subjects[1].level, text_of("5")));
    assert_int_equal(raters.added, 2);
    assert_int_equal(raters.changed, 1);
    assert_int_equal(raters.unchanged, 1);
}

static void unknown_leader_is_named_once(void **state) {
    (void)state;
    struct raters_row rows[] = {row(2, "amy@x.org", "bob@x.org", CANDOUR__GROUP__PEER),
                                row(3, "amy@x.org", "eve@x.org", CANDOUR__GROUP__PEER)};
    rows[0].subject_id = rows[1].subject_id = NULL;
    check(rows, ARRAY_LEN(rows));
    assert_problem(2, "amy@x.org is not known here");
}

static void unknown_rater_is_named(void **state) {
    (void)state;
    struct raters_row rows[] = {row(2, "amy@x.org", "bob@x.org", CANDOUR__GROUP__PEER)};
    rows[0].rater_id = NULL;
    check(rows, 1);
    assert_problem(2, "bob@x.org is not known here");
}

static void same_pair_twice_is_refused_in_any_group(void **state) {
    (void)state;
    struct raters_row rows[] = {row(9, "amy@x.org", "bob@x.org", CANDOUR__GROUP__PEER),
                                row(2, "amy@x.org", "bob@x.org", CANDOUR__GROUP__OTHER),
                                row(4, "amy@x.org", "eve@x.org", CANDOUR__GROUP__OTHER)};
    check(rows, ARRAY_LEN(rows));
    assert_problem(9, "bob@x.org is asked about amy@x.org on line 2 already");
}

static void self_means_oneself_and_nobody_else(void **state) {
    (void)state;
    struct raters_row rows[] = {row(2, "amy@x.org", "bob@x.org", CANDOUR__GROUP__SELF)};
    check(rows, 1);
    assert_problem(2, "\"self\" is for leaders rating themselves");
    rows[0] = row(3, "amy@x.org", "amy@x.org", CANDOUR__GROUP__PEER);
    check(rows, 1);
    assert_problem(3, "rates themselves");
}

static void leader_without_level_is_refused(void **state) {
    (void)state;
    struct raters_row rows[] = {row(2, "amy@x.org", "bob@x.org", CANDOUR__GROUP__PEER)};
    rows[0].subject_level = text_of("");
    check(rows, 1);
    assert_problem(2, "has no level");
    rows[0].level = text_of("5");
    check(rows, 1);
    assert_int_equal(problems.count, 0);
}

static void level_that_the_framework_lacks_is_refused(void **state) {
    (void)state;
    struct raters_row rows[] = {row(2, "amy@x.org", "bob@x.org", CANDOUR__GROUP__PEER)};
    rows[0].subject_level = text_of("6");
    check(rows, 1);
    assert_problem(2, "Level 6 of amy@x.org");
}

static void leader_with_two_levels_is_refused(void **state) {
    (void)state;
    struct raters_row rows[] = {row(2, "amy@x.org", "bob@x.org", CANDOUR__GROUP__PEER),
                                row(3, "amy@x.org", "eve@x.org", CANDOUR__GROUP__PEER)};
    rows[0].level = text_of("4");
    rows[1].level = text_of("5");
    check(rows, ARRAY_LEN(rows));
    assert_problem(3, "level 5 here and level 4 on line 2");
}

static void busy_raters_are_named_once_the_most_loaded_first(void **state) {
    (void)state;
    struct raters_row rows[] = {
        row(2, "amy@x.org", "bob@x.org", CANDOUR__GROUP__PEER), row(3, "amy@x.org", "eve@x.org", CANDOUR__GROUP__PEER),
        row(4, "zoe@x.org", "bob@x.org", CANDOUR__GROUP__PEER), row(5, "zoe@x.org", "dan@x.org", CANDOUR__GROUP__PEER)};
    check(rows, ARRAY_LEN(rows));
    assert_int_equal(raters.busy_count, 0);
    rows[0].leaders = rows[2].leaders = RATERS_LEADERS_MANY + 1;
    rows[1].leaders = RATERS_LEADERS_MANY + 2;
    rows[3].leaders = RATERS_LEADERS_MANY;
    check(rows, ARRAY_LEN(rows));
    assert_int_equal(problems.count, 0);
    assert_int_equal(raters.busy_count, 2);
    assert_true(text_is_equal(raters.busy[0]->rater, text_of("eve@x.org")));
    assert_true(text_is_equal(raters.busy[1]->rater, text_of("bob@x.org")));
}

static void more_busy_raters_than_are_shown_are_counted(void **state) {
    (void)state;
    enum { ROWS = RATERS_BUSY_SHOWN + 3 };
    struct raters_row rows[ROWS];
    char names[ROWS][16];
    for (unsigned i = 0; i < ROWS; i++) {
        snprintf(names[i], sizeof names[i], "r%u@x.org", i);
        rows[i] = row(i + 2, "amy@x.org", names[i], CANDOUR__GROUP__PEER);
        rows[i].leaders = 10 + i;
    }
    check(rows, ROWS);
    assert_int_equal(raters.busy_count, ROWS);
    for (unsigned i = 0; i < RATERS_BUSY_SHOWN; i++)
        assert_int_equal(raters.busy[i]->leaders, 10 + ROWS - 1 - i);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_file_gives_its_leaders_and_counts),
        cmocka_unit_test(unknown_leader_is_named_once),
        cmocka_unit_test(unknown_rater_is_named),
        cmocka_unit_test(same_pair_twice_is_refused_in_any_group),
        cmocka_unit_test(self_means_oneself_and_nobody_else),
        cmocka_unit_test(leader_without_level_is_refused),
        cmocka_unit_test(level_that_the_framework_lacks_is_refused),
        cmocka_unit_test(leader_with_two_levels_is_refused),
        cmocka_unit_test(busy_raters_are_named_once_the_most_loaded_first),
        cmocka_unit_test(more_busy_raters_than_are_shown_are_counted),
    };
    return cmocka_run_group_tests(tests, desk_check_start, desk_check_stop);
}
