#include "daemon/mail/message.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "daemon/mail/writer.h"

enum {
    LINE_MAX_BYTES = 76,     // quoted-printable, RFC 2045 6.7
    PLAIN_LINE_MAX = 78,     // RFC 5322 2.1.1
    ENCODED_POINT_ROOM = 39, // bytes of text in one encoded word: 4/3 of it, its frame and "Subject: " stay below 76
};

PRINTF(2, 3) static void say(struct writer *w, const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= sizeof line)
        w->is_full = true;
    else
        writer_put(w, line, (size_t)len);
}

// ---------------------------------------------------------------- headers

// Nothing but what may stand between angle brackets without quoting.
static bool is_address(const char *text) {
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("<>()[]\\,;:\"", text[i]) != NULL)
            return false;
    return check_email(text, len);
}

static void put_base64(struct writer *w, const char *bytes, size_t len) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        uint32_t triple = 0;
        for (size_t j = 0; j < 3; j++)
            triple = triple << 8 | (i + j < len ? (uint8_t)bytes[i + j] : 0);
        char four[4];
        for (size_t j = 0; j < 4; j++)
            four[j] = j <= len - i ? alphabet[triple >> (18 - 6 * j) & 63] : '=';
        writer_put(w, four, sizeof four);
    }
}

// As encoded words, whole code points in each (RFC 2047, 5 (3)). Controls become spaces.
static void put_words(struct writer *w, const char *text) {
    size_t len = strlen(text);
    for (size_t at = 0; at < len;) {
        char part[ENCODED_POINT_ROOM];
        size_t used = 0, step;
        for (uint32_t point; at < len; at += step) {
            step = check_point(text + at, len - at, &point);
            if (step == 0) {
                step = 1;
                point = ' ';
            }
            if (used + step > sizeof part)
                break;
            if (point < ' ' || point == 0x7f)
                part[used++] = ' ';
            else {
                memcpy(part + used, text + at, step);
                used += step;
            }
        }
        writer_put(w, "=?UTF-8?B?", 10);
        put_base64(w, part, used);
        writer_put(w, at < len ? "?=\r\n " : "?=", at < len ? 5 : 2);
    }
}

static bool is_plain(const char *text, const char *but) {
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~' || strchr(but, *text) != NULL)
            return false;
    return true;
}

// A line that is short and plain stays readable; any other becomes encoded words. "=?" would be read as one.
static void put_subject(struct writer *w, const char *subject) {
    say(w, "Subject: ");
    if (is_plain(subject, "") && strlen(subject) + 9 <= PLAIN_LINE_MAX && strstr(subject, "=?") == NULL)
        writer_put(w, subject, strlen(subject));
    else
        put_words(w, subject);
    say(w, "\r\n");
}

static void put_mailbox(struct writer *w, const char *header, const char *name, const char *address) {
    say(w, "%s: ", header);
    if (name[0] == '\0') {
        say(w, "%s\r\n", address);
        return;
    }
    if (is_plain(name, "\"\\") && strlen(name) < PLAIN_LINE_MAX - 20 && strstr(name, "=?") == NULL)
        say(w, "\"%s\"", name);
    else
        put_words(w, name);
    say(w, "\r\n <%s>\r\n", address);
}

static void put_date(struct writer *w, int64_t at) {
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t time = (time_t)at;
    struct tm date;
    gmtime_r(&time, &date);
    say(w, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[date.tm_wday], date.tm_mday, months[date.tm_mon],
        date.tm_year + 1900, date.tm_hour, date.tm_min, date.tm_sec);
}

// ---------------------------------------------------------------- body

static bool is_plain_body(const char *body) {
    size_t column = 0;
    for (; *body != '\0'; body++) {
        if (*body == '\n')
            column = 0;
        else if (*body < ' ' || *body > '~' || ++column > PLAIN_LINE_MAX)
            return false;
    }
    return true;
}

static void put_plain(struct writer *w, const char *body) {
    while (*body != '\0') {
        size_t len = strcspn(body, "\n");
        writer_put(w, body, len);
        writer_put(w, "\r\n", 2);
        body += len + (body[len] == '\n');
    }
}

static void put_quoted(struct writer *w, const char *body) {
    size_t column = 0;
    for (; *body != '\0'; body++) {
        unsigned char c = (unsigned char)*body;
        if (c == '\n') {
            writer_put(w, "\r\n", 2);
            column = 0;
            continue;
        }
        bool is_last = body[1] == '\n' || body[1] == '\0';
        bool is_itself = c > ' ' && c <= '~' && c != '=';
        is_itself = is_itself || (c == ' ' && !is_last);
        size_t width = is_itself ? 1 : 3;
        if (column + width + !is_last > LINE_MAX_BYTES) {
            writer_put(w, "=\r\n", 3);
            column = 0;
        }
        if (is_itself)
            writer_put(w, body, 1);
        else
            say(w, "=%02X", c);
        column += width;
    }
    if (column > 0)
        writer_put(w, "\r\n", 2);
}

// ---------------------------------------------------------------- the whole

static void put_id(struct writer *w, const struct message *m) {
    say(w, "Message-ID: <");
    for (int i = 0; i < 16; i++)
        say(w, "%02x", m->id[i]);
    say(w, "%s>\r\n", strrchr(m->from, '@'));
}

int message_write(const struct message *m, char *ret_text, size_t size, size_t *ret_len) {
    struct writer w = {.text = ret_text, .size = size};
    if (!is_address(m->from) || !is_address(m->to) || (m->reply_to[0] != '\0' && !is_address(m->reply_to)))
        return -1;
    bool plain = is_plain_body(m->body);
    put_date(&w, m->date);
    put_mailbox(&w, "From", m->from_name, m->from);
    put_mailbox(&w, "To", m->to_name, m->to);
    if (m->reply_to[0] != '\0')
        say(&w, "Reply-To: %s\r\n", m->reply_to);
    put_subject(&w, m->subject);
    put_id(&w, m);
    say(&w,
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: %s\r\n"
        "\r\n",
        plain ? "7bit" : "quoted-printable");
    if (plain)
        put_plain(&w, m->body);
    else
        put_quoted(&w, m->body);
    if (w.is_full)
        return -1;
    *ret_len = w.used;
    return 0;
}
