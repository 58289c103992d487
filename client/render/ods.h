// All published figures of reports as an OpenDocument spreadsheet (ODF 1.3, part 2 and 3): one sheet for each kind of
// figure (figures.h) that there is. Cells have a type, so that no text is ever taken for a formula. The same reports
// give the same bytes.
#ifndef CANDOUR_RENDER_ODS_H
#define CANDOUR_RENDER_ODS_H

#include <stddef.h>
#include <stdio.h>

#include "base.h"
#include "candour.pb-c.h"

// The reports must be sound. -1: no memory. What cannot be written is seen by ferror(out).
MUST_CHECK int render_ods(FILE *out, const Candour__Report *const *reports, size_t count);

#endif
