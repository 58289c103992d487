#include "daemon/desk/answer.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_BYTES_MAX = 8192 };

ProtobufCBinaryData answer_text(struct request *r, const char *format, ...) {
    char text[TEXT_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t used = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    uint8_t *copy = arena_copy(&r->arena, text, used);
    return (ProtobufCBinaryData){copy != NULL ? used : 0, copy};
}

void answer_too_large(struct request *r) {
    request_outcome(r, CANDOUR__STATUS__TOO_LARGE, "This is too much for one request. Send it in smaller parts.");
}

void *answer_array(struct request *r, size_t count, size_t element_bytes) {
    // One element more, so that an empty array is no special case.
    void *array = arena_alloc(&r->arena, (count + 1) * element_bytes);
    if (array == NULL)
        answer_too_large(r);
    return array;
}

void *answer_list(struct request *r, size_t count, const ProtobufCMessageDescriptor *type) {
    void **list = answer_array(r, count, sizeof *list);
    char *messages = list != NULL ? answer_array(r, count, type->sizeof_message) : NULL;
    if (messages == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        list[i] = messages + i * type->sizeof_message;
        protobuf_c_message_init(type, list[i]);
    }
    return list;
}

void answer_send(struct request *r, const ProtobufCMessage *reply) {
    if (r->arena.full)
        answer_too_large(r);
    else
        request_reply(r, reply);
}

ProtobufCBinaryData answer_column(const struct db_result *rows, int row, int column) {
    return request_bytes(db_get_bytes(rows, row, column));
}

void answer_round(const struct db_result *rows, int row, Candour__RoundBrief *ret_round) {
    candour__round_brief__init(ret_round);
    ret_round->id = answer_column(rows, row, 0);
    ret_round->name = answer_column(rows, row, 1);
    ret_round->state = (Candour__State)db_get_int(rows, row, 2);
    ret_round->collect_from = db_get_time(rows, row, 3);
    ret_round->answer_from = db_get_time(rows, row, 4);
    ret_round->close = db_get_time(rows, row, 5);
}

void answer_import(struct request *r, const struct answer_import *import, const struct problems *problems) {
    Candour__ImportReply reply = CANDOUR__IMPORT_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    if (problems->count > 0) {
        reply.n_problems = problems->count;
        reply.problems = problems->list;
        ANSWER_SET(reply, status, CANDOUR__STATUS__REFUSED_BY_RULE);
        ANSWER_SET(reply, detail,
                   answer_text(r, "Nothing was stored: %zu problem%s. Correct the file and import it again.",
                               problems->count, problems->count == 1 ? "" : "s"));
    } else {
        ANSWER_SET(reply, added, import->added);
        ANSWER_SET(reply, changed, import->changed);
        ANSWER_SET(reply, unchanged, import->unchanged);
        ANSWER_SET(reply, detail,
                   answer_text(r, "%s%u %s added, %u changed, %u as before.%.*s %s",
                               import->dry_run ? "Only tried, nothing was stored: " : "", import->added, import->what,
                               import->changed, import->unchanged, TEXT(import->warning),
                               import->dry_run ? "Next: the same without --dry-run." : import->next));
    }
    answer_send(r, &reply.base);
}

void answer_texts(struct db_segment *s, const ProtobufCBinaryData *texts, size_t count) {
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < count; i++)
        db_text(s, texts[i].data, texts[i].len);
    db_array_end(s);
}
