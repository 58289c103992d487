#include "http.h"

#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ballots.h"
#include "client/dial.h"
#include "client/link.h"
#include "crypto.h"

struct client {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    char host[LINK_ADDRESS_BYTES];
};

static int connect_to(struct client *c, const char *address) {
    char port[6];
    struct problem problem;
    if (link_split(address, c->host, port) != 0 || dial_open(c->host, port, false, &c->fd, &problem) != 0)
        return -1;
    c->context = SSL_CTX_new(TLS_client_method());
    if (c->context == NULL || SSL_CTX_set_min_proto_version(c->context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_load_verify_file(c->context, getenv("CANDOUR_CA")) != 1)
        return -1;
    SSL_CTX_set_verify(c->context, SSL_VERIFY_PEER, NULL);
    c->ssl = SSL_new(c->context);
    return c->ssl != NULL && SSL_set_fd(c->ssl, c->fd) == 1 && SSL_connect(c->ssl) == 1 ? 0 : -1;
}

void *http_enter(void *address) {
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL || connect_to(c, address) == 0)
        return c;
    fprintf(stderr, "load: there is no secure connection to %s\n", (const char *)address);
    http_leave(c);
    return NULL;
}

void http_leave(void *client) {
    struct client *c = client;
    if (c->ssl != NULL)
        SSL_shutdown(c->ssl);
    SSL_free(c->ssl);
    SSL_CTX_free(c->context);
    close(c->fd);
    free(c);
}

static void put_hex(char *ret_text, size_t len) {
    uint8_t bytes[160];
    crypto_random(bytes, len);
    for (size_t i = 0; i < len; i++)
        snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
}

// The whole answer: head, and as many bytes as it says.
static int read_answer(SSL *ssl) {
    char text[4096];
    size_t have = 0, got;
    for (const char *body = NULL; have < sizeof text - 1;) {
        if (SSL_read_ex(ssl, text + have, sizeof text - 1 - have, &got) != 1)
            return -1;
        have += got;
        text[have] = '\0';
        if ((body = strstr(text, "\r\n\r\n")) == NULL)
            continue;
        const char *length = strcasestr(text, "\r\ncontent-length:");
        size_t whole = (size_t)(body + 4 - text) + (length != NULL ? strtoul(length + 17, NULL, 10) : 0);
        if (have >= whole)
            return strncmp(text, "HTTP/1.1 20", 11) == 0 ? 0 : -1;
    }
    return -1;
}

int http_post(void *client, size_t number) {
    struct client *c = client;
    char round[33], vk[65], subject[33], ratings[2 * BALLOTS_ITEMS + 1], comments[281], leaf[65], body[1024], head[256];
    (void)number;
    put_hex(round, 16);
    put_hex(vk, 32);
    put_hex(subject, 16);
    put_hex(ratings, BALLOTS_ITEMS);
    put_hex(comments, 140);
    put_hex(leaf, 32);
    int body_len =
        snprintf(body, sizeof body,
                 "{\"round\":\"%s\",\"vk\":\"%s\",\"subject\":\"%s\",\"grp\":2,\"sequence\":1,\"ratings\":\"%s\","
                 "\"comments\":\"%s\",\"leaf\":\"%s\"}",
                 round, vk, subject, ratings, comments, leaf);
    int head_len = snprintf(head, sizeof head,
                            "POST /ballot HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: "
                            "%d\r\n\r\n",
                            c->host, body_len);
    char all[sizeof head + sizeof body];
    size_t done;
    memcpy(all, head, (size_t)head_len);
    memcpy(all + head_len, body, (size_t)body_len);
    if (SSL_write_ex(c->ssl, all, (size_t)(head_len + body_len), &done) != 1)
        return -1;
    return read_answer(c->ssl);
}
