// The audit trail.
#include <jansson.h>

#include "chain.h"
#include "commands.h"
#include "json.h"
#include "when.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 500 };

static void print_json(const Candour__ReadAuditReply *reply) {
    json_t *root = json_start("candour/audit/1"), *list = json_array();
    for (size_t i = 0; i < reply->n_lines; i++) {
        const Candour__AuditLine *line = reply->lines[i];
        json_t *link = line->has_link ? json_integer(line->link) : json_null();
        json_array_append_new(list,
                              json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "number", (json_int_t)line->number, "at",
                                        json_time(line->at), "actor", json_bytes(&line->actor), "action",
                                        json_bytes(&line->action), "object", json_bytes(&line->object), "link", link));
    }
    json_object_set_new(root, "lines", list);
    cmd_print_json(root);
}

static void print_table(const struct run *run, const Candour__ReadAuditReply *reply) {
    static const char *const headings[] = {"number", "time", "who", "did", "to", "link"};
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    for (size_t i = 0; i < reply->n_lines; i++) {
        const Candour__AuditLine *line = reply->lines[i];
        char at[WHEN_TEXT_BYTES];
        when_text(line->at, at);
        table_add(&table, "%lld", (long long)line->number);
        table_add(&table, "%s", at);
        table_add_text(&table, line->actor.data, line->actor.len);
        table_add_text(&table, line->action.data, line->action.len);
        table_add_text(&table, line->object.data, line->object.len);
        if (line->has_link)
            table_add(&table, "%lld", (long long)line->link);
        else
            table_add(&table, "%s", "not yet");
    }
    cmd_print_table(run, &table);
}

int cmd_audit_show(struct run *run) {
    uint32_t before = 0, limit = LIMIT_DEFAULT;
    if (cmd_number(run, "before", 0, UINT32_MAX, &before) != 0 || cmd_number(run, "limit", 1, LIMIT_MAX, &limit) != 0)
        return -1;
    Candour__ReadAudit request = CANDOUR__READ_AUDIT__INIT;
    request.before = before;
    request.limit = limit;
    Candour__ReadAuditReply *reply = cmd_call(run, OPERATION_READ_AUDIT, &request.base);
    if (reply == NULL)
        return -1;
    if (run->json)
        print_json(reply);
    else
        print_table(run, reply);
    link_reply_free(&reply->base);
    return 0;
}

// ---------------------------------------------------------------- verify

static int read_chain(struct run *run, struct chain *chain, struct findings *findings) {
    Candour__ReadChain request = CANDOUR__READ_CHAIN__INIT;
    request.limit = LIMIT_MAX;
    bool has_more = true;
    while (has_more) {
        request.after = chain->head.link;
        Candour__ReadAuditReply *reply = cmd_call(run, OPERATION_READ_CHAIN, &request.base);
        if (reply == NULL)
            return -1;
        for (size_t i = 0; i < reply->n_lines; i++)
            chain_add(chain, reply->lines[i], findings);
        has_more = reply->n_lines == LIMIT_MAX && chain->head.link > request.after && chain->waiting == 0;
        link_reply_free(&reply->base);
    }
    chain_end(chain, findings);
    return 0;
}

static void tell_chain(const struct run *run, const struct chain *chain, const struct findings *findings) {
    char head[CHAIN_HEAD_BYTES];
    chain_head_text(&chain->head, head);
    if (run->json) {
        json_t *root = json_start("candour/audit-verify/1");
        json_object_set_new(root, "lines", json_integer((json_int_t)chain->lines));
        json_object_set_new(root, "waiting", json_integer((json_int_t)chain->waiting));
        json_object_set_new(root, "head", chain->head.link > 0 ? json_string(head) : json_null());
        json_object_set_new(root, "findings", findings_json(findings));
        cmd_print_json(root);
        return;
    }
    findings_print(stdout, findings, run->plain);
    if (chain->waiting > 0) {
        char oldest[WHEN_TEXT_BYTES];
        when_text(chain->oldest_waiting, oldest);
        cmd_tell(run, "%zu line%s not chained yet, the oldest from %s. That takes a minute at most.", chain->waiting,
                 chain->waiting == 1 ? " is" : "s are", oldest);
    }
    if (chain->head.link > 0)
        printf("%s\n", head);
}

int cmd_audit_verify(struct run *run) {
    struct chain chain = {.lines = 0};
    struct findings findings = {0};
    const char *wanted = command_value(&run->given, "head");
    if (wanted != NULL && chain_head_read(wanted, &chain.wanted) != 0)
        return problem_set(&run->problem, EXIT_USAGE,
                           "--head takes what an earlier candour audit verify printed: a number, a colon and 64 "
                           "hexadecimal digits.");
    int result = read_chain(run, &chain, &findings);
    if (result == 0) {
        tell_chain(run, &chain, &findings);
        if (findings.count > 0 || findings.is_short)
            result = problem_set(&run->problem, EXIT_FAILED,
                                 "The audit trail is not what was written: see the lines above. Keep a copy of the "
                                 "database as it is, and ask who can change it.");
        else if (wanted == NULL)
            cmd_tell(run,
                     "%zu lines are as they were chained. Write down the head above, where nobody who runs the "
                     "server can change it; next time: candour audit verify --head HEAD",
                     chain.lines);
        else
            cmd_tell(run, "%zu lines are as they were chained, and the head you gave is in the chain.", chain.lines);
    }
    findings_free(&findings);
    return result;
}
