// Reports: which there are, and reading one in the terminal.
#include <jansson.h>

#include "client/render/json.h"
#include "client/render/outline.h"
#include "commands.h"
#include "json.h"
#include "language.h"
#include "reports.h"

struct listing {
    struct table table;
    json_t *list;
};

static void list_report(void *context, const Candour__ReportBrief *one) {
    struct listing *listing = context;
    table_add_text(&listing->table, one->round.data, one->round.len);
    table_add_text(&listing->table, one->subject.data, one->subject.len);
    table_add_text(&listing->table, one->email.data, one->email.len);
    table_add(&listing->table, "%s", one->released ? _("yes") : _("no"));
    json_array_append_new(listing->list, json_pack("{s:o, s:o, s:o, s:b}", "round", json_bytes(&one->round), "subject",
                                                   json_bytes(&one->subject), "email", json_bytes(&one->email),
                                                   "released", one->released));
}

int cmd_report_list(struct run *run) {
    static const char *const headings[] = {N_("round"), N_("about"), N_("e-mail"), N_("released")};
    json_t *root = json_start("candour/report-list/1");
    struct listing listing = {.table = {.headings = headings, .columns = ARRAY_LEN(headings)}, .list = json_array()};
    json_object_set_new(root, "reports", listing.list);
    int result = reports_each(run, list_report, &listing);
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

int cmd_report_open(struct run *run) {
    Candour__Report *report = reports_fetch_meant(run);
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
