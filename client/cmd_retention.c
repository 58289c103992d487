// How long what is kept of rounds, and the receipts for what was deleted.
#include <jansson.h>

#include "commands.h"
#include "json.h"
#include "when.h"

static Candour__ReadRetentionReply *ask(struct run *run, const char *round) {
    Candour__ReadRetention request = CANDOUR__READ_RETENTION__INIT;
    request.has_round = round != NULL;
    if (round != NULL)
        request.round = cmd_text(round);
    return cmd_call(run, OPERATION_READ_RETENTION, &request.base);
}

static json_t *receipt_json(const Candour__AuditLine *line) {
    if (line == NULL)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:I, s:o, s:o}", "at", json_time(line->at), "action", json_bytes(&line->action),
                     "object", json_bytes(&line->object), "line", (json_int_t)line->number, "link",
                     line->has_link ? json_integer(line->link) : json_null(), "hash",
                     line->has_hash ? json_hex(line->hash.data, line->hash.len) : json_null());
}

static void print_json(const Candour__ReadRetentionReply *reply) {
    json_t *root = json_start("candour/retention/1"), *list = json_array();
    for (size_t i = 0; i < reply->n_rounds; i++) {
        const Candour__RetentionRound *round = reply->rounds[i];
        json_array_append_new(
            list, json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "round", json_bytes(&round->round), "state",
                            cmd_state(round->state), "answers_kept_until", json_time(round->answers_kept_until),
                            "reports_kept_until", json_time(round->reports_kept_until), "answers_deleted",
                            receipt_json(round->answers_deleted), "archived", receipt_json(round->archived)));
    }
    json_object_set_new(root, "rounds", list);
    cmd_print_json(root);
}

static void add_date(struct table *table, const Candour__RetentionRound *round, const Candour__AuditLine *done,
                     int64_t until) {
    char date[WHEN_TEXT_BYTES];
    when_text(done != NULL ? done->at : until, date);
    if (done == NULL && round->ends_now)
        table_add(table, "within a minute");
    else
        table_add(table, "%s%s", done != NULL ? "deleted " : "kept until ", date);
}

int cmd_retention_show(struct run *run) {
    static const char *const headings[] = {"round", "state", "answers", "reports"};
    Candour__ReadRetentionReply *reply = ask(run, NULL);
    if (reply == NULL)
        return -1;
    if (run->json) {
        print_json(reply);
    } else {
        struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
        for (size_t i = 0; i < reply->n_rounds; i++) {
            const Candour__RetentionRound *round = reply->rounds[i];
            table_add_text(&table, round->round.data, round->round.len);
            table_add(&table, "%s", cmd_state(round->state));
            add_date(&table, round, round->answers_deleted, round->answers_kept_until);
            add_date(&table, round, round->archived, round->reports_kept_until);
        }
        cmd_print_table(run, &table);
    }
    link_reply_free(&reply->base);
    return 0;
}

static void add_receipt(struct table *table, const Candour__AuditLine *line) {
    char at[WHEN_TEXT_BYTES];
    if (line == NULL)
        return;
    when_text(line->at, at);
    table_add(table, "%s", at);
    table_add_text(table, line->action.data, line->action.len);
    table_add_text(table, line->object.data, line->object.len);
    table_add(table, "%lld", (long long)line->number);
    if (line->has_link)
        table_add(table, "%lld", (long long)line->link);
    else
        table_add(table, "not yet");
}

int cmd_retention_receipt(struct run *run) {
    static const char *const headings[] = {"time", "what", "of", "audit line", "link"};
    Candour__ReadRetentionReply *reply = ask(run, run->given.arguments[0]);
    if (reply == NULL)
        return -1;
    int result = 0;
    const Candour__RetentionRound *round = reply->n_rounds > 0 ? reply->rounds[0] : NULL;
    if (round == NULL || round->answers_deleted == NULL) {
        result = problem_set(&run->problem, EXIT_NOT_FOUND,
                             "Nothing of this round is deleted so far. See: candour retention show");
    } else if (run->json) {
        print_json(reply);
    } else {
        struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
        add_receipt(&table, round->answers_deleted);
        add_receipt(&table, round->archived);
        cmd_print_table(run, &table);
        cmd_tell(run, "The lines stand in the audit trail. Next: candour audit verify");
    }
    link_reply_free(&reply->base);
    return result;
}

int cmd_retention_apply(struct run *run) {
    Candour__ApplyRetention request = CANDOUR__APPLY_RETENTION__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    request.has_dry_run = request.dry_run = command_has(&run->given, "dry-run");
    if (!request.dry_run &&
        cmd_confirm(
            run, run->given.arguments[0],
            "The round's answers and reports are deleted now, before their time. Nobody can bring them back.") != 0)
        return -1;
    Candour__Outcome *reply = cmd_call(run, OPERATION_APPLY_RETENTION, &request.base);
    if (reply == NULL)
        return -1;
    cmd_done(run, &reply->detail);
    link_reply_free(&reply->base);
    return 0;
}
