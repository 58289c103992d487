// Data sets for the comparison with R, the same on every machine: ballots of small rounds, made from a fixed sequence.
#ifndef CANDOUR_TESTS_SETS_H
#define CANDOUR_TESTS_SETS_H

#include <stddef.h>
#include <stdint.h>

enum { SETS_ITEMS = 6, SETS_COMPETENCIES = 3, SETS_COUNT = 11 };

// Of each item: competencies of three, two and one items.
extern const uint32_t sets_competencies[SETS_ITEMS];

// Ballots of one subject stand together; its own and its manager's, where there are any, come first.
struct set_row {
    uint32_t subject; // from 0
    uint8_t group;    // enum rows_group
    uint8_t ratings[SETS_ITEMS];
};
struct set {
    const char *name;
    uint32_t scale_max;
    size_t subjects, count;
    struct set_row *rows;
};

// Makes one, index below SETS_COUNT; end it with sets_free. No memory ends the program.
struct set sets_make(size_t index);
void sets_free(struct set *set);

#endif
