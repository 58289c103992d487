#include "client/render/terminal.h"

#include <stdarg.h>
#include <string.h>

#include "client/output.h"
#include "client/render/words.h"
#include "clock.h"

enum { WIDTH = 80, INDENT = 4, NAME_WIDTH = 42, FIGURE_WIDTH = 16, NOT_OBSERVED = 255 };

static void heading(FILE *out, const char *text) {
    fputc('\n', out);
    output_style(out, OUTPUT_BOLD);
    output_print(out, "%s\n", text);
    output_style(out, OUTPUT_PLAIN);
}

// Text of a message, wrapped.
static void print_text(FILE *out, const ProtobufCBinaryData *text, const char *before, size_t indent) {
    char line[4096];
    snprintf(line, sizeof line, "%s%.*s", before, (int)text->len, (const char *)text->data);
    output_wrap(out, line, indent, WIDTH);
}

PRINTF(3, 4) static void print_words(FILE *out, size_t indent, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    output_wrap(out, text, indent, WIDTH);
}

// "2026-11-22"
static void date(int64_t at, char ret_text[CLOCK_TEXT_BYTES]) {
    clock_text(at, ret_text);
    ret_text[strcspn(ret_text, "T")] = '\0';
}

// ---------------------------------------------------------------- who

static void print_title(FILE *out, const Candour__Report *report) {
    char from[CLOCK_TEXT_BYTES], until[CLOCK_TEXT_BYTES];
    date(report->answer_from, from);
    date(report->close, until);
    output_style(out, OUTPUT_BOLD);
    print_text(out, &report->subject_name, "Feedback for ", 0);
    output_style(out, OUTPUT_PLAIN);
    print_text(out, &report->round_name, "Round: ", 0);
    print_text(out, &report->organisation, "Organisation: ", 0);
    print_text(out, &report->framework, "Framework: ", 0);
    print_text(out, report->level_name.len > 0 ? &report->level_name : &report->level, "Level: ", 0);
    output_print(out, "Answers from %s to %s (UTC)\n", from, until);
}

static void print_answered(FILE *out, const Candour__Report *report) {
    heading(out, "WHO ANSWERED");
    for (size_t i = 0; i < report->n_cells; i++) {
        char name[WORDS_NAME_BYTES];
        words_cell(report->cells[i], name);
        fprintf(out, "%*s", INDENT, "");
        output_pad(out, name, NAME_WIDTH);
        output_print(out, "%u of %u people\n", report->cells[i]->ballots, report->cells[i]->invited);
    }
    for (size_t i = 0; i < report->n_groups; i++) {
        const Candour__ReportGroup *group = report->groups[i];
        if (group->outcome == CANDOUR__GROUP_OUTCOME__SHOWN || group->outcome == CANDOUR__GROUP_OUTCOME__SHOWN_MERGED)
            continue;
        fprintf(out, "%*s", INDENT, "");
        output_pad(out, words_group(group->group), NAME_WIDTH);
        if (group->outcome == CANDOUR__GROUP_OUTCOME__ANSWERED)
            fputs("answered\n", out);
        else if (group->outcome == CANDOUR__GROUP_OUTCOME__TOO_FEW)
            output_print(out, "%u asked, too few answers\n", group->invited);
        else if (group->group == CANDOUR__GROUP__SELF || group->invited == 1)
            fputs("no answer\n", out);
        else
            output_print(out, "%u asked, no answer\n", group->invited);
    }
}

// ---------------------------------------------------------------- how to read

// One figure in the middle of the scale with a range around it, as a picture and in words.
static void print_picture(FILE *out, unsigned scale_max) {
    enum { COLUMNS = 70, STEP_MAX = 10 };
    unsigned steps = scale_max - 1, step = COLUMNS / steps < STEP_MAX ? COLUMNS / steps : STEP_MAX;
    char ruler[COLUMNS + 2], marks[COLUMNS + 2];
    unsigned len = steps * step + 1, low = len / 2, figure = len * 6 / 10, high = len * 7 / 10;
    memset(ruler, '-', len);
    memset(marks, ' ', len);
    for (unsigned i = 0; i <= steps; i++)
        ruler[i * step] = '|';
    memset(marks + low, '=', high - low);
    marks[low] = '[';
    marks[high] = ']';
    marks[figure] = 'o';
    ruler[len] = marks[high + 1] = '\0';
    fprintf(out, "\n%*s", INDENT, "");
    for (unsigned i = 1; i <= steps; i++)
        output_print(out, "%-*u", (int)step, i);
    output_print(out, "%u\n%*s%s\n%*s%s\n\n", scale_max, INDENT, "", ruler, INDENT, "", marks);
}

static void print_reading(FILE *out, const Candour__Report *report) {
    heading(out, "HOW TO READ THE FIGURES");
    print_words(out, INDENT, "Each figure is an average on this scale:");
    for (size_t i = 0; i < report->n_scale; i++) {
        char before[32];
        snprintf(before, sizeof before, "%zu  ", i + 1);
        print_text(out, &report->scale[i], before, 2 * INDENT);
    }
    print_words(out, INDENT,
                "A figure rests on a few people. Had other colleagues of the same kind been asked, it would probably "
                "lie within its likely range. Where two ranges overlap, there is no clear difference.");
    print_picture(out, (unsigned)report->n_scale);
    print_words(
        out, INDENT,
        "In the picture, o is the figure, and [ and ] are the ends of its likely range. The ranges use %s: %u.%u "
        "for statements and %u.%u for competencies.",
        report->pooled_spread ? "how far answers of one group lay apart in the whole round"
                              : "a usual spread of answers, because this round was too small to measure its own",
        report->item_spread_tenths / 10, report->item_spread_tenths % 10, report->competency_spread_tenths / 10,
        report->competency_spread_tenths % 10);
}

// ---------------------------------------------------------------- figures

// figure NULL: nothing is printed.
static void print_figure(FILE *out, const char *name, const Candour__Figure *figure) {
    if (figure == NULL)
        return;
    char words[WORDS_FIGURE_BYTES];
    words_figure(figure, words);
    fprintf(out, "%*s", INDENT, "");
    output_pad(out, name, NAME_WIDTH);
    if (!words_is_number(figure) || !figure->has_low_tenths || !figure->has_high_tenths) {
        output_print(out, "%s\n", words);
        return;
    }
    output_pad(out, words, FIGURE_WIDTH);
    output_print(out, "likely %u.%u to %u.%u\n", figure->low_tenths / 10, figure->low_tenths % 10,
                 figure->high_tenths / 10, figure->high_tenths % 10);
}

// One person, so "most of this group" would be odd.
static void print_manager(FILE *out, const Candour__Figure *figure) {
    const char *name = words_group(CANDOUR__GROUP__MANAGER);
    if (figure == NULL || figure->kind != CANDOUR__FIGURE_KIND__NOT_SEEN) {
        print_figure(out, name, figure);
        return;
    }
    fprintf(out, "%*s", INDENT, "");
    output_pad(out, name, NAME_WIDTH);
    fputs("not seen\n", out);
}

static void print_figures(FILE *out, const Candour__Report *report, Candour__Figure *const *cells,
                          const Candour__Figure *colleagues) {
    for (size_t i = 0; i < report->n_cells; i++) {
        char name[WORDS_NAME_BYTES];
        words_cell(report->cells[i], name);
        print_figure(out, name, cells[i]);
    }
    // Of one cell it would be the same line again.
    if (report->n_cells > 1)
        print_figure(out, "All colleagues shown", colleagues);
}

static void print_competencies(FILE *out, const Candour__Report *report) {
    heading(out, "COMPETENCIES");
    const ProtobufCBinaryData *cluster = NULL;
    for (size_t i = 0; i < report->n_competencies; i++) {
        const Candour__ReportCompetency *one = report->competencies[i];
        bool is_same = cluster != NULL && cluster->len == one->cluster.len &&
                       memcmp(cluster->data, one->cluster.data, cluster->len) == 0;
        if (one->has_cluster && !is_same) {
            fputc('\n', out);
            print_text(out, &one->cluster, "", 0);
        }
        cluster = one->has_cluster ? &one->cluster : NULL;
        fputc('\n', out);
        output_style(out, OUTPUT_BOLD);
        print_text(out, &one->name, "", 2);
        output_style(out, OUTPUT_PLAIN);
        if (one->has_definition)
            print_text(out, &one->definition, "", 2);
        print_figures(out, report, one->cells, one->colleagues);
        print_figure(out, words_group(CANDOUR__GROUP__SELF), one->self);
        print_manager(out, one->manager);
    }
}

static void print_self(FILE *out, const Candour__ReportItem *item) {
    if (!item->has_self)
        return;
    fprintf(out, "%*s", INDENT, "");
    output_pad(out, words_group(CANDOUR__GROUP__SELF), NAME_WIDTH);
    if (item->self == NOT_OBSERVED)
        output_print(out, "not seen\n");
    else
        output_print(out, "%u\n", item->self);
}

static void print_bands(FILE *out, const Candour__Report *report, const Candour__Bands *bands) {
    unsigned end = report->band_end, max = (unsigned)report->n_scale;
    char name[WORDS_NAME_BYTES], lower[48], upper[48];
    words_cell(report->cells[bands->cell], name);
    snprintf(lower, sizeof lower, "%u", bands->lower);
    snprintf(upper, sizeof upper, "%u", bands->upper);
    if (bands->kind != CANDOUR__BANDS_KIND__COUNTS) {
        bool is_lower = bands->kind == CANDOUR__BANDS_KIND__MOSTLY_LOWER;
        snprintf(is_lower ? upper : lower, sizeof upper, "fewer than 2");
        snprintf(is_lower ? lower : upper, sizeof lower, "all but at most one");
    }
    print_words(out, INDENT, "%s: %s from 1 to %u, %s from %u to %u.", name, lower, end, upper, end + 1, max);
}

static void print_items(FILE *out, const Candour__Report *report) {
    heading(out, "STATEMENTS");
    for (size_t i = 0; i < report->n_items; i++) {
        const Candour__ReportItem *item = report->items[i];
        if (i == 0 || report->items[i - 1]->competency != item->competency) {
            fputc('\n', out);
            output_style(out, OUTPUT_BOLD);
            print_text(out, &report->competencies[item->competency]->name, "", 2);
            output_style(out, OUTPUT_PLAIN);
        }
        char before[32];
        snprintf(before, sizeof before, "%zu. ", i + 1);
        fputc('\n', out);
        print_text(out, &item->effective, before, 2);
        if (item->has_ineffective)
            print_text(out, &item->ineffective, "The opposite would be: ", 2);
        print_figures(out, report, item->cells, item->colleagues);
        print_self(out, item);
        print_manager(out, item->manager);
        for (size_t k = 0; k < item->n_bands; k++)
            print_bands(out, report, item->bands[k]);
    }
}

// ---------------------------------------------------------------- comments, hidden

static void print_comments(FILE *out, const Candour__Report *report) {
    heading(out, "COMMENTS");
    for (size_t i = 0; i < report->n_comments; i++) {
        const Candour__ReportComments *question = report->comments[i];
        fputc('\n', out);
        print_text(out, &question->question, "", 2);
        if (question->n_comments == 0)
            output_print(out, "%*sNo comment to show.\n", INDENT, "");
        for (size_t k = 0; k < question->n_comments; k++) {
            const Candour__ReportComment *one = question->comments[k];
            char before[WORDS_NAME_BYTES] = "- ";
            if (one->has_source)
                snprintf(before, sizeof before, "- %s: ", words_group(one->source));
            print_text(out, &one->text, before, INDENT);
        }
    }
    fputc('\n', out);
    if (report->comments_hidden)
        print_words(out, INDENT, "Comments of colleagues are not shown, because fewer than %u of them answered.",
                    report->rules->comments_pooled);
    else
        print_words(out, INDENT,
                    "Comments of colleagues stand in random order, and nothing connects those of one person.");
}

static void print_hidden(FILE *out, const Candour__Report *report) {
    heading(out, "WHAT IS HIDDEN, AND WHY");
    unsigned threshold = report->rules->threshold;
    if (report->n_cells == 0) {
        print_words(out, INDENT,
                    "No figure of colleagues is shown, because fewer than %u answered, even with all groups together: "
                    "with so few, an answer could be traced to a person.",
                    threshold);
        return;
    }
    print_words(out, INDENT,
                "Colleagues are shown only where at least %u answered, so that no answer can be traced to a "
                "person.",
                threshold);
    if (words_has_merged(report))
        print_words(out, INDENT, "Groups are shown together where one of them alone had fewer than %u answers.",
                    threshold);
    if (words_has_kind(report, CANDOUR__FIGURE_KIND__HIDDEN))
        print_words(out, INDENT,
                    "\"Too few answers\": fewer than %u people of the group rated this statement, or less than half of "
                    "the competency's statements.",
                    threshold);
    if (words_has_kind(report, CANDOUR__FIGURE_KIND__NOT_SEEN))
        print_words(out, INDENT, "\"Mostly not seen\": most people of the group said that they have not seen this.");
    if (words_has_kind(report, CANDOUR__FIGURE_KIND__AT_LEAST) || words_has_kind(report, CANDOUR__FIGURE_KIND__AT_MOST))
        print_words(out, INDENT,
                    "\"Or above\" and \"or below\" stand in place of figures so high or so low that they would give "
                    "single marks away.");
}

void render_terminal(FILE *out, const Candour__Report *report) {
    print_title(out, report);
    print_answered(out, report);
    print_reading(out, report);
    print_competencies(out, report);
    print_comments(out, report);
    print_items(out, report);
    print_hidden(out, report);
}
