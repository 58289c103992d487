// Times and durations as administrators write them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/when.h"

enum { NOW = 1000 };
#define DECEMBER INT64_C(1796083200) // 2026-12-01T00:00:00Z

static void assert_time(const char *text, int64_t at) {
    int64_t read = -1;
    assert_int_equal(when_read(text, NOW, &read), 0);
    assert_int_equal(read, at);
}

static void assert_no_time(const char *text) {
    int64_t read = -1;
    assert_int_equal(when_read(text, NOW, &read), -1);
    assert_int_equal(read, -1);
}

static void times_are_absolute_or_after_now(void **state) {
    (void)state;
    assert_time("now", NOW);
    assert_time("+3d", NOW + 3 * 86400);
    assert_time("2026-12-01", DECEMBER);
    assert_time("2026-12-01T09:30Z", DECEMBER + 9 * 3600 + 30 * 60);
    assert_time("2026-12-01T09:30:15Z", DECEMBER + 9 * 3600 + 30 * 60 + 15);
}

static void what_is_no_time_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",           "tomorrow",
                                        "+",          "+3",
                                        "+3y",        "-3d",
                                        "3d",         "2026-13-01",
                                        "2026-02-30", "2026-12-01T09:30",
                                        "+ 3d",       "01/12/2026",
                                        "2026-12-1",  "2026-12-01 09:30Z",
                                        "+3d2h",      "+9999999999d"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_no_time(wrong[i]);
}

static void durations_have_one_unit(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t s;
    } right[] = {{"0s", 0}, {"45s", 45}, {"90m", 5400}, {"2h", 7200}, {"1d", 86400}, {"2w", 1209600}};
    int64_t s;
    for (size_t i = 0; i < ARRAY_LEN(right); i++) {
        assert_int_equal(when_duration(right[i].text, &s), 0);
        assert_int_equal(s, right[i].s);
    }
    assert_int_equal(when_duration("1000w", &s), -1);
    assert_int_equal(when_duration("m", &s), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_absolute_or_after_now),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(durations_have_one_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
