#include "output.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"

enum { CHUNK_BYTES = 4096 };

size_t output_clean(const void *text, size_t len, bool one_line, char *ret_text, size_t size) {
    const char *from = text;
    size_t done = 0;
    for (size_t at = 0; at < len;) {
        uint32_t point = 0;
        size_t bytes = check_point(from + at, len - at, &point);
        const char *shown = from + at;
        size_t shown_len = bytes;
        if (bytes == 0 || check_is_harmful(point) || point == 0xfffe || point == 0xffff) {
            shown = "?";
            shown_len = 1;
        } else if (one_line && (point == '\n' || point == '\t')) {
            shown = " ";
        }
        if (shown_len >= size - done)
            break;
        memcpy(ret_text + done, shown, shown_len);
        done += shown_len;
        at += bytes ? bytes : 1;
    }
    ret_text[done] = '\0';
    return done;
}

// Cleans piece by piece: cleaning never makes text longer, and a piece never ends inside a character.
static void print_clean(FILE *out, const char *text, size_t len, bool one_line) {
    char piece[CHUNK_BYTES + 1];
    while (len > 0) {
        size_t take = len < CHUNK_BYTES ? len : CHUNK_BYTES;
        for (size_t back = 0; take < len && back < 3 && ((unsigned char)text[take] & 0xc0) == 0x80; back++)
            take--;
        fwrite(piece, 1, output_clean(text, take, one_line, piece, sizeof piece), out);
        text += take;
        len -= take;
    }
}

void output_print(FILE *out, const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int len = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (len < 0)
        return;
    print_clean(out, text, (size_t)len, false);
    free(text);
}

void output_text(FILE *out, const void *text, size_t len) {
    print_clean(out, text, len, false);
}

void output_field(FILE *out, const void *text, size_t len) {
    print_clean(out, text, len, true);
}

struct range {
    uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t point) {
    for (size_t i = 0; i < count; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

// The large blocks only (Unicode 15, East Asian Width W and F; combining marks): enough to keep columns straight.
static size_t point_width(uint32_t point) {
    static const struct range narrow[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},
                                          {0x64b, 0x65f},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d},
                                          {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
    static const struct range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},  {0x3400, 0x4dbf},
                                        {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xac00, 0xd7a3},  {0xf900, 0xfaff},
                                        {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                                        {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    if (point < 0x300)
        return 1;
    return is_in(narrow, ARRAY_LEN(narrow), point) ? 0 : is_in(wide, ARRAY_LEN(wide), point) ? 2 : 1;
}

// Bytes of text that fit into width columns, and the columns they take.
static size_t fit(const char *text, size_t len, size_t width, size_t *ret_columns) {
    size_t columns = 0, at = 0;
    while (at < len) {
        uint32_t point = 0;
        size_t bytes = check_point(text + at, len - at, &point);
        size_t wide = bytes ? point_width(point) : 1;
        if (wide > width - columns)
            break;
        columns += wide;
        at += bytes ? bytes : 1;
    }
    *ret_columns = columns;
    return at;
}

size_t output_width(const char *text) {
    size_t columns;
    fit(text, strlen(text), SIZE_MAX, &columns);
    return columns;
}

void output_pad(FILE *out, const char *text, size_t width) {
    char clean[1024];
    size_t len = output_clean(text, strlen(text), true, clean, sizeof clean), columns;
    size_t shown = fit(clean, len, width, &columns);
    size_t dots = shown == len ? 0 : width < 3 ? width : 3;
    if (dots > 0)
        shown = fit(clean, len, width - dots, &columns);
    fprintf(out, "%.*s%.*s%*s", (int)shown, clean, (int)dots, "...", (int)(width - columns - dots), "");
}

// "- " or "12. ": what goes on below stands under the words after it.
static size_t hanging(const char *line) {
    size_t digits = strspn(line, "0123456789");
    bool is_number = digits >= 1 && digits <= 3 && strncmp(line + digits, ". ", 2) == 0;
    return is_number ? digits + 2 : strncmp(line, "- ", 2) == 0 ? 2 : 0;
}

// Prints one line of cleaned text, wrapped.
static void wrap_line(FILE *out, const char *line, size_t len, size_t indent, size_t width) {
    size_t room = width > indent + 10 ? width - indent : 10;
    size_t used = 0, hang = hanging(line);
    bool is_first = true;
    for (size_t at = 0; at < len;) {
        size_t end = at;
        while (end < len && line[end] != ' ')
            end++;
        size_t columns;
        fit(line + at, end - at, SIZE_MAX, &columns);
        if (columns > 0) {
            if (!is_first && used + 1 + columns > room) {
                fputc('\n', out);
                is_first = true;
                indent += hang;
                room -= hang < room ? hang : 0;
                hang = 0;
            }
            fprintf(out, "%*s%.*s", is_first ? (int)indent : 1, "", (int)(end - at), line + at);
            used = is_first ? columns : used + 1 + columns;
            is_first = false;
        }
        at = end + 1;
    }
    fputc('\n', out);
}

void output_wrap(FILE *out, const char *text, size_t indent, size_t width) {
    size_t size = strlen(text) + 1;
    char *clean = malloc(size);
    if (clean == NULL)
        return;
    output_clean(text, size - 1, false, clean, size);
    for (char *line = clean; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        wrap_line(out, line, len, indent, width);
        line += len + (line[len] == '\n');
    }
    free(clean);
}

size_t output_columns(FILE *out) {
    enum { COLUMNS_MIN = 20 };
    struct winsize size;
    bool is_known = isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= COLUMNS_MIN;
    return is_known ? size.ws_col : 0;
}

void output_sentence(FILE *out, const char *text) {
    enum { COLUMNS_UNKNOWN = 80 };
    size_t columns = output_columns(out);
    if (!isatty(fileno(out)))
        output_print(out, "%s\n", text);
    else
        output_wrap(out, text, 0, columns > 0 ? columns : COLUMNS_UNKNOWN);
}

static bool use_colour;

void output_use_colour(bool use) {
    use_colour = use;
}

void output_style(FILE *out, enum output_style style) {
    static const char *const codes[] = {"\033[0m", "\033[1m", "\033[2m", "\033[1;33m"};
    if (use_colour)
        fputs(codes[style], out);
}
