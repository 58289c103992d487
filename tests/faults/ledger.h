// What raters' clients know of their ballots, kept in memory that all processes of the set checker share and that a
// killed client leaves whole; and its comparison with what the database holds.
#ifndef CANDOUR_TESTS_LEDGER_H
#define CANDOUR_TESTS_LEDGER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LEDGER_NAMES_MAX = 4096, LEDGER_KEPT = 16, LEDGER_TIMES = 1 << 16 };

// A ballot's name. Its own client writes to it, and nobody else but ledger_compare.
struct ledger_name {
    uint8_t vk[32];
    struct {
        uint8_t leaf[32];
        _Atomic uint32_t sequence;
    } sent[LEDGER_KEPT];        // by sequence modulo LEDGER_KEPT; what may be in the database
    _Atomic uint32_t acked;     // sequence of the newest receipt; 0: none
    _Atomic uint32_t confirmed; // of the newest receipt that a comparison has found stored
};

struct ledger {
    size_t count;
    struct ledger_name names[LEDGER_NAMES_MAX];
    _Atomic unsigned acked, repeated, refused; // receipts; attempts without one; what must not happen
    _Atomic unsigned timed;
    _Atomic uint32_t times_us[LEDGER_TIMES]; // of casts that worked at the first attempt, the newest ones
    _Atomic bool is_over;                    // what was begun is finished, nothing else is begun
};

struct ledger *ledger_new(void);
struct ledger_name *ledger_find(struct ledger *ledger, const uint8_t vk[32]); // NULL: unknown
void ledger_add(struct ledger *ledger, const uint8_t vk[32]);
// Before the ballot leaves, after its receipt has come.
void ledger_sent(struct ledger_name *name, uint32_t sequence, const uint8_t leaf[32]);
void ledger_acked(struct ledger *ledger, struct ledger_name *name, uint32_t sequence);
// A name may be used again when the loss of its last ballot could no longer stay unseen.
bool ledger_is_confirmed(const struct ledger_name *name);

struct ledger_result {
    unsigned names;   // with a receipt
    unsigned lost;    // of these, not stored, or stored as something older or else
    unsigned doubled; // rows too many for a name, or counted as if
    unsigned strange; // rows that no client sent
};
// With all that has a receipt when it begins; casting may go on. What is lost is lost once: afterwards the ledger
// forgets it. false: the database cannot be read, and nothing has been compared.
bool ledger_compare(struct ledger *ledger, struct ledger_result *ret_result);

#endif
