// Key files and what is derived from a key-encryption key.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto.h"
#include "daemon/keys.h"

static char folder[] = "/tmp/candour-keys.XXXXXX", path[64], sentence[512];
static const uint8_t id[16] = {1}, other_id[16] = {2};

static int start(void **state) {
    (void)state;
    if (crypto_start() != 0 || !mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/desk.kek", folder);
    return 0;
}

static int end(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(size_t len) {
    FILE *out = fopen(path, "w");
    for (size_t i = 0; i < len; i++)
        fputc('k', out);
    fclose(out);
    chmod(path, 0600);
}

static void key_is_made_once_and_read_back(void **state) {
    (void)state;
    uint8_t first[32], second[32];
    struct stat st;
    unlink(path);
    assert_int_equal(keys_make(path, sentence, sizeof sentence), 1);
    assert_int_equal(keys_read(path, first, sentence, sizeof sentence), 0);
    assert_int_equal(keys_make(path, sentence, sizeof sentence), 0);
    assert_int_equal(keys_read(path, second, sentence, sizeof sentence), 0);
    assert_memory_equal(first, second, 32);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void key_file_of_another_length_is_refused(void **state) {
    (void)state;
    static const size_t lens[] = {0, 31, 33, 64};
    uint8_t kek[32] = {7};
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        write_file(lens[i]);
        assert_int_equal(keys_read(path, kek, sentence, sizeof sentence), -1);
        assert_int_equal(kek[0], 7); // untouched
    }
    write_file(32);
    assert_int_equal(keys_read(path, kek, sentence, sizeof sentence), 0);
    assert_int_equal(kek[0], 'k');
}

static void key_file_open_to_others_is_refused(void **state) {
    (void)state;
    uint8_t kek[32];
    write_file(32);
    chmod(path, 0604);
    assert_int_equal(keys_read(path, kek, sentence, sizeof sentence), -1);
    assert_non_null(strstr(sentence, "chmod"));
    chmod(path, 0620);
    assert_int_equal(keys_read(path, kek, sentence, sizeof sentence), -1);
    chmod(path, 0440); // as systemd hands a credential over
    assert_int_equal(keys_read(path, kek, sentence, sizeof sentence), 0);
}

static void missing_key_file_says_what_to_do(void **state) {
    (void)state;
    uint8_t kek[32];
    assert_int_equal(keys_read("/nonexistent/desk.kek", kek, sentence, sizeof sentence), -1);
    assert_non_null(strstr(sentence, "candourd keys"));
    assert_int_equal(keys_read("/tmp", kek, sentence, sizeof sentence), -1);
    assert_int_equal(keys_make("/nonexistent/desk.kek", sentence, sizeof sentence), -1);
}

static void hash_depends_on_every_part(void **state) {
    (void)state;
    uint8_t kek[32] = {1}, other_kek[32] = {2}, hash[6][32];
    keys_secret_hash(kek, "code", "ab", 2, "cd", 2, hash[0]);
    keys_secret_hash(other_kek, "code", "ab", 2, "cd", 2, hash[1]);
    keys_secret_hash(kek, "session", "ab", 2, "cd", 2, hash[2]);
    keys_secret_hash(kek, "code", "ax", 2, "cd", 2, hash[3]);
    keys_secret_hash(kek, "code", "ab", 2, "ce", 2, hash[4]);
    keys_secret_hash(kek, "codeab", NULL, 0, "cd", 2, hash[5]); // the zero byte parts them
    for (int i = 1; i < 6; i++)
        assert_memory_not_equal(hash[0], hash[i], 32);
}

static void wrapped_key_fits_one_place_only(void **state) {
    (void)state;
    uint8_t kek[32] = {1}, other_kek[32] = {2}, plain[20] = "nineteen characters", back[20];
    uint8_t wrapped[20 + CRYPTO_WRAP_OVERHEAD];
    keys_wrap(kek, "totp", id, plain, sizeof plain, wrapped);
    assert_int_equal(keys_unwrap(kek, "totp", id, wrapped, sizeof wrapped, back, sizeof back), 0);
    assert_memory_equal(back, plain, sizeof plain);
    assert_int_equal(keys_unwrap(kek, "totp", other_id, wrapped, sizeof wrapped, back, sizeof back), -1);
    assert_int_equal(keys_unwrap(kek, "box", id, wrapped, sizeof wrapped, back, sizeof back), -1);
    assert_int_equal(keys_unwrap(other_kek, "totp", id, wrapped, sizeof wrapped, back, sizeof back), -1);
    assert_int_equal(keys_unwrap(kek, "totp", id, wrapped, sizeof wrapped - 1, back, sizeof back), -1);
    assert_int_equal(keys_unwrap(kek, "totp", id, wrapped, sizeof wrapped, back, sizeof back - 1), -1);
    wrapped[30] ^= 1;
    assert_int_equal(keys_unwrap(kek, "totp", id, wrapped, sizeof wrapped, back, sizeof back), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_is_made_once_and_read_back),     cmocka_unit_test(key_file_of_another_length_is_refused),
        cmocka_unit_test(key_file_open_to_others_is_refused), cmocka_unit_test(missing_key_file_says_what_to_do),
        cmocka_unit_test(hash_depends_on_every_part),         cmocka_unit_test(wrapped_key_fits_one_place_only),
    };
    return cmocka_run_group_tests(tests, start, end);
}
