#include "daemon/clerk/proof.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/clerk/shown.h"
#include "daemon/report/findings.h"
#include "questionnaire.h"

// ---------------------------------------------------------------- figures

static bool is_figure(const Candour__Figure *m, const struct figure *wanted, const struct range *range) {
    struct figure f = shown_figure(m);
    bool has_range = range != NULL && figure_is_number(wanted);
    if (m == NULL) { // self and manager: nobody answered
        return wanted->kind == FIGURE_HIDDEN && range == NULL;
    }
    return f.kind == wanted->kind && f.tenths == wanted->tenths && f.ballots == wanted->ballots &&
           m->has_low_tenths == has_range && m->has_high_tenths == has_range &&
           (!has_range || (m->low_tenths == range->low_tenths && m->high_tenths == range->high_tenths));
}

static bool is_value(const Candour__Figure *m, const struct figure *wanted, uint32_t s0_tenths, size_t scale) {
    struct range range = figure_range(wanted, s0_tenths, (uint32_t)scale);
    return is_figure(m, wanted, &range);
}

// All colleagues are the pool of the cells; absent without any.
static bool is_pool(const Candour__Figure *m, Candour__Figure *const *cells, const Candour__Report *report,
                    uint32_t s0_tenths) {
    struct figure figures[CELLS_GROUPS];
    for (size_t c = 0; c < report->n_cells; c++) {
        figures[c] = shown_figure(cells[c]);
    }
    struct figure pool = figure_pool(figures, report->n_cells);
    return report->n_cells == 0 ? m == NULL : m != NULL && is_value(m, &pool, s0_tenths, report->n_scale);
}

// ---------------------------------------------------------------- cells and items

static bool are_cells(const Candour__Report *report) {
    unsigned taken = 0;
    if (report->n_cells > CELLS_GROUPS || report->n_scale < QUESTIONNAIRE_SCALE_MIN ||
        report->n_scale > QUESTIONNAIRE_SCALE_MAX || report->n_items > REPORT_ITEMS_MAX ||
        report->n_competencies > COMPARE_COMPETENCIES_MAX) {
        return false;
    }
    for (size_t c = 0; c < report->n_cells; c++) {
        const Candour__ReportCell *cell = report->cells[c];
        if (cell->ballots < report->rules->threshold || cell->n_groups == 0) {
            return false;
        }
        for (size_t i = 0; i < cell->n_groups; i++) {
            unsigned group = 1u << cell->groups[i];
            if (cell->groups[i] < CANDOUR__GROUP__PEER || (taken & group)) {
                return false;
            }
            taken |= group;
        }
    }
    return true;
}

static bool are_bands(const Candour__Report *report, const Candour__ReportItem *item) {
    for (size_t i = 0; i < item->n_bands; i++) {
        const Candour__Bands *b = item->bands[i];
        struct figure f = b->cell < report->n_cells ? shown_figure(item->cells[b->cell]) : shown_figure(NULL);
        if (!figure_is_number(&f) || report->rules->tail_high > 0 || f.ballots < REPORT_BANDS_MIN) {
            return false;
        }
        bool has_counts = b->kind == CANDOUR__BANDS_KIND__COUNTS;
        if (has_counts != b->has_lower || has_counts != b->has_upper ||
            (has_counts && (b->lower < 2 || b->upper < 2 || b->lower + b->upper < REPORT_BANDS_MIN))) {
            return false;
        }
    }
    return true;
}

// A cell's number stands between the tails. How many of its people rated the item is not said: what all of them would
// leave open is the widest.
static bool is_between_tails(const Candour__Report *report, const struct figure *f) {
    uint64_t n = f->ballots, step = report->n_scale - 1, inside = f->kind == FIGURE_EXACT ? 2 : 1;
    uint64_t low = n + step * report->rules->tail_low + inside, above = step * report->rules->tail_high + inside;
    return !figure_is_number(f) || (low + above <= report->n_scale * n && f->tenths >= figure_tenths(low, n) &&
                                    f->tenths <= figure_tenths(report->n_scale * n - above, n));
}

static bool is_item(const Candour__Report *report, const Candour__ReportItem *item) {
    if (item->n_cells != report->n_cells || item->competency >= report->n_competencies || item->self > UINT8_MAX) {
        return false;
    }
    for (size_t c = 0; c < report->n_cells; c++) {
        struct figure f = shown_figure(item->cells[c]);
        uint32_t ballots = figure_is_number(&f) ? report->cells[c]->ballots : 0;
        if (f.ballots != ballots || !is_between_tails(report, &f) ||
            !is_value(item->cells[c], &f, report->item_spread_tenths, report->n_scale)) {
            return false;
        }
    }
    return are_bands(report, item) && is_pool(item->colleagues, item->cells, report, report->item_spread_tenths);
}

// ---------------------------------------------------------------- competencies

enum { SOURCE_SELF = CELLS_GROUPS, SOURCE_MANAGER };
static struct figure item_figure(const Candour__ReportItem *item, size_t source) {
    return source == SOURCE_SELF      ? report_self_figure(item->has_self ? (uint8_t)item->self : 0)
           : source == SOURCE_MANAGER ? shown_figure(item->manager)
                                      : shown_figure(item->cells[source]);
}

static struct figure mean_of_items(const Candour__Report *report, size_t competency, size_t source) {
    struct figure figures[REPORT_ITEMS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < report->n_items; i++) {
        if (report->items[i]->competency == competency) {
            figures[count++] = item_figure(report->items[i], source);
        }
    }
    return figure_mean(figures, count);
}

static bool is_competency(const Candour__Report *report, size_t k) {
    const Candour__ReportCompetency *m = report->competencies[k];
    uint32_t s0_tenths = report->competency_spread_tenths;
    struct figure self = mean_of_items(report, k, SOURCE_SELF), manager = mean_of_items(report, k, SOURCE_MANAGER);
    if (m->n_cells != report->n_cells || !is_figure(m->self, &self, NULL) || !is_figure(m->manager, &manager, NULL)) {
        return false;
    }
    for (size_t c = 0; c < report->n_cells; c++) {
        struct figure mean = mean_of_items(report, k, c);
        if (!is_value(m->cells[c], &mean, s0_tenths, report->n_scale)) {
            return false;
        }
    }
    return is_pool(m->colleagues, m->cells, report, s0_tenths);
}

// ---------------------------------------------------------------- findings

static bool is_view(const Candour__View *m, const struct findings_view *wanted) {
    if (m == NULL || wanted->kind == COMPARE_NONE) {
        return m == NULL && wanted->kind == COMPARE_NONE;
    }
    return (int)m->kind == wanted->kind && m->difference_tenths == wanted->difference_tenths;
}

static bool is_list(size_t count, const uint32_t *list, size_t wanted_count, const uint32_t *wanted) {
    return count == wanted_count && (count == 0 || memcmp(list, wanted, count * sizeof *list) == 0);
}

static bool is_ranking(const Candour__Ranking *m, const struct ranking *wanted) {
    if (m == NULL || wanted->kind == RANKING_NONE) {
        return m == NULL && wanted->kind == RANKING_NONE;
    }
    uint64_t tied = 0;
    for (size_t i = 0; i < m->n_tied && m->tied[i] < COMPARE_COMPETENCIES_MAX; i++) {
        tied |= (uint64_t)1 << m->tied[i];
    }
    return (int)m->kind == (int)wanted->kind && tied == wanted->tied &&
           is_list(m->n_competencies, m->competencies, wanted->count, wanted->list);
}

static bool are_findings(const Candour__Report *report, const struct findings *f) {
    for (size_t i = 0; i < report->n_items; i++) {
        if (!is_view(report->items[i]->view, &f->items[i])) {
            return false;
        }
    }
    for (size_t k = 0; k < report->n_competencies; k++) {
        const Candour__ReportCompetency *m = report->competencies[k];
        if (!is_view(m->view, &f->competencies[k]) || (m->has_list ? (int)m->list : COMPARE_NO_LIST) != f->lists[k]) {
            return false;
        }
    }
    return is_ranking(report->strengths, &f->strengths) && is_ranking(report->areas, &f->areas) &&
           is_list(report->n_views, report->views, f->view_count, f->views);
}

// What the message shows, as the engine's own structures: only what findings are made of.
static bool has_findings(const Candour__Report *report) {
    struct report_item items[REPORT_ITEMS_MAX] = {0};
    struct report_competency competencies[COMPARE_COMPETENCIES_MAX] = {0};
    struct report_output shown = {.item_count = (uint32_t)report->n_items,
                                  .competency_count = (uint32_t)report->n_competencies,
                                  .items = items,
                                  .competencies = competencies};
    struct spread spread = {report->item_spread_tenths, report->competency_spread_tenths, report->pooled_spread};
    for (size_t i = 0; i < report->n_items; i++) {
        items[i].self = report->items[i]->has_self ? (uint8_t)report->items[i]->self : 0;
        items[i].colleagues = shown_value(report->items[i]->colleagues);
    }
    for (size_t k = 0; k < report->n_competencies; k++) {
        competencies[k].self = shown_figure(report->competencies[k]->self);
        competencies[k].colleagues = shown_value(report->competencies[k]->colleagues);
    }
    struct findings findings;
    findings_make(&shown, &spread, (uint32_t)report->n_scale, &findings);
    return are_findings(report, &findings);
}

// The figure before is another report's; what is said about it must follow from it and from this one's.
static bool are_changes(const Candour__Report *report, const Candour__ReportCompetency *m) {
    for (size_t i = 0; i < m->n_changes; i++) {
        const Candour__Change *one = m->changes[i];
        if (report->previous == NULL || one->cell >= m->n_cells) {
            return false;
        }
        struct figure before = shown_figure(one->before), now = shown_figure(m->cells[one->cell]);
        struct compare_change wanted =
            compare_rounds(&before, &now, report->competency_spread_tenths, (uint32_t)report->n_scale);
        if ((int)one->kind != (int)wanted.kind || one->delta_tenths != wanted.delta_tenths ||
            one->low_tenths != wanted.low_tenths || one->high_tenths != wanted.high_tenths) {
            return false;
        }
    }
    return true;
}

// ---------------------------------------------------------------- comments

// May a comment name this group of colleagues?
static bool is_source(const Candour__Report *report, Candour__Group group) {
    uint32_t ballots_min = report->rules->comments_by_group;
    for (size_t c = 0; c < report->n_cells && ballots_min > 0; c++) {
        const Candour__ReportCell *cell = report->cells[c];
        if (cell->n_groups == 1 && cell->groups[0] == group) {
            return cell->ballots >= ballots_min;
        }
    }
    return false;
}

static bool are_comments(const Candour__Report *report) {
    uint64_t ballots = 0;
    for (size_t c = 0; c < report->n_cells; c++) {
        ballots += report->cells[c]->ballots;
    }
    bool is_hidden = report->n_cells == 0 || ballots < report->rules->comments_pooled;
    for (size_t q = 0; q < report->n_comments; q++) {
        for (size_t i = 0; i < report->comments[q]->n_comments; i++) {
            const Candour__ReportComment *one = report->comments[q]->comments[i];
            bool is_known = one->has_source && one->source < CANDOUR__GROUP__PEER;
            if (!is_known && (is_hidden || (one->has_source && !is_source(report, one->source)))) {
                return false;
            }
        }
    }
    return report->comments_hidden == is_hidden;
}

const char *proof_report(const Candour__Report *report) {
    if (!are_cells(report)) {
        return "cells";
    }
    for (size_t i = 0; i < report->n_items; i++) {
        if (!is_item(report, report->items[i])) {
            return "item";
        }
    }
    for (size_t k = 0; k < report->n_competencies; k++) {
        if (!is_competency(report, k) || !are_changes(report, report->competencies[k])) {
            return "competency";
        }
    }
    if (!are_comments(report)) {
        return "comments";
    }
    return has_findings(report) ? NULL : "findings";
}
