// One stream on a loop in a thread: it fills what the test wants, and sends it back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <uv.h>

#include "daemon/core/stream.h"
#include "door.h"

enum { BUFFER_BYTES = 1 << 22, MEET_MS = 10000 };

static struct {
    struct door_files files;
    struct tls_context *tls;
    uv_loop_t loop;
    uv_thread_t thread;
    struct stream_shared shared;
    struct stream stream;
    uint8_t buffer[BUFFER_BYTES];
    size_t pieces[4]; // lengths to fill one after the other; 0 ends the list
    size_t piece, len;
    uint32_t deadline_ms, finish_ms, rest_ms;
    uv_timer_t rest;
    int reason;
    bool has_more, asks_for_more;
    int fd;
    unsigned sends; // of the stream
} me;
static struct door_client client;

ssize_t send(int fd, const void *bytes, size_t len, int flags) {
    me.sends += fd == me.fd;
    return sendto(fd, bytes, len, flags, NULL, 0);
}

static void fill_next(struct stream *s) {
    stream_fill(s, me.buffer + me.len, me.pieces[me.piece]);
}

static void on_rested(uv_timer_t *timer) {
    (void)timer;
    fill_next(&me.stream);
}

static void on_ready(struct stream *s) {
    stream_deadline(s, me.deadline_ms);
    fill_next(s);
}

static void on_filled(struct stream *s) {
    me.len += me.pieces[me.piece++];
    if (me.pieces[me.piece] && me.rest_ms) {
        uv_timer_start(&me.rest, on_rested, me.rest_ms, 0);
        return;
    }
    if (me.pieces[me.piece]) {
        fill_next(s);
        return;
    }
    if (me.asks_for_more)
        me.has_more = stream_has_more(s);
    if (stream_has_ended(s))
        stream_send_last(s, me.buffer, me.len);
    else
        stream_send(s, me.buffer, me.len);
}

static void on_sent(struct stream *s) {
    if (stream_has_ended(s)) {
        stream_close(s);
        return;
    }
    if (me.finish_ms) {
        stream_finish(s, me.finish_ms);
        return;
    }
    me.piece = me.len = 0;
    fill_next(s);
}

static void on_ended(struct stream *s, int reason) {
    me.reason = reason;
    stream_close(s);
}

static void on_closed(struct stream *s) {
    (void)s;
    uv_close((uv_handle_t *)&me.rest, NULL); // the loop is empty then and ends
}

static void run(void *context) {
    (void)context;
    uv_run(&me.loop, UV_RUN_DEFAULT);
}

static int start(void **state) {
    (void)state;
    char sentence[256];
    memset(&me, 0, sizeof me);
    me.deadline_ms = MEET_MS;
    me.pieces[0] = 8;
    signal(SIGPIPE, SIG_IGN);
    door_files_make(&me.files);
    me.tls = tls_context_new(me.files.certificate, me.files.key, "candour-desk/1", sentence, sizeof sentence);
    return me.tls && uv_loop_init(&me.loop) == 0 && uv_timer_init(&me.loop, &me.rest) == 0 ? 0 : -1;
}

static void meet(void) { // what the stream shall do is set before
    static const struct stream_events events = {on_ready, on_filled, on_sent, on_ended, on_closed};
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    door_be_patient(ends[0]);
    me.fd = ends[1];
    assert_int_equal(stream_start(&me.stream, &me.loop, ends[1], me.tls, &me.shared, &events, MEET_MS), 0);
    assert_int_equal(uv_thread_create(&me.thread, run, NULL), 0);
    assert_true(door_client_start(&client, ends[0], DOOR_ALPN));
}

static int stop(void **state) {
    (void)state;
    door_client_close(&client);
    uv_thread_join(&me.thread);
    int rc = uv_loop_close(&me.loop);
    tls_context_free(me.tls);
    door_files_remove(&me.files);
    return rc;
}

static void several_buffers_are_filled_from_one_record(void **state) {
    (void)state;
    uint8_t back[8];
    memcpy(me.pieces, (size_t[]){1, 5, 2, 0}, sizeof me.pieces);
    meet();
    for (int i = 0; i < 50; i++) {
        assert_true(door_send(&client, "abcdefgh", 8));
        assert_true(door_receive(&client, back, 8));
        assert_memory_equal(back, "abcdefgh", 8);
    }
}

static void one_buffer_is_filled_from_many_records(void **state) {
    (void)state;
    uint8_t back[8];
    meet();
    for (int i = 0; i < 8; i++)
        assert_true(door_send(&client, "12345678" + i, 1));
    assert_true(door_receive(&client, back, 8));
    assert_memory_equal(back, "12345678", 8);
}

static void what_arrives_while_nobody_asks_is_kept(void **state) {
    (void)state;
    uint8_t back[24];
    memcpy(me.pieces, (size_t[]){8, 8, 8, 0}, sizeof me.pieces);
    me.rest_ms = 100;
    meet();
    for (int i = 0; i < 3; i++) // the second and third record are read in one piece, and used one after the other
        assert_true(door_send(&client, "12345678abcdefghABCDEFGH" + 8 * i, 8));
    assert_true(door_receive(&client, back, 24));
    assert_memory_equal(back, "12345678abcdefghABCDEFGH", 24);
}

static void four_mib_go_both_ways(void **state) {
    (void)state;
    static uint8_t there[BUFFER_BYTES], back[BUFFER_BYTES];
    for (size_t i = 0; i < BUFFER_BYTES; i++)
        there[i] = (uint8_t)(i * 2654435761u >> 13);
    me.pieces[0] = BUFFER_BYTES;
    meet();
    for (size_t i = 0; i < BUFFER_BYTES; i += 100000)
        assert_true(door_send(&client, there + i, BUFFER_BYTES - i < 100000 ? BUFFER_BYTES - i : 100000));
    uv_sleep(100); // the socket is full by now
    assert_true(door_receive(&client, back, BUFFER_BYTES));
    assert_memory_equal(there, back, BUFFER_BYTES);
}

static void the_deadline_is_told(void **state) {
    (void)state;
    me.deadline_ms = 50;
    meet();
    assert_true(door_is_closed(&client));
    assert_int_equal(me.reason, UV_ETIMEDOUT);
}

static void a_peer_that_leaves_is_told(void **state) {
    (void)state;
    meet();
    assert_true(door_send(&client, "123", 3));
    SSL_shutdown(client.ssl);
    shutdown(client.fd, SHUT_WR);
    uv_thread_join(&me.thread);
    assert_int_equal(me.reason, UV_EOF);
    assert_int_equal(uv_thread_create(&me.thread, run, NULL), 0); // for stop
}

static void forged_bytes_are_told(void **state) {
    (void)state;
    meet();
    assert_int_equal(send(client.fd, "\x17\x03\x03\x00\x20 this was never encrypted at all", 37, 0), 37);
    assert_true(door_is_closed(&client));
    uv_thread_join(&me.thread); // the alert comes before the stream's owner hears of it
    assert_int_equal(me.reason, UV_EPROTO);
    assert_int_equal(uv_thread_create(&me.thread, run, NULL), 0);
}

static void what_comes_early_is_seen(void **state) {
    (void)state;
    uint8_t back[8];
    me.asks_for_more = true;
    meet();
    assert_true(door_send(&client, "12345678", 8));
    assert_true(door_receive(&client, back, 8));
    assert_false(me.has_more);
    assert_true(door_send(&client, "123456789", 9));
    assert_true(door_receive(&client, back, 8));
    assert_true(me.has_more);
    assert_true(door_send(&client, "abcdefg", 7)); // and it is not lost
    assert_true(door_receive(&client, back, 8));
    assert_memory_equal(back, "9abcdefg", 8);
}

// The client's last bytes and its good-bye come in one piece, and so do ours.
static void send_last(size_t len) {
    static uint8_t there[TLS_RECORD_BYTES + 1], back[sizeof there];
    memset(there, 'x', sizeof there);
    me.pieces[0] = len;
    me.asks_for_more = true;
    meet();
    BIO *together = BIO_new(BIO_f_buffer());
    BIO_set_write_buffer_size(together, 3 * TLS_RECORD_BYTES);
    BIO_up_ref(SSL_get_wbio(client.ssl));
    SSL_set0_wbio(client.ssl, BIO_push(together, SSL_get_wbio(client.ssl)));
    assert_true(door_send(&client, there, len));
    SSL_shutdown(client.ssl);
    assert_true(door_receive(&client, back, len));
    assert_memory_equal(there, back, len);
    assert_true(door_is_closed(&client));
    assert_true(SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN);
    uv_thread_join(&me.thread); // though the client keeps the connection
    assert_int_equal(me.reason, 0);
    assert_int_equal(uv_thread_create(&me.thread, run, NULL), 0);
}

static void the_last_bytes_bring_the_goodbye(void **state) {
    (void)state;
    send_last(TLS_RECORD_BYTES);
    assert_int_equal(me.sends, 2); // the handshake's, and one
}

static void so_do_those_of_several_records(void **state) {
    (void)state;
    send_last(TLS_RECORD_BYTES + 1);
    assert_int_equal(me.sends, 3);
}

static void finishing_says_goodbye_and_waits_for_the_peer(void **state) {
    (void)state;
    uint8_t back[8];
    static const uint8_t rubbish[100000];
    me.finish_ms = MEET_MS;
    meet();
    assert_true(door_send(&client, "12345678", 8));
    assert_true(door_send(&client, rubbish, sizeof rubbish)); // unread, it would make the system reset the connection
    assert_true(door_receive(&client, back, 8));
    assert_true(door_is_closed(&client));
    assert_true(SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN); // an end that was said, not a cut
    assert_int_equal(me.reason, 0);
    assert_true(door_send(&client, rubbish, sizeof rubbish)); // it still listens
}

static void finishing_does_not_wait_for_ever(void **state) {
    (void)state;
    uint8_t back[8];
    me.finish_ms = 50;
    meet();
    assert_true(door_send(&client, "12345678", 8));
    uint64_t start_ns = uv_hrtime();
    assert_true(door_receive(&client, back, 8));
    uv_thread_join(&me.thread); // though the client keeps the connection
    assert_true(uv_hrtime() - start_ns < (uint64_t)MEET_MS * 1000000 / 2);
    assert_int_equal(uv_thread_create(&me.thread, run, NULL), 0);
}

#define STREAM_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
int main(void) {
    const struct CMUnitTest tests[] = {
        STREAM_TEST(several_buffers_are_filled_from_one_record),
        STREAM_TEST(one_buffer_is_filled_from_many_records),
        STREAM_TEST(what_arrives_while_nobody_asks_is_kept),
        STREAM_TEST(four_mib_go_both_ways),
        STREAM_TEST(the_deadline_is_told),
        STREAM_TEST(a_peer_that_leaves_is_told),
        STREAM_TEST(forged_bytes_are_told),
        STREAM_TEST(what_comes_early_is_seen),
        STREAM_TEST(the_last_bytes_bring_the_goodbye),
        STREAM_TEST(so_do_those_of_several_records),
        STREAM_TEST(finishing_says_goodbye_and_waits_for_the_peer),
        STREAM_TEST(finishing_does_not_wait_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
