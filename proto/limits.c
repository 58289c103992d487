// The limits of every field of every request, and of a sealed ballot. PROTOCOL.md says them in words.
#include "ballot.h"
#include "candour.pb-c.h"
#include "check.h"
#include "manifest.h"
#include "questionnaire.h"

#define TIME_MAX 4102444799 // the end of 2099

enum {
    ASSIGNMENTS_MAX = 1000, // of one person in one round
    GROUP_LIMIT_MAX = 1000,
    FILE_LINE_MAX = 10 * 1000 * 1000,
    LEAVES_PAGE_MAX = 1000 * 1000,
    OFFSET_MAX = 1000 * 1000 * 1000,
};

#define ROW(message, field, kind, min, max, count_min, count_max)                                                      \
    { &candour__##message##__descriptor, field, CHECK_##kind, min, max, count_min, count_max }
#define TEXT(message, field, min, max)   ROW(message, field, TEXT, min, max, 0, 0)
#define LINE(message, field, min, max)   ROW(message, field, LINE, min, max, 0, 0)
#define BINARY(message, field, min, max) ROW(message, field, BINARY, min, max, 0, 0)
#define NUMBER(message, field, min, max) ROW(message, field, NUMBER, min, max, 0, 0)
#define COUNT(message, field, min, max)  ROW(message, field, COUNT, 0, 0, min, max)
#define ID(message, field)               BINARY(message, field, 16, 16)
#define EMAIL(message, field)            LINE(message, field, 3, 254)
#define WORD(message, field, min, max)   ROW(message, field, WORD, min, max, 0, 0)
#define LEVEL(message, field)            ROW(message, field, WORD, 1, 16, 0, 0)
#define ROUND(message, field)            LINE(message, field, 1, 120)

const struct check_limit check_limits[] = {
    // session
    BINARY(hello, "session", 32, 32),
    EMAIL(sign_in, "email"),
    EMAIL(request_code, "email"),
    LINE(code_proof, "code", 1, 64),
    LINE(password_proof, "password", 1, 1024),
    NUMBER(password_proof, "totp", 0, 999999),

    // rater
    NUMBER(my_assignments, "offset", 0, OFFSET_MAX),
    ID(collect_credentials, "round"),
    COUNT(collect_credentials, "blinded", 1, ASSIGNMENTS_MAX),
    ID(blinded, "assignment"),
    BINARY(blinded, "element", 32, 32),
    ID(respond, "assignment"),
    TEXT(respond, "reason", 0, 1000),
    ID(stop_reminders, "round"),
    ID(get_questionnaire, "round"),
    LEVEL(get_questionnaire, "level"),
    ID(get_witnesses, "round"),
    ID(get_manifest, "round"),
    NUMBER(get_manifest, "version", 0, UINT32_MAX),
    NUMBER(get_manifest, "page", 0, MANIFEST_BYTES_MAX / MANIFEST_PAGE_BYTES - 1),
    NUMBER(my_reports, "offset", 0, OFFSET_MAX),
    ROUND(get_report, "round"),
    EMAIL(get_report, "email"),
    NUMBER(get_report, "offset", 0, OFFSET_MAX),
    ROUND(get_organisation_report, "round"),
    NUMBER(get_organisation_report, "offset", 0, OFFSET_MAX),

    // people and frameworks
    COUNT(import_people, "rows", 0, 25000),
    EMAIL(person_row, "email"),
    LINE(person_row, "name", 1, 200),
    LINE(person_row, "job_title", 0, 200),
    LINE(person_row, "unit", 0, 200),
    LINE(person_row, "manager_email", 0, 254),
    LEVEL(person_row, "level"),
    NUMBER(person_row, "line", 1, FILE_LINE_MAX),
    LINE(person_row, "language", 0, 35),
    LINE(import_framework, "name", 1, 200),
    ROW(import_framework, "scale", LINE, 1, 60, QUESTIONNAIRE_SCALE_MIN, QUESTIONNAIRE_SCALE_MAX),
    ROW(import_framework, "questions", LINE, 1, 300, 0, QUESTIONNAIRE_QUESTIONS_MAX),
    COUNT(import_framework, "rows", 1, 1000),
    LINE(framework_row, "cluster", 0, 200),
    LINE(framework_row, "competency", 1, 200),
    LINE(framework_row, "definition", 0, 1000),
    LEVEL(framework_row, "level"),
    LINE(framework_row, "level_name", 0, 200),
    LINE(framework_row, "effective", 1, 300),
    LINE(framework_row, "ineffective", 0, 300),
    NUMBER(framework_row, "line", 1, FILE_LINE_MAX),

    // rounds
    ROUND(create_round, "name"),
    LINE(create_round, "framework", 1, 200),
    NUMBER(create_round, "collect_from", 0, TIME_MAX),
    NUMBER(create_round, "answer_from", 0, TIME_MAX),
    NUMBER(create_round, "close", 0, TIME_MAX),
    NUMBER(create_round, "grace_s", 0, MANIFEST_GRACE_MAX_S),
    ID(create_round, "request"),
    NUMBER(rules, "threshold", MANIFEST_THRESHOLD_MIN, MANIFEST_THRESHOLD_MAX),
    NUMBER(rules, "comments_pooled", MANIFEST_THRESHOLD_MIN, MANIFEST_RATERS_MAX),
    NUMBER(rules, "comments_by_group", 0, MANIFEST_RATERS_MAX),
    NUMBER(rules, "tail_low", 0, MANIFEST_TAIL_MAX),
    NUMBER(rules, "tail_high", 0, MANIFEST_TAIL_MAX),
    NUMBER(rules, "bucket", BALLOT_BUCKET_MIN, BALLOT_BUCKET_MAX),
    ROUND(load_raters, "round"),
    COUNT(load_raters, "rows", 1, 60000),
    EMAIL(rater_row, "subject_email"),
    LEVEL(rater_row, "level"),
    EMAIL(rater_row, "rater_email"),
    NUMBER(rater_row, "line", 1, FILE_LINE_MAX),
    ROUND(advance_round, "round"),
    ROUND(round_status, "round"),
    ROUND(letters, "round"),
    NUMBER(letters, "limit", 1, 200),
    ID(letters, "request"),
    EMAIL(letters, "email"),
    ROUND(close_round, "round"),
    ROUND(release_reports, "round"),
    ROUND(extend_round, "round"),
    NUMBER(extend_round, "close", 0, TIME_MAX),
    ROUND(add_witness, "round"),
    BINARY(add_witness, "key", 32, 32),
    BINARY(add_witness, "signature", 64, 64),
    EMAIL(release_reports, "email"),
    NUMBER(group_limit, "least", 0, GROUP_LIMIT_MAX),
    NUMBER(group_limit, "most", 0, GROUP_LIMIT_MAX),
    COUNT(plan, "limits", 0, MANIFEST_GROUPS - 1),
    NUMBER(plan, "keep_answers_days", 0, 3650),
    NUMBER(plan, "keep_reports_months", 1, 120),
    ROUND(plan_round, "round"),
    ROUND(round_risks, "round"),
    ROUND(round_workload, "round"),
    NUMBER(round_workload, "offset", 0, OFFSET_MAX),
    ROUND(set_coaches, "round"),
    COUNT(set_coaches, "rows", 1, 25000),
    EMAIL(coach_row, "leader_email"),
    LINE(coach_row, "coach_email", 0, 254),
    NUMBER(coach_row, "line", 1, FILE_LINE_MAX),
    ROUND(hold_report, "round"),
    EMAIL(hold_report, "email"),

    // nominations
    ROUND(list_nominations, "round"),
    EMAIL(list_nominations, "leader"),
    NUMBER(list_nominations, "offset", 0, OFFSET_MAX),
    ROUND(suggest_raters, "round"),
    EMAIL(suggest_raters, "leader"),
    LINE(find_people, "part", 3, 100),
    ROUND(change_nominations, "round"),
    EMAIL(change_nominations, "leader"),
    COUNT(change_nominations, "changes", 1, 100),
    EMAIL(nomination_change, "rater"),
    LINE(nomination_change, "reason", 0, 300),

    // audit
    WORD(read_mail_texts, "language", 1, 35),
    WORD(set_mail_text, "kind", 1, 32),
    LINE(set_mail_text, "subject", 1, 200),
    TEXT(set_mail_text, "body", 1, 8192),
    WORD(set_mail_text, "language", 1, 35),
    WORD(preview_mail, "kind", 1, 32),
    LINE(preview_mail, "subject", 1, 200),
    TEXT(preview_mail, "body", 1, 8192),
    WORD(preview_mail, "language", 1, 35),
    NUMBER(mail_status, "offset", 0, OFFSET_MAX),
    EMAIL(set_paper, "email"),
    NUMBER(read_audit, "before", 0, INT64_MAX),
    NUMBER(read_audit, "limit", 1, 500),
    NUMBER(read_chain, "after", 0, INT64_MAX),
    NUMBER(read_chain, "limit", 1, 500),
    ROUND(read_retention, "round"),
    ROUND(apply_retention, "round"),
    NUMBER(my_data, "offset", 0, OFFSET_MAX),
    EMAIL(person_data, "email"),
    NUMBER(person_data, "offset", 0, OFFSET_MAX),

    // ballot box
    ID(cast_ballot, "round"),
    BINARY(cast_ballot, "sealed", BALLOT_BUCKET_MIN, BALLOT_BUCKET_MAX),
    ID(get_leaves, "round"),
    NUMBER(get_leaves, "page", 0, LEAVES_PAGE_MAX),
    ID(ballot, "round"),
    ID(ballot, "subject"),
    BINARY(ballot, "vk", 32, 32),
    BINARY(ballot, "y", 64, 64),
    NUMBER(ballot, "sequence", 1, BALLOT_SEQUENCE_NONE - 1),
    BINARY(ballot, "ratings", 0, BALLOT_ITEMS_MAX),
    COUNT(ballot, "comments", 0, BALLOT_QUESTIONS_MAX),
    NUMBER(comment, "question", 0, BALLOT_QUESTIONS_MAX - 1),
    TEXT(comment, "text", 1, BALLOT_COMMENT_BYTES_MAX),
};
const size_t check_limits_count = ARRAY_LEN(check_limits);
