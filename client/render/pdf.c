#include "client/render/pdf.h"

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/language.h"
#include "client/render/pdf_private.h"

enum { PAPER_WIDTH = 595, PAPER_HEIGHT = 842, INDENT = 16, PARAGRAPH_GAP = 6, SOME_LINES = 42 };

// ---------------------------------------------------------------- headings

// What must be left for a text: all of its height, or of a long one, which goes on over the page, some lines.
static double part_height(double height) {
    return height <= PDF_WHOLE_MAX ? height : SOME_LINES;
}

static double text_min(struct pdf *pdf, const char *words, double width) {
    PangoLayout *text = pdf_text(pdf, PDF_TEXT, words, width);
    double height = part_height(pdf_height(text));
    g_object_unref(text);
    return height;
}

// The height that must be left for what follows a heading, so that no heading stands alone at the foot of a page.
static double min_height(struct pdf *pdf, const struct outline_block *block) {
    double one_line = SOME_LINES / 3.0;
    if (block == NULL)
        return 0;
    switch (block->kind) {
    case OUTLINE_CHART:
        return pdf_chart_min(block->chart);
    case OUTLINE_TABLE:
        return pdf_table_min(pdf, block->table);
    case OUTLINE_HEADING:
        return SOME_LINES + min_height(pdf, block->next);
    case OUTLINE_PARAGRAPH:
        // A chart or a table stays with the sentence before it, as long as that is short.
        return text_min(pdf, block->text, PDF_WIDTH) + PARAGRAPH_GAP +
               (block->next != NULL && block->next->kind >= OUTLINE_CHART ? min_height(pdf, block->next) : 0);
    case OUTLINE_FORM:
        return SOME_LINES;
    default: // of a list the first point; its name may need a line more, and of facts it stands beside the text
        return one_line + text_min(pdf, block->pairs[0].text,
                                   block->kind == OUTLINE_FACTS ? PDF_WIDTH * 2 / 3.0 - INDENT : PDF_WIDTH - INDENT);
    }
}

// A bookmark to this place; returns it. parent 0: of the first level.
static int mark(struct pdf *pdf, int parent, const char *text) {
    char *plain = pdf_plain(text), place[64];
    if (plain == NULL) {
        pdf->is_short = true;
        return parent;
    }
    snprintf(place, sizeof place, "page=%d pos=[%d %d]", pdf->page, PDF_LEFT, (int)pdf->y);
    int made = cairo_pdf_surface_add_outline(pdf->surface, parent, plain, place,
                                             parent == 0 ? CAIRO_PDF_OUTLINE_FLAG_OPEN : 0);
    free(plain);
    return made;
}

static void put_section_heading(struct pdf *pdf, const struct outline_section *section) {
    PangoLayout *text = pdf_text(pdf, PDF_SECTION, section->heading, PDF_WIDTH);
    pdf_skip(pdf, 18);
    pdf_need(pdf, pdf_height(text) + 12 + min_height(pdf, section->blocks));
    pdf->section_mark = mark(pdf, 0, section->heading);
    pdf_flow(pdf, "H2", text, PDF_LEFT);
    pdf_rule(pdf, PDF_LEFT, pdf->y + 2, PDF_WIDTH, 0.75);
    pdf->y += 10;
}

static void put_heading(struct pdf *pdf, const struct outline_block *block) {
    PangoLayout *text = pdf_text(pdf, PDF_HEADING, block->text, PDF_WIDTH);
    pdf_skip(pdf, 8);
    pdf_need(pdf, pdf_height(text) + PARAGRAPH_GAP + min_height(pdf, block->next));
    mark(pdf, pdf->section_mark, block->text);
    pdf_flow(pdf, "H3", text, PDF_LEFT);
    pdf->y += 4;
}

// ---------------------------------------------------------------- pairs

// A point of a list: label, and a body beside it that may be long.
static void put_point(struct pdf *pdf, PangoLayout *label, const char *body, double indent) {
    PangoLayout *text = pdf_text(pdf, PDF_TEXT, body, PDF_WIDTH - indent);
    double height = part_height(pdf_height(text));
    pdf_need(pdf, pdf_height(label) > height ? pdf_height(label) : height);
    double under = pdf->y + pdf_height(label);
    cairo_tag_begin(pdf->cairo, "LI", NULL);
    pdf_put(pdf, "Lbl", label, PDF_LEFT, pdf->y);
    int page = pdf->page;
    pdf_flow(pdf, "LBody", text, PDF_LEFT + indent);
    if (page == pdf->page && pdf->y < under)
        pdf->y = under;
    cairo_tag_end(pdf->cairo, "LI");
    pdf->y += 2;
}

static void put_list(struct pdf *pdf, const struct outline_block *block) {
    cairo_tag_begin(pdf->cairo, "L", NULL);
    for (size_t i = 0; i < block->n_pairs; i++) {
        char number[24] = "\xe2\x80\xa2"; // a dot
        if (block->kind == OUTLINE_STEPS)
            snprintf(number, sizeof number, "%zu.", i + 1);
        const struct outline_pair *pair = &block->pairs[i];
        char *both = NULL;
        // Translators: a name, and what is said of it.
        if (pair->name != NULL && asprintf(&both, _("%1$s: %2$s"), pair->name, pair->text) < 0) {
            pdf->is_short = true;
            both = NULL;
        }
        put_point(pdf, pdf_text(pdf, PDF_TEXT, number, 0), both != NULL ? both : pair->text, INDENT);
        free(both);
    }
    cairo_tag_end(pdf->cairo, "L");
}

static void put_facts(struct pdf *pdf, const struct outline_block *block) {
    double widest = 0;
    for (size_t i = 0; i < block->n_pairs; i++) {
        PangoLayout *name = pdf_text(pdf, PDF_STRONG, block->pairs[i].name, 0);
        widest = pdf_width(name) > widest ? pdf_width(name) : widest;
        g_object_unref(name);
    }
    if (widest > PDF_WIDTH / 3.0)
        widest = PDF_WIDTH / 3.0;
    cairo_tag_begin(pdf->cairo, "L", NULL);
    for (size_t i = 0; i < block->n_pairs; i++)
        put_point(pdf, pdf_text(pdf, PDF_STRONG, block->pairs[i].name, widest), block->pairs[i].text, widest + 12);
    cairo_tag_end(pdf->cairo, "L");
}

// Comments: each with a line beside it, and who wrote it where that may be said.
static void put_quotes(struct pdf *pdf, const struct outline_block *block) {
    enum { STAND_OFF = 10, GAP = 5 };
    cairo_tag_begin(pdf->cairo, "L", NULL);
    for (size_t i = 0; i < block->n_pairs; i++) {
        const struct outline_pair *pair = &block->pairs[i];
        PangoLayout *text = pdf_text(pdf, PDF_TEXT, pair->text, PDF_WIDTH - STAND_OFF);
        pango_layout_set_alignment(text, PANGO_ALIGN_LEFT);
        PangoLayout *name =
            pair->name != NULL ? pdf_text(pdf, PDF_SMALL_STRONG, pair->name, PDF_WIDTH - STAND_OFF) : NULL;
        pdf_need(pdf, part_height(pdf_height(text)) + (name != NULL ? pdf_height(name) : 0));
        double top = pdf->y;
        int page = pdf->page;
        cairo_tag_begin(pdf->cairo, "LI", NULL);
        if (name != NULL)
            pdf_flow(pdf, "Lbl", name, PDF_LEFT + STAND_OFF);
        pdf_flow(pdf, "LBody", text, PDF_LEFT + STAND_OFF);
        cairo_tag_end(pdf->cairo, "LI");
        if (page == pdf->page) {
            cairo_tag_begin(pdf->cairo, PDF_ARTIFACT, NULL);
            pdf_line(pdf, PDF_LEFT + 2, top, PDF_LEFT + 2, pdf->y, 2, PDF_RULE);
            cairo_tag_end(pdf->cairo, PDF_ARTIFACT);
        }
        pdf->y += GAP;
    }
    cairo_tag_end(pdf->cairo, "L");
}

// A line to write on, beside the name of each field.
static void put_form(struct pdf *pdf, const struct outline_block *block) {
    enum { LINE = 26 };
    for (size_t i = 0; i < block->n_pairs; i++) {
        PangoLayout *name = pdf_text(pdf, PDF_TEXT, block->pairs[i].name, PDF_WIDTH / 3.0);
        double height = pdf_height(name) > LINE ? pdf_height(name) : LINE;
        pdf_need(pdf, height);
        pdf_put(pdf, "P", name, PDF_LEFT, pdf->y + height - pdf_height(name));
        pdf->y += height;
        pdf_rule(pdf, PDF_LEFT + PDF_WIDTH / 3.0, pdf->y - 1, PDF_WIDTH * 2 / 3.0, 0.5);
    }
}

// ---------------------------------------------------------------- the whole

static void put_block(struct pdf *pdf, const struct outline_block *block) {
    switch (block->kind) {
    case OUTLINE_HEADING:
        put_heading(pdf, block);
        return; // what follows is close
    case OUTLINE_PARAGRAPH:
        if (block->next != NULL && block->next->kind >= OUTLINE_CHART)
            pdf_need(pdf, min_height(pdf, block));
        pdf_flow(pdf, "P", pdf_text(pdf, PDF_TEXT, block->text, PDF_WIDTH), PDF_LEFT);
        break;
    case OUTLINE_LIST:
    case OUTLINE_STEPS:
        put_list(pdf, block);
        break;
    case OUTLINE_FACTS:
        put_facts(pdf, block);
        break;
    case OUTLINE_QUOTES:
        put_quotes(pdf, block);
        break;
    case OUTLINE_FORM:
        put_form(pdf, block);
        break;
    case OUTLINE_CHART:
        pdf_chart(pdf, block->chart);
        break;
    case OUTLINE_TABLE:
        pdf_table(pdf, block->table);
        break;
    }
    pdf_skip(pdf, PARAGRAPH_GAP);
}

// These begin on a page of their own.
static bool begins_page(const struct outline_section *section) {
    return strcmp(section->key, "summary") == 0 || strcmp(section->key, "plan") == 0;
}

static void put_outline(struct pdf *pdf) {
    cairo_tag_begin(pdf->cairo, "Document", NULL);
    pdf_new_page(pdf);
    pdf_flow(pdf, "H1", pdf_text(pdf, PDF_TITLE, pdf->outline->title, PDF_WIDTH), PDF_LEFT);
    for (const struct outline_section *section = pdf->outline->sections; section != NULL; section = section->next) {
        if (begins_page(section) && pdf->y > PDF_TOP)
            pdf_new_page(pdf);
        put_section_heading(pdf, section);
        for (const struct outline_block *block = section->blocks; block != NULL; block = block->next)
            put_block(pdf, block);
    }
    cairo_tag_end(pdf->cairo, "Document");
    cairo_show_page(pdf->cairo);
}

// The first family that has a letter is taken, so that letters do not depend on what else is installed.
static bool choose_fonts(struct pdf *pdf) {
    static const struct {
        double size;
        PangoWeight weight;
    } styles[PDF_STYLES] = {
        [PDF_TITLE] = {20, PANGO_WEIGHT_BOLD},       [PDF_SECTION] = {14, PANGO_WEIGHT_BOLD},
        [PDF_HEADING] = {11, PANGO_WEIGHT_BOLD},     [PDF_TEXT] = {9.5, PANGO_WEIGHT_NORMAL},
        [PDF_STRONG] = {9.5, PANGO_WEIGHT_BOLD},     [PDF_SMALL] = {8, PANGO_WEIGHT_NORMAL},
        [PDF_SMALL_STRONG] = {8, PANGO_WEIGHT_BOLD},
    };
    pdf->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(pdf->context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(pdf->context, 72);
    pango_context_set_round_glyph_positions(pdf->context, FALSE);
    pango_context_set_language(pdf->context, pango_language_from_string(pdf->outline->language));
    pango_context_set_base_dir(pdf->context,
                               strcmp(pdf->outline->direction, "rtl") == 0 ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
    pdf->attributes = pango_attr_list_new();
    // A ligature is copied and read aloud as one strange letter by some programs.
    pango_attr_list_insert(pdf->attributes, pango_attr_font_features_new("liga=0, clig=0, dlig=0"));
    for (unsigned i = 0; i < PDF_STYLES; i++) {
        pdf->fonts[i] = pango_font_description_new();
        pango_font_description_set_family_static(pdf->fonts[i],
                                                 "Noto Sans,Noto Sans Hebrew,Noto Sans Arabic,DejaVu Sans,sans-serif");
        pango_font_description_set_weight(pdf->fonts[i], styles[i].weight);
        pango_font_description_set_absolute_size(pdf->fonts[i], styles[i].size * PANGO_SCALE);
    }
    PangoFont *font = pango_context_load_font(pdf->context, pdf->fonts[PDF_TEXT]);
    if (font == NULL)
        return false;
    g_object_unref(font);
    return true;
}

static void set_metadata(struct pdf *pdf, int64_t at) {
    char *title = pdf_plain(pdf->outline->title), date[32];
    struct tm day;
    time_t seconds = (time_t)at;
    if (title != NULL)
        cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_TITLE, title);
    else
        pdf->is_short = true;
    free(title);
    if (gmtime_r(&seconds, &day) == NULL || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &day) == 0)
        snprintf(date, sizeof date, "1970-01-01T00:00:00Z");
    cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
    cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_CREATOR, "Candour " CANDOUR_VERSION);
}

static cairo_status_t write_part(void *context, const unsigned char *data, unsigned len) {
    return fwrite(data, 1, len, context) == len ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static void drop(struct pdf *pdf) {
    for (unsigned i = 0; i < PDF_STYLES; i++)
        pango_font_description_free(pdf->fonts[i]); // NULL: nothing
    if (pdf->attributes != NULL)
        pango_attr_list_unref(pdf->attributes);
    g_clear_object(&pdf->context);
    cairo_destroy(pdf->cairo);
    cairo_surface_destroy(pdf->surface);
    free(pdf->alts);
}

// Cairo's file, before pdf_finish. false: it failed.
static bool draw(struct pdf *pdf, int64_t at, FILE *out) {
    pdf->surface = cairo_pdf_surface_create_for_stream(write_part, out, PAPER_WIDTH, PAPER_HEIGHT);
    pdf->cairo = cairo_create(pdf->surface);
    if (!choose_fonts(pdf))
        return false;
    set_metadata(pdf, at);
    put_outline(pdf);
    cairo_surface_finish(pdf->surface);
    return cairo_status(pdf->cairo) == CAIRO_STATUS_SUCCESS &&
           cairo_surface_status(pdf->surface) == CAIRO_STATUS_SUCCESS && !pdf->is_short;
}

int render_pdf(FILE *out, const struct outline *outline, int64_t at, bool *ret_has_boxes) {
    struct pdf pdf = {.outline = outline};
    char *made = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&made, &len);
    int result = -1;
    if (memory == NULL)
        return -1;
    bool is_drawn = draw(&pdf, at, memory);
    if (fflush(memory) == 0 && is_drawn)
        result = pdf_finish(made, len, outline->language, pdf.alts, pdf.n_alts, out);
    drop(&pdf);
    fclose(memory);
    free(made);
    if (result == 0)
        *ret_has_boxes = pdf.has_boxes;
    return result;
}

void render_pdf_end(void) {
    pango_cairo_font_map_set_default(NULL);
    cairo_debug_reset_static_data();
    FcFini();
}
