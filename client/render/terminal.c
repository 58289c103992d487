// The outline as lines of a terminal. Every word comes from outline.c.
#include "client/render/terminal.h"

#include <stdlib.h>
#include <string.h>

#include "client/output.h"

enum { WIDTH = 80, INDENT = 4, NAME_WIDTH = 42, GAP = 2, COLUMNS_MAX = 8 };

// Without the isolates of text that people wrote: a terminal orders text by itself. NULL: no memory. The caller frees.
static char *plain(const char *text) {
    static const char *const marks[] = {OUTLINE_ISOLATE, OUTLINE_ISOLATE_END};
    const size_t len = sizeof OUTLINE_ISOLATE - 1;
    char *copy = malloc(strlen(text) + 1), *to = copy;
    while (copy != NULL && *text != '\0') {
        if (strncmp(text, marks[0], len) == 0 || strncmp(text, marks[1], len) == 0)
            text += len;
        else
            *to++ = *text++;
    }
    if (copy != NULL)
        *to = '\0';
    return copy;
}

static void wrap(FILE *out, size_t indent, const char *before, const char *text) {
    char *clean = plain(text), *line = NULL;
    if (clean != NULL && asprintf(&line, "%s%s", before, clean) >= 0) {
        output_wrap(out, line, indent, WIDTH);
        free(line);
    }
    free(clean);
}

static void bold(FILE *out, size_t indent, const char *text) {
    output_style(out, OUTPUT_BOLD);
    wrap(out, indent, "", text);
    output_style(out, OUTPUT_PLAIN);
}

// "Peers                3.4 (2.5 to 4.3)"; "name: text" where that is too wide.
static void print_pair(FILE *out, const char *name, const char *text) {
    char *left = plain(name), *right = plain(text), *line = NULL;
    if (left == NULL || right == NULL)
        goto out;
    if (output_width(left) < NAME_WIDTH && INDENT + NAME_WIDTH + output_width(right) <= WIDTH) {
        fprintf(out, "%*s", INDENT, "");
        output_pad(out, left, NAME_WIDTH);
        output_print(out, "%s\n", right);
    } else if (asprintf(&line, "%s: %s", left, right) >= 0) {
        output_wrap(out, line, INDENT, WIDTH);
        free(line);
    }
out:
    free(left);
    free(right);
}

// ---------------------------------------------------------------- charts

// A lane that is all the chart: a ruler with its mark and likely range below.
static void draw_lane(FILE *out, unsigned scale_max, const struct outline_mark *mark) {
    enum { COLUMNS = 70, STEP_MAX = 10 };
    unsigned steps = scale_max - 1, step = COLUMNS / steps < STEP_MAX ? COLUMNS / steps : STEP_MAX;
    char ruler[COLUMNS + 2], marks[COLUMNS + 2];
    unsigned len = steps * step + 1;
    unsigned low = (mark->low - 10) * step / 10, at = (mark->value - 10) * step / 10,
             high = (mark->high - 10) * step / 10;
    memset(ruler, '-', len);
    memset(marks, ' ', len);
    for (unsigned i = 0; i <= steps; i++)
        ruler[i * step] = '|';
    memset(marks + low, '=', high - low);
    marks[low] = '[';
    marks[high] = ']';
    marks[at] = 'o';
    ruler[len] = marks[high + 1] = '\0';
    fprintf(out, "\n%*s", INDENT, "");
    for (unsigned i = 1; i <= steps; i++)
        output_print(out, "%-*u", (int)step, i);
    output_print(out, "%u\n%*s%s\n%*s%s\n", scale_max, INDENT, "", ruler, INDENT, "", marks);
}

// What a chart shows, in words. Of two marks joined by a line the table that follows says more.
static void print_chart(FILE *out, const struct outline_chart *chart) {
    if (chart->kind == OUTLINE_DUMBBELL)
        return;
    if (chart->n_rows == 1 && chart->rows[0].name == NULL && chart->rows[0].n_marks == 1 &&
        chart->rows[0].marks[0].has_range) {
        draw_lane(out, chart->scale_max, &chart->rows[0].marks[0]);
        return;
    }
    for (size_t i = 0; i < chart->n_rows; i++) {
        fputc('\n', out);
        if (chart->rows[i].name != NULL)
            bold(out, GAP, chart->rows[i].name);
        for (size_t k = 0; k < chart->rows[i].n_marks; k++)
            print_pair(out, chart->rows[i].marks[k].source->name, chart->rows[i].marks[k].figure);
    }
}

// ---------------------------------------------------------------- tables

static size_t width_of(const char *text) {
    char *clean = plain(text);
    size_t width = clean != NULL ? output_width(clean) : 0;
    free(clean);
    return width;
}

// Do all columns fit beside each other?
static bool measure(const struct outline_table *table, size_t widths[COLUMNS_MAX]) {
    size_t total = GAP;
    if (table->n_columns > COLUMNS_MAX)
        return false;
    for (size_t c = 0; c < table->n_columns; c++) {
        widths[c] = width_of(table->headings[c]);
        for (size_t r = 0; r < table->n_rows; r++) {
            size_t width = width_of(table->cells[r * table->n_columns + c]);
            widths[c] = width > widths[c] ? width : widths[c];
        }
        total += widths[c] + GAP;
    }
    return total <= WIDTH;
}

static void print_row(FILE *out, const char *const *cells, size_t columns, const size_t *widths) {
    for (size_t c = 0; c < columns; c++) {
        char *clean = plain(cells[c]);
        fprintf(out, "%*s", GAP, "");
        if (clean != NULL && c + 1 < columns)
            output_pad(out, clean, widths[c]);
        else if (clean != NULL)
            output_print(out, "%s", clean);
        free(clean);
    }
    fputc('\n', out);
}

static void print_table(FILE *out, const struct outline_table *table) {
    size_t widths[COLUMNS_MAX];
    fputc('\n', out);
    if (measure(table, widths)) {
        output_style(out, OUTPUT_DIM);
        print_row(out, table->headings, table->n_columns, widths);
        output_style(out, OUTPUT_PLAIN);
        for (size_t r = 0; r < table->n_rows; r++)
            print_row(out, table->cells + r * table->n_columns, table->n_columns, widths);
        return;
    }
    for (size_t r = 0; r < table->n_rows; r++) {
        const char *const *row = table->cells + r * table->n_columns;
        if (r > 0)
            fputc('\n', out);
        wrap(out, GAP, "", row[0]);
        for (size_t c = 1; c < table->n_columns; c++)
            print_pair(out, table->headings[c], row[c]);
    }
}

// ---------------------------------------------------------------- other blocks

// Lines after the first begin below its first word.
static void print_hanging(FILE *out, const char *lead, size_t width, const char *name, const char *text) {
    char *lines = NULL, *before = NULL;
    size_t size, indent = INDENT + width;
    FILE *memory = open_memstream(&lines, &size);
    if (memory == NULL)
        return;
    if (asprintf(&before, "%s: ", name) >= 0) {
        wrap(memory, indent, name[0] != '\0' ? before : "", text);
        free(before);
    }
    if (fclose(memory) == 0 && size > indent) {
        fprintf(out, "%*s", INDENT, "");
        output_pad(out, lead, width);
        fputs(lines + indent, out);
    }
    free(lines);
}

static void print_points(FILE *out, const struct outline_block *block) {
    for (size_t i = 0; i < block->n_pairs; i++) {
        char number[24] = "-", *name = plain(block->pairs[i].name != NULL ? block->pairs[i].name : "");
        if (block->kind == OUTLINE_STEPS)
            snprintf(number, sizeof number, "%zu.", i + 1);
        if (name != NULL)
            print_hanging(out, number, strlen(number) + 1, name, block->pairs[i].text);
        free(name);
    }
}

static void print_facts(FILE *out, const struct outline_block *block) {
    size_t width = 0; // of the widest name
    for (size_t i = 0; i < block->n_pairs; i++)
        if (block->pairs[i].name != NULL && width_of(block->pairs[i].name) > width)
            width = width_of(block->pairs[i].name);
    for (size_t i = 0; i < block->n_pairs; i++) {
        char *name = plain(block->pairs[i].name != NULL ? block->pairs[i].name : "");
        if (name != NULL)
            print_hanging(out, name, width + GAP, "", block->pairs[i].text);
        free(name);
    }
}

static void print_form(FILE *out, const struct outline_block *block) {
    for (size_t i = 0; i < block->n_pairs; i++)
        wrap(out, INDENT, "", block->pairs[i].name);
}

// skip: the table only repeats a chart whose figures are printed already.
static void print_block(FILE *out, const struct outline_block *block, bool skip) {
    switch (block->kind) {
    case OUTLINE_HEADING:
        fputc('\n', out);
        bold(out, 0, block->text);
        break;
    case OUTLINE_PARAGRAPH:
        wrap(out, GAP, "", block->text);
        break;
    case OUTLINE_LIST:
    case OUTLINE_STEPS:
    case OUTLINE_QUOTES:
        print_points(out, block);
        break;
    case OUTLINE_FACTS:
        print_facts(out, block);
        break;
    case OUTLINE_FORM:
        print_form(out, block);
        break;
    case OUTLINE_CHART:
        print_chart(out, block->chart);
        break;
    case OUTLINE_TABLE:
        if (!skip)
            print_table(out, block->table);
        break;
    }
}

static void print_heading(FILE *out, const char *heading) {
    fputc('\n', out);
    bold(out, 0, heading);
    for (size_t width = width_of(heading); width > 0; width--)
        fputc('=', out);
    fputc('\n', out);
}

void render_terminal(FILE *out, const struct outline *outline) {
    bold(out, 0, outline->title);
    for (const struct outline_section *section = outline->sections; section != NULL; section = section->next) {
        const struct outline_block *before = NULL;
        print_heading(out, section->heading);
        for (const struct outline_block *block = section->blocks; block != NULL; block = block->next) {
            if (block->kind == OUTLINE_PARAGRAPH && before != NULL && before->kind != OUTLINE_HEADING &&
                before->kind != OUTLINE_PARAGRAPH)
                fputc('\n', out);
            bool has_lanes = before != NULL && before->kind == OUTLINE_CHART && before->chart->kind == OUTLINE_LANES;
            print_block(out, block, has_lanes);
            before = block;
        }
    }
}
