// What is said about the figures of a whole report: views and their order, lists, for statements and competencies.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/report/findings.h"

enum { COMPETENCIES = 6 };

static struct report_competency competencies[COMPETENCIES];
static struct report_item items[2];
static struct report_output output = {
    .item_count = 2, .competency_count = COMPETENCIES, .items = items, .competencies = competencies};
static struct findings findings;

// tenths 0: no number. Likely range +- 0.3.
static void set(size_t k, uint32_t self, uint32_t colleagues) {
    struct figure none = {.kind = FIGURE_HIDDEN};
    competencies[k].self = self > 0 ? (struct figure){FIGURE_EXACT, self, 1} : none;
    competencies[k].colleagues.figure = colleagues > 0 ? (struct figure){FIGURE_EXACT, colleagues, 50} : none;
    competencies[k].colleagues.range = (struct range){colleagues - 3, colleagues + 3};
}

static void find(void) {
    const struct spread spread = {10, 10, false};
    findings_make(&output, &spread, 5, &findings);
}

static int start(void **state) {
    (void)state;
    memset(items, 0, sizeof items);
    memset(competencies, 0, sizeof competencies);
    set(0, 50, 36); // higher, strength
    set(1, 30, 31);
    set(2, 20, 45); // lower, the strongest
    set(3, 40, 20); // higher, the weakest
    set(4, 0, 32);
    set(5, 30, 0);
    return 0;
}

static void views_come_with_the_largest_difference_first(void **state) {
    (void)state;
    find();
    assert_int_equal(findings.view_count, 4);
    assert_int_equal(findings.views[0], 2);
    assert_int_equal(findings.views[1], 3);
    assert_int_equal(findings.views[2], 0);
    assert_int_equal(findings.views[3], 1);
    assert_int_equal(findings.competencies[2].difference_tenths, -25);
    assert_int_equal(findings.competencies[2].kind, COMPARE_LOWER);
    assert_int_equal(findings.competencies[3].kind, COMPARE_HIGHER);
    assert_int_equal(findings.competencies[1].kind, COMPARE_NOT_CLEAR);
    assert_int_equal(findings.competencies[4].kind, COMPARE_NONE);
    assert_int_equal(findings.competencies[4].difference_tenths, 0);
    assert_int_equal(findings.competencies[5].kind, COMPARE_NONE);
}

static void equal_differences_stay_in_the_order_of_the_framework(void **state) {
    (void)state;
    set(1, 45, 31);
    find();
    assert_int_equal(findings.views[2], 0);
    assert_int_equal(findings.views[3], 1);
}

static void lists_follow_from_rankings_and_views(void **state) {
    (void)state;
    find();
    assert_int_equal(findings.strengths.kind, RANKING_CLEAR);
    assert_int_equal(findings.strengths.list[0], 2);
    assert_int_equal(findings.lists[2], COMPARE_STRENGTH_UNDERSOLD);
    assert_int_equal(findings.lists[0], COMPARE_STRENGTH_BOTH_SEE);
    assert_int_equal(findings.lists[3], COMPARE_AREA_OTHERS_SEE);
    assert_int_equal(findings.lists[4], COMPARE_NO_LIST);
}

static void statements_have_views_of_their_own(void **state) {
    (void)state;
    items[0].self = 5;
    items[0].colleagues.figure = (struct figure){FIGURE_EXACT, 30, 50};
    items[1].self = 255;
    items[1].colleagues.figure = (struct figure){FIGURE_EXACT, 30, 50};
    find();
    assert_int_equal(findings.items[0].kind, COMPARE_HIGHER);
    assert_int_equal(findings.items[0].difference_tenths, 20);
    assert_int_equal(findings.items[1].kind, COMPARE_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(views_come_with_the_largest_difference_first, start),
        cmocka_unit_test_setup(equal_differences_stay_in_the_order_of_the_framework, start),
        cmocka_unit_test_setup(lists_follow_from_rankings_and_views, start),
        cmocka_unit_test_setup(statements_have_views_of_their_own, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
