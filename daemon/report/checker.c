#include "checker.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// ---------------------------------------------------------------- worlds

struct multisets {
    size_t count;
    struct checker_multiset *list;
};

static uint32_t bits(const uint8_t *ratings, size_t n, size_t without) {
    uint32_t present = 0;
    for (size_t i = 0; i < n; i++) {
        if (i != without) {
            present |= 1u << (ratings[i] - 1);
        }
    }
    return present;
}

static struct checker_multiset describe(const uint8_t *ratings, size_t n, uint32_t scale_max) {
    struct checker_multiset m = {.present = bits(ratings, n, n)};
    memcpy(m.ratings, ratings, n);
    for (size_t i = 0; i < n; i++) {
        tally_add(&m.tally, ratings[i], scale_max);
        m.others[ratings[i] - 1] = bits(ratings, n, i);
    }
    return m;
}

// All multisets of n ratings as rising sequences, (n + M - 1 over n) of them.
static int enumerate(size_t n, uint32_t scale_max, struct multisets *ret_all) {
    size_t count = 1;
    for (size_t i = 1; i <= n; i++) {
        count = count * (scale_max - 1 + i) / i;
    }
    struct multisets all = {.list = malloc(count * sizeof *all.list)};
    if (!all.list) {
        return -1;
    }
    uint8_t ratings[CHECKER_RATERS_MAX];
    memset(ratings, 1, sizeof ratings);
    for (size_t i = 1; i > 0;) {
        all.list[all.count++] = describe(ratings, n, scale_max);
        for (i = n; i > 0 && ratings[i - 1] == scale_max;) {
            i--;
        }
        if (i > 0) {
            memset(ratings + i - 1, ratings[i - 1] + 1, n - i + 1);
        }
    }
    assert(all.count == count);
    *ret_all = all;
    return 0;
}

struct checker_setting checker_setting_of(const struct report_rules *rules, uint32_t scale_max,
                                          const uint32_t counts[CELLS_GROUPS]) {
    uint32_t low = scale_max > 2 ? 3 : 1; // the lowest two, but not the top
    struct checker_setting s = {
        .scale_max = scale_max, .rules = *rules, .insider_forbidden = rules->tail_high > 0 ? UINT32_MAX : low};
    memcpy(s.ballots, counts, sizeof s.ballots);
    memcpy(s.answers, counts, sizeof s.answers);
    s.cells = cells_partition(counts, rules->threshold);
    return s;
}

// ---------------------------------------------------------------- outputs

void checker_put(struct checker_output *o, uint32_t value) {
    assert(value < 256 && o->length < CHECKER_OUTPUT_BYTES);
    o->bytes[o->length++] = (uint8_t)value;
}

void checker_put_figure(struct checker_output *o, const struct figure *f) {
    checker_put(o, f->kind);
    checker_put(o, f->tenths);
    checker_put(o, f->ballots);
}

void checker_put_value(struct checker_output *o, const struct report_value *v) {
    checker_put_figure(o, &v->figure);
    checker_put(o, v->range.low_tenths);
    checker_put(o, v->range.high_tenths);
}

void checker_put_item(struct checker_output *o, const struct report_item *item, size_t cells) {
    for (size_t c = 0; c < cells; c++) {
        checker_put_value(o, &item->cells[c]);
        checker_put(o, item->bands[c].kind);
        checker_put(o, item->bands[c].lower);
        checker_put(o, item->bands[c].upper);
    }
    checker_put_value(o, &item->colleagues);
    checker_put_figure(o, &item->manager);
    checker_put(o, item->self);
}

void checker_publish_item(const struct checker_world *w, struct checker_output *o) {
    const struct checker_setting *s = w->setting;
    struct report_item item = {0};
    cell_publish(w->tallies, &s->cells, &s->rules, s->scale_max, s->s0_tenths, &item);
    checker_put_item(o, &item, s->cells.count);
}

// ---------------------------------------------------------------- knowledge

// What is possible in the worlds of one output: a word holds the values of the three groups, FIELD bits for each.
enum { FIELD = REPORT_SCALE_MAX };
static_assert(FIELD * CELLS_GROUPS <= 32, "three groups to a word");

struct knowledge {
    struct checker_output output;
    uint32_t outsider;
    uint32_t insider[CELLS_GROUPS][REPORT_SCALE_MAX]; // is in this group and gave a, index a - 1; own field: the others
};

// Open addressing, never more than half full.
struct table {
    size_t used, slots; // a power of two
    uint32_t *index;    // slots of them: 1 + place in list; 0: free
    struct knowledge *list;
};

static size_t hash(const struct checker_output *o) {
    uint64_t h = o->length;
    for (size_t i = 0; i < o->length; i += sizeof h) {
        uint64_t word;
        memcpy(&word, o->bytes + i, sizeof word);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    return h;
}

static void end(struct table *t) {
    free(t->index);
    free(t->list);
}

static int grow(struct table *t) {
    struct table wider = {.used = t->used, .slots = t->slots ? 2 * t->slots : 1 << 10};
    wider.index = calloc(wider.slots, sizeof *wider.index);
    wider.list = malloc(wider.slots / 2 * sizeof *wider.list);
    if (!wider.index || !wider.list) {
        end(&wider);
        return -1;
    }
    for (size_t i = 0; i < t->used; i++) {
        wider.list[i] = t->list[i];
        size_t slot = hash(&t->list[i].output) & (wider.slots - 1);
        while (wider.index[slot] != 0) {
            slot = (slot + 1) & (wider.slots - 1);
        }
        wider.index[slot] = (uint32_t)i + 1;
    }
    end(t);
    *t = wider;
    return 0;
}

// NULL: no memory.
static struct knowledge *find(struct table *t, const struct checker_output *o) {
    if (t->used == t->slots / 2 && grow(t) != 0) {
        return NULL;
    }
    size_t slot = hash(o) & (t->slots - 1);
    for (; t->index[slot] != 0; slot = (slot + 1) & (t->slots - 1)) {
        struct knowledge *k = &t->list[t->index[slot] - 1];
        if (k->output.length == o->length && memcmp(k->output.bytes, o->bytes, o->length) == 0) {
            return k;
        }
    }
    struct knowledge *k = &t->list[t->used++];
    t->index[slot] = (uint32_t)t->used;
    *k = (struct knowledge){.output = *o};
    return k;
}

static void learn(const struct checker_world *w, struct knowledge *k) {
    uint32_t values = 0;
    for (unsigned g = 0; g < CELLS_GROUPS; g++) {
        values |= w->groups[g]->present << (FIELD * g);
    }
    k->outsider |= values;
    for (unsigned g = 0; g < CELLS_GROUPS; g++) {
        const struct checker_multiset *own = w->groups[g];
        uint32_t elsewhere = values & ~(((1u << FIELD) - 1) << (FIELD * g));
        for (uint32_t left = own->present; left != 0; left &= left - 1) {
            unsigned a = (unsigned)__builtin_ctz(left);
            k->insider[g][a] |= elsewhere | own->others[a] << (FIELD * g);
        }
    }
}

// In how many groups have the possible values come down to one, and a forbidden one?
static unsigned count_fixed(uint32_t possible, uint32_t forbidden) {
    unsigned fixed = 0;
    for (unsigned g = 0; g < CELLS_GROUPS; g++) {
        uint32_t values = possible >> (FIELD * g) & ((1u << FIELD) - 1);
        fixed += values != 0 && (values & (values - 1)) == 0 && (values & forbidden) != 0;
    }
    return fixed;
}

static uint64_t judge(const struct table *t, uint32_t insider_forbidden) {
    uint64_t violations = 0;
    for (size_t i = 0; i < t->used; i++) {
        const struct knowledge *k = &t->list[i];
        violations += count_fixed(k->outsider, UINT32_MAX);
        for (size_t g = 0; g < CELLS_GROUPS; g++) {
            for (size_t a = 0; a < REPORT_SCALE_MAX; a++) {
                violations += count_fixed(k->insider[g][a], insider_forbidden);
            }
        }
    }
    return violations;
}

// ---------------------------------------------------------------- the run

static void enter(struct checker_world *w, size_t g, const struct checker_multiset *m) {
    w->groups[g] = m;
    w->tallies[g] = m->tally;
    w->tallies[g].ballots = w->setting->ballots[g];
    w->tallies[g].not_observed = w->setting->not_observed[g];
}

// All worlds with the peers' answers given.
static int walk(struct checker_world *w, checker_publisher publish, const struct multisets *reports,
                const struct multisets *others, struct table *table) {
    for (size_t r = 0; r < reports->count; r++) {
        enter(w, CELLS_REPORT, &reports->list[r]);
        for (size_t o = 0; o < others->count; o++) {
            enter(w, CELLS_OTHER, &others->list[o]);
            struct checker_output output = {0};
            publish(w, &output);
            struct knowledge *k = find(table, &output);
            if (!k) {
                return -1;
            }
            learn(w, k);
        }
    }
    return 0;
}

int checker_run(const struct checker_setting *s, checker_publisher publish, uint64_t *worlds, uint64_t *violations) {
    struct multisets sets[CELLS_GROUPS] = {0};
    struct table table = {0};
    struct checker_world w = {.setting = s};
    int status = 0;
    for (size_t g = 0; g < CELLS_GROUPS && status == 0; g++) {
        assert(s->answers[g] <= CHECKER_RATERS_MAX && s->answers[g] + s->not_observed[g] <= s->ballots[g]);
        status = enumerate(s->answers[g], s->scale_max, &sets[g]);
    }
    for (size_t p = 0; p < sets[CELLS_PEER].count && status == 0; p++) {
        enter(&w, CELLS_PEER, &sets[CELLS_PEER].list[p]);
        status = walk(&w, publish, &sets[CELLS_REPORT], &sets[CELLS_OTHER], &table);
    }
    if (status == 0) {
        *worlds += (uint64_t)sets[CELLS_PEER].count * sets[CELLS_REPORT].count * sets[CELLS_OTHER].count;
        *violations += judge(&table, s->insider_forbidden);
    }
    end(&table);
    for (size_t g = 0; g < CELLS_GROUPS; g++) {
        free(sets[g].list);
    }
    return status;
}

int checker_rules(const struct report_rules *rules, uint32_t scale_max) {
    enum { THRESHOLD_MAX = 6 };
    struct report_rules small = *rules;
    if (small.threshold > THRESHOLD_MAX) {
        small.threshold = THRESHOLD_MAX;
    }
    uint32_t t = small.threshold;
    const uint32_t counts[][CELLS_GROUPS] = {
        {t, 0, 0}, {t + 1, 0, 0}, {t - 1, 1, 0}, {t, 1, 1}, {REPORT_BANDS_MIN, 0, 0}};
    uint64_t worlds = 0, violations = 0;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct checker_setting s = checker_setting_of(&small, scale_max, counts[i]);
        if (checker_run(&s, checker_publish_item, &worlds, &violations) != 0) {
            return -1;
        }
    }
    return violations > 0;
}
