#include "cmd_parts.h"

#include <stdlib.h>
#include <string.h>

enum { REPORT_BYTES_MAX = 64 * 1024 * 1024 };

int parts_strange(struct run *run) {
    return problem_set(&run->problem, EXIT_FAILED,
                       "This report cannot be read by this client. Use a client of the same version as the server.");
}

static int add(struct run *run, const Candour__GetReportReply *reply, struct parts *parts) {
    const ProtobufCBinaryData *part = &reply->report;
    parts->total = reply->total;
    if (parts->total > REPORT_BYTES_MAX || parts->total <= parts->len || part->len == 0 ||
        part->len > parts->total - parts->len)
        return parts_strange(run);
    uint8_t *bytes = realloc(parts->bytes, parts->len + part->len);
    if (bytes == NULL)
        return problem_no_memory(&run->problem);
    memcpy(bytes + parts->len, part->data, part->len);
    parts->bytes = bytes;
    parts->len += part->len;
    return 0;
}

int parts_read(struct run *run, enum operation operation, const ProtobufCMessage *request, uint32_t *offset,
               protobuf_c_boolean *has_offset, struct parts *parts) {
    int result;
    do {
        *offset = (uint32_t)parts->len;
        *has_offset = *offset > 0;
        Candour__GetReportReply *reply = cmd_call(run, operation, request);
        result = reply != NULL ? add(run, reply, parts) : -1;
        if (reply != NULL)
            link_reply_free(&reply->base);
    } while (result == 0 && parts->len < parts->total);
    return result;
}
