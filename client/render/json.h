// A report as JSON, schema "candour/report/1": published figures only; a hidden figure is null with its reason.
#ifndef CANDOUR_RENDER_JSON_H
#define CANDOUR_RENDER_JSON_H

#include "candour.pb-c.h"

struct json_t;

// report must be sound (words_is_sound). Ends with json_write.
struct json_t *render_json(const Candour__Report *report);

// Parts of it.
struct json_t *render_json_figure(const Candour__Figure *figure); // NULL: null
struct json_t *render_json_rules(const Candour__Rules *rules);

#endif
