// The language of what people read. Every sentence for a rater or a leader is whole, and translated by gettext; without
// a translation it stays English. Always UTF-8, whatever the locale says.
// problem_set, cmd_tell, cmd_warn, cmd_done_text, cmd_yes, cmd_prompt and a few like them (po/extract.sh lists them)
// translate the text they are given. Everywhere else it is written _("..."), or N_("...") where it must be a constant
// or is one of two that such a function is given.
#ifndef CANDOUR_LANGUAGE_H
#define CANDOUR_LANGUAGE_H

#include <libintl.h>
#include <stdbool.h>

#define _(text)  gettext(text) // of "" it is the catalogue's own heading: never ask for that
#define N_(text) text

// Once, at the start of main: takes the language from the environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG). The
// translations lie in the folder that CANDOUR_LOCALE_DIR names, in locale/ beside the program, or where they are
// installed. The locale itself need not be installed.
void language_start(void);

// Does it look like the code of a language, "cy" or "pt-BR"? Pure.
bool language_is_code(const char *code);
// From here on texts are in this language, here and in programs that are started; English where there is no catalogue.
void language_use(const char *code);

// The language that texts are in, as in HTML's lang: "en" without a translation.
const char *language_code(void);
// "ltr" or "rtl".
const char *language_direction(void);

#endif
