#include "json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "exit.h"
#include "output.h"

enum { FIGURE_DIGITS = 3 }; // 10.0 is the largest figure

static void *allocate(size_t size) {
    void *memory = malloc(size);
    if (memory == NULL) {
        fputs("candour: There is not enough memory on this computer.\n", stderr);
        exit(EXIT_FAILED);
    }
    return memory;
}

json_t *json_start(const char *schema) {
    json_set_alloc_funcs(allocate, free);
    return json_pack("{s:s}", "schema", schema);
}

json_t *json_text(const void *text, size_t len) {
    char *clean = allocate(len + 1);
    size_t used = output_clean(text, len, false, clean, len + 1);
    json_t *string = json_stringn(clean, used);
    free(clean);
    return string;
}

json_t *json_bytes(const ProtobufCBinaryData *bytes) {
    return json_text(bytes->data, bytes->len);
}

json_t *json_texts(size_t count, const ProtobufCBinaryData *list) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_bytes(&list[i]));
    return array;
}

json_t *json_time(int64_t at) {
    char text[CLOCK_TEXT_BYTES];
    clock_text(at, text);
    return json_string(text);
}

json_t *json_tenths(int64_t tenths) {
    return json_real((double)tenths / 10.0);
}

json_t *json_hex(const void *bytes, size_t len) {
    char *text = allocate(2 * len + 1);
    text[0] = '\0';
    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", ((const unsigned char *)bytes)[i]);
    json_t *string = json_string(text);
    free(text);
    return string;
}

void json_put(json_t *object, size_t count, const struct json_field *fields) {
    for (size_t i = 0; i < count; i++)
        json_object_set_new(object, fields[i].key, fields[i].value);
}

void json_write(FILE *out, json_t *root) {
    json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(FIGURE_DIGITS));
    fputc('\n', out);
    json_decref(root);
}
