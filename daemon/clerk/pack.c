#include "daemon/clerk/pack.h"

#include <string.h>

#include "daemon/clerk/change.h"
#include "daemon/report/findings.h"
#include "daemon/report/publish.h"

// Builders give NULL when the arena is full. Such a hole is never packed: pack_report looks at arena->full first.
struct packing {
    struct arena *arena;
    const struct pack_subject *subject;
    const struct report_output *output;
    struct findings findings;
};

ProtobufCBinaryData pack_text(const char *s) {
    return (ProtobufCBinaryData){strlen(s), (uint8_t *)s};
}

Candour__Figure *pack_figure(struct arena *arena, const struct figure *f, const struct range *range) {
    Candour__Figure *m = arena_alloc(arena, sizeof *m);
    if (m == NULL) {
        return NULL;
    }
    candour__figure__init(m);
    m->kind = (Candour__FigureKind)f->kind;
    m->tenths = f->tenths;
    m->ballots = f->ballots;
    if (range != NULL && figure_is_number(f)) {
        m->has_low_tenths = m->has_high_tenths = true;
        m->low_tenths = range->low_tenths;
        m->high_tenths = range->high_tenths;
    }
    return m;
}

// Self and manager: absent when nobody of the group answered; "I have not seen this" is an answer.
static Candour__Figure *known_figure(struct packing *p, const struct figure *f) {
    return figure_is_number(f) || f->kind == FIGURE_NOT_SEEN ? pack_figure(p->arena, f, NULL) : NULL;
}

static Candour__Figure **cell_figures(struct packing *p, const struct report_value *cells) {
    Candour__Figure **list = arena_alloc(p->arena, CELLS_GROUPS * sizeof *list);
    for (unsigned i = 0; list != NULL && i < p->output->cells.count; i++) {
        list[i] = pack_figure(p->arena, &cells[i].figure, &cells[i].range);
    }
    return list;
}

// ---------------------------------------------------------------- items and competencies

// The numbers of enum compare_kind are those of enum Comparison.
static Candour__View *pack_view(struct packing *p, const struct findings_view *view) {
    Candour__View *m = view->kind != COMPARE_NONE ? arena_alloc(p->arena, sizeof *m) : NULL;
    if (m != NULL) {
        candour__view__init(m);
        m->kind = (Candour__Comparison)view->kind;
        m->difference_tenths = view->difference_tenths;
    }
    return m;
}

static void add_bands(struct packing *p, const struct report_item *item, Candour__ReportItem *m) {
    m->bands = arena_alloc(p->arena, CELLS_GROUPS * sizeof *m->bands);
    for (unsigned i = 0; m->bands != NULL && i < p->output->cells.count; i++) {
        const struct bands *bands = &item->bands[i];
        Candour__Bands *b = bands->kind != BANDS_NONE ? arena_alloc(p->arena, sizeof *b) : NULL;
        if (b == NULL) {
            continue;
        }
        candour__bands__init(b);
        b->cell = i;
        b->kind = (Candour__BandsKind)bands->kind;
        b->has_lower = b->has_upper = bands->kind == BANDS_COUNTS;
        b->lower = bands->lower;
        b->upper = bands->upper;
        m->bands[m->n_bands++] = b;
    }
}

static Candour__ReportItem *pack_item(struct packing *p, unsigned index) {
    const struct report_item *item = &p->output->items[index];
    Candour__ReportItem *m = arena_alloc(p->arena, sizeof *m);
    if (m == NULL) {
        return NULL;
    }
    candour__report_item__init(m);
    m->competency = item->competency;
    m->effective = pack_text(p->subject->q->items[index].effective);
    m->has_ineffective = p->subject->q->items[index].ineffective[0] != '\0';
    m->ineffective = pack_text(p->subject->q->items[index].ineffective);
    m->n_cells = p->output->cells.count;
    m->cells = cell_figures(p, item->cells);
    m->colleagues = m->n_cells > 0 ? pack_figure(p->arena, &item->colleagues.figure, &item->colleagues.range) : NULL;
    m->has_self = item->self != 0;
    m->self = item->self;
    m->manager = known_figure(p, &item->manager);
    m->view = pack_view(p, &p->findings.items[index]);
    add_bands(p, item, m);
    return m;
}

static Candour__ReportCompetency *pack_competency(struct packing *p, unsigned index) {
    const struct report_competency *competency = &p->output->competencies[index];
    const struct questionnaire_competency *words = &p->subject->q->competencies[index];
    Candour__ReportCompetency *m = arena_alloc(p->arena, sizeof *m);
    if (m == NULL) {
        return NULL;
    }
    candour__report_competency__init(m);
    m->has_cluster = words->cluster[0] != '\0';
    m->cluster = pack_text(words->cluster);
    m->name = pack_text(words->name);
    m->has_definition = words->definition[0] != '\0';
    m->definition = pack_text(words->definition);
    m->n_cells = p->output->cells.count;
    m->cells = cell_figures(p, competency->cells);
    m->colleagues =
        m->n_cells > 0 ? pack_figure(p->arena, &competency->colleagues.figure, &competency->colleagues.range) : NULL;
    m->self = known_figure(p, &competency->self);
    m->manager = known_figure(p, &competency->manager);
    m->view = pack_view(p, &p->findings.competencies[index]);
    m->has_list = p->findings.lists[index] != COMPARE_NO_LIST;
    m->list = (Candour__ViewList)p->findings.lists[index];
    return m;
}

static void add_figures(struct packing *p, Candour__Report *m) {
    m->items = arena_alloc(p->arena, (p->subject->q->item_count + 1) * sizeof *m->items);
    for (; m->items != NULL && m->n_items < p->subject->q->item_count; m->n_items++) {
        m->items[m->n_items] = pack_item(p, (unsigned)m->n_items);
    }
    m->competencies = arena_alloc(p->arena, (p->subject->q->competency_count + 1) * sizeof *m->competencies);
    for (; m->competencies != NULL && m->n_competencies < p->subject->q->competency_count; m->n_competencies++) {
        m->competencies[m->n_competencies] = pack_competency(p, (unsigned)m->n_competencies);
    }
}

// ---------------------------------------------------------------- strengths, areas, views

// The numbers of enum ranking_kind are those of enum RankingKind.
static Candour__Ranking *pack_ranking(struct packing *p, const struct ranking *ranking) {
    Candour__Ranking *m = ranking->kind != RANKING_NONE ? arena_alloc(p->arena, sizeof *m) : NULL;
    if (m == NULL) {
        return NULL;
    }
    candour__ranking__init(m);
    m->kind = (Candour__RankingKind)ranking->kind;
    m->n_competencies = ranking->count;
    m->competencies = arena_copy(p->arena, ranking->list, sizeof ranking->list);
    m->tied = arena_alloc(p->arena, COMPARE_COMPETENCIES_MAX * sizeof *m->tied);
    for (uint32_t k = 0; m->tied != NULL && k < COMPARE_COMPETENCIES_MAX; k++) {
        if (ranking->tied >> k & 1) {
            m->tied[m->n_tied++] = k;
        }
    }
    return m;
}

static void add_findings(struct packing *p, Candour__Report *m) {
    m->strengths = pack_ranking(p, &p->findings.strengths);
    m->areas = pack_ranking(p, &p->findings.areas);
    m->n_views = p->findings.view_count;
    m->views = arena_copy(p->arena, p->findings.views, sizeof p->findings.views);
    m->view_min_tenths = COMPARE_GAP_MIN_TENTHS;
    m->bands_min = REPORT_BANDS_MIN;
    m->band_end = report_band_end(p->subject->q->scale_count);
}

// ---------------------------------------------------------------- who answered

static Candour__ReportCell *pack_cell(struct packing *p, unsigned index) {
    const struct cells *cells = &p->output->cells;
    Candour__ReportCell *m = arena_alloc(p->arena, sizeof *m);
    Candour__Group *groups = arena_alloc(p->arena, CELLS_GROUPS * sizeof *groups);
    if (m == NULL || groups == NULL) {
        return NULL;
    }
    candour__report_cell__init(m);
    m->groups = groups;
    for (unsigned g = 0; g < CELLS_GROUPS; g++) {
        if (cells->members[index] & (1u << g)) {
            groups[m->n_groups++] = (Candour__Group)(CANDOUR__GROUP__PEER + g);
        }
    }
    m->invited = p->output->invited[index];
    m->ballots = cells->ballots[index];
    return m;
}

static Candour__GroupOutcome outcome(const struct report_output *output, Candour__Group group) {
    if (group < CANDOUR__GROUP__PEER) {
        bool has_answered = group == CANDOUR__GROUP__SELF ? output->has_self : output->has_manager;
        return has_answered ? CANDOUR__GROUP_OUTCOME__ANSWERED : CANDOUR__GROUP_OUTCOME__NO_ANSWER;
    }
    unsigned member = 1u << (group - CANDOUR__GROUP__PEER);
    for (unsigned c = 0; c < output->cells.count; c++) {
        if (output->cells.members[c] & member) {
            return output->cells.members[c] == member ? CANDOUR__GROUP_OUTCOME__SHOWN
                                                      : CANDOUR__GROUP_OUTCOME__SHOWN_MERGED;
        }
    }
    return output->cells.count > 0 ? CANDOUR__GROUP_OUTCOME__NO_ANSWER : CANDOUR__GROUP_OUTCOME__TOO_FEW;
}

static void add_people(struct packing *p, Candour__Report *m) {
    m->groups = arena_alloc(p->arena, MANIFEST_GROUPS * sizeof *m->groups);
    for (int g = 0; m->groups != NULL && g < MANIFEST_GROUPS; g++) {
        Candour__ReportGroup *group = p->subject->invited[g] > 0 ? arena_alloc(p->arena, sizeof *group) : NULL;
        if (group != NULL) {
            candour__report_group__init(group);
            group->group = (Candour__Group)(g + 1);
            group->invited = p->subject->invited[g];
            group->outcome = outcome(p->output, group->group);
            m->groups[m->n_groups++] = group;
        }
    }
    m->cells = arena_alloc(p->arena, CELLS_GROUPS * sizeof *m->cells);
    for (; m->cells != NULL && m->n_cells < p->output->cells.count; m->n_cells++) {
        m->cells[m->n_cells] = pack_cell(p, (unsigned)m->n_cells);
    }
}

// ---------------------------------------------------------------- comments

static void add_comments_to(struct packing *p, unsigned question, Candour__ReportComments *m) {
    for (size_t i = 0; i < p->output->comment_count; i++) {
        const struct report_comment_choice *choice = &p->output->comments[i];
        const struct pack_comment *comment = &p->subject->comments[choice->index];
        Candour__ReportComment *c = comment->question == question ? arena_alloc(p->arena, sizeof *c) : NULL;
        if (c == NULL) {
            continue;
        }
        candour__report_comment__init(c);
        c->has_source = choice->source != REPORT_POOLED;
        c->source = (Candour__Group)choice->source;
        c->text = (ProtobufCBinaryData){comment->text.len, (uint8_t *)comment->text.data};
        m->comments[m->n_comments++] = c;
    }
}

static void add_comments(struct packing *p, Candour__Report *m) {
    m->comments_hidden = p->output->comments_hidden;
    m->comments = arena_alloc(p->arena, (p->subject->q->question_count + 1) * sizeof *m->comments);
    for (unsigned i = 0; m->comments != NULL && i < p->subject->q->question_count; i++) {
        Candour__ReportComments *part = arena_alloc(p->arena, sizeof *part);
        Candour__ReportComment **list = arena_alloc(p->arena, (p->output->comment_count + 1) * sizeof *list);
        if (part == NULL || list == NULL) {
            return;
        }
        candour__report_comments__init(part);
        part->question = pack_text(p->subject->q->questions[i]);
        part->comments = list;
        add_comments_to(p, i, part);
        m->comments[m->n_comments++] = part;
    }
}

// ---------------------------------------------------------------- the whole

Candour__Rules *pack_rules(struct arena *arena, const struct manifest_rules *rules) {
    Candour__Rules *m = arena_alloc(arena, sizeof *m);
    if (m != NULL) {
        candour__rules__init(m);
        m->threshold = rules->threshold;
        m->comments_pooled = rules->comments_pooled;
        m->comments_by_group = rules->comments_by_group;
        m->tail_low = rules->tail_low;
        m->tail_high = rules->tail_high;
        m->bucket = rules->bucket;
    }
    return m;
}

static void add_round(struct packing *p, const struct pack_round *round, Candour__Report *m) {
    m->round_name = pack_text(round->name);
    m->organisation = pack_text(round->organisation);
    m->framework = pack_text(p->subject->q->framework);
    m->framework_version = p->subject->q->version;
    m->level = pack_text(p->subject->q->level);
    m->level_name = pack_text(p->subject->q->level_name);
    m->answer_from = round->answer_from;
    m->close = round->close;
    m->rules = pack_rules(p->arena, &round->rules);
    m->scale = arena_alloc(p->arena, QUESTIONNAIRE_SCALE_MAX * sizeof *m->scale);
    for (; m->scale != NULL && m->n_scale < p->subject->q->scale_count; m->n_scale++) {
        m->scale[m->n_scale] = pack_text(p->subject->q->scale[m->n_scale]);
    }
    m->pooled_spread = p->subject->spread.pooled;
    m->item_spread_tenths = p->subject->spread.item_tenths;
    m->competency_spread_tenths = p->subject->spread.competency_tenths;
}

const struct db_bytes *pack_report(struct arena *arena, const struct pack_round *round,
                                   const struct pack_subject *subject, const struct report_output *output) {
    struct packing p = {.arena = arena, .subject = subject, .output = output};
    Candour__Report m = CANDOUR__REPORT__INIT;
    m.subject_name = pack_text(subject->name);
    add_round(&p, round, &m);
    add_people(&p, &m);
    findings_make(output, &subject->spread, subject->q->scale_count, &p.findings);
    add_figures(&p, &m);
    add_findings(&p, &m);
    add_comments(&p, &m);
    if (subject->previous != NULL && !arena->full) {
        change_add(arena, subject->previous, &m);
    }
    return pack_message(arena, &m.base);
}

const struct db_bytes *pack_message(struct arena *arena, const ProtobufCMessage *message) {
    struct db_bytes *body = arena_alloc(arena, sizeof *body);
    size_t len = arena->full ? 0 : protobuf_c_message_get_packed_size(message);
    uint8_t *packed = arena_alloc(arena, len);
    if (arena->full) {
        return NULL;
    }
    protobuf_c_message_pack(message, packed);
    body->data = packed;
    body->len = len;
    return body;
}
