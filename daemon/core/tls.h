// TLS of the daemon's doors, and the only user of OpenSSL's libssl here. TLS 1.3 only, one ALPN name required, no
// tickets, no resumption, no early data. Knows no sockets: bytes come from a span the caller owns and go to one bounded
// buffer, so that a peer who does not read costs nothing but that buffer.
#ifndef CANDOUR_TLS_H
#define CANDOUR_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

enum {
    TLS_RECORD_BYTES = 16384,         // plaintext of one record
    TLS_BUFFER_BYTES = 17 * 1024,     // holds any one record with its overhead
    TLS_CONNECTION_BYTES = 52 * 1024, // what OpenSSL takes for one busy connection, measured; 14 KiB when idle
    TLS_KEY_UPDATES_PER_MINUTE_MAX = 8,
};

struct tls_context; // certificate, key and rules of a door; shared and counted
// NULL, with a sentence: a file is missing, does not parse, or key and certificate do not belong together.
struct tls_context *tls_context_new(const char *certificate, const char *key, const char *alpn, char *ret_sentence,
                                    size_t sentence_size);
void tls_context_free(struct tls_context *context); // connections keep what they use
// When the first certificate of the file ends, in Unix seconds. -1: cannot be read.
MUST_CHECK int tls_certificate_expires(const char *certificate, int64_t *ret_expires);

// SHA-256 of the public key (DER SubjectPublicKeyInfo) of each file in a list separated by blanks: a certificate, of
// which the first in the file counts, or a bare public key, PEM. How many there are, or -1 with a sentence: a file
// cannot be used, or there are more than max.
MUST_CHECK int tls_pins(const char *files, size_t max, uint8_t (*ret_pins)[32], char *ret_sentence,
                        size_t sentence_size);

// One connection, server side.
struct tls;
struct tls *tls_new(struct tls_context *context); // NULL: no memory
void tls_free(struct tls *t);                     // NULL allowed

// What comes from the peer, and where what goes to it is collected (TLS_BUFFER_BYTES). Both stay the caller's and must
// be given before every call of a function below.
struct tls_input {
    const uint8_t *data;
    size_t len; // shrinks as it is used
};
struct tls_output {
    uint8_t *data;
    size_t len; // grows up to TLS_BUFFER_BYTES
};
void tls_attach(struct tls *t, struct tls_input *input, struct tls_output *output);

enum tls_result {
    TLS_NEEDS_INPUT = -1,  // nothing more without bytes from the peer
    TLS_NEEDS_OUTPUT = -2, // the output buffer is full: send it, then call again
    TLS_ENDED = -3,        // the peer said good-bye
    TLS_BROKEN = -4,       // not TLS as it must be; an alert may lie in the output
};
MUST_CHECK int tls_handshake(struct tls *t); // 0: done
// Bytes decrypted (1 or more), or enum tls_result.
MUST_CHECK int tls_read(struct tls *t, void *ret_to, size_t len);
// Bytes taken (1 or more, one record at most), or enum tls_result.
MUST_CHECK int tls_write(struct tls *t, const void *from, size_t len);
// Has the peer sent data that nobody has asked for? The beginning of a record does not count: it may be a good-bye.
bool tls_has_more(struct tls *t);
size_t tls_pending(const struct tls *t); // bytes of the record at hand that can be read at once
bool tls_has_ended(const struct tls *t); // as far as it was read, the peer has said good-bye
void tls_goodbye(struct tls *t);         // close_notify to the output, when that is still possible

#endif
