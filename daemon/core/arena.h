// Memory of one request: a capped bump allocator over blocks that belong to a slot. The end is one line. Nothing is
// freed singly. Pure.
#ifndef CANDOUR_ARENA_H
#define CANDOUR_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

struct arena {
    uint8_t *memory; // of the slot, allocated once at start
    size_t size, used;
    bool full;                    // something did not fit since the last reset
    ProtobufCAllocator allocator; // for protobuf-c; its free does nothing
};

// memory stays the caller's.
void arena_start(struct arena *a, void *memory, size_t size);
void arena_reset(struct arena *a); // wipes what was used: ballots pass through here
// Zeroed, aligned for anything. NULL: the cap is reached.
MUST_CHECK void *arena_alloc(struct arena *a, size_t len);
MUST_CHECK void *arena_copy(struct arena *a, const void *data, size_t len);
// NUL-terminated. NULL: the cap is reached.
PRINTF(2, 3) MUST_CHECK char *arena_printf(struct arena *a, const char *format, ...);

#endif
