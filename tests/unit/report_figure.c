// Arithmetic of published figures, against values worked out by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/report/figure.h"

static const struct figure hidden = {.kind = FIGURE_HIDDEN}, not_seen = {.kind = FIGURE_NOT_SEEN};

static struct figure exact(uint32_t tenths, uint32_t ballots) {
    return (struct figure){FIGURE_EXACT, tenths, ballots};
}

static void assert_figure(struct figure f, uint8_t kind, uint32_t tenths, uint32_t ballots) {
    assert_int_equal(f.kind, kind);
    assert_int_equal(f.tenths, tenths);
    assert_int_equal(f.ballots, ballots);
}

static void tenths_round_half_up(void **state) {
    (void)state;
    assert_int_equal(figure_tenths(9, 4), 23);   // 2.25
    assert_int_equal(figure_tenths(13, 4), 33);  // 3.25
    assert_int_equal(figure_tenths(10, 3), 33);  // 3.33
    assert_int_equal(figure_tenths(11, 3), 37);  // 3.67
    assert_int_equal(figure_tenths(89, 20), 45); // 4.45
    assert_int_equal(figure_tenths(5, 1), 50);
}

static void competency_needs_half_of_its_items(void **state) {
    (void)state;
    const struct figure two_of_four[] = {exact(30, 6), hidden, exact(41, 6), hidden};
    assert_figure(figure_mean(two_of_four, 4), FIGURE_EXACT, 36, 6); // 35.5
    assert_figure(figure_mean(two_of_four, 2), FIGURE_EXACT, 30, 6);
    const struct figure two_of_five[] = {exact(30, 6), hidden, exact(41, 6), hidden, not_seen};
    assert_figure(figure_mean(two_of_five, 5), FIGURE_HIDDEN, 0, 0);
    assert_figure(figure_mean(NULL, 0), FIGURE_HIDDEN, 0, 0);
}

static void competency_is_not_seen_when_no_item_is(void **state) {
    (void)state;
    const struct figure figures[] = {not_seen, not_seen, hidden};
    assert_figure(figure_mean(figures, 2), FIGURE_NOT_SEEN, 0, 0);
    assert_figure(figure_mean(figures, 3), FIGURE_HIDDEN, 0, 0);
}

static void bound_enters_a_mean_as_its_bound(void **state) {
    (void)state;
    const struct figure figures[] = {
        {FIGURE_AT_LEAST, 48, 4}, {FIGURE_AT_LEAST, 48, 4}, exact(33, 4), {FIGURE_AT_MOST, 23, 4}};
    assert_figure(figure_mean(figures, 2), FIGURE_AT_LEAST, 48, 4);
    assert_figure(figure_mean(figures, 3), FIGURE_EXACT, 43, 4);
    assert_figure(figure_mean(figures + 2, 2), FIGURE_EXACT, 28, 4);
    assert_figure(figure_mean(figures + 3, 1), FIGURE_AT_MOST, 23, 4);
    const struct figure both[] = {figures[0], figures[3]};
    assert_figure(figure_mean(both, 2), FIGURE_EXACT, 36, 4); // 35.5
}

static void colleagues_are_weighted_by_ballots_of_cells_with_a_number(void **state) {
    (void)state;
    const struct figure cells[] = {exact(30, 4), exact(45, 8), hidden};
    assert_figure(figure_pool(cells, 3), FIGURE_EXACT, 40, 12);
    assert_figure(figure_pool(cells + 2, 1), FIGURE_HIDDEN, 0, 0);
    const struct figure unseen[] = {not_seen, not_seen, hidden};
    assert_figure(figure_pool(unseen, 2), FIGURE_NOT_SEEN, 0, 0);
    assert_figure(figure_pool(unseen, 3), FIGURE_HIDDEN, 0, 0);
    const struct figure low[] = {{FIGURE_AT_MOST, 23, 4}, {FIGURE_AT_MOST, 20, 6}};
    assert_figure(figure_pool(low, 2), FIGURE_AT_MOST, 21, 10);
}

static void assert_range(struct figure f, uint32_t s0, uint32_t low, uint32_t high) {
    struct range r = figure_range(&f, s0, 5);
    assert_int_equal(r.low_tenths, low);
    assert_int_equal(r.high_tenths, high);
}

static void likely_range_follows_spread_and_ballots(void **state) {
    (void)state;
    assert_range(exact(30, 4), 10, 20, 40);  // 1.96 x 1.0 / 2 = 0.98
    assert_range(exact(30, 9), 10, 23, 37);  // 0.653
    assert_range(exact(30, 16), 10, 25, 35); // 0.49
    assert_range(exact(30, 4), 8, 22, 38);   // 0.784
    assert_range(exact(30, 4), 0, 30, 30);
    assert_range(hidden, 10, 0, 0);
    assert_range(not_seen, 10, 0, 0);
}

static void likely_range_stays_on_the_scale_and_is_open_beyond_a_bound(void **state) {
    (void)state;
    assert_range(exact(45, 4), 10, 35, 50);
    assert_range(exact(15, 4), 10, 10, 25);
    assert_range((struct figure){FIGURE_AT_MOST, 23, 4}, 10, 10, 33);
    assert_range((struct figure){FIGURE_AT_LEAST, 38, 4}, 10, 28, 50);
}

static void difference_is_compared_before_rounding(void **state) {
    (void)state;
    assert_true(figure_is_beyond(10, 10, 1, 4)); // 1.0 > 0.98
    assert_false(figure_is_beyond(9, 10, 1, 4));
    assert_false(figure_is_beyond(0, 0, 1, 4));
    assert_int_equal(figure_half_width(10, 10, 24), 13); // 1.96 x sqrt(1/4 + 1/6) = 1.265
    assert_true(figure_is_beyond(13, 10, 10, 24));
    assert_false(figure_is_beyond(12, 10, 10, 24));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tenths_round_half_up),
        cmocka_unit_test(competency_needs_half_of_its_items),
        cmocka_unit_test(competency_is_not_seen_when_no_item_is),
        cmocka_unit_test(bound_enters_a_mean_as_its_bound),
        cmocka_unit_test(colleagues_are_weighted_by_ballots_of_cells_with_a_number),
        cmocka_unit_test(likely_range_follows_spread_and_ballots),
        cmocka_unit_test(likely_range_stays_on_the_scale_and_is_open_beyond_a_bound),
        cmocka_unit_test(difference_is_compared_before_rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
