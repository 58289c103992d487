// Building of segments: parameters in PostgreSQL's binary formats (src/backend/utils/adt/*recv of PostgreSQL 15). Pure.
#include <assert.h>
#include <limits.h>
#include <string.h>

#include "db_private.h"

enum { CHUNK_BYTES_MIN = 256, CHUNK_BYTES_MAX = 65536, ARRAY_HEAD_BYTES = 20 };
// PostgreSQL counts microseconds from 2000-01-01.
static const int64_t epoch_s = 946684800, second_us = 1000000;

struct db_chunk {
    struct db_chunk *next;
    size_t used, size;
    uint8_t bytes[];
};

static void put(uint8_t *to, uint64_t value, size_t width) {
    for (size_t i = width; i-- > 0; value >>= 8)
        to[i] = (uint8_t)value;
}

struct db_segment *db_segment_new(struct arena *arena) {
    struct db_segment *s = arena_alloc(arena, sizeof *s);
    if (s)
        s->arena = arena;
    return s;
}

void db_add(struct db_segment *s, enum query query) {
    if (s->failure)
        return;
    assert(s->count < DB_STATEMENTS_MAX && !s->in_array);
    struct db_statement *statement = arena_alloc(s->arena, sizeof *statement);
    if (!statement) {
        s->failure = UV_ENOMEM;
        return;
    }
    statement->query = query;
    s->statements[s->count++] = statement;
}

void db_add_guard(struct db_segment *s, enum query query) {
    assert(s->count == s->guards);
    db_add(s, query);
    s->guards = s->count;
}

// value is in the arena already, or NULL for SQL's NULL.
static void add_parameter(struct db_segment *s, const void *value, size_t len) {
    assert(s->count > 0);
    struct db_statement *statement = s->statements[s->count - 1];
    assert(statement->count < DB_PARAMETERS_MAX);
    statement->values[statement->count] = value;
    statement->lengths[statement->count++] = (int)len;
    s->bytes += len;
}

static void append(struct db_segment *s, const void *bytes, size_t len) {
    struct db_chunk *chunk = s->last_chunk;
    if (s->failure || len == 0)
        return;
    if (!chunk || chunk->size - chunk->used < len) {
        size_t size = chunk ? chunk->size * 2 : CHUNK_BYTES_MIN;
        size = size > CHUNK_BYTES_MAX ? CHUNK_BYTES_MAX : size;
        size = size < len ? len : size;
        struct db_chunk *more = arena_alloc(s->arena, sizeof *more + size);
        if (!more) {
            s->failure = UV_ENOMEM;
            return;
        }
        more->size = size;
        if (chunk)
            chunk->next = more;
        else
            s->first_chunk = more;
        s->last_chunk = chunk = more;
    }
    memcpy(chunk->bytes + chunk->used, bytes, len);
    chunk->used += len;
}

static void add_element(struct db_segment *s, const void *value, size_t len) {
    uint8_t head[4];
    put(head, value ? len : UINT32_MAX, sizeof head);
    append(s, head, sizeof head);
    if (value)
        append(s, value, len);
    else
        s->has_null = true;
    s->elements++;
}

// One value of the type: a parameter, or an element while an array is open. Copied. value NULL: SQL's NULL.
static void add(struct db_segment *s, enum db_element type, const void *value, size_t len) {
    if (!s->failure && len > INT_MAX)
        s->failure = UV_ENOMEM;
    if (s->failure)
        return;
    if (s->in_array) {
        assert(!value || type == s->element);
        add_element(s, value, len);
        return;
    }
    const void *copy = "";
    if (value && len > 0 && !(copy = arena_copy(s->arena, value, len))) {
        s->failure = UV_ENOMEM;
        return;
    }
    add_parameter(s, value ? copy : NULL, len);
}

static void add_number(struct db_segment *s, enum db_element type, uint64_t value, size_t width) {
    uint8_t bytes[8];
    put(bytes, value, width);
    add(s, type, bytes, width);
}

void db_null(struct db_segment *s) {
    add(s, DB_BYTEA, NULL, 0);
}

void db_bool(struct db_segment *s, bool value) {
    add_number(s, DB_BOOL, value, 1);
}

void db_int2(struct db_segment *s, int16_t value) {
    add_number(s, DB_INT2, (uint16_t)value, 2);
}

void db_int4(struct db_segment *s, int32_t value) {
    add_number(s, DB_INT4, (uint32_t)value, 4);
}

void db_int8(struct db_segment *s, int64_t value) {
    add_number(s, DB_INT8, (uint64_t)value, 8);
}

void db_time(struct db_segment *s, int64_t unix_seconds) {
    // What PostgreSQL cannot hold becomes a time that it refuses; the ends of the range would mean infinity.
    const int64_t seconds_max = INT64_MAX / 1000000 - 946684800 - 1;
    int64_t time = INT64_MAX - 1;
    if (unix_seconds <= seconds_max && unix_seconds >= -seconds_max)
        time = (unix_seconds - epoch_s) * second_us;
    add_number(s, DB_TIME, (uint64_t)time, 8);
}

void db_uuid(struct db_segment *s, const uint8_t id[16]) {
    add(s, DB_UUID, id, 16);
}

void db_text(struct db_segment *s, const void *text, size_t len) {
    add(s, DB_TEXT, len ? text : "", len);
}

void db_bytes(struct db_segment *s, const void *bytes, size_t len) {
    add(s, DB_BYTEA, len ? bytes : "", len);
}

void db_array_begin(struct db_segment *s, enum db_element element) {
    assert(!s->in_array);
    s->in_array = true;
    s->element = element;
    s->elements = 0;
    s->has_null = false;
    s->first_chunk = s->last_chunk = NULL;
}

// i32 dimensions || i32 has NULL || i32 element type || i32 elements || i32 lower bound || elements; array_recv.
void db_array_end(struct db_segment *s) {
    assert(s->in_array);
    s->in_array = false;
    if (s->failure)
        return;
    size_t chunk_bytes = 0;
    for (const struct db_chunk *c = s->first_chunk; c; c = c->next)
        chunk_bytes += c->used;
    size_t len = chunk_bytes + (s->elements ? ARRAY_HEAD_BYTES : ARRAY_HEAD_BYTES - 8);
    uint8_t *array = len > INT_MAX ? NULL : arena_alloc(s->arena, len);
    if (!array) {
        s->failure = UV_ENOMEM;
        return;
    }
    put(array, s->elements ? 1 : 0, 4);
    put(array + 4, s->has_null, 4);
    put(array + 8, s->element, 4);
    if (s->elements) {
        put(array + 12, s->elements, 4);
        put(array + 16, 1, 4);
    }
    uint8_t *at = array + len - chunk_bytes;
    for (const struct db_chunk *c = s->first_chunk; c; c = c->next) {
        memcpy(at, c->bytes, c->used);
        at += c->used;
    }
    add_parameter(s, array, len);
}

int db_segment_check(const struct db_segment *s) {
    assert(!s->in_array && (s->count > 0 || s->failure));
    return s->failure;
}
