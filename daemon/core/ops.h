// The daemon's side of the table of operations: what each one does. The rows are in desk/desk.c and ballot/box.c; the
// gate joins them with proto/operations.h by number, and refuses to start when one side lacks a row of the other.
#ifndef CANDOUR_OPS_H
#define CANDOUR_OPS_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "operations.h"

struct request;

enum lane { LANE_FAST, LANE_SLOW };

struct op {
    uint16_t number;
    enum lane lane;
    uint32_t deadline_ms; // from complete frame to reply; then the connection is closed
    void (*start)(struct request *r);
    const struct operation_row *row; // filled by the gate at start
};

extern struct op desk_ops[];
extern const size_t desk_ops_count;
extern struct op ballot_ops[];
extern const size_t ballot_ops_count;

// Fills every row and proves the tables agree; -1 with a log line otherwise. Called once per worker.
MUST_CHECK int ops_start(enum door door);
// NULL: not an operation of this door.
const struct op *ops_find(enum door door, uint16_t number);

#endif
