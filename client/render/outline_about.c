// The beginning: who the report is about, who answered, how to read a figure.
#include "client/language.h"
#include "client/render/outline_private.h"
#include "client/render/words.h"

static void say_facts(struct making *making) {
    const Candour__Report *report = making->report;
    const ProtobufCBinaryData *level = report->level_name.len > 0 ? &report->level_name : &report->level;
    const struct outline_pair facts[] = {
        {_("About"), outline_theirs(making, &report->subject_name)},
        {_("Organisation"), outline_theirs(making, &report->organisation)},
        {_("Round"), outline_theirs(making, &report->round_name)},
        {_("Answers given"), outline_say(making, _("from %1$s to %2$s"), outline_date(making, report->answer_from),
                                         outline_date(making, report->close))},
        {_("Questions"), outline_say(making, _("%1$s, version %2$u"), outline_theirs(making, &report->framework),
                                     report->framework_version)},
        {_("Level"), outline_theirs(making, level)},
    };
    outline_pairs(making, OUTLINE_FACTS, ARRAY_LEN(facts), facts);
}

// ---------------------------------------------------------------- who answered

static const char *outcome(const Candour__ReportGroup *group) {
    switch (group->outcome) {
    case CANDOUR__GROUP_OUTCOME__ANSWERED:
        return _("answered");
    case CANDOUR__GROUP_OUTCOME__NO_ANSWER:
        return _("no answer");
    case CANDOUR__GROUP_OUTCOME__TOO_FEW:
        return _("too few to show");
    default:
        return _("unknown");
    }
}

static bool is_in_cell(const Candour__ReportGroup *group) {
    return group->outcome == CANDOUR__GROUP_OUTCOME__SHOWN || group->outcome == CANDOUR__GROUP_OUTCOME__SHOWN_MERGED;
}

static void say_who_answered(struct making *making) {
    const Candour__Report *report = making->report;
    const char *const headings[] = {_("Who"), _("People asked"), _("Answers")};
    const char **cells = outline_take(making, 3 * (report->n_cells + report->n_groups), sizeof *cells);
    size_t used = 0;
    if (cells == NULL)
        return;
    for (size_t i = 0; i < report->n_cells; i++) {
        cells[used++] = making->cells[i].name;
        cells[used++] = outline_say(making, "%u", report->cells[i]->invited);
        cells[used++] = outline_say(making, "%u", report->cells[i]->ballots);
    }
    for (size_t i = 0; i < report->n_groups; i++) {
        const Candour__ReportGroup *group = report->groups[i];
        if (is_in_cell(group))
            continue;
        cells[used++] = group->group == CANDOUR__GROUP__SELF ? making->self->name : words_group(group->group);
        cells[used++] = outline_say(making, "%u", group->invited);
        cells[used++] = outcome(group);
    }
    outline_table(making, &(struct outline_table){.caption = _("People asked and answers, by group"),
                                                  .n_columns = ARRAY_LEN(headings),
                                                  .n_rows = used / ARRAY_LEN(headings),
                                                  .headings = headings,
                                                  .cells = cells});
}

static void say_answered(struct making *making) {
    const Candour__Report *report = making->report;
    unsigned threshold = report->rules->threshold;
    outline_section(making, "answered", _("Who answered"));
    say_who_answered(making);
    if (report->n_cells == 0)
        outline_paragraph(making,
                          outline_say(making,
                                      _("Fewer than %u colleagues answered, all groups together. Their answers are not "
                                        "shown: with so few, an answer could be traced to a person."),
                                      threshold));
    if (words_has_merged(report))
        outline_paragraph(making,
                          outline_say(making,
                                      _("Groups are shown together where one of them alone had fewer than %u answers."),
                                      threshold));
}

// ---------------------------------------------------------------- how to read

static void say_scale(struct making *making) {
    const Candour__Report *report = making->report;
    struct outline_pair *marks = outline_take(making, report->n_scale, sizeof *marks);
    if (marks == NULL)
        return;
    for (size_t i = 0; i < report->n_scale; i++) {
        marks[i].name = outline_say(making, "%zu", i + 1);
        marks[i].text = outline_theirs(making, &report->scale[i]);
    }
    outline_paragraph(making, _("Each figure is an average of marks on this scale:"));
    outline_pairs(making, OUTLINE_FACTS, report->n_scale, marks);
}

// One figure a little above the middle of the scale, and a range around it.
static void show_example(struct making *making) {
    unsigned scale_max = (unsigned)making->report->n_scale, span = 10 * (scale_max - 1);
    struct outline_source *example = outline_take(making, 1, sizeof *example);
    struct outline_mark *mark = outline_take(making, 1, sizeof *mark);
    struct outline_row *row = outline_take(making, 1, sizeof *row);
    if (example == NULL || mark == NULL || row == NULL)
        return;
    *example = (struct outline_source){_("Example"), OUTLINE_CIRCLE, 0x0072b2};
    Candour__Figure figure = CANDOUR__FIGURE__INIT;
    figure.kind = CANDOUR__FIGURE_KIND__EXACT;
    figure.has_low_tenths = figure.has_high_tenths = true;
    figure.tenths = 10 + span * 6 / 10;
    figure.low_tenths = 10 + span * 4 / 10;
    figure.high_tenths = 10 + span * 8 / 10;
    *mark = outline_mark(making, example, &figure);
    *row = (struct outline_row){.n_marks = 1, .marks = mark};
    row->alt = outline_say(
        making, _("A dot at %1$u.%2$u is the figure. A bar from %3$u.%4$u to %5$u.%6$u is its likely range."),
        mark->value / 10, mark->value % 10, mark->low / 10, mark->low % 10, mark->high / 10, mark->high % 10);
    outline_chart(making, &(struct outline_chart){.kind = OUTLINE_LANES,
                                                  .title = _("An example of a figure and its likely range"),
                                                  .scale_max = scale_max,
                                                  .n_rows = 1,
                                                  .rows = row});
    outline_paragraph(making, row->alt);
}

static void say_reading(struct making *making) {
    outline_section(making, "reading", _("How to read the figures"));
    say_scale(making);
    outline_paragraph(making, _("A figure rests on a few people. Had other colleagues of the same kind been asked, it "
                                "would probably lie within its likely range, which stands in brackets after it. Where "
                                "two ranges overlap, do not make much of the difference between the two figures."));
    show_example(making);
    if (words_has_kind(making->report, CANDOUR__FIGURE_KIND__AT_LEAST) ||
        words_has_kind(making->report, CANDOUR__FIGURE_KIND__AT_MOST))
        outline_paragraph(making, _("An arrow beside a mark means \"or above\" or \"or below\": the exact figure would "
                                    "give single marks away."));
    outline_paragraph(making, _("One report is one moment, seen by a few people. Look for what several groups say, and "
                                "for what agrees with the comments."));
}

void outline_about(struct making *making) {
    outline_section(making, "about", _("About this report"));
    say_facts(making);
    say_answered(making);
    if (outline_sources(making).count > 0)
        say_reading(making);
}
