#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/core/ops.h"

static void start(struct request *r) {
    (void)r;
}

struct op ballot_ops[] = {
    {OPERATION_MANIFEST_PAGE, LANE_FAST, 1000, start, NULL},
    {OPERATION_CAST_BALLOT, LANE_FAST, 1000, start, NULL},
    {OPERATION_LEAVES_PAGE, LANE_SLOW, 1000, start, NULL},
};
const size_t ballot_ops_count = ARRAY_LEN(ballot_ops);
struct op desk_ops[] = {{OPERATION_HELLO, LANE_FAST, 1000, start, NULL}};
const size_t desk_ops_count = ARRAY_LEN(desk_ops);

static struct op kept[ARRAY_LEN(ballot_ops)];

static int keep(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        kept[i] = ballot_ops[i];
    return 0;
}

static int restore(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        ballot_ops[i] = kept[i];
    return 0;
}

static void complete_tables_are_joined_by_number(void **state) {
    (void)state;
    assert_int_equal(ops_start(DOOR_BALLOT), 0);
    const struct op *op = ops_find(DOOR_BALLOT, OPERATION_CAST_BALLOT);
    assert_ptr_equal(op, &ballot_ops[1]);
    assert_ptr_equal(op->row, operation_find(OPERATION_CAST_BALLOT));
    assert_null(ops_find(DOOR_BALLOT, OPERATION_HELLO));
    assert_null(ops_find(DOOR_DESK, OPERATION_CAST_BALLOT));
}

static void a_row_without_its_handler_is_refused(void **state) {
    (void)state;
    assert_int_equal(ops_start(DOOR_DESK), -1); // all but one are missing
}

static void a_handler_without_its_row_is_refused(void **state) {
    (void)state;
    ballot_ops[2].number = 0x0999;
    assert_int_equal(ops_start(DOOR_BALLOT), -1);
}

static void a_handler_of_the_other_door_is_refused(void **state) {
    (void)state;
    ballot_ops[2].number = OPERATION_HELLO;
    assert_int_equal(ops_start(DOOR_BALLOT), -1);
}

static void the_same_number_twice_is_refused(void **state) {
    (void)state;
    ballot_ops[2].number = OPERATION_CAST_BALLOT;
    assert_int_equal(ops_start(DOOR_BALLOT), -1);
}

static void a_handler_without_deadline_or_function_is_refused(void **state) {
    (void)state;
    ballot_ops[1].deadline_ms = 0;
    assert_int_equal(ops_start(DOOR_BALLOT), -1);
    ballot_ops[1].deadline_ms = 1;
    ballot_ops[1].start = NULL;
    assert_int_equal(ops_start(DOOR_BALLOT), -1);
}

#define OPS_TEST(name) cmocka_unit_test_setup_teardown(name, keep, restore)
int main(void) {
    const struct CMUnitTest tests[] = {
        OPS_TEST(complete_tables_are_joined_by_number), OPS_TEST(a_row_without_its_handler_is_refused),
        OPS_TEST(a_handler_without_its_row_is_refused), OPS_TEST(a_handler_of_the_other_door_is_refused),
        OPS_TEST(the_same_number_twice_is_refused),     OPS_TEST(a_handler_without_deadline_or_function_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
