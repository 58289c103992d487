#include "client/render/outline.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/language.h"
#include "client/output.h"
#include "client/render/outline_private.h"
#include "client/render/words.h"

// ---------------------------------------------------------------- memory

enum { PIECE_BYTES = 64 * 1024 };

struct outline_piece {
    struct outline_piece *next;
    size_t used, size;
    max_align_t bytes[];
};

static void *take_bytes(struct making *making, size_t bytes) {
    size_t size = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct outline_piece *piece = making->memory;
    if (piece == NULL || size > piece->size - piece->used) {
        size_t room = size > PIECE_BYTES ? size : PIECE_BYTES;
        piece = calloc(1, sizeof *piece + room);
        if (piece == NULL) {
            making->is_short = true;
            return NULL;
        }
        *piece = (struct outline_piece){.next = making->memory, .size = room};
        making->memory = piece;
    }
    void *taken = (char *)piece->bytes + piece->used;
    piece->used += size;
    return taken;
}

void *outline_take(struct making *making, size_t count, size_t size) {
    return count == 0 ? NULL : take_bytes(making, count * size);
}

static void free_pieces(struct outline_piece *piece) {
    while (piece != NULL) {
        struct outline_piece *next = piece->next;
        free(piece);
        piece = next;
    }
}

void outline_free(struct outline *outline) {
    if (outline != NULL)
        free_pieces(outline->memory);
}

// ---------------------------------------------------------------- text

const char *outline_say(struct making *making, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    char *text = len >= 0 ? take_bytes(making, (size_t)len + 1) : NULL;
    if (text != NULL)
        vsnprintf(text, (size_t)len + 1, format, again);
    else
        making->is_short = true;
    va_end(again);
    va_end(arguments);
    return text != NULL ? text : "";
}

static const char *isolate(struct making *making, const ProtobufCBinaryData *bytes, bool one_line) {
    char *text = take_bytes(making, strlen(OUTLINE_ISOLATE) + bytes->len + 1 + strlen(OUTLINE_ISOLATE_END));
    if (text == NULL)
        return "";
    char *at = stpcpy(text, OUTLINE_ISOLATE);
    strcpy(at + output_clean(bytes->data, bytes->len, one_line, at, bytes->len + 1), OUTLINE_ISOLATE_END);
    return text;
}

const char *outline_theirs(struct making *making, const ProtobufCBinaryData *text) {
    return isolate(making, text, true);
}

const char *outline_their_lines(struct making *making, const ProtobufCBinaryData *text) {
    return isolate(making, text, false);
}

const char *outline_date(struct making *making, int64_t at) {
    static const char *const months[] = {N_("January"),   N_("February"), N_("March"),    N_("April"),
                                         N_("May"),       N_("June"),     N_("July"),     N_("August"),
                                         N_("September"), N_("October"),  N_("November"), N_("December")};
    struct tm day;
    time_t seconds = (time_t)at;
    if (gmtime_r(&seconds, &day) == NULL)
        return "-";
    // Translators: a date: day, month, year.
    return outline_say(making, _("%1$d %2$s %3$d"), day.tm_mday, _(months[day.tm_mon]), day.tm_year + 1900);
}

const char *outline_competency(struct making *making, uint32_t index) {
    return outline_theirs(making, &making->report->competencies[index]->name);
}

// ---------------------------------------------------------------- blocks

void outline_section(struct making *making, const char *key, const char *heading) {
    struct outline_section *section = outline_take(making, 1, sizeof *section);
    if (section == NULL)
        return;
    section->key = key;
    section->heading = heading;
    *making->next_section = section;
    making->next_section = &section->next;
    making->next_block = &section->blocks;
}

static void add_block(struct making *making, const struct outline_block *added) {
    struct outline_block *block = outline_take(making, 1, sizeof *block);
    if (block == NULL)
        return;
    *block = *added;
    *making->next_block = block;
    making->next_block = &block->next;
}

void outline_heading(struct making *making, const char *text) {
    add_block(making, &(struct outline_block){.kind = OUTLINE_HEADING, .text = text});
}

void outline_paragraph(struct making *making, const char *text) {
    add_block(making, &(struct outline_block){.kind = OUTLINE_PARAGRAPH, .text = text});
}

void outline_pairs(struct making *making, enum outline_kind kind, size_t count, const struct outline_pair *pairs) {
    struct outline_pair *kept = outline_take(making, count, sizeof *kept);
    if (kept == NULL)
        return;
    memcpy(kept, pairs, count * sizeof *kept);
    add_block(making, &(struct outline_block){.kind = kind, .n_pairs = count, .pairs = kept});
}

void outline_points(struct making *making, enum outline_kind kind, size_t count, const char *const *texts) {
    struct outline_pair *pairs = outline_take(making, count, sizeof *pairs);
    if (pairs == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        pairs[i].text = texts[i];
    add_block(making, &(struct outline_block){.kind = kind, .n_pairs = count, .pairs = pairs});
}

void outline_chart(struct making *making, const struct outline_chart *chart) {
    struct outline_chart *kept = outline_take(making, 1, sizeof *kept);
    if (kept == NULL)
        return;
    *kept = *chart;
    add_block(making, &(struct outline_block){.kind = OUTLINE_CHART, .chart = kept});
}

void outline_table(struct making *making, const struct outline_table *table) {
    struct outline_table *kept = outline_take(making, 1, sizeof *kept);
    const char **headings = outline_take(making, table->n_columns, sizeof *headings);
    if (kept == NULL || headings == NULL)
        return;
    memcpy(headings, table->headings, table->n_columns * sizeof *headings);
    *kept = *table;
    kept->headings = headings;
    add_block(making, &(struct outline_block){.kind = OUTLINE_TABLE, .table = kept});
}

// ---------------------------------------------------------------- the whole

static bool make_sources(struct making *making) {
    static const struct {
        enum outline_shape shape;
        uint32_t colour;
    } looks[] = {
        [CANDOUR__GROUP__PEER] = {OUTLINE_CIRCLE, 0x0072b2},
        [CANDOUR__GROUP__REPORT] = {OUTLINE_SQUARE, 0xd55e00},
        [CANDOUR__GROUP__OTHER] = {OUTLINE_TRIANGLE, 0x009e73},
    };
    const Candour__Report *report = making->report;
    struct outline_source *sources = outline_take(making, report->n_cells + 3, sizeof *sources);
    if (sources == NULL)
        return false;
    making->cells = sources + 3;
    making->colleagues = sources;
    making->self = sources + 1;
    making->manager = sources + 2;
    sources[0] = (struct outline_source){_("All colleagues"), OUTLINE_BAR, 0x333333};
    sources[1] = (struct outline_source){_("You"), OUTLINE_DIAMOND, 0x000000};
    sources[2] = (struct outline_source){words_group(CANDOUR__GROUP__MANAGER), OUTLINE_PENTAGON, 0xcc79a7};
    for (size_t i = 0; i < report->n_cells; i++) {
        Candour__Group first = report->cells[i]->groups[0];
        making->cells[i] =
            (struct outline_source){words_source(report->cells[i]), looks[first].shape, looks[first].colour};
    }
    return true;
}

struct outline *outline_begin(struct making *making) {
    struct outline *outline = outline_take(making, 1, sizeof *outline);
    if (outline == NULL)
        return NULL;
    making->next_section = &outline->sections;
    outline->language = language_code();
    outline->direction = language_direction();
    return outline;
}

struct outline *outline_end(struct making *making, struct outline *outline) {
    if (making->is_short) {
        free_pieces(making->memory);
        return NULL;
    }
    outline->memory = making->memory;
    return outline;
}

struct outline *outline_make(const Candour__Report *report) {
    struct making making = {.report = report};
    struct outline *outline = outline_begin(&making);
    if (outline == NULL || !make_sources(&making))
        return outline_end(&making, outline);
    const char *subject = outline_theirs(&making, &report->subject_name);
    outline->title = outline_say(&making, _("Feedback for %s"), subject);
    // Translators: at the foot of each page: the leader, the round, the organisation.
    outline->footer = outline_say(&making, _("%1$s. %2$s. %3$s"), subject, outline_theirs(&making, &report->round_name),
                                  outline_theirs(&making, &report->organisation));
    outline_about(&making);
    outline_summary(&making);
    outline_competencies(&making);
    outline_statements(&making);
    outline_comments(&making);
    outline_change(&making);
    outline_plan(&making);
    outline_annex(&making);
    return outline_end(&making, outline);
}
