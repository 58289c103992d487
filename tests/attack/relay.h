// A relay in front of both doors, which notes what somebody sees who owns the network of the server: one line per
// connection. Addresses are not noted: behind the council's proxy all of them are one.
// A thread of its own; the functions below may be called from the main thread only.
#ifndef CANDOUR_TESTS_ATTACK_RELAY_H
#define CANDOUR_TESTS_ATTACK_RELAY_H

#include <stddef.h>
#include <stdint.h>

#include "operations.h"

struct relay_connection {
    enum door door;
    int64_t at;        // by the simulated clock
    uint32_t up, down; // bytes of TCP payload
    unsigned port;     // that it came from
    unsigned turns;    // how often the direction changed
};

// Starts; the real doors are "127.0.0.1:port". *ret_ports are those of the relay, desk first.
void relay_start(unsigned desk_port, unsigned ballot_port, unsigned ret_ports[2]);
void relay_stop(void);
// How many connections have been noted, after waiting until none is open.
size_t relay_count(void);
const struct relay_connection *relay_get(size_t number);
void relay_forget(void); // all of them

#endif
