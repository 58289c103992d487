// What was found about the lines of a file: one sentence for each, saying what to do.
#ifndef CANDOUR_FINDINGS_H
#define CANDOUR_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base.h"

struct json_t;

struct finding {
    uint32_t line; // in the file; 0: the whole file
    char *sentence;
};
// Starts as {0}; ends with findings_free.
struct findings {
    struct finding *list;
    size_t count, room;
    bool is_short; // some are missing: no memory
};

PRINTF(3, 4) void findings_add(struct findings *findings, uint32_t line, const char *format, ...);
// Text of the server.
void findings_add_text(struct findings *findings, uint32_t line, const void *text, size_t len);
void findings_sort(struct findings *findings); // by line; of one line in the order of adding
// "line 7: sentence", wrapped; plain: "7", a tab, the sentence.
void findings_print(FILE *out, const struct findings *findings, bool plain);
struct json_t *findings_json(const struct findings *findings); // [{"line": 7, "sentence": "..."}]
void findings_free(struct findings *findings);

#endif
