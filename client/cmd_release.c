// Who may read reports, and when: coaches first, holding one back, releasing.
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

static void read_row(const struct csv_file *file, size_t i, ProtobufCMessage *message, struct findings *problems) {
    Candour__CoachRow *row = (Candour__CoachRow *)message;
    char sentence[256];
    row->leader_email = cmd_text(csv_cell(file, i, LEADER));
    row->coach_email = cmd_text(csv_cell(file, i, COACH));
    row->line = file->lines[i];
    if (check_message(message, sentence, sizeof sentence) != 0)
        findings_add(problems, row->line, "%s", sentence);
}

int cmd_round_coaches(struct run *run) {
    static const struct cmd_file how = {columns, ARRAY_LEN(columns), NULL, read_row, OPERATION_SET_COACHES};
    Candour__SetCoaches request = CANDOUR__SET_COACHES__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    request.dry_run = command_has(&run->given, "dry-run");
    return cmd_import_file(run, run->given.arguments[1], &how, &request.base);
}
