// Figures as a packed report shows them.
#ifndef CANDOUR_SHOWN_H
#define CANDOUR_SHOWN_H

#include "candour.pb-c.h"
#include "daemon/report/publish.h"

// NULL is a hidden one. The numbers of enum figure_kind are those of FigureKind.
static inline struct figure shown_figure(const Candour__Figure *m) {
    if (m == NULL) {
        return (struct figure){.kind = FIGURE_HIDDEN};
    }
    return (struct figure){.kind = (uint8_t)m->kind, .tenths = m->tenths, .ballots = m->ballots};
}

static inline struct report_value shown_value(const Candour__Figure *m) {
    struct report_value v = {.figure = shown_figure(m)};
    if (m != NULL) {
        v.range = (struct range){m->low_tenths, m->high_tenths};
    }
    return v;
}

#endif
