#include "daemon/ballot/rounds.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "crypto.h"
#include "daemon/core/db.h"
#include "daemon/core/log.h"
#include "daemon/core/worker.h"
#include "daemon/keys.h"

enum {
    LOOK_EVERY_MS = 3000,
    LOOK_SOONEST_MS = 500,
    ARENA_BYTES = MANIFEST_BYTES_MAX + 8 * 1024 * 1024, // results are copied here: every version of one manifest
    OPEN_MAX = 256,                                     // open rounds; more are not looked at until others close
    KEPT_BYTES_MAX = 64 * 1024 * 1024,                  // of all rounds in memory; another one is not loaded beyond
};

struct entry { // one row of the list of open rounds
    uint8_t id[16];
    size_t versions;
    int64_t answer_from, close;
    uint32_t grace_s, bucket;
};

// One look at the database at a time: first the list, then, one after the other, every round in it that is new or has
// a newer manifest.
static struct {
    struct worker *worker;
    struct round *first;
    uv_timer_t timer;
    struct arena arena;
    struct db_segment *segment;
    size_t kept_bytes;
    bool is_looking;
    uint64_t began_ms, finished_ms; // loop times: the last look, and the beginning of the last one that finished
    uint8_t unknown[16];            // the round that was last asked for and not known,
    uint64_t unknown_ms;            // and since when
    struct entry list[OPEN_MAX];
    size_t listed, at; // list[at] is the round that the running segment reads
} cache;

static void look(void);

// ---------------------------------------------------------------- one round

static void round_free(struct round *round) {
    for (size_t i = 0; i < round->version_count; i++) {
        free(round->versions[i].text);
    }
    free(round->versions);
    cache.kept_bytes -= round->bytes;
    manifest_free(&round->manifest);
    crypto_wipe(round, sizeof *round);
    free(round);
}

void rounds_hold(struct round *round) {
    round->holders++;
}

void rounds_release(struct round *round) {
    assert(round->holders > 0);
    if (--round->holders == 0) {
        round_free(round);
    }
}

static struct round *find(const uint8_t id[16]) {
    for (struct round *r = cache.first; r != NULL; r = r->next) {
        if (memcmp(r->id, id, 16) == 0) {
            return r;
        }
    }
    return NULL;
}

static void forget(struct round *round) {
    for (struct round **at = &cache.first; *at != NULL; at = &(*at)->next) {
        if (*at == round) {
            *at = round->next;
            rounds_release(round);
            return;
        }
    }
}

struct round *rounds_find(const uint8_t id[16], bool *ret_may_come) {
    struct round *round = find(id);
    *ret_may_come = false;
    if (round != NULL) {
        return round;
    }
    // "No such round" needs a look that began after the question.
    uint64_t now = uv_now(cache.worker->loop);
    bool is_asked = memcmp(cache.unknown, id, sizeof cache.unknown) == 0;
    if (is_asked && cache.finished_ms > cache.unknown_ms) {
        return NULL;
    }
    if (!is_asked) {
        memcpy(cache.unknown, id, sizeof cache.unknown);
        cache.unknown_ms = now;
    }
    *ret_may_come = true;
    if (now - cache.began_ms >= LOOK_SOONEST_MS) {
        look();
    }
    return NULL;
}

const struct round_shape *rounds_shape(const struct round *round, const char *level) {
    const struct manifest_level *found = manifest_level_find(&round->manifest, level);
    assert(found != NULL);
    return &round->shapes[found - round->manifest.levels];
}

// ---------------------------------------------------------------- reading

static int read_keys(struct round *round, const struct db_result *keys) {
    if (db_rows(keys) != 1) {
        return -1;
    }
    uint8_t seed[32], unused[32];
    struct db_bytes credential = db_get_bytes(keys, 0, 0), box = db_get_bytes(keys, 0, 1);
    struct db_bytes box_public = db_get_bytes(keys, 0, 2), receipt = db_get_bytes(keys, 0, 3);
    const uint8_t *kek = cache.worker->kek;
    if (box_public.len != 32 ||
        keys_unwrap(kek, "credential", round->id, credential.data, credential.len, round->credential_secret, 32) != 0 ||
        keys_unwrap(kek, "box", round->id, box.data, box.len, round->box_secret, 32) != 0 ||
        keys_unwrap(kek, "receipt", round->id, receipt.data, receipt.len, seed, 32) != 0) {
        log_event(LOG_ERROR, "round_keys_unreadable", "hint=\"is kek_file the one the round was made with?\"");
        return -1;
    }
    memcpy(round->box_public, box_public.data, 32);
    crypto_sign_pair(seed, unused, round->receipt_secret);
    crypto_wipe(seed, sizeof seed);
    return 0;
}

static int read_manifests(struct round *round, const struct db_result *texts) {
    int rows = db_rows(texts);
    if (rows < 1) {
        return -1;
    }
    round->versions = calloc((size_t)rows, sizeof *round->versions);
    if (round->versions == NULL) {
        return -1;
    }
    for (int i = 0; i < rows; i++) {
        struct db_bytes text = db_get_bytes(texts, i, 1);
        if (db_get_int(texts, i, 0) != i || (round->versions[i].text = malloc(text.len + 1)) == NULL) {
            return -1;
        }
        memcpy(round->versions[i].text, text.data, text.len);
        round->versions[i].text[text.len] = '\0';
        round->versions[i].len = text.len;
        round->version_count++;
    }
    manifest_hash(round->versions[0].text, round->versions[0].len, round->root);
    const struct round_text *newest = &round->versions[rows - 1];
    return manifest_read(newest->text, newest->len, &round->manifest);
}

static int read_shapes(struct round *round, const struct db_result *shapes) {
    size_t seen = 0;
    for (int i = 0; i < db_rows(shapes); i++) {
        struct db_bytes name = db_get_bytes(shapes, i, 0);
        char level[MANIFEST_LEVEL_BYTES] = "";
        if (name.len >= sizeof level) {
            return -1;
        }
        memcpy(level, name.data, name.len);
        const struct manifest_level *found = manifest_level_find(&round->manifest, level);
        if (found != NULL) {
            round->shapes[found - round->manifest.levels] =
                (struct round_shape){(unsigned)db_get_int(shapes, i, 1), (unsigned)db_get_int(shapes, i, 2),
                                     (unsigned)db_get_int(shapes, i, 3)};
            seen++;
        }
    }
    return seen == round->manifest.level_count ? 0 : -1;
}

static size_t bytes_of(const struct round *round) {
    size_t bytes = sizeof *round + round->manifest.subject_count * sizeof *round->manifest.subjects;
    for (size_t i = 0; i < round->version_count; i++) {
        bytes += sizeof *round->versions + round->versions[i].len;
    }
    return bytes;
}

static struct round *round_new(const struct entry *entry) {
    struct round *round = calloc(1, sizeof *round);
    if (round == NULL) {
        return NULL;
    }
    crypto_lock(round, sizeof *round);
    memcpy(round->id, entry->id, 16);
    round->answer_from = entry->answer_from;
    round->close = entry->close;
    round->grace_s = entry->grace_s;
    round->bucket = entry->bucket;
    round->holders = 1;
    if (read_keys(round, db_result(cache.segment, 0)) != 0 || read_manifests(round, db_result(cache.segment, 1)) != 0 ||
        read_shapes(round, db_result(cache.segment, 2)) != 0) {
        round_free(round);
        return NULL;
    }
    // The copy that this one replaces goes as soon as it is there.
    const struct round *old = find(entry->id);
    size_t bytes = bytes_of(round), others = cache.kept_bytes - (old != NULL ? old->bytes : 0);
    if (others > KEPT_BYTES_MAX || bytes > KEPT_BYTES_MAX - others) {
        log_event(LOG_ERROR, "rounds_too_large", "open_bytes=%zu bytes=%zu", cache.kept_bytes, bytes);
        round_free(round);
        return NULL;
    }
    cache.kept_bytes += round->bytes = bytes;
    return round;
}

static void load_next(void);

static void round_read(void *context, int outcome) {
    (void)context;
    struct round *round = outcome == DB_COMMITTED ? round_new(&cache.list[cache.at]) : NULL;
    if (round == NULL) {
        log_event(LOG_WARNING, "round_not_loaded", NULL);
    } else {
        struct round *old = find(round->id);
        if (old != NULL) {
            forget(old);
        }
        round->next = cache.first;
        cache.first = round;
    }
    cache.at++;
    load_next();
}

static int load(const struct entry *entry) {
    arena_reset(&cache.arena);
    cache.segment = db_segment_new(&cache.arena);
    assert(cache.segment != NULL);
    static const enum query reads[] = {QUERY_BALLOT_ROUND_KEYS, QUERY_BALLOT_MANIFESTS, QUERY_BALLOT_SHAPES};
    for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
        db_add(cache.segment, reads[i]);
        db_uuid(cache.segment, entry->id);
    }
    return db_submit(cache.worker->fast, cache.segment, round_read, NULL);
}

// Loads list[at] or what comes after it; ends the look when nothing does.
static void load_next(void) {
    for (; cache.at < cache.listed; cache.at++) {
        const struct round *known = find(cache.list[cache.at].id);
        if ((known == NULL || known->version_count != cache.list[cache.at].versions) &&
            load(&cache.list[cache.at]) == 0) {
            return;
        }
    }
    cache.is_looking = false;
    cache.finished_ms = cache.began_ms;
}

static void forget_closed(void) {
    for (struct round *round = cache.first, *next; round != NULL; round = next) {
        next = round->next;
        bool is_open = false;
        for (size_t i = 0; i < cache.listed && !is_open; i++) {
            is_open = memcmp(cache.list[i].id, round->id, 16) == 0;
        }
        if (!is_open) {
            forget(round);
        }
    }
}

static void list_read(void *context, int outcome) {
    (void)context;
    if (outcome != DB_COMMITTED) {
        cache.is_looking = false;
        return;
    }
    const struct db_result *list = db_result(cache.segment, 0);
    int rows = db_rows(list) < OPEN_MAX ? db_rows(list) : OPEN_MAX;
    for (int i = 0; i < rows; i++) {
        struct entry *entry = &cache.list[i];
        memcpy(entry->id, db_get_uuid(list, i, 0), 16);
        entry->versions = (size_t)db_get_int(list, i, 1) + 1;
        entry->answer_from = db_get_time(list, i, 2);
        entry->close = db_get_time(list, i, 3);
        entry->grace_s = (uint32_t)db_get_int(list, i, 4);
        entry->bucket = (uint32_t)db_get_int(list, i, 5);
    }
    cache.listed = (size_t)rows;
    cache.at = 0;
    forget_closed();
    load_next();
}

static void look(void) {
    if (cache.is_looking) {
        return;
    }
    cache.began_ms = uv_now(cache.worker->loop);
    arena_reset(&cache.arena);
    cache.segment = db_segment_new(&cache.arena);
    assert(cache.segment != NULL);
    db_add(cache.segment, QUERY_BALLOT_OPEN_ROUNDS);
    cache.is_looking = db_submit(cache.worker->fast, cache.segment, list_read, NULL) == 0;
}

static void on_timer(uv_timer_t *timer) {
    (void)timer;
    look();
}

size_t rounds_bytes(void) {
    return ARENA_BYTES + KEPT_BYTES_MAX + ARENA_BYTES; // the last: of a round that proves to be one too many
}

int rounds_start(struct worker *worker) {
    cache.worker = worker;
    void *memory = malloc(ARENA_BYTES);
    if (memory == NULL) {
        return -1;
    }
    arena_start(&cache.arena, memory, ARENA_BYTES);
    uv_timer_init(worker->loop, &cache.timer);
    uv_timer_start(&cache.timer, on_timer, 0, LOOK_EVERY_MS);
    uv_unref((uv_handle_t *)&cache.timer);
    return 0;
}
