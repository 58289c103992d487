#include "client/render/csv.h"

#include <string.h>

#include "client/render/figures.h"

void render_csv_text(FILE *out, const char *text) {
    fputc('"', out);
    if (text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL)
        fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void write_row(void *context, const char *const *cells) {
    FILE *out = context;
    for (unsigned i = 0; i < FIGURES_COLUMNS; i++) {
        if (i > 0)
            fputc(',', out);
        if (figures_is_number(i))
            fputs(cells[i] != NULL ? cells[i] : "", out);
        else
            render_csv_text(out, cells[i] != NULL ? cells[i] : "");
    }
    fputs("\r\n", out);
}

void render_csv(FILE *out, const Candour__Report *const *reports, size_t count) {
    fputs("\xef\xbb\xbf", out);
    for (unsigned i = 0; i < FIGURES_COLUMNS; i++) {
        fputs(i > 0 ? "," : "", out);
        render_csv_text(out, figures_heading(i));
    }
    fputs("\r\n", out);
    for (size_t i = 0; i < count; i++)
        for (unsigned part = 0; part < FIGURES_PARTS; part++)
            figures_rows(reports[i], part, write_row, out);
}
