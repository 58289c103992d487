// Everything that a report says about its own published figures: differences in view, strengths and areas, the four
// lists (compare.h), for a whole report. Made from figures only, so it can publish nothing new.
#ifndef CANDOUR_REPORT_FINDINGS_H
#define CANDOUR_REPORT_FINDINGS_H

#include <stddef.h>
#include <stdint.h>

#include "compare.h"
#include "publish.h"
#include "spread.h"

struct findings_view {
    uint8_t kind;              // enum compare_kind
    int32_t difference_tenths; // own figure less that of all colleagues; 0 for COMPARE_NONE
};
struct findings {
    struct findings_view items[REPORT_ITEMS_MAX];
    struct findings_view competencies[COMPARE_COMPETENCIES_MAX];
    uint8_t lists[COMPARE_COMPETENCIES_MAX]; // enum compare_list
    struct ranking strengths, areas;
    size_t view_count;
    uint32_t views[COMPARE_COMPETENCIES_MAX]; // competencies with a view, the largest difference first; then in order
};

void findings_make(const struct report_output *output, const struct spread *spread, uint32_t scale_max,
                   struct findings *ret_findings);

#endif
