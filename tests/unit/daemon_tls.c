#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/core/tls.h"
#include "door.h"

// A client of OpenSSL's own on memory, and our side, with the bytes between them in our hands.
struct pair {
    SSL_CTX *ctx;
    SSL *client;
    BIO *to_client, *from_client;
    struct tls *server;
    struct tls_input input;
    struct tls_output output;
    uint8_t in[1 << 16], out[TLS_BUFFER_BYTES];
};

static struct door_files files;
static struct tls_context *context;
static struct pair pair;

static int make_context(void **state) {
    (void)state;
    char sentence[256];
    door_files_make(&files);
    context = tls_context_new(files.certificate, files.key, "candour-desk/1", sentence, sizeof sentence);
    return context ? 0 : -1;
}

static int free_context(void **state) {
    (void)state;
    tls_context_free(context);
    door_files_remove(&files);
    return 0;
}

static void pair_start(SSL_CTX *ctx) {
    memset(&pair, 0, sizeof pair);
    pair.ctx = ctx;
    pair.client = SSL_new(ctx);
    pair.to_client = BIO_new(BIO_s_mem());
    pair.from_client = BIO_new(BIO_s_mem());
    SSL_set_bio(pair.client, pair.to_client, pair.from_client);
    SSL_set_connect_state(pair.client);
    pair.server = tls_new(context);
    assert_non_null(pair.server);
    pair.output.data = pair.out;
    tls_attach(pair.server, &pair.input, &pair.output);
}

static int pair_end(void **state) {
    (void)state;
    SSL_free(pair.client);
    SSL_CTX_free(pair.ctx);
    tls_free(pair.server);
    memset(&pair, 0, sizeof pair);
    ERR_clear_error();
    return 0;
}

static void to_server(size_t most) { // at most so many bytes of what the client has said
    int n = BIO_read(pair.from_client, pair.in, (int)(most < sizeof pair.in ? most : sizeof pair.in));
    assert_int_equal(pair.input.len, 0);
    pair.input = (struct tls_input){pair.in, n > 0 ? (size_t)n : 0};
}

static void to_client(void) {
    assert_int_equal(BIO_write(pair.to_client, pair.out, (int)pair.output.len), (int)pair.output.len);
    pair.output.len = 0;
}

static int shake(size_t step) { // 0: done on both sides; otherwise the server's enum tls_result
    int rc = TLS_NEEDS_INPUT;
    for (int i = 0; i < 20000; i++) {
        int client = SSL_do_handshake(pair.client);
        if (client == 1 && rc == 0)
            return 0;
        to_server(step);
        if (rc == TLS_NEEDS_INPUT)
            rc = tls_handshake(pair.server);
        to_client();
        if (rc == TLS_BROKEN || rc == TLS_ENDED)
            break;
    }
    return rc;
}

static void connected(void) {
    pair_start(door_client_context(DOOR_ALPN));
    assert_int_equal(shake(SIZE_MAX), 0);
}

static int alert_of_client(void) { // what the client heard
    SSL_do_handshake(pair.client);
    return ERR_GET_REASON(ERR_peek_error()) - SSL_AD_REASON_OFFSET;
}

static void a_client_of_ours_is_let_in(void **state) {
    (void)state;
    connected();
    assert_string_equal(SSL_get_version(pair.client), "TLSv1.3");
    uint8_t text[16];
    assert_int_equal(SSL_write(pair.client, "hello", 5), 5);
    to_server(SIZE_MAX);
    assert_int_equal(tls_read(pair.server, text, sizeof text), 5);
    assert_int_equal(tls_read(pair.server, text, sizeof text), TLS_NEEDS_INPUT);
    assert_int_equal(tls_write(pair.server, "well met", 8), 8);
    to_client();
    assert_int_equal(SSL_read(pair.client, text, sizeof text), 8);
}

static void one_byte_at_a_time_will_do(void **state) {
    (void)state;
    pair_start(door_client_context(DOOR_ALPN));
    assert_int_equal(shake(1), 0);
}

static void without_alpn_nobody_gets_in(void **state) {
    (void)state;
    pair_start(door_client_context(NULL));
    assert_int_equal(shake(SIZE_MAX), TLS_BROKEN);
    assert_int_equal(alert_of_client(), SSL_AD_NO_APPLICATION_PROTOCOL);
}

static void the_other_doors_alpn_is_refused(void **state) {
    (void)state;
    pair_start(door_client_context("\020candour-ballot/1\010http/1.1"));
    assert_int_equal(shake(SIZE_MAX), TLS_BROKEN);
    assert_int_equal(alert_of_client(), SSL_AD_NO_APPLICATION_PROTOCOL);
}

static void tls_1_2_is_refused(void **state) {
    (void)state;
    SSL_CTX *ctx = door_client_context(DOOR_ALPN);
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
    pair_start(ctx);
    assert_int_equal(shake(SIZE_MAX), TLS_BROKEN);
    assert_int_equal(alert_of_client(), SSL_AD_PROTOCOL_VERSION);
}

static void other_groups_are_refused(void **state) {
    (void)state;
    SSL_CTX *ctx = door_client_context(DOOR_ALPN);
    SSL_CTX_set1_groups_list(ctx, "P-521");
    pair_start(ctx);
    assert_int_equal(shake(SIZE_MAX), TLS_BROKEN);
}

static void plain_text_is_refused(void **state) {
    (void)state;
    pair_start(door_client_context(DOOR_ALPN));
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    pair.input = (struct tls_input){(const uint8_t *)request, sizeof request - 1};
    assert_int_equal(tls_handshake(pair.server), TLS_BROKEN);
    assert_int_equal(tls_handshake(pair.server), TLS_BROKEN);
}

static int tickets;
static int on_new_session(SSL *ssl, SSL_SESSION *session) {
    (void)ssl;
    (void)session;
    tickets++;
    return 0;
}

static void no_ticket_is_ever_given(void **state) {
    (void)state;
    SSL_CTX *ctx = door_client_context(DOOR_ALPN);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(ctx, on_new_session);
    pair_start(ctx);
    tickets = 0;
    assert_int_equal(shake(SIZE_MAX), 0);
    uint8_t byte;
    assert_int_equal(tls_write(pair.server, "x", 1), 1);
    to_client();
    assert_int_equal(SSL_read(pair.client, &byte, 1), 1);
    assert_int_equal(tickets, 0);
    assert_false(SSL_SESSION_is_resumable(SSL_get_session(pair.client)));
}

static void a_flood_of_key_updates_is_cut_within_one_read(void **state) {
    (void)state;
    connected();
    uint8_t byte;
    for (int i = 0; i < TLS_KEY_UPDATES_PER_MINUTE_MAX; i++) {
        assert_int_equal(SSL_key_update(pair.client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(pair.client), 1);
    }
    to_server(SIZE_MAX);
    assert_int_equal(tls_read(pair.server, &byte, 1), TLS_NEEDS_INPUT);
    for (int i = 0; i < 600; i++) {
        assert_int_equal(SSL_key_update(pair.client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(pair.client), 1);
    }
    assert_int_equal(SSL_write(pair.client, "x", 1), 1);
    to_server(SIZE_MAX);
    size_t given = pair.input.len;
    assert_int_equal(tls_read(pair.server, &byte, 1), TLS_BROKEN);
    assert_in_range(given - pair.input.len, 1, 64); // the first one too many, and nothing behind it
}

static void a_peer_who_does_not_read_costs_one_buffer(void **state) {
    (void)state;
    connected();
    static uint8_t much[TLS_RECORD_BYTES];
    int rc;
    for (int i = 0; i < 100; i++) {
        rc = tls_write(pair.server, much, sizeof much);
        if (rc < 0)
            break;
    }
    assert_int_equal(rc, TLS_NEEDS_OUTPUT);
    assert_true(pair.output.len <= TLS_BUFFER_BYTES);
}

static void an_old_error_of_somebody_else_does_no_harm(void **state) {
    (void)state;
    connected();
    uint8_t byte;
    ERR_put_error(ERR_LIB_SSL, 0, SSL_R_BAD_LENGTH, __FILE__, __LINE__);
    assert_int_equal(tls_read(pair.server, &byte, 1), TLS_NEEDS_INPUT);
}

static void more_is_seen_before_it_is_asked_for(void **state) {
    (void)state;
    connected();
    assert_false(tls_has_more(pair.server));
    uint8_t text[8];
    assert_int_equal(SSL_write(pair.client, "12345678", 8), 8);
    to_server(SIZE_MAX);
    assert_int_equal(tls_read(pair.server, text, 4), 4);
    assert_true(tls_has_more(pair.server));
    assert_int_equal(tls_read(pair.server, text, 4), 4);
    assert_false(tls_has_more(pair.server));
    assert_int_equal(SSL_key_update(pair.client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    assert_int_equal(SSL_do_handshake(pair.client), 1);
    to_server(SIZE_MAX);
    assert_false(tls_has_more(pair.server)); // a key update is no data
    assert_int_equal(SSL_write(pair.client, "x", 1), 1);
    to_server(7);
    assert_false(tls_has_more(pair.server)); // the beginning of something, perhaps of a good-bye
    to_server(SIZE_MAX);
    assert_true(tls_has_more(pair.server));
}

static void goodbye_is_heard(void **state) {
    (void)state;
    connected();
    uint8_t byte;
    assert_int_equal(SSL_shutdown(pair.client), 0);
    to_server(SIZE_MAX);
    assert_int_equal(tls_read(pair.server, &byte, 1), TLS_ENDED);
    tls_goodbye(pair.server);
    to_client();
    assert_int_equal(SSL_read(pair.client, &byte, 1), 0);
    assert_int_equal(SSL_get_shutdown(pair.client), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

static void files_that_do_not_fit_are_named(void **state) {
    (void)state;
    char sentence[256] = "";
    struct door_files other;
    door_files_make(&other);
    assert_null(tls_context_new("/nowhere.pem", files.key, "x", sentence, sizeof sentence));
    assert_non_null(strstr(sentence, "/nowhere.pem"));
    assert_null(tls_context_new(files.certificate, files.certificate, "x", sentence, sizeof sentence));
    assert_non_null(strstr(sentence, "cannot be used"));
    assert_null(tls_context_new(files.certificate, other.key, "x", sentence, sizeof sentence));
    assert_non_null(strstr(sentence, other.key));
    door_files_remove(&other);
}

static void the_end_of_a_certificate_is_known(void **state) {
    (void)state;
    int64_t expires = 0;
    assert_int_equal(tls_certificate_expires(files.certificate, &expires), 0);
    assert_in_range(expires, time(NULL) + 86000, time(NULL) + 86401);
    assert_int_equal(tls_certificate_expires(files.key, &expires), -1);
}

static void a_pin_is_the_key_of_a_certificate_or_a_bare_key(void **state) {
    (void)state;
    char list[1024], sentence[1200], bare[64] = "/tmp/candour-pin-XXXXXX";
    uint8_t pins[2][32] = {{0}};
    FILE *in = fopen(files.certificate, "r"), *out = fdopen(mkstemp(bare), "w");
    X509 *certificate = PEM_read_X509(in, NULL, NULL, NULL);
    assert_int_equal(PEM_write_PUBKEY(out, X509_get0_pubkey(certificate)), 1);
    X509_free(certificate);
    fclose(in);
    fclose(out);
    snprintf(list, sizeof list, " %s  %s ", files.certificate, bare);
    assert_int_equal(tls_pins(list, 2, pins, sentence, sizeof sentence), 2);
    assert_memory_equal(pins[0], pins[1], 32);
    assert_int_equal(tls_pins(list, 1, pins, sentence, sizeof sentence), -1);
    assert_non_null(strstr(sentence, "too many"));
    assert_int_equal(unlink(bare), 0);
    assert_int_equal(tls_pins("", 2, pins, sentence, sizeof sentence), 0);
    assert_int_equal(tls_pins(files.key, 2, pins, sentence, sizeof sentence), -1);
    assert_int_equal(tls_pins("/nowhere", 2, pins, sentence, sizeof sentence), -1);
}

static void a_connection_outlives_its_context(void **state) {
    (void)state;
    char sentence[256];
    struct tls_context *kept = context;
    context = tls_context_new(files.certificate, files.key, "candour-desk/1", sentence, sizeof sentence);
    pair_start(door_client_context(DOOR_ALPN));
    tls_context_free(context); // as a reload does
    context = kept;
    assert_int_equal(shake(SIZE_MAX), 0);
}

#define PAIR_TEST(name) cmocka_unit_test_teardown(name, pair_end)
int main(void) {
    const struct CMUnitTest tests[] = {
        PAIR_TEST(a_client_of_ours_is_let_in),
        PAIR_TEST(one_byte_at_a_time_will_do),
        PAIR_TEST(without_alpn_nobody_gets_in),
        PAIR_TEST(the_other_doors_alpn_is_refused),
        PAIR_TEST(tls_1_2_is_refused),
        PAIR_TEST(other_groups_are_refused),
        PAIR_TEST(plain_text_is_refused),
        PAIR_TEST(no_ticket_is_ever_given),
        PAIR_TEST(a_flood_of_key_updates_is_cut_within_one_read),
        PAIR_TEST(a_peer_who_does_not_read_costs_one_buffer),
        PAIR_TEST(an_old_error_of_somebody_else_does_no_harm),
        PAIR_TEST(more_is_seen_before_it_is_asked_for),
        PAIR_TEST(goodbye_is_heard),
        cmocka_unit_test(files_that_do_not_fit_are_named),
        cmocka_unit_test(the_end_of_a_certificate_is_known),
        cmocka_unit_test(a_pin_is_the_key_of_a_certificate_or_a_bare_key),
        PAIR_TEST(a_connection_outlives_its_context),
    };
    return cmocka_run_group_tests(tests, make_context, free_context);
}
