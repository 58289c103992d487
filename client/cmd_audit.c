// The audit trail.
#include <jansson.h>

#include "commands.h"
#include "json.h"
#include "when.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 500 };

static void print_json(const Candour__ReadAuditReply *reply) {
    json_t *root = json_start("candour/audit/1"), *list = json_array();
    for (size_t i = 0; i < reply->n_lines; i++) {
        const Candour__AuditLine *line = reply->lines[i];
        json_array_append_new(list, json_pack("{s:I, s:o, s:o, s:o, s:o}", "number", (json_int_t)line->number, "at",
                                              json_time(line->at), "actor", json_bytes(&line->actor), "action",
                                              json_bytes(&line->action), "object", json_bytes(&line->object)));
    }
    json_object_set_new(root, "lines", list);
    cmd_print_json(root);
}

static void print_table(const struct run *run, const Candour__ReadAuditReply *reply) {
    static const char *const headings[] = {"number", "time", "who", "did", "to"};
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
