// For tests of the daemon's machine: a server on a loop in a thread, so that the test itself can be the client and
// assert.
#ifndef CANDOUR_TESTS_DOOR_SERVER_H
#define CANDOUR_TESTS_DOOR_SERVER_H

#include <signal.h>

#include "daemon/config.h"
#include "daemon/core/log.h"
#include "daemon/core/server.h"
#include "door.h"
#include "door_ops.h"

struct door_server {
    struct door_files files;
    struct config config;
    uv_loop_t loop;
    uv_async_t order;
    uv_thread_t thread;
    uv_sem_t done;
    void (*wish)(struct door_server *d);
    struct worker worker;
    struct server server;
    int fd, port;
    uint32_t answer; // of a wish
};

static struct door_server door;

static inline void door_close_rest(uv_handle_t *handle, void *context) {
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static inline void door_drained(struct server *s) {
    uv_walk(s->worker->loop, door_close_rest, NULL);
}

static inline void door_on_order(uv_async_t *order) {
    (void)order;
    door.wish(&door);
    uv_sem_post(&door.done);
}

static inline void door_run(void *context) {
    (void)context;
    uv_run(&door.loop, UV_RUN_DEFAULT);
}

// On the loop's thread; waits for it.
static inline void door_do(void (*wish)(struct door_server *d)) {
    door.wish = wish;
    uv_async_send(&door.order);
    uv_sem_wait(&door.done);
}

static inline void door_wish_drain(struct door_server *d) {
    server_drain(&d->server, door_drained);
}
static inline void door_wish_live(struct door_server *d) {
    d->answer = d->server.live;
}

static inline void door_open(enum door which, void (*adjust)(struct config *config)) {
    memset(&door, 0, sizeof door);
    door_works = door_next_steps = 0;
    signal(SIGPIPE, SIG_IGN); // as the parent does
    door_files_make(&door.files);
    struct config *c = &door.config;
    struct config_door *d = which == DOOR_DESK ? &c->desk : &c->ballot;
    snprintf(d->certificate, sizeof d->certificate, "%s", door.files.certificate);
    snprintf(d->key, sizeof d->key, "%s", door.files.key);
    c->connections_max = 64;
    c->slots_small = 4;
    c->slots_large = 1;
    c->handshake_ms = c->hello_ms = c->idle_desk_ms = c->idle_ballot_ms = c->body_ms = c->reply_ms = 5000;
    c->handshakes_max = 16;
    if (adjust)
        adjust(c);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    door.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(door.fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(door.fd, 64) != 0 ||
        getsockname(door.fd, (struct sockaddr *)&at, &len) != 0)
        abort();
    door.port = ntohs(at.sin_port);
    door.worker = (struct worker){.loop = &door.loop, .config = c};
    if (uv_loop_init(&door.loop) != 0 || uv_async_init(&door.loop, &door.order, door_on_order) != 0 ||
        uv_sem_init(&door.done, 0) != 0 || ops_start(which) != 0 ||
        server_start(&door.server, &door.worker, which, which == DOOR_BALLOT ? refusal : NULL, door.fd) != 0 ||
        uv_thread_create(&door.thread, door_run, NULL) != 0)
        abort();
}

static inline void door_join(void) { // after a drain was wished
    uv_thread_join(&door.thread);
    if (uv_loop_close(&door.loop) != 0)
        abort();
    tls_context_free(door.server.tls);
    uv_sem_destroy(&door.done);
    door_files_remove(&door.files);
}

static inline void door_shut(void) {
    door_is_held = false;
    door_do(door_wish_drain);
    door_join();
}

static inline uint64_t door_now_ms(void) {
    return uv_hrtime() / 1000000;
}

static inline void door_wait_for_works(int count) {
    for (int ms = 0; door_works < count; ms++, uv_sleep(1))
        if (ms == 10000)
            abort();
}

static inline void door_wait_for_live(uint32_t count) {
    for (int i = 0; i < 1000; i++) {
        door_do(door_wish_live);
        if (door.answer == count)
            return;
        uv_sleep(10);
    }
    abort();
}

#endif
