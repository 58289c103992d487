// usage: daemon_storage ROUND GROUPS BALLOTS WAITING    (run by daemon_storage.sh)
// ROUND: 32 hexadecimal digits. GROUPS: a file with a leader's 32 digits and a group's number on each line, each of
// which must have room. Stores so many ballots by the ballot box's own batches, from two workers as on two processors;
// so many wait at a time. What comes before and after, TLS, the checks of each ballot and its receipt, is left out.
// Prints the seconds that it took.
#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "crypto.h"
#include "daemon/ballot/batch.h"
#include "daemon/ballot/box.h"
#include "daemon/ballot/rounds.h"
#include "daemon/core/request.h"

enum { WORKERS = 2, ITEMS = 53, COMMENT = 23, GROUPS_MAX = 100000, WAITING_MAX = 4096, READY_LOOK_MS = 10 };

struct group {
    uint8_t subject[16], number;
};
struct made { // a ballot, as it comes from the checks
    const struct group *group;
    uint8_t vk[32], leaf[32], ratings[ITEMS];
};
struct slot { // a ballot on its way
    struct request request;
    struct batch_ballot ballot;
};

static struct {
    struct worker worker;
    struct round round;
    struct group *groups;
    struct made *ballots;
    size_t group_count, left, answered, wanted;
    int64_t now;
    struct slot slots[WAITING_MAX];
    uv_timer_t ready;
    pthread_barrier_t *begin;
    unsigned waiting;
} self;

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "daemon_storage: %s\n", what);
    exit(1);
}

// ---------------------------------------------------------------- ballots

static const uint8_t comments[COMMENT] = "\0\0\24aaaaaaaaaaaaaaaaaaaa";

// Before the time begins.
static void make_ballots(void) {
    self.ballots = malloc(self.wanted * sizeof *self.ballots);
    if (self.ballots == NULL)
        give_up("no memory for ballots");
    for (struct made *m = self.ballots; m < self.ballots + self.wanted; m++) {
        uint32_t random;
        crypto_random(&random, sizeof random);
        m->group = &self.groups[random % self.group_count];
        crypto_random(m->vk, sizeof m->vk);
        crypto_random(m->leaf, sizeof m->leaf);
        for (size_t i = 0; i < sizeof m->ratings; i++)
            m->ratings[i] = (uint8_t)(1 + (m->vk[i % 32] + i) % 5);
    }
}

static void cast(struct slot *slot) {
    struct batch_ballot *b = &slot->ballot;
    const struct made *m = &self.ballots[--self.left];
    *b = (struct batch_ballot){
        .request = &slot->request,
        .round = &self.round,
        .group = m->group->number,
        .sequence = 1,
        .ratings = m->ratings,
        .ratings_len = sizeof m->ratings,
        .comments = comments,
        .comments_len = sizeof comments,
    };
    memcpy(b->subject, m->group->subject, sizeof b->subject);
    memcpy(b->vk, m->vk, sizeof b->vk);
    memcpy(b->leaf, m->leaf, sizeof b->leaf);
    slot->request.now = self.now;
    batch_add(b);
}

// The linker gives the batch this one for box_cast_reply, which needs a connection.
void __wrap_box_cast_reply(struct request *r, struct cast_outcome outcome, const uint8_t *receipt);
void __wrap_box_cast_reply(struct request *r, struct cast_outcome outcome, const uint8_t *receipt) {
    if (outcome.status != CANDOUR__STATUS__OK || outcome.reason != BALLOT_FINE || outcome.sequence != 1 ||
        !outcome.changed || receipt == NULL) {
        fprintf(stderr, "status %d, reason %d\n", outcome.status, outcome.reason);
        give_up("a ballot was not stored");
    }
    if (++self.answered == self.wanted)
        uv_stop(self.worker.loop);
    else if (self.left > 0)
        cast((struct slot *)((char *)r - offsetof(struct slot, request)));
}

// Receipts are part of answering, which is left out as TLS is.
void __wrap_crypto_sign_message(const uint8_t secret[64], const void *message, size_t len,
                                uint8_t ret_signature[CRYPTO_SIGNATURE_BYTES]);
void __wrap_crypto_sign_message(const uint8_t secret[64], const void *message, size_t len,
                                uint8_t ret_signature[CRYPTO_SIGNATURE_BYTES]) {
    (void)secret;
    (void)message;
    (void)len;
    (void)ret_signature;
}

// ---------------------------------------------------------------- a worker

static void on_ready_look(uv_timer_t *timer) {
    if (!db_is_ready(self.worker.fast) || !db_is_ready(self.worker.second))
        return;
    uv_timer_stop(timer);
    pthread_barrier_wait(self.begin);
    for (unsigned i = 0; i < self.waiting && self.left > 0; i++)
        cast(&self.slots[i]);
}

static _Noreturn void work(void) {
    static uv_loop_t loop;
    static char conninfo[512];
    static struct db_options lane = {
        .conninfo = conninfo, .role = "ballot", .segments_max = 64, .bytes_max = 8 << 20, .deadline_ms = 15000};
    uint8_t seed[32], public[32];
    snprintf(conninfo, sizeof conninfo, "host=%s port=%s dbname=%s user=candour_ballot", getenv("PGHOST"),
             getenv("PGPORT"), getenv("PGDATABASE"));
    make_ballots();
    crypto_random(seed, sizeof seed);
    crypto_sign_pair(seed, public, self.round.receipt_secret);
    self.round.holders = 1;
    self.worker = (struct worker){.kind = WORKER_BALLOT, .loop = &loop};
    if (uv_loop_init(&loop) != 0 || (self.worker.fast = db_open(&loop, &lane)) == NULL ||
        (self.worker.second = db_open(&loop, &lane)) == NULL || batch_start(&self.worker) != 0 ||
        uv_timer_init(&loop, &self.ready) != 0 || uv_timer_start(&self.ready, on_ready_look, 0, READY_LOOK_MS) != 0)
        give_up("no worker");
    uv_run(&loop, UV_RUN_DEFAULT);
    exit(0);
}

// ---------------------------------------------------------------- the whole

static void read_hex(const char *text, uint8_t ret_bytes[16]) {
    for (size_t i = 0; i < 16; i++)
        if (sscanf(text + 2 * i, "%2" SCNx8, &ret_bytes[i]) != 1)
            give_up("an id is not 32 digits");
}

static void read_groups(const char *path) {
    char line[64];
    FILE *file = fopen(path, "r");
    self.groups = calloc(GROUPS_MAX, sizeof *self.groups);
    if (file == NULL || self.groups == NULL)
        give_up("no file of groups");
    while (self.group_count < GROUPS_MAX && fgets(line, sizeof line, file) != NULL && strlen(line) > 33) {
        read_hex(line, self.groups[self.group_count].subject);
        self.groups[self.group_count++].number = (uint8_t)atoi(line + 33);
    }
    fclose(file);
    if (self.group_count == 0)
        give_up("no groups");
}

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
    pthread_barrierattr_t shared;
    if (argc != 5 || crypto_start() != 0)
        give_up("usage: daemon_storage ROUND GROUPS BALLOTS WAITING");
    clock_shift_by_file(getenv("CANDOUR_CLOCK_FILE"));
    self.now = clock_now();
    read_hex(argv[1], self.round.id);
    read_groups(argv[2]);
    self.wanted = self.left = strtoul(argv[3], NULL, 10) / WORKERS;
    self.waiting = (unsigned)strtoul(argv[4], NULL, 10) / WORKERS;
    self.begin = mmap(NULL, sizeof *self.begin, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (self.wanted == 0 || self.waiting == 0 || self.waiting > WAITING_MAX || self.begin == MAP_FAILED ||
        pthread_barrierattr_init(&shared) != 0 ||
        pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED) != 0 ||
        pthread_barrier_init(self.begin, &shared, WORKERS + 1) != 0)
        give_up("wrong numbers, or no memory");
    for (unsigned i = 0; i < WORKERS; i++) {
        pid_t pid = fork();
        if (pid < 0)
            give_up("no process");
        if (pid == 0)
            work();
    }
    pthread_barrier_wait(self.begin);
    double began = now_s();
    for (unsigned i = 0; i < WORKERS; i++) {
        int status;
        if (wait(&status) < 0 || status != 0)
            give_up("a worker failed");
    }
    printf("%.4f\n", now_s() - began);
    return 0;
}
