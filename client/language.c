#include "language.h"

#include <locale.h>
#include <stdlib.h>

void language_start(void) {
    const char *folder = getenv("CANDOUR_LOCALE_DIR");
    setlocale(LC_MESSAGES, "");
    bindtextdomain("candour", folder != NULL ? folder : CANDOUR_LOCALE_DIR);
    bind_textdomain_codeset("candour", "UTF-8");
    textdomain("candour");
}

const char *language_code(void) {
    // Translators: the code of your language (BCP 47), for example "cy".
    return _("en");
}

const char *language_direction(void) {
    // Translators: "rtl" when your language is written from right to left, otherwise "ltr".
    return _("ltr");
}
