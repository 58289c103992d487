// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <stdlib.h>
#include <string.h>

#include "candour.pb-c.h"
#include "check.h"
#include "operations.h"

enum { FOUND_MAX = 200 };

static const ProtobufCMessageDescriptor *found[FOUND_MAX];
static size_t found_count;

// Adds descriptor and what it contains to found; path is what contains it.
struct path {
    const struct path *outer;
    const ProtobufCMessageDescriptor *descriptor;
};
static void add_reachable(const ProtobufCMessageDescriptor *descriptor, const struct path *outer) {
    for (const struct path *at = outer; at != NULL; at = at->outer)
        if (at->descriptor == descriptor)
            fail_msg("%s contains itself", descriptor->name);
    size_t i = 0;
    while (i < found_count && found[i] != descriptor)
        i++;
    if (i == found_count) {
        assert_true(found_count < FOUND_MAX);
        found[found_count++] = descriptor;
    }
    struct path path = {outer, descriptor};
    for (unsigned f = 0; f < descriptor->n_fields; f++)
        if (descriptor->fields[f].type == PROTOBUF_C_TYPE_MESSAGE)
            add_reachable(descriptor->fields[f].descriptor, &path);
}

// Everything the walker may meet: requests and the sealed ballot.
static int find_requests(void **state) {
    (void)state;
    found_count = 0;
    for (size_t i = 0; i < operations_count; i++)
        add_reachable(operations[i].request, NULL);
    add_reachable(&candour__ballot__descriptor, NULL);
    return 0;
}

static void no_message_contains_itself(void **state) {
    (void)state;
    for (size_t i = 0; i < operations_count; i++)
        add_reachable(operations[i].reply, NULL);
    add_reachable(&candour__report__descriptor, NULL);
    assert_true(found_count > 60);
    find_requests(NULL);
}

static const struct check_limit *limit_of(const ProtobufCMessageDescriptor *message, const char *field) {
    const struct check_limit *limit = NULL;
    for (size_t i = 0; i < check_limits_count; i++) {
        if (check_limits[i].message != message || strcmp(check_limits[i].field, field) != 0)
            continue;
        if (limit != NULL)
            fail_msg("%s.%s has two rows", message->short_name, field);
        limit = &check_limits[i];
    }
    return limit;
}

static bool is_number(ProtobufCType type) {
    return type == PROTOBUF_C_TYPE_UINT32 || type == PROTOBUF_C_TYPE_FIXED32 || type == PROTOBUF_C_TYPE_INT64;
}

static void every_field_has_a_row_that_suits_it(void **state) {
    (void)state;
    size_t rows = 0;
    for (size_t i = 0; i < found_count; i++) {
        for (unsigned f = 0; f < found[i]->n_fields; f++) {
            const ProtobufCFieldDescriptor *field = &found[i]->fields[f];
            const struct check_limit *limit = limit_of(found[i], field->name);
            bool is_list = field->label == PROTOBUF_C_LABEL_REPEATED;
            bool is_plain = field->type == PROTOBUF_C_TYPE_BOOL || field->type == PROTOBUF_C_TYPE_ENUM ||
                            field->type == PROTOBUF_C_TYPE_MESSAGE;
            if (!is_plain && !is_number(field->type) && field->type != PROTOBUF_C_TYPE_BYTES)
                fail_msg("%s.%s: the walker does not know its type", found[i]->short_name, field->name);
            if (limit == NULL && (is_list || !is_plain))
                fail_msg("%s.%s has no row", found[i]->short_name, field->name);
            if (limit == NULL)
                continue;
            rows++;
            bool suits = is_plain                 ? limit->kind == CHECK_COUNT && is_list
                         : is_number(field->type) ? limit->kind == CHECK_NUMBER
                                                  : limit->kind != CHECK_NUMBER && limit->kind != CHECK_COUNT;
            if (!suits || limit->min > limit->max || (limit->count_max > 0) != is_list ||
                limit->count_min > limit->count_max || (limit->kind == CHECK_NUMBER && limit->max > INT64_MAX))
                fail_msg("%s.%s: its row does not suit it", found[i]->short_name, field->name);
        }
    }
    assert_int_equal(rows, check_limits_count); // no row for a field that does not exist
}

// ---------------------------------------------------------------- samples

struct sample {
    bool is_largest; // everything as large as its limits allow; otherwise as small
    unsigned one_of; // which member of a oneof
};

static void *need(size_t size) {
    void *memory = calloc(1, size > 0 ? size : 1);
    assert_non_null(memory);
    return memory;
}

static ProtobufCMessage *make_sample(const ProtobufCMessageDescriptor *descriptor, struct sample sample);

static void fill_value(const ProtobufCFieldDescriptor *field, const struct check_limit *limit, struct sample sample,
                       void *member) {
    uint64_t size = limit == NULL ? 0 : sample.is_largest ? limit->max : limit->min;
    const ProtobufCEnumDescriptor *values = field->descriptor;
    switch (field->type) {
    case PROTOBUF_C_TYPE_BYTES: {
        ProtobufCBinaryData bytes = {.len = size, .data = need(size)};
        memset(bytes.data, 'a', size);
        memcpy(member, &bytes, sizeof bytes);
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)member = make_sample(field->descriptor, sample);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)member = values->values[sample.is_largest ? values->n_values - 1 : 0].value;
        break;
    case PROTOBUF_C_TYPE_INT64:
        *(int64_t *)member = (int64_t)size;
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)member = 1;
        break;
    default:
        *(uint32_t *)member = (uint32_t)size;
        break;
    }
}

// A valid message.
static ProtobufCMessage *make_sample(const ProtobufCMessageDescriptor *descriptor, struct sample sample) {
    ProtobufCMessage *message = need(descriptor->sizeof_message);
    descriptor->message_init(message);
    unsigned one_of = 0;
    for (unsigned f = 0; f < descriptor->n_fields; f++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[f];
        const struct check_limit *limit = limit_of(descriptor, field->name);
        char *quantifier = (char *)message + field->quantifier_offset, *member = (char *)message + field->offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t count = sample.is_largest ? limit->count_max : limit->count_min > 0 ? limit->count_min : 1;
            // Only lists of messages and of bytes exist in requests.
            size_t size = field->type == PROTOBUF_C_TYPE_MESSAGE ? sizeof(void *) : sizeof(ProtobufCBinaryData);
            char *elements = need(count * size);
            for (size_t i = 0; i < count; i++)
                fill_value(field, limit, sample, elements + i * size);
            *(char **)member = elements;
            *(size_t *)quantifier = count;
            continue;
        }
        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            if (one_of++ != sample.one_of)
                continue;
            *(uint32_t *)quantifier = field->id;
        } else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type != PROTOBUF_C_TYPE_MESSAGE) {
            *(protobuf_c_boolean *)quantifier = 1;
        }
        fill_value(field, limit, sample, member);
    }
    return message;
}

static void end(ProtobufCMessage *message) {
    protobuf_c_message_free_unpacked(message, NULL);
}

static char sentence[200];

static void assert_fine(const ProtobufCMessage *message) {
    if (check_message(message, sentence, sizeof sentence) != 0)
        fail_msg("%s was refused: %s", message->descriptor->short_name, sentence);
}

static void assert_refused(const ProtobufCMessage *message, const char *expected) {
    sentence[0] = '\0';
    if (check_message(message, sentence, sizeof sentence) != -1)
        fail_msg("%s was accepted, instead of: %s", message->descriptor->short_name, expected);
    if (strstr(sentence, expected) == NULL)
        fail_msg("%s: \"%s\" instead of \"%s\"", message->descriptor->short_name, sentence, expected);
}

static void smallest_and_largest_messages_are_accepted(void **state) {
    (void)state;
    for (size_t i = 0; i < found_count; i++) {
        for (unsigned which = 0; which < 4; which++) {
            struct sample sample = {.is_largest = which & 1, .one_of = which / 2};
            ProtobufCMessage *message = make_sample(found[i], sample);
            assert_fine(message);
            end(message);
        }
    }
}

static void a_request_without_rows_of_people_fits_its_frame(void **state) {
    (void)state;
    for (size_t i = 0; i < operations_count; i++) {
        // Imports are cut by the frame first: nobody fills every cell of every row.
        if (operations[i].request_bytes_max >= 1024 * 1024)
            continue;
        for (unsigned one_of = 0; one_of < 2; one_of++) {
            ProtobufCMessage *message = make_sample(operations[i].request, (struct sample){true, one_of});
            size_t size = protobuf_c_message_get_packed_size(message);
            if (size > operations[i].request_bytes_max)
                fail_msg("%s: %zu bytes", operations[i].name, size);
            end(message);
        }
    }
}

// ---------------------------------------------------------------- limits

static void check_number_edges(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                               const struct check_limit *limit) {
    char *member = (char *)message + field->offset;
    bool is_wide = field->type == PROTOBUF_C_TYPE_INT64;
    const int64_t tries[] = {(int64_t)limit->min, (int64_t)limit->max, (int64_t)limit->min - 1, INT64_MIN,
                             limit->max < INT64_MAX ? (int64_t)limit->max + 1 : -1};
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        if (!is_wide && (tries[i] < 0 || tries[i] > UINT32_MAX))
            continue;
        if (is_wide)
            *(int64_t *)member = tries[i];
        else
            *(uint32_t *)member = (uint32_t)tries[i];
        if (i < 2)
            assert_fine(message);
        else
            assert_refused(message, field->name);
    }
}

static void try_bytes(ProtobufCMessage *message, ProtobufCBinaryData *bytes, size_t len, const char *expected) {
    ProtobufCBinaryData before = *bytes;
    *bytes = (ProtobufCBinaryData){.len = len, .data = need(len)};
    memset(bytes->data, 'b', len);
    if (expected == NULL)
        assert_fine(message);
    else
        assert_refused(message, expected);
    free(bytes->data);
    *bytes = before;
}

static void try_text(ProtobufCMessage *message, ProtobufCBinaryData *bytes, const struct check_limit *limit) {
    static const struct {
        const char *text;
        enum check_kind refused_from; // this kind and the stricter ones
        const char *expected;
    } tries[] = {
        {"a\nb", CHECK_LINE, "line break or a tab"},
        {"a\tb", CHECK_LINE, "line break or a tab"},
        {"a b", CHECK_WORD, "a space"},
        {"a\rb", CHECK_TEXT, "not plain text"},
        {"a\x1b[", CHECK_TEXT, "not plain text"},
        {"a\xe9z", CHECK_TEXT, "not plain text"},
    };
    _Static_assert(CHECK_TEXT < CHECK_LINE && CHECK_LINE < CHECK_WORD && CHECK_WORD < CHECK_BINARY, "in that order");
    ProtobufCBinaryData before = *bytes;
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        *bytes = (ProtobufCBinaryData){.len = strlen(tries[i].text), .data = (uint8_t *)(uintptr_t)tries[i].text};
        if (limit->kind < tries[i].refused_from) {
            assert_fine(message);
            continue;
        }
        assert_refused(message, tries[i].expected);
        assert_null(strstr(sentence, tries[i].text));
    }
    *bytes = before;
}

static void check_bytes_edges(ProtobufCMessage *message, ProtobufCBinaryData *bytes, const struct check_limit *limit) {
    try_bytes(message, bytes, limit->min, NULL);
    try_bytes(message, bytes, limit->max, NULL);
    try_bytes(message, bytes, limit->max + 1, limit->field);
    if (limit->min > 0) {
        try_bytes(message, bytes, limit->min - 1, limit->field);
        try_bytes(message, bytes, 0, limit->field);
    }
    if (limit->kind != CHECK_BINARY)
        try_text(message, bytes, limit);
}

static void check_count_edges(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                              const struct check_limit *limit) {
    size_t *count = (size_t *)((char *)message + field->quantifier_offset), count_before = *count;
    char **list = (char **)((char *)message + field->offset), *before = *list;
    size_t size = field->type == PROTOBUF_C_TYPE_MESSAGE ? sizeof(void *) : sizeof(ProtobufCBinaryData);
    char *elements = need((limit->count_max + 1) * size);
    for (size_t i = 0; i <= limit->count_max; i++)
        memcpy(elements + i * size, before, size);
    *list = elements;
    *count = limit->count_max;
    assert_fine(message);
    *count = limit->count_max + 1;
    assert_refused(message, field->name);
    *count = limit->count_min;
    assert_fine(message);
    if (limit->count_min > 0) {
        *count = limit->count_min - 1;
        assert_refused(message, field->name);
    }
    free(elements);
    *list = before;
    *count = count_before;
}

static void every_limit_holds_to_the_unit(void **state) {
    (void)state;
    for (size_t i = 0; i < check_limits_count; i++) {
        const struct check_limit *limit = &check_limits[i];
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(limit->message, limit->field);
        assert_non_null(field);
        ProtobufCMessage *message = make_sample(limit->message, (struct sample){0});
        char *member = (char *)message + field->offset;
        if (limit->count_max > 0)
            check_count_edges(message, field, limit);
        if (limit->kind == CHECK_NUMBER)
            check_number_edges(message, field, limit);
        else if (limit->kind != CHECK_COUNT)
            check_bytes_edges(message, (ProtobufCBinaryData *)(limit->count_max > 0 ? *(char **)member : member),
                              limit);
        end(message);
    }
}

// ---------------------------------------------------------------- on the wire

enum { PACKED_MAX = 256 * 1024 };
static uint8_t packed[PACKED_MAX], mended[PACKED_MAX];

static uint64_t read_varint(const uint8_t **at) {
    uint64_t value = 0;
    unsigned shift = 0;
    do {
        value |= (uint64_t)(**at & 0x7f) << shift;
        shift += 7;
    } while (*(*at)++ & 0x80);
    return value;
}

// Where the field that starts at `at` ends; its number in *ret_id.
static const uint8_t *skip_field(const uint8_t *at, uint32_t *ret_id) {
    uint64_t tag = read_varint(&at);
    *ret_id = (uint32_t)(tag >> 3);
    switch (tag & 7) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        read_varint(&at);
        return at;
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED: {
        uint64_t len = read_varint(&at);
        return at + len;
    }
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        return at + 4;
    default:
        fail_msg("wire type %d", (int)(tag & 7));
        return NULL;
    }
}

static size_t pack_sample(const ProtobufCMessageDescriptor *descriptor) {
    ProtobufCMessage *message = make_sample(descriptor, (struct sample){0});
    assert_true(protobuf_c_message_get_packed_size(message) + 8 < PACKED_MAX);
    size_t len = protobuf_c_message_pack(message, packed);
    end(message);
    return len;
}

static void a_message_without_a_required_field_is_not_unpacked(void **state) {
    (void)state;
    size_t removed = 0;
    for (size_t i = 0; i < found_count; i++) {
        size_t len = pack_sample(found[i]);
        ProtobufCMessage *whole = protobuf_c_message_unpack(found[i], NULL, len, packed);
        assert_non_null(whole);
        assert_fine(whole);
        end(whole);
        for (unsigned f = 0; f < found[i]->n_fields; f++) {
            if (found[i]->fields[f].label != PROTOBUF_C_LABEL_REQUIRED)
                continue;
            size_t used = 0;
            for (const uint8_t *at = packed, *next; at < packed + len; at = next) {
                uint32_t id;
                next = skip_field(at, &id);
                if (id == found[i]->fields[f].id)
                    continue;
                memcpy(mended + used, at, (size_t)(next - at));
                used += (size_t)(next - at);
            }
            assert_true(used < len);
            if (protobuf_c_message_unpack(found[i], NULL, used, mended) != NULL)
                fail_msg("%s without %s was unpacked", found[i]->short_name, found[i]->fields[f].name);
            removed++;
        }
    }
    assert_true(removed > 50);
}

static void an_unknown_field_is_refused(void **state) {
    (void)state;
    static const uint8_t unknown[] = {0xc0, 0x3e, 1}; // field 1000, varint
    for (size_t i = 0; i < found_count; i++) {
        size_t len = pack_sample(found[i]);
        memcpy(packed + len, unknown, sizeof unknown);
        ProtobufCMessage *message = protobuf_c_message_unpack(found[i], NULL, len + sizeof unknown, packed);
        assert_non_null(message);
        assert_refused(message, "a field that is not known");
        end(message);
    }
}

static void of_a_field_sent_twice_the_last_one_is_judged(void **state) {
    (void)state;
    size_t len = pack_sample(&candour__letters__descriptor);
    static const uint8_t again[] = {2 << 3, 0xc9, 0x01}; // limit = 201
    memcpy(packed + len, again, sizeof again);
    ProtobufCMessage *message =
        protobuf_c_message_unpack(&candour__letters__descriptor, NULL, len + sizeof again, packed);
    assert_non_null(message);
    assert_refused(message, "\"limit\" must be from 1 to 200");
    end(message);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_message_contains_itself),
        cmocka_unit_test(every_field_has_a_row_that_suits_it),
        cmocka_unit_test(smallest_and_largest_messages_are_accepted),
        cmocka_unit_test(a_request_without_rows_of_people_fits_its_frame),
        cmocka_unit_test(every_limit_holds_to_the_unit),
        cmocka_unit_test(a_message_without_a_required_field_is_not_unpacked),
        cmocka_unit_test(an_unknown_field_is_refused),
        cmocka_unit_test(of_a_field_sent_twice_the_last_one_is_judged),
    };
    return cmocka_run_group_tests(tests, find_requests, NULL);
}
