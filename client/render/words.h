// What every rendering of a report says in the same words, and the check that a report may be rendered at all.
#ifndef CANDOUR_RENDER_WORDS_H
#define CANDOUR_RENDER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "candour.pb-c.h"

enum { WORDS_FIGURE_BYTES = 64 };

// A report comes from the server: true when every index in it is within its list, and every list as long as it should
// be. Nothing else here or in the renderers may be given another one.
bool words_is_sound(const Candour__Report *report);

// Of one figure; NULL is sound.
bool words_is_figure(const Candour__Figure *figure);

// "peer": as in files, and as --group takes it; translated where it is shown.
const char *words_group_key(Candour__Group group);
// "at_least", "mostly_lower", "higher", "shown_merged": as in files, too. The value must be a sound one.
const char *words_kind_key(Candour__FigureKind kind);
const char *words_bands_key(Candour__BandsKind kind);
const char *words_comparison_key(Candour__Comparison kind);
const char *words_outcome_key(Candour__GroupOutcome outcome);
// "Peers", "Other colleagues".
const char *words_group(Candour__Group group);
// "Peers", "Peers and others together".
const char *words_source(const Candour__ReportCell *cell);
// "4.2", "4.2 or above", "too few answers", "mostly not seen".
void words_figure(const Candour__Figure *figure, char ret_text[WORDS_FIGURE_BYTES]);

// A figure that carries a number?
bool words_is_number(const Candour__Figure *figure);
// Did the subject, did a manager answer? Both are known by nature.
bool words_has_answered(const Candour__Report *report, Candour__Group group);

// What may stand in the section "what is hidden": does any figure of colleagues have this kind?
bool words_has_kind(const Candour__Report *report, Candour__FigureKind kind);
bool words_has_merged(const Candour__Report *report);

#endif
