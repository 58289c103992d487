#include "language.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Always there, and other than "C" it lets LANGUAGE choose: no locale needs to be installed for a catalogue.
static const char any_locale[] = "C.UTF-8";

enum { CODE_BYTES_MAX = 35 }; // BCP 47, 4.4.1

static bool is_set(const char *value) {
    return value != NULL && value[0] != '\0';
}

// Catalogues lie beside a program that was only built, and in CANDOUR_LOCALE_DIR once it is installed.
static void bind_folder(void) {
    static const char beside[] = "/locale";
    const char *given = getenv("CANDOUR_LOCALE_DIR");
    char path[PATH_MAX + sizeof beside];
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);
    char *slash = len > 0 ? memrchr(path, '/', (size_t)len) : NULL;
    if (slash != NULL)
        memcpy(slash, beside, sizeof beside);
    bool is_beside = slash != NULL && access(path, X_OK) == 0;
    bindtextdomain("candour", is_set(given) ? given : is_beside ? path : CANDOUR_LOCALE_DIR);
    bind_textdomain_codeset("candour", "UTF-8");
    textdomain("candour");
}

void language_start(void) {
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *named = NULL, *found = setlocale(LC_MESSAGES, "");
    for (size_t i = 0; i < sizeof variables / sizeof variables[0] && !is_set(named); i++)
        named = getenv(variables[i]);
    if (found == NULL && is_set(named) && !is_set(getenv("LANGUAGE")))
        setenv("LANGUAGE", named, 1);
    if (found == NULL || !is_set(named))
        setlocale(LC_MESSAGES, any_locale);
    bind_folder();
}

bool language_is_code(const char *code) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return strspn(code, letters) >= 2 && strlen(code) <= CODE_BYTES_MAX &&
           strspn(code + 2, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == strlen(code + 2);
}

void language_use(const char *code) {
    char language[CODE_BYTES_MAX + 1];
    snprintf(language, sizeof language, "%s", code);
    for (char *at = language; *at != '\0'; at++)
        *at = *at == '-' ? '_' : *at;
    setenv("LANGUAGE", language, 1); // candour-pdf reads both as well
    setenv(is_set(getenv("LC_ALL")) ? "LC_ALL" : "LC_MESSAGES", any_locale, 1);
    setlocale(LC_MESSAGES, any_locale);
}

const char *language_code(void) {
    // Translators: the code of your language (BCP 47), for example "cy".
    return _("en");
}

const char *language_direction(void) {
    // Translators: "rtl" when your language is written from right to left, otherwise "ltr".
    return _("ltr");
}
