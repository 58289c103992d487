// ImportPeople: everything is read, everything is checked, then everything is stored in one step or nothing is.
#include "daemon/desk/people_check.h"

#include "check.h"
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"

struct people_state {
    struct people_row *rows;
    struct people_known *known;
    size_t known_count;
    ProtobufCBinaryData version; // of the people that the file is checked against
    struct problems problems;
};

static void people_stored(struct request *r) {
    const Candour__ImportPeople *message = (const Candour__ImportPeople *)r->message;
    const struct people_state *state = r->state;
    const struct db_result *result = db_result(r->segment, 0);
    if (!db_get_bool(result, 0, 0)) {
        request_outcome(r, CANDOUR__STATUS__CONFLICT,
                        "Somebody else changed the list of people meanwhile. Import the file again.");
        return;
    }
    struct answer_import import = {.added = (uint32_t)db_get_int(result, 0, 1),
                                   .changed = (uint32_t)db_get_int(result, 0, 2),
                                   .unchanged = (uint32_t)db_get_int(result, 0, 3),
                                   .dry_run = message->dry_run,
                                   .what = "people",
                                   .next = "Next: candour framework import, or candour round new"};
    answer_import(r, &import, &state->problems);
}

// One array of an optional column; absent is NULL, and leaves what is stored.
#define ADD_OPTIONAL(s, message, field)                                                                                \
    do {                                                                                                               \
        db_array_begin(s, DB_TEXT);                                                                                    \
        for (size_t i = 0; i < (message)->n_rows; i++) {                                                               \
            if ((message)->rows[i]->has_##field)                                                                       \
                db_text(s, (message)->rows[i]->field.data, (message)->rows[i]->field.len);                             \
            else                                                                                                       \
                db_null(s);                                                                                            \
        }                                                                                                              \
        db_array_end(s);                                                                                               \
    } while (0)

static void people_checked(struct request *r) {
    const Candour__ImportPeople *message = (const Candour__ImportPeople *)r->message;
    const struct people_state *state = r->state;
    if (state->problems.count > 0 || r->arena.full) {
        answer_import(r, &(struct answer_import){0}, &state->problems);
        return;
    }
    struct db_segment *s = request_query(r, QUERY_DESK_IMPORT_PEOPLE);
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < message->n_rows; i++)
        db_text(s, state->rows[i].email.data, state->rows[i].email.len);
    db_array_end(s);
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < message->n_rows; i++)
        db_text(s, message->rows[i]->name.data, message->rows[i]->name.len);
    db_array_end(s);
    ADD_OPTIONAL(s, message, job_title);
    ADD_OPTIONAL(s, message, unit);
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < message->n_rows; i++) {
        if (state->rows[i].has_manager)
            db_text(s, state->rows[i].manager.data, state->rows[i].manager.len);
        else
            db_null(s);
    }
    db_array_end(s);
    ADD_OPTIONAL(s, message, level);
    ADD_OPTIONAL(s, message, language);
    db_text(s, state->version.data, state->version.len);
    db_bool(s, message->dry_run);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, people_stored);
}

// Two or three small letters, and perhaps a country or script: "cy", "cy-gb".
static bool is_language(ProtobufCBinaryData code) {
    size_t letters = 0;
    while (letters < code.len && code.data[letters] >= 'a' && code.data[letters] <= 'z')
        letters++;
    if (letters < 2 || letters > 3 || (letters < code.len && code.data[letters] != '-'))
        return false;
    for (size_t i = letters; i < code.len; i++)
        if (!(code.data[i] >= 'a' && code.data[i] <= 'z') && !(code.data[i] >= '0' && code.data[i] <= '9') &&
            code.data[i] != '-')
            return false;
    return true;
}

// In the thread pool.
static void check_people(struct request *r) {
    const Candour__ImportPeople *message = (const Candour__ImportPeople *)r->message;
    struct people_state *state = r->state;
    problems_start(&state->problems, &r->arena);
    for (size_t i = 0; i < message->n_rows; i++) {
        const Candour__PersonRow *row = message->rows[i];
        if (row->name.len == 0)
            problems_add(&state->problems, state->rows[i].line, "This row has no name. Fill it in.");
        if (row->language.len > 0 && !is_language(row->language))
            problems_add(&state->problems, state->rows[i].line,
                         "\"%.*s\" is not the code of a language. Write en, cy or the like, or leave it empty.",
                         TEXT(row->language));
    }
    people_check(state->rows, message->n_rows, state->known, state->known_count, &state->problems);
}

static void make_normal(ProtobufCBinaryData *name) {
    if (name->len > 0)
        name->len = check_name_normal(name->data, name->len, (char *)name->data);
}

static void people_known(struct request *r) {
    const Candour__ImportPeople *message = (const Candour__ImportPeople *)r->message;
    const struct db_result *people = db_result(r->segment, 1);
    struct people_state *state = r->state = answer_array(r, 1, sizeof *state);
    if (state == NULL)
        return;
    state->version = answer_column(db_result(r->segment, 0), 0, 0);
    state->known_count = (size_t)db_rows(people);
    state->rows = answer_array(r, message->n_rows, sizeof *state->rows);
    if (state->rows == NULL)
        return;
    state->known = answer_array(r, state->known_count, sizeof *state->known);
    if (state->known == NULL)
        return;
    for (size_t i = 0; i < message->n_rows; i++) {
        Candour__PersonRow *row = message->rows[i];
        make_normal(&row->name);
        row->language = text_lower(&r->arena, row->language);
        make_normal(&row->job_title); // it may become part of a name
        state->rows[i] = (struct people_row){.email = text_lower(&r->arena, row->email),
                                             .manager = text_lower(&r->arena, row->manager_email), // of none: empty
                                             .has_manager = row->has_manager_email,
                                             .line = row->line > 0 ? row->line : (uint32_t)i + 1};
    }
    for (size_t i = 0; i < state->known_count; i++)
        state->known[i] = (struct people_known){.email = answer_column(people, (int)i, 0),
                                                .manager = answer_column(people, (int)i, 1)};
    request_work(r, WORK_CHECK, check_people, people_checked);
}

void people_import(struct request *r) {
    request_query(r, QUERY_DESK_PEOPLE_VERSION);
    request_query(r, QUERY_DESK_PEOPLE_MANAGERS);
    request_run(r, people_known);
}
