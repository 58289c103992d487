// Requests about nominations and rounds from people whom they are no business of, sent past the client.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fixture.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

// Of a round that nominates: rater 2 is a leader whom rater 1 manages, rater 3 one without a manager.
enum { STRANGER, MANAGER, LEADER, OTHER, PEOPLE };
#define LEADER_EMAIL "rater-02@example.org"
#define OTHER_EMAIL  "rater-03@example.org"

static struct fixture_round asking; // where their codes come from
static struct person people[PEOPLE];
static struct link *desks[PEOPLE];

static ProtobufCBinaryData bytes(const char *text) {
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

static void add_round(const char *name, const char *state) {
    sandbox_sql(
        "INSERT INTO desk.round (request, name, framework, demo, state, collect_from, answer_from, close_at, "
        "grace_s, threshold, comments_pooled, comments_by_group, tail_low, tail_high, bucket) SELECT "
        "gen_random_uuid(), '%s', framework, demo, '%s', collect_from, answer_from, close_at, grace_s, threshold, "
        "comments_pooled, comments_by_group, tail_low, tail_high, bucket FROM desk.round WHERE id = '%s'",
        name, state, asking.hex);
    sandbox_sql(
        "INSERT INTO desk.subject (round, person, level, name) SELECT r.id, p.id, '3', p.name FROM desk.round r, "
        "desk.person p WHERE r.name = '%s' AND p.email IN ('" LEADER_EMAIL "', '" OTHER_EMAIL "')",
        name);
}

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Asking", &asking);
    add_round("Nominating", "nominating");
    add_round("Draft", "draft");
    sandbox_sql("UPDATE desk.person SET manager = (SELECT id FROM desk.person WHERE email = 'rater-01@example.org') "
                "WHERE email = '" LEADER_EMAIL "'");
    sandbox_sql(
        "INSERT INTO desk.nomination (round, subject, rater, grp) SELECT s.round, s.id, p.id, 3 FROM desk.subject "
        "s JOIN desk.round r ON r.id = s.round, desk.person p WHERE r.name = 'Nominating' AND p.email = "
        "'rater-09@example.org'");
    for (unsigned i = 0; i < PEOPLE; i++) {
        char home[32];
        snprintf(home, sizeof home, "nominations-%u", i);
        person_open(i, home, &people[i]);
        person_sign_in(&people[i]);
        desks[i] = person_desk(&people[i]);
    }
    return 0;
}

static int end(void **state) {
    for (unsigned i = 0; i < PEOPLE; i++) {
        link_close(desks[i]);
        person_close(&people[i]);
    }
    fixture_round_free(&asking);
    return fixture_end(state);
}

// The reply, whose status must be this one; the caller frees it.
static ProtobufCMessage *ask(unsigned who, uint16_t operation, const ProtobufCMessage *request,
                             Candour__Status wanted) {
    ProtobufCMessage *reply;
    Candour__Status status;
    struct problem problem;
    if (link_exchange(desks[who], operation, request, &reply, &status, &problem) != 0)
        fail_msg("operation 0x%04x: %s", operation, problem.sentence);
    assert_int_equal(status, wanted);
    return reply;
}

static void is_answered(unsigned who, uint16_t operation, const ProtobufCMessage *request, Candour__Status wanted) {
    link_reply_free(ask(who, operation, request, wanted));
}

static void change(unsigned who, const char *round, const char *leader, Candour__NominationStep step, const char *rater,
                   Candour__Group group, Candour__Status wanted) {
    Candour__NominationChange one = CANDOUR__NOMINATION_CHANGE__INIT, *list[] = {&one};
    Candour__ChangeNominations request = CANDOUR__CHANGE_NOMINATIONS__INIT;
    one.step = step;
    one.rater = bytes(rater);
    one.has_group = step == CANDOUR__NOMINATION_STEP__NOMINATE;
    one.group = group;
    request.round = bytes(round);
    request.has_leader = leader != NULL;
    if (leader != NULL)
        request.leader = bytes(leader);
    request.changes = list;
    request.n_changes = 1;
    is_answered(who, OPERATION_CHANGE_NOMINATIONS, &request.base, wanted);
}

// Every step about this leader, none of which may be done.
static void no_step(unsigned who, const char *round, const char *leader, Candour__Status wanted) {
    change(who, round, leader, CANDOUR__NOMINATION_STEP__NOMINATE, "rater-08@example.org", CANDOUR__GROUP__PEER,
           wanted);
    change(who, round, leader, CANDOUR__NOMINATION_STEP__APPROVE, "rater-09@example.org", CANDOUR__GROUP__PEER, wanted);
    change(who, round, leader, CANDOUR__NOMINATION_STEP__DROP, "rater-09@example.org", CANDOUR__GROUP__PEER, wanted);
}

static void lists(unsigned who, bool to_decide, const char *leader, size_t rounds, size_t nominations) {
    Candour__ListNominations request = CANDOUR__LIST_NOMINATIONS__INIT;
    request.to_decide = to_decide;
    request.has_leader = leader != NULL;
    if (leader != NULL)
        request.leader = bytes(leader);
    ProtobufCMessage *message = ask(who, OPERATION_LIST_NOMINATIONS, &request.base, CANDOUR__STATUS__OK);
    assert_int_equal(((Candour__ListNominationsReply *)message)->n_rounds, rounds);
    assert_int_equal(((Candour__ListNominationsReply *)message)->n_nominations, nominations);
    link_reply_free(message);
}

static size_t finds(unsigned who, const char *part) {
    Candour__FindPeople request = CANDOUR__FIND_PEOPLE__INIT;
    request.part = bytes(part);
    ProtobufCMessage *message = ask(who, OPERATION_FIND_PEOPLE, &request.base, CANDOUR__STATUS__OK);
    size_t found = ((Candour__SuggestionsReply *)message)->n_suggestions;
    link_reply_free(message);
    return found;
}

static void suggests(unsigned who, const char *leader, Candour__Status wanted) {
    Candour__SuggestRaters request = CANDOUR__SUGGEST_RATERS__INIT;
    request.round = bytes("Nominating");
    request.has_leader = leader != NULL;
    if (leader != NULL)
        request.leader = bytes(leader);
    is_answered(who, OPERATION_SUGGEST_RATERS, &request.base, wanted);
}

static void a_stranger_sees_and_changes_nothing(void **state) {
    (void)state;
    struct sandbox_state before;
    sandbox_remember(&before);
    no_step(STRANGER, "Nominating", LEADER_EMAIL, CANDOUR__STATUS__NOT_FOUND);
    no_step(STRANGER, "Nominating", NULL, CANDOUR__STATUS__NOT_FOUND);
    suggests(STRANGER, LEADER_EMAIL, CANDOUR__STATUS__NOT_FOUND);
    suggests(STRANGER, NULL, CANDOUR__STATUS__NOT_FOUND);
    lists(STRANGER, false, NULL, 0, 0);
    lists(STRANGER, true, NULL, 0, 0);
    lists(STRANGER, true, LEADER_EMAIL, 0, 0);
    assert_int_equal(finds(STRANGER, "rater"), 0);
    sandbox_unchanged(&before);
}

static void a_leader_decides_about_nobody(void **state) {
    (void)state;
    struct sandbox_state before;
    sandbox_remember(&before);
    no_step(LEADER, "Nominating", OTHER_EMAIL, CANDOUR__STATUS__NOT_FOUND);
    suggests(LEADER, OTHER_EMAIL, CANDOUR__STATUS__NOT_FOUND);
    lists(LEADER, true, NULL, 0, 0);
    lists(LEADER, false, OTHER_EMAIL, 1, 0);
    change(LEADER, "Nominating", NULL, CANDOUR__NOMINATION_STEP__APPROVE, "rater-09@example.org", CANDOUR__GROUP__PEER,
           CANDOUR__STATUS__REFUSED_BY_RULE);
    change(LEADER, "Nominating", LEADER_EMAIL, CANDOUR__NOMINATION_STEP__APPROVE, "rater-09@example.org",
           CANDOUR__GROUP__PEER, CANDOUR__STATUS__REFUSED_BY_RULE);
    change(LEADER, "Nominating", NULL, CANDOUR__NOMINATION_STEP__NOMINATE, "rater-08@example.org", CANDOUR__GROUP__SELF,
           CANDOUR__STATUS__REFUSED_BY_RULE);
    sandbox_unchanged(&before);
    assert_true(finds(LEADER, "rater") > 0 && finds(LEADER, "rater") <= 20);
}

static void naming_oneself_does_not_make_a_leader_decide(void **state) {
    (void)state;
    change(LEADER, "Nominating", LEADER_EMAIL, CANDOUR__NOMINATION_STEP__NOMINATE, "rater-07@example.org",
           CANDOUR__GROUP__PEER, CANDOUR__STATUS__OK);
    assert_int_equal(sandbox_number("SELECT count(*) FROM desk.assignment a JOIN desk.round r ON r.id = a.round WHERE "
                                    "r.name = 'Nominating'"),
                     0);
    lists(LEADER, false, NULL, 1, 2);
}

static void a_manager_decides_about_the_own_leaders_alone(void **state) {
    (void)state;
    struct sandbox_state before;
    sandbox_remember(&before);
    no_step(MANAGER, "Nominating", OTHER_EMAIL, CANDOUR__STATUS__NOT_FOUND);
    suggests(MANAGER, OTHER_EMAIL, CANDOUR__STATUS__NOT_FOUND);
    lists(MANAGER, true, OTHER_EMAIL, 1, 0);
    lists(MANAGER, false, NULL, 0, 0);
    sandbox_unchanged(&before);
    lists(MANAGER, true, NULL, 1, 2);
    change(MANAGER, "Nominating", LEADER_EMAIL, CANDOUR__NOMINATION_STEP__APPROVE, "rater-09@example.org",
           CANDOUR__GROUP__PEER, CANDOUR__STATUS__OK);
    assert_int_equal(sandbox_number("SELECT count(*) FROM desk.assignment a JOIN desk.round r ON r.id = a.round WHERE "
                                    "r.name = 'Nominating' AND a.grp = 3"),
                     1);
}

static void only_a_round_that_nominates_takes_nominations(void **state) {
    (void)state;
    struct sandbox_state before;
    sandbox_remember(&before);
    no_step(LEADER, "Draft", NULL, CANDOUR__STATUS__NOT_FOUND);
    no_step(MANAGER, "Draft", LEADER_EMAIL, CANDOUR__STATUS__NOT_FOUND);
    no_step(LEADER, asking.name, NULL, CANDOUR__STATUS__NOT_FOUND);
    sandbox_unchanged(&before);
}

static void what_is_the_administrators_is_forbidden(void **state) {
    (void)state;
    Candour__Plan plan = CANDOUR__PLAN__INIT;
    Candour__PlanRound plan_round = CANDOUR__PLAN_ROUND__INIT;
    plan_round.plan = &plan;
    Candour__RoundRisks risks = CANDOUR__ROUND_RISKS__INIT;
    Candour__RoundWorkload workload = CANDOUR__ROUND_WORKLOAD__INIT;
    Candour__CoachRow row = CANDOUR__COACH_ROW__INIT, *rows[] = {&row};
    Candour__SetCoaches coaches = CANDOUR__SET_COACHES__INIT;
    Candour__HoldReport hold = CANDOUR__HOLD_REPORT__INIT;
    plan_round.round = risks.round = workload.round = coaches.round = hold.round = bytes("Nominating");
    row.leader_email = row.coach_email = hold.email = bytes(LEADER_EMAIL);
    row.line = 1;
    coaches.rows = rows;
    coaches.n_rows = 1;
    for (unsigned who = 0; who < PEOPLE; who++) {
        is_answered(who, OPERATION_PLAN_ROUND, &plan_round.base, CANDOUR__STATUS__FORBIDDEN);
        is_answered(who, OPERATION_ROUND_RISKS, &risks.base, CANDOUR__STATUS__FORBIDDEN);
        is_answered(who, OPERATION_ROUND_WORKLOAD, &workload.base, CANDOUR__STATUS__FORBIDDEN);
        is_answered(who, OPERATION_SET_COACHES, &coaches.base, CANDOUR__STATUS__FORBIDDEN);
        is_answered(who, OPERATION_HOLD_REPORT, &hold.base, CANDOUR__STATUS__FORBIDDEN);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_sees_and_changes_nothing),
        cmocka_unit_test(a_leader_decides_about_nobody),
        cmocka_unit_test(naming_oneself_does_not_make_a_leader_decide),
        cmocka_unit_test(a_manager_decides_about_the_own_leaders_alone),
        cmocka_unit_test(only_a_round_that_nominates_takes_nominations),
        cmocka_unit_test(what_is_the_administrators_is_forbidden),
    };
    return cmocka_run_group_tests(tests, start, end);
}
