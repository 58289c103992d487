// One table says which operations exist: number, name, door, who may ask, and how long a request and a reply may be.
// Daemon and client both read it; the daemon adds to each row what it does (daemon/core/ops.h).
#ifndef CANDOUR_OPERATIONS_H
#define CANDOUR_OPERATIONS_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

enum door { DOOR_DESK = 1, DOOR_BALLOT = 2 };
enum role { ROLE_NONE, ROLE_ANY, ROLE_ADMINISTRATOR };

enum operation {
    OPERATION_HELLO = 0x0101,
    OPERATION_SIGN_IN = 0x0102,
    OPERATION_SIGN_OUT = 0x0103,
    OPERATION_WHO_AM_I = 0x0104,
    OPERATION_REQUEST_CODE = 0x0105,
    OPERATION_MY_ASSIGNMENTS = 0x0201,
    OPERATION_COLLECT_CREDENTIALS = 0x0202,
    OPERATION_RESPOND = 0x0203,
    OPERATION_STOP_REMINDERS = 0x0204,
    OPERATION_GET_QUESTIONNAIRE = 0x0205,
    OPERATION_GET_MANIFEST = 0x0206,
    OPERATION_GET_WITNESSES = 0x0207,
    OPERATION_MY_REPORTS = 0x0301,
    OPERATION_GET_REPORT = 0x0302,
    OPERATION_GET_ORGANISATION_REPORT = 0x0303,
    OPERATION_MY_DATA = 0x0304,
    OPERATION_IMPORT_PEOPLE = 0x0401,
    OPERATION_IMPORT_FRAMEWORK = 0x0402,
    OPERATION_LIST_FRAMEWORKS = 0x0403,
    OPERATION_CREATE_ROUND = 0x0501,
    OPERATION_LOAD_RATERS = 0x0502,
    OPERATION_ADVANCE_ROUND = 0x0503,
    OPERATION_LIST_ROUNDS = 0x0504,
    OPERATION_ROUND_STATUS = 0x0505,
    OPERATION_LETTERS = 0x0506,
    OPERATION_CLOSE_ROUND = 0x0507,
    OPERATION_RELEASE_REPORTS = 0x0508,
    OPERATION_EXTEND_ROUND = 0x0509,
    OPERATION_ADD_WITNESS = 0x050a,
    OPERATION_LIST_NOMINATIONS = 0x0510,
    OPERATION_SUGGEST_RATERS = 0x0511,
    OPERATION_FIND_PEOPLE = 0x0512,
    OPERATION_CHANGE_NOMINATIONS = 0x0513,
    OPERATION_PLAN_ROUND = 0x0520,
    OPERATION_ROUND_RISKS = 0x0521,
    OPERATION_ROUND_WORKLOAD = 0x0522,
    OPERATION_SET_COACHES = 0x0523,
    OPERATION_HOLD_REPORT = 0x0524,
    OPERATION_READ_AUDIT = 0x0601,
    OPERATION_READ_CHAIN = 0x0602,
    OPERATION_READ_RETENTION = 0x0603,
    OPERATION_APPLY_RETENTION = 0x0604,
    OPERATION_PERSON_DATA = 0x0605,
    OPERATION_MANIFEST_PAGE = 0x0701, // ballot box
    OPERATION_CAST_BALLOT = 0x0702,
    OPERATION_LEAVES_PAGE = 0x0703,
    OPERATION_READ_MAIL_TEXTS = 0x0801,
    OPERATION_SET_MAIL_TEXT = 0x0802,
    OPERATION_PREVIEW_MAIL = 0x0803,
    OPERATION_MAIL_STATUS = 0x0804,
    OPERATION_SET_PAPER = 0x0805,
};

struct operation_row {
    uint16_t number;
    const char *name; // as in PROTOCOL.md
    enum door door;
    enum role role;
    uint32_t request_bytes_max; // of the body
    uint32_t reply_bytes_max;   // of the body
    const ProtobufCMessageDescriptor *request;
    const ProtobufCMessageDescriptor *reply;
};

extern const struct operation_row operations[];
extern const size_t operations_count;

// NULL: no such operation.
const struct operation_row *operation_find(uint16_t number);

#endif
