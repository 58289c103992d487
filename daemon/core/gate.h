// The gate between a complete frame and a handler: role, unpacking, the check of every field. Between conn and request.
#ifndef CANDOUR_GATE_H
#define CANDOUR_GATE_H

#include "conn.h"

// CONN_ACCEPTED, or what is missing. Pure.
enum conn_refusal gate_role(enum role role, const struct session *session, int64_t now);
const char *gate_refusal_name(enum conn_refusal refusal); // for counting
// conn has its slot; both end in one reply.
void gate_refuse(struct conn *c); // says c->refusal
void gate_start(struct conn *c);  // the frame in c->slot is complete
// Makes a BUSY for every operation of the server's door, for who cannot even have a slot; the server frees them.
// -1 with a log line: no memory.
MUST_CHECK int gate_busy(struct server *s);

#endif
