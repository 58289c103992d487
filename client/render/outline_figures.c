// Figures as marks of a chart and cells of a table.
#include <string.h>

#include "client/language.h"
#include "client/render/outline_private.h"
#include "client/render/words.h"

enum { NOT_OBSERVED = 255 };

static enum outline_value value_kind(const Candour__Figure *figure) {
    switch (figure->kind) {
    case CANDOUR__FIGURE_KIND__EXACT:
        return OUTLINE_EXACT;
    case CANDOUR__FIGURE_KIND__AT_MOST:
        return OUTLINE_AT_MOST;
    case CANDOUR__FIGURE_KIND__AT_LEAST:
        return OUTLINE_AT_LEAST;
    default:
        return OUTLINE_NONE;
    }
}

// Who is one person: "most of this group" would be odd.
static bool is_one_person(const struct making *making, const struct outline_source *source) {
    return source == making->self || source == making->manager;
}

struct outline_mark outline_mark(struct making *making, const struct outline_source *source,
                                 const Candour__Figure *figure) {
    struct outline_mark mark = {.source = source, .figure = _("no answer")};
    if (figure == NULL) {
        // Keeps the words of a missing figure.
    } else if (figure->kind == CANDOUR__FIGURE_KIND__NOT_SEEN && is_one_person(making, source)) {
        mark.figure = _("not seen");
    } else {
        char words[WORDS_FIGURE_BYTES];
        words_figure(figure, words);
        mark.figure = outline_say(making, "%s", words);
        mark.kind = value_kind(figure);
    }
    if (mark.kind != OUTLINE_NONE) {
        mark.value = figure->tenths;
        mark.has_range = figure->has_low_tenths && figure->has_high_tenths;
    }
    if (mark.has_range) {
        mark.low = figure->low_tenths;
        mark.high = figure->high_tenths;
        // Translators: a figure and its likely range, from and to: "3.4 (2.5 to 4.3)".
        mark.figure = outline_say(making, _("%1$s (%2$u.%3$u to %4$u.%5$u)"), mark.figure, mark.low / 10, mark.low % 10,
                                  mark.high / 10, mark.high % 10);
    }
    // Translators: a group and its figure.
    mark.label = outline_say(making, _("%1$s: %2$s"), source->name, mark.figure);
    return mark;
}

const Candour__Figure *outline_own(const Candour__ReportItem *item, Candour__Figure *ret_figure) {
    if (!item->has_self || item->self == 0)
        return NULL;
    candour__figure__init(ret_figure);
    bool is_seen = item->self != NOT_OBSERVED;
    ret_figure->kind = is_seen ? CANDOUR__FIGURE_KIND__EXACT : CANDOUR__FIGURE_KIND__NOT_SEEN;
    ret_figure->tenths = is_seen ? item->self * 10 : 0;
    return ret_figure;
}

struct sources outline_sources(struct making *making) {
    const Candour__Report *report = making->report;
    struct sources sources = {0};
    for (size_t i = 0; i < report->n_cells; i++)
        sources.source[sources.count++] = &making->cells[i];
    // Of one cell it would be the same figure again.
    if (report->n_cells > 1)
        sources.source[sources.count++] = making->colleagues;
    if (words_has_answered(report, CANDOUR__GROUP__MANAGER))
        sources.source[sources.count++] = making->manager;
    if (words_has_answered(report, CANDOUR__GROUP__SELF))
        sources.source[sources.count++] = making->self;
    return sources;
}

void outline_figures(const struct sources *sources, const struct making *making, Candour__Figure *const *cells,
                     const Candour__Figure *colleagues, const Candour__Figure *manager, const Candour__Figure *self,
                     const Candour__Figure **ret_figures) {
    for (size_t i = 0; i < sources->count; i++) {
        const struct outline_source *source = sources->source[i];
        if (source == making->colleagues)
            ret_figures[i] = colleagues;
        else if (source == making->manager)
            ret_figures[i] = manager;
        else if (source == making->self)
            ret_figures[i] = self;
        else
            ret_figures[i] = cells[i];
    }
}
