// A worker process from fork to exit: keys, database lanes, its room, its door, and the way down.
#ifndef CANDOUR_RUNNER_H
#define CANDOUR_RUNNER_H

#include <stddef.h>

#include "daemon/core/worker.h"

struct config;
struct log_totals;

enum { RUNNER_ALIVE_MS = 1000 };
enum runner_word { RUNNER_READY = 'r', RUNNER_ALIVE = 'a' }; // what it writes to the parent's pipe
enum { RUNNER_HOPELESS = 78 };                               // exit code: starting again will not help (EX_CONFIG)

struct runner {
    enum worker_kind kind;
    unsigned index;
    struct config *config;     // this process's own copy: what the worker need not know is wiped
    int listen_fd;             // -1: it has no door
    int pipe_fd;               // to the parent
    struct log_totals *totals; // a page shared with the parent and with whoever had this place before; NULL: not wanted
};

const char *runner_kind_name(enum worker_kind kind);
// The worst case of one worker of this kind, in bytes.
size_t runner_bytes(const struct config *config, enum worker_kind kind);
// Returns the exit code. Signals: SIGTERM drains, SIGHUP reloads the certificate.
int runner_main(const struct runner *runner);

#endif
