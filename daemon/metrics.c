#include "metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/core/tls.h"
#include "daemon/runner.h"

enum { KINDS = WORKER_MAIL + 1, REQUEST_BYTES = 4096, BACKLOG = 8 };

// ---------------------------------------------------------------- socket
int metrics_listen(struct metrics *metrics, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat there;
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (lstat(path, &there) == 0 && S_ISSOCK(there.st_mode))
        unlink(path); // of one that was killed
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    mode_t before = umask(0117);
    int rc = bind(fd, (struct sockaddr *)&address, sizeof address);
    umask(before);
    if (rc != 0 || listen(fd, BACKLOG) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    metrics->listen_fd = fd;
    return 0;
}

static void let_go(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void metrics_close(struct metrics *metrics) {
    let_go(&metrics->listen_fd);
    let_go(&metrics->client_fd);
}

void metrics_wait(const struct metrics *metrics, struct pollfd ret_waits[METRICS_WAITS]) {
    ret_waits[0] = (struct pollfd){.fd = metrics->listen_fd, .events = POLLIN}; // poll passes over -1
    ret_waits[1] = (struct pollfd){.fd = metrics->client_fd, .events = POLLIN};
}

// Whatever the question is. The answer is smaller than a socket's buffer, so it goes at once or not at all.
static void answer(int fd, void (*print)(FILE *out)) {
    char *text = NULL, request[REQUEST_BYTES];
    size_t len = 0;
    if (read(fd, request, sizeof request) <= 0)
        return;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return;
    fputs("HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n\r\n", out);
    print(out);
    if (fclose(out) == 0)
        (void)!send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    free(text);
}

void metrics_turn(struct metrics *metrics, const struct pollfd waits[METRICS_WAITS], void (*print)(FILE *out)) {
    if (waits[1].revents) {
        answer(metrics->client_fd, print);
        let_go(&metrics->client_fd);
    }
    if (waits[0].revents) {
        let_go(&metrics->client_fd);
        metrics->client_fd = accept4(metrics->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
}

// ---------------------------------------------------------------- text
static void head(FILE *out, const char *name, const char *type, const char *help) {
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_workers(FILE *out, const struct metrics_worker *workers, size_t count) {
    struct {
        unsigned all, ready;
        uint64_t failures;
    } of[KINDS] = {0};
    for (size_t i = 0; i < count; i++) {
        of[workers[i].kind].all++;
        of[workers[i].kind].ready += workers[i].is_ready;
        of[workers[i].kind].failures += workers[i].failures;
    }
#define FOR_EACH_KIND(name, type, help, format, value)                                                                 \
    head(out, name, type, help);                                                                                       \
    for (int kind = 0; kind < KINDS; kind++)                                                                           \
        if (of[kind].all > 0)                                                                                          \
    fprintf(out, name "{kind=\"%s\"} " format "\n", runner_kind_name((enum worker_kind)kind), value)
    FOR_EACH_KIND("candour_workers", "gauge", "Workers that there should be.", "%u", of[kind].all);
    FOR_EACH_KIND("candour_workers_ready", "gauge", "Workers that serve.", "%u", of[kind].ready);
    FOR_EACH_KIND("candour_worker_failures_total", "counter", "Workers that ended and were started again.", "%ju",
                  (uintmax_t)of[kind].failures);
}

void metrics_copy(const struct log_totals *totals, struct metrics_counts *ret_counts) {
    struct metrics_counts counts = {0};
    for (size_t i = 0; i < LOG_COUNTERS_MAX; i++) {
        char name[LOG_COUNTER_NAME_BYTES];
        memcpy(name, totals->counters[i].name, sizeof name); // once: it may change at any time
        const char *end = memchr(name, 0, sizeof name);
        if (!end || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != (size_t)(end - name))
            continue;
        for (size_t before = 0; before < i; before++)
            if (strcmp(counts.counters[before].name, name) == 0)
                name[0] = 0;
        memcpy(counts.counters[i].name, name, sizeof name);
        counts.counters[i].value = name[0] ? atomic_load(&totals->counters[i].value) : 0;
    }
    *ret_counts = counts;
}

static uint64_t add(const struct metrics_worker *workers, size_t count, enum worker_kind kind, const char *name) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; workers[i].kind == kind && j < LOG_COUNTERS_MAX; j++)
            if (strcmp(workers[i].counts.counters[j].name, name) == 0)
                sum += workers[i].counts.counters[j].value;
    return sum;
}

// Each name once for each kind: by the first worker that has it.
static bool has_come(const struct metrics_worker *workers, size_t i, const char *name) {
    for (size_t before = 0; before < i; before++)
        if (workers[before].kind == workers[i].kind && add(&workers[before], 1, workers[i].kind, name) > 0)
            return true;
    return false;
}

static void print_events(FILE *out, const struct metrics_worker *workers, size_t count) {
    head(out, "candour_events_total", "counter",
         "What the log's counters have come to. Added up once an hour, and of the ballot box in whole tens.");
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < LOG_COUNTERS_MAX; j++) {
            const struct metrics_count *counter = &workers[i].counts.counters[j];
            if (counter->value == 0 || has_come(workers, i, counter->name))
                continue;
            fprintf(out, "candour_events_total{kind=\"%s\",event=\"%s\"} %ju\n", runner_kind_name(workers[i].kind),
                    counter->name, (uintmax_t)add(workers, count, workers[i].kind, counter->name));
        }
}

void metrics_print(FILE *out, time_t began, const char *const certificates[2], const struct metrics_worker *workers,
                   size_t count) {
    static const char *const doors[] = {"desk", "ballot"};
    head(out, "candour_info", "gauge", "The version that runs.");
    fprintf(out, "candour_info{version=\"%s\"} 1\n", CANDOUR_VERSION);
    head(out, "candour_start_time_seconds", "gauge", "When it started, in Unix seconds.");
    fprintf(out, "candour_start_time_seconds %jd\n", (intmax_t)began);
    head(out, "candour_certificate_expires_seconds", "gauge", "When the certificate in the door's file ends.");
    for (size_t i = 0; i < ARRAY_LEN(doors); i++) {
        int64_t expires;
        if (certificates[i] && tls_certificate_expires(certificates[i], &expires) == 0)
            fprintf(out, "candour_certificate_expires_seconds{door=\"%s\"} %jd\n", doors[i], (intmax_t)expires);
    }
    print_workers(out, workers, count);
    print_events(out, workers, count);
}
