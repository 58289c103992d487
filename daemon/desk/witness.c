// Signatures of witnesses: an administrator hands them in, everybody who is signed in may read them.
#include <string.h>

#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "witness.h"

enum { WITNESSES_MAX = 32 }; // of a round

// ---------------------------------------------------------------- AddWitness
static void witness_added(struct request *r) {
    request_outcome(r, CANDOUR__STATUS__OK,
                    "The signature is published. Programs that ask for this witness take it at their next sign-in.");
}

static void round_known(struct request *r) {
    const Candour__AddWitness *message = (const Candour__AddWitness *)r->message;
    const struct db_result *found = db_result(r->segment, 0);
    if (db_rows(found) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There is no round of this name. See: candour round list");
        return;
    }
    if (db_is_null(found, 0, 1)) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "The round has no rules to sign yet: it has them from collecting on.");
        return;
    }
    if (witness_verify(message->key.data, db_get_bytes(found, 0, 1).data, message->signature.data) != 0) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "This signature is not over the rules of the round \"%.*s\". Was the right manifest signed?",
                        TEXT(message->round));
        return;
    }
    if (db_get_bool(found, 0, 3)) {
        witness_added(r);
        return;
    }
    if (db_get_int(found, 0, 2) >= WITNESSES_MAX) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE, "A round has at most %d witnesses.", WITNESSES_MAX);
        return;
    }
    uint8_t round[16];
    memcpy(round, db_get_uuid(found, 0, 0), sizeof round);
    struct db_segment *s = request_query(r, QUERY_DESK_WITNESS_ADD);
    db_uuid(s, round);
    db_bytes(s, message->key.data, message->key.len);
    db_bytes(s, message->signature.data, message->signature.len);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, witness_added);
}

void witness_add(struct request *r) {
    const Candour__AddWitness *message = (const Candour__AddWitness *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_WITNESS_ROOT);
    db_text(s, message->round.data, message->round.len);
    db_bytes(s, message->key.data, message->key.len);
    request_run(r, round_known);
}

// ---------------------------------------------------------------- GetWitnesses
static void witnesses_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    size_t count = (size_t)db_rows(rows);
    Candour__Witness **list = answer_list(r, count, &candour__witness__descriptor);
    if (list == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        list[i]->key = answer_column(rows, (int)i, 0);
        list[i]->signature = answer_column(rows, (int)i, 1);
    }
    Candour__GetWitnessesReply reply = CANDOUR__GET_WITNESSES_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.n_witnesses = count;
    reply.witnesses = list;
    answer_send(r, &reply.base);
}

void witness_list(struct request *r) {
    const Candour__GetWitnesses *message = (const Candour__GetWitnesses *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_WITNESSES);
    db_uuid(s, message->round.data);
    request_run(r, witnesses_found);
}
