// What the operator runs on the server: keys, migrate with the real migrations, check, admin add.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto.h"
#include "daemon/admin.h"
#include "daemon/checkup.h"
#include "daemon/config.h"
#include "daemon/core/db_sync.h"
#include "daemon/keys.h"
#include "daemon/migrate.h"

static struct config config;
static struct db_sync *db; // superuser in the database of its own
static char folder[] = "/tmp/candour-operator.XXXXXX", output[65536], sentence[512];

static const char *in_folder(const char *name) {
    static char path[4][256];
    static unsigned turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void write_file(const char *path, const char *text) {
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void sql(const char *text) {
    if (db_sync_script(db, text) != 0)
        fail_msg("%s", db_sync_error(db));
}

static void assert_value(const char *query, const char *expected) {
    char *value = db_sync_value(db, query);
    assert_string_equal(value ? value : db_sync_error(db), expected);
    free(value);
}

static int recreate(bool is_wanted) {
    char admin[256];
    snprintf(admin, sizeof admin, "host=%s dbname=postgres user=postgres", getenv("PGHOST"));
    struct db_sync *a = db_sync_open(admin, NULL, sentence, sizeof sentence);
    int rc = !a || db_sync_script(a, "DROP DATABASE IF EXISTS candour_operator") != 0 ||
             (is_wanted && db_sync_script(a, "CREATE DATABASE candour_operator OWNER candour_owner") != 0);
    db_sync_close(a);
    return rc ? -1 : 0;
}

static int start_all(void **state) {
    (void)state;
    const char *host = getenv("PGHOST"), *sandbox = getenv("CANDOUR_SANDBOX");
    if (crypto_start() != 0 || !host || !sandbox || !mkdtemp(folder) || recreate(true) != 0)
        return -1;
#define DATABASE(field, role)                                                                                          \
    snprintf(config.field, sizeof config.field, "host=%s dbname=candour_operator user=%s", host, role)
    DATABASE(desk.database, "candour_desk");
    DATABASE(ballot.database, "candour_ballot");
    DATABASE(clerk_desk_database, "candour_clerk_desk");
    DATABASE(clerk_ballot_database, "candour_clerk_ballot");
    DATABASE(migrate_desk_database, "candour_owner");
    DATABASE(migrate_ballot_database, "candour_owner");
    struct config_door *doors[] = {&config.desk, &config.ballot};
    for (size_t i = 0; i < 2; i++) {
        snprintf(doors[i]->listen, sizeof doors[i]->listen, "127.0.0.1:0");
        snprintf(doors[i]->public_address, sizeof doors[i]->public_address, "localhost:0");
        snprintf(doors[i]->certificate, sizeof doors[i]->certificate, "%s/certs/server.pem", sandbox);
        snprintf(doors[i]->key, sizeof doors[i]->key, "%s/certs/server.key", sandbox);
        snprintf(doors[i]->kek_file, sizeof doors[i]->kek_file, "%s", in_folder(i ? "ballot.kek" : "desk.kek"));
    }
    snprintf(config.organisation, sizeof config.organisation, "Example Council");
    snprintf(output, 512, "host=%s dbname=candour_operator user=postgres", host);
    db = db_sync_open(output, NULL, sentence, sizeof sentence);
    return db && keys_command(&config) == 0 && migrate_run(&config) == 0 ? 0 : -1;
}

static int end_all(void **state) {
    (void)state;
    db_sync_close(db);
    static const char *const names[] = {"desk.kek", "ballot.kek", "password", "totp", "totp.new"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(in_folder(names[i]));
    return rmdir(folder) == 0 && recreate(false) == 0 ? 0 : -1;
}

// Runs a command with stdout in output.
static int run_check(void) {
    FILE *file = tmpfile();
    fflush(stdout);
    int before = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    int rc = checkup_run(&config);
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
    rewind(file);
    output[fread(output, 1, sizeof output - 1, file)] = '\0';
    fclose(file);
    return rc;
}

static void assert_wrong(const char *what) {
    if (run_check() != 1 || !strstr(output, "WRONG") || !strstr(output, what))
        fail_msg("expected to read \"%s\" in:\n%s", what, output);
}

static void assert_well(void) {
    if (run_check() != 0 || strstr(output, "WRONG"))
        fail_msg("%s", output);
}

// ---------------------------------------------------------------- check
static void fresh_installation_is_well(void **state) {
    (void)state;
    assert_well();
}

static void settings_that_leak_are_found(void **state) {
    (void)state;
    static const char *const leaks[] = {
        "log_statement = 'all'",
        "log_min_duration_statement = 0",
        "log_duration = on",
        "log_lock_waits = on",
        "log_temp_files = 0",
        "log_statement_stats = on",
        "log_parser_stats = on",
        "log_planner_stats = on",
        "log_executor_stats = on",
        "debug_print_parse = on",
        "debug_print_rewritten = on",
        "debug_print_plan = on",
        "log_min_messages = debug5",
        "log_min_error_statement = error",
        "log_error_verbosity = verbose",
        "log_parameter_max_length = -1",
        "log_parameter_max_length_on_error = 10",
        "synchronous_commit = off",
    };
    for (size_t i = 0; i < ARRAY_LEN(leaks); i++) {
        char text[256], name[64];
        snprintf(name, sizeof name, "%.*s is", (int)strcspn(leaks[i], " "), leaks[i]);
        snprintf(text, sizeof text, "ALTER ROLE candour_ballot SET %s", leaks[i]);
        sql(text);
        assert_wrong(name);
        snprintf(text, sizeof text, "ALTER ROLE candour_ballot RESET %.*s", (int)strcspn(leaks[i], " "), leaks[i]);
        sql(text);
    }
    sql("ALTER ROLE candour_ballot SET session_preload_libraries = 'auto_explain'");
    assert_wrong("auto_explain");
    sql("ALTER ROLE candour_ballot RESET session_preload_libraries");
    assert_well();
}

static void holes_in_the_wall_are_found(void **state) {
    (void)state;
    static const struct {
        const char *make, *undo, *what;
    } holes[] = {
        {"GRANT USAGE ON SCHEMA ballot TO candour_desk", "REVOKE USAGE ON SCHEMA ballot FROM candour_desk",
         "schema ballot"},
        {"GRANT SELECT ON desk.person TO candour_ballot", "REVOKE SELECT ON desk.person FROM candour_ballot", "person"},
        {"GRANT SELECT (email) ON desk.person TO candour_clerk_ballot",
         "REVOKE SELECT (email) ON desk.person FROM candour_clerk_ballot", "person"},
        {"GRANT SELECT ON ballot.ballot TO candour_ballot", "REVOKE SELECT ON ballot.ballot FROM candour_ballot",
         "ballot"},
        {"GRANT pg_read_all_data TO candour_desk", "REVOKE pg_read_all_data FROM candour_desk", "pg_read_all_data"},
        {"ALTER ROLE candour_clerk_desk CREATEROLE", "ALTER ROLE candour_clerk_desk NOCREATEROLE", "createrole"},
    };
    for (size_t i = 0; i < ARRAY_LEN(holes); i++) {
        sql(holes[i].make);
        assert_wrong(holes[i].what);
        sql(holes[i].undo);
    }
    assert_well();
}

static void wrong_connection_strings_are_found(void **state) {
    (void)state;
    struct config good = config;
    snprintf(config.ballot.database, sizeof config.ballot.database, "%s", good.desk.database);
    assert_wrong("found: candour_desk");
    snprintf(config.ballot.database, sizeof config.ballot.database, "host=/nonexistent");
    assert_wrong("cannot be reached");
    snprintf(config.ballot.database, sizeof config.ballot.database, "host=localhost");
    assert_wrong("is a name");
    config = good;
}

static void missing_migration_is_found(void **state) {
    (void)state;
    sql("CREATE TEMP TABLE kept AS SELECT * FROM desk.migration; DELETE FROM desk.migration WHERE name LIKE '0002%'");
    assert_wrong("1 migration is missing");
    sql("UPDATE desk.migration SET sha256 = '\\x00'");
    assert_wrong("another text");
    sql("DELETE FROM desk.migration; INSERT INTO desk.migration SELECT * FROM pg_temp.kept; DROP TABLE pg_temp.kept");
    assert_well();
}

static void wrong_files_are_found(void **state) {
    (void)state;
    struct config good = config;
    assert_int_equal(chmod(config.desk.kek_file, 0644), 0);
    assert_wrong("open to others");
    assert_int_equal(chmod(config.desk.kek_file, 0600), 0);
    snprintf(config.ballot.certificate, sizeof config.ballot.certificate, "/nonexistent/server.pem");
    assert_wrong("/nonexistent/server.pem");
    config = good;
    snprintf(config.data_folder, sizeof config.data_folder, "/proc"); // nothing is ever free there
    assert_wrong("0 MiB are free in /proc");
    snprintf(config.data_folder, sizeof config.data_folder, "/nonexistent");
    assert_well();
    config.organisation[0] = '\0';
    assert_wrong("organisation");
    config = good;
}

// ---------------------------------------------------------------- admin
static int admin_add(const char *email, const char *name) {
    char *argv[] = {"add",
                    (char *)email,
                    "--name",
                    (char *)name,
                    "--password-file",
                    (char *)in_folder("password"),
                    "--totp-file",
                    (char *)in_folder("totp"),
                    NULL};
    return admin_command(&config, 8, argv);
}

static void read_stored(const char *email, char ret_hash[256], uint8_t ret_wrapped[60], uint8_t ret_person[16]) {
    char text[512];
    snprintf(text, sizeof text,
             "SELECT encode(secret, 'escape') || ' ' || encode(totp, 'hex') || ' ' || replace(person::text, '-', '')"
             " FROM desk.identity WHERE method = 'password' AND identifier = '%s'",
             email);
    char *row = db_sync_value(db, text), hex[121], id[33];
    assert_non_null(row);
    assert_int_equal(sscanf(row, "%255s %120s %32s", ret_hash, hex, id), 3);
    free(row);
    assert_int_equal(strlen(hex), 120);
    for (size_t i = 0; i < 60; i++)
        assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &ret_wrapped[i]), 1);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(sscanf(id + 2 * i, "%2hhx", &ret_person[i]), 1);
}

// RFC 4648 section 6, back to bytes.
static void read_totp_file(uint8_t ret_secret[20]) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char text[64] = "";
    FILE *in = fopen(in_folder("totp"), "r");
    assert_non_null(in);
    assert_non_null(fgets(text, sizeof text, in));
    fclose(in);
    assert_int_equal(strcspn(text, "\n"), 32);
    memset(ret_secret, 0, 20);
    for (size_t bit = 0; bit < 160; bit++) {
        const char *digit = strchr(digits, text[bit / 5]);
        assert_non_null(digit);
        if ((digit - digits) >> (4 - bit % 5) & 1)
            ret_secret[bit / 8] |= (uint8_t)(128 >> bit % 8);
    }
}

static void administrator_can_sign_in_with_what_was_stored(void **state) {
    (void)state;
    char hash[256];
    uint8_t wrapped[60], person[16], kek[32], secret[20], plain[20];
    struct stat st;
    write_file(in_folder("password"), "correct horse battery\nsecond line\n");
    assert_int_equal(admin_add("Ada@Example.org", "Ada King"), 0);
    read_stored("ada@example.org", hash, wrapped, person);
    assert_int_equal(crypto_password_check(hash, "correct horse battery", 21), 0);
    assert_int_equal(keys_read(config.desk.kek_file, kek, sentence, sizeof sentence), 0);
    assert_int_equal(keys_unwrap(kek, "totp", person, wrapped, sizeof wrapped, plain, sizeof plain), 0);
    read_totp_file(secret);
    assert_memory_equal(secret, plain, 20);
    assert_int_equal(stat(in_folder("totp"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(access(in_folder("totp.new"), F_OK), -1);
    assert_value("SELECT name || ' ' || administrator FROM desk.person WHERE email = 'ada@example.org'",
                 "Ada King true");
    assert_value("SELECT count(*) FROM desk.audit WHERE action = 'administrator added' AND object = 'ada@example.org'",
                 "1");
}

static void adding_again_renews_everything_and_ends_sessions(void **state) {
    (void)state;
    char hash[256];
    uint8_t wrapped[60], person[16], first_person[16], first[20], second[20];
    sql("INSERT INTO desk.person (email, name, unit) VALUES ('bob@example.org', 'Bob', 'Parks')");
    write_file(in_folder("password"), "the first password");
    assert_int_equal(admin_add("bob@example.org", "Bob Green"), 0);
    read_stored("bob@example.org", hash, wrapped, first_person);
    read_totp_file(first);
    sql("INSERT INTO desk.session (token_hash, person, administrator, expires) SELECT "
        "'\\x0000000000000000000000000000000000000000000000000000000000000000', id, "
        "true, '2100-01-01' FROM desk.person WHERE email = 'bob@example.org';"
        "UPDATE desk.identity SET failures = 3, totp_step = 99 WHERE identifier = 'bob@example.org'");
    write_file(in_folder("password"), "the second password");
    assert_int_equal(admin_add("bob@example.org", "Bob Green"), 0);
    read_stored("bob@example.org", hash, wrapped, person);
    read_totp_file(second);
    assert_memory_equal(person, first_person, 16);
    assert_memory_not_equal(first, second, 20);
    assert_int_equal(crypto_password_check(hash, "the first password", 18), -1);
    assert_int_equal(crypto_password_check(hash, "the second password", 19), 0);
    assert_value("SELECT count(*) FROM desk.session", "0");
    assert_value("SELECT failures + totp_step FROM desk.identity WHERE identifier = 'bob@example.org'", "0");
    assert_value("SELECT unit FROM desk.person WHERE email = 'bob@example.org'", "Parks"); // the rest stays
}

static void bad_arguments_are_refused(void **state) {
    (void)state;
    char *no_name[] = {"add", "x@example.org", NULL}, *two[] = {"add", "a@b.org", "c@d.org", "--name", "N", NULL};
    char *other[] = {"drop", "a@b.org", "--name", "N", NULL}, *unknown[] = {"add", "a@b.org", "--age", "N", NULL};
    char *alone[] = {"add", NULL};
    assert_int_equal(admin_command(&config, 2, no_name), 2);
    assert_int_equal(admin_command(&config, 5, two), 2);
    assert_int_equal(admin_command(&config, 4, other), 2);
    assert_int_equal(admin_command(&config, 4, unknown), 2);
    assert_int_equal(admin_command(&config, 1, alone), 2);
    write_file(in_folder("password"), "correct horse battery");
    assert_int_equal(admin_add("not an address", "N"), 1);
    assert_int_equal(admin_add("x@example.org", "two\nlines"), 1);
    write_file(in_folder("password"), "elevenchars");
    assert_int_equal(admin_add("x@example.org", "N"), 1);
    write_file(in_folder("password"), "");
    assert_int_equal(admin_add("x@example.org", "N"), 1);
    assert_value("SELECT count(*) FROM desk.person WHERE email = 'x@example.org'", "0");
    assert_int_equal(access(in_folder("totp.new"), F_OK), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_installation_is_well),
        cmocka_unit_test(settings_that_leak_are_found),
        cmocka_unit_test(holes_in_the_wall_are_found),
        cmocka_unit_test(wrong_connection_strings_are_found),
        cmocka_unit_test(missing_migration_is_found),
        cmocka_unit_test(wrong_files_are_found),
        cmocka_unit_test(administrator_can_sign_in_with_what_was_stored),
        cmocka_unit_test(adding_again_renews_everything_and_ends_sessions),
        cmocka_unit_test(bad_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, start_all, end_all);
}
