// A vault for the client's tests, empty or with a round (client_rules.h) and one collected credential, as they are
// after a sign-in.
#ifndef CANDOUR_TESTS_CLIENT_ROUND_H
#define CANDOUR_TESTS_CLIENT_ROUND_H

#include <ftw.h>
#include <unistd.h>

#include "client_rules.h"

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
    uint8_t id[16] = {0x31};
    id[1] = (uint8_t)i;
    Vault__Assignment *assignment = vault_add_assignment(r->round, id);
    assert_non_null(assignment);
    assignment->group = CANDOUR__GROUP__PEER;
    assert_int_equal(vault_set_bytes(&assignment->subject, r->subjects[i].id, 16), 0);
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
    r->round->has_secret = r->round->has_name_salt = true;
    assert_int_equal(vault_set_bytes(&r->round->name_salt, client_round_salt, 16), 0);
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

static inline void client_round_receipt(Vault__Assignment *assignment) {
    Vault__Receipt *receipt = malloc(sizeof *receipt);
    uint8_t leaf[32] = {1}, signature[64] = {2};
    assert_non_null(receipt);
    vault__receipt__init(receipt);
    assert_int_equal(vault_set_bytes(&receipt->leaf, leaf, 32), 0);
    assert_int_equal(vault_set_bytes(&receipt->signature, signature, 64), 0);
    assignment->receipt = receipt;
}

// A ballot in the queue that the box will not take.
static inline void client_round_refusal(Vault__Assignment *assignment) {
    Vault__Queued *queued = malloc(sizeof *queued);
    assert_non_null(queued);
    vault__queued__init(queued);
    queued->answers = client_round_answers(4, 4, 4);
    assert_int_equal(vault_set_text(&queued->refusal, "The group is full.", 18), 0);
    assignment->queued = queued;
}

#endif
