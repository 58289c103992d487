// The one clock of daemon and client: Unix seconds. A shifted clock exists for rounds of purpose demo only; whoever
// shows it to a person says so loudly.
#ifndef CANDOUR_CLOCK_H
#define CANDOUR_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

int64_t clock_now(void);
// From now on an offset in seconds is read from the file at each clock_now (decimal text; missing or unreadable: the
// last offset read stays). path must outlive the process. Demo only: the caller has checked.
void clock_shift_by_file(const char *path);
bool clock_is_shifted(void); // true from clock_shift_by_file on, whatever the file says

enum { CLOCK_TEXT_BYTES = 24 };
// "2026-11-22T09:30:00Z", as in manifests. Before 1970 or after 9999: the nearest second within.
void clock_text(int64_t at, char ret_text[CLOCK_TEXT_BYTES]);
// "22 November 2026 at 09:30 UTC", for people.
enum { CLOCK_WORDS_BYTES = 40 };
void clock_words(int64_t at, char ret_text[CLOCK_WORDS_BYTES]);
// Exactly the form of clock_text; -1 otherwise.
MUST_CHECK int clock_parse(const char *text, size_t len, int64_t *ret_at);

#endif
