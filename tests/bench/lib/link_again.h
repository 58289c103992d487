// The client's own connection (client/link.h), of which a load generator also decides when it begins and ends.
#ifndef CANDOUR_TESTS_BENCH_LINK_AGAIN_H
#define CANDOUR_TESTS_BENCH_LINK_AGAIN_H

#include "client/link.h"

// Ends the connection; the next exchange makes a new one with the same settings.
void link_hang_up(struct link *link);
// Connects again: TCP and a whole TLS handshake.
MUST_CHECK int link_again(struct link *link, struct problem *ret_problem);
// What the handshake ends with is sent now, not with the next request.
void link_settle(struct link *link);

#endif
