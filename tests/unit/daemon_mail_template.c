// The texts of mails: the program's own hold together, and an administrator's are checked before they are stored.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/mail/message.h"
#include "daemon/mail/template.h"
#include "daemon/mail/template_private.h"

static char sentence[1024], filled[TEMPLATE_FILLED_BYTES_MAX];

static struct template_part part(const char *text) {
    return (struct template_part){text, strlen(text)};
}

static void our_own_texts_pass_the_check(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < TEMPLATE_KINDS; kind++) {
        enum template_kind found = TEMPLATE_KINDS;
        struct template_text own = template_own("en", (enum template_kind)kind);
        const char *name = template_name((enum template_kind)kind);
        assert_int_equal(template_find(name, strlen(name), &found), 0);
        assert_int_equal(found, kind);
        if (template_check(found, &own, sentence, sizeof sentence) != 0)
            fail_msg("%s: %s", name, sentence);
        assert_true(own.subject.len <= TEMPLATE_SUBJECT_BYTES_MAX && own.body.len <= TEMPLATE_BODY_BYTES_MAX);
        assert_null(memchr(own.subject.text, '\n', own.subject.len));
        // What goes to everybody who is asked, but the first of all, must not end anybody's code.
        if (kind >= TEMPLATE_OPEN && kind <= TEMPLATE_THANKS)
            assert_false(template_has_code(found));
    }
    enum template_kind unchanged = TEMPLATE_CODE;
    assert_int_equal(template_find("invitation ", 11, &unchanged), -1);
    assert_int_equal(template_find("", 0, &unchanged), -1);
    assert_int_equal(unchanged, TEMPLATE_CODE);
}

static void assert_wrong(enum template_kind kind, const char *subject, const char *body, const char *why) {
    struct template_text text = {part(subject), part(body)};
    assert_int_equal(template_check(kind, &text, sentence, sizeof sentence), -1);
    if (strstr(sentence, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", sentence, why);
}

static void what_cannot_be_filled_in_is_refused(void **state) {
    (void)state;
    assert_wrong(TEMPLATE_THANKS, "Thank you", "Dear {nmae}", "{nmae} cannot stand in this mail. What can: {name}");
    assert_wrong(TEMPLATE_THANKS, "Thank you, {code}", "Dear {name}", "{code} cannot stand");
    assert_wrong(TEMPLATE_REPORT, "Report", "{leaders}", "{leaders} cannot stand");
    assert_wrong(TEMPLATE_SECOND_REMINDER, "Reminder", "{name}", "Put {answer_until} into the text");
    assert_wrong(TEMPLATE_NOMINATION, "Who", "{close}", "{close} cannot stand");
    assert_wrong(TEMPLATE_CODE, "Code", "{round}", "{round} cannot stand");
    assert_wrong(TEMPLATE_CODE, "Code", "at {server}", "Put {code} into the text");
    assert_wrong(TEMPLATE_CODE, "Code {code}", "{code} {server}", "out of the subject");
    assert_wrong(TEMPLATE_THANKS, "", "Thank you", "needs a subject");
    assert_wrong(TEMPLATE_THANKS, "Thank you", "", "needs a subject");
    struct template_text fine = {part("Thanks {name}"), part("{ } {} {A} {1} {name {{name}} }{")};
    assert_int_equal(template_check(TEMPLATE_THANKS, &fine, sentence, sizeof sentence), 0);
    assert_true(template_is_usable(TEMPLATE_THANKS, &fine));
    struct template_text older = {part("Thanks"), part("{name}, until {send_from}")};
    assert_false(template_is_usable(TEMPLATE_THANKS, &older));
}

// Whatever is filled in stands in every language, and nothing else.
static void a_translation_has_the_same_words(void **state) {
    (void)state;
    unsigned seen = 0;
    for (const struct template_file *file = template_files; file->name != NULL; file++) {
        const char *name = strchr(file->name, '/');
        if (name == NULL || strcmp(name, "/months") == 0)
            continue;
        const char *const texts[] = {file->text, template_piece("", name + 1).text};
        for (size_t i = 0; i < 2; i++)
            for (const char *at = strchr(texts[i], '{'); at != NULL; at = strchr(at + 1, '{')) {
                char word[40];
                snprintf(word, sizeof word, "%.*s", (int)strcspn(at, "}") + 1, at);
                if (strstr(texts[1 - i], word) == NULL)
                    fail_msg("%s: %s stands in one language alone", file->name, word);
            }
        seen++;
    }
    assert_true(seen > 0);
}

static void a_language_without_texts_is_english(void **state) {
    (void)state;
    char date[CLOCK_WORDS_BYTES];
    const char *const own[] = {"cy", "cy-gb"}, *const others[] = {"", "xx", "c", "cyy", "letters", "../cy", NULL};
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        assert_non_null(strstr(template_piece(own[i], "letter-head").text, "Annwyl {name}"));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_non_null(strstr(template_piece(others[i], "letter-head").text, "Dear {name}"));
    template_date("cy", 1795305600, date);
    assert_string_equal(date, "22 Tachwedd 2026, 00:00 UTC");
    template_date("xx", 1795305600, date);
    assert_string_equal(date, "22 November 2026 at 00:00 UTC");
}

static void words_are_filled_in_once(void **state) {
    (void)state;
    struct template_values values = {0};
    values.words[TEMPLATE_NAME] = part("{email}");
    values.words[TEMPLATE_EMAIL] = part("a@b.cc");
    struct template_part text = part("{name} {{email}} {other} {nam{email}");
    assert_int_equal(template_fill(&text, &values, filled, sizeof filled), 0);
    assert_string_equal(filled, "{email} {a@b.cc} {other} {nama@b.cc");
    for (size_t size = 0; size <= strlen(filled); size++)
        assert_int_equal(template_fill(&text, &values, filled, size), -1);
}

static void many_leaders_are_counted(void **state) {
    (void)state;
    struct template_values values = {0};
    struct template_part text = part("{leaders}\n");
    values.words[TEMPLATE_WORD_LEADERS] = part("Ann Lee\nBob");
    assert_int_equal(template_fill(&text, &values, filled, sizeof filled), 0);
    assert_string_equal(filled, "  - Ann Lee\n  - Bob\n");
    values.words[TEMPLATE_WORD_LEADERS] = part("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq\nr\ns\nt\nu\nv");
    assert_int_equal(template_fill(&text, &values, filled, sizeof filled), 0);
    assert_non_null(strstr(filled, "  - t\n  - and 2 more, whom you see when you sign in\n"));
}

// Every text may be as long as its limit, and every value, too: the mail still fits, or is refused.
static void the_longest_mail_fits(void **state) {
    (void)state;
    static char long_name[201], mail[MESSAGE_BYTES_MAX], leaders[20 * 201];
    for (size_t i = 0; i + 2 < sizeof long_name; i += 2)
        memcpy(long_name + i, "\xc3\xa9", 2);
    for (size_t i = 0; i < 20; i++)
        snprintf(leaders + strlen(leaders), sizeof leaders - strlen(leaders), "%s%s", i ? "\n" : "", long_name);
    static const uint8_t id[16] = {0};
    struct template_values values = {0};
    for (unsigned i = 0; i < TEMPLATE_WORDS; i++)
        values.words[i] = part(long_name);
    values.words[TEMPLATE_WORD_LEADERS] = part(leaders);
    struct template_text own = template_own("en", TEMPLATE_INVITATION);
    assert_int_equal(template_fill(&own.body, &values, filled, sizeof filled), 0);
    struct message m = {"candour@example.org", long_name, "ann@example.org", long_name, "", long_name, filled, id, 0};
    size_t len;
    assert_int_equal(message_write(&m, mail, sizeof mail, &len), 0);
    for (size_t i = 0; i + 1 < sizeof filled; i++)
        filled[i] = "\xc3\xa9"[i % 2];
    filled[sizeof filled - 2] = '\0';
    assert_int_equal(message_write(&m, mail, sizeof mail, &len), 0);
}

static void a_person_gets_a_language_that_mails_have(void **state) {
    (void)state;
    static const char *const pairs[][2] = {{"", "en"},      {"en", "en"}, {"cy", "cy"}, {"cy-gb", "cy"},
                                           {"cy_GB", "cy"}, {"fr", "en"}, {"c", "en"},  {"cyx", "en"}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        assert_string_equal(template_language(pairs[i][0]), pairs[i][1]);
    assert_string_equal(template_language(NULL), "en");
    assert_string_equal(template_languages[0], "en");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_gets_a_language_that_mails_have),
        cmocka_unit_test(our_own_texts_pass_the_check),
        cmocka_unit_test(what_cannot_be_filled_in_is_refused),
        cmocka_unit_test(a_translation_has_the_same_words),
        cmocka_unit_test(a_language_without_texts_is_english),
        cmocka_unit_test(words_are_filled_in_once),
        cmocka_unit_test(many_leaders_are_counted),
        cmocka_unit_test(the_longest_mail_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
