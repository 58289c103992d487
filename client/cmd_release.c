// Who may read reports, and when: coaches first, holding one back, releasing.
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "commands.h"
#include "csv.h"
#include "reports.h"

static int call_for_outcome(struct run *run, enum operation operation, const ProtobufCMessage *request) {
    Candour__Outcome *reply = cmd_call(run, operation, request);
    if (reply == NULL)
        return -1;
    cmd_done(run, &reply->detail);
    link_reply_free(&reply->base);
    return 0;
}

static int read_reader(struct run *run, Candour__ReleaseReports *request) {
    const char *to = command_value(&run->given, "to");
    request->has_to = to != NULL;
    if (to != NULL && strcmp(to, "coach") != 0 && strcmp(to, "leader") != 0)
        return problem_set(&run->problem, EXIT_USAGE, "--to takes leader or coach.");
    request->to = to != NULL && to[0] == 'c' ? CANDOUR__READER__COACH : CANDOUR__READER__LEADER;
    request->has_dry_run = request->dry_run = command_has(&run->given, "dry-run");
    return 0;
}

int cmd_round_release(struct run *run) {
    Candour__ReleaseReports request = CANDOUR__RELEASE_REPORTS__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    if (read_reader(run, &request) != 0)
        return -1;
    const char *what = request.to == CANDOUR__READER__COACH
                           ? "Every coach of the round will be able to read the reports of their leaders."
                           : "Every leader of the round will be able to read their report, but for those held back.";
    if (!request.dry_run && cmd_confirm(run, run->given.arguments[0], what) != 0)
        return -1;
    return call_for_outcome(run, OPERATION_RELEASE_REPORTS, &request.base);
}

int cmd_report_release(struct run *run) {
    Candour__ReleaseReports request = CANDOUR__RELEASE_REPORTS__INIT;
    struct reports_name name;
    if (read_reader(run, &request) != 0 || reports_choose(run, &name) != 0)
        return -1;
    request.round = cmd_text(name.round);
    request.has_email = true;
    request.email = cmd_text(name.email);
    const char *what = request.to == CANDOUR__READER__COACH ? "The coach will be able to read this report."
                                                            : "This leader will be able to read the report.";
    if (!request.dry_run && cmd_confirm(run, name.email, what) != 0)
        return -1;
    return call_for_outcome(run, OPERATION_RELEASE_REPORTS, &request.base);
}

int cmd_report_hold(struct run *run) {
    Candour__HoldReport request = CANDOUR__HOLD_REPORT__INIT;
    struct reports_name name;
    if (reports_choose(run, &name) != 0)
        return -1;
    request.round = cmd_text(name.round);
    request.email = cmd_text(name.email);
    request.has_dry_run = request.dry_run = command_has(&run->given, "dry-run");
    return call_for_outcome(run, OPERATION_HOLD_REPORT, &request.base);
}

// ---------------------------------------------------------------- coaches

enum { LEADER, COACH };

static const struct csv_column columns[] = {
    [LEADER] = {"leader e-mail", "leaderemail leader subject subjectemail leadersemail", true},
    [COACH] = {"coach e-mail", "coachemail coach coachsemail facilitator facilitatoremail", true},
};

static void read_row(const struct csv_file *file, size_t i, Candour__CoachRow *row, struct findings *problems) {
    char sentence[256];
    candour__coach_row__init(row);
    row->leader_email = cmd_text(csv_cell(file, i, LEADER));
    row->coach_email = cmd_text(csv_cell(file, i, COACH));
    row->line = file->lines[i];
    if (check_message(&row->base, sentence, sizeof sentence) != 0)
        findings_add(problems, row->line, "%s", sentence);
}

static int send_coaches(struct run *run, const struct csv_file *file, struct findings *problems) {
    Candour__SetCoaches request = CANDOUR__SET_COACHES__INIT;
    Candour__CoachRow *rows = calloc(file->rows, sizeof *rows);
    request.round = cmd_text(run->given.arguments[0]);
    request.rows = calloc(file->rows, sizeof(Candour__CoachRow *));
    request.dry_run = command_has(&run->given, "dry-run");
    int result = rows != NULL && request.rows != NULL ? 0 : problem_no_memory(&run->problem);
    for (size_t i = 0; i < file->rows && result == 0; i++) {
        request.rows[request.n_rows++] = &rows[i];
        read_row(file, i, &rows[i], problems);
    }
    if (result == 0)
        result = cmd_import(run, problems, OPERATION_SET_COACHES, &request.base, request.dry_run);
    free(request.rows);
    free(rows);
    return result;
}

int cmd_round_coaches(struct run *run) {
    struct findings problems = {0};
    struct csv_file file;
    if (csv_load(run->given.arguments[1], columns, ARRAY_LEN(columns), &problems, &file, &run->problem) != 0)
        return -1;
    cmd_tell_file(run, &file);
    int result = send_coaches(run, &file, &problems);
    csv_drop(&file);
    findings_free(&problems);
    return result;
}
