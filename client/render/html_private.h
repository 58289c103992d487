// Inside the HTML rendering.
#ifndef CANDOUR_RENDER_HTML_PRIVATE_H
#define CANDOUR_RENDER_HTML_PRIVATE_H

#include <stdbool.h>
#include <stdio.h>

#include "client/render/outline.h"

extern const char html_style[]; // CSS, without "<"

// Escaped, for text and for attributes in quotes. Isolates are left out.
void html_plain(FILE *out, const char *text);
// Escaped, for text; each isolate becomes <bdi>.
void html_text(FILE *out, const char *text);

// One row of a chart as <svg>. number is unlike that of any other row of the page.
void html_svg(FILE *out, const struct outline_chart *chart, const struct outline_row *row, unsigned number,
              bool is_rtl);

#endif
