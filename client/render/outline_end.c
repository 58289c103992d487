// The second half: comments, what changed since last time, the plan, how the figures came about.
#include "client/language.h"
#include "client/render/outline_private.h"
#include "client/render/words.h"

// ---------------------------------------------------------------- comments

static void quote(struct making *making, const Candour__ReportComments *question) {
    struct outline_pair *quotes = outline_take(making, question->n_comments, sizeof *quotes);
    outline_heading(making, outline_theirs(making, &question->question));
    if (question->n_comments == 0)
        outline_paragraph(making, _("No comment to show."));
    if (quotes == NULL)
        return;
    for (size_t i = 0; i < question->n_comments; i++) {
        const Candour__ReportComment *one = question->comments[i];
        if (one->has_source)
            quotes[i].name = one->source == CANDOUR__GROUP__SELF ? making->self->name : words_group(one->source);
        quotes[i].text = outline_their_lines(making, &one->text);
    }
    outline_pairs(making, OUTLINE_QUOTES, question->n_comments, quotes);
}

void outline_comments(struct making *making) {
    const Candour__Report *report = making->report;
    if (report->n_comments == 0)
        return;
    outline_section(making, "comments", _("Comments"));
    if (report->comments_hidden)
        outline_paragraph(
            making,
            outline_say(making, _("Comments of colleagues are not shown, because fewer than %u of them answered."),
                        report->rules->comments_pooled));
    else
        outline_paragraph(making,
                          _("Comments of colleagues stand in random order, and nothing connects those of one "
                            "person. Please do not try to find out who wrote what: you would probably be wrong, "
                            "and be given no honest comment again."));
    for (size_t i = 0; i < report->n_comments; i++)
        quote(making, report->comments[i]);
}

// ---------------------------------------------------------------- since last time

static const char *comparison(const Candour__Change *change) {
    return change->kind == CANDOUR__COMPARISON__HIGHER  ? _("higher than last time")
           : change->kind == CANDOUR__COMPARISON__LOWER ? _("lower than last time")
                                                        : _("no clear change");
}

static size_t count_changes(const Candour__Report *report) {
    size_t count = 0;
    for (size_t i = 0; i < report->n_competencies; i++)
        count += report->competencies[i]->n_changes;
    return count;
}

static void show_changes(struct making *making) {
    const Candour__Report *report = making->report;
    const char *const headings[] = {_("Competency"), _("Who"), _("Last time"), _("This time"), _("What that means")};
    const size_t columns = ARRAY_LEN(headings);
    const char **cells = outline_take(making, columns * count_changes(report), sizeof *cells);
    size_t used = 0;
    if (cells == NULL)
        return;
    for (uint32_t i = 0; i < report->n_competencies; i++)
        for (size_t k = 0; k < report->competencies[i]->n_changes; k++) {
            const Candour__ReportCompetency *one = report->competencies[i];
            const Candour__Change *change = one->changes[k];
            const struct outline_source *source = &making->cells[change->cell];
            cells[used++] = outline_competency(making, i);
            cells[used++] = source->name;
            cells[used++] = outline_mark(making, source, change->before).figure;
            cells[used++] = outline_mark(making, source, one->cells[change->cell]).figure;
            cells[used++] = comparison(change);
        }
    outline_table(making, &(struct outline_table){.caption = _("Last time and this time"),
                                                  .n_columns = columns,
                                                  .n_rows = used / columns,
                                                  .headings = headings,
                                                  .cells = cells});
}

void outline_change(struct making *making) {
    const Candour__PreviousRound *previous = making->report->previous;
    if (previous == NULL)
        return;
    outline_section(making, "change", _("Since last time"));
    outline_paragraph(making,
                      outline_say(making, _("Last time was the round %1$s, with answers from %2$s to %3$s."),
                                  outline_theirs(making, &previous->round_name),
                                  outline_date(making, previous->answer_from), outline_date(making, previous->close)));
    if (count_changes(making->report) == 0) {
        outline_paragraph(making, _("No group has a figure in both rounds, so nothing can be compared."));
        return;
    }
    outline_paragraph(making, _("Only groups with a figure in both rounds are compared. Other people may have answered "
                                "this time, so small differences mean nothing."));
    show_changes(making);
}

// ---------------------------------------------------------------- plan

void outline_plan(struct making *making) {
    const struct outline_pair fields[] = {
        {_("What I want to do"), NULL}, {_("My first step"), NULL}, {_("Who helps me"), NULL}, {_("By when"), NULL}};
    const char *const talk[] = {
        _("Read the report once, and sleep on it."),
        _("Say what you keep from it: one strength, one thing to work on."),
        _("Ask for examples of what you did not expect, and listen. There is no need to explain."),
        _("Agree on your two goals, on a first step for each, and on who helps."),
        _("Set a date to look back."),
        _("Thank your colleagues, and tell them what you will try."),
    };
    outline_section(making, "plan", _("Your plan"));
    outline_paragraph(making, _("Two goals are enough. Choose what matters to your work and what you can practise."));
    for (unsigned goal = 1; goal <= 2; goal++) {
        outline_heading(making, outline_say(making, _("Goal %u"), goal));
        outline_pairs(making, OUTLINE_FORM, ARRAY_LEN(fields), fields);
    }
    outline_heading(making, _("The talk with your manager or coach"));
    outline_points(making, OUTLINE_STEPS, ARRAY_LEN(talk), talk);
}

// ---------------------------------------------------------------- method

static void say_method(struct making *making) {
    const Candour__Report *report = making->report;
    outline_section(making, "method", _("How the figures came about"));
    outline_paragraph(making, _("A statement's figure is the average of the marks that the people of a group gave. A "
                                "competency's figure is the average of its statements' figures; it needs at least half "
                                "of them. \"All colleagues\" is the average over the groups shown, by the number of "
                                "their answers. Your own marks and your manager's are never part of it."));
    outline_paragraph(
        making,
        outline_say(
            making,
            report->pooled_spread
                ? _("The likely range says where 19 of 20 such figures would lie. It uses how far the answers of one "
                    "group lay apart in the whole round: %1$u.%2$u for statements and %3$u.%4$u for competencies.")
                : _("The likely range says where 19 of 20 such figures would lie. This round was too small to measure "
                    "how "
                    "far the answers of one group lie apart, so it uses what is usual: %1$u.%2$u for statements and "
                    "%3$u.%4$u for competencies."),
            report->item_spread_tenths / 10, report->item_spread_tenths % 10, report->competency_spread_tenths / 10,
            report->competency_spread_tenths % 10));
}

static void say_hidden(struct making *making) {
    const Candour__Report *report = making->report;
    unsigned threshold = report->rules->threshold;
    outline_section(making, "hidden", _("What is hidden, and why"));
    outline_paragraph(making,
                      outline_say(making,
                                  _("Colleagues are shown only where at least %u answered, so that no answer "
                                    "can be traced to a person. No other figures are worked out for anybody: not "
                                    "for your manager, not for HR, not for the people who run the server."),
                                  threshold));
    if (words_has_kind(report, CANDOUR__FIGURE_KIND__HIDDEN))
        outline_paragraph(making, outline_say(making,
                                              _("\"Too few answers\": fewer than %u people of the group rated this "
                                                "statement, or fewer than half of the competency's statements have a "
                                                "figure."),
                                              threshold));
    if (words_has_kind(report, CANDOUR__FIGURE_KIND__AT_LEAST) || words_has_kind(report, CANDOUR__FIGURE_KIND__AT_MOST))
        outline_paragraph(making, _("\"Or above\" and \"or below\" stand in place of figures so high or so low that "
                                    "they would give single marks away."));
}

void outline_annex(struct making *making) {
    if (making->report->n_cells > 0)
        say_method(making);
    say_hidden(making);
}
