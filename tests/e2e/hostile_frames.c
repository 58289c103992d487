// What a client must never send: each is refused with a sentence at the desk, changes nothing, and harms nobody else.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/fixture.h"
#include "tests/support/sample.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"
#include "tests/support/wire.h"

static struct fixture_round round_made;
static struct person rater;

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Frames", &round_made);
    person_ready(0, &round_made, &rater);
    return 0;
}

static int end(void **state) {
    person_close(&rater);
    fixture_round_free(&round_made);
    return fixture_end(state);
}

// ---------------------------------------------------------------- what all tests use

// A worker that has not seen the round yet looks for it, and is busy meanwhile.
static void expect_manifest(struct wire *wire) {
    assert_true(wire_receive(wire));
    assert_int_equal(wire->frame.operation, OPERATION_MANIFEST_PAGE | FRAME_REPLY);
    assert_true(wire_status(wire) == CANDOUR__STATUS__OK || wire_status(wire) == CANDOUR__STATUS__BUSY);
}

// Somebody else is served as if nothing had happened.
static void expect_service(enum door door) {
    struct wire wire;
    wire_open(door, NULL, &wire);
    if (door == DOOR_BALLOT) {
        Candour__GetManifest request = CANDOUR__GET_MANIFEST__INIT;
        request.round = (ProtobufCBinaryData){16, round_made.manifest.round};
        wire_send_message(&wire, OPERATION_MANIFEST_PAGE, &request.base);
        expect_manifest(&wire);
    }
    wire_close(&wire);
}

static const uint8_t *session_for(const struct operation_row *row) {
    return row->role == ROLE_ADMINISTRATOR ? fixture_session() : row->role == ROLE_ANY ? person_session(&rater) : NULL;
}

// A refusal, and after it the connection goes on.
static void expect_refused(struct wire *wire, const struct operation_row *row, Candour__Status status) {
    if (row->door == DOOR_DESK) {
        wire_expect_refusal(wire, row->number, status);
        return;
    }
    assert_true(wire_receive(wire));
    assert_int_equal(wire->frame.operation, row->number | FRAME_REPLY);
    assert_int_equal(wire_status(wire), status);
}

// ---------------------------------------------------------------- content

static bool has_oneof(const ProtobufCMessageDescriptor *message) {
    for (unsigned i = 0; i < message->n_fields; i++)
        if (message->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
            return true;
    return false;
}

static unsigned try_faults(const struct operation_row *row, unsigned choice, enum sample_fault fault) {
    struct sample sample;
    struct wire wire;
    unsigned tried = 0;
    for (; sample_make(row->request, choice, fault, tried, &sample); tried++) {
        wire_open(row->door, session_for(row), &wire);
        wire_send_frame(&wire, row->number, sample.bytes, sample.len);
        if (sample.may_be_gone && fault == SAMPLE_MISSING) {
            assert_true(wire_receive(&wire));
            assert_int_not_equal(wire_status(&wire), CANDOUR__STATUS__BAD_REQUEST);
            assert_int_not_equal(wire_status(&wire), CANDOUR__STATUS__INTERNAL);
        } else {
            print_message("%s without or with bad %s\n", row->name, sample.field);
            expect_refused(&wire, row, CANDOUR__STATUS__BAD_REQUEST);
        }
        wire_close(&wire);
    }
    return tried;
}

static unsigned try_all(enum sample_fault fault) {
    struct sandbox_state before;
    unsigned tried = 0;
    sandbox_remember(&before);
    for (size_t i = 0; i < operations_count; i++)
        for (unsigned choice = 0; choice <= has_oneof(operations[i].request); choice++)
            tried += try_faults(&operations[i], choice, fault);
    sandbox_unchanged(&before);
    return tried;
}

static void every_sample_without_a_fault_passes_the_gate(void **state) {
    (void)state;
    struct sample sample;
    struct wire wire;
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        if (row->number == OPERATION_SIGN_OUT)
            continue;
        wire_open(row->door, session_for(row), &wire);
        assert_true(sample_make(row->request, 0, SAMPLE_FINE, 0, &sample));
        wire_send_frame(&wire, row->number, sample.bytes, sample.len);
        assert_true(wire_receive(&wire));
        if (wire_status(&wire) == CANDOUR__STATUS__BAD_REQUEST)
            fail_msg("%s: %.*s", row->name, (int)wire.frame.length, (const char *)wire.body);
        assert_int_not_equal(wire_status(&wire), CANDOUR__STATUS__INTERNAL);
        wire_close(&wire);
    }
}

static void every_missing_field_is_refused(void **state) {
    (void)state;
    assert_in_range(try_all(SAMPLE_MISSING), 80, 200);
}

static void text_that_is_not_utf8_is_refused(void **state) {
    (void)state;
    assert_in_range(try_all(SAMPLE_NOT_UTF8), 30, 100);
}

static void text_with_nul_is_refused(void **state) {
    (void)state;
    assert_in_range(try_all(SAMPLE_NUL), 30, 100);
}

static void an_unknown_field_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        struct sample sample;
        struct wire wire;
        assert_true(sample_make(row->request, 0, SAMPLE_FINE, 0, &sample));
        sample.bytes[sample.len++] = 15 << 3; // number 15, which no request has
        sample.bytes[sample.len++] = 1;
        wire_open(row->door, session_for(row), &wire);
        wire_send_frame(&wire, row->number, sample.bytes, sample.len);
        expect_refused(&wire, row, CANDOUR__STATUS__BAD_REQUEST);
        wire_close(&wire);
    }
}

static void a_body_that_is_no_message_is_refused(void **state) {
    (void)state;
    uint8_t noise[40];
    memset(noise, 0xff, sizeof noise);
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        struct wire wire;
        wire_open(row->door, session_for(row), &wire);
        wire_send_frame(&wire, row->number, noise, sizeof noise);
        expect_refused(&wire, row, CANDOUR__STATUS__BAD_REQUEST);
        wire_close(&wire);
    }
}

static bool has_required(const ProtobufCMessageDescriptor *message) {
    struct sample sample;
    for (unsigned i = 0; sample_make(message, 0, SAMPLE_MISSING, i, &sample); i++)
        if (!sample.may_be_gone)
            return true;
    return false;
}

static void an_empty_body_is_refused_where_fields_are_required(void **state) {
    (void)state;
    struct sandbox_state before;
    sandbox_remember(&before);
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        struct wire wire;
        if (row->number == OPERATION_SIGN_OUT)
            continue;
        wire_open(row->door, session_for(row), &wire);
        wire_send_header(&wire, row->number, 0);
        if (has_required(row->request)) {
            expect_refused(&wire, row, CANDOUR__STATUS__BAD_REQUEST);
        } else {
            assert_true(wire_receive(&wire));
            assert_int_equal(wire_status(&wire), CANDOUR__STATUS__OK);
        }
        wire_close(&wire);
    }
    sandbox_unchanged(&before);
}

// ---------------------------------------------------------------- headers

// Sends a header and a body's first bytes, and expects a sentence, then the end; a ballot box ends without a word.
static void expect_bad_header(enum door door, const uint8_t header[FRAME_HEADER_BYTES], uint16_t operation) {
    struct wire wire;
    wire_open(door, NULL, &wire);
    wire_send(&wire, header, FRAME_HEADER_BYTES);
    if (door == DOOR_DESK)
        wire_expect_refusal(&wire, operation, CANDOUR__STATUS__BAD_REQUEST);
    wire_expect_end(&wire);
    wire_close(&wire);
    expect_service(door);
}

static void a_wrong_version_or_reserved_byte_is_refused(void **state) {
    (void)state;
    static const uint8_t endings[][2] = {{0, 0}, {2, 0}, {255, 0}, {1, 1}, {1, 255}, {0, 1}};
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        uint8_t header[FRAME_HEADER_BYTES];
        frame_write((struct frame){0, OPERATION_WHO_AM_I}, header);
        memcpy(header + 6, endings[i], 2);
        expect_bad_header(DOOR_DESK, header, OPERATION_WHO_AM_I);
        frame_write((struct frame){28, OPERATION_MANIFEST_PAGE}, header);
        memcpy(header + 6, endings[i], 2);
        expect_bad_header(DOOR_BALLOT, header, OPERATION_MANIFEST_PAGE);
    }
}

static void an_unknown_operation_is_refused(void **state) {
    (void)state;
    // The other door's operations, numbers that nobody has, and a known one with the bit of replies.
    static const uint16_t unknown[][2] = {
        {OPERATION_CAST_BALLOT, DOOR_DESK},
        {OPERATION_HELLO, DOOR_BALLOT},
        {OPERATION_READ_AUDIT, DOOR_BALLOT},
        {0, DOOR_DESK},
        {0, DOOR_BALLOT},
        {0x0999, DOOR_DESK},
        {0x0799, DOOR_BALLOT},
        {OPERATION_WHO_AM_I | FRAME_REPLY, DOOR_DESK},
        {0xffff, DOOR_DESK},
        {OPERATION_CAST_BALLOT | FRAME_REPLY, DOOR_BALLOT},
    };
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
        uint8_t header[FRAME_HEADER_BYTES];
        frame_write((struct frame){8, unknown[i][0]}, header);
        expect_bad_header((enum door)unknown[i][1], header, unknown[i][0]);
    }
}

static void nothing_comes_before_hello(void **state) {
    (void)state;
    struct wire wire;
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        if (row->door != DOOR_DESK || row->number == OPERATION_HELLO)
            continue;
        assert_true(wire_try(DOOR_DESK, "candour-desk/1", TLS1_3_VERSION, &wire));
        wire_send_header(&wire, row->number, 0);
        wire_expect_refusal(&wire, row->number, CANDOUR__STATUS__UNAUTHENTICATED);
        wire_expect_end(&wire);
        wire_close(&wire);
    }
}

// Sums a line of /proc/PID/status over all workers, in KiB.
static long long memory_kib(const char *line) {
    char sum[32];
    sandbox_shell(sum, sizeof sum,
                  "pid=$(cat \"$CANDOURD_PID_FILE\"); for p in $(cat /proc/$pid/task/$pid/children); do cat "
                  "/proc/$p/status; done | awk '/^%s:/ { sum += $2 } END { print sum }'",
                  line);
    return atoll(sum);
}

struct memory {
    long long resident_kib, size_kib;
};

static struct memory memory_now(void) {
    return (struct memory){memory_kib("VmRSS"), memory_kib("VmSize")};
}

// Announces bodies that are too long for the operation, and never sends one. Gives the memory while all of these
// connections are still there.
static struct memory announce(const struct operation_row *row) {
    enum { TIMES = 8 };
    struct wire wires[TIMES];
    const uint32_t lengths[] = {row->request_bytes_max + 1, UINT32_MAX, 0x80000000, row->request_bytes_max * 2};
    for (size_t i = 0; i < TIMES; i++) {
        wire_open(row->door, session_for(row), &wires[i]);
        wire_send_header(&wires[i], row->number, lengths[i % ARRAY_LEN(lengths)]);
        expect_refused(&wires[i], row, CANDOUR__STATUS__TOO_LARGE);
    }
    struct memory memory = memory_now();
    for (size_t i = 0; i < TIMES; i++) {
        wire_expect_end(&wires[i]);
        wire_close(&wires[i]);
    }
    return memory;
}

static void an_oversized_frame_is_refused_before_it_takes_memory(void **state) {
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    enum { KIB_MAX = 128 * 1024 }; // which keeps freed memory for a while
#else
    enum { KIB_MAX = 4 * 1024 }; // one body of the largest operation
#endif
    for (size_t i = 0; i < operations_count; i++)
        announce(&operations[i]); // so that everything was used once
    struct memory before = memory_now();
    for (size_t i = 0; i < operations_count; i++) {
        struct memory now = announce(&operations[i]);
        assert_in_range(now.resident_kib, 0, before.resident_kib + KIB_MAX);
        assert_in_range(now.size_kib, 0, before.size_kib + KIB_MAX);
    }
    expect_service(DOOR_DESK);
    expect_service(DOOR_BALLOT);
}

// ---------------------------------------------------------------- pieces

static size_t stop_reminders_frame(uint8_t ret_frame[64]) {
    Candour__StopReminders request = CANDOUR__STOP_REMINDERS__INIT;
    request.round = (ProtobufCBinaryData){16, round_made.manifest.round};
    request.stop = 1;
    size_t len = candour__stop_reminders__pack(&request, ret_frame + FRAME_HEADER_BYTES);
    frame_write((struct frame){(uint32_t)len, OPERATION_STOP_REMINDERS}, ret_frame);
    return FRAME_HEADER_BYTES + len;
}

static void a_truncated_frame_has_no_effect(void **state) {
    (void)state;
    uint8_t frame[64];
    struct sandbox_state before;
    size_t len = stop_reminders_frame(frame);
    sandbox_remember(&before);
    for (size_t cut = 1; cut < len; cut++) {
        struct wire wire;
        wire_open(DOOR_DESK, person_session(&rater), &wire);
        wire_send(&wire, frame, cut);
        if (cut % 2 == 0) { // half of them say good-bye, and wait for the server's
            SSL_shutdown(wire.ssl);
            wire_expect_end(&wire);
        }
        wire_close(&wire);
    }
    sandbox_unchanged(&before);
    expect_service(DOOR_DESK);
}

static void a_frame_may_come_byte_by_byte(void **state) {
    (void)state;
    struct wire wire;
    uint8_t frame[64];
    size_t len = stop_reminders_frame(frame);
    wire_open(DOOR_DESK, person_session(&rater), &wire);
    for (size_t i = 0; i < len; i++)
        wire_send(&wire, frame + i, 1);
    assert_true(wire_receive(&wire));
    assert_int_equal(wire_status(&wire), CANDOUR__STATUS__OK);
    wire_close(&wire);
    assert_int_equal(sandbox_number("SELECT count(*) FROM desk.no_reminder"), 1);

    Candour__GetManifest request = CANDOUR__GET_MANIFEST__INIT;
    request.round = (ProtobufCBinaryData){16, round_made.manifest.round};
    frame_write((struct frame){(uint32_t)candour__get_manifest__pack(&request, frame + FRAME_HEADER_BYTES),
                               OPERATION_MANIFEST_PAGE},
                frame);
    wire_open(DOOR_BALLOT, NULL, &wire);
    for (size_t i = 0; i < FRAME_HEADER_BYTES + candour__get_manifest__get_packed_size(&request); i++)
        wire_send(&wire, frame + i, 1);
    expect_manifest(&wire);
    wire_close(&wire);
}

static void a_second_frame_while_busy_ends_the_connection(void **state) {
    (void)state;
    struct sandbox_state before;
    struct wire wire;
    uint8_t both[128];
    frame_write((struct frame){0, OPERATION_WHO_AM_I}, both);
    size_t len = FRAME_HEADER_BYTES + stop_reminders_frame(both + FRAME_HEADER_BYTES);
    sandbox_sql("DELETE FROM desk.no_reminder");
    sandbox_remember(&before);
    wire_open(DOOR_DESK, person_session(&rater), &wire);
    wire_send(&wire, both, len);
    wire_expect_end(&wire);
    wire_close(&wire);

    Candour__GetManifest request = CANDOUR__GET_MANIFEST__INIT;
    request.round = (ProtobufCBinaryData){16, round_made.manifest.round};
    uint32_t body = (uint32_t)candour__get_manifest__pack(&request, both + FRAME_HEADER_BYTES);
    frame_write((struct frame){body, OPERATION_MANIFEST_PAGE}, both);
    memcpy(both + FRAME_HEADER_BYTES + body, both, FRAME_HEADER_BYTES + body);
    wire_open(DOOR_BALLOT, NULL, &wire);
    wire_send(&wire, both, 2 * (FRAME_HEADER_BYTES + body));
    wire_expect_end(&wire);
    wire_close(&wire);
    sandbox_unchanged(&before);
    expect_service(DOOR_DESK);
    expect_service(DOOR_BALLOT);
}

// ---------------------------------------------------------------- roles

// What this operation says to somebody with this session; a valid request, but for things that do not exist.
static Candour__Status ask(const struct operation_row *row, const uint8_t *session) {
    struct sample sample;
    struct wire wire;
    assert_true(sample_make(row->request, 0, SAMPLE_FINE, 0, &sample));
    wire_open(DOOR_DESK, session, &wire);
    wire_send_frame(&wire, row->number, sample.bytes, sample.len);
    assert_true(wire_receive(&wire));
    assert_int_equal(wire.frame.operation, row->number | FRAME_REPLY);
    Candour__Status status = wire_status(&wire);
    wire_close(&wire);
    return status;
}

static void each_operation_is_for_the_role_of_its_row(void **state) {
    (void)state;
    uint8_t administrator[32];
    const uint8_t *nobody = (const uint8_t *)"a session that has never existed";
    fixture_sign_in(administrator); // not the one that other tests use: one request here is to sign out
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        if (row->door != DOOR_DESK || row->number == OPERATION_SIGN_IN || row->number == OPERATION_SIGN_OUT)
            continue;
        const struct {
            const uint8_t *session;
            enum role has;
        } callers[] = {{NULL, ROLE_NONE},
                       {nobody, ROLE_NONE},
                       {person_session(&rater), ROLE_ANY},
                       {administrator, ROLE_ADMINISTRATOR}};
        for (size_t k = 0; k < ARRAY_LEN(callers); k++) {
            Candour__Status status = ask(row, callers[k].session);
            Candour__Status refusal =
                callers[k].has == ROLE_NONE ? CANDOUR__STATUS__UNAUTHENTICATED : CANDOUR__STATUS__FORBIDDEN;
            if ((status == refusal) != (callers[k].has < row->role))
                fail_msg("%s: status %d for caller %zu", row->name, (int)status, k);
        }
    }
    // Signing out ends a session for good, on every connection to come.
    const struct operation_row *sign_out = operation_find(OPERATION_SIGN_OUT);
    assert_int_equal(ask(sign_out, NULL), CANDOUR__STATUS__UNAUTHENTICATED);
    assert_int_equal(ask(sign_out, administrator), CANDOUR__STATUS__OK);
    assert_int_equal(ask(sign_out, administrator), CANDOUR__STATUS__UNAUTHENTICATED);
}

static void a_refusal_by_role_says_what_to_do(void **state) {
    (void)state;
    struct sandbox_state before;
    sandbox_remember(&before);
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        struct wire wire;
        struct sample sample;
        assert_true(sample_make(row->request, 0, SAMPLE_FINE, 0, &sample));
        if (row->role == ROLE_NONE)
            continue;
        wire_open(DOOR_DESK, NULL, &wire);
        wire_send_frame(&wire, row->number, sample.bytes, sample.len);
        wire_expect_refusal(&wire, row->number, CANDOUR__STATUS__UNAUTHENTICATED);
        wire_close(&wire);
        if (row->role == ROLE_ANY)
            continue;
        wire_open(DOOR_DESK, person_session(&rater), &wire);
        wire_send_frame(&wire, row->number, sample.bytes, sample.len);
        wire_expect_refusal(&wire, row->number, CANDOUR__STATUS__FORBIDDEN);
        wire_close(&wire);
    }
    sandbox_unchanged(&before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_without_a_fault_passes_the_gate),
        cmocka_unit_test(every_missing_field_is_refused),
        cmocka_unit_test(text_that_is_not_utf8_is_refused),
        cmocka_unit_test(text_with_nul_is_refused),
        cmocka_unit_test(an_unknown_field_is_refused),
        cmocka_unit_test(a_body_that_is_no_message_is_refused),
        cmocka_unit_test(an_empty_body_is_refused_where_fields_are_required),
        cmocka_unit_test(a_wrong_version_or_reserved_byte_is_refused),
        cmocka_unit_test(an_unknown_operation_is_refused),
        cmocka_unit_test(nothing_comes_before_hello),
        cmocka_unit_test(an_oversized_frame_is_refused_before_it_takes_memory),
        cmocka_unit_test(a_truncated_frame_has_no_effect),
        cmocka_unit_test(a_frame_may_come_byte_by_byte),
        cmocka_unit_test(a_second_frame_while_busy_ends_the_connection),
        cmocka_unit_test(each_operation_is_for_the_role_of_its_row),
        cmocka_unit_test(a_refusal_by_role_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, start, end);
}
