// Small rounds made through the real operations: three leaders of two levels, sixteen raters, and the vaults in which
// raters keep what the client's own code collects. Several programs may use one sandbox one after the other.
#ifndef CANDOUR_TESTS_FIXTURE_H
#define CANDOUR_TESTS_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "client/link.h"
#include "client/vault.h"
#include "manifest.h"
#include "wire.h"

enum {
    FIXTURE_RATERS = 16,
    FIXTURE_PEERS = 12,        // raters 0 to 11 are peers of Ada, the others her reports
    FIXTURE_OF_BEN = 6,        // raters 0 to 5 are peers of Ben
    FIXTURE_OF_CYN = 4,        // raters 0 to 3 are reports of Cyn
    FIXTURE_ITEMS = 1,         // of Ada and Cyn, level "3"
    FIXTURE_OF_BEN_ITEMS = 53, // level "6"
    FIXTURE_SCALE = 5,
    FIXTURE_QUESTIONS = 3,
    FIXTURE_BUCKET = 8192,
};
enum fixture_subject { FIXTURE_ADA, FIXTURE_BEN, FIXTURE_CYN };

struct fixture_round {
    char name[64];
    char hex[33]; // of its id, for SQL
    struct manifest manifest;
    uint8_t root[32];
};

// Setup of a whole program: a month after whatever was in this sandbox before, signs the administrator in, imports
// people and framework.
int fixture_start(void **state);
int fixture_end(void **state);
// The administrator's session ends after twelve hours, like every other; this opens another one, a minute later.
void fixture_sign_in(uint8_t ret_session[32]);
// A desk connection with the administrator's session of fixture_start.
struct link *fixture_admin(void);
const uint8_t *fixture_session(void);

// A round that collects now, answers two days later and closes a week after that, with an hour of grace; waits until
// it is prepared, and prints its letters, whose codes replace earlier ones. Sets the clock to when this program began.
void fixture_round_make(const char *word, struct fixture_round *ret_round);
void fixture_round_free(struct fixture_round *round);
const uint8_t *fixture_subject_id(const struct fixture_round *round, enum fixture_subject subject);

// What the desk knows, whoever asks: the id of this rater's assignment.
void fixture_assignment(const struct fixture_round *round, unsigned number, enum fixture_subject subject,
                        uint8_t ret_id[16]);
// CollectCredentials for one assignment, with an element of the test's choice; the reply is still to be read.
void fixture_send_collect(struct wire *wire, const uint8_t round[16], const uint8_t assignment[16],
                          const uint8_t element[32]);
// The point that is so many times the base.
void fixture_element(uint8_t times, uint8_t ret_element[32]);

// ---- raters

struct person {
    unsigned number; // 0 to FIXTURE_RATERS - 1
    struct vault *vault;
};
// home: a name for the vault's folder; an existing vault is opened again.
void person_open(unsigned number, const char *home, struct person *ret_person);
void person_close(struct person *person);
// The newest code of a rater's letters.
const char *fixture_code(unsigned number);
// Signs in with the newest code; collects nothing yet.
void person_sign_in(struct person *person);
// As after every sign-in; gives the number of credentials collected.
unsigned person_collect(struct person *person);
Vault__Round *person_round(const struct person *person, const struct fixture_round *round);
Vault__Assignment *person_about(const struct person *person, const struct fixture_round *round,
                                enum fixture_subject subject);
// A connection to the desk with the person's session.
struct link *person_desk(const struct person *person);
const uint8_t *person_session(const struct person *person);
// Gives every item this rating, queues the ballot and sends it at once. 0, or -1: it was not stored.
int person_cast(struct person *person, const struct fixture_round *round, enum fixture_subject subject, uint8_t rating);
// All of these in one: opened, signed in, collected, with a home of the round's own.
void person_ready(unsigned number, const struct fixture_round *round, struct person *ret_person);
// Copies a vault's folder that nobody has open.
void person_copy(const char *from_home, const char *to_home);

#endif
