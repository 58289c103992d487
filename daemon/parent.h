// The parent: opens the sockets, forks the workers before any loop exists, restarts a dead one, reloads, drains. It
// reads no key and speaks to no database.
#ifndef CANDOUR_PARENT_H
#define CANDOUR_PARENT_H

struct config;

// only: 1 << enum worker_kind, or several of them. config belongs to the parent from now on; path is read again on
// reload. Returns the exit code: 0 after a drain, 1 when it could not start.
int parent_run(struct config *config, const char *path, unsigned only);

#endif
