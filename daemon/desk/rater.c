// What a rater sees and says. None of it is written to the audit trail: administrators read that, and must not learn
// when a rater was at work.
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"

// ---------------------------------------------------------------- MyAssignments
enum { ASSIGNMENTS_PAGE = 500 }; // with the longest names some 220 KiB, and each round as many as 190 bytes

static void read_assignment(const struct db_result *rows, int row, Candour__Assignment *ret_assignment) {
    ret_assignment->id = answer_column(rows, row, 0);
    ret_assignment->round = answer_column(rows, row, 1);
    ret_assignment->subject = answer_column(rows, row, 2);
    ret_assignment->group = (Candour__Group)db_get_int(rows, row, 3);
    ret_assignment->subject_name = answer_column(rows, row, 4);
    ret_assignment->level = answer_column(rows, row, 5);
    ret_assignment->collected = db_get_bool(rows, row, 6);
    ret_assignment->answer = (uint32_t)db_get_int(rows, row, 7);
}

static void assignments_found(struct request *r) {
    const struct db_result *rounds = db_result(r->segment, 0), *rows = db_result(r->segment, 1);
    Candour__MyAssignmentsReply reply = CANDOUR__MY_ASSIGNMENTS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.n_rounds = (size_t)db_rows(rounds);
    reply.n_assignments = (size_t)db_rows(rows);
    reply.rounds = answer_list(r, reply.n_rounds, &candour__round_brief__descriptor);
    if (reply.rounds == NULL)
        return;
    reply.assignments = answer_list(r, reply.n_assignments, &candour__assignment__descriptor);
    if (reply.assignments == NULL)
        return;
    for (size_t i = 0; i < reply.n_rounds; i++) {
        answer_round(rounds, (int)i, reply.rounds[i]);
        reply.rounds[i]->reminders_stopped = db_get_bool(rounds, (int)i, 6);
        ANSWER_SET(*reply.rounds[i], name_salt, answer_column(rounds, (int)i, 7));
    }
    for (size_t i = 0; i < reply.n_assignments; i++)
        read_assignment(rows, (int)i, reply.assignments[i]);
    ANSWER_SET(reply, total, reply.n_assignments > 0 ? (uint32_t)db_get_int(rows, 0, 8) : 0);
    answer_send(r, &reply.base);
}

void rater_assignments(struct request *r) {
    const Candour__MyAssignments *message = (const Candour__MyAssignments *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_MY_ROUNDS);
    db_uuid(s, r->session->person);
    db_time(s, r->now);
    s = request_query(r, QUERY_DESK_MY_ASSIGNMENTS);
    db_uuid(s, r->session->person);
    db_int4(s, (int32_t)message->offset);
    db_int4(s, ASSIGNMENTS_PAGE);
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
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE, "This round has closed. There is nothing left to do.");
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
                    message->stop ? " You can still answer." : "");
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
