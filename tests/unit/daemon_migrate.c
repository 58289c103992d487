// Migrations against a real PostgreSQL, in a database of their own.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto.h"
#include "daemon/config.h"
#include "daemon/core/db_sync.h"
#include "daemon/migrate.h"

// Texts that tests may change.
static char first[128], second[128];
const struct sql_query sql_queries[] = {{0, 0, 0}};
const struct sql_migration sql_migrations[] = {
    {"ballot", "0001_box", "CREATE TABLE ballot.a ()"},
    {"desk", "0001_first", first},
    {"desk", "0002_second", second},
};
const size_t sql_migrations_count = 3;

static struct config config;
static char admin[512], own[512], sentence[512];
static struct db_sync *db; // superuser in the database of its own

static struct db_sync *open_or_fail(const char *conninfo) {
    struct db_sync *opened = db_sync_open(conninfo, NULL, sentence, sizeof sentence);
    if (!opened)
        fail_msg("%s", sentence);
    return opened;
}

static void in_admin(const char *sql) {
    struct db_sync *a = open_or_fail(admin);
    assert_int_equal(db_sync_script(a, sql), 0);
    db_sync_close(a);
}

static int start(void **state) {
    (void)state;
    if (crypto_start() != 0 || !getenv("PGHOST"))
        return -1;
    snprintf(first, sizeof first, "CREATE TABLE desk.one (id int)");
    snprintf(second, sizeof second, "INSERT INTO desk.one VALUES (1); CREATE TABLE desk.two ()");
    snprintf(admin, sizeof admin, "host=%s dbname=postgres user=postgres", getenv("PGHOST"));
    snprintf(own, sizeof own, "host=%s dbname=candour_migrate user=postgres", getenv("PGHOST"));
    snprintf(config.migrate_desk_database, sizeof config.migrate_desk_database,
             "host=%s dbname=candour_migrate user=candour_owner", getenv("PGHOST"));
    // A superuser may migrate too: what it makes belongs to the owner all the same.
    snprintf(config.migrate_ballot_database, sizeof config.migrate_ballot_database, "%s", own);
    in_admin("DROP DATABASE IF EXISTS candour_migrate");
    in_admin("CREATE DATABASE candour_migrate OWNER candour_owner");
    db = open_or_fail(own);
    return 0;
}

static int end(void **state) {
    (void)state;
    db_sync_close(db);
    in_admin("DROP DATABASE candour_migrate");
    return 0;
}

static void assert_value(const char *sql, const char *expected) {
    char *value = db_sync_value(db, sql);
    assert_string_equal(value ? value : db_sync_error(db), expected);
    free(value);
}

static void everything_is_applied_once_and_belongs_to_the_owner(void **state) {
    (void)state;
    assert_int_equal(migrate_pending(db, "desk", sentence, sizeof sentence), 2);
    assert_int_equal(migrate_run(&config), 0);
    assert_int_equal(migrate_pending(db, "desk", sentence, sizeof sentence), 0);
    assert_int_equal(migrate_pending(db, "ballot", sentence, sizeof sentence), 0);
    assert_int_equal(migrate_run(&config), 0);
    assert_value("SELECT count(*) FROM desk.one", "1");
    assert_value("SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname IN ('desk', 'ballot')",
                 "candour_owner");
}

static void failing_migration_leaves_nothing_and_keeps_the_earlier_ones(void **state) {
    (void)state;
    snprintf(second, sizeof second, "CREATE TABLE desk.two (); SELECT 1 / 0");
    assert_int_equal(migrate_run(&config), 1);
    assert_value("SELECT to_regclass('desk.one') IS NOT NULL", "t");
    assert_value("SELECT to_regclass('desk.two') IS NULL", "t");
    assert_int_equal(migrate_pending(db, "desk", sentence, sizeof sentence), 1);
    snprintf(second, sizeof second, "CREATE TABLE desk.two ()");
    assert_int_equal(migrate_run(&config), 0);
}

static void changed_text_is_refused(void **state) {
    (void)state;
    assert_int_equal(migrate_run(&config), 0);
    first[0] = 'c';
    assert_int_equal(migrate_pending(db, "desk", sentence, sizeof sentence), -1);
    assert_non_null(strstr(sentence, "0001_first"));
    assert_int_equal(migrate_run(&config), 1);
}

static void newer_database_is_refused_before_anything_is_applied(void **state) {
    (void)state;
    assert_int_equal(db_sync_script(db, "CREATE SCHEMA desk AUTHORIZATION candour_owner;"
                                        "CREATE TABLE desk.migration (name text PRIMARY KEY, sha256 bytea NOT NULL);"
                                        "ALTER TABLE desk.migration OWNER TO candour_owner;"
                                        "INSERT INTO desk.migration VALUES ('0009_future', '\\x00')"),
                     0);
    assert_int_equal(migrate_run(&config), 1);
    assert_int_equal(migrate_pending(db, "desk", sentence, sizeof sentence), -1);
    assert_non_null(strstr(sentence, "newer"));
    assert_value("SELECT to_regclass('desk.one') IS NULL", "t");
}

static void *release(void *context) {
    usleep(1500 * 1000);
    (void)context;
    (void)!db_sync_script(db, "COMMIT");
    return NULL;
}

static void lock_is_waited_for(void **state) {
    (void)state;
    pthread_t thread;
    assert_int_equal(migrate_run(&config), 0);
    assert_int_equal(db_sync_script(db, "DELETE FROM desk.migration WHERE name = '0002_second'; DROP TABLE desk.two"),
                     0);
    snprintf(second, sizeof second, "CREATE TABLE desk.two (); ALTER TABLE desk.one ADD COLUMN more int");
    assert_int_equal(db_sync_script(db, "BEGIN"), 0);
    assert_int_equal(db_sync_script(db, "SELECT * FROM desk.one"), 0);
    assert_int_equal(pthread_create(&thread, NULL, release, NULL), 0);
    assert_int_equal(migrate_run(&config), 0);
    pthread_join(thread, NULL);
    assert_value("SELECT count(*) FROM pg_attribute WHERE attrelid = 'desk.one'::regclass AND attname = 'more'", "1");
}

static void foreign_role_is_refused(void **state) {
    (void)state;
    snprintf(config.migrate_desk_database, sizeof config.migrate_desk_database,
             "host=%s dbname=candour_migrate user=candour_desk", getenv("PGHOST"));
    assert_int_equal(migrate_run(&config), 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(everything_is_applied_once_and_belongs_to_the_owner),
        TEST(failing_migration_leaves_nothing_and_keeps_the_earlier_ones),
        TEST(changed_text_is_refused),
        TEST(newer_database_is_refused_before_anything_is_applied),
        TEST(lock_is_waited_for),
        TEST(foreign_role_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
