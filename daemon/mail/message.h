// A mail as it goes over the wire: RFC 5322, with names and subject as RFC 2047 encoded words and the body as
// quoted-printable (RFC 2045) where it is not plain. Nothing in a value can begin a new header line. Pure.
#ifndef CANDOUR_MESSAGE_H
#define CANDOUR_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"

// Enough for the longest filled template (template.h), every byte of it written as three, and the headers.
enum { MESSAGE_BYTES_MAX = 112 * 1024 };

struct message {
    const char *from, *from_name; // address; organisation
    const char *to, *to_name;     // address; person
    const char *reply_to;         // address, or ""
    const char *subject, *body;   // UTF-8; lines of the body end in LF
    const uint8_t *id;            // 16 bytes; the same mail again has the same Message-ID
    int64_t date;                 // Unix seconds
};

// Its length, lines end in CR LF; -1: an address that cannot stand on a line of its own, or it is too long.
MUST_CHECK int message_write(const struct message *message, char *ret_text, size_t size, size_t *ret_len);

#endif
