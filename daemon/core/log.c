#include "log.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "warning", "notice", "detail"};

static struct {
    const char *worker;
    enum log_level most;
    int fd;
    bool is_socket;
    uint64_t lost, step;
    struct log_totals *totals;
    struct {
        const char *name;
        uint64_t value;
    } counters[LOG_COUNTERS_MAX];
} state = {.worker = "candourd", .most = LOG_NOTICE, .fd = STDERR_FILENO, .step = 1};

void log_start(const char *worker, enum log_level most) {
    state.worker = worker;
    state.most = most;
    struct stat about;
    bool is_known = fstat(STDERR_FILENO, &about) == 0;
    state.is_socket = is_known && S_ISSOCK(about.st_mode);
    if (is_known && S_ISFIFO(about.st_mode)) {
        // An own open file of the same pipe: O_NONBLOCK on stderr itself would reach everyone who shares it. A worker
        // may not open it and goes on with its parent's.
        int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        if (own >= 0 && state.fd != STDERR_FILENO)
            close(state.fd);
        if (own >= 0)
            state.fd = own;
    }
}

static bool write_line(const char *line, size_t len) {
    if (state.is_socket)
        return send(state.fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
    struct pollfd room = {.fd = state.fd, .events = POLLOUT};
    if (poll(&room, 1, 0) != 1)
        return false;
    return write(state.fd, line, len) == (ssize_t)len;
}

struct line {
    char text[LOG_LINE_BYTES_MAX];
    size_t len;
};

static void put(struct line *l, char c) {
    if (l->len < sizeof l->text - 1) // one byte stays for the line feed
        l->text[l->len++] = c;
}

static void put_text(struct line *l, const char *text) {
    while (*text)
        put(l, *text++);
}

static size_t key_length(const char *text) { // of "key=" at the start of text; 0: there is none
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return len > 0 && text[len] == '=' ? len + 1 : 0;
}

static size_t value_length(const char *text) {
    size_t len = 0;
    while (text[len] && !(text[len] == ' ' && key_length(text + len + 1) > 0))
        len++;
    return len;
}

static void put_value(struct line *l, const char *value, size_t len) {
    if (len >= 2 && value[0] == '"' && value[len - 1] == '"') { // somebody was careful already
        value++;
        len -= 2;
    }
    bool needs_quotes = len == 0;
    for (size_t i = 0; i < len; i++)
        if (value[i] == ' ' || value[i] == '"' || value[i] == '\\' || iscntrl((unsigned char)value[i]))
            needs_quotes = true;
    if (needs_quotes)
        put(l, '"');
    for (size_t i = 0; i < len; i++) {
        if (value[i] == '"' || value[i] == '\\')
            put(l, '\\');
        put(l, iscntrl((unsigned char)value[i]) ? '?' : value[i]);
    }
    if (needs_quotes)
        put(l, '"');
}

static void put_fields(struct line *l, const char *fields) {
    while (*fields) {
        size_t key = key_length(fields);
        put(l, ' ');
        for (size_t i = 0; i < key; i++)
            put(l, fields[i]);
        size_t value = value_length(fields + key);
        put_value(l, fields + key, value);
        fields += key + value;
        if (*fields == ' ')
            fields++;
    }
}

static void report_lost(void) {
    if (state.lost == 0)
        return;
    char line[128];
    int len = snprintf(line, sizeof line, "warning log_lines_lost worker=%s lines=%ju\n", state.worker,
                       (uintmax_t)state.lost);
    if (write_line(line, (size_t)len))
        state.lost = 0;
}

void log_event(enum log_level level, const char *event, const char *fields, ...) {
    if (level > state.most)
        return;
    int before = errno;
    char text[LOG_LINE_BYTES_MAX] = "";
    if (fields) {
        va_list args;
        va_start(args, fields);
        vsnprintf(text, sizeof text, fields, args);
        va_end(args);
    }
    struct line l = {.len = 0};
    put_text(&l, level_names[level]);
    put(&l, ' ');
    put_text(&l, event);
    put_text(&l, " worker=");
    put_text(&l, state.worker);
    put_fields(&l, text);
    l.text[l.len++] = '\n';
    report_lost();
    if (state.lost > 0 || !write_line(l.text, l.len))
        state.lost++;
    errno = before;
}

void log_count(const char *name) {
    for (size_t i = 0; i < LOG_COUNTERS_MAX; i++) {
        if (!state.counters[i].name)
            state.counters[i].name = name;
        if (state.counters[i].name == name || strcmp(state.counters[i].name, name) == 0) {
            state.counters[i].value++;
            return;
        }
    }
    assert(!"too many counters");
}

void log_coarse(unsigned step) {
    state.step = step;
}

void log_share(struct log_totals *totals) {
    state.totals = totals;
}

static void add_to_total(const char *name, uint64_t value) {
    if (!state.totals)
        return;
    for (size_t i = 0; i < LOG_COUNTERS_MAX; i++) {
        struct log_total *total = &state.totals->counters[i];
        if (!total->name[0])
            snprintf(total->name, sizeof total->name, "%s", name);
        if (strncmp(total->name, name, sizeof total->name - 1) == 0) {
            atomic_fetch_add(&total->value, value);
            return;
        }
    }
}

void log_counters(void) {
    char text[LOG_LINE_BYTES_MAX / 2] = "";
    size_t len = 0;
    for (size_t i = 0; i < LOG_COUNTERS_MAX && state.counters[i].name; i++) {
        uint64_t value = state.counters[i].value - state.counters[i].value % state.step;
        if (value == 0)
            continue;
        char pair[96];
        int more = snprintf(pair, sizeof pair, "%s%s=%ju", len ? " " : "", state.counters[i].name, (uintmax_t)value);
        if ((size_t)more >= sizeof text - len) {
            log_event(LOG_NOTICE, "counters", "%s", text);
            len = 0;
            more = snprintf(pair, sizeof pair, "%s=%ju", state.counters[i].name, (uintmax_t)value);
        }
        memcpy(text + len, pair, (size_t)more + 1);
        len += (size_t)more;
        add_to_total(state.counters[i].name, value);
        state.counters[i].value -= value;
    }
    if (len > 0)
        log_event(LOG_NOTICE, "counters", "%s", text);
}
