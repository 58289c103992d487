// What is typed at a question that hides it, and the terminal that is left behind.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "client/cmd.h"

enum { WAIT_US = 1000, WAITS_MAX = 10000 };

static int terminal; // our end of it
static pid_t asker;

// The exit code says whether the right line was typed.
static void ask(void) {
    struct run run = {0};
    char line[CMD_LINE_BYTES];
    _exit(cmd_prompt(&run, "Password", true, "--secret-file", line) == 0 && strcmp(line, "word") == 0 ? 7 : 1);
}

static bool is_shown(void) {
    struct termios now;
    assert_int_equal(tcgetattr(terminal, &now), 0);
    return (now.c_lflag & ECHO) != 0;
}

static void await_shown(bool wanted) {
    for (unsigned i = 0; i < WAITS_MAX && is_shown() != wanted; i++)
        usleep(WAIT_US);
    assert_true(is_shown() == wanted);
}

static void begin(void) {
    asker = forkpty(&terminal, NULL, NULL, NULL);
    assert_true(asker >= 0);
    if (asker == 0)
        ask();
    await_shown(false);
}

static int end(void) {
    int status;
    assert_int_equal(waitpid(asker, &status, 0), asker);
    assert_true(is_shown());
    close(terminal);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_line_is_read_and_typing_shown_again(void **state) {
    (void)state;
    begin();
    assert_int_equal(write(terminal, "word\n", 5), 5);
    assert_int_equal(end(), 7);
}

static void what_ends_the_question_shows_typing_again(void **state) {
    (void)state;
    static const char keys[] = {3, 28}; // Ctrl-C, Ctrl-Backslash
    static const int signals[] = {SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof keys; i++) {
        begin();
        assert_int_equal(write(terminal, &keys[i], 1), 1);
        assert_int_equal(end(), EXIT_INTERRUPTED);
    }
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        begin();
        assert_int_equal(kill(asker, signals[i]), 0);
        assert_int_equal(end(), EXIT_INTERRUPTED);
    }
}

static void who_stops_and_goes_on_types_hidden_again(void **state) {
    (void)state;
    int status;
    begin();
    assert_int_equal(kill(asker, SIGTSTP), 0);
    assert_int_equal(waitpid(asker, &status, WUNTRACED), asker);
    assert_true(WIFSTOPPED(status));
    assert_true(is_shown());
    assert_int_equal(kill(asker, SIGCONT), 0);
    await_shown(false);
    assert_int_equal(write(terminal, "word\n", 5), 5);
    assert_int_equal(end(), 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_read_and_typing_shown_again),
        cmocka_unit_test(what_ends_the_question_shows_typing_again),
        cmocka_unit_test(who_stops_and_goes_on_types_hidden_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
