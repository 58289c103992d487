// The language of what people read. Every sentence for a rater or a leader is written _("..."), whole, and translated
// by gettext; without a translation it stays English. Always UTF-8, whatever the locale says.
#ifndef CANDOUR_LANGUAGE_H
#define CANDOUR_LANGUAGE_H

#include <libintl.h>

#define _(text) gettext(text)
// Marks a text in a table, which is translated when it is used.
#define N_(text) text

// Once, at the start of main: takes the language from the environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG). The
// translations lie in CANDOUR_LOCALE_DIR, or in the folder that this environment variable names.
void language_start(void);

// The language that texts are in, as in HTML's lang: "en" without a translation.
const char *language_code(void);
// "ltr" or "rtl".
const char *language_direction(void);

#endif
