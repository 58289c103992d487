// One part for each competency: what it means, and its statements.
#include "client/language.h"
#include "client/render/outline_private.h"
#include "client/render/words.h"

enum { SOURCES_MAX = 6 };

static const char *statement(struct making *making, uint32_t index) {
    const Candour__ReportItem *item = making->report->items[index];
    const char *effective = outline_theirs(making, &item->effective);
    if (!item->has_ineffective || item->ineffective.len == 0)
        // Translators: a statement and its number.
        return outline_say(making, _("%1$u. %2$s"), index + 1, effective);
    return outline_say(making, _("%1$u. %2$s (the opposite: %3$s)"), index + 1, effective,
                       outline_theirs(making, &item->ineffective));
}

static size_t count_items(const Candour__Report *report, uint32_t competency) {
    size_t count = 0;
    for (size_t i = 0; i < report->n_items; i++)
        count += report->items[i]->competency == competency;
    return count;
}

static void show_statements(struct making *making, const struct sources *sources, uint32_t competency) {
    const Candour__Report *report = making->report;
    const char *headings[1 + SOURCES_MAX] = {_("Statement")};
    size_t columns = 1 + sources->count, rows = count_items(report, competency), used = 0;
    const char **cells = outline_take(making, columns * rows, sizeof *cells);
    if (cells == NULL)
        return;
    for (size_t i = 0; i < sources->count; i++)
        headings[1 + i] = sources->source[i]->name;
    for (uint32_t i = 0; i < report->n_items; i++) {
        const Candour__ReportItem *item = report->items[i];
        const Candour__Figure *figures[SOURCES_MAX];
        Candour__Figure own;
        if (item->competency != competency)
            continue;
        outline_figures(sources, making, item->cells, item->colleagues, item->manager, outline_own(item, &own),
                        figures);
        cells[used++] = statement(making, i);
        for (size_t k = 0; k < sources->count; k++)
            cells[used++] = outline_mark(making, sources->source[k], figures[k]).figure;
    }
    outline_table(making, &(struct outline_table){.caption = outline_say(making, _("%s: each statement"),
                                                                         outline_competency(making, competency)),
                                                  .n_columns = columns,
                                                  .n_rows = rows,
                                                  .headings = headings,
                                                  .cells = cells});
}

// ---------------------------------------------------------------- bands

static size_t count_bands(const Candour__Report *report, uint32_t competency) {
    size_t count = 0;
    for (size_t i = 0; i < report->n_items; i++)
        if (report->items[i]->competency == competency)
            count += report->items[i]->n_bands;
    return count;
}

static void add_bands(struct making *making, uint32_t index, const Candour__Bands *bands, const char **ret_cells) {
    const char *few = _("fewer than 2"), *most = _("all but at most one");
    ret_cells[0] = outline_say(making, "%u", index + 1);
    ret_cells[1] = making->cells[bands->cell].name;
    switch (bands->kind) {
    case CANDOUR__BANDS_KIND__MOSTLY_LOWER:
        ret_cells[2] = most;
        ret_cells[3] = few;
        break;
    case CANDOUR__BANDS_KIND__MOSTLY_UPPER:
        ret_cells[2] = few;
        ret_cells[3] = most;
        break;
    default:
        ret_cells[2] = outline_say(making, "%u", bands->lower);
        ret_cells[3] = outline_say(making, "%u", bands->upper);
    }
}

static void show_bands(struct making *making, uint32_t competency) {
    const Candour__Report *report = making->report;
    unsigned end = report->band_end;
    const char *const headings[] = {_("Statement"), _("Who"), outline_say(making, _("Marks %1$u to %2$u"), 1u, end),
                                    outline_say(making, _("Marks %1$u to %2$u"), end + 1, (unsigned)report->n_scale)};
    const size_t columns = ARRAY_LEN(headings);
    size_t rows = count_bands(report, competency), used = 0;
    const char **cells = outline_take(making, columns * rows, sizeof *cells);
    if (cells == NULL)
        return;
    for (uint32_t i = 0; i < report->n_items; i++)
        for (size_t k = 0; report->items[i]->competency == competency && k < report->items[i]->n_bands; k++)
            add_bands(making, i, report->items[i]->bands[k], cells + columns * used++);
    outline_table(making, &(struct outline_table){.caption = outline_say(making, _("%s: how many answers lie where"),
                                                                         outline_competency(making, competency)),
                                                  .n_columns = columns,
                                                  .n_rows = rows,
                                                  .headings = headings,
                                                  .cells = cells});
}

void outline_statements(struct making *making) {
    const Candour__Report *report = making->report;
    struct sources sources = outline_sources(making);
    if (sources.count == 0)
        return;
    outline_section(making, "statements", _("Statements"));
    if (words_has_kind(report, CANDOUR__FIGURE_KIND__NOT_SEEN))
        outline_paragraph(making, _("\"Mostly not seen\": most people of the group said that they have not seen you do "
                                    "this. That is worth a thought as well."));
    for (uint32_t i = 0; i < report->n_competencies; i++) {
        const Candour__ReportCompetency *one = report->competencies[i];
        outline_heading(making, outline_competency(making, i));
        if (one->has_definition && one->definition.len > 0)
            outline_paragraph(making, outline_theirs(making, &one->definition));
        show_statements(making, &sources, i);
        show_bands(making, i);
    }
}
