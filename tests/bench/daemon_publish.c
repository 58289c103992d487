// usage: daemon_publish ROUND [alone]    (32 hexadecimal digits; run by daemon_publish.sh and growth.sh)
// Publishes a round whose ballots are shuffled, by the clerk's own code, and says how long it took: first what precedes
// storing (everything is read, every figure worked out), then all of it, until the round is
// closed. alone: without the first.
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "crypto.h"
#include "daemon/clerk/publish_private.h"
#include "daemon/report/publish.h"

enum { SHARE_BYTES = 85 << 20 }; // a sixth of the default memory_mib; addresses, not memory

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "daemon_publish: %s\n", what);
    exit(1);
}

static struct db_sync *connect_as(const char *role) {
    char settings[512], sentence[256];
    snprintf(settings, sizeof settings, "host=%s port=%s dbname=%s user=candour_%s", getenv("PGHOST"), getenv("PGPORT"),
             getenv("PGDATABASE"), role);
    struct db_sync *db = db_sync_open(settings, role, sentence, sizeof sentence);
    if (db == NULL)
        give_up(sentence);
    return db;
}

static void reserve(struct arena *arena, size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        give_up("no addresses");
    arena_start(arena, memory, size);
}

// Reading and figures, and nothing stored. The number of leaders.
static size_t work_out(struct clerk *c, const uint8_t round[16]) {
    struct publish p = {.c = c};
    memcpy(p.round, round, sizeof p.round);
    if (publish_read(&p) != 0)
        give_up("the round cannot be read");
    for (size_t i = 0; i < p.count; i++) {
        struct report_output output;
        p.subjects[i].input.spread = p.spread;
        if (report_publish(&p.subjects[i].input, &output) != 0)
            give_up("no memory");
        report_free(&output);
    }
    publish_free(&p);
    arena_reset(&c->round); // as the clerk does between two turns
    madvise(c->round.memory, c->round.size, MADV_DONTNEED);
    return p.count;
}

int main(int argc, char **argv) {
    uint8_t round[16];
    for (size_t i = 0; i < sizeof round; i++)
        if (argc < 2 || sscanf(argv[1] + 2 * i, "%2" SCNx8, &round[i]) != 1)
            give_up("say which round");
    if (crypto_start() != 0)
        give_up("no cryptography");
    struct clerk c = {.desk = connect_as("clerk_desk"), .ballot = connect_as("clerk_ballot")};
    reserve(&c.round, 2 * SHARE_BYTES);
    reserve(&c.step, SHARE_BYTES);
    reserve(&c.bundles[0], SHARE_BYTES);
    reserve(&c.bundles[1], SHARE_BYTES);

    double began = now_ms();
    if (argc == 2) {
        printf("leaders %zu\n", work_out(&c, round));
        printf("figures_ms %.2f\n", now_ms() - began);
    }

    began = now_ms();
    if (job_publish(&c, round, time(NULL)) != 0)
        give_up("the round was not published");
    printf("publish_ms %.2f\n", now_ms() - began);

    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("memory_mib %.1f\n", (double)used.ru_maxrss / 1024);
    db_sync_close(c.desk);
    db_sync_close(c.ballot);
    return 0;
}
