// Peers that mean harm, as many as PEERS, for so many seconds, each over and over again from one address. One kind is
// honest: who signs in, rests and signs in again.
// usage: hostile KIND SECONDS PEERS   (inside deploy/sandbox.sh, after tally has started)
// Prints how often they did it, and the 99th percentile of how long it took, in microseconds.
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

#include "code.h"
#include "crypto.h"
#include "tests/support/fixture.h"
#include "tests/support/sample.h"
#include "tests/support/sandbox.h"

enum {
    PEERS_MAX = 512,
    SILENT_EACH = 32,
    IDLE = 10000,
    BODY_BYTES = 65536,
    MILLION = 1000000,
    PATIENCE_S = 20,
    BYTE_US = 50000,
    UPDATES = 1000,
    GUESSES = 20,
    REST_US = 50000,
    HASTE_US = 30000,
    BURN_US = 1000,
    TIMES = 1 << 18,
    REQUEST_BYTES = FRAME_HEADER_BYTES + 64 + FIXTURE_BUCKET,
};

static struct {
    uint64_t until; // by now_us
    int peers;
    SSL_CTX *contexts[3]; // by door
    struct sockaddr_in address[3];
    uint8_t round[16];
    uint8_t genuine[REQUEST_BYTES]; // the request of a ballot that has been stored
    size_t genuine_len;
    char codes[FIXTURE_RATERS][20];
    unsigned number; // of this process
    struct times {
        _Atomic unsigned count;
        uint32_t us[TIMES]; // of the first ones
    } * times;
} self;

struct peer {
    int fd;
    SSL *ssl;
};

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * MILLION + (uint64_t)now.tv_nsec / 1000;
}

static bool is_over(void) {
    return now_us() >= self.until;
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

static size_t frame_of(uint16_t operation, const ProtobufCMessage *request, uint8_t *ret_frame) {
    size_t len = protobuf_c_message_pack(request, ret_frame + FRAME_HEADER_BYTES);
    frame_write((struct frame){(uint32_t)len, operation}, ret_frame);
    return FRAME_HEADER_BYTES + len;
}

static size_t frame_cast(uint8_t *ret_frame, const uint8_t *sealed, size_t len) {
    Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
    request.round = (ProtobufCBinaryData){16, self.round};
    request.sealed = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)sealed};
    return frame_of(OPERATION_CAST_BALLOT, &request.base, ret_frame);
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
    struct peer peer;
    if (!open_peer(DOOR_BALLOT, 0, &peer))
        return;
    for (size_t i = 0; i < self.genuine_len && !is_over() && put(&peer, self.genuine + i, 1); i++)
        usleep(BYTE_US);
    close_peer(&peer);
}

static bool ask_for_page(struct peer *peer) {
    uint8_t frame[64];
    Candour__GetManifest request = CANDOUR__GET_MANIFEST__INIT;
    request.round = (ProtobufCBinaryData){16, self.round};
    return put(peer, frame, frame_of(OPERATION_MANIFEST_PAGE, &request.base, frame));
}

// Asks for pages and takes none of them.
static void read_slowly(void) {
    uint8_t byte;
    struct peer peer;
    if (!open_peer(DOOR_BALLOT, 1024, &peer))
        return;
    ask_for_page(&peer);
    for (int waits = 0; waits < 100 && !is_over() && recv(peer.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0; waits++)
        usleep(100000);
    close_peer(&peer);
}

static void stay_silent(void) {
    int fds[SILENT_EACH];
    for (size_t i = 0; i < SILENT_EACH; i++) {
        fds[i] = dial(i % 2 == 0 ? DOOR_BALLOT : DOOR_DESK, 0);
        if (i % 4 < 2 && fds[i] >= 0)
            send(fds[i], "\x16\x03\x01\x02", 4, MSG_NOSIGNAL); // a handshake that begins
    }
    for (int waits = 0; waits < 40 && !is_over(); waits++)
        usleep(100000);
    for (size_t i = 0; i < SILENT_EACH; i++)
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

// A million empty fields, as many in a frame as it may hold.
static void send_empty_fields(void) {
    static uint8_t frame[FRAME_HEADER_BYTES + BODY_BYTES];
    frame_write((struct frame){BODY_BYTES, OPERATION_CAST_BALLOT}, frame);
    for (size_t i = 0; i < BODY_BYTES; i += 2)
        frame[FRAME_HEADER_BYTES + i] = 2 << 3 | 2;
    for (int sent = 0; sent < MILLION && !is_over(); sent += BODY_BYTES / 2)
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
    uint8_t sealed[FIXTURE_BUCKET], frame[REQUEST_BYTES];
    crypto_random(sealed, sizeof sealed);
    talk(DOOR_BALLOT, frame, frame_cast(frame, sealed, sizeof sealed));
}

// What a rater has sent, again and again.
static void repeat(void) {
    talk(DOOR_BALLOT, self.genuine, self.genuine_len);
}

// Gone in the middle of a request without a word, as when a cable is cut: without FIN or RST. Who may not do that
// (capability NET_ADMIN) says that it sends no more, and stays.
static void vanish(void) {
    struct peer peer;
    int on = 1;
    if (!open_peer(DOOR_BALLOT, 0, &peer))
        return;
    put(&peer, self.genuine, self.genuine_len / 2);
    if (setsockopt(peer.fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) != 0) {
        shutdown(peer.fd, SHUT_WR);
        listen_to(&peer);
    }
    close_peer(&peer);
}

// All peers together open very many connections, each is served once, and is silent from then on.
static void idle(void) {
    static int fds[IDLE];
    int count = IDLE / self.peers;
    for (int i = 0; i < count && !is_over(); i++) {
        struct peer peer;
        if (!open_peer(DOOR_BALLOT, 0, &peer))
            peer = (struct peer){.fd = -1};
        else if (ask_for_page(&peer))
            listen_to(&peer);
        fds[i] = peer.fd;
        SSL_free(peer.ssl); // without a word; the connection stays
        self.times->count += peer.fd >= 0;
    }
    while (!is_over())
        sleep(1);
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

static void guess_with(void (*fill)(Candour__SignIn *request), int guesses, void (*wait)(struct peer *peer)) {
    uint8_t frame[512];
    Candour__Hello hello = CANDOUR__HELLO__INIT;
    struct peer peer;
    if (!open_peer(DOOR_DESK, 0, &peer))
        return;
    if (put(&peer, frame, frame_of(OPERATION_HELLO, &hello.base, frame)))
        listen_to(&peer);
    for (int i = 0; i < guesses && !is_over(); i++) {
        Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
        fill(&request);
        if (!put(&peer, frame, frame_of(OPERATION_SIGN_IN, &request.base, frame)))
            break;
        wait(&peer);
    }
    close_peer(&peer);
}

static void guess(void (*fill)(Candour__SignIn *request), int guesses) {
    guess_with(fill, guesses, listen_to);
}

static ProtobufCBinaryData text(const char *string) {
    return (ProtobufCBinaryData){strlen(string), (uint8_t *)(uintptr_t)string};
}

static void fill_code(Candour__SignIn *request) {
    static char code[CODE_TEXT_BYTES];
    static Candour__CodeProof proof = CANDOUR__CODE_PROOF__INIT;
    code_new(code);
    proof.code = text(code);
    request->email = text("rater-03@example.org");
    request->proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    request->code = &proof;
}

// Nobody has this address: an administrator's would be paused, which costs the desk less.
static void fill_password(Candour__SignIn *request) {
    static Candour__PasswordProof proof = CANDOUR__PASSWORD_PROOF__INIT;
    proof.password = text("correct horse");
    request->email = text("nobody@example.org");
    request->proof_case = CANDOUR__SIGN_IN__PROOF_PASSWORD;
    request->password = &proof;
}

static void guess_codes(void) {
    guess(fill_code, GUESSES);
}

// A connection for each, which nobody can keep waiting.
static void guess_codes_anew(void) {
    guess(fill_code, 1);
}

static void guess_passwords_anew(void) {
    guess(fill_password, 1);
}

// Who has no time for a late answer.
static void wait_hastily(struct peer *peer) {
    (void)peer;
    usleep(HASTE_US);
}

static void guess_passwords_hastily(void) {
    guess_with(fill_password, 1, wait_hastily);
}

static void guess_passwords(void) {
    guess(fill_password, GUESSES);
}

// Each of them is somebody else.
static void fill_right_code(Candour__SignIn *request) {
    static char email[32];
    static Candour__CodeProof proof = CANDOUR__CODE_PROOF__INIT;
    unsigned rater = self.number % FIXTURE_RATERS;
    snprintf(email, sizeof email, "rater-%02u@example.org", rater);
    proof.code = text(self.codes[rater]);
    request->email = text(email);
    request->proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    request->code = &proof;
}

static void sign_in_honestly(void) {
    guess(fill_right_code, 1);
}

// Nothing to the server, but keeps the processors of the clients busy.
static void burn(void) {
    for (uint64_t end = now_us() + BURN_US; now_us() < end;)
        ;
}

static const struct {
    const char *name;
    void (*act)(void);
} kinds[] = {
    {"honest-desk", sign_in_honestly},
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
    {"half-open", vanish},
    {"codes", guess_codes},
    {"passwords", guess_passwords},
    {"codes-anew", guess_codes_anew},
    {"passwords-anew", guess_passwords_anew},
    {"hasty", guess_passwords_hastily},
    {"idle", idle},
    {"burn", burn},
};

// ---------------------------------------------------------------- all of them

static void (*find_kind(const char *name))(void) {
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].act;
    return NULL;
}

static void read_codes(void) {
    FILE *file = fopen(sandbox_variable("CODES_FILE"), "re");
    for (unsigned i = 0; i < FIXTURE_RATERS; i++)
        if (file == NULL || fscanf(file, "%19s", self.codes[i]) != 1)
            exit(2);
    fclose(file);
}

static void read_genuine(void) {
    FILE *file = fopen(sandbox_variable("SENT_FILE"), "re");
    self.genuine_len = file != NULL ? fread(self.genuine, 1, sizeof self.genuine, file) : 0;
    if (self.genuine_len == 0)
        exit(2);
    fclose(file);
}

static void prepare(const char *seconds) {
    char hex[40];
    signal(SIGPIPE, SIG_IGN);
    read_genuine();
    read_codes();
    find(DOOR_DESK, "candour-desk/1");
    find(DOOR_BALLOT, "candour-ballot/1");
    sandbox_shell(hex, sizeof hex, "psql -XAtqc \"SELECT replace(id::text, '-', '') FROM ballot.round LIMIT 1\"");
    for (size_t i = 0; i < 16; i++)
        if (sscanf(hex + 2 * i, "%2hhx", &self.round[i]) != 1)
            exit(2);
    self.until = now_us() + (uint64_t)atoi(seconds) * MILLION;
    self.times = mmap(NULL, sizeof *self.times, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void act_until_over(void (*act)(void)) {
    bool is_honest = act == sign_in_honestly;
    srandom((unsigned)getpid());
    while (!is_over()) {
        uint64_t from = now_us();
        act();
        unsigned number = act == idle ? TIMES : self.times->count++;
        if (number < TIMES)
            self.times->us[number] = (uint32_t)(now_us() - from);
        if (is_honest)
            usleep((useconds_t)(random() % (2 * REST_US)));
    }
    _exit(0);
}

static int by_size(const void *a, const void *b) {
    uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;
    return (one > two) - (one < two);
}

int main(int argc, char **argv) {
    void (*act)(void) = argc == 4 ? find_kind(argv[1]) : NULL;
    self.peers = argc == 4 ? atoi(argv[3]) : 0;
    if (act == NULL || self.peers < 1 || self.peers > PEERS_MAX || crypto_start() != 0) {
        fprintf(stderr, "usage: hostile KIND SECONDS PEERS\n");
        return 2;
    }
    prepare(argv[2]);
    for (self.number = 0; self.number < (unsigned)self.peers; self.number++)
        if (fork() == 0)
            act_until_over(act);
    int status, failed = 0;
    while (wait(&status) > 0)
        failed += status != 0;
    unsigned count = self.times->count < TIMES ? self.times->count : TIMES;
    qsort(self.times->us, count, sizeof *self.times->us, by_size);
    printf("%u %u\n", self.times->count, count > 0 ? self.times->us[count - 1 - count / 100] : 0);
    return failed > 0;
}
