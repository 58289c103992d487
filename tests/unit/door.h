// For tests of the daemon's doors: a certificate made on the spot, and a client that does as it is told.
#ifndef CANDOUR_TESTS_DOOR_H
#define CANDOUR_TESTS_DOOR_H

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DOOR_ALPN "\016candour-desk/1"

struct door_files {
    char folder[64], certificate[96], key[96];
};

// A self-signed P-256 certificate for "localhost", good for a day, in a new folder below TMPDIR.
static inline void door_files_make(struct door_files *f) {
    const char *tmp = getenv("TMPDIR");
    snprintf(f->folder, sizeof f->folder, "%s/candour-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    if (!mkdtemp(f->folder))
        abort();
    snprintf(f->certificate, sizeof f->certificate, "%s/door.pem", f->folder);
    snprintf(f->key, sizeof f->key, "%s/door.key", f->folder);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(x, name);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_set_pubkey(x, key);
    if (!X509_sign(x, key, EVP_sha256()))
        abort();
    FILE *out = fopen(f->certificate, "w");
    PEM_write_X509(out, x);
    fclose(out);
    out = fopen(f->key, "w");
    PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
    fclose(out);
    X509_free(x);
    EVP_PKEY_free(key);
}

static inline void door_files_remove(struct door_files *f) {
    unlink(f->certificate);
    unlink(f->key);
    rmdir(f->folder);
}

// alpn: with its length byte, or NULL for none.
static inline SSL_CTX *door_client_context(const char *alpn) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    if (alpn && SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)alpn, (unsigned)strlen(alpn)) != 0)
        abort();
    return ctx;
}

static inline void door_be_patient(int fd) { // a test that hangs fails instead
    struct timeval limit = {.tv_sec = 20};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static inline int door_connect(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    door_be_patient(fd);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        abort();
    return fd;
}

struct door_client {
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
};

// On a connected socket. false: the handshake failed.
static inline bool door_client_start(struct door_client *c, int fd, const char *alpn) {
    c->ctx = door_client_context(alpn);
    c->fd = fd;
    c->ssl = SSL_new(c->ctx);
    SSL_set_fd(c->ssl, c->fd);
    return SSL_connect(c->ssl) == 1;
}

static inline bool door_client_open(struct door_client *c, int port, const char *alpn) {
    return door_client_start(c, door_connect(port), alpn);
}

static inline void door_client_close(struct door_client *c) {
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
    close(c->fd);
    ERR_clear_error();
}

static inline bool door_send(struct door_client *c, const void *data, size_t len) {
    size_t n;
    return SSL_write_ex(c->ssl, data, len, &n) == 1 && n == len;
}

// Exactly len bytes; false: the server closed before, or the time is up.
static inline bool door_receive(struct door_client *c, void *ret_data, size_t len) {
    for (size_t pos = 0, n; pos < len; pos += n)
        if (SSL_read_ex(c->ssl, (char *)ret_data + pos, len - pos, &n) != 1)
            return false;
    return true;
}

// True: the server has ended the connection without sending anything more.
static inline bool door_is_closed(struct door_client *c) {
    char byte;
    size_t n;
    errno = 0;
    return SSL_read_ex(c->ssl, &byte, 1, &n) != 1 && errno != EAGAIN;
}

#endif
