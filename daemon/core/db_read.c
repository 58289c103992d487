// What comes back: results copied into the arena, and what an error means.
#include <assert.h>
#include <string.h>

#include "db_private.h"

static const int64_t epoch_s = 946684800, second_us = 1000000;
static const uint32_t null_len = UINT32_MAX;

static uint64_t get(const uint8_t *from, size_t width) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value = value << 8 | from[i];
    return value;
}

// ---------------------------------------------------------------- errors
int db_outcome_of(const char *sqlstate) {
    // PostgreSQL 15, appendix A. 08P01 is a message of ours that made no sense.
    static const char *const again[] = {"08", "53", "57014", "57P0", "58030", "25006", "40001", "40P01", "55P03"};
    if (!sqlstate)
        return DB_AGAIN;
    if (strcmp(sqlstate, "08P01") == 0)
        return DB_REFUSED;
    if (strcmp(sqlstate, "CD001") == 0)
        return DB_BARRED;
    for (size_t i = 0; i < ARRAY_LEN(again); i++)
        if (strncmp(sqlstate, again[i], strlen(again[i])) == 0)
            return DB_AGAIN;
    return DB_REFUSED;
}

bool db_is_doubtful(const PGresult *notice) {
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
    if (!severity || strcmp(severity, "WARNING") != 0)
        return false;
    // 01006 and 01007 are a GRANT or REVOKE that had nothing to do.
    return !sqlstate || (strcmp(sqlstate, "01006") != 0 && strcmp(sqlstate, "01007") != 0);
}

// ---------------------------------------------------------------- taking results
static int keep(struct arena *arena, const PGresult *from, struct db_result *ret_result) {
    int rows = PQntuples(from), columns = PQnfields(from);
    size_t count = (size_t)rows * (size_t)columns, len = 0, at = 0;
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++)
            len += 4 + (size_t)PQgetlength(from, row, column);
    struct db_result result = {.rows = rows, .columns = columns};
    if (count > 0) {
        uint32_t *places = len > UINT32_MAX ? NULL : arena_alloc(arena, count * sizeof *places);
        uint8_t *data = places ? arena_alloc(arena, len) : NULL;
        if (!data)
            return UV_ENOMEM;
        result.places = places;
        result.data = data;
        for (size_t i = 0; i < count; i++) {
            int row = (int)(i / (size_t)columns), column = (int)(i % (size_t)columns);
            bool is_null = PQgetisnull(from, row, column);
            uint32_t value_len = is_null ? null_len : (uint32_t)PQgetlength(from, row, column);
            places[i] = (uint32_t)at;
            memcpy(data + at, &value_len, 4);
            at += 4;
            if (!is_null) {
                memcpy(data + at, PQgetvalue(from, row, column), value_len);
                at += value_len;
            }
        }
    }
    *ret_result = result;
    return 0;
}

static bool is_undone(const struct db_segment *s) {
    return s->outcome == DB_AGAIN || s->outcome == DB_REFUSED || s->outcome == DB_BARRED;
}

static enum db_step take_error(struct db_segment *s, const PGresult *result) {
    // FATAL ends the connection; libpq's own errors carry no severity and mean the same.
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (!severity || strcmp(severity, "ERROR") != 0)
        return DB_STEP_LOST;
    if (!is_undone(s)) {
        s->outcome = db_outcome_of(sqlstate);
        strncpy(s->sqlstate, sqlstate ? sqlstate : "", sizeof s->sqlstate - 1);
    }
    return DB_STEP_MORE;
}

enum db_step db_segment_take(struct db_segment *s, const PGresult *result) {
    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
        return DB_STEP_END;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        if (s->answered == s->count)
            return DB_STEP_LOST;
        if (s->outcome == DB_COMMITTED)
            s->outcome = keep(s->arena, result, &s->statements[s->answered]->result);
        s->answered++;
        return DB_STEP_MORE;
    case PGRES_FATAL_ERROR:
        return take_error(s, result);
    case PGRES_PIPELINE_ABORTED:
        return DB_STEP_MORE;
    default:
        return DB_STEP_LOST;
    }
}

int db_segment_outcome(const struct db_segment *s) {
    return s->warned && !is_undone(s) ? DB_UNKNOWN : s->outcome;
}

// ---------------------------------------------------------------- reading
const struct db_result *db_result(const struct db_segment *s, unsigned index) {
    assert(index < s->count - s->guards);
    return &s->statements[s->guards + index]->result;
}

int db_rows(const struct db_result *r) {
    return r->rows;
}

// data NULL: SQL's NULL.
static struct db_bytes value(const struct db_result *r, int row, int column) {
    assert(row >= 0 && row < r->rows && column >= 0 && column < r->columns);
    const uint8_t *at = r->data + r->places[(size_t)row * (size_t)r->columns + (size_t)column];
    uint32_t len;
    memcpy(&len, at, sizeof len);
    return len == null_len ? (struct db_bytes){NULL, 0} : (struct db_bytes){at + sizeof len, len};
}

static uint64_t number(const struct db_result *r, int row, int column, size_t width) {
    struct db_bytes v = value(r, row, column);
    if (!v.data)
        return 0;
    assert(v.len == width);
    return get(v.data, width);
}

bool db_is_null(const struct db_result *r, int row, int column) {
    return !value(r, row, column).data;
}

bool db_get_bool(const struct db_result *r, int row, int column) {
    return number(r, row, column, 1) != 0;
}

int32_t db_get_int(const struct db_result *r, int row, int column) {
    if (value(r, row, column).len == 2)
        return (int16_t)number(r, row, column, 2);
    return (int32_t)number(r, row, column, 4);
}

int64_t db_get_int8(const struct db_result *r, int row, int column) {
    return (int64_t)number(r, row, column, 8);
}

int64_t db_get_time(const struct db_result *r, int row, int column) {
    if (db_is_null(r, row, column))
        return 0;
    int64_t us = db_get_int8(r, row, column), seconds = us / second_us;
    return seconds - (us % second_us < 0) + epoch_s;
}

const uint8_t *db_get_uuid(const struct db_result *r, int row, int column) {
    static const uint8_t none[16];
    struct db_bytes v = value(r, row, column);
    assert(!v.data || v.len == 16);
    return v.data ? v.data : none;
}

struct db_bytes db_get_bytes(const struct db_result *r, int row, int column) {
    return value(r, row, column);
}
