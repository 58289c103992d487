// A crowd at the door: who holds a place without using it gives way, and who waits is told in the end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>

#include <cmocka.h>

#include "door_frames.h"

#define BALLOT_ALPN "\020candour-ballot/1"

enum { HELLO_BYTES = 8 + 34, SOON_MS = 4000 }; // SOON_MS: before any deadline

static struct door_client client, holders[3];

static void few_slots(struct config *c) {
    c->slots_small = 2;
}
static void one_slot(struct config *c) {
    c->slots_small = 1;
    c->reply_ms = 100; // less than slow work
}
static void short_bodies(struct config *c) {
    c->body_ms = 300;
}
static void many_slots(struct config *c) {
    c->slots_small = 32;
}
static void few_places(struct config *c) {
    c->connections_max = 3;
}
static void one_handshake(struct config *c) {
    c->handshakes_max = 1;
}
static void two_handshakes(struct config *c) {
    c->handshakes_max = 2;
}
static void short_hello(struct config *c) {
    c->hello_ms = 600;
}

static int open_desk(void **state) {
    door_open(DOOR_DESK, (void (*)(struct config *)) * state);
    return 0;
}
static int open_box(void **state) {
    door_open(DOOR_BALLOT, (void (*)(struct config *)) * state);
    return 0;
}
static int shut(void **state) {
    (void)state;
    door_client_close(&client);
    door_shut();
    return 0;
}

// A hello of somebody, of which the last byte is missing.
static void begin_hello(struct door_client *c, uint8_t ret_last[1]) {
    uint8_t token[32] = {1}, frame[HELLO_BYTES];
    Candour__Hello message = CANDOUR__HELLO__INIT;
    message.has_session = 1;
    message.session = (ProtobufCBinaryData){sizeof token, token};
    assert_int_equal(door_frame(OPERATION_HELLO, &message.base, frame), HELLO_BYTES);
    assert_true(door_client_open(c, door.port, DOOR_ALPN));
    assert_true(door_send(c, frame, HELLO_BYTES - 1));
    *ret_last = frame[HELLO_BYTES - 1];
}

// ---- slots

static void count_awaited(struct door_server *d) {
    d->answer = 0;
    const struct list *awaited = &d->server.slots.pools[SLOT_SMALL].awaited;
    for (const struct list *l = awaited->after; l != awaited; l = l->after)
        d->answer++;
}
static void await_bodies(uint32_t most) {
    door.answer = 0;
    for (int ms = 0; door.answer < most && ms < SOON_MS; ms++, uv_sleep(1))
        door_do(count_awaited);
    assert_int_equal(door.answer, most);
}

static void bodies_that_do_not_come_give_way_to_who_waits(void **state) {
    (void)state;
    uint8_t last;
    for (int i = 0; i < 2; i++)
        begin_hello(&holders[i], &last);
    await_bodies(2);
    uint64_t start = door_now_ms();
    assert_true(door_enter(&client, 1));
    for (int i = 0; i < 2; i++) {
        assert_true(door_is_closed(&holders[i]));
        door_client_close(&holders[i]);
    }
    assert_in_range(door_now_ms() - start, 0, SOON_MS);
}

static void without_its_body_nobody_waits_for_a_slot(void **state) {
    (void)state;
    static uint8_t frame[FRAME_HEADER_BYTES + 64000];
    frame_write((struct frame){64000, OPERATION_CAST_BALLOT}, frame);
    assert_true(door_client_open(&holders[0], door.port, BALLOT_ALPN));
    assert_true(door_send(&holders[0], frame, 60000)); // so much has come that its slot is not taken away
    await_bodies(1);
    assert_true(door_client_open(&client, door.port, BALLOT_ALPN));
    uint64_t start = door_now_ms();
    assert_true(door_send(&client, frame, 16000));
    assert_false(door_read_reply(&client)); // who waits in vain would get one
    assert_in_range(door_now_ms() - start, 0, SOON_MS);
    door_client_close(&holders[0]);
}

static void a_body_that_nobody_waits_for_has_its_time(void **state) {
    (void)state;
    uint8_t last;
    begin_hello(&client, &last);
    uv_sleep(600);
    assert_true(door_send(&client, &last, 1));
    assert_true(door_read_reply(&client));
}

static void a_body_that_flows_is_not_cut(void **state) {
    (void)state;
    enum { ROWS = 4000, PIECE = 20 * 1000 };
    static uint8_t frame[1 << 20];
    Candour__PersonRow row = CANDOUR__PERSON_ROW__INIT, *rows[ROWS];
    row.email = row.name = (ProtobufCBinaryData){25, (uint8_t *)"somebody@example.gov.uk.x"};
    row.has_job_title = row.has_unit = true;
    row.job_title = row.unit = row.name;
    for (int i = 0; i < ROWS; i++)
        rows[i] = &row;
    Candour__ImportPeople message = CANDOUR__IMPORT_PEOPLE__INIT;
    message.n_rows = ROWS;
    message.rows = rows;
    size_t len = door_frame(OPERATION_IMPORT_PEOPLE, &message.base, frame);
    assert_in_range(len, 20 * PIECE, sizeof frame);
    assert_true(door_enter(&holders[0], 2) && door_enter(&client, 2));
    assert_true(door_send(&holders[0], frame, PIECE));
    uv_sleep(50);
    assert_true(door_send(&client, frame, PIECE)); // waits for the only slot of this size
    for (size_t at = PIECE; at < len; at += PIECE) {
        uv_sleep(25);
        assert_true(door_send(&holders[0], frame + at, len - at < PIECE ? len - at : PIECE));
    }
    assert_true(door_read_reply(&holders[0]));
    assert_true(door_send(&client, frame + PIECE, len - PIECE));
    assert_true(door_read_reply(&client));
    door_client_close(&holders[0]);
}

static void a_large_body_may_take_longer(void **state) {
    (void)state;
    uint8_t header[8];
    frame_write((struct frame){4 << 20, OPERATION_IMPORT_PEOPLE}, header);
    assert_true(door_enter(&client, 2));
    assert_true(door_send(&client, header, sizeof header));
    uv_sleep(700); // only its size allows that
    door_do(door_wish_live);
    assert_int_equal(door.answer, 1);
}

static void who_waits_in_vain_is_told_so(void **state) {
    (void)state;
    uint8_t frame[8];
    door_frame(OPERATION_SIGN_OUT, NULL, frame);
    assert_true(door_enter(&holders[0], 1) && door_enter(&client, 1));
    door_is_held = true;
    assert_true(door_send(&holders[0], frame, 8));
    door_wait_for_works(1);
    assert_true(door_ask(&client, OPERATION_SIGN_OUT, NULL));
    door_is_held = false;
    assert_int_equal(reply.operation, OPERATION_SIGN_OUT | FRAME_REPLY);
    assert_int_equal(reply.status, CANDOUR__STATUS__BUSY);
    assert_string_equal(reply.detail, "The server is busy. Nothing is lost: try again in a moment.");
    assert_true(door_is_closed(&client));
    assert_true(door_read_reply(&holders[0]));
    assert_int_equal(door_works, 1);
    door_client_close(&holders[0]);
}

static uint32_t cast_and_close(Candour__Status status) { // length of the reply
    static uint8_t sealed[1 << 16];
    uint8_t round[16] = {1};
    Candour__CastBallot message = CANDOUR__CAST_BALLOT__INIT;
    message.round = (ProtobufCBinaryData){sizeof round, round};
    message.sealed = (ProtobufCBinaryData){sizeof sealed, sealed};
    assert_true(door_client_open(&client, door.port, BALLOT_ALPN));
    assert_true(door_ask(&client, OPERATION_CAST_BALLOT, &message.base));
    Candour__CastReply *said = candour__cast_reply__unpack(NULL, reply.len, reply.body);
    assert_non_null(said);
    assert_int_equal(said->status, status);
    candour__cast_reply__free_unpacked(said, NULL);
    return reply.len;
}

static void who_waits_in_vain_at_the_ballot_box_is_told_in_the_usual_size(void **state) {
    (void)state;
    static uint8_t frame[8 + 60000]; // its slot has so much of the body that it is not cut
    uint32_t len = cast_and_close(CANDOUR__STATUS__OK);
    door_client_close(&client);
    frame_write((struct frame){64000, OPERATION_CAST_BALLOT}, frame);
    assert_true(door_client_open(&holders[0], door.port, BALLOT_ALPN));
    assert_true(door_send(&holders[0], frame, sizeof frame));
    await_bodies(1);
    assert_int_equal(cast_and_close(CANDOUR__STATUS__BUSY), len);
    assert_true(door_is_closed(&client));
    door_client_close(&holders[0]);
}

// ---- places

static void a_stranger_may_be_silent_no_longer_than_before_hello(void **state) {
    (void)state;
    uint64_t start = door_now_ms();
    assert_true(door_enter(&holders[0], 0) && door_enter(&client, 1));
    assert_true(door_is_closed(&holders[0]));
    assert_in_range(door_now_ms() - start, 500, SOON_MS);
    uv_sleep(400);
    assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
    door_client_close(&holders[0]);
}

static void a_full_house_turns_out_the_stranger_who_was_silent_longest(void **state) {
    (void)state;
    assert_true(door_enter(&holders[0], 1) && door_enter(&holders[1], 0) && door_enter(&holders[2], 0));
    uint64_t start = door_now_ms();
    assert_true(door_enter(&client, 0));
    assert_in_range(door_now_ms() - start, 250, 2000);
    assert_true(door_is_closed(&holders[1]));
    assert_true(door_ask(&holders[0], OPERATION_WHO_AM_I, NULL));
    assert_true(door_hello(&holders[2], 0));
    for (int i = 0; i < 3; i++)
        door_client_close(&holders[i]);
}

static void is_patient(struct door_server *d) {
    d->answer = uv_is_active((uv_handle_t *)&d->server.patience) != 0;
}
static void await_patience(uint32_t wanted) {
    door.answer = !wanted;
    for (int ms = 0; door.answer != wanted && ms < SOON_MS; ms++, uv_sleep(1))
        door_do(is_patient);
    assert_int_equal(door.answer, wanted);
}

static void a_place_that_becomes_free_is_taken_at_once(void **state) {
    (void)state;
    assert_true(door_enter(&holders[0], 1) && door_enter(&holders[1], 1));
    assert_true(door_enter(&holders[2], 0));
    int outside = door_connect(door.port); // may come in when the last has been silent for half a second
    assert_int_equal(send(outside, "\x16", 1, 0), 1);
    await_patience(1);
    uint64_t start = door_now_ms();
    door_client_close(&holders[0]);
    await_patience(0);
    assert_in_range(door_now_ms() - start, 0, 300);
    close(outside);
    assert_true(door_ask(&holders[2], OPERATION_WHO_AM_I, NULL));
    door_client_close(&holders[1]);
    door_client_close(&holders[2]);
    assert_true(door_enter(&client, 1));
}

static int begin_handshake(void) {
    int fd = door_connect(door.port);
    assert_int_equal(send(fd, "\x16\x03\x01\x02", 4, 0), 4);
    return fd;
}

static void half_a_hello_keeps_nobody_waiting(void **state) {
    (void)state;
    int halves[3];
    for (int i = 0; i < 3; i++)
        halves[i] = begin_handshake();
    uint64_t start = door_now_ms();
    assert_true(door_enter(&client, 1));
    assert_in_range(door_now_ms() - start, 0, 250); // less than anybody's fair time
    for (int i = 0; i < 3; i++)
        close(halves[i]);
}

static void who_sends_what_they_may_not_keeps_no_place(void **state) {
    (void)state;
    uint8_t header[8];
    frame_write((struct frame){4 << 20, OPERATION_IMPORT_PEOPLE}, header); // has more than two minutes to come
    for (int i = 0; i < 3; i++)
        assert_true(door_enter(&holders[i], 0) && door_send(&holders[i], header, sizeof header));
    uint64_t start = door_now_ms();
    assert_true(door_enter(&client, 1));
    assert_in_range(door_now_ms() - start, 0, SOON_MS);
    assert_true(door_is_closed(&holders[0]));
    for (int i = 0; i < 3; i++)
        door_client_close(&holders[i]);
}

static void who_parts_keeps_no_place(void **state) {
    (void)state;
    int fds[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = door_connect(door.port);
        assert_int_equal(send(fds[i], "HELLO", 5, 0), 5); // this is not TLS; the server says so, and waits for the end
    }
    door_wait_for_live(3);
    uint64_t start = door_now_ms();
    assert_true(door_enter(&client, 1));
    assert_in_range(door_now_ms() - start, 0, 1000); // who parts has two seconds as a rule
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

static void half_a_hello_does_not_end_the_handshake_of_who_is_far_away(void **state) {
    (void)state;
    int far = door_connect(door.port), flags = fcntl(far, F_GETFL);
    fcntl(far, F_SETFL, flags | O_NONBLOCK);
    door_client_start(&holders[0], far, DOOR_ALPN); // its hello is on its way, and the answer takes long
    door_wait_for_live(1);
    int half = begin_handshake();
    door_wait_for_live(2);
    assert_true(door_enter(&client, 1));
    fcntl(far, F_SETFL, flags);
    assert_int_equal(SSL_connect(holders[0].ssl), 1);
    assert_true(door_hello(&holders[0], 1));
    close(half);
    door_client_close(&holders[0]);
}

static void what_a_full_house_cannot_take_is_left_to_a_sibling(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(door_enter(&holders[i], 1));
    int outside = door_connect(door.port);
    uv_sleep(1300); // longer than a stranger's silence
    int taken = accept4(door.fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(taken >= 0);
    close(taken);
    close(outside);
    for (int i = 0; i < 3; i++) {
        assert_true(door_ask(&holders[i], OPERATION_WHO_AM_I, NULL));
        door_client_close(&holders[i]);
    }
    assert_true(door_enter(&client, 1));
}

// ---- the thread pool

static bool sign_in(struct door_client *c) {
    uint8_t code[14] = "ABCD-EFGH-JKMN", frame[64];
    Candour__CodeProof proof = CANDOUR__CODE_PROOF__INIT;
    proof.code = (ProtobufCBinaryData){sizeof code, code};
    Candour__SignIn message = CANDOUR__SIGN_IN__INIT;
    message.email = (ProtobufCBinaryData){5, (uint8_t *)"a@b.c"};
    message.proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    message.code = &proof;
    return door_send(c, frame, door_frame(OPERATION_SIGN_IN, &message.base, frame));
}

static void passwords_never_hold_up_other_work(void **state) {
    (void)state;
    enum { STRANGERS = 12 }; // 1 runs, 8 wait, the others are told
    struct door_client strangers[STRANGERS];
    assert_true(door_enter(&client, 1));
    for (int i = 0; i < STRANGERS; i++)
        assert_true(door_enter(&strangers[i], 0));
    for (int i = 0; i < STRANGERS - 1; i++)
        assert_true(sign_in(&strangers[i]));
    uv_sleep(30);
    assert_true(sign_in(&strangers[STRANGERS - 1]) && door_read_reply(&strangers[STRANGERS - 1]));
    assert_int_equal(reply.status, CANDOUR__STATUS__BUSY);
    uint64_t start = door_now_ms();
    assert_true(door_ask(&client, OPERATION_SIGN_OUT, NULL));
    assert_int_equal(reply.status, CANDOUR__STATUS__OK);
    assert_in_range(door_now_ms() - start, SLOW_WORK_MS - 20, 8 * SLOW_WORK_MS); // as long as passwords wait
    for (int i = 0; i < STRANGERS; i++)
        door_client_close(&strangers[i]);
}

static void guesses_are_tried_one_after_the_other(void **state) {
    (void)state;
    enum { GUESSES = 4, EVERY_MS = 2000 }; // 3 wait, and the last is told
    struct door_client guessers[GUESSES];
    uint8_t frame[64];
    Candour__RequestCode message = CANDOUR__REQUEST_CODE__INIT;
    message.email = (ProtobufCBinaryData){5, (uint8_t *)"a@b.c"};
    size_t len = door_frame(OPERATION_REQUEST_CODE, &message.base, frame);
    assert_true(door_enter(&client, 1));
    for (int i = 0; i < GUESSES; i++)
        assert_true(door_enter(&guessers[i], 0));
    uint64_t start = door_now_ms();
    for (int i = 0; i < GUESSES; i++) {
        assert_true(door_send(&guessers[i], frame, len));
        uv_sleep(30);
    }
    assert_true(door_read_reply(&guessers[GUESSES - 1]));
    assert_int_equal(reply.status, CANDOUR__STATUS__BUSY);
    door_client_close(&guessers[0]);                          // it has no time
    assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL)); // who does not guess does not wait for them
    assert_in_range(door_now_ms() - start, 0, EVERY_MS - 20);
    assert_int_equal(door_works, 0);
    for (int i = 1; i < GUESSES - 1; i++) {
        assert_true(door_read_reply(&guessers[i]));
        assert_int_equal(reply.status, CANDOUR__STATUS__OK);
        assert_int_equal(door_works, i); // of the first there is none
        assert_in_range(door_now_ms() - start, i * EVERY_MS - 20, 10 * EVERY_MS);
    }
    for (int i = 1; i < GUESSES; i++)
        door_client_close(&guessers[i]);
}

#define TEST(name, open, adjust)                                                                                       \
    { #name, name, open, shut, (void *)(adjust) }
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(bodies_that_do_not_come_give_way_to_who_waits, open_desk, few_slots),
        TEST(without_its_body_nobody_waits_for_a_slot, open_box, one_slot),
        TEST(a_body_that_nobody_waits_for_has_its_time, open_desk, few_slots),
        TEST(a_body_that_flows_is_not_cut, open_desk, few_slots),
        TEST(a_large_body_may_take_longer, open_desk, short_bodies),
        TEST(who_waits_in_vain_is_told_so, open_desk, one_slot),
        TEST(who_waits_in_vain_at_the_ballot_box_is_told_in_the_usual_size, open_box, one_slot),
        TEST(a_stranger_may_be_silent_no_longer_than_before_hello, open_desk, short_hello),
        TEST(a_full_house_turns_out_the_stranger_who_was_silent_longest, open_desk, few_places),
        TEST(a_place_that_becomes_free_is_taken_at_once, open_desk, few_places),
        TEST(half_a_hello_keeps_nobody_waiting, open_desk, one_handshake),
        TEST(half_a_hello_keeps_nobody_waiting, open_desk, few_places),
        TEST(who_sends_what_they_may_not_keeps_no_place, open_desk, few_places),
        TEST(who_parts_keeps_no_place, open_desk, few_places),
        TEST(half_a_hello_does_not_end_the_handshake_of_who_is_far_away, open_desk, two_handshakes),
        TEST(what_a_full_house_cannot_take_is_left_to_a_sibling, open_desk, few_places),
        TEST(passwords_never_hold_up_other_work, open_desk, many_slots),
        TEST(guesses_are_tried_one_after_the_other, open_desk, many_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
