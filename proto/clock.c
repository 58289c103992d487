#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    YEAR_BYTES = 4,
    OFFSET_TEXT_BYTES = 24,
};
static const int64_t last_second = 253402300799;       // 9999-12-31T23:59:59Z
static const int64_t offset_max = 100LL * 366 * 86400; // a century either way

static const char *_Atomic shift_path;
static _Atomic int64_t shift; // seconds; the last offset read

static int read_offset(const char *path, int64_t *ret_offset) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    char text[OFFSET_TEXT_BYTES];
    ssize_t len = read(fd, text, sizeof text - 1);
    close(fd);
    if (len <= 0)
        return -1;
    text[len] = '\0';
    char *end;
    errno = 0;
    long long offset = strtoll(text, &end, 10);
    if (errno != 0 || end == text || (*end != '\0' && strcmp(end, "\n") != 0))
        return -1;
    if (offset < -offset_max || offset > offset_max)
        return -1;
    *ret_offset = offset;
    return 0;
}

int64_t clock_now(void) {
    const char *path = shift_path;
    int64_t offset;
    // The file is replaced by rename while we run, so it is opened afresh; demo only.
    if (path != NULL && read_offset(path, &offset) == 0)
        shift = offset;
    return (int64_t)time(NULL) + shift;
}

void clock_shift_by_file(const char *path) {
    shift_path = path;
}

bool clock_is_shifted(void) {
    return shift_path != NULL;
}

void clock_text(int64_t at, char ret_text[CLOCK_TEXT_BYTES]) {
    time_t seconds = at < 0 ? 0 : at > last_second ? last_second : at;
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(ret_text, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

// Decimal digits only; -1 otherwise.
static int read_digits(const char *text, size_t len) {
    int value = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

int clock_parse(const char *text, size_t len, int64_t *ret_at) {
    static const char form[] = "0000-00-00T00:00:00Z";
    if (len != sizeof form - 1)
        return -1;
    struct tm parts = {
        .tm_year = read_digits(text, YEAR_BYTES) - 1900,
        .tm_mon = read_digits(text + 5, 2) - 1,
        .tm_mday = read_digits(text + 8, 2),
        .tm_hour = read_digits(text + 11, 2),
        .tm_min = read_digits(text + 14, 2),
        .tm_sec = read_digits(text + 17, 2),
    };
    int64_t at = timegm(&parts);
    // The 30th of February, a 60th second or a wrong separator does not come back as it went in.
    char canonical[CLOCK_TEXT_BYTES];
    clock_text(at, canonical);
    if (memcmp(canonical, text, len) != 0)
        return -1;
    *ret_at = at;
    return 0;
}

void clock_words(int64_t at, char ret_text[CLOCK_WORDS_BYTES]) {
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    time_t time = (time_t)at;
    struct tm date;
    gmtime_r(&time, &date);
    snprintf(ret_text, CLOCK_WORDS_BYTES, "%d %s %d at %02d:%02d UTC", date.tm_mday, months[date.tm_mon],
             date.tm_year + 1900, date.tm_hour, date.tm_min);
}
