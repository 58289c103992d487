// Writing into a room of fixed size. What does not fit leaves is_full set, and the text is of no use.
#ifndef CANDOUR_WRITER_H
#define CANDOUR_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct writer { // starts with text and size
    char *text;
    size_t used, size;
    bool is_full;
};

// One byte always stays free, for a NUL.
static inline void writer_put(struct writer *w, const char *text, size_t len) {
    if (len >= w->size - w->used) {
        w->is_full = true;
        return;
    }
    memcpy(w->text + w->used, text, len);
    w->used += len;
}

#endif
