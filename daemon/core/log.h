// One line per event on stderr, "level event key=value ...", written without blocking: a full pipe loses lines and
// counts them. Values are quoted when needed. Never log a code, a secret, a ballot's name, an address of a peer, or
// what somebody wrote; ballot workers log counters only.
#ifndef CANDOUR_LOG_H
#define CANDOUR_LOG_H

#include <stdatomic.h>

#include "base.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_DETAIL };
enum { LOG_LINE_BYTES_MAX = 1024, LOG_COUNTERS_MAX = 48, LOG_COUNTERS_EVERY_MS = 3600 * 1000 };
enum { LOG_COUNTER_NAME_BYTES = 32 };

// What counters have come to, in memory that two processes share: a worker writes, its parent reads. A name is there
// before its value is above zero. Whoever reads it does not trust it: a worker may have been taken over.
struct log_totals {
    struct log_total {
        char name[LOG_COUNTER_NAME_BYTES];
        atomic_ullong value;
    } counters[LOG_COUNTERS_MAX];
};

void log_start(const char *worker, enum log_level most); // worker: "parent", "desk-0", ...; stays the caller's
// fields: printf text of "key=value" pairs, or NULL. A value ends where the next " key=" begins.
PRINTF(3, 4) void log_event(enum log_level level, const char *event, const char *fields, ...);

// Adds one to a counter. name must outlive the process; at most LOG_COUNTERS_MAX of them. On the loop only.
void log_count(const char *name);
// One line with every counter that is not zero, and all start again at zero. The worker calls it hourly and at exit.
void log_counters(void);
// From now on log_counters says whole steps of each counter only, and the rest waits for the next time.
void log_coarse(unsigned step);
// From now on log_counters adds to *totals, too, which outlives the process and its successors. Nothing else does, so
// that who reads it learns nothing that is not in the log.
void log_share(struct log_totals *totals);

#endif
