// usage: idle ADDRESS COUNT desk|http [SESSION]    (run by idle.sh)
// Opens COUNT connections, uses each once and keeps them: at the desk a Hello with the session (64 hexadecimal digits),
// at an HTTP server one GET. Says "ready"; then for each line of its input it makes WhoAmI requests over one of the
// desk's connections and prints their p50 and p99 in microseconds. Goes when the input ends.
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "candour.pb-c.h"
#include "frame.h"
#include "operations.h"

enum { REQUESTS = 500, REPLY_BYTES = 64 * 1024 };

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "idle: %s\n", what);
    exit(1);
}

// ---------------------------------------------------------------- connections

static int dial(const char *address) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    char host[64];
    const char *colon = strrchr(address, ':');
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (colon == NULL || (size_t)(colon - address) >= sizeof host)
        give_up("an address is HOST:PORT");
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = '\0';
    to.sin_port = htons((uint16_t)atoi(colon + 1));
    if (fd < 0 || inet_pton(AF_INET, host, &to.sin_addr) != 1 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        give_up("cannot connect; are so many files allowed?");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static SSL *shake_hands(SSL_CTX *context, int fd) {
    SSL *ssl = SSL_new(context);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
        give_up("no TLS");
    return ssl;
}

static SSL_CTX *make_context(bool is_desk) {
    static const unsigned char name[] = "\016candour-desk/1";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL || SSL_CTX_load_verify_file(context, getenv("CANDOUR_CA")) != 1 ||
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        (is_desk && SSL_CTX_set_alpn_protos(context, name, sizeof name - 1) != 0))
        give_up("no TLS here");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return context;
}

// ---------------------------------------------------------------- requests

static void read_exactly(SSL *ssl, uint8_t *ret_bytes, size_t len) {
    size_t got;
    for (size_t at = 0; at < len; at += got)
        if (SSL_read_ex(ssl, ret_bytes + at, len - at, &got) != 1)
            give_up("the server hung up");
}

static void ask(SSL *ssl, uint16_t operation, const ProtobufCMessage *message) {
    static uint8_t bytes[REPLY_BYTES];
    size_t done, len = protobuf_c_message_get_packed_size(message);
    frame_write((struct frame){(uint32_t)len, operation}, bytes);
    protobuf_c_message_pack(message, bytes + FRAME_HEADER_BYTES);
    if (SSL_write_ex(ssl, bytes, FRAME_HEADER_BYTES + len, &done) != 1)
        give_up("the server hung up");
    read_exactly(ssl, bytes, FRAME_HEADER_BYTES);
    uint32_t reply;
    memcpy(&reply, bytes, sizeof reply);
    reply = ntohl(reply);
    if (reply > sizeof bytes)
        give_up("a reply too long");
    read_exactly(ssl, bytes, reply);
    // Every desk reply begins with its status: field 1, a number.
    if (reply < 2 || bytes[0] != 0x08 || bytes[1] != CANDOUR__STATUS__OK)
        give_up("the desk refused");
}

static void say_hello(SSL *ssl, uint8_t session[32]) {
    Candour__Hello hello = CANDOUR__HELLO__INIT;
    hello.has_session = true;
    hello.session = (ProtobufCBinaryData){32, session};
    ask(ssl, OPERATION_HELLO, &hello.base);
}

static void get(SSL *ssl) {
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char reply[4096];
    size_t done, len = 0;
    if (SSL_write_ex(ssl, request, sizeof request - 1, &done) != 1)
        give_up("the server hung up");
    do {
        if (len + 1 >= sizeof reply || SSL_read_ex(ssl, reply + len, sizeof reply - 1 - len, &done) != 1)
            give_up("no HTTP reply");
        len += done;
        reply[len] = '\0';
    } while (strstr(reply, "\r\n\r\n") == NULL);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void be_busy(SSL *ssl) {
    static double took_us[REQUESTS];
    Candour__WhoAmI request = CANDOUR__WHO_AM_I__INIT;
    for (size_t i = 0; i < REQUESTS; i++) {
        struct timespec from, to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        ask(ssl, OPERATION_WHO_AM_I, &request.base);
        clock_gettime(CLOCK_MONOTONIC, &to);
        took_us[i] = 1e6 * (double)(to.tv_sec - from.tv_sec) + 1e-3 * (double)(to.tv_nsec - from.tv_nsec);
    }
    qsort(took_us, REQUESTS, sizeof took_us[0], by_size);
    printf("%.1f %.1f\n", took_us[REQUESTS / 2], took_us[REQUESTS * 99 / 100]);
}

int main(int argc, char **argv) {
    uint8_t session[32] = {0};
    if (argc < 4)
        give_up("usage: idle ADDRESS COUNT desk|http [SESSION]");
    bool is_desk = strcmp(argv[3], "desk") == 0;
    for (size_t i = 0; is_desk && i < sizeof session; i++)
        if (argc != 5 || sscanf(argv[4] + 2 * i, "%2" SCNx8, &session[i]) != 1)
            give_up("which session?");
    SSL_CTX *context = make_context(is_desk);
    SSL *last = NULL;
    for (long i = atol(argv[2]); i > 0; i--) {
        last = shake_hands(context, dial(argv[1]));
        if (is_desk)
            say_hello(last, session);
        else
            get(last);
    }
    puts("ready");
    fflush(stdout);
    for (int c; (c = getchar()) != EOF;)
        if (c == '\n' && is_desk) {
            be_busy(last);
            fflush(stdout);
        }
    return 0;
}
