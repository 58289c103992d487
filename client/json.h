// Helpers for JSON output (jansson). Memory that runs out while JSON is made ends the program with a sentence, so that
// nothing is ever silently left out; callers need not check.
#ifndef CANDOUR_JSON_H
#define CANDOUR_JSON_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>
#include <stdio.h>

struct json_t;

// {"schema": schema}: how every output begins.
struct json_t *json_start(const char *schema);
// A cleaned string (output_clean).
struct json_t *json_text(const void *text, size_t len);
struct json_t *json_bytes(const ProtobufCBinaryData *bytes);
struct json_t *json_texts(size_t count, const ProtobufCBinaryData *list); // an array
struct json_t *json_time(int64_t at);                                     // "2026-11-22T09:30:00Z"
struct json_t *json_tenths(int64_t tenths);                               // 42 is 4.2
struct json_t *json_hex(const void *bytes, size_t len);
// Puts fields into an object, and takes over their values.
struct json_field {
    const char *key;
    struct json_t *value;
};
void json_put(struct json_t *object, size_t count, const struct json_field *fields);
// Writes with a line feed, and ends root.
void json_write(FILE *out, struct json_t *root);

#endif
