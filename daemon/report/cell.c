#include "cell.h"

#include <stdbool.h>
#include <stddef.h>

enum { BANDS_SCALE_MIN = 5 };

void tally_add(struct tally *t, uint8_t rating, uint32_t scale_max) {
    if (rating == ROWS_NOT_OBSERVED) {
        t->not_observed++;
    } else if (rows_is_rating(rating, scale_max)) {
        t->answers++;
        t->sum += rating;
        t->upper += rating > report_band_end(scale_max);
    }
}

struct figure cell_figure(const struct tally *t, const struct report_rules *rules, uint32_t scale_max) {
    if (2 * (uint64_t)t->not_observed > t->ballots) {
        return (struct figure){.kind = FIGURE_NOT_SEEN};
    }
    uint64_t n = t->answers, step = scale_max - 1;
    uint64_t lo = n + step * rules->tail_low + 1;
    uint64_t above_hi = step * rules->tail_high + 1; // M n - hi
    if (n < rules->threshold || lo + above_hi >= scale_max * n) {
        return (struct figure){.kind = FIGURE_HIDDEN};
    }
    uint64_t hi = scale_max * n - above_hi;
    struct figure f = {.kind = FIGURE_EXACT, .ballots = t->ballots};
    uint64_t shown = t->sum;
    if (t->sum <= lo) {
        f.kind = FIGURE_AT_MOST;
        shown = lo;
    } else if (t->sum >= hi) {
        f.kind = FIGURE_AT_LEAST;
        shown = hi;
    }
    f.tenths = figure_tenths(shown, n);
    return f;
}

struct bands cell_bands(const struct tally *t, const struct report_rules *rules, uint32_t scale_max) {
    if (t->answers < REPORT_BANDS_MIN || rules->tail_high > 0 || scale_max < BANDS_SCALE_MIN) {
        return (struct bands){.kind = BANDS_NONE};
    }
    struct figure f = cell_figure(t, rules, scale_max);
    if (!figure_is_number(&f)) {
        return (struct bands){.kind = BANDS_NONE};
    }
    uint32_t lower = t->answers - t->upper;
    if (t->upper < 2) {
        return (struct bands){.kind = BANDS_MOSTLY_LOWER};
    }
    if (lower < 2) {
        return (struct bands){.kind = BANDS_MOSTLY_UPPER};
    }
    return (struct bands){.kind = BANDS_COUNTS, .lower = lower, .upper = t->upper};
}

static struct tally merge(const struct tally groups[CELLS_GROUPS], uint8_t members) {
    struct tally t = {0};
    for (size_t g = 0; g < CELLS_GROUPS; g++) {
        if (members & 1u << g) {
            t.ballots += groups[g].ballots;
            t.answers += groups[g].answers;
            t.not_observed += groups[g].not_observed;
            t.sum += groups[g].sum;
            t.upper += groups[g].upper;
        }
    }
    return t;
}

void cell_publish(const struct tally groups[CELLS_GROUPS], const struct cells *cells, const struct report_rules *rules,
                  uint32_t scale_max, uint32_t s0_tenths, struct report_item *ret_item) {
    struct figure figures[CELLS_GROUPS];
    for (size_t c = 0; c < cells->count; c++) {
        struct tally t = merge(groups, cells->members[c]);
        figures[c] = cell_figure(&t, rules, scale_max);
        ret_item->cells[c].figure = figures[c];
        ret_item->cells[c].range = figure_range(&figures[c], s0_tenths, scale_max);
        ret_item->bands[c] = cell_bands(&t, rules, scale_max);
    }
    if (cells->count > 0) {
        ret_item->colleagues.figure = figure_pool(figures, cells->count);
        ret_item->colleagues.range = figure_range(&ret_item->colleagues.figure, s0_tenths, scale_max);
    }
}
