// Ballots: making, queueing at a random time, sending, withdrawing, and finding them again among the published leaves.
// Nothing here talks to the desk.
#ifndef CANDOUR_CAST_H
#define CANDOUR_CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "manifest.h"
#include "vault.h"

enum { CAST_APART_S = 60, CAST_AFTER_CONTACT_S = 3600 };

// When a ballot may be sent: at any moment after answering has ended (manifest_answers_until), but for the last hour
// before close. It is the same for everybody, so that when a ballot comes does not tell when its rater answered:
// ballots that come within some hours of each other would otherwise be taken for one person's, and who is asked about
// both leaders is one of few. Who answers late, or was at the desk by then, has what is left. Times are Unix seconds.
struct cast_schedule {
    int64_t now, answer_from, close;
    int64_t identified_at; // last contact with the desk; 0: never
};
struct cast_window {
    int64_t from, until; // both included
    bool is_short;       // under two hours are left: the caller says cast_warning
};
// Pure.
struct cast_window cast_window(const struct cast_schedule *schedule);
// A random time of the window, at least a minute away from each of others where there is room. 0: as `now`.
int64_t cast_due(const struct cast_window *window, const int64_t *others, size_t others_count);
// What is said before --now, and when a window is_short; and before --late.
extern const char cast_warning[], cast_late_warning[];

// What the rater asked for, and has been warned of: not to wait; to answer after answering has ended.
enum { CAST_NOW = 1, CAST_LATE = 2 };

// May something be answered, or taken back, about this person now, by the round's clock? how: CAST_LATE or 0. -1:
// EXIT_RULE, and why not.
MUST_CHECK int cast_may_prepare(const Vault__Round *round, const Vault__Assignment *assignment,
                                const struct manifest *manifest, unsigned how, struct problem *ret_problem);
// Has answering ended? After cast_may_prepare.
bool cast_is_late(const struct manifest *manifest);

// Packs, signs and seals the answers as the assignment's next ballot, queues the exact bytes with their due time, drops
// the draft, and saves. A ballot that still waits is replaced. how: of CAST_NOW and CAST_LATE. *ret_window says what
// was chosen from; the due time is assignment->queued->due. -1: a draft stays.
MUST_CHECK int cast_prepare(struct vault *vault, Vault__Round *round, Vault__Assignment *assignment,
                            const Vault__Answers *answers, unsigned how, struct cast_window *ret_window,
                            struct problem *ret_problem);
// The same without any rating or comment: takes the rater's answers back.
MUST_CHECK int cast_withdraw(struct vault *vault, Vault__Round *round, Vault__Assignment *assignment, unsigned how,
                             struct cast_window *ret_window, struct problem *ret_problem);

// Looks at the rules again at a ballot box, unless that was done lately, so that a ballot due soon need not wait for
// it. For one that is due later nobody is asked: it would only show that somebody here has just answered. Being
// unreachable is no problem; -1: the round was stopped, or this cannot be saved.
MUST_CHECK int cast_look_ahead(struct vault *vault, Vault__Round *round, int64_t due, struct problem *ret_problem);
// How many ballots wait to be sent.
size_t cast_waiting(struct vault *vault);

struct cast_summary {
    unsigned sent;    // with a receipt
    unsigned waiting; // not due yet, or to be repeated
    unsigned refused; // the ballot box will not take it; its sentence is in queued->refusal
    int64_t next_due; // of the waiting ones; 0: none
};
// Sends what is due, each ballot over its own new connection, never two in one minute (rounds of purpose demo are not
// held to the minute). A ballot box is asked for the rules some minutes before a ballot, at least; only a
// demonstration, and a ballot that must go now or shortly before the end, goes on after seconds. all_now: everything
// that waits counts as due; the caller has shown cast_warning. tell (may be NULL) gets a sentence per ballot sent and
// per further problem. 0 when nothing failed; -1: the first problem (EXIT_PARTLY when others were sent); *ret_summary
// is filled either way.
MUST_CHECK int cast_send_due(struct vault *vault, bool all_now, void (*tell)(void *context, const char *sentence),
                             void *context, struct cast_summary *ret_summary, struct problem *ret_problem);

struct cast_checked {
    unsigned receipts; // held by this vault for the round
    unsigned found;    // of these, among the published leaves
    uint32_t leaves;   // published for the whole round
    uint8_t root[32];
};
// After close: downloads all leaves of the round, computes their root and looks for the own ones. EXIT_NOT_FOUND: not
// published yet. A published root that does not fit the leaves, and more leaves than people were asked, are problems; a
// missing leaf is not: receipts > found, and tell names each. When all were found the round is marked as checked.
MUST_CHECK int cast_check(struct vault *vault, Vault__Round *round, void (*tell)(void *context, const char *sentence),
                          void *context, struct cast_checked *ret_checked, struct problem *ret_problem);

#endif
