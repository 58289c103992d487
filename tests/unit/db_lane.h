// A lane on a real PostgreSQL for tests: its statements, its callbacks, and a second connection that disturbs it.
#ifndef CANDOUR_TESTS_DB_LANE_H
#define CANDOUR_TESTS_DB_LANE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto.h"
#include "daemon/core/log.h"
#include "db_server.h"

// What every test uses; its own statements follow from OWN on.
enum { INSERT, COUNT, SLEEP, OWN };
#define LANE_QUERIES                                                                                                   \
    {"test", "test/insert", "INSERT INTO test.parent VALUES ($1::int8)"},                                              \
        {"test", "test/count", "SELECT count(*) FROM test.parent WHERE id BETWEEN $1::int8 AND $2::int8"}, {           \
        "test", "test/sleep", "SELECT pg_sleep($1::int4 / 1000.0)"                                                     \
    }

enum { ARENAS = 1200, ARENA_BYTES = 8192 };
static uv_loop_t loop;
static struct db *db;
static uint8_t memory[ARENAS][ARENA_BYTES];
static struct arena arenas[ARENAS];
static int outcomes[ARENAS], order[ARENAS], done_count, closed_count;
static const int waiting = 1;
static const struct db_options usual = {conninfo, "test", 2000, 1 << 20, 4000};
static struct db_options options;

static inline struct db_segment *segment(int index, int query) {
    arena_start(&arenas[index], memory[index], ARENA_BYTES);
    struct db_segment *s = db_segment_new(&arenas[index]);
    assert_non_null(s);
    db_add(s, (enum query)query);
    outcomes[index] = waiting;
    return s;
}

static inline void done(void *context, int outcome) {
    int index = (int)(uintptr_t)context;
    assert_int_equal(outcomes[index], waiting); // once only
    outcomes[index] = outcome;
    order[done_count++] = index;
}

static inline void submit(int index, struct db_segment *s) {
    int before = done_count;
    assert_int_equal(db_submit(db, s, done, (void *)(uintptr_t)index), 0);
    assert_int_equal(done_count, before); // never inside db_submit
}

static inline void on_tick(uv_timer_t *timer) {
    (void)timer;
}

static inline void turn(void) {
    uv_run(&loop, UV_RUN_ONCE);
}
static inline void turn_before(uint64_t end_ns) {
    assert_true(uv_hrtime() < end_ns);
    turn();
}
// Runs the loop until a condition holds; fails after ten seconds.
#define WAIT_FOR(condition)                                                                                            \
    for (uint64_t end_ns = uv_hrtime() + 10000000000; !(condition); turn_before(end_ns))                               \
    continue

static inline int run(struct db_segment *s) {
    submit(0, s);
    WAIT_FOR(outcomes[0] != waiting);
    return outcomes[0];
}

static inline int insert(int64_t id) {
    struct db_segment *s = segment(0, INSERT);
    db_int8(s, id);
    return run(s);
}

static inline int64_t count(int64_t from, int64_t to) {
    struct db_segment *s = segment(0, COUNT);
    db_int8(s, from);
    db_int8(s, to);
    assert_int_equal(run(s), DB_COMMITTED);
    return db_get_int8(db_result(s, 0), 0, 0);
}

static inline int start_all(void **state) {
    (void)state;
    static uv_timer_t tick;
    options = usual;
    if (crypto_start() != 0)
        return -1;
    connect_other();
    log_start("test", LOG_ERROR);
    uv_loop_init(&loop);
    uv_timer_init(&loop, &tick);
    uv_timer_start(&tick, on_tick, 10, 10); // so that UV_RUN_ONCE comes back
    sql("DROP SCHEMA IF EXISTS test CASCADE; CREATE SCHEMA test; CREATE TABLE test.parent (id bigint PRIMARY KEY);"
        "CREATE TABLE test.child (parent bigint REFERENCES test.parent DEFERRABLE INITIALLY DEFERRED)");
    return 0;
}

static inline int end_all(void **state) {
    (void)state;
    sql("DROP SCHEMA test CASCADE");
    db_sync_close(other);
    uv_walk(&loop, (uv_walk_cb)uv_close, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static inline void on_closed(void *context) {
    (*(int *)context)++;
}

static inline int start(void **state) {
    (void)state;
    done_count = closed_count = 0;
    db = db_open(&loop, &options);
    WAIT_FOR(db_is_ready(db));
    return 0;
}

static inline int end(void **state) {
    (void)state;
    options = usual;
    if (db) {
        closed_count = 0;
        db_close(db, on_closed, &closed_count);
    }
    db = NULL;
    WAIT_FOR(closed_count == 1);
    return 0;
}

static inline int try_sleep(int index, int32_t ms) {
    struct db_segment *s = segment(index, SLEEP);
    db_int4(s, ms);
    return db_submit(db, s, done, (void *)(uintptr_t)index);
}

#endif
