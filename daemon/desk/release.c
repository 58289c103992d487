// Who may read a report: a coach first where there is one, then the leader, unless it is held.
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "daemon/desk/problems.h"

static const char no_round[] = "There is no round of this name. See: candour round list";

// ---------------------------------------------------------------- ReleaseReports
enum release { // desk.release_reports
    RELEASE_NO_ROUND,
    RELEASE_DONE,
    RELEASE_NOT_CLOSED,
    RELEASE_NO_REPORT,
    RELEASE_NO_COACH
};

static void reply_released(struct request *r, const struct db_result *result) {
    const Candour__ReleaseReports *message = (const Candour__ReleaseReports *)r->message;
    bool is_coach = message->has_to && message->to == CANDOUR__READER__COACH;
    int shown = db_get_int(result, 0, 1), held = db_get_int(result, 0, 2), alone = db_get_int(result, 0, 3);
    ProtobufCBinaryData rest = text_of("");
    if (!message->has_email && held > 0)
        rest = answer_text(r, " Held back: %d; each is released by: candour report release.", held);
    if (!message->has_email && is_coach && alone > 0)
        rest = answer_text(r, "%.*s Leaders without a coach: %d; see: candour round coaches.", TEXT(rest), alone);
    request_outcome(r, CANDOUR__STATUS__OK, "%s%d report%s of \"%.*s\" %s.%.*s Next: %s",
                    message->dry_run ? "Only tried, nothing was stored: " : "", shown, shown == 1 ? "" : "s",
                    TEXT(message->round),
                    is_coach     ? "can be read by the leaders' coaches"
                    : shown == 1 ? "is released: the leader can read it"
                                 : "are released: each leader can read their own",
                    TEXT(rest),
                    message->dry_run ? "the same without --dry-run."
                    : is_coach       ? "candour round letters, for coaches without a code; later candour round release"
                                     : "tell them.");
}

static void reports_released(struct request *r) {
    const Candour__ReleaseReports *message = (const Candour__ReleaseReports *)r->message;
    const struct db_result *result = db_result(r->segment, 0);
    switch ((enum release)db_get_int(result, 0, 0)) {
    case RELEASE_DONE:
        reply_released(r, result);
        break;
    case RELEASE_NOT_CLOSED:
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "The round \"%.*s\" is not closed. Close it first: candour round close", TEXT(message->round));
        break;
    case RELEASE_NO_REPORT:
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND,
                        "There is no report about this person in the round. See: candour report list");
        break;
    case RELEASE_NO_COACH:
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "This leader has no coach. Name one first: candour round coaches");
        break;
    default:
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, no_round);
    }
}

static void add_email(struct request *r, struct db_segment *s, ProtobufCBinaryData email) {
    ProtobufCBinaryData lower = text_lower(&r->arena, email);
    db_text(s, lower.data, lower.len);
}

void release_reports(struct request *r) {
    const Candour__ReleaseReports *message = (const Candour__ReleaseReports *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_RELEASE_REPORTS);
    db_text(s, message->round.data, message->round.len);
    db_bool(s, message->has_to && message->to == CANDOUR__READER__COACH);
    if (message->has_email)
        add_email(r, s, message->email);
    else
        db_null(s);
    db_bool(s, message->dry_run);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, reports_released);
}

// ---------------------------------------------------------------- HoldReport
static void report_held(struct request *r) {
    const Candour__HoldReport *message = (const Candour__HoldReport *)r->message;
    const struct db_result *result = db_result(r->segment, 0);
    if (db_rows(result) == 0)
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND,
                        "There is no report about this person in the round. See: candour report list");
    else if (db_get_bool(result, 0, 1))
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "The report about %.*s is released already, which cannot be taken back.",
                        TEXT(answer_column(result, 0, 0)));
    else
        request_outcome(r, CANDOUR__STATUS__OK,
                        "%sThe report about %.*s is held: candour round release leaves it out. Next: candour report "
                        "release",
                        message->dry_run ? "Only tried, nothing was stored: " : "", TEXT(answer_column(result, 0, 0)));
}

void release_hold(struct request *r) {
    const Candour__HoldReport *message = (const Candour__HoldReport *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_HOLD_REPORT);
    db_text(s, message->round.data, message->round.len);
    add_email(r, s, message->email);
    db_bool(s, message->dry_run);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, report_held);
}

// ---------------------------------------------------------------- SetCoaches
enum coach { COACH_CHANGED, COACH_BEFORE, COACH_NO_LEADER, COACH_UNKNOWN, COACH_ONESELF, COACH_TWICE };

static void add_problem(const Candour__CoachRow *row, enum coach outcome, struct problems *problems) {
    switch (outcome) {
    case COACH_NO_LEADER:
        problems_add(problems, row->line, "%.*s is not a leader in this round. Correct the address, or remove the row.",
                     TEXT(row->leader_email));
        break;
    case COACH_UNKNOWN:
        problems_add(problems, row->line, "%.*s is not known here. Correct the address, or import this person first.",
                     TEXT(row->coach_email));
        break;
    case COACH_ONESELF:
        problems_add(problems, row->line, "%.*s is named as their own coach. Name somebody else, or nobody.",
                     TEXT(row->leader_email));
        break;
    case COACH_TWICE:
        problems_add(problems, row->line, "%.*s has an earlier line already. Remove one of the two rows.",
                     TEXT(row->leader_email));
        break;
    default:
        break;
    }
}

static void coaches_set(struct request *r) {
    const Candour__SetCoaches *message = (const Candour__SetCoaches *)r->message;
    const struct db_result *rows = db_result(r->segment, 0);
    struct problems problems;
    struct answer_import import = {
        .dry_run = message->dry_run, .what = "coaches", .next = "Next: candour round release --to coach."};
    if (db_rows(rows) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, no_round);
        return;
    }
    problems_start(&problems, &r->arena);
    for (int i = 0; i < db_rows(rows); i++) {
        enum coach outcome = (enum coach)db_get_int(rows, i, 0);
        if (outcome == COACH_CHANGED)
            *(message->rows[i]->coach_email.len > 0 ? &import.added : &import.changed) += 1;
        import.unchanged += outcome == COACH_BEFORE;
        add_problem(message->rows[i], outcome, &problems);
    }
    answer_import(r, &import, &problems);
}

void release_coaches(struct request *r) {
    const Candour__SetCoaches *message = (const Candour__SetCoaches *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_SET_COACHES);
    db_text(s, message->round.data, message->round.len);
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < message->n_rows; i++)
        add_email(r, s, message->rows[i]->leader_email);
    db_array_end(s);
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < message->n_rows; i++)
        add_email(r, s, message->rows[i]->coach_email);
    db_array_end(s);
    db_bool(s, message->dry_run);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, coaches_set);
}
