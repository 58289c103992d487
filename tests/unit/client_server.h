// A server of our own for the client's tests: a child process that speaks TLS and frames, and answers as the test says.
#ifndef CANDOUR_TESTS_CLIENT_SERVER_H
#define CANDOUR_TESTS_CLIENT_SERVER_H

#include <arpa/inet.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "candour.pb-c.h"
#include "client_tls.h"
#include "frame.h"

static inline int server_read(SSL *ssl, uint8_t *bytes, size_t len) {
    while (len > 0) {
        int got = SSL_read(ssl, bytes, len > 65536 ? 65536 : (int)len);
        if (got <= 0)
            return -1;
        bytes += got;
        len -= (size_t)got;
    }
    return 0;
}

// One request of a connection; -1: the connection ends.
static inline int server_serve(const struct server *server, SSL *ssl, uint8_t *body, uint8_t *reply) {
    uint8_t header[FRAME_HEADER_BYTES];
    struct frame frame;
    if (server_read(ssl, header, sizeof header) != 0 || frame_read(header, &frame) != 0)
        return -1;
    if (!server->is_early && (frame.length > SERVER_BODY_MAX || server_read(ssl, body, frame.length) != 0))
        return -1;
    struct server_seen *seen = server->seen;
    seen->requests++;
    if (server->looks_on)
        seen->endings += SSL_peek(ssl, reply, 1) <= 0 && (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
    memcpy(seen->before, seen->last, 32);
    crypto_sha256(&(struct crypto_span){body, server->is_early ? 0 : frame.length}, 1, seen->last);
    struct server_request request = {.seen = seen,
                                     .operation = frame.operation,
                                     .body = body,
                                     .len = frame.length,
                                     .reply = reply + FRAME_HEADER_BYTES,
                                     .reply_operation = frame.operation | FRAME_REPLY};
    if (server->answer(server->context, &request) != 0)
        return -1;
    frame_write((struct frame){(uint32_t)request.reply_len, request.reply_operation}, reply);
    SSL_write(ssl, reply, (int)(FRAME_HEADER_BYTES + request.reply_len));
    return server->is_early ? -1 : 0;
}

static inline void server_loop(const struct server *server, SSL_CTX *context, int listener) {
    uint8_t *body = malloc(SERVER_BODY_MAX), *reply = malloc(SERVER_REPLY_MAX);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        SSL *ssl = SSL_new(context);
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) == 1) {
            server->seen->connections++;
            while (server_serve(server, ssl, body, reply) == 0)
                ;
            SSL_shutdown(ssl);
        }
        SSL_free(ssl);
        close(fd);
    }
}

// Address, certificate and counters are there after this; the child only after server_run.
static inline void server_bind(struct server *server, const char *directory) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    int version = server->version != 0 ? server->version : TLS1_3_VERSION;
    SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_alpn_select_cb(context, server_pick_alpn, (void *)(uintptr_t)server->alpn);
    server_certificate(context, server, directory);
    server->seen = mmap(NULL, sizeof *server->seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(server->seen != MAP_FAILED);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int few = 4096; // bytes in flight, so that a writer that is not read notices
    if (server->is_early)
        setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    server->port = ntohs(at.sin_port);
    snprintf(server->address, sizeof server->address, "127.0.0.1:%d", server->port);
    server->listener = listener;
    server->tls = context;
}

static inline void server_run(struct server *server) {
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that fails leaves nothing running
        server_loop(server, server->tls, server->listener);
        _exit(0);
    }
    close(server->listener);
    SSL_CTX_free(server->tls);
}

static inline void server_start(struct server *server, const char *directory) {
    server_bind(server, directory);
    server_run(server);
}

static inline void server_stop(struct server *server) {
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    munmap(server->seen, sizeof *server->seen);
}

// Packs a message as the reply.
static inline int server_reply(struct server_request *request, const ProtobufCMessage *message) {
    request->reply_len = protobuf_c_message_pack(message, request->reply);
    return 0;
}

#endif
