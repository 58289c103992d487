#include "link.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/language.h"
#include "crypto.h"
#include "dial.h"
#include "frame.h"
#include "link_socket.h"
#include "output.h"
#include "socks.h"

enum { BACKOFF_FIRST_MS = 200, BACKOFF_MAX_MS = 30 * 1000 };

struct link {
    struct link_target target;
    size_t current; // address that is used, or tried first
    SSL_CTX *context;
    SSL *ssl; // NULL: not connected
    int fd;
    unsigned patience_s;
    bool has_hello, has_session, is_single;
    uint8_t session[LINK_SESSION_BYTES];
    link_progress progress; // NULL: nobody watches
    void *progress_context;
};

int link_split(const char *address, char ret_host[LINK_ADDRESS_BYTES], char ret_port[6]) {
    const char *colon = strrchr(address, ':');
    if (colon == NULL)
        return -1;
    const char *host = address;
    size_t host_len = (size_t)(colon - address), port_len = strlen(colon + 1);
    if (host_len >= 2 && host[0] == '[' && host[host_len - 1] == ']') {
        host++;
        host_len -= 2;
    } else if (memchr(host, ':', host_len) != NULL) {
        return -1;
    }
    long port = strtol(colon + 1, NULL, 10);
    if (host_len == 0 || host_len >= LINK_ADDRESS_BYTES || port_len == 0 || port_len > 5 ||
        strspn(colon + 1, "0123456789") != port_len || port < 1 || port > 65535)
        return -1;
    memcpy(ret_host, host, host_len);
    ret_host[host_len] = '\0';
    memcpy(ret_port, colon + 1, port_len + 1);
    return 0;
}

// ---------------------------------------------------------------- connecting

static const unsigned char *alpn(enum door door, unsigned *ret_len) {
    static const unsigned char desk[] = "\016candour-desk/1", ballot[] = "\020candour-ballot/1";
    *ret_len = door == DOOR_DESK ? sizeof desk - 1 : sizeof ballot - 1;
    return door == DOOR_DESK ? desk : ballot;
}

static int make_context(struct link *link, struct problem *ret_problem) {
    // A local openssl.cnf must not make one client's offer differ from another's.
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL)
        return problem_set(ret_problem, EXIT_FAILED, "TLS cannot be started on this computer.");
    link->context = context;
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1); // nothing stays unread, which would reset the connection in the end
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    unsigned len;
    const unsigned char *name = alpn(link->target.door, &len);
    if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context,
                                 "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1 ||
        SSL_CTX_set_alpn_protos(context, name, len) != 0)
        return problem_set(ret_problem, EXIT_FAILED, "TLS 1.3 is not available on this computer.");
    const char *file = link->target.ca_file;
    if (file[0] == '\0' ? SSL_CTX_set_default_verify_paths(context) != 1 : SSL_CTX_load_verify_file(context, file) != 1)
        return problem_set(ret_problem, EXIT_USAGE,
                           "The file of certificate authorities %s cannot be read. It must hold PEM certificates.",
                           file);
    return 0;
}

static int check_pin(const struct link *link, struct problem *ret_problem) {
    if (link->target.pin_count == 0)
        return 0;
    unsigned char *der = NULL;
    X509 *certificate = SSL_get0_peer_certificate(link->ssl);
    int len = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der) : -1;
    uint8_t hash[32];
    bool is_pinned = false;
    if (len > 0) {
        crypto_sha256(&(struct crypto_span){der, (size_t)len}, 1, hash);
        for (size_t i = 0; i < link->target.pin_count; i++)
            is_pinned |= memcmp(hash, link->target.pins[i], sizeof hash) == 0;
    }
    OPENSSL_free(der);
    if (is_pinned)
        return 0;
    return problem_set(
        ret_problem, EXIT_FAILED,
        _("STOP: the ballot box at %s shows another key than the rules of the round name. Nothing was sent. "
          "Try again in ten minutes. If it is still so, tell someone you trust outside the team that runs "
          "the server."),
        link->target.addresses[link->current]);
}

static int shake_hands(struct link *link, const char *host, struct problem *ret_problem) {
    const char *address = link->target.addresses[link->current];
    SSL *ssl = link->ssl;
    uint8_t numeric[sizeof(struct in6_addr)];
    bool is_numeric = strchr(host, ':') != NULL || inet_pton(AF_INET, host, numeric) == 1;
    int named = is_numeric ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host)
                           : SSL_set1_host(ssl, host) && SSL_set_tlsext_host_name(ssl, host);
    if (named != 1)
        return problem_set(ret_problem, EXIT_USAGE, "%s is not a usable address.", address);
    BIO *socket = link_socket_new(link->fd);
    if (socket == NULL)
        return problem_no_memory(ret_problem);
    SSL_set_bio(ssl, socket, socket);
    ERR_clear_error();
    if (SSL_connect(ssl) != 1) {
        long verified = SSL_get_verify_result(ssl);
        if (verified != X509_V_OK)
            return problem_set(
                ret_problem, EXIT_FAILED,
                "The certificate of %s is not accepted (%s). If your organisation has its own authority, "
                "name its file with --ca FILE; if not, do not go on and tell your IT team.",
                address, X509_verify_cert_error_string(verified));
        return problem_set(ret_problem, EXIT_UNREACHABLE,
                           "There is no secure connection to %s: what answers there is not this door of a Candour "
                           "server, or it is overloaded. Check host and port.",
                           address);
    }
    unsigned len, chosen_len;
    const unsigned char *chosen, *name = alpn(link->target.door, &len);
    SSL_get0_alpn_selected(ssl, &chosen, &chosen_len);
    if (chosen_len != len - 1 || memcmp(chosen, name + 1, chosen_len) != 0)
        return problem_set(ret_problem, EXIT_UNREACHABLE,
                           "What answers at %s is not this door of a Candour server. Check host and port.", address);
    return check_pin(link, ret_problem);
}

// One way: a polite good-bye, whose answer nobody waits for.
static int say_goodbye(struct link *link) {
    ERR_clear_error();
    if ((SSL_get_shutdown(link->ssl) & SSL_SENT_SHUTDOWN) == 0)
        SSL_shutdown(link->ssl);
    BIO *socket = SSL_get_wbio(link->ssl);
    return socket == NULL ? 0 : link_socket_push(socket);
}

static void hang_up(struct link *link) {
    if (link->ssl != NULL) {
        int rc = say_goodbye(link);
        (void)rc;
        SSL_free(link->ssl);
        link->ssl = NULL;
    }
    if (link->fd >= 0)
        close(link->fd);
    link->fd = -1;
}

// A proxy sees each connection under another user, and is never gone around.
static int reach(struct link *link, const char *host, const char *port, struct problem *ret_problem) {
    char proxy_host[LINK_ADDRESS_BYTES], proxy_port[6];
    struct socks_user user;
    if (link->target.socks[0] == '\0')
        return dial_open(host, port, false, &link->fd, ret_problem);
    if (link_split(link->target.socks, proxy_host, proxy_port) != 0)
        return problem_set(ret_problem, EXIT_USAGE, "%s is not the address of a SOCKS proxy. Write HOST:PORT.",
                           link->target.socks);
    if (dial_open(proxy_host, proxy_port, true, &link->fd, ret_problem) != 0)
        return -1;
    socks_user_make(&user);
    return socks_connect(link->fd, &user, host, port, ret_problem);
}

// Goes through the addresses once, from the current one on.
static int connect_link(struct link *link, struct problem *ret_problem) {
    for (size_t tried = 0; tried < link->target.address_count; tried++) {
        const char *address = link->target.addresses[link->current];
        char host[LINK_ADDRESS_BYTES], port[6];
        if (link_split(address, host, port) != 0)
            return problem_set(ret_problem, EXIT_USAGE, "%s is not an address. Write HOST:PORT.", address);
        if (reach(link, host, port, ret_problem) == 0) {
            link->ssl = SSL_new(link->context);
            if (link->ssl == NULL)
                return problem_no_memory(ret_problem);
            if (shake_hands(link, host, ret_problem) == 0)
                return 0;
        }
        hang_up(link);
        link->current = (link->current + 1) % link->target.address_count;
    }
    return -1;
}

int link_open(const struct link_target *target, struct link **ret_link, struct problem *ret_problem) {
    signal(SIGPIPE, SIG_IGN); // a server that hangs up is a problem to tell, not the end of the process
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL || crypto_start() != 0) {
        free(link);
        return problem_no_memory(ret_problem);
    }
    link->target = *target;
    link->fd = -1;
    link->patience_s = LINK_PATIENCE_S;
    if (make_context(link, ret_problem) != 0 || connect_link(link, ret_problem) != 0) {
        link_close(link);
        return -1;
    }
    *ret_link = link;
    return 0;
}

void link_close(struct link *link) {
    if (link == NULL)
        return;
    hang_up(link);
    SSL_CTX_free(link->context);
    crypto_wipe(link, sizeof *link);
    free(link);
}

void link_set_single(struct link *link) {
    link->is_single = true;
}

void link_set_progress(struct link *link, link_progress progress, void *context) {
    link->progress = progress;
    link->progress_context = context;
}

void link_set_patience(struct link *link, unsigned seconds) {
    link->patience_s = seconds;
}

void link_set_session(struct link *link, const uint8_t session[LINK_SESSION_BYTES]) {
    memcpy(link->session, session, sizeof link->session);
    link->has_session = link->has_hello = true;
}

// ---------------------------------------------------------------- one request, one reply

static int send_all(SSL *ssl, const uint8_t *bytes, size_t len) {
    ERR_clear_error();
    size_t done;
    return SSL_write_ex(ssl, bytes, len, &done) == 1 && done == len ? 0 : -1;
}

// In pieces of one record each, as TLS would cut it in any case.
static int write_frame(struct link *link, const uint8_t *frame, size_t len) {
    enum { RECORD_BYTES = 16384 };
    if (link->progress == NULL || len <= RECORD_BYTES)
        return send_all(link->ssl, frame, len);
    for (size_t sent = 0; sent < len;) {
        size_t part = len - sent < RECORD_BYTES ? len - sent : RECORD_BYTES;
        if (send_all(link->ssl, frame + sent, part) != 0)
            return -1;
        sent += part;
        link->progress(link->progress_context, sent, len);
    }
    return 0;
}

static int send_frame(struct link *link, const uint8_t *frame, size_t len) {
    if (write_frame(link, frame, len) != 0)
        return -1;
    return link->is_single ? say_goodbye(link) : link_socket_push(SSL_get_wbio(link->ssl));
}

static int read_all(SSL *ssl, uint8_t *ret_bytes, size_t len) {
    while (len > 0) {
        ERR_clear_error();
        size_t got;
        if (SSL_read_ex(ssl, ret_bytes, len, &got) != 1)
            return -1;
        ret_bytes += got;
        len -= got;
    }
    return 0;
}

static int lost(const struct link *link, struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_UNREACHABLE,
                       "The connection to %s broke before the answer came. Try again: nothing is done twice.",
                       link->target.addresses[link->current]);
}

static int not_understood(const struct link *link, struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_FAILED,
                       "The server at %s sent something that this client does not understand. Use a client of the "
                       "same version as the server.",
                       link->target.addresses[link->current]);
}

// The body of the reply to row's request, malloc'ed.
static int read_reply(struct link *link, const struct operation_row *row, uint8_t **ret_body, size_t *ret_len,
                      struct problem *ret_problem) {
    uint8_t header[FRAME_HEADER_BYTES];
    struct frame frame;
    if (read_all(link->ssl, header, sizeof header) != 0)
        return lost(link, ret_problem);
    if (frame_read(header, &frame) != 0 || frame.operation != (row->number | FRAME_REPLY) ||
        frame.length > row->reply_bytes_max)
        return not_understood(link, ret_problem);
    uint8_t *body = malloc(frame.length + 1);
    if (body == NULL)
        return problem_no_memory(ret_problem);
    if (read_all(link->ssl, body, frame.length) != 0) {
        free(body);
        return lost(link, ret_problem);
    }
    *ret_body = body;
    *ret_len = frame.length;
    return 0;
}

// The status is field 1 of every reply: an enum at the desk, a fixed32 at the ballot box; both are 32 bits wide.
static Candour__Status status_of(const ProtobufCMessage *reply) {
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(reply->descriptor, 1);
    uint32_t status;
    memcpy(&status, (const char *)reply + field->offset, sizeof status);
    return status >= CANDOUR__STATUS__OK && status <= CANDOUR__STATUS__INTERNAL ? (Candour__Status)status
                                                                                : CANDOUR__STATUS__INTERNAL;
}

// One attempt on the present connection, which is hung up when it cannot be used any more.
static int attempt(struct link *link, const struct operation_row *row, const uint8_t *frame, size_t len,
                   ProtobufCMessage **ret_reply, struct problem *ret_problem) {
    uint8_t *body = NULL;
    size_t body_len;
    // A server that refuses may hang up while we still write; its reason is worth reading all the same.
    bool is_written = send_frame(link, frame, len) == 0;
    int result = read_reply(link, row, &body, &body_len, ret_problem);
    if (result == 0) {
        ProtobufCMessage *reply = protobuf_c_message_unpack(row->reply, NULL, body_len, body);
        if (reply == NULL)
            result = not_understood(link, ret_problem);
        else
            *ret_reply = reply;
        crypto_wipe(body, body_len);
        free(body);
    }
    if (result != 0 || !is_written || link->is_single)
        hang_up(link);
    return result;
}

// header and body in one malloc'ed piece.
static uint8_t *pack_frame(const struct operation_row *row, const ProtobufCMessage *request, size_t *ret_len) {
    size_t len = protobuf_c_message_get_packed_size(request);
    uint8_t *frame = malloc(FRAME_HEADER_BYTES + len);
    if (frame == NULL)
        return NULL;
    frame_write((struct frame){.length = (uint32_t)len, .operation = row->number}, frame);
    protobuf_c_message_pack(request, frame + FRAME_HEADER_BYTES);
    *ret_len = FRAME_HEADER_BYTES + len;
    return frame;
}

static Candour__Hello make_hello(struct link *link) {
    Candour__Hello hello = CANDOUR__HELLO__INIT;
    hello.has_session = link->has_session;
    hello.session = (ProtobufCBinaryData){sizeof link->session, link->session};
    return hello;
}

static int say_hello(struct link *link, struct problem *ret_problem) {
    Candour__Hello hello = make_hello(link);
    const struct operation_row *row = operation_find(OPERATION_HELLO);
    size_t len;
    uint8_t *frame = pack_frame(row, &hello.base, &len);
    if (frame == NULL)
        return problem_no_memory(ret_problem);
    ProtobufCMessage *reply = NULL;
    int result = attempt(link, row, frame, len, &reply, ret_problem);
    crypto_wipe(frame, len);
    free(frame);
    if (result == 0 && status_of(reply) != CANDOUR__STATUS__OK) {
        hang_up(link);
        result = lost(link, ret_problem);
    }
    link_reply_free(reply);
    return result;
}

static int connect_again(struct link *link, struct problem *ret_problem) {
    if (link->ssl != NULL)
        return 0;
    if (connect_link(link, ret_problem) != 0)
        return -1;
    return link->has_hello ? say_hello(link, ret_problem) : 0;
}

static int64_t steady_ms(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

// Full jitter: anything between nothing and the step, which doubles. False: no time is left.
static bool back_off(unsigned attempt_number, int64_t until_ms) {
    int64_t step_ms = BACKOFF_FIRST_MS;
    for (unsigned i = 0; i < attempt_number && step_ms < BACKOFF_MAX_MS; i++)
        step_ms *= 2;
    if (step_ms > BACKOFF_MAX_MS)
        step_ms = BACKOFF_MAX_MS;
    uint32_t random;
    crypto_random(&random, sizeof random);
    int64_t wait_ms = (int64_t)random * step_ms / UINT32_MAX;
    if (steady_ms() + wait_ms >= until_ms)
        return false;
    struct timespec wait = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
    nanosleep(&wait, NULL);
    return true;
}

// A one-time password is used up by the first try; letters that were lost are not printed again.
static bool is_repeatable(uint16_t operation) {
    return operation != OPERATION_SIGN_IN && operation != OPERATION_LETTERS;
}

static int exchange_frame(struct link *link, const struct operation_row *row, const uint8_t *frame, size_t len,
                          ProtobufCMessage **ret_reply, struct problem *ret_problem) {
    int64_t until_ms = steady_ms() + (int64_t)link->patience_s * 1000;
    for (unsigned number = 0;; number++) {
        ProtobufCMessage *reply = NULL;
        int result = connect_again(link, ret_problem);
        if (result == 0)
            result = attempt(link, row, frame, len, &reply, ret_problem);
        bool is_final = result == 0 ? status_of(reply) != CANDOUR__STATUS__BUSY : ret_problem->code != EXIT_UNREACHABLE;
        if (result != 0)
            link->current = (link->current + 1) % link->target.address_count;
        if (is_final || !is_repeatable(row->number) || !back_off(number, until_ms)) {
            *ret_reply = reply;
            return result;
        }
        link_reply_free(reply);
        if (row->door == DOOR_BALLOT)
            hang_up(link); // two attempts share no connection
    }
}

int link_exchange(struct link *link, uint16_t operation, const ProtobufCMessage *request, ProtobufCMessage **ret_reply,
                  Candour__Status *ret_status, struct problem *ret_problem) {
    const struct operation_row *row = operation_find(operation);
    assert(row != NULL && row->door == link->target.door && row->request == request->descriptor);
    size_t len;
    uint8_t *frame = pack_frame(row, request, &len);
    if (frame == NULL)
        return problem_no_memory(ret_problem);
    ProtobufCMessage *reply = NULL;
    int result;
    if (len - FRAME_HEADER_BYTES > row->request_bytes_max)
        result = problem_set(ret_problem, EXIT_USAGE,
                             "This is too much for one request: %zu KiB of at most %u. Send it in smaller parts.",
                             len / 1024 + 1, row->request_bytes_max / 1024);
    else
        result = exchange_frame(link, row, frame, len, &reply, ret_problem);
    crypto_wipe(frame, len);
    free(frame);
    if (result != 0)
        return result;
    *ret_status = status_of(reply);
    *ret_reply = reply;
    return 0;
}

static const char *status_sentence(Candour__Status status) {
    switch (status) {
    case CANDOUR__STATUS__UNAUTHENTICATED:
        return N_("You are not signed in. Sign in first: candour sign-in");
    case CANDOUR__STATUS__FORBIDDEN:
        return N_("You are not allowed to do this.");
    case CANDOUR__STATUS__NOT_FOUND:
        return N_("The server does not know what was asked for.");
    case CANDOUR__STATUS__BUSY:
        return N_("The server is busy. Nothing is lost: try again in a few minutes.");
    case CANDOUR__STATUS__REFUSED_BY_RULE:
        return N_("A rule of the round does not allow this.");
    case CANDOUR__STATUS__CONFLICT:
        return N_("This has changed meanwhile. Look again, then repeat.");
    default:
        return N_("The server could not do this. Use a client of the same version as the server.");
    }
}

// Field 2 of every reply at the desk.
int link_refused(uint16_t operation, const ProtobufCMessage *reply, Candour__Status status,
                 struct problem *ret_problem) {
    const struct operation_row *row = operation_find(operation);
    ProtobufCBinaryData detail = {0};
    if (row->door == DOOR_DESK)
        memcpy(&detail, (const char *)reply + protobuf_c_message_descriptor_get_field(row->reply, 2)->offset,
               sizeof detail);
    char sentence[sizeof ret_problem->sentence];
    if (output_clean(detail.data, detail.len, true, sentence, sizeof sentence) > 0)
        return problem_set(ret_problem, exit_from_status(status), "%s", _(sentence)); // most are in the catalogue
    return problem_set(ret_problem, exit_from_status(status), "%s", _(status_sentence(status)));
}

int link_call(struct link *link, uint16_t operation, const ProtobufCMessage *request, ProtobufCMessage **ret_reply,
              struct problem *ret_problem) {
    ProtobufCMessage *reply;
    Candour__Status status;
    if (link_exchange(link, operation, request, &reply, &status, ret_problem) != 0)
        return -1;
    if (status != CANDOUR__STATUS__OK) {
        link_refused(operation, reply, status, ret_problem);
        link_reply_free(reply);
        return -1;
    }
    *ret_reply = reply;
    return 0;
}

int link_hello(struct link *link, const uint8_t *session, Candour__HelloReply **ret_reply,
               struct problem *ret_problem) {
    if (session != NULL)
        link_set_session(link, session);
    Candour__Hello hello = make_hello(link);
    link->has_hello = false; // this request is the greeting
    ProtobufCMessage *reply;
    int result = link_call(link, OPERATION_HELLO, &hello.base, &reply, ret_problem);
    link->has_hello = true;
    if (result == 0)
        *ret_reply = (Candour__HelloReply *)reply;
    return result;
}

void link_reply_free(ProtobufCMessage *reply) {
    if (reply != NULL)
        protobuf_c_message_free_unpacked(reply, NULL);
}
