#include "tls.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto.h"

struct tls_context {
    SSL_CTX *ctx;
    unsigned users;
    char alpn[32]; // length byte and name, as on the wire
};

struct tls {
    SSL *ssl;
    struct tls_context *context;
    struct tls_input *input;
    struct tls_output *output;
    bool is_broken; // nothing may be asked of ssl any more
    bool is_ready;  // the handshake is done
    unsigned key_updates;
    time_t key_updates_since;
};

// ---- BIO over the caller's buffers

static int bio_read(BIO *bio, char *to, size_t len, size_t *ret_len) {
    struct tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (t->is_broken)
        return 0; // too many key updates: the rest of the input is not looked at
    if (t->input->len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    size_t n = len < t->input->len ? len : t->input->len;
    memcpy(to, t->input->data, n);
    t->input->data += n;
    t->input->len -= n;
    *ret_len = n;
    return 1;
}

static int bio_write(BIO *bio, const char *from, size_t len, size_t *ret_len) {
    struct tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    size_t room = TLS_BUFFER_BYTES - t->output->len;
    if (room == 0) {
        BIO_set_retry_write(bio);
        return 0;
    }
    size_t n = len < room ? len : room;
    memcpy(t->output->data + t->output->len, from, n);
    t->output->len += n;
    *ret_len = n;
    return 1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static const BIO_METHOD *bio_method(void) {
    static BIO_METHOD *method; // of the process
    if (!method) {
        method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "candour");
        if (method && (!BIO_meth_set_read_ex(method, bio_read) || !BIO_meth_set_write_ex(method, bio_write) ||
                       !BIO_meth_set_ctrl(method, bio_ctrl))) {
            BIO_meth_free(method);
            method = NULL;
        }
    }
    return method;
}

// ---- rules

// Without this a client that offers no ALPN at all would pass, because the selection is then never asked.
static int on_hello(SSL *ssl, int *ret_alert, void *context) {
    (void)context;
    const unsigned char *offered;
    size_t len;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &offered, &len))
        return SSL_CLIENT_HELLO_SUCCESS;
    *ret_alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    return SSL_CLIENT_HELLO_ERROR;
}

static int on_alpn(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len, const unsigned char *offered,
                   unsigned offered_len, void *context) {
    (void)ssl;
    struct tls_context *c = context;
    unsigned char len = (unsigned char)c->alpn[0];
    for (unsigned i = 0; i < offered_len; i += 1u + offered[i]) { // OpenSSL has checked the lengths
        if (offered[i] == len && memcmp(offered + i + 1, c->alpn + 1, len) == 0) {
            *ret_name = offered + i + 1;
            *ret_len = len;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Each key update costs a peer 27 bytes and us a key derivation; a stream of them would keep one SSL_read busy for
// seconds. Breaking here makes the BIO give nothing more, which ends that SSL_read.
static void on_message(int is_ours, int version, int type, const void *message, size_t len, SSL *ssl, void *context) {
    (void)version;
    (void)context;
    if (is_ours || type != SSL3_RT_HANDSHAKE || len == 0 || *(const uint8_t *)message != SSL3_MT_KEY_UPDATE)
        return;
    struct tls *t = SSL_get_app_data(ssl);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (t->key_updates == 0 || now.tv_sec - t->key_updates_since >= 60) {
        t->key_updates = 0;
        t->key_updates_since = now.tv_sec;
    }
    if (++t->key_updates > TLS_KEY_UPDATES_PER_MINUTE_MAX)
        t->is_broken = true;
}

static int no_passphrase(char *to, int size, int is_writing, void *context) {
    (void)to;
    (void)size;
    (void)is_writing;
    (void)context;
    return 0;
}

static bool set_rules(SSL_CTX *ctx, struct tls_context *c) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // The certificate's file has its chain: looking for one would cost each handshake a verification.
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    SSL_CTX_set_client_hello_cb(ctx, on_hello, NULL);
    SSL_CTX_set_alpn_select_cb(ctx, on_alpn, c);
    SSL_CTX_set_msg_callback(ctx, on_message);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) && SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) &&
           SSL_CTX_set_num_tickets(ctx, 0) && SSL_CTX_set_max_early_data(ctx, 0) &&
           SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384");
}

static const char *reason(void) { // the first error is the nearest to the cause
    unsigned long error = ERR_peek_error();
    const char *text = ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error)) : ERR_reason_error_string(error);
    return text ? text : "unknown error";
}

static bool load(SSL_CTX *ctx, const char *certificate, const char *key, char *ret_sentence, size_t sentence_size) {
    if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
        snprintf(ret_sentence, sentence_size, "The certificate %s cannot be used: %s.", certificate, reason());
    else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
        snprintf(ret_sentence, sentence_size, "The key %s cannot be used with the certificate %s: %s.", key,
                 certificate, reason());
    else if (SSL_CTX_check_private_key(ctx) != 1)
        snprintf(ret_sentence, sentence_size, "The key %s does not belong to the certificate %s.", key, certificate);
    else
        return true;
    return false;
}

struct tls_context *tls_context_new(const char *certificate, const char *key, const char *alpn, char *ret_sentence,
                                    size_t sentence_size) {
    ERR_clear_error();
    struct tls_context *c = calloc(1, sizeof *c);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    size_t len = strlen(alpn);
    assert(len > 0 && len < sizeof c->alpn);
    if (!c || !ctx || !set_rules(ctx, c)) {
        snprintf(ret_sentence, sentence_size, "TLS cannot start: %s.", reason());
        goto out;
    }
    if (!load(ctx, certificate, key, ret_sentence, sentence_size))
        goto out;
    c->alpn[0] = (char)len;
    memcpy(c->alpn + 1, alpn, len);
    c->ctx = ctx;
    c->users = 1;
    return c;
out:
    ERR_clear_error();
    SSL_CTX_free(ctx);
    free(c);
    return NULL;
}

void tls_context_free(struct tls_context *context) {
    if (!context || --context->users > 0)
        return;
    SSL_CTX_free(context->ctx);
    free(context);
}

int tls_certificate_expires(const char *certificate, int64_t *ret_expires) {
    FILE *file = fopen(certificate, "re");
    X509 *x = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    struct tm end;
    int rc = x && ASN1_TIME_to_tm(X509_get0_notAfter(x), &end) == 1 ? 0 : -1;
    if (rc == 0)
        *ret_expires = timegm(&end);
    X509_free(x);
    if (file)
        fclose(file);
    ERR_clear_error();
    return rc;
}

// The public key of a file, DER, to be freed with OPENSSL_free. -1: there is none.
static int read_public_key(const char *path, uint8_t **ret_der) {
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    X509 *x = PEM_read_X509(file, NULL, NULL, NULL);
    rewind(file);
    EVP_PKEY *key = x ? NULL : PEM_read_PUBKEY(file, NULL, NULL, NULL);
    *ret_der = NULL;
    int len = x ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), ret_der) : key ? i2d_PUBKEY(key, ret_der) : -1;
    EVP_PKEY_free(key);
    X509_free(x);
    fclose(file);
    ERR_clear_error();
    return len;
}

int tls_pins(const char *files, size_t max, uint8_t (*ret_pins)[32], char *ret_sentence, size_t sentence_size) {
    char path[1024];
    size_t count = 0;
    for (const char *at = files + strspn(files, " "); *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        snprintf(path, sizeof path, "%.*s", (int)len, at);
        at += len;
        uint8_t *der;
        int der_len = read_public_key(path, &der);
        if (der_len <= 0 || count == max) {
            snprintf(ret_sentence, sentence_size,
                     der_len <= 0 ? "%s holds neither a certificate nor a public key (PEM)."
                                  : "%s is one public key too many. Name fewer.",
                     path);
            if (der_len > 0)
                OPENSSL_free(der);
            return -1;
        }
        crypto_sha256(&(struct crypto_span){der, (size_t)der_len}, 1, ret_pins[count++]);
        OPENSSL_free(der);
    }
    return (int)count;
}

// ---- connection

struct tls *tls_new(struct tls_context *context) {
    ERR_clear_error();
    struct tls *t = calloc(1, sizeof *t);
    SSL *ssl = SSL_new(context->ctx);
    BIO *bio = bio_method() ? BIO_new(bio_method()) : NULL;
    if (!t || !ssl || !bio) {
        BIO_free(bio);
        SSL_free(ssl);
        free(t);
        return NULL;
    }
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio); // the SSL owns it now
    SSL_set_app_data(ssl, t);
    SSL_set_accept_state(ssl);
    t->ssl = ssl;
    t->context = context;
    context->users++;
    return t;
}

void tls_free(struct tls *t) {
    if (!t)
        return;
    SSL_free(t->ssl);
    tls_context_free(t->context);
    free(t);
}

void tls_attach(struct tls *t, struct tls_input *input, struct tls_output *output) {
    t->input = input;
    t->output = output;
}

// rc: of the call just made, 1 when it did something.
static int result(struct tls *t, int rc) {
    int error = rc == 1 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, rc);
    if (!t->is_broken) {
        switch (error) {
        case SSL_ERROR_NONE:
            return 0;
        case SSL_ERROR_WANT_READ:
            return TLS_NEEDS_INPUT;
        case SSL_ERROR_WANT_WRITE:
            return TLS_NEEDS_OUTPUT;
        case SSL_ERROR_ZERO_RETURN:
            return TLS_ENDED;
        default:
            t->is_broken = true;
        }
    }
    ERR_clear_error();
    return TLS_BROKEN;
}

int tls_handshake(struct tls *t) {
    if (t->is_broken)
        return TLS_BROKEN;
    ERR_clear_error(); // a stale error would turn "needs input" into "broken"
    int rc = result(t, SSL_do_handshake(t->ssl));
    if (rc == 0) {
        t->is_ready = true;
        SSL_set_options(t->ssl, SSL_OP_CLEANSE_PLAINTEXT); // each time a whole buffer, and a handshake has no secrets
        SSL_set_mode(t->ssl, SSL_MODE_RELEASE_BUFFERS);    // when it is idle
    }
    return rc;
}

int tls_read(struct tls *t, void *ret_to, size_t len) {
    if (t->is_broken)
        return TLS_BROKEN;
    ERR_clear_error();
    size_t n = 0;
    int rc = result(t, SSL_read_ex(t->ssl, ret_to, len < INT32_MAX ? len : INT32_MAX, &n));
    return rc == 0 ? (int)n : rc;
}

int tls_write(struct tls *t, const void *from, size_t len) {
    if (t->is_broken)
        return TLS_BROKEN;
    ERR_clear_error();
    size_t n = 0;
    int rc = result(t, SSL_write_ex(t->ssl, from, len < TLS_RECORD_BYTES ? len : TLS_RECORD_BYTES, &n));
    return rc == 0 ? (int)n : rc;
}

bool tls_has_more(struct tls *t) {
    if (t->is_broken)
        return false;
    ERR_clear_error();
    uint8_t byte;
    size_t n = 0;
    return result(t, SSL_peek_ex(t->ssl, &byte, 1, &n)) == 0;
}

size_t tls_pending(const struct tls *t) {
    return (size_t)SSL_pending(t->ssl);
}

bool tls_has_ended(const struct tls *t) {
    return !t->is_broken && (SSL_get_shutdown(t->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

void tls_goodbye(struct tls *t) {
    if (t->is_broken || !t->is_ready)
        return;
    ERR_clear_error();
    int rc = SSL_shutdown(t->ssl); // 0: said, and not yet answered
    if (rc < 0)
        ERR_clear_error();
}
