// The report in one page, in words. Everything said here was found by the engine; here are only the sentences.
#include <string.h>

#include "client/language.h"
#include "client/render/outline_private.h"
#include "client/render/words.h"

// "Strategic thinking: 4.2 (3.8 to 4.6)", of all colleagues.
static const char *with_figure(struct making *making, uint32_t index) {
    const Candour__ReportCompetency *one = making->report->competencies[index];
    return outline_say(making, _("%1$s: %2$s"), outline_competency(making, index),
                       outline_mark(making, making->colleagues, one->colleagues).figure);
}

static void list_competencies(struct making *making, size_t count, const uint32_t *indices) {
    const char **points = outline_take(making, count, sizeof *points);
    if (points == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        points[i] = with_figure(making, indices[i]);
    outline_points(making, OUTLINE_LIST, count, points);
}

// The sentences of one ranking: of strengths, or of areas to work on.
struct ranking_words {
    const char *heading, *clear, *tied, *even;
};

static void say_ranking(struct making *making, const Candour__Ranking *ranking, const struct ranking_words *words) {
    if (ranking == NULL)
        return;
    outline_heading(making, words->heading);
    switch (ranking->kind) {
    case CANDOUR__RANKING_KIND__CLEAR:
        outline_paragraph(making, words->clear);
        list_competencies(making, ranking->n_competencies, ranking->competencies);
        break;
    case CANDOUR__RANKING_KIND__TIED:
        outline_paragraph(making, words->tied);
        list_competencies(making, ranking->n_tied, ranking->tied);
        break;
    default:
        outline_paragraph(making, words->even);
    }
}

// ---------------------------------------------------------------- own view and others'

static void list_views(struct making *making, Candour__Comparison kind, const char *sentence) {
    const Candour__Report *report = making->report;
    const char **points = outline_take(making, report->n_views, sizeof *points);
    size_t count = 0;
    for (size_t i = 0; points != NULL && i < report->n_views; i++) {
        const Candour__ReportCompetency *one = report->competencies[report->views[i]];
        if (one->view->kind != kind)
            continue;
        // Translators: a competency, the leader's own figure, the colleagues' figure.
        points[count++] =
            outline_say(making, _("%1$s: you %2$s, colleagues %3$s"), outline_competency(making, report->views[i]),
                        outline_mark(making, making->self, one->self).figure,
                        outline_mark(making, making->colleagues, one->colleagues).figure);
    }
    if (count == 0)
        return;
    outline_paragraph(making, sentence);
    outline_points(making, OUTLINE_LIST, count, points);
}

static bool has_clear_view(const Candour__Report *report) {
    for (size_t i = 0; i < report->n_views; i++)
        if (report->competencies[report->views[i]]->view->kind != CANDOUR__COMPARISON__NOT_CLEAR)
            return true;
    return false;
}

static void say_views(struct making *making) {
    const Candour__Report *report = making->report;
    outline_heading(making, _("How you see yourself, and how others see you"));
    if (!words_has_answered(report, CANDOUR__GROUP__SELF)) {
        outline_paragraph(making, _("You did not answer about yourself, so your view cannot be set beside theirs."));
        return;
    }
    if (report->n_views == 0 || !has_clear_view(report)) {
        outline_paragraph(making, report->n_views == 0
                                      ? _("There are too few figures to compare your view with your colleagues'.")
                                      : _("There is no clear difference between your view and your colleagues'."));
        return;
    }
    list_views(making, CANDOUR__COMPARISON__HIGHER, _("You see yourself clearly higher than your colleagues see you:"));
    list_views(making, CANDOUR__COMPARISON__LOWER, _("You see yourself clearly lower than your colleagues see you:"));
}

// ---------------------------------------------------------------- the page

static void say_more(struct making *making) {
    const Candour__Report *report = making->report;
    size_t comments = 0;
    for (size_t i = 0; i < report->n_comments; i++)
        comments += report->comments[i]->n_comments;
    outline_heading(making, _("Read on"));
    outline_paragraph(making, comments == 0
                                  ? _("There is no comment to show.")
                                  : outline_say(making,
                                                ngettext("%zu comment stands in the section \"Comments\".",
                                                         "%zu comments stand in the section \"Comments\".", comments),
                                                comments));
    outline_paragraph(making, _("Choose one thing to keep doing, and one or two to change, not more. The section "
                                "\"Your plan\" has room for them."));
}

void outline_summary(struct making *making) {
    const Candour__Report *report = making->report;
    outline_section(making, "summary", _("Your feedback in one page"));
    if (report->n_cells == 0) {
        bool is_empty =
            !words_has_answered(report, CANDOUR__GROUP__SELF) && !words_has_answered(report, CANDOUR__GROUP__MANAGER);
        outline_paragraph(making, is_empty ? _("Too few people answered to show anything. Talk with people you trust "
                                               "about what you would have liked to learn.")
                                           : _("Too few colleagues answered to show what they think. This report holds "
                                               "your own view, and your manager's if there is one. Talk with people "
                                               "you trust about what you would have liked to learn."));
        return;
    }
    say_ranking(making, report->strengths,
                &(struct ranking_words){
                    _("Strengths"),
                    _("In your colleagues' eyes your strongest competency is the first of these:"),
                    _("In your colleagues' eyes your strongest competency is one of these. Their likely ranges "
                      "overlap, so there is no clear first:"),
                    _("Your colleagues' figures lie so close together that no competency stands out as a strength."),
                });
    say_ranking(making, report->areas,
                &(struct ranking_words){
                    _("Areas to work on"),
                    _("Your colleagues see most room to grow in the first of these:"),
                    _("Your colleagues see most room to grow in one of these. Their likely ranges overlap, so there "
                      "is no clear first:"),
                    _("No competency stands out as one to work on."),
                });
    say_views(making);
    say_more(making);
}
