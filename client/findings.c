#include "findings.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "output.h"

enum { WIDTH = 80, INDENT = 4 };

static void keep(struct findings *findings, uint32_t line, char *sentence) {
    if (sentence != NULL && findings->count == findings->room) {
        size_t room = findings->room == 0 ? 16 : findings->room * 2;
        struct finding *list = reallocarray(findings->list, room, sizeof *list);
        if (list != NULL) {
            findings->list = list;
            findings->room = room;
        }
    }
    if (sentence == NULL || findings->count == findings->room) {
        free(sentence);
        findings->is_short = true;
        return;
    }
    findings->list[findings->count++] = (struct finding){line, sentence};
}

void findings_add(struct findings *findings, uint32_t line, const char *format, ...) {
    char *sentence = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&sentence, format, arguments) < 0)
        sentence = NULL;
    va_end(arguments);
    keep(findings, line, sentence);
}

void findings_add_text(struct findings *findings, uint32_t line, const void *text, size_t len) {
    char *sentence = malloc(len + 1);
    if (sentence != NULL)
        output_clean(text, len, true, sentence, len + 1);
    keep(findings, line, sentence);
}

// Insertion keeps the order of adding, and what is nearly sorted costs little.
void findings_sort(struct findings *findings) {
    for (size_t i = 1; i < findings->count; i++) {
        struct finding one = findings->list[i];
        size_t at = i;
        for (; at > 0 && findings->list[at - 1].line > one.line; at--)
            findings->list[at] = findings->list[at - 1];
        findings->list[at] = one;
    }
}

void findings_print(FILE *out, const struct findings *findings, bool plain) {
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *one = &findings->list[i];
        if (plain) {
            fprintf(out, "%u\t", one->line);
            output_field(out, one->sentence, strlen(one->sentence));
            fputc('\n', out);
            continue;
        }
        if (one->line > 0)
            fprintf(out, "line %u\n", one->line);
        else
            fputs("whole file\n", out);
        output_wrap(out, one->sentence, INDENT, WIDTH);
    }
    if (findings->is_short)
        output_print(out, "There is not enough memory to list everything.\n");
}

json_t *findings_json(const struct findings *findings) {
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *one = &findings->list[i];
        json_t *sentence = json_text(one->sentence, strlen(one->sentence));
        json_array_append_new(list, json_pack("{s:i, s:o}", "line", (int)one->line, "sentence", sentence));
    }
    return list;
}

void findings_free(struct findings *findings) {
    for (size_t i = 0; i < findings->count; i++)
        free(findings->list[i].sentence);
    free(findings->list);
    *findings = (struct findings){0};
}
