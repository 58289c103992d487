// Tables: the heading row comes again on every page, a row never stands on two.
#include <string.h>

#include "client/render/pdf_private.h"

enum { GAP = 8, ROW_GAP = 3, FIGURES_PERCENT = 68, FIGURE_BYTES = 32 };

static const char *cell_of(const struct outline_table *table, size_t row, size_t column) {
    return table->cells[row * table->n_columns + column];
}

static double natural(struct pdf *pdf, enum pdf_style style, const char *text) {
    PangoLayout *layout = pdf_text(pdf, style, text, 0);
    double width = pdf_width(layout);
    g_object_unref(layout);
    return width;
}

// What comes after the first column gets what it needs, as long as it leaves enough for the first.
static struct pdf_grid make_grid(struct pdf *pdf, const struct outline_table *table) {
    struct pdf_grid grid = {.table = table};
    if (pdf->grid.table == table)
        return pdf->grid;
    size_t columns = table->n_columns;
    double share = columns > 1 ? PDF_WIDTH * FIGURES_PERCENT / 100.0 / (double)(columns - 1) : 0;
    grid.width[0] = PDF_WIDTH;
    for (size_t i = 1; i < columns; i++) {
        double needed = natural(pdf, PDF_SMALL_STRONG, table->headings[i]) + GAP;
        for (size_t row = 0; row < table->n_rows && needed < share; row++) {
            double cell = natural(pdf, PDF_SMALL, cell_of(table, row, i)) + GAP;
            needed = cell > needed ? cell : needed;
        }
        grid.width[i] = needed < share ? needed : share;
        grid.width[0] -= grid.width[i];
    }
    pdf->grid = grid;
    return grid;
}

// ---------------------------------------------------------------- rows

struct row {
    PangoLayout *cells[PDF_COLUMNS_MAX];
    double height;
};

// A figure's range stays on one line: spaces inside of brackets break no line.
static PangoLayout *make_cell(struct pdf *pdf, enum pdf_style style, const char *text, double width) {
    static const char no_break[] = "\xc2\xa0";
    char kept[2 * FIGURE_BYTES];
    size_t used = 0;
    bool is_inside = false;
    if (strlen(text) >= FIGURE_BYTES)
        return pdf_text(pdf, style, text, width);
    for (; *text != '\0'; text++) {
        is_inside = *text == '(' || (is_inside && *text != ')');
        if (is_inside && *text == ' ')
            used = (size_t)(stpcpy(kept + used, no_break) - kept);
        else
            kept[used++] = *text;
    }
    kept[used] = '\0';
    return pdf_text(pdf, style, kept, width);
}

static struct row make_row(struct pdf *pdf, const struct pdf_grid *grid, const char *const *texts, bool is_heading) {
    struct row row = {0};
    for (size_t i = 0; i < grid->table->n_columns; i++) {
        row.cells[i] = make_cell(pdf, is_heading ? PDF_SMALL_STRONG : PDF_SMALL, texts[i], grid->width[i] - GAP);
        // A row is never higher than a page.
        pango_layout_set_height(row.cells[i], (PDF_BOTTOM - PDF_TOP) / 2 * PANGO_SCALE);
        pango_layout_set_ellipsize(row.cells[i], PANGO_ELLIPSIZE_END);
        double height = pdf_height(row.cells[i]) + 2 * ROW_GAP;
        row.height = height > row.height ? height : row.height;
    }
    return row;
}

// first, other: tags of the cells; NULL: no part of the structure.
static void put_row(struct pdf *pdf, const struct pdf_grid *grid, struct row *row, const char *first,
                    const char *other) {
    const char *around = first != NULL ? "TR" : PDF_ARTIFACT;
    double x = PDF_LEFT;
    cairo_tag_begin(pdf->cairo, around, NULL);
    for (size_t i = 0; i < grid->table->n_columns; i++) {
        pdf_put(pdf, i == 0 ? first : other, row->cells[i], x, pdf->y + ROW_GAP);
        x += grid->width[i];
    }
    cairo_tag_end(pdf->cairo, around);
    pdf->y += row->height;
}

static void put_heading(struct pdf *pdf, const struct pdf_grid *grid, const char *tag) {
    struct row heading = make_row(pdf, grid, grid->table->headings, true);
    put_row(pdf, grid, &heading, tag, tag);
    pdf_rule(pdf, PDF_LEFT, pdf->y, PDF_WIDTH, 1);
}

static void drop_row(struct row *row) {
    for (size_t i = 0; i < PDF_COLUMNS_MAX && row->cells[i] != NULL; i++)
        g_object_unref(row->cells[i]);
}

double pdf_table_min(struct pdf *pdf, const struct outline_table *table) {
    struct pdf_grid grid = make_grid(pdf, table);
    struct row heading = make_row(pdf, &grid, table->headings, true);
    double height = 2 * heading.height;
    if (table->n_rows > 0) {
        struct row first = make_row(pdf, &grid, table->cells, false);
        height += first.height;
        drop_row(&first);
    }
    drop_row(&heading);
    return height;
}

void pdf_table(struct pdf *pdf, const struct outline_table *table) {
    if (table->n_columns == 0 || table->n_columns > PDF_COLUMNS_MAX) {
        pdf->is_short = true;
        return;
    }
    struct pdf_grid grid = make_grid(pdf, table);
    pdf_need(pdf, pdf_table_min(pdf, table));
    cairo_tag_begin(pdf->cairo, "Table", NULL);
    PangoLayout *caption = pdf_text(pdf, PDF_SMALL, table->caption, PDF_WIDTH);
    double height = pdf_height(caption);
    pdf_put(pdf, "Caption", caption, PDF_LEFT, pdf->y);
    pdf->y += height + ROW_GAP;
    put_heading(pdf, &grid, "TH");
    for (size_t i = 0; i < table->n_rows; i++) {
        struct row row = make_row(pdf, &grid, table->cells + i * table->n_columns, false);
        if (pdf->y + row.height > PDF_BOTTOM) {
            pdf_new_page(pdf);
            put_heading(pdf, &grid, NULL);
        }
        put_row(pdf, &grid, &row, "TH", "TD");
        pdf_rule(pdf, PDF_LEFT, pdf->y, PDF_WIDTH, 0.4);
    }
    cairo_tag_end(pdf->cairo, "Table");
}
