// The audit trail's chain of hashes (PROTOCOL.md, 13), worked out again line by line. Pure.
#ifndef CANDOUR_CHAIN_H
#define CANDOUR_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "candour.pb-c.h"
#include "findings.h"

// A line that says a time this much earlier than the lines before it was not written at that time.
enum { CHAIN_LATE_S = 600 };

enum { CHAIN_HEAD_BYTES = 96 };
struct chain_head {
    int64_t link; // 0: no head
    uint8_t hash[32];
};
// "152:9f3c...": the number of a link and its hash in hexadecimal digits. -1: not of this form.
MUST_CHECK int chain_head_read(const char *text, struct chain_head *ret_head);
void chain_head_text(const struct chain_head *head, char ret_text[CHAIN_HEAD_BYTES]);

// Lines that say they are older than where they stand: one finding for all of them.
enum { CHAIN_LATE_NAMED = 4 };
struct chain_late {
    size_t count;
    int64_t numbers[CHAIN_LATE_NAMED]; // of the first ones
};

// Starts as {.wanted = an earlier head, if there is one}.
struct chain {
    struct chain_head wanted;
    struct chain_head head; // the newest so far
    int64_t newest;         // time of the latest line
    int64_t oldest_waiting; // time, with waiting
    size_t lines, waiting;  // chained, and not yet
    bool has_met;           // the wanted link came
    struct chain_late unchained, misdated;
};
// Lines as ReadChain gives them, in its order: those of the chain, then those that wait. What is wrong is added to
// findings; its line is the audit line's number. Late lines wait for chain_end.
void chain_add(struct chain *chain, const Candour__AuditLine *line, struct findings *findings);
// After the last one: what is missing at the end, and what came late.
void chain_end(const struct chain *chain, struct findings *findings);

#endif
