#include "dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

void dial_limit(int fd, unsigned seconds) {
    struct timeval limit = {.tv_sec = seconds};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

// The socket is blocking afterwards. Gives the socket, or -errno.
static int dial(const struct addrinfo *to) {
    int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol), one = 1;
    if (fd < 0)
        return -errno;
    int error = connect(fd, to->ai_addr, to->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        socklen_t size = sizeof error;
        if (poll(&wait, 1, DIAL_STEP_S * 1000) != 1)
            error = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
            error = errno;
    }
    if (error == 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) != 0)
        error = errno;
    if (error != 0) {
        close(fd);
        return -error;
    }
    dial_limit(fd, DIAL_STEP_S);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

int dial_open(const char *host, const char *port, bool is_proxy, int *ret_fd, struct problem *ret_problem) {
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV};
    struct addrinfo *found;
    int error = getaddrinfo(host, port, &wanted, &found);
    if (error != 0)
        return problem_set(ret_problem, EXIT_UNREACHABLE,
                           "The name %s is not known to this computer (%s). Check the server's name and the network.",
                           host, gai_strerror(error));
    int fd = -EHOSTUNREACH;
    for (const struct addrinfo *to = found; to != NULL && fd < 0; to = to->ai_next)
        fd = dial(to);
    freeaddrinfo(found);
    if (fd >= 0) {
        *ret_fd = fd;
        return 0;
    }
    if (is_proxy)
        return problem_set(
            ret_problem, EXIT_UNREACHABLE,
            "The SOCKS proxy at %s port %s cannot be reached (%s), and nothing was sent around it. Start "
            "it, or name another one with --socks.",
            host, port, strerror(-fd));
    return problem_set(ret_problem, EXIT_UNREACHABLE,
                       "The server at %s port %s cannot be reached (%s). Check the address and the network, and "
                       "whether the server is running.",
                       host, port, strerror(-fd));
}
