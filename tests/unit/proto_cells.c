// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <stdbool.h>

#include "base.h"
#include "cells.h"

enum { P = 1, R = 2, O = 4 };

struct example {
    uint32_t counts[CELLS_GROUPS]; // peer, report, other
    uint8_t count, members[CELLS_GROUPS];
    uint32_t ballots[CELLS_GROUPS];
};

static void check_examples(const struct example *examples, size_t count, uint32_t threshold) {
    for (size_t i = 0; i < count; i++) {
        struct cells cells = cells_partition(examples[i].counts, threshold);
        assert_int_equal(cells.count, examples[i].count);
        assert_memory_equal(cells.members, examples[i].members, sizeof cells.members);
        assert_memory_equal(cells.ballots, examples[i].ballots, sizeof cells.ballots);
    }
}

static void first_partition_that_fits_is_taken(void **state) {
    (void)state;
    const struct example examples[] = {
        {{4, 4, 4}, 3, {P, R, O}, {4, 4, 4}}, // {P}{R}{O}
        {{4, 4, 1}, 2, {P | O, R}, {5, 4}},   // {P,O}{R}
        {{1, 9, 3}, 2, {P | O, R}, {4, 9}},   // before {R,O}
        {{4, 2, 2}, 2, {P, R | O}, {4, 4}},   // {P}{R,O}
        {{2, 2, 5}, 2, {P | R, O}, {4, 5}},   // {P,R}{O}
        {{3, 2, 1}, 1, {P | R | O}, {6}},     // all together
        {{1, 1, 2}, 1, {P | R | O}, {4}},
    };
    check_examples(examples, ARRAY_LEN(examples), 4);
}

static void groups_without_ballots_are_named_in_no_cell(void **state) {
    (void)state;
    const struct example examples[] = {
        {{5, 0, 0}, 1, {P}, {5}},       {{0, 5, 0}, 1, {R}, {5}},     {{0, 0, 5}, 1, {O}, {5}},
        {{5, 4, 0}, 2, {P, R}, {5, 4}}, {{2, 0, 3}, 1, {P | O}, {5}}, {{0, 3, 2}, 1, {R | O}, {5}},
        {{3, 2, 0}, 1, {P | R}, {5}},
    };
    check_examples(examples, ARRAY_LEN(examples), 4);
}

static void too_few_ballots_give_no_cell(void **state) {
    (void)state;
    const struct example examples[] = {{{0, 0, 0}, 0, {0}, {0}}, {{3, 0, 0}, 0, {0}, {0}}, {{1, 1, 1}, 0, {0}, {0}}};
    check_examples(examples, ARRAY_LEN(examples), 4);
}

// The rule of the design, said again in another way: for every triple, cells are disjoint, big enough and complete, and
// nothing is withheld while all groups together would do.
static void every_triple_keeps_the_rule(void **state) {
    (void)state;
    for (uint32_t threshold = 1; threshold <= 6; threshold++) {
        for (uint32_t i = 0; i < 9 * 9 * 9; i++) {
            const uint32_t counts[] = {i % 9, i / 9 % 9, i / 81};
            uint32_t total = counts[0] + counts[1] + counts[2];
            struct cells cells = cells_partition(counts, threshold);
            assert_true((cells.count > 0) == (total >= threshold && total > 0));
            unsigned seen = 0, first_before = 0;
            uint32_t ballots = 0;
            for (size_t c = 0; c < cells.count; c++) {
                uint32_t expected = 0;
                for (unsigned group = 0; group < CELLS_GROUPS; group++)
                    expected += cells.members[c] >> group & 1 ? counts[group] : 0;
                assert_int_equal(cells.ballots[c], expected);
                assert_true(expected >= threshold);
                assert_int_equal(seen & cells.members[c], 0);
                unsigned first = cells.members[c] & (~cells.members[c] + 1u);
                assert_true(first > first_before);
                first_before = first;
                seen |= cells.members[c];
                ballots += expected;
            }
            if (cells.count > 0)
                assert_int_equal(ballots, total);
        }
    }
}

static void sums_do_not_wrap(void **state) {
    (void)state;
    const uint32_t counts[] = {UINT32_MAX, 1, 2};
    assert_int_equal(cells_partition(counts, 4).count, 0); // nothing rather than a wrong number
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_partition_that_fits_is_taken),
        cmocka_unit_test(groups_without_ballots_are_named_in_no_cell),
        cmocka_unit_test(too_few_ballots_give_no_cell),
        cmocka_unit_test(every_triple_keeps_the_rule),
        cmocka_unit_test(sums_do_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
