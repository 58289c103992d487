// What is public about a round to whoever is signed in: its manifest and its questionnaires.
#include <string.h>

#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "manifest.h"

static void refuse(struct request *r, bool is_preparing, const char *sentence) {
    if (is_preparing)
        request_outcome(r, CANDOUR__STATUS__BUSY, "This round is being prepared. Try again in a minute.");
    else
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "%s", sentence);
}

static void questionnaire_found(struct request *r) {
    const struct db_result *found = db_result(r->segment, 0);
    bool has_round = db_rows(found) > 0;
    if (!has_round || db_is_null(found, 0, 0)) {
        refuse(r, has_round && !db_get_bool(found, 0, 1),
               "There is no such round, or no such level in it. See: candour assignments list");
        return;
    }
    Candour__GetQuestionnaireReply reply = CANDOUR__GET_QUESTIONNAIRE_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, text, answer_column(found, 0, 0));
    answer_send(r, &reply.base);
}

void published_questionnaire(struct request *r) {
    const Candour__GetQuestionnaire *message = (const Candour__GetQuestionnaire *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_QUESTIONNAIRE);
    db_uuid(s, message->round.data);
    db_text(s, message->level.data, message->level.len);
    request_run(r, questionnaire_found);
}

static void manifest_found(struct request *r) {
    const Candour__GetManifest *message = (const Candour__GetManifest *)r->message;
    const struct db_result *found = db_result(r->segment, 0);
    bool has_round = db_rows(found) > 0;
    uint32_t bytes = has_round ? (uint32_t)db_get_int(found, 0, 1) : 0;
    uint32_t pages = (bytes + MANIFEST_PAGE_BYTES - 1) / MANIFEST_PAGE_BYTES;
    if (message->page >= pages) {
        refuse(r, has_round && db_is_null(found, 0, 0),
               "There is no such page of a manifest. Start again with version 0, page 0.");
        return;
    }
    uint8_t *page = answer_array(r, MANIFEST_PAGE_BYTES, 1);
    if (page == NULL)
        return;
    ProtobufCBinaryData part = answer_column(found, 0, 2);
    memcpy(page, part.data, part.len);
    Candour__GetManifestReply reply = CANDOUR__GET_MANIFEST_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, newest, (uint32_t)db_get_int(found, 0, 0));
    ANSWER_SET(reply, pages, pages);
    ANSWER_SET(reply, page, ((ProtobufCBinaryData){MANIFEST_PAGE_BYTES, page}));
    answer_send(r, &reply.base);
}

void published_manifest(struct request *r) {
    const Candour__GetManifest *message = (const Candour__GetManifest *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_MANIFEST_PAGE);
    db_uuid(s, message->round.data);
    db_int4(s, (int32_t)message->version);
    db_int4(s, (int32_t)message->page);
    request_run(r, manifest_found);
}
