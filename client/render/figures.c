#include "client/render/figures.h"

#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "client/output.h"
#include "client/render/words.h"

enum { NUMBER_BYTES = 16, NOT_OBSERVED = 255 };

#define IN(part)   (1U << FIGURES_##part)
#define EVERYWHERE ((1U << FIGURES_PARTS) - 1)
#define OF_FIGURES (IN(COMPETENCIES) | IN(STATEMENTS))
#define OF_ALL     (OF_FIGURES | IN(BANDS) | IN(VIEWS) | IN(CHANGES))

static const struct {
    const char *title, *word;
} parts[] = {
    [FIGURES_ANSWERED] = {"Who answered", "answered"},  [FIGURES_COMPETENCIES] = {"Competencies", "competency"},
    [FIGURES_STATEMENTS] = {"Statements", "statement"}, [FIGURES_BANDS] = {"Bands", "bands"},
    [FIGURES_VIEWS] = {"Self and others", "view"},      [FIGURES_CHANGES] = {"Since last round", "change"},
    [FIGURES_COMMENTS] = {"Comments", "comment"},
};
static const struct {
    const char *heading;
    unsigned used_in;
    bool is_number;
} columns[] = {
    [FIGURES_ROUND] = {"round", EVERYWHERE, false},
    [FIGURES_ABOUT] = {"about", EVERYWHERE, false},
    [FIGURES_PART] = {"part", EVERYWHERE, false},
    [FIGURES_CLUSTER] = {"cluster", OF_ALL, false},
    [FIGURES_COMPETENCY] = {"competency", OF_ALL, false},
    [FIGURES_NUMBER] = {"number", IN(STATEMENTS) | IN(BANDS) | IN(VIEWS), true},
    [FIGURES_STATEMENT] = {"statement", IN(STATEMENTS) | IN(BANDS) | IN(VIEWS), false},
    [FIGURES_QUESTION] = {"question", IN(COMMENTS), false},
    [FIGURES_SOURCE] = {"source", EVERYWHERE, false},
    [FIGURES_ASKED] = {"asked", IN(ANSWERED), true},
    [FIGURES_PEOPLE] = {"people", IN(ANSWERED) | OF_FIGURES, true},
    [FIGURES_KIND] = {"kind", IN(ANSWERED) | OF_ALL, false},
    [FIGURES_BEFORE] = {"before", IN(CHANGES), true},
    [FIGURES_VALUE] = {"value", OF_FIGURES | IN(VIEWS) | IN(CHANGES), true},
    [FIGURES_LOW] = {"likely from", OF_FIGURES | IN(CHANGES), true},
    [FIGURES_HIGH] = {"likely to", OF_FIGURES | IN(CHANGES), true},
    [FIGURES_LOWER] = {"lower band", IN(BANDS), true},
    [FIGURES_UPPER] = {"upper band", IN(BANDS), true},
    [FIGURES_COMMENT] = {"comment", IN(COMMENTS), false},
};

const char *figures_title(enum figures_part part) {
    return parts[part].title;
}

const char *figures_heading(enum figures_column column) {
    return columns[column].heading;
}

bool figures_is_number(enum figures_column column) {
    return columns[column].is_number;
}

bool figures_is_used(enum figures_column column, enum figures_part part) {
    return (columns[column].used_in & 1U << part) != 0;
}

// ---------------------------------------------------------------- a row

// A row being filled. A text is too long for its room only when the server breaks the protocol's limits; it is cut
// then.
struct row {
    const Candour__Report *report;
    figures_take *take;
    void *context;
    const char *cells[FIGURES_COLUMNS];
    char room[FIGURES_COLUMNS][FIGURES_TEXT_BYTES];
};

static void set_text(struct row *row, enum figures_column column, const ProtobufCBinaryData *text) {
    output_clean(text->data, text->len, false, row->room[column], FIGURES_TEXT_BYTES);
    row->cells[column] = row->room[column];
}

static void set_number(struct row *row, enum figures_column column, uint32_t number) {
    snprintf(row->room[column], NUMBER_BYTES, "%u", number);
    row->cells[column] = row->room[column];
}

static void set_tenths(struct row *row, enum figures_column column, int32_t tenths) {
    snprintf(row->room[column], NUMBER_BYTES, "%s%d.%d", tenths < 0 ? "-" : "", abs(tenths) / 10, abs(tenths) % 10);
    row->cells[column] = row->room[column];
}

static void clear(struct row *row, enum figures_column from, enum figures_column to) {
    for (unsigned i = from; i <= to; i++)
        row->cells[i] = NULL;
}

// Hands out the row, and leaves what is before the source for the next one.
static void emit(struct row *row, const char *source) {
    row->cells[FIGURES_SOURCE] = source;
    row->take(row->context, row->cells);
    clear(row, FIGURES_SOURCE, FIGURES_COLUMNS - 1);
}

static void emit_cell(struct row *row, size_t cell) {
    emit(row, words_source(row->report->cells[cell]));
}

// ---------------------------------------------------------------- parts

static void give_answered(struct row *row) {
    const Candour__Report *report = row->report;
    for (size_t i = 0; i < report->n_cells; i++) {
        set_number(row, FIGURES_ASKED, report->cells[i]->invited);
        set_number(row, FIGURES_PEOPLE, report->cells[i]->ballots);
        row->cells[FIGURES_KIND] = words_outcome_key(CANDOUR__GROUP_OUTCOME__SHOWN);
        emit_cell(row, i);
    }
    for (size_t i = 0; i < report->n_groups; i++) {
        const Candour__ReportGroup *one = report->groups[i];
        if (one->outcome == CANDOUR__GROUP_OUTCOME__SHOWN)
            continue; // a cell of its own
        set_number(row, FIGURES_ASKED, one->invited);
        row->cells[FIGURES_KIND] = words_outcome_key(one->outcome);
        emit(row, words_group(one->group));
    }
}

// figure NULL: false, and no row.
static bool set_figure(struct row *row, const Candour__Figure *figure) {
    if (figure == NULL)
        return false;
    row->cells[FIGURES_KIND] = words_kind_key(figure->kind);
    if (!words_is_number(figure))
        return true;
    set_tenths(row, FIGURES_VALUE, (int32_t)figure->tenths);
    set_number(row, FIGURES_PEOPLE, figure->ballots);
    if (figure->has_low_tenths)
        set_tenths(row, FIGURES_LOW, (int32_t)figure->low_tenths);
    if (figure->has_high_tenths)
        set_tenths(row, FIGURES_HIGH, (int32_t)figure->high_tenths);
    return true;
}

static void give_colleagues(struct row *row, Candour__Figure *const *cells, const Candour__Figure *all) {
    for (size_t i = 0; i < row->report->n_cells; i++)
        if (set_figure(row, cells[i]))
            emit_cell(row, i);
    if (set_figure(row, all))
        emit(row, "All colleagues shown");
}

static void set_competency(struct row *row, const Candour__ReportCompetency *one) {
    row->cells[FIGURES_CLUSTER] = NULL;
    if (one->has_cluster)
        set_text(row, FIGURES_CLUSTER, &one->cluster);
    set_text(row, FIGURES_COMPETENCY, &one->name);
}

static void give_competencies(struct row *row) {
    for (size_t i = 0; i < row->report->n_competencies; i++) {
        const Candour__ReportCompetency *one = row->report->competencies[i];
        set_competency(row, one);
        give_colleagues(row, one->cells, one->colleagues);
        if (set_figure(row, one->self))
            emit(row, words_group(CANDOUR__GROUP__SELF));
        if (set_figure(row, one->manager))
            emit(row, words_group(CANDOUR__GROUP__MANAGER));
    }
}

static void set_item(struct row *row, size_t at) {
    const Candour__ReportItem *item = row->report->items[at];
    set_competency(row, row->report->competencies[item->competency]);
    set_number(row, FIGURES_NUMBER, (uint32_t)at + 1);
    set_text(row, FIGURES_STATEMENT, &item->effective);
}

static void give_statements(struct row *row) {
    for (size_t i = 0; i < row->report->n_items; i++) {
        const Candour__ReportItem *item = row->report->items[i];
        set_item(row, i);
        give_colleagues(row, item->cells, item->colleagues);
        if (item->has_self && item->self != 0) {
            bool has_seen = item->self != NOT_OBSERVED;
            row->cells[FIGURES_KIND] =
                words_kind_key(has_seen ? CANDOUR__FIGURE_KIND__EXACT : CANDOUR__FIGURE_KIND__NOT_SEEN);
            if (has_seen)
                set_number(row, FIGURES_VALUE, item->self);
            emit(row, words_group(CANDOUR__GROUP__SELF));
        }
        if (set_figure(row, item->manager))
            emit(row, words_group(CANDOUR__GROUP__MANAGER));
    }
}

static void give_view(struct row *row, const Candour__View *view) {
    if (view == NULL)
        return;
    row->cells[FIGURES_KIND] = words_comparison_key(view->kind);
    set_tenths(row, FIGURES_VALUE, view->difference_tenths);
    emit(row, words_group(CANDOUR__GROUP__SELF));
}

static void give_views(struct row *row) {
    for (size_t i = 0; i < row->report->n_competencies; i++) {
        set_competency(row, row->report->competencies[i]);
        give_view(row, row->report->competencies[i]->view);
    }
    for (size_t i = 0; i < row->report->n_items; i++) {
        set_item(row, i);
        give_view(row, row->report->items[i]->view);
    }
}

static void give_changes(struct row *row) {
    for (size_t i = 0; i < row->report->n_competencies; i++) {
        const Candour__ReportCompetency *one = row->report->competencies[i];
        set_competency(row, one);
        for (size_t k = 0; k < one->n_changes; k++) {
            const Candour__Change *change = one->changes[k];
            row->cells[FIGURES_KIND] = words_comparison_key(change->kind);
            set_tenths(row, FIGURES_BEFORE, (int32_t)change->before->tenths);
            set_tenths(row, FIGURES_VALUE, change->delta_tenths);
            set_tenths(row, FIGURES_LOW, change->low_tenths);
            set_tenths(row, FIGURES_HIGH, change->high_tenths);
            emit_cell(row, change->cell);
        }
    }
}

static void give_bands(struct row *row) {
    for (size_t i = 0; i < row->report->n_items; i++) {
        const Candour__ReportItem *item = row->report->items[i];
        set_item(row, i);
        for (size_t k = 0; k < item->n_bands; k++) {
            const Candour__Bands *bands = item->bands[k];
            row->cells[FIGURES_KIND] = words_bands_key(bands->kind);
            if (bands->kind == CANDOUR__BANDS_KIND__COUNTS) {
                set_number(row, FIGURES_LOWER, bands->lower);
                set_number(row, FIGURES_UPPER, bands->upper);
            }
            emit_cell(row, bands->cell);
        }
    }
}

static void give_comments(struct row *row) {
    for (size_t i = 0; i < row->report->n_comments; i++) {
        const Candour__ReportComments *question = row->report->comments[i];
        set_text(row, FIGURES_QUESTION, &question->question);
        for (size_t k = 0; k < question->n_comments; k++) {
            const Candour__ReportComment *one = question->comments[k];
            set_text(row, FIGURES_COMMENT, &one->text);
            emit(row, one->has_source ? words_group(one->source) : "Colleagues");
        }
    }
}

void figures_rows(const Candour__Report *report, enum figures_part part, figures_take *take, void *context) {
    static void (*const give[])(struct row *) = {
        [FIGURES_ANSWERED] = give_answered,     [FIGURES_COMPETENCIES] = give_competencies,
        [FIGURES_STATEMENTS] = give_statements, [FIGURES_BANDS] = give_bands,
        [FIGURES_VIEWS] = give_views,           [FIGURES_CHANGES] = give_changes,
        [FIGURES_COMMENTS] = give_comments,
    };
    static _Thread_local struct row row; // too large for the stack
    row.report = report;
    row.take = take;
    row.context = context;
    clear(&row, 0, FIGURES_COLUMNS - 1);
    set_text(&row, FIGURES_ROUND, &report->round_name);
    set_text(&row, FIGURES_ABOUT, &report->subject_name);
    row.cells[FIGURES_PART] = parts[part].word;
    give[part](&row);
}
