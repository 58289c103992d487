// Reports: which there are, reading one in the terminal, saving it.
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/render/csv.h"
#include "client/render/html.h"
#include "client/render/json.h"
#include "client/render/ods.h"
#include "client/render/outline.h"
#include "client/render/pdf.h"
#include "client/render/words.h"
#include "cmd_parts.h"
#include "commands.h"
#include "json.h"
#include "output.h"

enum { NAME_BYTES = 256 };

// ---------------------------------------------------------------- list

// Gives take every report that this person may read.
static int for_each_report(struct run *run, void (*take)(void *context, const Candour__ReportBrief *one),
                           void *context) {
    Candour__MyReports request = CANDOUR__MY_REPORTS__INIT;
    bool has_more = true;
    while (has_more) {
        request.has_offset = request.offset > 0;
        Candour__MyReportsReply *reply = cmd_call(run, OPERATION_MY_REPORTS, &request.base);
        if (reply == NULL)
            return -1;
        for (size_t i = 0; i < reply->n_reports; i++)
            take(context, reply->reports[i]);
        request.offset += (uint32_t)reply->n_reports;
        has_more = reply->n_reports > 0 && request.offset < reply->total;
        link_reply_free(&reply->base);
    }
    return 0;
}

struct listing {
    struct table table;
    json_t *list;
};

static void list_report(void *context, const Candour__ReportBrief *one) {
    struct listing *listing = context;
    table_add_text(&listing->table, one->round.data, one->round.len);
    table_add_text(&listing->table, one->subject.data, one->subject.len);
    table_add_text(&listing->table, one->email.data, one->email.len);
    table_add(&listing->table, "%s", one->released ? "yes" : "no");
    json_array_append_new(listing->list, json_pack("{s:o, s:o, s:o, s:b}", "round", json_bytes(&one->round), "subject",
                                                   json_bytes(&one->subject), "email", json_bytes(&one->email),
                                                   "released", one->released));
}

int cmd_report_list(struct run *run) {
    static const char *const headings[] = {"round", "about", "e-mail", "released"};
    json_t *root = json_start("candour/report-list/1");
    struct listing listing = {.table = {.headings = headings, .columns = ARRAY_LEN(headings)}, .list = json_array()};
    json_object_set_new(root, "reports", listing.list);
    int result = for_each_report(run, list_report, &listing);
    if (result == 0 && run->json)
        cmd_print_json(root);
    else
        json_decref(root);
    if (result == 0 && !run->json && listing.table.count > 0)
        table_print(stdout, &listing.table, run->plain);
    if (result == 0 && listing.table.count == 0)
        cmd_tell(run, "There is no report to read yet. You will be told when one is released.");
    table_free(&listing.table);
    return result;
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

struct choice {
    struct run *run;
    size_t count;
    char round[NAME_BYTES], email[NAME_BYTES]; // of the last one that fits
    struct problem several;
};

static void consider(void *context, const Candour__ReportBrief *brief) {
    struct choice *choice = context;
    const struct run *run = choice->run;
    if (!is_meant(brief, run->given.arguments[0], command_value(&run->given, "round"), vault_data(run->vault)->email))
        return;
    choice->count++;
    snprintf(choice->round, sizeof choice->round, "%.*s", (int)brief->round.len, (const char *)brief->round.data);
    snprintf(choice->email, sizeof choice->email, "%.*s", (int)brief->email.len, (const char *)brief->email.data);
    struct problem *several = &choice->several;
    size_t used = strlen(several->sentence);
    snprintf(several->sentence + used, sizeof several->sentence - used, " %.*s (%s);", (int)brief->subject.len,
             (const char *)brief->subject.data, choice->round);
}

// Exactly one, or run->problem.
static int choose(struct run *run, struct choice *ret_choice) {
    struct choice choice = {.run = run};
    problem_set(&choice.several, EXIT_USAGE,
                "Say which report you mean, by a longer part of the name, the e-mail address or "
                "--round:");
    if (for_each_report(run, consider, &choice) != 0)
        return -1;
    if (choice.count == 0)
        return problem_set(&run->problem, EXIT_NOT_FOUND, "There is no such report. See: candour report list");
    if (choice.count > 1) {
        run->problem = choice.several;
        return -1;
    }
    *ret_choice = choice;
    return 0;
}

// ---------------------------------------------------------------- reading

// The caller frees packed->bytes, also after a failure.
static int read_report(struct run *run, const struct choice *choice, struct parts *packed) {
    const char *own = vault_data(run->vault)->email;
    Candour__GetReport request = CANDOUR__GET_REPORT__INIT;
    request.round = cmd_text(choice->round);
    request.email = cmd_text(choice->email);
    request.has_email = own == NULL || !is_equal(&request.email, own);
    int result;
    do {
        request.offset = (uint32_t)packed->len;
        request.has_offset = request.offset > 0;
        Candour__GetReportReply *reply = cmd_call(run, OPERATION_GET_REPORT, &request.base);
        result = reply != NULL ? parts_add(run, reply, packed) : -1;
        if (reply != NULL)
            link_reply_free(&reply->base);
    } while (result == 0 && packed->len < packed->total);
    return result;
}

// NULL: run->problem. The caller ends it with candour__report__free_unpacked.
static Candour__Report *fetch(struct run *run) {
    struct choice choice;
    struct parts packed = {0};
    Candour__Report *report = NULL;
    if (choose(run, &choice) != 0 || read_report(run, &choice, &packed) != 0)
        goto out;
    report = candour__report__unpack(NULL, packed.len, packed.bytes);
    if (report != NULL && words_is_sound(report))
        goto out;
    if (report != NULL)
        candour__report__free_unpacked(report, NULL);
    report = NULL;
    parts_strange(run);
out:
    free(packed.bytes);
    return report;
}

int cmd_report_open(struct run *run) {
    Candour__Report *report = fetch(run);
    if (report == NULL)
        return -1;
    int result = 0;
    if (run->json)
        cmd_print_json(render_json(report));
    else
        result = cmd_show(run, outline_make(report));
    candour__report__free_unpacked(report, NULL);
    return result;
}

// ---------------------------------------------------------------- saving

// A file that was there before may have been open to others.
static int make_private(int file) {
    struct stat is;
    if (fstat(file, &is) != 0)
        return -1;
    return S_ISREG(is.st_mode) ? fchmod(file, 0600) : 0;
}

static int write_json(FILE *out, const Candour__Report *report) {
    json_write(out, render_json(report));
    return 0;
}

static int write_html(FILE *out, const Candour__Report *report) {
    struct outline *outline = outline_make(report);
    if (outline != NULL)
        render_html(out, outline);
    bool is_made = outline != NULL;
    outline_free(outline);
    return is_made ? 0 : -1;
}

static int write_csv(FILE *out, const Candour__Report *report) {
    render_csv(out, &report, 1);
    return 0;
}

static int write_ods(FILE *out, const Candour__Report *report) {
    return render_ods(out, &report, 1);
}

// write returns -1 when it had no memory, or lacked something else.
static const struct format {
    const char *flag;
    int (*write)(FILE *out, const Candour__Report *report);
} formats[] = {
    {"html", write_html}, {"pdf", render_pdf}, {"json", write_json}, {"csv", write_csv}, {"ods", write_ods},
};

static int save(struct run *run, const Candour__Report *report, const struct format *format, const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *out = file >= 0 && make_private(file) == 0 ? fdopen(file, "w") : NULL;
    if (out == NULL) {
        int error = errno;
        if (file >= 0)
            close(file);
        return problem_set(&run->problem, EXIT_USAGE, "The file %s cannot be written (%s).", path, strerror(error));
    }
    bool is_made = format->write(out, report) == 0;
    bool is_written = fflush(out) == 0 && !ferror(out) && fsync(file) == 0;
    is_written = fclose(out) == 0 && is_written;
    if (!is_made)
        return problem_no_memory(&run->problem);
    if (!is_written)
        return problem_set(&run->problem, EXIT_FAILED, "The file %s could not be written in full.", path);
    cmd_tell(run, "The report is saved in %s. Only you can read the file; keep it so.", path);
    return 0;
}

int cmd_report_save(struct run *run) {
    size_t wanted = 0;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        wanted += command_value(&run->given, formats[i].flag) != NULL;
    if (wanted == 0)
        return problem_set(&run->problem, EXIT_USAGE,
                           "Say as what, and where to: --html FILE, --pdf FILE, --ods FILE, --csv FILE, --json FILE");
    Candour__Report *report = fetch(run);
    int result = report != NULL ? 0 : -1;
    for (size_t i = 0; i < ARRAY_LEN(formats) && result == 0; i++) {
        const char *path = command_value(&run->given, formats[i].flag);
        result = path != NULL ? save(run, report, &formats[i], path) : 0;
    }
    if (report != NULL)
        candour__report__free_unpacked(report, NULL);
    return result;
}
