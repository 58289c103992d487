#include "client/render/words.h"

#include <stdio.h>
#include <string.h>

#include "base.h"
#include "questionnaire.h"

enum { NOT_OBSERVED = 255 };

// ---------------------------------------------------------------- may it be rendered

static bool is_group(Candour__Group group) {
    return group >= CANDOUR__GROUP__SELF && group <= CANDOUR__GROUP__OTHER;
}

static bool is_figure(const Candour__Figure *figure) {
    return figure == NULL ||
           (figure->kind >= CANDOUR__FIGURE_KIND__HIDDEN && figure->kind <= CANDOUR__FIGURE_KIND__NOT_SEEN &&
            figure->tenths <= 100 && figure->low_tenths <= 100 && figure->high_tenths <= 100);
}

static bool are_figures(const Candour__Report *report, size_t count, Candour__Figure *const *figures) {
    if (count != report->n_cells)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_figure(figures[i]))
            return false;
    return true;
}

static bool is_item(const Candour__Report *report, const Candour__ReportItem *item) {
    for (size_t i = 0; i < item->n_bands; i++)
        if (item->bands[i]->cell >= report->n_cells || item->bands[i]->kind < CANDOUR__BANDS_KIND__COUNTS ||
            item->bands[i]->kind > CANDOUR__BANDS_KIND__MOSTLY_UPPER)
            return false;
    return item->competency < report->n_competencies && are_figures(report, item->n_cells, item->cells) &&
           is_figure(item->colleagues) && is_figure(item->manager) &&
           (!item->has_self || item->self <= report->n_scale || item->self == NOT_OBSERVED);
}

static bool are_sources(const Candour__Report *report) {
    for (size_t i = 0; i < report->n_invited; i++)
        if (!is_group(report->invited[i]->group))
            return false;
    for (size_t i = 0; i < report->n_cells; i++) {
        const Candour__ReportCell *cell = report->cells[i];
        if (cell->n_groups == 0 || cell->n_groups > 3)
            return false;
        for (size_t k = 0; k < cell->n_groups; k++)
            if (!is_group(cell->groups[k]) || cell->groups[k] < CANDOUR__GROUP__PEER)
                return false;
    }
    for (size_t i = 0; i < report->n_comments; i++)
        for (size_t k = 0; k < report->comments[i]->n_comments; k++)
            if (report->comments[i]->comments[k]->has_source && !is_group(report->comments[i]->comments[k]->source))
                return false;
    return true;
}

bool words_is_sound(const Candour__Report *report) {
    if (report->n_scale < QUESTIONNAIRE_SCALE_MIN || report->n_scale > QUESTIONNAIRE_SCALE_MAX || !are_sources(report))
        return false;
    for (size_t i = 0; i < report->n_competencies; i++) {
        const Candour__ReportCompetency *one = report->competencies[i];
        if (!are_figures(report, one->n_cells, one->cells) || !is_figure(one->colleagues) || !is_figure(one->self) ||
            !is_figure(one->manager))
            return false;
    }
    for (size_t i = 0; i < report->n_items; i++)
        if (!is_item(report, report->items[i]))
            return false;
    return true;
}

// ---------------------------------------------------------------- names

const char *words_group_key(Candour__Group group) {
    static const char *const keys[] = {"", "self", "manager", "peer", "report", "other"};
    return is_group(group) ? keys[group] : keys[0];
}

const char *words_group(Candour__Group group) {
    static const char *const names[] = {"", "Self", "Manager", "Peers", "Direct reports", "Other colleagues"};
    return is_group(group) ? names[group] : names[0];
}

void words_cell(const Candour__ReportCell *cell, char ret_name[WORDS_NAME_BYTES]) {
    static const char *const first[] = {"", "", "", "Peers", "Direct reports", "Others"};
    static const char *const later[] = {"", "", "", "peers", "direct reports", "others"};
    if (cell->n_groups == 1) {
        snprintf(ret_name, WORDS_NAME_BYTES, "%s", words_group(cell->groups[0]));
        return;
    }
    int used = 0;
    for (size_t i = 0; i < cell->n_groups && used >= 0 && used < WORDS_NAME_BYTES; i++) {
        const char *joint = i == 0 ? "" : i + 1 == cell->n_groups ? " and " : ", ";
        used += snprintf(ret_name + used, WORDS_NAME_BYTES - (size_t)used, "%s%s", joint,
                         i == 0 ? first[cell->groups[i]] : later[cell->groups[i]]);
    }
    size_t len = strlen(ret_name);
    snprintf(ret_name + len, WORDS_NAME_BYTES - len, " together");
}

// ---------------------------------------------------------------- figures

bool words_is_number(const Candour__Figure *figure) {
    return figure->kind == CANDOUR__FIGURE_KIND__EXACT || figure->kind == CANDOUR__FIGURE_KIND__AT_MOST ||
           figure->kind == CANDOUR__FIGURE_KIND__AT_LEAST;
}

void words_figure(const Candour__Figure *figure, char ret_text[WORDS_FIGURE_BYTES]) {
    const char *after = figure->kind == CANDOUR__FIGURE_KIND__AT_MOST    ? " or below"
                        : figure->kind == CANDOUR__FIGURE_KIND__AT_LEAST ? " or above"
                                                                         : "";
    if (words_is_number(figure))
        snprintf(ret_text, WORDS_FIGURE_BYTES, "%u.%u%s", figure->tenths / 10, figure->tenths % 10, after);
    else
        snprintf(ret_text, WORDS_FIGURE_BYTES, "%s",
                 figure->kind == CANDOUR__FIGURE_KIND__HIDDEN ? "too few answers" : "mostly not seen");
}

// ---------------------------------------------------------------- what is there

bool words_has_self(const Candour__Report *report) {
    for (size_t i = 0; i < report->n_items; i++)
        if (report->items[i]->has_self)
            return true;
    return false;
}

bool words_has_manager(const Candour__Report *report) {
    for (size_t i = 0; i < report->n_items; i++)
        if (report->items[i]->manager != NULL)
            return true;
    return false;
}

bool words_is_shown(const Candour__Report *report, Candour__Group group) {
    for (size_t i = 0; i < report->n_cells; i++)
        for (size_t k = 0; k < report->cells[i]->n_groups; k++)
            if (report->cells[i]->groups[k] == group)
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

unsigned words_band_end(const Candour__Report *report) {
    return (unsigned)(report->n_scale + 1) / 2;
}
