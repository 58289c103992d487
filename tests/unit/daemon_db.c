// The lane against a real PostgreSQL: values, transactions, limits.
#include "db_lane.h"

enum { VALUES = OWN, ARRAYS, DEFERRED, LONG, BAR };
const struct sql_query sql_queries[] = {
    LANE_QUERIES,
    {"test", "test/values",
     "SELECT $1::bool, $2::int2, $3::int4, $4::int8, $5::timestamptz, $6::uuid, $7::text, $8::bytea"},
    {"test", "test/arrays",
     "SELECT $1::bool[]::text, $2::int2[]::text, $3::int4[]::text, $4::int8[]::text, $5::timestamptz[]::text, "
     "$6::uuid[]::text, $7::text[]::text, $8::bytea[]::text"},
    {"test", "test/deferred", "INSERT INTO test.child VALUES ($1::int8)"},
    {"test", "test/long", "SELECT repeat('x', $1::int4)"},
    {"test", "test/bar", "DO 'BEGIN RAISE EXCEPTION ''no'' USING ERRCODE = ''CD001''; END'"},
    {0, 0, 0},
};

// ---------------------------------------------------------------- values
static const uint8_t id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void value_of_each_type_comes_back(void **state) {
    (void)state;
    struct db_segment *s = segment(0, VALUES);
    db_bool(s, true);
    db_int2(s, -32768);
    db_int4(s, INT32_MIN);
    db_int8(s, INT64_MIN);
    db_time(s, 1795340000);
    db_uuid(s, id);
    db_text(s, "Zoë", 4);
    db_bytes(s, "\0\377", 2);
    assert_int_equal(run(s), DB_COMMITTED);
    const struct db_result *r = db_result(s, 0);
    assert_int_equal(db_rows(r), 1);
    assert_true(db_get_bool(r, 0, 0));
    assert_int_equal(db_get_int(r, 0, 1), -32768);
    assert_int_equal(db_get_int(r, 0, 2), INT32_MIN);
    assert_true(db_get_int8(r, 0, 3) == INT64_MIN);
    assert_int_equal(db_get_time(r, 0, 4), 1795340000);
    assert_memory_equal(db_get_uuid(r, 0, 5), id, 16);
    assert_int_equal(db_get_bytes(r, 0, 6).len, 4);
    assert_memory_equal(db_get_bytes(r, 0, 6).data, "Zoë", 4);
    assert_int_equal(db_get_bytes(r, 0, 7).len, 2);
    assert_memory_equal(db_get_bytes(r, 0, 7).data, "\0\377", 2);
}

static void null_of_each_type_reads_as_zero(void **state) {
    (void)state;
    static const uint8_t zero[16];
    struct db_segment *s = segment(0, VALUES);
    for (int i = 0; i < 8; i++)
        db_null(s);
    assert_int_equal(run(s), DB_COMMITTED);
    const struct db_result *r = db_result(s, 0);
    for (int i = 0; i < 8; i++)
        assert_true(db_is_null(r, 0, i));
    assert_false(db_get_bool(r, 0, 0));
    assert_int_equal(db_get_int(r, 0, 1), 0);
    assert_int_equal(db_get_int(r, 0, 2), 0);
    assert_int_equal(db_get_int8(r, 0, 3), 0);
    assert_int_equal(db_get_time(r, 0, 4), 0);
    assert_memory_equal(db_get_uuid(r, 0, 5), zero, 16);
    assert_int_equal(db_get_bytes(r, 0, 6).len, 0);
    assert_int_equal(db_get_bytes(r, 0, 7).len, 0);
}

static void add_arrays(struct db_segment *s, int elements) {
    static const enum db_element types[] = {DB_BOOL, DB_INT2, DB_INT4, DB_INT8, DB_TIME, DB_UUID, DB_TEXT, DB_BYTEA};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        db_array_begin(s, types[i]);
        for (int e = 0; e < elements; e++) {
            if (e == 1)
                db_null(s);
            else if (types[i] == DB_BOOL)
                db_bool(s, true);
            else if (types[i] == DB_INT2)
                db_int2(s, -2);
            else if (types[i] == DB_INT4)
                db_int4(s, -4);
            else if (types[i] == DB_INT8)
                db_int8(s, -8);
            else if (types[i] == DB_TIME)
                db_time(s, 0);
            else if (types[i] == DB_UUID)
                db_uuid(s, id);
            else if (types[i] == DB_TEXT)
                db_text(s, "", 0);
            else
                db_bytes(s, "\1", 1);
        }
        db_array_end(s);
    }
}

static void array_of_each_type_arrives(void **state) {
    (void)state;
    static const char *const expected[] = {
        "{t,NULL}",
        "{-2,NULL}",
        "{-4,NULL}",
        "{-8,NULL}",
        "{\"1970-01-01 00:00:00+00\",NULL}",
        "{01020304-0506-0708-090a-0b0c0d0e0f10,NULL}",
        "{\"\",NULL}",
        "{\"\\\\x01\",NULL}",
    };
    struct db_segment *s = segment(0, ARRAYS);
    add_arrays(s, 2);
    assert_int_equal(run(s), DB_COMMITTED);
    for (int i = 0; i < 8; i++) {
        struct db_bytes text = db_get_bytes(db_result(s, 0), 0, i);
        assert_int_equal(text.len, strlen(expected[i]));
        assert_memory_equal(text.data, expected[i], text.len);
    }
}

static void empty_array_of_each_type_arrives(void **state) {
    (void)state;
    struct db_segment *s = segment(0, ARRAYS);
    add_arrays(s, 0);
    assert_int_equal(run(s), DB_COMMITTED);
    for (int i = 0; i < 8; i++)
        assert_memory_equal(db_get_bytes(db_result(s, 0), 0, i).data, "{}", 2);
}

// ---------------------------------------------------------------- transactions
static void segment_is_one_transaction(void **state) {
    (void)state;
    struct db_segment *s = segment(0, INSERT);
    db_int8(s, 100);
    db_add(s, (enum query)INSERT);
    db_int8(s, 101);
    db_add(s, (enum query)INSERT);
    db_int8(s, 100);
    assert_int_equal(run(s), DB_REFUSED);
    assert_int_equal(count(100, 101), 0);
}

static void later_statement_sees_the_earlier_one(void **state) {
    (void)state;
    struct db_segment *s = segment(0, INSERT);
    db_int8(s, 110);
    db_add(s, (enum query)COUNT);
    db_int8(s, 110);
    db_int8(s, 110);
    assert_int_equal(run(s), DB_COMMITTED);
    assert_int_equal(db_rows(db_result(s, 0)), 0);
    assert_int_equal(db_get_int8(db_result(s, 1), 0, 0), 1);
}

static void guard_comes_first_and_has_no_number(void **state) {
    (void)state;
    arena_start(&arenas[0], memory[0], ARENA_BYTES);
    struct db_segment *s = db_segment_new(&arenas[0]);
    db_add_guard(s, (enum query)COUNT);
    db_int8(s, 115);
    db_int8(s, 115);
    db_add(s, (enum query)INSERT);
    db_int8(s, 115);
    db_add(s, (enum query)COUNT);
    db_int8(s, 115);
    db_int8(s, 115);
    outcomes[0] = waiting;
    assert_int_equal(run(s), DB_COMMITTED);
    assert_int_equal(db_rows(db_result(s, 0)), 0);
    assert_int_equal(db_get_int8(db_result(s, 1), 0, 0), 1);
}

static void segment_that_its_guard_bars_is_not_committed(void **state) {
    (void)state;
    struct db_segment *s = segment(0, INSERT);
    db_int8(s, 116);
    db_add(s, (enum query)BAR);
    assert_int_equal(run(s), DB_BARRED);
    assert_int_equal(count(116, 116), 0);
}

static void constraint_that_fails_at_commit_is_not_committed(void **state) {
    (void)state;
    struct db_segment *s = segment(0, INSERT);
    db_int8(s, 120);
    db_add(s, (enum query)DEFERRED);
    db_int8(s, 999);
    assert_int_equal(run(s), DB_REFUSED);
    assert_int_equal(count(120, 120), 0);
}

static void neighbours_of_a_failing_segment_commit(void **state) {
    (void)state;
    static const int64_t ids[] = {130, 130, 131};
    for (int i = 0; i < 3; i++) {
        struct db_segment *s = segment(i, INSERT);
        db_int8(s, ids[i]);
        submit(i, s);
    }
    WAIT_FOR(done_count == 3);
    assert_int_equal(outcomes[0], DB_COMMITTED);
    assert_int_equal(outcomes[1], DB_REFUSED);
    assert_int_equal(outcomes[2], DB_COMMITTED);
    assert_int_equal(count(130, 131), 2);
}

static void wrong_number_of_parameters_is_refused(void **state) {
    (void)state;
    struct db_segment *s = segment(0, INSERT);
    assert_int_equal(run(s), DB_REFUSED);
    assert_int_equal(insert(140), DB_COMMITTED);
}

static int next_index;
static void submit_next(void *context, int outcome) {
    done(context, outcome);
    if (next_index == 1000)
        return;
    int index = next_index++;
    struct db_segment *s = segment(index, INSERT);
    db_int8(s, 1000 + index);
    assert_int_equal(db_submit(db, s, submit_next, (void *)(uintptr_t)index), 0);
}

static void thousand_segments_from_callbacks_come_back_in_order(void **state) {
    (void)state;
    for (next_index = 0; next_index < 300;) {
        int index = next_index++;
        struct db_segment *s = segment(index, INSERT);
        db_int8(s, 1000 + index);
        assert_int_equal(db_submit(db, s, submit_next, (void *)(uintptr_t)index), 0);
    }
    WAIT_FOR(done_count == 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(order[i], i);
        assert_int_equal(outcomes[i], DB_COMMITTED);
    }
    assert_int_equal(count(1000, 1999), 1000);
}

static void result_beyond_the_arena_is_said(void **state) {
    (void)state;
    struct db_segment *s = segment(0, LONG);
    db_int4(s, 100000);
    assert_int_equal(run(s), UV_ENOMEM);
    s = segment(0, LONG);
    db_int4(s, 5000);
    assert_int_equal(run(s), DB_COMMITTED);
    assert_int_equal(db_get_bytes(db_result(s, 0), 0, 0).len, 5000);
}

// ---------------------------------------------------------------- limits
static int use_two_segments(void **state) {
    options.segments_max = 2;
    return start(state);
}

static void full_lane_refuses_segments(void **state) {
    (void)state;
    assert_int_equal(try_sleep(0, 10), 0);
    assert_int_equal(try_sleep(1, 10), 0);
    assert_int_equal(try_sleep(2, 10), UV_EAGAIN);
    WAIT_FOR(done_count >= 1);
    assert_int_equal(try_sleep(2, 10), 0);
    WAIT_FOR(done_count == 3);
}

static int use_eight_bytes(void **state) {
    options.bytes_max = 8;
    return start(state);
}

static void full_lane_refuses_bytes(void **state) {
    (void)state;
    assert_int_equal(try_sleep(0, 10), 0);
    assert_int_equal(try_sleep(1, 10), 0);
    assert_int_equal(try_sleep(2, 10), UV_EAGAIN);
    WAIT_FOR(done_count == 2);
    assert_int_equal(try_sleep(2, 10), 0);
    WAIT_FOR(done_count == 3);
    struct db_segment *s = segment(0, LONG);
    db_bytes(s, "123456789", 9); // will never fit
    assert_int_equal(db_submit(db, s, done, NULL), UV_ENOMEM);
}

static void what_stuck_while_building_is_returned(void **state) {
    (void)state;
    static const char text[ARENA_BYTES];
    struct db_segment *s = segment(0, LONG);
    db_text(s, text, sizeof text);
    assert_int_equal(db_submit(db, s, done, NULL), UV_ENOMEM);
    assert_int_equal(insert(150), DB_COMMITTED);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(value_of_each_type_comes_back),
        TEST(null_of_each_type_reads_as_zero),
        TEST(array_of_each_type_arrives),
        TEST(empty_array_of_each_type_arrives),
        TEST(segment_is_one_transaction),
        TEST(later_statement_sees_the_earlier_one),
        TEST(guard_comes_first_and_has_no_number),
        TEST(segment_that_its_guard_bars_is_not_committed),
        TEST(constraint_that_fails_at_commit_is_not_committed),
        TEST(neighbours_of_a_failing_segment_commit),
        TEST(wrong_number_of_parameters_is_refused),
        TEST(thousand_segments_from_callbacks_come_back_in_order),
        TEST(result_beyond_the_arena_is_said),
        cmocka_unit_test_setup_teardown(full_lane_refuses_segments, use_two_segments, end),
        cmocka_unit_test_setup_teardown(full_lane_refuses_bytes, use_eight_bytes, end),
        TEST(what_stuck_while_building_is_returned),
    };
    return cmocka_run_group_tests(tests, start_all, end_all);
}
