// What a monitoring system may know, in the text format of Prometheus (its "Exposition formats", version 0.0.4), over
// HTTP on a local socket. How the workers are is true at that moment. What they counted comes from log_counters, which
// adds it up once an hour, and of the ballot box only in whole tens: a scrape every few seconds must not tell when a
// ballot came.
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

enum { METRICS_WAITS = 2, METRICS_BALLOT_STEP = 10 };

struct metrics {
    int listen_fd, client_fd; // -1: none; one asks at a time, the newest
};

struct metrics_worker {
    enum worker_kind kind;
    bool is_ready;
    uint64_t failures;
    const struct log_totals *totals; // may be NULL
};

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
