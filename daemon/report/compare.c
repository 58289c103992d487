#include "compare.h"

#include <assert.h>

// The values a figure leaves open.
struct interval {
    int32_t low, high;
};

static struct interval interval_of(const struct figure *f, uint32_t scale_max) {
    return (struct interval){.low = f->kind == FIGURE_AT_MOST ? 10 : (int32_t)f->tenths,
                             .high = f->kind == FIGURE_AT_LEAST ? 10 * (int32_t)scale_max : (int32_t)f->tenths};
}

// The part of a - b that is certain: positive, negative or 0.
static int32_t certain_difference(const struct figure *a, const struct figure *b, uint32_t scale_max) {
    struct interval x = interval_of(a, scale_max), y = interval_of(b, scale_max);
    if (x.low > y.high) {
        return x.low - y.high;
    }
    return x.high < y.low ? x.high - y.low : 0;
}

static uint32_t magnitude(int32_t difference) {
    return (uint32_t)(difference < 0 ? -difference : difference);
}

enum compare_kind compare_views(const struct figure *self, const struct figure *colleagues, uint32_t s0_tenths,
                                uint32_t scale_max) {
    if (!figure_is_number(self) || !figure_is_number(colleagues)) {
        return COMPARE_NONE;
    }
    int32_t d = certain_difference(self, colleagues, scale_max);
    if (magnitude(d) < COMPARE_GAP_MIN_TENTHS || !figure_is_beyond(magnitude(d), s0_tenths, 1, colleagues->ballots)) {
        return COMPARE_NOT_CLEAR;
    }
    return d > 0 ? COMPARE_HIGHER : COMPARE_LOWER;
}

struct compare_change compare_rounds(const struct figure *before, const struct figure *now, uint32_t s0_tenths,
                                     uint32_t scale_max) {
    if (!figure_is_number(before) || !figure_is_number(now)) {
        return (struct compare_change){.kind = COMPARE_NONE};
    }
    uint64_t sum = (uint64_t)before->ballots + now->ballots, product = (uint64_t)before->ballots * now->ballots;
    int32_t half = (int32_t)figure_half_width(s0_tenths, sum, product);
    int32_t delta = (int32_t)now->tenths - (int32_t)before->tenths;
    struct compare_change c = {COMPARE_NOT_CLEAR, delta, delta - half, delta + half};
    int32_t d = certain_difference(now, before, scale_max);
    if (magnitude(d) > (uint32_t)half) { // as rounded, so that the words fit the interval shown
        c.kind = d > 0 ? COMPARE_HIGHER : COMPARE_LOWER;
    }
    return c;
}

bool compare_find_cell(const struct cells *before, const struct cells *now, size_t now_index, size_t *ret_index) {
    assert(now_index < now->count);
    for (size_t c = 0; c < before->count; c++) {
        if (before->members[c] == now->members[now_index]) {
            *ret_index = c;
            return true;
        }
    }
    return false;
}

static bool has_number(const struct report_competency *c) {
    return figure_is_number(&c->colleagues.figure);
}

// The best (or lowest) competency that is not in taken; count: there is none.
static size_t find_first(const struct report_competency *list, size_t count, uint64_t taken, bool is_lowest) {
    size_t first = count;
    for (size_t i = 0; i < count; i++) {
        if (!has_number(&list[i]) || (taken >> i & 1)) {
            continue;
        }
        uint32_t tenths = list[i].colleagues.figure.tenths;
        if (first == count || (is_lowest ? tenths < list[first].colleagues.figure.tenths
                                         : tenths > list[first].colleagues.figure.tenths)) {
            first = i;
        }
    }
    return first;
}

static bool is_overlapping(const struct range *a, const struct range *b) {
    return a->low_tenths <= b->high_tenths && b->low_tenths <= a->high_tenths;
}

// At most max of the competencies outside `taken`, and no more than half of all: a list of the best must leave some
// out. Ties are judged among all of them.
static struct ranking rank(const struct report_competency *list, size_t count, uint64_t taken, bool is_lowest,
                           size_t max) {
    struct ranking r = {.kind = RANKING_NONE};
    size_t first = find_first(list, count, 0, is_lowest);
    size_t numbers = 0, ties = 0;
    for (size_t i = 0; i < count; i++) {
        if (has_number(&list[i])) {
            numbers++;
            if (is_overlapping(&list[i].colleagues.range, &list[first].colleagues.range)) {
                r.tied |= (uint64_t)1 << i;
                ties++;
            }
        }
    }
    if (numbers < 2) {
        return (struct ranking){.kind = RANKING_NONE};
    }
    r.kind = ties == 1 ? RANKING_CLEAR : ties < numbers ? RANKING_TIED : RANKING_EVEN;
    while (r.kind != RANKING_EVEN && r.count < max && r.count < numbers / 2) {
        size_t next = find_first(list, count, taken, is_lowest);
        assert(next < count); // the other list took half at most
        r.list[r.count++] = (uint32_t)next;
        taken |= (uint64_t)1 << next;
    }
    return r;
}

void compare_rank(const struct report_competency *competencies, size_t count, struct ranking *ret_strengths,
                  struct ranking *ret_areas) {
    assert(count <= COMPARE_COMPETENCIES_MAX);
    *ret_strengths = rank(competencies, count, 0, false, COMPARE_STRENGTHS_MAX);
    uint64_t taken = 0;
    for (size_t i = 0; i < ret_strengths->count; i++) {
        taken |= (uint64_t)1 << ret_strengths->list[i];
    }
    *ret_areas = rank(competencies, count, taken, true, COMPARE_AREAS_MAX);
}

static bool is_listed(const struct ranking *r, uint32_t competency) {
    for (size_t i = 0; i < r->count; i++) {
        if (r->list[i] == competency) {
            return true;
        }
    }
    return false;
}

enum compare_list compare_list_of(uint32_t competency, const struct ranking *strengths, const struct ranking *areas,
                                  enum compare_kind views) {
    if (views == COMPARE_NONE) {
        return COMPARE_NO_LIST;
    }
    if (is_listed(strengths, competency)) {
        return views == COMPARE_LOWER ? COMPARE_STRENGTH_UNDERSOLD : COMPARE_STRENGTH_BOTH_SEE;
    }
    if (is_listed(areas, competency)) {
        return views == COMPARE_HIGHER ? COMPARE_AREA_OTHERS_SEE : COMPARE_AREA_BOTH_SEE;
    }
    return COMPARE_NO_LIST;
}
