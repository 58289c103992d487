// When a session has ended, nothing more is done with it, on any connection that is still open.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "crypto.h"
#include "tests/support/fixture.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"
#include "tests/support/wire.h"

enum { RATER = 3, TRIES = 12, PAUSE_S = 900 }; // of the tries, the last comes after guesses_max + 1 that were wrong

static const double WAIT_S = 4.5;

static struct fixture_round round_made;
static struct person person;
static struct wire wire;

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Session", &round_made);
    person_open(RATER, "session", &person);
    return 0;
}

static int end(void **state) {
    person_close(&person);
    fixture_round_free(&round_made);
    return fixture_end(state);
}

static ProtobufCBinaryData text(const char *string) {
    return (ProtobufCBinaryData){strlen(string), (uint8_t *)(uintptr_t)string};
}

static void collect(struct wire *on) {
    char hex[40];
    uint8_t id[16], scalar[32] = {1}, element[32];
    sandbox_shell(hex, sizeof hex,
                  "psql -XAtqc \"SELECT replace(a.id::text, '-', '') FROM desk.assignment a JOIN desk.person p ON "
                  "p.id = a.rater WHERE p.email = 'rater-%02d@example.org' AND a.round = '%s' LIMIT 1\"",
                  RATER, round_made.hex);
    for (size_t i = 0; i < sizeof id; i++)
        assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &id[i]), 1);
    assert_int_equal(crypto_point_base(scalar, element), 0);
    Candour__Blinded blinded = CANDOUR__BLINDED__INIT, *list = &blinded;
    blinded.assignment = (ProtobufCBinaryData){sizeof id, id};
    blinded.element = (ProtobufCBinaryData){sizeof element, element};
    Candour__CollectCredentials request = CANDOUR__COLLECT_CREDENTIALS__INIT;
    request.round = (ProtobufCBinaryData){16, round_made.manifest.round};
    request.blinded = &list;
    request.n_blinded = 1;
    wire_send_message(on, OPERATION_COLLECT_CREDENTIALS, &request.base);
}

static void ask_who(struct wire *on) {
    const Candour__WhoAmI request = CANDOUR__WHO_AM_I__INIT;
    wire_send_message(on, OPERATION_WHO_AM_I, &request.base);
}

static Candour__Status status_of_who(struct wire *on) {
    ask_who(on);
    assert_true(wire_receive(on));
    return wire_status(on);
}

// Nothing is collected, and the connection has forgotten who it was.
static void expect_no_collecting(void) {
    struct sandbox_state before;
    sandbox_remember(&before);
    collect(&wire);
    const char *sentence = wire_expect_refusal(&wire, OPERATION_COLLECT_CREDENTIALS, CANDOUR__STATUS__UNAUTHENTICATED);
    assert_non_null(strstr(sentence, "has ended"));
    sandbox_unchanged(&before);
    ask_who(&wire);
    sentence = wire_expect_refusal(&wire, OPERATION_WHO_AM_I, CANDOUR__STATUS__UNAUTHENTICATED);
    assert_non_null(strstr(sentence, "Sign in first"));
}

static void signing_out_ends_the_session_on_every_connection(void **state) {
    (void)state;
    struct wire other;
    const Candour__SignOut request = CANDOUR__SIGN_OUT__INIT;
    person_sign_in(&person);
    wire_open(DOOR_DESK, person_session(&person), &wire);
    wire_open(DOOR_DESK, person_session(&person), &other);
    assert_int_equal(status_of_who(&wire), CANDOUR__STATUS__OK);
    wire_send_message(&other, OPERATION_SIGN_OUT, &request.base);
    assert_true(wire_receive(&other));
    assert_int_equal(wire_status(&other), CANDOUR__STATUS__OK);
    expect_no_collecting();
    wire_close(&other);
    wire_close(&wire);
}

static void a_new_letter_ends_the_session_of_whoever_had_the_old_one(void **state) {
    (void)state;
    char email[64];
    snprintf(email, sizeof email, "rater-%02d@example.org", RATER);
    person_sign_in(&person);
    wire_open(DOOR_DESK, person_session(&person), &wire);
    assert_int_equal(status_of_who(&wire), CANDOUR__STATUS__OK);
    sandbox_sql("CREATE TABLE public.codes AS SELECT * FROM desk.identity WHERE identifier = '%s'", email);
    Candour__Letters request = CANDOUR__LETTERS__INIT;
    request.round = text(round_made.name);
    request.limit = 1;
    request.has_email = true;
    request.email = text(email);
    ProtobufCMessage *reply;
    struct problem problem;
    assert_int_equal(link_call(fixture_admin(), OPERATION_LETTERS, &request.base, &reply, &problem), 0);
    link_reply_free(reply);
    // The tests that follow sign in with the code they know.
    sandbox_sql("UPDATE desk.identity i SET secret = c.secret FROM public.codes c WHERE c.identifier = i.identifier; "
                "DROP TABLE public.codes");
    expect_no_collecting();
    wire_close(&wire);
}

static void an_administrators_right_ends_at_once(void **state) {
    (void)state;
    const Candour__MyReports request = CANDOUR__MY_REPORTS__INIT;
    wire_open(DOOR_DESK, fixture_session(), &wire);
    assert_int_equal(status_of_who(&wire), CANDOUR__STATUS__OK);
    sandbox_sql("UPDATE desk.person SET administrator = false WHERE email = '%s'", sandbox_variable("ADMIN_EMAIL"));
    wire_send_message(&wire, OPERATION_MY_REPORTS, &request.base); // anybody's, but an administrator's shows more
    wire_expect_refusal(&wire, OPERATION_MY_REPORTS, CANDOUR__STATUS__UNAUTHENTICATED);
    sandbox_sql("UPDATE desk.person SET administrator = true WHERE email = '%s'", sandbox_variable("ADMIN_EMAIL"));
    wire_close(&wire);
}

// ---------------------------------------------------------------- signing in

static void try_code(struct wire *on, const char *code) {
    char email[64];
    snprintf(email, sizeof email, "rater-%02d@example.org", RATER);
    Candour__CodeProof proof = CANDOUR__CODE_PROOF__INIT;
    proof.code = text(code);
    Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
    request.email = text(email);
    request.proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    request.code = &proof;
    wire_send_message(on, OPERATION_SIGN_IN, &request.base);
    wire_expect_refusal(on, OPERATION_SIGN_IN, CANDOUR__STATUS__UNAUTHENTICATED);
}

static void a_failed_sign_in_leaves_nobody_signed_in(void **state) {
    (void)state;
    struct wire other;
    person_sign_in(&person);
    wire_open(DOOR_DESK, person_session(&person), &wire);
    wire_open(DOOR_DESK, person_session(&person), &other);
    try_code(&wire, "0000-0000-0000");
    assert_int_equal(status_of_who(&wire), CANDOUR__STATUS__UNAUTHENTICATED);
    assert_int_equal(status_of_who(&other), CANDOUR__STATUS__OK); // only the connection that tried
    wire_close(&other);
    wire_close(&wire);
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void wrong_codes_make_a_connection_wait_and_lock_nobody_out(void **state) {
    (void)state;
    double from = 0;
    wire_open(DOOR_DESK, NULL, &wire);
    for (int i = 0; i < TRIES; i++) {
        from = now_s();
        try_code(&wire, i % 2 == 0 ? "0000-0000-0000" : "not a code");
    }
    assert_true(now_s() - from > WAIT_S);
    wire_close(&wire);
    person_sign_in(&person);
}

static void wrong_passwords_pause_signing_in(void **state) {
    (void)state;
    uint8_t session[32];
    double from = 0;
    Candour__PasswordProof proof = CANDOUR__PASSWORD_PROOF__INIT;
    proof.password = text("not the password");
    Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
    request.email = text(sandbox_variable("ADMIN_EMAIL"));
    request.proof_case = CANDOUR__SIGN_IN__PROOF_PASSWORD;
    request.password = &proof;
    wire_open(DOOR_DESK, NULL, &wire);
    for (int i = 0; i < TRIES; i++) {
        from = now_s();
        wire_send_message(&wire, OPERATION_SIGN_IN, &request.base);
        wire_expect_refusal(&wire, OPERATION_SIGN_IN, CANDOUR__STATUS__UNAUTHENTICATED);
    }
    assert_true(now_s() - from > WAIT_S);
    wire_close(&wire);
    assert_int_equal(sandbox_number("SELECT count(*) FROM desk.identity WHERE method = 'password' AND paused_until > "
                                    "to_timestamp(%lld)",
                                    (long long)clock_now()),
                     1);
    sandbox_clock(clock_now() + PAUSE_S);
    fixture_sign_in(session);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_out_ends_the_session_on_every_connection),
        cmocka_unit_test(a_new_letter_ends_the_session_of_whoever_had_the_old_one),
        cmocka_unit_test(an_administrators_right_ends_at_once),
        cmocka_unit_test(a_failed_sign_in_leaves_nobody_signed_in),
        cmocka_unit_test(wrong_codes_make_a_connection_wait_and_lock_nobody_out),
        cmocka_unit_test(wrong_passwords_pause_signing_in),
    };
    return cmocka_run_group_tests(tests, start, end);
}
