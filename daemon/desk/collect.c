// CollectCredentials: store the first blinded element of each assignment, then evaluate what is stored and nothing
// else. So asking again gives the same credential, and a second one is impossible.
#include "daemon/desk/collect.h"

#include <assert.h>
#include <string.h>

#include "clock.h"
#include "credential.h"
#include "crypto.h"
#include "daemon/core/log.h"
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "daemon/desk/round_keys.h"
#include "daemon/keys.h"

enum { IS_COLLECTING, COLLECT_FROM, CLOSE, WRAPPED, IS_READY, ROOT }; // columns of collect_round.sql

// ---------------------------------------------------------------- keys of rounds
enum { EXPIRE_EVERY_MS = 60000 };

static void on_timer(uv_timer_t *timer) {
    (void)timer;
    round_keys_expire(clock_now());
}

void collect_start(struct worker *worker) {
    static uv_timer_t timer; // the loop's end closes it
    if (round_keys_start() < 0)
        log_event(LOG_WARNING, "keys_not_locked", "worker=%u", worker->index);
    int rc = uv_timer_init(worker->loop, &timer);
    assert(rc == 0);
    rc = uv_timer_start(&timer, on_timer, EXPIRE_EVERY_MS, EXPIRE_EVERY_MS);
    assert(rc == 0);
}

// NULL: the root was not asked for, because another round took the key's place meanwhile; or the wrapped key is not
// what the clerk made for this round.
static const struct round_key *unwrap(const struct request *r, const uint8_t round_id[16],
                                      const struct db_result *round) {
    struct round_key key = {.close = db_get_time(round, 0, CLOSE)};
    struct db_bytes wrapped = db_get_bytes(round, 0, WRAPPED), root = db_get_bytes(round, 0, ROOT);
    if (root.len != sizeof key.root)
        return NULL;
    memcpy(key.round, round_id, sizeof key.round);
    memcpy(key.root, root.data, sizeof key.root);
    const struct round_key *kept = NULL;
    if (keys_unwrap(r->worker->kek, "credential", round_id, wrapped.data, wrapped.len, key.secret, sizeof key.secret) ==
        0)
        kept = round_keys_keep(&key, r->now);
    else
        log_event(LOG_ERROR, "round_key_not_unwrapped", NULL);
    crypto_wipe(&key, sizeof key);
    return kept;
}

// ---------------------------------------------------------------- the operation
struct evaluation {
    bool is_mine; // an assignment of this person in this round
    bool is_due;  // the stored element is the one that was sent
    bool is_done;
    uint8_t info[CREDENTIAL_INFO_BYTES];
    const uint8_t *blinded; // the stored one
    uint8_t element[CREDENTIAL_ELEMENT_BYTES], proof[CREDENTIAL_PROOF_BYTES];
};
struct collect {
    uint8_t secret[ROUND_KEY_BYTES]; // a copy for the thread pool: the loop may drop the kept one meanwhile
    struct evaluation *evaluations;
};

static void collect_evaluated(struct request *r) {
    const Candour__CollectCredentials *message = (const Candour__CollectCredentials *)r->message;
    struct collect *state = r->state;
    crypto_wipe(state->secret, sizeof state->secret);
    Candour__Evaluated **list = answer_list(r, message->n_blinded, &candour__evaluated__descriptor);
    if (list == NULL)
        return;
    for (size_t i = 0; i < message->n_blinded; i++) {
        struct evaluation *e = &state->evaluations[i];
        list[i]->assignment = message->blinded[i]->assignment;
        list[i]->status = !e->is_mine   ? CANDOUR__STATUS__NOT_FOUND
                          : !e->is_due  ? CANDOUR__STATUS__CONFLICT
                          : !e->is_done ? CANDOUR__STATUS__INTERNAL
                                        : CANDOUR__STATUS__OK;
        if (e->is_done) {
            ANSWER_SET(*list[i], element, ((ProtobufCBinaryData){sizeof e->element, e->element}));
            ANSWER_SET(*list[i], proof, ((ProtobufCBinaryData){sizeof e->proof, e->proof}));
        }
    }
    Candour__CollectCredentialsReply reply = CANDOUR__COLLECT_CREDENTIALS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.n_evaluated = message->n_blinded;
    reply.evaluated = list;
    answer_send(r, &reply.base);
}

// In the thread pool: about 0.3 ms for each.
static void collect_evaluate(struct request *r) {
    const Candour__CollectCredentials *message = (const Candour__CollectCredentials *)r->message;
    struct collect *state = r->state;
    for (size_t i = 0; i < message->n_blinded; i++) {
        struct evaluation *e = &state->evaluations[i];
        e->is_done = e->is_due && credential_evaluate_blinded(state->secret, e->info, sizeof e->info, e->blinded,
                                                              e->element, e->proof) == 0;
    }
}

static void refuse_unready(struct request *r) {
    request_outcome(r, CANDOUR__STATUS__BUSY, "This round is being prepared. Try again in a minute.");
}

// The key and root of the round, or NULL: the request was answered.
static const struct round_key *open_round(struct request *r) {
    const Candour__CollectCredentials *message = (const Candour__CollectCredentials *)r->message;
    const struct db_result *round = db_result(r->segment, 1);
    if (db_rows(round) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There is no such round. See: candour assignments list");
        return NULL;
    }
    if (db_is_null(round, 0, WRAPPED))
        round_keys_drop(message->round.data);
    if (!db_get_bool(round, 0, IS_COLLECTING) || r->now >= db_get_time(round, 0, CLOSE)) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "This round has closed. Nothing can be collected any more.");
    } else if (r->now < db_get_time(round, 0, COLLECT_FROM)) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "This round has not opened yet. Your letter says when it does: sign in again then.");
    } else if (db_is_null(round, 0, WRAPPED) || !db_get_bool(round, 0, IS_READY)) {
        refuse_unready(r);
    } else {
        const struct round_key *key = round_keys_find(message->round.data, r->now);
        if (key == NULL)
            key = unwrap(r, message->round.data, round);
        if (key == NULL)
            refuse_unready(r);
        return key;
    }
    return NULL;
}

static void collect_stored(struct request *r) {
    const Candour__CollectCredentials *message = (const Candour__CollectCredentials *)r->message;
    const struct db_result *rows = db_result(r->segment, 2);
    const struct round_key *key = open_round(r);
    if (key == NULL)
        return;
    struct collect *state = r->state = answer_array(r, 1, sizeof *state);
    if (state == NULL)
        return;
    state->evaluations = answer_array(r, message->n_blinded, sizeof *state->evaluations);
    if (state->evaluations == NULL)
        return;
    memcpy(state->secret, key->secret, sizeof state->secret);
    for (size_t i = 0; i < message->n_blinded; i++) {
        struct evaluation *e = &state->evaluations[i];
        struct db_bytes stored = db_get_bytes(rows, (int)i, 2);
        e->is_mine = !db_is_null(rows, (int)i, 0);
        if (e->is_mine && stored.data == NULL) { // the round became ready between two statements
            refuse_unready(r);
            return;
        }
        if (!e->is_mine)
            continue;
        e->blinded = stored.data;
        e->is_due = memcmp(stored.data, message->blinded[i]->element.data, CREDENTIAL_ELEMENT_BYTES) == 0;
        credential_info((uint8_t)db_get_int(rows, (int)i, 1), message->round.data, db_get_uuid(rows, (int)i, 0),
                        key->root, e->info);
    }
    request_work(r, WORK_CHECK, collect_evaluate, collect_evaluated);
}

static void add_ids(struct db_segment *s, const Candour__CollectCredentials *message) {
    db_array_begin(s, DB_UUID);
    for (size_t i = 0; i < message->n_blinded; i++)
        db_uuid(s, message->blinded[i]->assignment.data);
    db_array_end(s);
}

void collect_credentials(struct request *r) {
    const Candour__CollectCredentials *message = (const Candour__CollectCredentials *)r->message;
    // What could not be evaluated must not be stored: it would block the assignment for good.
    for (size_t i = 0; i < message->n_blinded; i++)
        if (crypto_point_check(message->blinded[i]->element.data) < 0) {
            request_outcome(r, CANDOUR__STATUS__BAD_REQUEST,
                            "A blinded element is not a valid point. Update the program and try again.");
            return;
        }
    struct db_segment *s = request_query(r, QUERY_DESK_COLLECT_STORE);
    db_uuid(s, message->round.data);
    db_uuid(s, r->session->person);
    add_ids(s, message);
    db_array_begin(s, DB_BYTEA);
    for (size_t i = 0; i < message->n_blinded; i++)
        db_bytes(s, message->blinded[i]->element.data, message->blinded[i]->element.len);
    db_array_end(s);
    db_time(s, r->now);
    s = request_query(r, QUERY_DESK_COLLECT_ROUND);
    db_uuid(s, message->round.data);
    db_bool(s, round_keys_find(message->round.data, r->now) == NULL);
    s = request_query(r, QUERY_DESK_COLLECT_READ);
    db_uuid(s, message->round.data);
    db_uuid(s, r->session->person);
    add_ids(s, message);
    request_run(r, collect_stored);
}
