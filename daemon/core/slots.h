// Request slots: where a request lives from its complete header to its sent reply. Two fixed pools per worker, mapped
// once; pages that no request touches cost nothing. Who finds none waits in order. The sizes are in slots.c.
#ifndef CANDOUR_SLOTS_H
#define CANDOUR_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "arena.h"
#include "base.h"
#include "list.h"
#include "operations.h"
#include "request.h"

struct config;
struct slots;

enum slot_class { SLOT_SMALL, SLOT_LARGE, SLOT_CLASSES };

struct slot {
    struct request request; // first: a handler's request is its slot
    struct list link;       // among the free, those whose body is awaited, or the jobs that wait
    struct slots *slots;
    enum slot_class class;
    uint8_t *frame; // header and body, then header and reply
    size_t frame_size, frame_used;
    struct arena spare; // for a segment that reports "full"
    bool is_full;       // a segment did not fit: it is never run
    bool has_run;       // the segment's results are at hand; the next query starts a new one
    request_step work, next;
    enum work kind; // of the job
    uv_work_t job;
};

struct slot_waiter {
    struct list link;
    enum slot_class class;
};

struct slots_events {
    void (*granted)(struct slot_waiter *w, struct slot *slot);
    // Somebody waits, and the body for this slot is awaited: if it had a fair time, the slot is to be given back.
    void (*pressed)(struct slot *slot);
};

struct slots {
    struct slot_pool {
        struct slot *slots;
        struct list free, waiting;
        struct list awaited; // slots whose body is awaited, the oldest first
    } pools[SLOT_CLASSES];
    uv_idle_t turn;      // hands freed slots to who waits, at the end of the loop's turn
    uv_timer_t pressure; // while somebody waits: frees slots whose body does not come
    const struct slots_events *events;
    struct slots_jobs { // for the thread pool
        struct list waiting;
        unsigned running, waiting_count;
        unsigned running_max, waiting_max;
        uint32_t every_ms; // before the first beginning, and between two; 0: as they come
        uv_timer_t rest;   // none begins while it runs
    } jobs[WORK_KINDS];
};

// What the pools of one worker take when every page is touched.
size_t slots_bytes(const struct config *config, enum door door);
// Proves that every operation of the door fits. -1 with a log line: no memory.
MUST_CHECK int slots_start(struct slots *s, uv_loop_t *loop, const struct config *config, enum door door,
                           const struct slots_events *events);
void slots_stop(struct slots *s); // closes the handles; the memory stays the process's

enum slot_class slots_class(enum door door, const struct operation_row *row);
// NULL: none is free, or others wait already.
struct slot *slots_take(struct slots *s, enum slot_class class);
// granted runs from the loop, once, unless the waiter leaves before.
void slots_wait(struct slots *s, struct slot_waiter *w, enum slot_class class);
void slots_leave(struct slot_waiter *w);
// From now on, and until it has arrived, the slot may be pressed for.
void slots_await_body(struct slot *slot);
void slots_body_arrived(struct slot *slot);
void slots_return(struct slot *slot); // wipes it

#endif
