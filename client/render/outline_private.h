// Inside the outline: one file for each few sections, which they write through these. No memory is remembered in
// is_short, and everything goes on with less text; outline_make then gives nothing.
#ifndef CANDOUR_RENDER_OUTLINE_PRIVATE_H
#define CANDOUR_RENDER_OUTLINE_PRIVATE_H

#include "base.h"
#include "client/render/outline.h"

struct making {
    const Candour__Report *report;
    struct outline_source *cells; // in the order of Report.cells
    struct outline_source *colleagues, *self, *manager;
    bool is_short;
    struct outline_piece *memory;
    const struct outline_section **next_section;
    const struct outline_block **next_block;
};

// ---------------------------------------------------------------- the whole
// An outline without title, footer and sections; *making is zero but for what it is about. NULL: no memory.
struct outline *outline_begin(struct making *making);
// The outline; NULL, and nothing is left, when memory was short.
struct outline *outline_end(struct making *making, struct outline *outline);

// ---------------------------------------------------------------- memory and text; it lives as long as the outline
void *outline_take(struct making *making, size_t count, size_t size); // zeroed; NULL: is_short, or count is 0
PRINTF(2, 3) const char *outline_say(struct making *making, const char *format, ...);
// Text of people: cleaned, on one line, between isolates.
const char *outline_theirs(struct making *making, const ProtobufCBinaryData *text);
const char *outline_their_lines(struct making *making, const ProtobufCBinaryData *text);
const char *outline_date(struct making *making, int64_t at); // "1 December 2026"
const char *outline_competency(struct making *making, uint32_t index);

// ---------------------------------------------------------------- blocks, in order of calling
void outline_section(struct making *making, const char *key, const char *heading);
void outline_heading(struct making *making, const char *text);
void outline_paragraph(struct making *making, const char *text);
void outline_pairs(struct making *making, enum outline_kind kind, size_t count, const struct outline_pair *pairs);
// Points without names; count 0 adds nothing.
void outline_points(struct making *making, enum outline_kind kind, size_t count, const char *const *texts);
void outline_chart(struct making *making, const struct outline_chart *chart);
void outline_table(struct making *making, const struct outline_table *table);

// ---------------------------------------------------------------- figures
// figure NULL, or without a number: a mark of kind OUTLINE_NONE.
struct outline_mark outline_mark(struct making *making, const struct outline_source *source,
                                 const Candour__Figure *figure);
// The raw mark that a leader gave. *ret_figure is for outline_mark; NULL: none given.
const Candour__Figure *outline_own(const Candour__ReportItem *item, Candour__Figure *ret_figure);

// The sources of all figures of a report, in the order of columns and lanes: cells, colleagues (of more than one cell),
// manager, self.
struct sources {
    size_t count;
    const struct outline_source *source[6];
};
struct sources outline_sources(struct making *making);
// The figures of one competency or item in that order. ret_figures has room for 6.
void outline_figures(const struct sources *sources, const struct making *making, Candour__Figure *const *cells,
                     const Candour__Figure *colleagues, const Candour__Figure *manager, const Candour__Figure *self,
                     const Candour__Figure **ret_figures);

// ---------------------------------------------------------------- sections
void outline_about(struct making *making);        // who this is about, who answered, how to read
void outline_summary(struct making *making);      // in one page, in words
void outline_competencies(struct making *making); // lanes; self and others
void outline_statements(struct making *making);   // one part for each competency
void outline_comments(struct making *making);
void outline_change(struct making *making); // since last time
void outline_plan(struct making *making);
void outline_annex(struct making *making); // method; what is hidden, and why

#endif
