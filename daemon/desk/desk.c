#include "daemon/desk/desk.h"

#include "daemon/core/ops.h"
#include "daemon/core/worker.h"
#include "daemon/desk/collect.h"
#include "daemon/desk/handlers.h"

enum { SHORT_MS = 10000, LONG_MS = 60000 };

struct op desk_ops[] = {
    {OPERATION_HELLO, LANE_FAST, SHORT_MS, session_hello, NULL},
    {OPERATION_SIGN_IN, LANE_FAST, SHORT_MS, session_sign_in, NULL},
    {OPERATION_SIGN_OUT, LANE_FAST, SHORT_MS, session_sign_out, NULL},
    {OPERATION_WHO_AM_I, LANE_FAST, SHORT_MS, session_who_am_i, NULL},
    {OPERATION_REQUEST_CODE, LANE_FAST, SHORT_MS, mail_request_code, NULL},
    {OPERATION_MY_ASSIGNMENTS, LANE_FAST, SHORT_MS, rater_assignments, NULL},
    {OPERATION_COLLECT_CREDENTIALS, LANE_FAST, SHORT_MS, collect_credentials, NULL},
    {OPERATION_RESPOND, LANE_FAST, SHORT_MS, rater_respond, NULL},
    {OPERATION_STOP_REMINDERS, LANE_FAST, SHORT_MS, rater_reminders, NULL},
    {OPERATION_GET_QUESTIONNAIRE, LANE_FAST, SHORT_MS, published_questionnaire, NULL},
    {OPERATION_GET_MANIFEST, LANE_FAST, SHORT_MS, published_manifest, NULL},
    {OPERATION_GET_WITNESSES, LANE_FAST, SHORT_MS, witness_list, NULL},
    {OPERATION_MY_REPORTS, LANE_FAST, SHORT_MS, reading_reports, NULL},
    {OPERATION_GET_REPORT, LANE_FAST, SHORT_MS, reading_report, NULL},
    {OPERATION_GET_ORGANISATION_REPORT, LANE_FAST, SHORT_MS, reading_organisation, NULL},
    {OPERATION_IMPORT_PEOPLE, LANE_SLOW, LONG_MS, people_import, NULL},
    {OPERATION_IMPORT_FRAMEWORK, LANE_SLOW, LONG_MS, framework_import, NULL},
    {OPERATION_LIST_FRAMEWORKS, LANE_FAST, SHORT_MS, framework_list, NULL},
    {OPERATION_CREATE_ROUND, LANE_FAST, SHORT_MS, round_create, NULL},
    {OPERATION_LOAD_RATERS, LANE_SLOW, LONG_MS, raters_load, NULL},
    {OPERATION_ADVANCE_ROUND, LANE_SLOW, LONG_MS, round_advance, NULL},
    {OPERATION_LIST_ROUNDS, LANE_FAST, SHORT_MS, round_list, NULL},
    {OPERATION_ROUND_STATUS, LANE_SLOW, LONG_MS, round_status, NULL},
    {OPERATION_LETTERS, LANE_SLOW, LONG_MS, letters_print, NULL},
    {OPERATION_CLOSE_ROUND, LANE_FAST, SHORT_MS, round_close, NULL},
    {OPERATION_RELEASE_REPORTS, LANE_SLOW, LONG_MS, release_reports, NULL},
    {OPERATION_EXTEND_ROUND, LANE_FAST, SHORT_MS, round_extend, NULL},
    {OPERATION_ADD_WITNESS, LANE_FAST, SHORT_MS, witness_add, NULL},
    {OPERATION_LIST_NOMINATIONS, LANE_FAST, SHORT_MS, nominations_list, NULL},
    {OPERATION_SUGGEST_RATERS, LANE_FAST, SHORT_MS, nominations_suggest, NULL},
    {OPERATION_FIND_PEOPLE, LANE_FAST, SHORT_MS, nominations_find, NULL},
    {OPERATION_CHANGE_NOMINATIONS, LANE_FAST, SHORT_MS, nominations_change, NULL},
    {OPERATION_PLAN_ROUND, LANE_FAST, SHORT_MS, plan_change, NULL},
    {OPERATION_ROUND_RISKS, LANE_SLOW, LONG_MS, risks_list, NULL},
    {OPERATION_ROUND_WORKLOAD, LANE_SLOW, LONG_MS, risks_workload, NULL},
    {OPERATION_SET_COACHES, LANE_SLOW, LONG_MS, release_coaches, NULL},
    {OPERATION_HOLD_REPORT, LANE_FAST, SHORT_MS, release_hold, NULL},
    {OPERATION_READ_AUDIT, LANE_FAST, SHORT_MS, reading_audit, NULL},
    {OPERATION_READ_CHAIN, LANE_SLOW, LONG_MS, reading_chain, NULL},
    {OPERATION_READ_RETENTION, LANE_FAST, SHORT_MS, retention_read, NULL},
    {OPERATION_APPLY_RETENTION, LANE_FAST, SHORT_MS, retention_apply, NULL},
    {OPERATION_MY_DATA, LANE_SLOW, LONG_MS, data_mine, NULL},
    {OPERATION_PERSON_DATA, LANE_SLOW, LONG_MS, data_person, NULL},
    {OPERATION_READ_MAIL_TEXTS, LANE_FAST, SHORT_MS, mail_texts, NULL},
    {OPERATION_SET_MAIL_TEXT, LANE_FAST, SHORT_MS, mail_set_text, NULL},
    {OPERATION_PREVIEW_MAIL, LANE_FAST, SHORT_MS, mail_preview, NULL},
    {OPERATION_MAIL_STATUS, LANE_SLOW, LONG_MS, mail_status, NULL},
    {OPERATION_SET_PAPER, LANE_FAST, SHORT_MS, mail_set_paper, NULL},
};
const size_t desk_ops_count = ARRAY_LEN(desk_ops);

int desk_start(struct worker *worker) {
    worker->guard = session_guard;
    collect_start(worker);
    return 0;
}
