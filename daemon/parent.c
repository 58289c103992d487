#include "parent.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "crypto.h"
#include "daemon/config.h"
#include "daemon/core/log.h"
#include "daemon/core/server.h"
#include "daemon/core/tls.h"
#include "daemon/listen.h"
#include "daemon/metrics.h"
#include "daemon/runner.h"

enum {
    CHILDREN_MAX = 2 * 256 + 1 + 16,
    BACKOFF_MIN_MS = 100,
    BACKOFF_MAX_MS = 5000,
    SETTLED_MS = 10000, // alive for so long, the next death starts with the shortest pause again
    HUNG_MS = 30000,    // silent for so long, a worker of a door is killed; the others may wait
    KILL_AFTER_MS = 2000,
    FILES_SPARE = 64,
    SENTENCE_BYTES = 768,
};

struct child {
    struct runner runner;
    pid_t pid;   // 0: not running
    int pipe_fd; // our end
    bool is_ready;
    int64_t started_ms, heard_ms, start_at_ms;
    uint32_t backoff_ms;
    uint64_t failures;
};

static struct {
    struct config *config;
    const char *path;
    int desk_fd, ballot_fd, signal_fd;
    sigset_t signals, before;
    struct child children[CHILDREN_MAX];
    size_t count;
    bool was_ready, is_draining, is_killed;
    int64_t kill_at_ms, watchdog_at_ms, watchdog_ms;
    int code;
    struct metrics metrics;
    time_t began;
} self = {.desk_fd = -1, .ballot_fd = -1, .signal_fd = -1, .metrics = {-1, -1}};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// ---- workers

static void run_child(struct child *child, pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        exit(1);
    for (size_t i = 0; i < self.count; i++) {
        struct child *other = &self.children[i];
        if (other->pipe_fd >= 0)
            close(other->pipe_fd);
        if (other != child && other->runner.totals && munmap(other->runner.totals, sizeof(struct log_totals)) != 0)
            exit(1);
    }
    close(self.signal_fd);
    metrics_close(&self.metrics);
    if (child->runner.kind != WORKER_DESK && self.desk_fd >= 0)
        close(self.desk_fd);
    if (child->runner.kind != WORKER_BALLOT && self.ballot_fd >= 0)
        close(self.ballot_fd);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    signal(SIGINT, SIG_IGN); // of the terminal: the parent decides
    signal(SIGHUP, SIG_IGN); // until there is a loop
    sigprocmask(SIG_SETMASK, &self.before, NULL);
    exit(runner_main(&child->runner));
}

static void start_child(struct child *child) {
    int ends[2];
    pid_t pid = -1, parent = getpid();
    child->start_at_ms = now_ms() + child->backoff_ms; // if it does not work out
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) {
        log_event(LOG_ERROR, "pipe_failed", "error=%s", strerror(errno));
        return;
    }
    child->runner.pipe_fd = ends[1];
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        run_child(child, parent);
    }
    close(ends[1]);
    if (pid < 0) {
        log_event(LOG_ERROR, "fork_failed", "error=%s", strerror(errno));
        close(ends[0]);
        return;
    }
    child->pid = pid;
    child->pipe_fd = ends[0];
    child->is_ready = false;
    child->started_ms = child->heard_ms = now_ms();
}

static void signal_all(int number) {
    for (size_t i = 0; i < self.count; i++)
        if (self.children[i].pid > 0)
            kill(self.children[i].pid, number);
}

static void drain(int code) {
    if (self.is_draining)
        return;
    log_event(LOG_NOTICE, "draining", NULL);
    sd_notify(0, "STOPPING=1");
    self.is_draining = true;
    self.code = code;
    self.kill_at_ms = now_ms() + self.config->drain_ms + KILL_AFTER_MS;
    if (self.desk_fd >= 0)
        close(self.desk_fd); // whoever comes now is refused, or waits for the next candourd at systemd's socket
    if (self.ballot_fd >= 0)
        close(self.ballot_fd);
    self.desk_fd = self.ballot_fd = -1;
    signal_all(SIGTERM);
}

static void end_child(struct child *child, int status) {
    int64_t now = now_ms();
    bool is_hopeless = WIFEXITED(status) && WEXITSTATUS(status) == RUNNER_HOPELESS;
    child->pid = 0;
    close(child->pipe_fd);
    child->pipe_fd = -1;
    if (self.is_draining && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    child->failures++;
    log_event(LOG_ERROR, "worker_ended", "name=%s-%u code=%d signal=%d", runner_kind_name(child->runner.kind),
              child->runner.index, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
              WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    if (is_hopeless && !self.was_ready) {
        drain(1);
        return;
    }
    if (now - child->started_ms >= SETTLED_MS)
        child->backoff_ms = BACKOFF_MIN_MS;
    child->start_at_ms = now + child->backoff_ms;
    child->backoff_ms = child->backoff_ms * 2 < BACKOFF_MAX_MS ? child->backoff_ms * 2 : BACKOFF_MAX_MS;
}

static void reap(void) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        for (size_t i = 0; i < self.count; i++)
            if (self.children[i].pid == pid)
                end_child(&self.children[i], status);
}

static void hear(struct child *child) {
    char words[64];
    ssize_t n = read(child->pipe_fd, words, sizeof words); // once: a worker that talks all the time must not keep us
    if (n <= 0)
        return;
    child->heard_ms = now_ms();
    if (memchr(words, RUNNER_READY, (size_t)n))
        child->is_ready = true;
}

static void announce_if_ready(void) {
    for (size_t i = 0; i < self.count; i++)
        if (!self.children[i].is_ready)
            return;
    if (self.was_ready || self.is_draining)
        return;
    self.was_ready = true;
    if (self.config->addresses_file[0] && listen_write_addresses(self.config, self.desk_fd, self.ballot_fd) != 0)
        log_event(LOG_ERROR, "addresses_not_written", "file=%s error=%s", self.config->addresses_file, strerror(errno));
    log_event(LOG_NOTICE, "ready", "desk=%s ballot=%s", self.desk_fd >= 0 ? self.config->desk.public_address : "-",
              self.ballot_fd >= 0 ? self.config->ballot.public_address : "-");
    sd_notify(0, "READY=1");
}

// ---- start and reload

// Memory that outlives each worker, so that what it counted is not lost with it, and where to ask for it. A page for
// each: a worker keeps only its own.
static int share_totals(void) {
    for (size_t i = 0; i < self.count; i++) {
        void *totals = mmap(NULL, sizeof(struct log_totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (totals == MAP_FAILED)
            return -1;
        self.children[i].runner.totals = totals;
    }
    return metrics_listen(&self.metrics, self.config->metrics_socket);
}

static bool can_load_certificate(const struct config_door *door, enum door which, char *ret_sentence, size_t size) {
    struct tls_context *tls = tls_context_new(door->certificate, door->key, server_alpn(which), ret_sentence, size);
    tls_context_free(tls);
    return tls != NULL;
}

// The certificates that would be used now, and the file: all or nothing.
static void reload(void) {
    char sentence[SENTENCE_BYTES];
    char text[64];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%jd", (intmax_t)now_ms() * 1000);
    if (self.was_ready)
        sd_notify(0, text);
    static struct config fresh; // too large for a small stack
    if (config_read(self.path, &fresh, sentence, sizeof sentence) != 0 ||
        (self.desk_fd >= 0 && !can_load_certificate(&self.config->desk, DOOR_DESK, sentence, sizeof sentence)) ||
        (self.ballot_fd >= 0 && !can_load_certificate(&self.config->ballot, DOOR_BALLOT, sentence, sizeof sentence))) {
        log_event(LOG_ERROR, "reload_refused", "sentence=%s", sentence);
    } else {
        log_event(LOG_NOTICE, "reload", "scope=certificates; other settings need a restart");
        signal_all(SIGHUP);
    }
    crypto_wipe(&fresh, sizeof fresh); // or every worker from now on would have what wipe_the_others takes from it
    if (self.was_ready)                // otherwise announce_if_ready says it
        sd_notify(0, "READY=1");
}

static int open_door(const char *name, struct config_door *door, enum door which, int *ret_fd, char *ret_sentence,
                     size_t size) {
    if (config_complete(self.config, name, ret_sentence, size) != 0 ||
        !can_load_certificate(door, which, ret_sentence, size))
        return -1;
    return listen_open(name, door, ret_fd, ret_sentence, size);
}

static uint32_t workers_of(uint32_t wish) {
    return wish ? wish : uv_available_parallelism();
}

static void plan(enum worker_kind kind, uint32_t count, int listen_fd) {
    for (unsigned i = 0; i < count && self.count < CHILDREN_MAX; i++)
        self.children[self.count++] = (struct child){
            .runner = {.kind = kind, .index = i, .config = self.config, .listen_fd = listen_fd, .pipe_fd = -1},
            .pipe_fd = -1,
            .backoff_ms = BACKOFF_MIN_MS,
        };
}

static int check_limits(char *ret_sentence, size_t size) {
    struct rlimit files;
    size_t bytes = 0, most = (size_t)self.config->memory_max_mib * 1024 * 1024;
    for (size_t i = 0; i < self.count; i++)
        bytes += runner_bytes(self.config, self.children[i].runner.kind);
    if (most == 0)
        most = (size_t)sysconf(_SC_PHYS_PAGES) / 4 * 3 * (size_t)sysconf(_SC_PAGESIZE);
    log_event(LOG_NOTICE, "memory", "worst_case_mib=%zu memory_max_mib=%zu workers=%zu", bytes >> 20, most >> 20,
              self.count);
    if (bytes > most) {
        snprintf(ret_sentence, size,
                 "The worst case needs %zu MiB and memory_max_mib allows %zu. Lower workers, connections_max, the "
                 "slots or the clerk's memory_mib, or raise memory_max_mib.",
                 bytes >> 20, most >> 20);
        return -1;
    }
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return -1;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0 || self.config->connections_max + FILES_SPARE >= files.rlim_cur) {
        snprintf(ret_sentence, size,
                 "connections_max = %u needs %u open files, and the limit is %ju. Lower it, or raise LimitNOFILE.",
                 self.config->connections_max, self.config->connections_max + FILES_SPARE, (uintmax_t)files.rlim_cur);
        return -1;
    }
    return 0;
}

static int prepare(unsigned only, char *ret_sentence, size_t size) {
    struct config *config = self.config;
    const struct rlimit none = {0, 0};
    signal(SIGPIPE, SIG_IGN);
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
        log_event(LOG_WARNING, "core_dumps_not_off", NULL);
    if (config_complete(config, "daemon", ret_sentence, size) != 0)
        return -1;
    if (only & (1u << WORKER_DESK) &&
        open_door("desk", &config->desk, DOOR_DESK, &self.desk_fd, ret_sentence, size) != 0)
        return -1;
    if (only & (1u << WORKER_BALLOT) &&
        open_door("ballot", &config->ballot, DOOR_BALLOT, &self.ballot_fd, ret_sentence, size) != 0)
        return -1;
    if (only & (1u << WORKER_CLERK) && config_complete(config, "clerk", ret_sentence, size) != 0)
        return -1;
    plan(WORKER_DESK, self.desk_fd >= 0 ? workers_of(config->desk.workers) : 0, self.desk_fd);
    plan(WORKER_BALLOT, self.ballot_fd >= 0 ? workers_of(config->ballot.workers) : 0, self.ballot_fd);
    plan(WORKER_CLERK, only & (1u << WORKER_CLERK) ? 1 : 0, -1);
    plan(WORKER_MAIL, only & (1u << WORKER_CLERK) && config->mail.server[0] ? config->mail.connections : 0, -1);
    return check_limits(ret_sentence, size);
}

// ---- metrics

static void describe(FILE *out) {
    static struct metrics_worker workers[CHILDREN_MAX];
    for (size_t i = 0; i < self.count; i++) {
        const struct child *child = &self.children[i];
        workers[i] = (struct metrics_worker){
            child->runner.kind, child->pid > 0 && child->is_ready, child->failures, {{{{0}, 0}}}};
        if (child->runner.totals)
            metrics_copy(child->runner.totals, &workers[i].counts);
    }
    const char *certificates[] = {self.desk_fd >= 0 ? self.config->desk.certificate : NULL,
                                  self.ballot_fd >= 0 ? self.config->ballot.certificate : NULL};
    metrics_print(out, self.began, certificates, workers, self.count);
}

// ---- the parent's turn

static void take_signals(void) {
    struct signalfd_siginfo about;
    while (read(self.signal_fd, &about, sizeof about) == sizeof about) {
        if (about.ssi_signo == SIGCHLD)
            reap();
        else if (about.ssi_signo == SIGHUP && !self.is_draining)
            reload();
        else if (about.ssi_signo == SIGTERM || about.ssi_signo == SIGINT) {
            if (self.is_draining)
                self.kill_at_ms = now_ms(); // asked twice
            drain(0);
        }
    }
}

static void keep_alive(int64_t now) {
    for (size_t i = 0; i < self.count; i++) {
        struct child *child = &self.children[i];
        if (child->pid == 0 && !self.is_draining && now >= child->start_at_ms)
            start_child(child);
        if (child->pid > 0 && child->runner.listen_fd >= 0 && now - child->heard_ms >= HUNG_MS) {
            log_event(LOG_ERROR, "worker_hangs", "name=%s-%u", runner_kind_name(child->runner.kind),
                      child->runner.index);
            kill(child->pid, SIGKILL);
            child->heard_ms = now;
        }
    }
    if (self.is_draining && !self.is_killed && now >= self.kill_at_ms) {
        self.is_killed = true;
        signal_all(SIGKILL);
    }
    if (self.watchdog_ms > 0 && now >= self.watchdog_at_ms) {
        sd_notify(0, "WATCHDOG=1");
        self.watchdog_at_ms = now + self.watchdog_ms;
    }
}

static int wait_ms(int64_t now) {
    int64_t until = now + 1000;
    for (size_t i = 0; i < self.count; i++)
        if (self.children[i].pid == 0 && !self.is_draining && self.children[i].start_at_ms < until)
            until = self.children[i].start_at_ms;
    if (self.is_draining && !self.is_killed && self.kill_at_ms < until)
        until = self.kill_at_ms;
    if (self.watchdog_ms > 0 && self.watchdog_at_ms < until)
        until = self.watchdog_at_ms;
    return until > now ? (int)(until - now) : 0;
}

static bool is_over(void) {
    for (size_t i = 0; i < self.count; i++)
        if (self.children[i].pid > 0)
            return false;
    return self.is_draining;
}

static void take_turns(void) {
    static struct pollfd waits[CHILDREN_MAX + 1 + METRICS_WAITS];
    while (!is_over()) {
        int64_t now = now_ms();
        keep_alive(now);
        waits[0] = (struct pollfd){.fd = self.signal_fd, .events = POLLIN};
        for (size_t i = 0; i < self.count; i++) // poll passes over -1
            waits[i + 1] = (struct pollfd){.fd = self.children[i].pipe_fd, .events = POLLIN};
        metrics_wait(&self.metrics, &waits[self.count + 1]);
        if (poll(waits, self.count + 1 + METRICS_WAITS, wait_ms(now)) <= 0)
            continue;
        metrics_turn(&self.metrics, &waits[self.count + 1], describe);
        for (size_t i = 0; i < self.count; i++)
            if (waits[i + 1].revents & POLLIN)
                hear(&self.children[i]);
        announce_if_ready();
        take_signals();
    }
}

int parent_run(struct config *config, const char *path, unsigned only) {
    char sentence[SENTENCE_BYTES] = "The system's limits cannot be read.";
    uint64_t watchdog_us = 0;
    self.config = config;
    self.path = path;
    if (prepare(only, sentence, sizeof sentence) != 0) {
        log_event(LOG_ERROR, "start_refused", "sentence=%s", sentence);
        return 1;
    }
    self.began = time(NULL);
    if (config->metrics_socket[0] && share_totals() != 0)
        log_event(LOG_ERROR, "metrics_not_offered", "error=%s", strerror(errno));
    if (sd_watchdog_enabled(0, &watchdog_us) > 0)
        self.watchdog_ms = (int64_t)(watchdog_us / 2000);
    sigemptyset(&self.signals);
    sigaddset(&self.signals, SIGCHLD);
    sigaddset(&self.signals, SIGHUP);
    sigaddset(&self.signals, SIGTERM);
    sigaddset(&self.signals, SIGINT);
    sigprocmask(SIG_BLOCK, &self.signals, &self.before);
    self.signal_fd = signalfd(-1, &self.signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (self.signal_fd < 0) {
        log_event(LOG_ERROR, "start_refused", "sentence=%s", strerror(errno));
        return 1;
    }
    take_turns();
    log_event(LOG_NOTICE, "stopped", NULL);
    return self.code;
}
