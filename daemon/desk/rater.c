// What a rater sees and says. None of it is written to the audit trail: administrators read that, and must not learn
// when a rater was at work.
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"

// ---------------------------------------------------------------- MyAssignments
static void read_assignment(const struct db_result *rows, int row, Candour__Assignment *ret_assignment) {
    candour__assignment__init(ret_assignment);
    ret_assignment->id = answer_column(rows, row, 0);
    ret_assignment->round = answer_column(rows, row, 1);
    ret_assignment->subject = answer_column(rows, row, 2);
    ret_assignment->group = (Candour__Group)db_get_int(rows, row, 3);
    ret_assignment->subject_name = answer_column(rows, row, 4);
    ret_assignment->salt = answer_column(rows, row, 5);
    ret_assignment->level = answer_column(rows, row, 6);
    ret_assignment->collected = db_get_bool(rows, row, 7);
    ret_assignment->answer = (uint32_t)db_get_int(rows, row, 8);
}

static void assignments_found(struct request *r) {
    const struct db_result *rounds = db_result(r->segment, 0), *rows = db_result(r->segment, 1);
    size_t round_count = (size_t)db_rows(rounds), count = (size_t)db_rows(rows);
    struct lists {
        Candour__RoundBrief **rounds, *round;
        Candour__Assignment **assignments, *assignment;
    } lists = {
        .rounds = arena_alloc(&r->arena, (round_count + 1) * sizeof *lists.rounds),
        .round = arena_alloc(&r->arena, (round_count + 1) * sizeof *lists.round),
        .assignments = arena_alloc(&r->arena, (count + 1) * sizeof *lists.assignments),
        .assignment = arena_alloc(&r->arena, (count + 1) * sizeof *lists.assignment),
    };
    if (r->arena.full) {
        answer_too_large(r);
        return;
    }
    for (size_t i = 0; i < round_count; i++) {
        lists.rounds[i] = &lists.round[i];
        answer_round(rounds, (int)i, lists.rounds[i]);
    }
    for (size_t i = 0; i < count; i++) {
        lists.assignments[i] = &lists.assignment[i];
        read_assignment(rows, (int)i, lists.assignments[i]);
    }
    Candour__MyAssignmentsReply reply = CANDOUR__MY_ASSIGNMENTS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.n_rounds = round_count;
    reply.rounds = lists.rounds;
    reply.n_assignments = count;
    reply.assignments = lists.assignments;
    answer_send(r, &reply.base);
}

void rater_assignments(struct request *r) {
    struct db_segment *s = request_query(r, QUERY_DESK_MY_ROUNDS);
    db_uuid(s, r->session->person);
    db_time(s, r->now);
    s = request_query(r, QUERY_DESK_MY_ASSIGNMENTS);
    db_uuid(s, r->session->person);
    request_run(r, assignments_found);
}

// ---------------------------------------------------------------- Respond
static void responded(struct request *r) {
    const Candour__Respond *message = (const Candour__Respond *)r->message;
    const struct db_result *found = db_result(r->segment, 0);
    if (db_rows(found) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND,
                        "This request for feedback is not yours, or not open. See: candour assignments list");
        return;
    }
    ProtobufCBinaryData subject = answer_column(found, 0, 0);
    if (!db_get_bool(found, 0, 1))
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "The round about %.*s has closed. There is nothing left to do.", TEXT(subject));
    else if (message->accept)
        request_outcome(r, CANDOUR__STATUS__OK, "You accepted to give feedback about %.*s. Next: candour give",
                        TEXT(subject));
    else
        request_outcome(r, CANDOUR__STATUS__OK,
                        "You declined to give feedback about %.*s. You can still change your mind until the round "
                        "closes.",
                        TEXT(subject));
}

void rater_respond(struct request *r) {
    enum { ACCEPTED = 1, DECLINED = 2 };
    const Candour__Respond *message = (const Candour__Respond *)r->message;
    bool has_reason = !message->accept && message->has_reason;
    struct db_segment *s = request_query(r, QUERY_DESK_RESPOND);
    db_uuid(s, message->assignment.data);
    db_uuid(s, r->session->person);
    db_int2(s, message->accept ? ACCEPTED : DECLINED);
    db_text(s, message->reason.data, has_reason ? message->reason.len : 0);
    db_time(s, r->now);
    request_run(r, responded);
}

// ---------------------------------------------------------------- StopReminders
static void reminders_changed(struct request *r) {
    const Candour__StopReminders *message = (const Candour__StopReminders *)r->message;
    const struct db_result *found = db_result(r->segment, 1);
    if (db_rows(found) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND,
                        "You are not asked in this round. See: candour assignments list");
        return;
    }
    request_outcome(r, CANDOUR__STATUS__OK, "You will get %s reminders about the round \"%.*s\".%s",
                    message->stop ? "no more" : "the usual", TEXT(answer_column(found, 0, 0)),
                    message->stop ? " You can still answer until it closes." : "");
}

void rater_reminders(struct request *r) {
    const Candour__StopReminders *message = (const Candour__StopReminders *)r->message;
    struct db_segment *s = request_query(r, message->stop ? QUERY_DESK_REMINDERS_STOP : QUERY_DESK_REMINDERS_START);
    db_uuid(s, message->round.data);
    db_uuid(s, r->session->person);
    s = request_query(r, QUERY_DESK_MY_ROUND);
    db_uuid(s, message->round.data);
    db_uuid(s, r->session->person);
    request_run(r, reminders_changed);
}
