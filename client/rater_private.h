// What being a rater is made of.
#ifndef CANDOUR_RATER_PRIVATE_H
#define CANDOUR_RATER_PRIVATE_H

#include "rater.h"

// Brings rounds and assignments as the desk tells them into the vault, lets go of what is finished, and saves.
MUST_CHECK int rater_merge(struct vault *vault, struct link *desk, const struct rater_talk *talk,
                           struct problem *ret_problem);

PRINTF(2, 3) void rater_tell(const struct rater_talk *talk, const char *format, ...);
int rater_strange_reply(struct problem *ret_problem); // always -1
bool rater_is_same(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b);

#endif
