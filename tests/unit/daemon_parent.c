// The parent with workers of its own kind: a clerk of this test, which does as a file says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto.h"
#include "daemon/ballot/box.h"
#include "daemon/clerk/clerk.h"
#include "daemon/config.h"
#include "daemon/core/ops.h"
#include "daemon/core/server.h"
#include "daemon/core/worker.h"
#include "daemon/desk/desk.h"
#include "daemon/parent.h"
#include "daemon/runner.h"

enum { PATIENCE_MS = 10000, BOX_BYTES = 1 << 20, SLOW_START_MS = 2400 };

static char folder[64], path[96], log_path[96], births[96];
static int births_fd;
static struct config config;
static pid_t parent;
static enum { CLERK_WORKS, CLERK_CRASHES, CLERK_REFUSES, CLERK_TAKES_ITS_TIME } behaviour;

// ---- rooms

struct op desk_ops[] = {{0}};
const size_t desk_ops_count = 0;
struct op ballot_ops[] = {{0}};
const size_t ballot_ops_count = 0;
int desk_start(struct worker *worker) {
    (void)worker;
    return -1;
}
int ballot_start(struct worker *worker) {
    (void)worker;
    return -1;
}
size_t box_bytes(void) {
    return BOX_BYTES;
}
const ProtobufCMessage *box_refusal(const struct operation_row *row, Candour__Status status, struct arena *arena) {
    (void)row;
    (void)status;
    (void)arena;
    return NULL;
}

int clerk_start(struct worker *worker) {
    dprintf(births_fd, "%d %d %s|%s\n", getpid(), prctl(PR_GET_DUMPABLE), worker->config->desk.database,
            worker->config->migrate_desk_database);
    if (behaviour == CLERK_CRASHES)
        raise(SIGKILL);
    if (behaviour == CLERK_TAKES_ITS_TIME)
        uv_sleep(SLOW_START_MS); // whatever signal comes
    return behaviour == CLERK_REFUSES ? -1 : 0;
}
void clerk_stop(struct worker *worker) {
    (void)worker;
}

// ---- the parent in a process of its own

static int prepare(void **state) {
    (void)state;
    strcpy(folder, "/tmp/candour-parent-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/conf", folder);
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    snprintf(births, sizeof births, "%s/births", folder);
    FILE *out = fopen(path, "w");
    fprintf(out, "[clerk]\ndesk_database = a\nballot_database = b\n[desk]\ndatabase = secret\n"
                 "[migrate]\ndesk_database = secret\n[daemon]\norganisation = Test\n");
    fclose(out);
    behaviour = CLERK_WORKS;
    parent = 0;
    char sentence[256];
    return config_read(path, &config, sentence, sizeof sentence);
}

static int clean(void **state) {
    (void)state;
    if (parent > 0) {
        kill(parent, SIGKILL);
        waitpid(parent, NULL, 0);
    }
    unlink(path);
    unlink(log_path);
    unlink(births);
    char notify[96];
    snprintf(notify, sizeof notify, "%s/notify", folder);
    unlink(notify);
    return rmdir(folder);
}

static void start(void) {
    fflush(NULL);
    parent = fork();
    assert_true(parent >= 0);
    if (parent > 0)
        return;
    int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDERR_FILENO);
    births_fd = open(births, O_WRONLY | O_CREAT | O_APPEND, 0600); // no worker may open files for writing
    _exit(parent_run(&config, path, 1u << WORKER_CLERK));
}

static int wait_for_end(void) { // exit code, -1: a signal
    int status;
    assert_int_equal(waitpid(parent, &status, 0), parent);
    parent = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *text_of(const char *file) {
    static char text[65536];
    FILE *in = fopen(file, "r");
    size_t n = in ? fread(text, 1, sizeof text - 1, in) : 0;
    text[n] = '\0';
    if (in)
        fclose(in);
    return text;
}

static bool wait_for_text(const char *file, const char *part) {
    for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
        if (strstr(text_of(file), part))
            return true;
        usleep(10000);
    }
    return false;
}

static pid_t born(int number) { // the number-th worker, from 0
    for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
        const char *line = text_of(births);
        for (int i = 0; i < number && line; i++)
            line = (line = strchr(line, '\n')) ? line + 1 : NULL;
        if (line && strchr(line, '\n'))
            return atoi(line);
        usleep(10000);
    }
    return -1;
}

static int born_so_far(void) {
    int lines = 0;
    for (const char *c = text_of(births); *c; c++)
        lines += *c == '\n';
    return lines;
}

static bool is_gone(pid_t pid) { // a dead process that nobody has waited for yet has no command line
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/cmdline", pid);
    for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
        if (text_of(name)[0] == '\0')
            return true;
        usleep(10000);
    }
    return false;
}

static void it_gets_ready_drains_and_leaves_nobody(void **state) {
    (void)state;
    start();
    assert_true(wait_for_text(log_path, "notice ready"));
    pid_t worker = born(0);
    alarm(PATIENCE_MS / 1000); // long before the drain's own limit
    kill(parent, SIGTERM);
    assert_int_equal(wait_for_end(), 0);
    alarm(0);
    assert_true(is_gone(worker));
    assert_non_null(strstr(text_of(log_path), "notice stopped"));
}

static void a_worker_sees_only_its_own_secrets_and_leaves_no_core(void **state) {
    (void)state;
    start();
    assert_true(born(0) > 0);
    assert_non_null(strstr(text_of(births), " 0 |\n"));
}

static void a_dead_worker_is_replaced(void **state) {
    (void)state;
    start();
    assert_true(wait_for_text(log_path, "notice ready"));
    for (int i = 0; i < 3; i++) {
        pid_t worker = born(i);
        assert_true(worker > 0);
        kill(worker, SIGKILL);
    }
    assert_true(born(3) > 0);
    assert_non_null(strstr(text_of(log_path), "name=clerk-0 code=-1 signal=9"));
}

static void a_worker_that_keeps_dying_is_started_ever_more_slowly(void **state) {
    (void)state;
    behaviour = CLERK_CRASHES;
    start();
    usleep(1900 * 1000); // starts at 0, 0.1, 0.3, 0.7 and 1.5 s
    assert_in_range(born_so_far(), 3, 6);
    kill(parent, SIGTERM);
    assert_int_equal(wait_for_end(), 0);
}

static void a_worker_that_cannot_start_ends_it_all(void **state) {
    (void)state;
    behaviour = CLERK_REFUSES;
    start();
    assert_int_equal(wait_for_end(), 1);
}

static void workers_do_not_outlive_the_parent(void **state) {
    (void)state;
    start();
    assert_true(wait_for_text(log_path, "notice ready"));
    pid_t worker = born(0);
    kill(parent, SIGKILL);
    assert_int_equal(wait_for_end(), -1);
    assert_true(is_gone(worker));
}

static void a_broken_file_is_not_taken_over(void **state) {
    (void)state;
    start();
    assert_true(wait_for_text(log_path, "notice ready"));
    FILE *out = fopen(path, "w");
    fprintf(out, "[daemon]\nnonsense = 1\n");
    fclose(out);
    kill(parent, SIGHUP);
    assert_true(wait_for_text(log_path, "error reload_refused"));
    out = fopen(path, "w");
    fprintf(out, "[daemon]\norganisation = Test\n");
    fclose(out);
    kill(parent, SIGHUP);
    assert_true(wait_for_text(log_path, "notice reload "));
    assert_int_equal(born_so_far(), 1); // the same worker goes on
    kill(parent, SIGTERM);
    assert_int_equal(wait_for_end(), 0);
}

static int listen_as_manager(void) { // as the service manager does; the parent is not started yet
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = PATIENCE_MS / 1000};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/notify", folder);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    setenv("NOTIFY_SOCKET", at.sun_path, 1);
    return fd;
}

static void a_reload_before_everybody_is_ready_does_not_say_ready(void **state) {
    (void)state;
    char words[128];
    behaviour = CLERK_TAKES_ITS_TIME;
    int manager = listen_as_manager();
    start();
    unsetenv("NOTIFY_SOCKET");
    assert_true(born(0) > 0);
    kill(parent, SIGHUP);
    assert_true(wait_for_text(log_path, "notice reload "));
    assert_int_equal(recv(manager, words, sizeof words, MSG_DONTWAIT), -1);
    ssize_t n = recv(manager, words, sizeof words, 0);
    assert_int_equal(n, strlen("READY=1"));
    assert_memory_equal(words, "READY=1", strlen("READY=1"));
    assert_non_null(strstr(text_of(log_path), "notice ready"));
    kill(parent, SIGHUP); // and now it is said
    n = recv(manager, words, sizeof words, 0);
    assert_true(n > 0 && memcmp(words, "RELOADING=1", strlen("RELOADING=1")) == 0);
    n = recv(manager, words, sizeof words, 0);
    assert_true(n > 0 && memcmp(words, "READY=1", strlen("READY=1")) == 0);
    close(manager);
}

static void the_worst_case_counts_what_is_taken_beside_requests(void **state) {
    (void)state;
    config.clerk_memory_mib = 100;
    assert_int_equal(runner_bytes(&config, WORKER_DESK) - server_bytes(&config, DOOR_DESK), 2 * 64 << 20);
    assert_int_equal(runner_bytes(&config, WORKER_BALLOT) - server_bytes(&config, DOOR_BALLOT), BOX_BYTES);
    assert_in_range(runner_bytes(&config, WORKER_CLERK), 100 << 20, 120 << 20);
}

static void what_is_missing_is_said(void **state) {
    (void)state;
    config.clerk_ballot_database[0] = '\0';
    start();
    assert_int_equal(wait_for_end(), 1);
    assert_non_null(strstr(text_of(log_path), "Set ballot_database in section [clerk]"));
}

static void more_than_memory_max_is_refused(void **state) {
    (void)state;
    config.memory_max_mib = 1;
    start();
    assert_int_equal(wait_for_end(), 1);
    assert_non_null(strstr(text_of(log_path), "worst_case_mib="));
    assert_non_null(strstr(text_of(log_path), "raise memory_max_mib"));
}

static void more_connections_than_files_are_refused(void **state) {
    (void)state;
    config.connections_max = 100000000;
    start();
    assert_int_equal(wait_for_end(), 1);
    assert_non_null(strstr(text_of(log_path), "LimitNOFILE"));
}

#define PARENT_TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
int main(void) {
    const struct CMUnitTest tests[] = {
        PARENT_TEST(it_gets_ready_drains_and_leaves_nobody),
        PARENT_TEST(a_worker_sees_only_its_own_secrets_and_leaves_no_core),
        PARENT_TEST(a_dead_worker_is_replaced),
        PARENT_TEST(a_worker_that_keeps_dying_is_started_ever_more_slowly),
        PARENT_TEST(a_worker_that_cannot_start_ends_it_all),
        PARENT_TEST(workers_do_not_outlive_the_parent),
        PARENT_TEST(a_broken_file_is_not_taken_over),
        PARENT_TEST(a_reload_before_everybody_is_ready_does_not_say_ready),
        PARENT_TEST(the_worst_case_counts_what_is_taken_beside_requests),
        PARENT_TEST(what_is_missing_is_said),
        PARENT_TEST(more_than_memory_max_is_refused),
        PARENT_TEST(more_connections_than_files_are_refused),
    };
    return crypto_start() == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
