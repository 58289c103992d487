// A TCP connection from this computer: to a server, or to the SOCKS5 proxy that goes on from there (socks.h).
#ifndef CANDOUR_DIAL_H
#define CANDOUR_DIAL_H

#include <stdbool.h>

#include "exit.h"

// Looks the host up (a numeric address is taken as it is), tries each of its addresses for at most 15 s, and gives a
// blocking socket of which every read and write takes at most 15 s, too. The caller closes it. is_proxy: for the
// sentence alone. -1: EXIT_UNREACHABLE.
MUST_CHECK int dial_open(const char *host, const char *port, bool is_proxy, int *ret_fd, struct problem *ret_problem);

// How long each further read and write may take.
void dial_limit(int fd, unsigned seconds);
enum { DIAL_STEP_S = 15 };

#endif
