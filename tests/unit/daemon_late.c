// Who fails often is answered late: without a slot, and with a place only as long as nobody else wants it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door_frames.h"

#define BALLOT_ALPN "\020candour-ballot/1"

enum { PAUSE_MS = 2000, SOON_MS = PAUSE_MS - 20, PLACES = 3, GENUINE_BYTES = 6000 };

static struct door_client client, forgers[PLACES];

static void pauses(struct config *c) {
    c->ballot_pause_ms = PAUSE_MS;
    c->slots_small = 1;
    c->connections_max = PLACES;
}
static int open_box(void **state) {
    (void)state;
    door_open(DOOR_BALLOT, pauses);
    return 0;
}
static int shut(void **state) {
    (void)state;
    door_shut();
    return 0;
}

static size_t frame_cast(size_t sealed_len, uint8_t ret_frame[]) {
    static uint8_t sealed[FORGED_BYTES];
    uint8_t round[16] = {1};
    Candour__CastBallot message = CANDOUR__CAST_BALLOT__INIT;
    message.round = (ProtobufCBinaryData){sizeof round, round};
    message.sealed = (ProtobufCBinaryData){sealed_len, sealed};
    return door_frame(OPERATION_CAST_BALLOT, &message.base, ret_frame);
}

static void cast(struct door_client *c, size_t sealed_len) {
    uint8_t frame[FORGED_BYTES + 64];
    assert_true(door_send(c, frame, frame_cast(sealed_len, frame)));
}

static void forge(struct door_client *c) {
    assert_true(door_client_open(c, door.port, BALLOT_ALPN));
    cast(c, FORGED_BYTES);
}

static Candour__Status read_status(struct door_client *c) {
    assert_true(door_read_reply(c));
    Candour__CastReply *said = candour__cast_reply__unpack(NULL, reply.len, reply.body);
    assert_non_null(said);
    Candour__Status status = said->status;
    candour__cast_reply__free_unpacked(said, NULL);
    return status;
}

static void count_pauses(struct door_server *d) {
    d->answer = 0;
    const struct list *pausing = &d->server.guests[GUESTS_PAUSING];
    for (const struct list *l = pausing->after; l != pausing; l = l->after)
        d->answer++;
}
static void await_pauses(uint32_t count) {
    uint64_t start = door_now_ms();
    for (door.answer = count + 1; door.answer != count; uv_sleep(1)) {
        assert_in_range(door_now_ms() - start, 0, SOON_MS);
        door_do(count_pauses);
    }
}

static void a_forger_waits_and_may_go_on(void **state) {
    (void)state;
    uint64_t start = door_now_ms();
    forge(&client);
    assert_int_equal(read_status(&client), CANDOUR__STATUS__FORBIDDEN);
    assert_in_range(door_now_ms() - start, PAUSE_MS - 20, 10 * PAUSE_MS);
    start = door_now_ms();
    cast(&client, GENUINE_BYTES);
    assert_int_equal(read_status(&client), CANDOUR__STATUS__OK);
    assert_in_range(door_now_ms() - start, 0, SOON_MS);
    door_client_close(&client);
}

static void a_forger_keeps_no_slot(void **state) {
    (void)state;
    forge(&forgers[0]);
    await_pauses(1);
    uint64_t start = door_now_ms();
    assert_true(door_client_open(&client, door.port, BALLOT_ALPN));
    cast(&client, GENUINE_BYTES);
    assert_int_equal(read_status(&client), CANDOUR__STATUS__OK);
    assert_in_range(door_now_ms() - start, 0, SOON_MS);
    door_client_close(&forgers[0]);
    door_client_close(&client);
}

static void a_forger_that_hangs_up_is_seen(void **state) {
    (void)state;
    forge(&client);
    await_pauses(1);
    door_client_close(&client);
    await_pauses(0);
}

static void a_forger_that_does_not_wait_is_cut(void **state) {
    (void)state;
    forge(&client);
    await_pauses(1);
    cast(&client, GENUINE_BYTES);
    assert_true(door_is_closed(&client));
    door_client_close(&client);
}

static void half_a_header_in_a_pause_is_too_much_as_well(void **state) {
    (void)state;
    forge(&client);
    await_pauses(1);
    assert_true(door_send(&client, "half", 4));
    assert_true(door_is_closed(&client));
    door_client_close(&client);
}

static void a_forger_that_asks_no_more_has_its_reply(void **state) {
    (void)state;
    uint8_t frame[FORGED_BYTES + 64];
    assert_true(door_client_open(&client, door.port, BALLOT_ALPN));
    // In one packet with its good-bye.
    BIO *wire = SSL_get_wbio(client.ssl), *packet = BIO_new(BIO_s_mem());
    BIO_up_ref(wire);
    SSL_set0_wbio(client.ssl, packet);
    assert_true(door_send(&client, frame, frame_cast(FORGED_BYTES, frame)));
    SSL_shutdown(client.ssl);
    char *bytes;
    long len = BIO_get_mem_data(packet, &bytes);
    assert_int_equal(send(client.fd, bytes, (size_t)len, 0), len);
    SSL_set0_wbio(client.ssl, wire);
    assert_int_equal(read_status(&client), CANDOUR__STATUS__FORBIDDEN);
    door_client_close(&client);
}

static void a_forger_may_say_goodbye_in_a_pause(void **state) {
    (void)state;
    forge(&client);
    await_pauses(1);
    SSL_shutdown(client.ssl);
    assert_int_equal(read_status(&client), CANDOUR__STATUS__FORBIDDEN);
    door_client_close(&client);
}

static void who_has_waited_for_its_turn_pauses_no_longer_than_others(void **state) {
    (void)state;
    door_is_held = true;
    door_works = 0;
    assert_true(door_client_open(&client, door.port, BALLOT_ALPN));
    cast(&client, HELD_BYTES); // in the only slot
    while (door_works == 0)
        uv_sleep(1);
    forge(&forgers[0]);
    uv_sleep(PAUSE_MS);
    uint64_t start = door_now_ms();
    door_is_held = false;
    assert_int_equal(read_status(&forgers[0]), CANDOUR__STATUS__FORBIDDEN);
    assert_in_range(door_now_ms() - start, 0, SOON_MS);
    door_client_close(&forgers[0]);
    door_client_close(&client);
}

static void a_full_house_turns_out_a_forger_with_its_reply(void **state) {
    (void)state;
    uint64_t start = door_now_ms();
    for (uint32_t i = 0; i < PLACES; i++) {
        forge(&forgers[i]);
        await_pauses(i + 1);
    }
    assert_true(door_client_open(&client, door.port, BALLOT_ALPN));
    cast(&client, GENUINE_BYTES);
    assert_int_equal(read_status(&client), CANDOUR__STATUS__OK);
    assert_int_equal(read_status(&forgers[0]), CANDOUR__STATUS__FORBIDDEN); // it was first
    assert_true(door_is_closed(&forgers[0]));
    assert_in_range(door_now_ms() - start, 0, PAUSE_MS - 20);
    await_pauses(PLACES - 1);
    for (int i = 0; i < PLACES; i++)
        door_client_close(&forgers[i]);
    door_client_close(&client);
}

static void draining_waits_for_no_pause(void **state) {
    (void)state;
    open_box(state);
    forge(&client);
    await_pauses(1);
    uint64_t start = door_now_ms();
    door_do(door_wish_drain);
    assert_int_equal(read_status(&client), CANDOUR__STATUS__FORBIDDEN);
    assert_true(door_is_closed(&client));
    door_client_close(&client);
    door_join();
    assert_in_range(door_now_ms() - start, 0, SOON_MS);
}

#define TEST(name)                                                                                                     \
    { #name, name, open_box, shut, NULL }
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_forger_waits_and_may_go_on),
        TEST(a_forger_keeps_no_slot),
        TEST(a_forger_that_hangs_up_is_seen),
        TEST(a_forger_that_does_not_wait_is_cut),
        TEST(half_a_header_in_a_pause_is_too_much_as_well),
        TEST(a_forger_that_asks_no_more_has_its_reply),
        TEST(a_forger_may_say_goodbye_in_a_pause),
        TEST(who_has_waited_for_its_turn_pauses_no_longer_than_others),
        TEST(a_full_house_turns_out_a_forger_with_its_reply),
        cmocka_unit_test(draining_waits_for_no_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
