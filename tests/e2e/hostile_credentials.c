// Credentials that must not be given, or not be believed; after each refusal the database holds what it held before.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "credential.h"
#include "tests/support/fixture.h"
#include "tests/support/forge.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"
#include "tests/support/wire.h"

static struct fixture_round here, elsewhere; // two rounds of the same people
static struct person peer;                   // has collected
static struct person late;                   // rater 1, who has not
static struct sandbox_state before;
enum { HOUR_S = 3600, HONEST_FROM = 2, HONEST = 4 };
static struct person neighbours[HONEST];

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Elsewhere", &elsewhere);
    fixture_round_make("Here", &here);
    person_ready(0, &here, &peer);
    for (unsigned i = 0; i < HONEST; i++)
        person_ready(HONEST_FROM + i, &here, &neighbours[i]);
    person_open(1, "late", &late);
    person_sign_in(&late);
    return 0;
}

static int end(void **state) {
    person_close(&peer);
    person_close(&late);
    for (unsigned i = 0; i < HONEST; i++)
        person_close(&neighbours[i]);
    fixture_round_free(&here);
    fixture_round_free(&elsewhere);
    return fixture_end(state);
}

// ---------------------------------------------------------------- the server's side

static void collect(const struct person *person, const uint8_t *round, const uint8_t *assignment,
                    const uint8_t element[32], struct wire *ret_wire) {
    wire_open(DOOR_DESK, person_session(person), ret_wire);
    fixture_send_collect(ret_wire, round, assignment, element);
}

// The status of the one row in the reply; what was evaluated, if it was.
static Candour__Status collected(struct wire *wire, uint8_t ret_element[32], uint8_t ret_proof[64]) {
    assert_true(wire_receive(wire));
    Candour__CollectCredentialsReply *reply =
        candour__collect_credentials_reply__unpack(NULL, wire->frame.length, wire->body);
    assert_non_null(reply);
    assert_int_equal(reply->status, CANDOUR__STATUS__OK);
    assert_int_equal(reply->n_evaluated, 1);
    const Candour__Evaluated *row = reply->evaluated[0];
    Candour__Status status = row->status;
    assert_int_equal(row->has_element, status == CANDOUR__STATUS__OK);
    assert_int_equal(row->has_proof, status == CANDOUR__STATUS__OK);
    if (status == CANDOUR__STATUS__OK) {
        memcpy(ret_element, row->element.data, 32);
        memcpy(ret_proof, row->proof.data, 64);
    }
    candour__collect_credentials_reply__free_unpacked(reply, NULL);
    wire_close(wire);
    return status;
}

static void a_blinded_element_that_is_no_point_is_refused(void **state) {
    (void)state;
    // p = 2^255 - 19 is zero again, p + 1 is one; 1 is "negative" in ristretto255; all ones and a set top bit are not
    // canonical; 2 lies on no point.
    static const uint8_t elements[][32] = {
        {0},
        {1},
        {2},
        {[0] = 0xed, [1 ... 30] = 0xff, [31] = 0x7f},
        {[0] = 0xee, [1 ... 30] = 0xff, [31] = 0x7f},
        {[0 ... 31] = 0xff},
        {[31] = 0x80},
    };
    uint8_t id[16];
    struct wire wire;
    fixture_assignment(&here, 1, FIXTURE_ADA, id);
    sandbox_remember(&before);
    for (size_t i = 0; i < ARRAY_LEN(elements); i++) {
        collect(&late, here.manifest.round, id, elements[i], &wire);
        wire_expect_refusal(&wire, OPERATION_COLLECT_CREDENTIALS, CANDOUR__STATUS__BAD_REQUEST);
        wire_close(&wire);
        sandbox_unchanged(&before);
    }
}

static void somebody_elses_assignment_is_not_found(void **state) {
    (void)state;
    uint8_t mine[16], theirs[16], base[32], element[32], proof[64];
    struct wire wire;
    fixture_assignment(&here, 1, FIXTURE_ADA, mine);
    fixture_assignment(&here, 2, FIXTURE_ADA, theirs);
    fixture_element(1, base);
    sandbox_remember(&before);
    collect(&late, here.manifest.round, theirs, base, &wire);
    assert_int_equal(collected(&wire, element, proof), CANDOUR__STATUS__NOT_FOUND);
    collect(&late, elsewhere.manifest.round, mine, base, &wire); // the assignment of another round
    assert_int_equal(collected(&wire, element, proof), CANDOUR__STATUS__NOT_FOUND);
    collect(&late, mine, mine, base, &wire); // no round at all
    wire_expect_refusal(&wire, OPERATION_COLLECT_CREDENTIALS, CANDOUR__STATUS__NOT_FOUND);
    wire_close(&wire);
    sandbox_unchanged(&before);
}

static void a_second_credential_for_one_assignment_is_a_conflict(void **state) {
    (void)state;
    uint8_t element[32], proof[64], again[32], other_proof[64], id[16], other[32];
    const Vault__Assignment *assignment = person_about(&peer, &here, FIXTURE_ADA);
    struct wire wire;
    memcpy(id, assignment->id.data, 16);
    fixture_element(2, other);
    sandbox_remember(&before);
    collect(&peer, here.manifest.round, id, assignment->blinded.data, &wire);
    assert_int_equal(collected(&wire, element, proof), CANDOUR__STATUS__OK);
    collect(&peer, here.manifest.round, id, other, &wire);
    assert_int_equal(collected(&wire, again, other_proof), CANDOUR__STATUS__CONFLICT);
    collect(&peer, here.manifest.round, id, assignment->blinded.data, &wire);
    assert_int_equal(collected(&wire, again, other_proof), CANDOUR__STATUS__OK);
    assert_memory_equal(element, again, 32);
    sandbox_unchanged(&before);
}

// ---------------------------------------------------------------- the client's side

struct evaluation {
    uint8_t info[CREDENTIAL_INFO_BYTES], element[32], proof[64];
    struct credential_request request;
};

static int finish(const struct evaluation *e, uint8_t ret_y[64]) {
    return credential_finalize(here.manifest.credential_key, e->info, sizeof e->info, e->request.vk,
                               sizeof e->request.vk, e->request.blind, e->request.blinded, e->element, e->proof, ret_y);
}

static void evaluate(struct evaluation *ret_evaluation) {
    const Vault__Assignment *assignment = person_about(&peer, &here, FIXTURE_ADA);
    struct evaluation *e = ret_evaluation;
    struct wire wire;
    uint8_t y[64];
    credential_info((uint8_t)assignment->group, here.manifest.round, assignment->subject.data, here.root, e->info);
    assert_int_equal(credential_request_make(person_round(&peer, &here)->secret.data, here.manifest.credential_key,
                                             e->info, &e->request),
                     0);
    collect(&peer, here.manifest.round, assignment->id.data, e->request.blinded, &wire);
    assert_int_equal(collected(&wire, e->element, e->proof), CANDOUR__STATUS__OK);
    assert_int_equal(finish(e, y), 0);
    assert_memory_equal(y, assignment->y.data, 64); // the same credential as the vault's
}

static void a_client_refuses_flipped_bits_of_element_and_proof(void **state) {
    (void)state;
    struct evaluation e;
    uint8_t y[64];
    evaluate(&e);
    for (unsigned bit = 0; bit < 8 * 64; bit += 3) {
        e.proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(finish(&e, y), -1);
        e.proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (unsigned bit = 0; bit < 8 * 32; bit += 3) {
        e.element[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(finish(&e, y), -1);
        e.element[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(finish(&e, y), 0);
}

static void a_client_refuses_scalars_that_are_not_canonical(void **state) {
    (void)state;
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                      0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    struct evaluation e;
    uint8_t y[64];
    evaluate(&e);
    for (unsigned scalar = 0; scalar < 2; scalar++) { // c, then s: the same value again, plus the order
        const struct evaluation honest = e;
        for (unsigned i = 0, carry = 0; i < 32; i++) {
            carry += e.proof[32 * scalar + i] + (unsigned)order[i];
            e.proof[32 * scalar + i] = (uint8_t)carry;
            carry >>= 8;
        }
        assert_int_equal(finish(&e, y), -1);
        e = honest;
    }
    memset(e.element, 0, sizeof e.element); // the identity
    assert_int_equal(finish(&e, y), -1);
}

static void a_client_refuses_an_evaluation_for_another_info(void **state) {
    (void)state;
    struct evaluation e;
    uint8_t y[64];
    evaluate(&e);
    for (unsigned i = 0; i < sizeof e.info; i++) { // name, group, round, subject, root
        e.info[i] ^= 1;
        assert_int_equal(finish(&e, y), -1);
        e.info[i] ^= 1;
    }
    e.request.vk[0] ^= 1; // another input gives another output, which no ballot box takes for this name
    assert_int_equal(finish(&e, y), 0);
    assert_memory_not_equal(y, person_about(&peer, &here, FIXTURE_ADA)->y.data, 64);
}

// ---------------------------------------------------------------- stuffing

enum { STUFFERS = 4, FAILURES_MAX = 20, WORKERS = 2, PAUSE_MS = 6000, LONG_PAUSE_MS = 10000, CHANGES_FAIR = 255 };

static void slow_down_after(unsigned failures, unsigned pause_ms) {
    sandbox_shell(NULL, 0,
                  "sed -i -e '/^ballot_failures_max/d; /^ballot_pause_ms/d' "
                  "-e 's/^\\[daemon\\]$/&\\nballot_failures_max = %u\\nballot_pause_ms = %u/' \"$CANDOURD_CONF\"",
                  failures, pause_ms);
}

// One connection that tries one forged credential after the other, as fast as it is answered.
static pid_t stuff(unsigned *refused) {
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child != 0)
        return child;
    struct forge forge;
    struct forge_reply reply;
    struct wire wire;
    uint8_t frame[FORGE_FRAME_BYTES];
    forge_start(&peer, &here, FIXTURE_ADA, &forge);
    forge.y[6] ^= 1; // never the true output, however often y[5] comes round before answering is open
    wire_open(DOOR_BALLOT, NULL, &wire);
    for (;;) {
        forge.y[5]++;
        forge_frame(&forge, frame);
        wire_send(&wire, frame, sizeof frame);
        forge_read(&wire, &reply);
        if (reply.status == CANDOUR__STATUS__FORBIDDEN)
            __atomic_add_fetch(refused, 1, __ATOMIC_SEQ_CST);
    }
}

static void stuffing_from_one_address_is_slowed_and_honest_raters_behind_it_are_not(void **state) {
    (void)state;
    pid_t stuffers[STUFFERS];
    unsigned *refused = mmap(NULL, sizeof *refused, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(refused != MAP_FAILED);
    slow_down_after(FAILURES_MAX, LONG_PAUSE_MS);
    sandbox_ballot_workers(WORKERS);
    sandbox_clock(here.manifest.answer_from + HOUR_S);
    for (size_t i = 0; i < STUFFERS; i++)
        stuffers[i] = stuff(refused);
    for (int tenths = 0; __atomic_load_n(refused, __ATOMIC_SEQ_CST) < FAILURES_MAX; tenths++) {
        assert_in_range(tenths, 0, 100);
        usleep(100000);
    }
    for (unsigned i = 0; i < HONEST; i++)
        assert_int_equal(person_cast(&neighbours[i], &here, FIXTURE_ADA, 4), 0);
    for (size_t i = 0; i < STUFFERS; i++) {
        kill(stuffers[i], SIGKILL);
        assert_int_equal(waitpid(stuffers[i], NULL, 0), stuffers[i]);
    }
    assert_in_range(*refused, FAILURES_MAX, WORKERS * FAILURES_MAX + 5 * STUFFERS); // then each is answered late
    assert_int_equal(sandbox_number("SELECT count(*) FROM ballot.ballot WHERE round = '%s'", here.hex), HONEST);
    munmap(refused, sizeof *refused);
}

static int64_t cast_ms(const struct forge *forge) { // until its receipt
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(forge_send(forge, NULL), BALLOT_FINE);
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
}

static void repeats_are_slowed_and_changes_are_not_unless_they_never_end(void **state) {
    (void)state;
    struct forge forge;
    slow_down_after(FAILURES_MAX, PAUSE_MS);
    sandbox_ballot_workers(1);
    forge_start(&peer, &here, FIXTURE_BEN, &forge);
    for (unsigned i = 0; i <= FAILURES_MAX; i++)
        assert_in_range(cast_ms(&forge), 0, PAUSE_MS - 1);
    assert_in_range(cast_ms(&forge), PAUSE_MS - 20, 10 * PAUSE_MS);
    forge.ballot.sequence = CHANGES_FAIR;
    assert_in_range(cast_ms(&forge), 0, PAUSE_MS - 1);
    forge.ballot.sequence++;
    assert_in_range(cast_ms(&forge), PAUSE_MS - 20, 10 * PAUSE_MS);
}

// ---------------------------------------------------------------- the end

static void nothing_is_collected_after_close(void **state) {
    (void)state;
    uint8_t id[16], base[32];
    struct wire wire;
    fixture_assignment(&here, 1, FIXTURE_ADA, id);
    fixture_element(1, base);
    sandbox_clock(here.manifest.close + 1);
    person_sign_in(&late); // the first session has ended meanwhile
    sandbox_remember(&before);
    collect(&late, here.manifest.round, id, base, &wire);
    wire_expect_refusal(&wire, OPERATION_COLLECT_CREDENTIALS, CANDOUR__STATUS__REFUSED_BY_RULE);
    wire_close(&wire);
    assert_int_equal(person_collect(&late), 0); // a client does not even try, although nobody has closed the round
    sandbox_unchanged(&before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blinded_element_that_is_no_point_is_refused),
        cmocka_unit_test(somebody_elses_assignment_is_not_found),
        cmocka_unit_test(a_second_credential_for_one_assignment_is_a_conflict),
        cmocka_unit_test(a_client_refuses_flipped_bits_of_element_and_proof),
        cmocka_unit_test(a_client_refuses_scalars_that_are_not_canonical),
        cmocka_unit_test(a_client_refuses_an_evaluation_for_another_info),
        cmocka_unit_test(stuffing_from_one_address_is_slowed_and_honest_raters_behind_it_are_not),
        cmocka_unit_test(repeats_are_slowed_and_changes_are_not_unless_they_never_end),
        cmocka_unit_test(nothing_is_collected_after_close),
    };
    return cmocka_run_group_tests(tests, start, end);
}
