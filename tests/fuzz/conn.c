// The doors with the handlers of the unit tests (doors.c): they work long, say too much, fill their memory.
#include "daemon/config.h"
#include "doors.h"
#include "tests/unit/door_ops.h"

static void failing(struct request *r) {
    request_suspect(r, request_failed_often(r, FAILURE_BALLOT, 1, r->worker->config->ballot_failures_max));
    cast_ballot(r);
}

int doors_start(struct worker *worker) {
    if (worker->kind == WORKER_BALLOT) // here what is cast is never right
        for (size_t i = 0; i < ballot_ops_count; i++)
            if (ballot_ops[i].number == OPERATION_CAST_BALLOT)
                ballot_ops[i].start = failing;
    return 0;
}

server_refusal doors_refusal(enum door which) {
    return which == DOOR_BALLOT ? refusal : NULL;
}
