// What may be said about published figures: difference in view, strengths and areas with their ties, the four lists,
// change since the last round. Sees figures only, never rows, so it can publish nothing new. Words are the renderer's.
#ifndef CANDOUR_COMPARE_H
#define CANDOUR_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "figure.h"
#include "publish.h"

enum {
    COMPARE_GAP_MIN_TENTHS = 5,
    COMPARE_STRENGTHS_MAX = 3,
    COMPARE_AREAS_MAX = 2,
    COMPARE_COMPETENCIES_MAX = 64, // as in questionnaire.h; bits of a word
};

enum compare_kind {
    COMPARE_NONE = 0,      // a figure is missing
    COMPARE_NOT_CLEAR = 1, // "no clear difference", "no clear change"
    COMPARE_HIGHER = 2,
    COMPARE_LOWER = 3,
};

// Difference in view: is the leader's own figure higher or lower than all colleagues'? Said only if the difference is
// at least 0.5 and beyond 1.96 x s0 / sqrt(ballots). A bound counts as everything on its open side: a difference is
// said only if it holds for all of it.
enum compare_kind compare_views(const struct figure *self, const struct figure *colleagues, uint32_t s0_tenths,
                                uint32_t scale_max);

// Change of one cell since the last round: now - before, +- 1.96 x s0 x sqrt(1/n1 + 1/n2); not clear unless that
// interval, rounded to tenths, leaves out 0. Bounds as above; the three numbers are those of the bounds.
struct compare_change {
    enum compare_kind kind;
    int32_t delta_tenths, low_tenths, high_tenths; // 0 for COMPARE_NONE
};
struct compare_change compare_rounds(const struct figure *before, const struct figure *now, uint32_t s0_tenths,
                                     uint32_t scale_max);

// The cell of `before` with the same members as cell `now_index` of `now`; only such cells are compared.
bool compare_find_cell(const struct cells *before, const struct cells *now, size_t now_index, size_t *ret_index);

enum ranking_kind {
    RANKING_NONE = 0, // fewer than two competencies have a number
    RANKING_CLEAR,    // the first of the list stands alone
    RANKING_TIED,     // "your strongest area is one of these four": the ranges of tied overlap with the first's
    RANKING_EVEN,     // every range overlaps with the first's: nothing stands out, the list is empty
};
struct ranking {
    enum ranking_kind kind;
    size_t count;
    uint32_t list[COMPARE_STRENGTHS_MAX]; // competencies, best (or lowest) first; equal figures in framework order
    uint64_t tied;                        // bits of competencies, the first of the list among them
};
// Strengths and areas from all colleagues' competency figures; at most three and two, at most half of
// those that have a number, never the same one in both.
void compare_rank(const struct report_competency *competencies, size_t count, struct ranking *ret_strengths,
                  struct ranking *ret_areas);

// The four lists; a list holds statements about a competency, never a label for the person.
enum compare_list {
    COMPARE_NO_LIST = 0,
    COMPARE_STRENGTH_BOTH_SEE,
    COMPARE_STRENGTH_UNDERSOLD,
    COMPARE_AREA_BOTH_SEE,
    COMPARE_AREA_OTHERS_SEE,
};
// views: compare_views of that competency.
enum compare_list compare_list_of(uint32_t competency, const struct ranking *strengths, const struct ranking *areas,
                                  enum compare_kind views);

#endif
