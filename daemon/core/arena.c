#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ALIGNMENT = 16 };

static void *allocator_alloc(void *allocator_data, size_t len) {
    return arena_alloc(allocator_data, len);
}

static void allocator_free(void *allocator_data, void *memory) {
    (void)allocator_data;
    (void)memory;
}

void arena_start(struct arena *a, void *memory, size_t size) {
    size_t skew = (size_t)(-(uintptr_t)memory & (ALIGNMENT - 1));
    if (skew > size)
        skew = size;
    *a = (struct arena){
        .memory = (uint8_t *)memory + skew,
        .size = size - skew,
        .allocator = {.alloc = allocator_alloc, .free = allocator_free, .allocator_data = a},
    };
}

void arena_reset(struct arena *a) {
    explicit_bzero(a->memory, a->used);
    a->used = 0;
    a->full = false;
}

void *arena_alloc(struct arena *a, size_t len) {
    // used is always a multiple of the alignment and size may not be, so the padding is judged before it is added.
    if (len > a->size - a->used || (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT > a->size - a->used) {
        a->full = true;
        return NULL;
    }
    void *memory = a->memory + a->used;
    a->used += (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return memset(memory, 0, len);
}

void *arena_copy(struct arena *a, const void *data, size_t len) {
    void *memory = arena_alloc(a, len);
    if (memory && len)
        memcpy(memory, data, len);
    return memory;
}

char *arena_printf(struct arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}
