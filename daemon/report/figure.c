#include "figure.h"

#include <assert.h>

bool figure_is_number(const struct figure *f) {
    return f->kind == FIGURE_EXACT || f->kind == FIGURE_AT_MOST || f->kind == FIGURE_AT_LEAST;
}

uint32_t figure_tenths(uint64_t numerator, uint64_t denominator) {
    assert(denominator > 0);
    return (uint32_t)((20 * numerator + denominator) / (2 * denominator));
}

// What several figures have in common; kind is EXACT as soon as two of the numbers differ in kind.
struct blend {
    uint64_t sum, weight; // of tenths
    uint32_t ballots;
    size_t numbers, not_seen;
    uint8_t kind;
};

static void add(struct blend *b, const struct figure *f, uint32_t weight) {
    if (f->kind == FIGURE_NOT_SEEN) {
        b->not_seen++;
    }
    if (!figure_is_number(f)) {
        return;
    }
    b->kind = b->numbers == 0 || b->kind == f->kind ? f->kind : FIGURE_EXACT;
    b->sum += (uint64_t)f->tenths * weight;
    b->weight += weight;
    b->numbers++;
}

static struct figure finish(const struct blend *b, size_t count, size_t numbers_min, uint32_t ballots) {
    if (b->numbers > 0 && b->numbers >= numbers_min) {
        uint32_t tenths = (uint32_t)((2 * b->sum + b->weight) / (2 * b->weight));
        return (struct figure){.kind = b->kind, .tenths = tenths, .ballots = ballots};
    }
    bool not_seen = count > 0 && b->not_seen == count;
    return (struct figure){.kind = not_seen ? FIGURE_NOT_SEEN : FIGURE_HIDDEN};
}

struct figure figure_mean(const struct figure *items, size_t count) {
    struct blend b = {0};
    uint32_t ballots = 0;
    for (size_t i = 0; i < count; i++) {
        add(&b, &items[i], 1);
        if (figure_is_number(&items[i])) {
            assert(ballots == 0 || ballots == items[i].ballots); // one cell
            ballots = items[i].ballots;
        }
    }
    return finish(&b, count, (count + 1) / 2, ballots);
}

struct figure figure_pool(const struct figure *cells, size_t count) {
    struct blend b = {0};
    for (size_t i = 0; i < count; i++) {
        add(&b, &cells[i], cells[i].ballots);
    }
    return finish(&b, count, 1, (uint32_t)b.weight);
}

// 1.96 squared is 196^2 / 10^4; both sides stay far below 2^64 for spreads below 100 tenths and 20,000 ballots.
static uint64_t square_of_width(uint32_t s0_tenths, uint64_t numerator) {
    return (uint64_t)196 * 196 * s0_tenths * s0_tenths * numerator;
}

bool figure_is_beyond(uint32_t tenths, uint32_t s0_tenths, uint64_t numerator, uint64_t denominator) {
    return (uint64_t)tenths * tenths * 10000 * denominator > square_of_width(s0_tenths, numerator);
}

uint32_t figure_half_width(uint32_t s0_tenths, uint64_t numerator, uint64_t denominator) {
    assert(denominator > 0);
    uint64_t bound = 4 * square_of_width(s0_tenths, numerator);
    uint64_t half = 0; // the largest h with h - 1/2 <= width
    while ((2 * half + 1) * (2 * half + 1) * 10000 * denominator <= bound) {
        half++;
    }
    return (uint32_t)half;
}

struct range figure_range(const struct figure *f, uint32_t s0_tenths, uint32_t scale_max) {
    if (!figure_is_number(f)) {
        return (struct range){0};
    }
    return figure_clip(f, figure_half_width(s0_tenths, 1, f->ballots), scale_max);
}

struct range figure_clip(const struct figure *f, uint32_t half, uint32_t scale_max) {
    struct range r = {.low_tenths = 10, .high_tenths = 10 * scale_max};
    if (f->kind != FIGURE_AT_MOST && f->tenths > 10 + half) {
        r.low_tenths = f->tenths - half;
    }
    if (f->kind != FIGURE_AT_LEAST && f->tenths + half < 10 * scale_max) {
        r.high_tenths = f->tenths + half;
    }
    return r;
}
