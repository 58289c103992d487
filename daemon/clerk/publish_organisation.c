// The organisation's report: means over leaders of what their reports show. Whatever a leader's report hides is hidden
// here, too, because only the packed reports are read; and framework quality, which is the one thing made from ballots.
#include "daemon/clerk/shown.h"

#include <string.h>

#include "daemon/clerk/publish_private.h"
#include "daemon/report/organisation.h"
#include "daemon/report/quality.h"

struct entry {
    const struct questionnaire_competency *words; // of the first level that has it
    struct organisation_pool colleagues, self;
    uint32_t strength_of, area_of;
};
struct publish_organisation {
    const struct publish *p;
    uint32_t of[MANIFEST_LEVELS_MAX][QUESTIONNAIRE_COMPETENCIES_MAX]; // entry of a level's competency
    struct entry *entries;
    size_t count;
    uint32_t shown; // leaders whose report shows figures of colleagues
};

// Competencies of several levels are one when their cluster and name are.
static uint32_t find_or_add(struct publish_organisation *o, const struct questionnaire_competency *words) {
    for (uint32_t i = 0; i < o->count; i++) {
        if (strcmp(o->entries[i].words->name, words->name) == 0 &&
            strcmp(o->entries[i].words->cluster, words->cluster) == 0) {
            return i;
        }
    }
    o->entries[o->count] = (struct entry){.words = words};
    return (uint32_t)o->count++;
}

struct publish_organisation *publish_organisation_new(const struct publish *p) {
    struct publish_organisation *o = arena_alloc(&p->c->round, sizeof *o);
    size_t most = p->levels * QUESTIONNAIRE_COMPETENCIES_MAX;
    struct entry *entries = arena_alloc(&p->c->round, most * sizeof *entries);
    if (o == NULL || entries == NULL) {
        return NULL;
    }
    o->p = p;
    o->entries = entries;
    for (size_t level = 0; level < p->levels; level++) {
        const struct questionnaire *q = &p->questionnaires[level];
        for (unsigned k = 0; k < q->competency_count; k++) {
            o->of[level][k] = find_or_add(o, &q->competencies[k]);
        }
    }
    return o;
}

void publish_organisation_add(struct publish_organisation *o, const struct publish_subject *subject,
                              const Candour__Report *report) {
    const uint32_t *of = o->of[subject->q - o->p->questionnaires];
    o->shown += subject->is_shown;
    for (size_t k = 0; k < report->n_competencies; k++) {
        struct figure colleagues = shown_figure(report->competencies[k]->colleagues);
        struct figure self = shown_figure(report->competencies[k]->self);
        organisation_add(&o->entries[of[k]].colleagues, &colleagues);
        organisation_add(&o->entries[of[k]].self, &self);
    }
    for (size_t i = 0; report->strengths != NULL && i < report->strengths->n_competencies; i++) {
        o->entries[of[report->strengths->competencies[i]]].strength_of++;
    }
    for (size_t i = 0; report->areas != NULL && i < report->areas->n_competencies; i++) {
        o->entries[of[report->areas->competencies[i]]].area_of++;
    }
}

// ---------------------------------------------------------------- packing

// NULL: too few leaders, or the arena is full.
static Candour__OrganisationFigure *pack_mean(struct publish *p, const struct organisation_pool *pool, bool has_range) {
    struct organisation_mean mean =
        organisation_mean(pool, p->spread.competency_tenths, p->questionnaires[0].scale_count);
    Candour__OrganisationFigure *m = mean.leaders > 0 ? arena_alloc(&p->c->step, sizeof *m) : NULL;
    if (m != NULL) {
        candour__organisation_figure__init(m);
        m->figure = pack_figure(&p->c->step, &mean.value.figure, has_range ? &mean.value.range : NULL);
        m->leaders = mean.leaders;
    }
    return m;
}

static Candour__OrganisationCompetency *pack_entry(struct publish *p, const struct entry *entry) {
    Candour__OrganisationCompetency *m = arena_alloc(&p->c->step, sizeof *m);
    if (m == NULL) {
        return NULL;
    }
    candour__organisation_competency__init(m);
    m->has_cluster = entry->words->cluster[0] != '\0';
    m->cluster = pack_text(entry->words->cluster);
    m->name = pack_text(entry->words->name);
    m->has_definition = entry->words->definition[0] != '\0';
    m->definition = pack_text(entry->words->definition);
    m->colleagues = pack_mean(p, &entry->colleagues, true);
    m->self = pack_mean(p, &entry->self, false);
    m->strength_of = m->colleagues != NULL ? entry->strength_of : 0;
    m->area_of = m->colleagues != NULL ? entry->area_of : 0;
    return m;
}

static void add_round(struct publish *p, Candour__OrganisationReport *m) {
    const struct questionnaire *q = &p->questionnaires[0]; // framework and scale are those of all levels
    m->round_name = pack_text(p->about.name);
    m->organisation = pack_text(p->about.organisation);
    m->framework = pack_text(q->framework);
    m->framework_version = q->version;
    m->answer_from = p->about.answer_from;
    m->close = p->about.close;
    m->rules = pack_rules(&p->c->step, &p->about.rules);
    m->scale = arena_alloc(&p->c->step, QUESTIONNAIRE_SCALE_MAX * sizeof *m->scale);
    for (; m->scale != NULL && m->n_scale < q->scale_count; m->n_scale++) {
        m->scale[m->n_scale] = pack_text(q->scale[m->n_scale]);
    }
    m->leaders = (uint32_t)p->count;
    m->leaders_shown = p->organisation->shown;
    m->leaders_min = ORGANISATION_LEADERS_MIN;
    m->quality_leaders_min = QUALITY_SUBJECTS_MIN;
    m->quality_ballots_min = QUALITY_BALLOTS_MIN;
}

static int add_quality(struct publish *p, Candour__OrganisationReport *m) {
    m->quality = arena_alloc(&p->c->step, MANIFEST_LEVELS_MAX * sizeof *m->quality);
    for (size_t level = 0; m->quality != NULL && level < p->levels; level++) {
        Candour__QualityLevel *quality;
        if (publish_quality(p, &p->questionnaires[level], &quality) != 0) {
            return -1;
        }
        if (quality != NULL) {
            m->quality[m->n_quality++] = quality;
        }
    }
    return 0;
}

const struct db_bytes *publish_organisation_make(struct publish *p) {
    Candour__OrganisationReport m = CANDOUR__ORGANISATION_REPORT__INIT;
    const struct publish_organisation *o = p->organisation;
    arena_reset(&p->c->step);
    add_round(p, &m);
    m.competencies = arena_alloc(&p->c->step, (o->count + 1) * sizeof *m.competencies);
    for (; m.competencies != NULL && m.n_competencies < o->count; m.n_competencies++) {
        m.competencies[m.n_competencies] = pack_entry(p, &o->entries[m.n_competencies]);
    }
    return add_quality(p, &m) == 0 ? pack_message(&p->c->step, &m.base) : NULL;
}
