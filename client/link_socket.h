// The socket of a connection as TLS sees it. What is written waits until it is pushed or something is read, so that
// what belongs together leaves together: the end of the handshake, a request, and the good-bye behind it.
#ifndef CANDOUR_LINK_SOCKET_H
#define CANDOUR_LINK_SOCKET_H

#include "base.h"

struct bio_st; // OpenSSL's BIO

// fd stays the caller's. The BIO is freed with the SSL that it is given to. NULL: no memory.
struct bio_st *link_socket_new(int fd);
// Sends what waits. -1: the connection is gone, or does not take it within its time limit.
MUST_CHECK int link_socket_push(struct bio_st *socket);

#endif
