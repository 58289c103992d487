// Everything a report publishes, as rows for spreadsheets and statistics programs: one row for each figure, so that
// filters and pivot tables work.
#ifndef CANDOUR_RENDER_FIGURES_H
#define CANDOUR_RENDER_FIGURES_H

#include <stdbool.h>

#include "candour.pb-c.h"

enum { FIGURES_TEXT_BYTES = 8192 }; // the longest cell with its NUL

enum figures_part {
    FIGURES_ANSWERED,     // who was asked and how many answered
    FIGURES_COMPETENCIES, // a figure of a competency
    FIGURES_STATEMENTS,   // a figure of a statement
    FIGURES_BANDS,        // how many answered in the lower and in the upper band
    FIGURES_VIEWS,        // difference in view: one's own figure less that of all colleagues
    FIGURES_CHANGES,      // since last round: now less before
    FIGURES_COMMENTS,
    FIGURES_PARTS
};

enum figures_column {
    FIGURES_ROUND,
    FIGURES_ABOUT,
    FIGURES_PART, // "competency": what kind of row this is
    FIGURES_CLUSTER,
    FIGURES_COMPETENCY,
    FIGURES_NUMBER, // of the statement, from 1
    FIGURES_STATEMENT,
    FIGURES_QUESTION,
    FIGURES_SOURCE,
    FIGURES_ASKED,
    FIGURES_PEOPLE, // who answered
    FIGURES_KIND, // as in JSON: "exact", "at_most", "at_least", "hidden", "not_seen"; of others "shown", "higher", ...
    FIGURES_BEFORE, // in the last round
    FIGURES_VALUE,  // "4.2"; with at_most and at_least the bound
    FIGURES_LOW,    // likely range
    FIGURES_HIGH,
    FIGURES_LOWER, // people in the lower and in the upper band
    FIGURES_UPPER,
    FIGURES_COMMENT,
    FIGURES_COLUMNS
};

// "Competencies"
const char *figures_title(enum figures_part part);
const char *figures_heading(enum figures_column column);
// Does it hold numbers? Does it ever say anything in rows of this part?
bool figures_is_number(enum figures_column column);
bool figures_is_used(enum figures_column column, enum figures_part part);

// cells: FIGURES_COLUMNS of them, cleaned (output_clean), NULL for nothing; until it returns.
typedef void figures_take(void *context, const char *const *cells);
// The rows of one part, in the order of the report, which must be sound (words_is_sound).
void figures_rows(const Candour__Report *report, enum figures_part part, figures_take *take, void *context);

#endif
