// Sending what waits: one ballot, one connection, one time.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ballot.h"
#include "cast_private.h"
#include "clock.h"
#include "crypto.h"
#include "language.h"
#include "link.h"
#include "trust.h"

enum {
    SIGN_ABOVE_MAX = 3,
    LATER_S = 600,
    CLOSE_BY_S = 3600,
    LOOK_APART_S = 300, // between looking at the rules and sending
    LOOK_SPREAD_S = 1500,
    LOOK_AGE_MAX_S = 3 * 86400,
    HURRY_S = 7200, // so little is left that a pause must do
    PAUSE_MIN_S = 3,
    PAUSE_SPREAD_S = 12,
    OVERDUE_S = 86400,
    SPREAD_MAX_S = 6 * 3600,
};

static void pause_really(unsigned seconds) {
    while (seconds > 0)
        seconds = sleep(seconds);
}
void (*cast_pause)(unsigned seconds) = pause_really;

static int64_t random_below(uint32_t limit) {
    uint32_t random;
    crypto_random(&random, sizeof random);
    return random % limit;
}

struct waiting {
    Vault__Round *round;
    Vault__Assignment *assignment;
};
struct sending {
    struct vault *vault;
    bool all_now;
    void (*tell)(void *context, const char *sentence);
    void *context;
    struct cast_summary *summary;
    struct problem *problem; // the first one
    bool has_problem;
};

// ---------------------------------------------------------------- judging a reply

const char *cast_reason_sentence(uint32_t reason) {
    static const char *const sentences[] = {
        [BALLOT_UNKNOWN_ROUND] = N_("the ballot box does not know this round"),
        [BALLOT_NOT_OPEN_YET] = N_("the round does not take answers yet"),
        [BALLOT_CLOSED] = N_("the round has closed"),
        [BALLOT_UNREADABLE] =
            N_("the ballot box cannot read it; use a client of the server's version and answer again"),
        [BALLOT_OTHER_ROUND] = N_("it belongs to another round"),
        [BALLOT_UNKNOWN_SUBJECT] = N_("this leader or group no longer takes part in the round"),
        [BALLOT_BAD_CREDENTIAL] =
            N_("the ballot box does not accept your credential; tell HR that a credential is refused"),
        [BALLOT_BAD_SIGNATURE] = N_("the ballot box does not accept the signature; answer again"),
        [BALLOT_BAD_RATINGS] = N_("the ratings do not fit the questionnaire; answer again"),
        [BALLOT_BAD_COMMENT] = N_("a comment is not acceptable; answer again with a shorter one"),
        [BALLOT_QUOTA_FULL] = N_("there are already as many answers as people were asked in your group, so someone may "
                                 "have answered in the place of others; tell HR and keep this message"),
        [BALLOT_OLD_SEQUENCE] = N_("a newer answer of yours is already there"),
    };
    const char *sentence = reason < ARRAY_LEN(sentences) ? sentences[reason] : NULL;
    return sentence != NULL ? sentence : N_("the ballot box refuses it without a reason that this client knows");
}

static bool is_genuine(const Candour__CastReply *reply, const uint8_t receipt_key[32], const uint8_t vk[32],
                       const Vault__Queued *queued) {
    uint8_t text[BALLOT_RECEIPT_TEXT_BYTES];
    if (reply->receipt.len != CRYPTO_SIGNATURE_BYTES || reply->sequence != queued->sequence)
        return false;
    ballot_receipt_text(vk, reply->sequence, queued->leaf.data, text);
    return crypto_verify(receipt_key, text, sizeof text, reply->receipt.data) == 0;
}

enum cast_verdict cast_judge(Candour__Status status, const Candour__CastReply *reply, const uint8_t receipt_key[32],
                             const uint8_t vk[32], const Vault__Queued *queued) {
    if (status == CANDOUR__STATUS__OK)
        return is_genuine(reply, receipt_key, vk, queued) ? CAST_STORED : CAST_BAD_RECEIPT;
    if (status == CANDOUR__STATUS__BUSY || status == CANDOUR__STATUS__INTERNAL)
        return CAST_REPEAT;
    if (reply->reason == BALLOT_NOT_OPEN_YET)
        return CAST_NOT_YET;
    bool is_above = reply->sequence >= queued->sequence && reply->sequence < BALLOT_SEQUENCE_NONE - 1;
    return reply->reason == BALLOT_OLD_SEQUENCE && is_above ? CAST_SIGN_ABOVE : CAST_REFUSED;
}

// ---------------------------------------------------------------- what becomes of a ballot

PRINTF(2, 3) static void say(const struct sending *sending, const char *format, ...) {
    char sentence[1024];
    if (sending->tell == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, _(format), arguments);
    va_end(arguments);
    sending->tell(sending->context, sentence);
}

// Keeps the first problem for the caller and tells the others.
static void note_problem(struct sending *sending, const struct problem *problem) {
    if (sending->has_problem)
        say(sending, "%s", problem->sentence);
    else
        *sending->problem = *problem;
    sending->has_problem = true;
}

static int keep_receipt(struct sending *sending, Vault__Assignment *assignment, const Candour__CastReply *reply,
                        struct problem *ret_problem) {
    Vault__Receipt *receipt = malloc(sizeof *receipt);
    if (receipt == NULL)
        return problem_no_memory(ret_problem);
    vault__receipt__init(receipt);
    receipt->sequence = reply->sequence;
    if (vault_set_bytes(&receipt->leaf, assignment->queued->leaf.data, assignment->queued->leaf.len) != 0 ||
        vault_set_bytes(&receipt->signature, reply->receipt.data, reply->receipt.len) != 0) {
        VAULT_FORGET(receipt);
        return problem_no_memory(ret_problem);
    }
    VAULT_FORGET(assignment->receipt);
    assignment->receipt = receipt;
    VAULT_FORGET(assignment->queued); // bytes and answers are needed no longer
    if (vault_save(sending->vault, ret_problem) != 0)
        return -1;
    sending->summary->sent++;
    say(sending, "Your answer about %s is stored, and its receipt is genuine.", assignment->subject_name);
    return 0;
}

static int sign_above(struct sending *sending, const Vault__Round *round, Vault__Assignment *assignment,
                      const struct manifest *manifest, uint32_t stored, struct problem *ret_problem) {
    if (cast_seal(round, assignment, manifest, assignment->queued->answers, stored + 1, assignment->queued,
                  ret_problem) != 0)
        return -1;
    assignment->sequence = stored + 1;
    assignment->has_sequence = true;
    return vault_save(sending->vault, ret_problem);
}

static int refuse(struct sending *sending, Vault__Assignment *assignment, uint32_t reason,
                  struct problem *ret_problem) {
    const char *why = cast_reason_sentence(reason);
    if (vault_set_text(&assignment->queued->refusal, why, strlen(why)) != 0)
        return problem_no_memory(ret_problem);
    if (vault_save(sending->vault, ret_problem) != 0)
        return -1;
    sending->summary->refused++;
    return problem_set(ret_problem, EXIT_RULE, "Your answer about %s was not taken: %s.", assignment->subject_name,
                       _(why));
}

static void wait_on(struct sending *sending, int64_t due) {
    struct cast_summary *summary = sending->summary;
    summary->waiting++;
    if (summary->next_due == 0 || due < summary->next_due)
        summary->next_due = due;
}

static int postpone(struct sending *sending, Vault__Assignment *assignment, int64_t due, struct problem *ret_problem) {
    wait_on(sending, due);
    if (assignment->queued->due == due)
        return 0;
    assignment->queued->due = due;
    return vault_save(sending->vault, ret_problem);
}

static int repeat_later(struct sending *sending, Vault__Assignment *assignment, const struct manifest *manifest,
                        struct problem *ret_problem) {
    int64_t left = (manifest->close - clock_now()) / 4;
    int64_t spread = left < 1 ? 1 : left < LATER_S ? left : LATER_S;
    int64_t later = clock_now() + CAST_APART_S + random_below((uint32_t)spread);
    if (postpone(sending, assignment, later, ret_problem) != 0)
        return -1;
    return problem_set(ret_problem, EXIT_UNREACHABLE,
                       "The ballot box is busy. Your answer about %s is kept; send it again later: candour send",
                       assignment->subject_name);
}

// ---------------------------------------------------------------- sending one

static int cast_once(struct sending *sending, const Vault__Round *round, const Vault__Assignment *assignment,
                     const struct manifest *manifest, Candour__CastReply **ret_reply, Candour__Status *ret_status,
                     struct problem *ret_problem) {
    struct link_target target;
    trust_box_target(sending->vault, manifest, &target);
    Vault__Vault *data = vault_data(sending->vault);
    data->has_cast_at = true;
    data->cast_at = clock_now();
    struct link *box;
    if (vault_save(sending->vault, ret_problem) != 0 || link_open(&target, &box, ret_problem) != 0)
        return -1;
    link_set_single(box);
    Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
    request.round = round->id;
    request.sealed = assignment->queued->sealed;
    ProtobufCMessage *reply;
    int result = link_exchange(box, OPERATION_CAST_BALLOT, &request.base, &reply, ret_status, ret_problem);
    link_close(box);
    if (result == 0)
        *ret_reply = (Candour__CastReply *)reply;
    return result;
}

static int plan_again(struct sending *sending, Vault__Assignment *assignment, const struct manifest *manifest,
                      struct problem *ret_problem) {
    struct cast_window window;
    int64_t due;
    if (cast_plan(sending->vault, manifest, assignment, assignment->queued->now, &window, &due, ret_problem) != 0)
        return -1;
    return postpone(sending, assignment, due, ret_problem);
}

static int act(struct sending *sending, const Vault__Round *round, Vault__Assignment *assignment,
               const struct manifest *manifest, enum cast_verdict verdict, const Candour__CastReply *reply,
               struct problem *ret_problem) {
    switch (verdict) {
    case CAST_STORED:
        return keep_receipt(sending, assignment, reply, ret_problem);
    case CAST_SIGN_ABOVE:
        return sign_above(sending, round, assignment, manifest, reply->sequence, ret_problem);
    case CAST_NOT_YET:
        return plan_again(sending, assignment, manifest, ret_problem);
    case CAST_REPEAT:
        return repeat_later(sending, assignment, manifest, ret_problem);
    case CAST_REFUSED:
        return refuse(sending, assignment, reply->reason, ret_problem);
    case CAST_BAD_RECEIPT:
        break;
    }
    wait_on(sending, assignment->queued->due);
    return problem_set(ret_problem, EXIT_FAILED,
                       "The ballot box took your answer about %s, but its receipt is not genuine. The answer is kept "
                       "here. Tell someone you trust outside the team that runs the server.",
                       assignment->subject_name);
}

static int send_one(struct sending *sending, const Vault__Round *round, Vault__Assignment *assignment,
                    const struct manifest *manifest, struct problem *ret_problem) {
    for (int number = 0; number <= SIGN_ABOVE_MAX; number++) {
        Candour__CastReply *reply;
        Candour__Status status;
        if (cast_once(sending, round, assignment, manifest, &reply, &status, ret_problem) != 0) {
            wait_on(sending, assignment->queued->due);
            return -1;
        }
        enum cast_verdict verdict =
            cast_judge(status, reply, manifest->receipt_key, assignment->vk.data, assignment->queued);
        if (verdict == CAST_SIGN_ABOVE && number == SIGN_ABOVE_MAX)
            verdict = CAST_REFUSED;
        int result = act(sending, round, assignment, manifest, verdict, reply, ret_problem);
        link_reply_free(&reply->base);
        if (verdict != CAST_SIGN_ABOVE || result != 0)
            return result;
    }
    return 0;
}

// ---------------------------------------------------------------- all that waits

static bool is_chosen(const struct sending *sending, const struct waiting *one) {
    return sending->all_now || one->assignment->queued->now;
}

// Over how long a ballot is put off that would go right after another one. What fell due together while a computer was
// off must not go together when it is on; but the end must not come first, nor somebody wait who is rarely on.
static uint32_t spread(const struct sending *sending, const struct waiting *one, const struct manifest *manifest,
                       int64_t now) {
    int64_t part = (manifest->close - now) / 8;
    if (is_chosen(sending, one) || now - one->assignment->queued->due > OVERDUE_S || part < CAST_APART_S)
        return CAST_APART_S;
    return (uint32_t)(part < SPREAD_MAX_S ? part : SPREAD_MAX_S);
}

// When this ballot may go at the earliest, now that it is `now`.
static int64_t earliest(const struct sending *sending, const struct waiting *one, const struct manifest *manifest,
                        int64_t now) {
    const Vault__Vault *data = vault_data(sending->vault);
    int64_t due = one->assignment->queued->due;
    if (now < manifest->answer_from)
        return due > manifest->answer_from ? due : manifest->answer_from;
    int64_t at = sending->all_now ? now : due;
    int64_t apart = data->cast_at + CAST_APART_S;
    if (!manifest->demo && data->has_cast_at && at < apart && now < apart && now >= data->cast_at)
        at = apart + random_below(spread(sending, one, manifest, now));
    return at;
}

// Has there been a contact with the desk since the ballot was planned, and is there time to keep away from it?
static bool is_after_contact(const struct sending *sending, const struct waiting *one, const struct manifest *manifest,
                             int64_t now) {
    const Vault__Vault *data = vault_data(sending->vault);
    int64_t until = data->identified_at + CAST_AFTER_CONTACT_S;
    return !is_chosen(sending, one) && data->has_identified_at && now < until && until < manifest->close - CLOSE_BY_S;
}

static bool has_looked(const Vault__Round *round, int64_t now) {
    return round->has_refreshed_at && round->refreshed_at <= now && now - round->refreshed_at <= LOOK_AGE_MAX_S;
}

int cast_look_ahead(struct vault *vault, Vault__Round *round, int64_t due, struct problem *ret_problem) {
    int64_t now = clock_now();
    if (has_looked(round, now) || due - now > LOOK_AGE_MAX_S || trust_refresh(vault, round, ret_problem) == 0 ||
        ret_problem->code == EXIT_UNREACHABLE)
        return 0;
    return -1;
}

// The rules are looked at once more before a ballot goes. The ballot follows at another random time, so that the box
// cannot take the two connections for one client's. *ret_at: when it may go.
static int look(struct sending *sending, const struct waiting *one, const struct manifest *manifest, int64_t now,
                int64_t *ret_at, struct problem *ret_problem) {
    if (!has_looked(one->round, now) && trust_refresh(sending->vault, one->round, ret_problem) != 0)
        return -1;
    int64_t apart = one->round->refreshed_at + LOOK_APART_S;
    *ret_at = now;
    if (manifest->demo || apart <= now)
        return 0;
    // Who sends by hand, days apart, must not be put off each time.
    bool is_overdue = now - one->assignment->queued->due > LOOK_AGE_MAX_S;
    if (is_chosen(sending, one) || is_overdue || manifest->close - now < HURRY_S) {
        cast_pause((unsigned)(PAUSE_MIN_S + random_below(PAUSE_SPREAD_S)));
        return 0;
    }
    *ret_at = apart + random_below(LOOK_SPREAD_S);
    say(sending, "The rules of the round %s were looked at once more. Your answer about %s goes some minutes later.",
        one->round->name, one->assignment->subject_name);
    return 0;
}

// *ret_at: when the ballot may go, not after now: it may.
static int when(struct sending *sending, const struct waiting *one, const struct manifest *manifest, int64_t *ret_at,
                struct problem *ret_problem) {
    int64_t now = clock_now(), at = earliest(sending, one, manifest, now);
    struct cast_window window;
    if (at <= now && is_after_contact(sending, one, manifest, now)) {
        if (cast_plan(sending->vault, manifest, one->assignment, false, &window, &at, ret_problem) != 0)
            return -1;
    } else if (at <= now && look(sending, one, manifest, now, &at, ret_problem) != 0) {
        return -1;
    }
    *ret_at = at;
    return 0;
}

static int handle(struct sending *sending, const struct waiting *one, struct problem *ret_problem) {
    struct manifest manifest;
    Vault__Assignment *assignment = one->assignment;
    int64_t at = assignment->queued->due;
    int result = trust_newest(one->round, &manifest, ret_problem);
    if (result != 0) {
        wait_on(sending, at);
        return -1;
    }
    result = trust_witnessed(sending->vault, one->round, ret_problem);
    if (result == 0)
        result = trust_clock(manifest.demo, ret_problem);
    if (result == 0)
        result = when(sending, one, &manifest, &at, ret_problem);
    if (result != 0)
        wait_on(sending, assignment->queued->due);
    else if (at > clock_now())
        result = postpone(sending, assignment, at, ret_problem);
    else
        result = send_one(sending, one->round, assignment, &manifest, ret_problem);
    manifest_free(&manifest);
    return result;
}

static int by_due(const void *a, const void *b) {
    const struct waiting *one = a, *two = b;
    int64_t first = one->assignment->queued->due, second = two->assignment->queued->due;
    return (first > second) - (first < second);
}

static struct waiting *list_waiting(struct vault *vault, size_t *ret_count) {
    const Vault__Vault *data = vault_data(vault);
    size_t room = 1, count = 0;
    for (size_t i = 0; i < data->n_rounds; i++)
        room += data->rounds[i]->n_assignments;
    struct waiting *list = calloc(room, sizeof *list);
    for (size_t i = 0; list != NULL && i < data->n_rounds; i++)
        for (size_t k = 0; k < data->rounds[i]->n_assignments; k++) {
            Vault__Assignment *assignment = data->rounds[i]->assignments[k];
            if (assignment->queued != NULL && assignment->queued->refusal == NULL)
                list[count++] = (struct waiting){data->rounds[i], assignment};
        }
    *ret_count = count;
    return list;
}

size_t cast_waiting(struct vault *vault) {
    size_t count = 0;
    free(list_waiting(vault, &count));
    return count;
}

int cast_send_due(struct vault *vault, bool all_now, void (*tell)(void *context, const char *sentence), void *context,
                  struct cast_summary *ret_summary, struct problem *ret_problem) {
    *ret_summary = (struct cast_summary){0};
    struct sending sending = {.vault = vault,
                              .all_now = all_now,
                              .tell = tell,
                              .context = context,
                              .summary = ret_summary,
                              .problem = ret_problem};
    size_t count;
    struct waiting *list = list_waiting(vault, &count);
    if (list == NULL)
        return problem_no_memory(ret_problem);
    qsort(list, count, sizeof *list, by_due);
    for (size_t i = 0; i < count; i++) {
        struct problem problem;
        if (handle(&sending, &list[i], &problem) != 0)
            note_problem(&sending, &problem);
    }
    free(list);
    if (!sending.has_problem)
        return 0;
    if (ret_summary->sent > 0)
        ret_problem->code = EXIT_PARTLY;
    return -1;
}
