// The computer of somebody who has signed in, and the round they know, the same in every run: for the target `client`
// and for what writes its corpus. Time stands still, and random is a counter.
#ifndef CANDOUR_TESTS_FUZZ_HOME_H
#define CANDOUR_TESTS_FUZZ_HOME_H

#include <sodium.h>

#include "tests/unit/client_round.h"

enum { HOME_NOW = 1800000000 };

int64_t __wrap_clock_now(void);
int64_t __wrap_clock_now(void) {
    return HOME_NOW;
}

static uint64_t home_counter;
static const char *home_name(void) {
    return "counter";
}
static uint32_t home_random(void) {
    home_counter = home_counter * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(home_counter >> 32);
}
static void home_buf(void *bytes, size_t len) {
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)home_random();
}

static struct client_round home_round;
static void home_remove(void) {
    nftw(home_round.directory, client_round_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

// Somebody with a session, one round, one collected credential, and one assignment more.
static struct client_round *home_make(void) {
    static randombytes_implementation counter;
    static const uint8_t session[32] = {1};
    counter.implementation_name = home_name;
    counter.random = home_random;
    counter.buf = home_buf;
    home_counter = 0;
    randombytes_set_implementation(&counter);
    if (crypto_start() != 0)
        abort();
    client_round_setup(&home_round);
    atexit(home_remove);
    client_round_assign(&home_round, 1, "Bo Lee");
    Vault__Vault *vault = vault_data(home_round.vault);
    if (vault_set_bytes(&vault->session, session, sizeof session) != 0 ||
        vault_set_text(&vault->server, "127.0.0.1:1", 11) != 0 ||
        vault_set_text(&vault->email, "ann@west.example", 16) != 0)
        abort();
    vault->has_session = true;
    if (vault_save(home_round.vault, &home_round.problem) != 0)
        abort();
    return &home_round;
}

#endif
