// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/link.h"
#include "client_server.h"

enum script {
    FINE,
    REFUSE,
    BUSY_TWICE,
    BUSY_ALWAYS,
    LOSE_ONCE,
    LOSE_ALWAYS,
    OTHER_OPERATION,
    TOO_LONG,
    GARBAGE,
    NEEDS_HELLO,
};

static char directory[] = "/tmp/candour-test-XXXXXX";
static struct problem problem;

static int outcome(struct server_request *request, Candour__Status status, const char *detail) {
    Candour__Outcome reply = CANDOUR__OUTCOME__INIT;
    reply.status = status;
    reply.has_detail = detail != NULL;
    reply.detail = (ProtobufCBinaryData){detail ? strlen(detail) : 0, (uint8_t *)(uintptr_t)detail};
    return server_reply(request, &reply.base);
}

static char long_detail[100 * 1024];

static int answer(void *context, struct server_request *request) {
    static unsigned hello_connection;
    enum script script = request->seen->script;
    (void)context;
    if (request->operation == OPERATION_HELLO) {
        request->seen->hellos++;
        hello_connection = request->seen->connections;
    }
    switch (script) {
    case REFUSE:
        return outcome(request, CANDOUR__STATUS__REFUSED_BY_RULE, "No, \033[31mbecause\nof the rules.");
    case BUSY_TWICE:
        return outcome(request, request->seen->requests < 3 ? CANDOUR__STATUS__BUSY : CANDOUR__STATUS__OK, NULL);
    case BUSY_ALWAYS:
        return outcome(request, CANDOUR__STATUS__BUSY, "Later.");
    case LOSE_ONCE:
        return request->seen->requests == 1 ? -1 : outcome(request, CANDOUR__STATUS__OK, NULL);
    case LOSE_ALWAYS:
        return -1;
    case OTHER_OPERATION:
        request->reply_operation = OPERATION_WHO_AM_I | FRAME_REPLY;
        return outcome(request, CANDOUR__STATUS__OK, NULL);
    case TOO_LONG:
        memset(long_detail, (int)'x', sizeof long_detail - 1);
        return outcome(request, CANDOUR__STATUS__OK, long_detail);
    case GARBAGE:
        memset(request->reply, 0xff, 20);
        request->reply_len = 20;
        return 0;
    case NEEDS_HELLO:
        if (request->operation == OPERATION_WHO_AM_I && request->seen->requests == 2)
            return -1;
        return outcome(request,
                       hello_connection == request->seen->connections ? CANDOUR__STATUS__OK
                                                                      : CANDOUR__STATUS__UNAUTHENTICATED,
                       NULL);
    case FINE:
    default:
        return outcome(request, CANDOUR__STATUS__OK, NULL);
    }
}

static int box_answer(void *context, struct server_request *request) {
    (void)context;
    Candour__CastReply reply = CANDOUR__CAST_REPLY__INIT;
    uint8_t receipt[64] = {0};
    reply.status = request->seen->requests < 3 ? CANDOUR__STATUS__BUSY : CANDOUR__STATUS__OK;
    reply.receipt = (ProtobufCBinaryData){64, receipt};
    return server_reply(request, &reply.base);
}

static struct server desk;

static int setup(void **state) {
    (void)state;
    desk = (struct server){.alpn = "candour-desk/1", .answer = answer};
    server_start(&desk, directory);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    server_stop(&desk);
    return 0;
}

static struct link_target target_of(const struct server *server) {
    struct link_target target = {.door = strcmp(server->alpn, "candour-ballot/1") == 0 ? DOOR_BALLOT : DOOR_DESK,
                                 .address_count = 1};
    snprintf(target.addresses[0], sizeof target.addresses[0], "%s", server->address);
    snprintf(target.ca_file, sizeof target.ca_file, "%s", server->ca_file);
    return target;
}

static struct link *open_link(void) {
    struct link_target target = target_of(&desk);
    struct link *link;
    if (link_open(&target, &link, &problem) != 0)
        fail_msg("%s", problem.sentence);
    link_set_patience(link, 5);
    return link;
}

static void assert_not_opened(const struct link_target *target, enum exit_code code, const char *part) {
    struct link *link;
    assert_int_equal(link_open(target, &link, &problem), -1);
    if (problem.code != code || strstr(problem.sentence, part) == NULL)
        fail_msg("code %d: %s", (int)problem.code, problem.sentence);
}

static int sign_out(struct link *link) {
    Candour__SignOut request = CANDOUR__SIGN_OUT__INIT;
    ProtobufCMessage *reply;
    int result = link_call(link, OPERATION_SIGN_OUT, &request.base, &reply, &problem);
    if (result == 0)
        link_reply_free(reply);
    return result;
}

// Signs out once under a script; the result of link_call.
static int scripted(enum script script) {
    desk.seen->script = script;
    struct link *link = open_link();
    int result = sign_out(link);
    link_close(link);
    return result;
}

static void addresses_are_split(void **state) {
    (void)state;
    char host[LINK_ADDRESS_BYTES], port[6];
    assert_int_equal(link_split("desk.example.org:8443", host, port), 0);
    assert_string_equal(host, "desk.example.org");
    assert_string_equal(port, "8443");
    assert_int_equal(link_split("[2001:db8::1]:1", host, port), 0);
    assert_string_equal(host, "2001:db8::1");
    const char *const wrong[] = {"",           "desk",    "desk:",         ":1",   "desk:0",
                                 "desk:65536", "desk:+1", "2001:db8::1:1", "a:b:1"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        if (link_split(wrong[i], host, port) != -1)
            fail_msg("%s was split", wrong[i]);
}

static void a_request_gets_its_reply(void **state) {
    (void)state;
    assert_int_equal(scripted(FINE), 0);
}

static void a_refusal_is_the_servers_own_sentence_cleaned(void **state) {
    (void)state;
    assert_int_equal(scripted(REFUSE), -1);
    assert_int_equal(problem.code, EXIT_RULE);
    assert_string_equal(problem.sentence, "No, ?[31mbecause of the rules.");
}

static void a_busy_server_is_asked_again(void **state) {
    (void)state;
    assert_int_equal(scripted(BUSY_TWICE), 0);
    assert_int_equal(desk.seen->requests, 3);
}

static void patience_ends(void **state) {
    (void)state;
    desk.seen->script = BUSY_ALWAYS;
    struct link *link = open_link();
    link_set_patience(link, 1);
    assert_int_equal(sign_out(link), -1);
    assert_string_equal(problem.sentence, "Later.");
    assert_int_equal(problem.code, EXIT_UNREACHABLE);
    assert_true(desk.seen->requests > 1);
    link_close(link);
}

static void a_lost_reply_is_asked_for_again(void **state) {
    (void)state;
    assert_int_equal(scripted(LOSE_ONCE), 0);
    assert_int_equal(desk.seen->requests, 2);
    assert_int_equal(desk.seen->connections, 2);
    assert_memory_equal(desk.seen->last, desk.seen->before, 32);
}

static void a_sign_in_is_sent_once(void **state) {
    (void)state;
    desk.seen->script = LOSE_ALWAYS;
    struct link *link = open_link();
    Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
    Candour__CodeProof code = CANDOUR__CODE_PROOF__INIT;
    request.email = code.code = (ProtobufCBinaryData){1, (uint8_t[]){'x'}};
    request.proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    request.code = &code;
    ProtobufCMessage *reply;
    assert_int_equal(link_call(link, OPERATION_SIGN_IN, &request.base, &reply, &problem), -1);
    assert_int_equal(problem.code, EXIT_UNREACHABLE);
    assert_int_equal(desk.seen->requests, 1);
    link_close(link);
}

static void a_new_connection_says_hello_again(void **state) {
    (void)state;
    desk.seen->script = NEEDS_HELLO;
    struct link *link = open_link();
    Candour__HelloReply *hello;
    uint8_t session[32] = {1};
    assert_int_equal(link_hello(link, session, &hello, &problem), 0);
    link_reply_free(&hello->base);
    Candour__WhoAmI request = CANDOUR__WHO_AM_I__INIT;
    ProtobufCMessage *reply;
    assert_int_equal(link_call(link, OPERATION_WHO_AM_I, &request.base, &reply, &problem), 0);
    link_reply_free(reply);
    assert_int_equal(desk.seen->hellos, 2);
    assert_int_equal(desk.seen->connections, 2);
    link_close(link);
}

static void a_strange_reply_is_refused(void **state) {
    (void)state;
    const enum script strange[] = {OTHER_OPERATION, TOO_LONG, GARBAGE};
    for (size_t i = 0; i < ARRAY_LEN(strange); i++) {
        assert_int_equal(scripted(strange[i]), -1);
        assert_int_equal(problem.code, EXIT_FAILED);
        assert_non_null(strstr(problem.sentence, "does not understand"));
    }
    assert_int_equal(desk.seen->requests, 3);
}

// Rows for a request of about megabytes; one static text is enough.
static Candour__ImportPeople people(size_t count) {
    static Candour__PersonRow rows[40000];
    static Candour__PersonRow *list[40000];
    static uint8_t name[200];
    memset(name, 'x', sizeof name);
    for (size_t i = 0; i < count; i++) {
        candour__person_row__init(&rows[i]);
        rows[i].email = rows[i].name = (ProtobufCBinaryData){sizeof name, name};
        list[i] = &rows[i];
    }
    Candour__ImportPeople request = CANDOUR__IMPORT_PEOPLE__INIT;
    request.rows = list;
    request.n_rows = count;
    return request;
}

static void a_request_above_the_limit_is_not_sent(void **state) {
    (void)state;
    struct link *link = open_link();
    Candour__ImportPeople request = people(40000);
    ProtobufCMessage *reply;
    assert_int_equal(link_call(link, OPERATION_IMPORT_PEOPLE, &request.base, &reply, &problem), -1);
    assert_int_equal(problem.code, EXIT_USAGE);
    assert_int_equal(desk.seen->requests, 0);
    assert_int_equal(sign_out(link), 0);
    link_close(link);
}

static void an_early_refusal_is_read_although_writing_fails(void **state) {
    (void)state;
    server_stop(&desk);
    desk = (struct server){.alpn = "candour-desk/1", .answer = answer, .is_early = true};
    server_start(&desk, directory);
    desk.seen->script = REFUSE;
    struct link *link = open_link();
    Candour__ImportPeople request = people(9000);
    ProtobufCMessage *reply;
    assert_int_equal(link_call(link, OPERATION_IMPORT_PEOPLE, &request.base, &reply, &problem), -1);
    assert_int_equal(problem.code, EXIT_RULE);
    link_close(link);
}

static void nobody_listening_is_said_with_the_address(void **state) {
    (void)state;
    struct link_target target = target_of(&desk);
    snprintf(target.addresses[0], sizeof target.addresses[0], "127.0.0.1:1");
    assert_not_opened(&target, EXIT_UNREACHABLE, "127.0.0.1 port 1");
}

static void the_next_address_is_tried(void **state) {
    (void)state;
    struct link_target target = target_of(&desk);
    memcpy(target.addresses[1], target.addresses[0], LINK_ADDRESS_BYTES);
    snprintf(target.addresses[0], sizeof target.addresses[0], "127.0.0.1:1");
    target.address_count = 2;
    struct link *link;
    assert_int_equal(link_open(&target, &link, &problem), 0);
    link_close(link);
}

static void an_unknown_authority_is_refused(void **state) {
    (void)state;
    struct link_target target = target_of(&desk);
    struct server other = {.alpn = "candour-desk/1", .answer = answer};
    server_start(&other, directory);
    memcpy(target.ca_file, other.ca_file, sizeof other.ca_file);
    assert_not_opened(&target, EXIT_FAILED, "--ca");
    target.ca_file[0] = '\0';
    assert_not_opened(&target, EXIT_FAILED, "--ca");
    assert_int_equal(desk.seen->requests, 0);
    server_stop(&other);
}

static void a_certificate_for_another_name_is_refused(void **state) {
    (void)state;
    struct link_target target = target_of(&desk);
    snprintf(target.addresses[0], sizeof target.addresses[0], "localhost:%d", desk.port);
    assert_not_opened(&target, EXIT_FAILED, "certificate");
}

static void a_missing_authority_file_is_said(void **state) {
    (void)state;
    struct link_target target = target_of(&desk);
    snprintf(target.ca_file, sizeof target.ca_file, "%s/none.pem", directory);
    assert_not_opened(&target, EXIT_USAGE, "none.pem");
}

static void the_other_door_is_refused(void **state) {
    (void)state;
    struct link_target target = target_of(&desk);
    target.door = DOOR_BALLOT;
    assert_not_opened(&target, EXIT_UNREACHABLE, "not this door");
}

static void old_tls_is_refused(void **state) {
    (void)state;
    struct server old = {.alpn = "candour-desk/1", .answer = answer, .version = TLS1_2_VERSION};
    server_start(&old, directory);
    struct link_target target = target_of(&old);
    assert_not_opened(&target, EXIT_UNREACHABLE, "no secure connection");
    server_stop(&old);
}

static void a_pinned_key_must_be_the_one(void **state) {
    (void)state;
    struct link_target target = target_of(&desk);
    target.pin_count = 2;
    memcpy(target.pins[1], desk.pin, 32);
    struct link *link;
    assert_int_equal(link_open(&target, &link, &problem), 0);
    link_close(link);
    target.pins[1][0] ^= 1;
    assert_not_opened(&target, EXIT_FAILED, "another key");
}

static void at_the_ballot_box_every_attempt_has_its_own_connection(void **state) {
    (void)state;
    struct server box = {.alpn = "candour-ballot/1", .answer = box_answer};
    server_start(&box, directory);
    struct link_target target = target_of(&box);
    struct link *link;
    assert_int_equal(link_open(&target, &link, &problem), 0);
    uint8_t bytes[8192] = {1};
    Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
    request.round = (ProtobufCBinaryData){16, bytes};
    request.sealed = (ProtobufCBinaryData){sizeof bytes, bytes};
    ProtobufCMessage *reply;
    Candour__Status status;
    assert_int_equal(link_exchange(link, OPERATION_CAST_BALLOT, &request.base, &reply, &status, &problem), 0);
    assert_int_equal(status, CANDOUR__STATUS__OK);
    link_reply_free(reply);
    assert_int_equal(box.seen->requests, 3);
    assert_int_equal(box.seen->connections, 3);
    link_close(link);
    server_stop(&box);
}

// Before the reply, which a server that closes with it would otherwise have to wait for.
static void the_last_request_of_a_connection_brings_the_goodbye(void **state) {
    (void)state;
    struct server box = {.alpn = "candour-ballot/1", .answer = box_answer, .looks_on = true};
    server_start(&box, directory);
    struct link_target target = target_of(&box);
    struct link *link;
    assert_int_equal(link_open(&target, &link, &problem), 0);
    link_set_single(link);
    static uint8_t bytes[65536] = {1}; // more than waits to be sent in one piece
    Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
    request.round = (ProtobufCBinaryData){16, bytes};
    request.sealed = (ProtobufCBinaryData){sizeof bytes, bytes};
    for (unsigned i = 1; i <= 2; i++) {
        ProtobufCMessage *reply;
        Candour__Status status;
        assert_int_equal(link_exchange(link, OPERATION_CAST_BALLOT, &request.base, &reply, &status, &problem), 0);
        assert_int_equal(status, CANDOUR__STATUS__OK);
        link_reply_free(reply);
    }
    assert_int_equal(box.seen->requests, 4); // busy twice
    assert_int_equal(box.seen->endings, 4);
    assert_int_equal(box.seen->connections, 4);
    link_close(link);
    server_stop(&box);
}

static int make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) != NULL && crypto_start() == 0 ? 0 : -1;
}

static int remove_directory(void **state) {
    (void)state;
    char path[128];
    for (unsigned i = 1; i < 100; i++) {
        snprintf(path, sizeof path, "%s/ca-%u.pem", directory, i);
        unlink(path);
    }
    return rmdir(directory);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_split),
        TEST(a_request_gets_its_reply),
        TEST(a_refusal_is_the_servers_own_sentence_cleaned),
        TEST(a_busy_server_is_asked_again),
        TEST(patience_ends),
        TEST(a_lost_reply_is_asked_for_again),
        TEST(a_sign_in_is_sent_once),
        TEST(a_new_connection_says_hello_again),
        TEST(a_strange_reply_is_refused),
        TEST(a_request_above_the_limit_is_not_sent),
        TEST(an_early_refusal_is_read_although_writing_fails),
        TEST(nobody_listening_is_said_with_the_address),
        TEST(the_next_address_is_tried),
        TEST(an_unknown_authority_is_refused),
        TEST(a_certificate_for_another_name_is_refused),
        TEST(a_missing_authority_file_is_said),
        TEST(the_other_door_is_refused),
        TEST(old_tls_is_refused),
        TEST(a_pinned_key_must_be_the_one),
        TEST(at_the_ballot_box_every_attempt_has_its_own_connection),
        TEST(the_last_request_of_a_connection_brings_the_goodbye),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
