// A process that is confined cannot do what one that was taken over would like to, and can do its work.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/confine.h"

static char folder[] = "/tmp/candour-confine.XXXXXX";
static pid_t other; // a process that waits

// ---------------------------------------------------------------- deeds: 0 if it can be done, or -1 with errno
static int run_a_program(void) {
    char *argv[] = {"true", NULL};
    return execv("/bin/true", argv);
}
#ifndef __SANITIZE_ADDRESS__
static int be_traced(void) {
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
#endif
static int read_another(void) {
    static char byte;
    struct iovec to = {&byte, 1}, from = {&byte, 1};
    return process_vm_readv(other, &to, 1, &from, 1, 0) == 1 ? 0 : -1;
}
static int signal_another(void) {
    return kill(other, SIGWINCH);
}
static int signal_its_thread(void) {
    return (int)syscall(SYS_tgkill, other, other, SIGWINCH);
}
static int signal_by_thread(void) {
    return (int)syscall(SYS_tkill, other, SIGWINCH);
}
static int queue_a_signal(void) {
    return sigqueue(other, SIGWINCH, (union sigval){0});
}
static int queue_to_its_thread(void) {
    siginfo_t about = {.si_signo = SIGWINCH, .si_code = SI_QUEUE};
    return (int)syscall(SYS_rt_tgsigqueueinfo, other, other, SIGWINCH, &about);
}
static int let_the_kernel_signal(void) {
    return fcntl(STDIN_FILENO, F_SETOWN, other);
}
static int let_a_socket_signal(void) {
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), rc = ioctl(fd, FIOSETOWN, &other), error = errno;
    close(fd);
    errno = error;
    return rc;
}
static int limit_another(void) {
    struct rlimit limit;
    return prlimit(other, RLIMIT_CORE, NULL, &limit);
}
static int slow_another_down(void) {
    return setpriority(PRIO_PROCESS, (id_t)other, 19);
}
static int slow_its_group_down(void) {
    return setpgid(0, 0) | setpriority(PRIO_PGRP, 0, 19);
}
static int slow_itself_down(void) {
    return setpriority(PRIO_PROCESS, 0, 19);
}
static int opened(int fd) {
    return fd < 0 ? -1 : close(fd);
}
static int make_a_file(void) {
    return opened(open("made", O_WRONLY | O_CREAT, 0600));
}
static int make_it_while_reading(void) {
    return opened(open("also", O_RDONLY | O_CREAT, 0600));
}
static int change_a_file(void) {
    return opened(open("there", O_RDWR));
}
static int empty_a_file(void) {
    return opened(open("there", O_RDONLY | O_TRUNC));
}
static int rename_a_file(void) {
    return rename("there", "there");
}
static int let_all_read_it(void) {
    return chmod("there", 0644);
}
static int ask_the_kernel_about_routes(void) {
    return opened(socket(AF_NETLINK, SOCK_RAW, 0));
}
static int call_an_old_network(void) {
    return opened(socket(AF_APPLETALK, SOCK_DGRAM, 0));
}
static int make_a_socket_for_calls(void) {
    return opened(socket(AF_ALG, SOCK_SEQPACKET, 0));
}
static int make_a_file_in_memory(void) {
    return opened(memfd_create("x", 0));
}
static int go_around_by_a_ring(void) {
    struct io_uring_params params = {0};
    return opened((int)syscall(SYS_io_uring_setup, 1, &params));
}

static int read_a_file(void) {
    return opened(open("there", O_RDONLY | O_CLOEXEC));
}
static int talk_to_the_world(void) {
    return opened(socket(AF_INET, SOCK_STREAM, 0)) | opened(socket(AF_INET6, SOCK_STREAM, 0)) |
           opened(socket(AF_UNIX, SOCK_STREAM, 0));
}
static int signal_itself(void) {
    return raise(SIGWINCH);
}
static int read_its_limits(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit);
}
static int take_memory(void) {
    void *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? -1 : munmap(memory, 1 << 20);
}

static const struct deed {
    const char *name;
    int (*try)(void);
    bool is_allowed, may_be_missing; // missing: from this kernel, or forbidden on this machine
} deeds[] = {
    {"execve", run_a_program, false, false},
#ifndef __SANITIZE_ADDRESS__
    {"ptrace", be_traced, false, false},
#endif
    {"process_vm_readv", read_another, false, true},
    {"kill", signal_another, false, false},
    {"tgkill", signal_its_thread, false, false},
    {"tkill", signal_by_thread, false, false},
    {"rt_sigqueueinfo", queue_a_signal, false, false},
    {"rt_tgsigqueueinfo", queue_to_its_thread, false, false},
    {"F_SETOWN", let_the_kernel_signal, false, false},
    {"FIOSETOWN", let_a_socket_signal, false, false},
    {"prlimit", limit_another, false, false},
    {"setpriority", slow_another_down, false, false},
    {"setpriority of a group", slow_its_group_down, false, false},
    {"open to make", make_a_file, false, false},
    {"open to make and read", make_it_while_reading, false, false},
    {"open to write", change_a_file, false, false},
    {"open to empty", empty_a_file, false, false},
    {"rename", rename_a_file, false, false},
    {"chmod", let_all_read_it, false, false},
    {"netlink", ask_the_kernel_about_routes, false, false},
    {"AppleTalk", call_an_old_network, false, true},
    {"AF_ALG", make_a_socket_for_calls, false, true},
    {"memfd", make_a_file_in_memory, false, false},
    {"io_uring", go_around_by_a_ring, false, true},
    {"open to read", read_a_file, true, false},
    {"sockets of its own kind", talk_to_the_world, true, false},
    {"a signal to itself", signal_itself, true, false},
    {"its own limits", read_its_limits, true, false},
    {"its own priority", slow_itself_down, true, false},
    {"memory", take_memory, true, false},
};

// In a process of its own: 0, or errno.
static int outcome(const struct deed *deed, bool is_confined) {
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (is_confined && confine_worker() != 0)
            _exit(255);
        _exit(deed->try() == 0 ? 0 : errno);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_confined_process_can_do_its_work_and_no_more(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
        int got = outcome(&deeds[i], true), wanted = deeds[i].is_allowed ? 0 : EPERM;
        if (got != wanted)
            fail_msg("%s: %d, not %d", deeds[i].name, got, wanted);
    }
}

static void without_it_all_of_that_can_be_done(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
        int got = outcome(&deeds[i], false);
        if (got != 0 && !deeds[i].may_be_missing)
            fail_msg("%s: %d", deeds[i].name, got);
    }
}

static int prepare(void **state) {
    (void)state;
    if (!mkdtemp(folder) || chdir(folder) != 0 || opened(open("there", O_WRONLY | O_CREAT, 0600)) != 0)
        return -1;
    other = fork();
    if (other == 0)
        for (;;)
            pause();
    return other > 0 ? 0 : -1;
}
static int clean_up(void **state) {
    (void)state;
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    unlink("there");
    unlink("made");
    unlink("also");
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_it_all_of_that_can_be_done),
        cmocka_unit_test(a_confined_process_can_do_its_work_and_no_more),
    };
    return cmocka_run_group_tests(tests, prepare, clean_up);
}
