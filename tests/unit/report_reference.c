// The report engine against the table recorded from R: every figure of the data sets of tests/reference, to 1e-9.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/reference/engine.c"
#include "tests/reference/sets.c"
#include "tests/unit/report_reference.h"

enum { REFERENCES = sizeof reference / sizeof *reference };

struct comparison {
    size_t count, undefined, faults;
};

static bool is_same(double value, double expected) {
    return isnan(value) || isnan(expected) ? isnan(value) && isnan(expected) : fabs(value - expected) <= 1e-9;
}

static void compare(void *context, const char *name, double value) {
    struct comparison *c = context;
    double expected = c->count < REFERENCES ? reference[c->count] : NAN;
    if (c->count >= REFERENCES || !is_same(value, expected)) {
        print_error("%s: engine %.12g, R %.12g\n", name, value, expected);
        c->faults++;
    }
    c->undefined += isnan(value) ? 1 : 0;
    c->count++;
}

static void every_figure_is_what_r_gives(void **state) {
    (void)state;
    struct comparison c = {0};
    for (size_t i = 0; i < SETS_COUNT; i++) {
        struct set set = sets_make(i);
        engine_tell(&set, compare, &c);
        sets_free(&set);
    }
    engine_tell_widths(compare, &c);
    assert_int_equal(c.faults, 0);
    assert_int_equal(c.count, REFERENCES);
    assert_true(c.undefined > 0 && c.undefined < c.count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_is_what_r_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
