// The TLS side of the server in client_server.h: what a test says of it, its certificate, and the choice of protocol.
#ifndef CANDOUR_TESTS_CLIENT_TLS_H
#define CANDOUR_TESTS_CLIENT_TLS_H

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "crypto.h"

enum { SERVER_BODY_MAX = 5 * 1024 * 1024, SERVER_REPLY_MAX = 256 * 1024 };

// Seen by both processes.
struct server_seen {
    unsigned connections, requests, hellos;
    unsigned endings;             // requests behind which the client's good-bye came, where it is looked for
    unsigned script;              // for the handler's own use
    uint8_t last[32], before[32]; // SHA-256 of the last two request bodies
};
struct server_request {
    struct server_seen *seen;
    uint16_t operation;
    const uint8_t *body;
    size_t len;
    uint8_t *reply; // SERVER_REPLY_MAX
    size_t reply_len;
    uint16_t reply_operation;
};
// 0: send the reply; -1: hang up without one.
typedef int (*server_answer)(void *context, struct server_request *request);

struct server {
    const char *alpn;
    int version;   // TLS1_3_VERSION unless said otherwise
    bool is_early; // answers a header, without reading the body, and hangs up
    bool looks_on; // for the client's good-bye, before it answers
    server_answer answer;
    void *context;
    // Filled by server_start:
    pid_t pid;
    int port;
    char address[32], ca_file[128];
    uint8_t pin[32];
    struct server_seen *seen;
    int listener;
    SSL_CTX *tls;
};

static inline int server_pick_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
                                   unsigned inlen, void *context) {
    (void)ssl;
    const char *wanted = context;
    for (unsigned at = 0; at < inlen; at += 1u + in[at])
        if (in[at] == strlen(wanted) && memcmp(in + at + 1, wanted, in[at]) == 0) {
            *out = in + at + 1;
            *outlen = in[at];
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_NOACK;
}

// A certificate for 127.0.0.1, signed by itself.
static inline void server_certificate(SSL_CTX *context, struct server *server, const char *directory) {
    static unsigned serial;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), (long)++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    char name[32];
    snprintf(name, sizeof name, "test %u", serial); // OpenSSL finds authorities by name
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                               -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    crypto_sha256(&(struct crypto_span){der, (size_t)len}, 1, server->pin);
    OPENSSL_free(der);
    int used = snprintf(server->ca_file, sizeof server->ca_file, "%s/ca-%u.pem", directory, serial);
    assert_in_range(used, 1, sizeof server->ca_file - 1);
    FILE *file = fopen(server->ca_file, "w");
    assert_non_null(file);
    PEM_write_X509(file, certificate);
    fclose(file);
    assert_int_equal(SSL_CTX_use_certificate(context, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

#endif
