// QR codes as text, for printed letters; the only user of libqrencode.
#ifndef CANDOUR_QR_H
#define CANDOUR_QR_H

#include "base.h"

// The code of a text as lines of UTF-8 half blocks, two rows of squares a line, dark on light, with the quiet zone that
// readers need; malloc'ed. NULL: no memory, or the text is too long.
char *qr_text(const char *text);

#endif
