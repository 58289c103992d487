// The organisation's report.
#include <stdlib.h>

#include "client/render/html.h"
#include "client/render/organisation.h"
#include "cmd_parts.h"
#include "commands.h"
#include "pdf_program.h"
#include "private_file.h"

static int read_parts(struct run *run, const char *round, struct parts *parts) {
    Candour__GetOrganisationReport request = CANDOUR__GET_ORGANISATION_REPORT__INIT;
    request.round = cmd_text(round);
    return parts_read(run, OPERATION_GET_ORGANISATION_REPORT, &request.base, &request.offset, &request.has_offset,
                      parts);
}

static int write_html(FILE *out, const Candour__OrganisationReport *report, struct problem *ret_problem) {
    struct outline *outline = organisation_outline(report);
    if (outline == NULL)
        return problem_no_memory(ret_problem);
    render_html(out, outline);
    outline_free(outline);
    return 0;
}

static int save(struct run *run, const Candour__OrganisationReport *report, const char *path, bool is_pdf) {
    struct problem unsaid;
    FILE *out = private_file_open(path, &run->problem);
    if (out == NULL)
        return -1;
    int result = is_pdf ? pdf_program_run(out, &report->base, &run->problem) : write_html(out, report, &run->problem);
    int closed = private_file_close(out, path, result == 0 ? &run->problem : &unsaid);
    result = result == 0 ? closed : result;
    if (result == 0)
        cmd_tell(run, "The report is saved in %s. Only you can read the file.", path);
    return result;
}

static int show(struct run *run, const Candour__OrganisationReport *report) {
    if (!organisation_is_sound(report))
        return parts_strange(run);
    const char *html = command_value(&run->given, "html"), *pdf = command_value(&run->given, "pdf");
    if ((html != NULL && save(run, report, html, false) != 0) || (pdf != NULL && save(run, report, pdf, true) != 0))
        return -1;
    if ((html != NULL || pdf != NULL) && !run->json)
        return 0;
    if (!run->json)
        return cmd_show(run, organisation_outline(report));
    cmd_print_json(organisation_json(report));
    return 0;
}

int cmd_org_report(struct run *run) {
    struct parts parts = {0};
    int result = read_parts(run, run->given.arguments[0], &parts);
    if (result == 0) {
        Candour__OrganisationReport *report = candour__organisation_report__unpack(NULL, parts.len, parts.bytes);
        result = report != NULL ? show(run, report) : parts_strange(run);
        if (report != NULL)
            candour__organisation_report__free_unpacked(report, NULL);
    }
    free(parts.bytes);
    return result;
}
