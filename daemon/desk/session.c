// Signing in. Unknown people and wrong secrets take the same path, cost the same and get the same reply.
#include <string.h>

#include "code.h"
#include "crypto.h"
#include "daemon/config.h"
#include "daemon/core/log.h"
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "daemon/keys.h"

enum { TOKEN_BYTES = 32, TOTP_STEP_S = 30 };
enum { SIGN_IN_REFUSED = 1, SIGN_IN_DONE = 2, SIGN_IN_EXPIRED = 3 }; // desk.sign_in

static void hash_token(const struct request *r, const uint8_t *token, uint8_t ret_hash[32]) {
    keys_secret_hash(r->worker->kek, "session", NULL, 0, token, TOKEN_BYTES, ret_hash);
}

// What the connection remembers must still hold when a request does something.
void session_guard(const struct request *r, struct db_segment *s) {
    db_add_guard(s, QUERY_DESK_SESSION_ALIVE);
    db_bytes(s, r->session->token_hash, sizeof r->session->token_hash);
    db_bool(s, r->session->administrator);
    db_time(s, r->now);
}

// ---------------------------------------------------------------- Hello
static void reply_hello(struct request *r) {
    const struct config *config = r->worker->config;
    Candour__HelloReply reply = CANDOUR__HELLO_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, time, r->now);
    ANSWER_SET(reply, purpose, config->demo ? CANDOUR__PURPOSE__DEMO : CANDOUR__PURPOSE__LIVE);
    ANSWER_SET(reply, organisation, text_of(config->organisation));
    ANSWER_SET(reply, signed_in, r->session->known);
    answer_send(r, &reply.base);
}

static void hello_found(struct request *r) {
    const Candour__Hello *hello = (const Candour__Hello *)r->message;
    const struct db_result *found = db_result(r->segment, 0);
    if (db_rows(found) > 0) {
        struct session *session = r->session;
        memcpy(session->person, db_get_uuid(found, 0, 0), sizeof session->person);
        session->administrator = db_get_bool(found, 0, 1);
        session->expires = db_get_time(found, 0, 2);
        hash_token(r, hello->session.data, session->token_hash);
        session->known = true;
    }
    reply_hello(r);
}

void session_hello(struct request *r) {
    const Candour__Hello *hello = (const Candour__Hello *)r->message;
    *r->session = (struct session){0};
    if (!hello->has_session) {
        reply_hello(r);
        return;
    }
    uint8_t hash[32];
    hash_token(r, hello->session.data, hash);
    struct db_segment *s = request_query(r, QUERY_DESK_HELLO);
    db_bytes(s, hash, sizeof hash);
    db_time(s, r->now);
    request_run(r, hello_found);
}

// ---------------------------------------------------------------- SignIn
struct sign_in {
    ProtobufCBinaryData email;
    const char *method;
    enum failure failure; // counted until it proves right: who hangs up before that is counted as well
    uint8_t token[TOKEN_BYTES], token_hash[32];
    int64_t expires;
    // password only
    enum work kind;
    uint8_t person[16];
    const char *password; // the stored Argon2id text; NULL: no such person
    struct db_bytes totp;
    bool is_right;
};

// True: the network has failed often. Then the reply comes late, unless it proves right.
static bool suspect(struct request *r, enum failure kind) {
    struct sign_in *state = r->state;
    state->failure = kind;
    bool has_failed_often = request_failed_often(r, kind, 1, r->worker->config->guesses_max);
    request_suspect(r, has_failed_often);
    return has_failed_often;
}

static void trust(struct request *r) {
    const struct sign_in *state = r->state;
    request_failed_often(r, state->failure, -1, r->worker->config->guesses_max);
    request_suspect(r, false);
}

static void refuse_sign_in(struct request *r) {
    const struct config *config = r->worker->config;
    const struct sign_in *state = r->state;
    if (strcmp(state->method, "code") == 0)
        request_outcome(r, CANDOUR__STATUS__UNAUTHENTICATED,
                        "That e-mail address and code do not fit together. Check both, or ask HR for a new letter.");
    else
        request_outcome(r, CANDOUR__STATUS__UNAUTHENTICATED,
                        "That e-mail address and password or authenticator code do not fit together. Check them and "
                        "wait for the next authenticator code. After %u wrong tries signing in pauses for %u minutes.",
                        config->password_failures_max, (config->password_pause_s + 59) / 60);
}

static void sign_in_done(struct request *r) {
    const struct sign_in *state = r->state;
    const struct db_result *result = db_result(r->segment, 0);
    int outcome = db_get_int(result, 0, 0);
    if (outcome == SIGN_IN_EXPIRED) {
        trust(r); // nobody guesses that
        request_outcome(r, CANDOUR__STATUS__UNAUTHENTICATED,
                        "This code was right, but it has expired. Ask HR for a new letter.");
        return;
    }
    if (outcome != SIGN_IN_DONE) {
        refuse_sign_in(r);
        return;
    }
    trust(r);
    struct session *session = r->session;
    *session = (struct session){.known = true, .administrator = db_get_bool(result, 0, 3), .expires = state->expires};
    memcpy(session->person, db_get_uuid(result, 0, 1), sizeof session->person);
    memcpy(session->token_hash, state->token_hash, sizeof session->token_hash);
    char until[TEXT_DATE_BYTES];
    text_date(state->expires, until);
    Candour__SignInReply reply = CANDOUR__SIGN_IN_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, detail, answer_text(r, "You are signed in until %s.", until));
    ANSWER_SET(reply, session, ((ProtobufCBinaryData){TOKEN_BYTES, (uint8_t *)(uintptr_t)state->token}));
    ANSWER_SET(reply, expires, state->expires);
    ANSWER_SET(reply, name, answer_column(result, 0, 2));
    ANSWER_SET(reply, administrator, session->administrator);
    answer_send(r, &reply.base);
}

// secret NULL: known to be wrong. step -1: the method has none.
static void run_sign_in(struct request *r, const void *secret, size_t secret_len, int64_t step) {
    const struct config *config = r->worker->config;
    const struct sign_in *state = r->state;
    struct db_segment *s = request_query(r, QUERY_DESK_SIGN_IN);
    db_text(s, state->method, strlen(state->method));
    db_text(s, state->email.data, state->email.len);
    if (secret != NULL)
        db_bytes(s, secret, secret_len);
    else
        db_null(s);
    if (step >= 0)
        db_int8(s, step);
    else
        db_null(s);
    db_time(s, r->now);
    db_int4(s, (int32_t)config->password_failures_max);
    db_int4(s, (int32_t)config->password_pause_s);
    db_bytes(s, state->token_hash, sizeof state->token_hash);
    db_time(s, state->expires);
    request_run(r, sign_in_done);
}

static void password_checked(struct request *r) {
    const Candour__PasswordProof *proof = ((const Candour__SignIn *)r->message)->password;
    const struct sign_in *state = r->state;
    uint8_t secret[CRYPTO_TOTP_SECRET_BYTES];
    int64_t now = r->now / TOTP_STEP_S, used = -1;
    if (state->password != NULL && keys_unwrap(r->worker->kek, "totp", state->person, state->totp.data, state->totp.len,
                                               secret, sizeof secret) < 0)
        log_event(LOG_ERROR, "totp_not_unwrapped", NULL);
    else if (state->is_right)
        // Clocks of telephones differ: the step before and the one after count, too (RFC 6238, 5.2).
        for (int64_t step = now - 1; step <= now + 1; step++)
            if (crypto_totp(secret, step) == proof->totp)
                used = step;
    crypto_wipe(secret, sizeof secret);
    if (used >= 0)
        run_sign_in(r, state->password, strlen(state->password), used);
    else
        run_sign_in(r, NULL, 0, now);
}

// In the thread pool.
static void check_password(struct request *r) {
    const Candour__PasswordProof *proof = ((const Candour__SignIn *)r->message)->password;
    struct sign_in *state = r->state;
    state->is_right = crypto_password_check(state->password, proof->password.data, proof->password.len) == 0;
}

static void password_found(struct request *r) {
    struct sign_in *state = r->state;
    const struct db_result *found = db_result(r->segment, 0);
    if (db_rows(found) > 0) {
        struct db_bytes text = db_get_bytes(found, 0, 1);
        memcpy(state->person, db_get_uuid(found, 0, 0), sizeof state->person);
        state->password = arena_printf(&r->arena, "%.*s", (int)text.len, (const char *)text.data);
        state->totp = db_get_bytes(found, 0, 2);
    }
    request_work(r, state->kind, check_password, password_checked);
}

void session_sign_in(struct request *r) {
    const Candour__SignIn *message = (const Candour__SignIn *)r->message;
    *r->session = (struct session){0};
    struct sign_in *state = r->state = answer_array(r, 1, sizeof *state);
    if (state == NULL)
        return;
    state->email = text_lower(&r->arena, message->email);
    state->expires = r->now + r->worker->config->session_s;
    crypto_random(state->token, sizeof state->token);
    hash_token(r, state->token, state->token_hash);
    if (message->proof_case == CANDOUR__SIGN_IN__PROOF_PASSWORD) {
        state->method = "password";
        state->kind = suspect(r, FAILURE_PASSWORD) ? WORK_GUESS : WORK_PASSWORD;
        if (request_is_refused(r, state->kind))
            return;
        struct db_segment *s = request_query(r, QUERY_DESK_PASSWORD);
        db_text(s, state->email.data, state->email.len);
        request_run(r, password_found);
        return;
    }
    state->method = "code";
    suspect(r, FAILURE_CODE);
    char code[CODE_TEXT_BYTES];
    uint8_t hash[32];
    if (code_read(message->code->code.data, message->code->code.len, code) < 0) {
        run_sign_in(r, NULL, 0, -1);
        return;
    }
    keys_secret_hash(r->worker->kek, "code", state->email.data, state->email.len, code, strlen(code), hash);
    crypto_wipe(code, sizeof code);
    run_sign_in(r, hash, sizeof hash, -1);
}

// ---------------------------------------------------------------- SignOut, WhoAmI
static void signed_out(struct request *r) {
    *r->session = (struct session){0};
    request_outcome(r, CANDOUR__STATUS__OK, "You are signed out.");
}

void session_sign_out(struct request *r) {
    struct db_segment *s = request_query(r, QUERY_DESK_SIGN_OUT);
    db_bytes(s, r->session->token_hash, sizeof r->session->token_hash);
    request_run(r, signed_out);
}

static void who_am_i_found(struct request *r) {
    const struct db_result *found = db_result(r->segment, 0);
    Candour__WhoAmIReply reply = CANDOUR__WHO_AM_IREPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    if (db_rows(found) > 0) {
        ANSWER_SET(reply, name, answer_column(found, 0, 0));
        ANSWER_SET(reply, email, answer_column(found, 0, 1));
    }
    ANSWER_SET(reply, administrator, r->session->administrator);
    ANSWER_SET(reply, expires, r->session->expires);
    answer_send(r, &reply.base);
}

void session_who_am_i(struct request *r) {
    struct db_segment *s = request_query(r, QUERY_DESK_WHO_AM_I);
    db_uuid(s, r->session->person);
    request_run(r, who_am_i_found);
}
