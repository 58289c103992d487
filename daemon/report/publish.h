// The publisher: raw answers about one subject in, published figures out. Published once, from disjoint cells of at
// least T ballots; every other figure is a function of published cells, so there is no total to subtract from, and
// whether something is published depends on counts only, never on values. Pure; the order of ballots does not matter.
#ifndef CANDOUR_PUBLISH_H
#define CANDOUR_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "cells.h"
#include "figure.h"

struct report_input; // rows.h

enum {
    REPORT_SCALE_MAX = 10,
    REPORT_ITEMS_MAX = 200, // as in questionnaire.h
    REPORT_BANDS_MIN = 10,  // answers
    REPORT_POOLED = 0,      // source of a comment: the anonymous groups together
};

// How many answers lie in the lower band (1..3 of five points, 1..report_band_end in general) and in the upper one.
enum bands_kind {
    BANDS_NONE = 0,
    BANDS_COUNTS = 1,       // lower and upper
    BANDS_MOSTLY_LOWER = 2, // upper: fewer than 2; lower: all but at most one
    BANDS_MOSTLY_UPPER = 3, // the other way round
};
static inline uint32_t report_band_end(uint32_t scale_max) {
    return (scale_max + 1) / 2;
}
struct bands {
    uint8_t kind;
    uint32_t lower, upper; // 0 unless BANDS_COUNTS
};

struct report_value {
    struct figure figure;
    struct range range;
};
struct report_item {
    uint32_t competency;
    uint8_t self;                            // the raw rating: 0 none, 255 not observed
    struct figure manager;                   // mean over managers, known by nature: exact, never tailed
    struct report_value cells[CELLS_GROUPS]; // the first report_output.cells.count; the rest is zero
    struct bands bands[CELLS_GROUPS];
    struct report_value colleagues; // all zero when there is no cell
};
struct report_competency {
    struct figure self, manager; // of those who answered at least half of its items
    struct report_value cells[CELLS_GROUPS];
    struct report_value colleagues;
};
struct report_comment_choice {
    uint32_t index; // into the input's comments, ascending
    uint8_t source; // the group when it may be named, otherwise REPORT_POOLED
};

struct report_output {
    bool has_self, has_manager;     // one of theirs has a rating
    struct cells cells;             // count 0: nothing anonymous may be shown
    uint32_t invited[CELLS_GROUPS]; // per cell
    uint32_t item_count, competency_count;
    struct report_item *items;
    struct report_competency *competencies;
    bool comments_hidden;   // too few ballots to show colleagues' comments
    bool comments_by_group; // colleagues' comments name their group
    size_t comment_count;
    struct report_comment_choice *comments;
};

// 0, or -1: no memory. On success the caller ends *ret_output with report_free; the input may go before it.
MUST_CHECK int report_publish(const struct report_input *input, struct report_output *ret_output);
void report_free(struct report_output *output);

// The figure of report_item.self: one ballot, exact.
struct figure report_self_figure(uint8_t rating);

#endif
