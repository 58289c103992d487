// The organisation's report, for administrators: as an outline, like a leader's, and as JSON.
#ifndef CANDOUR_RENDER_ORGANISATION_H
#define CANDOUR_RENDER_ORGANISATION_H

#include <stdbool.h>

#include "client/render/outline.h"

struct json_t;

// A report comes from the server: true when every number in it can be shown. Nothing else here may be given another
// one.
bool organisation_is_sound(const Candour__OrganisationReport *report);
// As outline_make.
struct outline *organisation_outline(const Candour__OrganisationReport *report);
// Schema "candour/organisation/1". Ends with json_write.
struct json_t *organisation_json(const Candour__OrganisationReport *report);

#endif
