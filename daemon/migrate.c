#include "migrate.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "core/db_sync.h"
#include "crypto.h"

// A migration that waits behind a long transaction makes everybody wait behind it: it rather tries again.
static const char session[] = "SET ROLE candour_owner; SET lock_timeout = '500ms'";
enum { TRIES = 120, PAUSE_US = 500 * 1000, HEX_BYTES = 65 };

static void checksum(const struct sql_migration *m, char ret_hex[HEX_BYTES]) {
    const struct crypto_span text = {m->text, strlen(m->text)};
    uint8_t hash[CRYPTO_HASH_BYTES];
    crypto_sha256(&text, 1, hash);
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(ret_hex + 2 * i, 3, "%02x", hash[i]);
}

static const struct sql_migration *find(const char *side, const char *name, size_t len) {
    for (size_t i = 0; i < sql_migrations_count; i++) {
        const struct sql_migration *m = &sql_migrations[i];
        if (strcmp(m->side, side) == 0 && strlen(m->name) == len && memcmp(m->name, name, len) == 0)
            return m;
    }
    return NULL;
}

// The record: lines of "name checksum". NULL: nothing was ever recorded, or a failure, with db_sync_error.
static char *read_record(struct db_sync *db, const char *side) {
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT to_regclass('%s.migration') IS NOT NULL", side);
    char *is_there = db_sync_value(db, sql);
    char *record = NULL;
    if (is_there && strcmp(is_there, "t") == 0) {
        snprintf(sql, sizeof sql,
                 "SELECT string_agg(name || ' ' || encode(sha256, 'hex'), chr(10) ORDER BY name) FROM %s.migration",
                 side);
        record = db_sync_value(db, sql);
    }
    free(is_there);
    return record;
}

// 0, or -1 with a sentence: the record holds what this program does not know, or knows otherwise.
static int judge(const char *side, const char *record, char *ret_sentence, size_t sentence_size) {
    char hex[HEX_BYTES];
    for (const char *line = record; line && *line;
         line += line[strcspn(line, "\n")] ? strcspn(line, "\n") + 1 : strlen(line)) {
        size_t len = strcspn(line, " ");
        const struct sql_migration *m = find(side, line, len);
        if (!m) {
            snprintf(
                ret_sentence, sentence_size,
                "The %s database is newer than this program: it has the migration %.*s. Install the newer program.",
                side, (int)len, line);
            return -1;
        }
        checksum(m, hex);
        if (strncmp(line + len + 1, hex, HEX_BYTES - 1) != 0) {
            snprintf(
                ret_sentence, sentence_size,
                "The migration %s of the %s database was applied with another text. Install the program that fits.",
                m->name, side);
            return -1;
        }
    }
    return 0;
}

static bool is_recorded(const char *record, const char *name) {
    size_t len = strlen(name);
    for (const char *line = record; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, name, len) == 0 && line[len] == ' ')
            return true;
    return false;
}

int migrate_pending(struct db_sync *db, const char *side, char *ret_sentence, size_t sentence_size) {
    char *record = read_record(db, side);
    int pending = 0;
    if (db_sync_error(db)[0]) {
        snprintf(ret_sentence, sentence_size, "The record of migrations cannot be read: %s", db_sync_error(db));
        pending = -1;
    } else if (judge(side, record, ret_sentence, sentence_size) != 0) {
        pending = -1;
    }
    for (size_t i = 0; i < sql_migrations_count && pending >= 0; i++)
        if (strcmp(sql_migrations[i].side, side) == 0 && !is_recorded(record, sql_migrations[i].name))
            pending++;
    free(record);
    return pending;
}

// Again while another transaction holds a lock. 0, or -1 with db_sync_error.
static int insist(struct db_sync *db, const char *sql) {
    for (int i = 0; i < TRIES; i++) {
        if (db_sync_script(db, sql) == DB_COMMITTED)
            return 0;
        if (!strstr(db_sync_error(db), "55P03") && !strstr(db_sync_error(db), "40P01"))
            break;
        if (i == 0)
            printf("Waiting for other transactions to end.\n");
        fflush(stdout);
        usleep(PAUSE_US);
    }
    return -1;
}

static int apply(struct db_sync *db, const struct sql_migration *m) {
    char hex[HEX_BYTES], *sql = NULL;
    checksum(m, hex);
    assert(strspn(m->name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(m->name)); // it goes into SQL as it is
    if (asprintf(&sql, "%s\n;INSERT INTO %s.migration (name, sha256) VALUES ('%s', '\\x%s')", m->text, m->side, m->name,
                 hex) < 0)
        return -1;
    int rc = insist(db, sql);
    free(sql);
    if (rc != 0)
        fprintf(stderr, "The migration %s of the %s database failed, and nothing of it is left: %s\n", m->name, m->side,
                db_sync_error(db));
    else
        printf("%s: applied %s.\n", m->side, m->name);
    return rc;
}

// Under the lock. 0 or -1, having said so.
static int apply_pending(struct db_sync *db, const char *side) {
    char sql[256], sentence[512] = "";
    int rc = -1, pending;
    snprintf(sql, sizeof sql,
             "CREATE SCHEMA IF NOT EXISTS %s;"
             "CREATE TABLE IF NOT EXISTS %s.migration (name text PRIMARY KEY, sha256 bytea NOT NULL)",
             side, side);
    if (insist(db, sql) != 0) {
        fprintf(stderr, "The %s database cannot be prepared: %s. It must belong to candour_owner.\n", side,
                db_sync_error(db));
        return -1;
    }
    pending = migrate_pending(db, side, sentence, sizeof sentence);
    if (pending < 0) {
        fprintf(stderr, "%s\n", sentence);
        return -1;
    }
    char *record = read_record(db, side);
    for (size_t i = 0; i < sql_migrations_count; i++) {
        const struct sql_migration *m = &sql_migrations[i];
        if (strcmp(m->side, side) == 0 && !is_recorded(record, m->name) && apply(db, m) != 0)
            goto out;
    }
    if (pending == 0)
        printf("%s: nothing to do.\n", side);
    rc = 0;
out:
    free(record);
    return rc;
}

static int migrate_side(const char *conninfo, const char *side) {
    char sql[128], sentence[512] = "";
    struct db_sync *db = db_sync_open(conninfo, NULL, sentence, sizeof sentence);
    int rc = -1;
    if (!db) {
        fprintf(stderr, "The %s database cannot be reached: %s\n", side, sentence);
        return -1;
    }
    // The lock is the session's: it outlives each migration's transaction and ends with the connection.
    snprintf(sql, sizeof sql, "SELECT pg_advisory_lock(hashtextextended('candour migrate %s', 0))", side);
    if (insist(db, session) != 0)
        fprintf(stderr, "The %s database does not let this role act as candour_owner: %s\n", side, db_sync_error(db));
    else if (insist(db, sql) != 0)
        fprintf(stderr, "Another migration of the %s database is running: %s\n", side, db_sync_error(db));
    else
        rc = apply_pending(db, side);
    db_sync_close(db);
    return rc;
}

int migrate_run(const struct config *config) {
    char sentence[512];
    if (config_complete(config, "migrate", sentence, sizeof sentence) != 0) {
        fprintf(stderr, "%s\n", sentence);
        return 1;
    }
    return migrate_side(config->migrate_desk_database, "desk") == 0 &&
                   migrate_side(config->migrate_ballot_database, "ballot") == 0
               ? 0
               : 1;
}
