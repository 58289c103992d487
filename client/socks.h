// Through a SOCKS5 proxy: RFC 1928, and its user names and passwords by RFC 1929. The proxy looks host names up, so
// that this computer asks nobody for them.
#ifndef CANDOUR_SOCKS_H
#define CANDOUR_SOCKS_H

#include "exit.h"

enum { SOCKS_USER_BYTES = 33 };

// What the proxy is told, if it asks: Tor keeps connections with different ones apart.
struct socks_user {
    char name[SOCKS_USER_BYTES], password[SOCKS_USER_BYTES];
};
// 128 random bits each, in hexadecimal; for one connection.
void socks_user_make(struct socks_user *ret_user);

// fd: connected to the proxy, at the start. Afterwards it is a connection to host (a name of at most 255 bytes, or a
// numeric address without brackets) and port. -1: EXIT_UNREACHABLE; the caller closes fd.
MUST_CHECK int socks_connect(int fd, const struct socks_user *user, const char *host, const char *port,
                             struct problem *ret_problem);

#endif
