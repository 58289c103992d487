// A small round for the client's tests: keys, questionnaire, manifest and a vault with one collected credential, as
// they are after a sign-in.
#ifndef CANDOUR_TESTS_CLIENT_ROUND_H
#define CANDOUR_TESTS_CLIENT_ROUND_H

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/trust.h"
#include "client/vault.h"
#include "clock.h"
#include "credential.h"
#include "crypto.h"
#include "manifest.h"
#include "questionnaire.h"

static const char client_round_questions[] = "candour-questionnaire 1\n"
                                             "framework\tTen competencies\t2\n"
                                             "level\t5\tHeads of service\n"
                                             "scale\tNever\tRarely\tSometimes\tOften\tAlways\n"
                                             "competency\tDirection\tStrategy\tSees far.\n"
                                             "item\t1\tLooks ahead\tLooks back\n"
                                             "item\t2\tSees links\t\n"
                                             "competency\t\tCare\t\n"
                                             "item\t3\tListens\tTalks\n"
                                             "question\tWhat to keep doing?\n"
                                             "question\tAnything else?\n";

struct client_round {
    char directory[64], home[80];
    struct vault *vault;
    Vault__Round *round;
    Vault__Assignment *assignment;
    struct manifest manifest; // of version 0; subjects: see client_round_manifest
    struct manifest_subject subjects[2];
    uint8_t credential_secret[32], box_secret[32], receipt_secret[64];
    struct problem problem;
};

// Version 0 in r->manifest: answering is open for ten days, five peers, four reports, one other.
static inline void client_round_manifest(struct client_round *r) {
    struct manifest *m = &r->manifest;
    int64_t now = clock_now();
    *m = (struct manifest){.organisation = "Council of West", .desk = "127.0.0.1:1", .box_count = 1};
    snprintf(m->boxes[0], sizeof m->boxes[0], "127.0.0.1:1");
    memset(m->round, 0x11, sizeof m->round);
    credential_key_pair(r->credential_secret, m->credential_key);
    crypto_box_pair(m->box_key, r->box_secret);
    uint8_t seed[32] = {7};
    crypto_sign_pair(seed, m->receipt_key, r->receipt_secret);
    m->level_count = 1;
    snprintf(m->levels[0].level, sizeof m->levels[0].level, "5");
    questionnaire_hash(client_round_questions, sizeof client_round_questions - 1, m->levels[0].questionnaire);
    m->collect_from = now - 3 * 86400;
    m->answer_from = now - 86400;
    m->close = now + 10 * 86400;
    m->grace_s = 3600;
    m->rules = (struct manifest_rules){4, 4, 5, 1, 0, 8192};
    m->subject_count = 2;
    m->subjects = r->subjects;
    for (unsigned i = 0; i < 2; i++) {
        struct manifest_subject *subject = &r->subjects[i];
        *subject = (struct manifest_subject){.level = "5", .raters = {1, 1, 5, 4, 1}};
        memset(subject->id, (int)(0x21 + i), sizeof subject->id);
        uint8_t salt[16] = {9};
        manifest_name_hash(salt, "Ann Lee", 7, subject->name_hash);
    }
}

static inline char *client_round_text(const struct client_round *r, size_t *ret_len) {
    char *text = manifest_write(&r->manifest, ret_len);
    assert_non_null(text);
    return text;
}

static inline void client_round_collect(struct client_round *r, Vault__Assignment *assignment) {
    uint8_t info[CREDENTIAL_INFO_BYTES], element[32], proof[64], y[64];
    struct credential_request request;
    credential_info((uint8_t)assignment->group, r->manifest.round, assignment->subject.data, r->round->root.data, info);
    assert_int_equal(credential_request_make(r->round->secret.data, r->manifest.credential_key, info, &request), 0);
    assert_int_equal(
        credential_evaluate_blinded(r->credential_secret, info, sizeof info, request.blinded, element, proof), 0);
    assert_int_equal(credential_finalize(r->manifest.credential_key, info, sizeof info, request.vk, 32, request.blind,
                                         request.blinded, element, proof, y),
                     0);
    assert_int_equal(vault_set_bytes(&assignment->vk, request.vk, 32), 0);
    assert_int_equal(vault_set_bytes(&assignment->y, y, 64), 0);
    assignment->has_vk = assignment->has_y = assignment->has_collected_at = true;
    assignment->collected_at = r->manifest.collect_from + 60;
}

// Adds one assignment, as a peer of subject number i.
static inline Vault__Assignment *client_round_assign(struct client_round *r, unsigned i, const char *name) {
    uint8_t id[16] = {0x31}, salt[16] = {9};
    id[1] = (uint8_t)i;
    Vault__Assignment *assignment = vault_add_assignment(r->round, id);
    assert_non_null(assignment);
    assignment->group = CANDOUR__GROUP__PEER;
    assert_int_equal(vault_set_bytes(&assignment->subject, r->subjects[i].id, 16), 0);
    assert_int_equal(vault_set_bytes(&assignment->salt, salt, 16), 0);
    assert_int_equal(vault_set_text(&assignment->subject_name, name, strlen(name)), 0);
    assert_int_equal(vault_set_text(&assignment->level, "5", 1), 0);
    client_round_collect(r, assignment);
    return assignment;
}

// A vault of its own in a new folder under /tmp, with nothing in it.
static inline void client_round_vault(struct client_round *r) {
    *r = (struct client_round){.directory = "/tmp/candour-test-XXXXXX"};
    assert_non_null(mkdtemp(r->directory));
    snprintf(r->home, sizeof r->home, "%s/home", r->directory);
    assert_int_equal(vault_open(r->home, NULL, NULL, &r->vault, &r->problem), 0);
}

// The same with the round; the manifest may be changed before.
static inline void client_round_fill(struct client_round *r) {
    uint8_t secret[32] = {5};
    r->round = vault_add_round(r->vault, r->manifest.round);
    assert_non_null(r->round);
    assert_int_equal(vault_set_text(&r->round->name, "Spring", 6), 0);
    r->round->state = CANDOUR__STATE__ANSWERING;
    size_t len;
    char *text = client_round_text(r, &len);
    if (trust_append(r->round, text, len, &r->problem) != 0)
        fail_msg("%s", r->problem.sentence);
    free(text);
    assert_int_equal(vault_add_questionnaire(r->round, "5", client_round_questions, sizeof client_round_questions - 1),
                     0);
    assert_int_equal(vault_set_bytes(&r->round->secret, secret, 32), 0);
    r->round->has_secret = true;
    r->assignment = client_round_assign(r, 0, "Ann Lee");
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
}

static inline void client_round_setup(struct client_round *r) {
    client_round_vault(r);
    client_round_manifest(r);
    client_round_fill(r);
}

static inline int client_round_remove_one(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void client_round_end(struct client_round *r) {
    vault_close(r->vault);
    nftw(r->directory, client_round_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

// Closes and opens the vault again, as a new process would.
static inline void client_round_reopen(struct client_round *r) {
    vault_close(r->vault);
    r->vault = NULL;
    if (vault_open(r->home, NULL, NULL, &r->vault, &r->problem) != 0)
        fail_msg("%s", r->problem.sentence);
    if (vault_data(r->vault)->n_rounds == 0)
        return;
    r->round = vault_data(r->vault)->rounds[0];
    r->assignment = r->round->n_assignments > 0 ? r->round->assignments[0] : NULL;
}

static inline Vault__Answers *client_round_answers(uint8_t first, uint8_t second, uint8_t third) {
    Vault__Answers *answers = vault_answers_new(3);
    assert_non_null(answers);
    memcpy(answers->ratings.data, (uint8_t[]){first, second, third}, 3);
    return answers;
}

#endif
