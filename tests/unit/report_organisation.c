// Means over leaders: how they are made, and that they tell nothing that the leaders' own reports do not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/report/checker.h"
#include "daemon/report/organisation.h"

static struct organisation_pool pool_of(size_t count, const struct figure *figures) {
    struct organisation_pool pool = {0};
    for (size_t i = 0; i < count; i++) {
        organisation_add(&pool, &figures[i]);
    }
    return pool;
}

static struct organisation_mean mean_of(size_t count, const struct figure *figures) {
    struct organisation_pool pool = pool_of(count, figures);
    return organisation_mean(&pool, 10, 5);
}

// Five leaders with these tenths and this kind, five ballots each.
static struct organisation_mean five(const uint32_t tenths[5], uint8_t kind) {
    struct figure figures[5];
    for (size_t i = 0; i < 5; i++) {
        figures[i] = (struct figure){kind, tenths[i], 5};
    }
    return mean_of(5, figures);
}

// ---------------------------------------------------------------- arithmetic

static void each_leader_counts_once(void **state) {
    (void)state;
    struct figure figures[] = {
        {FIGURE_EXACT, 50, 100}, {FIGURE_EXACT, 30, 5}, {FIGURE_EXACT, 30, 5},
        {FIGURE_EXACT, 30, 5},   {FIGURE_EXACT, 31, 4},
    };
    struct organisation_mean mean = mean_of(5, figures);
    assert_int_equal(mean.leaders, 5);
    assert_int_equal(mean.value.figure.kind, FIGURE_EXACT);
    assert_int_equal(mean.value.figure.tenths, 34); // 171 / 5
    assert_int_equal(mean.value.figure.ballots, 119);
}

static void half_a_tenth_is_rounded_up(void **state) {
    (void)state;
    struct figure figures[6] = {0};
    for (size_t i = 0; i < 6; i++) {
        figures[i] = (struct figure){FIGURE_EXACT, i < 3 ? 30 : 31, 5};
    }
    assert_int_equal(mean_of(6, figures).value.figure.tenths, 31); // 30.5
}

// Three ballots each: 1.96 x 1.0 x sqrt(5 / 3) / 5 = 0.506.
static void likely_range_is_that_of_a_mean_of_means(void **state) {
    (void)state;
    struct figure figures[5];
    for (uint32_t i = 0; i < 5; i++) {
        figures[i] = (struct figure){FIGURE_EXACT, 30 + 2 * i, 3};
    }
    struct organisation_mean mean = mean_of(5, figures);
    assert_int_equal(mean.value.figure.tenths, 34);
    assert_int_equal(mean.value.range.low_tenths, 29);
    assert_int_equal(mean.value.range.high_tenths, 39);
}

static void bounds_in_one_direction_stay_a_bound(void **state) {
    (void)state;
    const uint32_t tenths[] = {48, 48, 48, 48, 48};
    struct organisation_mean mean = five(tenths, FIGURE_AT_LEAST);
    assert_int_equal(mean.value.figure.kind, FIGURE_AT_LEAST);
    assert_int_equal(mean.value.range.high_tenths, 50);
    struct figure mixed[5] = {{FIGURE_AT_LEAST, 48, 5},
                              {FIGURE_AT_LEAST, 48, 5},
                              {FIGURE_EXACT, 40, 5},
                              {FIGURE_AT_LEAST, 48, 5},
                              {FIGURE_AT_LEAST, 48, 5}};
    assert_int_equal(mean_of(5, mixed).value.figure.kind, FIGURE_EXACT);
}

static void fewer_than_five_leaders_have_no_mean(void **state) {
    (void)state;
    struct figure figures[7] = {0};
    for (size_t i = 0; i < 7; i++) {
        figures[i] = (struct figure){.kind = i < 4   ? FIGURE_EXACT
                                             : i < 6 ? FIGURE_HIDDEN
                                                     : FIGURE_NOT_SEEN,
                                     .tenths = i < 4 ? 40 : 0,
                                     .ballots = i < 4 ? 5 : 0};
    }
    struct organisation_mean mean = mean_of(7, figures);
    assert_int_equal(mean.leaders, 0);
    assert_int_equal(mean.value.figure.kind, FIGURE_HIDDEN);
    assert_int_equal(mean.value.figure.tenths, 0);
    figures[4] = (struct figure){FIGURE_EXACT, 40, 5};
    assert_int_equal(mean_of(7, figures).leaders, 5);
}

// ---------------------------------------------------------------- disclosure
// The adversary reads the organisation's mean and every other leader's report. Worlds are the answers about one leader;
// the others' figures are known and constant. A mean that is a function of published figures adds nothing: its worlds
// fall together exactly where those of the leader's own report do.

static const struct report_rules rules = {
    .threshold = 4, .tail_low = 1, .tail_high = 0, .comments_pooled = 4, .comments_by_group = 5};
static const struct figure others[] = {{FIGURE_EXACT, 31, 4},
                                       {FIGURE_EXACT, 38, 6},
                                       {FIGURE_EXACT, 42, 5},
                                       {FIGURE_AT_LEAST, 48, 5},
                                       {FIGURE_EXACT, 35, 9}};

static void put_mean(struct checker_output *o, const struct figure *own) {
    struct organisation_pool pool = pool_of(sizeof others / sizeof *others, others);
    organisation_add(&pool, own);
    struct organisation_mean mean = organisation_mean(&pool, 10, 5);
    checker_put_value(o, &mean.value);
    checker_put(o, mean.leaders);
}

static void publish_with_organisation(const struct checker_world *w, struct checker_output *o) {
    const struct checker_setting *s = w->setting;
    struct report_item item = {0};
    cell_publish(w->tallies, &s->cells, &s->rules, s->scale_max, s->s0_tenths, &item);
    checker_put_item(o, &item, s->cells.count);
    struct figure competency = figure_mean(&item.colleagues.figure, s->cells.count > 0 ? 1 : 0);
    put_mean(o, &competency);
}

// What must not be: hidden answers in the mean, here to two decimals.
static void publish_with_hidden_answers(const struct checker_world *w, struct checker_output *o) {
    publish_with_organisation(w, o);
    uint32_t sum = 0, answers = 0;
    for (size_t g = 0; g < CELLS_GROUPS; g++) {
        sum += w->tallies[g].sum;
        answers += w->tallies[g].answers;
    }
    uint32_t hundredths = 100 * sum / answers / 6;
    checker_put(o, hundredths);
}

static uint64_t violations_of(checker_publisher publish, uint32_t p, uint32_t r, uint32_t o, uint64_t *worlds) {
    const uint32_t counts[CELLS_GROUPS] = {p, r, o};
    struct checker_setting s = checker_setting_of(&rules, 5, counts);
    uint64_t violations = 0;
    assert_int_equal(checker_run(&s, publish, worlds, &violations), 0);
    return violations;
}

static void nothing_can_be_worked_out_about_one_leader(void **state) {
    (void)state;
    uint64_t worlds = 0;
    for (uint32_t p = 0; p <= 5; p++) {
        for (uint32_t r = 0; r <= p; r++) {
            for (uint32_t o = 0; o <= r && o <= 3; o++) {
                assert_int_equal(violations_of(publish_with_organisation, p, r, o, &worlds), 0);
            }
        }
    }
    print_message("shown: organisation's means beside all reports: %llu worlds, violations: 0\n",
                  (unsigned long long)worlds);
}

// Not one byte moves with what the leader's report hides.
static void hidden_answers_do_not_move_the_mean(void **state) {
    (void)state;
    uint64_t worlds = 0;
    const uint32_t counts[CELLS_GROUPS] = {2, 1, 0};
    struct checker_setting s = checker_setting_of(&rules, 5, counts);
    assert_int_equal(s.cells.count, 0);
    struct checker_output first = {0};
    for (uint8_t a = 1; a <= 5; a++) {
        for (uint8_t b = 1; b <= 5; b++) {
            struct checker_multiset peers = {.tally = {.answers = 2, .sum = (uint32_t)a + b}}, reports = {0};
            struct checker_world w = {.setting = &s, .groups = {&peers, &reports, &reports}, .tallies = {peers.tally}};
            struct checker_output output = {0};
            publish_with_organisation(&w, &output);
            if (worlds++ == 0) {
                first = output;
            }
            assert_memory_equal(&output, &first, sizeof output);
        }
    }
}

static void a_mean_that_counts_hidden_answers_is_red(void **state) {
    (void)state;
    uint64_t worlds = 0, violations = violations_of(publish_with_hidden_answers, 3, 0, 0, &worlds);
    assert_true(violations > 0);
    print_message("shown: negative control, a mean with hidden answers: red, %llu violations\n",
                  (unsigned long long)violations);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_leader_counts_once),
        cmocka_unit_test(half_a_tenth_is_rounded_up),
        cmocka_unit_test(likely_range_is_that_of_a_mean_of_means),
        cmocka_unit_test(bounds_in_one_direction_stay_a_bound),
        cmocka_unit_test(fewer_than_five_leaders_have_no_mean),
        cmocka_unit_test(nothing_can_be_worked_out_about_one_leader),
        cmocka_unit_test(hidden_answers_do_not_move_the_mean),
        cmocka_unit_test(a_mean_that_counts_hidden_answers_is_red),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
