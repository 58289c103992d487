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

#include "base.h"
#include "candour.pb-c.h"
#include "check.h"
#include "operations.h"

static void rows_are_found_by_number(void **state) {
    (void)state;
    assert_true(operations_count >= 27);
    assert_true(operations_count > 30); // PROTOCOL.md says how many
    for (size_t i = 0; i < operations_count; i++) {
        assert_ptr_equal(operation_find(operations[i].number), &operations[i]);
        assert_true(i == 0 || operations[i - 1].number < operations[i].number);
    }
    const uint16_t others[] = {0, 0x0100, 0x0106, 0x0999, 0x8101, 0xffff};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_null(operation_find(others[i]));
}

static void number_decides_door_and_role(void **state) {
    (void)state;
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        unsigned area = row->number >> 8;
        bool is_public = row->number == OPERATION_HELLO || row->number == OPERATION_SIGN_IN ||
                         row->number == OPERATION_REQUEST_CODE || area == 7;
        bool is_nominating = row->number >> 4 == 0x51;
        assert_int_equal(row->door, area == 7 ? DOOR_BALLOT : DOOR_DESK);
        bool is_closed = (area >= 4 && !is_nominating) || row->number == OPERATION_GET_ORGANISATION_REPORT;
        assert_int_equal(row->role, is_public ? ROLE_NONE : is_closed ? ROLE_ADMINISTRATOR : ROLE_ANY);
    }
}

static void request_limits_judge_strangers_strictly(void **state) {
    (void)state;
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        uint32_t max = row->role == ROLE_ADMINISTRATOR        ? 4 * 1024 * 1024
                       : row->number == OPERATION_CAST_BALLOT ? 65536 + 64
                       : row->role == ROLE_ANY                ? 65536
                                                              : 1536;
        assert_true(row->request_bytes_max <= max);
    }
}

// A larger one takes a slot of which there are few, behind somebody's import.
static void what_is_not_an_administrators_is_small(void **state) {
    (void)state;
    for (size_t i = 0; i < operations_count; i++)
        if (operations[i].role != ROLE_ADMINISTRATOR)
            assert_true(operations[i].request_bytes_max <= 256 * 1024 && operations[i].reply_bytes_max <= 256 * 1024);
}

static void every_desk_reply_begins_like_an_outcome(void **state) {
    (void)state;
    for (size_t i = 0; i < operations_count; i++) {
        const ProtobufCMessageDescriptor *reply = operations[i].reply;
        if (operations[i].door != DOOR_DESK)
            continue;
        const ProtobufCFieldDescriptor *status = protobuf_c_message_descriptor_get_field(reply, 1);
        const ProtobufCFieldDescriptor *detail = protobuf_c_message_descriptor_get_field(reply, 2);
        assert_string_equal(status->name, "status");
        assert_ptr_equal(status->descriptor, &candour__status__descriptor);
        assert_string_equal(detail->name, "detail");
        assert_int_equal(detail->type, PROTOBUF_C_TYPE_BYTES);
        assert_true(operations[i].reply_bytes_max >= 1024);
        // A refusal holds nothing else, so nothing else may be required.
        for (unsigned f = 0; f < reply->n_fields; f++)
            assert_true(reply->fields[f].id == 1 || reply->fields[f].label != PROTOBUF_C_LABEL_REQUIRED);
    }
}

static void every_ballot_box_reply_has_one_size(void **state) {
    (void)state;
    size_t replies = 0;
    for (size_t i = 0; i < operations_count; i++) {
        const ProtobufCMessageDescriptor *reply = operations[i].reply;
        if (operations[i].door != DOOR_BALLOT)
            continue;
        replies++;
        for (unsigned f = 0; f < reply->n_fields; f++) {
            assert_int_equal(reply->fields[f].label, PROTOBUF_C_LABEL_REQUIRED);
            assert_true(reply->fields[f].type == PROTOBUF_C_TYPE_FIXED32 ||
                        reply->fields[f].type == PROTOBUF_C_TYPE_BYTES);
        }
    }
    assert_int_equal(replies, 3);
    static uint8_t page[16384];
    Candour__ManifestPage manifest = CANDOUR__MANIFEST_PAGE__INIT;
    manifest.page = (ProtobufCBinaryData){sizeof page, page};
    assert_true(candour__manifest_page__get_packed_size(&manifest) <=
                operation_find(OPERATION_MANIFEST_PAGE)->reply_bytes_max);
    Candour__LeavesPage leaves = CANDOUR__LEAVES_PAGE__INIT;
    leaves.root = (ProtobufCBinaryData){32, page};
    leaves.page = manifest.page;
    assert_true(candour__leaves_page__get_packed_size(&leaves) <=
                operation_find(OPERATION_LEAVES_PAGE)->reply_bytes_max);
    Candour__CastReply cast = CANDOUR__CAST_REPLY__INIT;
    cast.receipt = (ProtobufCBinaryData){64, page};
    assert_true(candour__cast_reply__get_packed_size(&cast) <= operation_find(OPERATION_CAST_BALLOT)->reply_bytes_max);
}

// ---------------------------------------------------------------- PROTOCOL.md says the same

static char *text;

static int read_text(void **state) {
    (void)state;
    FILE *file = fopen("proto/PROTOCOL.md", "r"); // tests start at the top of the checkout
    size_t size = 0;
    if (file == NULL)
        return -1;
    ssize_t len = getdelim(&text, &size, '\0', file);
    fclose(file);
    return len > 0 ? 0 : -1;
}

static int free_text(void **state) {
    (void)state;
    free(text);
    return 0;
}

// Lines of the section with that heading which start so.
static size_t count_lines(const char *heading, const char *start) {
    size_t count = 0;
    const char *at = strstr(text, heading);
    assert_non_null(at);
    const char *end = strstr(at, "\n## ");
    for (; (at = strstr(at, start)) != NULL && at < end; at++)
        count += at[-1] == '\n';
    return count;
}

static void protocol_document_has_every_operation(void **state) {
    (void)state;
    static const char *const roles[] = {"none", "any", "administrator"};
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        char line[200];
        snprintf(line, sizeof line, "\n| 0x%04x | %s | %s | %u | %u | %s | %s |\n", row->number, row->name,
                 roles[row->role], row->request_bytes_max, row->reply_bytes_max, row->request->short_name,
                 row->reply->short_name);
        if (strstr(text, line) == NULL)
            fail_msg("is missing:%s", line);
    }
    assert_int_equal(count_lines("## 4. Operations", "| 0x"), operations_count);
}

static void protocol_document_has_every_limit(void **state) {
    (void)state;
    static const char *const kinds[] = {"text", "line", "word", "bytes", "number", "list"};
    for (size_t i = 0; i < check_limits_count; i++) {
        const struct check_limit *limit = &check_limits[i];
        char entries[40] = "", range[60] = "", line[200];
        if (limit->count_max > 0)
            snprintf(entries, sizeof entries, "%u..%u", limit->count_min, limit->count_max);
        if (limit->kind != CHECK_COUNT)
            snprintf(range, sizeof range, "%ju..%ju", (uintmax_t)limit->min, (uintmax_t)limit->max);
        snprintf(line, sizeof line, "\n| `%s.%s` | %s | %s | %s |\n", limit->message->short_name, limit->field,
                 kinds[limit->kind], range, entries);
        if (strstr(text, line) == NULL)
            fail_msg("is missing:%s", line);
    }
    assert_int_equal(count_lines("## 5. Limits", "| `"), check_limits_count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found_by_number),
        cmocka_unit_test(number_decides_door_and_role),
        cmocka_unit_test(request_limits_judge_strangers_strictly),
        cmocka_unit_test(what_is_not_an_administrators_is_small),
        cmocka_unit_test(every_desk_reply_begins_like_an_outcome),
        cmocka_unit_test(every_ballot_box_reply_has_one_size),
        cmocka_unit_test(protocol_document_has_every_operation),
        cmocka_unit_test(protocol_document_has_every_limit),
    };
    return cmocka_run_group_tests(tests, read_text, free_text);
}
