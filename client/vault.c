#include "vault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"
#include "language.h"

#define MAGIC "candour-vault 1\n"
enum {
    MAGIC_BYTES = sizeof MAGIC - 1,
    SALT_BYTES = 16,
    SEALED_HEAD_BYTES = MAGIC_BYTES + 1 + SALT_BYTES,
    FILE_BYTES_MAX = 256 * 1024 * 1024,
};

struct vault {
    char directory[PATH_MAX];
    int fd; // of the directory; holds the lock
    bool is_sealed;
    uint8_t key[CRYPTO_KEY_BYTES], salt[SALT_BYTES];
    Vault__Vault *data;
};

static int system_problem(const char *what, const char *where, struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_FAILED, "%s %s: %s.", _(what), where, strerror(errno));
}

// ---------------------------------------------------------------- directory

static int find_directory(const char *given, char ret_directory[PATH_MAX], struct problem *ret_problem) {
    const char *home = getenv("HOME"), *state = getenv("XDG_STATE_HOME");
    if (given == NULL)
        given = getenv("CANDOUR_HOME");
    int len = given != NULL && given[0] != '\0'  ? snprintf(ret_directory, PATH_MAX, "%s", given)
              : state != NULL && state[0] == '/' ? snprintf(ret_directory, PATH_MAX, "%s/candour", state)
              : home != NULL && home[0] != '\0'  ? snprintf(ret_directory, PATH_MAX, "%s/.local/state/candour", home)
                                                 : -1;
    if (len > 0 && len < PATH_MAX)
        return 0;
    return problem_set(ret_problem, EXIT_FAILED,
                       "There is no home folder to keep your answers in. Set CANDOUR_HOME to a folder of your own.");
}

static int make_directories(char *path, struct problem *ret_problem) {
    for (char *slash = path + 1;; slash++) {
        if (*slash != '/' && *slash != '\0')
            continue;
        char end = *slash;
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return system_problem(N_("Cannot make the folder"), path, ret_problem);
        *slash = end;
        if (end == '\0')
            return 0;
    }
}

static int open_directory(struct vault *vault, struct problem *ret_problem) {
    if (make_directories(vault->directory, ret_problem) != 0)
        return -1;
    vault->fd = open(vault->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat about;
    if (vault->fd < 0 || fstat(vault->fd, &about) != 0)
        return system_problem(N_("Cannot open the folder"), vault->directory, ret_problem);
    if (about.st_uid != geteuid() || (about.st_mode & 077) != 0)
        return problem_set(ret_problem, EXIT_FAILED,
                           "The folder %s can be read by others. Make it yours alone: chmod 700 '%s'", vault->directory,
                           vault->directory);
    if (flock(vault->fd, LOCK_EX | LOCK_NB) != 0)
        return problem_set(ret_problem, EXIT_FAILED,
                           "Another candour is at work in %s. Wait until it has ended, or end it.", vault->directory);
    return 0;
}

// ---------------------------------------------------------------- reading

static int damaged(const struct vault *vault, struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_FAILED,
                       "The file vault in %s is damaged. Bring it back from a backup, or move it away, sign in again "
                       "and type your recovery code.",
                       vault->directory);
}

// The whole file, malloc'ed; *ret_bytes is NULL when there is none yet.
static int read_file(const struct vault *vault, uint8_t **ret_bytes, size_t *ret_len, struct problem *ret_problem) {
    int fd = openat(vault->fd, "vault", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        *ret_bytes = NULL;
        return 0;
    }
    struct stat about;
    uint8_t *bytes = NULL;
    size_t done = 0;
    int result = -1;
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        system_problem(N_("Cannot read the vault in"), vault->directory, ret_problem);
        goto out;
    }
    if (about.st_size > FILE_BYTES_MAX || (bytes = malloc((size_t)about.st_size + 1)) == NULL) {
        problem_no_memory(ret_problem);
        goto out;
    }
    while (done < (size_t)about.st_size) {
        ssize_t got = read(fd, bytes + done, (size_t)about.st_size - done);
        if (got <= 0) {
            system_problem(N_("Cannot read the vault in"), vault->directory, ret_problem);
            goto out;
        }
        done += (size_t)got;
    }
    *ret_bytes = bytes;
    *ret_len = done;
    bytes = NULL;
    result = 0;
out:
    free(bytes);
    if (fd >= 0)
        close(fd);
    return result;
}

static int ask_key(struct vault *vault, vault_passphrase ask, void *context, struct problem *ret_problem) {
    char passphrase[VAULT_PASSPHRASE_BYTES];
    int result = -1;
    if (ask == NULL || ask(context, passphrase) != 0)
        problem_set(ret_problem, EXIT_NOT_ALLOWED, "The vault in %s is sealed. Its passphrase is needed.",
                    vault->directory);
    else if (crypto_password_key(passphrase, strlen(passphrase), vault->salt, vault->key) != 0)
        problem_no_memory(ret_problem);
    else
        result = 0;
    crypto_wipe(passphrase, sizeof passphrase);
    return result;
}

// Opens what follows the head of a sealed file, in place.
static int unseal(struct vault *vault, uint8_t *bytes, size_t *len, vault_passphrase ask, void *context,
                  struct problem *ret_problem) {
    if (*len < SEALED_HEAD_BYTES + CRYPTO_WRAP_OVERHEAD)
        return damaged(vault, ret_problem);
    memcpy(vault->salt, bytes + MAGIC_BYTES + 1, SALT_BYTES);
    if (ask_key(vault, ask, context, ret_problem) != 0)
        return -1;
    size_t wrapped_len = *len - SEALED_HEAD_BYTES;
    uint8_t *plain = malloc(wrapped_len);
    if (plain == NULL)
        return problem_no_memory(ret_problem);
    int result = crypto_unwrap(vault->key, (struct crypto_span){bytes, SEALED_HEAD_BYTES}, bytes + SEALED_HEAD_BYTES,
                               wrapped_len, plain);
    if (result == 0) {
        *len = wrapped_len - CRYPTO_WRAP_OVERHEAD;
        memcpy(bytes, plain, *len);
        vault->is_sealed = true;
    } else {
        problem_set(ret_problem, EXIT_NOT_ALLOWED, "This is not the passphrase of the vault in %s.", vault->directory);
    }
    crypto_wipe(plain, wrapped_len);
    free(plain);
    return result;
}

static int load(struct vault *vault, vault_passphrase ask, void *context, struct problem *ret_problem) {
    uint8_t *bytes;
    size_t len = 0;
    if (read_file(vault, &bytes, &len, ret_problem) != 0)
        return -1;
    if (bytes == NULL) {
        vault->data = vault__vault__unpack(NULL, 0, NULL);
        return vault->data != NULL ? 0 : problem_no_memory(ret_problem);
    }
    size_t file_len = len;
    int result = 0;
    const uint8_t *content = bytes;
    if (len <= MAGIC_BYTES || memcmp(bytes, MAGIC, MAGIC_BYTES) != 0)
        result = damaged(vault, ret_problem);
    else if (bytes[MAGIC_BYTES] == 'S')
        result = unseal(vault, bytes, &len, ask, context, ret_problem);
    else if (bytes[MAGIC_BYTES] == 'O') {
        content += MAGIC_BYTES + 1;
        len -= MAGIC_BYTES + 1;
    } else
        result = damaged(vault, ret_problem);
    if (result == 0 && (vault->data = vault__vault__unpack(NULL, len, content)) == NULL)
        result = damaged(vault, ret_problem);
    crypto_wipe(bytes, file_len);
    free(bytes);
    return result;
}

// ---------------------------------------------------------------- writing

int vault_write_all(int fd, const void *bytes, size_t len) {
    const uint8_t *from = bytes;
    while (len > 0) {
        ssize_t put = write(fd, from, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        from += put;
        len -= (size_t)put;
    }
    return 0;
}

// name appears whole or not at all, and is on the disk when this returns 0.
static int write_file(const struct vault *vault, const char *name, const void *bytes, size_t len,
                      struct problem *ret_problem) {
    char temporary[NAME_MAX + 1];
    snprintf(temporary, sizeof temporary, "%s.new", name);
    unlinkat(vault->fd, temporary, 0); // what a crash left
    int fd = openat(vault->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return system_problem(N_("Cannot write in"), vault->directory, ret_problem);
    int failed = vault_write_all(fd, bytes, len) != 0 || fsync(fd) != 0;
    int error = errno;
    close(fd);
    if (!failed && (renameat(vault->fd, temporary, vault->fd, name) != 0 || fsync(vault->fd) != 0)) {
        failed = 1;
        error = errno;
    }
    if (!failed)
        return 0;
    unlinkat(vault->fd, temporary, 0);
    errno = error;
    return system_problem(N_("Nothing was sent, because it cannot be kept first. Cannot write in"), vault->directory,
                          ret_problem);
}

int vault_save(struct vault *vault, struct problem *ret_problem) {
    size_t len = vault__vault__get_packed_size(vault->data);
    size_t size = SEALED_HEAD_BYTES + len + CRYPTO_WRAP_OVERHEAD;
    if (size > FILE_BYTES_MAX) // what could not be read again
        return problem_set(ret_problem, EXIT_FAILED,
                           "Nothing was kept or sent: what the server gave does not fit into the vault in %s. Tell HR.",
                           vault->directory);
    uint8_t *plain = malloc(len + 1), *file = malloc(size);
    int result = -1;
    if (plain == NULL || file == NULL) {
        problem_no_memory(ret_problem);
        goto out;
    }
    vault__vault__pack(vault->data, plain);
    memcpy(file, MAGIC, MAGIC_BYTES);
    file[MAGIC_BYTES] = vault->is_sealed ? 'S' : 'O';
    if (vault->is_sealed) {
        memcpy(file + MAGIC_BYTES + 1, vault->salt, SALT_BYTES);
        crypto_wrap(vault->key, (struct crypto_span){file, SEALED_HEAD_BYTES}, plain, len, file + SEALED_HEAD_BYTES);
    } else {
        memcpy(file + MAGIC_BYTES + 1, plain, len);
        size = MAGIC_BYTES + 1 + len;
    }
    result = write_file(vault, "vault", file, size, ret_problem);
out:
    if (plain != NULL)
        crypto_wipe(plain, len);
    if (file != NULL)
        crypto_wipe(file, size);
    free(plain);
    free(file);
    return result;
}

int vault_write_evidence(struct vault *vault, const char *name, const void *data, size_t len,
                         struct problem *ret_problem) {
    return write_file(vault, name, data, len, ret_problem);
}

int vault_set_passphrase(struct vault *vault, const char *passphrase, struct problem *ret_problem) {
    vault->is_sealed = false;
    if (passphrase != NULL && passphrase[0] != '\0') {
        crypto_random(vault->salt, sizeof vault->salt);
        if (crypto_password_key(passphrase, strlen(passphrase), vault->salt, vault->key) != 0)
            return problem_no_memory(ret_problem);
        vault->is_sealed = true;
    }
    return vault_save(vault, ret_problem);
}

// ---------------------------------------------------------------- opening and ending

static void forbid_core_dumps(void) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

int vault_open(const char *directory, vault_passphrase ask, void *context, struct vault **ret_vault,
               struct problem *ret_problem) {
    struct vault *vault = calloc(1, sizeof *vault);
    if (vault == NULL || crypto_start() != 0) {
        free(vault);
        return problem_no_memory(ret_problem);
    }
    vault->fd = -1;
    forbid_core_dumps();
    crypto_lock(vault->key, sizeof vault->key);
    if (find_directory(directory, vault->directory, ret_problem) != 0 || open_directory(vault, ret_problem) != 0 ||
        load(vault, ask, context, ret_problem) != 0) {
        vault_close(vault);
        return -1;
    }
    *ret_vault = vault;
    return 0;
}

void vault_close(struct vault *vault) {
    if (vault == NULL)
        return;
    VAULT_FORGET(vault->data);
    if (vault->fd >= 0) {
        flock(vault->fd, LOCK_UN); // also when a child process still has the descriptor
        close(vault->fd);
    }
    crypto_wipe(vault, sizeof *vault);
    free(vault);
}

// Zeroes first: it costs nothing, and helps where the file system writes in place.
static int destroy_file(const struct vault *vault, const char *name, struct problem *ret_problem) {
    int fd = openat(vault->fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat about;
    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
        static const uint8_t zeroes[4096];
        for (off_t left = about.st_size; left > 0; left -= (off_t)sizeof zeroes)
            if (vault_write_all(fd, zeroes, left < (off_t)sizeof zeroes ? (size_t)left : sizeof zeroes) != 0)
                break;
        fsync(fd);
    }
    if (fd >= 0)
        close(fd);
    if (unlinkat(vault->fd, name, 0) != 0 && errno != ENOENT)
        return system_problem(N_("Cannot remove a file in"), vault->directory, ret_problem);
    return 0;
}

static bool is_ours(const char *name) {
    return strcmp(name, "vault") == 0 || strcmp(name, "vault.new") == 0 || strncmp(name, "evidence-", 9) == 0;
}

int vault_wipe(struct vault *vault, struct problem *ret_problem) {
    Vault__Vault *empty = vault__vault__unpack(NULL, 0, NULL);
    if (empty == NULL)
        return problem_no_memory(ret_problem);
    VAULT_FORGET(vault->data);
    vault->data = empty;
    vault->is_sealed = false;
    crypto_wipe(vault->key, sizeof vault->key);
    int listed = dup(vault->fd);
    DIR *list = listed >= 0 ? fdopendir(listed) : NULL;
    if (list == NULL)
        return system_problem(N_("Cannot read the folder"), vault->directory, ret_problem);
    rewinddir(list);
    int result = 0;
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list))
        if (is_ours(entry->d_name) && destroy_file(vault, entry->d_name, ret_problem) != 0)
            result = -1;
    closedir(list);
    fsync(vault->fd);
    return result;
}

Vault__Vault *vault_data(struct vault *vault) {
    return vault->data;
}

const char *vault_directory(const struct vault *vault) {
    return vault->directory;
}

bool vault_is_sealed(const struct vault *vault) {
    return vault->is_sealed;
}
