// Instead of daemon/core/tls.c in the target `gate`: records without secrets, so that an input can be any traffic.
// A record is a type, two bytes of length, and its content. Handshake: records of type 1 until one is empty, each
// answered with a byte.
#include <stdlib.h>
#include <string.h>

#include "daemon/core/tls.h"

enum { HELLO = 1, DATA = 2, GOODBYE = 3, HEADER_BYTES = 3 };

struct tls {
    struct tls_input *input;
    struct tls_output *output;
    uint8_t header[HEADER_BYTES];
    size_t header_len, left; // of the record that has begun
};

struct tls_context *tls_context_new(const char *certificate, const char *key, const char *alpn, char *ret_sentence,
                                    size_t sentence_size) {
    (void)certificate, (void)key, (void)alpn, (void)ret_sentence, (void)sentence_size;
    static char context;
    return (struct tls_context *)&context;
}
void tls_context_free(struct tls_context *context) {
    (void)context;
}
struct tls *tls_new(struct tls_context *context) {
    (void)context;
    return calloc(1, sizeof(struct tls));
}
void tls_free(struct tls *t) {
    free(t);
}
void tls_attach(struct tls *t, struct tls_input *input, struct tls_output *output) {
    t->input = input;
    t->output = output;
}

// 0: the next record has begun and is of that type.
static int begin(struct tls *t, uint8_t type) {
    while (t->header_len < HEADER_BYTES) {
        if (t->input->len == 0)
            return TLS_NEEDS_INPUT;
        t->header[t->header_len++] = *t->input->data++;
        t->input->len--;
        if (t->header_len == HEADER_BYTES)
            t->left = (size_t)(t->header[1] << 8 | t->header[2]);
    }
    return t->header[0] == type ? 0 : t->header[0] == GOODBYE ? TLS_ENDED : TLS_BROKEN;
}

static void say(struct tls *t, uint8_t type) {
    if (t->output->len < TLS_BUFFER_BYTES)
        t->output->data[t->output->len++] = type;
}

int tls_handshake(struct tls *t) {
    for (;;) {
        int rc = begin(t, HELLO);
        if (rc != 0)
            return rc;
        size_t n = t->left < t->input->len ? t->left : t->input->len;
        bool is_last = t->header[1] == 0 && t->header[2] == 0;
        t->input->data += n;
        t->input->len -= n;
        t->left -= n;
        if (t->left > 0)
            return TLS_NEEDS_INPUT;
        t->header_len = 0;
        say(t, HELLO);
        if (is_last)
            return 0;
    }
}

int tls_read(struct tls *t, void *ret_to, size_t len) {
    for (;;) {
        int rc = begin(t, DATA);
        if (rc != 0)
            return rc;
        if (t->left > 0)
            break;
        t->header_len = 0;
    }
    size_t n = t->left < len ? t->left : len;
    n = t->input->len < n ? t->input->len : n;
    if (n == 0)
        return TLS_NEEDS_INPUT;
    memcpy(ret_to, t->input->data, n);
    t->input->data += n;
    t->input->len -= n;
    t->left -= n;
    if (t->left == 0)
        t->header_len = 0;
    return (int)n;
}

int tls_write(struct tls *t, const void *from, size_t len) {
    size_t room = TLS_BUFFER_BYTES - t->output->len, n = len < TLS_RECORD_BYTES ? len : TLS_RECORD_BYTES;
    n = n < room ? n : room;
    if (n == 0)
        return TLS_NEEDS_OUTPUT;
    memcpy(t->output->data + t->output->len, from, n);
    t->output->len += n;
    return (int)n;
}

bool tls_has_more(struct tls *t) {
    return begin(t, DATA) == 0 && t->left > 0;
}

// Bytes of later records count as well: so the corpus, whose records are short, comes to wait for slots.
size_t tls_pending(const struct tls *t) {
    return t->left + t->input->len;
}

bool tls_has_ended(const struct tls *t) {
    return t->header_len == HEADER_BYTES && t->header[0] == GOODBYE;
}

void tls_goodbye(struct tls *t) {
    say(t, GOODBYE);
}
