// The blocking connection against a real PostgreSQL.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/db_sync.h"

enum { INSERT, COUNT, LONG, SLEEP, INSERT_LENGTH };
const struct sql_query sql_queries[] = {
    {"test", "test/insert", "INSERT INTO test_sync.row VALUES ($1::int8)"},
    {"test", "test/count", "SELECT count(*) FROM test_sync.row"},
    {"test", "test/long", "SELECT repeat('x', $1::int4) FROM generate_series(1, 1000)"},
    {"test", "test/sleep", "SELECT pg_sleep($1::int4)::text"},
    {"test", "test/insert_length", "INSERT INTO test_sync.row SELECT length($1::bytea)"},
    {"wrong", "wrong/statement", "SELECT nothing FROM test_sync.missing"},
    {0, 0, 0},
};

static char conninfo[512];
static uint8_t memory[16 << 20];
static struct arena arena;
static struct db_sync *db;

static struct db_sync *open_as(const char *role) {
    char sentence[256] = "";
    struct db_sync *opened = db_sync_open(conninfo, role, sentence, sizeof sentence);
    assert_true(opened || strlen(sentence) > 0);
    return opened;
}

static int start_all(void **state) {
    (void)state;
    if (!getenv("PGHOST"))
        return -1;
    snprintf(conninfo, sizeof conninfo, "host=%s dbname=%s", getenv("PGHOST"),
             getenv("PGDATABASE") ? getenv("PGDATABASE") : "postgres");
    return 0;
}

static int start(void **state) {
    (void)state;
    struct db_sync *first = open_as(NULL);
    int rc = db_sync_script(first, "DROP SCHEMA IF EXISTS test_sync CASCADE; CREATE SCHEMA test_sync;"
                                   "CREATE TABLE test_sync.row (id bigint PRIMARY KEY)");
    db_sync_close(first);
    arena_start(&arena, memory, sizeof memory);
    db = open_as("test");
    return rc == 0 && db ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    db_sync_close(db);
    db = open_as(NULL);
    int rc = db_sync_script(db, "DROP SCHEMA test_sync CASCADE");
    db_sync_close(db);
    return rc;
}

static int insert(int64_t a, int64_t b) {
    struct db_segment *s = db_segment_new(&arena);
    db_add(s, (enum query)INSERT);
    db_int8(s, a);
    db_add(s, (enum query)INSERT);
    db_int8(s, b);
    return db_sync_run(db, s);
}

static int64_t count(void) {
    struct db_segment *s = db_segment_new(&arena);
    db_add(s, (enum query)COUNT);
    assert_int_equal(db_sync_run(db, s), DB_COMMITTED);
    return db_get_int8(db_result(s, 0), 0, 0);
}

static void segment_commits_whole_or_not_at_all(void **state) {
    (void)state;
    assert_int_equal(insert(1, 2), DB_COMMITTED);
    assert_int_equal(insert(3, 3), DB_REFUSED);
    assert_non_null(strstr(db_sync_error(db), "23505"));
    assert_null(strstr(db_sync_error(db), "(3)")); // never a value
    assert_int_equal(count(), 2);
    assert_string_equal(db_sync_error(db), "");
}

static void large_results_are_read_whole(void **state) {
    (void)state;
    struct db_segment *s = db_segment_new(&arena);
    db_add(s, (enum query)LONG);
    db_int4(s, 5000);
    db_add(s, (enum query)LONG);
    db_int4(s, 5000);
    assert_int_equal(db_sync_run(db, s), DB_COMMITTED);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(db_rows(db_result(s, i)), 1000);
        assert_int_equal(db_get_bytes(db_result(s, i), 999, 0).len, 5000);
    }
}

static bool is_stored(struct db_sync *other) {
    char *value = db_sync_value(other, "SELECT count(*) FROM test_sync.row");
    bool is_one = strcmp(value, "1") == 0;
    free(value);
    return is_one;
}

static void segment_is_stored_while_its_sender_works(void **state) {
    (void)state;
    static const uint8_t bytes[4 << 20]; // more than a socket takes at once
    struct db_sync *other = open_as(NULL);
    struct db_segment *s = db_segment_new(&arena);
    db_add(s, (enum query)INSERT_LENGTH);
    db_bytes(s, bytes, sizeof bytes);
    assert_int_equal(db_sync_send(db, s), 0);
    uint64_t until = uv_hrtime() + 10000000000;
    while (!is_stored(other) && uv_hrtime() < until)
        db_sync_push(db);
    assert_true(is_stored(other));
    assert_int_equal(db_sync_finish(db), DB_COMMITTED);
    assert_int_equal(db_sync_finish(db), DB_COMMITTED); // nothing is on its way
    db_sync_push(db);
    assert_int_equal(count(), 1);
    db_sync_close(other);
}

static void what_failed_meanwhile_is_said_at_the_end(void **state) {
    (void)state;
    assert_int_equal(insert(1, 2), DB_COMMITTED);
    struct db_segment *s = db_segment_new(&arena);
    db_add(s, (enum query)INSERT);
    db_int8(s, 1);
    assert_int_equal(db_sync_send(db, s), 0);
    assert_int_equal(db_sync_finish(db), DB_REFUSED);
    assert_non_null(strstr(db_sync_error(db), "23505"));
    assert_int_equal(count(), 2);
}

static void script_is_one_transaction(void **state) {
    (void)state;
    assert_int_equal(db_sync_script(db, "INSERT INTO test_sync.row VALUES (1); INSERT INTO test_sync.row VALUES (1)"),
                     DB_REFUSED);
    assert_int_equal(count(), 0);
    assert_int_equal(db_sync_script(db, "INSERT INTO test_sync.row VALUES (1); INSERT INTO test_sync.row VALUES (2)"),
                     DB_COMMITTED);
    assert_int_equal(count(), 2);
}

static void value_tells_none_from_failed(void **state) {
    (void)state;
    char *value = db_sync_value(db, "SELECT 6 * 7");
    assert_string_equal(value, "42");
    free(value);
    assert_null(db_sync_value(db, "SELECT NULL"));
    assert_string_equal(db_sync_error(db), "");
    assert_null(db_sync_value(db, "SELECT nothing"));
    assert_string_not_equal(db_sync_error(db), "");
}

static void statement_that_cannot_be_prepared_fails_the_opening(void **state) {
    (void)state;
    assert_null(open_as("wrong"));
}

static void server_that_is_not_there_fails_the_opening(void **state) {
    (void)state;
    char sentence[256] = "";
    assert_null(db_sync_open("host=/nonexistent,/nowhere", NULL, sentence, sizeof sentence));
    assert_non_null(strstr(sentence, "/nowhere"));
}

static void lost_connection_is_said_and_stays_lost(void **state) {
    (void)state;
    struct db_sync *other = open_as(NULL);
    char sql[128], *pid = db_sync_value(db, "SELECT pg_backend_pid()");
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%s, 5000)", pid);
    free(pid);
    free(db_sync_value(other, sql));
    db_sync_close(other);
    assert_int_equal(insert(1, 2), DB_UNKNOWN);
    assert_string_not_equal(db_sync_error(db), "");
    assert_int_equal(insert(1, 2), DB_AGAIN);
    assert_int_equal(db_sync_script(db, "SELECT 1"), DB_AGAIN);
    assert_null(db_sync_value(db, "SELECT 1"));
    assert_string_not_equal(db_sync_error(db), "");
}

static void an_answer_that_does_not_come_is_a_lost_connection(void **state) {
    (void)state;
    assert_int_equal(insert(1, 2), DB_COMMITTED);
    db_sync_wait(db, 200);
    struct db_segment *s = db_segment_new(&arena);
    db_add(s, (enum query)SLEEP);
    db_int4(s, 10);
    uint64_t start = uv_hrtime();
    assert_int_equal(db_sync_run(db, s), DB_UNKNOWN);
    assert_in_range((uv_hrtime() - start) / 1000000, 150, 8000); // not the 10 s
    assert_non_null(strstr(db_sync_error(db), "did not answer"));
    assert_int_equal(insert(3, 4), DB_AGAIN);
}

static void an_answer_that_is_there_is_not_too_late(void **state) {
    (void)state;
    db_sync_wait(db, 200);
    struct db_segment *s = db_segment_new(&arena);
    db_add(s, (enum query)INSERT);
    db_int8(s, 1);
    assert_int_equal(db_sync_send(db, s), 0);
    uv_sleep(300);
    assert_int_equal(db_sync_finish(db), DB_COMMITTED);
}

static void full_arena_is_said(void **state) {
    (void)state;
    arena_start(&arena, memory, 100000);
    struct db_segment *s = db_segment_new(&arena);
    db_add(s, (enum query)LONG);
    db_int4(s, 1000);
    assert_int_equal(db_sync_run(db, s), UV_ENOMEM);
    assert_int_equal(count(), 0); // the connection is of use still
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(segment_commits_whole_or_not_at_all),
        TEST(large_results_are_read_whole),
        TEST(segment_is_stored_while_its_sender_works),
        TEST(what_failed_meanwhile_is_said_at_the_end),
        TEST(script_is_one_transaction),
        TEST(value_tells_none_from_failed),
        TEST(statement_that_cannot_be_prepared_fails_the_opening),
        TEST(server_that_is_not_there_fails_the_opening),
        TEST(lost_connection_is_said_and_stays_lost),
        TEST(an_answer_that_does_not_come_is_a_lost_connection),
        TEST(an_answer_that_is_there_is_not_too_late),
        TEST(full_arena_is_said),
    };
    return cmocka_run_group_tests(tests, start_all, NULL);
}
