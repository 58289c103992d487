// CSV as it comes out of a spreadsheet: UTF-8 with or without byte order mark, UTF-16 with one, or Windows-1252; "," or
// ";" or tabs, or what a first line as "sep=;" says; header names with synonyms, quoted line breaks.
#ifndef CANDOUR_CSV_H
#define CANDOUR_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exit.h"
#include "findings.h"

enum { CSV_BYTES_MAX = 16 * 1024 * 1024, CSV_COLUMNS_MAX = 16 };

// What a column may be called. Of a header only letters and digits count, in any case: "E-Mail" is "email".
struct csv_column {
    const char *name;     // for people
    const char *synonyms; // separated by spaces, in lower case, letters and digits only
    bool is_required;
};

// Cells are in the order of the columns asked for, trimmed, in UTF-8 and NUL-terminated.
struct csv_file {
    size_t columns, rows;
    char **cells;                   // rows x columns; "" where there is none
    uint32_t *lines;                // where each row begins in the file, from 1
    bool is_there[CSV_COLUMNS_MAX]; // has the file this column at all?
    bool is_windows;                // it was not UTF-8 and was read as Windows-1252
    char ignored[256];              // names of the columns that nobody asked for
};

// path "-": standard input. -1: EXIT_USAGE with a sentence (EXIT_NOT_FOUND: no such file). What is wrong with single
// rows is added to findings. The caller ends *ret_file with csv_drop.
MUST_CHECK int csv_load(const char *path, const struct csv_column *columns, size_t column_count,
                        struct findings *findings, struct csv_file *ret_file, struct problem *ret_problem);
// The same of bytes in memory. Pure.
MUST_CHECK int csv_load_text(const void *text, size_t len, const struct csv_column *columns, size_t column_count,
                             struct findings *findings, struct csv_file *ret_file, struct problem *ret_problem);
void csv_drop(struct csv_file *file);

const char *csv_cell(const struct csv_file *file, size_t row, size_t column);

#endif
