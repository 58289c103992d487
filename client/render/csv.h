// All published figures of reports as CSV (RFC 4180, UTF-8 with a byte order mark, CRLF, every text in quotes): one row
// for each figure (figures.h). The same reports give the same bytes.
#ifndef CANDOUR_RENDER_CSV_H
#define CANDOUR_RENDER_CSV_H

#include <stddef.h>
#include <stdio.h>

#include "candour.pb-c.h"

// One cell. A text that a spreadsheet would take for a formula (it begins with = + - @, TAB, CR or LF) gets an
// apostrophe in front.
void render_csv_text(FILE *out, const char *text);
// The reports must be sound. What cannot be written is seen by ferror(out).
void render_csv(FILE *out, const Candour__Report *const *reports, size_t count);

#endif
