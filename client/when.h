// Points in time and durations as administrators write them. Pure.
#ifndef CANDOUR_WHEN_H
#define CANDOUR_WHEN_H

#include <stdint.h>

#include "base.h"

// "now", "+3d" (after now), "2026-12-01" (00:00 UTC), "2026-12-01T09:00Z", "2026-12-01T09:00:00Z". -1: none of these.
MUST_CHECK int when_read(const char *text, int64_t now, int64_t *ret_at);
// Seconds: "45s", "90m", "2h", "3d", "1w". -1: not of this form, or longer than ten years.
MUST_CHECK int when_duration(const char *text, int64_t *ret_s);

enum { WHEN_TEXT_BYTES = 64 };
// For people, in the time zone of this computer: "2026-12-01 09:00 GMT".
void when_text(int64_t at, char ret_text[WHEN_TEXT_BYTES]);

#endif
