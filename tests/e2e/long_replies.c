// Replies that come in parts: each fits, and together they are the whole.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fixture.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

enum { LEADERS = 1100, REPORT_BYTES = 600 * 1000, NAME_BYTES = 370 };

static struct fixture_round round_made;

// Many leaders with the longest names (of namesakes, with their job title), a report about each, and the first rater
// asked about all of them.
static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Long", &round_made);
    sandbox_sql("INSERT INTO desk.person (email, name) SELECT format('%%s%%s@example.org', repeat('x', 238), "
                "lpad(n::text, 4, '0')), repeat('n', 200) FROM generate_series(1, %d) n",
                LEADERS);
    sandbox_sql(
        "INSERT INTO desk.subject (round, person, level, name) SELECT '%s', id, '1234567890123456', repeat('n', %d) "
        "|| substr(email, 239, 4) FROM desk.person WHERE email LIKE 'xxxx%%'",
        round_made.hex, NAME_BYTES - 4);
    sandbox_sql("INSERT INTO desk.assignment (round, subject, rater, grp) SELECT s.round, s.id, r.id, 3 FROM "
                "desk.subject s, desk.person r WHERE s.round = '%s' AND s.name LIKE 'nnnn%%' AND r.email = "
                "'rater-00@example.org'",
                round_made.hex);
    sandbox_sql(
        "INSERT INTO desk.report (round, subject, body) SELECT round, id, 'x'::bytea FROM desk.subject WHERE round = "
        "'%s' AND name LIKE 'nnnn%%'",
        round_made.hex);
    sandbox_sql(
        "INSERT INTO desk.report (round, subject, body) SELECT round, id, (SELECT string_agg(sha256("
        "n::text::bytea), ''::bytea ORDER BY n) FROM generate_series(1, %d) n) FROM desk.subject WHERE round = '%s' "
        "AND name = 'Ada'",
        REPORT_BYTES / 32, round_made.hex);
    return 0;
}

static int end(void **state) {
    fixture_round_free(&round_made);
    return fixture_end(state);
}

static ProtobufCMessage *call(struct link *link, uint16_t operation, const ProtobufCMessage *request) {
    ProtobufCMessage *reply;
    struct problem problem;
    if (link_call(link, operation, request, &reply, &problem) != 0)
        fail_msg("operation 0x%04x: %s", operation, problem.sentence);
    return reply;
}

static void every_assignment_comes_once(void **state) {
    (void)state;
    struct person person;
    person_open(0, "long", &person);
    person_sign_in(&person);
    struct link *desk = person_desk(&person);
    Candour__MyAssignments request = CANDOUR__MY_ASSIGNMENTS__INIT;
    request.has_offset = true;
    uint8_t(*seen)[16] = calloc(LEADERS + 3, sizeof *seen);
    unsigned parts = 0;
    for (uint32_t total = 1; request.offset < total; parts++) {
        ProtobufCMessage *message = call(desk, OPERATION_MY_ASSIGNMENTS, &request.base);
        const Candour__MyAssignmentsReply *reply = (const Candour__MyAssignmentsReply *)message;
        total = reply->total;
        assert_int_equal(total, LEADERS + 3); // and Ada, Ben, Cyn
        assert_int_equal(reply->n_rounds, 1);
        assert_in_range(reply->n_assignments, 1, total - request.offset);
        for (size_t i = 0; i < reply->n_assignments; i++) {
            for (uint32_t k = 0; k < request.offset; k++)
                assert_memory_not_equal(seen[k], reply->assignments[i]->id.data, 16);
            memcpy(seen[request.offset++], reply->assignments[i]->id.data, 16);
        }
        link_reply_free(message);
    }
    assert_true(parts > 1);
    ProtobufCMessage *message = call(desk, OPERATION_MY_ASSIGNMENTS, &request.base); // beyond the end
    assert_int_equal(((const Candour__MyAssignmentsReply *)message)->n_assignments, 0);
    link_reply_free(message);
    free(seen);
    link_close(desk);
    person_close(&person);
}

static void an_administrator_reads_the_list_of_all_reports(void **state) {
    (void)state;
    Candour__MyReports request = CANDOUR__MY_REPORTS__INIT;
    request.has_offset = true;
    unsigned parts = 0;
    for (uint32_t total = 1; request.offset < total; parts++) {
        ProtobufCMessage *message = call(fixture_admin(), OPERATION_MY_REPORTS, &request.base);
        const Candour__MyReportsReply *reply = (const Candour__MyReportsReply *)message;
        total = reply->total;
        assert_int_equal(total, LEADERS + 1);
        assert_in_range(reply->n_reports, 1, total - request.offset);
        request.offset += (uint32_t)reply->n_reports;
        link_reply_free(message);
    }
    assert_true(parts > 1);
}

static void a_long_report_arrives_whole_and_each_part_is_written_down(void **state) {
    (void)state;
    long long lines = sandbox_number("SELECT count(*) FROM desk.audit WHERE action = 'report read'");
    uint8_t *bytes = malloc(REPORT_BYTES);
    char digest[40];
    Candour__GetReport request = CANDOUR__GET_REPORT__INIT;
    request.round = (ProtobufCBinaryData){strlen(round_made.name), (uint8_t *)round_made.name};
    request.has_email = request.has_offset = true;
    request.email = (ProtobufCBinaryData){15, (uint8_t *)(uintptr_t) "ada@example.org"};
    unsigned parts = 0;
    for (uint32_t total = 1; request.offset < total; parts++) {
        ProtobufCMessage *message = call(fixture_admin(), OPERATION_GET_REPORT, &request.base);
        const Candour__GetReportReply *reply = (const Candour__GetReportReply *)message;
        total = reply->total;
        assert_int_equal(total, REPORT_BYTES);
        assert_in_range(reply->report.len, 1, total - request.offset);
        memcpy(bytes + request.offset, reply->report.data, reply->report.len);
        request.offset += (uint32_t)reply->report.len;
        link_reply_free(message);
    }
    assert_true(parts > 1);
    sandbox_shell(digest, sizeof digest, "psql -XAtqc 'SELECT md5(body) FROM desk.report WHERE length(body) = %d'",
                  REPORT_BYTES);
    char path[512], own[40];
    snprintf(path, sizeof path, "%s/report", sandbox_variable("CANDOUR_SANDBOX"));
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, REPORT_BYTES, out), REPORT_BYTES);
    assert_int_equal(fclose(out), 0);
    sandbox_shell(own, sizeof own, "md5sum <'%s' | cut -c 1-32", path);
    assert_string_equal(own, digest);
    assert_int_equal(sandbox_number("SELECT count(*) FROM desk.audit WHERE action = 'report read'"), lines + parts);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_assignment_comes_once),
        cmocka_unit_test(an_administrator_reads_the_list_of_all_reports),
        cmocka_unit_test(a_long_report_arrives_whole_and_each_part_is_written_down),
    };
    return cmocka_run_group_tests(tests, start, end);
}
