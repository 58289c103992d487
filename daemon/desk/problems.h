// What is wrong with the rows of a file: one sentence for each, saying what to do. Pure.
#ifndef CANDOUR_DESK_PROBLEMS_H
#define CANDOUR_DESK_PROBLEMS_H

#include "base.h"
#include "candour.pb-c.h"
#include "daemon/core/arena.h"

enum { PROBLEMS_MAX = 500 }; // then one sentence says that there are more

struct problems {
    struct arena *arena; // holds the sentences; stays the caller's
    Candour__RowProblem **list;
    size_t count;
};

void problems_start(struct problems *problems, struct arena *arena);
// line: in the file, 0: the whole file. A full arena is seen in arena->full.
PRINTF(3, 4) void problems_add(struct problems *problems, uint32_t line, const char *format, ...);
// By line; what stands on one line stays in the order of adding.
void problems_sort(struct problems *problems);

#endif
