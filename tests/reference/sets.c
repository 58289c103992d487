#include "tests/reference/sets.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "daemon/report/rows.h"

const uint32_t sets_competencies[SETS_ITEMS] = {0, 0, 0, 1, 1, 2};

enum shape {
    SHAPE_MIXED,     // leaders differ, raters differ, items differ
    SHAPE_UNANIMOUS, // every ballot of the round is the same
    SHAPE_AGREED,    // the ballots about one subject are the same
    SHAPE_APART,     // the lowest or the highest rating
    SHAPE_LEVEL,     // every subject receives the same ballots, in another order
    SHAPE_SILENT,    // nobody has observed the first item; the others are mixed
};

static const struct recipe {
    const char *name;
    uint32_t scale_max, subjects;
    uint32_t raters[3]; // peers, reports, others of each subject
    enum shape shape;
    uint32_t blank_percent; // not answered, and as many again not observed
    bool is_uneven;         // raters are the most a group may have
    bool is_alone;          // without the leader's and the manager's ballot
} recipes[SETS_COUNT] = {
    {.name = "complete", .scale_max = 5, .subjects = 12, .raters = {5, 5, 4}},
    {.name = "blanks", .scale_max = 5, .subjects = 15, .raters = {6, 5, 4}, .blank_percent = 15},
    {.name = "unbalanced",
     .scale_max = 10,
     .subjects = 20,
     .raters = {12, 8, 5},
     .blank_percent = 5,
     .is_uneven = true},
    {.name = "unanimous", .scale_max = 5, .subjects = 10, .raters = {5, 7, 0}, .shape = SHAPE_UNANIMOUS},
    {.name = "one_rater", .scale_max = 5, .subjects = 12, .raters = {1, 0, 0}},
    {.name = "one_ballot", .scale_max = 5, .subjects = 1, .raters = {1, 0, 0}, .is_alone = true},
    {.name = "many", .scale_max = 5, .subjects = 40, .raters = {20, 20, 10}, .blank_percent = 5},
    {.name = "agreed", .scale_max = 7, .subjects = 6, .raters = {4, 3, 0}, .shape = SHAPE_AGREED},
    {.name = "apart", .scale_max = 5, .subjects = 6, .raters = {4, 4, 5}, .shape = SHAPE_APART},
    {.name = "level", .scale_max = 5, .subjects = 10, .raters = {7, 0, 0}, .shape = SHAPE_LEVEL},
    {.name = "silent", .scale_max = 5, .subjects = 8, .raters = {2, 2, 3}, .shape = SHAPE_SILENT},
};

// A linear congruential sequence modulo 2^64 with Knuth's MMIX constants; the high bits are the good ones.
static uint32_t draw(uint64_t *state, uint32_t below) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % below;
}

// From 0 to steps, most often in the middle.
static uint32_t draw_middle(uint64_t *state, uint32_t steps) {
    return (draw(state, steps + 1) + draw(state, steps + 1)) / 2;
}

static void fill(const struct recipe *recipe, struct set_row *row, uint32_t leader, uint64_t *state) {
    uint32_t top = recipe->scale_max - 1, own = draw_middle(state, top);
    for (uint32_t i = 0; i < SETS_ITEMS; i++) {
        uint32_t rating = (leader + 2 * own + 3 * draw_middle(state, top) + i % 2 + 3) / 6 + 1;
        uint32_t blank = draw(state, 100);
        row->ratings[i] = blank < recipe->blank_percent       ? ROWS_UNANSWERED
                          : blank < 2 * recipe->blank_percent ? ROWS_NOT_OBSERVED
                          : rating > recipe->scale_max        ? (uint8_t)recipe->scale_max
                                                              : (uint8_t)rating;
    }
}

static void shape(const struct recipe *recipe, struct set_row *row, uint32_t leader, uint32_t place) {
    static const uint8_t same[SETS_ITEMS] = {4, 4, 3, 2, 5, 3};
    for (uint32_t i = 0; i < SETS_ITEMS; i++) {
        switch (recipe->shape) {
        case SHAPE_MIXED:
            break;
        case SHAPE_UNANIMOUS:
            row->ratings[i] = same[i];
            break;
        case SHAPE_AGREED:
            row->ratings[i] = (uint8_t)(1 + (leader + row->subject + i * row->subject) % recipe->scale_max);
            break;
        case SHAPE_APART:
            row->ratings[i] = (place + i / 2) % 2 ? (uint8_t)recipe->scale_max : 1;
            break;
        case SHAPE_LEVEL: // items of one competency add up to the same for every rater: the total does not vary
            row->ratings[i] = (uint8_t)(1 + (place + row->subject) % 7 * (i + 1) % 3);
            if (i == 2) {
                row->ratings[i] = (uint8_t)(7 - row->ratings[0] - row->ratings[1]);
            } else if (i == 4) {
                row->ratings[i] = (uint8_t)(6 - row->ratings[3]);
            }
            break;
        case SHAPE_SILENT:
            row->ratings[0] = ROWS_NOT_OBSERVED;
            break;
        }
    }
}

static void add(const struct recipe *recipe, struct set *set, uint8_t group, uint32_t leader, uint32_t place,
                uint64_t *state) {
    struct set_row *row = &set->rows[set->count++];
    *row = (struct set_row){.subject = (uint32_t)set->subjects, .group = group};
    fill(recipe, row, leader, state);
    shape(recipe, row, leader, place);
}

struct set sets_make(size_t index) {
    assert(index < SETS_COUNT);
    const struct recipe *recipe = &recipes[index];
    size_t most = 2 + recipe->raters[0] + recipe->raters[1] + recipe->raters[2];
    struct set set = {.name = recipe->name, .scale_max = recipe->scale_max};
    set.rows = calloc(most * recipe->subjects, sizeof *set.rows);
    assert(set.rows);
    uint64_t state = index + 1;
    for (; set.subjects < recipe->subjects; set.subjects++) {
        uint32_t leader = draw(&state, recipe->scale_max);
        if (!recipe->is_alone) {
            add(recipe, &set, ROWS_SELF, leader, 0, &state);
            add(recipe, &set, ROWS_MANAGER, leader, 1, &state);
        }
        uint32_t place = 0;
        for (uint32_t g = 0; g < 3; g++) {
            uint32_t raters = recipe->is_uneven ? draw(&state, recipe->raters[g] + 1) : recipe->raters[g];
            for (uint32_t r = 0; r < raters; r++) {
                add(recipe, &set, (uint8_t)(ROWS_PEER + g), leader, place++, &state);
            }
        }
    }
    return set;
}

void sets_free(struct set *set) {
    free(set->rows);
    *set = (struct set){0};
}
