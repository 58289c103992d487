// What a worker gives up for good before anybody can talk to it, whoever takes it over. systemd's sandbox gives up
// more, but it has to let the daemon be started, and does not tell workers from their parent.
#ifndef CANDOUR_CONFINE_H
#define CANDOUR_CONFINE_H

#include "base.h"

// This process can no longer run a program, look into or signal another process, open, make, change or remove a file
// for writing, or talk in other ways than TCP, UDP and local sockets: each fails with EPERM. What is open stays so. -1:
// nothing is given up, errno says why.
MUST_CHECK int confine_worker(void);

#endif
