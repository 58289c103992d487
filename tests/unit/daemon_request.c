// What becomes of a request when the database has spoken: the lane is one of this test, and says what it is told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door_frames.h"

static struct door_client client;
static int submitted, outcome; // what db_submit returns, and then what comes of it
static uv_idle_t turn;
static db_done done;
static void *context;

static void on_turn(uv_idle_t *idle) {
    uv_idle_stop(idle);
    done(context, outcome);
}

int db_submit(struct db *db, struct db_segment *s, db_done then, void *with) {
    (void)db;
    (void)s;
    done = then;
    context = with;
    if (submitted == 0)
        uv_idle_start(&turn, on_turn);
    return submitted;
}

static void say_done(struct request *r) {
    request_outcome(r, CANDOUR__STATUS__OK, "Done.");
}

static void ask_database(struct request *r) {
    db_int4(request_query(r, (enum query)0), 1);
    request_run(r, say_done);
}

static void start_turn(struct door_server *d) {
    uv_idle_init(&d->loop, &turn);
}

static int open_desk(void **state) {
    (void)state;
    for (size_t i = 0; i < desk_ops_count; i++)
        if (desk_ops[i].number == OPERATION_WHO_AM_I)
            desk_ops[i].start = ask_database;
    door_open(DOOR_DESK, NULL);
    door_do(start_turn);
    return door_enter(&client, 1) ? 0 : -1;
}

static int shut(void **state) {
    (void)state;
    door_client_close(&client);
    door_shut();
    return 0;
}

static void check(int when_submitted, int when_done, Candour__Status status, const char *part) {
    submitted = when_submitted;
    outcome = when_done;
    assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
    assert_int_equal(reply.status, status);
    assert_non_null(strstr(reply.detail, part));
}

static void what_is_committed_goes_on(void **state) {
    (void)state;
    check(0, DB_COMMITTED, CANDOUR__STATUS__OK, "Done.");
}

static void what_may_work_later_is_busy(void **state) {
    (void)state;
    check(0, DB_AGAIN, CANDOUR__STATUS__BUSY, "try again");
    check(0, DB_UNKNOWN, CANDOUR__STATUS__BUSY, "try again");
    check(UV_EAGAIN, 0, CANDOUR__STATUS__BUSY, "try again");
}

static void what_will_never_fit_is_too_large(void **state) {
    (void)state;
    check(0, UV_ENOMEM, CANDOUR__STATUS__TOO_LARGE, "in smaller parts");
    check(UV_ENOMEM, 0, CANDOUR__STATUS__TOO_LARGE, "in smaller parts");
}

static void what_is_our_mistake_is_said_to_be(void **state) {
    (void)state;
    check(0, DB_REFUSED, CANDOUR__STATUS__INTERNAL, "in its log");
}

static void who_was_barred_is_signed_in_no_more(void **state) {
    (void)state;
    check(0, DB_BARRED, CANDOUR__STATUS__UNAUTHENTICATED, "has ended");
    check(0, DB_COMMITTED, CANDOUR__STATUS__UNAUTHENTICATED, "Sign in first");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, shut)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_committed_goes_on),           TEST(what_may_work_later_is_busy),
        TEST(what_will_never_fit_is_too_large),    TEST(what_is_our_mistake_is_said_to_be),
        TEST(who_was_barred_is_signed_in_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
