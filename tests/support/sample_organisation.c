#include "sample_organisation.h"

#include <stdbool.h>
#include <string.h>

#include "base.h"

enum { COMPETENCIES = 10, ITEMS = 5 };

static ProtobufCBinaryData text(const char *string) {
    return (ProtobufCBinaryData){strlen(string), (uint8_t *)(uintptr_t)string};
}

static Candour__Figure figures[2 * COMPETENCIES];
static Candour__OrganisationFigure means[2 * COMPETENCIES];
static Candour__OrganisationCompetency competencies[COMPETENCIES], *competency_list[COMPETENCIES];
static Candour__QualityItem items[ITEMS], *item_list[ITEMS];
static Candour__QualityCompetency scales[COMPETENCIES], *scale_list[COMPETENCIES];
static Candour__QualityLevel level, *level_list[1];
static Candour__Rules rules;
static ProtobufCBinaryData marks[5];
static Candour__OrganisationReport report;

static const char *name_of(size_t index) {
    static const char *const names[] = {"Strategic thinking", "<b>Fish</b> & Chips", "חשיבה אסטרטגית",
                                        "Unternehmensberatungsgesellschaftsmitarbeiterfortbildungsveranstaltung"};
    return names[index % ARRAY_LEN(names)];
}

static Candour__OrganisationFigure *mean(size_t index, bool has_range) {
    Candour__Figure *figure = &figures[index];
    candour__figure__init(figure);
    figure->kind = CANDOUR__FIGURE_KIND__EXACT;
    figure->tenths = 30 + (uint32_t)index;
    figure->ballots = 240;
    figure->has_low_tenths = figure->has_high_tenths = has_range;
    figure->low_tenths = figure->tenths - 2;
    figure->high_tenths = figure->tenths + 2;
    candour__organisation_figure__init(&means[index]);
    means[index].figure = figure;
    means[index].leaders = 20;
    return &means[index];
}

static void make_competencies(void) {
    for (size_t i = 0; i < COMPETENCIES; i++) {
        Candour__OrganisationCompetency *one = competency_list[i] = &competencies[i];
        candour__organisation_competency__init(one);
        one->name = text(name_of(i));
        if (i % 4 != 3) {
            one->colleagues = mean(2 * i, true);
            one->self = mean(2 * i + 1, false);
        }
        one->strength_of = (uint32_t)i;
    }
    report.competencies = competency_list;
    report.n_competencies = COMPETENCIES;
}

static void make_quality(void) {
    for (size_t i = 0; i < ITEMS; i++) {
        item_list[i] = &items[i];
        candour__quality_item__init(&items[i]);
        items[i].effective = text("Explains why a decision was taken, and what else was thought of");
        items[i].has_alpha_dropped_hundredths = i != 2;
        items[i].alpha_dropped_hundredths = 71;
        items[i].has_item_total_hundredths = true;
        items[i].item_total_hundredths = -12;
    }
    for (size_t i = 0; i < COMPETENCIES; i++) {
        Candour__QualityCompetency *one = scale_list[i] = &scales[i];
        candour__quality_competency__init(one);
        one->name = text(name_of(i));
        one->has_alpha_hundredths = one->has_icc1_hundredths = true;
        one->alpha_hundredths = 84;
        one->icc1_hundredths = 21;
        one->items = item_list;
        one->n_items = ITEMS;
    }
    candour__quality_level__init(&level);
    level.level = text("4");
    level.level_name = text("Head of service");
    level.leaders = 31;
    level.ballots = 372;
    level.competencies = scale_list;
    level.n_competencies = COMPETENCIES;
    level_list[0] = &level;
    report.quality = level_list;
    report.n_quality = 1;
}

const Candour__OrganisationReport *sample_organisation(void) {
    static const char *const labels[] = {"Never", "Rarely", "Sometimes", "Often", "Always"};
    candour__organisation_report__init(&report);
    candour__rules__init(&rules);
    for (size_t i = 0; i < ARRAY_LEN(labels); i++)
        marks[i] = text(labels[i]);
    report.round_name = text("Spring 2026");
    report.organisation = text("Fish & Chips' <Council>");
    report.framework = text("Ten competencies");
    report.framework_version = 2;
    report.answer_from = 1796083200;
    report.close = 1797292800;
    report.rules = &rules;
    report.scale = marks;
    report.n_scale = ARRAY_LEN(marks);
    report.leaders = 33;
    report.leaders_shown = 31;
    report.leaders_min = 5;
    report.quality_leaders_min = 30;
    report.quality_ballots_min = 100;
    make_competencies();
    make_quality();
    return &report;
}
