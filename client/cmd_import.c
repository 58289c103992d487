// A file of rows, checked here and sent to the desk in one request.
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "csv.h"
#include "json.h"
#include "language.h"
#include "output.h"

void cmd_tell_file(const struct run *run, const struct csv_file *file) {
    if (file->is_windows)
        cmd_tell(run,
                 "The file was read as Windows-1252. Check names with accents; saving it as CSV (UTF-8) is safer.");
    if (file->ignored[0] != '\0')
        cmd_tell(run, "Columns that are not used: %s.", file->ignored);
}

static int show_import(struct run *run, const struct findings *problems, const Candour__ImportReply *reply,
                       bool dry_run) {
    bool is_done = problems->count == 0;
    if (run->json) {
        json_t *root = json_start("candour/import/1");
        json_object_set_new(root, "dry_run", json_boolean(dry_run));
        json_object_set_new(root, "stored", json_boolean(is_done && !dry_run));
        json_object_set_new(root, "added", json_integer(reply != NULL ? reply->added : 0));
        json_object_set_new(root, "changed", json_integer(reply != NULL ? reply->changed : 0));
        json_object_set_new(root, "unchanged", json_integer(reply != NULL ? reply->unchanged : 0));
        json_object_set_new(root, "problems", findings_json(problems));
        json_object_set_new(root, "detail", reply != NULL ? json_bytes(&reply->detail) : json_string(""));
        cmd_print_json(root);
    } else {
        findings_print(stderr, problems, run->plain);
        if (is_done && reply != NULL)
            cmd_done(run, &reply->detail);
    }
    if (is_done)
        return 0;
    return problem_set(&run->problem, EXIT_PARTLY,
                       ngettext("Nothing was stored: %zu problem. Correct the file, then repeat the command.",
                                "Nothing was stored: %zu problems. Correct the file, then repeat the command.",
                                problems->count),
                       problems->count);
}

static void show_sent(void *context, size_t sent, size_t total) {
    cmd_progress(context, "Sending", sent, total);
}

int cmd_import(struct run *run, struct findings *problems, enum operation operation, const ProtobufCMessage *request,
               bool dry_run) {
    if (problems->count > 0)
        return show_import(run, problems, NULL, dry_run);
    ProtobufCMessage *message;
    Candour__Status status;
    if (cmd_desk(run, true) != 0)
        return -1;
    link_set_progress(run->desk, show_sent, run);
    int sent = link_exchange(run->desk, (uint16_t)operation, request, &message, &status, &run->problem);
    link_set_progress(run->desk, NULL, NULL);
    if (sent != 0)
        return -1;
    const Candour__ImportReply *reply = (const Candour__ImportReply *)message;
    int result;
    for (size_t i = 0; i < reply->n_problems; i++)
        findings_add_text(problems, reply->problems[i]->line, reply->problems[i]->sentence.data,
                          reply->problems[i]->sentence.len);
    if (problems->count > 0 || status == CANDOUR__STATUS__OK) {
        result = show_import(run, problems, reply, dry_run);
    } else {
        char detail[CMD_LINE_BYTES];
        output_clean(reply->detail.data, reply->detail.len, true, detail, sizeof detail);
        result = problem_set(&run->problem, exit_from_status(status), "%s",
                             detail[0] != '\0' ? _(detail) : _("The server could not do this. Try again later."));
    }
    link_reply_free(message);
    return result;
}

// ---------------------------------------------------------------- rows

static int import_rows(struct run *run, const struct cmd_file *how, const struct csv_file *file,
                       ProtobufCMessage *request, struct findings *problems) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "rows");
    const ProtobufCMessageDescriptor *row = field->descriptor;
    ProtobufCMessage **list = calloc(file->rows, sizeof *list);
    uint8_t *rows = calloc(file->rows, row->sizeof_message);
    int result = list != NULL && rows != NULL ? 0 : problem_no_memory(&run->problem);
    for (size_t i = 0; i < file->rows && result == 0; i++) {
        list[i] = (ProtobufCMessage *)(void *)(rows + i * row->sizeof_message);
        row->message_init(list[i]);
        how->read(file, i, list[i], problems);
    }
    if (result == 0) {
        memcpy((uint8_t *)request + field->offset, &list, sizeof list);
        memcpy((uint8_t *)request + field->quantifier_offset, &file->rows, sizeof file->rows);
        result = cmd_import(run, problems, how->operation, request, command_has(&run->given, "dry-run"));
    }
    free(list);
    free(rows);
    return result;
}

int cmd_import_file(struct run *run, const char *path, const struct cmd_file *how, ProtobufCMessage *request) {
    struct findings problems = {0};
    struct csv_file file;
    if (csv_load(path, how->columns, how->column_count, &problems, &file, &run->problem) != 0)
        return -1;
    cmd_tell_file(run, &file);
    int result = how->check != NULL ? how->check(run, &file) : 0;
    if (result == 0)
        result = import_rows(run, how, &file, request, &problems);
    csv_drop(&file);
    findings_free(&problems);
    return result;
}
