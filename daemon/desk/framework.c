// ImportFramework, ListFrameworks. A stored version is never changed: other content is another version.
#include "daemon/desk/answer.h"
#include "daemon/desk/framework_check.h"
#include "daemon/desk/handlers.h"

// ---------------------------------------------------------------- ImportFramework
static void framework_stored(struct request *r) {
    const Candour__ImportFramework *message = (const Candour__ImportFramework *)r->message;
    const struct db_result *result = db_result(r->segment, 0);
    int version = db_get_int(result, 0, 0);
    bool is_new = db_get_bool(result, 0, 1);
    Candour__ImportReply reply = CANDOUR__IMPORT_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, added, is_new ? (uint32_t)message->n_rows : 0);
    ANSWER_SET(reply, changed, 0);
    ANSWER_SET(reply, unchanged, is_new ? 0 : (uint32_t)message->n_rows);
    if (!is_new)
        ANSWER_SET(reply, detail,
                   answer_text(r, "Version %d of \"%.*s\" has this very content. Nothing was changed.", version,
                               TEXT(message->name)));
    else if (message->dry_run)
        ANSWER_SET(
            reply, detail,
            answer_text(r,
                        "Only tried, nothing was stored: it would become version %d of \"%.*s\", %zu statements. "
                        "Next: the same without --dry-run.",
                        version, TEXT(message->name), message->n_rows));
    else
        ANSWER_SET(reply, detail,
                   answer_text(r, "Stored version %d of \"%.*s\", %zu statements. Next: candour round new", version,
                               TEXT(message->name), message->n_rows));
    answer_send(r, &reply.base);
}

// One array parameter: a text of every row.
#define ADD_COLUMN(s, message, field)                                                                                  \
    do {                                                                                                               \
        db_array_begin(s, DB_TEXT);                                                                                    \
        for (size_t i = 0; i < (message)->n_rows; i++)                                                                 \
            db_text(s, (message)->rows[i]->field.data, (message)->rows[i]->field.len);                                 \
        db_array_end(s);                                                                                               \
    } while (0)

static void run_import(struct request *r, const Candour__ImportFramework *message, const int32_t *positions) {
    uint8_t hash[32];
    framework_hash(message, hash);
    struct db_segment *s = request_query(r, QUERY_DESK_IMPORT_FRAMEWORK);
    db_text(s, message->name.data, message->name.len);
    answer_texts(s, message->scale, message->n_scale);
    answer_texts(s, message->questions, message->n_questions);
    db_bytes(s, hash, sizeof hash);
    ADD_COLUMN(s, message, level);
    db_array_begin(s, DB_INT4);
    for (size_t i = 0; i < message->n_rows; i++)
        db_int4(s, positions[i]);
    db_array_end(s);
    ADD_COLUMN(s, message, level_name);
    ADD_COLUMN(s, message, cluster);
    ADD_COLUMN(s, message, competency);
    ADD_COLUMN(s, message, definition);
    ADD_COLUMN(s, message, effective);
    ADD_COLUMN(s, message, ineffective);
    db_bool(s, message->dry_run);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, framework_stored);
}

void framework_import(struct request *r) {
    const Candour__ImportFramework *message = (const Candour__ImportFramework *)r->message;
    struct problems problems;
    int32_t *positions = answer_array(r, message->n_rows, sizeof *positions);
    if (positions == NULL)
        return;
    problems_start(&problems, &r->arena);
    framework_check(message, &problems);
    if (problems.count > 0 || r->arena.full) {
        answer_import(r, &(struct answer_import){0}, &problems);
        return;
    }
    framework_positions(message, positions);
    run_import(r, message, positions);
}

// ---------------------------------------------------------------- ListFrameworks
// Rows are sorted by framework, so its levels stand together.
static void frameworks_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    size_t count = (size_t)db_rows(rows), frameworks = 0;
    Candour__FrameworkBrief **list = answer_list(r, count, &candour__framework_brief__descriptor);
    if (list == NULL)
        return;
    Candour__FrameworkLevel **levels = answer_list(r, count, &candour__framework_level__descriptor);
    if (levels == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        ProtobufCBinaryData name = answer_column(rows, (int)i, 0);
        uint32_t version = (uint32_t)db_get_int(rows, (int)i, 1);
        Candour__FrameworkBrief *last = frameworks > 0 ? list[frameworks - 1] : NULL;
        if (last == NULL || last->version != version || !text_is_equal(last->name, name)) {
            last = list[frameworks++];
            last->name = name;
            last->version = version;
            last->levels = &levels[i];
        }
        levels[i]->level = answer_column(rows, (int)i, 2);
        levels[i]->level_name = answer_column(rows, (int)i, 3);
        levels[i]->items = (uint32_t)db_get_int(rows, (int)i, 4);
        last->n_levels++;
    }
    Candour__ListFrameworksReply reply = CANDOUR__LIST_FRAMEWORKS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.n_frameworks = frameworks;
    reply.frameworks = list;
    answer_send(r, &reply.base);
}

void framework_list(struct request *r) {
    request_query(r, QUERY_DESK_FRAMEWORKS);
    request_run(r, frameworks_found);
}
