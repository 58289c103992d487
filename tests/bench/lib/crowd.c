#include "crowd.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto.h"

enum { CLIENTS_MAX = 1024, STACK_BYTES = 256 * 1024 };

static struct {
    const struct crowd *crowd;
    pthread_barrier_t ready;
    atomic_size_t next, failed;
    double *due, *took; // seconds; due from the start
    double start;
} self;

static double now_s(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void sleep_until(double at) {
    double rest = at - now_s();
    if (rest > 0) {
        struct timespec wait = {(time_t)rest, (long)((rest - floor(rest)) * 1e9)};
        nanosleep(&wait, NULL);
    }
}

static void *client_main(void *unused) {
    (void)unused;
    const struct crowd *crowd = self.crowd;
    void *client = crowd->enter(crowd->plan);
    if (client == NULL)
        self.failed++;
    pthread_barrier_wait(&self.ready); // everybody is there
    pthread_barrier_wait(&self.ready); // and the clock runs
    for (size_t i; client != NULL && (i = self.next++) < crowd->count;) {
        double began = now_s();
        if (crowd->per_s > 0) {
            began = self.start + self.due[i];
            sleep_until(began);
        }
        if (crowd->one(client, crowd->from + i) != 0)
            self.failed++;
        self.took[i] = now_s() - began;
    }
    if (client != NULL)
        crowd->leave(client);
    return NULL;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Independent people: the pauses between two beginnings are exponential.
static void plan(void) {
    double at = 0;
    for (size_t i = 0; i < self.crowd->count; i++) {
        uint32_t random;
        crypto_random(&random, sizeof random);
        at += self.crowd->per_s > 0 ? -log(((double)random + 1) / 4294967297.0) / self.crowd->per_s : 0;
        self.due[i] = at;
    }
}

static void start(pthread_t *ret_threads) {
    pthread_attr_t small;
    if (pthread_attr_init(&small) != 0 || pthread_attr_setstacksize(&small, STACK_BYTES) != 0 ||
        pthread_barrier_init(&self.ready, NULL, self.crowd->clients + 1) != 0)
        abort();
    for (unsigned i = 0; i < self.crowd->clients; i++)
        if (pthread_create(&ret_threads[i], &small, client_main, NULL) != 0)
            abort();
    pthread_attr_destroy(&small);
}

int crowd_run(const struct crowd *crowd) {
    static pthread_t threads[CLIENTS_MAX];
    self.crowd = crowd;
    self.next = self.failed = 0;
    self.due = calloc(crowd->count, sizeof *self.due);
    self.took = calloc(crowd->count, sizeof *self.took);
    if (self.due == NULL || self.took == NULL || crowd->clients > CLIENTS_MAX || crowd->count == 0)
        abort();
    plan();
    start(threads);
    pthread_barrier_wait(&self.ready);
    self.start = now_s();
    pthread_barrier_wait(&self.ready);
    for (unsigned i = 0; i < crowd->clients; i++)
        pthread_join(threads[i], NULL);
    double seconds = now_s() - self.start;
    qsort(self.took, crowd->count, sizeof *self.took, by_size);
    printf("rate=%.1f p50_ms=%.3f p99_ms=%.3f failed=%zu\n", (double)crowd->count / seconds,
           1000 * self.took[crowd->count / 2], 1000 * self.took[crowd->count * 99 / 100], (size_t)self.failed);
    pthread_barrier_destroy(&self.ready);
    free(self.due);
    free(self.took);
    return self.failed == 0 ? 0 : -1;
}
