// Text, pages and lines.
#include <stdlib.h>
#include <string.h>

#include "client/render/pdf_private.h"

enum { FOOT = 796, FOOT_NUMBER_WIDTH = 40, INK = 0x1a1a1a };

// ---------------------------------------------------------------- text

// Where a whole text is of people, its own direction counts and not that of the marks around it.
static const char *inside(const char *text, size_t *ret_len) {
    size_t len = strlen(text), mark = strlen(OUTLINE_ISOLATE);
    const char *end = strstr(text, OUTLINE_ISOLATE_END);
    if (strncmp(text, OUTLINE_ISOLATE, mark) == 0 && end != NULL && end + strlen(OUTLINE_ISOLATE_END) == text + len) {
        *ret_len = (size_t)(end - text) - mark;
        return text + mark;
    }
    *ret_len = len;
    return text;
}

// A letter from right to left, or one that only such texts have: the blocks of Unicode that are set aside for them.
static bool is_right_to_left(const char *text) {
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        gunichar point = g_utf8_get_char(text);
        if ((point >= 0x590 && point <= 0x8ff) || (point >= 0xfb1d && point <= 0xfdff) ||
            (point >= 0xfe70 && point <= 0xfeff) || (point >= 0x10800 && point <= 0x10fff) ||
            (point >= 0x1e800 && point <= 0x1efff))
            return true;
    }
    return false;
}

PangoLayout *pdf_text(struct pdf *pdf, enum pdf_style style, const char *text, double width) {
    size_t len;
    const char *shown = inside(text, &len);
    PangoLayout *layout = pango_layout_new(pdf->context);
    pango_layout_set_font_description(layout, pdf->fonts[style]);
    pango_layout_set_attributes(layout, pdf->attributes);
    pango_layout_set_text(layout, shown, (int)len);
    // The marks are needed only beside such letters, and every one of them would be written into the PDF as a text.
    char *plain = shown == text && !is_right_to_left(text) ? pdf_plain(text) : NULL;
    if (plain != NULL)
        pango_layout_set_text(layout, plain, -1);
    free(plain);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    // A sentence of ours that begins with somebody's name runs in our direction; a text that is all theirs in its own,
    // and still begins where all else on the page does.
    pango_layout_set_auto_dir(layout, shown != text);
    if (shown != text && pango_layout_get_direction(layout, 0) != pango_context_get_base_dir(pdf->context))
        pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT);
    if (width > 0)
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pdf->has_boxes |= pango_layout_get_unknown_glyphs_count(layout) > 0;
    return layout;
}

static double points(int units) {
    return (double)units / PANGO_SCALE;
}

double pdf_height(PangoLayout *text) {
    int height;
    pango_layout_get_size(text, NULL, &height);
    return points(height);
}

double pdf_width(PangoLayout *text) {
    PangoRectangle is;
    pango_layout_get_extents(text, NULL, &is);
    return points(is.width);
}

void pdf_put(struct pdf *pdf, const char *tag, PangoLayout *text, double x, double y) {
    if (tag != NULL)
        cairo_tag_begin(pdf->cairo, tag, NULL);
    cairo_move_to(pdf->cairo, x, y);
    pango_cairo_show_layout(pdf->cairo, text);
    if (tag != NULL)
        cairo_tag_end(pdf->cairo, tag);
    g_object_unref(text);
}

// Line by line; what stands on the next page has a tag of its own, because a tag ends with its page.
static void flow_lines(struct pdf *pdf, const char *tag, PangoLayout *text, double x) {
    PangoLayoutIter *line = pango_layout_get_iter(text);
    double above = 0; // where in the text the page begins
    cairo_tag_begin(pdf->cairo, tag, NULL);
    do {
        PangoRectangle is;
        int top, bottom;
        pango_layout_iter_get_line_extents(line, NULL, &is);
        pango_layout_iter_get_line_yrange(line, &top, &bottom);
        if (pdf->y + points(bottom) - above > PDF_BOTTOM && points(top) > above) {
            cairo_tag_end(pdf->cairo, tag);
            pdf_new_page(pdf);
            cairo_tag_begin(pdf->cairo, tag, NULL);
            above = points(top);
        }
        cairo_move_to(pdf->cairo, x + points(is.x), pdf->y + points(pango_layout_iter_get_baseline(line)) - above);
        pango_cairo_show_layout_line(pdf->cairo, pango_layout_iter_get_line_readonly(line));
    } while (pango_layout_iter_next_line(line));
    cairo_tag_end(pdf->cairo, tag);
    pango_layout_iter_free(line);
    pdf->y += pdf_height(text) - above;
    g_object_unref(text);
}

void pdf_flow(struct pdf *pdf, const char *tag, PangoLayout *text, double x) {
    double height = pdf_height(text);
    if (height > PDF_WHOLE_MAX && pdf->y + height > PDF_BOTTOM) {
        flow_lines(pdf, tag, text, x);
        return;
    }
    pdf_need(pdf, height);
    pdf_put(pdf, tag, text, x, pdf->y);
    pdf->y += height;
}

// ---------------------------------------------------------------- pages

static void put_foot(struct pdf *pdf) {
    char number[16];
    snprintf(number, sizeof number, "%d", pdf->page);
    cairo_tag_begin(pdf->cairo, PDF_ARTIFACT, NULL);
    pdf_line(pdf, PDF_LEFT, FOOT - 6, PDF_LEFT + PDF_WIDTH, FOOT - 6, 0.5, PDF_RULE);
    pdf_colour(pdf, PDF_GREY);
    PangoLayout *text = pdf_text(pdf, PDF_SMALL, pdf->outline->footer, PDF_WIDTH - FOOT_NUMBER_WIDTH);
    pango_layout_set_height(text, -1); // one line
    pango_layout_set_ellipsize(text, PANGO_ELLIPSIZE_END);
    pdf_put(pdf, NULL, text, PDF_LEFT, FOOT);
    PangoLayout *right = pdf_text(pdf, PDF_SMALL, number, 0);
    pdf_put(pdf, NULL, right, PDF_LEFT + PDF_WIDTH - pdf_width(right), FOOT);
    pdf_colour(pdf, INK);
    cairo_tag_end(pdf->cairo, PDF_ARTIFACT);
}

void pdf_new_page(struct pdf *pdf) {
    if (pdf->page > 0)
        cairo_show_page(pdf->cairo);
    pdf->page++;
    pdf->y = PDF_TOP;
    put_foot(pdf);
}

void pdf_need(struct pdf *pdf, double height) {
    if (pdf->y + height > PDF_BOTTOM && pdf->y > PDF_TOP)
        pdf_new_page(pdf);
}

void pdf_skip(struct pdf *pdf, double height) {
    if (pdf->y > PDF_TOP)
        pdf->y += height;
}

// ---------------------------------------------------------------- drawing

void pdf_colour(struct pdf *pdf, uint32_t rgb) {
    cairo_set_source_rgb(pdf->cairo, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
}

void pdf_line(struct pdf *pdf, double x1, double y1, double x2, double y2, double width, uint32_t rgb) {
    pdf_colour(pdf, rgb);
    cairo_set_line_width(pdf->cairo, width);
    cairo_move_to(pdf->cairo, x1, y1);
    cairo_line_to(pdf->cairo, x2, y2);
    cairo_stroke(pdf->cairo);
    pdf_colour(pdf, INK);
}

void pdf_rule(struct pdf *pdf, double x, double y, double width, double thickness) {
    cairo_tag_begin(pdf->cairo, PDF_ARTIFACT, NULL);
    pdf_line(pdf, x, y, x + width, y, thickness, PDF_RULE);
    cairo_tag_end(pdf->cairo, PDF_ARTIFACT);
}

// ---------------------------------------------------------------- plain

char *pdf_plain(const char *text) {
    char *plain = strdup(text);
    if (plain == NULL)
        return NULL;
    size_t used = 0, mark = strlen(OUTLINE_ISOLATE);
    while (*text != '\0')
        if (strncmp(text, OUTLINE_ISOLATE, mark) == 0 || strncmp(text, OUTLINE_ISOLATE_END, mark) == 0)
            text += mark;
        else
            plain[used++] = *text++;
    plain[used] = '\0';
    return plain;
}
