// Framework quality against values worked out independently from the definitions, and published examples.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include <string.h>

#include "daemon/report/quality.h"
#include "daemon/report/rows.h"

static const uint8_t answers[] = {1, 2, 2, 2, 3, 3, 3, 3, 5, 4, 5, 4, 5, 4, 5};
static const struct quality_table table = {answers, 5, 3, 5};
// The same with one answer not observed and one missing.
static const uint8_t gaps[] = {1, 2, 2, 2, 255, 3, 3, 3, 5, 4, 5, 0, 5, 4, 5};
static const struct quality_table gappy = {gaps, 5, 3, 5};

static void near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-9)) {
        fail_msg("%.12f is not %.12f", value, expected);
    }
}

static void alpha_follows_cronbach(void **state) {
    (void)state;
    struct quality_reliability q;
    assert_int_equal(quality_reliability(&table, &q), 0);
    near(q.alpha, 0.8978102189781021);
    near(q.alpha_dropped[0], 0.7234042553191491);
    near(q.alpha_dropped[1], 0.9090909090909092);
    near(q.alpha_dropped[2], 0.8823529411764706);
}

static void item_total_leaves_the_item_out_of_the_total(void **state) {
    (void)state;
    struct quality_reliability q;
    assert_int_equal(quality_reliability(&table, &q), 0);
    near(q.item_total[0], 0.9481224447363147);
    near(q.item_total[1], 0.7427639609581914);
    near(q.item_total[2], 0.7647058823529412);
}

static void missing_answers_are_left_out_pair_by_pair(void **state) {
    (void)state;
    struct quality_reliability q;
    assert_int_equal(quality_reliability(&gappy, &q), 0);
    near(q.alpha, 0.9526066350710899);
    near(q.item_total[0], 0.9819658996688477);
}

static void single_item_has_no_alpha(void **state) {
    (void)state;
    const struct quality_table single = {answers, 15, 1, 5};
    struct quality_reliability q;
    assert_int_equal(quality_reliability(&single, &q), 0);
    assert_true(isnan(q.alpha));
    assert_true(isnan(q.item_total[0]));
}

// Shrout & Fleiss 1979, table 2: MSB 11.24, MSW 6.26, ICC(1,1) .17, ICC(1,4) .44.
static void icc_follows_shrout_and_fleiss(void **state) {
    (void)state;
    static const double scores[] = {9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7};
    uint32_t subjects[24];
    for (uint32_t i = 0; i < 24; i++) {
        subjects[i] = i / 4;
    }
    struct quality_icc icc = quality_icc(scores, subjects, 24);
    near(icc.icc1, 0.16574176840547544);
    near(icc.icc2, 0.44279713367926865);
}

static void icc_uses_the_mean_group_size(void **state) {
    (void)state;
    static const double scores[] = {1, 2, 3, 3, 4, 5, 4, 4, 5};
    static const uint32_t subjects[] = {7, 7, 2, 2, 2, 9, 9, 9, 9};
    struct quality_icc icc = quality_icc(scores, subjects, 9);
    near(icc.icc1, 0.8395061728395062);
    near(icc.icc2, 0.9400921658986175);
    assert_true(isnan(quality_icc(scores, subjects, 2).icc1)); // one subject
    assert_true(isnan(quality_icc(scores, subjects, 0).icc2));
}

static void rwg_is_cut_off_at_zero(void **state) {
    (void)state;
    near(quality_rwg(&table, 0), 0); // variance 2.5, the null is 2
    near(quality_rwg(&table, 1), 0.35);
    near(quality_rwg(&table, 2), 0.15);
}

static void rwg_j_averages_variances_before_it_cuts_off(void **state) {
    (void)state;
    near(quality_rwg_j(&table), 0.21428571428571436); // mean variance 11/6; cutting off each first would give more
    static const uint8_t apart[] = {1, 1, 5, 5, 1, 1, 5, 5};
    const struct quality_table none = {apart, 4, 2, 5};
    near(quality_rwg_j(&none), 0);
    static const uint8_t alike[] = {4, 3, 4, 3, 4, 3};
    const struct quality_table full = {alike, 3, 2, 5};
    near(quality_rwg_j(&full), 1);
}

static void deviation_is_taken_about_mean_and_median(void **state) {
    (void)state;
    near(quality_deviation(&table, 0).about_mean, 1.2);
    near(quality_deviation(&table, 1).about_mean, 0.88);
    near(quality_deviation(&table, 1).about_median, 0.8);
    near(quality_deviation(&table, 2).about_median, 1.0);
    static const uint8_t even[] = {1, 2, 5, 5};
    const struct quality_table four = {even, 4, 1, 5};
    near(quality_deviation(&four, 0).about_median, 1.75); // median 3.5
}

static void score_needs_half_of_the_items(void **state) {
    (void)state;
    static const uint8_t rows[] = {4, 5, 0, 255, 4, 0, 0, 255, 1, 2, 3, 5};
    const struct quality_table t = {rows, 3, 4, 5};
    near(quality_score(&t, 0), 4.5);
    assert_true(isnan(quality_score(&t, 1)));
    near(quality_score(&t, 2), 2.75);
}

static void not_observed_is_a_share_of_those_who_said_anything(void **state) {
    (void)state;
    near(quality_not_observed(&gappy, 0), 0);
    near(quality_not_observed(&gappy, 1), 0.2);
    near(quality_not_observed(&gappy, 2), 0);
}

static void quality_needs_thirty_subjects_and_a_hundred_ballots(void **state) {
    (void)state;
    assert_true(quality_is_allowed(30, 100));
    assert_false(quality_is_allowed(29, 1000));
    assert_false(quality_is_allowed(300, 99));
}

static void published_values_have_two_decimals(void **state) {
    (void)state;
    assert_int_equal(quality_hundredths(0.8978), 90);
    assert_int_equal(quality_hundredths(-0.126), -13);
}

// What all agree about is not defined, and looks like what is not related.
static void published_values_never_say_that_all_agree(void **state) {
    (void)state;
    static const uint8_t alike[] = {3, 3, 3, 3};
    const struct quality_table t = {alike, 2, 2, 5};
    struct quality_reliability q;
    assert_int_equal(quality_reliability(&t, &q), 0);
    assert_true(isnan(q.alpha) && isnan(q.item_total[0]));
    assert_int_equal(quality_hundredths(q.alpha), 0);
    assert_int_equal(quality_hundredths(-INFINITY), -9999);
    assert_int_equal(quality_hundredths(1e9), 9999);
}

static void any_two_items_need_a_hundred_raters_in_common(void **state) {
    (void)state;
    enum { RATERS = 101 };
    uint8_t rows[RATERS][2];
    memset(rows, 4, sizeof rows);
    const struct quality_table t = {rows[0], RATERS, 2, 5};
    rows[0][0] = ROWS_UNANSWERED;
    assert_true(quality_is_answered(&t));
    rows[1][1] = ROWS_NOT_OBSERVED; // each item has a hundred answers still, but not of the same raters
    assert_false(quality_is_answered(&t));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alpha_follows_cronbach),
        cmocka_unit_test(item_total_leaves_the_item_out_of_the_total),
        cmocka_unit_test(missing_answers_are_left_out_pair_by_pair),
        cmocka_unit_test(single_item_has_no_alpha),
        cmocka_unit_test(icc_follows_shrout_and_fleiss),
        cmocka_unit_test(icc_uses_the_mean_group_size),
        cmocka_unit_test(rwg_is_cut_off_at_zero),
        cmocka_unit_test(rwg_j_averages_variances_before_it_cuts_off),
        cmocka_unit_test(deviation_is_taken_about_mean_and_median),
        cmocka_unit_test(score_needs_half_of_the_items),
        cmocka_unit_test(not_observed_is_a_share_of_those_who_said_anything),
        cmocka_unit_test(quality_needs_thirty_subjects_and_a_hundred_ballots),
        cmocka_unit_test(published_values_have_two_decimals),
        cmocka_unit_test(published_values_never_say_that_all_agree),
        cmocka_unit_test(any_two_items_need_a_hundred_raters_in_common),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
