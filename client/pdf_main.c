// candour-pdf: a packed Report on standard input becomes a PDF on standard output. It knows no server and opens no
// vault. Run by candour report save.
#include <stdlib.h>
#include <string.h>

#include "client/language.h"
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

int main(int argc, char **argv) {
    size_t len;
    language_start();
    if (argc > 1) {
        output_sentence(stderr, "usage: candour-pdf <REPORT >FILE. It is run by: candour report save --pdf FILE");
        return strcmp(argv[1], "--help") == 0 ? EXIT_DONE : EXIT_USAGE;
    }
    uint8_t *bytes = read_all(stdin, &len);
    Candour__Report *report = bytes != NULL ? candour__report__unpack(NULL, len, bytes) : NULL;
    free(bytes);
    int result = report != NULL && words_is_sound(report) ? render_pdf(stdout, report) : -1;
    if (report != NULL)
        candour__report__free_unpacked(report, NULL);
    render_pdf_end();
    bool is_written = fflush(stdout) == 0 && !ferror(stdout);
    return result == 0 && is_written ? EXIT_DONE : EXIT_FAILED;
}
