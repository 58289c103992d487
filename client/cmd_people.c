// Importing people.

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

static void read_row(const struct csv_file *file, size_t i, ProtobufCMessage *message, struct findings *problems) {
    Candour__PersonRow *row = (Candour__PersonRow *)message;
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

int cmd_people_import(struct run *run) {
    static const struct cmd_file how = {columns, ARRAY_LEN(columns), NULL, read_row, OPERATION_IMPORT_PEOPLE};
    Candour__ImportPeople request = CANDOUR__IMPORT_PEOPLE__INIT;
    request.dry_run = command_has(&run->given, "dry-run");
    return cmd_import_file(run, run->given.arguments[0], &how, &request.base);
}
