#include "check.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---------------------------------------------------------------- text

size_t check_point(const void *text, size_t len, uint32_t *ret_point) {
    const uint8_t *bytes = text;
    uint8_t first = bytes[0];
    if (first < 0x80) {
        *ret_point = first;
        return 1;
    }
    size_t need = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (first < 0xc2 || first > 0xf4 || need > len)
        return 0;
    uint32_t point = first & (0xffu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (bytes[i] & 0x3fu);
    }
    if (point < smallest[need] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    *ret_point = point;
    return need;
}

// Control characters could command a terminal; bidirectional ones and separators show another text than the one that
// is stored.
struct range {
    uint32_t first, last;
};
static const struct range harmful[] = {{0x00, 0x08},     {0x0b, 0x1f},     {0x7f, 0x9f},    {0x61c, 0x61c},
                                       {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};
// What else cannot be seen in a name: soft hyphen, joiners, fillers, selectors, tags (Unicode 15,
// Default_Ignorable_Code_Point, and interlinear annotation).
static const struct range unseen[] = {{0xad, 0xad},     {0x34f, 0x34f},     {0x115f, 0x1160},   {0x17b4, 0x17b5},
                                      {0x180b, 0x180f}, {0x200b, 0x200d},   {0x2060, 0x2065},   {0x206a, 0x206f},
                                      {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
                                      {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
static const struct range spaces[] = {{0x09, 0x0a},     {0x20, 0x20},     {0xa0, 0xa0},
                                      {0x1680, 0x1680}, {0x2000, 0x200a}, {0x202f, 0x202f},
                                      {0x205f, 0x205f}, {0x2800, 0x2800}, {0x3000, 0x3000}};

static bool is_in(const struct range *ranges, size_t count, uint32_t point) {
    for (size_t i = 0; i < count && point >= ranges[i].first; i++)
        if (point <= ranges[i].last)
            return true;
    return false;
}

bool check_is_harmful(uint32_t point) {
    return is_in(harmful, ARRAY_LEN(harmful), point);
}

bool check_text(const void *text, size_t len) {
    const char *at = text;
    while (len > 0) {
        uint32_t point;
        size_t used = check_point(at, len, &point);
        if (used == 0 || check_is_harmful(point))
            return false;
        at += used;
        len -= used;
    }
    return true;
}

size_t check_name_normal(const void *text, size_t len, char *ret_name) {
    const char *at = text, *end = at + len;
    size_t done = 0;
    bool is_apart = false; // a space waits for the next word
    while (at < end) {
        uint32_t point;
        size_t used = check_point(at, (size_t)(end - at), &point);
        if (used == 0)
            return 0;
        if (is_in(spaces, ARRAY_LEN(spaces), point)) {
            is_apart = done > 0;
        } else if (!check_is_harmful(point) && !is_in(unseen, ARRAY_LEN(unseen), point)) {
            if (is_apart)
                ret_name[done++] = ' ';
            is_apart = false;
            memmove(ret_name + done, at, used); // never overtakes what is still to be read
            done += used;
        }
        at += used;
    }
    return done;
}

bool check_name(const void *text, size_t len) {
    const char *at = text, *end = at + len;
    bool is_apart = true;
    for (size_t used = 0; at < end; at += used) {
        uint32_t point;
        used = check_point(at, (size_t)(end - at), &point);
        bool is_space = point == ' ';
        if (used == 0 || check_is_harmful(point) || is_in(unseen, ARRAY_LEN(unseen), point) ||
            (is_space ? is_apart : is_in(spaces, ARRAY_LEN(spaces), point)))
            return false;
        is_apart = is_space;
    }
    return !is_apart;
}

size_t check_code_points(const void *text, size_t len) {
    const uint8_t *bytes = text;
    size_t points = 0;
    for (size_t i = 0; i < len; i++)
        points += (bytes[i] & 0xc0) != 0x80;
    return points;
}

static bool has_any(const char *text, size_t len, const char *characters) {
    for (; *characters != '\0'; characters++)
        if (len > 0 && memchr(text, *characters, len) != NULL)
            return true;
    return false;
}

bool check_email(const void *text, size_t len) {
    enum { EMAIL_BYTES_MAX = 254 }; // RFC 5321, 4.5.3.1.3, less the angle brackets
    if (len == 0 || len > EMAIL_BYTES_MAX || !check_text(text, len) || has_any(text, len, " \t\n"))
        return false;
    const char *start = text, *end = start + len;
    const char *domain = memchr(start, '@', len);
    if (domain == NULL || domain++ == start)
        return false;
    size_t domain_len = (size_t)(end - domain);
    return domain_len > 0 && !has_any(domain, domain_len, "@") && has_any(domain, domain_len, ".") && *domain != '.' &&
           end[-1] != '.' && memmem(domain, domain_len, "..", 2) == NULL;
}

// ---------------------------------------------------------------- messages

enum { FIELDS_MAX = 16 }; // of a request message

struct walk {
    char *sentence;
    size_t sentence_size;
    const char *rows; // the list we are in, NULL: none
    size_t row;       // from 1
};

PRINTF(2, 3) static int refuse(const struct walk *walk, const char *format, ...) {
    char place[64] = "";
    if (walk->rows != NULL)
        snprintf(place, sizeof place, "Row %zu of %s: ", walk->row, walk->rows);
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(walk->sentence, walk->sentence_size, "%s%s", place, what);
    return -1;
}

static int check_bytes(const struct walk *walk, const struct check_limit *limit, const ProtobufCBinaryData *bytes) {
    const char *name = limit->field, *data = (const char *)bytes->data;
    if (limit->kind == CHECK_BINARY && limit->min == limit->max && bytes->len != limit->max)
        return refuse(walk, "The field \"%s\" is not %ju bytes long. Update the program and try again.", name,
                      (uintmax_t)limit->max);
    if (bytes->len == 0 && limit->min > 0)
        return refuse(walk, "The field \"%s\" is empty. Fill it in and try again.", name);
    if (bytes->len < limit->min)
        return refuse(walk, "The field \"%s\" is shorter than %ju bytes. Complete it and try again.", name,
                      (uintmax_t)limit->min);
    if (bytes->len > limit->max)
        return refuse(walk, "The field \"%s\" is longer than %ju bytes. Shorten it and try again.", name,
                      (uintmax_t)limit->max);
    if (limit->kind == CHECK_BINARY)
        return 0;
    if (!check_text(data, bytes->len))
        return refuse(walk, "The field \"%s\" has characters that are not plain text. Remove them and try again.",
                      name);
    if (limit->kind != CHECK_TEXT && has_any(data, bytes->len, "\n\t"))
        return refuse(walk, "The field \"%s\" has a line break or a tab. Write it in one line and try again.", name);
    if (limit->kind == CHECK_WORD && has_any(data, bytes->len, " "))
        return refuse(walk, "The field \"%s\" has a space. Write it in one word and try again.", name);
    return 0;
}

// The value at member. What is negative comes out larger than any limit.
static uint64_t read_number(ProtobufCType type, const void *member) {
    switch (type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return *(const uint32_t *)member;
    case PROTOBUF_C_TYPE_INT64:
        return *(const uint64_t *)member;
    default:
        assert(!"no request has a number of this type");
        return 0;
    }
}

static int check_number(const struct walk *walk, const struct check_limit *limit, ProtobufCType type,
                        const void *member) {
    uint64_t number = read_number(type, member);
    if (number >= limit->min && number <= limit->max)
        return 0;
    return refuse(walk, "The field \"%s\" must be from %ju to %ju. Correct it and try again.", limit->field,
                  (uintmax_t)limit->min, (uintmax_t)limit->max);
}

static int check_all(const struct walk *outer, const char *rows, const ProtobufCMessage *const *messages, size_t count);

static int check_value(const struct walk *walk, const ProtobufCFieldDescriptor *field, const struct check_limit *limit,
                       const void *member) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        return 0;
    case PROTOBUF_C_TYPE_ENUM:
        if (protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)member) != NULL)
            return 0;
        return refuse(walk, "The field \"%s\" has a value that does not exist. Correct it and try again.", field->name);
    case PROTOBUF_C_TYPE_MESSAGE:
        return check_all(walk, NULL, member, 1);
    case PROTOBUF_C_TYPE_BYTES:
        return check_bytes(walk, limit, member);
    default:
        return check_number(walk, limit, field->type, member);
    }
}

static size_t element_bytes(ProtobufCType type) {
    switch (type) {
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
        return sizeof(int64_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    default:
        return sizeof(uint32_t);
    }
}

static int check_repeated(const struct walk *outer, const ProtobufCFieldDescriptor *field,
                          const struct check_limit *limit, size_t count, const void *elements) {
    if (count > limit->count_max)
        return refuse(outer, "The list \"%s\" has more than %u entries. Split or shorten it and try again.",
                      field->name, limit->count_max);
    if (count < limit->count_min)
        return refuse(outer, "The list \"%s\" has fewer than %u entries. Complete it and try again.", field->name,
                      limit->count_min);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return count > 0 ? check_all(outer, field->name, elements, count) : 0;
    struct walk walk = *outer;
    walk.rows = field->name;
    for (size_t i = 0; i < count; i++) {
        walk.row = i + 1;
        if (check_value(&walk, field, limit, (const char *)elements + i * element_bytes(field->type)) < 0)
            return -1;
    }
    return 0;
}

static bool is_present(const ProtobufCFieldDescriptor *field, const void *quantifier, const void *member) {
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF && *(const uint32_t *)quantifier != field->id)
        return false;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(const ProtobufCMessage *const *)member != NULL;
    return field->label == PROTOBUF_C_LABEL_REQUIRED || field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF ||
           *(const protobuf_c_boolean *)quantifier;
}

static int check_field(const struct walk *walk, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                       const struct check_limit *limit) {
    const void *quantifier = (const char *)message + field->quantifier_offset;
    const void *member = (const char *)message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return check_repeated(walk, field, limit, *(const size_t *)quantifier, *(const void *const *)member);
    if (is_present(field, quantifier, member))
        return check_value(walk, field, limit, member);
    if (field->label == PROTOBUF_C_LABEL_REQUIRED)
        return refuse(walk, "The field \"%s\" is missing. Add it and try again.", field->name);
    // One of a oneof must be there; which one is its case.
    bool is_missing = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF &&
                      (*(const uint32_t *)quantifier == 0 || *(const uint32_t *)quantifier == field->id);
    if (is_missing)
        return refuse(walk, "The field \"%s\", or one that may stand in its place, is missing. Add it and try again.",
                      field->name);
    return 0;
}

static bool needs_limit(const ProtobufCFieldDescriptor *field) {
    return field->label == PROTOBUF_C_LABEL_REPEATED ||
           (field->type != PROTOBUF_C_TYPE_BOOL && field->type != PROTOBUF_C_TYPE_ENUM &&
            field->type != PROTOBUF_C_TYPE_MESSAGE);
}

static const struct check_limit *find_limit(const ProtobufCMessageDescriptor *descriptor, const char *field) {
    for (size_t i = 0; i < check_limits_count; i++)
        if (check_limits[i].message == descriptor && strcmp(check_limits[i].field, field) == 0)
            return &check_limits[i];
    return NULL;
}

// Checks count > 0 messages of one kind; limits are looked up once for all of them. rows names the list they are in,
// NULL: they are in no list of their own.
static int check_all(const struct walk *outer, const char *rows, const ProtobufCMessage *const *messages,
                     size_t count) {
    const ProtobufCMessageDescriptor *descriptor = messages[0]->descriptor;
    assert(descriptor->n_fields <= FIELDS_MAX);
    const struct check_limit *limits[FIELDS_MAX];
    for (unsigned f = 0; f < descriptor->n_fields; f++) {
        limits[f] = find_limit(descriptor, descriptor->fields[f].name);
        assert(limits[f] != NULL || !needs_limit(&descriptor->fields[f]));
    }
    struct walk walk = *outer;
    for (size_t i = 0; i < count; i++) {
        if (rows != NULL) {
            walk.rows = rows;
            walk.row = i + 1;
        }
        if (messages[i]->n_unknown_fields > 0)
            return refuse(&walk, "The request has a field that is not known here. Update the program and try again.");
        for (unsigned f = 0; f < descriptor->n_fields; f++)
            if (check_field(&walk, messages[i], &descriptor->fields[f], limits[f]) < 0)
                return -1;
    }
    return 0;
}

int check_message(const ProtobufCMessage *message, char *ret_sentence, size_t sentence_size) {
    struct walk walk = {.sentence = ret_sentence, .sentence_size = sentence_size};
    return check_all(&walk, NULL, &message, 1);
}
