// What a monitoring system may know, in the text format of Prometheus (its "Exposition formats", version 0.0.4), over
// HTTP on a local socket. How the workers are is true at that moment. What they counted comes from log_counters, which
// adds it up once an hour, and of the ballot box only in whole tens: a scrape every few seconds must not tell when a
// ballot came. Each worker can write its own counters and nobody else's.
#ifndef CANDOUR_METRICS_H
#define CANDOUR_METRICS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base.h"
#include "daemon/core/log.h"
#include "daemon/core/worker.h"

enum { METRICS_WAITS = 2 };

struct metrics {
    int listen_fd, client_fd; // -1: none; one asks at a time, the newest
};

// A copy of what a worker counted, of which every name is a name.
struct metrics_counts {
    struct metrics_count {
        char name[LOG_COUNTER_NAME_BYTES]; // "": there is none
        uint64_t value;
    } counters[LOG_COUNTERS_MAX];
};

struct metrics_worker {
    enum worker_kind kind;
    bool is_ready;
    uint64_t failures;
    struct metrics_counts counts;
};

// Leaves out whatever has no name of small letters, digits and "_", ended by a zero byte, or has one that came before.
void metrics_copy(const struct log_totals *totals, struct metrics_counts *ret_counts);

// Offers the socket, instead of one that is there, to owner and group. -1: errno.
MUST_CHECK int metrics_listen(struct metrics *metrics, const char *path);
void metrics_close(struct metrics *metrics);

// What to poll for, and then what to do: never waits. print is called when somebody asks.
void metrics_wait(const struct metrics *metrics, struct pollfd ret_waits[METRICS_WAITS]);
void metrics_turn(struct metrics *metrics, const struct pollfd waits[METRICS_WAITS], void (*print)(FILE *out));

// certificates: PEM files of desk and ballot box, NULL for a door that is not here.
void metrics_print(FILE *out, time_t began, const char *const certificates[2], const struct metrics_worker *workers,
                   size_t count);

#endif
