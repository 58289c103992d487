// Frameworks: advice on a file, importing it, and what is there.
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "framework.h"
#include "json.h"
#include "output.h"
#include "questionnaire.h"

static const char *const default_scale[] = {"Never", "Rarely", "Sometimes", "Often", "Always"};
static const char *const default_questions[] = {"What should this person keep doing?",
                                                "What could this person do differently?",
                                                "Is there anything else you would like to say?"};

// ---------------------------------------------------------------- check

static void print_levels(const struct run *run, const struct framework_level *levels, size_t count,
                         unsigned questions) {
    static const char *const headings[] = {"level", "name", "statements", "minutes"};
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    for (size_t i = 0; i < count; i++) {
        table_add(&table, "%s", levels[i].level);
        table_add(&table, "%s", levels[i].name);
        table_add(&table, "%u", levels[i].items);
        table_add(&table, "about %u", framework_minutes(levels[i].items, questions));
    }
    cmd_print_table(run, &table);
}

static void print_check_json(const struct framework_level *levels, size_t count, unsigned questions,
                             const struct findings *problems, const struct findings *advice) {
    json_t *root = json_start("candour/framework-check/1"), *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:i, s:i}", "level", json_text(levels[i].level, strlen(levels[i].level)),
                            "name", json_text(levels[i].name, strlen(levels[i].name)), "statements",
                            (int)levels[i].items, "minutes", (int)framework_minutes(levels[i].items, questions)));
    json_object_set_new(root, "levels", list);
    json_object_set_new(root, "problems", findings_json(problems));
    json_object_set_new(root, "advice", findings_json(advice));
    cmd_print_json(root);
}

static int show_check(struct run *run, const struct framework *framework, const struct findings *problems,
                      const struct findings *advice) {
    struct framework_level levels[FRAMEWORK_LEVELS_MAX];
    size_t count = framework_levels(framework, levels);
    unsigned questions = ARRAY_LEN(default_questions);
    if (run->json) {
        print_check_json(levels, count, questions, problems, advice);
    } else {
        findings_print(stdout, problems, run->plain);
        findings_print(stdout, advice, run->plain);
        if (!run->plain)
            print_levels(run, levels, count, questions);
        cmd_tell(run, "%zu problem%s that must be corrected, %zu point%s to think about.", problems->count,
                 problems->count == 1 ? "" : "s", advice->count, advice->count == 1 ? "" : "s");
    }
    if (problems->count == 0)
        return 0;
    return problem_set(&run->problem, EXIT_PARTLY, "Correct the problems before the import.");
}

int cmd_framework_check(struct run *run) {
    struct findings problems = {0}, advice = {0};
    struct framework framework;
    if (framework_load(run->given.arguments[0], &problems, &framework, &run->problem) != 0)
        return -1;
    cmd_tell_file(run, &framework.file);
    framework_advise(&framework, &advice);
    int result = show_check(run, &framework, &problems, &advice);
    framework_drop(&framework);
    findings_free(&problems);
    findings_free(&advice);
    return result;
}

// ---------------------------------------------------------------- import

// "Never|Rarely|..." into labels; text is cut in place. 0: too few or too many of them, or an empty one.
static size_t split_scale(char *text, ProtobufCBinaryData ret_labels[QUESTIONNAIRE_SCALE_MAX]) {
    size_t count = 0;
    for (char *label; (label = strsep(&text, "|")) != NULL; count++) {
        if (label[0] == '\0' || count == QUESTIONNAIRE_SCALE_MAX)
            return 0;
        ret_labels[count] = cmd_text(label);
    }
    return count >= QUESTIONNAIRE_SCALE_MIN ? count : 0;
}

static int send_framework(struct run *run, const struct framework *framework, struct findings *problems) {
    const char *scale = command_value(&run->given, "scale"), *name = command_value(&run->given, "name");
    char text[CMD_LINE_BYTES];
    ProtobufCBinaryData labels[QUESTIONNAIRE_SCALE_MAX], questions[QUESTIONNAIRE_QUESTIONS_MAX];
    const char *asked[QUESTIONNAIRE_QUESTIONS_MAX];
    Candour__ImportFramework request = CANDOUR__IMPORT_FRAMEWORK__INIT;
    if (name == NULL)
        return problem_set(&run->problem, EXIT_USAGE, "Say what the framework is called: --name NAME");
    request.name = cmd_text(name);
    request.scale = labels;
    for (; scale == NULL && request.n_scale < ARRAY_LEN(default_scale); request.n_scale++)
        labels[request.n_scale] = cmd_text(default_scale[request.n_scale]);
    if (scale != NULL) {
        snprintf(text, sizeof text, "%s", scale);
        request.n_scale = split_scale(text, labels);
        if (request.n_scale == 0)
            return problem_set(&run->problem, EXIT_USAGE,
                               "--scale takes %d to %d labels, from the lowest to the highest, with | between them: "
                               "\"Never|Rarely|Sometimes|Often|Always\".",
                               QUESTIONNAIRE_SCALE_MIN, QUESTIONNAIRE_SCALE_MAX);
    }
    size_t count = command_values(&run->given, "question", asked, ARRAY_LEN(asked));
    for (size_t i = 0; i < count; i++)
        questions[i] = cmd_text(asked[i]);
    for (size_t i = 0; count == 0 && i < ARRAY_LEN(default_questions); i++)
        questions[i] = cmd_text(default_questions[i]);
    request.questions = questions;
    request.n_questions = command_has(&run->given, "no-questions") ? 0
                          : count > 0                              ? count
                                                                   : ARRAY_LEN(default_questions);
    request.rows = framework->list;
    request.n_rows = framework->count;
    request.dry_run = command_has(&run->given, "dry-run");
    return cmd_import(run, problems, OPERATION_IMPORT_FRAMEWORK, &request.base, request.dry_run);
}

int cmd_framework_import(struct run *run) {
    struct findings problems = {0};
    struct framework framework;
    if (framework_load(run->given.arguments[0], &problems, &framework, &run->problem) != 0)
        return -1;
    cmd_tell_file(run, &framework.file);
    int result = send_framework(run, &framework, &problems);
    framework_drop(&framework);
    findings_free(&problems);
    return result;
}

// ---------------------------------------------------------------- list, show

static json_t *brief_json(const Candour__FrameworkBrief *one) {
    json_t *levels = json_array();
    for (size_t i = 0; i < one->n_levels; i++)
        json_array_append_new(levels, json_pack("{s:o, s:o, s:i}", "level", json_bytes(&one->levels[i]->level), "name",
                                                json_bytes(&one->levels[i]->level_name), "statements",
                                                (int)one->levels[i]->items));
    return json_pack("{s:o, s:i, s:o}", "name", json_bytes(&one->name), "version", (int)one->version, "levels", levels);
}

static void add_rows(struct table *table, const Candour__FrameworkBrief *one) {
    for (size_t i = 0; i < one->n_levels; i++) {
        table_add_text(table, one->name.data, one->name.len);
        table_add(table, "%u", one->version);
        table_add_text(table, one->levels[i]->level.data, one->levels[i]->level.len);
        table_add_text(table, one->levels[i]->level_name.data, one->levels[i]->level_name.len);
        table_add(table, "%u", one->levels[i]->items);
        table_add(table, "about %u", framework_minutes(one->levels[i]->items, ARRAY_LEN(default_questions)));
    }
}

static bool is_named(const Candour__FrameworkBrief *one, const char *name) {
    return name == NULL ||
           (one->name.len == strlen(name) && strncasecmp((const char *)one->name.data, name, one->name.len) == 0);
}

// name NULL: all of them.
static int show(struct run *run, const char *name) {
    static const char *const headings[] = {"framework", "version", "level", "name", "statements", "minutes"};
    const Candour__ListFrameworks request = CANDOUR__LIST_FRAMEWORKS__INIT;
    Candour__ListFrameworksReply *reply = cmd_call(run, OPERATION_LIST_FRAMEWORKS, &request.base);
    if (reply == NULL)
        return -1;
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    json_t *root = json_start(name == NULL ? "candour/framework-list/1" : "candour/framework/1"), *list = json_array();
    size_t count = 0;
    for (size_t i = 0; i < reply->n_frameworks; i++) {
        const Candour__FrameworkBrief *one = reply->frameworks[i];
        if (!is_named(one, name))
            continue;
        add_rows(&table, one);
        json_array_append_new(list, brief_json(one));
        count++;
    }
    json_object_set_new(root, "frameworks", list);
    link_reply_free(&reply->base);
    bool is_missing = name != NULL && count == 0;
    if (run->json && !is_missing)
        cmd_print_json(root);
    else
        json_decref(root);
    if (!run->json && !is_missing && table.count > 0)
        table_print(stdout, &table, run->plain);
    table_free(&table);
    if (is_missing)
        return problem_set(&run->problem, EXIT_NOT_FOUND, "There is no framework %s. See: candour framework list",
                           name);
    if (count == 0)
        cmd_tell(run, "There is no framework yet. Next: candour framework import");
    return 0;
}

int cmd_framework_list(struct run *run) {
    return show(run, NULL);
}

int cmd_framework_show(struct run *run) {
    return show(run, run->given.arguments[0]);
}
