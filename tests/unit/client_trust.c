#include "client_round.h"

static int setup(void **state) {
    static struct client_round round;
    client_round_setup(&round);
    *state = &round;
    return 0;
}

static int teardown(void **state) {
    client_round_end(*state);
    return 0;
}

// Makes r->manifest the next version after the vault's newest one.
static void next_version(struct client_round *r) {
    const ProtobufCBinaryData *newest = &r->round->manifests[r->round->n_manifests - 1];
    manifest_hash((const char *)newest->data, newest->len, r->manifest.previous);
    r->manifest.version = (uint32_t)r->round->n_manifests;
}

static int append(struct client_round *r) {
    size_t len;
    char *text = client_round_text(r, &len);
    int result = trust_append(r->round, text, len, &r->problem);
    free(text);
    return result;
}

static void a_version_counts_once_both_doors_have_shown_it(void **state) {
    struct client_round *r = *state;
    int64_t close = r->manifest.close;
    next_version(r);
    r->manifest.close += 86400;
    assert_int_equal(append(r), 0);
    struct manifest newest;
    assert_int_equal(trust_newest(r->round, &newest, &r->problem), 0);
    assert_int_equal(newest.version, 0);
    assert_int_equal(newest.close, close);
    manifest_free(&newest);
    assert_true(trust_is_newer_seen(r->round));
    r->round->has_agreed = true;
    r->round->agreed = 2;
    assert_int_equal(trust_newest(r->round, &newest, &r->problem), 0);
    assert_int_equal(newest.version, 1);
    assert_int_equal(newest.close, r->manifest.close);
    manifest_free(&newest);
    assert_false(trust_is_newer_seen(r->round));
}

static void the_root_is_that_of_version_zero(void **state) {
    struct client_round *r = *state;
    uint8_t hash[32];
    manifest_hash((const char *)r->round->manifests[0].data, r->round->manifests[0].len, hash);
    assert_memory_equal(r->round->root.data, hash, 32);
}

static void a_version_that_breaks_the_rules_is_refused(void **state) {
    struct client_round *r = *state;
    next_version(r);
    r->manifest.rules.threshold = 3;
    assert_int_equal(append(r), -1);
    assert_int_equal(r->problem.code, EXIT_RULE);
    assert_int_equal(r->round->n_manifests, 1);
    struct manifest newest;
    assert_int_equal(trust_newest(r->round, &newest, &r->problem), 0);
    manifest_free(&newest);
}

static void a_version_with_another_box_or_key_is_refused(void **state) {
    struct client_round *r = *state;
    next_version(r);
    snprintf(r->manifest.boxes[r->manifest.box_count++], sizeof r->manifest.boxes[0], "box.example.org:1");
    assert_int_equal(append(r), -1);
    assert_int_equal(r->problem.code, EXIT_RULE);
    r->manifest.box_count--;
    memset(r->manifest.pins[r->manifest.pin_count++], 7, 32);
    assert_int_equal(append(r), -1);
    r->manifest.pin_count--;
    assert_int_equal(append(r), 0);
}

static void a_version_with_another_past_is_refused(void **state) {
    struct client_round *r = *state;
    next_version(r);
    r->manifest.previous[0] ^= 1;
    assert_int_equal(append(r), -1);
    assert_int_equal(r->round->n_manifests, 1);
}

static void a_version_out_of_turn_is_refused(void **state) {
    struct client_round *r = *state;
    next_version(r);
    r->manifest.version = 2;
    assert_int_equal(append(r), -1);
    assert_int_equal(append(r), -1);
}

static void the_first_version_must_be_version_zero_of_this_round(void **state) {
    struct client_round *r = *state;
    VAULT_FORGET(vault_data(r->vault)->rounds[0]);
    vault_data(r->vault)->n_rounds = 0;
    r->round = vault_add_round(r->vault, r->manifest.round);
    r->manifest.version = 1;
    memset(r->manifest.previous, 1, 32);
    assert_int_equal(append(r), -1);
    r->manifest.version = 0;
    memset(r->manifest.previous, 0, 32);
    r->manifest.round[0] ^= 1;
    assert_int_equal(append(r), -1);
    r->manifest.round[0] ^= 1;
    assert_int_equal(append(r), 0);
}

static void a_manifest_of_another_round_is_refused(void **state) {
    struct client_round *r = *state;
    next_version(r);
    r->manifest.round[0] ^= 1;
    assert_int_equal(append(r), -1);
}

static void text_that_is_no_manifest_is_refused(void **state) {
    struct client_round *r = *state;
    assert_int_equal(trust_append(r->round, "candour-manifest 1\n", 19, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_RULE);
}

static void another_version_zero_under_a_pinned_root_is_refused(void **state) {
    struct client_round *r = *state;
    free(r->round->manifests[--r->round->n_manifests].data);
    r->manifest.grace_s++;
    assert_int_equal(append(r), -1);
    assert_non_null(strstr(r->problem.sentence, "saw first"));
    r->manifest.grace_s--;
    assert_int_equal(append(r), 0);
}

static void a_changed_vault_copy_is_noticed(void **state) {
    struct client_round *r = *state;
    r->round->root.data[3] ^= 1;
    struct manifest newest;
    assert_int_equal(trust_newest(r->round, &newest, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_RULE);
}

static void equal_versions_at_both_doors_are_fine(void **state) {
    struct client_round *r = *state;
    const ProtobufCBinaryData *text = &r->round->manifests[0];
    assert_int_equal(trust_compare(r->vault, r->round, 0, "ballot-box", text->data, text->len, &r->problem), 0);
    assert_null(r->round->stopped);
}

static void one_different_byte_stops_the_round_for_good_and_leaves_evidence(void **state) {
    struct client_round *r = *state;
    const ProtobufCBinaryData *text = &r->round->manifests[0];
    char *other = malloc(text->len);
    memcpy(other, text->data, text->len);
    other[text->len - 2] ^= 1;
    assert_int_equal(trust_compare(r->vault, r->round, 0, "ballot-box", other, text->len, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_FAILED);
    assert_non_null(strstr(r->problem.sentence, "STOP"));
    char path[160], kept[8192];
    snprintf(path, sizeof path, "%s/evidence-11111111-version-0-ballot-box.txt", r->home);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(kept, 1, sizeof kept, file), text->len);
    assert_memory_equal(kept, other, text->len);
    fclose(file);
    free(other);
    client_round_reopen(r);
    struct manifest newest;
    assert_int_equal(trust_newest(r->round, &newest, &r->problem), -1);
    assert_non_null(strstr(r->problem.sentence, "STOP"));
}

static void one_missing_byte_stops_the_round(void **state) {
    struct client_round *r = *state;
    const ProtobufCBinaryData *text = &r->round->manifests[0];
    assert_int_equal(trust_compare(r->vault, r->round, 0, "ballot-box", text->data, text->len - 1, &r->problem), -1);
}

static void a_questionnaire_that_the_manifest_does_not_name_is_refused(void **state) {
    struct client_round *r = *state;
    struct questionnaire questions;
    assert_int_equal(trust_questionnaire(r->round, &r->manifest, "5", &questions, &r->problem), 0);
    assert_int_equal(questions.item_count, 3);
    questionnaire_free(&questions);
    assert_int_equal(trust_questionnaire(r->round, &r->manifest, "6", &questions, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_NOT_FOUND);
    r->round->questionnaires[0]->text.data[70] ^= 1;
    assert_int_equal(trust_questionnaire(r->round, &r->manifest, "5", &questions, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_FAILED);
}

static void ballot_boxes_come_in_every_order(void **state) {
    struct client_round *r = *state;
    r->manifest.box_count = 3;
    for (unsigned i = 0; i < 3; i++)
        snprintf(r->manifest.boxes[i], sizeof r->manifest.boxes[i], "box%u:1", i);
    unsigned first[3] = {0};
    for (int i = 0; i < 300; i++) {
        struct link_target target;
        trust_box_target(r->vault, &r->manifest, &target);
        assert_int_equal(target.address_count, 3);
        unsigned seen = 0;
        for (unsigned k = 0; k < 3; k++)
            seen |= 1u << (target.addresses[k][3] - '0');
        assert_int_equal(seen, 7);
        first[target.addresses[0][3] - '0']++;
    }
    assert_true(first[0] > 50 && first[1] > 50 && first[2] > 50);
}

static void a_shifted_clock_is_for_demonstrations_only(void **state) {
    struct client_round *r = *state;
    char path[100];
    snprintf(path, sizeof path, "%s/clock", r->directory);
    FILE *file = fopen(path, "w");
    fputs("3600\n", file);
    fclose(file);
    assert_int_equal(setenv("CANDOUR_CLOCK_FILE", path, 1), 0);
    assert_int_equal(trust_clock(false, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_RULE);
    assert_false(clock_is_shifted());
    assert_int_equal(unsetenv("CANDOUR_CLOCK_FILE"), 0);
    assert_int_equal(trust_clock(false, &r->problem), 0);
    assert_int_equal(trust_clock(true, &r->problem), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_version_counts_once_both_doors_have_shown_it),
        TEST(the_root_is_that_of_version_zero),
        TEST(a_version_that_breaks_the_rules_is_refused),
        TEST(a_version_with_another_box_or_key_is_refused),
        TEST(a_version_with_another_past_is_refused),
        TEST(a_version_out_of_turn_is_refused),
        TEST(the_first_version_must_be_version_zero_of_this_round),
        TEST(a_manifest_of_another_round_is_refused),
        TEST(text_that_is_no_manifest_is_refused),
        TEST(another_version_zero_under_a_pinned_root_is_refused),
        TEST(a_changed_vault_copy_is_noticed),
        TEST(equal_versions_at_both_doors_are_fine),
        TEST(one_different_byte_stops_the_round_for_good_and_leaves_evidence),
        TEST(one_missing_byte_stops_the_round),
        TEST(a_questionnaire_that_the_manifest_does_not_name_is_refused),
        TEST(ballot_boxes_come_in_every_order),
        TEST(a_shifted_clock_is_for_demonstrations_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
