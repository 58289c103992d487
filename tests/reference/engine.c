#include "tests/reference/engine.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/report/compare.h"
#include "daemon/report/publish.h"
#include "daemon/report/quality.h"
#include "daemon/report/rows.h"

enum { NAME_BYTES_MAX = 96, SUBJECTS_SHOWN = 2 };

struct teller {
    const struct set *set;
    engine_figure tell;
    void *context;
};

__attribute__((format(printf, 3, 4))) static void say(const struct teller *t, double value, const char *format, ...) {
    char name[NAME_BYTES_MAX];
    int length = snprintf(name, sizeof name, "%s/", t->set ? t->set->name : "widths");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name + length, sizeof name - (size_t)length, format, arguments);
    va_end(arguments);
    t->tell(t->context, name, isfinite(value) ? value : NAN);
}

// Colleagues' answers to the items of one competency, of one subject or (subject = subjects) of all.
static struct quality_table take(const struct set *set, uint32_t competency, size_t subject, uint8_t *memory,
                                 uint32_t *ret_subjects) {
    struct quality_table t = {.ratings = memory, .scale_max = set->scale_max};
    for (size_t i = 0; i < SETS_ITEMS; i++) {
        t.items += sets_competencies[i] == competency;
    }
    for (size_t r = 0; r < set->count; r++) {
        const struct set_row *row = &set->rows[r];
        if (row->group < ROWS_PEER || (subject < set->subjects && row->subject != subject)) {
            continue;
        }
        for (size_t i = 0; i < SETS_ITEMS; i++) {
            if (sets_competencies[i] == competency) {
                *memory++ = row->ratings[i];
            }
        }
        ret_subjects[t.raters++] = row->subject;
    }
    return t;
}

static void tell_reliability(const struct teller *teller, uint32_t c, const struct quality_table *t) {
    struct quality_reliability q;
    int status = quality_reliability(t, &q);
    assert(status == 0);
    say(teller, q.alpha, "c%u/alpha", c);
    for (size_t i = 0; i < t->items; i++) {
        say(teller, q.alpha_dropped[i], "c%u/i%zu/alpha_dropped", c, i);
        say(teller, q.item_total[i], "c%u/i%zu/item_total", c, i);
        say(teller, quality_not_observed(t, i), "c%u/i%zu/not_observed", c, i);
    }
}

static void tell_icc(const struct teller *teller, uint32_t c, const struct quality_table *t, uint32_t *subjects,
                     double *scores) {
    size_t count = 0;
    for (size_t r = 0; r < t->raters; r++) {
        double score = quality_score(t, r);
        if (!isnan(score)) {
            scores[count] = score;
            subjects[count++] = subjects[r];
        }
    }
    struct quality_icc icc = quality_icc(scores, subjects, count);
    say(teller, (double)count, "c%u/scores", c);
    say(teller, icc.icc1, "c%u/icc1", c);
    say(teller, icc.icc2, "c%u/icc2", c);
}

// Of the first subject, then the mean over all subjects for whom it is defined, and their number.
enum { AGREEMENTS = 4 };
struct agreement {
    double first, sum, count;
};
static void agree(struct agreement *a, double value, size_t subject) {
    a->first = subject == 0 ? value : a->first;
    a->sum += isnan(value) ? 0 : value;
    a->count += !isnan(value);
}

static void tell_agreement(const struct teller *teller, uint32_t c, size_t items, uint8_t *memory, uint32_t *subjects) {
    static const char *const names[AGREEMENTS] = {"rwg", "ad_mean", "ad_median", "rwg_j"};
    for (size_t i = 0; i < items; i++) {
        struct agreement all[AGREEMENTS] = {0};
        for (size_t s = 0; s < teller->set->subjects; s++) {
            struct quality_table t = take(teller->set, c, s, memory, subjects);
            struct quality_deviation d = quality_deviation(&t, i);
            agree(&all[0], quality_rwg(&t, i), s);
            agree(&all[1], d.about_mean, s);
            agree(&all[2], d.about_median, s);
            agree(&all[3], quality_rwg_j(&t), s);
        }
        for (size_t a = 0; a < (i == 0 ? AGREEMENTS : AGREEMENTS - 1); a++) { // r_wg(J) once
            say(teller, all[a].first, "c%u/i%zu/%s", c, i, names[a]);
            say(teller, all[a].sum / all[a].count, "c%u/i%zu/%s/mean", c, i, names[a]);
            say(teller, all[a].count, "c%u/i%zu/%s/subjects", c, i, names[a]);
        }
    }
}

static void tell_quality(const struct teller *teller) {
    const struct set *set = teller->set;
    uint8_t *memory = calloc(set->count, SETS_ITEMS);
    uint32_t *subjects = calloc(set->count, sizeof *subjects);
    double *scores = calloc(set->count, sizeof *scores);
    assert(memory && subjects && scores);
    for (uint32_t c = 0; c < SETS_COMPETENCIES; c++) {
        struct quality_table t = take(set, c, set->subjects, memory, subjects);
        tell_reliability(teller, c, &t);
        tell_icc(teller, c, &t, subjects, scores);
        tell_agreement(teller, c, t.items, memory, subjects);
    }
    free(memory);
    free(subjects);
    free(scores);
}

static struct report_output publish(const struct set *set, size_t subject, struct report_ballot *ballots,
                                    struct spread spread, struct spread_pool *pool) {
    struct report_input in = {.scale_max = set->scale_max,
                              .item_count = SETS_ITEMS,
                              .competency_count = SETS_COMPETENCIES,
                              .competencies = sets_competencies,
                              .rules = {.threshold = 4, .tail_low = 1, .comments_pooled = 4},
                              .spread = spread,
                              .ballots = ballots};
    for (size_t r = 0; r < set->count; r++) {
        if (set->rows[r].subject == subject) {
            ballots[in.ballot_count++] = (struct report_ballot){set->rows[r].group, set->rows[r].ratings};
        }
    }
    struct report_output out;
    int status = report_publish(&in, &out);
    assert(status == 0);
    status = pool ? spread_add(pool, &in) : 0;
    assert(status == 0);
    return out;
}

// A figure and its range.
static void say_value(const struct teller *t, const struct report_value *v, size_t subject, const char *what, size_t n,
                      const char *source) {
    say(t, v->figure.kind, "s%zu/%s%zu/%s/kind", subject, what, n, source);
    say(t, v->figure.tenths, "s%zu/%s%zu/%s/tenths", subject, what, n, source);
    say(t, v->figure.ballots, "s%zu/%s%zu/%s/ballots", subject, what, n, source);
    say(t, v->range.low_tenths, "s%zu/%s%zu/%s/low", subject, what, n, source);
    say(t, v->range.high_tenths, "s%zu/%s%zu/%s/high", subject, what, n, source);
}

static void tell_values(const struct teller *t, size_t subject, const char *what, size_t n, size_t cells,
                        const struct report_value *values, const struct report_value *colleagues) {
    static const char *const names[CELLS_GROUPS] = {"cell0", "cell1", "cell2"};
    for (size_t c = 0; c < cells; c++) {
        say_value(t, &values[c], subject, what, n, names[c]);
    }
    say_value(t, colleagues, subject, what, n, "all");
}

static void tell_subject(const struct teller *t, size_t subject, const struct report_output *out, uint32_t s0_tenths) {
    say(t, out->cells.count, "s%zu/cells", subject);
    for (size_t i = 0; subject == 0 && i < SETS_ITEMS; i++) {
        const struct report_item *item = &out->items[i];
        tell_values(t, subject, "i", i, out->cells.count, item->cells, &item->colleagues);
    }
    for (size_t k = 0; k < SETS_COMPETENCIES; k++) {
        const struct report_competency *competency = &out->competencies[k];
        tell_values(t, subject, "c", k, out->cells.count, competency->cells, &competency->colleagues);
        enum compare_kind views =
            compare_views(&competency->self, &competency->colleagues.figure, s0_tenths, t->set->scale_max);
        say(t, competency->self.tenths, "s%zu/c%zu/self", subject, k);
        say(t, competency->manager.tenths, "s%zu/c%zu/manager", subject, k);
        say(t, views, "s%zu/c%zu/views", subject, k);
    }
}

// As if the second subject were the first one a round later.
static void tell_change(const struct teller *t, const struct report_output *outs, uint32_t s0_tenths) {
    for (size_t k = 0; k < SETS_COMPETENCIES; k++) {
        struct compare_change change =
            compare_rounds(&outs[0].competencies[k].colleagues.figure, &outs[1].competencies[k].colleagues.figure,
                           s0_tenths, t->set->scale_max);
        say(t, change.kind, "change/c%zu/kind", k);
        say(t, change.delta_tenths, "change/c%zu/delta", k);
        say(t, change.low_tenths, "change/c%zu/low", k);
        say(t, change.high_tenths, "change/c%zu/high", k);
    }
}

static void tell_round(const struct teller *t) {
    const struct set *set = t->set;
    struct spread_pool pool = {0};
    struct report_ballot *ballots = calloc(set->count, sizeof *ballots);
    assert(ballots);
    for (size_t s = 0; s < set->subjects; s++) {
        struct report_output out = publish(set, s, ballots, spread_finish(&pool), &pool);
        report_free(&out);
    }
    struct spread spread = spread_finish(&pool);
    say(t, spread.pooled, "spread/pooled");
    say(t, spread.item_tenths, "spread/item");
    say(t, spread.competency_tenths, "spread/competency");
    say(t, (double)pool.freedom, "spread/freedom");
    say(t, (double)pool.item_freedom, "spread/item_freedom");
    say(t, (double)pool.competency_freedom, "spread/competency_freedom");
    struct report_output outs[SUBJECTS_SHOWN];
    size_t shown = set->subjects < SUBJECTS_SHOWN ? set->subjects : SUBJECTS_SHOWN;
    for (size_t s = 0; s < shown; s++) {
        outs[s] = publish(set, s, ballots, spread, NULL);
        tell_subject(t, s, &outs[s], spread.competency_tenths);
    }
    if (shown == SUBJECTS_SHOWN) {
        tell_change(t, outs, spread.competency_tenths);
    }
    for (size_t s = 0; s < shown; s++) {
        report_free(&outs[s]);
    }
    free(ballots);
}

void engine_tell(const struct set *set, engine_figure tell, void *context) {
    struct teller t = {set, tell, context};
    tell_quality(&t);
    tell_round(&t);
}

// Spread 25 with 4 or 196 ballots lies on the edge of rounding.
void engine_tell_widths(engine_figure tell, void *context) {
    static const uint32_t spreads[] = {5, 10, 25}, ballots[] = {3, 4, 5, 7, 10, 49, 196, 2000, 20000};
    struct teller t = {NULL, tell, context};
    for (size_t s = 0; s < sizeof spreads / sizeof *spreads; s++) {
        for (size_t b = 0; b < sizeof ballots / sizeof *ballots; b++) {
            say(&t, figure_half_width(spreads[s], 1, ballots[b]), "%u/%u", spreads[s], ballots[b]);
        }
    }
}
