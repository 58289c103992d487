// One cast: open, read strictly, prove the credential, judge the answers, and hand over to the batch. Nothing is known
// of who sent it, and nothing is kept of it but what the batch stores.
#include <assert.h>
#include <string.h>

#include "ballot.h"
#include "credential.h"
#include "crypto.h"
#include "daemon/ballot/batch.h"
#include "daemon/ballot/box.h"
#include "daemon/ballot/rounds.h"
#include "daemon/core/request.h"

static void refuse(struct request *r, enum ballot_reason reason) {
    Candour__Status status =
        reason == BALLOT_TRY_AGAIN                                          ? CANDOUR__STATUS__BUSY
        : reason == BALLOT_UNKNOWN_ROUND                                    ? CANDOUR__STATUS__NOT_FOUND
        : reason == BALLOT_NOT_OPEN_YET || reason == BALLOT_CLOSED          ? CANDOUR__STATUS__REFUSED_BY_RULE
        : reason == BALLOT_BAD_CREDENTIAL || reason == BALLOT_BAD_SIGNATURE ? CANDOUR__STATUS__FORBIDDEN
                                                                            : CANDOUR__STATUS__BAD_REQUEST;
    box_cast_reply(r, (struct cast_outcome){status, reason, BALLOT_SEQUENCE_NONE, false}, NULL);
}

// Opens the box around the ballot. *ret_ballot and *ret_leaf are set when it is fine.
static enum ballot_reason open_sealed(struct request *r, const struct round *round, Candour__Ballot **ret_ballot,
                                      uint8_t ret_leaf[32]) {
    const Candour__CastBallot *cast = (const Candour__CastBallot *)r->message;
    if (cast->sealed.len != round->bucket) {
        return BALLOT_UNREADABLE;
    }
    uint8_t *plain = arena_alloc(&r->arena, round->bucket - CRYPTO_SEAL_OVERHEAD);
    if (plain == NULL) {
        return BALLOT_TRY_AGAIN;
    }
    if (crypto_open(round->box_public, round->box_secret, cast->sealed.data, cast->sealed.len, plain) != 0) {
        return BALLOT_UNREADABLE;
    }
    enum ballot_reason reason = ballot_unpack(plain, round->bucket, &r->arena.allocator, ret_ballot, ret_leaf);
    if (reason == BALLOT_FINE && memcmp((*ret_ballot)->round.data, round->id, 16) != 0) {
        return BALLOT_OTHER_ROUND;
    }
    return reason;
}

// Is y what the round's key makes of vk for this subject and group, under this manifest?
static enum ballot_reason check_credential(const struct round *round, const Candour__Ballot *ballot) {
    uint8_t info[CREDENTIAL_INFO_BYTES], y[CREDENTIAL_OUTPUT_BYTES];
    credential_info((uint8_t)ballot->group, round->id, ballot->subject.data, round->root, info);
    if (credential_evaluate(round->credential_secret, info, sizeof info, ballot->vk.data, ballot->vk.len, y) != 0) {
        return BALLOT_BAD_CREDENTIAL;
    }
    bool is_same = crypto_equal(y, ballot->y.data, sizeof y);
    crypto_wipe(y, sizeof y);
    return is_same ? BALLOT_FINE : BALLOT_BAD_CREDENTIAL;
}

static enum ballot_reason judge(const struct round *round, const Candour__Ballot *ballot) {
    const struct manifest_subject *subject = manifest_subject_find(&round->manifest, ballot->subject.data);
    if (subject == NULL || subject->retired || ballot->group < CANDOUR__GROUP__SELF ||
        ballot->group > CANDOUR__GROUP__OTHER || subject->raters[ballot->group - 1] == 0) {
        return BALLOT_UNKNOWN_SUBJECT;
    }
    enum ballot_reason reason = check_credential(round, ballot);
    if (reason != BALLOT_FINE) {
        return reason;
    }
    const struct round_shape *shape = rounds_shape(round, subject->level);
    return ballot_check_answers(ballot, shape->items, shape->scale_max, shape->questions);
}

// u8 question || u16 length || text, repeated, as ballot.split_comments reads it. -1: the arena is full.
static int encode_comments(struct arena *arena, const Candour__Ballot *ballot, struct batch_ballot *waiting) {
    size_t len = 0;
    for (size_t i = 0; i < ballot->n_comments; i++) {
        len += 3 + ballot->comments[i]->text.len;
    }
    uint8_t *at = arena_alloc(arena, len + 1);
    if (at == NULL) {
        return -1;
    }
    waiting->comments = at;
    waiting->comments_len = len;
    for (size_t i = 0; i < ballot->n_comments; i++) {
        const Candour__Comment *comment = ballot->comments[i];
        assert(comment->question < BALLOT_QUESTIONS_MAX && comment->text.len <= BALLOT_COMMENT_BYTES_MAX);
        *at++ = (uint8_t)comment->question;
        *at++ = (uint8_t)(comment->text.len >> 8);
        *at++ = (uint8_t)comment->text.len;
        memcpy(at, comment->text.data, comment->text.len);
        at += comment->text.len;
    }
    return 0;
}

static void hand_over(struct request *r, struct round *round, const Candour__Ballot *ballot, const uint8_t leaf[32]) {
    struct batch_ballot *waiting = arena_alloc(&r->arena, sizeof *waiting);
    if (waiting == NULL || encode_comments(&r->arena, ballot, waiting) != 0) {
        refuse(r, BALLOT_TRY_AGAIN);
        return;
    }
    waiting->request = r;
    waiting->round = round;
    waiting->group = (uint8_t)ballot->group;
    waiting->sequence = ballot->sequence;
    waiting->ratings = ballot->ratings.data;
    waiting->ratings_len = ballot->ratings.len;
    memcpy(waiting->subject, ballot->subject.data, 16);
    memcpy(waiting->vk, ballot->vk.data, 32);
    memcpy(waiting->leaf, leaf, 32);
    batch_add(waiting);
}

void cast_ballot_start(struct request *r) {
    const Candour__CastBallot *cast = (const Candour__CastBallot *)r->message;
    bool may_come;
    struct round *round = rounds_find(cast->round.data, &may_come);
    if (round == NULL) {
        refuse(r, may_come ? BALLOT_TRY_AGAIN : BALLOT_UNKNOWN_ROUND);
        return;
    }
    // Whether a late one is a repeat of a ballot that was stored in time, the database knows.
    if (r->now < round->answer_from) {
        refuse(r, BALLOT_NOT_OPEN_YET);
        return;
    }
    Candour__Ballot *ballot;
    uint8_t leaf[32];
    enum ballot_reason reason = open_sealed(r, round, &ballot, leaf);
    if (reason == BALLOT_FINE) {
        reason = judge(round, ballot);
    }
    if (reason != BALLOT_FINE) {
        refuse(r, reason);
        return;
    }
    hand_over(r, round, ballot, leaf);
}
