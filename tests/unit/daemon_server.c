// Slots, queues, doors that are full, the way down: the limits of one worker.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door_frames.h"

enum { PATIENCE_MS = 4000 }; // before any deadline

static struct door_client client;

static void impatient(struct config *c) {
    c->reply_ms = 300;
}

static int open_desk(void **state) {
    (void)state;
    door_open(DOOR_DESK, NULL);
    return 0;
}

static int open_impatient_desk(void **state) {
    (void)state;
    door_open(DOOR_DESK, impatient);
    return 0;
}

static int shut(void **state) {
    (void)state;
    door_client_close(&client);
    door_shut();
    return 0;
}

static void look_for_marker(struct door_server *d) { // in every byte that a small slot has
    const struct slot *slots = d->server.slots.pools[SLOT_SMALL].slots;
    const uint8_t *from = slots[0].frame, *last = slots[d->config.slots_small - 1].spare.memory;
    d->answer = memmem(from, (size_t)(last - from), "MARKER", 6) != NULL;
}

static void await_marker(uint32_t wanted) {
    door.answer = !wanted;
    for (int ms = 0; door.answer != wanted && ms < PATIENCE_MS; ms++, uv_sleep(1))
        door_do(look_for_marker);
    assert_int_equal(door.answer, wanted);
}

static void nothing_of_a_request_stays_in_its_slot(void **state) {
    (void)state;
    uint8_t id[16] = {1};
    Candour__Respond message = CANDOUR__RESPOND__INIT;
    message.assignment = (ProtobufCBinaryData){sizeof id, id};
    message.has_reason = 1;
    message.reason = (ProtobufCBinaryData){20, (uint8_t *)"MARKERMARKERMARKER.."};
    uint8_t frame[128];
    size_t len = door_frame(OPERATION_RESPOND, &message.base, frame);
    assert_true(door_enter(&client, 1));
    assert_true(door_send(&client, frame, len - 5)); // the slot is taken, and the end of the body missing
    await_marker(1);
    assert_true(door_send(&client, frame + len - 5, 5));
    assert_true(door_read_reply(&client));
    assert_int_equal(reply.status, CANDOUR__STATUS__OK);
    await_marker(0);                                 // when the server, too, has seen that the reply is out
    assert_true(door_send(&client, frame, len - 5)); // and now it is never finished
    await_marker(1);
    door_client_close(&client);
    assert_true(door_enter(&client, 1));
    door_wait_for_live(1);
    door_do(look_for_marker);
    assert_int_equal(door.answer, 0);
}

static void who_finds_no_slot_waits_in_turn(void **state) {
    (void)state;
    enum { CLIENTS = 12 }; // 4 slots, 2 threads
    struct door_client many[CLIENTS];
    uint8_t frame[8];
    door_frame(OPERATION_SIGN_OUT, NULL, frame);
    for (int i = 0; i < CLIENTS; i++)
        assert_true(door_enter(&many[i], 1));
    door_is_held = true;
    for (int i = 0; i < CLIENTS; i++)
        assert_true(door_send(&many[i], frame, 8));
    door_wait_for_works(2);
    uv_sleep(SLOW_WORK_MS / 2);
    assert_int_equal(door_works, 2);
    door_is_held = false;
    for (int i = 0; i < CLIENTS; i++) {
        assert_true(door_read_reply(&many[i]));
        assert_int_equal(reply.status, CANDOUR__STATUS__OK);
        door_client_close(&many[i]);
    }
    assert_int_equal(door_works, CLIENTS);
    assert_true(door_enter(&client, 1));
}

static void who_has_waited_too_long_leaves_the_queue(void **state) {
    (void)state;
    enum { CLIENTS = 10 }; // four run, for two rounds of work; six wait longer than reply_ms
    struct door_client many[CLIENTS];
    uint8_t frame[8];
    int answered = 0, busy = 0;
    door_frame(OPERATION_SIGN_OUT, NULL, frame);
    for (int i = 0; i < CLIENTS; i++)
        assert_true(door_enter(&many[i], 1));
    for (int i = 0; i < CLIENTS; i++)
        assert_true(door_send(&many[i], frame, 8));
    for (int i = 0; i < CLIENTS; i++) {
        assert_true(door_read_reply(&many[i]));
        answered += reply.status == CANDOUR__STATUS__OK;
        busy += reply.status == CANDOUR__STATUS__BUSY;
    }
    assert_in_range(answered, 4, 8);
    assert_int_equal(busy, CLIENTS - answered);
    for (int i = 0; i < CLIENTS; i++)
        door_client_close(&many[i]);
    assert_true(door_enter(&client, 1));
    door_wait_for_live(1);
    assert_true(door_ask(&client, OPERATION_SIGN_OUT, NULL));
    assert_int_equal(door_works, answered + 1);
}

static int told_so_far(const struct door_client *clients, int count) {
    int told = 0;
    for (int i = 0; i < count; i++)
        told += poll(&(struct pollfd){.fd = clients[i].fd, .events = POLLIN}, 1, 0);
    return told;
}

static void more_work_than_the_queue_holds_is_busy(void **state) {
    (void)state;
    enum { CLIENTS = 16 }; // 2 run, 8 wait, 6 are told
    struct door_client many[CLIENTS];
    uint8_t frame[8];
    int busy = 0;
    door_frame(OPERATION_SIGN_OUT, NULL, frame);
    for (int i = 0; i < CLIENTS; i++)
        assert_true(door_enter(&many[i], 1));
    door_is_held = true;
    for (int i = 0; i < CLIENTS; i++)
        assert_true(door_send(&many[i], frame, 8));
    for (int ms = 0; told_so_far(many, CLIENTS) < 6 && ms < PATIENCE_MS; ms++)
        uv_sleep(1);
    door_is_held = false;
    for (int i = 0; i < CLIENTS; i++) {
        assert_true(door_read_reply(&many[i]));
        busy += reply.status == CANDOUR__STATUS__BUSY;
        door_client_close(&many[i]);
    }
    assert_int_equal(busy, 6);
    assert_true(door_enter(&client, 1));
}

static void many_slots(struct config *c) {
    c->slots_small = 32;
}
static int open_roomy_desk(void **state) {
    (void)state;
    door_open(DOOR_DESK, many_slots);
    return 0;
}

static void an_import_of_25000_rows_fits(void **state) {
    (void)state;
    enum { ROWS = 25000 };
    static uint8_t frame[4 << 20];
    Candour__PersonRow row = CANDOUR__PERSON_ROW__INIT, *rows[ROWS];
    row.email = (ProtobufCBinaryData){25, (uint8_t *)"somebody@example.gov.uk.x"};
    row.name = (ProtobufCBinaryData){20, (uint8_t *)"Somebody With A Name"};
    row.has_unit = row.has_job_title = row.has_manager_email = 1;
    row.unit = row.job_title = row.name;
    row.manager_email = row.email;
    row.line = 2;
    for (int i = 0; i < ROWS; i++)
        rows[i] = &row;
    Candour__ImportPeople message = CANDOUR__IMPORT_PEOPLE__INIT;
    message.n_rows = ROWS;
    message.rows = rows;
    assert_true(protobuf_c_message_get_packed_size(&message.base) < sizeof frame - 8);
    assert_true(door_enter(&client, 2));
    for (int i = 0; i < 2; i++) {
        assert_true(door_send(&client, frame, door_frame(OPERATION_IMPORT_PEOPLE, &message.base, frame)));
        assert_true(door_read_reply(&client));
        Candour__ImportReply *said = candour__import_reply__unpack(NULL, reply.len, reply.body);
        assert_non_null(said);
        assert_int_equal(said->added, ROWS);
        candour__import_reply__free_unpacked(said, NULL);
    }
}

static void plain_http_is_closed(void **state) {
    (void)state;
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char answer[256];
    int fd = door_connect(door.port);
    assert_int_equal(send(fd, request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
    ssize_t n;
    while ((n = recv(fd, answer, sizeof answer, 0)) > 0) {
    }
    assert_int_equal(n, 0); // an orderly end, no reset
    close(fd);
    assert_true(door_enter(&client, 1));
}

enum { HANDSHAKE_MS = 20000 };
static void one_of_each(struct config *c) {
    c->handshake_ms = HANDSHAKE_MS;
    c->connections_max = 3;
    c->handshakes_max = 1;
}
static int open_tiny_desk(void **state) {
    (void)state;
    door_open(DOOR_DESK, one_of_each);
    return 0;
}

static void who_finds_the_house_full_waits_outside(void **state) {
    (void)state;
    struct door_client inside[3];
    for (int i = 0; i < 3; i++)
        assert_true(door_enter(&inside[i], 1));
    int fd = door_connect(door.port); // the system's queue takes it
    uv_sleep(100);
    door_do(door_wish_live);
    assert_int_equal(door.answer, 3);
    close(fd);
    door_client_close(&inside[0]);
    assert_true(door_enter(&client, 1));
    door_client_close(&inside[1]);
    door_client_close(&inside[2]);
}

static void a_handshake_that_hangs_holds_up_only_other_handshakes(void **state) {
    (void)state;
    struct door_client inside;
    assert_true(door_enter(&inside, 1));
    int hanging = door_connect(door.port), waiting = door_connect(door.port);
    assert_int_equal(send(hanging, "\x16", 1, 0), 1); // who says nothing at all is not even let in
    assert_int_equal(send(waiting, "\x16", 1, 0), 1);
    door_wait_for_live(2);
    uv_sleep(100);
    assert_true(door_ask(&inside, OPERATION_WHO_AM_I, NULL));
    door_do(door_wish_live);
    assert_int_equal(door.answer, 2); // though there is room for a third
    close(hanging);
    close(waiting);
    door_client_close(&inside);
    assert_true(door_enter(&client, 1));
}

static void a_handshake_that_hangs_yields_to_another_after_a_while(void **state) {
    (void)state;
    int hanging = door_connect(door.port);
    assert_int_equal(send(hanging, "\x16", 1, 0), 1);
    uv_sleep(50);
    uint64_t start = door_now_ms();
    assert_true(door_enter(&client, 1));
    assert_in_range(door_now_ms() - start, 0, HANDSHAKE_MS / 2);
    close(hanging);
}

static void draining_ends_what_runs_and_closes_what_is_idle(void **state) {
    (void)state;
    struct door_client idle, fresh;
    uint8_t frame[8];
    assert_true(door_enter(&idle, 1));
    assert_true(door_client_open(&fresh, door.port, DOOR_ALPN));
    assert_true(door_enter(&client, 1));
    door_frame(OPERATION_SIGN_OUT, NULL, frame);
    assert_true(door_send(&client, frame, 8));
    door_wait_for_works(1);
    door_do(door_wish_drain);
    uint64_t start = door_now_ms();
    assert_true(door_is_closed(&idle));
    assert_true(door_hello(&fresh, 0)); // whoever was just let in is served once
    assert_true(door_is_closed(&fresh));
    assert_true(door_read_reply(&client));
    assert_int_equal(reply.status, CANDOUR__STATUS__OK);
    assert_true(door_is_closed(&client));
    assert_in_range(door_now_ms() - start, 0, 2000); // by the drain, not by a deadline
    door_client_close(&idle);
    door_client_close(&fresh);
    door_client_close(&client);
    door_join();
}

static void reload_certificate(struct door_server *d) {
    d->answer = server_reload(&d->server) == 0;
}

static void a_new_certificate_is_for_new_connections(void **state) {
    (void)state;
    struct door_client old;
    assert_true(door_enter(&old, 1));
    X509 *before = SSL_get1_peer_certificate(old.ssl);
    struct door_files other;
    door_files_make(&other);
    assert_int_equal(rename(other.certificate, door.files.certificate), 0);
    door_do(reload_certificate);
    assert_int_equal(door.answer, 0); // the key does not belong to it: the old ones stay
    assert_true(door_enter(&client, 1));
    X509 *after = SSL_get1_peer_certificate(client.ssl);
    assert_int_equal(X509_cmp(before, after), 0);
    X509_free(after);
    door_client_close(&client);
    assert_int_equal(rename(other.key, door.files.key), 0);
    door_do(reload_certificate);
    assert_int_equal(door.answer, 1);
    assert_true(door_enter(&client, 1));
    after = SSL_get1_peer_certificate(client.ssl);
    assert_int_not_equal(X509_cmp(before, after), 0);
    assert_true(door_ask(&old, OPERATION_WHO_AM_I, NULL));
    X509_free(before);
    X509_free(after);
    door_client_close(&old);
    rmdir(other.folder);
}

#define DESK_TEST(name)      cmocka_unit_test_setup_teardown(name, open_desk, shut)
#define IMPATIENT_TEST(name) cmocka_unit_test_setup_teardown(name, open_impatient_desk, shut)
int main(void) {
    const struct CMUnitTest tests[] = {
        DESK_TEST(nothing_of_a_request_stays_in_its_slot),
        DESK_TEST(who_finds_no_slot_waits_in_turn),
        IMPATIENT_TEST(who_has_waited_too_long_leaves_the_queue),
        cmocka_unit_test_setup_teardown(more_work_than_the_queue_holds_is_busy, open_roomy_desk, shut),
        DESK_TEST(an_import_of_25000_rows_fits),
        DESK_TEST(plain_http_is_closed),
        cmocka_unit_test_setup_teardown(who_finds_the_house_full_waits_outside, open_tiny_desk, shut),
        cmocka_unit_test_setup_teardown(a_handshake_that_hangs_holds_up_only_other_handshakes, open_tiny_desk, shut),
        cmocka_unit_test_setup_teardown(a_handshake_that_hangs_yields_to_another_after_a_while, open_tiny_desk, shut),
        cmocka_unit_test_setup(draining_ends_what_runs_and_closes_what_is_idle, open_desk),
        DESK_TEST(a_new_certificate_is_for_new_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
