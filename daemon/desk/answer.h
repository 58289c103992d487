// What every handler of the desk does on the way to its reply.
#ifndef CANDOUR_DESK_ANSWER_H
#define CANDOUR_DESK_ANSWER_H

#include "daemon/core/request.h"
#include "daemon/desk/problems.h"
#include "daemon/desk/text.h"

// Sets an optional field of a message.
#define ANSWER_SET(message, field, value)                                                                              \
    do {                                                                                                               \
        (message).has_##field = true;                                                                                  \
        (message).field = (value);                                                                                     \
    } while (0)

// Text in the request's arena; empty when it is full.
PRINTF(2, 3) ProtobufCBinaryData answer_text(struct request *r, const char *format, ...);
// Zeroed memory for count elements, or NULL: the request was answered (answer_too_large).
MUST_CHECK void *answer_array(struct request *r, size_t count, size_t element_bytes);
// What a repeated field takes: pointers to count messages of the type, initialised; or NULL, likewise.
MUST_CHECK void *answer_list(struct request *r, size_t count, const ProtobufCMessageDescriptor *type);
void answer_too_large(struct request *r);
// Replies, or says that the reply is too large when the arena could not hold all of it.
void answer_send(struct request *r, const ProtobufCMessage *reply);

// A value of a result's row as a message carries it.
ProtobufCBinaryData answer_column(const struct db_result *rows, int row, int column);
// Columns of a row: id, name, state, collect_from, answer_from, close_at.
void answer_round(const struct db_result *rows, int row, Candour__RoundBrief *ret_round);

// The reply to an import: with problems nothing was stored.
struct answer_import {
    uint32_t added, changed, unchanged;
    bool dry_run;
    const char *what;            // "people"
    const char *next;            // a sentence
    ProtobufCBinaryData warning; // a sentence after a space, or empty
};
void answer_import(struct request *r, const struct answer_import *import, const struct problems *problems);

// One array parameter of texts.
void answer_texts(struct db_segment *s, const ProtobufCBinaryData *texts, size_t count);

#endif
