// What the operator of a round sees, written down after every step: both schemas with the physical place and the
// transaction of each row, the growth of the write-ahead log and of the daemon's log, and every connection that came
// through the relay. Nothing here knows what the raters' own computers know.
#ifndef CANDOUR_TESTS_ATTACK_EYE_H
#define CANDOUR_TESTS_ATTACK_EYE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "town.h"

enum { EYE_CONTACTS_MAX = 4 };

// Of somebody who was asked, as far as it can be put into numbers.
enum eye_person_trait {
    PERSON_FIRST_CONTACT,
    PERSON_LAST_CONTACT,
    PERSON_ROW, // place of the assignment's row
    PERSON_ROW_TRANSACTION,
    PERSON_BLINDED,
    PERSON_ASSIGNMENT,
    PERSON_SESSION_ROW,
    PERSON_BYTES_UP,
    PERSON_BYTES_DOWN,
    PERSON_WAL,
    PERSON_LOG,
    PERSON_PORT,
    PERSON_BOX_BYTES, // of the manifest, fetched from the ballot box while at the desk
    PERSON_TRAITS,
};
// Of a ballot.
enum eye_ballot_trait {
    BALLOT_AT,
    BALLOT_ROW,
    BALLOT_TRANSACTION,
    BALLOT_NAME,
    BALLOT_LEAF,
    BALLOT_BYTES_UP,
    BALLOT_BYTES_DOWN,
    BALLOT_TURNS,
    BALLOT_WAL,
    BALLOT_LOG,
    BALLOT_PORT,
    BALLOT_AFTER_BOX, // since the connection before at the ballot box
    BALLOT_SHUFFLED,  // place of its ratings after close
    BALLOT_COMMENT,   // and of its comment
    BALLOT_NUMBER,    // the leaky build's own
    BALLOT_TRAITS,
};

struct eye_rater {
    int64_t contacts[EYE_CONTACTS_MAX];
    size_t contact_count;
};
struct eye_asked {
    unsigned rater, cell;
    double traits[PERSON_TRAITS];
};
struct eye_ballot {
    char name[65], leaf[65], ratings[401], comment[401]; // hex
    unsigned cell;
    int64_t at;
    size_t connection; // number of the relay
    double traits[BALLOT_TRAITS];
};
struct eye {
    struct town_dates dates;
    struct eye_rater raters[TOWN_RATERS];
    struct eye_asked asked[TOWN_ASKED_MAX]; // in the order of the town's
    size_t asked_count;
    struct eye_ballot ballots[TOWN_ASKED_MAX];
    size_t ballot_count;
    size_t box_connections, box_bytes_up_max, box_bytes_up_min; // of all ballots
};

// Who a person is: "p123@example.org" is rater 123.
enum { EYE_EMAIL_BYTES = 24 };
void eye_email(unsigned rater, char ret_email[EYE_EMAIL_BYTES]);

// A round begins; what was seen before is forgotten. round: its id in hex. is_numbered: there is a column "number".
void eye_open(const char *round, const struct town *town, bool is_numbered, struct eye *eye);
// After every step. rater: whom the desk knew in it; -1: nobody.
void eye_look(struct eye *eye, int rater);
// Before the round closes: the rows of the desk. After it: what is left of the ballots.
void eye_look_at_desk(struct eye *eye);
void eye_look_at_rest(struct eye *eye);

#endif
