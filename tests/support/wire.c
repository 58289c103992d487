#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "sandbox.h"
#include "testing.h"

enum { PATIENCE_S = 10 };

int wire_dial(enum door door) {
    struct link_target target = sandbox_door(door);
    char host[LINK_ADDRESS_BYTES], port[6];
    assert_int_equal(link_split(target.addresses[0], host, port), 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    assert_int_equal(inet_pton(AF_INET, host, &address.sin_addr), 1);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct timeval limit = {.tv_sec = PATIENCE_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

// ---------------------------------------------------------------- handshake

static const char *alpn_of(enum door door) {
    return door == DOOR_DESK ? "candour-desk/1" : "candour-ballot/1";
}

static SSL_CTX *make_context(const char *alpn, int version) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    assert_non_null(context);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    assert_int_equal(SSL_CTX_load_verify_file(context, sandbox_variable("CANDOUR_CA")), 1);
    assert_int_equal(SSL_CTX_set_min_proto_version(context, version), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(context, version), 1);
    uint8_t list[256] = {0};
    if (alpn != NULL) {
        list[0] = (uint8_t)strlen(alpn);
        memcpy(list + 1, alpn, list[0]);
        assert_int_equal(SSL_CTX_set_alpn_protos(context, list, 1u + list[0]), 0);
    }
    return context;
}

bool wire_try(enum door door, const char *alpn, int version, struct wire *ret_wire) {
    signal(SIGPIPE, SIG_IGN);
    struct wire wire = {.context = make_context(alpn, version), .fd = wire_dial(door)};
    wire.ssl = SSL_new(wire.context);
    assert_int_equal(SSL_set_fd(wire.ssl, wire.fd), 1);
    if (SSL_connect(wire.ssl) == 1) {
        *ret_wire = wire;
        return true;
    }
    wire_close(&wire);
    return false;
}

void wire_open(enum door door, const uint8_t *session, struct wire *ret_wire) {
    const unsigned char *chosen;
    unsigned len;
    assert_true(wire_try(door, alpn_of(door), TLS1_3_VERSION, ret_wire));
    SSL_get0_alpn_selected(ret_wire->ssl, &chosen, &len);
    assert_int_equal(len, strlen(alpn_of(door)));
    assert_memory_equal(chosen, alpn_of(door), len);
    if (door != DOOR_DESK)
        return;
    Candour__Hello hello = CANDOUR__HELLO__INIT;
    hello.has_session = session != NULL;
    hello.session = (ProtobufCBinaryData){32, (uint8_t *)(uintptr_t)session};
    wire_send_message(ret_wire, OPERATION_HELLO, &hello.base);
    assert_true(wire_receive(ret_wire));
    assert_int_equal(wire_status(ret_wire), CANDOUR__STATUS__OK);
}

void wire_close(struct wire *wire) {
    SSL_free(wire->ssl);
    SSL_CTX_free(wire->context);
    close(wire->fd);
    free(wire->body);
    memset(wire, 0, sizeof *wire);
}

// ---------------------------------------------------------------- frames

void wire_send(struct wire *wire, const void *bytes, size_t len) {
    size_t done;
    if (len > 0)
        SSL_write_ex(wire->ssl, bytes, len, &done);
}

void wire_send_header(struct wire *wire, uint16_t operation, uint32_t length) {
    uint8_t header[FRAME_HEADER_BYTES];
    frame_write((struct frame){length, operation}, header);
    wire_send(wire, header, sizeof header);
}

void wire_send_frame(struct wire *wire, uint16_t operation, const void *body, size_t len) {
    uint8_t *frame = malloc(FRAME_HEADER_BYTES + len);
    assert_non_null(frame);
    frame_write((struct frame){(uint32_t)len, operation}, frame);
    if (len > 0)
        memcpy(frame + FRAME_HEADER_BYTES, body, len);
    wire_send(wire, frame, FRAME_HEADER_BYTES + len);
    free(frame);
}

void wire_send_message(struct wire *wire, uint16_t operation, const ProtobufCMessage *message) {
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *body = malloc(len + 1);
    assert_non_null(body);
    protobuf_c_message_pack(message, body);
    wire_send_frame(wire, operation, body, len);
    free(body);
}

static bool read_all(struct wire *wire, uint8_t *ret_bytes, size_t len) {
    for (size_t got; len > 0; ret_bytes += got, len -= got) {
        if (SSL_read_ex(wire->ssl, ret_bytes, len, &got) == 1)
            continue;
        if (SSL_get_error(wire->ssl, 0) == SSL_ERROR_WANT_READ)
            fail_msg("the server says nothing");
        return false;
    }
    return true;
}

bool wire_receive(struct wire *wire) {
    uint8_t header[FRAME_HEADER_BYTES];
    if (!read_all(wire, header, sizeof header))
        return false;
    assert_int_equal(frame_read(header, &wire->frame), 0);
    assert_true(wire->frame.length <= 4 * 1024 * 1024);
    free(wire->body);
    wire->body = malloc(wire->frame.length + 1);
    assert_non_null(wire->body);
    return read_all(wire, wire->body, wire->frame.length);
}

void wire_expect_end(struct wire *wire) {
    uint8_t byte;
    assert_false(read_all(wire, &byte, 1));
}

// ---------------------------------------------------------------- replies

Candour__Status wire_status(const struct wire *wire) {
    const uint8_t *body = wire->body;
    assert_true(wire->frame.length >= 2);
    if (body[0] == (1 << 3 | 5)) { // fixed32, of a ballot box
        assert_true(wire->frame.length >= 5);
        return (Candour__Status)((uint32_t)body[1] | (uint32_t)body[2] << 8);
    }
    assert_int_equal(body[0], 1 << 3);
    return (Candour__Status)body[1];
}

const char *wire_expect_refusal(struct wire *wire, uint16_t operation, Candour__Status status) {
    static char sentence[1024];
    assert_true(wire_receive(wire));
    assert_int_equal(wire->frame.operation, operation | FRAME_REPLY);
    Candour__Outcome *outcome = candour__outcome__unpack(NULL, wire->frame.length, wire->body);
    assert_non_null(outcome);
    int said = (int)outcome->status;
    size_t others = outcome->base.n_unknown_fields;
    snprintf(sentence, sizeof sentence, "%.*s", outcome->has_detail ? (int)outcome->detail.len : 0,
             (const char *)outcome->detail.data);
    candour__outcome__free_unpacked(outcome, NULL);
    if (said != (int)status)
        fail_msg("operation 0x%04x: status %d instead of %d, \"%s\"", operation, said, (int)status, sentence);
    assert_int_equal(others, 0);
    // No full stop follows a command.
    if (strlen(sentence) < 10 || (strchr(sentence, '.') == NULL && strstr(sentence, ": candour ") == NULL))
        fail_msg("operation 0x%04x: \"%s\" is no sentence", operation, sentence);
    return sentence;
}

struct wire_count wire_count(const struct wire *wire) {
    return (struct wire_count){BIO_number_written(SSL_get_wbio(wire->ssl)), BIO_number_read(SSL_get_rbio(wire->ssl))};
}
