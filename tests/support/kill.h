// Ends a process at a chosen system call, to see what is left of its work.
#ifndef CANDOUR_TESTS_KILL_H
#define CANDOUR_TESTS_KILL_H

#include <stdbool.h>

// Runs work in a child process and kills it (SIGKILL) when it is about to do its number-th call, from 1, that leaves a
// trace: a write to file or network, a sync, a rename, a removal, a connection. false: work ended before; it must then
// have given 0. What the caller has open must not be used by work.
bool kill_at(unsigned number, int (*work)(void *context), void *context);

#endif
