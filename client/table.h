// A list for the screen: cells are added one after the other, row by row.
#ifndef CANDOUR_TABLE_H
#define CANDOUR_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base.h"

enum { TABLE_COLUMNS_MAX = 12 };

// Set headings and columns, the rest is {0}; ends with table_free. Headings are translated when they are printed.
struct table {
    const char *const *headings;
    size_t columns;
    char **cells;
    size_t count, room;
};

PRINTF(2, 3) void table_add(struct table *table, const char *format, ...);
void table_add_text(struct table *table, const void *text, size_t len);
// In columns under their headings, or row by row where the terminal is too narrow; plain: tab-separated, without
// headings.
void table_print(FILE *out, const struct table *table, bool plain);
void table_free(struct table *table);

#endif
