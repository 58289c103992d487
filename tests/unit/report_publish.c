// The publisher, whole: what it shows, what it keeps, and that nothing unpublished moves a byte of its output.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <assert.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/report/publish.h"
#include "daemon/report/rows.h"

enum { ITEMS = 4, BALLOTS_MAX = 64, COMMENTS_MAX = 8, NO = ROWS_NOT_OBSERVED };

// Two competencies of two items each, five points, default rules.
struct round {
    struct report_input input;
    struct report_ballot ballots[BALLOTS_MAX];
    uint8_t ratings[BALLOTS_MAX][ITEMS];
    struct report_comment comments[COMMENTS_MAX];
};

static void start(struct round *r) {
    static const uint32_t competencies[ITEMS] = {0, 0, 1, 1};
    *r =
        (struct round){.input = {.scale_max = 5,
                                 .item_count = ITEMS,
                                 .competency_count = 2,
                                 .competencies = competencies,
                                 .rules = {.threshold = 4, .tail_low = 1, .comments_pooled = 4, .comments_by_group = 5},
                                 .spread = {10, 8, false},
                                 .invited = {1, 1, 10, 20, 30}}};
    r->input.ballots = r->ballots;
    r->input.comments = r->comments;
}

static void add(struct round *r, uint8_t group, uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    size_t i = r->input.ballot_count++;
    assert(i < BALLOTS_MAX);
    memcpy(r->ratings[i], (const uint8_t[ITEMS]){a, b, c, d}, ITEMS);
    r->ballots[i] = (struct report_ballot){group, r->ratings[i]};
}

static void add_many(struct round *r, uint8_t group, size_t count, uint8_t rating) {
    for (size_t i = 0; i < count; i++) {
        add(r, group, rating, rating, rating, rating);
    }
}

static void comment(struct round *r, uint8_t group) {
    assert(r->input.comment_count < COMMENTS_MAX);
    r->comments[r->input.comment_count++] = (struct report_comment){group, 0, "text", 4};
}

static struct report_output publish(const struct round *r) {
    struct report_output out;
    assert_int_equal(report_publish(&r->input, &out), 0);
    return out;
}

// ---------------------------------------------------------------- every byte of an output, as text

static void write_figure(FILE *f, const struct figure *figure) {
    (void)fprintf(f, "%u:%u:%u ", figure->kind, figure->tenths, figure->ballots);
}

static void write_values(FILE *f, const struct report_value values[CELLS_GROUPS],
                         const struct report_value *colleagues) {
    for (size_t c = 0; c <= CELLS_GROUPS; c++) {
        const struct report_value *v = c < CELLS_GROUPS ? &values[c] : colleagues;
        write_figure(f, &v->figure);
        (void)fprintf(f, "%u-%u ", v->range.low_tenths, v->range.high_tenths);
    }
}

static char *text_of(const struct report_output *out) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    for (size_t c = 0; c < CELLS_GROUPS; c++) {
        (void)fprintf(f, "cell %u %u %u %u\n", out->cells.count, out->cells.members[c], out->cells.ballots[c],
                      out->invited[c]);
    }
    for (uint32_t i = 0; i < out->item_count; i++) {
        const struct report_item *item = &out->items[i];
        (void)fprintf(f, "item %u %u ", item->competency, item->self);
        write_figure(f, &item->manager);
        write_values(f, item->cells, &item->colleagues);
        for (size_t c = 0; c < CELLS_GROUPS; c++) {
            (void)fprintf(f, "%u:%u:%u ", item->bands[c].kind, item->bands[c].lower, item->bands[c].upper);
        }
    }
    for (uint32_t k = 0; k < out->competency_count; k++) {
        (void)fprintf(f, "\ncompetency ");
        write_figure(f, &out->competencies[k].self);
        write_figure(f, &out->competencies[k].manager);
        write_values(f, out->competencies[k].cells, &out->competencies[k].colleagues);
    }
    (void)fprintf(f, "\ncomments %d %d", out->comments_hidden, out->comments_by_group);
    for (size_t c = 0; c < out->comment_count; c++) {
        (void)fprintf(f, " %u:%u", out->comments[c].index, out->comments[c].source);
    }
    (void)fclose(f);
    return text;
}

static char *text(const struct round *r) {
    struct report_output out = publish(r);
    char *result = text_of(&out);
    report_free(&out);
    return result;
}

static void assert_figure(struct figure f, uint8_t kind, uint32_t tenths, uint32_t ballots) {
    assert_int_equal(f.kind, kind);
    assert_int_equal(f.tenths, tenths);
    assert_int_equal(f.ballots, ballots);
}

// Four peers with the given answers to the first item.
static struct figure first_item(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    struct round r;
    start(&r);
    const uint8_t answers[] = {a, b, c, d};
    for (size_t i = 0; i < 4; i++) {
        add(&r, ROWS_PEER, answers[i], 3, 3, 3);
    }
    struct report_output out = publish(&r);
    struct figure f = out.items[0].cells[0].figure;
    report_free(&out);
    return f;
}

// ---------------------------------------------------------------- figures

static void item_figure_has_tails(void **state) {
    (void)state;
    assert_figure(first_item(1, 1, 1, 1), FIGURE_AT_MOST, 23, 4); // lo = 4 + 4 + 1 = 9
    assert_figure(first_item(1, 1, 2, 5), FIGURE_AT_MOST, 23, 4);
    assert_figure(first_item(1, 2, 2, 5), FIGURE_EXACT, 25, 4);
    assert_figure(first_item(5, 5, 4, 4), FIGURE_EXACT, 45, 4);
    assert_figure(first_item(5, 5, 5, 4), FIGURE_AT_LEAST, 48, 4); // hi = 20 - 1 = 19
    assert_figure(first_item(5, 5, 5, 5), FIGURE_AT_LEAST, 48, 4);
}

static void high_tail_hides_what_it_must(void **state) {
    (void)state;
    struct round r;
    start(&r);
    r.input.rules.tail_high = 1; // hi = 20 - 4 - 1 = 15
    add_many(&r, ROWS_PEER, 3, 4);
    add_many(&r, ROWS_PEER, 1, 3);
    struct report_output out = publish(&r);
    assert_figure(out.items[0].cells[0].figure, FIGURE_AT_LEAST, 38, 4);
    report_free(&out);
}

static void scale_too_short_for_its_tails_is_hidden(void **state) {
    (void)state;
    struct round r;
    start(&r);
    r.input.rules.tail_low = 2; // lo = 4 + 8 + 1 = 13
    r.input.rules.tail_high = 1;
    r.input.rules.threshold = 3;
    add_many(&r, ROWS_PEER, 3, 4); // lo = 12, hi = 10
    struct report_output out = publish(&r);
    assert_figure(out.items[0].cells[0].figure, FIGURE_HIDDEN, 0, 0);
    report_free(&out);
}

static void item_below_the_threshold_is_hidden_and_cells_stay(void **state) {
    (void)state;
    assert_figure(first_item(5, 4, 3, 0), FIGURE_HIDDEN, 0, 0);
    assert_figure(first_item(5, 4, NO, 0), FIGURE_HIDDEN, 0, 0);
    assert_figure(first_item(5, 4, NO, NO), FIGURE_HIDDEN, 0, 0); // half is not more than half
    assert_figure(first_item(5, NO, NO, NO), FIGURE_NOT_SEEN, 0, 0);
}

static void not_seen_replaces_a_figure_above_the_threshold(void **state) {
    (void)state;
    struct round r;
    start(&r);
    for (size_t i = 0; i < 9; i++) {
        add(&r, ROWS_PEER, i < 5 ? NO : 3, i < 4 ? NO : 3, 3, 3);
    }
    struct report_output out = publish(&r);
    assert_figure(out.items[0].cells[0].figure, FIGURE_NOT_SEEN, 0, 0);
    assert_figure(out.items[1].cells[0].figure, FIGURE_EXACT, 30, 9);
    assert_figure(out.competencies[0].cells[0].figure, FIGURE_EXACT, 30, 9);
    report_free(&out);
}

static void groups_are_merged_as_the_cells_say(void **state) {
    (void)state;
    struct round r;
    start(&r);
    add_many(&r, ROWS_PEER, 4, 3);
    add_many(&r, ROWS_REPORT, 6, 4);
    add_many(&r, ROWS_OTHER, 2, 5);
    struct report_output out = publish(&r);
    assert_int_equal(out.cells.count, 2);
    assert_int_equal(out.cells.members[0], 1 << CELLS_PEER | 1 << CELLS_OTHER);
    assert_int_equal(out.invited[0], 40);
    assert_int_equal(out.invited[1], 20);
    assert_figure(out.items[0].cells[0].figure, FIGURE_EXACT, 37, 6); // 22 / 6
    assert_figure(out.items[0].cells[1].figure, FIGURE_EXACT, 40, 6);
    assert_figure(out.items[0].colleagues.figure, FIGURE_EXACT, 39, 12); // 38.5, half up
    assert_int_equal(out.items[0].cells[1].range.low_tenths, 32);        // 1.96 x 1.0 / sqrt 6 = 0.80
    assert_int_equal(out.competencies[0].cells[1].range.low_tenths, 34); // 1.96 x 0.8 / sqrt 6 = 0.64
    report_free(&out);
}

static void nothing_anonymous_is_published_below_the_threshold(void **state) {
    (void)state;
    struct round r;
    start(&r);
    add_many(&r, ROWS_PEER, 2, 3);
    add_many(&r, ROWS_OTHER, 1, 3);
    add(&r, ROWS_SELF, 5, 4, NO, 0);
    comment(&r, ROWS_PEER);
    comment(&r, ROWS_SELF);
    struct report_output out = publish(&r);
    assert_int_equal(out.cells.count, 0);
    assert_int_equal(out.items[0].colleagues.figure.kind, 0);
    assert_true(out.comments_hidden);
    assert_int_equal(out.comment_count, 1);
    assert_int_equal(out.comments[0].index, 1);
    assert_int_equal(out.items[0].self, 5);
    report_free(&out);
}

static void self_and_manager_are_shown_as_they_are(void **state) {
    (void)state;
    struct round r;
    start(&r);
    add(&r, ROWS_SELF, 5, 4, NO, 0);
    add(&r, ROWS_MANAGER, 1, 0, NO, NO);
    add(&r, ROWS_MANAGER, 2, 0, NO, 4);
    struct report_output out = publish(&r);
    assert_int_equal(out.items[2].self, NO);
    assert_int_equal(out.items[3].self, 0);
    assert_figure(out.competencies[0].self, FIGURE_EXACT, 45, 1);
    assert_figure(out.competencies[1].self, FIGURE_HIDDEN, 0, 0);
    assert_figure(out.items[0].manager, FIGURE_EXACT, 15, 2);
    assert_figure(out.items[1].manager, FIGURE_HIDDEN, 0, 0);
    assert_figure(out.items[2].manager, FIGURE_NOT_SEEN, 0, 0);
    assert_figure(out.items[3].manager, FIGURE_EXACT, 40, 2);
    assert_figure(out.competencies[0].manager, FIGURE_EXACT, 15, 2);
    report_free(&out);
}

static void two_self_ballots_are_no_self_rating(void **state) {
    (void)state;
    struct round r;
    start(&r);
    add(&r, ROWS_SELF, 5, 5, 5, 5);
    add(&r, ROWS_SELF, 1, 1, 1, 1);
    struct report_output out = publish(&r);
    assert_int_equal(out.items[0].self, 0);
    assert_figure(out.competencies[0].self, FIGURE_HIDDEN, 0, 0);
    report_free(&out);
}

static void ballot_without_any_rating_counts_nowhere(void **state) {
    (void)state;
    struct round r;
    start(&r);
    add_many(&r, ROWS_PEER, 4, 3);
    char *before = text(&r);
    add(&r, ROWS_PEER, NO, NO, NO, 0);
    add(&r, ROWS_OTHER, 0, 0, 0, 0);
    add(&r, ROWS_SELF, NO, 0, 0, 0);
    char *after = text(&r);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void bands_need_ten_answers_and_hide_the_last_one(void **state) {
    (void)state;
    struct round r;
    start(&r);
    for (size_t i = 0; i < 10; i++) {
        add(&r, ROWS_PEER, i < 4 ? 3 : 4, i < 1 ? 4 : 3, i < 9 ? 5 : 1, i < 9 ? 4 : 0);
    }
    struct report_output out = publish(&r);
    assert_int_equal(out.items[0].bands[0].kind, BANDS_COUNTS);
    assert_int_equal(out.items[0].bands[0].lower, 4);
    assert_int_equal(out.items[0].bands[0].upper, 6);
    assert_int_equal(out.items[1].bands[0].kind, BANDS_MOSTLY_LOWER);
    assert_int_equal(out.items[2].bands[0].kind, BANDS_MOSTLY_UPPER);
    assert_int_equal(out.items[2].bands[0].upper, 0);
    assert_int_equal(out.items[3].bands[0].kind, BANDS_NONE);
    report_free(&out);
}

// ---------------------------------------------------------------- comments

static void comments_name_their_group_only_when_every_group_is_large(void **state) {
    (void)state;
    struct round r;
    start(&r);
    add_many(&r, ROWS_PEER, 5, 3);
    add_many(&r, ROWS_REPORT, 5, 3);
    comment(&r, ROWS_REPORT);
    comment(&r, ROWS_MANAGER);
    struct report_output out = publish(&r);
    assert_true(out.comments_by_group);
    assert_int_equal(out.comments[0].source, ROWS_REPORT);
    assert_int_equal(out.comments[1].source, ROWS_MANAGER);
    report_free(&out);
    add_many(&r, ROWS_OTHER, 4, 3); // a cell of its own, but too small to name
    out = publish(&r);
    assert_false(out.comments_hidden);
    assert_false(out.comments_by_group);
    assert_int_equal(out.comments[0].source, REPORT_POOLED);
    assert_int_equal(out.comments[1].source, ROWS_MANAGER);
    report_free(&out);
    r.input.ballot_count = 10;
    r.input.rules.comments_by_group = 0; // the manifest did not say so
    out = publish(&r);
    assert_false(out.comments_by_group);
    report_free(&out);
}

static void comments_of_merged_groups_stay_together(void **state) {
    (void)state;
    struct round r;
    start(&r);
    r.input.rules.comments_by_group = 2;
    add_many(&r, ROWS_PEER, 3, 3);
    add_many(&r, ROWS_OTHER, 2, 3);
    comment(&r, ROWS_OTHER);
    struct report_output out = publish(&r);
    assert_false(out.comments_hidden);
    assert_false(out.comments_by_group);
    report_free(&out);
    r.input.rules.comments_pooled = 6;
    out = publish(&r);
    assert_true(out.comments_hidden);
    assert_int_equal(out.comment_count, 0);
    report_free(&out);
}

// ---------------------------------------------------------------- metamorphic

static uint32_t random_state = 1;
static uint32_t draw(uint32_t below) {
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

static uint8_t draw_answer(void) {
    uint32_t a = draw(8);
    return a == 7 ? NO : a == 6 ? 0 : (uint8_t)(a % 5 + 1);
}

// A round of random answers; each rater rates the first item.
static void fill(struct round *r, size_t peers, size_t reports, size_t others) {
    const size_t counts[] = {1, 2, peers, reports, others};
    start(r);
    for (uint8_t g = 0; g < ROWS_GROUPS; g++) {
        for (size_t i = 0; i < counts[g]; i++) {
            add(r, (uint8_t)(g + 1), (uint8_t)(draw(5) + 1), draw_answer(), draw_answer(), draw_answer());
        }
    }
}

static void order_of_ballots_does_not_matter(void **state) {
    (void)state;
    for (size_t trial = 0; trial < 200; trial++) {
        struct round r;
        fill(&r, draw(14), draw(8), draw(8));
        char *before = text(&r);
        for (size_t i = r.input.ballot_count; i > 1; i--) {
            size_t j = draw((uint32_t)i);
            struct report_ballot swap = r.ballots[j];
            r.ballots[j] = r.ballots[i - 1];
            r.ballots[i - 1] = swap;
        }
        char *after = text(&r);
        assert_string_equal(before, after);
        free(before);
        free(after);
    }
}

static void answers_below_the_threshold_change_no_byte(void **state) {
    (void)state;
    for (size_t trial = 0; trial < 200; trial++) {
        struct round r;
        fill(&r, draw(2), draw(2), draw(2)); // three at most
        char *before = text(&r);
        for (size_t b = 0; b < r.input.ballot_count; b++) {
            for (size_t i = 0; r.ballots[b].group >= ROWS_PEER && i < ITEMS; i++) {
                r.ratings[b][i] = i > 0 ? draw_answer() : (uint8_t)(draw(5) + 1);
            }
        }
        char *after = text(&r);
        assert_string_equal(before, after);
        free(before);
        free(after);
    }
}

static void answers_to_a_hidden_item_change_no_byte(void **state) {
    (void)state;
    struct round r;
    start(&r);
    for (uint8_t i = 0; i < 9; i++) {
        add(&r, ROWS_PEER, 3, i < 3 ? 5 : 0, i < 4 ? 5 : NO, 4); // too few, and mostly not seen
    }
    char *before = text(&r);
    for (uint8_t a = 1; a <= 5; a++) {
        for (uint8_t i = 0; i < 4; i++) {
            r.ratings[i][1] = i < 3 ? a : 0;
            r.ratings[i][2] = (uint8_t)((a + i) % 5 + 1);
        }
        char *after = text(&r);
        assert_string_equal(before, after);
        free(after);
    }
    free(before);
}

static void equal_published_cells_give_equal_bytes(void **state) {
    (void)state;
    struct round a, b;
    start(&a);
    start(&b);
    static const uint8_t first[6][ITEMS] = {{1, 1, 5, 3}, {1, 1, 5, 3}, {5, 1, 5, 3},
                                            {3, 1, 4, 3}, {3, 1, 5, 0}, {3, 1, 5, 0}};
    static const uint8_t other[6][ITEMS] = {{2, 2, 5, 0}, {2, 1, 5, 0}, {3, 1, 5, 5},
                                            {3, 1, 5, 5}, {3, 5, 5, 1}, {3, 1, 5, 1}};
    for (size_t i = 0; i < 6; i++) {
        add(&a, i < 4 ? ROWS_PEER : ROWS_OTHER, first[i][0], first[i][1], first[i][2], first[i][3]);
        add(&b, i < 4 ? ROWS_PEER : ROWS_OTHER, other[i][0], other[i][1], other[i][2], other[i][3]);
    }
    char *left = text(&a), *right = text(&b);
    assert_string_equal(left, right);
    free(left);
    free(right);
}

static void answers_that_are_published_do_change_the_output(void **state) {
    (void)state;
    struct round r;
    start(&r);
    add_many(&r, ROWS_PEER, 5, 3);
    char *before = text(&r);
    r.ratings[0][0] = 4;
    char *after = text(&r);
    assert_string_not_equal(before, after);
    free(before);
    free(after);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(item_figure_has_tails),
        cmocka_unit_test(high_tail_hides_what_it_must),
        cmocka_unit_test(scale_too_short_for_its_tails_is_hidden),
        cmocka_unit_test(item_below_the_threshold_is_hidden_and_cells_stay),
        cmocka_unit_test(not_seen_replaces_a_figure_above_the_threshold),
        cmocka_unit_test(groups_are_merged_as_the_cells_say),
        cmocka_unit_test(nothing_anonymous_is_published_below_the_threshold),
        cmocka_unit_test(self_and_manager_are_shown_as_they_are),
        cmocka_unit_test(two_self_ballots_are_no_self_rating),
        cmocka_unit_test(ballot_without_any_rating_counts_nowhere),
        cmocka_unit_test(bands_need_ten_answers_and_hide_the_last_one),
        cmocka_unit_test(comments_name_their_group_only_when_every_group_is_large),
        cmocka_unit_test(comments_of_merged_groups_stay_together),
        cmocka_unit_test(order_of_ballots_does_not_matter),
        cmocka_unit_test(answers_below_the_threshold_change_no_byte),
        cmocka_unit_test(answers_to_a_hidden_item_change_no_byte),
        cmocka_unit_test(equal_published_cells_give_equal_bytes),
        cmocka_unit_test(answers_that_are_published_do_change_the_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
