#include "qr.h"

#include <qrencode.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { QUIET = 4, BLOCK_BYTES = 3 };

static bool is_dark(const QRcode *code, int x, int y) {
    bool is_inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    return is_inside && code->data[y * code->width + x] & 1;
}

char *qr_text(const char *text) {
    static const char *const blocks[] = {" ", "\u2580", "\u2584", "\u2588"}; // none, upper, lower, both
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (code == NULL)
        return NULL;
    size_t side = (size_t)code->width + 2 * QUIET;
    char *out = malloc((side * BLOCK_BYTES + 1) * (side / 2 + 1) + 1), *at = out;
    for (int y = -QUIET; out != NULL && y < code->width + QUIET; y += 2) {
        for (int x = -QUIET; x < code->width + QUIET; x++)
            at = stpcpy(at, blocks[is_dark(code, x, y) + 2 * is_dark(code, x, y + 1)]);
        at = stpcpy(at, "\n");
    }
    QRcode_free(code);
    return out;
}
