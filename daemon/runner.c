#include "runner.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "crypto.h"
#include "daemon/ballot/box.h"
#include "daemon/clerk/clerk.h"
#include "daemon/config.h"
#include "daemon/confine.h"
#include "daemon/core/db.h"
#include "daemon/core/log.h"
#include "daemon/core/ops.h"
#include "daemon/core/server.h"
#include "daemon/desk/desk.h"
#include "daemon/keys.h"
#include "daemon/postman/postman.h"

enum {
    READY_LOOK_MS = 20,
    FAST_MS = 5000,
    SLOW_MS = 30000,
    LANE_SEGMENTS_MAX = 64,
    LANE_BYTES_MAX = 8 * 1024 * 1024,
    BALLOT_LOG_STEP = 10, // what it counts must not tell that one ballot came
};

// The state of this process.
static struct {
    const struct runner *runner;
    uv_loop_t loop;
    struct worker worker;
    struct server server;
    struct db_options fast, slow, second;
    unsigned lanes_open;
    uv_timer_t ready_timer, alive_timer, counters_timer, drain_timer;
    uv_signal_t on_term, on_hup;
    bool is_draining;
} self;

const char *runner_kind_name(enum worker_kind kind) {
    static const char *const names[] = {
        [WORKER_DESK] = "desk", [WORKER_BALLOT] = "ballot", [WORKER_CLERK] = "clerk", [WORKER_MAIL] = "mail"};
    return names[kind];
}

static bool has_door(enum worker_kind kind) {
    return kind == WORKER_DESK || kind == WORKER_BALLOT;
}

static enum door door_of(enum worker_kind kind) {
    return kind == WORKER_DESK ? DOOR_DESK : DOOR_BALLOT;
}

size_t runner_bytes(const struct config *config, enum worker_kind kind) {
    switch (kind) {
    case WORKER_DESK:
        return server_bytes(config, DOOR_DESK) + (size_t)WORK_PASSWORDS_MAX * CRYPTO_PASSWORD_MEMORY_BYTES;
    case WORKER_BALLOT:
        return server_bytes(config, DOOR_BALLOT) + box_bytes();
    case WORKER_CLERK:
        return SERVER_PROCESS_BYTES + (size_t)config->clerk_memory_mib * 1024 * 1024;
    case WORKER_MAIL:
        return SERVER_PROCESS_BYTES + POSTMAN_BYTES;
    }
    return 0;
}

#define WIPE(field) crypto_wipe(field, sizeof(field))
static void wipe_the_others(struct config *config, enum worker_kind kind) {
    WIPE(config->migrate_desk_database);
    WIPE(config->migrate_ballot_database);
    if (kind != WORKER_DESK)
        WIPE(config->desk.database);
    if (kind != WORKER_BALLOT)
        WIPE(config->ballot.database);
    if (kind != WORKER_MAIL)
        WIPE(config->mail.database);
    if (kind == WORKER_CLERK)
        return;
    WIPE(config->clerk_desk_database);
    WIPE(config->clerk_ballot_database);
    WIPE(kind != WORKER_BALLOT ? config->ballot.kek_file : config->desk.kek_file);
}

static void tell(enum runner_word word) {
    char byte = (char)word;
    ssize_t n = write(self.runner->pipe_fd, &byte, 1); // not blocking; a parent that is gone ends us by a signal
    (void)n;
}

// ---- the way down

static void close_rest(uv_handle_t *handle, void *context) {
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void on_lane_closed(void *context) {
    (void)context;
    if (--self.lanes_open == 0)
        uv_walk(&self.loop, close_rest, NULL); // the rooms' timers, too: then the loop is empty and ends
}

static void close_lanes(struct server *server) {
    (void)server;
    db_close(self.worker.fast, on_lane_closed, NULL);
    db_close(self.worker.slow, on_lane_closed, NULL);
    if (self.worker.second)
        db_close(self.worker.second, on_lane_closed, NULL);
}

static void on_drain_over(uv_timer_t *timer) {
    log_event(LOG_WARNING, "drain_cut", "connections=%u", self.server.live);
    server_cut(&self.server);
    uv_timer_stop(timer);
}

static void on_sigterm(uv_signal_t *handle, int number) {
    (void)handle;
    (void)number;
    if (self.is_draining)
        return;
    self.is_draining = true;
    uv_timer_stop(&self.ready_timer);
    if (!has_door(self.runner->kind)) {
        if (self.runner->kind == WORKER_CLERK)
            clerk_stop(&self.worker);
        else
            postman_stop();
        uv_walk(&self.loop, close_rest, NULL);
        return;
    }
    int rc = uv_timer_start(&self.drain_timer, on_drain_over, self.worker.config->drain_ms, 0);
    assert(rc == 0);
    server_drain(&self.server, close_lanes);
}

static void on_sighup(uv_signal_t *handle, int number) {
    (void)handle;
    (void)number;
    if (has_door(self.runner->kind) && server_reload(&self.server) == 0)
        log_event(LOG_NOTICE, "certificate_reloaded", NULL);
}

// ---- timers

static void on_ready_look(uv_timer_t *timer) {
    if (has_door(self.runner->kind) && (!db_is_ready(self.worker.fast) || !db_is_ready(self.worker.slow)))
        return;
    uv_timer_stop(timer);
    tell(RUNNER_READY);
}

static void on_alive(uv_timer_t *timer) {
    (void)timer;
    tell(RUNNER_ALIVE);
}

static void on_counters(uv_timer_t *timer) {
    (void)timer;
    log_counters();
}

static int start_handles(void) {
    uv_loop_t *loop = &self.loop;
    int rc = uv_loop_init(loop);
    if (rc == 0)
        rc = uv_timer_init(loop, &self.ready_timer);
    if (rc == 0)
        rc = uv_timer_init(loop, &self.alive_timer);
    if (rc == 0)
        rc = uv_timer_init(loop, &self.counters_timer);
    if (rc == 0)
        rc = uv_timer_init(loop, &self.drain_timer);
    if (rc == 0)
        rc = uv_signal_init(loop, &self.on_term);
    if (rc == 0)
        rc = uv_signal_init(loop, &self.on_hup);
    if (rc == 0)
        rc = uv_signal_start(&self.on_term, on_sigterm, SIGTERM);
    if (rc == 0)
        rc = uv_signal_start(&self.on_hup, on_sighup, SIGHUP);
    if (rc == 0)
        rc = uv_timer_start(&self.ready_timer, on_ready_look, 0, READY_LOOK_MS);
    if (rc == 0)
        rc = uv_timer_start(&self.alive_timer, on_alive, RUNNER_ALIVE_MS, RUNNER_ALIVE_MS);
    if (rc == 0)
        rc = uv_timer_start(&self.counters_timer, on_counters, LOG_COUNTERS_EVERY_MS, LOG_COUNTERS_EVERY_MS);
    if (rc != 0)
        log_event(LOG_ERROR, "loop_start_failed", "error=%s", uv_strerror(rc));
    return rc;
}

// ---- the way up

static int read_key(const struct config_door *door) {
    char sentence[512];
    if (crypto_lock(self.worker.kek, sizeof self.worker.kek) != 0)
        log_event(LOG_WARNING, "key_not_locked", "reason=the limit of locked memory is too low");
    if (keys_read(door->kek_file, self.worker.kek, sentence, sizeof sentence) == 0)
        return 0;
    log_event(LOG_ERROR, "key_not_read", "sentence=%s", sentence);
    return -1;
}

static struct db *open_lane(struct db_options *options, uint32_t deadline_ms) {
    const struct config *config = self.worker.config;
    *options = (struct db_options){
        .conninfo = server_door(config, door_of(self.runner->kind))->database,
        .role = runner_kind_name(self.runner->kind),
        .segments_max = LANE_SEGMENTS_MAX,
        .bytes_max = LANE_BYTES_MAX,
        .deadline_ms = deadline_ms,
    };
    struct db *lane = db_open(&self.loop, options);
    if (!lane)
        log_event(LOG_ERROR, "lane_start_failed", "reason=no memory");
    else
        self.lanes_open++;
    return lane;
}

static int start_door(void) {
    enum worker_kind kind = self.runner->kind;
    enum door door = door_of(kind);
    if (read_key(server_door(self.worker.config, door)) != 0 || ops_start(door) != 0)
        return -1;
    self.worker.fast = open_lane(&self.fast, FAST_MS);
    self.worker.slow = open_lane(&self.slow, SLOW_MS);
    if (kind == WORKER_BALLOT)
        self.worker.second = open_lane(&self.second, FAST_MS);
    if (!self.worker.fast || !self.worker.slow || (kind == WORKER_BALLOT && !self.worker.second))
        return -1;
    if ((kind == WORKER_DESK ? desk_start(&self.worker) : ballot_start(&self.worker)) != 0)
        return -1;
    return server_start(&self.server, &self.worker, door, kind == WORKER_BALLOT ? box_refusal : NULL,
                        self.runner->listen_fd);
}

static int start_room(void) {
    switch (self.runner->kind) {
    case WORKER_CLERK:
        return clerk_start(&self.worker);
    case WORKER_MAIL:
        return read_key(&self.worker.config->desk) == 0 ? postman_start(&self.worker) : -1;
    default:
        return start_door();
    }
}

int runner_main(const struct runner *runner) {
    static char name[32]; // of the log, which keeps it
    snprintf(name, sizeof name, "%s-%u", runner_kind_name(runner->kind), runner->index);
    log_start(name, LOG_NOTICE);
    log_share(runner->totals);
    if (runner->kind == WORKER_BALLOT)
        log_coarse(BALLOT_LOG_STEP);
    prctl(PR_SET_NAME, name); // as ps shows it
    wipe_the_others(runner->config, runner->kind);
    self.runner = runner;
    self.worker =
        (struct worker){.kind = runner->kind, .index = runner->index, .loop = &self.loop, .config = runner->config};
    if (confine_worker() != 0) {
        log_event(LOG_ERROR, "worker_not_confined", "error=%s", strerror(errno));
        return RUNNER_HOPELESS;
    }
    if (start_handles() != 0)
        return RUNNER_HOPELESS;
    if (start_room() != 0)
        return RUNNER_HOPELESS;
    uv_run(&self.loop, UV_RUN_DEFAULT);
    log_counters();
    crypto_wipe(self.worker.kek, sizeof self.worker.kek);
    int rc = uv_loop_close(&self.loop);
    return rc == 0 && self.is_draining ? 0 : 1;
}
