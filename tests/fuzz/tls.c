// The daemon's side of TLS against a client that shakes hands and then does as the input says: sends in pieces, breaks
// what it sends, updates keys, says good-bye.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/mman.h>

#include "crypto.h"
#include "daemon/core/tls.h"
#include "fuzz.h"
#include "tests/unit/door.h"

static struct tls_context *context;
static SSL_CTX *offers[4]; // right, without a name, older, of another name

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    struct door_files files;
    char sentence[256];
    FUZZ_MUST(crypto_start() == 0);
    door_files_make(&files);
    context = tls_context_new(files.certificate, files.key, "candour-desk/1", sentence, sizeof sentence);
    FUZZ_MUST(context);
    door_files_remove(&files);
    offers[0] = door_client_context(DOOR_ALPN);
    offers[1] = door_client_context(NULL);
    offers[2] = door_client_context(DOOR_ALPN);
    offers[3] = door_client_context("\002h2");
    SSL_CTX_set_max_proto_version(offers[2], TLS1_2_VERSION);
    return 0;
}

struct pair {
    struct tls *tls;
    struct tls_input input;
    struct tls_output output;
    bool is_ready;
    SSL *client;
    BIO *to_server, *to_client;
    uint8_t in[TLS_BUFFER_BYTES], out[TLS_BUFFER_BYTES];
};

// The server works on these bytes as a stream would: as long as it gets on.
static void serve(struct pair *p, const uint8_t *bytes, size_t len, size_t wanted) {
    static uint8_t plain[TLS_RECORD_BYTES];
    int rc = 1;
    p->input = (struct tls_input){bytes, len};
    for (unsigned i = 0; i < 1000 && rc >= 0; i++) {
        p->output = (struct tls_output){p->out, 0};
        tls_attach(p->tls, &p->input, &p->output);
        if (!p->is_ready)
            p->is_ready = (rc = tls_handshake(p->tls)) == 0;
        else
            rc = tls_read(p->tls, plain, wanted);
        FUZZ_MUST(rc >= TLS_BROKEN && p->output.len <= TLS_BUFFER_BYTES);
        BIO_write(p->to_client, p->out, (int)p->output.len);
    }
    p->output.len = 0;
    tls_has_more(p->tls);
    BIO_write(p->to_client, p->out, (int)p->output.len);
}

// What the client has to say reaches the server; `wrong`: one bit of it is another one.
static void carry(struct pair *p, size_t wanted, uint8_t wrong) {
    int len;
    while ((len = BIO_read(p->to_server, p->in, sizeof p->in)) > 0) {
        if (wrong)
            p->in[wrong % len] ^= wrong;
        serve(p, p->in, (size_t)len, wanted);
    }
}

static void reply(struct pair *p, size_t len) {
    static const uint8_t bytes[TLS_RECORD_BYTES * 2];
    if (!p->is_ready || len == 0)
        return;
    p->output = (struct tls_output){p->out, 0};
    p->input.len = 0;
    tls_attach(p->tls, &p->input, &p->output);
    int rc = tls_write(p->tls, bytes, len);
    FUZZ_MUST(rc >= TLS_BROKEN && rc != 0 && rc <= TLS_RECORD_BYTES);
    BIO_write(p->to_client, p->out, (int)p->output.len);
}

static void step(struct pair *p, struct fuzz_input *in) {
    static uint8_t taken[4096];
    uint8_t what = fuzz_byte(in), how = fuzz_byte(in);
    size_t len;
    const uint8_t *bytes;
    switch (what % 7) {
    case 0:
        bytes = fuzz_bytes(in, how, &len);
        SSL_write(p->client, bytes, (int)len);
        carry(p, 1 + what, 0);
        break;
    case 1:
        SSL_write(p->client, &how, 1);
        carry(p, 1 + what, how);
        break;
    case 2:
        for (unsigned i = 0; i < how % 16u; i++) {
            SSL_key_update(p->client, how & 16 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
            SSL_write(p->client, &how, 1);
        }
        carry(p, 1, 0);
        break;
    case 3:
        SSL_shutdown(p->client);
        carry(p, 1, 0);
        break;
    case 4:
        bytes = fuzz_bytes(in, how, &len);
        serve(p, bytes, len, 1 + what);
        break;
    case 5:
        reply(p, (size_t)how * 128);
        break;
    default:
        SSL_read(p->client, taken, sizeof taken);
        carry(p, 1, 0);
    }
}

// Files that the people who run a server put there.
static void load(const uint8_t *pem, size_t len) {
    static char path[64], other[96], sentence[512];
    static int fd = -1;
    uint8_t pins[2][32];
    int64_t expires;
    if (fd < 0)
        fd = memfd_create("pem", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    FUZZ_MUST(ftruncate(fd, 0) == 0 && pwrite(fd, pem, len, 0) == (ssize_t)len);
    snprintf(other, sizeof other, "%s %s", path, len % 2 ? path : "/nowhere");
    int count = tls_pins(other, len % 3, pins, sentence, sizeof sentence);
    FUZZ_MUST(count >= -1 && count <= 2);
    (void)!tls_certificate_expires(path, &expires);
    struct tls_context *loaded = tls_context_new(path, path, "candour-desk/1", sentence, sizeof sentence);
    if (loaded)
        tls_context_free(loaded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct fuzz_input in = {data, len};
    static struct pair p;
    uint8_t offer = fuzz_byte(&in);
    if (offer % 8 == 7) {
        load(in.at, in.left);
        return 0;
    }
    p = (struct pair){.tls = tls_new(context), .to_server = BIO_new(BIO_s_mem()), .to_client = BIO_new(BIO_s_mem())};
    FUZZ_MUST(p.tls);
    p.client = SSL_new(offers[offer % 8 % 4]);
    SSL_set_bio(p.client, p.to_client, p.to_server);
    if (offer % 8 != 4) // else the input's own bytes are all there is
        for (unsigned i = 0; i < 4; i++) {
            SSL_connect(p.client);
            carry(&p, 1, i == offer >> 4 ? offer : 0);
        }
    for (unsigned steps = 0; in.left > 0 && steps < 32; steps++)
        step(&p, &in);
    p.output = (struct tls_output){p.out, 0};
    tls_attach(p.tls, &p.input, &p.output);
    tls_goodbye(p.tls);
    tls_free(p.tls);
    SSL_free(p.client);
    ERR_clear_error();
    return 0;
}
