// Says what nth.so shall do (nth/nth.h), through the file NTH_FILE, which is made if it is not there.
#ifndef CANDOUR_TESTS_AIM_H
#define CANDOUR_TESTS_AIM_H

#include "tests/faults/nth/nth.h"

// process: of a server that was started with nth.so, or NTH_FIRST. number: from 1; 0: nothing shall happen any more.
void aim_at(int process, enum nth_kind kind, long number);
// So many calls are left until it happens; 0 or less: it has.
long aim_left(void);

#endif
