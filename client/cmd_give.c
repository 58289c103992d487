// Answering: the questionnaire, taking answers back, what waits, sending, and finding the own answers again.
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "ask.h"
#include "cast.h"
#include "client/language.h"
#include "client/render/words.h"
#include "commands.h"
#include "json.h"
#include "language.h"
#include "output.h"
#include "trust.h"
#include "when.h"

struct giving {
    struct run *run;
    Vault__Round *round;
    Vault__Assignment *assignment;
    struct manifest manifest;
    struct questionnaire questionnaire;
};

static void tell(void *context, const char *sentence) {
    cmd_tell(context, "%s", sentence);
}

// ---------------------------------------------------------------- whom, and what is asked

static int find_group(struct run *run, unsigned *ret_group) {
    const char *text = command_value(&run->given, "group");
    *ret_group = command_has(&run->given, "self") ? CANDOUR__GROUP__SELF : 0;
    for (Candour__Group i = CANDOUR__GROUP__SELF; text != NULL && i <= CANDOUR__GROUP__OTHER; i++)
        if (strcmp(words_group_key(i), text) == 0)
            *ret_group = i;
    if (text == NULL || *ret_group != 0)
        return 0;
    return problem_set(&run->problem, EXIT_USAGE, "--group takes self, manager, peer, report or other.");
}

// On success the caller ends it with end_giving.
static int start_giving(struct run *run, struct giving *ret_giving) {
    struct giving giving = {.run = run};
    unsigned group;
    if (find_group(run, &group) != 0 ||
        vault_find_subject(run->vault, run->given.arguments[0], command_value(&run->given, "round"), group,
                           &giving.round, &giving.assignment, &run->problem) != 0)
        return -1;
    if (giving.round->stopped != NULL)
        return problem_set(&run->problem, EXIT_FAILED, "%s", giving.round->stopped);
    if (giving.assignment->y.len == 0)
        return problem_set(&run->problem, EXIT_RULE,
                           giving.assignment->foreign
                               ? N_("The right to answer about %s was collected on another computer. Answer there, or "
                                    "bring your recovery code: candour recover")
                               : N_("The right to answer about %s has not been collected yet. Do: candour assignments "
                                    "list --refresh"),
                           giving.assignment->subject_name);
    if (trust_newest(giving.round, &giving.manifest, &run->problem) != 0)
        return -1;
    if (trust_questionnaire(giving.round, &giving.manifest, giving.assignment->level, &giving.questionnaire,
                            &run->problem) != 0) {
        manifest_free(&giving.manifest);
        return -1;
    }
    *ret_giving = giving;
    return 0;
}

static void end_giving(struct giving *giving) {
    questionnaire_free(&giving->questionnaire);
    manifest_free(&giving->manifest);
}

// ---------------------------------------------------------------- queueing

// The timer was installed with the client (make install, or a package); it cannot type a passphrase.
static bool has_timer(const struct vault *vault) {
    static const char *const paths[] = {"/usr/lib/systemd/user/candour-send.timer",
                                        "/usr/local/lib/systemd/user/candour-send.timer",
                                        "/etc/systemd/user/candour-send.timer"};
    bool is_there = false;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        is_there |= access(paths[i], F_OK) == 0;
    return is_there && !vault_is_sealed(vault);
}

static void show_queued(const struct giving *giving) {
    const Vault__Queued *queued = giving->assignment->queued;
    const struct run *run = giving->run;
    char due[WHEN_TEXT_BYTES];
    when_text(queued->due, due);
    if (run->json) {
        json_t *root = json_start("candour/queued/1");
        const char *name = giving->assignment->subject_name;
        json_object_set_new(root, "subject", json_text(name, strlen(name)));
        json_object_set_new(root, "due", json_time(queued->due));
        cmd_print_json(root);
        return;
    }
    cmd_tell(run, "Your answer about %s is kept here, sealed, and may be sent from %s on.",
             giving->assignment->subject_name, due);
    if (!queued->now)
        cmd_tell(run, "The time was chosen at random, so that it says nothing about you. Then: candour send");
    if (!queued->now && has_timer(run->vault))
        cmd_tell(run, "Or let this computer send it by itself: systemctl --user enable --now candour-send.timer");
}

// Sends what has just been queued with --now.
static int send_queued(struct run *run) {
    struct cast_summary summary;
    return cast_send_due(run->vault, false, tell, run, &summary, &run->problem);
}

static int confirm_now(struct run *run) {
    if (!command_has(&run->given, "now"))
        return 0;
    cmd_warn("%s", _(cast_warning));
    return cmd_yes(run, "Send it at once all the same?");
}

static unsigned how_given(const struct run *run) {
    return (command_has(&run->given, "now") ? CAST_NOW : 0U) | (command_has(&run->given, "late") ? CAST_LATE : 0U);
}

// Nobody answers forty questions to learn that it is too late.
static int confirm_time(const struct giving *giving) {
    struct run *run = giving->run;
    if (cast_may_prepare(giving->round, giving->assignment, &giving->manifest, how_given(run), &run->problem) != 0)
        return -1;
    if (!cast_is_late(&giving->manifest))
        return 0;
    cmd_warn("%s", _(cast_late_warning));
    return cmd_yes(run, "Go on all the same?");
}

// What waits here is on no server.
static void tell_deadline(const struct giving *giving) {
    char end[WHEN_TEXT_BYTES];
    if (giving->assignment->queued->now)
        return;
    if (!cast_is_late(&giving->manifest)) {
        when_text(manifest_answers_until(giving->manifest.answer_from, giving->manifest.close), end);
        cmd_tell(giving->run, "You can change it, or take it back, until %s.", end);
    }
    when_text(giving->manifest.close, end);
    cmd_tell(
        giving->run,
        _("It has NOT been sent yet, and is lost if this computer does not send it between then and the close, %s. "
          "Will it be off, or you away? Then send before you go: candour send --now"),
        end);
}

static int queue(struct giving *giving, const Vault__Answers *answers) {
    struct run *run = giving->run;
    bool now = command_has(&run->given, "now");
    struct cast_window window;
    if (confirm_now(run) != 0 || cast_prepare(run->vault, giving->round, giving->assignment, answers, how_given(run),
                                              &window, &run->problem) != 0)
        return -1;
    if (window.is_short && !now)
        cmd_warn("%s", _(cast_warning));
    show_queued(giving);
    tell_deadline(giving);
    return now ? send_queued(run)
               : cast_look_ahead(run->vault, giving->round, giving->assignment->queued->due, &run->problem);
}

// ---------------------------------------------------------------- give

static int save(void *context) {
    struct giving *giving = context;
    return vault_save(giving->run->vault, &giving->run->problem);
}

// The draft goes on, or what still waits is changed, or all begins anew.
static int open_draft(struct giving *giving) {
    Vault__Assignment *assignment = giving->assignment;
    if (assignment->draft != NULL && assignment->draft->ratings.len == giving->questionnaire.item_count)
        return 0;
    VAULT_FORGET(assignment->draft);
    assignment->draft = assignment->queued != NULL ? vault_answers_copy(assignment->queued->answers)
                                                   : vault_answers_new(giving->questionnaire.item_count);
    return assignment->draft != NULL ? 0 : problem_no_memory(&giving->run->problem);
}

static int give_dialogue(struct giving *giving) {
    struct run *run = giving->run;
    Vault__Assignment *assignment = giving->assignment;
    if (run->no_input)
        return problem_set(&run->problem, EXIT_USAGE, "The questions need somebody to answer. Use --answers FILE.");
    ask_preface(stderr, giving->round, assignment, &giving->manifest);
    if (assignment->queued != NULL)
        cmd_tell(run, "Answers about %s wait here already. What you send now takes their place.",
                 assignment->subject_name);
    else if (assignment->receipt != NULL)
        cmd_tell(run, "You have answered about %s before. What you send now takes the place of that answer.",
                 assignment->subject_name);
    if (open_draft(giving) != 0)
        return -1;
    const struct ask ask = {
        .in = stdin, .out = stderr, .questionnaire = &giving->questionnaire, .subject_name = assignment->subject_name};
    run->problem.code = EXIT_DONE;
    if (ask_questions(&ask, assignment->draft, save, giving) == ASK_SEND)
        return queue(giving, assignment->draft);
    if (run->problem.code != EXIT_DONE || vault_save(run->vault, &run->problem) != 0)
        return -1;
    cmd_tell(run, "Nothing was sent. Your draft is kept here. To go on: candour give \"%s\"", assignment->subject_name);
    return 0;
}

static int give_file(struct giving *giving, const char *path) {
    struct run *run = giving->run;
    bool is_input = strcmp(path, "-") == 0;
    FILE *in = is_input ? stdin : fopen(path, "re");
    if (in == NULL)
        return problem_set(&run->problem, errno == ENOENT ? EXIT_NOT_FOUND : EXIT_USAGE,
                           "The file %s cannot be opened (%s).", path, strerror(errno));
    Vault__Answers *answers = NULL;
    int result = answers_read(in, &giving->questionnaire, &answers, &run->problem);
    if (!is_input)
        fclose(in);
    if (result != 0)
        return -1;
    if (!run->quiet)
        ask_preface(stderr, giving->round, giving->assignment, &giving->manifest);
    result = answers_check(answers, &giving->questionnaire, &run->problem);
    if (result == 0)
        result = queue(giving, answers);
    VAULT_FORGET(answers);
    return result;
}

int cmd_give(struct run *run) {
    struct giving giving;
    const char *path = command_value(&run->given, "answers");
    if (start_giving(run, &giving) != 0)
        return -1;
    int result = confirm_time(&giving);
    if (result == 0)
        result = path != NULL ? give_file(&giving, path) : give_dialogue(&giving);
    end_giving(&giving);
    return result;
}

int cmd_withdraw(struct run *run) {
    struct giving giving;
    struct cast_window window;
    bool now = command_has(&run->given, "now");
    if (start_giving(run, &giving) != 0)
        return -1;
    int result = confirm_time(&giving);
    if (result == 0)
        result = cmd_yes(run, "Take back your answer about %s?", giving.assignment->subject_name);
    if (result == 0)
        result = confirm_now(run);
    if (result == 0)
        result = cast_withdraw(run->vault, giving.round, giving.assignment, how_given(run), &window, &run->problem);
    if (result == 0) {
        cmd_tell(run, "An empty answer takes the place of the one you gave. It still counts as having been sent.");
        show_queued(&giving);
        tell_deadline(&giving);
        result = now ? send_queued(run)
                     : cast_look_ahead(run->vault, giving.round, giving.assignment->queued->due, &run->problem);
    }
    end_giving(&giving);
    return result;
}

// ---------------------------------------------------------------- queue, send

static void add_waiting(const Vault__Round *round, const Vault__Assignment *one, struct table *table, json_t *list) {
    const Vault__Queued *queued = one->queued;
    char due[WHEN_TEXT_BYTES] = "";
    if (queued == NULL && one->receipt == NULL)
        return;
    if (queued != NULL && queued->refusal == NULL)
        when_text(queued->due, due);
    const char *state = queued == NULL ? N_("sent") : queued->refusal != NULL ? N_("refused") : N_("waits");
    table_add(table, "%s", round->name);
    table_add(table, "%s", one->subject_name);
    table_add(table, "%s", _(state));
    table_add(table, "%s", queued != NULL && queued->refusal != NULL ? _(queued->refusal) : due);
    json_t *object = json_pack("{s:o, s:o, s:s}", "round", json_text(round->name, strlen(round->name)), "subject",
                               json_text(one->subject_name, strlen(one->subject_name)), "state", state);
    json_object_set_new(object, "due", due[0] != '\0' ? json_time(queued->due) : json_null());
    if (queued != NULL && queued->refusal != NULL)
        json_object_set_new(object, "reason", json_text(queued->refusal, strlen(queued->refusal)));
    json_array_append_new(list, object);
}

int cmd_queue(struct run *run) {
    static const char *const headings[] = {N_("round"), N_("about"), N_("state"), N_("not before")};
    const Vault__Vault *data = vault_data(run->vault);
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    json_t *root = json_start("candour/queue/1"), *list = json_array();
    for (size_t i = 0; i < data->n_rounds; i++)
        for (size_t k = 0; k < data->rounds[i]->n_assignments; k++)
            add_waiting(data->rounds[i], data->rounds[i]->assignments[k], &table, list);
    json_object_set_new(root, "answers", list);
    cmd_print_list(run, root, &table);
    cmd_tell_dates(run);
    if (table.count == 0)
        cmd_tell(run, "Nothing waits, and nothing was sent from here. Next: candour give");
    table_free(&table);
    return 0;
}

static void show_sent(const struct run *run, const struct cast_summary *summary) {
    if (run->json) {
        json_t *root = json_start("candour/send/1");
        json_object_set_new(root, "sent", json_integer(summary->sent));
        json_object_set_new(root, "waiting", json_integer(summary->waiting));
        json_object_set_new(root, "refused", json_integer(summary->refused));
        json_object_set_new(root, "next_due", summary->next_due != 0 ? json_time(summary->next_due) : json_null());
        cmd_print_json(root);
        return;
    }
    cmd_tell(run, "%u sent, %u waiting, %u refused.", summary->sent, summary->waiting, summary->refused);
    if (summary->next_due != 0) {
        char due[WHEN_TEXT_BYTES];
        when_text(summary->next_due, due);
        cmd_tell(run, "The next one may be sent from %s on. Then: candour send", due);
    }
}

int cmd_send(struct run *run) {
    bool now = command_has(&run->given, "now");
    struct cast_summary summary = {0};
    size_t waiting = cast_waiting(run->vault);
    if (now && waiting > 1)
        cmd_tell(run,
                 "%zu answers wait. One goes now; the others may go a minute or two after each other, whenever you do: "
                 "candour send",
                 waiting);
    if (waiting > 0 && confirm_now(run) != 0)
        return -1;
    int result = cast_send_due(run->vault, now, tell, run, &summary, &run->problem);
    show_sent(run, &summary);
    return result;
}

// ---------------------------------------------------------------- check

static int check_round(struct run *run, Vault__Round *round, json_t *list, unsigned *missing) {
    struct cast_checked checked;
    if (cast_check(run->vault, round, tell, run, &checked, &run->problem) != 0)
        return -1;
    *missing += checked.receipts - checked.found;
    json_array_append_new(list,
                          json_pack("{s:o, s:i, s:i, s:i, s:o}", "round", json_text(round->name, strlen(round->name)),
                                    "receipts", (int)checked.receipts, "found", (int)checked.found, "published",
                                    (int)checked.leaves, "root", json_hex(checked.root, sizeof checked.root)));
    cmd_tell(run, "%s: %u of your %u answers are among the %u published ones.", round->name, checked.found,
             checked.receipts, checked.leaves);
    return 0;
}

int cmd_check(struct run *run) {
    const char *name = command_value(&run->given, "round");
    const Vault__Vault *data = vault_data(run->vault);
    json_t *root = json_start("candour/check/1"), *list = json_array();
    unsigned missing = 0, count = 0;
    struct problem first = {.code = EXIT_DONE};
    for (size_t i = 0; i < data->n_rounds; i++) {
        if (data->rounds[i]->n_manifests == 0 || (name != NULL && !vault_is_meant(data->rounds[i], name)))
            continue;
        count++;
        if (check_round(run, data->rounds[i], list, &missing) == 0)
            continue;
        if (first.code != EXIT_DONE) // the last sentence is the first problem's; the others go before it
            cmd_warn("%s", run->problem.sentence);
        else
            first = run->problem;
    }
    json_object_set_new(root, "rounds", list);
    if (run->json && json_array_size(list) > 0)
        cmd_print_json(root);
    else
        json_decref(root);
    if (count == 0)
        return problem_set(&run->problem, EXIT_NOT_FOUND, "There is no round to check on this computer.");
    if (missing > 0)
        cmd_warn("%u of your answers are missing.", missing);
    if (missing > 0 && first.code != EXIT_FAILED)
        return problem_set(&run->problem, EXIT_FAILED, "Not every answer was found. See above.");
    if (first.code == EXIT_DONE)
        return 0;
    run->problem = first;
    return -1;
}
