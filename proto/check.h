// The gate's walker: judges every field of an unpacked message once, from one table of limits. Pure.
#ifndef CANDOUR_CHECK_H
#define CANDOUR_CHECK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

enum check_kind {
    CHECK_TEXT,   // what check_text allows; min..max bytes
    CHECK_LINE,   // the same without LF and TAB: canonical texts and letters depend on it
    CHECK_WORD,   // the same without spaces, too: manifests depend on it
    CHECK_BINARY, // min..max bytes of anything
    CHECK_NUMBER, // min..max
    CHECK_COUNT,  // a repeated message, enum or bool field: only its count is limited
};

// One row per bytes, number or repeated field; a test proves that no field of any request lacks its row.
struct check_limit {
    const ProtobufCMessageDescriptor *message;
    const char *field;
    enum check_kind kind;
    uint64_t min, max;             // bytes of text or binary, or the number's value
    uint32_t count_min, count_max; // of a repeated field; 0: not repeated
};
extern const struct check_limit check_limits[];
extern const size_t check_limits_count;

// 0, or -1 with a sentence for a person in ret_sentence (what is wrong with which field, what to do), for: a field
// outside its limits, text that is not valid, an enum value that does not exist, an unknown field, a missing oneof.
// Inside a list it starts with the place: "Row 17 of rows: ...". Never repeats the offending text. message is a request
// (or Ballot): for any other kind there are no limits, and asking is our own mistake.
MUST_CHECK int check_message(const ProtobufCMessage *message, char *ret_sentence, size_t sentence_size);

// Text rules, shared with the client. Harmful: C0 but LF and TAB, DEL, C1, line and paragraph separators and
// bidirectional controls (U+061C, U+200E, U+200F, U+2028..202E, U+2066..2069).
bool check_is_harmful(uint32_t point);
// Bytes of the UTF-8 sequence (RFC 3629) that text begins with, and its code point; 0: none. len is not 0.
size_t check_point(const void *text, size_t len, uint32_t *ret_point);
bool check_text(const void *text, size_t len); // valid UTF-8 without NUL and harmful characters
// Names of people have one normal form, so that a manifest cannot list one leader under two names that look the same:
// text without any character that takes no room or asks for another shape, with single spaces between words only.
// check_name: is it a name, in that form? check_name_normal: brings valid text into it; ret_name has room for len bytes
// and may be text itself; returns its length, 0: nothing is left.
bool check_name(const void *text, size_t len);
size_t check_name_normal(const void *text, size_t len, char *ret_name);
size_t check_code_points(const void *text, size_t len); // of valid text
bool check_email(const void *text, size_t len);         // one @, no space, a dot in the domain, at most 254 bytes

#endif
