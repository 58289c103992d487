// A report as one HTML page that needs nothing else: no network, no script, style inside, charts as SVG with text.
#ifndef CANDOUR_RENDER_HTML_H
#define CANDOUR_RENDER_HTML_H

#include <stdio.h>

#include "client/render/outline.h"

// The same outline gives the same bytes. Errors stay in out.
void render_html(FILE *out, const struct outline *outline);

#endif
