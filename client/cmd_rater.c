// A rater and the desk: whom one is asked about, accepting and declining, reminders, the recovery code.
#include <jansson.h>
#include <string.h>

#include "client/render/words.h"
#include "clock.h"
#include "commands.h"
#include "crypto.h"
#include "json.h"
#include "language.h"
#include "trust.h"
#include "when.h"

// The round that a person means: the one named, or the only one that is not finished.
static Vault__Round *find_round(struct run *run, const char *name) {
    const Vault__Vault *data = vault_data(run->vault);
    Vault__Round *found = name != NULL ? vault_round_meant(run->vault, name) : NULL;
    size_t open = 0;
    for (size_t i = 0; i < data->n_rounds && name == NULL; i++)
        if (!vault_is_finished(data->rounds[i])) {
            found = data->rounds[i];
            open++;
        }
    if (found != NULL && open <= 1)
        return found;
    if (open > 1)
        problem_set(&run->problem, EXIT_USAGE,
                    "There is more than one round here. Name it; see: candour assignments list");
    else
        problem_set(&run->problem, EXIT_NOT_FOUND,
                    name != NULL ? N_("No round of this name is known on this computer. See: candour assignments list "
                                      "--refresh")
                                 : N_("No round is known on this computer. See: candour assignments list --refresh"));
    return NULL;
}

// ---------------------------------------------------------------- assignments

// Where an assignment stands, in one word or two.
static const char *progress(const Vault__Round *round, const Vault__Assignment *one, bool has_ended) {
    if (round->stopped != NULL)
        return N_("stopped");
    if (one->queued != NULL)
        return one->queued->refusal != NULL ? N_("refused") : N_("waits to be sent");
    if (one->draft != NULL)
        return has_ended ? N_("draft, not given in time") : N_("draft");
    if (one->receipt != NULL)
        return N_("sent");
    if (one->y.len > 0)
        return one->answer == 2 ? N_("declined") : has_ended ? N_("not answered in time") : N_("to answer");
    return one->foreign ? N_("other computer") : N_("not ready");
}

static json_t *assignment_json(const Vault__Round *round, const Vault__Assignment *one, bool has_ended) {
    static const char *const answers[] = {"open", "accepted", "declined"};
    return json_pack(
        "{s:o, s:s, s:o, s:s, s:o, s:s, s:s}", "round", json_text(round->name, strlen(round->name)), "round_state",
        cmd_state(round->state), "subject", json_text(one->subject_name, strlen(one->subject_name)), "group",
        words_group_key((Candour__Group)one->group), "level", json_text(one->level, strlen(one->level)), "answer",
        answers[one->answer < ARRAY_LEN(answers) ? one->answer : 0], "progress", progress(round, one, has_ended));
}

int cmd_assignments_list(struct run *run) {
    static const char *const headings[] = {N_("round"), N_("about"), N_("you are"), N_("progress")};
    if (command_has(&run->given, "refresh") && (cmd_desk(run, true) != 0 || cmd_collect(run) != 0))
        return -1;
    const Vault__Vault *data = vault_data(run->vault);
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    json_t *root = json_start("candour/assignments/1"), *list = json_array();
    for (size_t i = 0; i < data->n_rounds; i++) {
        const Vault__Round *round = data->rounds[i];
        int64_t close, until = trust_answers_until(round, &close);
        bool has_ended = until != 0 && clock_now() >= until;
        for (size_t k = 0; k < round->n_assignments; k++) {
            const Vault__Assignment *one = round->assignments[k];
            table_add(&table, "%s", round->name);
            table_add(&table, "%s", one->subject_name);
            table_add(&table, "%s", _(words_group_key((Candour__Group)one->group)));
            table_add(&table, "%s", _(progress(round, one, has_ended)));
            json_array_append_new(list, assignment_json(round, one, has_ended));
        }
    }
    json_object_set_new(root, "assignments", list);
    cmd_print_list(run, root, &table);
    cmd_tell_dates(run);
    if (table.count == 0)
        cmd_tell(run,
                 "You are not asked about anyone, as far as this computer knows. Ask the server: candour assignments "
                 "list --refresh");
    table_free(&table);
    return 0;
}

// ---------------------------------------------------------------- accept, decline

static int respond(struct run *run, bool accept, const char *reason) {
    Vault__Round *round;
    Vault__Assignment *assignment;
    if (vault_find_subject(run->vault, run->given.arguments[0], command_value(&run->given, "round"), 0, &round,
                           &assignment, &run->problem) != 0)
        return -1;
    Candour__Respond request = CANDOUR__RESPOND__INIT;
    request.assignment = assignment->id;
    request.accept = accept;
    request.has_reason = reason != NULL;
    if (reason != NULL)
        request.reason = cmd_text(reason);
    Candour__Outcome *reply = cmd_call(run, OPERATION_RESPOND, &request.base);
    if (reply == NULL)
        return -1;
    link_reply_free(&reply->base);
    assignment->answer = accept ? 1 : 2;
    if (vault_save(run->vault, &run->problem) != 0)
        return -1;
    cmd_done_text(run,
                  accept ? N_("You accepted to give feedback about %s. Next: candour give")
                         : N_("You declined to give feedback about %s. You can still change your mind until the round "
                              "closes."),
                  assignment->subject_name);
    return 0;
}

int cmd_accept(struct run *run) {
    return respond(run, true, NULL);
}

int cmd_decline(struct run *run) {
    const char *reason = command_value(&run->given, "reason");
    if (reason == NULL)
        return problem_set(&run->problem, EXIT_USAGE, "Say why in a few words: --reason \"we hardly work together\"");
    return respond(run, false, reason);
}

// ---------------------------------------------------------------- reminders

static int set_reminders(struct run *run, bool stop) {
    Vault__Round *round = find_round(run, run->given.arguments[0]);
    if (round == NULL)
        return -1;
    Candour__StopReminders request = CANDOUR__STOP_REMINDERS__INIT;
    request.round = round->id;
    request.stop = stop;
    Candour__Outcome *reply = cmd_call(run, OPERATION_STOP_REMINDERS, &request.base);
    if (reply == NULL)
        return -1;
    link_reply_free(&reply->base);
    round->reminders_stopped = stop;
    if (vault_save(run->vault, &run->problem) != 0)
        return -1;
    cmd_done_text(
        run,
        stop ? N_("You will get no more reminders about the round %s, and no mail when it closes later. You can still "
                  "answer; signing in shows until when.")
             : N_("You will get the usual reminders about the round %s."),
        round->name);
    return 0;
}

int cmd_remind_stop(struct run *run) {
    return set_reminders(run, true);
}

int cmd_remind_start(struct run *run) {
    return set_reminders(run, false);
}

// ---------------------------------------------------------------- recovery

int cmd_recovery_code_show(struct run *run) {
    Vault__Round *round = find_round(run, run->given.arguments[0]);
    char code[CODE_RECOVERY_TEXT_BYTES];
    if (round == NULL || rater_recovery_code(round, code, &run->problem) != 0)
        return -1;
    if (run->json) {
        json_t *root = json_start("candour/recovery-code/1");
        json_object_set_new(root, "round", json_text(round->name, strlen(round->name)));
        json_object_set_new(root, "code", json_string(code));
        cmd_print_json(root);
    } else {
        printf("%s\n", code);
        cmd_tell(run, "Whoever has this code can answer in your place and change your answers. Keep it to yourself.");
    }
    crypto_wipe(code, sizeof code);
    return 0;
}

int cmd_recover(struct run *run) {
    char code[CMD_LINE_BYTES];
    Vault__Round *round = find_round(run, run->given.arguments[0]);
    if (round == NULL || cmd_prompt(run, "Recovery code", false, N_("standard input"), code) != 0)
        return -1;
    int result = rater_restore(run->vault, round, code, &run->problem);
    crypto_wipe(code, sizeof code);
    if (result != 0 || cmd_desk(run, true) != 0 || cmd_collect(run) != 0)
        return -1;
    cmd_done_text(run, "You can go on answering here. Next: candour give");
    return 0;
}
