#include "server.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/config.h"
#include "log.h"

enum {
    BACKLOG = 1024,
    TRANSFER_BYTES_PER_MS = 128,
    PROCESS_BYTES = 16 * 1024 * 1024,      // code, libraries, loop
    LANES_BYTES = 2 * 2 * 8 * 1024 * 1024, // two database lanes, their queue once with us and once with libpq
};

const struct config_door *server_door(const struct config *config, enum door door) {
    return door == DOOR_DESK ? &config->desk : &config->ballot;
}

const char *server_alpn(enum door door) {
    return door == DOOR_DESK ? "candour-desk/1" : "candour-ballot/1";
}

static size_t conn_stride(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (sizeof(struct conn) + page - 1) / page * page;
}

size_t server_bytes(const struct config *config, enum door door) {
    return config->connections_max * (conn_stride() + TLS_CONNECTION_BYTES) + slots_bytes(config, door) + LANES_BYTES +
           PROCESS_BYTES;
}

uint32_t server_idle_ms(const struct server *s) {
    return s->door == DOOR_DESK ? s->config->idle_desk_ms : s->config->idle_ballot_ms;
}

uint32_t server_transfer_ms(const struct server *s, size_t len) {
    return s->config->reply_ms + (uint32_t)(len / TRANSFER_BYTES_PER_MS);
}

// ---- connections

static struct conn *conn_at(const struct server *s, uint32_t index) {
    return (struct conn *)(void *)((char *)s->conns + index * s->conn_stride);
}

static void stop_listening(struct server *s) {
    if (!s->is_listening)
        return;
    s->is_listening = false;
    uv_close((uv_handle_t *)&s->listener, NULL);
}

// libuv cannot pause accepting, but it accepts nothing more as long as one connection was not taken from it.
static void accept_waiting(struct server *s) {
    if (!s->has_waiting || s->shaking >= s->config->handshakes_max || list_is_empty(&s->free))
        return;
    s->has_waiting = false;
    s->live++;
    s->shaking++;
    conn_start(LIST_MEMBER(list_take(&s->free), struct conn, link), s);
    if (s->is_draining)
        stop_listening(s);
}

static void on_connection(uv_stream_t *listener, int status) {
    struct server *s = listener->data;
    if (status != 0) {
        log_count("accept_failures");
        return;
    }
    s->has_waiting = true;
    accept_waiting(s);
}

static void end_if_drained(struct server *s) {
    if (!s->is_draining || s->live > 0 || s->is_listening || s->is_over)
        return;
    s->is_over = true;
    slots_stop(&s->slots);
    s->drained(s);
}

void server_shaken(struct server *s) {
    assert(s->shaking > 0);
    s->shaking--;
    accept_waiting(s);
}

void server_release(struct server *s, struct conn *c) {
    s->live--;
    list_push(&s->free, &c->link); // its pages are warm
    accept_waiting(s);
    end_if_drained(s);
}

void server_drain(struct server *s, void (*drained)(struct server *s)) {
    if (s->is_draining)
        return;
    s->is_draining = true;
    s->drained = drained;
    if (!s->has_waiting)
        stop_listening(s);
    for (uint32_t i = 0; i < s->config->connections_max; i++)
        conn_drain(conn_at(s, i));
    end_if_drained(s);
}

void server_cut(struct server *s) {
    s->has_waiting = false;
    stop_listening(s);
    for (uint32_t i = 0; i < s->config->connections_max; i++)
        conn_close(conn_at(s, i));
    end_if_drained(s);
}

// ---- start

static struct tls_context *load(struct server *s) {
    char sentence[512];
    const struct config_door *door = server_door(s->config, s->door);
    struct tls_context *tls =
        tls_context_new(door->certificate, door->key, server_alpn(s->door), sentence, sizeof sentence);
    if (!tls)
        log_event(LOG_ERROR, "certificate_not_loaded", "sentence=%s", sentence);
    return tls;
}

int server_reload(struct server *s) {
    struct tls_context *tls = load(s);
    if (!tls)
        return -1;
    tls_context_free(s->tls);
    s->tls = tls;
    return 0;
}

static int listen_on(struct server *s, uv_loop_t *loop, int fd) {
    int rc = uv_tcp_init(loop, &s->listener);
    if (rc == 0) {
        s->is_listening = true;
        s->listener.data = s;
        rc = uv_tcp_open(&s->listener, fd);
    }
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&s->listener, BACKLOG, on_connection);
    if (rc != 0)
        log_event(LOG_ERROR, "listen_failed", "error=%s", uv_strerror(rc));
    return rc == 0 ? 0 : -1;
}

int server_start(struct server *s, struct worker *worker, enum door door, server_refusal refusal, int fd) {
    memset(s, 0, sizeof *s);
    s->worker = worker;
    s->config = worker->config;
    s->door = door;
    s->refusal = refusal;
    s->conn_stride = conn_stride();
    list_start(&s->free);
    s->conns = mmap(NULL, s->config->connections_max * s->conn_stride, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (s->conns == MAP_FAILED) {
        log_event(LOG_ERROR, "server_start_failed", "reason=no memory for connections");
        return -1;
    }
    for (uint32_t i = 0; i < s->config->connections_max; i++)
        list_append(&s->free, &conn_at(s, i)->link);
    if (slots_start(&s->slots, worker->loop, s->config, door, conn_granted) != 0)
        return -1;
    s->tls = load(s);
    return s->tls ? listen_on(s, worker->loop, fd) : -1;
}
