// A report for the terminal: words and figures in 80 columns, nothing that needs colour.
#ifndef CANDOUR_RENDER_TERMINAL_H
#define CANDOUR_RENDER_TERMINAL_H

#include <stdio.h>

#include "client/render/outline.h"

// The same outline gives the same bytes. Errors stay in out.
void render_terminal(FILE *out, const struct outline *outline);

#endif
