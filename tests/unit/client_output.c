// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/output.h"
#include "client/table.h"

static char shown[8192];

// What print writes to a stream.
#define SHOWN(statement)                                                                                               \
    do {                                                                                                               \
        memset(shown, 0, sizeof shown);                                                                                \
        FILE *out = fmemopen(shown, sizeof shown, "w");                                                                \
        assert_non_null(out);                                                                                          \
        statement;                                                                                                     \
        fclose(out);                                                                                                   \
    } while (0)

static void assert_cleaned(const char *text, size_t len, bool one_line, const char *wanted) {
    char clean[256];
    assert_int_equal(output_clean(text, len, one_line, clean, sizeof clean), strlen(wanted));
    assert_string_equal(clean, wanted);
}
#define CLEANED(text, wanted) assert_cleaned(text, sizeof(text) - 1, false, wanted)

static void terminal_controls_are_taken_out(void **state) {
    (void)state;
    CLEANED("red \033[31mtext\033[0m", "red ?[31mtext?[0m");
    CLEANED("bell\a back\b return\r nul\0 del\x7f", "bell? back? return? nul? del?");
    CLEANED("c1 \xc2\x9b"
            "31m",
            "c1 ?31m");
    CLEANED("lines\nand\ttabs stay", "lines\nand\ttabs stay");
}

static void direction_controls_are_taken_out(void **state) {
    (void)state;
    CLEANED("a\xe2\x80\xae"
            "b\xe2\x81\xa6"
            "c\xe2\x80\x8f"
            "d\xd8\x9c",
            "a?b?c?d?");
}

static void what_is_not_utf8_is_marked(void **state) {
    (void)state;
    CLEANED("caf\xe9 ok", "caf? ok");
    CLEANED("overlong \xc0\xaf", "overlong ??");
    CLEANED("surrogate \xed\xa0\x80", "surrogate ???");
    CLEANED("cut \xe2\x82", "cut ??");
    CLEANED("beyond \xf4\x90\x80\x80", "beyond ????");
}

static void good_text_stays(void **state) {
    (void)state;
    CLEANED("Zoë Ŵest 東京 – “so” 🙂", "Zoë Ŵest 東京 – “so” 🙂");
}

static void a_field_cannot_start_a_line(void **state) {
    (void)state;
    assert_cleaned("Ann\nroot: all is well\tx", 23, true, "Ann root: all is well x");
    SHOWN(output_field(out, "Ann\nLee", 7));
    assert_string_equal(shown, "Ann Lee");
}

static void text_that_does_not_fit_is_cut_at_a_character(void **state) {
    (void)state;
    char small[4];
    assert_int_equal(output_clean("ab€", 5, false, small, sizeof small), 2);
    assert_string_equal(small, "ab");
    assert_int_equal(output_clean("abcd", 4, false, small, sizeof small), 3);
}

static void printing_cleans_its_arguments(void **state) {
    (void)state;
    SHOWN(output_print(out, "%s|%d", "\033[2J", 7));
    assert_string_equal(shown, "?[2J|7");
}

static void long_text_is_printed_whole(void **state) {
    (void)state;
    char text[6001];
    for (size_t i = 0; i < 6000; i += 3)
        memcpy(text + i, "€", 3);
    text[6000] = '\0';
    SHOWN(output_text(out, text, 6000));
    assert_string_equal(shown, text);
}

static void width_counts_columns(void **state) {
    (void)state;
    assert_int_equal(output_width("Zoë"), 3);
    assert_int_equal(output_width("Zoe\xcc\x88"), 3);
    assert_int_equal(output_width("東京"), 4);
}

static void padding_keeps_columns_straight(void **state) {
    (void)state;
    SHOWN(output_pad(out, "Zoë", 5));
    assert_string_equal(shown, "Zoë  ");
    SHOWN(output_pad(out, "abcdefgh", 5));
    assert_string_equal(shown, "ab...");
    SHOWN(output_pad(out, "東京東京", 6));
    assert_string_equal(shown, "東... ");
    SHOWN(output_pad(out, "abcde", 5));
    assert_string_equal(shown, "abcde");
}

static void words_are_wrapped(void **state) {
    (void)state;
    SHOWN(output_wrap(out, "one two three four five\nsix", 2, 14));
    assert_string_equal(shown, "  one two\n  three four\n  five\n  six\n");
    SHOWN(output_wrap(out, "- one two three\n12. one two three\n1.2 one two three", 2, 14));
    assert_string_equal(shown, "  - one two\n    three\n  12. one two\n      three\n  1.2 one two\n  three\n");
}

static void style_is_off_unless_asked_for(void **state) {
    (void)state;
    SHOWN(output_style(out, OUTPUT_BOLD));
    assert_string_equal(shown, "");
    output_use_colour(true);
    SHOWN(output_style(out, OUTPUT_BOLD));
    assert_string_equal(shown, "\033[1m");
    output_use_colour(false);
}

static void assert_on_terminal(unsigned short columns, void (*print)(FILE *out), const char *wanted) {
    const struct winsize size = {.ws_col = columns};
    char seen[400] = "";
    int fd = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(fd >= 0);
    assert_int_equal(grantpt(fd), 0);
    assert_int_equal(unlockpt(fd), 0);
    FILE *terminal = fopen(ptsname(fd), "w");
    assert_non_null(terminal);
    assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
    print(terminal);
    fflush(terminal);
    // A terminal may give its lines one by one.
    for (size_t len = 0; len < strlen(wanted);) {
        ssize_t got = read(fd, seen + len, sizeof seen - 1 - len);
        assert_true(got > 0);
        len += (size_t)got;
    }
    assert_string_equal(seen, wanted);
    fclose(terminal);
    close(fd);
}

static void print_sentence(FILE *out) {
    output_sentence(out, "Sign in again in a few minutes: candour sign-in");
}

static void print_table(FILE *out) {
    static const char *const headings[] = {"round", "state"};
    struct table table = {.headings = headings, .columns = 2};
    table_add(&table, "First");
    table_add(&table, "answering until noon");
    table_add(&table, "Next");
    table_add(&table, "draft");
    table_print(out, &table, false);
    table_free(&table);
}

static void tables_fit_the_terminal(void **state) {
    (void)state;
    static const char whole[] = "round  state\r\nFirst  answering until noon\r\nNext   draft\r\n";
    assert_on_terminal(27, print_table, whole);
    assert_on_terminal(0, print_table, whole);
    assert_on_terminal(26, print_table,
                       "round: First\r\nstate:\r\n  answering until noon\r\n\r\nround: Next\r\nstate: draft\r\n");
}

// Between words at the terminal's width, and not at all where programs read.
static void sentences_fit_the_terminal(void **state) {
    (void)state;
    assert_on_terminal(30, print_sentence, "Sign in again in a few\r\nminutes: candour sign-in\r\n");
    assert_on_terminal(0, print_sentence, "Sign in again in a few minutes: candour sign-in\r\n");
    char line[400], seen[400] = "";
    memset(line, 'x', sizeof line);
    for (size_t i = 9; i < sizeof line; i += 10)
        line[i] = ' ';
    line[300] = '\0';
    FILE *file = tmpfile();
    output_sentence(file, line);
    rewind(file);
    assert_non_null(fgets(seen, sizeof seen, file));
    assert_int_equal(strlen(seen), 301);
    fclose(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_fit_the_terminal),
        cmocka_unit_test(tables_fit_the_terminal),
        cmocka_unit_test(terminal_controls_are_taken_out),
        cmocka_unit_test(direction_controls_are_taken_out),
        cmocka_unit_test(what_is_not_utf8_is_marked),
        cmocka_unit_test(good_text_stays),
        cmocka_unit_test(a_field_cannot_start_a_line),
        cmocka_unit_test(text_that_does_not_fit_is_cut_at_a_character),
        cmocka_unit_test(printing_cleans_its_arguments),
        cmocka_unit_test(long_text_is_printed_whole),
        cmocka_unit_test(width_counts_columns),
        cmocka_unit_test(padding_keeps_columns_straight),
        cmocka_unit_test(words_are_wrapped),
        cmocka_unit_test(style_is_off_unless_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
