// Text as messages and database results carry it: a pointer and a length, no NUL. Pure.
#ifndef CANDOUR_DESK_TEXT_H
#define CANDOUR_DESK_TEXT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base.h"
#include "daemon/core/arena.h"

// For printf's "%.*s".
#define TEXT(text) (int)(text).len, (const char *)(text).data

ProtobufCBinaryData text_of(const char *string); // not copied
bool text_is_equal(ProtobufCBinaryData a, ProtobufCBinaryData b);
// Order of bytes, as PostgreSQL's collation "C"; <0, 0, >0.
int text_compare(ProtobufCBinaryData a, ProtobufCBinaryData b);
// ASCII letters in lower case, in the arena; empty when it is full.
ProtobufCBinaryData text_lower(struct arena *arena, ProtobufCBinaryData text);
// An address that we keep: check_email, and ASCII alone, so that lower case means one thing everywhere.
bool text_is_email(ProtobufCBinaryData text);

enum { TEXT_DATE_BYTES = 40 };
// clock_words
void text_date(int64_t at, char ret_text[TEXT_DATE_BYTES]);

#endif
