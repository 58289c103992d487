// A long reply that comes in parts: a packed report, gathered whole.
#ifndef CANDOUR_CMD_PARTS_H
#define CANDOUR_CMD_PARTS_H

#include "cmd.h"

// Starts as {0}. The caller frees bytes, also after a failure.
struct parts {
    uint8_t *bytes;
    size_t len, total;
};

// Asks until all is there: an operation that a GetReportReply answers, and where in its request the offset stands. -1:
// run->problem.
MUST_CHECK int parts_read(struct run *run, enum operation operation, const ProtobufCMessage *request, uint32_t *offset,
                          protobuf_c_boolean *has_offset, struct parts *parts);
// What came is not a report that this client knows. Always -1, with run->problem.
int parts_strange(struct run *run);

#endif
