// Parameters in binary formats, what sticks, what an SQLSTATE means, which hosts a connection string names.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/db_private.h"
#include "daemon/core/db_sync.h"

const struct sql_query sql_queries[] = {{"test", "test/one", "SELECT 1"}, {0, 0, 0}};

static uint8_t memory[65536];
static struct arena arena;

static int start(void **state) {
    (void)state;
    arena_start(&arena, memory, sizeof memory);
    return 0;
}

static struct db_segment *segment(void) {
    struct db_segment *s = db_segment_new(&arena);
    assert_non_null(s);
    db_add(s, 0);
    return s;
}

static void assert_parameter(const struct db_segment *s, int index, const char *hex) {
    const struct db_statement *t = s->statements[s->count - 1];
    char text[512] = "";
    assert_true(index < t->count && t->lengths[index] < 250);
    for (int i = 0; i < t->lengths[index]; i++)
        snprintf(text + 2 * i, 3, "%02x", (uint8_t)t->values[index][i]);
    assert_string_equal(text, hex);
}

static void numbers_are_big_endian(void **state) {
    (void)state;
    struct db_segment *s = segment();
    db_bool(s, true);
    db_int2(s, -2);
    db_int4(s, 0x01020304);
    db_int8(s, -1);
    assert_parameter(s, 0, "01");
    assert_parameter(s, 1, "fffe");
    assert_parameter(s, 2, "01020304");
    assert_parameter(s, 3, "ffffffffffffffff");
    assert_int_equal(s->bytes, 1 + 2 + 4 + 8);
}

static void time_counts_microseconds_from_2000(void **state) {
    (void)state;
    struct db_segment *s = segment();
    db_time(s, 946684800);
    db_time(s, 946684801);
    db_time(s, 946684799);
    assert_parameter(s, 0, "0000000000000000");
    assert_parameter(s, 1, "00000000000f4240");
    assert_parameter(s, 2, "fffffffffff0bdc0");
}

static void time_beyond_the_range_is_no_infinity(void **state) {
    (void)state;
    struct db_segment *s = segment();
    db_time(s, INT64_MAX);
    db_time(s, INT64_MIN);
    assert_parameter(s, 0, "7ffffffffffffffe");
    assert_parameter(s, 1, "7ffffffffffffffe");
}

static void null_and_empty_differ(void **state) {
    (void)state;
    struct db_segment *s = segment();
    db_null(s);
    db_text(s, NULL, 0);
    db_bytes(s, "", 0);
    const struct db_statement *t = s->statements[0];
    assert_null(t->values[0]);
    assert_non_null(t->values[1]);
    assert_non_null(t->values[2]);
    assert_int_equal(t->lengths[1], 0);
}

static void what_is_given_is_copied(void **state) {
    (void)state;
    struct db_segment *s = segment();
    char text[] = "ab";
    db_text(s, text, 2);
    text[0] = 'x';
    assert_parameter(s, 0, "6162");
}

static void array_has_its_head_and_elements(void **state) {
    (void)state;
    struct db_segment *s = segment();
    db_array_begin(s, DB_INT2);
    db_int2(s, 7);
    db_null(s);
    db_array_end(s);
    assert_parameter(s, 0,
                     "00000001"
                     "00000001"
                     "00000015"
                     "00000002"
                     "00000001"
                     "000000020007"
                     "ffffffff");
}

static void empty_array_has_no_dimension(void **state) {
    (void)state;
    struct db_segment *s = segment();
    db_array_begin(s, DB_UUID);
    db_array_end(s);
    assert_parameter(s, 0,
                     "00000000"
                     "00000000"
                     "00000b86");
}

static void long_array_is_whole(void **state) {
    (void)state;
    struct db_segment *s = segment();
    db_array_begin(s, DB_INT4);
    for (int i = 0; i < 2000; i++)
        db_int4(s, i);
    db_array_end(s);
    const struct db_statement *t = s->statements[0];
    assert_int_equal(t->lengths[0], 20 + 2000 * 8);
    for (int i = 0; i < 2000; i++) {
        const uint8_t *at = (const uint8_t *)t->values[0] + 20 + i * 8;
        assert_int_equal(at[3], 4);
        assert_int_equal(at[4] << 24 | at[5] << 16 | at[6] << 8 | at[7], i);
    }
}

static void full_arena_sticks(void **state) {
    (void)state;
    struct db_segment *s = segment();
    static const char text[40000];
    db_text(s, text, sizeof text);
    assert_int_equal(db_segment_check(s), 0);
    db_text(s, text, sizeof text);
    assert_int_equal(db_segment_check(s), UV_ENOMEM);
    db_int2(s, 1);
    db_array_begin(s, DB_INT4);
    db_int4(s, 1);
    db_array_end(s);
    db_add(s, 0);
    assert_int_equal(db_segment_check(s), UV_ENOMEM);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    bool has_failed = false, has_worked = false;
    for (size_t size = 0; size < 4096; size += 64) {
        arena_start(&arena, memory, size);
        struct db_segment *s = db_segment_new(&arena);
        if (!s)
            continue;
        db_add(s, 0);
        db_text(s, "text", 4);
        db_array_begin(s, DB_TEXT);
        for (int i = 0; i < 30; i++)
            db_text(s, "a longer text", 13);
        db_array_end(s);
        int rc = db_segment_check(s);
        assert_true(rc == 0 || rc == UV_ENOMEM);
        has_failed |= rc != 0;
        has_worked |= rc == 0;
    }
    assert_true(has_failed && has_worked);
}

static void sqlstate_decides_between_again_and_refused(void **state) {
    (void)state;
    static const char *const again[] = {"08006", "57P01", "57P03", "53300", "58030",
                                        "25006", "40001", "40P01", "55P03", "57014"};
    static const char *const refused[] = {"22001", "23505", "23514", "42501", "42P01",
                                          "08P01", "25P02", "XX000", "55000"};
    for (size_t i = 0; i < ARRAY_LEN(again); i++)
        assert_int_equal(db_outcome_of(again[i]), DB_AGAIN);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_int_equal(db_outcome_of(refused[i]), DB_REFUSED);
    assert_int_equal(db_outcome_of("CD001"), DB_BARRED);
}

static void hosts_are_counted_and_names_found(void **state) {
    (void)state;
    static const struct {
        const char *conninfo;
        unsigned count;
        bool is_name;
    } cases[] = {
        {"dbname=x", 1, false},
        {"host=/run/postgresql", 1, false},
        {"host=127.0.0.1 port=1", 1, false},
        {"host=::1", 1, false},
        {"host=db.example.org", 1, true},
        {"host=a,b hostaddr=10.0.0.1,10.0.0.2 port=1,2", 2, false},
        {"hostaddr=10.0.0.1,10.0.0.2,10.0.0.3", 3, false},
        {"postgresql://u@db1,db2/x", 2, true},
    };
    char sentence[256];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct db_hosts *hosts = db_hosts_new(cases[i].conninfo, sentence, sizeof sentence);
        assert_non_null(hosts);
        assert_int_equal(db_hosts_count(hosts), cases[i].count);
        assert_int_equal(db_needs_lookup(cases[i].conninfo), cases[i].is_name);
        db_hosts_free(hosts);
    }
}

static void wrong_connection_strings_are_refused(void **state) {
    (void)state;
    static const char *const cases[] = {"nonsense", "host=a,b port=1,2,3", "host=a,b hostaddr=10.0.0.1", "hots=x"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char sentence[256] = "";
        assert_null(db_hosts_new(cases[i], sentence, sizeof sentence));
        assert_true(strlen(sentence) > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(numbers_are_big_endian, start),
        cmocka_unit_test_setup(time_counts_microseconds_from_2000, start),
        cmocka_unit_test_setup(time_beyond_the_range_is_no_infinity, start),
        cmocka_unit_test_setup(null_and_empty_differ, start),
        cmocka_unit_test_setup(what_is_given_is_copied, start),
        cmocka_unit_test_setup(array_has_its_head_and_elements, start),
        cmocka_unit_test_setup(empty_array_has_no_dimension, start),
        cmocka_unit_test_setup(long_array_is_whole, start),
        cmocka_unit_test_setup(full_arena_sticks, start),
        cmocka_unit_test_setup(every_allocation_may_fail, start),
        cmocka_unit_test(sqlstate_decides_between_again_and_refused),
        cmocka_unit_test(hosts_are_counted_and_names_found),
        cmocka_unit_test(wrong_connection_strings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
