// Charts. Each row is a figure of its own with its alternative text, so that a chart may go on on the next page; lines
// of the grid belong to it, because cairo marks nothing that stands between two tags.
#include <math.h>
#include <stdlib.h>

#include "client/render/pdf_private.h"

enum {
    LANE = 12,
    NAME_HEIGHT = 14,
    AXIS_HEIGHT = 14,
    ROW_SPACE = 5,
    DUMBBELL = 22,
    LABEL_WIDTH = 150, // left of the scale
    PLOT_LEFT = PDF_LEFT + LABEL_WIDTH + 8,
    PLOT_WIDTH = 208,
    FIGURE_LEFT = PLOT_LEFT + PLOT_WIDTH + 12,
    FIGURE_WIDTH = PDF_LEFT + PDF_WIDTH - FIGURE_LEFT,
    INK = 0x1a1a1a,
    GRID = 0xd0d0d0,
};
#define RADIUS 3.6

static double place(const struct outline_chart *chart, unsigned tenths) {
    unsigned from = tenths < 10 ? 0 : tenths - 10, span = 10 * (chart->scale_max - 1);
    return PLOT_LEFT + PLOT_WIDTH * (double)(from < span ? from : span) / span;
}

static double row_height(const struct outline_chart *chart, const struct outline_row *row) {
    if (chart->kind == OUTLINE_DUMBBELL)
        return DUMBBELL;
    return (row->name != NULL ? NAME_HEIGHT : 0) + (double)row->n_marks * LANE + ROW_SPACE;
}

double pdf_chart_min(const struct outline_chart *chart) {
    return 2 * AXIS_HEIGHT + (chart->n_rows > 0 ? row_height(chart, &chart->rows[0]) : 0);
}

// ---------------------------------------------------------------- marks

static void polygon(cairo_t *cairo, double x, double y, unsigned corners, double radius, double turn) {
    for (unsigned i = 0; i < corners; i++) {
        double angle = turn + 2 * M_PI * i / corners;
        cairo_line_to(cairo, x + radius * sin(angle), y - radius * cos(angle));
    }
    cairo_close_path(cairo);
}

static void put_shape(struct pdf *pdf, const struct outline_source *source, double x, double y) {
    cairo_t *cairo = pdf->cairo;
    pdf_colour(pdf, source->colour);
    cairo_new_path(cairo);
    switch (source->shape) {
    case OUTLINE_CIRCLE:
        cairo_arc(cairo, x, y, RADIUS, 0, 2 * M_PI);
        break;
    case OUTLINE_SQUARE:
        cairo_rectangle(cairo, x - 0.9 * RADIUS, y - 0.9 * RADIUS, 1.8 * RADIUS, 1.8 * RADIUS);
        break;
    case OUTLINE_TRIANGLE:
        polygon(cairo, x, y + 0.2 * RADIUS, 3, 1.2 * RADIUS, 0);
        break;
    case OUTLINE_PENTAGON:
        polygon(cairo, x, y, 5, 1.1 * RADIUS, 0);
        break;
    case OUTLINE_BAR:
        cairo_rectangle(cairo, x - 1.2, y - 1.2 * RADIUS, 2.4, 2.4 * RADIUS);
        break;
    case OUTLINE_DIAMOND:
        polygon(cairo, x, y, 4, 1.15 * RADIUS, 0);
        break;
    }
    if (source->shape == OUTLINE_DIAMOND) {
        cairo_set_source_rgb(cairo, 1, 1, 1);
        cairo_fill_preserve(cairo);
        pdf_colour(pdf, source->colour);
        cairo_set_line_width(cairo, 1.2);
        cairo_stroke(cairo);
    } else {
        cairo_fill(cairo);
    }
    pdf_colour(pdf, INK);
}

// A bound: the figure lies further out.
static void put_arrow(struct pdf *pdf, const struct outline_mark *mark, double x, double y) {
    double away = mark->kind == OUTLINE_AT_LEAST ? 1 : -1;
    if (mark->kind != OUTLINE_AT_LEAST && mark->kind != OUTLINE_AT_MOST)
        return;
    double from = x + away * (RADIUS + 1.5), to = from + away * 7;
    pdf_line(pdf, from, y, to, y, 1, mark->source->colour);
    pdf_line(pdf, to - away * 2.5, y - 2.5, to, y, 1, mark->source->colour);
    pdf_line(pdf, to - away * 2.5, y + 2.5, to, y, 1, mark->source->colour);
}

static void put_mark(struct pdf *pdf, const struct outline_chart *chart, const struct outline_mark *mark, double y) {
    if (mark->kind == OUTLINE_NONE)
        return;
    double x = place(chart, mark->value);
    put_arrow(pdf, mark, x, y);
    put_shape(pdf, mark->source, x, y);
}

static void put_range(struct pdf *pdf, const struct outline_chart *chart, const struct outline_mark *mark, double y) {
    if (mark->kind == OUTLINE_NONE || !mark->has_range)
        return;
    double low = place(chart, mark->low), high = place(chart, mark->high);
    pdf_line(pdf, low, y, high, y, 2, mark->source->colour);
}

// ---------------------------------------------------------------- labels

// One line, cut with an ellipsis where it is too long; its middle at y.
static void put_label(struct pdf *pdf, enum pdf_style style, const char *text, double x, double y, double width) {
    PangoLayout *label = pdf_text(pdf, style, text, width);
    pango_layout_set_height(label, -1);
    pango_layout_set_ellipsize(label, PANGO_ELLIPSIZE_END);
    pdf_put(pdf, NULL, label, x, y - pdf_height(label) / 2);
}

static void put_grid(struct pdf *pdf, const struct outline_chart *chart, double top, double bottom) {
    for (unsigned mark = 1; mark <= chart->scale_max; mark++) {
        double x = place(chart, 10 * mark);
        pdf_line(pdf, x, top, x, bottom, 0.5, GRID);
    }
}

static void put_axis(struct pdf *pdf, const struct outline_chart *chart) {
    for (unsigned mark = 1; mark <= chart->scale_max; mark++) {
        char number[16];
        snprintf(number, sizeof number, "%u", mark);
        PangoLayout *text = pdf_text(pdf, PDF_SMALL, number, 0);
        pdf_put(pdf, NULL, text, place(chart, 10 * mark) - pdf_width(text) / 2, pdf->y);
    }
    pdf->y += AXIS_HEIGHT;
}

// ---------------------------------------------------------------- lanes

static void put_lanes(struct pdf *pdf, const struct outline_chart *chart, const struct outline_row *row) {
    if (row->name != NULL) {
        put_label(pdf, PDF_SMALL_STRONG, row->name, PDF_LEFT, pdf->y + NAME_HEIGHT / 2.0, PDF_WIDTH);
        pdf->y += NAME_HEIGHT;
    }
    put_grid(pdf, chart, pdf->y, pdf->y + (double)row->n_marks * LANE);
    for (size_t i = 0; i < row->n_marks; i++) {
        const struct outline_mark *mark = &row->marks[i];
        double middle = pdf->y + LANE / 2.0;
        put_shape(pdf, mark->source, PDF_LEFT + 6, middle);
        put_label(pdf, PDF_SMALL, mark->source->name, PDF_LEFT + 14, middle, LABEL_WIDTH - 14);
        put_range(pdf, chart, mark, middle);
        put_mark(pdf, chart, mark, middle);
        put_label(pdf, PDF_SMALL, mark->figure, FIGURE_LEFT, middle, FIGURE_WIDTH);
        pdf->y += LANE;
    }
    pdf->y += ROW_SPACE;
}

// ---------------------------------------------------------------- dumbbells

static void put_legend(struct pdf *pdf, const struct outline_row *row) {
    double x = PDF_LEFT;
    for (size_t i = 0; i < row->n_marks; i++) {
        const struct outline_source *source = row->marks[i].source;
        PangoLayout *name = pdf_text(pdf, PDF_SMALL, source->name, 0);
        double width = pdf_width(name);
        put_shape(pdf, source, x + 6, pdf->y + AXIS_HEIGHT / 2.0);
        pdf_put(pdf, NULL, name, x + 14, pdf->y);
        x += width + 28;
    }
    pdf->y += AXIS_HEIGHT;
}

// The two values stand outside of the two marks.
static void put_value(struct pdf *pdf, const struct outline_chart *chart, const struct outline_mark *mark, bool is_left,
                      double y) {
    char number[16];
    snprintf(number, sizeof number, "%u.%u", mark->value / 10, mark->value % 10);
    PangoLayout *text = pdf_text(pdf, PDF_SMALL, number, 0);
    double x = place(chart, mark->value), beside = RADIUS + (mark->kind == OUTLINE_EXACT ? 4 : 12);
    pdf_put(pdf, NULL, text, is_left ? x - beside - pdf_width(text) : x + beside, y - pdf_height(text) / 2);
}

static void put_dumbbell(struct pdf *pdf, const struct outline_chart *chart, const struct outline_row *row) {
    double middle = pdf->y + DUMBBELL / 2.0;
    enum pdf_style style = row->is_emphasised ? PDF_SMALL_STRONG : PDF_SMALL;
    PangoLayout *name = pdf_text(pdf, style, row->name != NULL ? row->name : "", LABEL_WIDTH);
    pango_layout_set_height(name, -2); // two lines
    pango_layout_set_ellipsize(name, PANGO_ELLIPSIZE_END);
    pdf_put(pdf, NULL, name, PDF_LEFT, middle - pdf_height(name) / 2);
    put_grid(pdf, chart, pdf->y, pdf->y + DUMBBELL);
    if (row->n_marks == 2 && row->marks[0].kind != OUTLINE_NONE && row->marks[1].kind != OUTLINE_NONE) {
        const struct outline_mark *first = &row->marks[0], *second = &row->marks[1];
        bool is_first_left = first->value < second->value;
        pdf_line(pdf, place(chart, first->value), middle, place(chart, second->value), middle,
                 row->is_emphasised ? 3 : 1, row->is_emphasised ? INK : PDF_RULE);
        put_value(pdf, chart, first, is_first_left, middle);
        put_value(pdf, chart, second, !is_first_left, middle);
    }
    for (size_t i = row->n_marks; i > 0; i--)
        put_mark(pdf, chart, &row->marks[i - 1], middle);
    pdf->y += DUMBBELL;
}

// ---------------------------------------------------------------- whole

static void remember(struct pdf *pdf, const char *alt) {
    if (pdf->n_alts == pdf->alts_room) {
        size_t room = 2 * pdf->alts_room + 16;
        const char **alts = realloc(pdf->alts, room * sizeof *alts);
        if (alts == NULL) {
            pdf->is_short = true;
            return;
        }
        pdf->alts = alts;
        pdf->alts_room = room;
    }
    pdf->alts[pdf->n_alts++] = alt;
}

void pdf_chart(struct pdf *pdf, const struct outline_chart *chart) {
    bool is_dumbbell = chart->kind == OUTLINE_DUMBBELL;
    pdf_need(pdf, pdf_chart_min(chart));
    int page = 0; // where the axis was drawn last
    for (size_t i = 0; i < chart->n_rows; i++) {
        const struct outline_row *row = &chart->rows[i];
        pdf_need(pdf, row_height(chart, row));
        remember(pdf, row->alt);
        cairo_tag_begin(pdf->cairo, "Figure", NULL);
        if (page != pdf->page) {
            if (is_dumbbell)
                put_legend(pdf, row);
            put_axis(pdf, chart);
        }
        page = pdf->page;
        if (is_dumbbell)
            put_dumbbell(pdf, chart, row);
        else
            put_lanes(pdf, chart, row);
        cairo_tag_end(pdf->cairo, "Figure");
    }
}
