// The questionnaire as a line dialogue: one question at a time, over any two streams, so that it works over ssh, with a
// screen reader and in tests. On screen 0 is "I have not seen this"; only this module turns it into 255.
#ifndef CANDOUR_ASK_H
#define CANDOUR_ASK_H

#include <stdbool.h>
#include <stdio.h>

#include "code.h"
#include "manifest.h"
#include "questionnaire.h"
#include "vault.h"

struct ask {
    FILE *in, *out;
    const struct questionnaire *questionnaire;
    const char *subject_name;
};

enum ask_result {
    ASK_SEND, // reviewed and confirmed
    ASK_QUIT, // q, or the input ended: the answers so far are a draft
};

// What a rater is told before the first question: who asked, how many were asked in the same group, the threshold, what
// is expected to be merged, what will be shown, a warning when alone in the group, and the promise with its limits.
void ask_preface(FILE *out, const Vault__Round *round, const Vault__Assignment *assignment,
                 const struct manifest *manifest);

// The promise and what it does not cover, in plain words.
void ask_promise(FILE *out);

// Runs the dialogue from answers->position on; changes *answers as it goes. save (may be NULL) is called after each
// answer, so that a lost terminal loses nothing; it returns 0, or -1 to end the dialogue as ASK_QUIT.
enum ask_result ask_questions(const struct ask *ask, Vault__Answers *answers, int (*save)(void *context),
                              void *context);

// What was answered, in one screen.
void ask_review(FILE *out, const struct questionnaire *questionnaire, const Vault__Answers *answers);

// What may give the writer away in a comment: bits, each with a sentence. Pure.
enum ask_hint { ASK_HINT_EMAIL = 1, ASK_HINT_NAME = 2, ASK_HINT_DATE = 4, ASK_HINT_ONLY = 8 };
unsigned ask_hints(const char *text, size_t len, const char *subject_name);
const char *ask_hint_sentence(enum ask_hint hint);

// Shows a recovery code and asks for its last group, three times at most. in NULL: only shows it, and is true.
bool ask_recovery(FILE *in, FILE *out, const char *round_name, const char code[CODE_RECOVERY_TEXT_BYTES]);

// Shows a fingerprint but for its last group, which is to be typed from a copy that comes from elsewhere; three tries.
// in NULL: nobody is asked, and it is true.
bool ask_fingerprint(FILE *in, FILE *out, const char *round_name, const char fingerprint[CODE_FINGERPRINT_TEXT_BYTES]);

// Yes or no; an empty line or the end of input is no.
PRINTF(3, 4) bool ask_yes(FILE *in, FILE *out, const char *format, ...);

#endif
