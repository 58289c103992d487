#include "sample.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "crypto.h"
#include "testing.h"

enum { INNER_BYTES = 512, WIRE_VARINT = 0, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct writer {
    struct sample *sample;
    unsigned choice, left; // fields to pass before the fault
    enum sample_fault fault;
    bool is_done;
};
struct span {
    uint8_t *bytes;
    size_t len, size;
};

// ---------------------------------------------------------------- wire format

static void put(struct span *to, const void *bytes, size_t len) {
    assert_true(len <= to->size - to->len);
    memcpy(to->bytes + to->len, bytes, len);
    to->len += len;
}

static void put_varint(struct span *to, uint64_t number) {
    do {
        uint8_t byte = (uint8_t)(number & 0x7f);
        number >>= 7;
        byte |= (uint8_t)(number > 0 ? 0x80 : 0);
        put(to, &byte, 1);
    } while (number > 0);
}

static void put_bytes(struct span *to, uint32_t id, const void *bytes, size_t len) {
    put_varint(to, id << 3 | WIRE_BYTES);
    put_varint(to, len);
    put(to, bytes, len);
}

// ---------------------------------------------------------------- fields

static const struct check_limit *limit_of(const ProtobufCMessageDescriptor *message, const char *field) {
    for (size_t i = 0; i < check_limits_count; i++)
        if (check_limits[i].message == message && strcmp(check_limits[i].field, field) == 0)
            return &check_limits[i];
    return NULL;
}

// Is the fault to be in this field? Counts it if it could be.
static bool is_chosen(struct writer *writer, const ProtobufCMessageDescriptor *message,
                      const ProtobufCFieldDescriptor *field, const struct check_limit *limit) {
    bool is_text = limit != NULL && limit->kind <= CHECK_WORD && field->type == PROTOBUF_C_TYPE_BYTES;
    if (writer->is_done || writer->fault == SAMPLE_FINE || (writer->fault != SAMPLE_MISSING && !is_text) ||
        writer->left-- > 0)
        return false;
    writer->is_done = true;
    snprintf(writer->sample->field, sizeof writer->sample->field, "%s.%s", message->short_name, field->name);
    bool is_list = field->label == PROTOBUF_C_LABEL_REPEATED;
    writer->sample->may_be_gone =
        is_list ? limit->count_min == 0
                : field->label != PROTOBUF_C_LABEL_REQUIRED && !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
    return true;
}

static void write_content(struct writer *writer, struct span *to, const ProtobufCFieldDescriptor *field,
                          const struct check_limit *limit, bool is_spoilt) {
    static const uint8_t one[32] = {1};
    uint8_t bytes[4096];
    size_t len = limit->min > 0 ? limit->min : 1;
    assert_true(len <= sizeof bytes);
    memset(bytes, 'a', len);
    // Keys and points are 32 bytes long: one that is a point serves for all.
    if (limit->kind == CHECK_BINARY && len == sizeof one)
        assert_int_equal(crypto_point_base(one, bytes), 0);
    if (is_spoilt)
        bytes[len - 1] = writer->fault == SAMPLE_NUL ? 0 : 0xff;
    put_bytes(to, field->id, bytes, len);
}

static void write_message(struct writer *writer, struct span *to, const ProtobufCMessageDescriptor *message);

static void write_value(struct writer *writer, struct span *to, const ProtobufCFieldDescriptor *field,
                        const struct check_limit *limit, bool is_spoilt) {
    uint8_t inner[INNER_BYTES];
    struct span span = {inner, 0, sizeof inner};
    uint32_t number;
    switch (field->type) {
    case PROTOBUF_C_TYPE_BYTES:
        write_content(writer, to, field, limit, is_spoilt);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        write_message(writer, &span, field->descriptor);
        put_bytes(to, field->id, inner, span.len);
        break;
    case PROTOBUF_C_TYPE_FIXED32:
        number = (uint32_t)limit->min;
        put_varint(to, field->id << 3 | WIRE_FIXED32);
        put(to, &number, sizeof number); // little-endian, as all machines that this runs on
        break;
    default: // a bool or an enumeration has no limit; 1 is a value of each
        put_varint(to, field->id << 3 | WIRE_VARINT);
        put_varint(to, limit != NULL ? limit->min : 1);
    }
}

static void write_message(struct writer *writer, struct span *to, const ProtobufCMessageDescriptor *message) {
    unsigned member = 0;
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        const struct check_limit *limit = limit_of(message, field->name);
        bool is_list = field->label == PROTOBUF_C_LABEL_REPEATED;
        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF && member++ != writer->choice)
            continue;
        bool is_spoilt = is_chosen(writer, message, field, limit);
        if (is_spoilt && writer->fault == SAMPLE_MISSING)
            continue;
        unsigned count = is_list && limit->count_min > 0 ? limit->count_min : 1;
        for (unsigned k = 0; k < count; k++)
            write_value(writer, to, field, limit, is_spoilt);
    }
}

bool sample_make(const ProtobufCMessageDescriptor *message, unsigned choice, enum sample_fault fault, unsigned index,
                 struct sample *ret_sample) {
    struct writer writer = {.sample = ret_sample, .choice = choice, .left = index, .fault = fault};
    struct span span = {ret_sample->bytes, 0, sizeof ret_sample->bytes};
    ret_sample->field[0] = '\0';
    write_message(&writer, &span, message);
    ret_sample->len = span.len;
    return fault == SAMPLE_FINE || writer.is_done;
}
