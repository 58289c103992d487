#include "operations.h"

#include "base.h"
#include "candour.pb-c.h"

enum { KIB = 1024, MIB = 1024 * KIB };

#define ROW(number, name, door, role, request_max, reply_max, request, reply)                                          \
    {                                                                                                                  \
        OPERATION_##number, name, DOOR_##door, ROLE_##role, request_max, reply_max, &candour__##request##__descriptor, \
            &candour__##reply##__descriptor                                                                            \
    }

// Sorted by number. A request that has no lists always fits its limit (a test proves it).
const struct operation_row operations[] = {
    ROW(HELLO, "Hello", DESK, NONE, 128, KIB, hello, hello_reply),
    ROW(SIGN_IN, "SignIn", DESK, NONE, 1536, KIB, sign_in, sign_in_reply),
    ROW(SIGN_OUT, "SignOut", DESK, ANY, 256, KIB, sign_out, outcome),
    ROW(WHO_AM_I, "WhoAmI", DESK, ANY, 256, KIB, who_am_i, who_am_ireply),
    ROW(REQUEST_CODE, "RequestCode", DESK, NONE, 512, KIB, request_code, outcome),
    ROW(MY_ASSIGNMENTS, "MyAssignments", DESK, ANY, 256, 256 * KIB, my_assignments, my_assignments_reply),
    ROW(COLLECT_CREDENTIALS, "CollectCredentials", DESK, ANY, 64 * KIB, 128 * KIB, collect_credentials,
        collect_credentials_reply),
    ROW(RESPOND, "Respond", DESK, ANY, KIB, KIB, respond, outcome),
    ROW(STOP_REMINDERS, "StopReminders", DESK, ANY, 256, KIB, stop_reminders, outcome),
    ROW(GET_QUESTIONNAIRE, "GetQuestionnaire", DESK, ANY, 256, 256 * KIB, get_questionnaire, get_questionnaire_reply),
    ROW(GET_MANIFEST, "GetManifest", DESK, ANY, 64, 20 * KIB, get_manifest, get_manifest_reply),
    ROW(GET_WITNESSES, "GetWitnesses", DESK, ANY, 64, 8 * KIB, get_witnesses, get_witnesses_reply),
    ROW(MY_REPORTS, "MyReports", DESK, ANY, 256, 256 * KIB, my_reports, my_reports_reply),
    ROW(GET_REPORT, "GetReport", DESK, ANY, 512, 256 * KIB, get_report, get_report_reply),
    ROW(GET_ORGANISATION_REPORT, "GetOrganisationReport", DESK, ADMINISTRATOR, 256, 256 * KIB, get_organisation_report,
        get_report_reply),
    ROW(MY_DATA, "MyData", DESK, ANY, 64, 256 * KIB, my_data, person_data_reply),
    ROW(IMPORT_PEOPLE, "ImportPeople", DESK, ADMINISTRATOR, 4 * MIB, MIB, import_people, import_reply),
    ROW(IMPORT_FRAMEWORK, "ImportFramework", DESK, ADMINISTRATOR, 4 * MIB, MIB, import_framework, import_reply),
    ROW(LIST_FRAMEWORKS, "ListFrameworks", DESK, ADMINISTRATOR, 256, 256 * KIB, list_frameworks, list_frameworks_reply),
    ROW(CREATE_ROUND, "CreateRound", DESK, ADMINISTRATOR, KIB, 64 * KIB, create_round, round_reply),
    ROW(LOAD_RATERS, "LoadRaters", DESK, ADMINISTRATOR, 4 * MIB, MIB, load_raters, import_reply),
    ROW(ADVANCE_ROUND, "AdvanceRound", DESK, ADMINISTRATOR, 256, 64 * KIB, advance_round, round_reply),
    ROW(LIST_ROUNDS, "ListRounds", DESK, ADMINISTRATOR, 256, 256 * KIB, list_rounds, list_rounds_reply),
    ROW(ROUND_STATUS, "RoundStatus", DESK, ADMINISTRATOR, 256, 4 * MIB, round_status, round_status_reply),
    ROW(LETTERS, "Letters", DESK, ADMINISTRATOR, 512, MIB, letters, letters_reply),
    ROW(CLOSE_ROUND, "CloseRound", DESK, ADMINISTRATOR, 256, KIB, close_round, outcome),
    ROW(RELEASE_REPORTS, "ReleaseReports", DESK, ADMINISTRATOR, 512, KIB, release_reports, outcome),
    ROW(EXTEND_ROUND, "ExtendRound", DESK, ADMINISTRATOR, 256, KIB, extend_round, outcome),
    ROW(ADD_WITNESS, "AddWitness", DESK, ADMINISTRATOR, 512, KIB, add_witness, outcome),
    ROW(LIST_NOMINATIONS, "ListNominations", DESK, ANY, 512, 256 * KIB, list_nominations, list_nominations_reply),
    ROW(SUGGEST_RATERS, "SuggestRaters", DESK, ANY, 512, 64 * KIB, suggest_raters, suggestions_reply),
    ROW(FIND_PEOPLE, "FindPeople", DESK, ANY, 256, 64 * KIB, find_people, suggestions_reply),
    ROW(CHANGE_NOMINATIONS, "ChangeNominations", DESK, ANY, 64 * KIB, 128 * KIB, change_nominations,
        change_nominations_reply),
    ROW(PLAN_ROUND, "PlanRound", DESK, ADMINISTRATOR, 512, KIB, plan_round, outcome),
    ROW(ROUND_RISKS, "RoundRisks", DESK, ADMINISTRATOR, 256, MIB, round_risks, round_risks_reply),
    ROW(ROUND_WORKLOAD, "RoundWorkload", DESK, ADMINISTRATOR, 256, 256 * KIB, round_workload, round_workload_reply),
    ROW(SET_COACHES, "SetCoaches", DESK, ADMINISTRATOR, 4 * MIB, MIB, set_coaches, import_reply),
    ROW(HOLD_REPORT, "HoldReport", DESK, ADMINISTRATOR, 512, KIB, hold_report, outcome),
    ROW(READ_AUDIT, "ReadAudit", DESK, ADMINISTRATOR, 256, MIB, read_audit, read_audit_reply),
    ROW(READ_CHAIN, "ReadChain", DESK, ADMINISTRATOR, 256, MIB, read_chain, read_audit_reply),
    ROW(READ_RETENTION, "ReadRetention", DESK, ADMINISTRATOR, 256, MIB, read_retention, read_retention_reply),
    ROW(APPLY_RETENTION, "ApplyRetention", DESK, ADMINISTRATOR, 256, KIB, apply_retention, outcome),
    ROW(PERSON_DATA, "PersonData", DESK, ADMINISTRATOR, 512, 256 * KIB, person_data, person_data_reply),
    ROW(MANIFEST_PAGE, "ManifestPage", BALLOT, NONE, 64, 17 * KIB, get_manifest, manifest_page),
    ROW(CAST_BALLOT, "CastBallot", BALLOT, NONE, 64 * KIB + 64, 128, cast_ballot, cast_reply),
    ROW(LEAVES_PAGE, "LeavesPage", BALLOT, NONE, 64, 17 * KIB, get_leaves, leaves_page),
    ROW(READ_MAIL_TEXTS, "ReadMailTexts", DESK, ADMINISTRATOR, 256, 256 * KIB, read_mail_texts, read_mail_texts_reply),
    ROW(SET_MAIL_TEXT, "SetMailText", DESK, ADMINISTRATOR, 16 * KIB, KIB, set_mail_text, outcome),
    ROW(PREVIEW_MAIL, "PreviewMail", DESK, ADMINISTRATOR, 16 * KIB, 64 * KIB, preview_mail, preview_mail_reply),
    ROW(MAIL_STATUS, "MailStatus", DESK, ADMINISTRATOR, 256, MIB, mail_status, mail_status_reply),
    ROW(SET_PAPER, "SetPaper", DESK, ADMINISTRATOR, 512, KIB, set_paper, outcome),
};
const size_t operations_count = ARRAY_LEN(operations);

const struct operation_row *operation_find(uint16_t number) {
    for (size_t i = 0; i < operations_count; i++)
        if (operations[i].number == number)
            return &operations[i];
    return NULL;
}
