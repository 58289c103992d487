// Competencies: a lane for each source, and the own view beside that of all colleagues.
#include <string.h>

#include "client/language.h"
#include "client/render/outline_private.h"
#include "client/render/words.h"

enum { SOURCES_MAX = 6 };

// ---------------------------------------------------------------- lanes

static struct outline_row lanes_of(struct making *making, const struct sources *sources, uint32_t index) {
    const Candour__ReportCompetency *one = making->report->competencies[index];
    const Candour__Figure *figures[SOURCES_MAX];
    struct outline_row row = {.name = outline_competency(making, index)};
    struct outline_mark *marks = outline_take(making, sources->count, sizeof *marks);
    row.alt = outline_say(making, _("%s."), row.name);
    if (marks == NULL)
        return row;
    outline_figures(sources, making, one->cells, one->colleagues, one->manager, one->self, figures);
    for (size_t i = 0; i < sources->count; i++) {
        marks[i] = outline_mark(making, sources->source[i], figures[i]);
        // Translators: sentences one after the other.
        row.alt = outline_say(making, _("%1$s %2$s."), row.alt, marks[i].label);
    }
    row.n_marks = sources->count;
    row.marks = marks;
    return row;
}

// The same figures as the chart before it.
static void tabulate(struct making *making, const struct sources *sources, const char *caption,
                     const struct outline_chart *chart) {
    size_t columns = 1 + sources->count, used = 0;
    const char *headings[1 + SOURCES_MAX] = {_("Competency")};
    const char **cells = outline_take(making, columns * chart->n_rows, sizeof *cells);
    if (cells == NULL)
        return;
    for (size_t i = 0; i < sources->count; i++)
        headings[1 + i] = sources->source[i]->name;
    for (size_t i = 0; i < chart->n_rows; i++) {
        cells[used++] = chart->rows[i].name;
        for (size_t k = 0; k < chart->rows[i].n_marks; k++)
            cells[used++] = chart->rows[i].marks[k].figure;
    }
    outline_table(
        making,
        &(struct outline_table){
            .caption = caption, .n_columns = columns, .n_rows = chart->n_rows, .headings = headings, .cells = cells});
}

static bool is_same_cluster(const Candour__ReportCompetency *one, const Candour__ReportCompetency *other) {
    return one->has_cluster == other->has_cluster && one->cluster.len == other->cluster.len &&
           (one->cluster.len == 0 || memcmp(one->cluster.data, other->cluster.data, one->cluster.len) == 0);
}

// The competencies from first to before end: one cluster, or all that have none.
static void show_cluster(struct making *making, const struct sources *sources, uint32_t first, uint32_t end) {
    const Candour__ReportCompetency *one = making->report->competencies[first];
    struct outline_row *rows = outline_take(making, end - first, sizeof *rows);
    if (rows == NULL)
        return;
    for (uint32_t i = first; i < end; i++)
        rows[i - first] = lanes_of(making, sources, i);
    struct outline_chart chart = {.kind = OUTLINE_LANES,
                                  .title = _("Competencies as each group sees them"),
                                  .scale_max = (unsigned)making->report->n_scale,
                                  .n_rows = end - first,
                                  .rows = rows};
    const char *caption = _("The same figures, with their likely ranges");
    if (one->has_cluster && one->cluster.len > 0) {
        const char *cluster = outline_theirs(making, &one->cluster);
        outline_heading(making, cluster);
        chart.title = outline_say(making, _("%s: competencies as each group sees them"), cluster);
        caption = outline_say(making, _("%s: the same figures, with their likely ranges"), cluster);
    }
    outline_chart(making, &chart);
    tabulate(making, sources, caption, &chart);
}

static void say_lanes(struct making *making, const struct sources *sources) {
    const Candour__Report *report = making->report;
    outline_section(making, "competencies", _("Competencies"));
    outline_paragraph(making,
                      _("Each figure is the average of a competency's statements, with its likely range. Your own "
                        "figures and your manager's have no such range."));
    for (uint32_t first = 0, end = 0; first < report->n_competencies; first = end) {
        while (end < report->n_competencies && is_same_cluster(report->competencies[first], report->competencies[end]))
            end++;
        show_cluster(making, sources, first, end);
    }
}

// ---------------------------------------------------------------- self and others

static const char *comparison(const Candour__View *view) {
    return view->kind == CANDOUR__COMPARISON__HIGHER  ? _("you see yourself higher")
           : view->kind == CANDOUR__COMPARISON__LOWER ? _("you see yourself lower")
                                                      : _("no clear difference");
}

static void show_views(struct making *making) {
    const Candour__Report *report = making->report;
    const char *const headings[] = {_("Competency"), making->self->name, making->colleagues->name,
                                    _("What that means")};
    const size_t columns = ARRAY_LEN(headings);
    struct outline_row *rows = outline_take(making, report->n_views, sizeof *rows);
    const char **cells = outline_take(making, report->n_views * columns, sizeof *cells);
    struct outline_mark *marks = outline_take(making, report->n_views * 2, sizeof *marks);
    if (rows == NULL || cells == NULL || marks == NULL)
        return;
    for (size_t i = 0; i < report->n_views; i++, marks += 2) {
        const Candour__ReportCompetency *one = report->competencies[report->views[i]];
        marks[0] = outline_mark(making, making->self, one->self);
        marks[1] = outline_mark(making, making->colleagues, one->colleagues);
        rows[i] = (struct outline_row){.name = outline_competency(making, report->views[i]),
                                       .is_emphasised = one->view->kind != CANDOUR__COMPARISON__NOT_CLEAR,
                                       .n_marks = 2,
                                       .marks = marks};
        const char *meaning = comparison(one->view);
        // Translators: a competency, your figure, the colleagues' figure, what that means; for those who do not see it.
        rows[i].alt = outline_say(making, _("%1$s. %2$s. %3$s. That means: %4$s."), rows[i].name, marks[0].label,
                                  marks[1].label, meaning);
        const char *const cell[] = {rows[i].name, marks[0].figure, marks[1].figure, meaning};
        memcpy(cells + i * columns, cell, sizeof cell);
    }
    outline_chart(making, &(struct outline_chart){.kind = OUTLINE_DUMBBELL,
                                                  .title = _("You and all colleagues, the largest difference first"),
                                                  .scale_max = (unsigned)report->n_scale,
                                                  .n_rows = report->n_views,
                                                  .rows = rows});
    outline_table(making, &(struct outline_table){.caption = _("Your view and that of all colleagues"),
                                                  .n_columns = columns,
                                                  .n_rows = report->n_views,
                                                  .headings = headings,
                                                  .cells = cells});
}

static void say_list(struct making *making, Candour__ViewList list, const char *heading, const char *sentence) {
    const Candour__Report *report = making->report;
    const char **points = outline_take(making, report->n_competencies, sizeof *points);
    size_t count = 0;
    for (uint32_t i = 0; points != NULL && i < report->n_competencies; i++)
        if (report->competencies[i]->has_list && report->competencies[i]->list == list)
            points[count++] = outline_competency(making, i);
    if (count == 0)
        return;
    outline_heading(making, heading);
    outline_paragraph(making, sentence);
    outline_points(making, OUTLINE_LIST, count, points);
}

static void say_self(struct making *making) {
    const Candour__Report *report = making->report;
    if (report->n_views == 0)
        return;
    outline_section(making, "self-and-others", _("Your view and your colleagues'"));
    outline_paragraph(making,
                      outline_say(making,
                                  _("A difference is called clear when it is at least %1$u.%2$u and larger than "
                                    "chance would explain. Neither view is the right one: a clear difference is "
                                    "something to talk about."),
                                  report->view_min_tenths / 10, report->view_min_tenths % 10));
    show_views(making);
    say_list(making, CANDOUR__VIEW_LIST__STRENGTH_BOTH_SEE, _("Strengths that you both see"),
             _("You and your colleagues agree that you do this well. Keep doing it."));
    say_list(making, CANDOUR__VIEW_LIST__STRENGTH_UNDERSOLD, _("Strengths that you may undersell"),
             _("Your colleagues see more here than you do yourself."));
    say_list(making, CANDOUR__VIEW_LIST__AREA_BOTH_SEE, _("Areas to work on that you both see"),
             _("You and your colleagues agree that there is room to grow."));
    say_list(making, CANDOUR__VIEW_LIST__AREA_OTHERS_SEE, _("Areas that others see"),
             _("Your colleagues see more room to grow here than you do. Ask for examples."));
}

void outline_competencies(struct making *making) {
    struct sources sources = outline_sources(making);
    if (sources.count == 0)
        return;
    say_lanes(making, &sources);
    say_self(making);
}
