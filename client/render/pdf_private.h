// Inside the PDF: paper to write on, what is written on it, and what only libqpdf can add afterwards. Lengths are
// points (1/72 inch) from the upper left corner. Cairo remembers its first error, and everything after it does nothing.
#ifndef CANDOUR_RENDER_PDF_PRIVATE_H
#define CANDOUR_RENDER_PDF_PRIVATE_H

#include <pango/pangocairo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base.h"
#include "client/render/outline.h"

enum pdf_style {
    PDF_TITLE,
    PDF_SECTION,
    PDF_HEADING,
    PDF_TEXT,
    PDF_STRONG,
    PDF_SMALL, // in tables and charts
    PDF_SMALL_STRONG,
    PDF_STYLES
};

// Cairo 1.16 has no tag for what is no part of the structure; pdf_finish makes it of this one.
#define PDF_ARTIFACT "NonStruct"

enum {
    PDF_TOP = 54,
    PDF_LEFT = 57,
    PDF_WIDTH = 481,
    PDF_BOTTOM = 774,
    PDF_WHOLE_MAX = 240,
    PDF_GREY = 0x595959,
    PDF_RULE = 0xb0b0b0
};

// How wide the columns of a table are.
enum { PDF_COLUMNS_MAX = 16 };
struct pdf_grid {
    const struct outline_table *table;
    double width[PDF_COLUMNS_MAX];
};

struct pdf {
    const struct outline *outline;
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoContext *context;
    PangoAttrList *attributes;
    PangoFontDescription *fonts[PDF_STYLES];
    double y; // where the next thing goes
    int page; // from 1
    int section_mark;
    struct pdf_grid grid; // of the table that was measured last
    // Alternative texts of the figures, in order; not owned.
    const char **alts;
    size_t n_alts, alts_room;
    bool is_short;  // of memory
    bool has_boxes; // in place of letters that no font has
};

// ---- text

// One paragraph, or several, in width; the caller ends it with g_object_unref. width 0: one line, as wide as it is.
// Text from right to left stands at the left all the same, unless PANGO_ALIGN_LEFT is set, which means at its
// beginning.
PangoLayout *pdf_text(struct pdf *pdf, enum pdf_style style, const char *text, double width);
double pdf_height(PangoLayout *text);
double pdf_width(PangoLayout *text); // of what is written
// Writes it at a place, inside a tag of its own (NULL: in the one that is open), and ends it.
void pdf_put(struct pdf *pdf, const char *tag, PangoLayout *text, double x, double y);
// Writes it below everything so far, and ends it. On more than one page only what is higher than PDF_WHOLE_MAX.
void pdf_flow(struct pdf *pdf, const char *tag, PangoLayout *text, double x);

// ---- pages

void pdf_skip(struct pdf *pdf, double height);
// Goes on to the next page, unless there is so much room on this one.
void pdf_need(struct pdf *pdf, double height);
void pdf_new_page(struct pdf *pdf);

// ---- drawing

void pdf_colour(struct pdf *pdf, uint32_t rgb);
void pdf_line(struct pdf *pdf, double x1, double y1, double x2, double y2, double width, uint32_t rgb);
// A line that is no part of the structure.
void pdf_rule(struct pdf *pdf, double x, double y, double width, double thickness);

// ---- parts

void pdf_table(struct pdf *pdf, const struct outline_table *table);
void pdf_chart(struct pdf *pdf, const struct outline_chart *chart);
// The height below which a chart or a table cannot begin.
double pdf_table_min(struct pdf *pdf, const struct outline_table *table);
double pdf_chart_min(const struct outline_chart *chart);

// ---- afterwards

// Text without the marks around what people wrote. Malloc'ed; NULL: no memory.
char *pdf_plain(const char *text);
// One pass of libqpdf over cairo's file: language, alternative texts of n figures, scopes of table headings, artifacts.
// alts are as in struct pdf. -1: no memory, or not the structure that was meant.
MUST_CHECK int pdf_finish(const void *made, size_t len, const char *language, const char *const *alts, size_t n_alts,
                          FILE *out);

#endif
