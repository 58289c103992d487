#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/config.h"

enum { BACKLOG = 1024 };

// "[::1]:7360" -> "::1" and "7360". address was checked by config.
static void split(const char *address, char ret_host[256], const char **ret_port) {
    const char *colon = strrchr(address, ':');
    bool has_brackets = address[0] == '[';
    int len = (int)(colon - address) - (has_brackets ? 2 : 0);
    snprintf(ret_host, 256, "%.*s", len, address + (has_brackets ? 1 : 0));
    *ret_port = colon + 1;
}

static int bind_to(const char *address, int *ret_fd, char *ret_sentence, size_t sentence_size) {
    char host[256];
    const char *port;
    split(address, host, &port);
    struct addrinfo wish = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    if (getaddrinfo(host, port, &wish, &found) != 0) {
        snprintf(ret_sentence, sentence_size,
                 "listen = %s is not a numeric address and a port, such as 127.0.0.1:7360.", address);
        return -1;
    }
    int on = 1, fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool is_bound = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                    bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    int error = errno;
    freeaddrinfo(found);
    if (is_bound) {
        *ret_fd = fd;
        return 0;
    }
    snprintf(ret_sentence, sentence_size, "Cannot listen on %s: %s. Is another candourd running?", address,
             strerror(error));
    if (fd >= 0)
        close(fd);
    return -1;
}

// The socket that systemd holds under this name, or -1.
static int inherited(const char *name) {
    char **names = NULL;
    int fd = -1, count = sd_listen_fds_with_names(0, &names);
    for (int i = 0; i < count; i++) {
        if (fd < 0 && strcmp(names[i], name) == 0)
            fd = SD_LISTEN_FDS_START + i;
        free(names[i]);
    }
    free(names);
    if (fd >= 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0))
        return -1;
    return fd;
}

static int port_of(int fd) {
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &len) != 0)
        return -1;
    if (bound.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)(void *)&bound)->sin_port);
    if (bound.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)(void *)&bound)->sin6_port);
    return -1;
}

static int make_public(const char *name, struct config_door *door, int fd, char *ret_sentence, size_t sentence_size) {
    char *address = door->public_address;
    if (!address[0] && (strncmp(door->listen, "0.0.0.0:", 8) == 0 || strncmp(door->listen, "[::]:", 5) == 0)) {
        snprintf(ret_sentence, sentence_size,
                 "Set public in section [%s]: the host and port that clients connect to. \"%s\" is every address of "
                 "this machine, and no client can use that.",
                 name, door->listen);
        return -1;
    }
    if (!address[0])
        snprintf(address, sizeof door->public_address, "%s", door->listen);
    char *port = strrchr(address, ':') + 1;
    if (strspn(port, "0") != strlen(port))
        return 0;
    int bound = port_of(fd);
    size_t room = sizeof door->public_address - (size_t)(port - address);
    if (bound < 0 || (size_t)snprintf(port, room, "%d", bound) >= room) {
        snprintf(ret_sentence, sentence_size, "The port of the %s door cannot be found out. Set public in [%s].", name,
                 name);
        return -1;
    }
    return 0;
}

int listen_open(const char *name, struct config_door *door, int *ret_fd, char *ret_sentence, size_t sentence_size) {
    int fd = inherited(name);
    if (fd < 0 && bind_to(door->listen, &fd, ret_sentence, sentence_size) != 0)
        return -1;
    if (make_public(name, door, fd, ret_sentence, sentence_size) != 0) {
        close(fd);
        return -1;
    }
    *ret_fd = fd;
    return 0;
}

int listen_write_addresses(const struct config *config, int desk_fd, int ballot_fd) {
    char temporary[sizeof config->addresses_file + 8];
    snprintf(temporary, sizeof temporary, "%s.new", config->addresses_file);
    FILE *file = fopen(temporary, "we");
    if (!file)
        return -1;
    if (desk_fd >= 0)
        fprintf(file, "desk %s\n", config->desk.public_address);
    if (ballot_fd >= 0)
        fprintf(file, "ballot %s\n", config->ballot.public_address);
    bool is_written = !ferror(file);
    if (fclose(file) != 0 || !is_written || rename(temporary, config->addresses_file) != 0) {
        unlink(temporary);
        return -1;
    }
    return 0;
}
