// What a scrape shows, and what it must not show.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/metrics.h"

static const char *const no_certificates[2];

static void count(struct log_totals *totals, size_t place, const char *name, unsigned value) {
    snprintf(totals->counters[place].name, LOG_COUNTER_NAME_BYTES, "%s", name);
    atomic_store(&totals->counters[place].value, value);
}

static char text[16384];
static void print(const struct metrics_worker *workers, size_t workers_count) {
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    metrics_print(out, 1700000000, no_certificates, workers, workers_count);
    fclose(out);
}
static void assert_line(const char *line) {
    const char *at = strstr(text, line);
    if (!at || (at > text && at[-1] != '\n') || at[strlen(line)] != '\n')
        fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void workers_are_summed_up_by_kind(void **state) {
    (void)state;
    const struct metrics_worker workers[] = {{WORKER_DESK, true, 2, {{{{0}, 0}}}},
                                             {WORKER_DESK, false, 3, {{{{0}, 0}}}},
                                             {WORKER_CLERK, true, 0, {{{{0}, 0}}}}};
    print(workers, ARRAY_LEN(workers));
    assert_line("candour_info{version=\"" CANDOUR_VERSION "\"} 1");
    assert_line("candour_start_time_seconds 1700000000");
    assert_line("candour_workers{kind=\"desk\"} 2");
    assert_line("candour_workers_ready{kind=\"desk\"} 1");
    assert_line("candour_worker_failures_total{kind=\"desk\"} 5");
    assert_line("candour_workers_ready{kind=\"clerk\"} 1");
    assert_null(strstr(text, "ballot\"}"));
}

static void counts_are_added_up_over_the_workers_of_a_kind(void **state) {
    (void)state;
    static struct log_totals first, second, desk;
    static struct metrics_worker workers[] = {{WORKER_BALLOT, true, 0, {{{{0}, 0}}}},
                                              {WORKER_BALLOT, true, 0, {{{{0}, 0}}}},
                                              {WORKER_DESK, true, 0, {{{{0}, 0}}}}};
    count(&first, 0, "requests", 30);
    count(&first, 1, "casts_stored", 10);
    count(&second, 0, "casts_stored", 20);
    count(&desk, 0, "casts_stored", 7);
    metrics_copy(&first, &workers[0].counts);
    metrics_copy(&second, &workers[1].counts);
    metrics_copy(&desk, &workers[2].counts);
    print(workers, ARRAY_LEN(workers));
    assert_line("candour_events_total{kind=\"ballot\",event=\"casts_stored\"} 30");
    assert_line("candour_events_total{kind=\"ballot\",event=\"requests\"} 30");
    assert_line("candour_events_total{kind=\"desk\",event=\"casts_stored\"} 7");
    assert_null(
        strstr(strstr(text, "kind=\"ballot\",event=\"casts_stored\"") + 1, "kind=\"ballot\",event=\"casts_stored"));
}

static void what_a_worker_calls_a_name_is_not_believed(void **state) {
    (void)state;
    static struct log_totals totals;
    static struct metrics_worker worker = {WORKER_BALLOT, true, 0, {{{{0}, 0}}}};
    count(&totals, 0, "good_1", 1);
    memset(totals.counters[1].name, 'a', LOG_COUNTER_NAME_BYTES); // without an end
    atomic_store(&totals.counters[1].value, 2);
    count(&totals, 2, "x\"} 3\nmine{y=\"", 3);
    count(&totals, 3, "Big", 4);
    count(&totals, 4, "good_1", 5);
    count(&totals, 5, "good_2", 6);
    metrics_copy(&totals, &worker.counts);
    print(&worker, 1);
    assert_line("candour_events_total{kind=\"ballot\",event=\"good_1\"} 1");
    assert_line("candour_events_total{kind=\"ballot\",event=\"good_2\"} 6");
    size_t events = 0;
    for (const char *at = text; (at = strstr(at, "event=")); at++)
        events++;
    assert_int_equal(events, 2);
    assert_null(strstr(text, "mine"));
}

static void nothing_is_counted_before_the_log_counts_it(void **state) {
    (void)state;
    static struct log_totals totals;
    log_share(&totals);
    log_count("casts_stored");
    log_count("casts_stored");
    assert_int_equal(atomic_load(&totals.counters[0].value), 0);
    log_counters();
    assert_string_equal(totals.counters[0].name, "casts_stored");
    assert_int_equal(atomic_load(&totals.counters[0].value), 2);
    log_count("refusals");
    log_count("casts_stored");
    log_counters();
    assert_int_equal(atomic_load(&totals.counters[0].value), 3);
    assert_int_equal(atomic_load(&totals.counters[1].value), 1);
    log_share(NULL);
}

static void whole_steps_are_counted_and_the_rest_waits(void **state) {
    (void)state;
    static struct log_totals totals;
    log_share(&totals);
    log_coarse(10);
    for (unsigned turn = 1; turn <= 19; turn++)
        log_count("casts_stored");
    log_counters();
    assert_int_equal(atomic_load(&totals.counters[0].value), 10);
    log_counters();
    assert_int_equal(atomic_load(&totals.counters[0].value), 10);
    log_count("casts_stored");
    log_counters();
    assert_int_equal(atomic_load(&totals.counters[0].value), 20);
    log_coarse(1);
    log_share(NULL);
}

// ---------------------------------------------------------------- socket
static struct metrics metrics = {-1, -1};
static char path[] = "/tmp/candour-metrics.XXXXXX/socket";

static int make_socket(void **state) {
    (void)state;
    char *slash = strrchr(path, '/');
    *slash = '\0';
    char *folder = mkdtemp(path);
    *slash = '/';
    return folder ? metrics_listen(&metrics, path) : -1;
}
static int drop_socket(void **state) {
    (void)state;
    metrics_close(&metrics);
    unlink(path);
    *strrchr(path, '/') = '\0';
    return rmdir(path);
}
static int dial(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, sizeof path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}
static void print_one(FILE *out) {
    fputs("candour_test 1\n", out);
}
static void turn(void) {
    struct pollfd waits[METRICS_WAITS];
    metrics_wait(&metrics, waits);
    assert_true(poll(waits, METRICS_WAITS, 0) >= 0);
    metrics_turn(&metrics, waits, print_one);
}
static void assert_answered(int fd) {
    ssize_t len, all = 0;
    while ((len = read(fd, text + all, sizeof text - 1 - (size_t)all)) > 0)
        all += len;
    text[all] = '\0';
    close(fd);
    assert_non_null(strstr(text, "HTTP/1.0 200 OK\r\n"));
    assert_non_null(strstr(text, "\r\n\r\ncandour_test 1\n"));
}

static void who_asks_is_answered(void **state) {
    (void)state;
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    int fd = dial();
    turn();
    turn(); // nothing was asked yet
    assert_int_equal(write(fd, "GET /metrics HTTP/1.1\r\n\r\n", 25), 25);
    turn();
    assert_answered(fd);
}

static void who_only_connects_is_in_nobodys_way(void **state) {
    (void)state;
    int silent = dial(), fd;
    turn();
    fd = dial();
    turn();
    assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
    turn();
    assert_answered(fd);
    assert_int_equal(read(silent, text, sizeof text), 0);
    close(silent);
    fd = dial();
    turn();
    close(fd); // gone before it asked
    turn();
    assert_int_equal(metrics.client_fd, -1);
}

static void a_socket_left_behind_is_replaced_and_another_file_is_not(void **state) {
    (void)state;
    struct metrics again = {-1, -1};
    assert_int_equal(metrics_listen(&again, path), 0);
    metrics_close(&again);
    unlink(path);
    fclose(fopen(path, "w"));
    assert_int_equal(metrics_listen(&again, path), -1);
    assert_int_equal(errno, EADDRINUSE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_are_summed_up_by_kind),
        cmocka_unit_test(counts_are_added_up_over_the_workers_of_a_kind),
        cmocka_unit_test(what_a_worker_calls_a_name_is_not_believed),
        cmocka_unit_test(nothing_is_counted_before_the_log_counts_it),
        cmocka_unit_test(whole_steps_are_counted_and_the_rest_waits),
        cmocka_unit_test(who_asks_is_answered),
        cmocka_unit_test(who_only_connects_is_in_nobodys_way),
        cmocka_unit_test(a_socket_left_behind_is_replaced_and_another_file_is_not),
    };
    return cmocka_run_group_tests(tests, make_socket, drop_socket);
}
