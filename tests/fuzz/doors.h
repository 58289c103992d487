// What a target over the doors (doors.c) supplies: the operations, and how the ballot box refuses.
#ifndef CANDOUR_TESTS_FUZZ_DOORS_H
#define CANDOUR_TESTS_FUZZ_DOORS_H

#include "daemon/core/server.h"
#include "daemon/core/worker.h"

// As a worker's start, before it listens. 0, or -1.
int doors_start(struct worker *worker);
server_refusal doors_refusal(enum door which);

#endif
