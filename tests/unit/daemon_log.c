#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/core/log.h"

static int ends[2], old_stderr;

static int catch_stderr(void **state) {
    (void)state;
    if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        return -1;
    old_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    log_start("test-0", LOG_NOTICE);
    return 0;
}

static int release_stderr(void **state) {
    (void)state;
    dup2(old_stderr, STDERR_FILENO);
    close(old_stderr);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static const char *caught(void) {
    static char text[1 << 17];
    ssize_t n, len = 0;
    while ((n = read(ends[0], text + len, sizeof text - 1 - (size_t)len)) > 0)
        len += n;
    text[len] = '\0';
    return text;
}

static void a_line_has_level_event_worker_and_fields(void **state) {
    (void)state;
    log_event(LOG_ERROR, "it_happened", "count=%d name=%s", 3, "x");
    assert_string_equal(caught(), "error it_happened worker=test-0 count=3 name=x\n");
    log_event(LOG_NOTICE, "quiet", NULL);
    assert_string_equal(caught(), "notice quiet worker=test-0\n");
    log_event(LOG_DETAIL, "not_asked_for", NULL);
    assert_string_equal(caught(), "");
}

static void values_are_quoted_when_needed_and_stay_on_one_line(void **state) {
    (void)state;
    log_event(LOG_NOTICE, "e", "a=%s b=%s c=%s d=%s", "two words", "", "quote\"back\\", "line\nerror forged \x1b[1m");
    assert_string_equal(caught(), "notice e worker=test-0 a=\"two words\" b=\"\" c=\"quote\\\"back\\\\\" "
                                  "d=\"line?error forged ?[1m\"\n");
    log_event(LOG_NOTICE, "e", "a=\"quoted already\" b=1");
    assert_string_equal(caught(), "notice e worker=test-0 a=\"quoted already\" b=1\n");
}

static void a_long_line_is_cut(void **state) {
    (void)state;
    log_event(LOG_NOTICE, "e", "a=%02000d", 1);
    const char *text = caught();
    assert_int_equal(strlen(text), LOG_LINE_BYTES_MAX);
    assert_int_equal(text[LOG_LINE_BYTES_MAX - 1], '\n');
}

static void a_full_pipe_loses_lines_without_blocking_and_counts_them(void **state) {
    (void)state;
    for (int i = 0; i < 3000; i++)
        log_event(LOG_NOTICE, "flood", "number=%d padding=%0100d", i, i);
    size_t lines = 0;
    for (const char *c = caught(); *c; c++)
        lines += *c == '\n';
    assert_in_range(lines, 10, 2999);
    log_event(LOG_NOTICE, "after", NULL);
    char expected[128];
    snprintf(expected, sizeof expected, "warning log_lines_lost worker=test-0 lines=%zu\nnotice after worker=test-0\n",
             3000 - lines);
    assert_string_equal(caught(), expected);
}

static void counters_are_written_together_and_start_again(void **state) {
    (void)state;
    log_counters();
    assert_string_equal(caught(), "");
    log_count("casts");
    log_count("casts");
    log_count("refusals");
    log_counters();
    assert_string_equal(caught(), "notice counters worker=test-0 casts=2 refusals=1\n");
    log_count("refusals");
    log_counters();
    assert_string_equal(caught(), "notice counters worker=test-0 refusals=1\n");
}

static void coarse_counters_say_whole_steps(void **state) {
    (void)state;
    log_coarse(10);
    for (int i = 0; i < 19; i++)
        log_count("casts");
    log_count("refusals");
    log_counters();
    assert_string_equal(caught(), "notice counters worker=test-0 casts=10\n");
    log_count("casts");
    log_counters();
    assert_string_equal(caught(), "notice counters worker=test-0 casts=10\n");
    log_counters();
    assert_string_equal(caught(), "");
    log_coarse(1);
    log_counters();
    assert_string_equal(caught(), "notice counters worker=test-0 refusals=1\n");
}

static void many_counters_take_several_lines(void **state) {
    (void)state;
    static char names[LOG_COUNTERS_MAX - 2][64];
    for (size_t i = 0; i < LOG_COUNTERS_MAX - 2; i++) {
        snprintf(names[i], sizeof names[i], "a_rather_long_name_of_a_counter_%02zu", i);
        log_count(names[i]);
    }
    log_counters();
    const char *text = caught();
    assert_non_null(strstr(text, names[0]));
    assert_non_null(strstr(text, names[LOG_COUNTERS_MAX - 3]));
    assert_non_null(strstr(strchr(text, '\n') + 1, "notice counters worker=test-0 a_rather"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_has_level_event_worker_and_fields, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(values_are_quoted_when_needed_and_stay_on_one_line, catch_stderr,
                                        release_stderr),
        cmocka_unit_test_setup_teardown(a_long_line_is_cut, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(a_full_pipe_loses_lines_without_blocking_and_counts_them, catch_stderr,
                                        release_stderr),
        cmocka_unit_test_setup_teardown(counters_are_written_together_and_start_again, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(coarse_counters_say_whole_steps, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(many_counters_take_several_lines, catch_stderr, release_stderr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
