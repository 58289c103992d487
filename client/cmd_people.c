// Importing people.
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "commands.h"
#include "csv.h"

enum { EMAIL, NAME, JOB_TITLE, UNIT, MANAGER, LEVEL, LANGUAGE };

static const struct csv_column columns[] = {
    [EMAIL] = {"e-mail", "email mail emailaddress mailaddress workemail", true},
    [NAME] = {"name", "name fullname displayname employeename employee", true},
    [JOB_TITLE] = {"job title", "jobtitle title job position role", false},
    [UNIT] = {"unit", "unit department team service directorate orgunit", false},
    [MANAGER] = {"manager's e-mail",
                 "manageremail managersemail manager managermail linemanager linemanageremail linemanagersemail "
                 "manageremailaddress reportsto",
                 false},
    [LEVEL] = {"level", "level leadershiplevel levelcode", false},
    [LANGUAGE] = {"language", "language preferredlanguage lang languagecode", false},
};

// A column that the file has not leaves what is stored as it is; an empty cell of one that it has empties it.
static void set_text(const struct csv_file *file, size_t row, size_t column, protobuf_c_boolean *ret_has,
                     ProtobufCBinaryData *ret_bytes) {
    *ret_bytes = cmd_text(csv_cell(file, row, column));
    *ret_has = file->is_there[column];
}

// A value that cannot be empty: an empty cell says nothing.
static void set_word(const struct csv_file *file, size_t row, size_t column, protobuf_c_boolean *ret_has,
                     ProtobufCBinaryData *ret_bytes) {
    *ret_bytes = cmd_text(csv_cell(file, row, column));
    *ret_has = ret_bytes->len > 0;
}

static void check_row(const Candour__PersonRow *row, struct findings *problems) {
    char sentence[256];
    if (check_message(&row->base, sentence, sizeof sentence) != 0)
        findings_add(problems, row->line, "%s", sentence);
    else if (!check_email(row->email.data, row->email.len))
        findings_add(problems, row->line, "\"%s\" is not an e-mail address. Correct it.",
                     (const char *)row->email.data);
    else if (row->manager_email.len > 0 && !check_email(row->manager_email.data, row->manager_email.len))
        findings_add(problems, row->line, "The manager's \"%s\" is not an e-mail address. Correct it.",
                     (const char *)row->manager_email.data);
}

static int send_people(struct run *run, const struct csv_file *file, struct findings *problems) {
    Candour__ImportPeople request = CANDOUR__IMPORT_PEOPLE__INIT;
    Candour__PersonRow *rows = calloc(file->rows, sizeof *rows);
    request.rows = calloc(file->rows, sizeof(Candour__PersonRow *));
    request.dry_run = command_has(&run->given, "dry-run");
    int result = rows != NULL && request.rows != NULL ? 0 : problem_no_memory(&run->problem);
    for (size_t i = 0; i < file->rows && result == 0; i++) {
        Candour__PersonRow *row = request.rows[request.n_rows++] = &rows[i];
        candour__person_row__init(row);
        row->email = cmd_text(csv_cell(file, i, EMAIL));
        row->name = cmd_text(csv_cell(file, i, NAME));
        set_text(file, i, JOB_TITLE, &row->has_job_title, &row->job_title);
        set_text(file, i, UNIT, &row->has_unit, &row->unit);
        set_text(file, i, MANAGER, &row->has_manager_email, &row->manager_email);
        set_word(file, i, LEVEL, &row->has_level, &row->level);
        set_text(file, i, LANGUAGE, &row->has_language, &row->language);
        row->line = file->lines[i];
        check_row(row, problems);
    }
    if (result == 0)
        result = cmd_import(run, problems, OPERATION_IMPORT_PEOPLE, &request.base, request.dry_run);
    free(request.rows);
    free(rows);
    return result;
}

int cmd_people_import(struct run *run) {
    struct findings problems = {0};
    struct csv_file file;
    if (csv_load(run->given.arguments[0], columns, ARRAY_LEN(columns), &problems, &file, &run->problem) != 0)
        return -1;
    cmd_tell_file(run, &file);
    int result = send_people(run, &file, &problems);
    csv_drop(&file);
    findings_free(&problems);
    return result;
}
