// The exhaustive disclosure test: every set of answers for all small counts, through the production code; and the
// negative controls, which the same checker must find red. How it judges: daemon/report/checker.h.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <assert.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/report/checker.h"
#include "daemon/report/publish.h"
#include "daemon/report/rows.h"

#ifdef __SANITIZE_ADDRESS__
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

static const struct report_rules defaults = {
    .threshold = 4, .tail_low = 1, .tail_high = 0, .comments_pooled = 4, .comments_by_group = 5};

// Five points, everybody answered.
static struct checker_setting setting_of(const struct report_rules *rules, uint32_t p, uint32_t r, uint32_t o) {
    const uint32_t counts[CELLS_GROUPS] = {p, r, o};
    return checker_setting_of(rules, 5, counts);
}

// The whole publisher, from ballots on: everything that a report of one item in one competency contains.
static void publish_report(const struct checker_world *w, struct checker_output *o) {
    const struct checker_setting *s = w->setting;
    struct report_ballot ballots[CELLS_GROUPS * CHECKER_RATERS_MAX];
    const uint32_t competency = 0;
    struct report_input in = {.scale_max = s->scale_max,
                              .item_count = 1,
                              .competency_count = 1,
                              .competencies = &competency,
                              .rules = s->rules,
                              .spread = {s->s0_tenths, s->s0_tenths, false},
                              .ballots = ballots};
    for (uint8_t g = 0; g < CELLS_GROUPS; g++) {
        for (size_t i = 0; i < s->answers[g]; i++) {
            ballots[in.ballot_count++] = (struct report_ballot){(uint8_t)(ROWS_PEER + g), &w->groups[g]->ratings[i]};
        }
    }
    struct report_output out;
    assert_int_equal(report_publish(&in, &out), 0);
    checker_put(o, out.cells.count);
    for (size_t c = 0; c < out.cells.count; c++) {
        checker_put(o, out.cells.members[c]);
        checker_put(o, out.cells.ballots[c]);
        checker_put_value(o, &out.competencies[0].cells[c]);
    }
    checker_put_value(o, &out.competencies[0].colleagues);
    checker_put_item(o, &out.items[0], out.cells.count);
    checker_put(o, out.comments_hidden);
    report_free(&out);
}

static void expect_no_violation(const struct checker_setting *s, checker_publisher publish, uint64_t *worlds) {
    uint64_t violations = 0;
    assert_int_equal(checker_run(s, publish, worlds, &violations), 0);
    if (violations != 0) {
        fail_msg("threshold %u, tails %u %u, %u points, ballots %u %u %u, answers %u %u %u: %llu violations",
                 s->rules.threshold, s->rules.tail_low, s->rules.tail_high, s->scale_max, s->ballots[0], s->ballots[1],
                 s->ballots[2], s->answers[0], s->answers[1], s->answers[2], (unsigned long long)violations);
    }
}

// After expect_no_violation of every setting: there was none. tests/run.sh shows these lines.
static void say(const char *what, bool has_tail_high, uint64_t worlds) {
    double seconds = (double)clock() / CLOCKS_PER_SEC;
    print_message("shown: %s: %llu worlds, violations: outsider 0, insider 0 (%s); %.1f s of CPU so far\n", what,
                  (unsigned long long)worlds, has_tail_high ? "any value" : "values 1 and 2", seconds);
}

// ---------------------------------------------------------------- the publisher is green

static uint32_t descending(uint32_t base, uint32_t a, uint32_t b, uint32_t c) {
    uint32_t most = a > b ? a : b, least = a > b ? b : a;
    uint32_t middle = c > most ? most : c > least ? c : least;
    most = c > most ? c : most;
    least = c < least ? c : least;
    return (most * base + middle) * base + least;
}

// Which counts are merged with which, whatever the names of the groups; counts below 7.
static uint32_t shape(const struct checker_setting *s) {
    uint32_t cells[CELLS_GROUPS] = {0};
    for (size_t c = 0; c < s->cells.count; c++) {
        uint32_t n[CELLS_GROUPS];
        for (size_t g = 0; g < CELLS_GROUPS; g++) {
            n[g] = s->cells.members[c] & 1u << g ? s->answers[g] : 0;
        }
        cells[c] = descending(7, n[0], n[1], n[2]);
    }
    if (s->cells.count == 0) { // no cell has this number
        return 343 * 343 * 343 + descending(7, s->answers[0], s->answers[1], s->answers[2]);
    }
    return descending(343, cells[0], cells[1], cells[2]);
}

// The publisher treats groups and cells alike (it adds up the tallies of a cell's groups, looks at each cell by itself,
// and all colleagues are a sum over cells), so of settings with one shape, which differ in names and order only, one is
// enough. The default rules go through every setting nevertheless.
static void check_triples(struct report_rules rules, bool is_every_setting) {
    uint64_t worlds = 0;
    uint32_t seen[343], seen_count = 0, most = IS_SANITIZED ? 0 : 6;
    for (uint32_t p = 0; p <= most; p++) {
        for (uint32_t r = 0; r <= most; r++) {
            for (uint32_t o = 0; o <= most; o++) {
                struct checker_setting s = setting_of(&rules, p, r, o);
                seen[seen_count] = shape(&s);
                uint32_t first = 0;
                while (seen[first] != seen[seen_count]) {
                    first++;
                }
                if (first == seen_count || is_every_setting) {
                    expect_no_violation(&s, checker_publish_item, &worlds);
                    seen_count += first == seen_count;
                }
            }
        }
    }
    if (IS_SANITIZED) {
        struct checker_setting s = setting_of(&rules, 5, 2, 3);
        expect_no_violation(&s, checker_publish_item, &worlds);
    }
    char what[64];
    (void)snprintf(what, sizeof what, "threshold %u, tail_high %u", rules.threshold, rules.tail_high);
    say(what, rules.tail_high > 0, worlds);
}

static void default_rules_disclose_nothing_for_any_counts_up_to_six(void **state) {
    (void)state;
    check_triples(defaults, true);
}

static void other_thresholds_and_tails_disclose_nothing(void **state) {
    (void)state;
    for (uint32_t threshold = 3; threshold <= 5; threshold++) {
        for (uint32_t tail_high = 0; tail_high <= 1; tail_high++) {
            struct report_rules rules = defaults;
            rules.threshold = threshold;
            rules.tail_high = tail_high;
            if (threshold != 4 || tail_high != 0) {
                check_triples(rules, false);
            }
        }
    }
}

static void whole_report_discloses_no_more_than_its_item(void **state) {
    (void)state;
    static const uint32_t counts[][CELLS_GROUPS] = {{4, 4, 0}, {4, 3, 0}, {3, 2, 3}, {2, 2, 4}, {5, 4, 1}, {1, 1, 1}};
    uint64_t worlds = 0;
    for (size_t i = 0; i < (IS_SANITIZED ? 2 : ARRAY_LEN(counts)); i++) {
        struct checker_setting s = setting_of(&defaults, counts[i][0], counts[i][1], counts[i][2]);
        s.s0_tenths = SPREAD_DEFAULT_TENTHS;
        expect_no_violation(&s, publish_report, &worlds);
    }
    say("whole reports", false, worlds);
}

static void other_scales_disclose_nothing(void **state) {
    (void)state;
    uint64_t worlds = 0;
    for (uint32_t scale_max = 3; scale_max <= 7; scale_max++) {
        for (uint32_t n = 3; n <= (IS_SANITIZED ? 3 : 6); n++) {
            for (uint32_t tail_high = 0; tail_high <= 1; tail_high++) {
                struct report_rules rules = defaults;
                rules.threshold = 3;
                rules.tail_high = tail_high;
                struct checker_setting s = setting_of(&rules, n, 1, 0);
                s.scale_max = scale_max;
                expect_no_violation(&s, checker_publish_item, &worlds);
            }
        }
    }
    say("scales of three to seven points", false, worlds);
}

static void check_item_counts(struct checker_setting *s, bool is_not_observed, uint64_t *worlds) {
    uint32_t most[CELLS_GROUPS];
    for (size_t g = 0; g < CELLS_GROUPS; g++) {
        most[g] = s->ballots[g] < 4 ? s->ballots[g] : 4;
    }
    for (s->answers[0] = 0; s->answers[0] <= most[0]; s->answers[0]++) {
        for (s->answers[1] = 0; s->answers[1] <= most[1]; s->answers[1]++) {
            for (s->answers[2] = 0; s->answers[2] <= most[2]; s->answers[2]++) {
                for (size_t g = 0; g < CELLS_GROUPS; g++) {
                    s->not_observed[g] = is_not_observed ? s->ballots[g] - s->answers[g] : 0;
                }
                expect_no_violation(s, checker_publish_item, worlds);
            }
        }
    }
}

// Who answered the item is taken as known, which is the most an adversary can know.
static void items_that_few_have_seen_disclose_nothing_in_any_partition(void **state) {
    (void)state;
    uint64_t worlds = 0;
    for (uint32_t t = 3; t <= (IS_SANITIZED ? 3 : 5); t++) {
        const uint32_t ballots[][CELLS_GROUPS] = {
            {t - 1, t - 1, t - 1}, {6, 6, t - 1}, {6, t - 1, t - 1}, {t - 1, t - 1, 6}, {6, 6, 6}};
        static const size_t cells[] = {1, 2, 2, 2, 3};
        for (size_t i = 0; i < (IS_SANITIZED ? 1 : ARRAY_LEN(ballots)); i++) {
            struct report_rules rules = defaults;
            rules.threshold = t;
            struct checker_setting s = setting_of(&rules, ballots[i][0], ballots[i][1], ballots[i][2]);
            assert_int_equal(s.cells.count, cells[i]);
            check_item_counts(&s, false, &worlds);
            check_item_counts(&s, true, &worlds);
        }
    }
    say("not observed", false, worlds);
}

static void bands_of_ten_and_eleven_disclose_nothing(void **state) {
    (void)state;
    static const uint32_t counts[][CELLS_GROUPS] = {{10, 0, 0}, {11, 0, 0}, {8, 2, 0},   {2, 9, 0},
                                                    {9, 1, 1},  {10, 4, 0}, {10, 10, 0}, {11, 11, 0}};
    uint64_t worlds = 0;
    for (size_t i = 0; i < (IS_SANITIZED ? 2 : ARRAY_LEN(counts)); i++) {
        for (uint32_t tail_high = 0; tail_high <= 1; tail_high++) {
            struct report_rules rules = defaults;
            rules.tail_high = tail_high;
            struct checker_setting s = setting_of(&rules, counts[i][0], counts[i][1], counts[i][2]);
            expect_no_violation(&s, checker_publish_item, &worlds);
        }
    }
    for (uint32_t scale_max = 3; scale_max <= 8; scale_max++) {
        struct checker_setting s = setting_of(&defaults, 10, 0, 0);
        s.scale_max = scale_max;
        expect_no_violation(&s, checker_publish_item, &worlds);
    }
    say("bands", false, worlds);
}

// ---------------------------------------------------------------- negative controls: each must be seen red

static struct tally everybody(const struct checker_world *w) {
    struct tally all = {0};
    for (size_t g = 0; g < CELLS_GROUPS; g++) {
        all.answers += w->tallies[g].answers;
        all.sum += w->tallies[g].sum;
    }
    return all;
}

static void publish_exact_mean(const struct checker_world *w, struct checker_output *o) {
    struct tally all = everybody(w);
    checker_put(o, figure_tenths(all.sum, all.answers));
}

// Tails below only: "5.0" is every rating. An insider may learn a 5, an outsider nothing.
static void publish_exact_top(const struct checker_world *w, struct checker_output *o) {
    checker_publish_item(w, o);
    checker_put(o, w->tallies[0].sum == w->tallies[0].answers * w->setting->scale_max);
}

// Mean and standard deviation, each to one decimal; tails do not help.
static void publish_with_deviation(const struct checker_world *w, struct checker_output *o) {
    checker_publish_item(w, o);
    uint32_t n = w->tallies[0].answers, squares = 0;
    for (size_t i = 0; i < n; i++) {
        squares += (uint32_t)w->groups[0]->ratings[i] * w->groups[0]->ratings[i];
    }
    uint32_t hundredfold = 100 * (n * squares - w->tallies[0].sum * w->tallies[0].sum) / (n * (n - 1));
    uint32_t tenths = 0;
    while ((tenths + 1) * (tenths + 1) <= hundredfold) {
        tenths++;
    }
    checker_put(o, tenths);
}

static void publish_with_extremes(const struct checker_world *w, struct checker_output *o) {
    checker_publish_item(w, o);
    checker_put(o, w->groups[0]->ratings[0]);
    checker_put(o, w->groups[0]->ratings[w->tallies[0].answers - 1]);
}

static void publish_histogram(const struct checker_world *w, struct checker_output *o) {
    uint8_t counts[REPORT_SCALE_MAX] = {0};
    for (size_t i = 0; i < w->tallies[0].answers; i++) {
        counts[w->groups[0]->ratings[i] - 1]++;
    }
    for (size_t v = 0; v < REPORT_SCALE_MAX; v++) {
        checker_put(o, counts[v]);
    }
}

// Two groups published with their tails, a third one suppressed, and the total over all three to one decimal.
static void publish_with_total(const struct checker_world *w, struct checker_output *o) {
    for (size_t g = CELLS_PEER; g <= CELLS_REPORT; g++) {
        struct figure f = cell_figure(&w->tallies[g], &w->setting->rules, w->setting->scale_max);
        checker_put_figure(o, &f);
    }
    struct tally all = everybody(w);
    checker_put(o, figure_tenths(all.sum, all.answers));
}

static void publish_unless_unanimous(const struct checker_world *w, struct checker_output *o) {
    uint32_t values = w->groups[0]->present;
    if ((values & (values - 1)) != 0) {
        checker_publish_item(w, o);
    }
}

// The bands where the production code leaves them out.
static void publish_with_bands(const struct checker_world *w, struct checker_output *o) {
    checker_publish_item(w, o);
    struct report_rules rules = w->setting->rules;
    rules.tail_high = 0;
    struct bands b = cell_bands(&w->tallies[0], &rules, w->setting->scale_max);
    checker_put(o, b.kind);
    checker_put(o, b.lower);
    checker_put(o, b.upper);
}

static void expect_red(const char *what, checker_publisher publish, const struct report_rules *rules, uint32_t p,
                       uint32_t r, uint32_t o) {
    struct checker_setting s = setting_of(rules, p, r, o);
    uint64_t worlds = 0, violations = 0;
    expect_no_violation(&s, checker_publish_item, &worlds);
    assert_int_equal(checker_run(&s, publish, &worlds, &violations), 0);
    print_message("shown: negative control, %s, of %u answers: %s, %llu violations\n", what, p + r + o,
                  violations > 0 ? "red" : "NOT RED", (unsigned long long)violations);
    assert_true(violations > 0);
}

static void exact_means_without_tails_are_red(void **state) {
    (void)state;
    for (uint32_t n = 4; n <= 6; n++) {
        expect_red("exact mean", publish_exact_mean, &defaults, n, 0, 0);
    }
}

static void exact_means_without_upper_tail_are_red(void **state) {
    (void)state;
    expect_red("exact mean at the upper end", publish_exact_top, &defaults, 4, 0, 0);
    expect_red("exact mean at the upper end", publish_exact_top, &defaults, 6, 0, 0);
}

static void mean_with_standard_deviation_is_red(void **state) {
    (void)state;
    for (uint32_t n = 4; n <= 6; n++) {
        expect_red("mean and standard deviation", publish_with_deviation, &defaults, n, 0, 0);
    }
}

static void lowest_and_highest_rating_are_red(void **state) {
    (void)state;
    expect_red("lowest and highest", publish_with_extremes, &defaults, 4, 0, 0);
    expect_red("lowest and highest", publish_with_extremes, &defaults, 6, 0, 0);
}

static void histogram_is_red(void **state) {
    (void)state;
    expect_red("histogram", publish_histogram, &defaults, 4, 0, 0);
    expect_red("histogram", publish_histogram, &defaults, 6, 0, 0);
}

static void total_beside_a_suppressed_group_is_red(void **state) {
    (void)state;
    expect_red("total beside a suppressed group", publish_with_total, &defaults, 4, 4, 1);
    expect_red("total beside a suppressed group", publish_with_total, &defaults, 4, 4, 2);
}

static void suppressing_unanimous_groups_is_red(void **state) {
    (void)state;
    expect_red("suppressed if all agree", publish_unless_unanimous, &defaults, 4, 0, 0);
    expect_red("suppressed if all agree", publish_unless_unanimous, &defaults, 6, 0, 0);
}

static void bands_beside_tails_at_both_ends_are_red(void **state) {
    (void)state;
    struct report_rules rules = defaults;
    rules.tail_high = 1;
    expect_red("bands beside tails at both ends", publish_with_bands, &rules, 10, 0, 0);
}

static void self_check_passes_good_rules_and_stops_bad_ones(void **state) {
    (void)state;
    for (uint32_t scale_max = 2; scale_max <= (IS_SANITIZED ? 5 : REPORT_SCALE_MAX); scale_max++) {
        for (uint32_t threshold = 3; threshold <= 8; threshold++) {
            struct report_rules rules = defaults;
            rules.threshold = threshold;
            assert_int_equal(checker_rules(&rules, scale_max), 0);
        }
    }
    struct report_rules rules = defaults;
    rules.tail_high = 1;
    assert_int_equal(checker_rules(&rules, 5), 0);
    rules = defaults;
    rules.tail_low = 0;
    assert_int_equal(checker_rules(&rules, 5), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_means_without_tails_are_red),
        cmocka_unit_test(exact_means_without_upper_tail_are_red),
        cmocka_unit_test(mean_with_standard_deviation_is_red),
        cmocka_unit_test(lowest_and_highest_rating_are_red),
        cmocka_unit_test(histogram_is_red),
        cmocka_unit_test(total_beside_a_suppressed_group_is_red),
        cmocka_unit_test(suppressing_unanimous_groups_is_red),
        cmocka_unit_test(bands_beside_tails_at_both_ends_are_red),
        cmocka_unit_test(self_check_passes_good_rules_and_stops_bad_ones),
        cmocka_unit_test(whole_report_discloses_no_more_than_its_item),
        cmocka_unit_test(other_scales_disclose_nothing),
        cmocka_unit_test(items_that_few_have_seen_disclose_nothing_in_any_partition),
        cmocka_unit_test(bands_of_ten_and_eleven_disclose_nothing),
        cmocka_unit_test(default_rules_disclose_nothing_for_any_counts_up_to_six),
        cmocka_unit_test(other_thresholds_and_tails_disclose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
