#include "kill.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "testing.h"

static bool leaves_a_trace(unsigned long long number) {
    static const long calls[] = {SYS_write,     SYS_writev,    SYS_pwrite64, SYS_sendto,   SYS_sendmsg, SYS_fsync,
                                 SYS_fdatasync, SYS_renameat2, SYS_renameat, SYS_unlinkat, SYS_connect, SYS_ftruncate,
#ifdef SYS_rename
                                 SYS_rename,    SYS_unlink
#endif
    };
    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        if ((unsigned long long)calls[i] == number)
            return true;
    return false;
}

static int wait_for(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return status;
}

static bool is_due(pid_t child, unsigned *left) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) < 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return false;
    return leaves_a_trace(info.entry.nr) && --*left == 0;
}

bool kill_at(unsigned number, int (*work)(void *context), void *context) {
    fflush(NULL); // so that the child does not write it, too
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
            _exit(2);
        _exit(work(context) == 0 ? 0 : 1);
    }
    int status = wait_for(child);
    if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0)
        fail_msg("a process cannot be traced here");
    unsigned left = number;
    for (long signal = 0; ptrace(PTRACE_SYSCALL, child, NULL, signal) == 0;) {
        status = wait_for(child);
        if (!WIFSTOPPED(status))
            break;
        bool is_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
        signal = is_call || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
        if (is_call && is_due(child, &left)) {
            kill(child, SIGKILL);
            wait_for(child);
            return true;
        }
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    return false;
}
