#include "client_desk.h"

#include "client/cast.h"
#include "client/rater.h"
#include "client/trust_private.h"

static struct client_round fixture; // the server's side; its vault is the rater's
static struct server desk, box;
static char authorities[128];
static char shown_code[CODE_RECOVERY_TEXT_BYTES], told[8192];
static unsigned compared; // how often the rater was asked to compare
static struct rater_collected collected;
static bool is_confirmed, has_next_command; // which saves the vault as it is

// ---------------------------------------------------------------- fixture

static void sign_in(void) {
    Vault__Vault *data = vault_data(fixture.vault);
    uint8_t session[32] = {1};
    assert_int_equal(vault_set_text(&data->server, desk.address, strlen(desk.address)), 0);
    assert_int_equal(vault_set_bytes(&data->session, session, 32), 0);
    data->has_session = true;
    assert_int_equal(vault_set_text(&data->ca_file, authorities, strlen(authorities)), 0);
}

static void make_later(struct client_round *r) {
    manifest_hash(text, text_len, r->manifest.previous);
    r->manifest.version = 1;
    r->manifest.close += 30 * 86400;
    later = client_round_text(r, &later_len);
}

static int begin(void (*change)(struct manifest *)) {
    struct client_round *r = &fixture;
    client_round_vault(r);
    client_round_manifest(r);
    if (change != NULL)
        change(&r->manifest);
    credential_key_pair(r->box_secret, (uint8_t[32]){0});
    doors_bind(r, doors_answer, &desk, &box);
    make_later(r);
    doors_run(r, &desk, &box, authorities);
    sign_in();
    memset(told, 0, sizeof told);
    compared = 0;
    is_confirmed = true;
    has_next_command = false;
    memset(shown_code, 0, sizeof shown_code);
    return 0;
}

#define SETUP(name, change)                                                                                            \
    static int name(void **state) {                                                                                    \
        *state = NULL;                                                                                                 \
        return begin(change);                                                                                          \
    }
SETUP(setup, NULL)

static void name_oddly(struct manifest *m) {
    manifest_name_hash(client_round_salt, "Ann\u200b Lee", 10, m->subjects[0].name_hash);
}
SETUP(setup_odd, name_oddly)

// The lines are hashed under another salt than the one that the manifest commits to.
static void salt_oddly(struct manifest *m) {
    uint8_t salt[16] = {9, [15] = 1};
    for (unsigned i = 0; i < 2; i++)
        manifest_name_hash(salt, client_round_names[i], strlen(client_round_names[i]), m->subjects[i].name_hash);
}
SETUP(setup_salt, salt_oddly)

// Its close and grace have just passed.
static void end(struct manifest *m) {
    m->close = clock_now() - m->grace_s - 60;
}
SETUP(setup_ended, end)

static int teardown(void **state) {
    (void)state;
    server_stop(&desk);
    server_stop(&box);
    free(text);
    free(later);
    client_round_end(&fixture);
    return 0;
}

static void tell(void *context, const char *sentence) {
    (void)context;
    strncat(told, sentence, sizeof told - strlen(told) - 1);
}

static bool fingerprint(void *context, const char *round_name, const char shown[CODE_FINGERPRINT_TEXT_BYTES]) {
    (void)context;
    (void)round_name;
    (void)shown;
    compared++;
    return is_confirmed;
}

static bool recovery(void *context, const char *round_name, const char code[CODE_RECOVERY_TEXT_BYTES]) {
    (void)context;
    (void)round_name;
    memcpy(shown_code, code, CODE_RECOVERY_TEXT_BYTES);
    return true;
}

static int collect_now(void) {
    const struct rater_talk talk = {.tell = tell, .fingerprint = fingerprint, .recovery = recovery};
    struct link *link;
    if (rater_desk(fixture.vault, true, &link, NULL, &fixture.problem) != 0)
        return -1;
    int result = rater_collect(fixture.vault, link, &talk, &collected, &fixture.problem);
    link_close(link);
    if (has_next_command)
        assert_int_equal(vault_save(fixture.vault, &fixture.problem), 0);
    client_round_reopen(&fixture);
    return result;
}

// A new computer: an empty vault, signed in as the same person.
static void move_to_another_computer(void) {
    assert_int_equal(vault_wipe(fixture.vault, &fixture.problem), 0);
    sign_in();
    assert_int_equal(vault_save(fixture.vault, &fixture.problem), 0);
}

static void assert_nothing_collected(void) {
    assert_int_equal(collected.collected, 0);
    if (vault_data(fixture.vault)->n_rounds == 0)
        return;
    for (size_t i = 0; i < fixture.round->n_assignments; i++)
        assert_int_equal(fixture.round->assignments[i]->y.len, 0);
}

// ---------------------------------------------------------------- tests

static void every_open_assignment_is_collected_and_the_recovery_code_shown(void **state) {
    (void)state;
    if (collect_now() != 0)
        fail_msg("%s", fixture.problem.sentence);
    assert_int_equal(collected.collected, 2);
    assert_int_equal(fixture.round->n_assignments, 2);
    for (size_t i = 0; i < 2; i++) {
        const Vault__Assignment *one = fixture.round->assignments[i];
        uint8_t info[CREDENTIAL_INFO_BYTES], y[64];
        credential_info(CANDOUR__GROUP__PEER, fixture.manifest.round, one->subject.data, fixture.round->root.data,
                        info);
        assert_int_equal(credential_evaluate(fixture.credential_secret, info, sizeof info, one->vk.data, 32, y), 0);
        assert_memory_equal(one->y.data, y, 64);
    }
    uint8_t secret[32];
    assert_int_equal(code_recovery_read(shown_code, strlen(shown_code), secret), 0);
    assert_memory_equal(secret, fixture.round->secret.data, 32);
    assert_int_equal(box.seen->hellos + box.seen->connections, 1);
    assert_non_null(strstr(told, "fingerprint"));
}

static void a_second_sign_in_collects_nothing_again(void **state) {
    (void)state;
    assert_int_equal(collect_now(), 0);
    memset(shown_code, 0, sizeof shown_code);
    assert_int_equal(collect_now(), 0);
    assert_int_equal(collected.collected, 0);
    assert_int_equal(shown_code[0], 0);
    assert_int_equal(box.seen->connections, 1);
}

static void a_lost_reply_brings_the_same_credentials(void **state) {
    (void)state;
    desk.seen->script = LOSE_COLLECT;
    assert_int_equal(collect_now(), 0);
    assert_int_equal(collected.collected, 2);
}

static void the_recovery_code_brings_the_same_credentials_elsewhere(void **state) {
    (void)state;
    assert_int_equal(collect_now(), 0);
    uint8_t y[64];
    char code[CODE_RECOVERY_TEXT_BYTES];
    memcpy(y, fixture.round->assignments[1]->y.data, 64);
    memcpy(code, shown_code, sizeof code);
    move_to_another_computer();
    desk.seen->script = TAKEN;
    assert_int_equal(collect_now(), 0);
    assert_int_equal(collected.foreign, 2);
    assert_nothing_collected();
    assert_int_equal(fixture.round->secret.len, 0);
    assert_non_null(strstr(told, "recovery code"));
    assert_int_equal(rater_restore(fixture.vault, fixture.round, "not a code", &fixture.problem), -1);
    assert_int_equal(rater_restore(fixture.vault, fixture.round, code, &fixture.problem), 0);
    assert_int_equal(collect_now(), 0);
    assert_int_equal(collected.collected, 2);
    assert_int_equal(collected.foreign, 0);
    assert_memory_equal(fixture.round->assignments[1]->y.data, y, 64);
}

static void a_recovery_code_does_not_replace_a_secret_that_was_used(void **state) {
    (void)state;
    assert_int_equal(collect_now(), 0);
    uint8_t other[32] = {8};
    char code[CODE_RECOVERY_TEXT_BYTES];
    code_recovery_write(other, code);
    assert_int_equal(rater_restore(fixture.vault, fixture.round, code, &fixture.problem), -1);
    assert_int_equal(fixture.problem.code, EXIT_RULE);
}

static void a_conflict_at_the_desk_is_told(void **state) {
    (void)state;
    assert_int_equal(collect_now(), 0);
    move_to_another_computer(); // and the desk does not say beforehand that it was collected
    assert_int_equal(collect_now(), 0);
    assert_int_equal(collected.foreign, 2);
    assert_non_null(strstr(told, "someone may have signed in in your place"));
    assert_nothing_collected();
}

static void assert_stopped(const char *part) {
    assert_int_equal(collect_now(), -1);
    assert_nothing_collected();
    assert_int_equal(fixture.problem.code, EXIT_FAILED);
    if (strstr(fixture.problem.sentence, "STOP") == NULL || strstr(fixture.problem.sentence, part) == NULL)
        fail_msg("%s", fixture.problem.sentence);
    desk.seen->script = box.seen->script = FINE;
    assert_int_equal(collect_now(), -1);
    assert_nothing_collected();
}

static void another_manifest_at_the_ballot_box_stops_the_round(void **state) {
    (void)state;
    box.seen->script = OTHER_MANIFEST;
    assert_stopped("other rules");
}

static void no_pause(unsigned seconds) {
    (void)seconds;
}

// ret_manifest->subjects is gone.
static struct manifest newest(void) {
    struct manifest manifest;
    if (trust_newest(fixture.round, &manifest, &fixture.problem) != 0)
        fail_msg("%s", fixture.problem.sentence);
    manifest_free(&manifest);
    return manifest;
}

static void a_version_that_the_desk_alone_shows_is_not_kept(void **state) {
    (void)state;
    trust_pause = no_pause;
    desk.seen->script = LATER;
    assert_int_equal(collect_now(), -1);
    assert_non_null(strstr(fixture.problem.sentence, "newer rules than it shows to strangers"));
    assert_int_equal(fixture.round->n_manifests, 0);
    assert_nothing_collected();
}

static void a_version_that_the_box_alone_shows_is_kept_and_changes_nothing(void **state) {
    (void)state;
    trust_pause = no_pause;
    assert_int_equal(collect_now(), 0);
    int64_t close = newest().close;
    box.seen->script = LATER;
    assert_int_equal(trust_refresh(fixture.vault, fixture.round, &fixture.problem), 0);
    client_round_reopen(&fixture);
    assert_int_equal(fixture.round->n_manifests, 2);
    assert_int_equal(newest().close, close);
    has_next_command = true;
    for (int i = 0; i < 2; i++) { // the desk does not show it; nor does the box any more
        assert_int_equal(collect_now(), -1);
        assert_non_null(strstr(fixture.problem.sentence, i == 0 ? "not show you the newest" : "no longer shows"));
        assert_int_equal(fixture.round->n_manifests, 2);
        assert_int_equal(newest().close, close);
        box.seen->script = FINE;
    }
    desk.seen->script = box.seen->script = LATER;
    assert_int_equal(collect_now(), 0);
    client_round_reopen(&fixture);
    assert_int_equal(newest().close, close + 30 * 86400);
}

static void after_an_extension_ballots_that_wait_keep_their_time(void **state) {
    (void)state;
    assert_int_equal(collect_now(), 0);
    Vault__Answers *answers = client_round_answers(4, 4, 4);
    struct cast_window window;
    assert_int_equal(
        cast_prepare(fixture.vault, fixture.round, fixture.assignment, answers, false, &window, &fixture.problem), 0);
    int64_t due = fixture.assignment->queued->due, close = newest().close;
    assert_in_range(due, window.from, window.until);
    desk.seen->script = box.seen->script = LATER;
    assert_int_equal(collect_now(), 0);
    client_round_reopen(&fixture);
    assert_true(newest().close > close);
    assert_int_equal(fixture.assignment->queued->due, due);
    assert_int_equal(
        cast_prepare(fixture.vault, fixture.round, fixture.assignment, answers, false, &window, &fixture.problem), 0);
    VAULT_FORGET(answers);
    assert_true(window.from > due && fixture.assignment->queued->due >= window.from); // given again
}

static void a_key_of_the_raters_own_stops_the_round(void **state) {
    (void)state;
    desk.seen->script = OTHER_KEY;
    assert_stopped("another key");
}

static void other_questions_stop_the_round(void **state) {
    (void)state;
    desk.seen->script = OTHER_QUESTIONS;
    assert_stopped("other questions");
}

static void a_name_that_the_manifest_does_not_commit_to_is_refused(void **state) {
    (void)state;
    desk.seen->script = OTHER_NAME;
    assert_int_equal(collect_now(), -1);
    assert_int_equal(fixture.problem.code, EXIT_FAILED);
    assert_nothing_collected();
}

static void a_round_in_preparation_is_for_later(void **state) {
    (void)state;
    desk.seen->script = PREPARING;
    assert_int_equal(collect_now(), -1);
    assert_int_equal(fixture.problem.code, EXIT_UNREACHABLE);
    assert_int_equal(collected.postponed, 1);
    desk.seen->script = FINE;
    assert_int_equal(collect_now(), 0);
    assert_int_equal(collected.collected, 2);
}

static void a_ballot_box_that_is_away_postpones_collecting(void **state) {
    (void)state;
    has_next_command = true;
    kill(box.pid, SIGKILL);
    waitpid(box.pid, NULL, 0);
    assert_int_equal(collect_now(), -1);
    assert_int_equal(fixture.problem.code, EXIT_UNREACHABLE);
    assert_nothing_collected();
    assert_int_equal(fixture.round->n_manifests, 0);
    assert_null(fixture.round->stopped);
}

static void one_leader_on_several_lines_is_refused_by_its_salt(void **state) {
    (void)state;
    desk.seen->script = OTHER_SALT;
    assert_int_equal(collect_now(), -1);
    assert_int_equal(fixture.problem.code, EXIT_FAILED);
    assert_nothing_collected();
}

static void a_name_with_something_invisible_is_refused(void **state) {
    (void)state;
    desk.seen->script = ODD_NAME;
    assert_int_equal(collect_now(), -1);
    assert_int_equal(fixture.problem.code, EXIT_FAILED);
    assert_nothing_collected();
}

static void nothing_is_collected_before_the_fingerprint_was_compared(void **state) {
    (void)state;
    is_confirmed = false;
    assert_int_equal(collect_now(), -1);
    assert_int_equal(fixture.problem.code, EXIT_RULE);
    assert_nothing_collected();
    assert_int_equal(fixture.round->secret.len, 0);
    is_confirmed = true;
    assert_int_equal(collect_now(), 0);
    assert_int_equal(collected.collected, 2);
    assert_int_equal(collect_now(), 0);
    assert_int_equal(compared, 2);
}

static void a_round_that_is_no_longer_listed_is_left_alone(void **state) {
    (void)state;
    assert_int_equal(collect_now(), 0);
    unsigned before = desk.seen->requests;
    desk.seen->script = UNLISTED;
    assert_int_equal(collect_now(), 0);
    assert_int_equal(collected.rounds, 0);
    assert_int_equal(desk.seen->requests, before + 2); // hello and the assignments
    assert_int_equal(fixture.round->secret.len, 32);
}

static void an_endless_list_of_assignments_is_refused(void **state) {
    (void)state;
    desk.seen->script = NO_END;
    assert_int_equal(collect_now(), -1);
    assert_int_equal(fixture.problem.code, EXIT_FAILED);
}

static void a_round_is_kept_until_the_end_that_its_rules_name(void **state) {
    (void)state;
    assert_int_equal(collect_now(), 0);
    desk.seen->script = RELEASED; // so the desk says
    assert_int_equal(collect_now(), 0);
    assert_int_equal(fixture.round->secret.len, 32);
    assert_int_equal(fixture.round->assignments[0]->y.len, 64);
}

static void receipts_of_a_finished_round_stay_until_they_were_checked(void **state) {
    (void)state;
    assert_int_equal(collect_now(), 0);
    client_round_receipt(fixture.assignment);
    assert_int_equal(vault_save(fixture.vault, &fixture.problem), 0);
    desk.seen->script = RELEASED;
    assert_int_equal(collect_now(), 0);
    assert_int_equal(fixture.round->secret.len, 0);
    assert_int_equal(fixture.round->n_manifests, 1);
    assert_int_equal(fixture.assignment->y.len, 0);
    assert_int_equal(fixture.assignment->receipt->leaf.len, 32);
    assert_non_null(strstr(told, "candour check"));
    fixture.round->has_checked = fixture.round->checked = true;
    client_round_refusal(fixture.assignment); // of a later revision
    assert_int_equal(collect_now(), 0);
    assert_int_equal(vault_data(fixture.vault)->n_rounds, 1);
    VAULT_FORGET(fixture.assignment->queued);
    assert_int_equal(vault_save(fixture.vault, &fixture.problem), 0);
    assert_int_equal(collect_now(), 0);
    assert_int_equal(vault_data(fixture.vault)->n_rounds, 0);
    move_to_another_computer();
    desk.seen->script = FINE;
    assert_int_equal(collect_now(), 0); // there is no receipt here
    client_round_refusal(fixture.assignment);
    free(fixture.assignment->queued->refusal);
    fixture.assignment->queued->refusal = NULL; // it only waits
    desk.seen->script = RELEASED;
    assert_int_equal(collect_now(), 0);
    assert_non_null(strstr(told, "Your answer about Ann Lee was never sent"));
    assert_int_equal(vault_data(fixture.vault)->n_rounds, 0);
}

static void a_stopped_round_never_leaves_the_vault(void **state) {
    (void)state;
    box.seen->script = OTHER_MANIFEST;
    assert_int_equal(collect_now(), -1);
    desk.seen->script = RELEASED;
    assert_int_equal(collect_now(), 0);
    assert_int_equal(vault_data(fixture.vault)->n_rounds, 1);
}

static void contact_is_noted_before_the_desk_hears_of_it(void **state) {
    (void)state;
    kill(desk.pid, SIGKILL);
    waitpid(desk.pid, NULL, 0);
    int64_t before = clock_now();
    assert_int_equal(collect_now(), -1);
    client_round_reopen(&fixture);
    assert_true(vault_data(fixture.vault)->identified_at >= before);
}

static void an_ended_session_is_said(void **state) {
    (void)state;
    desk.seen->script = SIGNED_OUT;
    assert_int_equal(collect_now(), -1);
    assert_int_equal(fixture.problem.code, EXIT_NOT_ALLOWED);
}

#define TEST(test)       cmocka_unit_test_setup_teardown(test, setup, teardown)
#define TEST_ENDED(test) cmocka_unit_test_setup_teardown(test, setup_ended, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_open_assignment_is_collected_and_the_recovery_code_shown),
        TEST(a_second_sign_in_collects_nothing_again),
        TEST(a_lost_reply_brings_the_same_credentials),
        TEST(the_recovery_code_brings_the_same_credentials_elsewhere),
        TEST(a_recovery_code_does_not_replace_a_secret_that_was_used),
        TEST(a_conflict_at_the_desk_is_told),
        TEST(another_manifest_at_the_ballot_box_stops_the_round),
        TEST(a_version_that_the_desk_alone_shows_is_not_kept),
        TEST(a_version_that_the_box_alone_shows_is_kept_and_changes_nothing),
        TEST(after_an_extension_ballots_that_wait_keep_their_time),
        TEST(a_key_of_the_raters_own_stops_the_round),
        TEST(other_questions_stop_the_round),
        TEST(a_name_that_the_manifest_does_not_commit_to_is_refused),
        TEST(a_round_in_preparation_is_for_later),
        TEST(a_ballot_box_that_is_away_postpones_collecting),
        cmocka_unit_test_setup_teardown(a_name_with_something_invisible_is_refused, setup_odd, teardown),
        cmocka_unit_test_setup_teardown(one_leader_on_several_lines_is_refused_by_its_salt, setup_salt, teardown),
        TEST(nothing_is_collected_before_the_fingerprint_was_compared),
        TEST(a_round_that_is_no_longer_listed_is_left_alone),
        TEST(an_endless_list_of_assignments_is_refused),
        TEST(a_round_is_kept_until_the_end_that_its_rules_name),
        TEST_ENDED(receipts_of_a_finished_round_stay_until_they_were_checked),
        TEST_ENDED(a_stopped_round_never_leaves_the_vault),
        TEST(contact_is_noted_before_the_desk_hears_of_it),
        TEST(an_ended_session_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
