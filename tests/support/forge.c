#include "forge.h"

#include <string.h>

#include "credential.h"
#include "crypto.h"
#include "sandbox.h"
#include "testing.h"

enum { LENGTH_BYTES = 4, SIGNED_BYTES = FORGE_PLAIN_BYTES - CRYPTO_SIGNATURE_BYTES };

#define POINT(field, array)                                                                                            \
    (field) = (ProtobufCBinaryData) {                                                                                  \
        sizeof(array), (array)                                                                                         \
    }

void forge_start(const struct person *person, const struct fixture_round *round, enum fixture_subject subject,
                 struct forge *ret_forge) {
    struct forge *f = ret_forge;
    const Vault__Assignment *assignment = person_about(person, round, subject);
    *f = (struct forge){.round = round};
    uint8_t info[CREDENTIAL_INFO_BYTES];
    struct credential_request request;
    credential_info((uint8_t)assignment->group, round->manifest.round, assignment->subject.data, round->root, info);
    assert_int_equal(credential_request_make(person_round(person, round)->secret.data, round->manifest.credential_key,
                                             info, &request),
                     0);
    memcpy(f->round_id, round->manifest.round, 16);
    memcpy(f->subject, assignment->subject.data, 16);
    memcpy(f->vk, request.vk, 32);
    assert_int_equal(assignment->y.len, 64);
    memcpy(f->y, assignment->y.data, 64);
    memcpy(f->sign_secret, request.sign_secret, 64);
    memcpy(f->box_key, round->manifest.box_key, 32);
    memset(f->ratings, 3, sizeof f->ratings);
    candour__ballot__init(&f->ballot);
    POINT(f->ballot.round, f->round_id);
    POINT(f->ballot.subject, f->subject);
    POINT(f->ballot.vk, f->vk);
    POINT(f->ballot.y, f->y);
    POINT(f->ballot.ratings, f->ratings);
    f->ballot.ratings.len = subject == FIXTURE_BEN ? FIXTURE_OF_BEN_ITEMS : FIXTURE_ITEMS;
    f->ballot.group = (Candour__Group)assignment->group;
    f->ballot.sequence = 1;
    f->ballot.comments = f->comment_list;
}

void forge_comment(struct forge *forge, uint32_t question, const char *text, size_t len) {
    assert_true(forge->ballot.n_comments < FORGE_COMMENTS_MAX);
    Candour__Comment *comment = &forge->comments[forge->ballot.n_comments];
    forge->comment_list[forge->ballot.n_comments++] = comment;
    candour__comment__init(comment);
    comment->question = question;
    comment->text = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)text};
}

void forge_pack(const struct forge *forge, uint8_t ret_plain[FORGE_PLAIN_BYTES]) {
    size_t len = candour__ballot__get_packed_size(&forge->ballot);
    assert_in_range(len, 1, SIGNED_BYTES - LENGTH_BYTES);
    memset(ret_plain, 0, FORGE_PLAIN_BYTES);
    ret_plain[2] = (uint8_t)(len >> 8);
    ret_plain[3] = (uint8_t)len;
    candour__ballot__pack(&forge->ballot, ret_plain + LENGTH_BYTES);
}

void forge_sign(const struct forge *forge, uint8_t plain[FORGE_PLAIN_BYTES]) {
    uint8_t text[16 + SIGNED_BYTES];
    memcpy(text, "candour-ballot-1", 16);
    memcpy(text + 16, plain, SIGNED_BYTES);
    crypto_sign_message(forge->sign_secret, text, sizeof text, plain + SIGNED_BYTES);
}

void forge_seal(const struct forge *forge, const uint8_t *plain, size_t plain_len, uint8_t *ret_sealed) {
    assert_int_equal(crypto_seal(forge->box_key, plain, plain_len, ret_sealed), 0);
}

static void read_reply(const Candour__CastReply *reply, struct forge_reply *ret_reply) {
    static const uint8_t zero[64];
    ret_reply->status = (Candour__Status)reply->status;
    ret_reply->reason = (enum ballot_reason)reply->reason;
    ret_reply->sequence = reply->sequence;
    assert_int_equal(reply->receipt.len, sizeof ret_reply->receipt);
    memcpy(ret_reply->receipt, reply->receipt.data, sizeof ret_reply->receipt);
    assert_int_equal(memcmp(ret_reply->receipt, zero, sizeof zero) == 0, reply->status != CANDOUR__STATUS__OK);
    assert_int_equal(reply->reason == BALLOT_FINE, reply->status == CANDOUR__STATUS__OK);
}

void forge_cast(const struct fixture_round *round, const uint8_t *sealed, size_t len, struct forge_reply *ret_reply) {
    Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
    request.round = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)round->manifest.round};
    request.sealed = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)sealed};
    struct link_target target = sandbox_door(DOOR_BALLOT);
    struct link *box;
    struct problem problem;
    ProtobufCMessage *reply;
    Candour__Status status;
    if (link_open(&target, &box, &problem) != 0)
        fail_msg("%s", problem.sentence);
    link_set_single(box);
    if (link_exchange(box, OPERATION_CAST_BALLOT, &request.base, &reply, &status, &problem) != 0)
        fail_msg("%s", problem.sentence);
    read_reply((const Candour__CastReply *)reply, ret_reply);
    link_reply_free(reply);
    link_close(box);
}

enum ballot_reason forge_send(const struct forge *forge, struct forge_reply *ret_reply) {
    uint8_t plain[FORGE_PLAIN_BYTES], sealed[FIXTURE_BUCKET];
    forge_pack(forge, plain);
    forge_sign(forge, plain);
    forge_seal(forge, plain, sizeof plain, sealed);
    struct forge_reply reply;
    forge_cast(forge->round, sealed, sizeof sealed, &reply);
    if (ret_reply != NULL)
        *ret_reply = reply;
    return reply.reason;
}

void forge_frame(const struct forge *forge, uint8_t ret_frame[FORGE_FRAME_BYTES]) {
    uint8_t plain[FORGE_PLAIN_BYTES], sealed[FIXTURE_BUCKET];
    forge_pack(forge, plain);
    forge_sign(forge, plain);
    forge_seal(forge, plain, sizeof plain, sealed);
    Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
    request.round = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)forge->round->manifest.round};
    request.sealed = (ProtobufCBinaryData){sizeof sealed, sealed};
    size_t len = candour__cast_ballot__get_packed_size(&request);
    assert_int_equal(FRAME_HEADER_BYTES + len, FORGE_FRAME_BYTES);
    frame_write((struct frame){(uint32_t)len, OPERATION_CAST_BALLOT}, ret_frame);
    candour__cast_ballot__pack(&request, ret_frame + FRAME_HEADER_BYTES);
}

void forge_read(struct wire *wire, struct forge_reply *ret_reply) {
    assert_true(wire_receive(wire));
    assert_int_equal(wire->frame.operation, OPERATION_CAST_BALLOT | FRAME_REPLY);
    Candour__CastReply *reply = candour__cast_reply__unpack(NULL, wire->frame.length, wire->body);
    assert_non_null(reply);
    read_reply(reply, ret_reply);
    candour__cast_reply__free_unpacked(reply, NULL);
}
