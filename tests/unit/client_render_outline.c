// The outline of a report, over all samples: what stands in it, and that no text of people passes for one of ours.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "client/render/outline.h"
#include "client/render/words.h"
#include "tests/support/sample_report.h"

// ---------------------------------------------------------------- all texts of an outline, in order, one a line

static void put(FILE *out, const char *text) {
    if (text != NULL)
        fprintf(out, "%s\n", text);
}

static void put_block(FILE *out, const struct outline_block *block) {
    put(out, block->text);
    for (size_t i = 0; i < block->n_pairs; i++) {
        put(out, block->pairs[i].name);
        put(out, block->pairs[i].text);
    }
    if (block->table != NULL) {
        put(out, block->table->caption);
        for (size_t i = 0; i < block->table->n_columns; i++)
            put(out, block->table->headings[i]);
        for (size_t i = 0; i < block->table->n_columns * block->table->n_rows; i++)
            put(out, block->table->cells[i]);
    }
    for (size_t i = 0; block->chart != NULL && i < block->chart->n_rows; i++) {
        put(out, block->chart->title);
        put(out, block->chart->rows[i].name);
        put(out, block->chart->rows[i].alt);
        for (size_t k = 0; k < block->chart->rows[i].n_marks; k++) {
            put(out, block->chart->rows[i].marks[k].label);
            put(out, block->chart->rows[i].marks[k].figure);
        }
    }
}

static char *texts_of(const Candour__Report *report) {
    char *texts = NULL;
    size_t size;
    FILE *out = open_memstream(&texts, &size);
    struct outline *outline = outline_make(report);
    assert_non_null(outline);
    put(out, outline->title);
    put(out, outline->footer);
    for (const struct outline_section *section = outline->sections; section != NULL; section = section->next) {
        fprintf(out, "[%s] %s\n", section->key, section->heading);
        for (const struct outline_block *block = section->blocks; block != NULL; block = block->next)
            put_block(out, block);
    }
    fclose(out);
    outline_free(outline);
    return texts;
}

static char *texts_of_sample(enum sample_report which) {
    Candour__Report *report = sample_report_make(which);
    char *texts = texts_of(report);
    candour__report__free_unpacked(report, NULL);
    return texts;
}

static void assert_says(enum sample_report which, const char *words) {
    char *texts = texts_of_sample(which);
    if (strstr(texts, words) == NULL)
        fail_msg("\"%s\" is not in %s:\n%s", words, sample_report_name(which), texts);
    free(texts);
}

static void assert_says_not(enum sample_report which, const char *words) {
    char *texts = texts_of_sample(which);
    if (strstr(texts, words) != NULL)
        fail_msg("\"%s\" is in %s:\n%s", words, sample_report_name(which), texts);
    free(texts);
}

// ---------------------------------------------------------------- over all samples

static void each_sample_is_a_sound_report(void **state) {
    (void)state;
    for (enum sample_report which = 0; which < SAMPLE_REPORTS; which++) {
        Candour__Report *report = sample_report_make(which);
        if (!words_is_sound(report) || !protobuf_c_message_check(&report->base))
            fail_msg("%s", sample_report_name(which));
        candour__report__free_unpacked(report, NULL);
    }
}

static void the_same_report_gives_the_same_outline(void **state) {
    (void)state;
    for (enum sample_report which = 0; which < SAMPLE_REPORTS; which++) {
        char *one = texts_of_sample(which), *other = texts_of_sample(which);
        assert_string_equal(one, other);
        free(one);
        free(other);
    }
}

// Cuts out what stands between isolates; they must come in turn.
static void cut_theirs(char *texts) {
    char *from = texts, *to = texts;
    while (*from != '\0') {
        size_t ours = strcspn(from, OUTLINE_ISOLATE);
        const size_t mark = strlen(OUTLINE_ISOLATE);
        bool is_start = strncmp(from + ours, OUTLINE_ISOLATE, mark) == 0;
        assert_int_not_equal(strncmp(from + ours, OUTLINE_ISOLATE_END, mark), 0);
        if (!is_start)
            ours += from[ours] != '\0'; // another character with such a byte
        memmove(to, from, ours);
        to += ours;
        from += ours;
        if (!is_start)
            continue;
        char *end = strstr(from, OUTLINE_ISOLATE_END), *again = strstr(from + mark, OUTLINE_ISOLATE);
        assert_non_null(end);
        assert_true(again == NULL || again > end);
        from = end + mark;
    }
    *to = '\0';
}

static void text_of_people_stands_between_isolates(void **state) {
    (void)state;
    static const char *const traces[] = {"<", "&", "evil", "Fish", "onload"};
    char *texts = texts_of_sample(SAMPLE_REPORT_MARKUP);
    for (size_t i = 0; i < ARRAY_LEN(traces); i++)
        assert_non_null(strstr(texts, traces[i]));
    cut_theirs(texts);
    for (size_t i = 0; i < ARRAY_LEN(traces); i++)
        if (strstr(texts, traces[i]) != NULL)
            fail_msg("\"%s\" is outside:\n%s", traces[i], texts);
    free(texts);
}

static void the_figures_of_each_chart_follow_it(void **state) {
    (void)state;
    size_t charts = 0;
    for (enum sample_report which = 0; which < SAMPLE_REPORTS; which++) {
        Candour__Report *report = sample_report_make(which);
        struct outline *outline = outline_make(report);
        for (const struct outline_section *section = outline->sections; section != NULL; section = section->next)
            for (const struct outline_block *block = section->blocks; block != NULL; block = block->next) {
                if (block->kind != OUTLINE_CHART)
                    continue;
                charts++;
                assert_non_null(block->next);
                assert_true(block->next->kind == OUTLINE_TABLE || block->next->kind == OUTLINE_PARAGRAPH);
                if (block->next->kind == OUTLINE_TABLE)
                    assert_int_equal(block->next->table->n_rows, block->chart->n_rows);
                for (size_t i = 0; i < block->chart->n_rows; i++)
                    for (size_t k = 0; k < block->chart->rows[i].n_marks; k++) {
                        const struct outline_mark *mark = &block->chart->rows[i].marks[k];
                        assert_ptr_equal(strstr(mark->label, mark->source->name), mark->label);
                    }
            }
        outline_free(outline);
        candour__report__free_unpacked(report, NULL);
    }
    assert_true(charts > SAMPLE_REPORTS);
}

// ---------------------------------------------------------------- words

static void who_answered_is_told_group_by_group(void **state) {
    (void)state;
    assert_says(SAMPLE_REPORT_USUAL, "Direct reports\n7\n5\n");
    assert_says(SAMPLE_REPORT_USUAL, "You\n1\nanswered\n");
    assert_says(SAMPLE_REPORT_MERGED, "Peers and others together\n7\n5\n");
    assert_says(SAMPLE_REPORT_MERGED, "Groups are shown together where one of them alone had fewer than 4 answers.");
    assert_says(SAMPLE_REPORT_SELF, "Peers\n4\ntoo few to show\n");
    assert_says(SAMPLE_REPORT_NOTHING, "Peers\n4\nno answer\n");
    assert_says(SAMPLE_REPORT_USUAL, "from 1 December 2026 to 15 December 2026");
}

static void figures_have_their_likely_range(void **state) {
    (void)state;
    assert_says(SAMPLE_REPORT_USUAL, "Peers: 2.3 (1.6 to 3.0)\n2.3 (1.6 to 3.0)\n");
    assert_says(SAMPLE_REPORT_MERGED, "4.8 or above (4.0 to 5.0)\n");
    assert_says(SAMPLE_REPORT_MERGED, "2.0 or below (1.2 to 2.8)\n");
    assert_says(SAMPLE_REPORT_MERGED, "Peers and others together: mostly not seen\n");
    assert_says(SAMPLE_REPORT_MERGED, "Direct reports: too few answers\n");
    assert_says(SAMPLE_REPORT_USUAL, "Manager: 2.5\n2.5\n"); // one person: no range
}

static void what_is_not_there_is_not_mentioned(void **state) {
    (void)state;
    assert_says(SAMPLE_REPORT_LARGE, "[change]");
    assert_says_not(SAMPLE_REPORT_USUAL, "[change]");
    assert_says_not(SAMPLE_REPORT_MERGED, "[self-and-others]");
    assert_says(SAMPLE_REPORT_MERGED, "You did not answer about yourself");
    assert_says_not(SAMPLE_REPORT_ONE, "All colleagues\n7"); // of one cell it would be the same again
    assert_says_not(SAMPLE_REPORT_NOTHING, "[statements]");
    assert_says(SAMPLE_REPORT_NOTHING, "Fewer than 4 colleagues answered");
    assert_says(SAMPLE_REPORT_NOTHING, "[plan]");
    assert_says_not(SAMPLE_REPORT_USUAL, "mostly not seen");
}

static void bands_are_words(void **state) {
    (void)state;
    assert_says(SAMPLE_REPORT_LARGE, "Statement\nWho\nMarks 1 to 3\nMarks 4 to 5\n1\nPeers\n5\n9\n2\nDirect reports\n"
                                     "all but at most one\nfewer than 2\n3\nOther colleagues\nfewer than 2\nall but at "
                                     "most one\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sample_is_a_sound_report),
        cmocka_unit_test(the_same_report_gives_the_same_outline),
        cmocka_unit_test(text_of_people_stands_between_isolates),
        cmocka_unit_test(the_figures_of_each_chart_follow_it),
        cmocka_unit_test(who_answered_is_told_group_by_group),
        cmocka_unit_test(figures_have_their_likely_range),
        cmocka_unit_test(what_is_not_there_is_not_mentioned),
        cmocka_unit_test(bands_are_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
