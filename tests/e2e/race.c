// Several at once: who wins, and that nobody else loses anything.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/rater.h"
#include "tests/support/forge.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

enum { HOUR_S = 3600, WORKERS = 4, QUOTA = 5, ARRIVAL_US = 800000, BUSY_MAX = 20 };

static struct fixture_round round_made;
static struct person raters[FIXTURE_RATERS]; // 0 to 3 collect in the tests, the others beforehand
enum { RACERS = 4, PEERS = FIXTURE_PEERS - RACERS };

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Race", &round_made);
    for (unsigned i = RACERS; i < FIXTURE_RATERS; i++)
        person_ready(i, &round_made, &raters[i]);
    sandbox_ballot_workers(WORKERS);
    return 0;
}

static int end(void **state) {
    for (unsigned i = RACERS; i < FIXTURE_RATERS; i++)
        person_close(&raters[i]);
    fixture_round_free(&round_made);
    return fixture_end(state);
}

static void answering(void) {
    sandbox_clock(round_made.manifest.answer_from + HOUR_S);
}

// ---------------------------------------------------------------- collecting

static void two_clients_of_one_assignment_race_and_one_wins(void **state) {
    (void)state;
    struct wire wires[2 * RACERS];
    struct person people[2 * RACERS];
    uint8_t ids[2 * RACERS][16], element[32];
    unsigned won[RACERS] = {0};
    for (unsigned i = 0; i < 2 * RACERS; i++) {
        char home[32];
        snprintf(home, sizeof home, "racer-%u", i);
        person_open(i / 2, home, &people[i]);
        person_sign_in(&people[i]);
        wire_open(DOOR_DESK, person_session(&people[i]), &wires[i]);
        fixture_assignment(&round_made, i / 2, FIXTURE_ADA, ids[i]);
    }
    for (unsigned i = 0; i < 2 * RACERS; i++) {
        fixture_element((uint8_t)(i + 1), element); // each has a secret of its own
        fixture_send_collect(&wires[i], round_made.manifest.round, ids[i], element);
    }
    for (unsigned i = 0; i < 2 * RACERS; i++) {
        assert_true(wire_receive(&wires[i]));
        Candour__CollectCredentialsReply *reply =
            candour__collect_credentials_reply__unpack(NULL, wires[i].frame.length, wires[i].body);
        assert_non_null(reply);
        assert_int_equal(reply->n_evaluated, 1);
        Candour__Status status = reply->evaluated[0]->status;
        assert_true(status == CANDOUR__STATUS__OK || status == CANDOUR__STATUS__CONFLICT);
        won[i / 2] += status == CANDOUR__STATUS__OK;
        candour__collect_credentials_reply__free_unpacked(reply, NULL);
        wire_close(&wires[i]);
        person_close(&people[i]);
    }
    for (unsigned i = 0; i < RACERS; i++)
        assert_int_equal(won[i], 1);
}

static void the_client_that_lost_says_so(void **state) {
    (void)state;
    struct person person;
    struct link *desk;
    struct rater_collected collected;
    struct problem problem;
    person_open(0, "loser", &person);
    person_sign_in(&person);
    assert_int_equal(rater_desk(person.vault, true, &desk, NULL, &problem), 0);
    assert_int_equal(rater_collect(person.vault, desk, NULL, &collected, &problem), 0);
    link_close(desk);
    assert_true(collected.foreign >= 1);
    assert_true(person_about(&person, &round_made, FIXTURE_ADA)->foreign);
    assert_int_equal(person_about(&person, &round_made, FIXTURE_ADA)->y.len, 0);
    person_close(&person);
}

// ---------------------------------------------------------------- casting

struct cast {
    size_t count;
    struct wire wires[FIXTURE_RATERS];
};

// Sends all of them but for the last byte, then the last bytes one behind the other.
static void cast_at_once(struct forge *const *ballots, size_t count, struct cast *ret_cast) {
    uint8_t frames[FIXTURE_RATERS][FORGE_FRAME_BYTES];
    ret_cast->count = count;
    for (size_t i = 0; i < count; i++) {
        forge_frame(ballots[i], frames[i]);
        wire_open(DOOR_BALLOT, NULL, &ret_cast->wires[i]);
        wire_send(&ret_cast->wires[i], frames[i], FORGE_FRAME_BYTES - 1);
    }
    for (size_t i = 0; i < count; i++)
        wire_send(&ret_cast->wires[i], frames[i] + FORGE_FRAME_BYTES - 1, 1);
}

// What each was told.
static void read_all(struct cast *cast, struct forge_reply *ret_replies) {
    for (size_t i = 0; i < cast->count; i++) {
        forge_read(&cast->wires[i], &ret_replies[i]);
        wire_close(&cast->wires[i]);
    }
}

static long long ballots_stored(void) {
    return sandbox_number("SELECT count(*) FROM ballot.ballot WHERE round = '%s'", round_made.hex);
}

static void clear_ballots(void) {
    sandbox_sql("DELETE FROM ballot.ballot WHERE round = '%s'; UPDATE ballot.quota SET ballots = 0 WHERE round = '%s'",
                round_made.hex, round_made.hex);
}

static void set_peers(unsigned from, unsigned to) {
    sandbox_sql("UPDATE ballot.quota SET raters = %u WHERE round = '%s' AND grp = 3 AND raters = %u", to,
                round_made.hex, from);
}

static void four_workers_fill_a_quota_and_never_more(void **state) {
    (void)state;
    enum { TIMES = 6 };
    long long workers_seen = 0;
    struct forge ballots[PEERS], *list[PEERS];
    struct forge_reply replies[PEERS];
    struct cast cast;
    for (unsigned i = 0; i < PEERS; i++) {
        list[i] = &ballots[i];
        forge_start(&raters[RACERS + i], &round_made, FIXTURE_ADA, list[i]);
    }
    answering();
    set_peers(FIXTURE_PEERS, QUOTA);
    for (unsigned times = 0, busy = 0; times < TIMES;) {
        unsigned stored = 0, full = 0, again = 0;
        clear_ballots();
        cast_at_once(list, PEERS, &cast);
        read_all(&cast, replies);
        for (unsigned i = 0; i < PEERS; i++) {
            stored += replies[i].reason == BALLOT_FINE;
            full += replies[i].reason == BALLOT_QUOTA_FULL;
            again += replies[i].reason == BALLOT_TRY_AGAIN;
        }
        if (again > 0) { // a worker that has just started still looks for the round
            assert_true(busy++ < BUSY_MAX);
            usleep(ARRIVAL_US);
            continue;
        }
        times++;
        assert_int_equal(stored, QUOTA);
        assert_int_equal(full, PEERS - QUOTA);
        assert_int_equal(ballots_stored(), QUOTA);
        assert_int_equal(sandbox_number("SELECT sum(ballots) FROM ballot.quota WHERE round = '%s'", round_made.hex),
                         QUOTA);
        // What a worker asked last; every three seconds that is something else.
        long long workers = sandbox_number("SELECT count(*) FROM pg_stat_activity WHERE usename = 'candour_ballot' "
                                           "AND query LIKE '%%cast_batch%%'");
        workers_seen = workers > workers_seen ? workers : workers_seen;
    }
    assert_in_range(workers_seen, 2, WORKERS); // or this was no race
    set_peers(QUOTA, FIXTURE_PEERS);
    clear_ballots();
}

// With one worker: all of them in one batch, behind a ballot about Ben that waits in the database.
static void cast_in_one_batch(struct forge *const *ballots, size_t count, struct forge_reply *ret_replies) {
    struct forge first, *of_ben = &first;
    struct forge_reply reply;
    struct cast ahead, batch;
    forge_start(&raters[RACERS], &round_made, FIXTURE_BEN, of_ben);
    FILE *lock = sandbox_lock("SELECT FROM ballot.quota FOR UPDATE");
    cast_at_once(&of_ben, 1, &ahead);
    sandbox_wait("SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'candour_ballot' AND wait_event_type = "
                 "'Lock'");
    cast_at_once(ballots, count, &batch);
    usleep(ARRIVAL_US); // the first one gives up after two seconds
    sandbox_unlock(lock);
    read_all(&ahead, &reply);
    assert_int_equal(reply.reason, BALLOT_FINE);
    read_all(&batch, ret_replies);
}

// How many rows the largest transaction has left.
static long long largest_batch(void) {
    return sandbox_number("SELECT max(n) FROM (SELECT count(*) AS n FROM ballot.ballot WHERE round = '%s' GROUP BY "
                          "xmin::text) t",
                          round_made.hex);
}

static void one_bad_ballot_in_a_batch_spoils_no_other(void **state) {
    (void)state;
    enum { BALLOTS = FIXTURE_RATERS - RACERS, OLD = 2, BAD = 5 };
    struct forge ballots[BALLOTS], *list[BALLOTS];
    struct forge_reply replies[BALLOTS];
    sandbox_ballot_workers(1);
    answering();
    clear_ballots();
    for (unsigned i = 0; i < BALLOTS; i++) {
        list[i] = &ballots[i];
        forge_start(&raters[RACERS + i], &round_made, FIXTURE_ADA, list[i]);
    }
    ballots[OLD].ballot.sequence = 9;
    assert_int_equal(forge_send(&ballots[OLD], NULL), BALLOT_FINE);
    ballots[OLD].ballot.sequence = 8; // judged by the batch's statement
    ballots[BAD].y[0] ^= 1;           // and before it
    cast_in_one_batch(list, BALLOTS, replies);
    for (unsigned i = 0; i < BALLOTS; i++)
        assert_int_equal(replies[i].reason, i == OLD   ? BALLOT_OLD_SEQUENCE
                                            : i == BAD ? BALLOT_BAD_CREDENTIAL
                                                       : BALLOT_FINE);
    assert_int_equal(replies[OLD].sequence, 9);
    assert_int_equal(ballots_stored(), BALLOTS - 1 + 1); // without the bad one, with the one about Ben
    assert_int_equal(largest_batch(), BALLOTS - 2);
}

static void one_batch_fills_a_quota_and_never_more(void **state) {
    (void)state;
    struct forge ballots[PEERS], *list[PEERS];
    struct forge_reply replies[PEERS];
    answering();
    clear_ballots();
    for (unsigned i = 0; i < PEERS; i++) {
        list[i] = &ballots[i];
        forge_start(&raters[RACERS + i], &round_made, FIXTURE_ADA, list[i]);
    }
    set_peers(FIXTURE_PEERS, QUOTA);
    cast_in_one_batch(list, PEERS, replies);
    unsigned stored = 0;
    for (unsigned i = 0; i < PEERS; i++) {
        stored += replies[i].reason == BALLOT_FINE;
        assert_true(replies[i].reason == BALLOT_FINE || replies[i].reason == BALLOT_QUOTA_FULL);
    }
    set_peers(QUOTA, FIXTURE_PEERS);
    assert_int_equal(stored, QUOTA);
    assert_int_equal(largest_batch(), QUOTA);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_clients_of_one_assignment_race_and_one_wins),
        cmocka_unit_test(the_client_that_lost_says_so),
        cmocka_unit_test(four_workers_fill_a_quota_and_never_more),
        cmocka_unit_test(one_bad_ballot_in_a_batch_spoils_no_other),
        cmocka_unit_test(one_batch_fills_a_quota_and_never_more),
    };
    return cmocka_run_group_tests(tests, start, end);
}
