// A whole round of the town, through the real daemon, database and client code, in simulated time. The clock jumps from
// one planned step to the next; whatever falls due is sent at its second, as by a computer that is always on.
//
// What is not as in life: the round is one for practice, because only these have a clock that can be shifted, but the
// client's code is made to see a live one (it then keeps all its pauses); and files are not synced to disk on the
// raters' side.
#ifndef CANDOUR_TESTS_ATTACK_STAGE_H
#define CANDOUR_TESTS_ATTACK_STAGE_H

#include <stdbool.h>

#include "eye.h"
#include "town.h"

// Once per program, instead of fixture_start and fixture_end: with people, framework and relay.
int stage_start(void **state);
int stage_end(void **state);

enum stage_manner {
    STAGE_AS_MEANT,     // computers are always on
    STAGE_NIGHTS_OFF,   // they are on from eight, or some time in the hour after, until six
    STAGE_EXTENDED,     // the close is moved to a later time when answering has ended, and some send at once
    STAGE_WITHIN_A_DAY, // a client that sends each ballot within a day of its answer
    STAGE_CARELESS,     // a client that speaks to the desk, then sends at once, all of a rater's ballots over one
                        // connection, to a ballot box that numbers its rows
};
// Plays a round from draft to closed. *ret_truth: for each ballot that the eye saw, the number in asked of whose it is.
void stage_play(enum stage_manner manner, struct town *ret_town, struct eye *ret_eye, size_t ret_truth[TOWN_ASKED_MAX]);

#endif
