// Peers that mean harm, as many as PEERS, for so many seconds, each over and over again from one address.
// usage: hostile KIND SECONDS PEERS   (inside deploy/sandbox.sh)   Prints how often they did it.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crypto.h"
#include "tests/support/fixture.h"
#include "tests/support/sample.h"
#include "tests/support/sandbox.h"

enum { PEERS_MAX = 512, IDLE_EACH = 32, BODY_BYTES = 65536, PATIENCE_S = 20, BYTE_US = 50000, UPDATES = 64 };

static struct {
    time_t until;
    SSL_CTX *contexts[3]; // by door
    struct sockaddr_in address[3];
    uint8_t round[16];
    _Atomic unsigned *times;
} self;

struct peer {
    int fd;
    SSL *ssl;
};

static bool is_over(void) {
    return time(NULL) >= self.until;
}

// ---------------------------------------------------------------- connections

static void find(enum door door, const char *alpn) {
    struct link_target target = sandbox_door(door);
    char host[LINK_ADDRESS_BYTES], port[6];
    uint8_t list[64];
    self.contexts[door] = SSL_CTX_new(TLS_client_method());
    list[0] = (uint8_t)strlen(alpn);
    memcpy(list + 1, alpn, list[0]);
    if (self.contexts[door] == NULL || SSL_CTX_set_alpn_protos(self.contexts[door], list, 1U + list[0]) != 0 ||
        link_split(target.addresses[0], host, port) != 0)
        exit(2);
    self.address[door] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    inet_pton(AF_INET, host, &self.address[door].sin_addr);
}

static int dial(enum door door, int buffer_bytes) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct timeval limit = {.tv_sec = PATIENCE_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (buffer_bytes > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    if (connect(fd, (struct sockaddr *)&self.address[door], sizeof self.address[door]) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool open_peer(enum door door, int buffer_bytes, struct peer *ret_peer) {
    struct peer peer = {.fd = dial(door, buffer_bytes)};
    if (peer.fd < 0)
        return false;
    peer.ssl = SSL_new(self.contexts[door]);
    if (SSL_set_fd(peer.ssl, peer.fd) == 1 && SSL_connect(peer.ssl) == 1) {
        *ret_peer = peer;
        return true;
    }
    SSL_free(peer.ssl);
    close(peer.fd);
    ERR_clear_error();
    return false;
}

static void close_peer(struct peer *peer) {
    SSL_free(peer->ssl);
    close(peer->fd);
    ERR_clear_error();
}

static bool put(struct peer *peer, const void *bytes, size_t len) {
    size_t done;
    return SSL_write_ex(peer->ssl, bytes, len, &done) == 1;
}

// Until the reply or the end has come.
static void listen_to(struct peer *peer) {
    uint8_t bytes[512];
    size_t got;
    SSL_read_ex(peer->ssl, bytes, sizeof bytes, &got);
}

static size_t frame_cast(uint8_t *ret_frame, const uint8_t *sealed, size_t len) {
    Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
    request.round = (ProtobufCBinaryData){16, self.round};
    request.sealed = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)sealed};
    size_t body = candour__cast_ballot__pack(&request, ret_frame + FRAME_HEADER_BYTES);
    frame_write((struct frame){(uint32_t)body, OPERATION_CAST_BALLOT}, ret_frame);
    return FRAME_HEADER_BYTES + body;
}

// ---------------------------------------------------------------- what they do

static void talk(enum door door, const void *bytes, size_t len) {
    struct peer peer;
    if (!open_peer(door, 0, &peer))
        return;
    if (put(&peer, bytes, len))
        listen_to(&peer);
    close_peer(&peer);
}

static void write_slowly(void) {
    uint8_t sealed[FIXTURE_BUCKET] = {0}, frame[FRAME_HEADER_BYTES + 64 + sizeof sealed];
    size_t len = frame_cast(frame, sealed, sizeof sealed);
    struct peer peer;
    if (!open_peer(DOOR_BALLOT, 0, &peer))
        return;
    for (size_t i = 0; i < len && !is_over() && put(&peer, frame + i, 1); i++)
        usleep(BYTE_US);
    close_peer(&peer);
}

// Asks for pages and takes none of them.
static void read_slowly(void) {
    uint8_t frame[64], byte;
    Candour__GetManifest request = CANDOUR__GET_MANIFEST__INIT;
    request.round = (ProtobufCBinaryData){16, self.round};
    size_t len = candour__get_manifest__pack(&request, frame + FRAME_HEADER_BYTES);
    frame_write((struct frame){(uint32_t)len, OPERATION_MANIFEST_PAGE}, frame);
    struct peer peer;
    if (!open_peer(DOOR_BALLOT, 1024, &peer))
        return;
    put(&peer, frame, FRAME_HEADER_BYTES + len);
    for (int waits = 0; waits < 100 && !is_over() && recv(peer.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0; waits++)
        usleep(100000);
    close_peer(&peer);
}

static void stay_silent(void) {
    int fds[IDLE_EACH];
    for (size_t i = 0; i < IDLE_EACH; i++) {
        fds[i] = dial(i % 2 == 0 ? DOOR_BALLOT : DOOR_DESK, 0);
        if (i % 4 < 2 && fds[i] >= 0)
            send(fds[i], "\x16\x03\x01\x02", 4, MSG_NOSIGNAL); // a handshake that begins
    }
    for (int waits = 0; waits < 10 && !is_over(); waits++)
        usleep(100000);
    for (size_t i = 0; i < IDLE_EACH; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static void announce_too_much(void) {
    static const uint32_t lengths[] = {0, UINT32_MAX, 65601, 0x80000000};
    uint8_t header[FRAME_HEADER_BYTES];
    frame_write((struct frame){lengths[random() % 4], OPERATION_CAST_BALLOT}, header);
    talk(DOOR_BALLOT, header, sizeof header);
}

static void update_keys(void) {
    struct peer peer;
    if (!open_peer(DOOR_BALLOT, 0, &peer))
        return;
    for (int i = 0; i < UPDATES; i++)
        if (SSL_key_update(peer.ssl, SSL_KEY_UPDATE_REQUESTED) != 1 || SSL_do_handshake(peer.ssl) != 1)
            break;
    listen_to(&peer);
    close_peer(&peer);
}

// As many empty fields as a frame may hold.
static void send_empty_fields(void) {
    static uint8_t frame[FRAME_HEADER_BYTES + BODY_BYTES];
    frame_write((struct frame){BODY_BYTES, OPERATION_CAST_BALLOT}, frame);
    for (size_t i = 0; i < BODY_BYTES; i += 2)
        frame[FRAME_HEADER_BYTES + i] = 2 << 3 | 2;
    talk(DOOR_BALLOT, frame, sizeof frame);
}

static void send_each_fault(void) {
    for (size_t i = 0; i < operations_count && !is_over(); i++) {
        static uint8_t frame[FRAME_HEADER_BYTES + sizeof((struct sample *)0)->bytes];
        struct sample sample;
        for (unsigned index = 0; sample_make(operations[i].request, 0, SAMPLE_MISSING, index, &sample); index++) {
            frame_write((struct frame){(uint32_t)sample.len, operations[i].number}, frame);
            memcpy(frame + FRAME_HEADER_BYTES, sample.bytes, sample.len);
            talk(operations[i].door, frame, FRAME_HEADER_BYTES + sample.len);
        }
    }
}

static void speak_http(void) {
    static const char words[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char answer[512];
    int fd = dial(random() % 2 == 0 ? DOOR_BALLOT : DOOR_DESK, 0);
    if (fd < 0)
        return;
    send(fd, words, sizeof words - 1, MSG_NOSIGNAL);
    while (recv(fd, answer, sizeof answer, 0) > 0)
        ;
    close(fd);
    talk(DOOR_BALLOT, words, sizeof words - 1);
}

// Boxes that do not open; each costs the ballot box a key agreement.
static void stuff(void) {
    uint8_t sealed[FIXTURE_BUCKET], frame[FRAME_HEADER_BYTES + 64 + sizeof sealed];
    crypto_random(sealed, sizeof sealed);
    talk(DOOR_BALLOT, frame, frame_cast(frame, sealed, sizeof sealed));
}

// The same bytes again and again, and nobody waits for what they say.
static void repeat(void) {
    static uint8_t sealed[FIXTURE_BUCKET], frame[FRAME_HEADER_BYTES + 64 + sizeof sealed];
    struct peer peer;
    size_t len = frame_cast(frame, sealed, sizeof sealed);
    if (!open_peer(DOOR_BALLOT, 0, &peer))
        return;
    put(&peer, frame, len);
    close_peer(&peer);
}

static const struct {
    const char *name;
    void (*act)(void);
} kinds[] = {
    {"slow-writers", write_slowly},
    {"slow-readers", read_slowly},
    {"silent", stay_silent},
    {"lengths", announce_too_much},
    {"key-updates", update_keys},
    {"empty-fields", send_empty_fields},
    {"missing-fields", send_each_fault},
    {"other-protocols", speak_http},
    {"stuffing", stuff},
    {"replay", repeat},
};

// ---------------------------------------------------------------- all of them

static void (*find_kind(const char *name))(void) {
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].act;
    return NULL;
}

static void prepare(const char *seconds) {
    char hex[40];
    signal(SIGPIPE, SIG_IGN);
    find(DOOR_DESK, "candour-desk/1");
    find(DOOR_BALLOT, "candour-ballot/1");
    sandbox_shell(hex, sizeof hex, "psql -XAtqc \"SELECT replace(id::text, '-', '') FROM ballot.round LIMIT 1\"");
    for (size_t i = 0; i < 16; i++)
        if (sscanf(hex + 2 * i, "%2hhx", &self.round[i]) != 1)
            exit(2);
    self.until = time(NULL) + atoi(seconds);
    self.times = mmap(NULL, sizeof *self.times, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

int main(int argc, char **argv) {
    void (*act)(void) = argc == 4 ? find_kind(argv[1]) : NULL;
    int peers = argc == 4 ? atoi(argv[3]) : 0;
    if (act == NULL || peers < 1 || peers > PEERS_MAX || crypto_start() != 0) {
        fprintf(stderr, "usage: hostile KIND SECONDS PEERS\n");
        return 2;
    }
    prepare(argv[2]);
    for (int i = 0; i < peers; i++) {
        pid_t child = fork();
        if (child != 0)
            continue;
        srandom((unsigned)getpid());
        while (!is_over()) {
            act();
            ++*self.times;
        }
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    printf("%u\n", (unsigned)*self.times);
    return 0;
}
