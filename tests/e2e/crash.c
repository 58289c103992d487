// kill -9 of the client before each of its steps, and of workers with requests in flight; then a retry: exactly one
// ballot. And a rater who lost everything but the recovery code.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/cast.h"
#include "client/rater.h"
#include "tests/support/fixture.h"
#include "tests/support/kill.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

enum { HOUR_S = 3600, STEPS_MAX = 500, CRASHER = 0, RESTORED = 1, CROWD_FROM = 2, CROWD = 10, ARRIVAL_US = 100000 };

static struct fixture_round round_made;
static const char at_work[] = "at-work"; // the home of the client that is killed

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Crash", &round_made);
    return 0;
}

static int end(void **state) {
    fixture_round_free(&round_made);
    return fixture_end(state);
}

static void collecting(void) {
    sandbox_clock(round_made.manifest.answer_from - 47 * HOUR_S); // while sessions are valid
}

static void answering(void) {
    sandbox_clock(round_made.manifest.answer_from + HOUR_S);
}

static long long ballots(void) {
    return sandbox_number("SELECT count(*) FROM ballot.ballot WHERE round = '%s'", round_made.hex);
}

static void forget_ballots(void) {
    sandbox_sql("DELETE FROM ballot.ballot WHERE round = '%s'; UPDATE ballot.quota SET ballots = 0 WHERE round = '%s'",
                round_made.hex, round_made.hex);
}

// As if nobody had collected; a trigger forbids it to everybody else.
static void forget_credentials(void) {
    sandbox_sql("SET session_replication_role = replica; UPDATE desk.assignment SET blinded = NULL WHERE round = '%s'",
                round_made.hex);
}

// The clock goes to and fro between collecting and answering; the clerk deletes sessions that have ended.
static void keep_sessions(void) {
    sandbox_sql("UPDATE desk.session SET expires = expires + interval '1 month'");
}

// ---------------------------------------------------------------- the client

static int collect(void *unused) {
    (void)unused;
    struct person person;
    struct link *desk;
    struct rater_collected collected;
    struct problem problem;
    person_open(CRASHER, at_work, &person);
    if (rater_desk(person.vault, true, &desk, NULL, &problem) != 0 ||
        rater_collect(person.vault, desk, NULL, &collected, &problem) != 0) {
        print_error("%s\n", problem.sentence);
        return -1;
    }
    link_close(desk);
    person_close(&person);
    return 0;
}

static int cast(void *unused) {
    (void)unused;
    struct person person;
    person_open(CRASHER, at_work, &person);
    int result = person_cast(&person, &round_made, FIXTURE_ADA, 4);
    person_close(&person);
    return result;
}

// What is queued is sent; whoever has neither queue nor receipt answers again.
static void cast_again(uint8_t rating) {
    struct person person;
    struct cast_summary summary;
    struct problem problem;
    person_open(CRASHER, at_work, &person);
    const Vault__Assignment *assignment = person_about(&person, &round_made, FIXTURE_ADA);
    if (cast_send_due(person.vault, true, NULL, NULL, &summary, &problem) != 0)
        fail_msg("%s", problem.sentence);
    if (assignment->receipt == NULL)
        assert_int_equal(person_cast(&person, &round_made, FIXTURE_ADA, rating), 0);
    assert_null(assignment->queued);
    assert_non_null(assignment->receipt);
    person_close(&person);
}

static void a_client_killed_while_collecting_collects_again(void **state) {
    (void)state;
    struct person person;
    unsigned number = 1;
    person_open(CRASHER, "signed-in", &person);
    person_sign_in(&person);
    person_close(&person);
    keep_sessions();
    for (;; number++) {
        assert_in_range(number, 1, STEPS_MAX);
        forget_credentials();
        forget_ballots();
        person_copy("signed-in", at_work);
        collecting();
        if (!kill_at(number, collect, NULL))
            break;
        assert_int_equal(collect(NULL), 0);
        answering();
        cast_again(4);
        assert_int_equal(ballots(), 1);
    }
    print_message("killed before each of %u steps\n", number - 1);
    assert_in_range(number, 20, STEPS_MAX);
}

static void a_client_killed_while_casting_has_one_ballot(void **state) {
    (void)state;
    unsigned number = 1, stored = 0;
    person_copy(at_work, "collected");
    answering();
    for (;; number++) {
        assert_in_range(number, 1, STEPS_MAX);
        forget_ballots();
        person_copy("collected", at_work);
        bool was_killed = kill_at(number, cast, NULL);
        stored += ballots() == 1;
        cast_again(4);
        assert_int_equal(ballots(), 1);
        if (!was_killed)
            break;
    }
    print_message("killed before each of %u steps\n", number - 1);
    assert_in_range(number, 15, STEPS_MAX);
    assert_in_range(stored, 2, number - 2); // before the reply was kept, too
}

// ---------------------------------------------------------------- workers

static void crowd_home(unsigned number, char ret_home[32]) {
    snprintf(ret_home, 32, "crowd-%u", number);
}

// One process per rater does work(person); all must succeed. What the statement locks holds them up, until `disturb`
// unlocks it.
static void in_parallel(int (*work)(struct person *person), const char *statement, void (*disturb)(FILE *lock)) {
    pid_t children[CROWD];
    FILE *lock = sandbox_lock(statement);
    fflush(NULL);
    for (unsigned i = 0; i < CROWD; i++) {
        children[i] = fork();
        if (children[i] != 0)
            continue;
        close(fileno(lock)); // or psql would wait for this process, too
        char home[32];
        struct person person;
        crowd_home(CROWD_FROM + i, home);
        person_open(CROWD_FROM + i, home, &person);
        int result = work(&person);
        person_close(&person);
        _exit(result == 0 ? 0 : 1);
    }
    disturb(lock);
    for (unsigned i = 0; i < CROWD; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
}

static void kill_workers_at_work(FILE *lock, const char *role, unsigned from) {
    pid_t workers[16];
    sandbox_wait("SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = '%s' AND wait_event_type = 'Lock'", role);
    usleep(ARRIVAL_US); // at least one request waits in the database, the others behind it, or in the other worker
    assert_in_range(sandbox_workers(workers, ARRAY_LEN(workers)), 5, 5);
    for (unsigned i = from; i < from + 2; i++)
        assert_int_equal(kill(workers[i], SIGKILL), 0);
    sandbox_unlock(lock); // what they had asked for is done now, and nobody hears of it
}

static void kill_desk(FILE *lock) {
    kill_workers_at_work(lock, "candour_desk", 0);
}

static void kill_ballot_box(FILE *lock) {
    kill_workers_at_work(lock, "candour_ballot", 2);
}

static int crowd_collect(struct person *person) {
    struct link *desk;
    struct rater_collected collected;
    struct problem problem;
    if (rater_desk(person->vault, true, &desk, NULL, &problem) != 0 ||
        rater_collect(person->vault, desk, NULL, &collected, &problem) != 0) {
        print_error("rater %u: %s\n", person->number, problem.sentence);
        return -1;
    }
    link_close(desk);
    return collected.collected > 0 && collected.foreign == 0 ? 0 : -1;
}

static int crowd_cast(struct person *person) {
    return person_cast(person, &round_made, FIXTURE_ADA, 2);
}

static void killed_workers_lose_and_double_nothing(void **state) {
    (void)state;
    forget_credentials();
    forget_ballots();
    collecting();
    for (unsigned i = 0; i < CROWD; i++) {
        struct person person;
        char home[32];
        crowd_home(CROWD_FROM + i, home);
        person_open(CROWD_FROM + i, home, &person);
        person_sign_in(&person);
        person_close(&person);
    }
    keep_sessions();
    sandbox_server("restart"); // workers in the order of their start
    in_parallel(crowd_collect, "SELECT FROM desk.assignment FOR UPDATE", kill_desk);
    sandbox_server("restart");
    answering();
    in_parallel(crowd_cast, "SELECT FROM ballot.quota FOR UPDATE", kill_ballot_box);
    assert_int_equal(ballots(), CROWD);
    assert_int_equal(sandbox_number("SELECT sum(ballots) FROM ballot.quota WHERE round = '%s'", round_made.hex), CROWD);
    for (unsigned i = 0; i < CROWD; i++) {
        struct person person;
        char home[32];
        crowd_home(CROWD_FROM + i, home);
        person_open(CROWD_FROM + i, home, &person);
        assert_non_null(person_about(&person, &round_made, FIXTURE_ADA)->receipt);
        person_close(&person);
    }
}

static void a_killed_server_forgets_no_ballot(void **state) {
    (void)state;
    struct sandbox_state before;
    struct person person;
    char home[32];
    sandbox_remember(&before);
    sandbox_server("kill");
    sandbox_server("start");
    sandbox_unchanged(&before);
    crowd_home(CROWD_FROM, home);
    person_open(CROWD_FROM, home, &person);
    assert_int_equal(person_cast(&person, &round_made, FIXTURE_ADA, 5), 0); // and goes on
    person_close(&person);
    assert_int_equal(ballots(), CROWD);
}

// ---------------------------------------------------------------- recovery

static void a_client_restored_from_its_recovery_code_revises_its_ballot(void **state) {
    (void)state;
    struct person person, restored;
    char code[CODE_RECOVERY_TEXT_BYTES];
    struct problem problem;
    forget_ballots();
    collecting();
    person_open(RESTORED, "lost", &person);
    person_sign_in(&person);
    assert_int_equal(person_collect(&person), 3);
    assert_int_equal(rater_recovery_code(person_round(&person, &round_made), code, &problem), 0);
    answering();
    for (unsigned times = 1; times <= 3; times++)
        assert_int_equal(person_cast(&person, &round_made, FIXTURE_ADA, 1), 0);

    collecting();
    person_open(RESTORED, "new", &restored);
    person_sign_in(&restored);
    assert_int_equal(person_collect(&restored), 0); // all of it belongs to another secret
    assert_int_equal(rater_restore(restored.vault, person_round(&restored, &round_made), code, &problem), 0);
    assert_int_equal(person_collect(&restored), 3);
    const Vault__Assignment *old = person_about(&person, &round_made, FIXTURE_ADA);
    const Vault__Assignment *now = person_about(&restored, &round_made, FIXTURE_ADA);
    assert_memory_equal(now->y.data, old->y.data, 64);
    answering();
    assert_int_equal(person_cast(&restored, &round_made, FIXTURE_ADA, 5), 0);
    assert_int_equal(now->receipt->sequence, 4); // signed above what was stored
    assert_int_equal(ballots(), 1);
    assert_int_equal(
        sandbox_number("SELECT get_byte(ratings, 0) FROM ballot.ballot WHERE round = '%s'", round_made.hex), 5);
    person_close(&person);
    person_close(&restored);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_killed_while_collecting_collects_again),
        cmocka_unit_test(a_client_killed_while_casting_has_one_ballot),
        cmocka_unit_test(killed_workers_lose_and_double_nothing),
        cmocka_unit_test(a_killed_server_forgets_no_ballot),
        cmocka_unit_test(a_client_restored_from_its_recovery_code_revises_its_ballot),
    };
    return cmocka_run_group_tests(tests, start, end);
}
