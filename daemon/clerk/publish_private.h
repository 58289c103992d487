// What the files of the last closing step share: publish.c reads a closed round and leads, publish_reports.c makes and
// stores the leaders' reports, publish_organisation.c the organisation's, with the quality of publish_quality.c.
#ifndef CANDOUR_PUBLISH_PRIVATE_H
#define CANDOUR_PUBLISH_PRIVATE_H

#include "daemon/clerk/job.h"
#include "daemon/clerk/pack.h"
#include "daemon/report/rows.h"
#include "manifest.h"
#include "questionnaire.h"

struct publish_subject {
    uint8_t id[16];
    const struct questionnaire *q;
    const char *name;
    struct report_input input; // ballots point into the round's rows
    bool is_stored;
    bool is_shown;            // its report has figures of colleagues
    struct db_bytes previous; // packed; len 0: none. In the bundle's arena, as the comments are
};
struct publish {
    struct clerk *c;
    uint8_t round[16], name_salt[16];
    struct manifest m; // the newest version; what it says counts, not the desk's tables
    struct pack_round about;
    struct report_rules rules;
    struct questionnaire questionnaires[MANIFEST_LEVELS_MAX];
    uint32_t *competencies[MANIFEST_LEVELS_MAX]; // of each item
    size_t levels;
    struct publish_subject *subjects;
    size_t count;
    struct spread spread;
    struct publish_organisation *organisation;
};

// Everything that the reports of p->round are made of, from both sides: rows, and the spread over all of them. -1 with
// a log line where it says more. publish_free frees what is not in the arenas, whatever publish_read returned.
MUST_CHECK int publish_read(struct publish *p);
void publish_free(struct publish *p);

// What the organisation's report will say, gathered from the leaders' packed reports; in the round's arena. NULL: full.
struct publish_organisation *publish_organisation_new(const struct publish *p);
void publish_organisation_add(struct publish_organisation *o, const struct publish_subject *subject,
                              const Candour__Report *report);
// It, packed, in the step's arena, which is emptied first. NULL: no memory.
const struct db_bytes *publish_organisation_make(struct publish *p);
// Framework quality of a level, in the step's arena; *ret_level is NULL when there are too few leaders or ballots. -1:
// no memory.
MUST_CHECK int publish_quality(struct publish *p, const struct questionnaire *q, Candour__QualityLevel **ret_level);

// NULL: no such subject. Subjects are sorted by id.
struct publish_subject *publish_find(const struct publish *p, const uint8_t id[16]);
// Every report, some at a time, and the organisation's; those that are stored already are left alone. 0, or -1: not all
// are stored. Nothing is on its way afterwards.
MUST_CHECK int publish_reports(struct publish *p);

#endif
