// What is stored about one person: for themselves, or for an administrator who answers them.
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"

enum { RECORDS_PAGE = 100 };

static void records_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    size_t count = (size_t)db_rows(rows);
    Candour__DataRecord **list = answer_list(r, count, &candour__data_record__descriptor);
    if (list == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        list[i]->kind = answer_column(rows, (int)i, 0);
        list[i]->json = answer_column(rows, (int)i, 1);
    }
    Candour__PersonDataReply reply = CANDOUR__PERSON_DATA_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, total, count > 0 ? (uint32_t)db_get_int(rows, 0, 2) : 0);
    reply.n_records = count;
    reply.records = list;
    answer_send(r, &reply.base);
}

void data_mine(struct request *r) {
    const Candour__MyData *message = (const Candour__MyData *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_MY_DATA);
    db_uuid(s, r->session->person);
    db_int4(s, (int32_t)message->offset);
    db_int4(s, RECORDS_PAGE);
    request_run(r, records_found);
}

static void person_found(struct request *r) {
    const Candour__PersonData *message = (const Candour__PersonData *)r->message;
    if (db_rows(db_result(r->segment, 0)) == 0 && message->offset == 0)
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "Nobody has this e-mail address. See: candour people find");
    else
        records_found(r);
}

void data_person(struct request *r) {
    const Candour__PersonData *message = (const Candour__PersonData *)r->message;
    ProtobufCBinaryData email = text_lower(&r->arena, message->email);
    struct db_segment *s = request_query(r, QUERY_DESK_PERSON_DATA);
    db_text(s, email.data, email.len);
    db_int4(s, (int32_t)message->offset);
    db_int4(s, RECORDS_PAGE);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, person_found);
}
