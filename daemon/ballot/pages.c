// Manifests and published leaves, in pages of one size.
#include <assert.h>
#include <string.h>

#include "daemon/ballot/box.h"
#include "daemon/ballot/rounds.h"
#include "daemon/core/log.h"
#include "daemon/core/request.h"

enum { LEAVES_PER_PAGE = MANIFEST_PAGE_BYTES / 32, NEWEST = 0xffffffff };

static void refuse(struct request *r, Candour__Status status) {
    const ProtobufCMessage *reply = box_refusal(r->op->row, status, &r->arena);
    assert(reply != NULL);
    request_reply(r, reply);
}

void manifest_page_start(struct request *r) {
    const Candour__GetManifest *asked = (const Candour__GetManifest *)r->message;
    bool may_come;
    const struct round *round = rounds_find(asked->round.data, &may_come);
    if (round == NULL) {
        refuse(r, may_come ? CANDOUR__STATUS__BUSY : CANDOUR__STATUS__NOT_FOUND);
        return;
    }
    uint32_t newest = (uint32_t)round->version_count - 1;
    uint32_t version = asked->version == NEWEST ? newest : asked->version;
    const struct round_text *text = version <= newest ? &round->versions[version] : NULL;
    size_t pages = text != NULL ? (text->len + MANIFEST_PAGE_BYTES - 1) / MANIFEST_PAGE_BYTES : 0;
    uint8_t *page = arena_alloc(&r->arena, MANIFEST_PAGE_BYTES);
    if (page == NULL || asked->page >= pages) {
        refuse(r, page == NULL ? CANDOUR__STATUS__BUSY : CANDOUR__STATUS__NOT_FOUND);
        return;
    }
    size_t from = (size_t)asked->page * MANIFEST_PAGE_BYTES;
    size_t left = text->len - from;
    memcpy(page, text->text + from, left < MANIFEST_PAGE_BYTES ? left : MANIFEST_PAGE_BYTES);
    Candour__ManifestPage reply = CANDOUR__MANIFEST_PAGE__INIT;
    reply.status = CANDOUR__STATUS__OK;
    reply.newest = newest;
    reply.pages = (uint32_t)pages;
    reply.bytes = (uint32_t)text->len;
    reply.page = (ProtobufCBinaryData){MANIFEST_PAGE_BYTES, page};
    log_count("manifest_pages");
    request_reply(r, &reply.base);
}

static void leaves_read(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    const Candour__GetLeaves *asked = (const Candour__GetLeaves *)r->message;
    if (db_rows(rows) != 1) {
        refuse(r, CANDOUR__STATUS__NOT_FOUND);
        return;
    }
    uint32_t leaves = (uint32_t)db_get_int(rows, 0, 0);
    uint32_t pages = leaves == 0 ? 1 : (leaves + LEAVES_PER_PAGE - 1) / LEAVES_PER_PAGE;
    struct db_bytes root = db_get_bytes(rows, 0, 1), hashes = db_get_bytes(rows, 0, 2);
    uint8_t *page = arena_alloc(&r->arena, MANIFEST_PAGE_BYTES);
    if (page == NULL || asked->page >= pages) {
        refuse(r, page == NULL ? CANDOUR__STATUS__BUSY : CANDOUR__STATUS__NOT_FOUND);
        return;
    }
    assert(hashes.len <= MANIFEST_PAGE_BYTES);
    if (hashes.len > 0) {
        memcpy(page, hashes.data, hashes.len);
    }
    Candour__LeavesPage reply = CANDOUR__LEAVES_PAGE__INIT;
    reply.status = CANDOUR__STATUS__OK;
    reply.pages = pages;
    reply.leaves = leaves;
    reply.root = request_bytes(root);
    reply.page = (ProtobufCBinaryData){MANIFEST_PAGE_BYTES, page};
    log_count("leaves_pages");
    request_reply(r, &reply.base);
}

void leaves_page_start(struct request *r) {
    const Candour__GetLeaves *asked = (const Candour__GetLeaves *)r->message;
    request_query(r, QUERY_BALLOT_LEAVES_PAGE);
    db_uuid(r->segment, asked->round.data);
    db_int8(r->segment, asked->page);
    request_run(r, leaves_read);
}
