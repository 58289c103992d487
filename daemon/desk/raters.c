// LoadRaters: who is asked about whom, as long as the round is a draft or nominating.
#include "daemon/desk/raters_check.h"

#include "crypto.h"
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"

enum { SALT_BYTES = 16 };

struct raters_state {
    const uint8_t *round;
    struct raters_row *rows;
    size_t row_count;
    ProtobufCBinaryData *subjects, *raters; // addresses in lower case
    ProtobufCBinaryData *levels;            // of the round's framework
    size_t level_count;
    const struct db_result *busy;
    struct problems problems;
    struct raters result;
};

// "Asked about more than five leaders: a@x (7), b@x (6) and 3 others. ..."
static ProtobufCBinaryData warn_of_load(struct request *r, const struct db_result *busy) {
    ProtobufCBinaryData list = text_of("");
    int shown = db_rows(busy), all = shown > 0 ? db_get_int(busy, 0, 2) : 0;
    if (shown == 0)
        return list;
    for (int i = 0; i < shown; i++)
        list = answer_text(r, "%.*s%s%.*s (%d)", TEXT(list), i > 0 ? ", " : "", TEXT(answer_column(busy, i, 0)),
                           db_get_int(busy, i, 1));
    if (all > shown)
        list = answer_text(r, "%.*s and %d more", TEXT(list), all - shown);
    return answer_text(r, " Asked about more than five leaders: %.*s. Ask somebody else where you can.", TEXT(list));
}

static void answer_raters(struct request *r) {
    const Candour__LoadRaters *message = (const Candour__LoadRaters *)r->message;
    const struct raters_state *state = r->state;
    struct answer_import import = {.added = state->result.added,
                                   .changed = state->result.changed,
                                   .unchanged = state->result.unchanged,
                                   .dry_run = message->dry_run,
                                   .what = "raters",
                                   .next = "Next: candour round advance.",
                                   .warning = warn_of_load(r, state->busy)};
    answer_import(r, &import, &state->problems);
}

static void refuse_frozen(struct request *r) {
    request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                    "This round is collecting already, so nobody can be added. Make another round for them.");
}

static void raters_stored(struct request *r) {
    if (db_get_bool(db_result(r->segment, 0), 0, 0))
        answer_raters(r);
    else
        refuse_frozen(r);
}

static void store_raters(struct request *r) {
    const struct raters_state *state = r->state;
    const struct raters *found = &state->result;
    struct db_segment *s = request_query(r, QUERY_DESK_LOAD_RATERS);
    db_uuid(s, state->round);
    db_array_begin(s, DB_UUID);
    for (size_t i = 0; i < found->subject_count; i++)
        db_uuid(s, found->subjects[i].id);
    db_array_end(s);
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < found->subject_count; i++)
        db_text(s, found->subjects[i].level.data, found->subjects[i].level.len);
    db_array_end(s);
    db_array_begin(s, DB_BYTEA);
    for (size_t i = 0; i < found->subject_count; i++) {
        uint8_t salt[SALT_BYTES];
        crypto_random(salt, sizeof salt);
        db_bytes(s, salt, sizeof salt);
    }
    db_array_end(s);
    db_array_begin(s, DB_UUID);
    for (size_t i = 0; i < state->row_count; i++)
        db_uuid(s, state->rows[i].subject_id);
    db_array_end(s);
    db_array_begin(s, DB_UUID);
    for (size_t i = 0; i < state->row_count; i++)
        db_uuid(s, state->rows[i].rater_id);
    db_array_end(s);
    db_array_begin(s, DB_INT2);
    for (size_t i = 0; i < state->row_count; i++)
        db_int2(s, (int16_t)state->rows[i].group);
    db_array_end(s);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, raters_stored);
}

static void raters_checked(struct request *r) {
    const Candour__LoadRaters *message = (const Candour__LoadRaters *)r->message;
    const struct raters_state *state = r->state;
    if (state->problems.count > 0 || message->dry_run || r->arena.full)
        answer_raters(r);
    else
        store_raters(r);
}

// In the thread pool.
static void check_raters(struct request *r) {
    struct raters_state *state = r->state;
    problems_start(&state->problems, &r->arena);
    raters_check(state->rows, state->row_count, state->levels, state->level_count, &state->problems, &state->result);
}

static void raters_known(struct request *r) {
    const Candour__LoadRaters *message = (const Candour__LoadRaters *)r->message;
    struct raters_state *state = r->state;
    const struct db_result *round = db_result(r->segment, 0), *people = db_result(r->segment, 1);
    state->busy = db_result(r->segment, 2);
    state->level_count = (size_t)db_rows(round);
    if (state->level_count == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There is no round of this name. See: candour round list");
        return;
    }
    if (!db_get_bool(round, 0, 1)) {
        refuse_frozen(r);
        return;
    }
    state->round = db_get_uuid(round, 0, 0);
    state->levels = answer_array(r, state->level_count, sizeof *state->levels);
    if (state->levels == NULL)
        return;
    for (size_t i = 0; i < state->level_count; i++)
        state->levels[i] = answer_column(round, (int)i, 2);
    for (size_t i = 0; i < state->row_count; i++) {
        const Candour__RaterRow *row = message->rows[i];
        int at = (int)i;
        state->rows[i] =
            (struct raters_row){.subject = state->subjects[i],
                                .rater = state->raters[i],
                                .level = row->has_level ? row->level : (ProtobufCBinaryData){0},
                                .group = row->group,
                                .line = row->line > 0 ? row->line : (uint32_t)i + 1,
                                .subject_id = db_is_null(people, at, 0) ? NULL : db_get_uuid(people, at, 0),
                                .subject_level = answer_column(people, at, 1),
                                .rater_id = db_is_null(people, at, 2) ? NULL : db_get_uuid(people, at, 2),
                                .stored_group = db_get_int(people, at, 3)};
    }
    request_work(r, check_raters, raters_checked);
}

void raters_load(struct request *r) {
    const Candour__LoadRaters *message = (const Candour__LoadRaters *)r->message;
    struct raters_state *state = r->state = answer_array(r, 1, sizeof *state);
    if (state == NULL)
        return;
    state->row_count = message->n_rows;
    state->rows = arena_alloc(&r->arena, (state->row_count + 1) * sizeof *state->rows);
    state->subjects = arena_alloc(&r->arena, (state->row_count + 1) * sizeof *state->subjects);
    state->raters = arena_alloc(&r->arena, (state->row_count + 1) * sizeof *state->raters);
    if (r->arena.full) {
        answer_too_large(r);
        return;
    }
    for (size_t i = 0; i < state->row_count; i++) {
        state->subjects[i] = text_lower(&r->arena, message->rows[i]->subject_email);
        state->raters[i] = text_lower(&r->arena, message->rows[i]->rater_email);
    }
    struct db_segment *s = request_query(r, QUERY_DESK_ROUND_LEVELS);
    db_text(s, message->round.data, message->round.len);
    enum query queries[] = {QUERY_DESK_RATERS_KNOWN, QUERY_DESK_RATERS_BUSY};
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        s = request_query(r, queries[i]);
        db_text(s, message->round.data, message->round.len);
        answer_texts(s, state->subjects, state->row_count);
        answer_texts(s, state->raters, state->row_count);
    }
    request_run(r, raters_known);
}
