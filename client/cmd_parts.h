// A long reply that comes in parts: a packed report, gathered whole.
#ifndef CANDOUR_CMD_PARTS_H
#define CANDOUR_CMD_PARTS_H

#include "cmd.h"

// Starts as {0}. The caller frees bytes, also after a failure.
struct parts {
    uint8_t *bytes;
    size_t len, total;
};

// -1: run->problem.
MUST_CHECK int parts_add(struct run *run, const Candour__GetReportReply *reply, struct parts *parts);
// What came is not a report that this client knows. Always -1, with run->problem.
int parts_strange(struct run *run);

#endif
