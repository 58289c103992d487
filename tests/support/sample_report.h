// Reports made up for tests of their renderings: the usual one, and all that make a page look wrong. The same ones in
// every run.
#ifndef CANDOUR_TESTS_SAMPLE_REPORT_H
#define CANDOUR_TESTS_SAMPLE_REPORT_H

#include "candour.pb-c.h"

enum sample_report {
    SAMPLE_REPORT_USUAL,   // three groups, manager and self, ten competencies in three clusters, thirty statements
    SAMPLE_REPORT_LARGE,   // 53 statements, 500 comments, groups of 14 with bands, a round before
    SAMPLE_REPORT_MERGED,  // peers with others; every kind of figure; no own view
    SAMPLE_REPORT_ONE,     // all groups together in one cell, a scale of ten marks, no cluster, no manager
    SAMPLE_REPORT_SELF,    // too few colleagues: the own view only
    SAMPLE_REPORT_NOTHING, // nobody answered
    SAMPLE_REPORT_MARKUP,  // names, statements and comments full of < > & " and '
    SAMPLE_REPORT_LONG,    // everything as long as it may be, also without a space
    SAMPLE_REPORT_HEBREW,  // and Arabic: text from right to left
    SAMPLE_REPORT_WELSH,
    SAMPLE_REPORT_FORMULA, // texts that a spreadsheet would run, and characters that no XML may hold
    SAMPLE_REPORTS,        // how many there are
};

const char *sample_report_name(enum sample_report which); // "usual": for files
// Sound (words_is_sound). The caller ends it with candour__report__free_unpacked(report, NULL).
Candour__Report *sample_report_make(enum sample_report which);

#endif
