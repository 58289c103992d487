#include "people.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "client/cast_private.h"
#include "client/link.h"
#include "client/rater.h"
#include "client/trust.h"
#include "clock.h"
#include "crypto.h"
#include "eye.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

enum { ITEMS = 40, SCALE = 5, COMMENT_MIN = 10, COMMENT_SPREAD = 180, DAY_S = 86400 };

static char desk_address[LINK_ADDRESS_BYTES];

// ---------------------------------------------------------------- a live round, in simulated time

// The linker puts these in the places of trust_newest, trust_clock, output_sentence and fsync (-Wl,--wrap).
int __real_trust_newest(const Vault__Round *round, struct manifest *ret_manifest, struct problem *ret_problem);
int __wrap_trust_newest(const Vault__Round *round, struct manifest *ret_manifest, struct problem *ret_problem);
int __wrap_trust_clock(bool is_demo, struct problem *ret_problem);
void __wrap_output_sentence(FILE *out, const char *sentence);
int __wrap_fsync(int fd);

int __wrap_trust_newest(const Vault__Round *round, struct manifest *ret_manifest, struct problem *ret_problem) {
    int result = __real_trust_newest(round, ret_manifest, ret_problem);
    if (result == 0)
        ret_manifest->demo = false;
    return result;
}

int __wrap_trust_clock(bool is_demo, struct problem *ret_problem) {
    (void)is_demo;
    (void)ret_problem;
    return 0;
}

// Hundreds of raters are told the same.
void __wrap_output_sentence(FILE *out, const char *sentence) {
    (void)out;
    (void)sentence;
}

int __wrap_fsync(int fd) {
    (void)fd;
    return 0;
}

static void pass_time(unsigned seconds) {
    sandbox_clock(clock_now() + seconds);
}

void people_start(unsigned desk_port) {
    snprintf(desk_address, sizeof desk_address, "127.0.0.1:%u", desk_port);
    cast_pause = pass_time;
}

// ---------------------------------------------------------------- vaults

static void home_path(const struct people_round *round, char *ret_path, size_t size) {
    snprintf(ret_path, size, "%s/homes/attacked-%u", sandbox_variable("CANDOUR_SANDBOX"), round->number);
}

void people_open(const struct people_round *round, unsigned number, struct person_at *ret_person) {
    char home[400], path[512], email[EYE_EMAIL_BYTES];
    struct problem problem;
    home_path(round, home, sizeof home);
    snprintf(path, sizeof path, "%s/%u", home, number);
    *ret_person = (struct person_at){.round = round, .number = number};
    if (vault_open(path, NULL, NULL, &ret_person->vault, &problem) != 0)
        fail_msg("%s", problem.sentence);
    prctl(PR_SET_DUMPABLE, 1); // for the leak checker of a sanitized build
    Vault__Vault *data = vault_data(ret_person->vault);
    if (data->server != NULL)
        return;
    const char *ca = sandbox_variable("CANDOUR_CA");
    eye_email(number, email);
    assert_int_equal(vault_set_text(&data->server, desk_address, strlen(desk_address)), 0);
    assert_int_equal(vault_set_text(&data->ca_file, ca, strlen(ca)), 0);
    assert_int_equal(vault_set_text(&data->email, email, strlen(email)), 0);
}

void people_close(struct person_at *person) {
    vault_close(person->vault);
    person->vault = NULL;
}

void people_forget(const struct people_round *round) {
    char home[400];
    home_path(round, home, sizeof home);
    sandbox_shell(NULL, 0, "rm -rf '%s'", home);
}

static Vault__Round *round_of(const struct person_at *person) {
    Vault__Round *round = vault_round(person->vault, person->round->id, 16);
    assert_non_null(round);
    return round;
}

static Vault__Assignment *about(const struct person_at *person, unsigned leader, uint8_t group) {
    char name[32];
    const Vault__Round *round = round_of(person);
    snprintf(name, sizeof name, "Person %03u", leader);
    for (size_t i = 0; i < round->n_assignments; i++)
        if (strcmp(round->assignments[i]->subject_name, name) == 0 && round->assignments[i]->group == group)
            return round->assignments[i];
    fail_msg("rater %u is not asked about leader %u", person->number, leader);
    return NULL;
}

void people_ballot_name(const struct person_at *person, unsigned leader, uint8_t group, char ret_name[65]) {
    const Vault__Assignment *assignment = about(person, leader, group);
    assert_int_equal(assignment->vk.len, 32);
    for (size_t i = 0; i < 32; i++)
        snprintf(ret_name + 2 * i, 3, "%02x", assignment->vk.data[i]);
}

// ---------------------------------------------------------------- what they do

void people_contact(struct person_at *person) {
    struct problem problem;
    struct link *desk;
    ProtobufCMessage *reply;
    struct rater_collected collected;
    Vault__Vault *data = vault_data(person->vault);
    Candour__CodeProof proof = CANDOUR__CODE_PROOF__INIT;
    const char *code = person->round->codes[person->number];
    proof.code = (ProtobufCBinaryData){strlen(code), (uint8_t *)(uintptr_t)code};
    Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
    request.email = (ProtobufCBinaryData){strlen(data->email), (uint8_t *)data->email};
    request.proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    request.code = &proof;
    assert_int_equal(vault_set_bytes(&data->session, NULL, 0), 0);
    if (rater_desk(person->vault, false, &desk, NULL, &problem) != 0 ||
        link_call(desk, OPERATION_SIGN_IN, &request.base, &reply, &problem) != 0)
        fail_msg("rater %u: %s", person->number, problem.sentence);
    const Candour__SignInReply *in = (const Candour__SignInReply *)reply;
    assert_int_equal(vault_set_bytes(&data->session, in->session.data, in->session.len), 0);
    data->has_session = true;
    link_set_session(desk, in->session.data);
    link_reply_free(reply);
    if (vault_save(person->vault, &problem) != 0 || rater_collect(person->vault, desk, NULL, &collected, &problem) != 0)
        fail_msg("rater %u: %s", person->number, problem.sentence);
    link_close(desk);
}

void people_give(struct person_at *person, unsigned leader, uint8_t group, enum people_way way) {
    static const unsigned how[] = {[PEOPLE_LATE] = CAST_LATE, [PEOPLE_NOW] = CAST_NOW, [PEOPLE_WITHIN_A_DAY] = 0};
    struct problem problem;
    struct cast_window window;
    char comment[COMMENT_MIN + COMMENT_SPREAD + 1];
    size_t len = COMMENT_MIN + town_below(COMMENT_SPREAD);
    Vault__Round *round = round_of(person);
    Vault__Answers *answers = vault_answers_new(ITEMS);
    assert_non_null(answers);
    for (size_t i = 0; i < ITEMS; i++)
        answers->ratings.data[i] = (uint8_t)(1 + town_below(SCALE));
    for (size_t i = 0; i < len; i++)
        comment[i] = (char)('a' + town_below(26));
    assert_int_equal(vault_answers_comment(answers, 0, comment, len), 0);
    Vault__Assignment *assignment = about(person, leader, group);
    int result = cast_prepare(person->vault, round, assignment, answers, how[way], &window, &problem);
    if (result == 0 && way == PEOPLE_WITHIN_A_DAY) {
        assignment->queued->due = clock_now() + town_below(DAY_S);
        result = vault_save(person->vault, &problem);
    } else if (result == 0 && way != PEOPLE_NOW) {
        result = cast_look_ahead(person->vault, round, assignment->queued->due, &problem);
    }
    if (result != 0)
        fail_msg("rater %u: %s", person->number, problem.sentence);
    VAULT_FORGET(answers);
}

void people_send(struct person_at *person) {
    struct problem problem;
    struct cast_summary summary;
    if (cast_send_due(person->vault, false, NULL, NULL, &summary, &problem) != 0)
        fail_msg("rater %u: %s", person->number, problem.sentence);
}

int64_t people_due(const struct person_at *person) {
    int64_t due = 0;
    const Vault__Round *round = round_of(person);
    for (size_t i = 0; i < round->n_assignments; i++) {
        const Vault__Queued *queued = round->assignments[i]->queued;
        if (queued != NULL && (due == 0 || queued->due < due))
            due = queued->due;
    }
    return due;
}

void people_send_carelessly(struct person_at *person) {
    struct problem problem;
    struct manifest manifest;
    struct link_target target;
    struct link *box;
    Vault__Round *round = round_of(person);
    if (trust_newest(round, &manifest, &problem) != 0)
        fail_msg("%s", problem.sentence);
    trust_box_target(person->vault, &manifest, &target);
    manifest_free(&manifest);
    if (link_open(&target, &box, &problem) != 0)
        fail_msg("%s", problem.sentence);
    for (size_t i = 0; i < round->n_assignments; i++) {
        ProtobufCMessage *reply;
        Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
        if (round->assignments[i]->queued == NULL)
            continue;
        request.round = round->id;
        request.sealed = round->assignments[i]->queued->sealed;
        if (link_call(box, OPERATION_CAST_BALLOT, &request.base, &reply, &problem) != 0)
            fail_msg("rater %u: %s", person->number, problem.sentence);
        link_reply_free(reply);
        VAULT_FORGET(round->assignments[i]->queued);
    }
    link_close(box);
    assert_int_equal(vault_save(person->vault, &problem), 0);
}
