// A client of an HTTP/1.1 server over TLS that keeps its connection, for crowd.h: posts the row of a ballot as JSON.
#ifndef CANDOUR_TESTS_BENCH_HTTP_H
#define CANDOUR_TESTS_BENCH_HTTP_H

#include <stddef.h>

#include "base.h"

void *http_enter(void *address); // "host:port"; the authority is that of CANDOUR_CA
MUST_CHECK int http_post(void *client, size_t number);
void http_leave(void *client);

#endif
