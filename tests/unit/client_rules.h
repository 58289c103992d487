// The rules of a small round for the client's tests: keys, questionnaire and manifest.
#ifndef CANDOUR_TESTS_CLIENT_RULES_H
#define CANDOUR_TESTS_CLIENT_RULES_H

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const uint8_t client_round_salt[16] = {9};
static const char *const client_round_names[] = {"Ann Lee", "Bo Lee"};

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
        manifest_name_hash(client_round_salt, client_round_names[i], strlen(client_round_names[i]), subject->name_hash);
    }
    manifest_names_hash(client_round_salt, m->names);
}

static inline char *client_round_text(const struct client_round *r, size_t *ret_len) {
    char *text = manifest_write(&r->manifest, ret_len);
    assert_non_null(text);
    return text;
}

#endif
