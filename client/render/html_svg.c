// One row of a chart. Positions along the scale are per cent of the width, and everything else is in em, so that it
// fits any width with text of one size: no scaling, no script.
#include <stdlib.h>
#include <string.h>

#include "client/render/html_private.h"

// Hundredths: of an em down, of a per cent across.
enum { TEXT = 120, MARK = 60, BELOW = 90, AXIS = 120, LEFT = 400, SPAN = 9200, COLUMNS = 36 };

static void put_em(FILE *out, const char *name, unsigned hundredths) {
    fprintf(out, " %s=\"%u.%02uem\"", name, hundredths / 100, hundredths % 100);
}

static void put_x(FILE *out, const char *name, const struct outline_chart *chart, unsigned tenths) {
    unsigned span = 10 * (chart->scale_max - 1), within = tenths < 10 ? 0 : tenths - 10 > span ? span : tenths - 10;
    unsigned x = LEFT + SPAN * within / span;
    fprintf(out, " %s=\"%u.%02u%%\"", name, x / 100, x % 100);
}

// ---------------------------------------------------------------- text

// Bytes of the next line, at most COLUMNS characters where there is a space to break at.
static size_t line_of(const char *text) {
    size_t end = 0, columns = 0;
    for (size_t at = 0;; at++) {
        if (text[at] == ' ' || text[at] == '\0') {
            if (end > 0 && columns > COLUMNS)
                return end;
            end = at;
            if (text[at] == '\0')
                return end;
        }
        columns += ((unsigned char)text[at] & 0xc0) != 0x80;
    }
}

static unsigned count_lines(const char *text) {
    unsigned lines = 0;
    for (; *text != '\0'; lines++) {
        text += line_of(text);
        text += *text == ' ';
    }
    return lines;
}

// Returns where the next line begins.
static unsigned put_lines(FILE *out, const char *text, unsigned top, bool is_rtl) {
    while (*text != '\0') {
        char line[512];
        size_t len = line_of(text);
        snprintf(line, sizeof line, "%.*s", (int)len, text);
        fprintf(out, "<text x=\"%s\"", is_rtl ? "100%" : "0");
        top += TEXT;
        put_em(out, "y", top - 20);
        fputc('>', out);
        html_plain(out, line);
        fputs("</text>\n", out);
        text += len;
        text += *text == ' ';
    }
    return top;
}

// ---------------------------------------------------------------- marks

// In units of a tenth of an em, around the mark's place.
static void put_shape(FILE *out, const struct outline_source *source) {
    unsigned colour = source->colour;
    switch (source->shape) {
    case OUTLINE_CIRCLE:
        fprintf(out, "<circle r=\"5\" fill=\"#%06x\"/>", colour);
        break;
    case OUTLINE_SQUARE:
        fprintf(out, "<rect x=\"-4.5\" y=\"-4.5\" width=\"9\" height=\"9\" fill=\"#%06x\"/>", colour);
        break;
    case OUTLINE_TRIANGLE:
        fprintf(out, "<path d=\"M0-6 5.6 4.4H-5.6Z\" fill=\"#%06x\"/>", colour);
        break;
    case OUTLINE_PENTAGON:
        fprintf(out, "<path d=\"M0-5.8 5.5-1.8 3.4 4.7H-3.4L-5.5-1.8Z\" fill=\"#%06x\"/>", colour);
        break;
    case OUTLINE_BAR:
        fprintf(out, "<rect x=\"-2\" y=\"-6\" width=\"4\" height=\"12\" fill=\"#%06x\"/>", colour);
        break;
    case OUTLINE_DIAMOND:
        fprintf(out, "<path d=\"M0-8 7 0 0 8-7 0Z\" fill=\"none\" stroke=\"#%06x\" stroke-width=\"1.8\"/>", colour);
        break;
    }
}

static void put_range(FILE *out, const struct outline_chart *chart, const struct outline_mark *mark, unsigned y) {
    const unsigned tops[] = {y, y - 30, y - 30}, bottoms[] = {y, y + 30, y + 30};
    const unsigned from[] = {mark->low, mark->low, mark->high}, to[] = {mark->high, mark->low, mark->high};
    for (size_t i = 0; i < 3; i++) {
        fputs("<line", out);
        put_x(out, "x1", chart, from[i]);
        put_x(out, "x2", chart, to[i]);
        put_em(out, "y1", tops[i]);
        put_em(out, "y2", bottoms[i]);
        fprintf(out, " stroke=\"#%06x\" stroke-width=\"2\"/>", mark->source->colour);
    }
    fputc('\n', out);
}

static void put_mark(FILE *out, const struct outline_chart *chart, const struct outline_mark *mark, unsigned y) {
    if (mark->kind == OUTLINE_NONE)
        return;
    if (mark->has_range)
        put_range(out, chart, mark, y);
    fputs("<svg width=\"1em\" height=\"1em\" viewBox=\"0 0 10 10\" overflow=\"visible\"", out);
    put_x(out, "x", chart, mark->value);
    put_em(out, "y", y);
    fputc('>', out);
    put_shape(out, mark->source);
    if (mark->kind == OUTLINE_AT_LEAST)
        fprintf(out, "<path d=\"M8-5 13 0 8 5\" fill=\"none\" stroke=\"#%06x\" stroke-width=\"2\"/>",
                mark->source->colour);
    if (mark->kind == OUTLINE_AT_MOST)
        fprintf(out, "<path d=\"M-8-5-13 0-8 5\" fill=\"none\" stroke=\"#%06x\" stroke-width=\"2\"/>",
                mark->source->colour);
    fputs("</svg>\n", out);
}

// ---------------------------------------------------------------- rows

static void put_axis(FILE *out, const struct outline_chart *chart, unsigned bottom) {
    for (unsigned i = 1; i <= chart->scale_max; i++) {
        fputs("<line class=\"grid\" y1=\"0\"", out);
        put_x(out, "x1", chart, 10 * i);
        put_x(out, "x2", chart, 10 * i);
        put_em(out, "y2", bottom);
        fputs("/><text text-anchor=\"middle\"", out);
        put_x(out, "x", chart, 10 * i);
        put_em(out, "y", bottom + AXIS - 20);
        fprintf(out, ">%u</text>\n", i);
    }
}

static unsigned height_of(const struct outline_chart *chart, const struct outline_row *row) {
    unsigned height = 0;
    for (size_t i = 0; i < row->n_marks; i++) {
        height += count_lines(row->marks[i].label) * TEXT;
        if (chart->kind == OUTLINE_LANES)
            height += row->marks[i].kind == OUTLINE_NONE ? BELOW : MARK + BELOW;
    }
    return chart->kind == OUTLINE_DUMBBELL ? height + MARK + BELOW : height;
}

static void put_lanes(FILE *out, const struct outline_chart *chart, const struct outline_row *row, bool is_rtl) {
    unsigned top = 0;
    for (size_t i = 0; i < row->n_marks; i++) {
        top = put_lines(out, row->marks[i].label, top, is_rtl);
        if (row->marks[i].kind != OUTLINE_NONE)
            top += MARK;
        put_mark(out, chart, &row->marks[i], top);
        top += BELOW;
    }
}

static void put_dumbbell(FILE *out, const struct outline_chart *chart, const struct outline_row *row, bool is_rtl) {
    unsigned top = 0;
    for (size_t i = 0; i < row->n_marks; i++)
        top = put_lines(out, row->marks[i].label, top, is_rtl);
    top += MARK;
    if (row->n_marks == 2 && row->marks[0].kind != OUTLINE_NONE && row->marks[1].kind != OUTLINE_NONE) {
        fputs("<line", out);
        put_x(out, "x1", chart, row->marks[0].value);
        put_x(out, "x2", chart, row->marks[1].value);
        put_em(out, "y1", top);
        put_em(out, "y2", top);
        fprintf(out, " stroke=\"#333333\"%s/>\n",
                row->is_emphasised ? " stroke-width=\"5\"" : " stroke-dasharray=\"3 3\"");
    }
    // The range would lie on that line; the label has it.
    for (size_t i = 0; i < row->n_marks; i++) {
        struct outline_mark mark = row->marks[i];
        mark.has_range = false;
        put_mark(out, chart, &mark, top);
    }
}

void html_svg(FILE *out, const struct outline_chart *chart, const struct outline_row *row, unsigned number,
              bool is_rtl) {
    unsigned bottom = height_of(chart, row);
    fprintf(out, "<svg role=\"img\" aria-labelledby=\"row-%u row-%u-alt\"", number, number);
    put_em(out, "height", bottom + AXIS);
    fprintf(out, ">\n<title id=\"row-%u\">", number);
    html_plain(out, row->name != NULL ? row->name : chart->title);
    fprintf(out, "</title>\n<desc id=\"row-%u-alt\">", number);
    html_plain(out, row->alt);
    fputs("</desc>\n", out);
    put_axis(out, chart, bottom);
    if (chart->kind == OUTLINE_LANES)
        put_lanes(out, chart, row, is_rtl);
    else
        put_dumbbell(out, chart, row, is_rtl);
    fputs("</svg>\n", out);
}
