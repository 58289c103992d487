#include "cast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ballot.h"
#include "cast_private.h"
#include "clock.h"
#include "credential.h"
#include "crypto.h"
#include "language.h"
#include "trust.h"
#include "when.h"

enum { HOUR_S = 3600, TRIES_MAX = 1000 };

const char cast_warning[] =
    N_("Sending soon after you were in contact with the server, or shortly before the end, makes it easier for someone "
       "who watches connections on the server to guess that this answer is yours. The answer itself still carries no "
       "name. Before answering has ended the answers of all others still wait: yours comes alone, and several of yours "
       "that come soon after each other are seen to be one person's.");
const char cast_late_warning[] =
    N_("Answering has ended. The answers of all others leave at random moments of the time that began then; yours has "
       "only what is left of it. That makes it easier for someone who watches connections on the server to guess that "
       "this answer is yours. The answer itself still carries no name.");

// ---------------------------------------------------------------- when

static int64_t max(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t min(int64_t a, int64_t b) {
    return a < b ? a : b;
}

struct cast_window cast_window(const struct cast_schedule *schedule) {
    int64_t start = max(schedule->now, schedule->answer_from);
    int64_t left = max(schedule->close - start, 0);
    if (left < 2 * HOUR_S)
        return (struct cast_window){.from = start, .until = start + left / 2, .is_short = true};
    int64_t from = max(start, manifest_answers_until(schedule->answer_from, schedule->close));
    if (schedule->identified_at != 0) // a clock that was set back must not carry the ballot past the end
        from = max(from, min(schedule->identified_at + CAST_AFTER_CONTACT_S, start + left / 2));
    int64_t half = (schedule->close - from) / 2;
    return (struct cast_window){.from = from, .until = schedule->close - min(half, HOUR_S)};
}

// Uniform in 0..span; the bias of a 64-bit remainder is immaterial.
static int64_t random_up_to(int64_t span) {
    uint64_t random;
    crypto_random(&random, sizeof random);
    return (int64_t)(random % ((uint64_t)span + 1));
}

static bool is_apart(int64_t due, const int64_t *others, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (llabs(due - others[i]) < CAST_APART_S)
            return false;
    return true;
}

int64_t cast_due(const struct cast_window *window, const int64_t *others, size_t others_count) {
    int64_t due = window->from;
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        due = window->from + random_up_to(window->until - window->from);
        if (is_apart(due, others, others_count))
            break;
    }
    return due;
}

// Due times of everything that waits, but for the one that is to be planned. Malloc'ed.
static int64_t *waiting_times(struct vault *vault, const Vault__Assignment *but, size_t *ret_count) {
    const Vault__Vault *data = vault_data(vault);
    size_t room = 1, count = 0;
    for (size_t i = 0; i < data->n_rounds; i++)
        room += data->rounds[i]->n_assignments;
    int64_t *times = calloc(room, sizeof *times);
    for (size_t i = 0; times != NULL && i < data->n_rounds; i++)
        for (size_t k = 0; k < data->rounds[i]->n_assignments; k++) {
            const Vault__Assignment *one = data->rounds[i]->assignments[k];
            if (one != but && one->queued != NULL && one->queued->refusal == NULL)
                times[count++] = one->queued->due;
        }
    *ret_count = count;
    return times;
}

int cast_plan(struct vault *vault, const struct manifest *manifest, const Vault__Assignment *assignment, bool now,
              struct cast_window *ret_window, int64_t *ret_due, struct problem *ret_problem) {
    const Vault__Vault *data = vault_data(vault);
    struct cast_schedule schedule = {
        .now = clock_now(),
        .answer_from = manifest->answer_from,
        .close = manifest->close,
        .identified_at = data->identified_at,
    };
    struct cast_window window = cast_window(&schedule);
    if (now)
        window.from = window.until = max(schedule.now, schedule.answer_from);
    size_t count;
    int64_t *times = waiting_times(vault, assignment, &count);
    if (times == NULL)
        return problem_no_memory(ret_problem);
    *ret_due = cast_due(&window, times, now ? 0 : count); // sending keeps the minute apart anyway
    *ret_window = window;
    free(times);
    return 0;
}

// ---------------------------------------------------------------- making

static int pack(const Vault__Round *round, const Vault__Assignment *assignment, const Vault__Answers *answers,
                const struct credential_request *credential, uint32_t sequence, size_t bucket, uint8_t *ret_plain,
                uint8_t ret_leaf[32]) {
    Candour__Comment comments[BALLOT_QUESTIONS_MAX];
    Candour__Comment *list[BALLOT_QUESTIONS_MAX];
    if (answers->n_comments > BALLOT_QUESTIONS_MAX)
        return -1;
    for (size_t i = 0; i < answers->n_comments; i++) {
        candour__comment__init(&comments[i]);
        comments[i].question = answers->comments[i]->question;
        comments[i].text = answers->comments[i]->text;
        list[i] = &comments[i];
    }
    Candour__Ballot ballot = CANDOUR__BALLOT__INIT;
    ballot.round = round->id;
    ballot.subject = assignment->subject;
    ballot.group = (Candour__Group)assignment->group;
    ballot.vk = assignment->vk;
    ballot.y = assignment->y;
    ballot.sequence = sequence;
    ballot.ratings = answers->ratings;
    ballot.comments = list;
    ballot.n_comments = answers->n_comments;
    return ballot_pack(&ballot, credential->sign_secret, bucket, ret_plain, ret_leaf);
}

int cast_seal(const Vault__Round *round, const Vault__Assignment *assignment, const struct manifest *manifest,
              const Vault__Answers *answers, uint32_t sequence, Vault__Queued *queued, struct problem *ret_problem) {
    uint8_t info[CREDENTIAL_INFO_BYTES], leaf[32];
    size_t bucket = manifest->rules.bucket;
    credential_info((uint8_t)assignment->group, manifest->round, assignment->subject.data, round->root.data, info);
    struct credential_request credential;
    if (round->secret.len != 32 ||
        credential_request_make(round->secret.data, manifest->credential_key, info, &credential) != 0)
        return problem_set(ret_problem, EXIT_FAILED,
                           "The secret of the round %s is missing on this computer. Do: "
                           "candour recover",
                           round->name);
    int result = -1;
    uint8_t *plain = malloc(bucket), *sealed = malloc(bucket);
    if (plain == NULL || sealed == NULL) {
        problem_no_memory(ret_problem);
    } else if (pack(round, assignment, answers, &credential, sequence, bucket, plain, leaf) != 0) {
        problem_set(ret_problem, EXIT_RULE, "These answers are too long to be sent. Shorten the comments.");
    } else if (crypto_seal(manifest->box_key, plain, bucket - CRYPTO_SEAL_OVERHEAD, sealed) != 0) {
        problem_set(ret_problem, EXIT_FAILED, "The keys of the round %s are not usable. Tell HR.", round->name);
    } else {
        result = vault_set_bytes(&queued->sealed, sealed, bucket) == 0 &&
                         vault_set_bytes(&queued->leaf, leaf, sizeof leaf) == 0
                     ? 0
                     : problem_no_memory(ret_problem);
        queued->sequence = sequence;
    }
    crypto_wipe(&credential, sizeof credential);
    if (plain != NULL)
        crypto_wipe(plain, bucket);
    free(plain);
    free(sealed);
    return result;
}

bool cast_is_late(const struct manifest *manifest) {
    return clock_now() >= manifest_answers_until(manifest->answer_from, manifest->close);
}

static int check_in_time(const Vault__Round *round, const Vault__Assignment *assignment,
                         const struct manifest *manifest, unsigned how, struct problem *ret_problem) {
    char end[WHEN_TEXT_BYTES];
    bool is_closed = clock_now() >= manifest->close;
    if (!is_closed && (how & CAST_LATE || !cast_is_late(manifest)))
        return 0;
    when_text(manifest_answers_until(manifest->answer_from, manifest->close), end);
    if (trust_is_newer_seen(round))
        return problem_set(
            ret_problem, EXIT_RULE,
            is_closed ? N_("The round %s has closed by the rules that you were shown at your last sign-in, but newer "
                           "ones are known. Sign in again: candour sign-in")
                      : N_("Answering in the round %s has ended by the rules that you were shown at your last sign-in, "
                           "but newer ones are known. Sign in again: candour sign-in"),
            round->name);
    if (is_closed)
        return problem_set(ret_problem, EXIT_RULE,
                           "The round %s has closed. Answers are no longer taken. If you were told of a later close, "
                           "sign in first: candour sign-in",
                           round->name);
    return problem_set(
        ret_problem, EXIT_RULE,
        assignment->draft != NULL
            ? N_("Answering in the round %s ended on %s; what follows is the time for sending. If you were told "
                 "of a later close, sign in first: candour sign-in. What you began stays here. To give an answer "
                 "all the same, or take one back, which makes it easier to guess that it is yours: --late")
            : N_("Answering in the round %s ended on %s; what follows is the time for sending. If you were told "
                 "of a later close, sign in first: candour sign-in. To give an answer "
                 "all the same, or take one back, which makes it easier to guess that it is yours: --late"),
        round->name, end);
}

int cast_may_prepare(const Vault__Round *round, const Vault__Assignment *assignment, const struct manifest *manifest,
                     unsigned how, struct problem *ret_problem) {
    if (trust_clock(manifest->demo, ret_problem) != 0)
        return -1;
    if (assignment->y.len == 0)
        return problem_set(
            ret_problem, EXIT_RULE,
            assignment->foreign
                ? N_("The right to answer about %s was collected on another computer. Bring your recovery "
                     "code: candour recover")
                : N_("The right to answer about %s has not been collected yet. Sign in: candour sign-in"),
            assignment->subject_name);
    const struct manifest_subject *subject = manifest_subject_find(manifest, assignment->subject.data);
    if (subject == NULL || subject->retired)
        return problem_set(ret_problem, EXIT_RULE, "%s no longer takes part in the round %s. No answer is needed.",
                           assignment->subject_name, round->name);
    return check_in_time(round, assignment, manifest, how, ret_problem);
}

// Seals answers as the next ballot and puts it into the place of what waited.
static int enqueue(struct vault *vault, Vault__Round *round, Vault__Assignment *assignment,
                   const struct manifest *manifest, const Vault__Answers *answers, bool now,
                   struct cast_window *ret_window, struct problem *ret_problem) {
    int64_t due;
    if (cast_plan(vault, manifest, assignment, now, ret_window, &due, ret_problem) != 0)
        return -1;
    Vault__Queued *queued = malloc(sizeof *queued);
    if (queued == NULL)
        return problem_no_memory(ret_problem);
    vault__queued__init(queued);
    queued->answers = vault_answers_copy(answers);
    uint32_t sequence = assignment->sequence + 1;
    int result = queued->answers != NULL ? 0 : problem_no_memory(ret_problem);
    if (result == 0)
        result = cast_seal(round, assignment, manifest, answers, sequence, queued, ret_problem);
    if (result != 0) {
        VAULT_FORGET(queued);
        return -1;
    }
    queued->due = due;
    queued->now = now;
    VAULT_FORGET(assignment->queued);
    VAULT_FORGET(assignment->draft);
    assignment->queued = queued;
    assignment->has_sequence = true;
    assignment->sequence = sequence;
    return vault_save(vault, ret_problem);
}

int cast_prepare(struct vault *vault, Vault__Round *round, Vault__Assignment *assignment, const Vault__Answers *answers,
                 unsigned how, struct cast_window *ret_window, struct problem *ret_problem) {
    struct manifest manifest;
    if (trust_newest(round, &manifest, ret_problem) != 0)
        return -1;
    int result = cast_may_prepare(round, assignment, &manifest, how, ret_problem);
    if (result == 0)
        result = enqueue(vault, round, assignment, &manifest, answers, how & CAST_NOW, ret_window, ret_problem);
    manifest_free(&manifest);
    return result;
}

int cast_withdraw(struct vault *vault, Vault__Round *round, Vault__Assignment *assignment, unsigned how,
                  struct cast_window *ret_window, struct problem *ret_problem) {
    struct manifest manifest;
    struct questionnaire questionnaire;
    if (assignment->sequence == 0 && assignment->receipt == NULL)
        return problem_set(ret_problem, EXIT_RULE, "You have not answered about %s: there is nothing to take back.",
                           assignment->subject_name);
    if (trust_newest(round, &manifest, ret_problem) != 0)
        return -1;
    int result = trust_questionnaire(round, &manifest, assignment->level, &questionnaire, ret_problem);
    manifest_free(&manifest);
    if (result != 0)
        return -1;
    Vault__Answers *nothing = vault_answers_new(questionnaire.item_count);
    questionnaire_free(&questionnaire);
    if (nothing == NULL)
        return problem_no_memory(ret_problem);
    result = cast_prepare(vault, round, assignment, nothing, how, ret_window, ret_problem);
    VAULT_FORGET(nothing);
    return result;
}
