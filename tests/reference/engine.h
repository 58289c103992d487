// Every figure of the report engine about one data set, by name and in a fixed order. NAN: not defined.
#ifndef CANDOUR_TESTS_ENGINE_H
#define CANDOUR_TESTS_ENGINE_H

#include "tests/reference/sets.h"

// name is "set/..." as in reference.R and lives as long as the call.
typedef void (*engine_figure)(void *context, const char *name, double value);

// No memory ends the program.
void engine_tell(const struct set *set, engine_figure tell, void *context);
// Likely ranges' half-widths for spreads and ballots; of no data set.
void engine_tell_widths(engine_figure tell, void *context);

#endif
