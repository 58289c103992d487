// A made-up organisation's report for tests of its renderings: long names, means with and without a figure, quality.
#ifndef CANDOUR_TESTS_SAMPLE_ORGANISATION_H
#define CANDOUR_TESTS_SAMPLE_ORGANISATION_H

#include "candour.pb-c.h"

// Sound (organisation_is_sound), and not the caller's.
const Candour__OrganisationReport *sample_organisation(void);

#endif
