// The whole client against a server that sends whatever it likes: the first byte chooses a command, the rest is what
// comes back. TLS is not in the way.
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "client/dial.h"
#include "frame.h"
#include "fuzz.h"
#include "home.h"

int candour_main(int argc, char **argv);
#define main candour_main
#include "client/main.c"
#undef main

static struct fuzz_input in;
static uint16_t asked;                         // operation of the last request
static uint8_t pending[FRAME_HEADER_BYTES];    // of the reply that is read
static size_t pending_len, body_left, replies; // bytes of the header, bytes of the body
static char vault_path[128];
static uint8_t vault_bytes[1 << 16];
static size_t vault_len;

// ---------------------------------------------------------------- the network

int dial_open(const char *host, const char *port, bool is_proxy, int *ret_fd, struct problem *ret_problem) {
    (void)host, (void)port, (void)is_proxy;
    if (in.left == 0)
        return problem_set(ret_problem, EXIT_UNREACHABLE, "There is nobody.");
    *ret_fd = open("/dev/null", O_RDWR);
    return 0;
}
void dial_limit(int fd, unsigned seconds) {
    (void)fd, (void)seconds;
}
int SSL_connect(SSL *ssl) {
    (void)ssl;
    return 1;
}
int SSL_shutdown(SSL *ssl) {
    (void)ssl;
    pending_len = body_left = 0;
    return 1;
}
int SSL_CTX_set_default_verify_paths(SSL_CTX *context) {
    (void)context;
    return 1;
}
static bool is_ballot;
int SSL_CTX_set_alpn_protos(SSL_CTX *context, const unsigned char *names, unsigned len) {
    (void)context;
    is_ballot = len > 8 && names[9] == 'b';
    return 0;
}
void SSL_get0_alpn_selected(const SSL *ssl, const unsigned char **ret_name, unsigned *ret_len) {
    (void)ssl;
    *ret_name = (const unsigned char *)(is_ballot ? "candour-ballot/1" : "candour-desk/1");
    *ret_len = (unsigned)strlen((const char *)*ret_name);
}
int SSL_write_ex(SSL *ssl, const void *bytes, size_t len, size_t *ret_len) {
    struct frame frame;
    (void)ssl;
    if (len >= FRAME_HEADER_BYTES && frame_read(bytes, &frame) == 0)
        asked = frame.operation;
    *ret_len = len;
    return 1;
}

// A reply is a byte and a body of two bytes of length; 0xff: what follows are eight bytes of a header instead.
static bool begin_reply(void) {
    if (in.left < 3 || ++replies > 64)
        return false;
    uint8_t how = fuzz_byte(&in);
    if (how == 0xff) {
        fuzz_fill(&in, pending, sizeof pending);
        body_left = in.left;
    } else {
        body_left = fuzz_short(&in);
        frame_write((struct frame){(uint32_t)body_left, asked | FRAME_REPLY}, pending);
    }
    pending_len = sizeof pending;
    return true;
}

int SSL_read_ex(SSL *ssl, void *ret_bytes, size_t len, size_t *ret_len) {
    (void)ssl;
    if (pending_len == 0 && body_left == 0 && !begin_reply())
        return 0;
    if (pending_len > 0) {
        *ret_len = len < pending_len ? len : pending_len;
        memcpy(ret_bytes, pending + sizeof pending - pending_len, *ret_len);
        pending_len -= *ret_len;
        return 1;
    }
    const uint8_t *bytes = fuzz_bytes(&in, len < body_left ? len : body_left, ret_len);
    memcpy(ret_bytes, bytes, *ret_len);
    body_left -= *ret_len;
    return *ret_len > 0;
}

// ---------------------------------------------------------------- time and disk

// Every look at the steady clock finds it later, so that patience ends.
int clock_gettime(clockid_t clock, struct timespec *ret_at) {
    static time_t later;
    int rc = (int)syscall(SYS_clock_gettime, clock, ret_at);
    if (clock == CLOCK_MONOTONIC)
        ret_at->tv_sec += later += 10;
    return rc;
}
int nanosleep(const struct timespec *wait, struct timespec *ret_left) {
    (void)wait, (void)ret_left;
    return 0;
}
unsigned sleep(unsigned seconds) {
    (void)seconds;
    return 0;
}
int fsync(int fd) {
    (void)fd;
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    struct client_round *r = home_make();
    snprintf(vault_path, sizeof vault_path, "%s/vault", r->home);
    FILE *file = fopen(vault_path, "r");
    FUZZ_MUST(file);
    vault_len = fread(vault_bytes, 1, sizeof vault_bytes, file);
    fclose(file);
    setenv("CANDOUR_HOME", r->home, 1);
    unsetenv("CANDOUR_SOCKS");
    FUZZ_MUST(chdir(r->directory) == 0);
    vault_close(r->vault);
    return 0;
}

// ---------------------------------------------------------------- commands

static const char *const lines[] = {
    "whoami",
    "assignments list",
    "report list",
    "report open Ann --plain",
    "report save Ann --html r.html --csv r.csv --json r.json --ods r.ods",
    "org report Spring",
    "round list",
    "round status Spring",
    "round risks Spring",
    "round workload Spring",
    "round manifest Spring",
    "round fingerprint Spring",
    "round letters Spring --out letters --all",
    "round close Spring --confirm Spring",
    "round export Spring --csv all.csv",
    "nominations list",
    "nominations approve Ann",
    "raters list",
    "raters suggest",
    "raters nominate Ann --group peer",
    "people find smith",
    "framework list",
    "framework show Ours",
    "audit show",
    "audit verify",
    "retention show",
    "retention receipt Spring",
    "mail status",
    "mail bounces",
    "mail preview invitation",
    "template list",
    "template show invitation",
    "people data ann@west.example",
    "my data",
    "send --now",
    "check",
    "accept Ann",
    "round witness Spring 00 00",
    "config",
    "queue",
    "sign-out",
    "round new Next --framework Ours --collect-from now --answer-from +2d --close +9d",
};

static int run_line(const char *line, bool as_json) {
    char text[160], *argv[24] = {"candour"};
    int argc = 1;
    snprintf(text, sizeof text, "%s --no-input%s", line, as_json ? " --json" : "");
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    return candour_main(argc, argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    in = (struct fuzz_input){data, len};
    pending_len = body_left = replies = 0;
    home_counter = len; // of what it makes anew
    uint8_t what = fuzz_byte(&in);
    int fd = open(vault_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    FUZZ_MUST(fd >= 0 && write(fd, vault_bytes, vault_len) == (ssize_t)vault_len);
    close(fd);
    int code = run_line(lines[what % 64 % ARRAY_LEN(lines)], what >> 7);
    FUZZ_MUST(code >= EXIT_DONE && code <= EXIT_PARTLY);
    return 0;
}
