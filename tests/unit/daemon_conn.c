// The desk's door as a whole: frames, gate, replies, deadlines.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door_frames.h"

static struct door_client client;

static void impatient(struct config *c) {
    c->handshake_ms = 600;
    c->hello_ms = 600;
    c->idle_desk_ms = 2400;
    c->body_ms = 600;
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

static void hello_is_answered(void **state) {
    (void)state;
    assert_true(door_enter(&client, 0));
    assert_int_equal(reply.operation, OPERATION_HELLO | FRAME_REPLY);
    Candour__HelloReply *said = candour__hello_reply__unpack(NULL, reply.len, reply.body);
    assert_non_null(said);
    assert_in_range(said->time, time(NULL) - 5, time(NULL) + 5);
    candour__hello_reply__free_unpacked(said, NULL);
}

static void many_requests_use_one_connection(void **state) {
    (void)state;
    assert_true(door_enter(&client, 1));
    for (int i = 0; i < 200; i++) {
        assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
        assert_int_equal(reply.operation, OPERATION_WHO_AM_I | FRAME_REPLY);
    }
}

static void one_byte_at_a_time_is_understood(void **state) {
    (void)state;
    uint8_t token[32] = {1}, frame[128];
    Candour__Hello message = CANDOUR__HELLO__INIT;
    message.has_session = 1;
    message.session = (ProtobufCBinaryData){sizeof token, token};
    size_t len = door_frame(OPERATION_HELLO, &message.base, frame);
    assert_true(door_client_open(&client, door.port, DOOR_ALPN));
    for (size_t i = 0; i < len; i++)
        assert_true(door_send(&client, frame + i, 1));
    assert_true(door_read_reply(&client));
    assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
    assert_int_equal(reply.status, 0);
}

static void nothing_comes_before_hello(void **state) {
    (void)state;
    assert_true(door_client_open(&client, door.port, DOOR_ALPN));
    assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
    assert_int_equal(reply.operation, OPERATION_WHO_AM_I | FRAME_REPLY);
    assert_int_equal(reply.status, CANDOUR__STATUS__UNAUTHENTICATED);
    assert_string_equal(reply.detail, "Say hello first.");
    assert_true(door_is_closed(&client));
}

static void an_unknown_operation_is_named_and_the_connection_ends(void **state) {
    (void)state;
    assert_true(door_enter(&client, 1));
    assert_true(door_ask(&client, 0x0999, NULL));
    assert_int_equal(reply.operation, 0x0999 | FRAME_REPLY);
    assert_int_equal(reply.status, CANDOUR__STATUS__BAD_REQUEST);
    assert_string_equal(reply.detail, "This server does not know operation 0x0999. Use a client of the same version.");
    assert_true(door_is_closed(&client));
}

static void the_other_doors_operations_are_unknown(void **state) {
    (void)state;
    assert_true(door_enter(&client, 1));
    assert_true(door_ask(&client, OPERATION_CAST_BALLOT, NULL));
    assert_int_equal(reply.status, CANDOUR__STATUS__BAD_REQUEST);
    assert_true(door_is_closed(&client));
}

static void another_version_is_refused(void **state) {
    (void)state;
    assert_true(door_enter(&client, 1));
    uint8_t header[8] = {0, 0, 0, 0, 0x01, 0x04, 2, 0};
    assert_true(door_send(&client, header, sizeof header));
    assert_true(door_read_reply(&client));
    assert_int_equal(reply.operation, OPERATION_WHO_AM_I | FRAME_REPLY);
    assert_int_equal(reply.status, CANDOUR__STATUS__BAD_REQUEST);
    assert_true(door_is_closed(&client));
}

static void a_length_above_the_limit_is_refused_unread_and_the_reply_arrives(void **state) {
    (void)state;
    static const uint8_t body[1 << 16]; // on its way while the server refuses
    uint8_t header[8];
    assert_true(door_enter(&client, 1));
    frame_write((struct frame){257, OPERATION_WHO_AM_I}, header);
    assert_true(door_send(&client, header, sizeof header));
    assert_true(door_send(&client, body, 257));
    assert_true(door_read_reply(&client));
    assert_int_equal(reply.status, CANDOUR__STATUS__TOO_LARGE);
    assert_true(door_is_closed(&client));
    door_client_close(&client);
    assert_true(door_enter(&client, 2));
    frame_write((struct frame){UINT32_MAX, OPERATION_IMPORT_PEOPLE}, header);
    assert_true(door_send(&client, header, sizeof header));
    for (int i = 0; i < 40; i++)
        assert_true(door_send(&client, body, sizeof body)); // it lingers, so that nothing is reset
    assert_true(door_read_reply(&client));
    assert_int_equal(reply.status, CANDOUR__STATUS__TOO_LARGE);
}

static void roles_are_judged_and_the_connection_goes_on(void **state) {
    (void)state;
    Candour__ImportPeople people = CANDOUR__IMPORT_PEOPLE__INIT;
    static const struct {
        uint8_t who;
        Candour__Status any, administrator;
    } cases[] = {{0, CANDOUR__STATUS__UNAUTHENTICATED, CANDOUR__STATUS__UNAUTHENTICATED},
                 {1, 0, CANDOUR__STATUS__FORBIDDEN},
                 {2, 0, 0},
                 {3, CANDOUR__STATUS__UNAUTHENTICATED, CANDOUR__STATUS__UNAUTHENTICATED}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(door_enter(&client, cases[i].who));
        for (int j = 0; j < 3; j++) {
            assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
            assert_int_equal(reply.status, cases[i].any);
            assert_true(door_ask(&client, OPERATION_IMPORT_PEOPLE, &people.base));
            assert_int_equal(reply.status, cases[i].administrator);
        }
        if (i + 1 < ARRAY_LEN(cases))
            door_client_close(&client);
    }
}

static void the_body_of_a_refused_request_is_skipped(void **state) {
    (void)state;
    static uint8_t frame[8 + 700 * 1000];
    assert_true(door_enter(&client, 1));
    for (int i = 0; i < 3; i++) {
        frame_write((struct frame){sizeof frame - 8, OPERATION_IMPORT_PEOPLE}, frame);
        assert_true(door_send(&client, frame, sizeof frame));
        assert_true(door_read_reply(&client));
        assert_int_equal(reply.status, CANDOUR__STATUS__FORBIDDEN);
        assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
        assert_int_equal(reply.status, 0);
    }
}

static void garbage_and_bad_fields_are_bad_requests(void **state) {
    (void)state;
    assert_true(door_enter(&client, 1));
    uint8_t frame[32];
    frame_write((struct frame){3, OPERATION_WHO_AM_I}, frame);
    memcpy(frame + 8, "\x0a\xff\xff", 3);
    assert_true(door_send(&client, frame, 11));
    assert_true(door_read_reply(&client));
    assert_int_equal(reply.status, CANDOUR__STATUS__BAD_REQUEST);
    memcpy(frame + 8, "\x08\x01\x10", 2); // well-formed, but WhoAmI has no field 1
    frame_write((struct frame){2, OPERATION_WHO_AM_I}, frame);
    assert_true(door_send(&client, frame, 10));
    assert_true(door_read_reply(&client));
    assert_int_equal(reply.status, CANDOUR__STATUS__BAD_REQUEST);
    assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
    assert_int_equal(reply.status, 0);
}

static void a_second_frame_while_busy_ends_the_connection(void **state) {
    (void)state;
    uint8_t header[16];
    frame_write((struct frame){0, OPERATION_SIGN_OUT}, header);
    frame_write((struct frame){0, OPERATION_SIGN_OUT}, header + 8);
    assert_true(door_enter(&client, 1));
    assert_true(door_send(&client, header, 16)); // in one record
    assert_true(door_is_closed(&client));
    door_client_close(&client);
    assert_true(door_enter(&client, 1));
    assert_true(door_send(&client, header, 8));
    assert_true(door_send(&client, header + 8, 8)); // in a second one
    assert_true(door_is_closed(&client));
    door_client_close(&client);
    assert_true(door_enter(&client, 1));
    door_is_held = true;
    assert_true(door_send(&client, header, 8));
    door_wait_for_works(3);
    assert_true(door_send(&client, header + 8, 1)); // later, and only its beginning
    door_is_held = false;
    assert_true(door_is_closed(&client));
}

// TCP may cut anywhere: whoever says good-bye behind a request gets its reply, wherever that is.
static void a_goodbye_in_two_pieces_is_no_second_frame(void **state) {
    (void)state;
    uint8_t header[8], bytes[128];
    frame_write((struct frame){0, OPERATION_SIGN_OUT}, header);
    for (int is_late = 0; is_late < 2; is_late++) {
        assert_true(door_enter(&client, 1));
        SSL_set0_wbio(client.ssl, BIO_new(BIO_s_mem()));
        assert_true(door_send(&client, header, 8));
        SSL_shutdown(client.ssl);
        int len = BIO_read(SSL_get_wbio(client.ssl), bytes, sizeof bytes), first = len - 10;
        door_is_held = true;
        assert_int_equal(send(client.fd, bytes, (size_t)first, 0), first);
        door_wait_for_works(1 + is_late);
        if (!is_late)
            assert_int_equal(send(client.fd, bytes + first, 10, 0), 10);
        door_is_held = false;
        assert_true(door_read_reply(&client));
        assert_int_equal(reply.status, CANDOUR__STATUS__OK);
        if (is_late)
            assert_int_equal(send(client.fd, bytes + first, 10, 0), 10);
        assert_true(door_is_closed(&client));
        if (!is_late)
            door_client_close(&client);
    }
}

static void a_key_update_while_busy_is_no_second_frame(void **state) {
    (void)state;
    uint8_t header[8];
    frame_write((struct frame){0, OPERATION_SIGN_OUT}, header);
    assert_true(door_enter(&client, 1));
    assert_true(door_send(&client, header, 8));
    assert_int_equal(SSL_key_update(client.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(SSL_do_handshake(client.ssl), 1);
    assert_true(door_read_reply(&client));
    assert_int_equal(reply.status, CANDOUR__STATUS__OK);
    assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
}

static void silence_ends_a_connection(void **state) {
    (void)state;
    struct door_client mute = {.ctx = NULL};
    uint8_t byte;
    int fd = door_connect(door.port); // no handshake
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
    uint64_t start = door_now_ms();
    assert_true(door_client_open(&mute, door.port, DOOR_ALPN)); // no hello
    assert_true(door_is_closed(&mute));
    assert_in_range(door_now_ms() - start, 500, 2300); // hello_ms, not idle_ms
    door_client_close(&mute);
    assert_true(door_enter(&client, 1)); // nothing after hello, but it may take longer
    uv_sleep(800);
    assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
    assert_true(door_is_closed(&client));
}

static void a_cut_off_body_ends_at_the_deadline(void **state) {
    (void)state;
    uint8_t frame[8 + 100] = {0};
    assert_true(door_enter(&client, 1));
    frame_write((struct frame){150, OPERATION_WHO_AM_I}, frame);
    uint64_t start = door_now_ms();
    assert_true(door_send(&client, frame, sizeof frame));
    assert_true(door_is_closed(&client));
    assert_in_range(door_now_ms() - start, 500, 2300); // body_ms, not idle_ms
}

static void an_operation_past_its_deadline_ends_the_connection_and_nothing_else(void **state) {
    (void)state;
    uint8_t code[14] = "ABCD-EFGH-JKMN";
    Candour__CodeProof proof = CANDOUR__CODE_PROOF__INIT;
    proof.code = (ProtobufCBinaryData){sizeof code, code};
    Candour__SignIn message = CANDOUR__SIGN_IN__INIT;
    message.email = (ProtobufCBinaryData){5, (uint8_t *)"a@b.c"};
    message.proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    message.code = &proof;
    assert_true(door_enter(&client, 0));
    door_is_held = true;
    assert_false(door_ask(&client, OPERATION_SIGN_IN, &message.base));
    door_is_held = false;
    door_wait_for_live(0); // the request has ended, too
    assert_int_equal(door_works, 1);
    assert_int_equal(door_next_steps, 0);
    door_client_close(&client);
    assert_true(door_enter(&client, 1));
}

static void a_slow_reader_is_cut(void **state) {
    (void)state;
    int small = 4096, fd = socket(AF_INET, SOCK_STREAM, 0);
    uint8_t frame[64];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)door.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);      // or the system takes the whole reply
    setsockopt(door.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small); // of the connections it will accept
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_true(door_client_start(&client, fd, DOOR_ALPN) && door_hello(&client, 1));
    uint8_t round[16] = {1};
    Candour__GetQuestionnaire message = CANDOUR__GET_QUESTIONNAIRE__INIT;
    message.round = (ProtobufCBinaryData){sizeof round, round};
    message.level = (ProtobufCBinaryData){1, (uint8_t *)"4"};
    uint64_t start = door_now_ms();
    door_send(&client, frame, door_frame(OPERATION_GET_QUESTIONNAIRE, &message.base, frame));
    door_wait_for_live(0);
    assert_in_range(door_now_ms() - start, 1500, 4000); // reply_ms and 1 ms per 128 bytes, not the operation's 5 s
}

static void a_big_reply_arrives_whole(void **state) {
    (void)state;
    Candour__ReadAudit message = CANDOUR__READ_AUDIT__INIT;
    message.limit = 1;
    assert_true(door_enter(&client, 2));
    for (int i = 0; i < 5; i++) {
        assert_true(door_ask(&client, OPERATION_READ_AUDIT, &message.base));
        assert_true(reply.len > BIG_REPLY_BYTES);
        for (uint32_t j = 8; j < reply.len; j++)
            assert_int_equal(reply.body[j], 'b');
    }
}

static void a_reply_above_its_limit_is_an_internal_error(void **state) {
    (void)state;
    Candour__AdvanceRound message = CANDOUR__ADVANCE_ROUND__INIT;
    message.round = (ProtobufCBinaryData){1, (uint8_t *)"r"};
    message.to = CANDOUR__STATE__COLLECTING;
    assert_true(door_enter(&client, 2));
    assert_true(door_ask(&client, OPERATION_ADVANCE_ROUND, &message.base));
    assert_int_equal(reply.status, CANDOUR__STATUS__INTERNAL);
    assert_true(door_ask(&client, OPERATION_WHO_AM_I, NULL));
}

static void a_query_that_does_not_fit_is_too_large(void **state) {
    (void)state;
    assert_true(door_enter(&client, 1));
    for (int i = 0; i < 3; i++) {
        assert_true(door_ask(&client, OPERATION_MY_REPORTS, NULL));
        assert_int_equal(reply.status, CANDOUR__STATUS__TOO_LARGE);
        assert_string_equal(reply.detail, "This needs more memory than one request may use. Do it in smaller parts.");
    }
    assert_int_equal(door_next_steps, 0);
}

#define DESK_TEST(name)      cmocka_unit_test_setup_teardown(name, open_desk, shut)
#define IMPATIENT_TEST(name) cmocka_unit_test_setup_teardown(name, open_impatient_desk, shut)
int main(void) {
    const struct CMUnitTest tests[] = {
        DESK_TEST(hello_is_answered),
        DESK_TEST(many_requests_use_one_connection),
        DESK_TEST(one_byte_at_a_time_is_understood),
        DESK_TEST(nothing_comes_before_hello),
        DESK_TEST(an_unknown_operation_is_named_and_the_connection_ends),
        DESK_TEST(the_other_doors_operations_are_unknown),
        DESK_TEST(another_version_is_refused),
        DESK_TEST(a_length_above_the_limit_is_refused_unread_and_the_reply_arrives),
        DESK_TEST(roles_are_judged_and_the_connection_goes_on),
        DESK_TEST(the_body_of_a_refused_request_is_skipped),
        DESK_TEST(garbage_and_bad_fields_are_bad_requests),
        DESK_TEST(a_second_frame_while_busy_ends_the_connection),
        DESK_TEST(a_goodbye_in_two_pieces_is_no_second_frame),
        DESK_TEST(a_key_update_while_busy_is_no_second_frame),
        IMPATIENT_TEST(silence_ends_a_connection),
        IMPATIENT_TEST(a_cut_off_body_ends_at_the_deadline),
        DESK_TEST(an_operation_past_its_deadline_ends_the_connection_and_nothing_else),
        IMPATIENT_TEST(a_slow_reader_is_cut),
        DESK_TEST(a_big_reply_arrives_whole),
        DESK_TEST(a_reply_above_its_limit_is_an_internal_error),
        DESK_TEST(a_query_that_does_not_fit_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
