#include "daemon/ballot/batch.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ballot.h"
#include "crypto.h"
#include "daemon/ballot/box.h"
#include "daemon/ballot/rounds.h"
#include "daemon/core/db.h"
#include "daemon/core/list.h"
#include "daemon/core/request.h"

enum {
    BALLOTS_MAX = 512,
    BALLOTS_MANY = 128, // worth a statement and a flush of their own while another batch is on its way
    BATCHES = 2,
    TICK_MS = 7,                 // batches begin with a tick of the clock, so that more ballots share what one costs,
    BALLOTS_SOME = 16,           // or when so many wait
    BALLOT_BYTES = 256,          // of parameters, but for comments
    BYTES_MAX = 3 * 1024 * 1024, // of parameters of a batch: more than a hundred ballots with the largest comments
    ARENA_BYTES = 2 * BYTES_MAX + BALLOTS_MAX * BALLOT_BYTES + 64 * 1024, // db keeps pieces and the array made of them
};

struct batch {
    struct db *lane;  // of its own, and of one connection: a flush counts only behind the statement it follows
    struct list sent; // of struct batch_ballot
    unsigned sent_count;
    struct arena arena;
    struct db_segment *segment, *flush; // sent together, run one after the other
    int stored;                         // outcome of the first
};

static struct {
    struct list waiting; // of struct batch_ballot
    unsigned waiting_count;
    struct batch batches[BATCHES];
    bool is_answering; // a reply may let the next request in before the last one is out
    uv_timer_t tick;   // active when some wait for it
} box;

static struct batch_ballot *member(struct list *link) {
    return LIST_MEMBER(link, struct batch_ballot, link);
}

// Half of many, so that two batches take turns with the processor and the disk.
static void take_waiting(struct batch *batch) {
    unsigned half = (box.waiting_count + 1) / 2, most = half > BALLOTS_MANY ? half : BALLOTS_MANY;
    size_t bytes = 0;
    if (most > BALLOTS_MAX)
        most = BALLOTS_MAX;
    for (batch->sent_count = 0; !list_is_empty(&box.waiting) && batch->sent_count < most; batch->sent_count++) {
        struct batch_ballot *first = member(box.waiting.after);
        bytes += BALLOT_BYTES + first->ratings_len + first->comments_len;
        if (bytes > BYTES_MAX) {
            return;
        }
        list_append(&batch->sent, list_take(&box.waiting));
        box.waiting_count--;
    }
}

// ---------------------------------------------------------------- the statement

static void put_column(struct db_segment *s, unsigned column, const struct batch_ballot *b) {
    switch (column) {
    case 0:
        db_uuid(s, b->round->id);
        break;
    case 1:
        db_bytes(s, b->vk, sizeof b->vk);
        break;
    case 2:
        db_uuid(s, b->subject);
        break;
    case 3:
        db_int2(s, b->group);
        break;
    case 4:
        db_int8(s, b->sequence);
        break;
    case 5:
        db_bytes(s, b->ratings, b->ratings_len);
        break;
    case 6:
        db_bytes(s, b->comments, b->comments_len);
        break;
    default:
        db_bytes(s, b->leaf, sizeof b->leaf);
        break;
    }
}

static void build(struct batch *batch, int64_t now) {
    static const enum db_element columns[] = {DB_UUID, DB_BYTEA, DB_UUID,  DB_INT2,
                                              DB_INT8, DB_BYTEA, DB_BYTEA, DB_BYTEA};
    arena_reset(&batch->arena);
    batch->segment = db_segment_new(&batch->arena);
    assert(batch->segment != NULL);
    db_add(batch->segment, QUERY_BALLOT_CAST_BATCH);
    for (unsigned i = 0; i < ARRAY_LEN(columns); i++) {
        db_array_begin(batch->segment, columns[i]);
        for (struct list *l = batch->sent.after; l != &batch->sent; l = l->after) {
            put_column(batch->segment, i, member(l));
        }
        db_array_end(batch->segment);
    }
    db_time(batch->segment, now);
    batch->flush = db_segment_new(&batch->arena);
    assert(batch->flush != NULL);
    db_add(batch->flush, QUERY_BALLOT_FLUSH);
}

// ---------------------------------------------------------------- the answers

static void answer(struct batch_ballot *b, struct cast_outcome outcome) {
    uint8_t text[BALLOT_RECEIPT_TEXT_BYTES], receipt[CRYPTO_SIGNATURE_BYTES];
    if (outcome.status == CANDOUR__STATUS__OK) {
        ballot_receipt_text(b->vk, outcome.sequence, b->leaf, text);
        crypto_sign_message(b->round->receipt_secret, text, sizeof text, receipt);
    }
    struct round *round = b->round;
    box_cast_reply(b->request, outcome, outcome.status == CANDOUR__STATUS__OK ? receipt : NULL);
    rounds_release(round); // b went with its request
}

static void send_waiting(void);

static struct cast_outcome outcome_of(const struct db_result *rows, int row) {
    return (struct cast_outcome){
        .status = (Candour__Status)db_get_int(rows, row, 0),
        .reason = (enum ballot_reason)db_get_int(rows, row, 1),
        .sequence = (uint32_t)db_get_int8(rows, row, 2),
        .changed = db_get_bool(rows, row, 3),
    };
}

static void answer_all(struct batch *batch, bool is_committed) {
    static const struct cast_outcome busy = {CANDOUR__STATUS__BUSY, BALLOT_TRY_AGAIN, BALLOT_SEQUENCE_NONE, false};
    const struct db_result *rows = is_committed ? db_result(batch->segment, 0) : NULL;
    assert(rows == NULL || (unsigned)db_rows(rows) == batch->sent_count);
    box.is_answering = true;
    for (int i = 0; !list_is_empty(&batch->sent); i++) {
        answer(member(list_take(&batch->sent)), rows == NULL ? busy : outcome_of(rows, i));
    }
    arena_reset(&batch->arena);
    box.is_answering = false;
}

static void on_stored(void *context, int outcome) {
    struct batch *batch = context;
    batch->stored = outcome;
}

// Only now what was stored is on disk.
static void on_flushed(void *context, int outcome) {
    struct batch *batch = context;
    answer_all(batch, batch->stored == DB_COMMITTED && outcome == DB_COMMITTED);
    send_waiting();
}

static void send_batch(struct batch *batch) {
    take_waiting(batch);
    build(batch, member(batch->sent.after)->request->now);
    if (db_submit(batch->lane, batch->segment, on_stored, batch) != 0) {
        answer_all(batch, false);
        return;
    }
    int rc = db_submit(batch->lane, batch->flush, on_flushed, batch);
    assert(rc == 0); // the lanes are shared with nothing but the looks at open rounds
}

static void on_tick(uv_timer_t *timer) {
    (void)timer;
    if (list_is_empty(&box.batches[0].sent) && !list_is_empty(&box.waiting))
        send_batch(&box.batches[0]);
    send_waiting(); // without a database it was answered, and others may have come meanwhile
}

// Ticks of the clock, not the time since the batch before: how long one's own ballot takes must not tell when others
// came.
static void wait_for_tick(void) {
    int rc = uv_timer_start(&box.tick, on_tick, TICK_MS - uv_now(box.tick.loop) % TICK_MS, 0);
    assert(rc == 0); // it has a callback, and is closed when nothing waits any more
}

static void send_waiting(void) {
    struct batch *first = &box.batches[0], *second = &box.batches[1];
    while (!box.is_answering && !list_is_empty(&box.waiting)) {
        bool is_first_free = list_is_empty(&first->sent);
        if (is_first_free && box.waiting_count >= BALLOTS_SOME) {
            send_batch(first);
        } else if (list_is_empty(&second->sent) && box.waiting_count >= BALLOTS_MANY && db_is_ready(second->lane)) {
            send_batch(second);
        } else {
            if (is_first_free && !uv_is_active((uv_handle_t *)&box.tick))
                wait_for_tick();
            return;
        }
    }
}

void batch_add(struct batch_ballot *ballot) {
    rounds_hold(ballot->round);
    list_append(&box.waiting, &ballot->link);
    box.waiting_count++;
    send_waiting();
}

size_t batch_bytes(void) {
    return (size_t)BATCHES * ARENA_BYTES;
}

int batch_start(struct worker *worker) {
    struct db *const lanes[BATCHES] = {worker->fast, worker->second};
    int rc = uv_timer_init(worker->loop, &box.tick);
    if (rc != 0)
        return rc;
    list_start(&box.waiting);
    for (unsigned i = 0; i < BATCHES; i++) {
        struct batch *batch = &box.batches[i];
        void *memory = malloc(ARENA_BYTES);
        if (memory == NULL) {
            return -1;
        }
        arena_start(&batch->arena, memory, ARENA_BYTES);
        list_start(&batch->sent);
        batch->lane = lanes[i];
    }
    return 0;
}
