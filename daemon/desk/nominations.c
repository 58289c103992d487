// Nominations: leaders suggest who is asked about them, line managers and administrators decide. Who may see and change
// what is judged in SQL (desk.nominating), by the same function for all of them.
#include <string.h>

#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "daemon/desk/raters_check.h"

enum { NOMINATIONS_PAGE = 150, SUGGESTIONS_MAX = 40, FOUND_MAX = 20, GROUPS_LIMITED = 4 };

// A parameter for an optional text of a request; an e-mail address in lower case.
static void add_optional(struct db_segment *s, bool is_there, ProtobufCBinaryData text) {
    if (is_there)
        db_text(s, text.data, text.len);
    else
        db_null(s);
}

static void add_email(struct request *r, struct db_segment *s, bool is_there, ProtobufCBinaryData email) {
    add_optional(s, is_there, is_there ? text_lower(&r->arena, email) : email);
}

static ProtobufCBinaryData column_or_empty(const struct db_result *rows, int row, int column) {
    return db_is_null(rows, row, column) ? text_of("") : answer_column(rows, row, column);
}

// ---------------------------------------------------------------- ListNominations
// Four rows a round: one for each group that is limited.
static int read_rounds(struct request *r, const struct db_result *rows, Candour__ListNominationsReply *reply) {
    size_t count = (size_t)db_rows(rows) / GROUPS_LIMITED;
    reply->rounds = answer_list(r, count, &candour__nominating_round__descriptor);
    if (reply->rounds == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        Candour__NominatingRound *round = reply->rounds[i];
        int first = (int)i * GROUPS_LIMITED;
        round->name = answer_column(rows, first, 0);
        round->collect_from = db_get_time(rows, first, 1);
        round->opens_itself = db_get_bool(rows, first, 2);
        round->limits = answer_list(r, GROUPS_LIMITED, &candour__group_limit__descriptor);
        if (round->limits == NULL)
            return -1;
        for (int g = 0; g < GROUPS_LIMITED; g++) {
            Candour__GroupLimit *limit = round->limits[round->n_limits++];
            limit->group = (Candour__Group)db_get_int(rows, first + g, 3);
            limit->least = (uint32_t)db_get_int(rows, first + g, 4);
            limit->most = (uint32_t)db_get_int(rows, first + g, 5);
        }
    }
    reply->n_rounds = count;
    return 0;
}

static void nominations_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 1);
    Candour__ListNominationsReply reply = CANDOUR__LIST_NOMINATIONS_REPLY__INIT;
    if (read_rounds(r, db_result(r->segment, 0), &reply) != 0)
        return;
    reply.n_nominations = (size_t)db_rows(rows);
    reply.nominations = answer_list(r, reply.n_nominations, &candour__nomination__descriptor);
    if (reply.nominations == NULL)
        return;
    for (int i = 0; i < db_rows(rows); i++) {
        Candour__Nomination *one = reply.nominations[i];
        one->round = answer_column(rows, i, 0);
        one->leader_name = answer_column(rows, i, 1);
        one->leader_email = answer_column(rows, i, 2);
        one->rater_name = answer_column(rows, i, 3);
        one->rater_email = answer_column(rows, i, 4);
        one->group = (Candour__Group)db_get_int(rows, i, 5);
        one->state = (Candour__NominationState)db_get_int(rows, i, 6);
        one->leaders = (uint32_t)db_get_int(rows, i, 7);
        if (!db_is_null(rows, i, 8))
            ANSWER_SET(*one, reason, answer_column(rows, i, 8));
    }
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, total, reply.n_nominations > 0 ? (uint32_t)db_get_int(rows, 0, 9) : 0);
    answer_send(r, &reply.base);
}

void nominations_list(struct request *r) {
    const Candour__ListNominations *message = (const Candour__ListNominations *)r->message;
    static const enum query queries[] = {QUERY_DESK_NOMINATING_ROUNDS, QUERY_DESK_NOMINATIONS};
    struct db_segment *s = NULL;
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        s = request_query(r, queries[i]);
        db_uuid(s, r->session->person);
        db_bool(s, message->to_decide);
        add_optional(s, message->has_round, message->round);
        db_bool(s, r->session->administrator);
    }
    add_email(r, s, message->has_leader, message->leader);
    db_int4(s, (int32_t)message->offset);
    db_int4(s, NOMINATIONS_PAGE);
    request_run(r, nominations_found);
}

// ---------------------------------------------------------------- SuggestRaters, FindPeople
// Columns from `first` on: name, e-mail, job title, unit.
static void reply_people(struct request *r, const struct db_result *rows, int first, size_t most, bool is_suggested) {
    Candour__SuggestionsReply reply = CANDOUR__SUGGESTIONS_REPLY__INIT;
    size_t count = (size_t)db_rows(rows);
    if (count == 1 && db_is_null(rows, 0, first))
        count = 0;
    ANSWER_SET(reply, has_more, count > most);
    reply.n_suggestions = count < most ? count : most;
    reply.suggestions = answer_list(r, reply.n_suggestions, &candour__suggestion__descriptor);
    if (reply.suggestions == NULL)
        return;
    for (size_t i = 0; i < reply.n_suggestions; i++) {
        Candour__Suggestion *one = reply.suggestions[i];
        one->name = answer_column(rows, (int)i, first);
        one->email = answer_column(rows, (int)i, first + 1);
        one->job_title = answer_column(rows, (int)i, first + 2);
        one->unit = answer_column(rows, (int)i, first + 3);
        if (is_suggested) {
            ANSWER_SET(*one, group, (Candour__Group)db_get_int(rows, (int)i, first + 4));
            ANSWER_SET(*one, leaders, (uint32_t)db_get_int(rows, (int)i, first + 5));
        }
    }
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    answer_send(r, &reply.base);
}

static void refuse_leader(struct request *r) {
    request_outcome(r, CANDOUR__STATUS__NOT_FOUND,
                    "There is no such round that nominates, or you have nothing to say about this leader in it. See: "
                    "candour raters list, candour nominations list");
}

static void suggestions_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    if (db_rows(rows) == 0)
        refuse_leader(r);
    else
        reply_people(r, rows, 1, SUGGESTIONS_MAX, true);
}

void nominations_suggest(struct request *r) {
    const Candour__SuggestRaters *message = (const Candour__SuggestRaters *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_SUGGEST_RATERS);
    db_text(s, message->round.data, message->round.len);
    add_email(r, s, message->has_leader, message->leader);
    db_uuid(s, r->session->person);
    db_bool(s, r->session->administrator);
    request_run(r, suggestions_found);
}

static void people_found(struct request *r) {
    reply_people(r, db_result(r->segment, 0), 0, FOUND_MAX, false);
}

void nominations_find(struct request *r) {
    const Candour__FindPeople *message = (const Candour__FindPeople *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_FIND_PEOPLE);
    db_text(s, message->part.data, message->part.len);
    db_uuid(s, r->session->person);
    db_bool(s, r->session->administrator);
    db_int4(s, FOUND_MAX + 1);
    request_run(r, people_found);
}

// ---------------------------------------------------------------- ChangeNominations
enum whole { WHOLE_FINE, WHOLE_NOT_FOUND = 2, WHOLE_NOT_NOMINATING, WHOLE_TOO_MANY };

// The numbers of NominationOutcome follow those of the database. Whoever is asked by this about many leaders is named,
// with others instead. -1: the request was answered.
static int read_results(struct request *r, const struct db_result *rows, Candour__ChangeNominationsReply *reply) {
    const Candour__ChangeNominations *message = (const Candour__ChangeNominations *)r->message;
    reply->results = answer_list(r, message->n_changes, &candour__nomination_result__descriptor);
    if (reply->results == NULL)
        return -1;
    for (int i = 1; i < db_rows(rows); i++) {
        Candour__NominationResult *result = reply->results[reply->n_results++];
        int leaders = db_get_int(rows, i, 2);
        result->outcome = (Candour__NominationOutcome)(db_get_int(rows, i, 1) + 1);
        if (leaders <= RATERS_LEADERS_MANY || message->changes[i - 1]->step == CANDOUR__NOMINATION_STEP__DROP)
            continue;
        ANSWER_SET(*result, leaders, (uint32_t)leaders);
        if (!db_is_null(rows, i, 3))
            ANSWER_SET(*result, instead, answer_column(rows, i, 3));
    }
    return 0;
}

static void reply_changes(struct request *r, const struct db_result *rows, bool is_too_many) {
    Candour__ChangeNominationsReply reply = CANDOUR__CHANGE_NOMINATIONS_REPLY__INIT;
    bool is_refused = is_too_many;
    if (read_results(r, rows, &reply) != 0)
        return;
    for (size_t i = 0; i < reply.n_results; i++)
        is_refused |= reply.results[i]->outcome > CANDOUR__NOMINATION_OUTCOME__NOMINATION_BEFORE;
    ANSWER_SET(reply, status, is_refused ? CANDOUR__STATUS__REFUSED_BY_RULE : CANDOUR__STATUS__OK);
    ANSWER_SET(reply, detail, text_of(is_refused ? "Nothing was stored: see what each change says." : "Done."));
    if (is_too_many)
        ANSWER_SET(reply, full, (Candour__Group)db_get_int(rows, 0, 2));
    ANSWER_SET(reply, leader, column_or_empty(rows, 0, 3));
    answer_send(r, &reply.base);
}

static void nominations_changed(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    enum whole whole = (enum whole)db_get_int(rows, 0, 1);
    if (whole == WHOLE_NOT_FOUND)
        refuse_leader(r);
    else if (whole == WHOLE_NOT_NOMINATING)
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "This round does not nominate any more: its raters are fixed.");
    else
        reply_changes(r, rows, whole == WHOLE_TOO_MANY);
}

// NULL, or what no change may be like.
static const char *check_changes(const Candour__ChangeNominations *message, const ProtobufCBinaryData *raters) {
    for (size_t i = 0; i < message->n_changes; i++) {
        const Candour__NominationChange *one = message->changes[i];
        if (one->step == CANDOUR__NOMINATION_STEP__NOMINATE && !one->has_group)
            return TOLD("Say in which group: manager, peer, report or other.");
        if (one->has_group && one->group == CANDOUR__GROUP__SELF)
            return TOLD("Leaders are asked about themselves in any case. Choose manager, peer, report or other.");
        for (size_t k = 0; k < i; k++)
            if (text_is_equal(raters[i], raters[k]))
                return TOLD("Somebody is named twice. Name everybody once.");
    }
    return NULL;
}

void nominations_change(struct request *r) {
    const Candour__ChangeNominations *message = (const Candour__ChangeNominations *)r->message;
    ProtobufCBinaryData *raters = answer_array(r, message->n_changes, sizeof *raters);
    if (raters == NULL)
        return;
    for (size_t i = 0; i < message->n_changes; i++)
        raters[i] = text_lower(&r->arena, message->changes[i]->rater);
    const char *wrong = check_changes(message, raters);
    if (wrong != NULL) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE, "%s", wrong);
        return;
    }
    struct db_segment *s = request_query(r, QUERY_DESK_CHANGE_NOMINATIONS);
    db_text(s, message->round.data, message->round.len);
    add_email(r, s, message->has_leader, message->leader);
    db_uuid(s, r->session->person);
    db_bool(s, r->session->administrator);
    db_array_begin(s, DB_INT2);
    for (size_t i = 0; i < message->n_changes; i++)
        db_int2(s, (int16_t)message->changes[i]->step);
    db_array_end(s);
    answer_texts(s, raters, message->n_changes);
    db_array_begin(s, DB_INT2);
    for (size_t i = 0; i < message->n_changes; i++)
        db_int2(s, (int16_t)(message->changes[i]->has_group ? message->changes[i]->group : 0));
    db_array_end(s);
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < message->n_changes; i++)
        db_text(s, message->changes[i]->reason.data,
                message->changes[i]->has_reason ? message->changes[i]->reason.len : 0);
    db_array_end(s);
    db_int4(s, RATERS_LEADERS_MANY);
    db_bool(s, message->dry_run);
    db_time(s, r->now);
    request_run(r, nominations_changed);
}
