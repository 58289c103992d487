#include "trust_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/language.h"
#include "clock.h"
#include "crypto.h"
#include "output.h"

// ---------------------------------------------------------------- the chain

static int distrust(const Vault__Round *round, size_t version, const char *why, struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_RULE, "The rules of the round %s, version %zu, are not to be trusted: %s",
                       round->name, version, why);
}

// Reads the text of one version and judges it alone. The caller frees *ret_manifest.
static int read_version(const Vault__Round *round, size_t version, const char *text, size_t len,
                        struct manifest *ret_manifest, struct problem *ret_problem) {
    struct manifest manifest;
    int result = manifest_read(text, len, &manifest);
    if (result == -2)
        return problem_no_memory(ret_problem);
    if (result != 0)
        return distrust(round, version, _("their text is not in the agreed form."), ret_problem);
    if (round->id.len != sizeof manifest.round || memcmp(manifest.round, round->id.data, sizeof manifest.round) != 0)
        result = distrust(round, version, _("they belong to another round."), ret_problem);
    else if (manifest.version != version)
        result = distrust(round, version, _("they carry another version number."), ret_problem);
    if (result != 0)
        manifest_free(&manifest);
    else
        *ret_manifest = manifest;
    return result;
}

static int check_root(const Vault__Round *round, const uint8_t hash[32], struct problem *ret_problem) {
    if (round->root.len == 32 && memcmp(round->root.data, hash, 32) == 0)
        return 0;
    return distrust(round, 0, _("they are not the ones you saw first."), ret_problem);
}

size_t trust_agreed(const Vault__Round *round) {
    size_t agreed = round->has_agreed ? round->agreed : 1; // a vault of before: version 0 was always compared
    return agreed < round->n_manifests ? agreed : round->n_manifests;
}

// The last of the first `count` versions, after checking these.
static int read_chain(const Vault__Round *round, size_t count, struct manifest *ret_manifest,
                      struct problem *ret_problem) {
    if (round->stopped != NULL)
        return problem_set(ret_problem, EXIT_FAILED, "%s", round->stopped);
    if (count == 0)
        return problem_set(ret_problem, EXIT_NOT_FOUND,
                           "The rules of the round %s are not here yet. Sign in again: candour sign-in", round->name);
    struct manifest before = {0};
    uint8_t hash[32];
    for (size_t version = 0; version < count; version++) {
        const char *text = (const char *)round->manifests[version].data;
        size_t len = round->manifests[version].len;
        struct manifest next;
        int result = read_version(round, version, text, len, &next, ret_problem);
        if (result == 0) {
            const char *why = version > 0 ? manifest_step_forbidden(&before, hash, &next) : NULL;
            if (why != NULL)
                result = distrust(round, version, why, ret_problem);
            manifest_hash(text, len, hash);
            if (version == 0 && result == 0)
                result = check_root(round, hash, ret_problem);
            if (result != 0)
                manifest_free(&next);
        }
        manifest_free(&before);
        if (result != 0)
            return result;
        before = next;
    }
    *ret_manifest = before;
    return 0;
}

int trust_newest(const Vault__Round *round, struct manifest *ret_manifest, struct problem *ret_problem) {
    return read_chain(round, trust_agreed(round), ret_manifest, ret_problem);
}

int trust_newest_seen(const Vault__Round *round, struct manifest *ret_manifest, struct problem *ret_problem) {
    return read_chain(round, round->n_manifests, ret_manifest, ret_problem);
}

int64_t trust_answers_until(const Vault__Round *round, int64_t *ret_close) {
    struct manifest manifest;
    struct problem unused;
    if (trust_newest(round, &manifest, &unused) != 0)
        return 0;
    int64_t until = 0;
    if (trust_clock(manifest.demo, &unused) == 0) {
        until = manifest_answers_until(manifest.answer_from, manifest.close);
        *ret_close = manifest.close;
    }
    manifest_free(&manifest);
    return until;
}

bool trust_is_newer_seen(const Vault__Round *round) {
    return round->n_manifests > trust_agreed(round);
}

void trust_drop_versions(Vault__Round *round, size_t keep) {
    while (round->n_manifests > keep)
        free(round->manifests[--round->n_manifests].data);
    if (keep == 0 && round->root.data != NULL) {
        free(round->root.data);
        round->root = (ProtobufCBinaryData){0};
        round->has_root = false;
    }
}

int trust_append(Vault__Round *round, const char *text, size_t len, struct problem *ret_problem) {
    size_t before = round->n_manifests;
    bool had_root = round->has_root;
    if (before == 0 && !had_root) {
        uint8_t root[32];
        manifest_hash(text, len, root);
        if (vault_set_bytes(&round->root, root, sizeof root) != 0)
            return problem_no_memory(ret_problem);
        round->has_root = true;
    }
    if (vault_add_bytes(&round->manifests, &round->n_manifests, text, len) != 0)
        return problem_no_memory(ret_problem);
    struct manifest newest;
    if (trust_newest_seen(round, &newest, ret_problem) != 0) {
        free(round->manifests[--round->n_manifests].data);
        if (!had_root)
            trust_drop_versions(round, 0);
        return -1;
    }
    manifest_free(&newest);
    return 0;
}

// ---------------------------------------------------------------- stopping

static int keep_file(struct vault *vault, const Vault__Round *round, const char *what, const void *text, size_t len,
                     struct problem *ret_problem) {
    char name[128];
    snprintf(name, sizeof name, "evidence-%02x%02x%02x%02x-%s.txt", round->id.data[0], round->id.data[1],
             round->id.data[2], round->id.data[3], what);
    return vault_write_evidence(vault, name, text, len, ret_problem);
}

int trust_keep_evidence(struct vault *vault, const Vault__Round *round, size_t version, const char *whose,
                        const char *text, size_t len, struct problem *ret_problem) {
    char what[64];
    snprintf(what, sizeof what, "version-%zu-%s", version, whose);
    return keep_file(vault, round, what, text, len, ret_problem);
}

int trust_stop(struct vault *vault, Vault__Round *round, const char *why, struct problem *ret_problem) {
    struct problem told;
    problem_set(
        &told, EXIT_FAILED,
        _("STOP: %s Nothing more is sent. Do not answer in this round. Tell someone you trust outside the team that "
          "runs the server. Files evidence-*.txt in %s, if there are any, show what was seen."),
        why, vault_directory(vault));
    if (vault_set_text(&round->stopped, told.sentence, strlen(told.sentence)) != 0)
        return problem_no_memory(ret_problem);
    if (vault_save(vault, ret_problem) == 0)
        *ret_problem = told;
    return -1;
}

int trust_stop_questions(struct vault *vault, Vault__Round *round, const ProtobufCBinaryData *text,
                         struct problem *ret_problem) {
    if (keep_file(vault, round, "questions", text->data, text->len, ret_problem) != 0)
        return -1;
    return trust_stop(vault, round, _("the server shows you other questions than the rules of the round name."),
                      ret_problem);
}

int trust_compare(struct vault *vault, Vault__Round *round, size_t version, const char *whose, const void *text,
                  size_t len, struct problem *ret_problem) {
    const ProtobufCBinaryData *known = &round->manifests[version];
    if (known->len == len && memcmp(known->data, text, len) == 0)
        return 0;
    if (trust_keep_evidence(vault, round, version, "known", (const char *)known->data, known->len, ret_problem) != 0 ||
        trust_keep_evidence(vault, round, version, whose, text, len, ret_problem) != 0)
        return -1;
    char why[512];
    snprintf(why, sizeof why,
             _("the server shows different people other rules for the round %s (version %zu). With such rules your "
               "answers could be recognised."),
             round->name, version);
    return trust_stop(vault, round, why, ret_problem);
}

int trust_stop_at(struct vault *vault, Vault__Round *round, size_t version, const char *whose, const char *text,
                  size_t len, struct problem *ret_problem) {
    const struct problem why = *ret_problem;
    if (trust_keep_evidence(vault, round, version, whose, text, len, ret_problem) != 0)
        return -1;
    return trust_stop(vault, round, why.sentence, ret_problem);
}

// ---------------------------------------------------------------- ballot box, questionnaire, clock

void trust_box_target(struct vault *vault, const struct manifest *manifest, struct link_target *ret_target) {
    *ret_target = (struct link_target){.door = DOOR_BALLOT, .address_count = manifest->box_count};
    for (size_t i = 0; i < manifest->box_count; i++) { // a shuffle that puts each new one at a random place
        uint32_t random;
        crypto_random(&random, sizeof random);
        size_t place = random % (i + 1);
        memcpy(ret_target->addresses[i], ret_target->addresses[place], LINK_ADDRESS_BYTES);
        memcpy(ret_target->addresses[place], manifest->boxes[i], LINK_ADDRESS_BYTES);
    }
    ret_target->pin_count = manifest->pin_count;
    memcpy(ret_target->pins, manifest->pins, sizeof ret_target->pins);
    const char *ca_file = vault_data(vault)->ca_file;
    snprintf(ret_target->ca_file, sizeof ret_target->ca_file, "%s", ca_file != NULL ? ca_file : "");
    const char *socks = vault_data(vault)->socks;
    snprintf(ret_target->socks, sizeof ret_target->socks, "%s", socks != NULL ? socks : "");
}
_Static_assert((int)LINK_ADDRESSES_MAX >= (int)MANIFEST_BOXES_MAX && (int)LINK_PINS_MAX == (int)MANIFEST_PINS_MAX &&
                   (int)LINK_ADDRESS_BYTES == (int)MANIFEST_NAME_BYTES + 1,
               "a target holds what a manifest names");

int trust_questionnaire(const Vault__Round *round, const struct manifest *manifest, const char *level,
                        struct questionnaire *ret_questionnaire, struct problem *ret_problem) {
    const struct manifest_level *expected = manifest_level_find(manifest, level);
    for (size_t i = 0; expected != NULL && i < round->n_questionnaires; i++) {
        const Vault__Questionnaire *kept = round->questionnaires[i];
        if (strcmp(kept->level, level) != 0)
            continue;
        uint8_t hash[32];
        questionnaire_hash((const char *)kept->text.data, kept->text.len, hash);
        if (memcmp(hash, expected->questionnaire, sizeof hash) != 0 ||
            questionnaire_read((const char *)kept->text.data, kept->text.len, ret_questionnaire) != 0)
            return problem_set(ret_problem, EXIT_FAILED,
                               "The questions of the round %s, level %s, are not the ones that its rules name. Do not "
                               "answer, and tell HR.",
                               round->name, level);
        return 0;
    }
    return problem_set(ret_problem, EXIT_NOT_FOUND,
                       "The questions of the round %s, level %s, are not here yet. Sign in again: candour sign-in",
                       round->name, level);
}

int trust_clock(bool is_demo, struct problem *ret_problem) {
    static bool is_said;
    const char *path = getenv("CANDOUR_CLOCK_FILE");
    bool is_wanted = path != NULL && path[0] != '\0';
    if (!is_demo && (is_wanted || clock_is_shifted()))
        return problem_set(ret_problem, EXIT_RULE,
                           "CANDOUR_CLOCK_FILE shifts the clock, which is for demonstrations only; this is a real "
                           "round. Do: unset CANDOUR_CLOCK_FILE");
    if (is_wanted && !is_said) {
        is_said = true;
        clock_shift_by_file(path);
        char text[CLOCK_TEXT_BYTES];
        clock_text(clock_now(), text);
        output_print(stderr, "*** DEMONSTRATION: the clock is shifted by %s, it is now %s. ***\n", path, text);
    }
    return 0;
}
