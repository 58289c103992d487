// Keys of rounds: kept while they are in use, gone afterwards.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/desk/round_keys.h"

enum { NOW = 1000000, CLOSE = NOW + 86400 };

static struct round_key key_of(uint8_t number) {
    struct round_key key = {.round = {number}, .close = CLOSE};
    memset(key.secret, number, sizeof key.secret);
    return key;
}

// The places are the worker's own: each test begins with none taken.
static int empty(void **state) {
    (void)state;
    round_keys_expire(INT64_MAX);
    return 0;
}

static void keep(uint8_t number, int64_t now) {
    struct round_key key = key_of(number);
    assert_int_equal(round_keys_keep(&key, now)->secret[0], number);
}

static const struct round_key *find(uint8_t number, int64_t now) {
    return round_keys_find(key_of(number).round, now);
}

static void kept_key_is_found_by_its_round(void **state) {
    (void)state;
    keep(1, NOW);
    keep(2, NOW);
    assert_int_equal(find(1, NOW)->secret[31], 1);
    assert_int_equal(find(2, NOW)->secret[31], 2);
    assert_null(find(3, NOW));
    round_keys_drop(key_of(1).round);
    assert_null(find(1, NOW));
    assert_non_null(find(2, NOW));
}

static void key_is_wiped_when_its_round_has_closed(void **state) {
    (void)state;
    keep(1, CLOSE - 2);
    const struct round_key *place = find(1, CLOSE - 1);
    round_keys_expire(CLOSE - 1);
    assert_non_null(find(1, CLOSE - 1));
    round_keys_expire(CLOSE);
    assert_null(find(1, CLOSE));
    static const struct round_key nothing;
    assert_memory_equal(place, &nothing, sizeof nothing);
}

static void key_that_nobody_uses_is_wiped(void **state) {
    (void)state;
    keep(1, NOW);
    keep(2, NOW);
    assert_non_null(find(2, NOW + 1));
    round_keys_expire(NOW + ROUND_KEYS_IDLE_S - 1);
    assert_non_null(find(2, NOW + 1));
    round_keys_expire(NOW + ROUND_KEYS_IDLE_S);
    assert_null(find(1, NOW));
    assert_non_null(find(2, NOW + 1));
}

static void one_round_more_takes_the_place_of_the_least_used(void **state) {
    (void)state;
    for (uint8_t i = 1; i <= ROUND_KEYS_MAX; i++)
        keep(i, NOW + i);
    assert_non_null(find(1, NOW + 100));
    keep(ROUND_KEYS_MAX + 1, NOW + 101);
    assert_null(find(2, NOW));
    for (uint8_t i = 1; i <= ROUND_KEYS_MAX + 1; i++)
        assert_true((find(i, NOW + 102) != NULL) == (i != 2));
}

static void key_kept_again_has_one_place(void **state) {
    (void)state;
    keep(1, NOW);
    keep(1, NOW);
    round_keys_drop(key_of(1).round);
    assert_null(find(1, NOW));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(kept_key_is_found_by_its_round, empty),
        cmocka_unit_test_setup(key_is_wiped_when_its_round_has_closed, empty),
        cmocka_unit_test_setup(key_that_nobody_uses_is_wiped, empty),
        cmocka_unit_test_setup(one_round_more_takes_the_place_of_the_least_used, empty),
        cmocka_unit_test_setup(key_kept_again_has_one_place, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
