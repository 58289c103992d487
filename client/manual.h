// The manual page candour(1), in the macros of groff_man(7), and the table of commands as JSON
// ({"schema": "candour/commands/1"}). Both are made from the table of commands alone.
#ifndef CANDOUR_MANUAL_H
#define CANDOUR_MANUAL_H

#include <stdio.h>

struct json_t;

void manual_print(FILE *out);
// The caller owns it.
struct json_t *manual_json(void);

#endif
