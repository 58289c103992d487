// A report as a tagged PDF on A4 paper: the outline (outline.h), laid out. It has a structure for screen readers
// (headings, paragraphs, lists, tables with scopes, figures with alternative text), a title, a language and bookmarks;
// what repeats on every page is no part of the structure. With the same fonts on the computer, the same report gives
// the same bytes: the date inside is the day on which the round closed.
#ifndef CANDOUR_RENDER_PDF_H
#define CANDOUR_RENDER_PDF_H

#include <stdio.h>

#include "base.h"
#include "candour.pb-c.h"

// report must be sound (words_is_sound). -1: no memory, or no font. What cannot be written is seen by ferror(out).
MUST_CHECK int render_pdf(FILE *out, const Candour__Report *report);
// Gives back what fonts took; before the end of the program, if at all.
void render_pdf_end(void);

#endif
