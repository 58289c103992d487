// usage: work ROUND RIGHTS CERTIFICATE KEY COUNT
// What must be done for a cast in any case, in one process on one core, as CPU time of the server's side: a whole
// TLS 1.3 handshake with the certificate and groups of the server, opening a sealed ballot, and checking credential and
// signature. Prints "handshake_us=… unseal_us=… credential_us=… signature_us=…".
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ballot.h"
#include "credential.h"
#include "crypto.h"
#include "tests/bench/lib/ballots.h"

static double cpu_us(void) {
    struct timespec at;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return 1e6 * (double)at.tv_sec + (double)at.tv_nsec / 1e3;
}

static void need(bool is_fine, const char *what) {
    if (!is_fine) {
        fprintf(stderr, "work: %s failed\n", what);
        exit(EXIT_FAILURE);
    }
}

// ---------------------------------------------------------------- handshake

static SSL_CTX *context_new(const SSL_METHOD *method) {
    SSL_CTX *context = SSL_CTX_new(method);
    need(context != NULL && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
             SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
             SSL_CTX_set_ciphersuites(
                 context, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256") == 1,
         "TLS");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    return context;
}

static double handshake(SSL_CTX *server_context, SSL_CTX *client_context) {
    BIO *server_end, *client_end;
    need(BIO_new_bio_pair(&server_end, 0, &client_end, 0) == 1, "memory");
    SSL *client = SSL_new(client_context);
    SSL_set_bio(client, client_end, client_end);
    SSL_set_connect_state(client);
    double began = cpu_us();
    SSL *server = SSL_new(server_context);
    SSL_set_bio(server, server_end, server_end);
    SSL_set_accept_state(server);
    double sum = cpu_us() - began;
    for (int turn = 0; turn < 8 && !(SSL_is_init_finished(server) && SSL_is_init_finished(client)); turn++) {
        int rc = SSL_do_handshake(client);
        need(rc == 1 || SSL_get_error(client, rc) == SSL_ERROR_WANT_READ, "the client's handshake");
        began = cpu_us();
        rc = SSL_do_handshake(server);
        sum += cpu_us() - began;
        need(rc == 1 || SSL_get_error(server, rc) == SSL_ERROR_WANT_READ, "the server's handshake");
    }
    need(SSL_is_init_finished(server), "the handshake");
    began = cpu_us();
    SSL_free(server);
    sum += cpu_us() - began;
    SSL_free(client);
    return sum;
}

static double handshakes(const char *certificate, const char *key, unsigned count) {
    SSL_CTX *server = context_new(TLS_server_method()), *client = context_new(TLS_client_method());
    need(SSL_CTX_use_certificate_chain_file(server, certificate) == 1 &&
             SSL_CTX_use_PrivateKey_file(server, key, SSL_FILETYPE_PEM) == 1,
         "reading the certificate");
    double sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += handshake(server, client);
    SSL_CTX_free(server);
    SSL_CTX_free(client);
    return sum / count;
}

// ---------------------------------------------------------------- ballot

struct sums {
    double unseal, credential, signature;
};

static void ballot(const struct ballots_round *round, const struct ballots_right *right, struct sums *sums) {
    static uint8_t sealed[BALLOT_BUCKET_MAX], plain[BALLOT_BUCKET_MAX];
    uint8_t info[CREDENTIAL_INFO_BYTES], y[64], leaf[32];
    Candour__Ballot *read;
    ballots_make(round, right, sealed);
    double began = cpu_us();
    need(crypto_open(round->box_public, round->box_secret, sealed, round->bucket, plain) == 0, "opening");
    double opened = cpu_us();
    need(ballot_unpack(plain, round->bucket, NULL, &read, leaf) == BALLOT_FINE, "reading");
    double checked = cpu_us();
    credential_info((uint8_t)read->group, round->id, read->subject.data, round->root, info);
    need(credential_evaluate(round->credential_secret, info, sizeof info, read->vk.data, read->vk.len, y) == 0 &&
             crypto_equal(y, read->y.data, sizeof y),
         "the credential");
    sums->credential += cpu_us() - checked;
    sums->signature += checked - opened;
    sums->unseal += opened - began;
    candour__ballot__free_unpacked(read, NULL);
}

int main(int argc, char **argv) {
    struct ballots_round round;
    struct ballots_right right;
    struct sums sums = {0};
    need(argc == 6 && crypto_start() == 0, "usage: work ROUND RIGHTS CERTIFICATE KEY COUNT:");
    unsigned count = (unsigned)strtoul(argv[5], NULL, 10);
    FILE *rights = fopen(argv[2], "re");
    need(ballots_round_read(argv[1], &round) == 0 && rights != NULL, "reading the round");
    for (size_t i = 0; i < sizeof right.subject; i++)
        need(fscanf(rights, "%2hhx", &right.subject[i]) == 1, "reading a right");
    need(fscanf(rights, " %hhu", &right.group) == 1, "reading a right");
    fclose(rights);
    double shaken = handshakes(argv[3], argv[4], count);
    for (unsigned i = 0; i < count; i++)
        ballot(&round, &right, &sums);
    printf("handshake_us=%.1f unseal_us=%.1f credential_us=%.1f signature_us=%.1f sum_us=%.1f\n", shaken,
           sums.unseal / count, sums.credential / count, sums.signature / count,
           shaken + (sums.unseal + sums.credential + sums.signature) / count);
    return EXIT_SUCCESS;
}
