#include "client/render/words.h"

#include <stdio.h>
#include <string.h>

#include "base.h"
#include "client/language.h"
#include "questionnaire.h"

enum { NOT_OBSERVED = 255, DIFFERENCE_MAX = 1000 };

// ---------------------------------------------------------------- may it be rendered

static bool is_group(Candour__Group group) {
    return group >= CANDOUR__GROUP__SELF && group <= CANDOUR__GROUP__OTHER;
}

bool words_is_figure(const Candour__Figure *figure) {
    return figure == NULL ||
           (figure->kind >= CANDOUR__FIGURE_KIND__HIDDEN && figure->kind <= CANDOUR__FIGURE_KIND__NOT_SEEN &&
            figure->tenths <= 100 && figure->low_tenths <= 100 && figure->high_tenths <= 100);
}

static bool are_figures(const Candour__Report *report, size_t count, Candour__Figure *const *figures) {
    if (count != report->n_cells)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!words_is_figure(figures[i]))
            return false;
    return true;
}

static bool is_comparison(Candour__Comparison kind) {
    return kind >= CANDOUR__COMPARISON__NOT_CLEAR && kind <= CANDOUR__COMPARISON__LOWER;
}

static bool is_difference(int32_t tenths) {
    return tenths >= -DIFFERENCE_MAX && tenths <= DIFFERENCE_MAX;
}

static bool is_view(const Candour__View *view) {
    return view == NULL || (is_comparison(view->kind) && is_difference(view->difference_tenths));
}

static bool are_changes(const Candour__Report *report, const Candour__ReportCompetency *competency) {
    for (size_t i = 0; i < competency->n_changes; i++) {
        const Candour__Change *one = competency->changes[i];
        if (report->previous == NULL || one->cell >= report->n_cells || !words_is_figure(one->before) ||
            !is_comparison(one->kind) || !is_difference(one->delta_tenths) || !is_difference(one->low_tenths) ||
            !is_difference(one->high_tenths))
            return false;
    }
    return true;
}

static bool are_competencies(const Candour__Report *report, size_t count, const uint32_t *list) {
    for (size_t i = 0; i < count; i++)
        if (list[i] >= report->n_competencies)
            return false;
    return true;
}

static bool is_ranking(const Candour__Report *report, const Candour__Ranking *ranking) {
    return ranking == NULL ||
           (ranking->kind >= CANDOUR__RANKING_KIND__CLEAR && ranking->kind <= CANDOUR__RANKING_KIND__EVEN &&
            (ranking->kind == CANDOUR__RANKING_KIND__EVEN || ranking->n_competencies > 0) &&
            are_competencies(report, ranking->n_competencies, ranking->competencies) &&
            are_competencies(report, ranking->n_tied, ranking->tied));
}

static bool is_item(const Candour__Report *report, const Candour__ReportItem *item) {
    for (size_t i = 0; i < item->n_bands; i++)
        if (item->bands[i]->cell >= report->n_cells || item->bands[i]->kind < CANDOUR__BANDS_KIND__COUNTS ||
            item->bands[i]->kind > CANDOUR__BANDS_KIND__MOSTLY_UPPER)
            return false;
    return item->competency < report->n_competencies && are_figures(report, item->n_cells, item->cells) &&
           words_is_figure(item->colleagues) && words_is_figure(item->manager) && is_view(item->view) &&
           (!item->has_self || item->self <= report->n_scale || item->self == NOT_OBSERVED);
}

static bool are_sources(const Candour__Report *report) {
    for (size_t i = 0; i < report->n_groups; i++)
        if (!is_group(report->groups[i]->group) || report->groups[i]->outcome < CANDOUR__GROUP_OUTCOME__ANSWERED ||
            report->groups[i]->outcome > CANDOUR__GROUP_OUTCOME__TOO_FEW)
            return false;
    unsigned seen = 0; // each group of colleagues is in one cell at most, so there are three cells at most
    for (size_t i = 0; i < report->n_cells; i++) {
        const Candour__ReportCell *cell = report->cells[i];
        if (cell->n_groups == 0)
            return false;
        for (size_t k = 0; k < cell->n_groups; k++) {
            Candour__Group group = cell->groups[k];
            if (!is_group(group) || group < CANDOUR__GROUP__PEER || (seen & 1u << group) != 0)
                return false;
            seen |= 1u << group;
        }
    }
    for (size_t i = 0; i < report->n_comments; i++)
        for (size_t k = 0; k < report->comments[i]->n_comments; k++)
            if (report->comments[i]->comments[k]->has_source && !is_group(report->comments[i]->comments[k]->source))
                return false;
    return true;
}

bool words_is_sound(const Candour__Report *report) {
    if (report->n_scale < QUESTIONNAIRE_SCALE_MIN || report->n_scale > QUESTIONNAIRE_SCALE_MAX ||
        report->band_end >= report->n_scale || !are_sources(report) || !is_ranking(report, report->strengths) ||
        !is_ranking(report, report->areas) || !are_competencies(report, report->n_views, report->views))
        return false;
    for (size_t i = 0; i < report->n_views; i++)
        if (report->competencies[report->views[i]]->view == NULL)
            return false;
    for (size_t i = 0; i < report->n_competencies; i++) {
        const Candour__ReportCompetency *one = report->competencies[i];
        if (!are_figures(report, one->n_cells, one->cells) || !words_is_figure(one->colleagues) ||
            !words_is_figure(one->self) || !words_is_figure(one->manager) || !is_view(one->view) ||
            !are_changes(report, one) ||
            (one->has_list &&
             (one->list < CANDOUR__VIEW_LIST__STRENGTH_BOTH_SEE || one->list > CANDOUR__VIEW_LIST__AREA_OTHERS_SEE)))
            return false;
    }
    for (size_t i = 0; i < report->n_items; i++)
        if (!is_item(report, report->items[i]))
            return false;
    return true;
}

// ---------------------------------------------------------------- names

const char *words_group_key(Candour__Group group) {
    static const char *const keys[] = {"", N_("self"), N_("manager"), N_("peer"), N_("report"), N_("other")};
    return is_group(group) ? keys[group] : keys[0];
}

const char *words_kind_key(Candour__FigureKind kind) {
    static const char *const keys[] = {"", "hidden", "exact", "at_most", "at_least", "not_seen"};
    return keys[kind];
}

const char *words_bands_key(Candour__BandsKind kind) {
    static const char *const keys[] = {"", "counts", "mostly_lower", "mostly_upper"};
    return keys[kind];
}

const char *words_comparison_key(Candour__Comparison kind) {
    static const char *const keys[] = {"", "not_clear", "higher", "lower"};
    return keys[kind];
}

const char *words_outcome_key(Candour__GroupOutcome outcome) {
    static const char *const keys[] = {"", "answered", "no_answer", "shown", "shown_merged", "too_few"};
    return keys[outcome];
}

const char *words_group(Candour__Group group) {
    static const char *const names[] = {"",          N_("Self"),           N_("Manager"),
                                        N_("Peers"), N_("Direct reports"), N_("Other colleagues")};
    return is_group(group) ? _(names[group]) : names[0];
}

const char *words_source(const Candour__ReportCell *cell) {
    enum { PEER = 1 << CANDOUR__GROUP__PEER, REPORT = 1 << CANDOUR__GROUP__REPORT, OTHER = 1 << CANDOUR__GROUP__OTHER };
    unsigned groups = 0;
    for (size_t i = 0; i < cell->n_groups; i++)
        groups |= 1u << cell->groups[i];
    switch (groups) {
    case PEER | OTHER:
        return _("Peers and others together");
    case REPORT | OTHER:
        return _("Direct reports and others together");
    case PEER | REPORT:
        return _("Peers and direct reports together");
    case PEER | REPORT | OTHER:
        return _("Peers, direct reports and others together");
    default:
        return words_group(cell->groups[0]);
    }
}

// ---------------------------------------------------------------- figures

bool words_is_number(const Candour__Figure *figure) {
    return figure->kind == CANDOUR__FIGURE_KIND__EXACT || figure->kind == CANDOUR__FIGURE_KIND__AT_MOST ||
           figure->kind == CANDOUR__FIGURE_KIND__AT_LEAST;
}

void words_figure(const Candour__Figure *figure, char ret_text[WORDS_FIGURE_BYTES]) {
    unsigned whole = figure->tenths / 10, tenth = figure->tenths % 10;
    switch (figure->kind) {
    case CANDOUR__FIGURE_KIND__EXACT:
        snprintf(ret_text, WORDS_FIGURE_BYTES, "%u.%u", whole, tenth);
        break;
    case CANDOUR__FIGURE_KIND__AT_MOST:
        snprintf(ret_text, WORDS_FIGURE_BYTES, _("%1$u.%2$u or below"), whole, tenth);
        break;
    case CANDOUR__FIGURE_KIND__AT_LEAST:
        snprintf(ret_text, WORDS_FIGURE_BYTES, _("%1$u.%2$u or above"), whole, tenth);
        break;
    case CANDOUR__FIGURE_KIND__NOT_SEEN:
        snprintf(ret_text, WORDS_FIGURE_BYTES, "%s", _("mostly not seen"));
        break;
    default:
        snprintf(ret_text, WORDS_FIGURE_BYTES, "%s", _("too few answers"));
    }
}

// ---------------------------------------------------------------- what is there

bool words_has_answered(const Candour__Report *report, Candour__Group group) {
    for (size_t i = 0; i < report->n_groups; i++)
        if (report->groups[i]->group == group && report->groups[i]->outcome == CANDOUR__GROUP_OUTCOME__ANSWERED)
            return true;
    return false;
}

static bool has_kind(size_t count, Candour__Figure *const *figures, Candour__FigureKind kind) {
    for (size_t i = 0; i < count; i++)
        if (figures[i]->kind == kind)
            return true;
    return false;
}

bool words_has_kind(const Candour__Report *report, Candour__FigureKind kind) {
    for (size_t i = 0; i < report->n_items; i++)
        if (has_kind(report->items[i]->n_cells, report->items[i]->cells, kind))
            return true;
    for (size_t i = 0; i < report->n_competencies; i++)
        if (has_kind(report->competencies[i]->n_cells, report->competencies[i]->cells, kind))
            return true;
    return false;
}

bool words_has_merged(const Candour__Report *report) {
    for (size_t i = 0; i < report->n_cells; i++)
        if (report->cells[i]->n_groups > 1)
            return true;
    return false;
}
