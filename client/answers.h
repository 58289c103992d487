// Answers from a file instead of the dialogue (candour give --answers FILE), JSON:
//   {"ratings": [4, 5, 0, null, 3], "comments": {"1": "...", "3": "..."}}
// ratings: one per item in questionnaire order; 0 is "I have not seen this", null is unanswered.
// comments (may be absent): open questions by number from 1.
#ifndef CANDOUR_ANSWERS_H
#define CANDOUR_ANSWERS_H

#include <stdio.h>

#include "questionnaire.h"
#include "vault.h"

enum { ANSWERS_BYTES_MAX = 256 * 1024 };

// -1: EXIT_USAGE with a sentence that says what is wrong and where. The caller frees *ret_answers with
// vault__answers__free_unpacked(answers, NULL).
MUST_CHECK int answers_read(FILE *in, const struct questionnaire *questionnaire, Vault__Answers **ret_answers,
                            struct problem *ret_problem);
// What the ballot box would say of these answers (ballot_check_answers), as a sentence; 0: nothing.
MUST_CHECK int answers_check(const Vault__Answers *answers, const struct questionnaire *questionnaire,
                             struct problem *ret_problem);

#endif
