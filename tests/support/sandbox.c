#include "sandbox.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "testing.h"

enum { COMMAND_BYTES = 8192, TRIES_MAX = 500, PAUSE_US = 20000 };

const char *sandbox_variable(const char *name) {
    const char *value = getenv(name);
    if (value == NULL)
        fail_msg("%s is not set: run this inside deploy/sandbox.sh", name);
    return value;
}

// ---------------------------------------------------------------- commands

static void run(const char *command, char *ret_output, size_t size) {
    char line[512];
    size_t len = 0;
    FILE *out = popen(command, "re");
    assert_non_null(out);
    while (fgets(line, sizeof line, out) != NULL)
        for (const char *at = line; *at != '\0'; at++)
            if (len + 1 < size)
                ret_output[len++] = *at;
    if (size > 0)
        ret_output[len > 0 && ret_output[len - 1] == '\n' ? len - 1 : len] = '\0';
    int status = pclose(out);
    if (status != 0)
        fail_msg("status %d of: %s", status, command);
}

#define FORMATTED(text, format)                                                                                        \
    do {                                                                                                               \
        va_list arguments;                                                                                             \
        va_start(arguments, format);                                                                                   \
        int len = vsnprintf(text, sizeof text, format, arguments);                                                     \
        va_end(arguments);                                                                                             \
        assert_in_range(len, 0, sizeof text - 1);                                                                      \
    } while (0)

void sandbox_shell(char *ret_output, size_t size, const char *format, ...) {
    char command[COMMAND_BYTES];
    FORMATTED(command, format);
    run(command, ret_output, size);
}

static const char psql[] = "psql -XAtq -v ON_ERROR_STOP=1 -c \"$STATEMENT\"";

static void query(const char *statement, char *ret_value, size_t size) {
    assert_int_equal(setenv("STATEMENT", statement, 1), 0);
    run(psql, ret_value, size);
}

void sandbox_sql(const char *format, ...) {
    char statement[COMMAND_BYTES];
    FORMATTED(statement, format);
    query(statement, NULL, 0);
}

long long sandbox_number(const char *format, ...) {
    char statement[COMMAND_BYTES], value[64], *end;
    FORMATTED(statement, format);
    query(statement, value, sizeof value);
    long long number = strtoll(value, &end, 10);
    if (end == value || *end != '\0')
        fail_msg("\"%s\" is no number: %s", value, statement);
    return number;
}

void sandbox_wait(const char *question, ...) {
    char statement[COMMAND_BYTES], value[16];
    FORMATTED(statement, question);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        query(statement, value, sizeof value);
        if (strcmp(value, "t") == 0)
            return;
        usleep(PAUSE_US);
    }
    fail_msg("never true: %s", statement);
}

// ---------------------------------------------------------------- database

void sandbox_remember(struct sandbox_state *ret_state) {
    query("SELECT md5(string_agg(c.oid::regclass || query_to_xml(format("
          "'SELECT md5(string_agg(x, chr(10) ORDER BY x)) FROM (SELECT (to_jsonb(t) - ''progress_at'')::text AS x "
          "FROM %s t) u', c.oid::regclass), true, false, '')::text, ';' ORDER BY c.oid)) "
          "FROM pg_class c WHERE c.relnamespace IN ('desk'::regnamespace, 'ballot'::regnamespace) "
          "AND c.relkind IN ('r', 'p') AND c.oid NOT IN ('desk.progress'::regclass, 'desk.audit_chain'::regclass, "
          "'desk.session'::regclass)",
          ret_state->digest, sizeof ret_state->digest);
    assert_int_equal(strlen(ret_state->digest), sizeof ret_state->digest - 1);
}

void sandbox_unchanged(const struct sandbox_state *state) {
    struct sandbox_state now;
    sandbox_remember(&now);
    assert_string_equal(now.digest, state->digest);
}

FILE *sandbox_lock(const char *statement) {
    FILE *lock = popen("PGAPPNAME=lock psql -XAtq -v ON_ERROR_STOP=1 >/dev/null", "we");
    assert_non_null(lock);
    fprintf(lock, "BEGIN; %s;\n", statement);
    fflush(lock);
    sandbox_wait("SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'lock' AND "
                 "state = 'idle in transaction'");
    return lock;
}

void sandbox_unlock(FILE *lock) {
    fputs("COMMIT;\n", lock);
    assert_int_equal(pclose(lock), 0);
}

// ---------------------------------------------------------------- clock and server

void sandbox_clock(int64_t at) {
    char fresh[512];
    const char *path = sandbox_variable("CANDOUR_CLOCK_FILE");
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *out = fopen(fresh, "we");
    assert_non_null(out);
    fprintf(out, "%lld\n", (long long)at - (long long)time(NULL));
    assert_int_equal(fclose(out), 0);
    assert_int_equal(rename(fresh, path), 0); // never half a number
    clock_shift_by_file(path);
}

void sandbox_server(const char *word) {
    sandbox_shell(NULL, 0, "deploy/sandbox-server.sh %s", word);
}

void sandbox_ballot_workers(unsigned count) {
    // Four workers' worst case is more than half the memory of a small machine, and far from what a test needs.
    sandbox_shell(NULL, 0,
                  "sed -i -e '/^\\[ballot]/,/^$/s/^workers = .*/workers = %u/' -e '/^memory_max_mib/d' "
                  "-e '/^\\[daemon]/a memory_max_mib = 4096' \"$CANDOURD_CONF\"",
                  count);
    sandbox_server("restart");
}

size_t sandbox_workers(pid_t *ret_workers, size_t max) {
    char list[512];
    sandbox_shell(list, sizeof list, "pid=$(cat \"$CANDOURD_PID_FILE\") && cat /proc/$pid/task/$pid/children");
    size_t count = 0;
    for (char *word = strtok(list, " "); word != NULL && count < max; word = strtok(NULL, " "))
        ret_workers[count++] = (pid_t)atoi(word);
    return count;
}

struct link_target sandbox_door(enum door door) {
    struct link_target target = {.door = door, .address_count = 1};
    snprintf(target.addresses[0], sizeof target.addresses[0], "%s",
             sandbox_variable(door == DOOR_DESK ? "CANDOUR_DESK" : "CANDOUR_BALLOT"));
    snprintf(target.ca_file, sizeof target.ca_file, "%s", sandbox_variable("CANDOUR_CA"));
    return target;
}
