// usage: probe        Tries what nobody who takes the daemon over shall be able to do, and prints what can be done, a
// word a line. Run by fresh_install.sh in the place of candourd, with all that its unit forbids.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const written[] = {
    "/etc/candour/probe", "/var/lib/candour/probe", "/usr/probe", "/var/tmp/../probe", "/srv/probe", "/boot/probe"};
static const char *const run[] = {"/bin/sh", "/usr/bin/perl", "/usr/bin/psql", "/usr/bin/sudo"};
static const char *const read_only_by_others[] = {"/etc/shadow", "/srv/operator/password", "/proc/1/environ",
                                                  "/proc/kmsg", "/dev/mem"};
static const struct {
    const char *name;
    int family, type;
} families[] = {{"netlink", AF_NETLINK, SOCK_RAW},
                {"packets", AF_PACKET, SOCK_RAW},
                {"crypto", AF_ALG, SOCK_SEQPACKET},
                {"machines", AF_VSOCK, SOCK_STREAM}};

static void tell(const char *what, const char *which, int rc) {
    if (rc >= 0)
        printf("%s %s\n", what, which);
}

static int run_program(const char *path) {
    int status;
    pid_t pid = vfork();
    if (pid == 0) {
        close(STDOUT_FILENO); // what it says is not ours
        execl(path, path, "--version", (char *)NULL);
        _exit(255);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) != 255 ? 0 : -1;
}

static int trace_parent(void) {
    if (ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) != 0)
        return -1;
    waitpid(getppid(), NULL, 0);
    return (int)ptrace(PTRACE_DETACH, getppid(), NULL, NULL);
}

static int run_written_memory(void) {
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? -1 : mprotect(memory, 4096, PROT_READ | PROT_EXEC);
}

static int lend_own_rights(void) {
    int fd = open("/tmp/probe", O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    return fd < 0 ? -1 : fchmod(fd, 04755);
}

int main(void) {
    const struct sched_param param = {.sched_priority = 1};
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    for (size_t i = 0; i < sizeof run / sizeof *run; i++)
        tell("run", run[i], run_program(run[i]));
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        int fd = open(written[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        tell("write", written[i], fd);
        if (fd >= 0)
            unlink(written[i]);
    }
    for (size_t i = 0; i < sizeof read_only_by_others / sizeof *read_only_by_others; i++)
        tell("read", read_only_by_others[i], open(read_only_by_others[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        tell("socket", families[i].name, socket(families[i].family, families[i].type, 0));
    tell("trace", "parent", trace_parent());
    tell("signal", "parent", kill(getppid(), 0));
    tell("run", "memory", run_written_memory());
    tell("setuid", "file", lend_own_rights());
    tell("mount", "tmpfs", mount("none", "/mnt", "tmpfs", 0, NULL));
    tell("namespace", "user", unshare(CLONE_NEWUSER));
    tell("realtime", "self", sched_setscheduler(0, SCHED_RR, &param));
    tell("limit", "files", setrlimit(RLIMIT_CORE, &none));
    tell("become", "root", setuid(0));
    return fflush(stdout);
}
