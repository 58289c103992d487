// A report as a tagged PDF on A4 paper: its outline, laid out. It has a structure for screen readers
// (headings, paragraphs, lists, tables with scopes, figures with alternative text), a title, a language and bookmarks;
// what repeats on every page is no part of the structure. With the same fonts on the computer, the same report gives
// the same bytes, where the date inside is the one on which the round closed.
#ifndef CANDOUR_RENDER_PDF_H
#define CANDOUR_RENDER_PDF_H

#include <stdio.h>

#include "base.h"
#include "client/render/outline.h"

// at: the date inside. ret_has_boxes: some letters are in no font of this computer, and boxes stand in their place.
// -1: no memory, or no font. What cannot be written is seen by ferror(out).
MUST_CHECK int render_pdf(FILE *out, const struct outline *outline, int64_t at, bool *ret_has_boxes);
// Gives back what fonts took; before the end of the program, if at all.
void render_pdf_end(void);

#endif
