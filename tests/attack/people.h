// The raters, each with a vault of their own, doing what the client program does, with the client's own code.
#ifndef CANDOUR_TESTS_ATTACK_PEOPLE_H
#define CANDOUR_TESTS_ATTACK_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/vault.h"
#include "code.h"
#include "town.h"

struct people_round {
    unsigned number; // of this program, from 1
    uint8_t id[16];
    char codes[TOWN_RATERS][CODE_TEXT_BYTES];
};
struct person_at {
    const struct people_round *round;
    unsigned number;
    struct vault *vault;
};

void people_start(unsigned desk_port);
void people_open(const struct people_round *round, unsigned number, struct person_at *ret_person);
void people_close(struct person_at *person);
void people_forget(const struct people_round *round); // removes all vaults

// candour sign-in: signs in and collects.
void people_contact(struct person_at *person);
// candour give: random answers and a comment, queued by the client's rules.
enum people_way {
    PEOPLE_AS_MEANT,
    PEOPLE_LATE,         // --late
    PEOPLE_NOW,          // --now: sent by the next people_send
    PEOPLE_WITHIN_A_DAY, // a control: due within a day, as clients did it once
};
void people_give(struct person_at *person, unsigned leader, uint8_t group, enum people_way way);
// candour send.
void people_send(struct person_at *person);
// Everything that waits, now, over one connection: the leaky control, which no program of ours can do.
void people_send_carelessly(struct person_at *person);
// When something falls due next; 0: nothing waits.
int64_t people_due(const struct person_at *person);
// The name of the ballot about a leader, which only this vault knows, in hex.
void people_ballot_name(const struct person_at *person, unsigned leader, uint8_t group, char ret_name[65]);

#endif
