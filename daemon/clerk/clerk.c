#include "daemon/clerk/clerk.h"

#include <sys/mman.h>
#include <uv.h>

#include "clock.h"
#include "crypto.h"
#include "daemon/clerk/job.h"
#include "daemon/config.h"
#include "daemon/core/log.h"
#include "daemon/core/worker.h"
#include "daemon/keys.h"

// Shares of memory_mib, in sixths. The rest is for libpq, which holds a result while it is copied, and what it sends; a
// round is read before anything is made of it.
enum { ROUND_SHARE = 2, STEP_SHARE = 1, BUNDLE_SHARE = 1, SHARES = 6 };

static struct clerk clerk;
static uv_timer_t timer;

// ---------------------------------------------------------------- taking turns

static void disconnect(void) {
    if (clerk.desk != NULL) {
        db_sync_close(clerk.desk);
        clerk.desk = NULL;
    }
    if (clerk.ballot != NULL) {
        db_sync_close(clerk.ballot);
        clerk.ballot = NULL;
    }
}

static struct db_sync *connect_as(const char *conninfo, const char *role) {
    char sentence[256];
    struct db_sync *db = db_sync_open(conninfo, role, sentence, sizeof sentence);
    if (db == NULL) {
        log_event(LOG_WARNING, "clerk_not_connected", "role=%s error=\"%s\"", role, sentence);
    }
    return db;
}

static bool has_office(void) {
    struct db_segment *segment = job_segment(&clerk.step, QUERY_CLERK_DESK_TAKE_OFFICE, NULL);
    return job_run(clerk.desk, segment, "take_office") == 0 && db_get_bool(db_result(segment, 0), 0, 0);
}

// Both connections and the office, or nothing: another clerk's office is asked for again at the next turn.
static int connect_both(void) {
    if (clerk.desk != NULL && clerk.ballot != NULL) {
        return 0;
    }
    disconnect();
    clerk.desk = connect_as(clerk.config->clerk_desk_database, "clerk_desk");
    if (clerk.desk == NULL || !has_office()) {
        disconnect();
        return -1;
    }
    clerk.ballot = connect_as(clerk.config->clerk_ballot_database, "clerk_ballot");
    if (clerk.ballot == NULL) {
        disconnect();
        return -1;
    }
    log_event(LOG_NOTICE, "clerk_in_office", NULL);
    return 0;
}

static void give_back(struct arena *arena) {
    arena_reset(arena);
    madvise(arena->memory, arena->size, MADV_DONTNEED);
}

static void take_turn(uv_timer_t *unused) {
    (void)unused;
    int64_t now = clock_now();
    if (connect_both() == 0) {
        int failed = job_begin_due(&clerk, now);
        failed |= job_open_rounds(&clerk, now);
        failed |= job_extend_rounds(&clerk, now);
        failed |= job_close_rounds(&clerk, now);
        failed |= job_count_progress(&clerk, now);
        failed |= job_end_rounds(&clerk, now);
        failed |= job_forget(&clerk, now);
        failed |= job_chain_audit(&clerk);
        if (failed != 0) {
            disconnect();
        }
    }
    give_back(&clerk.round);
    give_back(&clerk.step);
    for (size_t i = 0; i < ARRAY_LEN(clerk.bundles); i++) {
        give_back(&clerk.bundles[i]);
    }
}

// Addresses, not memory: pages are taken when used and given back after every turn.
static int reserve(struct arena *arena, size_t share) {
    size_t size = (size_t)clerk.config->clerk_memory_mib * 1024 * 1024 / SHARES * share / 4096 * 4096;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return -1;
    }
    arena_start(arena, memory, size);
    return 0;
}

int clerk_start(struct worker *worker) {
    char sentence[512];
    clerk.config = worker->config;
    crypto_lock(clerk.desk_kek, sizeof clerk.desk_kek);
    crypto_lock(clerk.ballot_kek, sizeof clerk.ballot_kek);
    if (keys_read(clerk.config->desk.kek_file, clerk.desk_kek, sentence, sizeof sentence) != 0 ||
        keys_read(clerk.config->ballot.kek_file, clerk.ballot_kek, sentence, sizeof sentence) != 0) {
        log_event(LOG_ERROR, "clerk_start_failed", "error=\"%s\"", sentence);
        return -1;
    }
    if (reserve(&clerk.round, ROUND_SHARE) != 0 || reserve(&clerk.step, STEP_SHARE) != 0 ||
        reserve(&clerk.bundles[0], BUNDLE_SHARE) != 0 || reserve(&clerk.bundles[1], BUNDLE_SHARE) != 0) {
        log_event(LOG_ERROR, "clerk_start_failed", "error=\"no addresses for its memory\"");
        return -1;
    }
    uv_timer_init(worker->loop, &timer);
    uv_timer_start(&timer, take_turn, 0, clerk.config->clerk_interval_ms);
    return 0;
}

void clerk_stop(struct worker *worker) {
    (void)worker;
    uv_close((uv_handle_t *)&timer, NULL);
    disconnect();
    crypto_wipe(clerk.desk_kek, sizeof clerk.desk_kek);
    crypto_wipe(clerk.ballot_kek, sizeof clerk.ballot_kek);
}
