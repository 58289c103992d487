#include "client_round.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int setup(void **state) {
    static struct client_round round;
    client_round_vault(&round);
    *state = &round;
    return 0;
}

static int teardown(void **state) {
    client_round_end(*state);
    return 0;
}

static const char *path_in(const struct client_round *r, const char *name) {
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", r->home, name);
    return path;
}

static void write_at(const char *path, const void *bytes, size_t len) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static size_t read_at(const char *path, char *ret_bytes, size_t size) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(ret_bytes, 1, size, file);
    fclose(file);
    return len;
}

static void set_email(struct client_round *r, const char *email) {
    assert_int_equal(vault_set_text(&vault_data(r->vault)->email, email, strlen(email)), 0);
}

static void folder_and_file_are_for_the_owner_alone(void **state) {
    struct client_round *r = *state;
    struct stat about;
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
    assert_int_equal(stat(r->home, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_int_equal(stat(path_in(r, "vault"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void what_is_saved_is_there_again(void **state) {
    struct client_round *r = *state;
    client_round_manifest(r);
    client_round_fill(r);
    set_email(r, "rater@example.org");
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
    client_round_reopen(r);
    assert_string_equal(vault_data(r->vault)->email, "rater@example.org");
    assert_string_equal(r->assignment->subject_name, "Ann Lee");
    assert_int_equal(r->assignment->y.len, 64);
    assert_int_equal(r->round->secret.data[0], 5);
}

static void a_crash_before_the_rename_leaves_the_old_vault(void **state) {
    struct client_round *r = *state;
    set_email(r, "old@example.org");
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
    write_at(path_in(r, "vault.new"), "candour-vault 1\nO half a va", 27);
    client_round_reopen(r);
    assert_string_equal(vault_data(r->vault)->email, "old@example.org");
    set_email(r, "new@example.org");
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
    assert_int_not_equal(access(path_in(r, "vault.new"), F_OK), 0);
    client_round_reopen(r);
    assert_string_equal(vault_data(r->vault)->email, "new@example.org");
}

// A writer is killed at a random moment, again and again: what remains is always one whole vault.
static void a_killed_writer_leaves_a_whole_vault(void **state) {
    struct client_round *r = *state;
    set_email(r, "0");
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
    for (int i = 0; i < 20; i++) {
        vault_close(r->vault);
        r->vault = NULL;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            struct vault *vault;
            struct problem problem;
            if (vault_open(r->home, NULL, NULL, &vault, &problem) != 0)
                _exit(1);
            for (unsigned number = 0;; number++) {
                char text[16];
                int len = snprintf(text, sizeof text, "%u", number);
                if (vault_set_text(&vault_data(vault)->email, text, (size_t)len) != 0 ||
                    vault_save(vault, &problem) != 0)
                    _exit(1);
            }
        }
        usleep((unsigned)(3000 + i * 700));
        kill(child, SIGKILL);
        int how;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFSIGNALED(how));
        assert_int_equal(vault_open(r->home, NULL, NULL, &r->vault, &r->problem), 0);
        assert_non_null(vault_data(r->vault)->email);
    }
}

static void a_link_in_the_place_of_the_vault_is_not_followed(void **state) {
    struct client_round *r = *state;
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
    vault_close(r->vault);
    r->vault = NULL;
    char elsewhere[160];
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", r->directory);
    assert_int_equal(rename(path_in(r, "vault"), elsewhere), 0);
    assert_int_equal(symlink(elsewhere, path_in(r, "vault")), 0);
    assert_int_equal(vault_open(r->home, NULL, NULL, &r->vault, &r->problem), -1);
    assert_int_equal(unlink(elsewhere), 0);
}

static void a_folder_that_others_can_read_is_refused(void **state) {
    struct client_round *r = *state;
    vault_close(r->vault);
    r->vault = NULL;
    assert_int_equal(chmod(r->home, 0750), 0);
    assert_int_equal(vault_open(r->home, NULL, NULL, &r->vault, &r->problem), -1);
    assert_non_null(strstr(r->problem.sentence, "chmod 700"));
}

static void two_clients_do_not_share_a_vault(void **state) {
    struct client_round *r = *state;
    struct vault *second;
    assert_int_equal(vault_open(r->home, NULL, NULL, &second, &r->problem), -1);
    assert_non_null(strstr(r->problem.sentence, "Another candour"));
}

static void a_damaged_vault_is_refused_and_kept(void **state) {
    struct client_round *r = *state;
    vault_close(r->vault);
    r->vault = NULL;
    const char *const damaged[] = {"",
                                   "something else",
                                   "candour-vault 1\n",
                                   "candour-vault 1\nX",
                                   "candour-vault 1\nO\xff\xff\xff",
                                   "candour-vault 1\nSshort"};
    for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
        write_at(path_in(r, "vault"), damaged[i], strlen(damaged[i]));
        assert_int_equal(vault_open(r->home, NULL, NULL, &r->vault, &r->problem), -1);
        assert_int_equal(access(path_in(r, "vault"), F_OK), 0);
    }
}

static int passphrase(void *context, char ret_passphrase[VAULT_PASSPHRASE_BYTES]) {
    snprintf(ret_passphrase, VAULT_PASSPHRASE_BYTES, "%s", (const char *)context);
    return 0;
}

static void a_sealed_vault_needs_its_passphrase(void **state) {
    struct client_round *r = *state;
    static char right[] = "correct horse", wrong[] = "correct house";
    char bytes[4096];
    set_email(r, "rater@example.org");
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
    size_t len = read_at(path_in(r, "vault"), bytes, sizeof bytes);
    assert_non_null(memmem(bytes, len, "rater@example.org", 17));
    assert_int_equal(vault_set_passphrase(r->vault, right, &r->problem), 0);
    assert_true(vault_is_sealed(r->vault));
    len = read_at(path_in(r, "vault"), bytes, sizeof bytes);
    assert_null(memmem(bytes, len, "rater@example.org", 17));
    vault_close(r->vault);
    r->vault = NULL;
    assert_int_equal(vault_open(r->home, NULL, NULL, &r->vault, &r->problem), -1);
    assert_int_equal(vault_open(r->home, passphrase, wrong, &r->vault, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_NOT_ALLOWED);
    assert_int_equal(vault_open(r->home, passphrase, right, &r->vault, &r->problem), 0);
    assert_string_equal(vault_data(r->vault)->email, "rater@example.org");
    // It stays sealed when it is saved again, until the passphrase is taken off.
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
    len = read_at(path_in(r, "vault"), bytes, sizeof bytes);
    assert_null(memmem(bytes, len, "rater@example.org", 17));
    assert_int_equal(vault_set_passphrase(r->vault, NULL, &r->problem), 0);
    client_round_reopen(r);
}

static void a_changed_sealed_vault_is_refused(void **state) {
    struct client_round *r = *state;
    static char right[] = "correct horse";
    char bytes[4096];
    assert_int_equal(vault_set_passphrase(r->vault, right, &r->problem), 0);
    vault_close(r->vault);
    r->vault = NULL;
    size_t len = read_at(path_in(r, "vault"), bytes, sizeof bytes);
    bytes[len - 1] ^= 1;
    write_at(path_in(r, "vault"), bytes, len);
    assert_int_equal(vault_open(r->home, passphrase, right, &r->vault, &r->problem), -1);
}

static void wiping_removes_everything(void **state) {
    struct client_round *r = *state;
    set_email(r, "rater@example.org");
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
    assert_int_equal(vault_write_evidence(r->vault, "evidence-x.txt", "what was seen", 13, &r->problem), 0);
    assert_int_equal(access(path_in(r, "evidence-x.txt"), F_OK), 0);
    assert_int_equal(vault_wipe(r->vault, &r->problem), 0);
    assert_null(vault_data(r->vault)->email);
    assert_int_not_equal(access(path_in(r, "vault"), F_OK), 0);
    assert_int_not_equal(access(path_in(r, "evidence-x.txt"), F_OK), 0);
    assert_int_equal(vault_save(r->vault, &r->problem), 0);
}

static void comments_are_set_changed_and_removed(void **state) {
    (void)state;
    Vault__Answers *answers = vault_answers_new(3);
    assert_int_equal(vault_answers_comment(answers, 1, "first", 5), 0);
    assert_int_equal(vault_answers_comment(answers, 0, "other", 5), 0);
    assert_int_equal(vault_answers_comment(answers, 1, "second", 6), 0);
    assert_int_equal(answers->n_comments, 2);
    assert_memory_equal(vault_answers_find(answers, 1)->text.data, "second", 6);
    assert_int_equal(vault_answers_comment(answers, 1, NULL, 0), 0);
    assert_null(vault_answers_find(answers, 1));
    assert_non_null(vault_answers_find(answers, 0));
    Vault__Answers *copy = vault_answers_copy(answers);
    assert_memory_equal(vault_answers_find(copy, 0)->text.data, "other", 5);
    VAULT_FORGET(copy);
    VAULT_FORGET(answers);
}

static void a_subject_is_found_by_a_part_of_the_name(void **state) {
    struct client_round *r = *state;
    client_round_manifest(r);
    client_round_fill(r);
    Vault__Assignment *other = client_round_assign(r, 1, "Joann Leeds");
    Vault__Round *round;
    Vault__Assignment *found;
    assert_int_equal(vault_find_subject(r->vault, "leeds", NULL, 0, &round, &found, &r->problem), 0);
    assert_ptr_equal(found, other);
    assert_int_equal(vault_set_text(&r->assignment->subject_name, "Joann Lee", 9), 0);
    assert_int_equal(vault_set_text(&other->subject_name, "Ann Lee", 7), 0);
    assert_int_equal(vault_find_subject(r->vault, "ann lee", NULL, 0, &round, &found, &r->problem), 0);
    assert_ptr_equal(found, other); // the whole name beats a part of another
    assert_int_equal(vault_find_subject(r->vault, "ann", NULL, 0, &round, &found, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_USAGE);
    assert_non_null(strstr(r->problem.sentence, "Joann Lee"));
    assert_int_equal(vault_find_subject(r->vault, "nobody", NULL, 0, &round, &found, &r->problem), -1);
    assert_int_equal(r->problem.code, EXIT_NOT_FOUND);
    assert_int_equal(vault_find_subject(r->vault, "joann", "autumn", 0, &round, &found, &r->problem), -1);
    assert_int_equal(vault_find_subject(r->vault, "joann", NULL, CANDOUR__GROUP__SELF, &round, &found, &r->problem),
                     -1);
}

// The same leader in two rounds of one name, and in one that is over.
static void the_number_of_a_round_tells_it_from_another(void **state) {
    struct client_round *r = *state;
    client_round_manifest(r);
    client_round_fill(r);
    uint8_t id[16] = {0xab, 0xcd, 0xef, 0x01, 0x23};
    Vault__Round *second = vault_add_round(r->vault, id), *round;
    r->round = vault_data(r->vault)->rounds[0];
    assert_int_equal(vault_set_text(&second->name, "Spring", 6), 0);
    second->state = CANDOUR__STATE__ANSWERING;
    Vault__Assignment *there = vault_add_assignment(second, id), *found;
    assert_int_equal(vault_set_text(&there->subject_name, "Ann Lee", 7), 0);
    assert_int_equal(vault_find_subject(r->vault, "ann lee", NULL, 0, &round, &found, &r->problem), -1);
    assert_int_equal(vault_find_subject(r->vault, "ann lee", "spring", 0, &round, &found, &r->problem), -1);
    assert_non_null(strstr(r->problem.sentence, "Ann Lee (Spring, abcdef01)"));
    static const char *const meant[] = {"abcdef01", "ABCDEF01-23", "abcdef01-2300-0000-0000-000000000000"};
    for (size_t i = 0; i < ARRAY_LEN(meant); i++) {
        assert_int_equal(vault_find_subject(r->vault, "ann lee", meant[i], 0, &round, &found, &r->problem), 0);
        assert_ptr_equal(found, there);
    }
    static const char *const wrong[] = {"abcdef0", "abcdef02", "abcdef01-2300-0000-0000-00000000000000", ""};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(vault_is_meant(second, wrong[i]));
    second->state = CANDOUR__STATE__RELEASED; // and no secret: finished
    assert_int_equal(vault_find_subject(r->vault, "ann lee", NULL, 0, &round, &found, &r->problem), 0);
    assert_ptr_equal(found, r->assignment);
    assert_ptr_equal(vault_round_meant(r->vault, "Spring"), r->round);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(folder_and_file_are_for_the_owner_alone),
        TEST(what_is_saved_is_there_again),
        TEST(a_crash_before_the_rename_leaves_the_old_vault),
        TEST(a_killed_writer_leaves_a_whole_vault),
        TEST(a_link_in_the_place_of_the_vault_is_not_followed),
        TEST(a_folder_that_others_can_read_is_refused),
        TEST(two_clients_do_not_share_a_vault),
        TEST(a_damaged_vault_is_refused_and_kept),
        TEST(a_sealed_vault_needs_its_passphrase),
        TEST(a_changed_sealed_vault_is_refused),
        TEST(wiping_removes_everything),
        cmocka_unit_test(comments_are_set_changed_and_removed),
        TEST(a_subject_is_found_by_a_part_of_the_name),
        TEST(the_number_of_a_round_tells_it_from_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
