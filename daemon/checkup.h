// candourd check: everything that must be right before, and stay right while, candourd serves.
#ifndef CANDOUR_CHECKUP_H
#define CANDOUR_CHECKUP_H

struct config;

// One line each on stdout, "ok ..." or "WRONG ... do this". 0, or 1 when anything is wrong.
int checkup_run(const struct config *config);

#endif
