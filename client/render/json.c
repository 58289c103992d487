#include "client/render/json.h"

#include <jansson.h>

#include "base.h"
#include "client/json.h"
#include "client/render/words.h"

enum { NOT_OBSERVED = 255 };

static json_t *optional(protobuf_c_boolean has, const ProtobufCBinaryData *bytes) {
    return has ? json_bytes(bytes) : json_null();
}

// {"kind": "exact", "value": 4.2, "ballots": 5, "low": 3.8, "high": 4.6}; value null has a reason.
json_t *render_json_figure(const Candour__Figure *f) {
    if (f == NULL)
        return json_null();
    json_t *object = json_pack("{s:s}", "kind", words_kind_key(f->kind));
    if (!words_is_number(f)) {
        json_object_set_new(object, "value", json_null());
        json_object_set_new(object, "reason",
                            json_string(f->kind == CANDOUR__FIGURE_KIND__HIDDEN
                                            ? "too few answers"
                                            : "most of this group has not seen this"));
        return object;
    }
    json_object_set_new(object, "value", json_tenths(f->tenths));
    json_object_set_new(object, "ballots", json_integer(f->ballots));
    if (f->has_low_tenths)
        json_object_set_new(object, "low", json_tenths(f->low_tenths));
    if (f->has_high_tenths)
        json_object_set_new(object, "high", json_tenths(f->high_tenths));
    return object;
}

static json_t *figures(size_t count, Candour__Figure *const *list) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, render_json_figure(list[i]));
    return array;
}

static json_t *numbers(size_t count, const uint32_t *list) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_integer(list[i]));
    return array;
}

static json_t *ranking(const Candour__Ranking *r) {
    static const char *const kinds[] = {"", "clear", "tied", "even"};
    if (r == NULL)
        return json_null();
    return json_pack("{s:s, s:o, s:o}", "kind", kinds[r->kind], "competencies",
                     numbers(r->n_competencies, r->competencies), "tied", numbers(r->n_tied, r->tied));
}

static json_t *previous(const Candour__PreviousRound *p) {
    if (p == NULL)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:i}", "round", json_bytes(&p->round_name), "answer_from",
                     json_time(p->answer_from), "close", json_time(p->close), "framework_version",
                     (int)p->framework_version);
}

static json_t *groups(const Candour__Report *report) {
    json_t *array = json_array();
    for (size_t i = 0; i < report->n_groups; i++)
        json_array_append_new(array, json_pack("{s:s, s:i, s:s}", "group", words_group_key(report->groups[i]->group),
                                               "invited", (int)report->groups[i]->invited, "outcome",
                                               words_outcome_key(report->groups[i]->outcome)));
    return array;
}

static json_t *cells(const Candour__Report *report) {
    json_t *array = json_array();
    for (size_t i = 0; i < report->n_cells; i++) {
        const Candour__ReportCell *cell = report->cells[i];
        json_t *groups = json_array();
        for (size_t k = 0; k < cell->n_groups; k++)
            json_array_append_new(groups, json_string(words_group_key(cell->groups[k])));
        json_array_append_new(array, json_pack("{s:s, s:o, s:i, s:i}", "name", words_source(cell), "groups", groups,
                                               "invited", (int)cell->invited, "ballots", (int)cell->ballots));
    }
    return array;
}

// {"kind": "higher", "difference": 0.8}: own figure less all colleagues.
static json_t *view(const Candour__View *v) {
    if (v == NULL)
        return json_null();
    return json_pack("{s:s, s:o}", "kind", words_comparison_key(v->kind), "difference",
                     json_tenths(v->difference_tenths));
}

static json_t *list_name(const Candour__ReportCompetency *one) {
    static const char *const names[] = {"", "strength_both_see", "strength_undersold", "area_both_see",
                                        "area_others_see"};
    return one->has_list ? json_string(names[one->list]) : json_null();
}

static json_t *changes(const Candour__ReportCompetency *one) {
    json_t *array = json_array();
    for (size_t i = 0; i < one->n_changes; i++) {
        const Candour__Change *c = one->changes[i];
        json_array_append_new(array, json_pack("{s:i, s:o, s:s, s:o, s:o, s:o}", "source", (int)c->cell, "before",
                                               render_json_figure(c->before), "kind", words_comparison_key(c->kind),
                                               "change", json_tenths(c->delta_tenths), "low",
                                               json_tenths(c->low_tenths), "high", json_tenths(c->high_tenths)));
    }
    return array;
}

static json_t *competencies(const Candour__Report *report) {
    json_t *array = json_array();
    for (size_t i = 0; i < report->n_competencies; i++) {
        const Candour__ReportCompetency *one = report->competencies[i];
        json_array_append_new(
            array, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "cluster",
                             optional(one->has_cluster, &one->cluster), "name", json_bytes(&one->name), "definition",
                             optional(one->has_definition, &one->definition), "sources",
                             figures(one->n_cells, one->cells), "colleagues", render_json_figure(one->colleagues),
                             "self", render_json_figure(one->self), "manager", render_json_figure(one->manager), "view",
                             view(one->view), "list", list_name(one), "changes", changes(one)));
    }
    return array;
}

static json_t *bands(const Candour__ReportItem *item) {
    json_t *array = json_array();
    for (size_t i = 0; i < item->n_bands; i++) {
        const Candour__Bands *one = item->bands[i];
        json_t *object = json_pack("{s:i, s:s}", "source", (int)one->cell, "kind", words_bands_key(one->kind));
        if (one->kind == CANDOUR__BANDS_KIND__COUNTS) {
            json_object_set_new(object, "lower", json_integer(one->lower));
            json_object_set_new(object, "upper", json_integer(one->upper));
        }
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *items(const Candour__Report *report) {
    json_t *array = json_array();
    for (size_t i = 0; i < report->n_items; i++) {
        const Candour__ReportItem *one = report->items[i];
        bool is_rated = one->has_self && one->self != 0 && one->self != NOT_OBSERVED;
        json_array_append_new(
            array, json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "competency", (int)one->competency,
                             "effective", json_bytes(&one->effective), "ineffective",
                             optional(one->has_ineffective, &one->ineffective), "sources",
                             figures(one->n_cells, one->cells), "colleagues", render_json_figure(one->colleagues),
                             "self", is_rated ? json_integer(one->self) : json_null(), "self_not_seen",
                             one->has_self && one->self == NOT_OBSERVED, "manager", render_json_figure(one->manager),
                             "bands", bands(one), "view", view(one->view)));
    }
    return array;
}

static json_t *comments(const Candour__Report *report) {
    json_t *array = json_array();
    for (size_t i = 0; i < report->n_comments; i++) {
        const Candour__ReportComments *question = report->comments[i];
        json_t *list = json_array();
        for (size_t k = 0; k < question->n_comments; k++) {
            const Candour__ReportComment *one = question->comments[k];
            json_t *source = one->has_source ? json_string(words_group_key(one->source)) : json_null();
            json_array_append_new(list, json_pack("{s:o, s:o}", "source", source, "text", json_bytes(&one->text)));
        }
        json_array_append_new(array,
                              json_pack("{s:o, s:o}", "question", json_bytes(&question->question), "comments", list));
    }
    return array;
}

json_t *render_json_rules(const Candour__Rules *r) {
    return json_pack("{s:i, s:i, s:i, s:i, s:i}", "threshold", (int)r->threshold, "comments_pooled",
                     (int)r->comments_pooled, "comments_by_group", (int)r->comments_by_group, "tail_low",
                     (int)r->tail_low, "tail_high", (int)r->tail_high);
}

json_t *render_json(const Candour__Report *report) {
    json_t *root = json_start("candour/report/1");
    const struct json_field fields[] = {
        {"round", json_bytes(&report->round_name)},
        {"organisation", json_bytes(&report->organisation)},
        {"subject", json_bytes(&report->subject_name)},
        {"framework", json_bytes(&report->framework)},
        {"framework_version", json_integer(report->framework_version)},
        {"level", json_bytes(&report->level)},
        {"level_name", json_bytes(&report->level_name)},
        {"answer_from", json_time(report->answer_from)},
        {"close", json_time(report->close)},
        {"rules", render_json_rules(report->rules)},
        {"spread", json_pack("{s:b, s:o, s:o}", "of_this_round", report->pooled_spread, "items",
                             json_tenths(report->item_spread_tenths), "competencies",
                             json_tenths(report->competency_spread_tenths))},
        {"scale", json_texts(report->n_scale, report->scale)},
        {"groups", groups(report)},
        {"sources", cells(report)},
        {"competencies", competencies(report)},
        {"items", items(report)},
        {"comments", comments(report)},
        {"comments_hidden", json_boolean(report->comments_hidden)},
        {"strengths", ranking(report->strengths)},
        {"areas", ranking(report->areas)},
        {"views", numbers(report->n_views, report->views)},
        {"previous", previous(report->previous)},
        {"view_min", json_tenths(report->view_min_tenths)},
        {"bands_min", json_integer(report->bands_min)},
        {"band_end", json_integer(report->band_end)},
    };
    json_put(root, ARRAY_LEN(fields), fields);
    return root;
}
