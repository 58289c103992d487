#include <jansson.h>

#include "base.h"
#include "client/json.h"
#include "client/render/json.h"
#include "client/render/organisation.h"

static json_t *mean(const Candour__OrganisationFigure *m) {
    if (m == NULL)
        return json_null();
    return json_pack("{s:o, s:i}", "figure", render_json_figure(m->figure), "leaders", (int)m->leaders);
}

static json_t *competencies(const Candour__OrganisationReport *report) {
    json_t *array = json_array();
    for (size_t i = 0; i < report->n_competencies; i++) {
        const Candour__OrganisationCompetency *one = report->competencies[i];
        json_array_append_new(array, json_pack("{s:o, s:o, s:o, s:o, s:o, s:i, s:i}", "cluster",
                                               one->has_cluster ? json_bytes(&one->cluster) : json_null(), "name",
                                               json_bytes(&one->name), "definition",
                                               one->has_definition ? json_bytes(&one->definition) : json_null(),
                                               "colleagues", mean(one->colleagues), "self", mean(one->self),
                                               "strength_of", (int)one->strength_of, "area_of", (int)one->area_of));
    }
    return array;
}

static json_t *hundredths(protobuf_c_boolean has, int32_t value) {
    return has ? json_real(value / 100.0) : json_null();
}

static json_t *quality_items(const Candour__QualityCompetency *one) {
    json_t *array = json_array();
    for (size_t i = 0; i < one->n_items; i++) {
        const Candour__QualityItem *item = one->items[i];
        json_array_append_new(
            array,
            json_pack("{s:o, s:o, s:o, s:o}", "effective", json_bytes(&item->effective), "alpha_dropped",
                      hundredths(item->has_alpha_dropped_hundredths, item->alpha_dropped_hundredths), "item_total",
                      hundredths(item->has_item_total_hundredths, item->item_total_hundredths), "not_observed",
                      hundredths(item->has_not_observed_hundredths, item->not_observed_hundredths)));
    }
    return array;
}

static json_t *quality_competencies(const Candour__QualityLevel *level) {
    json_t *array = json_array();
    for (size_t i = 0; i < level->n_competencies; i++) {
        const Candour__QualityCompetency *one = level->competencies[i];
        json_array_append_new(array, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "name", json_bytes(&one->name),
                                               "alpha", hundredths(one->has_alpha_hundredths, one->alpha_hundredths),
                                               "icc1", hundredths(one->has_icc1_hundredths, one->icc1_hundredths),
                                               "icc2", hundredths(one->has_icc2_hundredths, one->icc2_hundredths),
                                               "rwg", hundredths(one->has_rwg_hundredths, one->rwg_hundredths), "items",
                                               quality_items(one)));
    }
    return array;
}

static json_t *quality(const Candour__OrganisationReport *report) {
    json_t *array = json_array();
    for (size_t i = 0; i < report->n_quality; i++) {
        const Candour__QualityLevel *level = report->quality[i];
        json_array_append_new(array,
                              json_pack("{s:o, s:o, s:i, s:i, s:o}", "level", json_bytes(&level->level), "level_name",
                                        json_bytes(&level->level_name), "leaders", (int)level->leaders, "ballots",
                                        (int)level->ballots, "competencies", quality_competencies(level)));
    }
    return array;
}

json_t *organisation_json(const Candour__OrganisationReport *report) {
    json_t *root = json_start("candour/organisation/1");
    const struct json_field fields[] = {
        {"round", json_bytes(&report->round_name)},
        {"organisation", json_bytes(&report->organisation)},
        {"framework", json_bytes(&report->framework)},
        {"framework_version", json_integer(report->framework_version)},
        {"answer_from", json_time(report->answer_from)},
        {"close", json_time(report->close)},
        {"rules", render_json_rules(report->rules)},
        {"scale", json_texts(report->n_scale, report->scale)},
        {"leaders", json_integer(report->leaders)},
        {"leaders_shown", json_integer(report->leaders_shown)},
        {"leaders_min", json_integer(report->leaders_min)},
        {"competencies", competencies(report)},
        {"quality_leaders_min", json_integer(report->quality_leaders_min)},
        {"quality_ballots_min", json_integer(report->quality_ballots_min)},
        {"quality", quality(report)},
    };
    json_put(root, ARRAY_LEN(fields), fields);
    return root;
}
