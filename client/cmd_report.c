// Reports: which there are, reading one in the terminal, saving it.
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/render/json.h"
#include "client/render/terminal.h"
#include "client/render/words.h"
#include "commands.h"
#include "json.h"
#include "output.h"

enum { NAME_BYTES = 256 };

// ---------------------------------------------------------------- list

int cmd_report_list(struct run *run) {
    static const char *const headings[] = {"round", "about", "e-mail", "released"};
    const Candour__MyReports request = CANDOUR__MY_REPORTS__INIT;
    Candour__MyReportsReply *reply = cmd_call(run, OPERATION_MY_REPORTS, &request.base);
    if (reply == NULL)
        return -1;
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    json_t *root = json_start("candour/report-list/1"), *list = json_array();
    for (size_t i = 0; i < reply->n_reports; i++) {
        const Candour__ReportBrief *one = reply->reports[i];
        table_add_text(&table, one->round.data, one->round.len);
        table_add_text(&table, one->subject.data, one->subject.len);
        table_add_text(&table, one->email.data, one->email.len);
        table_add(&table, "%s", one->released ? "yes" : "no");
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:b}", "round", json_bytes(&one->round), "subject",
                                              json_bytes(&one->subject), "email", json_bytes(&one->email), "released",
                                              one->released));
    }
    json_object_set_new(root, "reports", list);
    link_reply_free(&reply->base);
    if (run->json)
        cmd_print_json(root);
    else
        json_decref(root);
    if (!run->json && table.count > 0)
        table_print(stdout, &table, run->plain);
    if (table.count == 0)
        cmd_tell(run, "There is no report to read yet. You will be told when one is released.");
    table_free(&table);
    return 0;
}

// ---------------------------------------------------------------- which one

static bool is_equal(const ProtobufCBinaryData *bytes, const char *text) {
    return bytes->len == strlen(text) && strncasecmp((const char *)bytes->data, text, bytes->len) == 0;
}

// name NULL: one's own.
static bool is_meant(const Candour__ReportBrief *brief, const char *name, const char *round, const char *own) {
    char subject[NAME_BYTES];
    output_clean(brief->subject.data, brief->subject.len, true, subject, sizeof subject);
    if (round != NULL && !is_equal(&brief->round, round))
        return false;
    if (name == NULL)
        return own != NULL && is_equal(&brief->email, own);
    return is_equal(&brief->email, name) || strcasestr(subject, name) != NULL;
}

static void list_candidate(struct problem *problem, const Candour__ReportBrief *brief) {
    size_t used = strlen(problem->sentence);
    snprintf(problem->sentence + used, sizeof problem->sentence - used, " %.*s (%.*s);", (int)brief->subject.len,
             (const char *)brief->subject.data, (int)brief->round.len, (const char *)brief->round.data);
}

// NULL: run->problem.
static const Candour__ReportBrief *choose(struct run *run, const Candour__MyReportsReply *reply) {
    const char *name = run->given.arguments[0], *round = command_value(&run->given, "round");
    const Candour__ReportBrief *found = NULL;
    struct problem several;
    problem_set(&several, EXIT_USAGE,
                "Say which report you mean, by a longer part of the name, the e-mail address or "
                "--round:");
    size_t count = 0;
    for (size_t i = 0; i < reply->n_reports; i++) {
        if (!is_meant(reply->reports[i], name, round, vault_data(run->vault)->email))
            continue;
        found = reply->reports[i];
        list_candidate(&several, found);
        count++;
    }
    if (count == 1)
        return found;
    if (count > 1)
        run->problem = several;
    else
        problem_set(&run->problem, EXIT_NOT_FOUND, "There is no such report. See: candour report list");
    return NULL;
}

// ---------------------------------------------------------------- reading

static Candour__Report *unpack(struct run *run, const ProtobufCBinaryData *packed) {
    Candour__Report *report = candour__report__unpack(NULL, packed->len, packed->data);
    if (report != NULL && words_is_sound(report))
        return report;
    if (report != NULL)
        candour__report__free_unpacked(report, NULL);
    problem_set(&run->problem, EXIT_FAILED,
                "This report cannot be read by this client. Use a client of the same version as the server.");
    return NULL;
}

// NULL: run->problem. The caller ends it with candour__report__free_unpacked.
static Candour__Report *fetch(struct run *run) {
    const Candour__MyReports mine = CANDOUR__MY_REPORTS__INIT;
    Candour__MyReportsReply *list = cmd_call(run, OPERATION_MY_REPORTS, &mine.base);
    if (list == NULL)
        return NULL;
    const Candour__ReportBrief *brief = choose(run, list);
    Candour__GetReportReply *reply = NULL;
    if (brief != NULL) {
        Candour__GetReport request = CANDOUR__GET_REPORT__INIT;
        request.round = brief->round;
        const char *own = vault_data(run->vault)->email;
        request.has_email = own == NULL || !is_equal(&brief->email, own);
        request.email = brief->email;
        reply = cmd_call(run, OPERATION_GET_REPORT, &request.base);
    }
    link_reply_free(&list->base);
    if (reply == NULL)
        return NULL;
    Candour__Report *report = unpack(run, &reply->report);
    link_reply_free(&reply->base);
    return report;
}

int cmd_report_open(struct run *run) {
    Candour__Report *report = fetch(run);
    if (report == NULL)
        return -1;
    if (run->json) {
        cmd_print_json(render_json(report));
    } else {
        FILE *out = cmd_pager_open();
        render_terminal(out, report);
        cmd_pager_close(out);
    }
    candour__report__free_unpacked(report, NULL);
    return 0;
}

// ---------------------------------------------------------------- saving

// A file that was there before may have been open to others.
static int make_private(int file) {
    struct stat is;
    if (fstat(file, &is) != 0)
        return -1;
    return S_ISREG(is.st_mode) ? fchmod(file, 0600) : 0;
}

static int write_json(struct run *run, const Candour__Report *report, const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *out = file >= 0 && make_private(file) == 0 ? fdopen(file, "w") : NULL;
    if (out == NULL) {
        int error = errno;
        if (file >= 0)
            close(file);
        return problem_set(&run->problem, EXIT_USAGE, "The file %s cannot be written (%s).", path, strerror(error));
    }
    json_write(out, render_json(report));
    bool is_written = fflush(out) == 0 && !ferror(out) && fsync(file) == 0;
    is_written = fclose(out) == 0 && is_written;
    if (is_written)
        return 0;
    return problem_set(&run->problem, EXIT_FAILED, "The file %s could not be written in full.", path);
}

int cmd_report_save(struct run *run) {
    const char *path = command_value(&run->given, "json");
    if (path == NULL)
        return problem_set(&run->problem, EXIT_USAGE, "Say where to: --json FILE");
    Candour__Report *report = fetch(run);
    if (report == NULL)
        return -1;
    int result = write_json(run, report, path);
    candour__report__free_unpacked(report, NULL);
    if (result == 0)
        cmd_tell(run, "The report is saved in %s. Only you can read the file; keep it so.", path);
    return result;
}
