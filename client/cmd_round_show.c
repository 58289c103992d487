// Rounds: which there are, how far one is, its fingerprint.
#include <jansson.h>
#include <string.h>

#include "client/render/words.h"
#include "code.h"
#include "commands.h"
#include "json.h"
#include "manifest.h"
#include "output.h"
#include "when.h"

enum { CLOSING_DONE = 6 };

static json_t *round_json(const Candour__RoundBrief *round) {
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o}", "name", json_bytes(&round->name), "state", cmd_state(round->state),
        "collect_from", json_time(round->collect_from), "answer_from", json_time(round->answer_from), "answers_until",
        json_time(manifest_answers_until(round->answer_from, round->close)), "close", json_time(round->close));
}

// ---------------------------------------------------------------- list

int cmd_round_list(struct run *run) {
    static const char *const headings[] = {"round", "state", "collect from", "answer from", "close"};
    const Candour__ListRounds request = CANDOUR__LIST_ROUNDS__INIT;
    Candour__ListRoundsReply *reply = cmd_call(run, OPERATION_LIST_ROUNDS, &request.base);
    if (reply == NULL)
        return -1;
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    json_t *root = json_start("candour/round-list/1"), *list = json_array();
    for (size_t i = 0; i < reply->n_rounds; i++) {
        const Candour__RoundBrief *round = reply->rounds[i];
        const int64_t times[] = {round->collect_from, round->answer_from, round->close};
        table_add_text(&table, round->name.data, round->name.len);
        table_add(&table, "%s", cmd_state(round->state));
        for (size_t k = 0; k < ARRAY_LEN(times); k++) {
            char text[WHEN_TEXT_BYTES];
            when_text(times[k], text);
            table_add(&table, "%s", text);
        }
        json_array_append_new(list, round_json(round));
    }
    json_object_set_new(root, "rounds", list);
    cmd_print_list(run, root, &table);
    if (reply->n_rounds == 0)
        cmd_tell(run, "There is no round yet. Next: candour round new");
    table_free(&table);
    link_reply_free(&reply->base);
    return 0;
}

// ---------------------------------------------------------------- status

static json_t *counts_json(size_t count, Candour__GroupCount *const *counts) {
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(object, words_group_key(counts[i]->group), json_integer(counts[i]->raters));
    return object;
}

static json_t *subject_json(const Candour__SubjectStatus *subject) {
    json_t *below = json_array();
    for (size_t i = 0; i < subject->n_below; i++)
        json_array_append_new(below, json_string(words_group_key(subject->below[i])));
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "name", json_bytes(&subject->name), "email", json_bytes(&subject->email),
        "level", json_bytes(&subject->level), "asked", counts_json(subject->n_invited, subject->invited), "collected",
        counts_json(subject->n_collected, subject->collected), "below", below, "report_ready", subject->report_ready);
}

static void status_json(const Candour__RoundStatusReply *reply) {
    json_t *root = json_start("candour/round-status/1"), *subjects = json_array();
    for (size_t i = 0; i < reply->n_subjects; i++)
        json_array_append_new(subjects, subject_json(reply->subjects[i]));
    json_object_set_new(root, "round", round_json(reply->round));
    json_object_set_new(root, "people", json_integer(reply->people));
    json_object_set_new(root, "signed_in", json_integer(reply->signed_in));
    json_object_set_new(root, "fingerprint", reply->has_fingerprint ? json_bytes(&reply->fingerprint) : json_null());
    json_object_set_new(root, "closing_step", json_integer(reply->closing_step));
    json_object_set_new(root, "counted_at", reply->has_progress_at ? json_time(reply->progress_at) : json_null());
    json_object_set_new(root, "subjects", subjects);
    cmd_print_json(root);
}

static uint32_t count_of(size_t count, Candour__GroupCount *const *counts, Candour__Group group) {
    for (size_t i = 0; i < count; i++)
        if (counts[i]->group == group)
            return counts[i]->raters;
    return 0;
}

static void add_subject(struct table *table, const Candour__SubjectStatus *subject) {
    char below[64] = "";
    for (size_t i = 0; i < subject->n_below; i++) {
        size_t used = strlen(below);
        snprintf(below + used, sizeof below - used, "%s%s", used > 0 ? " " : "", words_group_key(subject->below[i]));
    }
    table_add_text(table, subject->name.data, subject->name.len);
    table_add_text(table, subject->level.data, subject->level.len);
    for (Candour__Group group = CANDOUR__GROUP__SELF; group <= CANDOUR__GROUP__OTHER; group++)
        table_add(table, "%u/%u", count_of(subject->n_collected, subject->collected, group),
                  count_of(subject->n_invited, subject->invited, group));
    table_add(table, "%s", below[0] != '\0' ? below : "-");
    table_add(table, "%s", subject->report_ready ? "ready" : "-");
}

static void tell_next(const struct run *run, uint32_t state) {
    static const char *const next[] = {
        [CANDOUR__STATE__DRAFT] = "candour round load; then candour round risks; then candour round advance",
        [CANDOUR__STATE__NOMINATING] = "candour nominations list --waiting; then candour round risks; then candour "
                                       "round advance --to collecting",
        [CANDOUR__STATE__COLLECTING] = "people sign in. Who has lost the code: candour round letters --email",
        [CANDOUR__STATE__ANSWERING] = "people answer. Before the close: candour round extend. After it: candour round "
                                      "close",
        [CANDOUR__STATE__CLOSED] = "candour report list; then candour round release",
        [CANDOUR__STATE__RELEASED] = "candour org report; candour report save --all",
    };
    if (state < ARRAY_LEN(next) && next[state] != NULL)
        cmd_tell(run, "Next: %s", next[state]);
}

static void status_summary(const struct run *run, const Candour__RoundStatusReply *reply) {
    const Candour__RoundBrief *round = reply->round;
    char collect[WHEN_TEXT_BYTES], answer[WHEN_TEXT_BYTES], until[WHEN_TEXT_BYTES], end[WHEN_TEXT_BYTES];
    when_text(round->collect_from, collect);
    when_text(round->answer_from, answer);
    when_text(manifest_answers_until(round->answer_from, round->close), until);
    when_text(round->close, end);
    char dates[512];
    snprintf(dates, sizeof dates,
             "Collecting from %s. Colleagues answer from %s until %s; their ballots travel until the close, %s.",
             collect, answer, until, end);
    output_field(stdout, round->name.data, round->name.len);
    output_print(stdout, ": %s\n", cmd_state(round->state));
    output_sentence(stdout, dates);
    output_print(stdout, "%u people asked, %u of them signed in so far.\n", reply->people, reply->signed_in);
    if (reply->closing_step > 0)
        output_print(stdout, reply->closing_step < CLOSING_DONE ? "Closing: step %u of 5.\n" : "Closed.\n",
                     reply->closing_step);
    if (reply->has_fingerprint) {
        output_print(stdout, "Fingerprint: ");
        output_field(stdout, reply->fingerprint.data, reply->fingerprint.len);
        output_print(stdout, "\n");
    }
    cmd_tell(run, "Below, each group: people who collected their right to answer / people asked. Who has answered is "
                  "known to nobody. \"Below\": groups that had too few answers at the last daily count.");
}

int cmd_round_status(struct run *run) {
    static const char *const headings[] = {"leader", "level", "self",  "manager", "peer",
                                           "report", "other", "below", "report"};
    Candour__RoundStatus request = CANDOUR__ROUND_STATUS__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    Candour__RoundStatusReply *reply = cmd_call(run, OPERATION_ROUND_STATUS, &request.base);
    if (reply == NULL)
        return -1;
    int result = 0;
    if (reply->round == NULL) {
        result = problem_set(&run->problem, EXIT_FAILED, "The server told nothing about the round.");
    } else if (run->json) {
        status_json(reply);
    } else {
        if (!run->plain)
            status_summary(run, reply);
        struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
        for (size_t i = 0; i < reply->n_subjects; i++)
            add_subject(&table, reply->subjects[i]);
        cmd_print_table(run, &table);
        tell_next(run, reply->round->state);
    }
    link_reply_free(&reply->base);
    return result;
}

// ---------------------------------------------------------------- fingerprint

static void print_fingerprint(const struct run *run, const char *fingerprint, bool is_own) {
    if (run->json) {
        json_t *root = json_start("candour/round-fingerprint/1");
        json_object_set_new(root, "round", json_text(run->given.arguments[0], strlen(run->given.arguments[0])));
        json_object_set_new(root, "fingerprint", json_string(fingerprint));
        json_object_set_new(root, "checked_here", json_boolean(is_own));
        cmd_print_json(root);
    } else {
        output_print(stdout, "%s\n", fingerprint);
        cmd_tell(run, "%s",
                 is_own
                     ? "Compare it with the one in your letter."
                     : "This is what the server says; it stands in every letter. Next: publish it elsewhere as well, "
                       "such as on a notice board");
    }
}

// What this computer has checked and kept counts more than what the server says.
int cmd_round_fingerprint(struct run *run) {
    const Vault__Round *known = vault_round_meant(run->vault, run->given.arguments[0]);
    char fingerprint[CODE_FINGERPRINT_TEXT_BYTES];
    if (known != NULL && known->root.len == 32) {
        code_fingerprint(known->root.data, fingerprint);
        print_fingerprint(run, fingerprint, true);
        return 0;
    }
    Candour__RoundStatus request = CANDOUR__ROUND_STATUS__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    Candour__RoundStatusReply *reply = cmd_call(run, OPERATION_ROUND_STATUS, &request.base);
    if (reply == NULL)
        return -1;
    bool is_there = reply->has_fingerprint;
    output_clean(reply->fingerprint.data, reply->fingerprint.len, true, fingerprint, sizeof fingerprint);
    link_reply_free(&reply->base);
    if (!is_there)
        return problem_set(&run->problem, EXIT_NOT_FOUND,
                           "The round has no fingerprint yet: it has one from collecting on.");
    print_fingerprint(run, fingerprint, false);
    return 0;
}
