// Key files, and what is derived from a key-encryption key.
#include "keys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"

enum { WHAT_BYTES_MAX = 32, WRAPPED_PLAIN_BYTES_MAX = 64 };

int keys_read(const char *path, uint8_t ret_kek[32], char *ret_sentence, size_t sentence_size) {
    uint8_t bytes[33]; // one more than a key, to see a file that is too long
    struct stat st;
    ssize_t len = -1;
    int rc = -1, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        snprintf(ret_sentence, sentence_size, "The key file %s cannot be opened: %s. Make it with candourd keys.", path,
                 strerror(errno));
        goto out;
    }
    // The group's bit is an access list's mask when systemd hands the file over, so only the others count.
    if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IRWXO))) {
        snprintf(ret_sentence, sentence_size, "The key file %s is open to others. Run: chmod 600 %s", path, path);
        goto out;
    }
    len = read(fd, bytes, sizeof bytes);
    if (len != CRYPTO_KEY_BYTES) {
        snprintf(ret_sentence, sentence_size,
                 "The key file %s does not hold exactly 32 bytes. Restore it from a backup.", path);
        goto out;
    }
    memcpy(ret_kek, bytes, CRYPTO_KEY_BYTES);
    rc = 0;
out:
    crypto_wipe(bytes, sizeof bytes);
    if (fd >= 0)
        close(fd);
    return rc;
}

// The new name itself must survive a power loss. 0 or -1.
static int sync_folder(const char *path) {
    char copy[4096];
    if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy)
        return -1;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    close(fd);
    return rc;
}

int keys_make(const char *path, char *ret_sentence, size_t sentence_size) {
    uint8_t kek[CRYPTO_KEY_BYTES];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST)
        return 0;
    if (fd < 0) {
        snprintf(ret_sentence, sentence_size, "The key file %s cannot be made: %s.", path, strerror(errno));
        return -1;
    }
    crypto_random(kek, sizeof kek);
    bool is_written = write(fd, kek, sizeof kek) == (ssize_t)sizeof kek && fsync(fd) == 0;
    int error = errno;
    crypto_wipe(kek, sizeof kek);
    close(fd);
    if (is_written && sync_folder(path) == 0)
        return 1;
    unlink(path);
    snprintf(ret_sentence, sentence_size, "The key file %s cannot be written: %s.", path, strerror(error));
    return -1;
}

void keys_secret_hash(const uint8_t kek[32], const char *what, const void *person, size_t person_len,
                      const void *secret, size_t len, uint8_t ret_hash[32]) {
    const struct crypto_span parts[] = {{what, strlen(what) + 1}, {person, person_len}, {secret, len}};
    crypto_keyed_hash(kek, parts, ARRAY_LEN(parts), ret_hash, CRYPTO_HASH_BYTES);
}

// what || 0x00 || id
static struct crypto_span place(const char *what, const uint8_t id[16], uint8_t buffer[WHAT_BYTES_MAX + 17]) {
    size_t len = strlen(what) + 1;
    assert(len <= WHAT_BYTES_MAX);
    memcpy(buffer, what, len);
    memcpy(buffer + len, id, 16);
    return (struct crypto_span){buffer, len + 16};
}

void keys_wrap(const uint8_t kek[32], const char *what, const uint8_t id[16], const void *plain, size_t len,
               uint8_t *ret_wrapped) {
    uint8_t about[WHAT_BYTES_MAX + 17];
    assert(len <= WRAPPED_PLAIN_BYTES_MAX);
    crypto_wrap(kek, place(what, id, about), plain, len, ret_wrapped);
}

int keys_unwrap(const uint8_t kek[32], const char *what, const uint8_t id[16], const uint8_t *wrapped,
                size_t wrapped_len, void *ret_plain, size_t len) {
    uint8_t about[WHAT_BYTES_MAX + 17];
    assert(len <= WRAPPED_PLAIN_BYTES_MAX);
    if (wrapped_len != len + CRYPTO_WRAP_OVERHEAD)
        return -1;
    return crypto_unwrap(kek, place(what, id, about), wrapped, wrapped_len, ret_plain);
}
