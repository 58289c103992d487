#include "admin.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "config.h"
#include "core/db_sync.h"
#include "crypto.h"
#include "keys.h"

enum {
    PASSWORD_POINTS_MIN = 12,
    PASSWORD_BYTES_MAX = 1024,
    NAME_BYTES_MAX = 200,
    BASE32_BYTES = CRYPTO_TOTP_SECRET_BYTES * 8 / 5 + 1,
    PATH_BYTES_MAX = 4096,
};

static const char usage[] = "usage: candourd admin add EMAIL --name NAME [--password-file FILE] [--totp-file FILE]\n";

struct addition {
    const char *email, *name, *password_file, *totp_file;
    char password[PASSWORD_BYTES_MAX + 2]; // line feed and NUL
    size_t password_len;
    uint8_t person[16], totp[CRYPTO_TOTP_SECRET_BYTES];
    char secret[BASE32_BYTES]; // totp, as authenticator apps take it
};

// ---------------------------------------------------------------- keys
int keys_command(const struct config *config) {
    const char *const paths[] = {config->desk.kek_file, config->ballot.kek_file};
    char sentence[1024];
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        int rc = -1;
        if (!paths[i][0])
            snprintf(sentence, sizeof sentence, "Set kek_file in section [%s] of the configuration.",
                     i == 0 ? "desk" : "ballot");
        else
            rc = keys_make(paths[i], sentence, sizeof sentence);
        if (rc < 0) {
            fprintf(stderr, "%s\n", sentence);
            return 1;
        }
        printf(rc > 0 ? "Made %s. Keep a copy of it apart from the database's backups.\n" : "%s is there already.\n",
               paths[i]);
    }
    return 0;
}

// ---------------------------------------------------------------- password
// One line without its end. 0, or -1.
static int read_line(FILE *in, char ret_line[PASSWORD_BYTES_MAX + 2], size_t *ret_len) {
    if (!fgets(ret_line, PASSWORD_BYTES_MAX + 2, in))
        return -1;
    *ret_len = strcspn(ret_line, "\r\n");
    ret_line[*ret_len] = '\0';
    return 0;
}

// From the terminal, without echo.
static int ask_line(FILE *terminal, const char *question, char ret_line[PASSWORD_BYTES_MAX + 2], size_t *ret_len) {
    struct termios before, silent;
    if (tcgetattr(fileno(terminal), &before) != 0)
        return -1;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fprintf(stderr, "%s", question);
    tcsetattr(fileno(terminal), TCSAFLUSH, &silent);
    int rc = read_line(terminal, ret_line, ret_len);
    tcsetattr(fileno(terminal), TCSAFLUSH, &before);
    fprintf(stderr, "\n");
    return rc;
}

static int ask_password(struct addition *a) {
    char again[PASSWORD_BYTES_MAX + 2] = "";
    size_t again_len = 0;
    FILE *terminal = fopen("/dev/tty", "r");
    int rc = -1;
    if (!terminal) {
        fprintf(stderr, "There is no terminal to ask for the password. Give --password-file.\n");
        return -1;
    }
    setvbuf(terminal, NULL, _IONBF, 0); // no copy of the password in a buffer
    if (ask_line(terminal, "Password: ", a->password, &a->password_len) != 0 ||
        ask_line(terminal, "The same again: ", again, &again_len) != 0)
        fprintf(stderr, "No password was given.\n");
    else if (a->password_len != again_len || !crypto_equal(a->password, again, again_len))
        fprintf(stderr, "The two passwords differ. Try again.\n");
    else
        rc = 0;
    crypto_wipe(again, sizeof again);
    fclose(terminal);
    return rc;
}

static int read_password(struct addition *a) {
    FILE *in = fopen(a->password_file, "re");
    int rc = -1;
    if (in)
        setvbuf(in, NULL, _IONBF, 0);
    if (!in || read_line(in, a->password, &a->password_len) != 0)
        fprintf(stderr, "The password file %s cannot be read: %s.\n", a->password_file,
                in ? "its first line is empty" : strerror(errno));
    else
        rc = 0;
    if (in)
        fclose(in);
    return rc;
}

static int take_password(struct addition *a) {
    if ((a->password_file ? read_password(a) : ask_password(a)) != 0)
        return -1;
    if (check_text(a->password, a->password_len) && a->password_len <= PASSWORD_BYTES_MAX &&
        check_code_points(a->password, a->password_len) >= PASSWORD_POINTS_MIN)
        return 0;
    fprintf(stderr, "The password must have at least %d characters and at most %d bytes. Choose another.\n",
            PASSWORD_POINTS_MIN, PASSWORD_BYTES_MAX);
    return -1;
}

// ---------------------------------------------------------------- second step
// RFC 4648 section 6; 20 bytes need no padding.
static void write_base32(const uint8_t bytes[CRYPTO_TOTP_SECRET_BYTES], char ret_text[BASE32_BYTES]) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (size_t i = 0; i < BASE32_BYTES - 1; i++) {
        size_t bit = i * 5, byte = bit / 8;
        unsigned pair = (unsigned)bytes[byte] << 8 | (byte + 1 < CRYPTO_TOTP_SECRET_BYTES ? bytes[byte + 1] : 0);
        ret_text[i] = digits[pair >> (11 - bit % 8) & 31];
    }
    ret_text[BASE32_BYTES - 1] = '\0';
}

// Writes the secret beside the file; it is put in its place when the database has it too. 0 or -1.
static int write_totp(const struct addition *a, char ret_path[PATH_BYTES_MAX]) {
    char line[BASE32_BYTES + 1];
    if (snprintf(ret_path, PATH_BYTES_MAX, "%s.new", a->totp_file) >= PATH_BYTES_MAX) {
        fprintf(stderr, "The name of the TOTP file is too long.\n");
        return -1;
    }
    unlink(ret_path);
    int len = snprintf(line, sizeof line, "%s\n", a->secret);
    int fd = open(ret_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_written = fd >= 0 && write(fd, line, (size_t)len) == len && fsync(fd) == 0;
    if (!is_written)
        fprintf(stderr, "The TOTP file %s cannot be written: %s.\n", ret_path, strerror(errno));
    if (fd >= 0)
        close(fd);
    crypto_wipe(line, sizeof line);
    return is_written ? 0 : -1;
}

static void show_totp(const struct addition *a) {
    printf("otpauth://totp/Candour:");
    for (const char *c = a->email; *c; c++)
        printf(strchr("@.-_", *c) || (*c >= '0' && *c <= '9') || ((*c | 32) >= 'a' && (*c | 32) <= 'z') ? "%c"
                                                                                                        : "%%%02X",
               (unsigned char)*c);
    printf("?secret=%s&issuer=Candour\n", a->secret);
}

// ---------------------------------------------------------------- database
// The id of the person with this address, or a new random one. 0 or -1.
static int find_person(struct db_sync *db, struct arena *arena, struct addition *a) {
    struct db_segment *s = db_segment_new(arena);
    if (!s)
        return -1;
    db_add(s, QUERY_OWNER_PERSON);
    db_text(s, a->email, strlen(a->email));
    if (db_sync_run(db, s) != DB_COMMITTED)
        return -1;
    if (db_rows(db_result(s, 0)) > 0) {
        memcpy(a->person, db_get_uuid(db_result(s, 0), 0, 0), sizeof a->person);
        return 0;
    }
    crypto_random(a->person, sizeof a->person);
    a->person[6] = (uint8_t)((a->person[6] & 0x0f) | 0x40); // RFC 9562, version 4
    a->person[8] = (uint8_t)((a->person[8] & 0x3f) | 0x80);
    return 0;
}

// 0 or -1; kek is the desk's.
static int store(struct db_sync *db, struct arena *arena, const struct addition *a, const uint8_t kek[32]) {
    char hash[CRYPTO_PASSWORD_BYTES];
    uint8_t wrapped[CRYPTO_TOTP_SECRET_BYTES + CRYPTO_WRAP_OVERHEAD];
    struct db_segment *s = db_segment_new(arena);
    if (!s || crypto_password_hash(a->password, a->password_len, hash) != 0)
        return -1;
    keys_wrap(kek, "totp", a->person, a->totp, sizeof a->totp, wrapped);
    db_add(s, QUERY_OWNER_ADD_ADMINISTRATOR);
    db_uuid(s, a->person);
    db_text(s, a->email, strlen(a->email));
    db_text(s, a->name, strlen(a->name));
    db_bytes(s, hash, strlen(hash));
    db_bytes(s, wrapped, sizeof wrapped);
    db_time(s, clock_now());
    return db_sync_run(db, s) == DB_COMMITTED && db_rows(db_result(s, 0)) == 1 ? 0 : -1;
}

static int store_in(const char *conninfo, struct addition *a, const uint8_t kek[32]) {
    static uint8_t memory[16384];
    char sentence[512] = "";
    struct arena arena;
    struct db_sync *db = db_sync_open(conninfo, "owner", sentence, sizeof sentence);
    if (!db) {
        fprintf(stderr, "The desk database is not ready: %s. Run candourd migrate first.\n", sentence);
        return -1;
    }
    arena_start(&arena, memory, sizeof memory);
    int rc = find_person(db, &arena, a) == 0 && store(db, &arena, a, kek) == 0 ? 0 : -1;
    if (rc != 0)
        fprintf(stderr, "The administrator could not be stored%s%s. Try again.\n", *db_sync_error(db) ? ": " : "",
                db_sync_error(db));
    arena_reset(&arena);
    db_sync_close(db);
    return rc;
}

// ---------------------------------------------------------------- command
// 0, or -1 with the usage.
static int read_arguments(int argc, char **argv, struct addition *ret_addition) {
    static const struct option long_options[] = {
        {"name", required_argument, NULL, 'n'},
        {"password-file", required_argument, NULL, 'p'},
        {"totp-file", required_argument, NULL, 't'},
        {0, 0, 0, 0},
    };
    int c = 0;
    bool is_usage = argc < 2 || strcmp(argv[0], "add") != 0;
    optind = 0; // getopt starts anew, behind argv[0]
    while (!is_usage && (c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'n')
            ret_addition->name = optarg;
        else if (c == 'p')
            ret_addition->password_file = optarg;
        else if (c == 't')
            ret_addition->totp_file = optarg;
        else
            is_usage = true;
    }
    if (is_usage || optind != argc - 1 || !ret_addition->name) {
        fprintf(stderr, "%s", usage);
        return -1;
    }
    ret_addition->email = argv[optind];
    return 0;
}

static int judge(const struct addition *a) {
    size_t name_len = strlen(a->name);
    if (!check_email(a->email, strlen(a->email)))
        fprintf(stderr, "%s is not an e-mail address.\n", a->email);
    else if (name_len == 0 || name_len > NAME_BYTES_MAX || !check_name(a->name, name_len))
        fprintf(stderr, "The name must be words of 1 to %d bytes in all, with single spaces between.\n",
                NAME_BYTES_MAX);
    else if (!a->totp_file && !isatty(STDOUT_FILENO))
        fprintf(stderr, "Give --totp-file, or run this on a terminal: the second step's secret is shown only once.\n");
    else
        return 0;
    return -1;
}

static int add(const struct config *config, struct addition *a) {
    char sentence[512], path[PATH_BYTES_MAX] = "";
    uint8_t kek[CRYPTO_KEY_BYTES];
    int rc = -1;
    if (keys_read(config->desk.kek_file, kek, sentence, sizeof sentence) != 0) {
        fprintf(stderr, "%s\n", sentence);
        return -1;
    }
    crypto_random(a->totp, sizeof a->totp);
    write_base32(a->totp, a->secret);
    if (take_password(a) != 0 || (a->totp_file && write_totp(a, path) != 0))
        goto out;
    if (store_in(config->migrate_desk_database, a, kek) != 0)
        goto out;
    if (a->totp_file && rename(path, a->totp_file) != 0) {
        fprintf(stderr, "%s could not be renamed to %s: %s. The secret is in the first.\n", path, a->totp_file,
                strerror(errno));
        path[0] = '\0'; // it is the only copy
        goto out;
    }
    printf("%s is an administrator.%s\n", a->email,
           a->totp_file ? "" : " Add this to an authenticator app; it is not shown again:");
    if (isatty(STDOUT_FILENO))
        show_totp(a);
    rc = 0;
out:
    if (rc != 0 && path[0])
        unlink(path);
    crypto_wipe(kek, sizeof kek);
    return rc;
}

int admin_command(const struct config *config, int argc, char **argv) {
    struct addition a = {0};
    if (read_arguments(argc, argv, &a) != 0)
        return 2;
    int rc = judge(&a) == 0 && add(config, &a) == 0 ? 0 : 1;
    crypto_wipe(&a, sizeof a);
    return rc;
}
