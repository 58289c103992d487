// candour-pdf: a packed Report on standard input becomes a PDF on standard output; with the argument "organisation" it
// is an OrganisationReport. It knows no server and opens no vault. Run by candour report save and candour org report.
// Ends with EXIT_PARTLY where letters are missing in the PDF, which is complete otherwise.
#include <stdlib.h>
#include <string.h>

#include "client/language.h"
#include "client/render/organisation.h"
#include "client/render/pdf.h"
#include "client/render/words.h"
#include "exit.h"
#include "output.h"

enum { PART_BYTES = 65536, REPORT_BYTES_MAX = 64 * 1024 * 1024 };

// Malloc'ed; NULL: no memory, or too long.
static uint8_t *read_all(FILE *in, size_t *ret_len) {
    uint8_t *bytes = NULL;
    size_t len = 0, got = 1;
    while (got > 0 && len <= REPORT_BYTES_MAX) {
        uint8_t *more = realloc(bytes, len + PART_BYTES);
        if (more == NULL)
            break;
        bytes = more;
        got = fread(bytes + len, 1, PART_BYTES, in);
        len += got;
    }
    if (got > 0) {
        free(bytes);
        return NULL;
    }
    *ret_len = len;
    return bytes;
}

// NULL: it may not be shown, or there is no memory. *ret_at is when the round closed.
static struct outline *make_outline(bool is_organisation, const uint8_t *bytes, size_t len, int64_t *ret_at) {
    const ProtobufCMessageDescriptor *kind =
        is_organisation ? &candour__organisation_report__descriptor : &candour__report__descriptor;
    ProtobufCMessage *message = protobuf_c_message_unpack(kind, NULL, len, bytes);
    struct outline *outline = NULL;
    if (message == NULL)
        return NULL;
    if (is_organisation) {
        const Candour__OrganisationReport *report = (const Candour__OrganisationReport *)message;
        *ret_at = report->close;
        outline = organisation_is_sound(report) ? organisation_outline(report) : NULL;
    } else {
        const Candour__Report *report = (const Candour__Report *)message;
        *ret_at = report->close;
        outline = words_is_sound(report) ? outline_make(report) : NULL;
    }
    protobuf_c_message_free_unpacked(message, NULL);
    return outline;
}

int main(int argc, char **argv) {
    size_t len = 0;
    int64_t at = 0;
    bool has_boxes = false, is_organisation = argc == 2 && strcmp(argv[1], "organisation") == 0;
    language_start();
    if (argc > 1 && !is_organisation) {
        output_sentence(stderr,
                        "usage: candour-pdf [organisation] <REPORT >FILE. It is run by: candour report save --pdf "
                        "FILE, and: candour org report --pdf FILE");
        return strcmp(argv[1], "--help") == 0 ? EXIT_DONE : EXIT_USAGE;
    }
    uint8_t *bytes = read_all(stdin, &len);
    struct outline *outline = bytes != NULL ? make_outline(is_organisation, bytes, len, &at) : NULL;
    free(bytes);
    int result = outline != NULL ? render_pdf(stdout, outline, at, &has_boxes) : -1;
    outline_free(outline);
    render_pdf_end();
    bool is_written = fflush(stdout) == 0 && !ferror(stdout);
    return result != 0 || !is_written ? EXIT_FAILED : has_boxes ? EXIT_PARTLY : EXIT_DONE;
}
