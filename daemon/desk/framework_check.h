// Is a framework fit to be a questionnaire (questionnaire.h), and a ballot (ballot.h)? The gate has judged each field
// by itself; this judges them together. Pure.
#ifndef CANDOUR_DESK_FRAMEWORK_CHECK_H
#define CANDOUR_DESK_FRAMEWORK_CHECK_H

#include <stdint.h>

#include "daemon/desk/problems.h"

// Adds what is wrong to problems, sorted by line.
void framework_check(const Candour__ImportFramework *framework, struct problems *problems);
// Position from 1 of every row within its level, into ret_positions[n_rows].
void framework_positions(const Candour__ImportFramework *framework, int32_t *ret_positions);
// Over everything that makes the content, beginning with 32 zero bytes: hash = SHA-256(hash || text), text by text.
// Lines are left out.
void framework_hash(const Candour__ImportFramework *framework, uint8_t ret_hash[32]);

#endif
