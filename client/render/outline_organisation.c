#include "client/render/organisation.h"

#include <stdlib.h>

#include "client/language.h"
#include "client/render/outline_private.h"
#include "client/render/words.h"
#include "questionnaire.h"

enum { HUNDREDTHS_MAX = 1000000000 };

// ---------------------------------------------------------------- may it be shown

static bool is_mean(const Candour__OrganisationFigure *mean) {
    return mean == NULL || words_is_figure(mean->figure);
}

static bool is_hundredths(int32_t value) {
    return value >= -HUNDREDTHS_MAX && value <= HUNDREDTHS_MAX;
}

static bool is_quality(const Candour__QualityCompetency *one) {
    for (size_t i = 0; i < one->n_items; i++)
        if (!is_hundredths(one->items[i]->alpha_dropped_hundredths) ||
            !is_hundredths(one->items[i]->item_total_hundredths) ||
            !is_hundredths(one->items[i]->not_observed_hundredths))
            return false;
    return is_hundredths(one->alpha_hundredths) && is_hundredths(one->icc1_hundredths) &&
           is_hundredths(one->icc2_hundredths) && is_hundredths(one->rwg_hundredths);
}

bool organisation_is_sound(const Candour__OrganisationReport *report) {
    if (report->n_scale < QUESTIONNAIRE_SCALE_MIN || report->n_scale > QUESTIONNAIRE_SCALE_MAX)
        return false;
    for (size_t i = 0; i < report->n_competencies; i++)
        if (!is_mean(report->competencies[i]->colleagues) || !is_mean(report->competencies[i]->self))
            return false;
    for (size_t i = 0; i < report->n_quality; i++)
        for (size_t k = 0; k < report->quality[i]->n_competencies; k++)
            if (!is_quality(report->quality[i]->competencies[k]))
                return false;
    return true;
}

// ---------------------------------------------------------------- about

static void say_about(struct making *making, const Candour__OrganisationReport *report) {
    const struct outline_pair facts[] = {
        {_("Organisation"), outline_theirs(making, &report->organisation)},
        {_("Round"), outline_theirs(making, &report->round_name)},
        {_("Answers given"), outline_say(making, _("from %1$s to %2$s"), outline_date(making, report->answer_from),
                                         outline_date(making, report->close))},
        {_("Questions"), outline_say(making, _("%1$s, version %2$u"), outline_theirs(making, &report->framework),
                                     report->framework_version)},
        {_("Leaders"), outline_say(making, _("%1$u, of whom %2$u have figures of colleagues"), report->leaders,
                                   report->leaders_shown)},
    };
    outline_section(making, "about", _("About this report"));
    outline_pairs(making, OUTLINE_FACTS, ARRAY_LEN(facts), facts);
}

// ---------------------------------------------------------------- competencies

static const char *mean_text(struct making *making, const Candour__OrganisationFigure *mean) {
    static const struct outline_source nobody = {.name = ""};
    if (mean == NULL)
        return _("too few leaders");
    // Translators: a figure, and over how many leaders (at least five) it is a mean.
    return outline_say(making, _("%1$s, %2$u leaders"), outline_mark(making, &nobody, mean->figure).figure,
                       mean->leaders);
}

static void say_competencies(struct making *making, const Candour__OrganisationReport *report) {
    const char *const headings[] = {_("Competency"), _("All colleagues"), _("Leaders' own view"),
                                    _("Among the strengths of"), _("Among the areas to work on of")};
    const size_t columns = ARRAY_LEN(headings);
    const char **cells = outline_take(making, report->n_competencies * columns, sizeof *cells);
    outline_section(making, "competencies", _("Competencies"));
    outline_paragraph(making, outline_say(making,
                                          _("Each figure is the average over leaders of what their reports show, each "
                                            "leader counting once. What a leader's report hides is not in it, and "
                                            "fewer than %u leaders have no figure here."),
                                          report->leaders_min));
    outline_paragraph(making, _("In brackets stands the likely range: had other colleagues been asked about the same "
                                "leaders, the figure would probably lie within it."));
    for (size_t i = 0; cells != NULL && i < report->n_competencies; i++) {
        const Candour__OrganisationCompetency *one = report->competencies[i];
        const char **row = cells + i * columns;
        row[0] = outline_theirs(making, &one->name);
        row[1] = mean_text(making, one->colleagues);
        row[2] = mean_text(making, one->self);
        row[3] = one->colleagues != NULL ? outline_say(making, "%u", one->strength_of) : "-";
        row[4] = one->colleagues != NULL ? outline_say(making, "%u", one->area_of) : "-";
    }
    if (cells != NULL)
        outline_table(making, &(struct outline_table){.caption = _("Competencies over all leaders"),
                                                      .n_columns = columns,
                                                      .n_rows = report->n_competencies,
                                                      .headings = headings,
                                                      .cells = cells});
}

// ---------------------------------------------------------------- quality

static const char *hundredths(struct making *making, protobuf_c_boolean has, int32_t value) {
    unsigned size = (unsigned)abs(value);
    return !has ? "-" : outline_say(making, "%s%u.%02u", value < 0 ? "-" : "", size / 100, size % 100);
}

static void show_scales(struct making *making, const Candour__QualityLevel *level) {
    const char *const headings[] = {_("Competency"), _("alpha"), "ICC(1)", "ICC(2)", "r_wg(J)"};
    const size_t columns = ARRAY_LEN(headings);
    const char **cells = outline_take(making, level->n_competencies * columns, sizeof *cells);
    for (size_t i = 0; cells != NULL && i < level->n_competencies; i++) {
        const Candour__QualityCompetency *one = level->competencies[i];
        const char **row = cells + i * columns;
        row[0] = outline_theirs(making, &one->name);
        row[1] = hundredths(making, one->has_alpha_hundredths, one->alpha_hundredths);
        row[2] = hundredths(making, one->has_icc1_hundredths, one->icc1_hundredths);
        row[3] = hundredths(making, one->has_icc2_hundredths, one->icc2_hundredths);
        row[4] = hundredths(making, one->has_rwg_hundredths, one->rwg_hundredths);
    }
    if (cells != NULL)
        outline_table(making, &(struct outline_table){.caption = _("How well each competency is measured"),
                                                      .n_columns = columns,
                                                      .n_rows = level->n_competencies,
                                                      .headings = headings,
                                                      .cells = cells});
}

static void show_statements(struct making *making, const Candour__QualityCompetency *one) {
    const char *const headings[] = {_("Statement"), _("alpha without it"), _("correlation with the others"),
                                    _("share of \"not seen\"")};
    const size_t columns = ARRAY_LEN(headings);
    const char **cells = outline_take(making, one->n_items * columns, sizeof *cells);
    for (size_t i = 0; cells != NULL && i < one->n_items; i++) {
        const Candour__QualityItem *item = one->items[i];
        const char **row = cells + i * columns;
        row[0] = outline_theirs(making, &item->effective);
        row[1] = hundredths(making, item->has_alpha_dropped_hundredths, item->alpha_dropped_hundredths);
        row[2] = hundredths(making, item->has_item_total_hundredths, item->item_total_hundredths);
        row[3] = hundredths(making, item->has_not_observed_hundredths, item->not_observed_hundredths);
    }
    if (cells != NULL)
        outline_table(making, &(struct outline_table){.caption = outline_theirs(making, &one->name),
                                                      .n_columns = columns,
                                                      .n_rows = one->n_items,
                                                      .headings = headings,
                                                      .cells = cells});
}

static void say_level(struct making *making, const Candour__QualityLevel *level) {
    const ProtobufCBinaryData *name = level->level_name.len > 0 ? &level->level_name : &level->level;
    outline_heading(making, outline_say(making, _("Level: %s"), outline_theirs(making, name)));
    outline_paragraph(making, outline_say(making, _("From %1$u answers of colleagues about %2$u leaders."),
                                          level->ballots, level->leaders));
    show_scales(making, level);
    for (size_t k = 0; k < level->n_competencies; k++)
        show_statements(making, level->competencies[k]);
}

static void say_quality(struct making *making, const Candour__OrganisationReport *report) {
    outline_section(making, "quality", _("How well the questionnaire measures"));
    if (report->n_quality == 0) {
        outline_paragraph(making, outline_say(making,
                                              _("This needs at least %1$u leaders of one level and %2$u answers of "
                                                "their colleagues."),
                                              report->quality_leaders_min, report->quality_ballots_min));
        return;
    }
    const struct outline_pair words[] = {
        {_("alpha"), _("do a competency's statements belong together? Below 0.70 they may be about different things.")},
        {"ICC(1)", _("how much of the difference between two answers is a difference between leaders.")},
        {"ICC(2)", _("how well the average of a leader's colleagues tells leaders apart. Above 0.70 is good.")},
        {"r_wg(J)", _("how far the colleagues of one leader agree: 1 is agreement, 0 is none.")},
        {_("alpha without it"), _("a statement that makes alpha larger when it is left out may not belong there.")},
        {"-", _("too few people answered.")},
    };
    outline_pairs(making, OUTLINE_LIST, ARRAY_LEN(words), words);
    for (size_t i = 0; i < report->n_quality; i++)
        say_level(making, report->quality[i]);
}

struct outline *organisation_outline(const Candour__OrganisationReport *report) {
    struct making making = {.report = NULL};
    struct outline *outline = outline_begin(&making);
    if (outline == NULL)
        return NULL;
    const char *name = outline_theirs(&making, &report->organisation);
    const char *round = outline_theirs(&making, &report->round_name);
    outline->title = outline_say(&making, _("%1$s: all leaders of %2$s"), name, round);
    // Translators: at the foot of each page: the round, the organisation.
    outline->footer = outline_say(&making, _("%1$s. %2$s"), round, name);
    say_about(&making, report);
    say_competencies(&making, report);
    say_quality(&making, report);
    return outline_end(&making, outline);
}
