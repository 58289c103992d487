// A report as a document without layout: what stands in it, in which order and in which words. HTML, PDF and terminal
// are renderings of it and have no word of their own. Made from the published figures of a Report alone; the same
// report in the same language gives the same outline.
//
// All texts are UTF-8 without harmful characters (check.h), one line each but comments, which may have several. Text
// that people wrote stands between U+2068 and U+2069 (OUTLINE_ISOLATE, OUTLINE_ISOLATE_END), also where a whole text is
// theirs; it may run from right to left and hold anything, "<script>" as well. It holds no such mark itself.
#ifndef CANDOUR_RENDER_OUTLINE_H
#define CANDOUR_RENDER_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "candour.pb-c.h"

#define OUTLINE_ISOLATE     "\xe2\x81\xa8"
#define OUTLINE_ISOLATE_END "\xe2\x81\xa9"

// ---------------------------------------------------------------- charts

// Who a mark stands for. Shape and colour belong together, and the name stands beside the mark.
enum outline_shape {
    OUTLINE_CIRCLE,
    OUTLINE_SQUARE,
    OUTLINE_TRIANGLE,
    OUTLINE_PENTAGON,
    OUTLINE_BAR,     // upright
    OUTLINE_DIAMOND, // hollow
};
struct outline_source {
    const char *name; // "Peers and others together"
    enum outline_shape shape;
    uint32_t colour; // 0xRRGGBB, at least 3:1 on white
};

enum outline_value {
    OUTLINE_NONE,  // no number, hence no mark: the label says why
    OUTLINE_EXACT, // value is the figure
    OUTLINE_AT_MOST,
    OUTLINE_AT_LEAST, // value is a bound: an arrow beside the mark, away from the bound
};
struct outline_mark {
    const struct outline_source *source;
    enum outline_value kind;
    bool has_range;
    unsigned value, low, high; // tenths of the scale's marks
    const char *label;         // "Peers: 3.4 (2.5 to 4.3)"
    const char *figure;        // "3.4 (2.5 to 4.3)"
};
struct outline_row {
    const char *name; // of a competency; NULL: the chart's title says it
    const char *alt;  // the row in sentences, for those who do not see it
    bool is_emphasised;
    size_t n_marks;
    const struct outline_mark *marks;
};
enum outline_chart_kind {
    OUTLINE_LANES,    // each mark in a lane of its own, on one scale
    OUTLINE_DUMBBELL, // the two marks of a row in one lane, joined by a line, thick where emphasised
};
struct outline_chart {
    enum outline_chart_kind kind;
    const char *title;
    unsigned scale_max; // the scale is 1 to this
    size_t n_rows;
    const struct outline_row *rows;
};

// ---------------------------------------------------------------- tables and other blocks

struct outline_table {
    const char *caption;
    size_t n_columns, n_rows;
    const char *const *headings; // of columns
    const char *const *cells;    // row by row; the first of each row is its heading
};
struct outline_pair {
    const char *name; // NULL: none
    const char *text;
};

enum outline_kind {
    OUTLINE_HEADING,   // text: begins a part of the section; it stays with what follows
    OUTLINE_PARAGRAPH, // text
    OUTLINE_LIST,      // pairs, each a point; with names: "name: text"
    OUTLINE_STEPS,     // the same, numbered
    OUTLINE_FACTS,     // pairs: what, and its value
    OUTLINE_QUOTES,    // pairs: who, if that may be said, and the comment
    OUTLINE_FORM,      // pairs: names of fields with empty lines to write on; text NULL
    OUTLINE_CHART,     // the same figures follow in a table, or in a sentence
    OUTLINE_TABLE,
};
struct outline_block {
    const struct outline_block *next;
    enum outline_kind kind;
    const char *text;
    size_t n_pairs;
    const struct outline_pair *pairs;
    const struct outline_chart *chart;
    const struct outline_table *table;
};
struct outline_section {
    const struct outline_section *next;
    const char *key; // "comments": the same in every language
    const char *heading;
    const struct outline_block *blocks;
};

struct outline {
    const char *title;     // "Feedback for ..."
    const char *language;  // as in HTML's lang
    const char *direction; // "ltr", "rtl"
    const char *footer;    // whose, which round: for every printed page
    const struct outline_section *sections;
    struct outline_piece *memory;
};

// report must be sound (words_is_sound) and may end before the outline. NULL: no memory. Ends with outline_free.
struct outline *outline_make(const Candour__Report *report);
void outline_free(struct outline *outline); // NULL: nothing

#endif
