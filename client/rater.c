#include "rater.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "credential.h"
#include "crypto.h"
#include "output.h"
#include "trust.h"

enum { CHUNK = 500, SENTENCE_BYTES = 1024 }; // assignments in one request

PRINTF(2, 3) static void tell(const struct rater_talk *talk, const char *format, ...) {
    if (talk == NULL || talk->tell == NULL)
        return;
    char sentence[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    talk->tell(talk->context, sentence);
}

int rater_desk(struct vault *vault, bool must_be_signed_in, struct link **ret_desk, Candour__HelloReply **ret_hello,
               struct problem *ret_problem) {
    Vault__Vault *data = vault_data(vault);
    bool has_session = data->session.len == LINK_SESSION_BYTES;
    if (data->server == NULL || (must_be_signed_in && !has_session))
        return problem_set(ret_problem, EXIT_NOT_ALLOWED, "You are not signed in. Sign in first: candour sign-in.");
    struct link_target target = {.door = DOOR_DESK, .address_count = 1};
    snprintf(target.addresses[0], sizeof target.addresses[0], "%s", data->server);
    snprintf(target.ca_file, sizeof target.ca_file, "%s", data->ca_file != NULL ? data->ca_file : "");
    data->identified_at = clock_now();
    data->has_identified_at = true;
    struct link *desk = NULL;
    Candour__HelloReply *hello = NULL;
    if (link_open(&target, &desk, ret_problem) != 0 ||
        link_hello(desk, has_session ? data->session.data : NULL, &hello, ret_problem) != 0 ||
        trust_clock(hello->purpose == CANDOUR__PURPOSE__DEMO, ret_problem) != 0)
        goto fail;
    if (must_be_signed_in && !hello->signed_in) {
        problem_set(ret_problem, EXIT_NOT_ALLOWED, "Your sign-in has ended. Sign in again: candour sign-in.");
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

// ---------------------------------------------------------------- what the desk says

static int strange_reply(struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_FAILED,
                       "The server sent something that this client does not understand. Use a client of the same "
                       "version as the server.");
}

static bool is_line(const ProtobufCBinaryData *text) {
    return check_text(text->data, text->len) && memchr(text->data, '\n', text->len) == NULL;
}

// Its report is out: nothing of the round is needed any more.
static bool is_finished(uint32_t state) {
    return state == CANDOUR__STATE__RELEASED || state == CANDOUR__STATE__ARCHIVED;
}

static int merge_round(struct vault *vault, const Candour__RoundBrief *brief, struct problem *ret_problem) {
    if (brief->id.len != 16 || !is_line(&brief->name))
        return strange_reply(ret_problem);
    Vault__Round *round = vault_round(vault, brief->id.data, brief->id.len);
    if (round == NULL && is_finished(brief->state))
        return 0;
    if (round == NULL)
        round = vault_add_round(vault, brief->id.data);
    if (round == NULL || vault_set_text(&round->name, brief->name.data, brief->name.len) != 0)
        return problem_no_memory(ret_problem);
    // Past its close a round has nothing to collect, whether or not somebody has begun to close it.
    bool is_over = brief->state == CANDOUR__STATE__ANSWERING && brief->close <= clock_now();
    round->state = is_over ? CANDOUR__STATE__CLOSED : brief->state;
    round->reminders_stopped = brief->reminders_stopped;
    return 0;
}

static bool is_bytes(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b) {
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

// An assignment with a credential keeps what the credential was made for; the desk can only say what was answered.
static int merge_assignment(struct vault *vault, const Candour__Assignment *told, struct problem *ret_problem) {
    Vault__Round *round = vault_round(vault, told->round.data, told->round.len);
    if (round == NULL || told->id.len != 16 || told->subject.len != 16 || told->salt.len != 16 ||
        !is_line(&told->subject_name) || !is_line(&told->level) || told->group < CANDOUR__GROUP__SELF ||
        told->group > CANDOUR__GROUP__OTHER)
        return strange_reply(ret_problem);
    Vault__Assignment *kept = vault_assignment(round, told->id.data, told->id.len);
    if (kept == NULL)
        kept = vault_add_assignment(round, told->id.data);
    if (kept == NULL)
        return problem_no_memory(ret_problem);
    kept->answer = told->answer;
    if (kept->y.len > 0) {
        if (is_bytes(&kept->subject, &told->subject) && kept->group == (uint32_t)told->group)
            return 0;
        return trust_stop(vault, round, "the server has exchanged whom you are asked about.", ret_problem);
    }
    kept->group = told->group;
    if (vault_set_bytes(&kept->subject, told->subject.data, told->subject.len) != 0 ||
        vault_set_bytes(&kept->salt, told->salt.data, told->salt.len) != 0 ||
        vault_set_text(&kept->subject_name, told->subject_name.data, told->subject_name.len) != 0 ||
        vault_set_text(&kept->level, told->level.data, told->level.len) != 0)
        return problem_no_memory(ret_problem);
    kept->has_foreign = true;
    kept->foreign = told->collected;
    return 0;
}

static void drop_finished(struct vault *vault, const struct rater_talk *talk) {
    Vault__Vault *data = vault_data(vault);
    size_t kept = 0;
    for (size_t i = 0; i < data->n_rounds; i++) {
        Vault__Round *round = data->rounds[i];
        if (!is_finished(round->state)) {
            data->rounds[kept++] = round;
            continue;
        }
        tell(talk, "The round %s is finished: its secrets, drafts and receipts were removed from this computer.",
             round->name);
        VAULT_FORGET(round);
    }
    data->n_rounds = kept;
}

static int merge_page(struct vault *vault, const Candour__MyAssignmentsReply *page, struct problem *ret_problem) {
    int result = 0;
    for (size_t i = 0; i < page->n_rounds && result == 0; i++)
        result = merge_round(vault, page->rounds[i], ret_problem);
    for (size_t i = 0; i < page->n_assignments && result == 0; i++)
        result = merge_assignment(vault, page->assignments[i], ret_problem);
    return result;
}

static int merge(struct vault *vault, struct link *desk, const struct rater_talk *talk, struct problem *ret_problem) {
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
        if (result != 0)
            return result;
    }
    drop_finished(vault, talk);
    return vault_save(vault, ret_problem);
}

// ---------------------------------------------------------------- checking a round before collecting

static int check_name(const Vault__Round *round, const Vault__Assignment *assignment, const struct manifest *manifest,
                      struct problem *ret_problem) {
    const struct manifest_subject *subject = manifest_subject_find(manifest, assignment->subject.data);
    if (subject == NULL)
        return problem_set(ret_problem, EXIT_UNREACHABLE,
                           "%s is not yet in the published rules of the round %s. Sign in again in a few minutes.",
                           assignment->subject_name, round->name);
    uint8_t hash[32];
    manifest_name_hash(assignment->salt.data, assignment->subject_name, strlen(assignment->subject_name), hash);
    if (memcmp(hash, subject->name_hash, sizeof hash) == 0 && strcmp(subject->level, assignment->level) == 0)
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
        result = trust_stop(vault, round, "the server shows you other questions than the rules of the round name.",
                            ret_problem);
    else if (vault_add_questionnaire(round, level, reply->text.data, reply->text.len) != 0)
        result = problem_no_memory(ret_problem);
    link_reply_free(message);
    return result;
}

static int check_round(struct vault *vault, Vault__Round *round, const struct manifest *manifest, struct link *desk,
                       struct problem *ret_problem) {
    for (size_t i = 0; i < round->n_assignments; i++) {
        Vault__Assignment *assignment = round->assignments[i];
        if (check_name(round, assignment, manifest, ret_problem) != 0 ||
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
        return strange_reply(ret_problem);
    if (request_of(round, manifest, assignment, info, &request, ret_problem) != 0)
        return -1;
    int result = credential_finalize(manifest->credential_key, info, sizeof info, request.vk, sizeof request.vk,
                                     request.blind, request.blinded, evaluated->element.data, evaluated->proof.data, y);
    if (result != 0)
        trust_stop(vault, round,
                   "the server used another key for you than the published one. With it your answers could be "
                   "recognised.",
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
        return strange_reply(ret_problem);
    for (size_t i = 0; i < count; i++) {
        const Candour__Evaluated *evaluated = reply->evaluated[i];
        if (!is_bytes(&evaluated->assignment, &chunk[i]->id))
            return strange_reply(ret_problem);
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

static int collect_round(struct vault *vault, Vault__Round *round, struct link *desk, const struct rater_talk *talk,
                         struct rater_collected *collected, struct problem *ret_problem) {
    bool is_first = round->n_manifests == 0;
    struct manifest manifest;
    if (trust_collect(vault, round, desk, ret_problem) != 0 || trust_newest(round, &manifest, ret_problem) != 0)
        return -1;
    if (is_first) {
        char fingerprint[CODE_FINGERPRINT_TEXT_BYTES];
        code_fingerprint(round->root.data, fingerprint);
        tell(talk, "The fingerprint of the round %s is %s. Compare it with the one in your invitation.", round->name,
             fingerprint);
    }
    int result = check_round(vault, round, &manifest, desk, ret_problem);
    if (result == 0)
        result = collect_all(vault, round, &manifest, desk, collected, ret_problem);
    manifest_free(&manifest);
    if (result != 0)
        return -1;
    unsigned foreign = count_foreign(round);
    collected->foreign += foreign;
    if (foreign > 0)
        tell(talk,
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
    if (merge(vault, desk, talk, ret_problem) != 0)
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
            tell(talk, "%s", problem.sentence);
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
