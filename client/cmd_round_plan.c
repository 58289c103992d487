// What a round does by itself and how many it asks, and what may go wrong with it.
#include "cmd_round_plan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client/render/words.h"
#include "commands.h"
#include "json.h"
#include "output.h"

enum { LIMIT_MAX = 1000, LEADERS_MANY = 5 };

// ---------------------------------------------------------------- plan

// "3-8", "3-" (at least), "-8" (at most).
static int read_limit(const char *text, Candour__GroupLimit *limit) {
    char *end;
    size_t digits = strspn(text, "0123456789");
    unsigned long least = strtoul(text, &end, 10), most = LIMIT_MAX;
    if (digits > 4 || text[digits] != '-')
        return -1;
    const char *second = text + digits + 1;
    size_t more = strspn(second, "0123456789");
    if (more > 4 || second[more] != '\0' || digits + more == 0)
        return -1;
    if (more > 0)
        most = strtoul(second, NULL, 10);
    if (digits == 0)
        least = 0;
    if (least > most || most > LIMIT_MAX)
        return -1;
    limit->least = (uint32_t)least;
    limit->most = (uint32_t)most;
    return 0;
}

static int read_choice(struct run *run, const char *flag, protobuf_c_boolean *ret_has, protobuf_c_boolean *ret_value) {
    const char *text = command_value(&run->given, flag);
    *ret_has = text != NULL;
    *ret_value = text != NULL && strcmp(text, "yes") == 0;
    if (text == NULL || *ret_value || strcmp(text, "no") == 0)
        return 0;
    return problem_set(&run->problem, EXIT_USAGE, "--%s takes yes or no.", flag);
}

int cmd_plan(struct run *run, struct cmd_plan *plan) {
    static const char *const flags[] = {"managers", "peers", "reports", "others"};
    candour__plan__init(&plan->message);
    plan->message.limits = plan->list;
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        const char *text = command_value(&run->given, flags[i]);
        if (text == NULL)
            continue;
        Candour__GroupLimit *limit = plan->list[plan->message.n_limits++] = &plan->limits[i];
        candour__group_limit__init(limit);
        limit->group = (Candour__Group)(CANDOUR__GROUP__MANAGER + i);
        if (read_limit(text, limit) != 0)
            return problem_set(&run->problem, EXIT_USAGE,
                               "--%s takes the least and the most, such as 3-8, 3- or -8 (up to %d).", flags[i],
                               LIMIT_MAX);
    }
    uint32_t days = UINT32_MAX, months = UINT32_MAX;
    if (cmd_number(run, "keep-answers", 0, 3650, &days) != 0 || cmd_number(run, "keep-reports", 1, 120, &months) != 0)
        return -1;
    plan->message.has_keep_answers_days = days != UINT32_MAX;
    plan->message.keep_answers_days = days;
    plan->message.has_keep_reports_months = months != UINT32_MAX;
    plan->message.keep_reports_months = months;
    if (read_choice(run, "auto-open", &plan->message.has_opens_itself, &plan->message.opens_itself) != 0 ||
        read_choice(run, "auto-close", &plan->message.has_closes_itself, &plan->message.closes_itself) != 0)
        return -1;
    return 0;
}

int cmd_round_plan(struct run *run) {
    struct cmd_plan plan;
    Candour__PlanRound request = CANDOUR__PLAN_ROUND__INIT;
    if (cmd_plan(run, &plan) != 0)
        return -1;
    request.round = cmd_text(run->given.arguments[0]);
    request.plan = &plan.message;
    request.has_dry_run = request.dry_run = command_has(&run->given, "dry-run");
    Candour__Outcome *reply = cmd_call(run, OPERATION_PLAN_ROUND, &request.base);
    if (reply == NULL)
        return -1;
    cmd_done(run, &reply->detail);
    link_reply_free(&reply->base);
    return 0;
}

// ---------------------------------------------------------------- risks

static const char *risk_word(Candour__RiskKind kind) {
    static const char *const words[] = {"",           "nothing-shown", "groups-merged", "below-least",
                                        "above-most", "no-self",       "no-manager",    "undecided",
                                        "no-letter",  "many-leaders",  "has-declined"};
    return kind > 0 && kind < (int)ARRAY_LEN(words) ? words[kind] : "unknown";
}

static void risks_json(const Candour__RoundRisksReply *reply) {
    json_t *root = json_start("candour/round-risks/1"), *list = json_array();
    for (size_t i = 0; i < reply->n_risks; i++) {
        const Candour__Risk *risk = reply->risks[i];
        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o}", "kind", risk_word(risk->kind), "name",
                                              risk->has_name ? json_bytes(&risk->name) : json_null(), "email",
                                              risk->has_email ? json_bytes(&risk->email) : json_null(), "sentence",
                                              json_bytes(&risk->sentence)));
    }
    json_object_set_new(root, "risks", list);
    json_object_set_new(root, "more", json_integer(reply->more));
    cmd_print_json(root);
}

static bool has_sentence_of(const Candour__Risk *risk, const Candour__Risk *other) {
    return risk->sentence.len == other->sentence.len &&
           memcmp(risk->sentence.data, other->sentence.data, risk->sentence.len) == 0;
}

// A line each, for programs.
static void risks_table(const Candour__RoundRisksReply *reply) {
    static const char *const headings[] = {"who", "e-mail", "risk"};
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    for (size_t i = 0; i < reply->n_risks; i++) {
        const Candour__Risk *risk = reply->risks[i];
        if (risk->has_name)
            table_add_text(&table, risk->name.data, risk->name.len);
        else
            table_add(&table, "%s", "the round");
        table_add_text(&table, risk->email.data, risk->has_email ? risk->email.len : 0);
        table_add_text(&table, risk->sentence.data, risk->sentence.len);
    }
    table_print(stdout, &table, true);
    table_free(&table);
}

// Each sentence once, with those whom it is about.
static void risks_print(const Candour__RoundRisksReply *reply) {
    for (size_t i = 0; i < reply->n_risks; i++) {
        bool is_said = false;
        for (size_t j = 0; j < i && !is_said; j++)
            is_said = has_sentence_of(reply->risks[j], reply->risks[i]);
        if (is_said)
            continue;
        output_field(stdout, reply->risks[i]->sentence.data, reply->risks[i]->sentence.len);
        fputc('\n', stdout);
        for (size_t j = i; j < reply->n_risks; j++) {
            const Candour__Risk *risk = reply->risks[j];
            if (!risk->has_name || !has_sentence_of(risk, reply->risks[i]))
                continue;
            fputs("    ", stdout);
            output_field(stdout, risk->name.data, risk->name.len);
            fputs("  ", stdout);
            output_field(stdout, risk->email.data, risk->has_email ? risk->email.len : 0);
            fputc('\n', stdout);
        }
    }
}

int cmd_round_risks(struct run *run) {
    Candour__RoundRisks request = CANDOUR__ROUND_RISKS__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    Candour__RoundRisksReply *reply = cmd_call(run, OPERATION_ROUND_RISKS, &request.base);
    if (reply == NULL)
        return -1;
    if (run->json) {
        risks_json(reply);
    } else {
        if (run->plain)
            risks_table(reply);
        else
            risks_print(reply);
        if (reply->more > 0)
            cmd_tell(run, "And %u more.", reply->more);
        if (reply->n_risks == 0)
            cmd_tell(run, "No risk is seen.");
        cmd_done(run, &reply->detail);
    }
    link_reply_free(&reply->base);
    return 0;
}

// ---------------------------------------------------------------- workload

static void add_line(struct table *table, json_t *list, const Candour__WorkloadLine *line) {
    table_add_text(table, line->name.data, line->name.len);
    table_add_text(table, line->email.data, line->email.len);
    table_add_text(table, line->unit.data, line->unit.len);
    table_add(table, "%u", line->leaders);
    table_add_text(table, line->instead.data, line->has_instead ? line->instead.len : 0);
    json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:I, s:o}", "name", json_bytes(&line->name), "email",
                                          json_bytes(&line->email), "unit", json_bytes(&line->unit), "leaders",
                                          (json_int_t)line->leaders, "instead",
                                          line->has_instead ? json_bytes(&line->instead) : json_null()));
}

int cmd_round_workload(struct run *run) {
    static const char *const headings[] = {"name", "e-mail", "unit", "asked about", "rather ask"};
    Candour__RoundWorkload request = CANDOUR__ROUND_WORKLOAD__INIT;
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    json_t *root = json_start("candour/round-workload/1"), *list = json_array();
    bool is_all = command_has(&run->given, "everybody"), has_more = true;
    uint32_t many = 0, total = 0;
    request.round = cmd_text(run->given.arguments[0]);
    json_object_set_new(root, "people", list);
    while (has_more) {
        request.has_offset = request.offset > 0;
        Candour__RoundWorkloadReply *reply = cmd_call(run, OPERATION_ROUND_WORKLOAD, &request.base);
        if (reply == NULL)
            break;
        has_more = false; // those asked about most come first: what follows a small one is small
        for (size_t i = 0; i < reply->n_lines; i++) {
            many += reply->lines[i]->leaders > LEADERS_MANY;
            if (is_all || reply->lines[i]->leaders > LEADERS_MANY) {
                add_line(&table, list, reply->lines[i]);
                has_more = true;
            }
        }
        total = reply->total > total ? reply->total : total;
        request.offset += (uint32_t)reply->n_lines;
        has_more = has_more && request.offset < total;
        link_reply_free(&reply->base);
    }
    bool is_done = run->problem.code == EXIT_DONE;
    if (is_done && run->json)
        cmd_print_json(root);
    else
        json_decref(root);
    if (is_done && !run->json && table.count > 0)
        table_print(stdout, &table, run->plain);
    table_free(&table);
    if (is_done)
        cmd_tell(run, "%u people are asked, %u of them about more than %d leaders.%s", total, many, LEADERS_MANY,
                 many > 0 ? " Next: candour nominations change, to ask somebody else" : "");
    return is_done ? 0 : -1;
}
