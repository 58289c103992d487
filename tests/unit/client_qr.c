// QR codes as text.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/qr.h"

// The squares of row y, 1 dark; -1 beyond the last line.
static int row_of(const char *text, size_t y, char ret_row[256]) {
    for (size_t line = 0; line < y / 2; line++) {
        text = strchr(text, '\n');
        if (text == NULL)
            return -1;
        text++;
    }
    size_t x = 0;
    for (; *text != '\n' && *text != '\0' && x < 255; x++) {
        static const char *const blocks[] = {" ", "\u2580", "\u2584", "\u2588"};
        size_t kind = 0;
        while (kind < 4 && strncmp(text, blocks[kind], strlen(blocks[kind])) != 0)
            kind++;
        assert_true(kind < 4);
        ret_row[x] = kind >> (y % 2) & 1 ? '1' : '0';
        text += strlen(blocks[kind]);
    }
    ret_row[x] = '\0';
    return x > 0 ? 0 : -1;
}

// ISO/IEC 18004: three finder patterns, dark squares that alternate between them, and four light ones around it all.
static void it_has_the_form_of_a_code(void **state) {
    (void)state;
    static const char *const finder[] = {"1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"};
    char *text =
        qr_text("candour sign-in --server feedback.example.org:7360 --email ann@example.org\nABCD-EFGH-JKMN\n");
    char row[256];
    assert_non_null(text);
    assert_int_equal(row_of(text, 0, row), 0);
    size_t side = strlen(row), last = side - 4 - 7;
    assert_int_equal((side - 8 - 17) % 4, 0);
    for (size_t y = 0; y < side; y++) {
        assert_int_equal(row_of(text, y, row), 0);
        assert_int_equal(strlen(row), side);
        assert_memory_equal(row, "0000", 4);
        assert_memory_equal(row + side - 4, "0000", 4);
        if (y < 4 || y >= side - 4)
            assert_int_equal(strspn(row, "0"), side);
        if (y >= 4 && y < 11) {
            assert_memory_equal(row + 4, finder[y - 4], 7);
            assert_memory_equal(row + last, finder[y - 4], 7);
        }
        if (y >= last && y < last + 7)
            assert_memory_equal(row + 4, finder[y - last], 7);
        if (y == 10)
            for (size_t x = 12; x < last - 1; x++)
                assert_int_equal(row[x], x % 2 == 0 ? '1' : '0');
    }
    free(text);
}

static void what_is_too_long_is_no_code(void **state) {
    (void)state;
    char text[4000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_null(qr_text(text));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_the_form_of_a_code),
        cmocka_unit_test(what_is_too_long_is_no_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
