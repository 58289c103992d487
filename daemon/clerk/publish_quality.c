// Framework quality of one level, from the ballots of all colleagues whose answers are in a leader's report: figures of
// the questionnaire, never of a leader.
#include "daemon/report/quality.h"

#include <math.h>
#include <string.h>

#include "daemon/clerk/publish_private.h"

// The colleagues' ballots of a level; those of one leader stand together.
struct ballots {
    const uint8_t **ratings;
    uint32_t *subjects;
    size_t count;
    uint32_t subject_count;
};

static void add_subject(struct ballots *b, const struct report_input *in) {
    size_t before = b->count;
    for (size_t i = 0; i < in->ballot_count; i++) {
        if (in->ballots[i].group >= ROWS_PEER && rows_has_rating(in, in->ballots[i].ratings)) {
            b->subjects[b->count] = b->subject_count;
            b->ratings[b->count++] = in->ballots[i].ratings;
        }
    }
    b->subject_count += b->count > before;
}

static int gather(struct publish *p, const struct questionnaire *q, struct ballots *ret_ballots) {
    size_t most = 0;
    for (size_t i = 0; i < p->count; i++) {
        most += p->subjects[i].q == q ? p->subjects[i].input.ballot_count : 0;
    }
    struct ballots b = {.ratings = arena_alloc(&p->c->step, (most + 1) * sizeof *b.ratings),
                        .subjects = arena_alloc(&p->c->step, (most + 1) * sizeof *b.subjects)};
    if (b.ratings == NULL || b.subjects == NULL) {
        return -1;
    }
    for (size_t i = 0; i < p->count; i++) {
        if (p->subjects[i].q == q && p->subjects[i].is_shown) {
            add_subject(&b, &p->subjects[i].input);
        }
    }
    *ret_ballots = b;
    return 0;
}

// The items of one competency stand together in a questionnaire. NULL memory: the arena is full.
static struct quality_table table_of(struct publish *p, const struct questionnaire *q, const struct ballots *b,
                                     unsigned first, unsigned items) {
    uint8_t *ratings = arena_alloc(&p->c->step, b->count * items + 1);
    for (size_t i = 0; ratings != NULL && i < b->count; i++) {
        memcpy(ratings + i * items, b->ratings[i] + first, items);
    }
    return (struct quality_table){ratings, b->count, items, q->scale_count};
}

// is_known follows from counts, never from the value.
static void set(bool is_known, double value, protobuf_c_boolean *has, int32_t *hundredths) {
    *has = is_known;
    *hundredths = is_known ? quality_hundredths(value) : 0;
}

static int add_icc(struct publish *p, const struct quality_table *t, const struct ballots *b,
                   Candour__QualityCompetency *m) {
    double *scores = arena_alloc(&p->c->step, (t->raters + 1) * sizeof *scores);
    uint32_t *subjects = arena_alloc(&p->c->step, (t->raters + 1) * sizeof *subjects);
    size_t count = 0, leaders = 0;
    if (scores == NULL || subjects == NULL) {
        return -1;
    }
    for (size_t i = 0; i < t->raters; i++) {
        double score = quality_score(t, i);
        if (!isnan(score)) {
            leaders += count == 0 || subjects[count - 1] != b->subjects[i];
            subjects[count] = b->subjects[i];
            scores[count++] = score;
        }
    }
    struct quality_icc icc = quality_icc(scores, subjects, count);
    bool is_known = quality_is_allowed(leaders, count);
    set(is_known, icc.icc1, &m->has_icc1_hundredths, &m->icc1_hundredths);
    set(is_known, icc.icc2, &m->has_icc2_hundredths, &m->icc2_hundredths);
    return 0;
}

// Mean of r_wg(J) over the leaders for whom it is defined. NAN: these are too few.
static double mean_agreement(const struct quality_table *t, const struct ballots *b) {
    double sum = 0, count = 0;
    for (size_t start = 0, stop; start < t->raters; start = stop) {
        for (stop = start; stop < t->raters && b->subjects[stop] == b->subjects[start]; stop++) {
        }
        struct quality_table one = {t->ratings + start * t->items, stop - start, t->items, t->scale_max};
        double rwg = quality_rwg_j(&one);
        if (!isnan(rwg)) {
            sum += rwg;
            count++;
        }
    }
    return count >= QUALITY_SUBJECTS_MIN ? sum / count : NAN;
}

static int add_items(struct publish *p, const struct questionnaire *q, const struct quality_table *t, unsigned first,
                     const struct quality_reliability *r, bool is_answered, Candour__QualityCompetency *m) {
    m->items = arena_alloc(&p->c->step, (t->items + 1) * sizeof *m->items);
    for (size_t i = 0; m->items != NULL && i < t->items; i++) {
        Candour__QualityItem *item = arena_alloc(&p->c->step, sizeof *item);
        if (item == NULL) {
            return -1;
        }
        candour__quality_item__init(item);
        item->effective = pack_text(q->items[first + i].effective);
        double not_observed = quality_not_observed(t, i);
        set(is_answered && t->items > 2, r->alpha_dropped[i], &item->has_alpha_dropped_hundredths,
            &item->alpha_dropped_hundredths);
        set(is_answered && t->items > 1, r->item_total[i], &item->has_item_total_hundredths,
            &item->item_total_hundredths);
        set(!isnan(not_observed), not_observed, &item->has_not_observed_hundredths, &item->not_observed_hundredths);
        m->items[m->n_items++] = item;
    }
    return m->items != NULL ? 0 : -1;
}

static Candour__QualityCompetency *pack_competency(struct publish *p, const struct questionnaire *q,
                                                   const struct ballots *b, unsigned competency) {
    unsigned first = 0, items = 0;
    for (unsigned i = q->item_count; i > 0; i--) {
        if (q->items[i - 1].competency == competency) {
            first = i - 1;
            items++;
        }
    }
    struct quality_table t = table_of(p, q, b, first, items);
    Candour__QualityCompetency *m = arena_alloc(&p->c->step, sizeof *m);
    struct quality_reliability r;
    if (t.ratings == NULL || m == NULL || quality_reliability(&t, &r) != 0) {
        return NULL;
    }
    candour__quality_competency__init(m);
    m->name = pack_text(q->competencies[competency].name);
    bool is_answered = quality_is_answered(&t);
    double agreement = mean_agreement(&t, b);
    set(is_answered && items > 1, r.alpha, &m->has_alpha_hundredths, &m->alpha_hundredths);
    set(is_answered && !isnan(agreement), agreement, &m->has_rwg_hundredths, &m->rwg_hundredths);
    return (!is_answered || add_icc(p, &t, b, m) == 0) && add_items(p, q, &t, first, &r, is_answered, m) == 0 ? m
                                                                                                              : NULL;
}

int publish_quality(struct publish *p, const struct questionnaire *q, Candour__QualityLevel **ret_level) {
    struct ballots b;
    if (gather(p, q, &b) != 0) {
        return -1;
    }
    if (!quality_is_allowed(b.subject_count, b.count)) {
        *ret_level = NULL;
        return 0;
    }
    Candour__QualityLevel *m = arena_alloc(&p->c->step, sizeof *m);
    Candour__QualityCompetency **list = arena_alloc(&p->c->step, QUESTIONNAIRE_COMPETENCIES_MAX * sizeof *list);
    if (m == NULL || list == NULL) {
        return -1;
    }
    candour__quality_level__init(m);
    m->level = pack_text(q->level);
    m->level_name = pack_text(q->level_name);
    m->leaders = b.subject_count;
    m->ballots = (uint32_t)b.count;
    m->competencies = list;
    for (unsigned k = 0; k < q->competency_count; k++) {
        list[m->n_competencies] = pack_competency(p, q, &b, k);
        if (list[m->n_competencies++] == NULL) {
            return -1;
        }
    }
    *ret_level = m;
    return 0;
}
