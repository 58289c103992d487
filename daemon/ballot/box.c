#include "daemon/ballot/box.h"

#include <string.h>

#include "crypto.h"
#include "daemon/ballot/batch.h"
#include "daemon/ballot/rounds.h"
#include "daemon/config.h"
#include "daemon/core/log.h"
#include "daemon/core/ops.h"
#include "daemon/core/request.h"
#include "manifest.h"

enum { CAST_DEADLINE_MS = 15000, PAGE_DEADLINE_MS = 10000 };
enum { CHANGES_FAIR = 255 }; // of one answer

struct op ballot_ops[] = {
    {OPERATION_MANIFEST_PAGE, LANE_FAST, PAGE_DEADLINE_MS, manifest_page_start, NULL},
    {OPERATION_CAST_BALLOT, LANE_FAST, CAST_DEADLINE_MS, cast_ballot_start, NULL},
    {OPERATION_LEAVES_PAGE, LANE_SLOW, PAGE_DEADLINE_MS, leaves_page_start, NULL},
};
const size_t ballot_ops_count = ARRAY_LEN(ballot_ops);

int ballot_start(struct worker *worker) {
    if (rounds_start(worker) != 0) {
        log_event(LOG_ERROR, "ballot_box_start_failed", "part=rounds");
        return -1;
    }
    if (batch_start(worker) != 0) {
        log_event(LOG_ERROR, "ballot_box_start_failed", "part=batch");
        return -1;
    }
    return 0;
}

size_t box_bytes(void) {
    return rounds_bytes() + batch_bytes();
}

static const ProtobufCMessage *refuse_cast(Candour__Status status, struct arena *arena) {
    Candour__CastReply *reply = arena_alloc(arena, sizeof *reply);
    uint8_t *zero = arena_alloc(arena, CRYPTO_SIGNATURE_BYTES);
    if (reply == NULL || zero == NULL) {
        return NULL;
    }
    candour__cast_reply__init(reply);
    reply->status = status;
    reply->reason = status == CANDOUR__STATUS__BUSY ? BALLOT_TRY_AGAIN : BALLOT_UNREADABLE;
    reply->sequence = BALLOT_SEQUENCE_NONE;
    reply->receipt = (ProtobufCBinaryData){CRYPTO_SIGNATURE_BYTES, zero};
    return &reply->base;
}

const ProtobufCMessage *box_refusal(const struct operation_row *row, Candour__Status status, struct arena *arena) {
    if (row->number == OPERATION_CAST_BALLOT) {
        return refuse_cast(status, arena);
    }
    uint8_t *zero = arena_alloc(arena, MANIFEST_PAGE_BYTES);
    if (zero == NULL) {
        return NULL;
    }
    if (row->number == OPERATION_MANIFEST_PAGE) {
        Candour__ManifestPage *reply = arena_alloc(arena, sizeof *reply);
        if (reply == NULL) {
            return NULL;
        }
        candour__manifest_page__init(reply);
        reply->status = status;
        reply->page = (ProtobufCBinaryData){MANIFEST_PAGE_BYTES, zero};
        return &reply->base;
    }
    if (row->number == OPERATION_LEAVES_PAGE) {
        Candour__LeavesPage *reply = arena_alloc(arena, sizeof *reply);
        if (reply == NULL) {
            return NULL;
        }
        candour__leaves_page__init(reply);
        reply->status = status;
        reply->root = (ProtobufCBinaryData){CRYPTO_HASH_BYTES, zero};
        reply->page = (ProtobufCBinaryData){MANIFEST_PAGE_BYTES, zero};
        return &reply->base;
    }
    return NULL;
}

void box_cast_reply(struct request *r, struct cast_outcome outcome, const uint8_t *receipt) {
    static const uint8_t zero[CRYPTO_SIGNATURE_BYTES];
    Candour__CastReply reply = CANDOUR__CAST_REPLY__INIT;
    reply.status = outcome.status;
    reply.reason = outcome.reason;
    reply.sequence = outcome.sequence;
    reply.receipt = (ProtobufCBinaryData){CRYPTO_SIGNATURE_BYTES, (uint8_t *)(receipt != NULL ? receipt : zero)};
    bool is_fair = outcome.changed && outcome.sequence <= CHANGES_FAIR;
    if (!is_fair && outcome.status != CANDOUR__STATUS__BUSY)
        request_suspect(r, request_failed_often(r, FAILURE_BALLOT, 1, r->worker->config->ballot_failures_max));
    log_count(outcome.status == CANDOUR__STATUS__OK ? "casts_stored" : "casts_refused");
    request_reply(r, &reply.base);
}
