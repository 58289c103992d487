// What the network may see: no other TLS than ours, no other protocol, and at the ballot box one size for everything.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/forge.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

enum { HOUR_S = 3600 };

static struct fixture_round round_made;
static struct person rater;

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Wire", &round_made);
    person_ready(0, &round_made, &rater);
    return 0;
}

static int end(void **state) {
    person_close(&rater);
    fixture_round_free(&round_made);
    return fixture_end(state);
}

// ---------------------------------------------------------------- TLS

static const enum door doors[] = {DOOR_DESK, DOOR_BALLOT};

static void expect_service(void) {
    struct wire wire;
    for (size_t i = 0; i < ARRAY_LEN(doors); i++) {
        wire_open(doors[i], NULL, &wire);
        wire_close(&wire);
    }
}

static void tls_before_1_3_is_refused(void **state) {
    (void)state;
    static const char *const names[] = {"candour-desk/1", "candour-ballot/1"};
    struct wire wire;
    for (size_t i = 0; i < ARRAY_LEN(doors); i++) {
        assert_true(wire_try(doors[i], names[i], TLS1_3_VERSION, &wire));
        assert_int_equal(SSL_version(wire.ssl), TLS1_3_VERSION);
        wire_close(&wire);
        assert_false(wire_try(doors[i], names[i], TLS1_2_VERSION, &wire));
        expect_service();
    }
}

static void no_alpn_and_every_other_alpn_is_refused(void **state) {
    (void)state;
    static const struct {
        enum door door;
        const char *name;
    } wrong[] = {
        {DOOR_DESK, NULL},
        {DOOR_BALLOT, NULL},
        {DOOR_DESK, "candour-ballot/1"},
        {DOOR_BALLOT, "candour-desk/1"},
        {DOOR_DESK, "candour-desk/2"},
        {DOOR_DESK, "candour-desk/"},
        {DOOR_DESK, "candour-desk/11"},
        {DOOR_BALLOT, "http/1.1"},
        {DOOR_DESK, "h2"},
    };
    struct wire wire;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        if (wire_try(wrong[i].door, wrong[i].name, TLS1_3_VERSION, &wire))
            fail_msg("ALPN %s was taken at door %d", wrong[i].name, (int)wrong[i].door);
        expect_service();
    }
}

static void plain_text_is_refused(void **state) {
    (void)state;
    static const char http[] = "GET / HTTP/1.1\r\nHost: council.example\r\n\r\n";
    // Our own frame without TLS, and a TLS record that is none.
    static const uint8_t frame[] = {0, 0, 0, 0, 1, 1, 1, 0}, record[] = {22, 3, 1, 0x40, 0, 1, 2, 3};
    const struct {
        const void *bytes;
        size_t len;
    } texts[] = {{http, sizeof http - 1}, {frame, sizeof frame}, {record, sizeof record}};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        for (size_t k = 0; k < ARRAY_LEN(doors); k++) {
            uint8_t answer[512];
            ssize_t got, all = 0;
            int fd = wire_dial(doors[k]);
            assert_int_equal(send(fd, texts[i].bytes, texts[i].len, MSG_NOSIGNAL), texts[i].len);
            shutdown(fd, SHUT_WR); // what is no TLS so far is not going to be
            while ((got = recv(fd, answer, sizeof answer, 0)) > 0)
                all += got;
            assert_int_equal(got < 0 && errno != ECONNRESET, 0);
            assert_in_range(all, 0, 7); // an alert at most
            close(fd);
            expect_service();
        }
}

static void a_session_can_not_be_resumed(void **state) {
    (void)state;
    struct wire wire;
    for (size_t i = 0; i < ARRAY_LEN(doors); i++) {
        wire_open(doors[i], NULL, &wire);
        if (doors[i] == DOOR_BALLOT) { // tickets, if there were any, would come before the first reply
            wire_send_header(&wire, OPERATION_CAST_BALLOT, 0);
            assert_true(wire_receive(&wire));
        }
        assert_false(SSL_SESSION_is_resumable(SSL_get_session(wire.ssl)));
        assert_int_equal(SSL_SESSION_get_max_early_data(SSL_get_session(wire.ssl)), 0);
        wire_close(&wire);
    }
}

// ---------------------------------------------------------------- sizes

static void expect_same(struct wire_count a, struct wire_count b) {
    assert_int_equal(a.sent, b.sent);
    assert_int_equal(a.received, b.received);
}

static Candour__Status exchange_once(uint16_t operation, const void *body, size_t len, struct wire_count *ret_count) {
    struct wire wire;
    wire_open(DOOR_BALLOT, NULL, &wire);
    struct wire_count before = wire_count(&wire);
    wire_send_frame(&wire, operation, body, len);
    assert_true(wire_receive(&wire));
    struct wire_count after = wire_count(&wire);
    Candour__Status status = wire_status(&wire);
    wire_close(&wire);
    *ret_count = (struct wire_count){after.sent - before.sent, after.received - before.received};
    return status;
}

// One request on a connection of its own. A worker that has not heard of a round yet is busy looking for it: then
// again, and that reply had the same size, too.
static struct wire_count exchange(uint16_t operation, const void *body, size_t len, Candour__Status expected) {
    enum { TRIES_MAX = 20, PAUSE_US = 100000 };
    struct wire_count first, last;
    Candour__Status status = exchange_once(operation, body, len, &first);
    last = first;
    for (int tries = 0; status == CANDOUR__STATUS__BUSY && status != expected && tries < TRIES_MAX; tries++) {
        usleep(PAUSE_US);
        status = exchange_once(operation, body, len, &last);
        expect_same(first, last);
    }
    if (status != expected)
        fail_msg("operation 0x%04x: status %d instead of %d", operation, (int)status, (int)expected);
    return last;
}

static struct wire_count get_manifest(const uint8_t *round, uint32_t version, uint32_t page, Candour__Status expected) {
    Candour__GetManifest request = CANDOUR__GET_MANIFEST__INIT;
    uint8_t body[64];
    request.round = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)round};
    request.version = version;
    request.page = page;
    return exchange(OPERATION_MANIFEST_PAGE, body, candour__get_manifest__pack(&request, body), expected);
}

static void manifest_pages_have_one_size(void **state) {
    (void)state;
    const uint8_t *round = round_made.manifest.round, unknown[16] = {9};
    struct wire_count one = get_manifest(round, 0, 0, CANDOUR__STATUS__OK);
    assert_in_range(one.received, MANIFEST_PAGE_BYTES, MANIFEST_PAGE_BYTES + 200);
    expect_same(get_manifest(round, UINT32_MAX, 0, CANDOUR__STATUS__OK), one);
    expect_same(get_manifest(round, 1, 0, CANDOUR__STATUS__NOT_FOUND), one);
    expect_same(get_manifest(round, 0, 1023, CANDOUR__STATUS__NOT_FOUND), one);
    expect_same(get_manifest(round, 0, 1024, CANDOUR__STATUS__BAD_REQUEST), one);
    expect_same(get_manifest(unknown, 0, 0, CANDOUR__STATUS__NOT_FOUND), one);
}

static struct wire_count cast(const struct forge *f, Candour__Status expected) {
    uint8_t frame[FORGE_FRAME_BYTES];
    forge_frame(f, frame);
    return exchange(OPERATION_CAST_BALLOT, frame + FRAME_HEADER_BYTES, sizeof frame - FRAME_HEADER_BYTES, expected);
}

static void ballots_have_one_size_whatever_they_say(void **state) {
    (void)state;
    static char comment[2400];
    struct forge small, large;
    memset(comment, 'x', sizeof comment);
    forge_start(&rater, &round_made, FIXTURE_ADA, &small);
    forge_start(&rater, &round_made, FIXTURE_BEN, &large);
    sandbox_clock(round_made.manifest.answer_from - HOUR_S);
    struct wire_count one = cast(&small, CANDOUR__STATUS__REFUSED_BY_RULE);
    assert_in_range(one.sent, FIXTURE_BUCKET, FIXTURE_BUCKET + 100);
    assert_in_range(one.received, 64, 200);
    sandbox_clock(round_made.manifest.answer_from + HOUR_S);
    expect_same(cast(&small, CANDOUR__STATUS__OK), one);        // one answer
    expect_same(cast(&large, CANDOUR__STATUS__OK), one);        // 53
    small.ballot.sequence = large.ballot.sequence = 2000000000; // a large number is no longer than a small one
    forge_comment(&small, 0, "x", 1);
    for (uint32_t question = 0; question < FIXTURE_QUESTIONS; question++)
        forge_comment(&large, question, comment, 1000);
    expect_same(cast(&small, CANDOUR__STATUS__OK), one);
    expect_same(cast(&large, CANDOUR__STATUS__OK), one);
    expect_same(cast(&large, CANDOUR__STATUS__OK), one); // again
    small.ballot.sequence = 1;
    expect_same(cast(&small, CANDOUR__STATUS__CONFLICT), one);
    small.ratings[0] = 9;
    expect_same(cast(&small, CANDOUR__STATUS__BAD_REQUEST), one);
    large.y[0] ^= 1;
    expect_same(cast(&large, CANDOUR__STATUS__FORBIDDEN), one);
    memset(large.ballot.round.data, 1, 16);
    expect_same(cast(&large, CANDOUR__STATUS__BAD_REQUEST), one);
    uint8_t noise[FORGE_FRAME_BYTES - FRAME_HEADER_BYTES];
    memset(noise, 0xee, sizeof noise);
    expect_same(exchange(OPERATION_CAST_BALLOT, noise, sizeof noise, CANDOUR__STATUS__BAD_REQUEST), one);
    FILE *lock = sandbox_lock("SELECT FROM ballot.ballot FOR UPDATE"); // so long that the box gives up: outcome unknown
    small.ratings[0] = 3;
    small.ballot.sequence = 2000000001;
    expect_same(cast(&small, CANDOUR__STATUS__BUSY), one);
    sandbox_unlock(lock);
}

static struct wire_count get_leaves(const uint8_t *round, uint32_t page, Candour__Status expected) {
    Candour__GetLeaves request = CANDOUR__GET_LEAVES__INIT;
    uint8_t body[64];
    request.round = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)round};
    request.page = page;
    return exchange(OPERATION_LEAVES_PAGE, body, candour__get_leaves__pack(&request, body), expected);
}

static void leaves_have_one_size_before_and_after_close(void **state) {
    (void)state;
    const uint8_t *round = round_made.manifest.round, unknown[16] = {9};
    struct wire_count one = get_leaves(round, 0, CANDOUR__STATUS__NOT_FOUND);
    assert_in_range(one.received, MANIFEST_PAGE_BYTES, MANIFEST_PAGE_BYTES + 200);
    expect_same(get_leaves(unknown, 0, CANDOUR__STATUS__NOT_FOUND), one);
    expect_same(get_leaves(round, 1000001, CANDOUR__STATUS__BAD_REQUEST), one);

    uint8_t session[32];
    struct wire wire;
    Candour__CloseRound request = CANDOUR__CLOSE_ROUND__INIT;
    request.round = (ProtobufCBinaryData){strlen(round_made.name), (uint8_t *)round_made.name};
    sandbox_clock(round_made.manifest.close + 2 * HOUR_S);
    fixture_sign_in(session);
    wire_open(DOOR_DESK, session, &wire);
    wire_send_message(&wire, OPERATION_CLOSE_ROUND, &request.base);
    assert_true(wire_receive(&wire));
    assert_int_equal(wire_status(&wire), CANDOUR__STATUS__OK);
    wire_close(&wire);
    sandbox_wait("SELECT leaves_root IS NOT NULL FROM ballot.round WHERE id = '%s'", round_made.hex);
    expect_same(get_leaves(round, 0, CANDOUR__STATUS__OK), one);
    expect_same(get_leaves(round, 1, CANDOUR__STATUS__NOT_FOUND), one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_before_1_3_is_refused),
        cmocka_unit_test(no_alpn_and_every_other_alpn_is_refused),
        cmocka_unit_test(plain_text_is_refused),
        cmocka_unit_test(a_session_can_not_be_resumed),
        cmocka_unit_test(manifest_pages_have_one_size),
        cmocka_unit_test(ballots_have_one_size_whatever_they_say),
        cmocka_unit_test(leaves_have_one_size_before_and_after_close),
    };
    return cmocka_run_group_tests(tests, start, end);
}
