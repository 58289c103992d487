// The open rounds as the ballot box knows them: keys, manifests, questionnaire shapes; read from the database and kept
// in memory. A round that has closed is forgotten and its keys wiped.
#ifndef CANDOUR_ROUNDS_H
#define CANDOUR_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "manifest.h"

struct worker;

struct round_text { // one version of the manifest
    char *text;
    size_t len;
};
struct round_shape { // of the questionnaire of levels[same index]
    unsigned items, scale_max, questions;
};
struct round {
    uint8_t id[16];
    unsigned holders; // the cache and every ballot in flight
    uint32_t bucket, grace_s;
    int64_t answer_from, close; // Unix seconds
    uint8_t credential_secret[32], box_public[32], box_secret[32], receipt_secret[64];
    uint8_t root[32];         // SHA-256 of version 0
    struct manifest manifest; // the newest version
    struct round_shape shapes[MANIFEST_LEVELS_MAX];
    size_t version_count;
    struct round_text *versions; // from 0
    size_t bytes;                // of all this, roughly
    struct round *next;
};

size_t rounds_bytes(void); // what the cache takes at most
// Starts the cache: it looks for news every few seconds on the worker's fast lane. -1: no memory.
MUST_CHECK int rounds_start(struct worker *worker);

// NULL: not known. Then a look-up has been asked for, at most one a second; *ret_may_come says whether it is worth
// trying again, or the database has just said no.
struct round *rounds_find(const uint8_t id[16], bool *ret_may_come);
// A ballot in flight keeps its round; the last release of a forgotten one wipes it.
void rounds_hold(struct round *round);
void rounds_release(struct round *round);

// Shape of a subject's questionnaire; the level is one of the manifest's.
const struct round_shape *rounds_shape(const struct round *round, const char *level);

#endif
