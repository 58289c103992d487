#include "table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "language.h"
#include "output.h"

enum { GAP = 2, CELL_WIDTH_MAX = 40 };

// A list with a hole would be a lie: without memory the program ends.
static void *need(void *memory) {
    if (memory == NULL) {
        fputs("candour: There is not enough memory on this computer.\n", stderr);
        exit(EXIT_FAILED);
    }
    return memory;
}

void table_add_text(struct table *table, const void *text, size_t len) {
    if (table->count == table->room) {
        table->room = table->room == 0 ? 64 : table->room * 2;
        table->cells = need(reallocarray(table->cells, table->room, sizeof *table->cells));
    }
    char *cell = need(malloc(len + 1));
    output_clean(text, len, true, cell, len + 1);
    table->cells[table->count++] = cell;
}

void table_add(struct table *table, const char *format, ...) {
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int len = vasprintf(&text, format, arguments);
    va_end(arguments);
    need(len < 0 ? NULL : text);
    table_add_text(table, text, (size_t)len);
    free(text);
}

static void print_row(FILE *out, const char *const *cells, size_t columns, const size_t *widths) {
    for (size_t i = 0; i + 1 < columns; i++) {
        output_pad(out, cells[i], widths[i]);
        fprintf(out, "%*s", GAP, "");
    }
    output_print(out, "%s\n", cells[columns - 1]);
}

static void print_plain(FILE *out, const struct table *table) {
    for (size_t i = 0; i < table->count; i++)
        output_print(out, "%s%c", table->cells[i], (i + 1) % table->columns == 0 ? '\n' : '\t');
}

// For a terminal that is too narrow: each row as some lines of its own.
static void print_records(FILE *out, const struct table *table, const char *const *headings, size_t room) {
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->columns, indent = output_width(headings[column]) + 2;
        if (i > 0 && column == 0)
            output_print(out, "\n");
        output_style(out, OUTPUT_BOLD);
        output_print(out, "%s:", headings[column]);
        output_style(out, OUTPUT_PLAIN);
        if (indent + output_width(table->cells[i]) <= room)
            output_print(out, " %s\n", table->cells[i]);
        else {
            output_print(out, "\n");
            output_wrap(out, table->cells[i], GAP, room);
        }
    }
}

void table_print(FILE *out, const struct table *table, bool plain) {
    assert(table->columns > 0 && table->columns <= TABLE_COLUMNS_MAX && table->count % table->columns == 0);
    if (plain) {
        print_plain(out, table);
        return;
    }
    size_t widths[TABLE_COLUMNS_MAX], last = 0, sum = 0, room = output_columns(out);
    const char *headings[TABLE_COLUMNS_MAX];
    for (size_t i = 0; i < table->columns; i++) {
        headings[i] = table->headings[i][0] != '\0' ? _(table->headings[i]) : "";
        widths[i] = output_width(headings[i]);
    }
    for (size_t i = 0; i < table->count; i++) {
        size_t width = output_width(table->cells[i]), *widest = &widths[i % table->columns];
        if ((i + 1) % table->columns == 0) // which is not cut
            last = width > last ? width : last;
        *widest = width < *widest ? *widest : width < CELL_WIDTH_MAX ? width : CELL_WIDTH_MAX;
    }
    for (size_t i = 0; i + 1 < table->columns; i++)
        sum += widths[i] + GAP;
    if (room > 0 && sum + last > room) {
        print_records(out, table, headings, room);
        return;
    }
    output_style(out, OUTPUT_BOLD);
    print_row(out, headings, table->columns, widths);
    output_style(out, OUTPUT_PLAIN);
    for (size_t i = 0; i < table->count; i += table->columns)
        print_row(out, (const char *const *)&table->cells[i], table->columns, widths);
}

void table_free(struct table *table) {
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->count = table->room = 0;
}
