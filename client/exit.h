// How a command of the client ends, and why. A function that can fail returns 0, or -1 with a problem: the exit code
// and one plain sentence for a person, without a line feed; it may carry foreign text, so it is printed like all else,
// through output.h.
#ifndef CANDOUR_EXIT_H
#define CANDOUR_EXIT_H

#include "base.h"
#include "candour.pb-c.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_ALLOWED = 3, // or not signed in
    EXIT_NOT_FOUND = 4,
    EXIT_RULE = 5, // refused by a rule
    EXIT_UNREACHABLE = 6,
    EXIT_CHANGED = 7, // changed meanwhile
    EXIT_PARTLY = 8,  // some rows or ballots were not done
    EXIT_INTERRUPTED = 130,
};

struct problem {
    enum exit_code code;
    char sentence[1024];
};

enum exit_code exit_from_status(Candour__Status status);

// Fills *ret_problem and returns -1, so that a failing function can end with it. A sentence that is too long is cut.
PRINTF(3, 4) int problem_set(struct problem *ret_problem, enum exit_code code, const char *format, ...);
int problem_no_memory(struct problem *ret_problem);

#endif
