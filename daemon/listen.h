// The listening sockets of the doors: from systemd, or bound here. And the addresses that clients use.
#ifndef CANDOUR_LISTEN_H
#define CANDOUR_LISTEN_H

#include <stddef.h>

#include "base.h"

struct config;
struct config_door;

// name: "desk" or "ballot", which is also the socket's name in a systemd unit. The socket listens, does not block, and
// the caller closes it. A port 0 in door->public_address becomes the bound one; an empty one becomes door->listen.
// -1: a sentence in ret_sentence.
MUST_CHECK int listen_open(const char *name, struct config_door *door, int *ret_fd, char *ret_sentence,
                           size_t sentence_size);
// One line "name host:port" for each door that has a socket, to a file that appears at once or not at all. -1: errno.
MUST_CHECK int listen_write_addresses(const struct config *config, int desk_fd, int ballot_fd);

#endif
