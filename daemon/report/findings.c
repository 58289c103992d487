#include "findings.h"

#include <assert.h>

static struct findings_view view(const struct figure *self, const struct figure *colleagues, uint32_t s0_tenths,
                                 uint32_t scale_max) {
    struct findings_view v = {.kind = (uint8_t)compare_views(self, colleagues, s0_tenths, scale_max)};
    if (v.kind != COMPARE_NONE) {
        v.difference_tenths = (int32_t)self->tenths - (int32_t)colleagues->tenths;
    }
    return v;
}

static uint32_t size(const struct findings_view *v) {
    return (uint32_t)(v->difference_tenths < 0 ? -v->difference_tenths : v->difference_tenths);
}

// Insertion keeps equal ones in order.
static void order_views(struct findings *f, size_t competencies) {
    for (uint32_t k = 0; k < competencies; k++) {
        if (f->competencies[k].kind == COMPARE_NONE) {
            continue;
        }
        size_t at = f->view_count++;
        for (; at > 0 && size(&f->competencies[f->views[at - 1]]) < size(&f->competencies[k]); at--) {
            f->views[at] = f->views[at - 1];
        }
        f->views[at] = k;
    }
}

void findings_make(const struct report_output *out, const struct spread *spread, uint32_t scale_max,
                   struct findings *ret_findings) {
    assert(out->item_count <= REPORT_ITEMS_MAX && out->competency_count <= COMPARE_COMPETENCIES_MAX);
    struct findings f = {0};
    for (uint32_t i = 0; i < out->item_count; i++) {
        struct figure self = report_self_figure(out->items[i].self);
        f.items[i] = view(&self, &out->items[i].colleagues.figure, spread->item_tenths, scale_max);
    }
    compare_rank(out->competencies, out->competency_count, &f.strengths, &f.areas);
    for (uint32_t k = 0; k < out->competency_count; k++) {
        const struct report_competency *c = &out->competencies[k];
        f.competencies[k] = view(&c->self, &c->colleagues.figure, spread->competency_tenths, scale_max);
        enum compare_kind kind = (enum compare_kind)f.competencies[k].kind;
        f.lists[k] = (uint8_t)compare_list_of(k, &f.strengths, &f.areas, kind);
    }
    order_views(&f, out->competency_count);
    *ret_findings = f;
}
