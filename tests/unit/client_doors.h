// What a desk and a ballot box of our own say in the client's tests, by the script in struct server_seen.
#ifndef CANDOUR_TESTS_CLIENT_DOORS_H
#define CANDOUR_TESTS_CLIENT_DOORS_H

#include "client_round.h"
#include "client_server.h"

enum script {
    FINE,
    PREPARING,
    OTHER_MANIFEST, // at the ballot box
    LATER,          // shows a version 1, as `later` has it
    OTHER_KEY,
    OTHER_NAME,
    OTHER_SALT, // than the manifest commits to
    ODD_NAME,   // with an invisible character; the manifest commits to it
    UNLISTED,
    NO_END, // more assignments than anybody has
    OTHER_QUESTIONS,
    TAKEN,
    LOSE_COLLECT,
    RELEASED,
    SIGNED_OUT,
};

static char *text, *later; // versions 0 and 1 of the manifest
static size_t text_len, later_len;

static inline ProtobufCBinaryData bytes(const void *data, size_t len) {
    return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)data};
}

static inline int give_manifest(struct server_request *request, bool is_desk) {
    static uint8_t page[MANIFEST_PAGE_BYTES];
    Candour__GetManifest *asked = candour__get_manifest__unpack(NULL, request->len, request->body);
    bool is_later = asked->version == 1;
    uint32_t newest = request->seen->script == LATER;
    size_t len = is_later ? later_len : text_len;
    candour__get_manifest__free_unpacked(asked, NULL);
    memset(page, 0, sizeof page);
    memcpy(page, is_later ? later : text, len);
    if (!is_desk) {
        Candour__ManifestPage reply = CANDOUR__MANIFEST_PAGE__INIT;
        page[len - 10] ^= request->seen->script == OTHER_MANIFEST;
        reply.status = CANDOUR__STATUS__OK;
        reply.newest = newest;
        reply.pages = 1;
        reply.bytes = (uint32_t)len;
        reply.page = bytes(page, sizeof page);
        return server_reply(request, &reply.base);
    }
    Candour__GetManifestReply reply = CANDOUR__GET_MANIFEST_REPLY__INIT;
    reply.has_status = true;
    reply.status = request->seen->script == PREPARING ? CANDOUR__STATUS__BUSY : CANDOUR__STATUS__OK;
    reply.has_newest = reply.has_pages = reply.has_page = true;
    reply.newest = newest;
    reply.pages = 1;
    reply.page = bytes(page, sizeof page);
    return server_reply(request, &reply.base);
}

static inline int give_questions(struct server_request *request) {
    Candour__GetQuestionnaireReply reply = CANDOUR__GET_QUESTIONNAIRE_REPLY__INIT;
    reply.has_status = reply.has_text = true;
    reply.status = CANDOUR__STATUS__OK;
    reply.text = bytes(client_round_questions, sizeof client_round_questions - 1);
    reply.text.len -= request->seen->script == OTHER_QUESTIONS;
    return server_reply(request, &reply.base);
}

// As the desk: the first blinded element of an assignment is stored, and only that one is evaluated.
static inline int collect(struct client_round *r, struct server_request *request) {
    static uint8_t stored[2][32];
    static bool has_stored[2];
    static unsigned tries;
    Candour__CollectCredentials *asked = candour__collect_credentials__unpack(NULL, request->len, request->body);
    Candour__Evaluated evaluated[2], *list[2];
    uint8_t element[2][32], proof[2][64], root[32], info[CREDENTIAL_INFO_BYTES];
    manifest_hash(text, text_len, root);
    const uint8_t *secret = r->credential_secret;
    if (request->seen->script == OTHER_KEY)
        secret = r->box_secret; // any other valid scalar would do
    for (size_t i = 0; i < asked->n_blinded; i++) {
        unsigned which = asked->blinded[i]->assignment.data[0] - 1u;
        if (!has_stored[which])
            memcpy(stored[which], asked->blinded[i]->element.data, 32);
        has_stored[which] = true;
        bool is_same = memcmp(stored[which], asked->blinded[i]->element.data, 32) == 0;
        candour__evaluated__init(&evaluated[i]);
        list[i] = &evaluated[i];
        evaluated[i].assignment = asked->blinded[i]->assignment;
        evaluated[i].status = is_same ? CANDOUR__STATUS__OK : CANDOUR__STATUS__CONFLICT;
        if (!is_same)
            continue;
        credential_info(CANDOUR__GROUP__PEER, r->manifest.round, r->subjects[which].id, root, info);
        if (credential_evaluate_blinded(secret, info, sizeof info, stored[which], element[i], proof[i]) != 0)
            return -1;
        evaluated[i].has_element = evaluated[i].has_proof = true;
        evaluated[i].element = bytes(element[i], 32);
        evaluated[i].proof = bytes(proof[i], 64);
    }
    Candour__CollectCredentialsReply reply = CANDOUR__COLLECT_CREDENTIALS_REPLY__INIT;
    reply.has_status = true;
    reply.status = CANDOUR__STATUS__OK;
    reply.evaluated = list;
    reply.n_evaluated = asked->n_blinded;
    int result = server_reply(request, &reply.base);
    candour__collect_credentials__free_unpacked(asked, NULL);
    return request->seen->script == LOSE_COLLECT && ++tries == 1 ? -1 : result;
}

#endif
