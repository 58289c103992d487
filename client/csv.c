#include "csv.h"

#include <assert.h>
#include <csv.h>
#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEADER_BYTES = 64, NO_COLUMN = -1, FIELDS_MAX = 256 };

// ---------------------------------------------------------------- encoding

// Converts all of it into malloc'ed, NUL-terminated UTF-8. -1: not in this encoding; -2: no memory.
static int convert(const char *from, const char *text, size_t len, char **ret_text, size_t *ret_len) {
    iconv_t how = iconv_open("UTF-8", from);
    if (how == (iconv_t)-1)
        return -1;
    size_t room = 3 * len; // nothing that is read here takes more in UTF-8
    char *converted = malloc(room + 1), *in = (char *)(uintptr_t)text, *out = converted;
    int result = converted == NULL ? -2 : iconv(how, &in, &len, &out, &room) == (size_t)-1 ? -1 : 0;
    iconv_close(how);
    if (result != 0) {
        free(converted);
        return result;
    }
    *out = '\0';
    *ret_text = converted;
    *ret_len = (size_t)(out - converted);
    return 0;
}

// How the file says that it is written, by its byte order mark; its size goes to *ret_mark. NULL: not at all.
static const char *find_encoding(const char *text, size_t len, size_t *ret_mark) {
    static const struct {
        const char *mark, *encoding;
    } known[] = {{"\xef\xbb\xbf", "UTF-8"}, {"\xff\xfe", "UTF-16LE"}, {"\xfe\xff", "UTF-16BE"}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        *ret_mark = strlen(known[i].mark);
        if (len >= *ret_mark && memcmp(text, known[i].mark, *ret_mark) == 0)
            return known[i].encoding;
    }
    *ret_mark = 0;
    return NULL;
}

static int decode(const char *text, size_t len, struct csv_file *file, char **ret_text, size_t *ret_len,
                  struct problem *ret_problem) {
    if (len >= 4 && memcmp(text, "PK\3\4", 4) == 0)
        return problem_set(
            ret_problem, EXIT_USAGE,
            "This is a spreadsheet, not a CSV file. In the spreadsheet program, save it as CSV (UTF-8).");
    size_t mark;
    const char *encoding = find_encoding(text, len, &mark);
    int result = convert(encoding != NULL ? encoding : "UTF-8", text + mark, len - mark, ret_text, ret_len);
    if (result == -1 && mark != 2) {
        file->is_windows = true;
        result = convert("WINDOWS-1252", text + mark, len - mark, ret_text, ret_len);
    }
    if (result == -2)
        return problem_no_memory(ret_problem);
    if (result == 0 && memchr(*ret_text, '\0', *ret_len) != NULL) {
        free(*ret_text);
        result = -1;
    }
    return result == 0 ? 0
                       : problem_set(ret_problem, EXIT_USAGE,
                                     "This is no CSV file, or not one in UTF-8, UTF-16 or Windows-1252. In the "
                                     "spreadsheet program, save it as CSV (UTF-8).");
}

// Whatever of "," ";" and tab is most frequent in the header, quoted text apart.
static char find_delimiter(const char *text) {
    static const char known[] = ",;\t";
    size_t counts[sizeof known] = {0}, most = 0;
    bool is_quoted = false;
    text += strspn(text, "\r\n");
    for (; *text != '\0' && (is_quoted || strchr("\r\n", *text) == NULL); text++) {
        is_quoted ^= *text == '"';
        const char *at = is_quoted ? NULL : strchr(known, *text);
        if (at != NULL)
            counts[at - known]++;
    }
    for (size_t i = 1; known[i] != '\0'; i++)
        most = counts[i] > counts[most] ? i : most;
    return known[most];
}

// A first line as "sep=;" is for spreadsheet programs: the delimiter it names, or 0.
static char named_delimiter(const char *text) {
    bool is_there = strncasecmp(text, "sep=", 4) == 0 && text[4] != '\0' && strchr("\"\r\n", text[4]) == NULL &&
                    text[5] != '\0' && strchr("\r\n", text[5]) != NULL;
    return is_there ? text[4] : '\0';
}

// ---------------------------------------------------------------- reading

struct reader {
    const struct csv_column *columns;
    struct csv_file *file;
    struct findings *findings;
    size_t rows_room;
    uint32_t line, row_line;      // of the byte that is read; of the row's first byte
    bool in_row, has_header;      //
    size_t field;                 // in this row
    int meaning[FIELDS_MAX];      // of each field: the column, or NO_COLUMN
    char *cells[CSV_COLUMNS_MAX]; // of this row
    bool is_any, is_too_long;     // has this row any text; more of it than the header has fields
    size_t header_fields;
    char headers[256];
    struct problem *problem;
    bool has_failed;
};

static void fail(struct reader *reader, enum exit_code code, const char *sentence) {
    if (!reader->has_failed)
        problem_set(reader->problem, code, "%s", sentence);
    reader->has_failed = true;
}

// Malloc'ed, without spaces around it (no-break spaces come out of spreadsheets, too).
static char *trimmed(const char *text, size_t len) {
    for (bool again = true; again;) {
        again = true;
        if (len > 0 && isspace((unsigned char)text[0]))
            text++, len--;
        else if (len > 0 && isspace((unsigned char)text[len - 1]))
            len--;
        else if (len > 1 && memcmp(text, "\xc2\xa0", 2) == 0)
            text += 2, len -= 2;
        else if (len > 1 && memcmp(text + len - 2, "\xc2\xa0", 2) == 0)
            len -= 2;
        else
            again = false;
    }
    char *copy = malloc(len + 1);
    if (copy != NULL) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

static bool is_called(const struct csv_column *column, const char *key) {
    size_t len = strlen(key);
    for (const char *at = column->synonyms; len > 0 && at != NULL; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, key, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
            return true;
    }
    return false;
}

static void append(char *list, size_t size, const char *name) {
    size_t used = strlen(list);
    snprintf(list + used, size - used, "%s%s", used > 0 ? ", " : "", name);
}

static void read_header(struct reader *reader, const char *name) {
    char key[HEADER_BYTES];
    size_t used = 0;
    for (const char *at = name; *at != '\0' && used + 1 < sizeof key; at++)
        if (isalnum((unsigned char)*at))
            key[used++] = (char)tolower((unsigned char)*at);
    key[used] = '\0';
    int *meaning = &reader->meaning[reader->field];
    *meaning = NO_COLUMN;
    append(reader->headers, sizeof reader->headers, name);
    for (size_t i = 0; i < reader->file->columns && *meaning == NO_COLUMN; i++)
        if (is_called(&reader->columns[i], key))
            *meaning = (int)i;
    if (*meaning == NO_COLUMN) {
        if (name[0] != '\0')
            append(reader->file->ignored, sizeof reader->file->ignored, name);
        return;
    }
    if (reader->file->is_there[*meaning]) {
        char sentence[256];
        snprintf(sentence, sizeof sentence, "Two columns of the file mean \"%s\". Remove or rename one of them.",
                 reader->columns[*meaning].name);
        fail(reader, EXIT_USAGE, sentence);
    }
    reader->file->is_there[*meaning] = true;
}

static void read_field(void *text, size_t len, void *context) {
    struct reader *reader = context;
    size_t field = reader->field;
    char *cell = reader->has_failed ? NULL : trimmed(len > 0 ? text : "", len);
    if (cell == NULL) {
        fail(reader, EXIT_FAILED, "There is not enough memory on this computer.");
        return;
    }
    reader->is_any |= cell[0] != '\0';
    if (field >= FIELDS_MAX) {
        fail(reader, EXIT_USAGE, "The file has more than 256 columns. Remove the ones that are not needed.");
    } else if (!reader->has_header) {
        read_header(reader, cell);
    } else if (field >= reader->header_fields) {
        reader->is_too_long |= cell[0] != '\0';
    } else if (reader->meaning[field] != NO_COLUMN) {
        reader->cells[reader->meaning[field]] = cell;
        cell = NULL;
    }
    free(cell);
    reader->field++;
}

static void check_header(struct reader *reader) {
    char missing[256] = "";
    for (size_t i = 0; i < reader->file->columns; i++)
        if (reader->columns[i].is_required && !reader->file->is_there[i])
            append(missing, sizeof missing, reader->columns[i].name);
    if (missing[0] == '\0')
        return;
    char sentence[sizeof missing + sizeof reader->headers + 160];
    snprintf(sentence, sizeof sentence,
             "The file has no column for: %s. Its first line has: %s. Give each missing column this name in the first "
             "line.",
             missing, reader->headers);
    fail(reader, EXIT_USAGE, sentence);
}

static bool make_room(struct reader *reader) {
    struct csv_file *file = reader->file;
    if (file->rows < reader->rows_room)
        return true;
    size_t room = reader->rows_room == 0 ? 256 : reader->rows_room * 2;
    char **cells = reallocarray(file->cells, room * file->columns, sizeof *cells);
    if (cells != NULL)
        file->cells = cells;
    uint32_t *lines = reallocarray(file->lines, room, sizeof *lines);
    if (lines != NULL)
        file->lines = lines;
    if (cells == NULL || lines == NULL)
        return false;
    reader->rows_room = room;
    return true;
}

// Takes over the row's cells.
static void keep_row(struct reader *reader) {
    struct csv_file *file = reader->file;
    char **row = file->cells + file->rows * file->columns;
    file->lines[file->rows++] = reader->row_line;
    for (size_t i = 0; i < file->columns; i++) {
        row[i] = reader->cells[i] != NULL ? reader->cells[i] : strdup("");
        reader->cells[i] = NULL;
        if (row[i] == NULL)
            fail(reader, EXIT_FAILED, "There is not enough memory on this computer.");
    }
    if (reader->is_too_long)
        findings_add(reader->findings, reader->row_line,
                     "This row has more fields than the first line. Put text with a comma or semicolon in it between "
                     "quotation marks.");
}

static void end_row(int terminator, void *context) {
    (void)terminator;
    struct reader *reader = context;
    if (!reader->has_failed && reader->is_any) {
        if (!reader->has_header) {
            check_header(reader);
            reader->has_header = true;
            reader->header_fields = reader->field;
        } else if (make_room(reader)) {
            keep_row(reader);
        } else {
            fail(reader, EXIT_FAILED, "There is not enough memory on this computer.");
        }
    }
    for (size_t i = 0; i < reader->file->columns; i++) {
        free(reader->cells[i]);
        reader->cells[i] = NULL;
    }
    reader->field = 0;
    reader->in_row = reader->is_any = reader->is_too_long = false;
}

static void bad_quotes(struct reader *reader, uint32_t line) {
    char sentence[256];
    snprintf(sentence, sizeof sentence,
             "Line %u has a quotation mark in the wrong place, or one that is never closed. Write text that has one "
             "between quotation marks, and the inner mark twice.",
             line);
    fail(reader, EXIT_USAGE, sentence);
}

// Byte by byte, so that the line of each row is known.
static void read_all(struct reader *reader, struct csv_parser *parser, const char *text, size_t len) {
    reader->line = 1;
    for (size_t i = 0; i < len && !reader->has_failed; i++) {
        if (!reader->in_row && strchr(" \t\r\n", text[i]) == NULL) {
            reader->in_row = true;
            reader->row_line = reader->line;
        }
        if (csv_parse(parser, &text[i], 1, read_field, end_row, reader) != 1)
            bad_quotes(reader, reader->row_line);
        reader->line += text[i] == '\n' || (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'));
    }
    if (!reader->has_failed && csv_fini(parser, read_field, end_row, reader) != 0)
        bad_quotes(reader, reader->row_line);
}

int csv_load_text(const void *text, size_t len, const struct csv_column *columns, size_t column_count,
                  struct findings *findings, struct csv_file *ret_file, struct problem *ret_problem) {
    assert(column_count <= CSV_COLUMNS_MAX);
    struct csv_file file = {.columns = column_count};
    char *decoded;
    size_t decoded_len;
    if (decode(text, len, &file, &decoded, &decoded_len, ret_problem) != 0)
        return -1;
    struct csv_parser parser;
    struct reader reader = {.columns = columns, .file = &file, .findings = findings, .problem = ret_problem};
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(decoded);
        return problem_no_memory(ret_problem);
    }
    char named = named_delimiter(decoded);
    if (named != '\0')
        memset(decoded, ' ', 5); // an empty line now, so that lines keep their numbers
    csv_set_delim(&parser, (unsigned char)(named != '\0' ? named : find_delimiter(decoded)));
    read_all(&reader, &parser, decoded, decoded_len);
    csv_free(&parser);
    free(decoded);
    for (size_t i = 0; i < column_count; i++)
        free(reader.cells[i]);
    if (!reader.has_failed && !reader.has_header)
        fail(&reader, EXIT_USAGE, "The file is empty. Its first line must name the columns.");
    if (!reader.has_failed && file.rows == 0)
        fail(&reader, EXIT_USAGE, "The file has no rows below its first line.");
    if (reader.has_failed) {
        csv_drop(&file);
        return -1;
    }
    *ret_file = file;
    return 0;
}

int csv_load(const char *path, const struct csv_column *columns, size_t column_count, struct findings *findings,
             struct csv_file *ret_file, struct problem *ret_problem) {
    bool is_input = strcmp(path, "-") == 0;
    FILE *in = is_input ? stdin : fopen(path, "re");
    if (in == NULL)
        return problem_set(ret_problem, errno == ENOENT ? EXIT_NOT_FOUND : EXIT_USAGE,
                           "The file %s cannot be opened (%s). Check its name and place.", path, strerror(errno));
    char *text = malloc(CSV_BYTES_MAX + 1);
    size_t len = text != NULL ? fread(text, 1, CSV_BYTES_MAX + 1, in) : 0;
    int result = -1;
    if (text == NULL)
        problem_no_memory(ret_problem);
    else if (ferror(in))
        problem_set(ret_problem, EXIT_USAGE, "The file %s cannot be read (%s).", path, strerror(errno));
    else if (len > CSV_BYTES_MAX)
        problem_set(ret_problem, EXIT_USAGE, "The file %s is larger than %d MiB. Split it.", path,
                    CSV_BYTES_MAX / 1024 / 1024);
    else
        result = csv_load_text(text, len, columns, column_count, findings, ret_file, ret_problem);
    free(text);
    if (!is_input)
        fclose(in);
    return result;
}

void csv_drop(struct csv_file *file) {
    for (size_t i = 0; i < file->rows * file->columns; i++)
        free(file->cells[i]);
    free(file->cells);
    free(file->lines);
    *file = (struct csv_file){0};
}

const char *csv_cell(const struct csv_file *file, size_t row, size_t column) {
    assert(row < file->rows && column < file->columns);
    return file->cells[row * file->columns + column];
}
