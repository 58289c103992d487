// people_check: what stops a people file, and what does not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/desk/people_check.h"
#include "daemon/desk/text.h"
#include "desk_check.h"

enum { ROWS_MAX = 2000 };

static struct people_row row(uint32_t line, const char *email, const char *manager) {
    return (struct people_row){
        .email = text_of(email), .manager = text_of(manager), .has_manager = manager[0] != '\0', .line = line};
}

static struct people_known known(const char *email, const char *manager) {
    return (struct people_known){.email = text_of(email), .manager = text_of(manager)};
}

static void check(const struct people_row *rows, size_t row_count, const struct people_known *people, size_t count) {
    arena_reset(&arena);
    problems_start(&problems, &arena);
    people_check(rows, row_count, people, count, &problems);
    assert_false(arena.full);
}

static void good_file_has_no_problem(void **state) {
    (void)state;
    struct people_row rows[] = {row(2, "eve@x.org", "dan@x.org"), row(3, "dan@x.org", "boss@x.org"),
                                row(4, "amy@x.org", "")};
    struct people_known people[] = {known("amy@x.org", "boss@x.org"), known("boss@x.org", "")};
    check(rows, ARRAY_LEN(rows), people, ARRAY_LEN(people));
    assert_int_equal(problems.count, 0);
    check(NULL, 0, NULL, 0);
    assert_int_equal(problems.count, 0);
}

static void address_twice_in_the_file_is_named_with_both_lines(void **state) {
    (void)state;
    struct people_row rows[] = {row(9, "eve@x.org", ""), row(2, "eve@x.org", ""), row(3, "amy@x.org", "")};
    struct people_known people[] = {known("eve@x.org", "")};
    check(rows, ARRAY_LEN(rows), people, ARRAY_LEN(people));
    assert_int_equal(problems.count, 1);
    assert_problem_at(0, 9, "eve@x.org is already on line 2");
}

static void unknown_manager_is_named(void **state) {
    (void)state;
    struct people_row rows[] = {row(2, "eve@x.org", "nobody@x.org")};
    check(rows, ARRAY_LEN(rows), NULL, 0);
    assert_int_equal(problems.count, 1);
    assert_problem_at(0, 2, "nobody@x.org is neither in this file nor imported before");
}

static void own_manager_is_refused(void **state) {
    (void)state;
    struct people_row rows[] = {row(5, "eve@x.org", "eve@x.org")};
    check(rows, ARRAY_LEN(rows), NULL, 0);
    assert_int_equal(problems.count, 1);
    assert_problem_at(0, 5, "own manager");
}

static void what_is_no_address_is_refused(void **state) {
    (void)state;
    struct people_row rows[] = {row(2, "eve at x.org", ""), row(3, "\xc3\xa9ve@x.org", ""), row(4, "eve@x", "")};
    check(rows, ARRAY_LEN(rows), NULL, 0);
    assert_int_equal(problems.count, 3);
    assert_problem_at(0, 2, "not an e-mail address");
    assert_problem_at(1, 3, "not an e-mail address");
    assert_problem_at(2, 4, "not an e-mail address");
}

static void circle_in_the_file_is_reported_once_at_its_first_line(void **state) {
    (void)state;
    struct people_row rows[] = {row(4, "a@x.org", "b@x.org"), row(3, "b@x.org", "c@x.org"),
                                row(2, "c@x.org", "a@x.org"), row(5, "d@x.org", "a@x.org")};
    check(rows, ARRAY_LEN(rows), NULL, 0);
    assert_int_equal(problems.count, 1);
    assert_problem_at(0, 2, "circle: the manager of c@x.org is a@x.org");
}

static void circle_through_stored_people_is_found(void **state) {
    (void)state;
    struct people_row rows[] = {row(2, "boss@x.org", "eve@x.org")};
    struct people_known people[] = {known("boss@x.org", ""), known("dan@x.org", "boss@x.org"),
                                    known("eve@x.org", "dan@x.org")};
    check(rows, ARRAY_LEN(rows), people, ARRAY_LEN(people));
    assert_int_equal(problems.count, 1);
    assert_problem_at(0, 2, "circle: the manager of boss@x.org is eve@x.org");
}

static void manager_that_the_file_replaces_makes_no_circle(void **state) {
    (void)state;
    struct people_row rows[] = {row(2, "boss@x.org", "eve@x.org"), row(3, "eve@x.org", "top@x.org")};
    struct people_known people[] = {known("boss@x.org", ""), known("eve@x.org", "boss@x.org"), known("top@x.org", "")};
    check(rows, ARRAY_LEN(rows), people, ARRAY_LEN(people));
    assert_int_equal(problems.count, 0);
}

static void row_without_manager_keeps_the_stored_one(void **state) {
    (void)state;
    struct people_row rows[] = {row(2, "boss@x.org", "eve@x.org"), row(3, "eve@x.org", "")};
    struct people_known people[] = {known("boss@x.org", ""), known("eve@x.org", "boss@x.org")};
    check(rows, ARRAY_LEN(rows), people, ARRAY_LEN(people));
    assert_int_equal(problems.count, 1);
    assert_problem_at(0, 2, "circle");
}

static void row_with_an_empty_manager_ends_the_stored_one(void **state) {
    (void)state;
    struct people_row rows[] = {row(2, "boss@x.org", "eve@x.org"), row(3, "eve@x.org", "")};
    struct people_known people[] = {known("boss@x.org", ""), known("eve@x.org", "boss@x.org")};
    rows[1].has_manager = true;
    check(rows, ARRAY_LEN(rows), people, ARRAY_LEN(people));
    assert_int_equal(problems.count, 0);
}

static void many_problems_end_with_a_word_that_there_are_more(void **state) {
    (void)state;
    static struct people_row rows[ROWS_MAX];
    for (uint32_t i = 0; i < ROWS_MAX; i++)
        rows[i] = row(i + 2, "nobody", "");
    check(rows, ROWS_MAX, NULL, 0);
    assert_int_equal(problems.count, PROBLEMS_MAX + 1);
    assert_problem_at(0, 0, "more problems");
    assert_problem_at(1, 2, "not an e-mail address");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_file_has_no_problem),
        cmocka_unit_test(address_twice_in_the_file_is_named_with_both_lines),
        cmocka_unit_test(unknown_manager_is_named),
        cmocka_unit_test(own_manager_is_refused),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(circle_in_the_file_is_reported_once_at_its_first_line),
        cmocka_unit_test(circle_through_stored_people_is_found),
        cmocka_unit_test(manager_that_the_file_replaces_makes_no_circle),
        cmocka_unit_test(row_without_manager_keeps_the_stored_one),
        cmocka_unit_test(row_with_an_empty_manager_ends_the_stored_one),
        cmocka_unit_test(many_problems_end_with_a_word_that_there_are_more),
    };
    return cmocka_run_group_tests(tests, desk_check_start, desk_check_stop);
}
