#include "slots.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>

#include "daemon/config.h"
#include "frame.h"
#include "log.h"

enum { KIB = 1024, MIB = 1024 * KIB, SPARE_BYTES = 4 * KIB, PRESSURE_MS = 10 };
enum { WAITING_MAX = 8, GUESSES_WAITING_MAX = 3, GUESS_MS = 2000 };

// Large ones take an import of 25,000 rows: 4 MiB of it, 9 MiB unpacked, and what the handler makes of them.
static const struct slot_size {
    size_t frame, arena; // bytes, whole pages
} sizes[][SLOT_CLASSES] = {
    [DOOR_DESK] = {{256 * KIB + 4 * KIB, MIB}, {4 * MIB + 4 * KIB, 48 * MIB}},
    [DOOR_BALLOT] = {{68 * KIB, 320 * KIB}, {0, 0}}, // no operation of this door is large
};

static size_t count_of(const struct config *config, enum door door, enum slot_class class) {
    if (sizes[door][class].frame == 0)
        return 0;
    return class == SLOT_SMALL ? config->slots_small : config->slots_large;
}

static size_t size_of(enum door door, enum slot_class class) {
    return sizes[door][class].frame + sizes[door][class].arena + SPARE_BYTES;
}

size_t slots_bytes(const struct config *config, enum door door) {
    size_t bytes = 0;
    for (enum slot_class class = 0; class < SLOT_CLASSES; class ++)
        bytes += count_of(config, door, class) * (sizeof(struct slot) + size_of(door, class));
    return bytes;
}

static bool fits(enum door door, enum slot_class class, const struct operation_row *row) {
    size_t room = sizes[door][class].frame;
    return room > FRAME_HEADER_BYTES && row->request_bytes_max <= room - FRAME_HEADER_BYTES &&
           row->reply_bytes_max <= room - FRAME_HEADER_BYTES;
}

enum slot_class slots_class(enum door door, const struct operation_row *row) {
    return fits(door, SLOT_SMALL, row) ? SLOT_SMALL : SLOT_LARGE;
}

static void *map(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static int start_pool(struct slots *s, enum door door, enum slot_class class, size_t count) {
    struct slot_pool *pool = &s->pools[class];
    const struct slot_size *size = &sizes[door][class];
    list_start(&pool->free);
    list_start(&pool->waiting);
    list_start(&pool->awaited);
    if (count == 0)
        return 0;
    pool->slots = map(count * sizeof *pool->slots);
    uint8_t *memory = map(count * size_of(door, class));
    if (!pool->slots || !memory)
        return -1;
    for (size_t i = 0; i < count; i++, memory += size_of(door, class)) {
        struct slot *slot = &pool->slots[i];
        *slot = (struct slot){.slots = s, .class = class, .frame = memory, .frame_size = size->frame};
        arena_start(&slot->request.arena, memory + size->frame, size->arena);
        arena_start(&slot->spare, memory + size->frame + size->arena, SPARE_BYTES);
        list_append(&pool->free, &slot->link);
    }
    return 0;
}

// At most one waiter per free slot and turn: a handler that replies at once cannot keep the loop here.
static void on_turn(uv_idle_t *turn) {
    struct slots *s = turn->data;
    bool is_over = true;
    for (enum slot_class class = 0; class < SLOT_CLASSES; class ++) {
        struct slot_pool *pool = &s->pools[class];
        struct list free;
        list_start(&free);
        for (struct list *l; (l = list_take(&pool->free));)
            list_append(&free, l);
        for (struct list *l; (l = list_take(&free));) {
            struct list *first = list_take(&pool->waiting);
            if (first)
                s->events->granted(LIST_MEMBER(first, struct slot_waiter, link), LIST_MEMBER(l, struct slot, link));
            else
                list_append(&pool->free, l);
        }
        is_over = is_over && (list_is_empty(&pool->waiting) || list_is_empty(&pool->free));
    }
    if (is_over)
        uv_idle_stop(turn);
}

// Not one slot for each that waits, but that of every body that had its time: who comes next finds one free.
static void press(struct slot_pool *pool) {
    struct list *next;
    for (struct list *l = pool->awaited.after; l != &pool->awaited; l = next) {
        next = l->after;
        struct slot *slot = LIST_MEMBER(l, struct slot, link);
        slot->slots->events->pressed(slot);
    }
}

static void on_pressure(uv_timer_t *timer) {
    struct slots *s = timer->data;
    bool is_over = true;
    for (enum slot_class class = 0; class < SLOT_CLASSES; class ++) {
        if (list_is_empty(&s->pools[class].waiting))
            continue;
        press(&s->pools[class]);
        is_over = false;
    }
    if (is_over)
        uv_timer_stop(timer);
}

// As many at once as libuv's pool has threads.
static void prepare_jobs(struct slots *s, uv_loop_t *loop) {
    s->jobs[WORK_PASSWORD].running_max = s->jobs[WORK_GUESS].running_max = WORK_PASSWORDS_MAX / 2;
    s->jobs[WORK_GUESS].every_ms = GUESS_MS;
    s->jobs[WORK_CHECK].running_max = 2;
    for (enum work kind = 0; kind < WORK_KINDS; kind++) {
        s->jobs[kind].waiting_max = kind == WORK_GUESS ? GUESSES_WAITING_MAX : WAITING_MAX;
        list_start(&s->jobs[kind].waiting);
        int rc = uv_timer_init(loop, &s->jobs[kind].rest);
        assert(rc == 0);
    }
}

int slots_start(struct slots *s, uv_loop_t *loop, const struct config *config, enum door door,
                const struct slots_events *events) {
    *s = (struct slots){.events = events};
    for (size_t i = 0; i < operations_count; i++)
        if (operations[i].door == door)
            assert(fits(door, slots_class(door, &operations[i]), &operations[i]));
    for (enum slot_class class = 0; class < SLOT_CLASSES; class ++)
        if (start_pool(s, door, class, count_of(config, door, class)) != 0) {
            log_event(LOG_ERROR, "slots_start_failed", "reason=no memory");
            return -1;
        }
    prepare_jobs(s, loop);
    s->turn.data = s->pressure.data = s;
    int rc = uv_idle_init(loop, &s->turn);
    return rc == 0 ? uv_timer_init(loop, &s->pressure) : rc;
}

void slots_stop(struct slots *s) {
    uv_close((uv_handle_t *)&s->turn, NULL);
    uv_close((uv_handle_t *)&s->pressure, NULL);
    for (enum work kind = 0; kind < WORK_KINDS; kind++)
        uv_close((uv_handle_t *)&s->jobs[kind].rest, NULL);
}

struct slot *slots_take(struct slots *s, enum slot_class class) {
    struct slot_pool *pool = &s->pools[class];
    struct list *first = list_is_empty(&pool->waiting) ? list_take(&pool->free) : NULL;
    return first ? LIST_MEMBER(first, struct slot, link) : NULL;
}

void slots_wait(struct slots *s, struct slot_waiter *w, enum slot_class class) {
    w->class = class;
    list_append(&s->pools[class].waiting, &w->link);
    if (uv_is_active((uv_handle_t *)&s->pressure) || uv_is_closing((uv_handle_t *)&s->pressure))
        return;
    int rc = uv_timer_start(&s->pressure, on_pressure, 0, PRESSURE_MS);
    assert(rc == 0);
}

void slots_leave(struct slot_waiter *w) {
    list_remove(&w->link);
}

void slots_await_body(struct slot *slot) {
    list_append(&slot->slots->pools[slot->class].awaited, &slot->link);
}

void slots_body_arrived(struct slot *slot) {
    list_remove(&slot->link);
}

void slots_return(struct slot *slot) {
    struct slots *s = slot->slots;
    struct slot_pool *pool = &s->pools[slot->class];
    struct arena arena = slot->request.arena;
    arena_reset(&slot->request.arena);
    arena_reset(&slot->spare);
    explicit_bzero(slot->frame, slot->frame_used);
    if (slot->class == SLOT_LARGE) { // back to the system, less what the next one surely needs
        madvise(slot->frame, slot->frame_size, MADV_DONTNEED);
        madvise(arena.memory, arena.size, MADV_DONTNEED);
    }
    arena = slot->request.arena;
    slot->request = (struct request){.arena = arena};
    slot->frame_used = 0;
    slot->is_full = slot->has_run = false;
    slot->work = slot->next = NULL;
    list_remove(&slot->link);
    list_push(&pool->free, &slot->link);
    if (!list_is_empty(&pool->waiting) && !uv_is_closing((uv_handle_t *)&s->turn)) {
        int rc = uv_idle_start(&s->turn, on_turn);
        assert(rc == 0);
    }
}
