// Packing a report, what changed since another one, and the proof before it is stored: each figure and finding that is
// not what the published figures make of it is found.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clerk/pack.h"
#include "daemon/clerk/proof.h"
#include "daemon/report/publish.h"
#include "daemon/report/rows.h"

enum { ITEMS = 6, BALLOTS = 16, ARENA_BYTES = 4 * 1024 * 1024 };

// Three competencies of two statements; peers agree that the first is strong and the last is weak.
static const uint8_t answers[BALLOTS][ITEMS] = {
    {2, 2, 3, 3, 5, 5}, {3, 3, 3, 3, 3, 3},   {5, 4, 3, 4, 1, 2},   {4, 5, 4, 3, 2, 2},
    {5, 5, 3, 3, 2, 1}, {5, 5, 2, 3, 1, 2},   {4, 4, 3, 4, 2, 3},   {5, 5, 3, 3, 2, 2},
    {5, 4, 4, 3, 3, 2}, {4, 5, 3, 255, 2, 2}, {5, 5, 3, 255, 1, 1}, {4, 4, 2, 255, 2, 2},
    {5, 5, 3, 3, 1, 2}, {5, 5, 4, 3, 2, 2},   {4, 4, 3, 3, 2, 1},   {5, 5, 3, 3, 2, 2},
};
static const uint8_t groups[BALLOTS] = {1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 5, 5};
static const struct questionnaire q = {
    .framework = "Ours",
    .level = "5",
    .level_name = "Heads",
    .version = 3,
    .scale_count = 5,
    .competency_count = 3,
    .item_count = ITEMS,
    .question_count = 1,
    .scale = {"a", "b", "c", "d", "e"},
    .competencies = {{"Cluster", "First", "What it is"}, {"Cluster", "Second", ""}, {"", "Third", ""}},
    .items = {{0, "1", "no 1"}, {0, "2", ""}, {1, "3", ""}, {1, "4", ""}, {2, "5", ""}, {2, "6", ""}},
    .questions = {"Why?"},
};
static uint8_t *memory;
static struct arena arena;
static struct report_ballot ballots[BALLOTS];
static Candour__Report *report;

static Candour__Report *make(const Candour__Report *previous) {
    static const uint32_t competencies[ITEMS] = {0, 0, 1, 1, 2, 2};
    struct report_input input = {.scale_max = 5,
                                 .item_count = ITEMS,
                                 .competency_count = 3,
                                 .competencies = competencies,
                                 .rules = {.threshold = 4, .tail_low = 1, .comments_pooled = 4},
                                 .spread = {5, 5, true},
                                 .invited = {1, 1, 12, 3, 3},
                                 .ballot_count = BALLOTS,
                                 .ballots = ballots};
    const struct pack_round round = {.name = "Spring",
                                     .organisation = "Council",
                                     .answer_from = 5,
                                     .close = 9,
                                     .rules = {.threshold = 4, .tail_low = 1, .comments_pooled = 4}};
    struct pack_subject subject = {
        .name = "Lee", .q = &q, .invited = {1, 1, 12, 3, 3}, .spread = input.spread, .previous = previous};
    struct report_output output;
    for (size_t i = 0; i < BALLOTS; i++) {
        if (ballots[i].ratings == NULL) {
            ballots[i] = (struct report_ballot){groups[i], answers[i]};
        }
    }
    assert_int_equal(report_publish(&input, &output), 0);
    const struct db_bytes *body = pack_report(&arena, &round, &subject, &output);
    report_free(&output);
    assert_non_null(body);
    Candour__Report *unpacked = candour__report__unpack(NULL, body->len, body->data);
    assert_non_null(unpacked);
    return unpacked;
}

static int start(void **state) {
    (void)state;
    memory = malloc(ARENA_BYTES);
    arena_start(&arena, memory, ARENA_BYTES);
    memset(ballots, 0, sizeof ballots);
    report = make(NULL);
    return 0;
}
static int stop(void **state) {
    (void)state;
    candour__report__free_unpacked(report, NULL);
    free(memory);
    return 0;
}

// ---------------------------------------------------------------- packing

static Candour__GroupOutcome outcome_of(Candour__Group group) {
    for (size_t i = 0; i < report->n_groups; i++) {
        if (report->groups[i]->group == group) {
            return report->groups[i]->outcome;
        }
    }
    return (Candour__GroupOutcome)0;
}

static void report_says_what_became_of_each_group(void **state) {
    (void)state;
    assert_int_equal(report->n_cells, 2); // peers; reports and others
    assert_int_equal(outcome_of(CANDOUR__GROUP__SELF), CANDOUR__GROUP_OUTCOME__ANSWERED);
    assert_int_equal(outcome_of(CANDOUR__GROUP__MANAGER), CANDOUR__GROUP_OUTCOME__ANSWERED);
    assert_int_equal(outcome_of(CANDOUR__GROUP__PEER), CANDOUR__GROUP_OUTCOME__SHOWN);
    assert_int_equal(outcome_of(CANDOUR__GROUP__REPORT), CANDOUR__GROUP_OUTCOME__SHOWN_MERGED);
    assert_int_equal(outcome_of(CANDOUR__GROUP__OTHER), CANDOUR__GROUP_OUTCOME__SHOWN_MERGED);
}

static void report_carries_findings_and_method(void **state) {
    (void)state;
    assert_int_equal(report->framework_version, 3);
    assert_int_equal(report->band_end, 3);
    assert_int_equal(report->strengths->kind, CANDOUR__RANKING_KIND__CLEAR);
    assert_int_equal(report->strengths->competencies[0], 0);
    assert_int_equal(report->areas->competencies[0], 2);
    assert_int_equal(report->competencies[0]->list, CANDOUR__VIEW_LIST__STRENGTH_UNDERSOLD);
    assert_int_equal(report->competencies[2]->list, CANDOUR__VIEW_LIST__AREA_OTHERS_SEE);
    assert_int_equal(report->views[0], 2); // 5.0 against 1.8
    assert_int_equal(report->competencies[2]->view->kind, CANDOUR__COMPARISON__HIGHER);
    assert_null(report->previous);
}

static void even_figures_have_empty_lists(void **state) {
    (void)state;
    for (size_t i = 2; i < BALLOTS; i++) {
        ballots[i].ratings = answers[1];
    }
    Candour__Report *even = make(NULL);
    assert_null(proof_report(even));
    assert_int_equal(even->strengths->kind, CANDOUR__RANKING_KIND__EVEN);
    assert_int_equal(even->strengths->n_competencies, 0);
    candour__report__free_unpacked(even, NULL);
}

// ---------------------------------------------------------------- changes

static void same_answers_are_no_clear_change(void **state) {
    (void)state;
    Candour__Report *now = make(report);
    assert_null(proof_report(now));
    assert_int_equal(now->previous->close, 9);
    assert_int_equal(now->previous->framework_version, 3);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(now->competencies[k]->n_changes, 2);
        assert_int_equal(now->competencies[k]->changes[1]->cell, 1);
        assert_int_equal(now->competencies[k]->changes[1]->delta_tenths, 0);
        assert_int_equal(now->competencies[k]->changes[1]->kind, CANDOUR__COMPARISON__NOT_CLEAR);
    }
    candour__report__free_unpacked(now, NULL);
}

static void only_the_same_groups_are_compared(void **state) {
    (void)state;
    for (size_t i = 12; i < BALLOTS; i++) {
        ballots[i].group = ROWS_REPORT; // now a cell of their own
    }
    for (size_t i = 2; i < 12; i++) {
        ballots[i].ratings = answers[0];
    }
    Candour__Report *now = make(report);
    assert_null(proof_report(now));
    assert_int_equal(now->n_cells, 2);
    assert_int_equal(now->competencies[0]->n_changes, 1);
    const Candour__Change *change = now->competencies[0]->changes[0];
    assert_int_equal(change->cell, 0);
    assert_int_equal(change->kind, CANDOUR__COMPARISON__LOWER);
    assert_int_equal(change->before->tenths, report->competencies[0]->cells[0]->tenths);
    candour__report__free_unpacked(now, NULL);
}

static void another_competency_or_scale_is_not_compared(void **state) {
    (void)state;
    report->competencies[0]->name.data[0] = 'X';
    report->n_scale = 4;
    Candour__Report *now = make(report);
    assert_null(now->previous);
    assert_int_equal(now->competencies[1]->n_changes, 0);
    candour__report__free_unpacked(now, NULL);
    report->n_scale = 5;
    now = make(report);
    assert_int_equal(now->competencies[0]->n_changes, 0);
    assert_int_equal(now->competencies[1]->n_changes, 2);
    candour__report__free_unpacked(now, NULL);
}

// ---------------------------------------------------------------- the proof

// The proof holds, fails with the number moved by one, and holds again.
#define ASSERT_PROVED(number)                                                                                          \
    do {                                                                                                               \
        assert_null(proof_report(report));                                                                             \
        (number)++;                                                                                                    \
        if (proof_report(report) == NULL)                                                                              \
            fail_msg("%s is not proved", #number);                                                                     \
        (number)--;                                                                                                    \
    } while (0)

static void every_number_follows_from_published_figures(void **state) {
    (void)state;
    Candour__ReportItem *item = report->items[0];
    Candour__ReportCompetency *competency = report->competencies[0];
    ASSERT_PROVED(item->cells[0]->tenths);
    ASSERT_PROVED(item->cells[0]->ballots);
    ASSERT_PROVED(item->cells[0]->low_tenths);
    ASSERT_PROVED(item->colleagues->tenths);
    ASSERT_PROVED(item->colleagues->high_tenths);
    ASSERT_PROVED(item->self);
    ASSERT_PROVED(item->manager->tenths);
    ASSERT_PROVED(item->view->difference_tenths);
    ASSERT_PROVED(competency->cells[1]->tenths);
    ASSERT_PROVED(competency->cells[1]->low_tenths);
    ASSERT_PROVED(competency->colleagues->tenths);
    ASSERT_PROVED(competency->colleagues->ballots);
    ASSERT_PROVED(competency->self->tenths);
    ASSERT_PROVED(competency->manager->tenths);
    ASSERT_PROVED(competency->view->difference_tenths);
    ASSERT_PROVED(competency->list);
    ASSERT_PROVED(report->strengths->kind);
    ASSERT_PROVED(report->strengths->competencies[0]);
    ASSERT_PROVED(report->areas->tied[0]);
    ASSERT_PROVED(report->views[0]);
    ASSERT_PROVED(report->item_spread_tenths);
    ASSERT_PROVED(report->competency_spread_tenths);
}

static void cells_are_disjoint_and_large_enough(void **state) {
    (void)state;
    report->cells[1]->groups[0] = CANDOUR__GROUP__PEER;
    assert_string_equal(proof_report(report), "cells");
    report->cells[1]->groups[0] = CANDOUR__GROUP__MANAGER;
    assert_string_equal(proof_report(report), "cells");
    report->cells[1]->groups[0] = CANDOUR__GROUP__REPORT;
    assert_null(proof_report(report));
    report->rules->threshold = 5;
    assert_string_equal(proof_report(report), "cells");
}

static void what_has_no_number_stays_unsaid(void **state) {
    (void)state;
    report->competencies[0]->colleagues->kind = CANDOUR__FIGURE_KIND__HIDDEN;
    assert_string_equal(proof_report(report), "competency");
    report->competencies[0]->colleagues->kind = CANDOUR__FIGURE_KIND__EXACT;
    report->competencies[0]->has_list = false;
    assert_string_equal(proof_report(report), "findings");
}

static void numbers_stand_between_the_tails(void **state) {
    (void)state;
    assert_null(proof_report(report));
    report->rules->tail_low = 4; // 10 answers: nothing below 2.7 may be told
    assert_string_equal(proof_report(report), "item");
}

static void comments_follow_the_rules(void **state) {
    (void)state;
    Candour__ReportComment one = CANDOUR__REPORT_COMMENT__INIT, *list[] = {&one};
    report->comments[0]->n_comments = 1;
    report->comments[0]->comments = list;
    const char *const pooled = proof_report(report);
    report->rules->comments_pooled = 15; // 14 answered
    const char *const unsaid = proof_report(report);
    report->comments_hidden = true;
    const char *const shown = proof_report(report);
    one.has_source = true;
    one.source = CANDOUR__GROUP__MANAGER;
    const char *const known = proof_report(report);
    report->rules->comments_pooled = 14;
    report->comments_hidden = false;
    one.source = CANDOUR__GROUP__PEER;
    const char *const named = proof_report(report);
    report->rules->comments_by_group = 10; // so many peers answered
    const char *const split = proof_report(report);
    one.source = CANDOUR__GROUP__REPORT;
    const char *const merged = proof_report(report);
    report->comments[0]->n_comments = 0;
    report->comments[0]->comments = NULL;
    assert_null(pooled);
    assert_string_equal(unsaid, "comments");
    assert_string_equal(shown, "comments");
    assert_null(known);
    assert_string_equal(named, "comments");
    assert_null(split);
    assert_string_equal(merged, "comments");
}

static void changes_are_proved_too(void **state) {
    (void)state;
    Candour__Report *before = report;
    report = make(before);
    candour__report__free_unpacked(before, NULL);
    ASSERT_PROVED(report->competencies[0]->changes[0]->delta_tenths);
    ASSERT_PROVED(report->competencies[0]->changes[0]->low_tenths);
    ASSERT_PROVED(report->competencies[0]->changes[0]->before->tenths);
    ASSERT_PROVED(report->competencies[0]->changes[1]->kind);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(report_says_what_became_of_each_group, start, stop),
        cmocka_unit_test_setup_teardown(report_carries_findings_and_method, start, stop),
        cmocka_unit_test_setup_teardown(even_figures_have_empty_lists, start, stop),
        cmocka_unit_test_setup_teardown(same_answers_are_no_clear_change, start, stop),
        cmocka_unit_test_setup_teardown(only_the_same_groups_are_compared, start, stop),
        cmocka_unit_test_setup_teardown(another_competency_or_scale_is_not_compared, start, stop),
        cmocka_unit_test_setup_teardown(every_number_follows_from_published_figures, start, stop),
        cmocka_unit_test_setup_teardown(cells_are_disjoint_and_large_enough, start, stop),
        cmocka_unit_test_setup_teardown(what_has_no_number_stays_unsaid, start, stop),
        cmocka_unit_test_setup_teardown(numbers_stand_between_the_tails, start, stop),
        cmocka_unit_test_setup_teardown(comments_follow_the_rules, start, stop),
        cmocka_unit_test_setup_teardown(changes_are_proved_too, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
