// Reading: reports, and the audit trail. A report leaves only after the line that says so is committed.
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"

// The longest reply of either fits the limit of its operation, which a small slot holds: reading waits for no import.
enum { REPORTS_PAGE = 300, REPORT_PART_BYTES = 250 * 1024 };

// ---------------------------------------------------------------- MyReports
static void reports_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    size_t count = (size_t)db_rows(rows);
    Candour__ReportBrief **list = answer_list(r, count, &candour__report_brief__descriptor);
    if (list == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        list[i]->round = answer_column(rows, (int)i, 0);
        list[i]->subject = answer_column(rows, (int)i, 1);
        list[i]->email = answer_column(rows, (int)i, 2);
        list[i]->released = db_get_bool(rows, (int)i, 3);
    }
    Candour__MyReportsReply reply = CANDOUR__MY_REPORTS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, total, count > 0 ? (uint32_t)db_get_int(rows, 0, 4) : 0);
    reply.n_reports = count;
    reply.reports = list;
    answer_send(r, &reply.base);
}

void reading_reports(struct request *r) {
    const Candour__MyReports *message = (const Candour__MyReports *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_MY_REPORTS);
    db_uuid(s, r->session->person);
    db_bool(s, r->session->administrator);
    db_int4(s, (int32_t)message->offset);
    db_int4(s, REPORTS_PAGE);
    request_run(r, reports_found);
}

// ---------------------------------------------------------------- GetReport, GetOrganisationReport
static void send_part(struct request *r, const char *if_none) {
    const struct db_result *found = db_result(r->segment, 0);
    if (db_rows(found) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "%s", if_none);
        return;
    }
    Candour__GetReportReply reply = CANDOUR__GET_REPORT_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, report, answer_column(found, 0, 0));
    ANSWER_SET(reply, total, (uint32_t)db_get_int(found, 0, 1));
    answer_send(r, &reply.base);
}

static void report_found(struct request *r) {
    send_part(r, "There is no report here that you may read, or it is not released yet. See: candour report list");
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
    db_int4(s, (int32_t)message->offset);
    db_int4(s, REPORT_PART_BYTES);
    request_run(r, report_found);
}

static void organisation_found(struct request *r) {
    send_part(r, "There is no such round, or its reports are not written yet. See: candour round list");
}

void reading_organisation(struct request *r) {
    const Candour__GetOrganisationReport *message = (const Candour__GetOrganisationReport *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_READ_ORGANISATION);
    db_text(s, message->round.data, message->round.len);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    db_int4(s, (int32_t)message->offset);
    db_int4(s, REPORT_PART_BYTES);
    request_run(r, organisation_found);
}

// ---------------------------------------------------------------- ReadAudit, ReadChain
static void audit_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    size_t count = (size_t)db_rows(rows);
    Candour__AuditLine **list = answer_list(r, count, &candour__audit_line__descriptor);
    if (list == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        list[i]->number = db_get_int8(rows, (int)i, 0);
        list[i]->at = db_get_time(rows, (int)i, 1);
        list[i]->actor = answer_column(rows, (int)i, 2);
        list[i]->action = answer_column(rows, (int)i, 3);
        list[i]->object = answer_column(rows, (int)i, 4);
        list[i]->has_actor_id = !db_is_null(rows, (int)i, 5);
        list[i]->actor_id = answer_column(rows, (int)i, 5);
        list[i]->has_link = list[i]->has_hash = !db_is_null(rows, (int)i, 6);
        list[i]->link = db_get_int8(rows, (int)i, 6);
        list[i]->hash = answer_column(rows, (int)i, 7);
        list[i]->has_person_id = !db_is_null(rows, (int)i, 8);
        list[i]->person_id = answer_column(rows, (int)i, 8);
        list[i]->has_is_gone = list[i]->is_gone = db_is_null(rows, (int)i, 1);
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

void reading_chain(struct request *r) {
    const Candour__ReadChain *message = (const Candour__ReadChain *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_AUDIT_CHAIN);
    db_int8(s, message->after);
    db_int4(s, (int32_t)message->limit);
    request_run(r, audit_found);
}
