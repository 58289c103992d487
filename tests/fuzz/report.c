// What a client draws: any bytes that a server may send as a report. Sound ones are drawn in every form.
#include <string.h>

#include <jansson.h>

#include "client/render/csv.h"
#include "client/render/html.h"
#include "client/render/json.h"
#include "client/render/ods.h"
#include "client/render/organisation.h"
#include "client/render/outline.h"
#include "client/render/pdf.h"
#include "client/render/terminal.h"
#include "client/render/words.h"
#include "fuzz.h"

static FILE *nowhere;

// What fontconfig keeps of the fonts it has read is not ours.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libfontconfig\n";
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    nowhere = fopen("/dev/null", "w");
    FUZZ_MUST(nowhere);
    return 0;
}

static void draw(struct outline *outline) {
    FUZZ_MUST(outline);
    render_html(nowhere, outline);
    render_terminal(nowhere, outline);
    outline_free(outline);
}

static void drop(json_t *json) {
    FUZZ_MUST(json);
    char *text = json_dumps(json, JSON_COMPACT); // NULL: a text that is not UTF-8
    FUZZ_MUST(text);
    free(text);
    json_decref(json);
}

static void draw_report(const Candour__Report *report, int wants_paper) {
    draw(outline_make(report));
    drop(render_json(report));
    render_csv(nowhere, &report, 1);
    if (!wants_paper)
        return;
    FUZZ_MUST(render_ods(nowhere, &report, 1) == 0);
    bool has_boxes;
    struct outline *outline = outline_make(report);
    FUZZ_MUST(outline);
    FUZZ_MUST(render_pdf(nowhere, outline, report->close, &has_boxes) == 0);
    outline_free(outline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct fuzz_input in = {data, len};
    uint8_t kind = fuzz_byte(&in);
    if (kind % 2 == 0) {
        Candour__Report *report = candour__report__unpack(NULL, in.left, in.at);
        if (report && words_is_sound(report))
            draw_report(report, kind == 0x80);
        if (report)
            candour__report__free_unpacked(report, NULL);
        return 0;
    }
    Candour__OrganisationReport *all = candour__organisation_report__unpack(NULL, in.left, in.at);
    if (all && organisation_is_sound(all)) {
        draw(organisation_outline(all));
        drop(organisation_json(all));
    }
    if (all)
        candour__organisation_report__free_unpacked(all, NULL);
    return 0;
}
