// What is said about figures, against small cases worked out by hand. Spread 1.0 and ten ballots: half-width 0.62.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/report/compare.h"

static struct figure exact(uint32_t tenths, uint32_t ballots) {
    return (struct figure){FIGURE_EXACT, tenths, ballots};
}

static enum compare_kind views(uint32_t self, struct figure colleagues) {
    struct figure f = exact(self, 1);
    return compare_views(&f, &colleagues, 10, 5);
}

static void difference_in_view_needs_half_a_point_and_clear_of_chance(void **state) {
    (void)state;
    assert_int_equal(views(40, exact(33, 10)), COMPARE_HIGHER);
    assert_int_equal(views(40, exact(34, 10)), COMPARE_NOT_CLEAR); // 0.6 < 0.62
    assert_int_equal(views(30, exact(37, 10)), COMPARE_LOWER);
    assert_int_equal(views(40, exact(36, 100)), COMPARE_NOT_CLEAR); // 0.4 > 0.2, but below 0.5
    assert_int_equal(views(40, exact(35, 100)), COMPARE_HIGHER);
    assert_int_equal(views(40, (struct figure){.kind = FIGURE_HIDDEN}), COMPARE_NONE);
    assert_int_equal(views(40, (struct figure){.kind = FIGURE_NOT_SEEN}), COMPARE_NONE);
}

static void difference_in_view_must_hold_for_all_a_bound_leaves_open(void **state) {
    (void)state;
    const struct figure low = {FIGURE_AT_MOST, 23, 10}, high = {FIGURE_AT_LEAST, 48, 10};
    assert_int_equal(views(30, low), COMPARE_HIGHER);
    assert_int_equal(views(10, low), COMPARE_NOT_CLEAR);
    assert_int_equal(views(40, high), COMPARE_LOWER);
    assert_int_equal(views(50, high), COMPARE_NOT_CLEAR);
}

static struct compare_change change(struct figure before, struct figure now) {
    return compare_rounds(&before, &now, 10, 5);
}

static void change_is_clear_when_its_interval_leaves_out_zero(void **state) {
    (void)state;
    struct compare_change c = change(exact(30, 10), exact(40, 10)); // 1.96 x sqrt(0.2) = 0.877
    assert_int_equal(c.kind, COMPARE_HIGHER);
    assert_int_equal(c.delta_tenths, 10);
    assert_int_equal(c.low_tenths, 1);
    assert_int_equal(c.high_tenths, 19);
    assert_int_equal(change(exact(30, 10), exact(39, 10)).kind, COMPARE_NOT_CLEAR);
    assert_int_equal(change(exact(40, 10), exact(30, 10)).kind, COMPARE_LOWER);
    assert_int_equal(change(exact(30, 10), exact(30, 10)).kind, COMPARE_NOT_CLEAR);
    assert_int_equal(change(exact(30, 10), (struct figure){.kind = FIGURE_HIDDEN}).kind, COMPARE_NONE);
    assert_int_equal(change((struct figure){FIGURE_AT_MOST, 23, 10}, exact(33, 10)).kind, COMPARE_HIGHER);
    assert_int_equal(change((struct figure){FIGURE_AT_LEAST, 38, 10}, exact(48, 10)).kind, COMPARE_NOT_CLEAR);
}

static void only_cells_with_the_same_members_are_compared(void **state) {
    (void)state;
    const struct cells before = {.count = 2, .members = {5, 2}}, now = {.count = 3, .members = {1, 2, 4}};
    size_t index = 9;
    assert_false(compare_find_cell(&before, &now, 0, &index));
    assert_int_equal(index, 9);
    assert_true(compare_find_cell(&before, &now, 1, &index));
    assert_int_equal(index, 1);
}

enum { COMPETENCIES = 8 };
static struct ranking strengths, areas;

// 0: hidden. Half-width 0.2: 97 ballots.
static void rank(const uint32_t tenths[COMPETENCIES]) {
    struct report_competency list[COMPETENCIES] = {0};
    for (size_t i = 0; i < COMPETENCIES; i++) {
        struct figure f = tenths[i] ? exact(tenths[i], 97) : (struct figure){.kind = FIGURE_HIDDEN};
        list[i].colleagues = (struct report_value){f, figure_range(&f, 10, 5)};
    }
    compare_rank(list, COMPETENCIES, &strengths, &areas);
}

static void three_strengths_and_two_areas_are_listed(void **state) {
    (void)state;
    rank((const uint32_t[]){30, 45, 20, 38, 25, 38, 0, 32});
    assert_int_equal(strengths.kind, RANKING_CLEAR);
    assert_int_equal(strengths.count, 3);
    assert_int_equal(strengths.list[0], 1);
    assert_int_equal(strengths.list[1], 3);
    assert_int_equal(strengths.list[2], 5);
    assert_int_equal(strengths.tied, 1 << 1);
    assert_int_equal(areas.kind, RANKING_CLEAR);
    assert_int_equal(areas.count, 2);
    assert_int_equal(areas.list[0], 2);
    assert_int_equal(areas.list[1], 4);
}

static void overlapping_ranges_are_said_as_a_tie(void **state) {
    (void)state;
    rank((const uint32_t[]){40, 41, 20, 42, 38, 30, 21, 37});
    assert_int_equal(strengths.kind, RANKING_TIED);
    assert_int_equal(strengths.list[0], 3);
    assert_int_equal(strengths.tied, 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4); // 4.2 to 3.8; 3.7 is too far
    assert_int_equal(areas.kind, RANKING_TIED);
    assert_int_equal(areas.tied, 1 << 2 | 1 << 6);
}

static void nothing_stands_out_when_all_overlap(void **state) {
    (void)state;
    rank((const uint32_t[]){30, 31, 32, 33, 30, 31, 32, 33});
    assert_int_equal(strengths.kind, RANKING_EVEN);
    assert_int_equal(strengths.count, 0);
    assert_int_equal(areas.kind, RANKING_EVEN);
    rank((const uint32_t[]){30, 0, 0, 0, 0, 0, 0, 0});
    assert_int_equal(strengths.kind, RANKING_NONE);
    rank((const uint32_t[]){0, 0, 0, 0, 0, 0, 0, 0});
    assert_int_equal(areas.kind, RANKING_NONE);
    assert_int_equal(areas.tied, 0);
}

static void few_competencies_are_never_in_both_lists(void **state) {
    (void)state;
    rank((const uint32_t[]){45, 20, 20, 0, 0, 0, 0, 20});
    assert_int_equal(strengths.count, 2);
    assert_int_equal(strengths.list[1], 1);
    assert_int_equal(areas.count, 2);
    assert_int_equal(areas.list[0], 2);
    assert_int_equal(areas.list[1], 7);
    rank((const uint32_t[]){45, 0, 0, 30, 0, 0, 20, 0});
    assert_int_equal(strengths.count, 1);
    assert_int_equal(areas.count, 1);
    assert_int_equal(areas.list[0], 6);
}

static void four_lists_follow_ranking_and_view(void **state) {
    (void)state;
    rank((const uint32_t[]){30, 45, 20, 38, 25, 38, 0, 32});
    assert_int_equal(compare_list_of(1, &strengths, &areas, COMPARE_NOT_CLEAR), COMPARE_STRENGTH_BOTH_SEE);
    assert_int_equal(compare_list_of(1, &strengths, &areas, COMPARE_HIGHER), COMPARE_STRENGTH_BOTH_SEE);
    assert_int_equal(compare_list_of(1, &strengths, &areas, COMPARE_LOWER), COMPARE_STRENGTH_UNDERSOLD);
    assert_int_equal(compare_list_of(2, &strengths, &areas, COMPARE_NOT_CLEAR), COMPARE_AREA_BOTH_SEE);
    assert_int_equal(compare_list_of(2, &strengths, &areas, COMPARE_LOWER), COMPARE_AREA_BOTH_SEE);
    assert_int_equal(compare_list_of(2, &strengths, &areas, COMPARE_HIGHER), COMPARE_AREA_OTHERS_SEE);
    assert_int_equal(compare_list_of(0, &strengths, &areas, COMPARE_HIGHER), COMPARE_NO_LIST);
    assert_int_equal(compare_list_of(1, &strengths, &areas, COMPARE_NONE), COMPARE_NO_LIST);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(difference_in_view_needs_half_a_point_and_clear_of_chance),
        cmocka_unit_test(difference_in_view_must_hold_for_all_a_bound_leaves_open),
        cmocka_unit_test(change_is_clear_when_its_interval_leaves_out_zero),
        cmocka_unit_test(only_cells_with_the_same_members_are_compared),
        cmocka_unit_test(three_strengths_and_two_areas_are_listed),
        cmocka_unit_test(overlapping_ranges_are_said_as_a_tie),
        cmocka_unit_test(nothing_stands_out_when_all_overlap),
        cmocka_unit_test(few_competencies_are_never_in_both_lists),
        cmocka_unit_test(four_lists_follow_ranking_and_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
