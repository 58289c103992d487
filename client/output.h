// The only way text leaves the client. Whatever is printed is cleaned first: harmful characters (check.h), bytes that
// are not UTF-8, and U+FFFE and U+FFFF, which no XML may hold, become "?". Data goes to stdout, everything else to
// stderr. Colour comes from output_style alone.
#ifndef CANDOUR_OUTPUT_H
#define CANDOUR_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base.h"

// Pure: cleans into ret_text (NUL-terminated, cut at a whole character when it does not fit); returns its bytes.
// one_line: LF and TAB become spaces: for names and other fields inside a line.
size_t output_clean(const void *text, size_t len, bool one_line, char *ret_text, size_t size);

// Prints cleaned text. One-line foreign text goes in through output_field, so that it cannot start a new line.
PRINTF(2, 3) void output_print(FILE *out, const char *format, ...);
void output_text(FILE *out, const void *text, size_t len);  // may have lines
void output_field(FILE *out, const void *text, size_t len); // one line

// Columns on a terminal: 0 for combining marks, 2 for wide East Asian characters and emoji, else 1. Of cleaned text.
size_t output_width(const char *text);
// One line, cut with "..." or padded with spaces to exactly width columns.
void output_pad(FILE *out, const char *text, size_t width);
// Words wrapped at width columns, each line starting with indent spaces; ends with LF. Lines of the text stay lines,
// and what goes on after a line that begins with "- " or "1. " stands under its words.
void output_wrap(FILE *out, const char *text, size_t indent, size_t width);

// How wide the terminal is; 0: it does not say, or out is none.
size_t output_columns(FILE *out);
// A sentence for a person, ending with LF: wrapped at the width of the terminal (80 when it does not say), and as one
// line where out is no terminal.
void output_sentence(FILE *out, const char *text);

// Style, off unless output_use_colour(true) was called; main decides (NO_COLOR, TERM=dumb, --no-color, terminal).
enum output_style { OUTPUT_PLAIN, OUTPUT_BOLD, OUTPUT_DIM, OUTPUT_WARNING };
void output_use_colour(bool use);
void output_style(FILE *out, enum output_style style);

#endif
