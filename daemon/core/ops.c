#include "ops.h"

#include "log.h"

static struct op *table(enum door door, size_t *ret_count) {
    *ret_count = door == DOOR_DESK ? desk_ops_count : ballot_ops_count;
    return door == DOOR_DESK ? desk_ops : ballot_ops;
}

const struct op *ops_find(enum door door, uint16_t number) {
    size_t count;
    const struct op *ops = table(door, &count);
    for (size_t i = 0; i < count; i++)
        if (ops[i].number == number)
            return &ops[i];
    return NULL;
}

int ops_start(enum door door) {
    size_t count;
    struct op *ops = table(door, &count);
    for (size_t i = 0; i < count; i++) {
        ops[i].row = operation_find(ops[i].number);
        if (!ops[i].row || ops[i].row->door != door || !ops[i].start || ops[i].deadline_ms == 0 ||
            ops_find(door, ops[i].number) != &ops[i]) {
            log_event(LOG_ERROR, "operation_without_row", "number=0x%04x", ops[i].number);
            return -1;
        }
    }
    for (size_t i = 0; i < operations_count; i++)
        if (operations[i].door == door && !ops_find(door, operations[i].number)) {
            log_event(LOG_ERROR, "operation_missing", "name=%s", operations[i].name);
            return -1;
        }
    return 0;
}
