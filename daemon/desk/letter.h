// The text of a letter: an invitation, to those who nominate, or to those who read a report. Pure. Its parts are
// daemon/mail/templates/letter-*.txt, in each language.
#ifndef CANDOUR_DESK_LETTER_H
#define CANDOUR_DESK_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/desk/text.h"

enum { LETTER_BYTES_MAX = 16384, LETTER_LANGUAGE_BYTES = 36 };

enum letter_kind { LETTER_INVITATION, LETTER_NOMINATION, LETTER_READING };

struct letter {
    enum letter_kind kind;
    const char *organisation;
    const char *desk; // host:port
    ProtobufCBinaryData round, name, email;
    ProtobufCBinaryData language;                      // "cy"; of one without a letter, or empty: English
    bool is_leader;                                    // in a nomination: also of the round
    ProtobufCBinaryData leaders;                       // one on each line: to rate, to decide about, to read about
    const char *code;                                  // as typed
    const char *fingerprint;                           // of the round's rules; in an invitation alone
    int64_t collect_from, answer_from, close, expires; // Unix seconds; expires: the code
    uint32_t threshold;
};

// Writes the whole letter and a NUL; its length. More than 20 leaders are counted, not named.
size_t letter_write(const struct letter *letter, char ret_text[LETTER_BYTES_MAX]);

#endif
