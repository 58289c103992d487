// The reports that a person may read: which there are, and reading them from the desk.
#ifndef CANDOUR_REPORTS_H
#define CANDOUR_REPORTS_H

#include "candour.pb-c.h"
#include "cmd.h"

enum { REPORTS_NAME_BYTES = 256 };

struct reports_name {
    char round[REPORTS_NAME_BYTES], email[REPORTS_NAME_BYTES];
};
struct reports_name reports_name(const Candour__ReportBrief *brief);

// Gives take every report, in the desk's order; brief lives until it returns. -1: run->problem.
typedef void reports_take(void *context, const Candour__ReportBrief *brief);
MUST_CHECK int reports_each(struct run *run, reports_take *take, void *context);

// A sound report (words_is_sound); NULL: run->problem. The caller ends it with candour__report__free_unpacked.
Candour__Report *reports_fetch(struct run *run, const struct reports_name *name);
// The one that the command line means by SUBJECT and --round; without SUBJECT one's own. -1: EXIT_NOT_FOUND, or
// EXIT_USAGE with the candidates.
MUST_CHECK int reports_choose(struct run *run, struct reports_name *ret_name);
// Writes reports to a file that only its owner can read. form: "html", "pdf" or "json", each of one report; "csv" or
// "ods", the figures of all. -1: ret_problem.
MUST_CHECK int reports_save(const char *form, const char *path, Candour__Report *const *reports, size_t count,
                            struct problem *ret_problem);
// That one, read.
Candour__Report *reports_fetch_meant(struct run *run);

#endif
