// Both doors as a whole: what up to four peers may send, in every state of a connection. The input is a list of steps;
// time is a number in it. Instead of TLS and PostgreSQL there are stand-ins. What the operations do, the target says:
// `gate` has the daemon's own handlers, `conn` has those of the unit tests, which end in every way there is.
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "clock.h"
#include "crypto.h"
#include "daemon/config.h"
#include "daemon/core/db.h"
#include "daemon/core/log.h"
#include "daemon/core/server.h"
#include "doors.h"
#include "frame.h"
#include "fuzz.h"
#include "stand_in_db.h"

enum { PEERS = 4, TURNS = 3, BODY_BYTES_MAX = 70000 };

static struct peer { // a client, and the server's side of it
    int fd;
} peers[PEERS];
static struct entrance {
    uv_loop_t loop;
    struct worker worker;
    struct server server;
    struct sockaddr_un at;
    socklen_t at_len;
} doors[2], *door;
static struct config config;
static uint64_t now_ns = 1000000000;

// ---------------------------------------------------------------- the world around

// Deadlines pass when the input says so.
int clock_gettime(clockid_t clock, struct timespec *ret_at) {
    if (clock != CLOCK_MONOTONIC && clock != CLOCK_MONOTONIC_COARSE)
        return (int)syscall(SYS_clock_gettime, clock, ret_at);
    ret_at->tv_sec = (time_t)(now_ns / 1000000000);
    ret_at->tv_nsec = (long)(now_ns % 1000000000);
    return 0;
}

// The peers' network, in the one form or the other by turns.
static unsigned names_asked;
int uv_tcp_getpeername(const uv_tcp_t *handle, struct sockaddr *ret_name, int *ret_len) {
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    (void)handle;
    if (++names_asked % 2)
        memcpy(ret_name, &v6, (size_t)(*ret_len = sizeof v6));
    else
        memcpy(ret_name, &v4, (size_t)(*ret_len = sizeof v4));
    return 0;
}

// Jobs of the thread pool are done by the loop itself, one turn later.
static uv_work_t *jobs[64];
static uv_after_work_cb afters[64];
static unsigned job_count;

int uv_queue_work(uv_loop_t *loop, uv_work_t *job, uv_work_cb work, uv_after_work_cb after) {
    FUZZ_MUST(job_count < 64);
    job->loop = loop;
    job->work_cb = work;
    afters[job_count] = after;
    jobs[job_count++] = job;
    return 0;
}
static void do_jobs(void) {
    while (job_count > 0) {
        uv_work_t *job = jobs[--job_count];
        uv_after_work_cb after = afters[job_count];
        job->work_cb(job);
        after(job, 0);
    }
}

void uv_sleep(unsigned ms) {
    (void)ms;
}

static void turn(unsigned turns) {
    while (turns-- > 0) {
        uv_run(&door->loop, UV_RUN_NOWAIT);
        do_jobs();
    }
}
static void pass(uint64_t ms) {
    now_ns += ms * 1000000;
    turn(TURNS);
}

// ---------------------------------------------------------------- start

static void start_server(struct entrance *d, enum door which) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    FUZZ_MUST(bind(fd, (struct sockaddr *)&d->at, d->at_len) == 0 && listen(fd, 16) == 0);
    FUZZ_MUST(server_start(&d->server, &d->worker, which, doors_refusal(which), fd) == 0);
}

static void open_door(struct entrance *d, enum door which) {
    static const struct db_options options;
    d->at.sun_family = AF_UNIX; // a nameless place of Linux's own
    d->at_len = (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1 +
                (socklen_t)snprintf(d->at.sun_path + 1, 64, "candour-fuzz-%d-%d", (int)getpid(), (int)which);
    FUZZ_MUST(uv_loop_init(&d->loop) == 0 && ops_start(which) == 0);
    struct db *lane = db_open(&d->loop, &options);
    d->worker = (struct worker){.loop = &d->loop,
                                .config = &config,
                                .fast = lane,
                                .slow = lane,
                                .kind = which == DOOR_DESK ? WORKER_DESK : WORKER_BALLOT};
    FUZZ_MUST(doors_start(&d->worker) == 0);
    start_server(d, which);
    FUZZ_MUST(server_bytes(&config, which) > slots_bytes(&config, which));
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    config.connections_max = 3; // less than there are peers
    config.slots_small = 2;
    config.slots_large = 1;
    config.handshakes_max = 2;
    config.handshake_ms = config.hello_ms = config.body_ms = config.reply_ms = 2000;
    config.idle_desk_ms = config.idle_ballot_ms = 5000;
    config.ballot_failures_max = 2;
    config.ballot_pause_ms = 1000;
    config.session_s = config.code_s = 3600;
    FUZZ_MUST(crypto_start() == 0);
    signal(SIGPIPE, SIG_IGN); // as the parent does
    log_start("fuzz", LOG_ERROR);
    open_door(&doors[0], DOOR_DESK);
    open_door(&doors[1], DOOR_BALLOT);
    return 0;
}

// ---------------------------------------------------------------- steps

static void enter(struct peer *p) {
    if (p->fd >= 0)
        return;
    p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    FUZZ_MUST(connect(p->fd, (struct sockaddr *)&door->at, door->at_len) == 0);
}

static void leave(struct peer *p) {
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

// What the socket does not take is lost, as when a peer gives up.
static void send_bytes(struct peer *p, const void *bytes, size_t len) {
    if (p->fd >= 0)
        (void)!send(p->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void send_record(struct peer *p, uint8_t type, const void *content, size_t len) {
    static uint8_t record[3 + UINT16_MAX];
    record[0] = type;
    record[1] = (uint8_t)(len >> 8);
    record[2] = (uint8_t)len;
    memcpy(record + 3, content, len);
    send_bytes(p, record, 3 + len);
}

static void receive_all(struct peer *p) {
    static uint8_t bytes[1 << 16];
    while (p->fd >= 0 && recv(p->fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        turn(1);
}

// A request of this door, in two records or one; its length is right unless `lie` says how wrong it is.
static void ask(struct peer *p, struct fuzz_input *in) {
    static uint8_t frame[FRAME_HEADER_BYTES + UINT16_MAX];
    size_t len, ours = 0, first = fuzz_byte(in);
    uint8_t lie = fuzz_byte(in);
    const uint8_t *body = fuzz_bytes(in, fuzz_short(in), &len);
    const struct operation_row *row = NULL;
    for (size_t i = 0; i < operations_count; i++)
        if (operations[i].door == door->server.door && ours++ == first)
            row = &operations[i];
    uint16_t number = row ? row->number : (uint16_t)(first << 8 | lie);
    frame_write((struct frame){(uint32_t)len + (lie < 8 ? 0 : (uint32_t)lie << (lie % 24)), number}, frame);
    memcpy(frame + FRAME_HEADER_BYTES, body, len);
    size_t part = lie % 8 == 1 ? 3 : lie % 8 == 2 ? FRAME_HEADER_BYTES : 0;
    if (part > 0) {
        send_record(p, 2, frame, part);
        turn(TURNS);
    }
    if (FRAME_HEADER_BYTES + len - part <= UINT16_MAX)
        send_record(p, 2, frame + part, FRAME_HEADER_BYTES + len - part);
}

// Everybody who is connected becomes somebody: a stranger, a person, an administrator, one whose session has ended.
static void become(uint8_t who) {
    for (uint32_t i = 0; i < config.connections_max; i++) {
        struct conn *c = (struct conn *)(void *)((char *)door->server.conns + i * door->server.conn_stride);
        if (c->state != CONN_HEADER)
            continue;
        c->is_greeted = who % 8 != 7;
        c->session = (struct session){.known = who % 4 != 0,
                                      .administrator = who % 4 == 2,
                                      .person = {who},
                                      .expires = who % 4 == 3 ? 1 : INT64_MAX};
    }
}

static const int outcomes[] = {DB_AGAIN, DB_UNKNOWN, DB_REFUSED, DB_BARRED, UV_ENOMEM, UV_EAGAIN};

static void step(struct fuzz_input *in) {
    uint8_t what = fuzz_byte(in);
    struct peer *p = &peers[what >> 4 & 3];
    size_t len;
    switch (what % 10) {
    case 0:
        enter(p);
        turn(TURNS);
        send_record(p, 1, "", 0);
        break;
    case 1:
    case 2:
        ask(p, in);
        break;
    case 3: {
        const uint8_t *bytes = fuzz_bytes(in, fuzz_byte(in), &len);
        send_bytes(p, bytes, len);
        break;
    }
    case 4:
        become(fuzz_byte(in));
        break;
    case 5:
        pass(fuzz_short(in) % 8192u);
        break;
    case 6:
        receive_all(p);
        break;
    case 7:
        leave(p);
        break;
    case 8:
        stand_in_db_answer(outcomes[fuzz_byte(in) % ARRAY_LEN(outcomes)]);
        break;
    default:
        enter(p); // and says nothing
    }
    turn(TURNS);
}

// Nothing is left of the peers: no connection, no slot, no waiter.
static void must_be_quiet(void) {
    for (unsigned i = 0; i < PEERS; i++)
        leave(&peers[i]);
    for (unsigned i = 0; i < 100 && (door->server.live > 0 || i < 2); i++) {
        stand_in_db_answer(DB_AGAIN);
        pass(500);
    }
    FUZZ_MUST(door->server.live == 0 && door->server.shaking == 0);
    for (unsigned class = 0; class < SLOT_CLASSES; class ++) {
        unsigned free_count = 0;
        struct slot_pool *pool = &door->server.slots.pools[class];
        if (!pool->slots)
            continue;
        for (struct list *l = pool->free.after; l != &pool->free; l = l->after)
            free_count++;
        FUZZ_MUST(free_count == (class == SLOT_SMALL ? config.slots_small : config.slots_large));
        FUZZ_MUST(list_is_empty(&pool->waiting) && list_is_empty(&pool->awaited));
    }
    failures_forget(&door->server.failures);
}

static void on_drained(struct server *s) {
    (void)s;
}

// The worker is told to end while the peers are there, and a new one begins.
static void start_again(bool in_haste) {
    struct server *s = &door->server;
    enum door which = s->door;
    server_drain(s, on_drained);
    turn(TURNS);
    if (in_haste)
        server_cut(s);
    must_be_quiet();
    FUZZ_MUST(s->is_over);
    turn(TURNS);
    munmap(s->conns, config.connections_max * s->conn_stride);
    for (unsigned class = 0; class < SLOT_CLASSES; class ++)
        if (s->slots.pools[class].slots) {
            size_t count = class == SLOT_SMALL ? config.slots_small : config.slots_large;
            struct slot *first = s->slots.pools[class].slots;
            munmap(first->frame, count * (first->frame_size + first->request.arena.size + first->spare.size));
            munmap(first, count * sizeof *first);
        }
    start_server(door, which);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct fuzz_input in = {data, len};
    uint8_t how = fuzz_byte(&in);
    door = &doors[how % 2];
    names_asked = 0;
    for (unsigned i = 0; i < PEERS; i++)
        peers[i].fd = -1;
    for (unsigned steps = 0; in.left > 0 && steps < 64; steps++)
        step(&in);
    if (how >> 4 == 1)
        FUZZ_MUST(server_reload(&door->server) == 0);
    if (how >> 4 == 2 || how >> 4 == 3)
        start_again(how >> 4 == 3);
    must_be_quiet();
    return 0;
}
