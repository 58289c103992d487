// What the desk says about rounds and assignments, and what is kept of a round that is over.
#include <string.h>

#include "check.h"
#include "client/language.h"
#include "clock.h"
#include "manifest.h"
#include "rater_private.h"
#include "trust.h"

enum { ROUNDS_MAX = 200, ASSIGNMENTS_MAX = 5000 }; // of one person

int rater_strange_reply(struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_FAILED,
                       "The server sent something that this client does not understand. Use a client of the same "
                       "version as the server.");
}

bool rater_is_same(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b) {
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool is_line(const ProtobufCBinaryData *text) {
    return check_text(text->data, text->len) && memchr(text->data, '\n', text->len) == NULL;
}

static bool is_finished(uint32_t state) {
    return state == CANDOUR__STATE__RELEASED || state == CANDOUR__STATE__ARCHIVED;
}

// ---------------------------------------------------------------- what is told

static int merge_round(struct vault *vault, const Candour__RoundBrief *brief, struct problem *ret_problem) {
    if (brief->id.len != 16 || brief->name_salt.len != 16 || !is_line(&brief->name))
        return rater_strange_reply(ret_problem);
    Vault__Round *round = vault_round(vault, brief->id.data, brief->id.len);
    if (round == NULL && is_finished(brief->state))
        return 0;
    if (round == NULL)
        round = vault_add_round(vault, brief->id.data);
    if (round == NULL || vault_set_text(&round->name, brief->name.data, brief->name.len) != 0 ||
        vault_set_bytes(&round->name_salt, brief->name_salt.data, brief->name_salt.len) != 0)
        return problem_no_memory(ret_problem);
    round->has_name_salt = true;
    // Past its close a round has nothing to collect, whether or not somebody has begun to close it.
    bool is_over = brief->state == CANDOUR__STATE__ANSWERING && brief->close <= clock_now();
    round->state = is_over ? CANDOUR__STATE__CLOSED : brief->state;
    round->reminders_stopped = brief->reminders_stopped;
    return 0;
}

// An assignment with a credential keeps what the credential was made for; the desk can only say what was answered.
static int merge_assignment(struct vault *vault, const Candour__Assignment *told, struct problem *ret_problem) {
    Vault__Round *round = vault_round(vault, told->round.data, told->round.len);
    if (round == NULL || told->id.len != 16 || told->subject.len != 16 || !is_line(&told->subject_name) ||
        !is_line(&told->level) || told->group < CANDOUR__GROUP__SELF || told->group > CANDOUR__GROUP__OTHER)
        return rater_strange_reply(ret_problem);
    Vault__Assignment *kept = vault_assignment(round, told->id.data, told->id.len);
    if (kept == NULL)
        kept = vault_add_assignment(round, told->id.data);
    if (kept == NULL)
        return problem_no_memory(ret_problem);
    kept->answer = told->answer;
    if (kept->y.len > 0) {
        if (rater_is_same(&kept->subject, &told->subject) && kept->group == (uint32_t)told->group)
            return 0;
        return trust_stop(vault, round, _("the server has exchanged whom you are asked about."), ret_problem);
    }
    kept->group = told->group;
    if (vault_set_bytes(&kept->subject, told->subject.data, told->subject.len) != 0 ||
        vault_set_text(&kept->subject_name, told->subject_name.data, told->subject_name.len) != 0 ||
        vault_set_text(&kept->level, told->level.data, told->level.len) != 0)
        return problem_no_memory(ret_problem);
    kept->has_foreign = true;
    kept->foreign = told->collected;
    return 0;
}

// Every page lists all rounds. What the desk lists no longer is nothing to collect for.
static void archive_unlisted(struct vault *vault, const Candour__MyAssignmentsReply *page) {
    const Vault__Vault *data = vault_data(vault);
    for (size_t i = 0; i < data->n_rounds; i++) {
        bool is_listed = false;
        for (size_t k = 0; k < page->n_rounds && !is_listed; k++)
            is_listed = rater_is_same(&data->rounds[i]->id, &page->rounds[k]->id);
        if (!is_listed)
            data->rounds[i]->state = CANDOUR__STATE__ARCHIVED;
    }
}

static int merge_page(struct vault *vault, const Candour__MyAssignmentsReply *page, struct problem *ret_problem) {
    if (page->n_rounds > ROUNDS_MAX || page->n_assignments > ASSIGNMENTS_MAX)
        return rater_strange_reply(ret_problem);
    int result = 0;
    for (size_t i = 0; i < page->n_rounds && result == 0; i++)
        result = merge_round(vault, page->rounds[i], ret_problem);
    for (size_t i = 0; i < page->n_assignments && result == 0; i++)
        result = merge_assignment(vault, page->assignments[i], ret_problem);
    if (result == 0)
        archive_unlisted(vault, page);
    return result;
}

// ---------------------------------------------------------------- what is over

// By the manifest's own close and grace, whatever the desk says.
static bool has_ended(const Vault__Round *round) {
    struct manifest manifest;
    struct problem unused;
    if (round->n_manifests == 0)
        return round->secret.len == 0;
    if (trust_newest_seen(round, &manifest, &unused) != 0)
        return false;
    bool is_past = clock_now() > manifest.close + manifest.grace_s;
    manifest_free(&manifest);
    return is_past;
}

static bool has_receipt(const Vault__Round *round) {
    for (size_t i = 0; i < round->n_assignments; i++)
        if (round->assignments[i]->receipt != NULL)
            return true;
    return false;
}

// A ballot that the box refused to take: the rater was asked to keep it.
static bool is_refused(const Vault__Assignment *assignment) {
    return assignment->queued != NULL && assignment->queued->refusal != NULL;
}

static bool has_refused(const Vault__Round *round) {
    for (size_t i = 0; i < round->n_assignments; i++)
        if (is_refused(round->assignments[i]))
            return true;
    return false;
}

static int drop_secrets(Vault__Round *round) {
    int result = vault_set_bytes(&round->secret, NULL, 0);
    round->has_secret = false;
    for (size_t i = 0; i < round->n_assignments; i++) {
        Vault__Assignment *one = round->assignments[i];
        VAULT_FORGET(one->draft);
        if (!is_refused(one))
            VAULT_FORGET(one->queued);
        result |= vault_set_bytes(&one->blinded, NULL, 0) | vault_set_bytes(&one->y, NULL, 0);
        one->has_blinded = one->has_y = false;
    }
    return result;
}

// Ballots that were still waiting when the round ended are lost, and must not vanish without a word.
static void tell_unsent(const Vault__Round *round, const struct rater_talk *talk) {
    for (size_t i = 0; i < round->n_assignments; i++) {
        const Vault__Assignment *one = round->assignments[i];
        if (one->queued != NULL && !is_refused(one))
            rater_tell(talk,
                       _("Your answer about %s was never sent, and the round %s is over: it is not in the results."),
                       one->subject_name, round->name);
    }
}

// A finished round leaves the vault when its receipts have been found among the published leaves, or there are none. A
// stopped one stays, and so does one with a refused ballot: they are evidence.
static int drop_finished(struct vault *vault, const struct rater_talk *talk, struct problem *ret_problem) {
    Vault__Vault *data = vault_data(vault);
    size_t kept = 0;
    int result = 0;
    for (size_t i = 0; i < data->n_rounds; i++) {
        Vault__Round *round = data->rounds[i];
        bool is_over = round->stopped == NULL && is_finished(round->state) && has_ended(round);
        if (is_over)
            tell_unsent(round, talk);
        if (is_over && !has_refused(round) && (round->checked || !has_receipt(round))) {
            rater_tell(talk, "The round %s is finished and was removed from this computer.", round->name);
            VAULT_FORGET(round);
            continue;
        }
        data->rounds[kept++] = round;
        if (!is_over || round->secret.len == 0)
            continue;
        result |= drop_secrets(round);
        rater_tell(
            talk,
            "The round %s is finished: its secret and drafts were removed from this computer. Your receipts stay "
            "until you have looked for your answers: candour check",
            round->name);
    }
    data->n_rounds = kept;
    return result == 0 ? 0 : problem_no_memory(ret_problem);
}

int rater_merge(struct vault *vault, struct link *desk, const struct rater_talk *talk, struct problem *ret_problem) {
    Candour__MyAssignments request = CANDOUR__MY_ASSIGNMENTS__INIT;
    request.has_offset = true;
    for (bool is_last = false; !is_last;) {
        ProtobufCMessage *reply;
        if (link_call(desk, OPERATION_MY_ASSIGNMENTS, &request.base, &reply, ret_problem) != 0)
            return -1;
        const Candour__MyAssignmentsReply *page = (const Candour__MyAssignmentsReply *)reply;
        int result = merge_page(vault, page, ret_problem);
        request.offset += (uint32_t)page->n_assignments;
        is_last = page->n_assignments == 0 || request.offset >= page->total;
        link_reply_free(reply);
        if (result == 0 && request.offset > ASSIGNMENTS_MAX)
            result = rater_strange_reply(ret_problem);
        if (result != 0)
            return result;
    }
    if (drop_finished(vault, talk, ret_problem) != 0)
        return -1;
    return vault_save(vault, ret_problem);
}
