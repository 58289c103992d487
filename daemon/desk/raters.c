// LoadRaters: who is asked about whom, as long as the round is a draft or nominating.
#include "daemon/desk/raters_check.h"

#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"

struct raters_state {
    const uint8_t *round;
    struct raters_row *rows;
    size_t row_count;
    ProtobufCBinaryData *levels; // of the round's framework
    size_t level_count;
    struct problems problems;
    struct raters result;
};

// "Asked about more than 5 leaders: a@x (7), b@x (6) and 3 more. ..."
static ProtobufCBinaryData warn_of_load(struct request *r) {
    const struct raters *found = &((const struct raters_state *)r->state)->result;
    ProtobufCBinaryData list = text_of("");
    if (found->busy_count == 0)
        return list;
    for (size_t i = 0; i < found->busy_count && i < RATERS_BUSY_SHOWN; i++)
        list = answer_text(r, "%.*s%s%.*s (%u)", TEXT(list), i > 0 ? ", " : "", TEXT(found->busy[i]->rater),
                           found->busy[i]->leaders);
    if (found->busy_count > RATERS_BUSY_SHOWN)
        list = answer_text(r, "%.*s and %zu more", TEXT(list), found->busy_count - RATERS_BUSY_SHOWN);
    return answer_text(r, " Asked about more than %d leaders: %.*s. Ask somebody else where you can.",
                       RATERS_LEADERS_MANY, TEXT(list));
}

static void answer_raters(struct request *r) {
    const Candour__LoadRaters *message = (const Candour__LoadRaters *)r->message;
    const struct raters_state *state = r->state;
    struct answer_import import = {.added = state->result.added,
                                   .changed = state->result.changed,
                                   .unchanged = state->result.unchanged,
                                   .dry_run = message->dry_run,
                                   .what = "raters",
                                   .next = "Next: candour round advance",
                                   .warning = warn_of_load(r)};
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
            (struct raters_row){.subject = state->rows[i].subject,
                                .rater = state->rows[i].rater,
                                .level = row->has_level ? row->level : (ProtobufCBinaryData){0},
                                .group = row->group,
                                .line = row->line > 0 ? row->line : (uint32_t)i + 1,
                                .subject_id = db_is_null(people, at, 0) ? NULL : db_get_uuid(people, at, 0),
                                .subject_level = answer_column(people, at, 1),
                                .rater_id = db_is_null(people, at, 2) ? NULL : db_get_uuid(people, at, 2),
                                .stored_group = db_get_int(people, at, 3),
                                .leaders = (uint32_t)db_get_int(people, at, 4)};
    }
    request_work(r, WORK_CHECK, check_raters, raters_checked);
}

void raters_load(struct request *r) {
    const Candour__LoadRaters *message = (const Candour__LoadRaters *)r->message;
    struct raters_state *state = r->state = answer_array(r, 1, sizeof *state);
    if (state == NULL)
        return;
    state->row_count = message->n_rows;
    state->rows = answer_array(r, state->row_count, sizeof *state->rows);
    if (state->rows == NULL)
        return;
    struct db_segment *s = request_query(r, QUERY_DESK_ROUND_LEVELS);
    db_text(s, message->round.data, message->round.len);
    s = request_query(r, QUERY_DESK_RATERS_KNOWN);
    db_text(s, message->round.data, message->round.len);
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < state->row_count; i++) {
        state->rows[i].subject = text_lower(&r->arena, message->rows[i]->subject_email);
        db_text(s, state->rows[i].subject.data, state->rows[i].subject.len);
    }
    db_array_end(s);
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < state->row_count; i++) {
        state->rows[i].rater = text_lower(&r->arena, message->rows[i]->rater_email);
        db_text(s, state->rows[i].rater.data, state->rows[i].rater.len);
    }
    db_array_end(s);
    request_run(r, raters_known);
}
