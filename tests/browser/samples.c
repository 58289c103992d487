// usage: samples FOLDER
// Writes each sample report to the folder, as HTML and as JSON.
#include <limits.h>
#include <stdio.h>

#include "client/json.h"
#include "client/render/html.h"
#include "client/render/json.h"
#include "tests/support/sample_report.h"

static FILE *file_of(const char *folder, enum sample_report which, const char *ending) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.%s", folder, sample_report_name(which), ending);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        perror(path);
    return file;
}

static int write_sample(const char *folder, enum sample_report which) {
    FILE *html = file_of(folder, which, "html"), *json = file_of(folder, which, "json");
    Candour__Report *report = sample_report_make(which);
    struct outline *outline = outline_make(report);
    bool is_written = html != NULL && json != NULL && outline != NULL;
    if (is_written) {
        render_html(html, outline);
        json_write(json, render_json(report));
    }
    is_written = html != NULL && fclose(html) == 0 && is_written;
    is_written = json != NULL && fclose(json) == 0 && is_written;
    outline_free(outline);
    candour__report__free_unpacked(report, NULL);
    return is_written ? 0 : -1;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: samples FOLDER\n", stderr);
        return 2;
    }
    for (enum sample_report which = 0; which < SAMPLE_REPORTS; which++)
        if (write_sample(argv[1], which) != 0)
            return 1;
    return 0;
}
