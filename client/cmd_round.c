// Rounds: making, loading raters, going on, closing.
#include <string.h>
#include <strings.h>
#include <time.h>

#include "ballot.h"
#include "check.h"
#include "cmd_round_plan.h"
#include "commands.h"
#include "crypto.h"
#include "csv.h"

#include "manifest.h"
#include "when.h"

enum { THRESHOLD = 4, COMMENTS_POOLED = 4, COMMENTS_BY_GROUP = 5, TAIL_LOW = 1, TAIL_HIGH = 0, BUCKET = 8192 };
enum { GRACE_S = 900, CLOSING_DONE = 6, CLOSING_POLL_S = 1 };

// ---------------------------------------------------------------- new

static uint32_t max(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

// A higher threshold raises the defaults of the comment rules with it.
static int read_rules(struct run *run, Candour__Rules *rules) {
    candour__rules__init(rules);
    rules->threshold = THRESHOLD;
    if (cmd_number(run, "threshold", MANIFEST_THRESHOLD_MIN, MANIFEST_THRESHOLD_MAX, &rules->threshold) != 0)
        return -1;
    rules->comments_pooled = max(COMMENTS_POOLED, rules->threshold);
    rules->comments_by_group = max(COMMENTS_BY_GROUP, rules->threshold);
    rules->tail_low = TAIL_LOW;
    rules->tail_high = TAIL_HIGH;
    rules->bucket = BUCKET;
    if (cmd_number(run, "comments-pooled", rules->threshold, MANIFEST_RATERS_MAX, &rules->comments_pooled) != 0 ||
        cmd_number(run, "comments-by-group", 0, MANIFEST_RATERS_MAX, &rules->comments_by_group) != 0 ||
        cmd_number(run, "tail-low", MANIFEST_TAIL_LOW_MIN, MANIFEST_TAIL_MAX, &rules->tail_low) != 0 ||
        cmd_number(run, "tail-high", 0, MANIFEST_TAIL_MAX, &rules->tail_high) != 0 ||
        cmd_number(run, "bucket", BALLOT_BUCKET_MIN, BALLOT_BUCKET_MAX, &rules->bucket) != 0)
        return -1;
    if (rules->comments_by_group != 0 && rules->comments_by_group < rules->threshold)
        return problem_set(&run->problem, EXIT_USAGE,
                           "--comments-by-group takes 0 (never) or a whole number from %u, the threshold.",
                           rules->threshold);
    return 0;
}

static int read_round(struct run *run, Candour__CreateRound *request) {
    const char *grace = command_value(&run->given, "grace"), *framework = command_value(&run->given, "framework");
    int64_t grace_s = GRACE_S;
    if (framework == NULL)
        return problem_set(&run->problem, EXIT_USAGE, "--framework is missing. See: candour framework list");
    if (grace != NULL && (when_duration(grace, &grace_s) != 0 || grace_s > MANIFEST_GRACE_MAX_S))
        return problem_set(&run->problem, EXIT_USAGE, "--grace %s is not a duration up to a day. Write 15m or 2h.",
                           grace);
    request->name = cmd_text(run->given.arguments[0]);
    request->framework = cmd_text(framework);
    request->grace_s = (uint32_t)grace_s;
    // By the server's clock, which is the one that counts.
    if (read_rules(run, request->rules) != 0 || cmd_desk(run, true) != 0 ||
        cmd_time(run, "collect-from", run->hello->time, &request->collect_from) != 0 ||
        cmd_time(run, "answer-from", run->hello->time, &request->answer_from) != 0 ||
        cmd_time(run, "close", run->hello->time, &request->close) != 0)
        return -1;
    return 0;
}

// The reply of a change to a round: warnings, then what was done.
static int show_changed(struct run *run, Candour__RoundReply *reply) {
    if (reply == NULL)
        return -1;
    for (size_t i = 0; i < reply->n_warnings; i++)
        cmd_warn("%.*s", (int)reply->warnings[i].len, (const char *)reply->warnings[i].data);
    cmd_done(run, &reply->detail);
    link_reply_free(&reply->base);
    return 0;
}

int cmd_round_new(struct run *run) {
    uint8_t id[16];
    Candour__CreateRound request = CANDOUR__CREATE_ROUND__INIT;
    Candour__Rules rules;
    struct cmd_plan plan;
    request.rules = &rules;
    request.plan = &plan.message;
    request.has_dry_run = request.dry_run = command_has(&run->given, "dry-run");
    request.request = (ProtobufCBinaryData){sizeof id, id};
    if (crypto_start() != 0)
        return problem_no_memory(&run->problem);
    crypto_random(id, sizeof id);
    if (cmd_plan(run, &plan) != 0 || read_round(run, &request) != 0)
        return -1;
    if (!run->quiet && !run->json) {
        char collect[WHEN_TEXT_BYTES], answer[WHEN_TEXT_BYTES], until[WHEN_TEXT_BYTES], end[WHEN_TEXT_BYTES];
        when_text(request.collect_from, collect);
        when_text(request.answer_from, answer);
        when_text(manifest_answers_until(request.answer_from, request.close), until);
        when_text(request.close, end);
        cmd_tell(run,
                 "Collecting from %s. Colleagues answer from %s until %s; their ballots travel until the close, %s.",
                 collect, answer, until, end);
    }
    return show_changed(run, cmd_call(run, OPERATION_CREATE_ROUND, &request.base));
}

// ---------------------------------------------------------------- load

enum { SUBJECT, LEVEL, RATER, GROUP };

static const struct csv_column columns[] = {
    [SUBJECT] = {"subject e-mail", "subjectemail subject leader leaderemail feedbackfor leadersemail about", true},
    [LEVEL] = {"level", "level leadershiplevel subjectlevel levelcode", false},
    [RATER] = {"rater e-mail", "rateremail rater ratersemail feedbackfrom colleague colleagueemail", false},
    [GROUP] = {"group", "group relationship relation role ratergroup", false},
};

static void read_row(const struct csv_file *file, size_t i, ProtobufCMessage *message, struct findings *problems) {
    Candour__RaterRow *row = (Candour__RaterRow *)message;
    char sentence[256];
    bool has_raters = file->is_there[RATER];
    const char *level = csv_cell(file, i, LEVEL), *group = has_raters ? csv_cell(file, i, GROUP) : "self";
    row->subject_email = cmd_text(csv_cell(file, i, SUBJECT));
    row->rater_email = cmd_text(csv_cell(file, i, has_raters ? RATER : SUBJECT));
    row->level = cmd_text(level);
    row->has_level = level[0] != '\0';
    row->group = cmd_group(group);
    row->line = file->lines[i];
    if (row->group == 0)
        findings_add(problems, row->line,
                     "\"%s\" is not a group. Write self, manager, peer, report (direct report) or other.", group);
    else if (check_message(&row->base, sentence, sizeof sentence) != 0)
        findings_add(problems, row->line, "%s", sentence);
    else if (!check_email(row->subject_email.data, row->subject_email.len) ||
             !check_email(row->rater_email.data, row->rater_email.len))
        findings_add(problems, row->line, "\"%s\" is not an e-mail address. Correct it.",
                     check_email(row->subject_email.data, row->subject_email.len) ? csv_cell(file, i, RATER)
                                                                                  : csv_cell(file, i, SUBJECT));
}

static int check_columns(struct run *run, const struct csv_file *file) {
    if (file->is_there[RATER] == file->is_there[GROUP])
        return 0;
    return problem_set(&run->problem, EXIT_USAGE,
                       "The file has no column for: %s. Without both it would be a list of leaders alone.",
                       file->is_there[RATER] ? "group" : "rater e-mail");
}

int cmd_round_load(struct run *run) {
    static const struct cmd_file how = {columns, ARRAY_LEN(columns), check_columns, read_row, OPERATION_LOAD_RATERS};
    Candour__LoadRaters request = CANDOUR__LOAD_RATERS__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    request.dry_run = command_has(&run->given, "dry-run");
    return cmd_import_file(run, run->given.arguments[1], &how, &request.base);
}

// ---------------------------------------------------------------- advance, close

static Candour__RoundStatusReply *ask_status(struct run *run) {
    Candour__RoundStatus request = CANDOUR__ROUND_STATUS__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    return cmd_call(run, OPERATION_ROUND_STATUS, &request.base);
}

// Where to, from --to or from where the round is.
static int read_step(struct run *run, Candour__State *ret_to) {
    const char *to = command_value(&run->given, "to");
    if (to != NULL && strcmp(to, "nominating") != 0 && strcmp(to, "collecting") != 0)
        return problem_set(&run->problem, EXIT_USAGE,
                           "--to takes nominating or collecting. What comes later follows from the round's dates.");
    if (to != NULL) {
        *ret_to = to[0] == 'n' ? CANDOUR__STATE__NOMINATING : CANDOUR__STATE__COLLECTING;
        return 0;
    }
    Candour__RoundStatusReply *reply = ask_status(run);
    if (reply == NULL)
        return -1;
    Candour__State state = reply->round != NULL ? reply->round->state : CANDOUR__STATE__ARCHIVED;
    link_reply_free(&reply->base);
    if (state > CANDOUR__STATE__NOMINATING)
        return problem_set(&run->problem, EXIT_RULE,
                           "The round is %s. From collecting on, it follows its dates. See: candour round status",
                           cmd_state(state));
    *ret_to = state == CANDOUR__STATE__DRAFT ? CANDOUR__STATE__NOMINATING : CANDOUR__STATE__COLLECTING;
    return 0;
}

int cmd_round_advance(struct run *run) {
    Candour__AdvanceRound request = CANDOUR__ADVANCE_ROUND__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    if (read_step(run, &request.to) != 0)
        return -1;
    const char *what = request.to == CANDOUR__STATE__COLLECTING
                           ? "Collecting freezes the round: its dates, rules, questions and raters, for good."
                           : "The round goes on to nominating.";
    request.has_dry_run = request.dry_run = command_has(&run->given, "dry-run");
    if (!request.dry_run && cmd_confirm(run, run->given.arguments[0], what) != 0)
        return -1;
    return show_changed(run, cmd_call(run, OPERATION_ADVANCE_ROUND, &request.base));
}

static int wait_until_closed(struct run *run) {
    static const char *const steps[] = {"asked for", "refusing late answers", "publishing the list of answers",
                                        "shuffling", "destroying keys",       "writing reports"};
    for (uint32_t told = UINT32_MAX;;) {
        Candour__RoundStatusReply *reply = ask_status(run);
        if (reply == NULL)
            return -1;
        uint32_t step = reply->closing_step;
        link_reply_free(&reply->base);
        if (step >= CLOSING_DONE)
            break;
        if (step != told && step < ARRAY_LEN(steps))
            cmd_tell(run, "Closing: %s.", steps[step]);
        told = step;
        nanosleep(&(struct timespec){.tv_sec = CLOSING_POLL_S}, NULL);
    }
    return 0;
}

int cmd_round_close(struct run *run) {
    Candour__CloseRound request = CANDOUR__CLOSE_ROUND__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    request.has_dry_run = request.dry_run = command_has(&run->given, "dry-run");
    if (!request.dry_run &&
        cmd_confirm(
            run, run->given.arguments[0],
            "Closing refuses all further answers, destroys the round's keys and writes the reports, for good.") != 0)
        return -1;
    Candour__Outcome *reply = cmd_call(run, OPERATION_CLOSE_ROUND, &request.base);
    if (reply == NULL)
        return -1;
    int result = 0;
    if (request.dry_run || !command_has(&run->given, "wait"))
        cmd_done(run, &reply->detail);
    else if ((result = wait_until_closed(run)) == 0)
        cmd_done_text(run, "The round is closed and its reports are written. Next: candour round release");
    link_reply_free(&reply->base);
    return result;
}
