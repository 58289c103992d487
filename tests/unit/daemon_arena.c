#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "candour.pb-c.h"
#include "daemon/core/arena.h"

static _Alignas(16) uint8_t memory[4096];

static struct arena fresh(void) {
    memset(memory, 0xee, sizeof memory);
    struct arena a;
    arena_start(&a, memory, sizeof memory);
    return a;
}

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    struct arena a = fresh();
    for (size_t len = 1; len < 40; len++) {
        uint8_t *p = arena_alloc(&a, len);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < len; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, len);
    }
}

static void a_crooked_block_is_straightened(void **state) {
    (void)state;
    struct arena a;
    arena_start(&a, memory + 3, 100);
    assert_int_equal((uintptr_t)arena_alloc(&a, 1) % 16, 0);
    assert_true(a.memory + a.size <= memory + 103);
}

static void the_cap_holds_and_is_remembered(void **state) {
    (void)state;
    struct arena a = fresh();
    assert_non_null(arena_alloc(&a, sizeof memory));
    assert_false(a.full);
    assert_null(arena_alloc(&a, 1));
    assert_true(a.full);
    arena_reset(&a);
    assert_false(a.full);
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_alloc(&a, SIZE_MAX - 8));
    assert_null(arena_alloc(&a, sizeof memory + 1));
    assert_non_null(arena_alloc(&a, sizeof memory - 15));
}

static void reset_wipes_what_was_used(void **state) {
    (void)state;
    struct arena a = fresh();
    assert_non_null(arena_copy(&a, "a ballot", 9));
    assert_string_equal(arena_printf(&a, "%s %d", "ballot", 7), "ballot 7");
    size_t used = a.used;
    arena_reset(&a);
    for (size_t i = 0; i < used; i++)
        assert_int_equal(memory[i], 0);
    assert_int_equal(memory[used], 0xee);
    assert_int_equal(a.used, 0);
}

static void printf_that_does_not_fit_is_null(void **state) {
    (void)state;
    struct arena a = fresh();
    assert_null(arena_printf(&a, "%*d", (int)sizeof memory, 1));
    assert_non_null(arena_printf(&a, "%*d", (int)sizeof memory - 1, 1));
}

static void unpacking_stops_at_the_cap(void **state) {
    (void)state;
    Candour__Hello hello = CANDOUR__HELLO__INIT;
    uint8_t token[32] = {1}, body[64];
    hello.has_session = 1;
    hello.session = (ProtobufCBinaryData){sizeof token, token};
    size_t len = candour__hello__pack(&hello, body);
    struct arena small;
    for (size_t size = 0; size < 200; size++) {
        arena_start(&small, memory, size);
        Candour__Hello *read = candour__hello__unpack(&small.allocator, len, body);
        assert_true(read != NULL || small.full);
        assert_true(small.used <= small.size);
    }
    assert_false(small.full);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),     cmocka_unit_test(a_crooked_block_is_straightened),
        cmocka_unit_test(the_cap_holds_and_is_remembered),  cmocka_unit_test(reset_wipes_what_was_used),
        cmocka_unit_test(printf_that_does_not_fit_is_null), cmocka_unit_test(unpacking_stops_at_the_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
