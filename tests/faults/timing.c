// Does the time that a refused sign-in takes say whether the desk knows somebody? One try with an address that it knows
// and a wrong secret, one with an address that it does not know, in random order, again and again over one connection.
// usage: timing CODES PASSWORDS   (how many of each; inside deploy/sandbox.sh)
// What is judged is how often the known one takes longer (Mann and Whitney's U by the number of pairs; Annals of
// Mathematical Statistics 18, 1947): half of the time if they cannot be told apart.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "code.h"
#include "tests/support/fixture.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"
#include "tests/support/wire.h"

enum { WARM = 20, EMAIL_BYTES = 64, TRIES_MAX = 20000, PASSWORDS_MAX = 900 };
static const double z_max = 4.5; // chance goes beyond it once in 147,000 runs

static unsigned codes, passwords;
static struct wire wire;

struct try {
    double us;
    bool is_known;
};
static struct try tries[2 * TRIES_MAX];

static int start(void **state) {
    struct fixture_round round;
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Timing", &round); // its letters have codes, so that the desk knows raters
    fixture_round_free(&round);
    sandbox_shell(NULL, 0,
                  "sed -i 's/^\\[daemon\\]$/&\\npassword_failures_max = 1000\\nguesses_max = 0/' \"$CANDOURD_CONF\"");
    sandbox_server("restart"); // pauses end the comparison
    return 0;
}

static ProtobufCBinaryData text(const char *string) {
    return (ProtobufCBinaryData){strlen(string), (uint8_t *)(uintptr_t)string};
}

// Of the same length, whether it is known or not.
static void choose_rater(bool is_known, char ret_email[EMAIL_BYTES]) {
    snprintf(ret_email, EMAIL_BYTES, "%s-%02u@example.org", is_known ? "rater" : "nobod",
             (unsigned)random() % FIXTURE_RATERS);
}

static void choose_administrator(bool is_known, char ret_email[EMAIL_BYTES]) {
    snprintf(ret_email, EMAIL_BYTES, "%s", sandbox_variable("ADMIN_EMAIL"));
    if (!is_known)
        memcpy(ret_email, "00", 2);
}

static double refused_us(const Candour__SignIn *request) {
    struct timespec from, until;
    clock_gettime(CLOCK_MONOTONIC, &from);
    wire_send_message(&wire, OPERATION_SIGN_IN, &request->base);
    assert_true(wire_receive(&wire));
    clock_gettime(CLOCK_MONOTONIC, &until);
    assert_int_equal(wire_status(&wire), CANDOUR__STATUS__UNAUTHENTICATED);
    return (double)(until.tv_sec - from.tv_sec) * 1e6 + (double)(until.tv_nsec - from.tv_nsec) / 1e3;
}

static double try_code(bool is_known) {
    char email[EMAIL_BYTES], code[CODE_TEXT_BYTES];
    choose_rater(is_known, email);
    code_new(code);
    Candour__CodeProof proof = CANDOUR__CODE_PROOF__INIT;
    proof.code = text(code);
    Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
    request.email = text(email);
    request.proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    request.code = &proof;
    return refused_us(&request);
}

static double try_password(bool is_known) {
    char email[EMAIL_BYTES];
    choose_administrator(is_known, email);
    Candour__PasswordProof proof = CANDOUR__PASSWORD_PROOF__INIT;
    proof.password = text("not the password");
    Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
    request.email = text(email);
    request.proof_case = CANDOUR__SIGN_IN__PROOF_PASSWORD;
    request.password = &proof;
    return refused_us(&request);
}

static int by_time(const void *a, const void *b) {
    double one = ((const struct try *)a)->us, two = ((const struct try *)b)->us;
    return (one > two) - (one < two);
}

static double median_of(bool is_known, unsigned count) { // of what is sorted
    unsigned seen = 0;
    for (unsigned i = 0; i < 2 * count; i++)
        if (tries[i].is_known == is_known && seen++ == count / 2)
            return tries[i].us;
    return 0;
}

// How many standard errors from one half it is that a known one takes longer.
static double compare(const char *what, double (*attempt)(bool is_known), unsigned count) {
    wire_open(DOOR_DESK, NULL, &wire);
    for (unsigned i = 0; i < WARM; i++)
        attempt(i % 2 == 0);
    for (unsigned i = 0; i < 2 * count; i++) {
        tries[i].is_known = i % 2 == 0 ? random() % 2 == 0 : !tries[i - 1].is_known;
        tries[i].us = attempt(tries[i].is_known);
    }
    wire_close(&wire);
    qsort(tries, 2 * count, sizeof *tries, by_time);
    double longer = 0, unknown = 0, n = count;
    for (unsigned i = 0; i < 2 * count; i++)
        if (tries[i].is_known)
            longer += unknown;
        else
            unknown++;
    double share = longer / (n * n), z = (share - 0.5) / sqrt((2 * n + 1) / (12 * n * n));
    print_message(
        "shown: %s, %u each: known %.0f us, unknown %.0f us (medians); known takes longer in %.1f %% of pairs, "
        "%+.1f standard errors from half\n",
        what, count, median_of(true, count), median_of(false, count), share * 100, z);
    return z;
}

static void a_wrong_code_says_nothing_of_the_address(void **state) {
    (void)state;
    assert_true(fabs(compare("wrong code", try_code, codes)) < z_max);
}

static void a_wrong_password_says_nothing_of_the_address(void **state) {
    (void)state;
    assert_true(fabs(compare("wrong password", try_password, passwords)) < z_max);
}

// The control: a desk that does more for those it knows, a fifth of a millisecond or so.
static void a_desk_that_works_for_whom_it_knows_is_found(void **state) {
    (void)state;
    sandbox_sql("DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('desk.sign_in'::regproc), 'outcome := 1;', "
                "'outcome := 1; IF EXISTS (SELECT FROM desk.identity i WHERE i.identifier = p_identifier) THEN "
                "PERFORM pg_catalog.pg_sleep(0.0002); END IF;'); END $do$");
    assert_true(compare("control, a desk that does more for whom it knows", try_code, codes) > z_max);
}

int main(int argc, char **argv) {
    codes = argc == 3 ? (unsigned)atoi(argv[1]) : 0;
    passwords = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
    if (codes < 1 || codes > TRIES_MAX || passwords < 1 || passwords > PASSWORDS_MAX) {
        fprintf(stderr, "usage: timing CODES PASSWORDS\n");
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_code_says_nothing_of_the_address),
        cmocka_unit_test(a_wrong_password_says_nothing_of_the_address),
        cmocka_unit_test(a_desk_that_works_for_whom_it_knows_is_found),
    };
    return cmocka_run_group_tests(tests, start, fixture_end);
}
