#include "rater_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "check.h"
#include "clock.h"
#include "credential.h"
#include "crypto.h"
#include "language.h"
#include "output.h"
#include "trust.h"

enum { CHUNK = 500, SENTENCE_BYTES = 1024 }; // assignments in one request

void rater_tell(const struct rater_talk *talk, const char *format, ...) {
    if (talk == NULL || talk->tell == NULL)
        return;
    char sentence[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, _(format), arguments);
    va_end(arguments);
    talk->tell(talk->context, sentence);
}

int rater_desk(struct vault *vault, bool must_be_signed_in, struct link **ret_desk, Candour__HelloReply **ret_hello,
               struct problem *ret_problem) {
    Vault__Vault *data = vault_data(vault);
    bool has_session = data->session.len == LINK_SESSION_BYTES;
    if (data->server == NULL || (must_be_signed_in && !has_session))
        return problem_set(ret_problem, EXIT_NOT_ALLOWED, "You are not signed in. Sign in first: candour sign-in");
    struct link_target target = {.door = DOOR_DESK, .address_count = 1};
    snprintf(target.addresses[0], sizeof target.addresses[0], "%s", data->server);
    snprintf(target.ca_file, sizeof target.ca_file, "%s", data->ca_file != NULL ? data->ca_file : "");
    snprintf(target.socks, sizeof target.socks, "%s", data->socks != NULL ? data->socks : "");
    data->identified_at = clock_now();
    data->has_identified_at = true;
    if (vault_save(vault, ret_problem) != 0) // before anybody can see the contact
        return -1;
    struct link *desk = NULL;
    Candour__HelloReply *hello = NULL;
    if (link_open(&target, &desk, ret_problem) != 0 ||
        link_hello(desk, has_session ? data->session.data : NULL, &hello, ret_problem) != 0 ||
        trust_clock(hello->purpose == CANDOUR__PURPOSE__DEMO, ret_problem) != 0)
        goto fail;
    if (must_be_signed_in && !hello->signed_in) {
        problem_set(ret_problem, EXIT_NOT_ALLOWED, "Your sign-in has ended. Sign in again: candour sign-in");
        goto fail;
    }
    data->identified_at = clock_now(); // again: the clock of a demonstration is known only now
    if (vault_save(vault, ret_problem) != 0)
        goto fail;
    if (ret_hello != NULL)
        *ret_hello = hello;
    else
        link_reply_free(&hello->base);
    *ret_desk = desk;
    return 0;
fail:
    if (hello != NULL)
        link_reply_free(&hello->base);
    link_close(desk);
    return -1;
}

// ---------------------------------------------------------------- checking a round before collecting

// The names are committed to under one salt, and no two lines that stay have the same hash: so everybody who is asked
// about this name is asked about this line.
static int check_assignment(const Vault__Round *round, const Vault__Assignment *assignment,
                            const struct manifest *manifest, struct problem *ret_problem) {
    const struct manifest_subject *subject = manifest_subject_find(manifest, assignment->subject.data);
    if (subject == NULL)
        return problem_set(ret_problem, EXIT_UNREACHABLE,
                           "%s is not yet in the published rules of the round %s. Sign in again in a few minutes.",
                           assignment->subject_name, round->name);
    uint8_t names[32], hash[32];
    size_t len = strlen(assignment->subject_name);
    manifest_names_hash(round->name_salt.data, names);
    manifest_name_hash(round->name_salt.data, assignment->subject_name, len, hash);
    if (memcmp(names, manifest->names, sizeof names) == 0 && memcmp(hash, subject->name_hash, sizeof hash) == 0 &&
        check_name(assignment->subject_name, len) && strcmp(subject->level, assignment->level) == 0)
        return 0;
    return problem_set(ret_problem, EXIT_FAILED,
                       "The server names %s to you, but the published rules of the round %s name someone else, or "
                       "another level. Nothing was collected for this round. Tell HR, and do not answer before it is "
                       "explained.",
                       assignment->subject_name, round->name);
}

static bool has_questionnaire(const Vault__Round *round, const char *level) {
    for (size_t i = 0; i < round->n_questionnaires; i++)
        if (strcmp(round->questionnaires[i]->level, level) == 0)
            return true;
    return false;
}

// Only a questionnaire whose hash is in the manifest gets into the vault.
static int get_questionnaire(struct vault *vault, Vault__Round *round, const struct manifest *manifest, char *level,
                             struct link *desk, struct problem *ret_problem) {
    if (has_questionnaire(round, level))
        return 0;
    Candour__GetQuestionnaire request = CANDOUR__GET_QUESTIONNAIRE__INIT;
    request.round = round->id;
    request.level = (ProtobufCBinaryData){strlen(level), (uint8_t *)level};
    ProtobufCMessage *message;
    if (link_call(desk, OPERATION_GET_QUESTIONNAIRE, &request.base, &message, ret_problem) != 0)
        return -1;
    const Candour__GetQuestionnaireReply *reply = (const Candour__GetQuestionnaireReply *)message;
    const struct manifest_level *expected = manifest_level_find(manifest, level);
    uint8_t hash[32];
    questionnaire_hash((const char *)reply->text.data, reply->text.len, hash);
    int result = 0;
    if (expected == NULL || memcmp(hash, expected->questionnaire, sizeof hash) != 0)
        result = trust_stop_questions(vault, round, &reply->text, ret_problem);
    else if (vault_add_questionnaire(round, level, reply->text.data, reply->text.len) != 0)
        result = problem_no_memory(ret_problem);
    link_reply_free(message);
    return result;
}

static int check_round(struct vault *vault, Vault__Round *round, const struct manifest *manifest, struct link *desk,
                       struct problem *ret_problem) {
    for (size_t i = 0; i < round->n_assignments; i++) {
        Vault__Assignment *assignment = round->assignments[i];
        if (check_assignment(round, assignment, manifest, ret_problem) != 0 ||
            get_questionnaire(vault, round, manifest, assignment->level, desk, ret_problem) != 0)
            return -1;
    }
    return 0;
}

// ---------------------------------------------------------------- collecting

static int request_of(const Vault__Round *round, const struct manifest *manifest, const Vault__Assignment *assignment,
                      uint8_t ret_info[CREDENTIAL_INFO_BYTES], struct credential_request *ret_request,
                      struct problem *ret_problem) {
    credential_info((uint8_t)assignment->group, manifest->round, assignment->subject.data, round->root.data, ret_info);
    if (credential_request_make(round->secret.data, manifest->credential_key, ret_info, ret_request) == 0)
        return 0;
    return problem_set(ret_problem, EXIT_FAILED, "The keys of the round %s are not usable. Tell HR.", round->name);
}

// Notes what will be sent, so that the vault knows it before the server does.
static int blind_all(const Vault__Round *round, const struct manifest *manifest, Vault__Assignment *const *chunk,
                     size_t count, struct problem *ret_problem) {
    for (size_t i = 0; i < count; i++) {
        uint8_t info[CREDENTIAL_INFO_BYTES];
        struct credential_request request;
        int result = request_of(round, manifest, chunk[i], info, &request, ret_problem);
        if (result == 0 && (vault_set_bytes(&chunk[i]->blinded, request.blinded, sizeof request.blinded) != 0 ||
                            vault_set_bytes(&chunk[i]->vk, request.vk, sizeof request.vk) != 0))
            result = problem_no_memory(ret_problem);
        crypto_wipe(&request, sizeof request);
        if (result != 0)
            return -1;
        chunk[i]->has_blinded = chunk[i]->has_vk = true;
    }
    return 0;
}

static int finish_one(struct vault *vault, Vault__Round *round, const struct manifest *manifest,
                      Vault__Assignment *assignment, const Candour__Evaluated *evaluated, struct problem *ret_problem) {
    uint8_t info[CREDENTIAL_INFO_BYTES], y[CREDENTIAL_OUTPUT_BYTES];
    struct credential_request request;
    if (evaluated->element.len != CREDENTIAL_ELEMENT_BYTES || evaluated->proof.len != CREDENTIAL_PROOF_BYTES)
        return rater_strange_reply(ret_problem);
    if (request_of(round, manifest, assignment, info, &request, ret_problem) != 0)
        return -1;
    int result = credential_finalize(manifest->credential_key, info, sizeof info, request.vk, sizeof request.vk,
                                     request.blind, request.blinded, evaluated->element.data, evaluated->proof.data, y);
    if (result != 0)
        trust_stop(vault, round,
                   _("the server used another key for you than the published one. With it your answers could be "
                     "recognised."),
                   ret_problem);
    else if ((result = vault_set_bytes(&assignment->y, y, sizeof y)) != 0)
        problem_no_memory(ret_problem);
    crypto_wipe(&request, sizeof request);
    crypto_wipe(y, sizeof y);
    if (result != 0)
        return -1;
    assignment->has_y = assignment->has_collected_at = true;
    assignment->collected_at = clock_now();
    assignment->foreign = false;
    return 0;
}

static int finish_all(struct vault *vault, Vault__Round *round, const struct manifest *manifest,
                      Vault__Assignment *const *chunk, size_t count, const Candour__CollectCredentialsReply *reply,
                      struct rater_collected *collected, struct problem *ret_problem) {
    if (reply->n_evaluated != count)
        return rater_strange_reply(ret_problem);
    for (size_t i = 0; i < count; i++) {
        const Candour__Evaluated *evaluated = reply->evaluated[i];
        if (!rater_is_same(&evaluated->assignment, &chunk[i]->id))
            return rater_strange_reply(ret_problem);
        chunk[i]->has_foreign = true;
        chunk[i]->foreign = evaluated->status == CANDOUR__STATUS__CONFLICT;
        if (evaluated->status != CANDOUR__STATUS__OK)
            continue;
        if (finish_one(vault, round, manifest, chunk[i], evaluated, ret_problem) != 0)
            return -1;
        collected->collected++;
    }
    return vault_save(vault, ret_problem);
}

static int collect_chunk(struct vault *vault, Vault__Round *round, const struct manifest *manifest, struct link *desk,
                         Vault__Assignment *const *chunk, size_t count, struct rater_collected *collected,
                         struct problem *ret_problem) {
    static Candour__Blinded blinded[CHUNK];
    static Candour__Blinded *list[CHUNK];
    if (blind_all(round, manifest, chunk, count, ret_problem) != 0 || vault_save(vault, ret_problem) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        candour__blinded__init(&blinded[i]);
        blinded[i].assignment = chunk[i]->id;
        blinded[i].element = chunk[i]->blinded;
        list[i] = &blinded[i];
    }
    Candour__CollectCredentials request = CANDOUR__COLLECT_CREDENTIALS__INIT;
    request.round = round->id;
    request.blinded = list;
    request.n_blinded = count;
    ProtobufCMessage *reply;
    if (link_call(desk, OPERATION_COLLECT_CREDENTIALS, &request.base, &reply, ret_problem) != 0)
        return -1;
    int result = finish_all(vault, round, manifest, chunk, count, (const Candour__CollectCredentialsReply *)reply,
                            collected, ret_problem);
    link_reply_free(reply);
    return result;
}

static unsigned count_foreign(const Vault__Round *round) {
    unsigned count = 0;
    for (size_t i = 0; i < round->n_assignments; i++)
        count += round->assignments[i]->foreign && round->assignments[i]->y.len == 0;
    return count;
}

// The round's secret: made once, when nothing has been collected with another one, and saved before it is used.
static int make_secret(struct vault *vault, Vault__Round *round, struct problem *ret_problem) {
    if (round->secret.len > 0 || count_foreign(round) > 0)
        return 0;
    uint8_t secret[32];
    crypto_random(secret, sizeof secret);
    int result = vault_set_bytes(&round->secret, secret, sizeof secret);
    crypto_wipe(secret, sizeof secret);
    if (result != 0)
        return problem_no_memory(ret_problem);
    round->has_secret = true;
    return vault_save(vault, ret_problem);
}

static int collect_all(struct vault *vault, Vault__Round *round, const struct manifest *manifest, struct link *desk,
                       struct rater_collected *collected, struct problem *ret_problem) {
    if (make_secret(vault, round, ret_problem) != 0)
        return -1;
    if (round->secret.len == 0)
        return 0; // collected elsewhere
    static Vault__Assignment *chunk[CHUNK];
    for (size_t i = 0; i < round->n_assignments;) {
        size_t count = 0;
        for (; i < round->n_assignments && count < CHUNK; i++)
            if (round->assignments[i]->y.len == 0)
                chunk[count++] = round->assignments[i];
        if (count > 0 && collect_chunk(vault, round, manifest, desk, chunk, count, collected, ret_problem) != 0)
            return -1;
    }
    return 0;
}

static int show_recovery(struct vault *vault, Vault__Round *round, const struct rater_talk *talk,
                         struct problem *ret_problem) {
    if (round->recovery_shown || round->secret.len == 0 || talk == NULL || talk->recovery == NULL)
        return 0;
    char code[CODE_RECOVERY_TEXT_BYTES];
    code_recovery_write(round->secret.data, code);
    bool is_noted = talk->recovery(talk->context, round->name, code);
    crypto_wipe(code, sizeof code);
    if (!is_noted)
        return 0;
    round->has_recovery_shown = round->recovery_shown = true;
    return vault_save(vault, ret_problem);
}

// Once per round, before anything is collected.
static int compare_fingerprint(struct vault *vault, Vault__Round *round, const struct manifest *manifest,
                               const struct rater_talk *talk, struct problem *ret_problem) {
    if (round->compared)
        return 0;
    char fingerprint[CODE_FINGERPRINT_TEXT_BYTES];
    code_fingerprint(round->root.data, fingerprint);
    if (talk != NULL && talk->fingerprint != NULL && !talk->fingerprint(talk->context, round->name, fingerprint))
        return problem_set(ret_problem, EXIT_RULE,
                           "The fingerprint of the round %s was not confirmed, so nothing was collected for it. If "
                           "yours is another one, tell someone you trust outside the team that runs the server. If "
                           "you mistyped it, do: candour assignments list --refresh",
                           round->name);
    rater_tell(
        talk,
        ngettext("The fingerprint of the round %s is %s. Its rules name %zu leader; ask others whether they see "
                 "the same number.",
                 "The fingerprint of the round %s is %s. Its rules name %zu leaders; ask others whether they see "
                 "the same number.",
                 manifest->subject_count),
        round->name, fingerprint, manifest->subject_count);
    round->has_compared = round->compared = true;
    return vault_save(vault, ret_problem);
}

static int collect_round(struct vault *vault, Vault__Round *round, struct link *desk, const struct rater_talk *talk,
                         struct rater_collected *collected, struct problem *ret_problem) {
    struct manifest manifest;
    if (trust_collect(vault, round, desk, ret_problem) != 0 ||
        trust_fetch_witnesses(vault, round, desk, ret_problem) != 0 || trust_newest(round, &manifest, ret_problem) != 0)
        return -1;
    int result = compare_fingerprint(vault, round, &manifest, talk, ret_problem);
    if (result == 0)
        result = check_round(vault, round, &manifest, desk, ret_problem);
    if (result == 0)
        result = collect_all(vault, round, &manifest, desk, collected, ret_problem);
    manifest_free(&manifest);
    if (result != 0)
        return -1;
    unsigned foreign = count_foreign(round);
    collected->foreign += foreign;
    if (foreign > 0)
        rater_tell(
            talk,
            "In the round %s the right to answer about %u of your leaders was already collected with another secret. "
            "If "
            "you did that on another computer, bring your recovery code: candour recover. If you did not, someone may "
            "have signed in in your place: tell HR at once.",
            round->name, foreign);
    return show_recovery(vault, round, talk, ret_problem);
}

int rater_collect(struct vault *vault, struct link *desk, const struct rater_talk *talk,
                  struct rater_collected *ret_collected, struct problem *ret_problem) {
    *ret_collected = (struct rater_collected){0};
    if (rater_merge(vault, desk, talk, ret_problem) != 0)
        return -1;
    int result = 0;
    Vault__Vault *data = vault_data(vault);
    for (size_t i = 0; i < data->n_rounds; i++) {
        Vault__Round *round = data->rounds[i];
        if (round->state != CANDOUR__STATE__COLLECTING && round->state != CANDOUR__STATE__ANSWERING)
            continue;
        ret_collected->rounds++;
        ret_collected->assignments += (unsigned)round->n_assignments;
        struct problem problem;
        if (collect_round(vault, round, desk, talk, ret_collected, &problem) == 0)
            continue;
        ret_collected->postponed += problem.code == EXIT_UNREACHABLE;
        if (result == 0)
            *ret_problem = problem;
        else
            rater_tell(talk, "%s", problem.sentence);
        result = -1;
    }
    return result;
}

// ---------------------------------------------------------------- recovery

int rater_recovery_code(const Vault__Round *round, char ret_code[CODE_RECOVERY_TEXT_BYTES],
                        struct problem *ret_problem) {
    if (round->secret.len != 32)
        return problem_set(
            ret_problem, EXIT_NOT_FOUND,
            "Nothing has been collected for the round %s on this computer, so there is no recovery code.", round->name);
    code_recovery_write(round->secret.data, ret_code);
    return 0;
}

int rater_restore(struct vault *vault, Vault__Round *round, const char *typed, struct problem *ret_problem) {
    uint8_t secret[32];
    if (code_recovery_read(typed, strlen(typed), secret) != 0)
        return problem_set(ret_problem, EXIT_USAGE,
                           "This is not a recovery code: 14 groups of four characters. Check each group.");
    int result = 0;
    bool is_same = round->secret.len == sizeof secret && crypto_equal(round->secret.data, secret, sizeof secret);
    for (size_t i = 0; i < round->n_assignments && !is_same && result == 0; i++)
        if (round->assignments[i]->y.len > 0)
            result = problem_set(ret_problem, EXIT_RULE,
                                 "This computer has already collected for the round %s with another secret, and both "
                                 "cannot be used at once.",
                                 round->name);
    if (result == 0 && vault_set_bytes(&round->secret, secret, sizeof secret) != 0)
        result = problem_no_memory(ret_problem);
    crypto_wipe(secret, sizeof secret);
    if (result != 0)
        return -1;
    round->has_secret = round->has_recovery_shown = round->recovery_shown = true;
    return vault_save(vault, ret_problem);
}
