// The pooled spread, against sums worked out by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <assert.h>
#include <cmocka.h>

#include "daemon/report/rows.h"
#include "daemon/report/spread.h"

enum { RATERS_MAX = 12 };

// One subject, one competency of two items; every rater gives the same answer to both, in the one group.
static void add_subject(struct spread_pool *pool, uint8_t group, const uint8_t *ratings, size_t count) {
    static const uint32_t competencies[] = {0, 0};
    uint8_t answers[RATERS_MAX][2];
    struct report_ballot ballots[RATERS_MAX];
    assert(count <= RATERS_MAX);
    for (size_t i = 0; i < count; i++) {
        answers[i][0] = answers[i][1] = ratings[i];
        ballots[i] = (struct report_ballot){group, answers[i]};
    }
    struct report_input in = {.scale_max = 5,
                              .item_count = 2,
                              .competency_count = 1,
                              .competencies = competencies,
                              .rules = {.threshold = 4, .tail_low = 1, .comments_pooled = 4},
                              .ballot_count = count,
                              .ballots = ballots};
    assert_int_equal(spread_add(pool, &in), 0);
}

static const uint8_t eleven[] = {1, 1, 1, 1, 1, 3, 5, 5, 5, 5, 5}; // squares 40 over 10 degrees of freedom

static void spread_is_pooled_within_cells(void **state) {
    (void)state;
    struct spread_pool pool = {0};
    static const uint8_t level[] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}; // another mean, no spread within
    for (size_t i = 0; i < 10; i++) {
        add_subject(&pool, i % 2 ? ROWS_PEER : ROWS_REPORT, i % 2 ? eleven : level, 11);
    }
    struct spread s = spread_finish(&pool);
    assert_true(s.pooled);
    assert_int_equal(s.item_tenths, 14); // sqrt(2)
    assert_int_equal(s.competency_tenths, 14);
    assert_int_equal(pool.freedom, 100); // not multiplied by items
    assert_int_equal(pool.item_freedom, 200);
}

static void default_is_used_below_ten_subjects(void **state) {
    (void)state;
    struct spread_pool pool = {0};
    for (size_t i = 0; i < 9; i++) {
        add_subject(&pool, ROWS_PEER, eleven, 11);
    }
    pool.freedom = 1000;
    struct spread s = spread_finish(&pool);
    assert_false(s.pooled);
    assert_int_equal(s.item_tenths, 10);
    assert_int_equal(s.competency_tenths, 10);
}

static void default_is_used_below_a_hundred_degrees_of_freedom(void **state) {
    (void)state;
    struct spread_pool pool = {0};
    for (size_t i = 0; i < 9; i++) {
        add_subject(&pool, ROWS_PEER, eleven, 11);
    }
    add_subject(&pool, ROWS_PEER, eleven, 10);
    assert_int_equal(pool.freedom, 99);
    assert_false(spread_finish(&pool).pooled);
    add_subject(&pool, ROWS_PEER, eleven, 4);
    assert_true(spread_finish(&pool).pooled);
}

// A group of which all agree: the figure would be 3.0 (3.0 to 3.0), and so would everyone's rating.
static void spread_never_says_that_all_agree(void **state) {
    (void)state;
    struct spread_pool pool = {0};
    static const uint8_t alike[] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    for (size_t i = 0; i < 10; i++) {
        add_subject(&pool, ROWS_PEER, alike, 11);
    }
    struct spread s = spread_finish(&pool);
    assert_true(s.pooled);
    assert_int_equal(s.item_tenths, SPREAD_ITEM_TENTHS_MIN);
    assert_int_equal(s.competency_tenths, SPREAD_COMPETENCY_TENTHS_MIN);
}

// Cells are large enough, but nearly all of their figures are hidden: the spread would be that of the few.
static void default_is_used_when_few_figures_have_a_number(void **state) {
    (void)state;
    struct spread_pool pool = {0};
    for (size_t i = 0; i < 10; i++) {
        add_subject(&pool, ROWS_PEER, eleven, 11);
    }
    struct spread_pool few = pool;
    few.item_freedom = SPREAD_FREEDOM_MIN - 1;
    assert_false(spread_finish(&few).pooled);
    few = pool;
    few.competency_freedom = SPREAD_FREEDOM_MIN - 1;
    assert_false(spread_finish(&few).pooled);
}

static void unpublished_cells_self_and_manager_do_not_enter(void **state) {
    (void)state;
    struct spread_pool pool = {0};
    add_subject(&pool, ROWS_PEER, eleven + 4, 3);
    add_subject(&pool, ROWS_MANAGER, eleven, 11);
    add_subject(&pool, ROWS_SELF, eleven, 1);
    assert_int_equal(pool.subjects, 0);
    assert_int_equal(pool.freedom, 0);
    assert_int_equal(pool.item_freedom, 0);
    assert_false(spread_finish(&pool).pooled);
}

// Answers 3, 3, 3, 3, and one rater who answered only the second of three items: no score, but an item answer.
static void competency_score_needs_half_of_the_items(void **state) {
    (void)state;
    static const uint32_t competencies[] = {0, 0, 0};
    static const uint8_t answers[][3] = {{3, 3, 3}, {3, 3, 3}, {1, 3, 0}, {5, 3, 0}, {0, 1, ROWS_NOT_OBSERVED}};
    struct report_ballot ballots[5];
    for (size_t i = 0; i < 5; i++) {
        ballots[i] = (struct report_ballot){ROWS_PEER, answers[i]};
    }
    struct report_input in = {.scale_max = 5,
                              .item_count = 3,
                              .competency_count = 1,
                              .competencies = competencies,
                              .rules = {.threshold = 4, .tail_low = 1, .comments_pooled = 4},
                              .ballot_count = 5,
                              .ballots = ballots};
    struct spread_pool pool = {0};
    assert_int_equal(spread_add(&pool, &in), 0);
    assert_int_equal(pool.item_freedom, 3 + 4);           // the third item has too few answers
    assert_int_equal(pool.item_squares, 1120000000);      // 8 + 3.2
    assert_int_equal(pool.competency_freedom, 3);         // scores 3, 3, 2, 4
    assert_int_equal(pool.competency_squares, 200000000); // 2
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread_is_pooled_within_cells),
        cmocka_unit_test(default_is_used_below_ten_subjects),
        cmocka_unit_test(default_is_used_below_a_hundred_degrees_of_freedom),
        cmocka_unit_test(spread_never_says_that_all_agree),
        cmocka_unit_test(default_is_used_when_few_figures_have_a_number),
        cmocka_unit_test(unpublished_cells_self_and_manager_do_not_enter),
        cmocka_unit_test(competency_score_needs_half_of_the_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
