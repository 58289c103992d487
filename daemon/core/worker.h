// What a worker process has: one loop, its lanes, its keys. One per process; requests reach it through request->worker.
#ifndef CANDOUR_WORKER_H
#define CANDOUR_WORKER_H

#include <stdint.h>
#include <uv.h>

struct config;
struct db;
struct db_segment;
struct request;

enum worker_kind { WORKER_DESK, WORKER_BALLOT, WORKER_CLERK, WORKER_MAIL };

struct worker {
    enum worker_kind kind;
    unsigned index; // 0.. within its kind
    uv_loop_t *loop;
    const struct config *config;
    struct db *fast, *slow; // desk: short and long statements; ballot: both are the ballot role; others: none
    struct db *second;      // ballot: for batches alone, beside fast; others: none
    uint8_t kek[32];        // key-encryption key of the door; in locked memory
    // Desk: begins every segment of an operation that has a role, so that it fails (DB_BARRED) when the session has
    // ended. NULL: there is nothing to guard.
    void (*guard)(const struct request *r, struct db_segment *s);
};

#endif
