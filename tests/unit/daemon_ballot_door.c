// The ballot box's door: what an anonymous client may learn from a refusal is nothing but its status.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door_frames.h"

#define BALLOT_ALPN "\020candour-ballot/1"

static struct door_client client;

static int open_box(void **state) {
    (void)state;
    door_open(DOOR_BALLOT, NULL);
    return 0;
}

static int shut(void **state) {
    (void)state;
    door_client_close(&client);
    door_shut();
    return 0;
}

static void enter(void) {
    assert_true(door_client_open(&client, door.port, BALLOT_ALPN));
}

static bool cast(size_t sealed_len) {
    static uint8_t sealed[1 << 17];
    uint8_t round[16] = {1};
    Candour__CastBallot message = CANDOUR__CAST_BALLOT__INIT;
    message.round = (ProtobufCBinaryData){sizeof round, round};
    message.sealed = (ProtobufCBinaryData){sealed_len, sealed};
    return door_ask(&client, OPERATION_CAST_BALLOT, &message.base);
}

static Candour__Status cast_status(void) {
    Candour__CastReply *said = candour__cast_reply__unpack(NULL, reply.len, reply.body);
    assert_non_null(said);
    Candour__Status status = said->status;
    candour__cast_reply__free_unpacked(said, NULL);
    return status;
}

static void every_refusal_has_the_size_of_a_success(void **state) {
    (void)state;
    enter();
    assert_true(cast(65536)); // the largest bucket
    assert_int_equal(cast_status(), CANDOUR__STATUS__OK);
    uint32_t len = reply.len;
    assert_true(cast(100)); // below every bucket: the check refuses it
    assert_int_equal(cast_status(), CANDOUR__STATUS__BAD_REQUEST);
    assert_int_equal(reply.len, len);
    assert_true(cast(4096)); // the handler found its memory full
    assert_int_equal(cast_status(), CANDOUR__STATUS__BUSY);
    assert_int_equal(reply.len, len);
    uint8_t frame[11];
    frame_write((struct frame){3, OPERATION_CAST_BALLOT}, frame);
    memcpy(frame + 8, "\x0a\xff\xff", 3);
    assert_true(door_send(&client, frame, sizeof frame) && door_read_reply(&client));
    assert_int_equal(cast_status(), CANDOUR__STATUS__BAD_REQUEST);
    assert_int_equal(reply.len, len);
    assert_true(cast(65536 + 100)); // refused by its header
    assert_int_equal(cast_status(), CANDOUR__STATUS__TOO_LARGE);
    assert_int_equal(reply.len, len);
    assert_true(door_is_closed(&client));
}

static void no_hello_is_needed_or_known(void **state) {
    (void)state;
    enter();
    Candour__Hello message = CANDOUR__HELLO__INIT;
    assert_false(door_ask(&client, OPERATION_HELLO, &message.base));
    assert_true(door_is_closed(&client));
}

static void an_unknown_operation_and_a_bad_header_just_close(void **state) {
    (void)state;
    enter();
    assert_false(door_ask(&client, 0x0999, NULL));
    door_client_close(&client);
    enter();
    uint8_t header[8] = {0, 0, 0, 4, 7, 2, 9, 9};
    assert_true(door_send(&client, header, sizeof header));
    assert_true(door_is_closed(&client));
}

static void a_refusal_without_a_form_closes(void **state) {
    (void)state;
    uint8_t round[16] = {1};
    Candour__GetManifest message = CANDOUR__GET_MANIFEST__INIT;
    message.round = (ProtobufCBinaryData){sizeof round, round};
    enter();
    assert_false(door_ask(&client, OPERATION_MANIFEST_PAGE, &message.base)); // no sentence leaves this door
}

static void the_desks_name_does_not_open_this_door(void **state) {
    (void)state;
    assert_false(door_client_open(&client, door.port, DOOR_ALPN));
}

#define BOX_TEST(name) cmocka_unit_test_setup_teardown(name, open_box, shut)
int main(void) {
    const struct CMUnitTest tests[] = {
        BOX_TEST(every_refusal_has_the_size_of_a_success),          BOX_TEST(no_hello_is_needed_or_known),
        BOX_TEST(an_unknown_operation_and_a_bad_header_just_close), BOX_TEST(a_refusal_without_a_form_closes),
        BOX_TEST(the_desks_name_does_not_open_this_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
