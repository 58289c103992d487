// The lane when the server goes away, freezes or doubts, and while it connects and closes.
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "db_lane.h"

enum { PID = OWN, WRONG };
const struct sql_query sql_queries[] = {
    LANE_QUERIES,
    {"test", "test/pid", "SELECT pg_backend_pid()"},
    {"wrong", "wrong/statement", "SELECT nothing FROM test.missing"},
    {0, 0, 0},
};

static int32_t pid(void) {
    struct db_segment *s = segment(0, PID);
    assert_int_equal(run(s), DB_COMMITTED);
    return db_get_int(db_result(s, 0), 0, 0);
}

// Waits until a query of one value says 't'; the lane's loop runs meanwhile.
static void wait_for_sql(const char *question) {
    bool is_true = false;
    for (int tries = 0; !is_true && tries < 500; tries++) {
        char *answer = db_sync_value(other, question);
        is_true = answer && strcmp(answer, "t") == 0;
        free(answer);
        uv_run(&loop, UV_RUN_NOWAIT);
        if (!is_true)
            usleep(10000);
    }
    assert_true(is_true);
}

// ---------------------------------------------------------------- the server goes away
static const char *with_pid(const char *format, int32_t of) {
    static char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, format, of);
#pragma GCC diagnostic pop
    return text;
}

static void killed_backend_leaves_what_was_sent_unknown(void **state) {
    (void)state;
    int32_t backend = pid();
    done_count = 0;
    for (int i = 0; i < 40; i++)
        assert_int_equal(try_sleep(i, 2000), 0);
    wait_for_sql(with_pid("SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = %d", backend));
    free(db_sync_value(other, with_pid("SELECT pg_terminate_backend(%d)", backend)));
    WAIT_FOR(done_count == 40);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(order[i], i);
        assert_int_equal(outcomes[i], i < 32 ? DB_UNKNOWN : DB_AGAIN); // 32 are sent at once
    }
    WAIT_FOR(db_is_ready(db));
    assert_int_equal(insert(200), DB_COMMITTED);
}

static void lane_returns_after_the_server_was_stopped(void **state) {
    (void)state;
    if (!getenv("CANDOUR_SANDBOX"))
        skip();
    assert_int_equal(insert(210), DB_COMMITTED);
    db_sync_close(other);
    assert_int_equal(system("deploy/sandbox-database.sh stop"), 0);
    WAIT_FOR(!db_is_ready(db));
    assert_int_equal(try_sleep(0, 1), UV_EAGAIN);
    assert_int_equal(system("deploy/sandbox-database.sh start"), 0);
    WAIT_FOR(db_is_ready(db));
    connect_other();
    assert_int_equal(count(210, 210), 1);
}

static void what_was_answered_before_a_crash_is_kept(void **state) {
    (void)state;
    if (!getenv("CANDOUR_SANDBOX"))
        skip();
    for (int i = 0; i < 20; i++)
        assert_int_equal(insert(300 + i), DB_COMMITTED);
    for (int i = 0; i < 200; i++) {
        struct db_segment *s = segment(i, INSERT);
        db_int8(s, 400 + i);
        submit(i, s);
    }
    turn();
    db_sync_close(other);
    assert_int_equal(system("deploy/sandbox-database.sh kill"), 0);
    WAIT_FOR(!db_is_ready(db));
    assert_int_equal(system("deploy/sandbox-database.sh start"), 0);
    int committed[200], again = 0;
    for (int i = 0; i < 200; i++) {
        assert_int_not_equal(outcomes[i], waiting);
        committed[i] = outcomes[i];
        again += outcomes[i] == DB_AGAIN;
    }
    assert_true(again > 0);
    WAIT_FOR(db_is_ready(db));
    connect_other();
    assert_int_equal(count(300, 319), 20);
    for (int i = 0; i < 200; i++)
        if (committed[i] != DB_UNKNOWN)
            assert_int_equal(count(400 + i, 400 + i), committed[i] == DB_COMMITTED);
}

static int use_two_seconds(void **state) {
    options.deadline_ms = 2000;
    return start(state);
}

static int use_short_deadline(void **state) {
    options.deadline_ms = 400;
    return start(state);
}

static void slow_statement_is_given_up_by_the_server(void **state) {
    (void)state;
    int32_t before = pid();
    assert_int_equal(try_sleep(0, 5000), 0);
    WAIT_FOR(outcomes[0] != waiting);
    assert_int_equal(outcomes[0], DB_AGAIN);
    assert_int_equal(pid(), before); // the connection stays
}

static void frozen_server_meets_the_deadline(void **state) {
    (void)state;
    int32_t before = pid();
    done_count = 0;
    assert_int_equal(kill(before, SIGSTOP), 0);
    uint64_t from = uv_hrtime();
    for (int i = 0; i < 40; i++)
        assert_int_equal(try_sleep(i, 1), 0);
    WAIT_FOR(done_count == 40);
    uint64_t ms = (uv_hrtime() - from) / 1000000;
    kill(before, SIGCONT);
    assert_true(ms >= 350 && ms < 5000);
    assert_int_equal(outcomes[0], DB_UNKNOWN);
    assert_int_equal(outcomes[39], DB_AGAIN);
    WAIT_FOR(db_is_ready(db));
    assert_int_not_equal(pid(), before);
}

static void warning_at_commit_means_unknown(void **state) {
    (void)state;
    int32_t backend = pid();
    sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    free(db_sync_value(other, "SELECT pg_reload_conf()"));
    wait_for_sql("SELECT current_setting('synchronous_standby_names') = 'nobody'");
    sleep(1); // the lane's backend and the checkpointer, which nobody can ask, have the new setting too
    struct db_segment *s = segment(0, INSERT);
    db_int8(s, 500);
    submit(0, s);
    wait_for_sql(with_pid("SELECT wait_event = 'SyncRep' FROM pg_stat_activity WHERE pid = %d", backend));
    assert_int_equal(outcomes[0], waiting);
    free(db_sync_value(other, with_pid("SELECT pg_cancel_backend(%d)", backend)));
    WAIT_FOR(outcomes[0] != waiting);
    sql("ALTER SYSTEM RESET synchronous_standby_names");
    free(db_sync_value(other, "SELECT pg_reload_conf()"));
    assert_int_equal(outcomes[0], DB_UNKNOWN);
    assert_int_equal(count(500, 500), 1); // here it was committed
    wait_for_sql("SELECT current_setting('synchronous_standby_names') = ''");
}

// ---------------------------------------------------------------- connecting and closing
static void host_that_never_answers_is_left_for_the_next(void **state) {
    (void)state;
    static char hosts[512];
    char folder[] = "/tmp/candour-db.XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", folder);
    int frozen = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(frozen, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(frozen, 8), 0);
    snprintf(hosts, sizeof hosts, "host=/nonexistent,%s,%s dbname=%s", folder, getenv("PGHOST"), getenv("PGDATABASE"));
    options.conninfo = hosts;
    start(NULL);
    while (accept(frozen, NULL, NULL) >= 0)
        continue;
    free(db_sync_value(other, with_pid("SELECT pg_terminate_backend(%d)", pid())));
    WAIT_FOR(!db_is_ready(db));
    WAIT_FOR(db_is_ready(db));
    assert_int_equal(accept(frozen, NULL, NULL), -1); // the host that worked last is dialled first
    close(frozen);
    unlink(address.sun_path);
    rmdir(folder);
}

static void lane_whose_statements_cannot_be_prepared_is_not_ready(void **state) {
    (void)state;
    static const struct db_options wrong = {conninfo, "wrong", 8, 1024, 1000};
    db = db_open(&loop, &wrong);
    for (int i = 0; i < 60; i++) {
        turn();
        assert_false(db_is_ready(db));
    }
    struct db_segment *s = segment(0, WRONG);
    assert_int_equal(db_submit(db, s, done, NULL), UV_EAGAIN);
}

static void closing_fails_what_waits(void **state) {
    (void)state;
    for (int i = 0; i < 40; i++)
        assert_int_equal(try_sleep(i, 1000), 0);
    turn();
    db_close(db, on_closed, &closed_count);
    db = NULL;
    assert_int_equal(done_count, 40);
    assert_int_equal(outcomes[39], DB_AGAIN);
    assert_int_equal(closed_count, 0);
}

static void close_lane(void *context, int outcome) {
    done(context, outcome);
    struct db *open = db;
    db = NULL; // closing calls this for the others
    if (open)
        db_close(open, on_closed, &closed_count);
}

static void callback_may_close_the_lane(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct db_segment *s = segment(i, PID);
        assert_int_equal(db_submit(db, s, close_lane, (void *)(uintptr_t)i), 0);
    }
    WAIT_FOR(done_count == 3);
    assert_int_equal(outcomes[0], DB_COMMITTED);
    assert_int_equal(outcomes[2], DB_UNKNOWN);
}

static void lane_may_be_closed_at_any_step_of_connecting(void **state) {
    (void)state;
    for (int steps = 0; steps < 12; steps++) {
        closed_count = 0;
        db = db_open(&loop, &options);
        for (int i = 0; i < steps; i++)
            turn();
        db_close(db, on_closed, &closed_count);
        db = NULL;
        WAIT_FOR(closed_count == 1);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(killed_backend_leaves_what_was_sent_unknown),
        TEST(lane_returns_after_the_server_was_stopped),
        TEST(what_was_answered_before_a_crash_is_kept),
        cmocka_unit_test_setup_teardown(slow_statement_is_given_up_by_the_server, use_two_seconds, end),
        cmocka_unit_test_setup_teardown(frozen_server_meets_the_deadline, use_short_deadline, end),
        TEST(warning_at_commit_means_unknown),
        cmocka_unit_test_teardown(host_that_never_answers_is_left_for_the_next, end),
        cmocka_unit_test_teardown(lane_whose_statements_cannot_be_prepared_is_not_ready, end),
        TEST(closing_fails_what_waits),
        TEST(callback_may_close_the_lane),
        cmocka_unit_test(lane_may_be_closed_at_any_step_of_connecting),
    };
    return cmocka_run_group_tests(tests, start_all, end_all);
}
