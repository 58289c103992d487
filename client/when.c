#include "when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"

enum { MINUTE_S = 60, HOUR_S = 60 * MINUTE_S, DAY_S = 24 * HOUR_S, WEEK_S = 7 * DAY_S, DIGITS_MAX = 9 };
#define DURATION_S_MAX (INT64_C(3660) * DAY_S)

int when_duration(const char *text, int64_t *ret_s) {
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', MINUTE_S}, {'h', HOUR_S}, {'d', DAY_S}, {'w', WEEK_S}};
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX || strlen(text) != digits + 1)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        int64_t s = strtoll(text, NULL, 10) * units[i].seconds;
        if (text[digits] != units[i].letter)
            continue;
        if (s > DURATION_S_MAX)
            return -1;
        *ret_s = s;
        return 0;
    }
    return -1;
}

int when_read(const char *text, int64_t now, int64_t *ret_at) {
    enum { DATE = 10, MINUTES = 17, SECONDS = 20 }; // lengths of "2026-12-01", "...T09:00Z", "...T09:00:00Z"
    if (strcmp(text, "now") == 0) {
        *ret_at = now;
        return 0;
    }
    int64_t s;
    if (text[0] == '+') {
        if (when_duration(text + 1, &s) != 0)
            return -1;
        *ret_at = now + s;
        return 0;
    }
    char whole[CLOCK_TEXT_BYTES];
    size_t len = strlen(text);
    if (len == DATE)
        snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
    else if (len == MINUTES && text[MINUTES - 1] == 'Z')
        snprintf(whole, sizeof whole, "%.16s:00Z", text);
    else if (len == SECONDS)
        snprintf(whole, sizeof whole, "%s", text);
    else
        return -1;
    return clock_parse(whole, strlen(whole), ret_at);
}

void when_text(int64_t at, char ret_text[WHEN_TEXT_BYTES]) {
    time_t t = (time_t)at;
    struct tm tm;
    if (localtime_r(&t, &tm) == NULL || strftime(ret_text, WHEN_TEXT_BYTES, "%Y-%m-%d %H:%M %Z", &tm) == 0)
        clock_text(at, ret_text);
}
