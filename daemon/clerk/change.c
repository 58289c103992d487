#include "daemon/clerk/change.h"

#include <string.h>

#include "cells.h"
#include "daemon/clerk/shown.h"
#include "daemon/report/compare.h"

static struct cells cells_of(const Candour__Report *m) {
    struct cells cells = {.count = (uint8_t)(m->n_cells < CELLS_GROUPS ? m->n_cells : CELLS_GROUPS)};
    for (size_t c = 0; c < cells.count; c++) {
        for (size_t i = 0; i < m->cells[c]->n_groups; i++) {
            cells.members[c] |= (uint8_t)(1u << (m->cells[c]->groups[i] - CANDOUR__GROUP__PEER));
        }
        cells.ballots[c] = m->cells[c]->ballots;
    }
    return cells;
}

static bool is_same(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b) {
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static const Candour__ReportCompetency *find(const Candour__Report *m, const Candour__ReportCompetency *wanted) {
    for (size_t k = 0; k < m->n_competencies; k++) {
        const Candour__ReportCompetency *one = m->competencies[k];
        if (is_same(&one->name, &wanted->name) && is_same(&one->cluster, &wanted->cluster)) {
            return one;
        }
    }
    return NULL;
}

// NULL: the arena is full, or one of the two is no number. The numbers of enum compare_kind are those of Comparison.
static Candour__Change *pack_change(struct arena *arena, Candour__Figure *before, const Candour__Figure *now,
                                    const Candour__Report *report) {
    struct figure then = shown_figure(before), since = shown_figure(now);
    struct compare_change change =
        compare_rounds(&then, &since, report->competency_spread_tenths, (uint32_t)report->n_scale);
    Candour__Change *m = change.kind != COMPARE_NONE ? arena_alloc(arena, sizeof *m) : NULL;
    if (m != NULL) {
        candour__change__init(m);
        m->before = before;
        m->kind = (Candour__Comparison)change.kind;
        m->delta_tenths = change.delta_tenths;
        m->low_tenths = change.low_tenths;
        m->high_tenths = change.high_tenths;
    }
    return m;
}

static void add_changes(struct arena *arena, const Candour__Report *before, const Candour__Report *now,
                        Candour__ReportCompetency *competency) {
    const Candour__ReportCompetency *then = find(before, competency);
    struct cells old = cells_of(before), new = cells_of(now);
    competency->changes = arena_alloc(arena, CELLS_GROUPS * sizeof *competency->changes);
    for (size_t c = 0; competency->changes != NULL && then != NULL && c < new.count; c++) {
        size_t at;
        if (!compare_find_cell(&old, &new, c, &at) || at >= then->n_cells) {
            continue;
        }
        Candour__Change *change = pack_change(arena, then->cells[at], competency->cells[c], now);
        if (change != NULL) {
            change->cell = (uint32_t)c;
            competency->changes[competency->n_changes++] = change;
        }
    }
}

void change_add(struct arena *arena, const Candour__Report *before, Candour__Report *now) {
    Candour__PreviousRound *m = before->n_scale == now->n_scale ? arena_alloc(arena, sizeof *m) : NULL;
    if (m == NULL) {
        return;
    }
    candour__previous_round__init(m);
    m->round_name = before->round_name;
    m->answer_from = before->answer_from;
    m->close = before->close;
    m->framework_version = before->framework_version;
    now->previous = m;
    for (size_t k = 0; k < now->n_competencies; k++) {
        add_changes(arena, before, now, now->competencies[k]);
    }
}
