#include "server.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/config.h"
#include "gate.h"
#include "log.h"

enum {
    PATIENCE_MS = 100,
    DESK_PAUSE_MS = 5000,
    SMALL_BODY_BYTES = 16 * 1024,
    BODY_BYTES_PER_MS = 32,
    REPLY_BYTES_PER_MS = 128,
    LANES_BYTES = 3 * 2 * 8 * 1024 * 1024, // three database lanes at most, their queue once with us and once with libpq
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
           SERVER_PROCESS_BYTES;
}

uint32_t server_idle_ms(const struct server *s, const struct session *session) {
    if (s->door == DOOR_BALLOT)
        return s->config->idle_ballot_ms;
    return session->known ? s->config->idle_desk_ms : s->config->hello_ms;
}

uint32_t server_pause_ms(const struct server *s) {
    return s->door == DOOR_BALLOT ? s->config->ballot_pause_ms : DESK_PAUSE_MS;
}

uint32_t server_body_ms(const struct server *s, size_t len) {
    size_t more = len > SMALL_BODY_BYTES ? len - SMALL_BODY_BYTES : 0;
    return s->config->body_ms + (uint32_t)(more / BODY_BYTES_PER_MS);
}

uint32_t server_reply_ms(const struct server *s, size_t len) {
    return s->config->reply_ms + (uint32_t)(len / REPLY_BYTES_PER_MS);
}

const struct server_reply *server_busy(const struct server *s, const struct op *op) {
    const struct server_reply *reply = &s->busy[op->row - operations];
    return reply->frame ? reply : NULL;
}

// The address is asked of the operating system when it is needed, and is kept nowhere.
int server_counts(struct server *s, const uv_tcp_t *from, enum failure kind, int more, uint32_t most) {
    struct sockaddr_storage address;
    int size = sizeof address;
    if (most == 0)
        return 0;
    if (uv_tcp_getpeername(from, (struct sockaddr *)&address, &size) != 0)
        return -1;
    unsigned count = failures_count(&s->failures, (struct sockaddr *)&address, kind, more);
    explicit_bzero(&address, sizeof address);
    return count > most;
}

static void on_forgetting(uv_timer_t *timer) {
    struct server *s = timer->data;
    failures_forget(&s->failures);
}

// ---- connections

static struct conn *conn_at(const struct server *s, uint32_t index) {
    return (struct conn *)(void *)((char *)s->conns + index * s->conn_stride);
}

static void on_bell(uv_poll_t *bell, int status, int events);

static struct conn *first_guest(const struct server *s, enum guests kind) {
    const struct list *guests = &s->guests[kind];
    return list_is_empty(guests) ? NULL : LIST_MEMBER(guests->after, struct conn, link);
}

// Who begins has said no whole hello: the others become who they are.
static void sort_beginners(struct server *s) {
    struct conn *first;
    while ((first = first_guest(s, GUESTS_BEGINNING)) != NULL && conn_has_said_hello(first)) {
        list_remove(&first->link);
        list_append(&s->guests[GUESTS_SHAKING], &first->link);
    }
}

static bool has_room(const struct server *s) {
    return s->shaking < s->config->handshakes_max && !list_is_empty(&s->free);
}

// Would it help a newcomer if one of this kind went?
static bool helps(const struct server *s, enum guests kind) {
    return s->shaking < s->config->handshakes_max || kind == GUESTS_BEGINNING || kind == GUESTS_SHAKING;
}

static bool has_guest(const struct server *s) {
    for (enum guests kind = 0; kind < GUESTS_KINDS; kind++)
        if (helps(s, kind) && first_guest(s, kind) != NULL)
            return true;
    return false;
}

// A place that is yielded is free at the end of this turn. 0: somebody goes, or nobody can; or so many ms are left.
static uint64_t make_room(struct server *s) {
    uint64_t left_ms = 0;
    sort_beginners(s);
    for (enum guests kind = 0; kind < GUESTS_KINDS; kind++) {
        struct conn *guest = helps(s, kind) ? first_guest(s, kind) : NULL;
        if (guest == NULL)
            continue;
        uint64_t his_ms = conn_yield_place(guest);
        if (his_ms == 0)
            return 0;
        if (left_ms == 0 || his_ms < left_ms)
            left_ms = his_ms;
    }
    return left_ms;
}

static bool is_open(const struct server *s) {
    return !s->is_draining && !uv_is_active((const uv_handle_t *)&s->patience) && (has_room(s) || has_guest(s));
}

// libuv's own listener cannot pause: it takes one connection more than there is room for, which then waits here while
// another worker is free. So the listening socket is polled, and only as long as there is room, or somebody whose place
// a newcomer may take.
static void accept_if_room(struct server *s) {
    if (s->awaits_place && has_room(s))
        uv_timer_stop(&s->patience);
    bool is_wanted = is_open(s);
    if (is_wanted == s->is_accepting)
        return;
    s->is_accepting = is_wanted;
    int rc = is_wanted ? uv_poll_start(&s->door_bell, UV_READABLE, on_bell) : uv_poll_stop(&s->door_bell);
    assert(rc == 0);
}

static void on_patience(uv_timer_t *timer) {
    accept_if_room(timer->data);
}

static void be_patient(struct server *s, uint64_t ms, bool is_for_place) {
    s->awaits_place = is_for_place;
    int rc = uv_timer_start(&s->patience, on_patience, ms, 0);
    assert(rc == 0);
}

static void on_bell(uv_poll_t *bell, int status, int events) {
    struct server *s = bell->data;
    (void)events;
    if (status != 0) { // libuv has stopped the poll
        s->is_accepting = false;
        log_count("accept_failures");
        be_patient(s, PATIENCE_MS, false);
        return;
    }
    if (!has_room(s)) {
        uint64_t left_ms = make_room(s);
        if (left_ms > 0)
            be_patient(s, left_ms, true);
        accept_if_room(s);
        return;
    }
    int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) { // one at a time, so that the workers share
        s->live++;
        s->shaking++;
        conn_start(LIST_MEMBER(list_take(&s->free), struct conn, link), s, fd);
    } else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) { // another worker was faster, or the peer
        log_count("accept_failures");
        be_patient(s, PATIENCE_MS, false);
    }
    accept_if_room(s);
}

static void end_if_drained(struct server *s) {
    if (!s->is_draining || s->live > 0 || s->is_over)
        return;
    s->is_over = true;
    for (size_t i = 0; i < operations_count; i++)
        free(s->busy[i].frame);
    free(s->busy);
    slots_stop(&s->slots);
    s->drained(s);
}

void server_shaken(struct server *s) {
    assert(s->shaking > 0);
    s->shaking--;
    accept_if_room(s);
}

void server_guest(struct server *s, struct conn *c, enum guests kind) {
    list_append(&s->guests[kind], &c->link);
    if (s->awaits_place && !s->is_draining) // this one may go sooner than who was there
        uv_timer_stop(&s->patience);
    accept_if_room(s);
}

void server_release(struct server *s, struct conn *c) {
    s->live--;
    list_push(&s->free, &c->link); // its pages are warm
    accept_if_room(s);
    end_if_drained(s);
}

void server_drain(struct server *s, void (*drained)(struct server *s)) {
    if (s->is_draining)
        return;
    s->is_draining = true;
    s->drained = drained;
    accept_if_room(s);
    uv_close((uv_handle_t *)&s->door_bell, NULL);
    uv_close((uv_handle_t *)&s->patience, NULL);
    uv_close((uv_handle_t *)&s->forgetting, NULL);
    close(s->fd);
    for (uint32_t i = 0; i < s->config->connections_max; i++)
        conn_drain(conn_at(s, i));
    end_if_drained(s);
}

void server_cut(struct server *s) {
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

// Connections inherit these, which are matters of speed only: nothing waits to be sent with more, and who has connected
// is accepted when it speaks.
static void hurry(int fd) {
    static const int on = 1, silent_s = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &silent_s, sizeof silent_s);
}

static int listen_on(struct server *s, uv_loop_t *loop, int fd) {
    s->fd = fd;
    hurry(fd);
    s->door_bell.data = s->patience.data = s->forgetting.data = s;
    failures_forget(&s->failures);
    int rc = uv_timer_init(loop, &s->patience);
    if (rc == 0)
        rc = uv_timer_init(loop, &s->forgetting);
    if (rc == 0)
        rc = uv_timer_start(&s->forgetting, on_forgetting, FAILURES_FORGET_MS, FAILURES_FORGET_MS);
    if (rc == 0)
        rc = uv_poll_init(loop, &s->door_bell, fd);
    if (rc == 0)
        accept_if_room(s);
    else
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
    for (enum guests kind = 0; kind < GUESTS_KINDS; kind++)
        list_start(&s->guests[kind]);
    s->conns = mmap(NULL, s->config->connections_max * s->conn_stride, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (s->conns == MAP_FAILED) {
        log_event(LOG_ERROR, "server_start_failed", "reason=no memory for connections");
        return -1;
    }
    for (uint32_t i = 0; i < s->config->connections_max; i++)
        list_append(&s->free, &conn_at(s, i)->link);
    static const struct slots_events events = {conn_granted, conn_yield_slot};
    if (slots_start(&s->slots, worker->loop, s->config, door, &events) != 0 || gate_busy(s) != 0)
        return -1;
    s->tls = load(s);
    return s->tls ? listen_on(s, worker->loop, fd) : -1;
}
