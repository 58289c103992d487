// The sandbox that a test runs in (deploy/sandbox.sh): its variables, database, clock and server. Whatever does not
// work here fails the running test.
#ifndef CANDOUR_TESTS_SANDBOX_H
#define CANDOUR_TESTS_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base.h"
#include "client/link.h"

const char *sandbox_variable(const char *name);

// Runs a shell command, which must succeed. Its output without the last line feed, cut to fit; NULL: not wanted.
PRINTF(3, 4) void sandbox_shell(char *ret_output, size_t size, const char *format, ...);
// SQL as superuser; sandbox_number gives the one value of the last statement.
PRINTF(1, 2) void sandbox_sql(const char *format, ...);
PRINTF(1, 2) long long sandbox_number(const char *format, ...);
// Asks the same until it is true, for ten seconds.
PRINTF(1, 2) void sandbox_wait(const char *question, ...);

// Everything that both schemas hold, but for what the clerk does by itself: the daily count, the
// chain that it adds to the trail, and sessions that go when they end.
struct sandbox_state {
    char digest[33];
};
void sandbox_remember(struct sandbox_state *ret_state);
void sandbox_unchanged(const struct sandbox_state *state); // or the test fails

// A transaction that has run the statement and stays open until sandbox_unlock.
FILE *sandbox_lock(const char *statement);
void sandbox_unlock(FILE *lock);

// From now on it is `at` for server and client.
void sandbox_clock(int64_t at);

// deploy/sandbox-server.sh restart, wait, ...
void sandbox_server(const char *word);
// Restarts with so many workers of the ballot box.
void sandbox_ballot_workers(unsigned count);
// The workers' processes, desk first, then ballot box, then clerk; so long as none of them was replaced.
size_t sandbox_workers(pid_t *ret_workers, size_t max);

// Where a door is, for the client's own code.
struct link_target sandbox_door(enum door door);

#endif
