// The configuration: one INI file, one table of keys (config.c) that also writes the commented example and `check`.
// Every limit has its unit in its name. Reading is all or nothing.
#ifndef CANDOUR_CONFIG_H
#define CANDOUR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base.h"

struct config_door {
    char listen[256];                // address:port; port 0: any free one
    char public_address[256];        // host:port that clients use, in the manifest; port 0: the bound one
    char certificate[512], key[512]; // PEM files
    char database[1024];             // libpq connection string
    char kek_file[512];              // 32 bytes
    uint32_t workers;                // 0: one per core
};
enum config_security { CONFIG_STARTTLS, CONFIG_TLS, CONFIG_PLAIN };
struct config_mail {
    char server[256]; // host:port; empty: no mail is sent
    enum config_security security;
    char ca_file[512]; // PEM; empty: the system's
    char user[256], password_file[512];
    char from[256], reply_to[256];
    char database[1024];
    uint32_t connections, timeout_s;
};
struct config {
    struct config_door desk, ballot;
    struct config_mail mail;
    char clerk_desk_database[1024], clerk_ballot_database[1024];
    uint32_t clerk_interval_ms, clerk_memory_mib;
    char clerk_pins[1024]; // files, separated by blanks; "": rounds have no pins
    char migrate_desk_database[1024], migrate_ballot_database[1024];
    char data_folder[512]; // of PostgreSQL, for check
    char organisation[256];
    char language[36];                 // of those who have none of their own
    bool demo;                         // rounds are of purpose demo, and only those
    char clock_file[512];              // demo only
    char addresses_file[512];          // written when ready: "desk host:port", "ballot host:port"
    char metrics_socket[108];          // as a socket's path may be; empty: no metrics
    uint32_t memory_max_mib;           // worst case of all workers together; 0: 3/4 of the machine's memory
    uint32_t connections_max;          // per worker
    uint32_t slots_small, slots_large; // request slots per worker
    uint32_t handshake_ms, hello_ms, idle_desk_ms, idle_ballot_ms, body_ms, reply_ms, drain_ms;
    uint32_t handshakes_max;                          // in progress, per worker
    uint32_t ballot_failures_max, ballot_pause_ms;    // per worker, network and hour; 0: no limit
    uint32_t code_requests_max, guesses_max;          // per worker, network and hour; 0: no limit
    uint32_t session_s, code_s;                       // how long a session and a personal code are valid
    uint32_t password_failures_max, password_pause_s; // then signing in pauses for that administrator
};

// -1: a sentence with file and line in ret_sentence; *ret_config untouched.
MUST_CHECK int config_read(const char *path, struct config *ret_config, char *ret_sentence, size_t sentence_size);
// What a section needs before its part can run ("desk", "ballot", "clerk", "daemon", "migrate"). -1: a sentence naming
// what is missing.
MUST_CHECK int config_complete(const struct config *config, const char *section, char *ret_sentence,
                               size_t sentence_size);
// Every key with its meaning, limits and default, as a file that config_read accepts.
void config_example(FILE *out);

#endif
