// usage: samples FOLDER
// Writes each sample report to the folder, as HTML and as JSON.
#include <jansson.h>
#include <limits.h>
#include <stdio.h>

#include "client/json.h"
#include "client/render/html.h"
#include "client/render/json.h"
#include "client/render/organisation.h"
#include "tests/support/sample_organisation.h"
#include "tests/support/sample_report.h"

static FILE *file_of(const char *folder, const char *name, const char *ending) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, ending);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        perror(path);
    return file;
}

// Ends outline and root.
static int write_page(const char *folder, const char *name, struct outline *outline, json_t *root) {
    FILE *html = file_of(folder, name, "html"), *json = file_of(folder, name, "json");
    bool is_written = html != NULL && json != NULL && outline != NULL;
    if (is_written) {
        render_html(html, outline);
        json_write(json, root);
    }
    is_written = html != NULL && fclose(html) == 0 && is_written;
    is_written = json != NULL && fclose(json) == 0 && is_written;
    outline_free(outline);
    return is_written ? 0 : -1;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: samples FOLDER\n", stderr);
        return 2;
    }
    for (enum sample_report which = 0; which < SAMPLE_REPORTS; which++) {
        Candour__Report *report = sample_report_make(which);
        if (write_page(argv[1], sample_report_name(which), outline_make(report), render_json(report)) != 0)
            return 1;
        candour__report__free_unpacked(report, NULL);
    }
    const Candour__OrganisationReport *all = sample_organisation();
    return write_page(argv[1], "organisation", organisation_outline(all), organisation_json(all)) == 0 ? 0 : 1;
}
