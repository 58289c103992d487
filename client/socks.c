#include "socks.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "crypto.h"
#include "dial.h"
#include "language.h"

enum {
    VERSION = 5,
    NO_METHOD = 0,
    USER_METHOD = 2,
    USER_VERSION = 1,
    CONNECT = 1,
    IPV4 = 1,
    NAME = 3,
    IPV6 = 4,
    NAME_BYTES_MAX = 255,
    WAY_S = 120, // a way through several relays takes its time
};

void socks_user_make(struct socks_user *ret_user) {
    uint8_t random[2][(SOCKS_USER_BYTES - 1) / 2];
    crypto_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random[0]; i++) {
        snprintf(ret_user->name + 2 * i, 3, "%02x", random[0][i]);
        snprintf(ret_user->password + 2 * i, 3, "%02x", random[1][i]);
    }
}

static int send_all(int fd, const uint8_t *bytes, size_t len) {
    return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1; // it fits into the socket's buffer
}

static int read_all(int fd, uint8_t *ret_bytes, size_t len) {
    return recv(fd, ret_bytes, len, MSG_WAITALL) == (ssize_t)len ? 0 : -1;
}

static int not_socks(struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_UNREACHABLE,
                       "What answers at the address of the SOCKS proxy is no SOCKS5 proxy, or it hung up. Nothing was "
                       "sent. Check --socks.");
}

static int show_user(int fd, const struct socks_user *user, struct problem *ret_problem) {
    uint8_t text[3 + 2 * SOCKS_USER_BYTES], reply[2];
    size_t len = 0, name_len = strlen(user->name), password_len = strlen(user->password);
    text[len++] = USER_VERSION;
    text[len++] = (uint8_t)name_len;
    memcpy(text + len, user->name, name_len);
    len += name_len;
    text[len++] = (uint8_t)password_len;
    memcpy(text + len, user->password, password_len);
    len += password_len;
    if (send_all(fd, text, len) != 0 || read_all(fd, reply, sizeof reply) != 0)
        return not_socks(ret_problem);
    if (reply[1] == 0)
        return 0;
    return problem_set(ret_problem, EXIT_UNREACHABLE,
                       "The SOCKS proxy wants a user name of its own. Candour shows a random one, so that nothing ties "
                       "two connections together. Use a proxy that lets everybody in, such as Tor.");
}

static int greet(int fd, const struct socks_user *user, struct problem *ret_problem) {
    static const uint8_t greeting[] = {VERSION, 2, USER_METHOD, NO_METHOD};
    uint8_t reply[2];
    if (send_all(fd, greeting, sizeof greeting) != 0 || read_all(fd, reply, sizeof reply) != 0 || reply[0] != VERSION)
        return not_socks(ret_problem);
    if (reply[1] == USER_METHOD)
        return show_user(fd, user, ret_problem);
    if (reply[1] == NO_METHOD)
        return 0;
    return problem_set(ret_problem, EXIT_UNREACHABLE,
                       "The SOCKS proxy lets nobody in who does not sign in to it. Use a proxy that lets everybody in, "
                       "such as Tor.");
}

static size_t write_request(const char *host, const char *port, uint8_t ret_bytes[7 + NAME_BYTES_MAX]) {
    size_t len = 0, host_len = strlen(host);
    ret_bytes[len++] = VERSION;
    ret_bytes[len++] = CONNECT;
    ret_bytes[len++] = 0;
    if (inet_pton(AF_INET, host, ret_bytes + len + 1) == 1) {
        ret_bytes[len] = IPV4;
        len += 1 + sizeof(struct in_addr);
    } else if (inet_pton(AF_INET6, host, ret_bytes + len + 1) == 1) {
        ret_bytes[len] = IPV6;
        len += 1 + sizeof(struct in6_addr);
    } else {
        assert(host_len <= NAME_BYTES_MAX);
        ret_bytes[len++] = NAME;
        ret_bytes[len++] = (uint8_t)host_len;
        memcpy(ret_bytes + len, host, host_len);
        len += host_len;
    }
    unsigned long number = strtoul(port, NULL, 10);
    ret_bytes[len++] = (uint8_t)(number >> 8);
    ret_bytes[len++] = (uint8_t)number;
    return len;
}

// The address from which the proxy goes on is read and not used: what comes after it is the server's.
static int read_address(int fd, uint8_t type) {
    uint8_t bytes[1 + NAME_BYTES_MAX + 2], len = type == IPV4 ? 4 : type == IPV6 ? 16 : 0;
    if (type == NAME && read_all(fd, &len, 1) != 0)
        return -1;
    return type == IPV4 || type == IPV6 || type == NAME ? read_all(fd, bytes, (size_t)len + 2) : -1;
}

static int refused(const char *host, const char *port, uint8_t code, struct problem *ret_problem) {
    static const char *const sentences[] = {
        [1] = N_("it failed"),
        [2] = N_("its rules forbid it"),
        [3] = N_("there is no way to that network"),
        [4] = N_("it does not find that host"),
        [5] = N_("nothing answers there"),
        [6] = N_("it took too long"),
    };
    return problem_set(ret_problem, EXIT_UNREACHABLE, "The SOCKS proxy cannot reach %s port %s: %s. Try again later.",
                       host, port, code < ARRAY_LEN(sentences) ? _(sentences[code]) : _("it does not say why"));
}

int socks_connect(int fd, const struct socks_user *user, const char *host, const char *port,
                  struct problem *ret_problem) {
    uint8_t request[7 + NAME_BYTES_MAX], reply[4];
    if (greet(fd, user, ret_problem) != 0)
        return -1;
    if (send_all(fd, request, write_request(host, port, request)) != 0)
        return not_socks(ret_problem);
    dial_limit(fd, WAY_S);
    if (read_all(fd, reply, sizeof reply) != 0 || reply[0] != VERSION)
        return not_socks(ret_problem);
    if (reply[1] != 0)
        return refused(host, port, reply[1], ret_problem);
    if (read_address(fd, reply[3]) != 0)
        return not_socks(ret_problem);
    dial_limit(fd, DIAL_STEP_S);
    return 0;
}
