// A report for the terminal: words and figures in 80 columns, nothing that needs colour.
#ifndef CANDOUR_RENDER_TERMINAL_H
#define CANDOUR_RENDER_TERMINAL_H

#include <stdio.h>

#include "candour.pb-c.h"

// report must be sound (words_is_sound). The same report gives the same bytes.
void render_terminal(FILE *out, const Candour__Report *report);

#endif
