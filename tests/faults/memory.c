// The n-th allocation of a worker fails while it serves one request, for every n until the request needs no more, and
// for every operation: the request may be refused, the worker must live, and the next request must be served.
// usage: memory [STEP]   only every STEP-th n; inside deploy/sandbox.sh with nth.so, a server with one worker a door
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aim.h"
#include "tests/support/fixture.h"
#include "tests/support/forge.h"
#include "tests/support/sample.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"
#include "tests/support/wire.h"

enum { HOUR_S = 3600, NUMBER_MAX = 3000, TRIES_MAX = 500, PAUSE_US = 20000, WORKERS = 3 };

static struct fixture_round round_made;
static struct person rater;
static struct forge ballot;
static pid_t workers[WORKERS]; // desk, ballot, clerk
static long step = 1;
static unsigned total;

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Memory", &round_made);
    person_ready(0, &round_made, &rater);
    sandbox_clock(round_made.manifest.answer_from - HOUR_S); // the session is valid no more by the end of the tests
    forge_start(&rater, &round_made, FIXTURE_ADA, &ballot);
    assert_int_equal(sandbox_workers(workers, WORKERS), WORKERS);
    return 0;
}

static int end(void **state) {
    aim_at(0, NTH_NONE, 0);
    person_close(&rater);
    fixture_round_free(&round_made);
    return fixture_end(state);
}

static pid_t worker_of(enum door door) {
    return workers[door == DOOR_DESK ? 0 : 1];
}

static void expect_alive(const char *name, long number) {
    for (size_t i = 0; i < WORKERS; i++)
        if (kill(workers[i], 0) != 0)
            fail_msg("%s: a worker died when allocation %ld failed", name, number);
}

// The server may have lost its connection to the database, and looks for another one.
static bool greet(struct wire *wire, const uint8_t *session) {
    Candour__Hello hello = CANDOUR__HELLO__INIT;
    hello.has_session = session != NULL;
    hello.session = (ProtobufCBinaryData){32, (uint8_t *)(uintptr_t)session};
    wire_send_message(wire, OPERATION_HELLO, &hello.base);
    return wire_receive(wire) && wire_status(wire) == CANDOUR__STATUS__OK;
}

static void open_patiently(enum door door, const uint8_t *session, struct wire *ret_wire) {
    const char *alpn = door == DOOR_DESK ? "candour-desk/1" : "candour-ballot/1";
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        if (wire_try(door, alpn, TLS1_3_VERSION, ret_wire)) {
            if (door == DOOR_BALLOT || greet(ret_wire, session))
                return;
            wire_close(ret_wire);
        }
        usleep(PAUSE_US);
    }
    fail_msg("the %s does not serve any more", door == DOOR_DESK ? "desk" : "ballot box");
}

static const uint8_t *session_for(const struct operation_row *row) {
    return row->role == ROLE_ADMINISTRATOR ? fixture_session() : row->role == ROLE_ANY ? person_session(&rater) : NULL;
}

static void send_sample(struct wire *wire, const struct operation_row *row) {
    static uint8_t frame[FORGE_FRAME_BYTES];
    struct sample sample;
    if (row->number == OPERATION_CAST_BALLOT) {
        ballot.ballot.sequence++;
        forge_frame(&ballot, frame);
        wire_send(wire, frame, sizeof frame);
    } else if (row->number == OPERATION_MANIFEST_PAGE) {
        Candour__GetManifest request = CANDOUR__GET_MANIFEST__INIT;
        request.round = (ProtobufCBinaryData){16, round_made.manifest.round};
        wire_send_message(wire, row->number, &request.base);
    } else {
        assert_true(sample_make(row->request, 0, SAMPLE_FINE, 0, &sample));
        wire_send_frame(wire, row->number, sample.bytes, sample.len);
    }
}

static void try_operation(const struct operation_row *row) {
    long number = 1;
    for (;; number += step) {
        struct wire wire;
        assert_in_range(number, 1, NUMBER_MAX);
        open_patiently(row->door, session_for(row), &wire);
        aim_at(worker_of(row->door), NTH_ALLOC, number);
        send_sample(&wire, row);
        bool is_answered = wire_receive(&wire);
        bool is_over = aim_left() > 0;
        aim_at(0, NTH_NONE, 0);
        wire_close(&wire);
        expect_alive(row->name, number);
        total++;
        if (is_over) {
            assert_true(is_answered);
            break;
        }
    }
    print_message("%s: %ld allocations\n", row->name, number - 1);
}

static void every_operation_survives_a_failed_allocation(void **state) {
    (void)state;
    for (size_t i = 0; i < operations_count; i++)
        if (operations[i].number != OPERATION_SIGN_OUT) // it would end the session of all that follow
            try_operation(&operations[i]);
}

static void so_does_every_handshake(void **state) {
    (void)state;
    static const char *const alpn[] = {[DOOR_DESK] = "candour-desk/1", [DOOR_BALLOT] = "candour-ballot/1"};
    for (int door = DOOR_DESK; door <= DOOR_BALLOT; door++) {
        long number = 1;
        for (bool is_over = false; !is_over; number += step) {
            struct wire wire;
            assert_in_range(number, 1, NUMBER_MAX);
            aim_at(worker_of((enum door)door), NTH_ALLOC, number);
            bool is_open = wire_try((enum door)door, alpn[door], TLS1_3_VERSION, &wire);
            is_over = aim_left() > 0;
            aim_at(0, NTH_NONE, 0);
            if (is_open)
                wire_close(&wire);
            expect_alive("a handshake", number);
            open_patiently((enum door)door, NULL, &wire);
            wire_close(&wire);
            total++;
        }
        print_message("%s: %ld allocations\n", alpn[door], number - 1);
    }
    print_message("shown: %u allocations failed, one at a time, in all operations and handshakes\n", total);
}

int main(int argc, char **argv) {
    step = argc == 2 ? atol(argv[1]) : 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_survives_a_failed_allocation),
        cmocka_unit_test(so_does_every_handshake),
    };
    return cmocka_run_group_tests(tests, start, end);
}
