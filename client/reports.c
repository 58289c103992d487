#include "reports.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/render/words.h"
#include "cmd_parts.h"
#include "output.h"

int reports_each(struct run *run, reports_take *take, void *context) {
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

// ---------------------------------------------------------------- which one

static bool is_equal(const ProtobufCBinaryData *bytes, const char *text) {
    return bytes->len == strlen(text) && strncasecmp((const char *)bytes->data, text, bytes->len) == 0;
}

// name NULL: one's own.
static bool is_meant(const Candour__ReportBrief *brief, const char *name, const char *round, const char *own) {
    char subject[REPORTS_NAME_BYTES];
    output_clean(brief->subject.data, brief->subject.len, true, subject, sizeof subject);
    if (round != NULL && !is_equal(&brief->round, round))
        return false;
    if (name == NULL)
        return own != NULL && is_equal(&brief->email, own);
    return is_equal(&brief->email, name) || strcasestr(subject, name) != NULL;
}

struct reports_name reports_name(const Candour__ReportBrief *brief) {
    struct reports_name name;
    snprintf(name.round, sizeof name.round, "%.*s", (int)brief->round.len, (const char *)brief->round.data);
    snprintf(name.email, sizeof name.email, "%.*s", (int)brief->email.len, (const char *)brief->email.data);
    return name;
}

struct choice {
    struct run *run;
    size_t count;
    struct reports_name name; // of the last one that fits
    struct problem several;
};

static void consider(void *context, const Candour__ReportBrief *brief) {
    struct choice *choice = context;
    const struct run *run = choice->run;
    if (!is_meant(brief, run->given.arguments[0], command_value(&run->given, "round"), vault_data(run->vault)->email))
        return;
    choice->count++;
    choice->name = reports_name(brief);
    struct problem *several = &choice->several;
    size_t used = strlen(several->sentence);
    snprintf(several->sentence + used, sizeof several->sentence - used, " %.*s (%s);", (int)brief->subject.len,
             (const char *)brief->subject.data, choice->name.round);
}

int reports_choose(struct run *run, struct reports_name *ret_name) {
    struct choice choice = {.run = run};
    problem_set(&choice.several, EXIT_USAGE,
                "Say which report you mean, by a longer part of the name, the e-mail address or "
                "--round:");
    if (reports_each(run, consider, &choice) != 0)
        return -1;
    if (choice.count == 0)
        return problem_set(&run->problem, EXIT_NOT_FOUND, "There is no such report. See: candour report list");
    if (choice.count > 1) {
        run->problem = choice.several;
        return -1;
    }
    *ret_name = choice.name;
    return 0;
}

// ---------------------------------------------------------------- reading

// The caller frees packed->bytes, also after a failure.
static int read_report(struct run *run, const struct reports_name *name, struct parts *packed) {
    const char *own = vault_data(run->vault)->email;
    Candour__GetReport request = CANDOUR__GET_REPORT__INIT;
    request.round = cmd_text(name->round);
    request.email = cmd_text(name->email);
    request.has_email = own == NULL || !is_equal(&request.email, own);
    return parts_read(run, OPERATION_GET_REPORT, &request.base, &request.offset, &request.has_offset, packed);
}

Candour__Report *reports_fetch(struct run *run, const struct reports_name *name) {
    struct parts packed = {0};
    Candour__Report *report = NULL;
    if (read_report(run, name, &packed) != 0)
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

Candour__Report *reports_fetch_meant(struct run *run) {
    struct reports_name name;
    return reports_choose(run, &name) == 0 ? reports_fetch(run, &name) : NULL;
}
