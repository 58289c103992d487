#include "organisation.h"

enum { INVERSE_UNIT = 1000000 };

void organisation_add(struct organisation_pool *pool, const struct figure *figure) {
    if (!figure_is_number(figure)) {
        return;
    }
    pool->kind = pool->leaders == 0 || pool->kind == figure->kind ? figure->kind : FIGURE_EXACT;
    pool->sum += figure->tenths;
    pool->inverse += INVERSE_UNIT / figure->ballots;
    pool->ballots += figure->ballots;
    pool->leaders++;
}

struct organisation_mean organisation_mean(const struct organisation_pool *pool, uint32_t s0_tenths,
                                           uint32_t scale_max) {
    uint64_t k = pool->leaders;
    if (k < ORGANISATION_LEADERS_MIN) {
        return (struct organisation_mean){.value.figure.kind = FIGURE_HIDDEN};
    }
    struct figure f = {pool->kind, (uint32_t)((2 * pool->sum + k) / (2 * k)), pool->ballots};
    uint32_t half = figure_half_width(s0_tenths, pool->inverse, INVERSE_UNIT * k * k);
    return (struct organisation_mean){{f, figure_clip(&f, half, scale_max)}, pool->leaders};
}
