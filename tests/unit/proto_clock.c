// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

static void text_and_seconds_agree(void **state) {
    (void)state;
    const struct {
        int64_t at;
        const char *text;
    } examples[] = {
        {0, "1970-01-01T00:00:00Z"},          {951782400, "2000-02-29T00:00:00Z"},
        {1795339800, "2026-11-22T09:30:00Z"}, {4102444799, "2099-12-31T23:59:59Z"},
        {4107542399, "2100-02-28T23:59:59Z"}, {253402300799, "9999-12-31T23:59:59Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
        char text[CLOCK_TEXT_BYTES];
        int64_t at;
        clock_text(examples[i].at, text);
        assert_string_equal(text, examples[i].text);
        assert_int_equal(clock_parse(text, strlen(text), &at), 0);
        assert_int_equal(at, examples[i].at);
    }
}

static void times_out_of_reach_become_the_nearest(void **state) {
    (void)state;
    char text[CLOCK_TEXT_BYTES];
    clock_text(INT64_MIN, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    clock_text(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
}

static void any_other_form_is_refused(void **state) {
    (void)state;
    const char *const texts[] = {
        "",
        "2026-11-22",
        "2026-11-22T09:30:00",
        "2026-11-22 09:30:00Z",
        "2026-11-22t09:30:00z",
        "2026-11-22T09:30:00+",
        "2026-11-22T09:30:00Z ",
        " 026-11-22T09:30:00Z",
        "2026-02-29T00:00:00Z", // no leap year
        "2100-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:-1Z",
        "1969-12-31T23:59:59Z",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        int64_t at = 77;
        assert_int_equal(clock_parse(texts[i], strlen(texts[i]), &at), -1);
        assert_int_equal(at, 77);
    }
}

static char folder[] = "/tmp/candour-clock-XXXXXX";
static char path[sizeof folder + 8], next_path[sizeof folder + 8];

static void put_offset(const char *text) {
    FILE *file = fopen(next_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(next_path, path), 0);
}

static void assert_offset(int64_t seconds) {
    int64_t before = (int64_t)time(NULL), now = clock_now(), after = (int64_t)time(NULL);
    assert_true(now >= before + seconds && now <= after + seconds);
}

static void clock_follows_the_file_from_when_it_is_named(void **state) {
    (void)state;
    assert_false(clock_is_shifted());
    assert_offset(0);
    clock_shift_by_file(path);
    assert_true(clock_is_shifted());
    assert_offset(0); // the file is not there yet
    put_offset("86400\n");
    assert_offset(86400);
    put_offset("-3600");
    assert_offset(-3600);
    const char *const unreadable[] = {"", "soon", "12 13", "5x", "99999999999999999999", "9000000000"};
    for (size_t i = 0; i < ARRAY_LEN(unreadable); i++) {
        put_offset(unreadable[i]);
        assert_offset(-3600); // the last one read stays
    }
    assert_int_equal(unlink(path), 0);
    assert_offset(-3600);
}

static int make_folder(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/offset", folder);
    snprintf(next_path, sizeof next_path, "%s/next", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    unlink(next_path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_seconds_agree),
        cmocka_unit_test(times_out_of_reach_become_the_nearest),
        cmocka_unit_test(any_other_form_is_refused),
        cmocka_unit_test(clock_follows_the_file_from_when_it_is_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
