// What is kept of rounds, for how long, and the receipts for what is gone. The clerk does the deleting.
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"

// ---------------------------------------------------------------- ReadRetention
// Columns from `first` on: number, at, action, object, link, hash. NULL: there is none.
static Candour__AuditLine *receipt(struct request *r, const struct db_result *rows, int row, int first) {
    if (db_is_null(rows, row, first))
        return NULL;
    Candour__AuditLine **list = answer_list(r, 1, &candour__audit_line__descriptor);
    if (list == NULL)
        return NULL;
    list[0]->number = db_get_int8(rows, row, first);
    list[0]->at = db_get_time(rows, row, first + 1);
    list[0]->actor = (ProtobufCBinaryData){sizeof "system" - 1, (uint8_t *)"system"};
    list[0]->action = answer_column(rows, row, first + 2);
    list[0]->object = answer_column(rows, row, first + 3);
    list[0]->has_link = list[0]->has_hash = !db_is_null(rows, row, first + 4);
    list[0]->link = db_get_int8(rows, row, first + 4);
    list[0]->hash = answer_column(rows, row, first + 5);
    return list[0];
}

static void retention_found(struct request *r) {
    const Candour__ReadRetention *message = (const Candour__ReadRetention *)r->message;
    const struct db_result *rows = db_result(r->segment, 0);
    size_t count = (size_t)db_rows(rows);
    if (count == 0 && message->has_round) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There is no round of this name. See: candour round list");
        return;
    }
    Candour__RetentionRound **list = answer_list(r, count, &candour__retention_round__descriptor);
    if (list == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        list[i]->round = answer_column(rows, (int)i, 0);
        list[i]->state = (Candour__State)db_get_int(rows, (int)i, 1);
        list[i]->answers_kept_until = db_get_time(rows, (int)i, 2);
        list[i]->reports_kept_until = db_get_time(rows, (int)i, 3);
        list[i]->ends_now = db_get_bool(rows, (int)i, 4);
        list[i]->answers_deleted = receipt(r, rows, (int)i, 5);
        list[i]->archived = receipt(r, rows, (int)i, 11);
    }
    Candour__ReadRetentionReply reply = CANDOUR__READ_RETENTION_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.n_rounds = count;
    reply.rounds = list;
    answer_send(r, &reply.base);
}

void retention_read(struct request *r) {
    const Candour__ReadRetention *message = (const Candour__ReadRetention *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_RETENTION);
    db_time(s, r->now);
    if (message->has_round)
        db_text(s, message->round.data, message->round.len);
    else
        db_null(s);
    request_run(r, retention_found);
}

// ---------------------------------------------------------------- ApplyRetention
static void asked(struct request *r) {
    const Candour__ApplyRetention *message = (const Candour__ApplyRetention *)r->message;
    const struct db_result *found = db_result(r->segment, 0);
    if (db_rows(found) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There is no round of this name. See: candour round list");
        return;
    }
    ProtobufCBinaryData state = answer_column(found, 0, 0);
    int reports = db_get_int(found, 0, 2), assignments = db_get_int(found, 0, 3), held = db_get_int(found, 0, 4);
    ProtobufCBinaryData unread = text_of("");
    if (held > 0)
        unread = answer_text(r, " (%d of them held back from their leaders until now)", held);
    if (text_is_equal(state, text_of("archived")))
        request_outcome(r, CANDOUR__STATUS__OK,
                        "The round \"%.*s\" is archived already. See: candour retention receipt", TEXT(message->round));
    else if (!text_is_equal(state, text_of("released")))
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "Only what is released can be deleted before its time. See: candour round status");
    else
        request_outcome(r, CANDOUR__STATUS__OK,
                        "%s%sits %d reports%.*s, and who was asked about whom (%d assignments)%s",
                        message->dry_run ? "Would be deleted: " : "Is deleted within a minute: ",
                        db_get_bool(found, 0, 1) ? "" : "the round's answers, ", reports, TEXT(unread), assignments,
                        message->dry_run ? ". Nothing was done." : ". Next: candour retention receipt");
}

void retention_apply(struct request *r) {
    const Candour__ApplyRetention *message = (const Candour__ApplyRetention *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_RETENTION_APPLY);
    db_text(s, message->round.data, message->round.len);
    db_bool(s, message->dry_run);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, asked);
}
