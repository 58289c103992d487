// What is said to a SOCKS5 proxy, byte for byte, and what is made of its answers; and a link that goes through one.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/link.h"
#include "client/socks.h"
#include "client_server.h"

static char directory[] = "/tmp/candour-test-XXXXXX";
static struct problem problem;

// ---------------------------------------------------------------- byte for byte

static const struct socks_user user = {"ab", "cde"};

// The proxy says all this at once; what the client says meanwhile is in ret_said. Gives the result.
static int talk(const char *host, const char *port, const void *answers, size_t len, uint8_t ret_said[512],
                size_t *ret_len) {
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(write(pair[1], answers, len), len);
    shutdown(pair[1], SHUT_WR);
    memset(&problem, 0, sizeof problem);
    int result = socks_connect(pair[0], &user, host, port, &problem);
    if (result == 0) { // what follows is not the proxy's any more, and is untouched
        char next[4] = "";
        assert_int_equal(read(pair[0], next, 3), 3);
        assert_string_equal(next, "TLS");
    }
    close(pair[0]);
    ssize_t got = read(pair[1], ret_said, 512);
    assert_true(got >= 0);
    *ret_len = (size_t)got;
    close(pair[1]);
    return result;
}

static void expect(const char *host, const void *answers, size_t answers_len, const void *said, size_t said_len) {
    uint8_t bytes[512];
    size_t len;
    if (talk(host, "7361", answers, answers_len, bytes, &len) != 0)
        fail_msg("%s", problem.sentence);
    assert_int_equal(len, said_len);
    assert_memory_equal(bytes, said, said_len);
}
#define EXPECT(host, answers, said) expect(host, answers, sizeof(answers) - 1, said, sizeof(said) - 1)

static void a_name_is_given_to_the_proxy_as_it_is(void **state) {
    (void)state;
    EXPECT("box.example",
           "\5\0"
           "\5\0\0\1\0\0\0\0\0\0TLS",
           "\5\2\2\0"
           "\5\1\0\3\13box.example\x1c\xc1");
}

static void a_numeric_address_is_given_as_a_number(void **state) {
    (void)state;
    EXPECT("192.0.2.7", "\5\0\5\0\0\4................\0\1TLS",
           "\5\2\2\0"
           "\5\1\0\1\xc0\0\2\7\x1c\xc1");
    EXPECT("2001:db8::1", "\5\0\5\0\0\3\4name\0\1TLS",
           "\5\2\2\0"
           "\5\1\0\4\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x1c\xc1");
}

static void a_proxy_that_asks_is_told_user_and_password(void **state) {
    (void)state;
    EXPECT("b",
           "\5\2\1\0"
           "\5\0\0\1\0\0\0\0\0\0TLS",
           "\5\2\2\0"
           "\1\2"
           "ab\3"
           "cde"
           "\5\1\0\3\1b\x1c\xc1");
}

static void everything_else_ends_with_a_sentence(void **state) {
    (void)state;
    const struct {
        const char *answers;
        size_t len;
        const char *part;
    } wrong[] = {
        {"", 0, "no SOCKS5 proxy"},
        {"\5", 1, "no SOCKS5 proxy"},
        {"HTTP/1.1 400", 12, "no SOCKS5 proxy"},
        {"\4\0", 2, "no SOCKS5 proxy"},
        {"\5\377", 2, "lets nobody in"},
        {"\5\1", 2, "lets nobody in"},
        {"\5\2\1\1", 4, "user name of its own"},
        {"\5\2\1", 3, "no SOCKS5 proxy"},
        {"\5\0\5\0\0", 5, "no SOCKS5 proxy"},
        {"\5\0\5\0\0\1\0\0\0\0\0", 11, "no SOCKS5 proxy"},
        {"\5\0\5\0\0\2\0\0\0\0\0\0", 12, "no SOCKS5 proxy"},
        {"\5\0\5\0\0\3\377abc\0\0", 11, "no SOCKS5 proxy"},
        {"\5\0\5\1\0\1\0\0\0\0\0\0", 12, "it failed"},
        {"\5\0\5\4\0\1\0\0\0\0\0\0", 12, "does not find that host"},
        {"\5\0\5\5\0\1\0\0\0\0\0\0", 12, "nothing answers there"},
        {"\5\0\5\11\0\1\0\0\0\0\0\0", 12, "does not say why"},
        {"\5\0\5\377\0\1\0\0\0\0\0\0", 12, "does not say why"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        uint8_t said[512];
        size_t len;
        assert_int_equal(talk("b", "1", wrong[i].answers, wrong[i].len, said, &len), -1);
        assert_int_equal(problem.code, EXIT_UNREACHABLE);
        if (strstr(problem.sentence, wrong[i].part) == NULL)
            fail_msg("case %zu: %s", i, problem.sentence);
    }
}

// ---------------------------------------------------------------- a link

static struct server box;

// Seen by both processes.
struct proxy_seen {
    unsigned connections;
    char users[4][2][64]; // of each: name, password
};
struct proxy {
    pid_t pid;
    char address[32];
    struct proxy_seen *seen;
};

static void relay(int a, int b) {
    char bytes[65536];
    for (;;) {
        struct pollfd wait[] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
        if (poll(wait, 2, -1) < 1)
            return;
        for (int i = 0; i < 2; i++) {
            ssize_t got = wait[i].revents != 0 ? read(wait[i].fd, bytes, sizeof bytes) : -1;
            if (got == 0 || (got > 0 && write(wait[1 - i].fd, bytes, (size_t)got) != got))
                return;
        }
    }
}

// Wants a user, notes it, and goes on to the box, whatever is asked for.
static void serve_proxy(struct proxy_seen *seen, int fd) {
    uint8_t bytes[512], len;
    char(*noted)[64] = seen->users[seen->connections++ % ARRAY_LEN(seen->users)];
    recv(fd, bytes, 4, MSG_WAITALL);
    send(fd, "\5\2", 2, 0);
    recv(fd, bytes, 1, MSG_WAITALL);
    for (int i = 0; i < 2; i++)
        if (recv(fd, &len, 1, MSG_WAITALL) == 1 && len < 64)
            recv(fd, noted[i], len, MSG_WAITALL);
    send(fd, "\1\0", 2, 0);
    recv(fd, bytes, 10, MSG_WAITALL); // an IPv4 address
    int to = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)box.port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(to, (struct sockaddr *)&at, sizeof at) == 0) {
        send(fd, "\5\0\0\1\0\0\0\0\0\0", 10, 0);
        relay(fd, to);
    }
    close(to);
    close(fd);
}

static void proxy_start(struct proxy *proxy) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    snprintf(proxy->address, sizeof proxy->address, "127.0.0.1:%d", ntohs(at.sin_port));
    proxy->seen = mmap(NULL, sizeof *proxy->seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(proxy->seen != MAP_FAILED);
    proxy->pid = fork();
    assert_true(proxy->pid >= 0);
    if (proxy->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        for (;;)
            serve_proxy(proxy->seen, accept(listener, NULL, NULL));
    }
    close(listener);
}

static void proxy_stop(struct proxy *proxy) {
    kill(proxy->pid, SIGKILL);
    waitpid(proxy->pid, NULL, 0);
    munmap(proxy->seen, sizeof *proxy->seen);
}

// Busy once, so that the second attempt has a connection of its own.
static int box_answer(void *context, struct server_request *request) {
    (void)context;
    Candour__CastReply reply = CANDOUR__CAST_REPLY__INIT;
    uint8_t receipt[64] = {0};
    reply.status = request->seen->requests < 2 ? CANDOUR__STATUS__BUSY : CANDOUR__STATUS__OK;
    reply.receipt = (ProtobufCBinaryData){64, receipt};
    return server_reply(request, &reply.base);
}

static struct link_target target_through(const char *socks) {
    struct link_target target = {.door = DOOR_BALLOT, .address_count = 1};
    snprintf(target.addresses[0], sizeof target.addresses[0], "%s", box.address);
    snprintf(target.ca_file, sizeof target.ca_file, "%s", box.ca_file);
    snprintf(target.socks, sizeof target.socks, "%s", socks);
    return target;
}

static void every_connection_has_a_user_of_its_own(void **state) {
    (void)state;
    struct proxy proxy;
    proxy_start(&proxy);
    struct link_target target = target_through(proxy.address);
    struct link *link;
    uint8_t bytes[8192] = {1};
    Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
    request.round = (ProtobufCBinaryData){16, bytes};
    request.sealed = (ProtobufCBinaryData){sizeof bytes, bytes};
    if (link_open(&target, &link, &problem) != 0)
        fail_msg("%s", problem.sentence);
    ProtobufCMessage *reply;
    Candour__Status status;
    assert_int_equal(link_exchange(link, OPERATION_CAST_BALLOT, &request.base, &reply, &status, &problem), 0);
    assert_int_equal(status, CANDOUR__STATUS__OK);
    link_reply_free(reply);
    link_close(link);
    assert_int_equal(link_open(&target, &link, &problem), 0);
    link_close(link);
    const struct proxy_seen *seen = proxy.seen;
    assert_int_equal(seen->connections, 3); // an attempt, its repetition, and another link
    for (unsigned i = 0; i < 3; i++)
        for (unsigned part = 0; part < 2; part++) {
            assert_int_equal(strlen(seen->users[i][part]), 32);
            for (unsigned k = 0; k < 2 * i + part; k++)
                assert_string_not_equal(seen->users[i][part], seen->users[k / 2][k % 2]);
        }
    proxy_stop(&proxy);
}

static void a_proxy_is_never_gone_around(void **state) {
    (void)state;
    struct link *link;
    const char *const proxies[] = {"127.0.0.1:1", "proxy.invalid:9050", "9050", box.address};
    for (size_t i = 0; i < ARRAY_LEN(proxies); i++) {
        struct link_target target = target_through(proxies[i]);
        assert_int_equal(link_open(&target, &link, &problem), -1);
        if (strstr(problem.sentence, "proxy") == NULL)
            fail_msg("%s: %s", proxies[i], problem.sentence);
    }
    assert_int_equal(box.seen->connections, 0);
}

static int setup(void **state) {
    (void)state;
    box = (struct server){.alpn = "candour-ballot/1", .answer = box_answer};
    server_start(&box, directory);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    server_stop(&box);
    return unlink(box.ca_file);
}

static int make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) != NULL && crypto_start() == 0 ? 0 : -1;
}

static int remove_directory(void **state) {
    (void)state;
    return rmdir(directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_given_to_the_proxy_as_it_is),
        cmocka_unit_test(a_numeric_address_is_given_as_a_number),
        cmocka_unit_test(a_proxy_that_asks_is_told_user_and_password),
        cmocka_unit_test(everything_else_ends_with_a_sentence),
        cmocka_unit_test_setup_teardown(every_connection_has_a_user_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_proxy_is_never_gone_around, setup, teardown),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
