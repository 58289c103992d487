#include "publish.h"

#include <assert.h>
#include <stdlib.h>

#include "cell.h"
#include "rows.h"

// Everything counted in one pass over the ballots; index group. 24 KiB, on the stack of report_publish.
struct counts {
    uint32_t ballots[ROWS_GROUPS + 1]; // with at least one rating; the others are withdrawn and count nowhere
    uint32_t comments[ROWS_GROUPS + 1];
    const uint8_t *self; // ratings; NULL unless there is exactly one ballot
    struct tally tallies[REPORT_ITEMS_MAX][ROWS_GROUPS + 1];
};

static void count(const struct report_input *in, struct counts *counts) {
    for (size_t b = 0; b < in->ballot_count; b++) {
        uint8_t group = in->ballots[b].group;
        const uint8_t *ratings = in->ballots[b].ratings;
        assert(group >= ROWS_SELF && group <= ROWS_OTHER);
        if (!rows_has_rating(in, ratings)) {
            continue;
        }
        counts->ballots[group]++;
        for (uint32_t i = 0; i < in->item_count; i++) {
            tally_add(&counts->tallies[i][group], ratings[i], in->scale_max);
            counts->tallies[i][group].ballots++;
        }
        if (group == ROWS_SELF) {
            counts->self = counts->ballots[group] == 1 ? ratings : NULL;
        }
    }
    for (size_t c = 0; c < in->comment_count; c++) {
        assert(in->comments[c].group >= ROWS_SELF && in->comments[c].group <= ROWS_OTHER);
        counts->comments[in->comments[c].group]++;
    }
}

// The manager is known by nature: a plain mean, no threshold and no tails.
static struct figure manager_figure(const struct tally *t) {
    if (2 * (uint64_t)t->not_observed > t->ballots) {
        return (struct figure){.kind = FIGURE_NOT_SEEN};
    }
    if (t->answers == 0) {
        return (struct figure){.kind = FIGURE_HIDDEN};
    }
    return (struct figure){FIGURE_EXACT, figure_tenths(t->sum, t->answers), t->ballots};
}

struct figure report_self_figure(uint8_t rating) {
    if (rating == ROWS_NOT_OBSERVED) {
        return (struct figure){.kind = FIGURE_NOT_SEEN};
    }
    if (rating == ROWS_UNANSWERED) {
        return (struct figure){.kind = FIGURE_HIDDEN};
    }
    return (struct figure){FIGURE_EXACT, 10u * rating, 1};
}

static uint8_t self_rating(const struct report_input *in, const struct counts *counts, uint32_t item) {
    uint8_t byte = counts->self ? counts->self[item] : ROWS_UNANSWERED;
    return byte == ROWS_NOT_OBSERVED || rows_is_rating(byte, in->scale_max) ? byte : ROWS_UNANSWERED;
}

// The anonymous groups, peer, report and other, are the last three in both orders.
static_assert(ROWS_REPORT - ROWS_PEER == CELLS_REPORT && ROWS_OTHER - ROWS_PEER == CELLS_OTHER, "order of groups");

static void publish_items(const struct report_input *in, const struct counts *counts, struct report_output *out) {
    for (uint32_t i = 0; i < in->item_count; i++) {
        struct report_item *item = &out->items[i];
        const struct tally *tallies = counts->tallies[i];
        item->competency = in->competencies[i];
        item->self = self_rating(in, counts, i);
        item->manager = manager_figure(&tallies[ROWS_MANAGER]);
        cell_publish(&tallies[ROWS_PEER], &out->cells, &in->rules, in->scale_max, in->spread.item_tenths, item);
    }
}

// One source's figures of the items of one competency: a cell, or self and manager behind the cells.
enum { SOURCE_SELF = CELLS_GROUPS, SOURCE_MANAGER, SOURCES };
static struct figure source_figure(const struct report_item *item, size_t source) {
    return source == SOURCE_SELF      ? report_self_figure(item->self)
           : source == SOURCE_MANAGER ? item->manager
                                      : item->cells[source].figure;
}

static struct figure competency_figure(const struct report_output *out, uint32_t competency, size_t source) {
    struct figure figures[REPORT_ITEMS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < out->item_count; i++) {
        if (out->items[i].competency == competency) {
            figures[count++] = source_figure(&out->items[i], source);
        }
    }
    return figure_mean(figures, count);
}

// From published figures only.
static void publish_competencies(struct report_output *out, uint32_t s0_tenths, uint32_t scale_max) {
    for (uint32_t k = 0; k < out->competency_count; k++) {
        struct report_competency *competency = &out->competencies[k];
        competency->self = competency_figure(out, k, SOURCE_SELF);
        competency->manager = competency_figure(out, k, SOURCE_MANAGER);
        struct figure figures[CELLS_GROUPS];
        for (size_t c = 0; c < out->cells.count; c++) {
            figures[c] = competency_figure(out, k, c);
            competency->cells[c].figure = figures[c];
            competency->cells[c].range = figure_range(&figures[c], s0_tenths, scale_max);
        }
        if (out->cells.count > 0) {
            competency->colleagues.figure = figure_pool(figures, out->cells.count);
            competency->colleagues.range = figure_range(&competency->colleagues.figure, s0_tenths, scale_max);
        }
    }
}

// Split by group only if the rules say so, no group was merged, and every group that wrote has ballots enough.
static bool can_split(const struct report_input *in, const struct counts *counts, const struct cells *cells) {
    if (in->rules.comments_by_group == 0) {
        return false;
    }
    for (size_t c = 0; c < cells->count; c++) {
        if (cells->members[c] & (cells->members[c] - 1)) {
            return false;
        }
    }
    for (uint8_t group = ROWS_PEER; group <= ROWS_OTHER; group++) {
        bool has_spoken = counts->ballots[group] > 0 || counts->comments[group] > 0;
        if (has_spoken && counts->ballots[group] < in->rules.comments_by_group) {
            return false;
        }
    }
    return true;
}

static void choose_comments(const struct report_input *in, const struct counts *counts, struct report_output *out) {
    uint32_t anonymous = counts->ballots[ROWS_PEER] + counts->ballots[ROWS_REPORT] + counts->ballots[ROWS_OTHER];
    out->comments_hidden = out->cells.count == 0 || anonymous < in->rules.comments_pooled;
    out->comments_by_group = !out->comments_hidden && can_split(in, counts, &out->cells);
    for (size_t c = 0; c < in->comment_count; c++) {
        uint8_t group = in->comments[c].group;
        bool is_anonymous = group >= ROWS_PEER;
        if (is_anonymous && out->comments_hidden) {
            continue;
        }
        uint8_t source = is_anonymous && !out->comments_by_group ? REPORT_POOLED : group;
        out->comments[out->comment_count++] = (struct report_comment_choice){(uint32_t)c, source};
    }
}

static void publish_cells(const struct report_input *in, const struct counts *counts, struct report_output *out) {
    out->has_self = counts->ballots[ROWS_SELF] > 0;
    out->has_manager = counts->ballots[ROWS_MANAGER] > 0;
    out->cells = cells_partition(&counts->ballots[ROWS_PEER], in->rules.threshold);
    for (size_t c = 0; c < out->cells.count; c++) {
        for (size_t g = 0; g < CELLS_GROUPS; g++) {
            if (out->cells.members[c] & 1u << g) {
                out->invited[c] += in->invited[ROWS_PEER - 1 + g];
            }
        }
    }
}

int report_publish(const struct report_input *in, struct report_output *ret_output) {
    assert(in->scale_max >= 2 && in->scale_max <= REPORT_SCALE_MAX && in->item_count <= REPORT_ITEMS_MAX);
    assert(in->rules.threshold >= ROWS_THRESHOLD_MIN && in->rules.tail_low >= ROWS_TAIL_LOW_MIN);
    for (uint32_t i = 0; i < in->item_count; i++) {
        assert(in->competencies[i] < in->competency_count);
    }
    struct report_output out = {.item_count = in->item_count, .competency_count = in->competency_count};
    size_t items_bytes = in->item_count * sizeof *out.items;
    size_t competencies_bytes = in->competency_count * sizeof *out.competencies;
    size_t comments_bytes = in->comment_count * sizeof *out.comments;
    char *memory = calloc(1, items_bytes + competencies_bytes + comments_bytes + 1); // items come first: report_free
    if (!memory) {
        return -1;
    }
    out.items = (void *)memory;
    out.competencies = (void *)(memory + items_bytes);
    out.comments = (void *)(memory + items_bytes + competencies_bytes);
    struct counts counts = {0};
    count(in, &counts);
    publish_cells(in, &counts, &out);
    publish_items(in, &counts, &out);
    publish_competencies(&out, in->spread.competency_tenths, in->scale_max);
    choose_comments(in, &counts, &out);
    *ret_output = out;
    return 0;
}

void report_free(struct report_output *output) {
    free(output->items);
    *output = (struct report_output){0};
}
