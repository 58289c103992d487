// Reading: reports, and the audit trail. A report leaves only after the line that says so is committed.
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"

// ---------------------------------------------------------------- MyReports
static void reports_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    size_t count = (size_t)db_rows(rows);
    Candour__ReportBrief **list = arena_alloc(&r->arena, (count + 1) * sizeof *list);
    Candour__ReportBrief *reports = arena_alloc(&r->arena, (count + 1) * sizeof *reports);
    if (list == NULL || reports == NULL) {
        answer_too_large(r);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = &reports[i];
        candour__report_brief__init(list[i]);
        reports[i].round = answer_column(rows, (int)i, 0);
        reports[i].subject = answer_column(rows, (int)i, 1);
        reports[i].email = answer_column(rows, (int)i, 2);
        reports[i].released = db_get_bool(rows, (int)i, 3);
    }
    Candour__MyReportsReply reply = CANDOUR__MY_REPORTS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.n_reports = count;
    reply.reports = list;
    answer_send(r, &reply.base);
}

void reading_reports(struct request *r) {
    struct db_segment *s = request_query(r, QUERY_DESK_MY_REPORTS);
    db_uuid(s, r->session->person);
    db_bool(s, r->session->administrator);
    request_run(r, reports_found);
}

// ---------------------------------------------------------------- GetReport
static void report_found(struct request *r) {
    const struct db_result *found = db_result(r->segment, 0);
    if (db_rows(found) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND,
                        "There is no report here that you may read, or it is not released yet. See: candour report "
                        "list");
        return;
    }
    Candour__GetReportReply reply = CANDOUR__GET_REPORT_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, report, answer_column(found, 0, 0));
    answer_send(r, &reply.base);
}

void reading_report(struct request *r) {
    const Candour__GetReport *message = (const Candour__GetReport *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_READ_REPORT);
    db_text(s, message->round.data, message->round.len);
    if (message->has_email) {
        ProtobufCBinaryData email = text_lower(&r->arena, message->email);
        db_text(s, email.data, email.len);
    } else {
        db_null(s);
    }
    db_uuid(s, r->session->person);
    db_bool(s, r->session->administrator);
    db_time(s, r->now);
    request_run(r, report_found);
}

// ---------------------------------------------------------------- ReadAudit
static void audit_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    size_t count = (size_t)db_rows(rows);
    Candour__AuditLine **list = arena_alloc(&r->arena, (count + 1) * sizeof *list);
    Candour__AuditLine *lines = arena_alloc(&r->arena, (count + 1) * sizeof *lines);
    if (list == NULL || lines == NULL) {
        answer_too_large(r);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = &lines[i];
        candour__audit_line__init(list[i]);
        lines[i].number = db_get_int8(rows, (int)i, 0);
        lines[i].at = db_get_time(rows, (int)i, 1);
        lines[i].actor = answer_column(rows, (int)i, 2);
        lines[i].action = answer_column(rows, (int)i, 3);
        lines[i].object = answer_column(rows, (int)i, 4);
    }
    Candour__ReadAuditReply reply = CANDOUR__READ_AUDIT_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.n_lines = count;
    reply.lines = list;
    answer_send(r, &reply.base);
}

void reading_audit(struct request *r) {
    const Candour__ReadAudit *message = (const Candour__ReadAudit *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_AUDIT);
    db_int8(s, message->before);
    db_int4(s, (int32_t)message->limit);
    request_run(r, audit_found);
}
