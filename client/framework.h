// A framework file: reading its rows, and advice on what raters will find hard to answer.
#ifndef CANDOUR_FRAMEWORK_H
#define CANDOUR_FRAMEWORK_H

#include "candour.pb-c.h"
#include "client/csv.h"

// Texts of the rows point into the file. Ends with framework_drop.
struct framework {
    struct csv_file file;
    Candour__FrameworkRow *rows, **list;
    size_t count;
};

// Rows that cannot be sent are added to problems. -1 as csv_load.
MUST_CHECK int framework_load(const char *path, struct findings *problems, struct framework *ret_framework,
                              struct problem *ret_problem);
// The same of bytes in memory. Pure.
MUST_CHECK int framework_load_text(const void *text, size_t len, struct findings *problems,
                                   struct framework *ret_framework, struct problem *ret_problem);
void framework_drop(struct framework *framework);

// Advice, by line: statements that say two things at once, statements that stand twice in a level, competencies that
// miss a level which others have, levels without a name. Pure.
void framework_advise(const struct framework *framework, struct findings *advice);

enum { FRAMEWORK_LEVELS_MAX = 16 };
struct framework_level {
    const char *level, *name;
    unsigned items;
};
// Levels in the order of the file; how many. A 17th level and later ones are left out.
size_t framework_levels(const struct framework *framework, struct framework_level ret_levels[FRAMEWORK_LEVELS_MAX]);

// Whole minutes that a questionnaire takes: about 8 s for a statement and 60 s for an open question.
unsigned framework_minutes(unsigned items, unsigned questions);

#endif
