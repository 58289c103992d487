// Many clients at once, each a thread of its own that does one thing after the other, and how long each thing took.
#ifndef CANDOUR_TESTS_BENCH_CROWD_H
#define CANDOUR_TESTS_BENCH_CROWD_H

#include <stddef.h>

#include "base.h"

struct crowd {
    unsigned clients;
    size_t from, count;         // the things are numbered from .. from + count - 1
    double per_s;               // how many begin each second, at random moments; 0: as fast as it goes
    void *(*enter)(void *plan); // a client's own state; NULL: it cannot
    MUST_CHECK int (*one)(void *client, size_t number); // 0, or -1: it failed, and is counted
    void (*leave)(void *client);
    void *plan;
};

// Prints "rate=… p50_ms=… p99_ms=… failed=…" of all the things. With per_s a thing's time runs from the moment at which
// it was to begin, so that waiting for a free client counts. -1: a client could not enter, or something failed.
MUST_CHECK int crowd_run(const struct crowd *crowd);

#endif
