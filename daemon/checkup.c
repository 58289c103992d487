#include "checkup.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>

#include "config.h"
#include "core/db_sync.h"
#include "core/tls.h"
#include "crypto.h"
#include "keys.h"
#include "manifest.h"
#include "migrate.h"
#include "postman/smtp.h"

enum { EXPIRY_WARNING_S = 14 * 86400, CLOCK_APART_MAX_S = 5, FREE_MIB_MIN = 1024, FREE_PERCENT_MIN = 5 };

struct checkup {
    const char *about; // what the next lines are about
    unsigned wrong;
};

PRINTF(3, 4) static void say(struct checkup *c, bool is_right, const char *format, ...) {
    va_list args;
    printf("%-6s %s: ", is_right ? "ok" : "WRONG", c->about);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    c->wrong += !is_right;
}

// ---------------------------------------------------------------- this machine
static void check_disk(struct checkup *c, const char *folder) {
    struct statvfs about;
    if (!folder[0])
        return;
    if (statvfs(folder, &about) != 0) {
        say(c, true, "%s is not on this machine. Watch the room on the database's own", folder);
        return;
    }
    unsigned long long free_mib = (unsigned long long)about.f_bavail * about.f_frsize >> 20;
    unsigned long long all_mib = (unsigned long long)about.f_blocks * about.f_frsize >> 20;
    bool is_right = free_mib >= FREE_MIB_MIN && free_mib * 100 >= all_mib * FREE_PERCENT_MIN;
    say(c, is_right, "%llu MiB are free in %s%s", free_mib, folder,
        is_right ? "" : ". Make room: when it is full, no answer can be stored.");
}

// Rounds open and close, and authenticator codes count, by this clock.
static void check_time_server(struct checkup *c) {
    struct timex about = {.modes = 0};
    bool is_kept = adjtimex(&about) >= 0 && !(about.status & STA_UNSYNC);
    say(c, true,
        is_kept ? "a time server keeps it right" : "the system does not say that a time server keeps it right");
}

// ---------------------------------------------------------------- files
static void check_door(struct checkup *c, const struct config_door *door, const char *alpn) {
    char sentence[512] = "";
    uint8_t kek[CRYPTO_KEY_BYTES];
    int64_t expires = 0, days;
    struct tls_context *context = tls_context_new(door->certificate, door->key, alpn, sentence, sizeof sentence);
    if (!context) {
        say(c, false, "%s", sentence);
    } else if (tls_certificate_expires(door->certificate, &expires) != 0) {
        say(c, false, "the certificate's end cannot be read. Make a new one.");
    } else {
        days = (expires - time(NULL)) / 86400;
        if (expires - time(NULL) < EXPIRY_WARNING_S)
            say(c, false, "the certificate %s. Renew it, then reload candourd.",
                days < 0 ? "has expired" : "expires within 14 days");
        else
            say(c, true, "the certificate fits its key and is valid for %lld days", (long long)days);
    }
    tls_context_free(context);
    if (keys_read(door->kek_file, kek, sentence, sizeof sentence) != 0)
        say(c, false, "%s", sentence);
    else
        say(c, true, "the key file is there and closed to others");
    crypto_wipe(kek, sizeof kek);
}

// Clients of a round with pins refuse every other key of the ballot box.
static void check_pins(struct checkup *c, const struct config *config) {
    enum { ONE = 1 };
    char sentence[1200];
    uint8_t pins[MANIFEST_PINS_MAX][32], used[ONE][32];
    int count = tls_pins(config->clerk_pins, MANIFEST_PINS_MAX, pins, sentence, sizeof sentence);
    if (count < 0)
        say(c, false, "%s", sentence);
    if (count <= 0 || tls_pins(config->ballot.certificate, ONE, used, sentence, sizeof sentence) != ONE)
        return;
    bool is_pinned = false;
    for (int i = 0; i < count; i++)
        is_pinned |= memcmp(pins[i], used[0], sizeof pins[i]) == 0;
    say(c, is_pinned,
        is_pinned ? "the certificate's key is among the pins of new rounds"
                  : "the certificate's key is not among the pins in [clerk]. Clients of pinned rounds refuse it: use a "
                    "certificate of a pinned key.");
    if (count == ONE)
        say(c, true,
            "there is one pin only. A spare key beside it lets you change the certificate's key during a round");
}

// ---------------------------------------------------------------- databases
struct database {
    const char *about, *conninfo, *role, *queries, *side, *forbidden; // forbidden: the schema behind the wall
    bool is_lane, functions_only;
};

// good when the answer is must; else advice and the answer.
static void ask(struct checkup *c, struct db_sync *db, const char *sql, const char *must, const char *good,
                const char *advice) {
    char *answer = db_sync_value(db, sql);
    const char *text = answer ? answer : "";
    if (db_sync_error(db)[0])
        say(c, false, "the database did not answer: %s", db_sync_error(db));
    else if (strcmp(text, must) == 0)
        say(c, true, "%s", good);
    else
        say(c, false, "%s (found: %s)", advice, *text ? text : "nothing");
    free(answer);
}

// Parameters and times in PostgreSQL's own log and statistics could tell what was answered, and when.
static const struct {
    const char *name, *must;
    bool ballot_only;
    const char *instead; // of must, which is the only thing that is wrong
} settings[] = {
    {"log_statement", "none", false, NULL},
    {"log_min_duration_statement", "-1", false, NULL},
    {"log_min_duration_sample", "-1", false, NULL},
    {"log_transaction_sample_rate", "0", false, NULL},
    {"log_duration", "off", false, NULL},
    {"log_lock_waits", "off", false, NULL},
    {"log_temp_files", "-1", false, NULL},
    {"log_statement_stats", "off", false, NULL},
    {"log_parser_stats", "off", false, NULL},
    {"log_planner_stats", "off", false, NULL},
    {"log_executor_stats", "off", false, NULL},
    {"debug_print_parse", "off", false, NULL},
    {"debug_print_rewritten", "off", false, NULL},
    {"debug_print_plan", "off", false, NULL}, // with the parameters in it
    {"log_min_messages", "warning", false, NULL},
    {"log_min_error_statement", "panic", false, NULL},
    {"log_error_verbosity", "terse", false, NULL},
    {"log_parameter_max_length", "0", false, NULL},
    {"log_parameter_max_length_on_error", "0", false, NULL},
    {"log_connections", "off", true, NULL},
    {"log_disconnections", "off", true, NULL},
    {"track_commit_timestamp", "off", false, NULL},
    {"archive_timeout", "0", false, "1h"}, // what was written long ago stays in the write-ahead log
    {"data_checksums", "on", false, NULL},
    {"fsync", "on", false, NULL},
    {"full_page_writes", "on", false, NULL},
    {"synchronous_commit", "off", false, "on"},
    {"synchronous_commit", "local", false, "on"},        // a standby may not have it
    {"synchronous_commit", "remote_write", false, "on"}, // nor have it on disk
};

static void check_settings(struct checkup *c, struct db_sync *db, bool is_ballot) {
    unsigned before = c->wrong;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        char sql[128];
        if (settings[i].ballot_only && !is_ballot)
            continue;
        snprintf(sql, sizeof sql, "SELECT setting FROM pg_settings WHERE name = '%s'", settings[i].name);
        char *is = db_sync_value(db, sql);
        bool is_must = is && strcmp(is, settings[i].must) == 0;
        if (!is)
            say(c, false, "%s cannot be read", settings[i].name);
        else if (settings[i].instead && is_must)
            say(c, false, "%s is %s. Set it to %s in postgresql.conf and reload.", settings[i].name, is,
                settings[i].instead);
        else if (strcmp(settings[i].name, "data_checksums") == 0 && !is_must)
            say(c, false, "%s is %s. Stop PostgreSQL and run pg_checksums --enable.", settings[i].name, is);
        else if (!settings[i].instead && !is_must)
            say(c, false, "%s is %s. Set it to %s in postgresql.conf, for this role and database too, and restart.",
                settings[i].name, is, settings[i].must);
        free(is);
    }
    if (c->wrong == before)
        say(c, true, "PostgreSQL keeps what was committed and logs nothing about it");
    ask(c, db,
        "SELECT string_agg(DISTINCT split_part(name, '.', 1), ', ') FROM pg_settings WHERE split_part(name, '.', 1) IN "
        "('pg_stat_statements', 'pg_stat_monitor', 'pg_qualstats', 'pg_show_plans', 'pg_store_plans', 'auto_explain', "
        "'pgaudit')",
        "", "no module collects statements",
        "A module collects statements. Take it out of shared_preload_libraries and restart.");
}

static void check_clock(struct checkup *c, struct db_sync *db) {
    char *now = db_sync_value(db, "SELECT floor(extract(epoch FROM clock_timestamp()))::bigint");
    long long apart = now ? llabs(strtoll(now, NULL, 10) - (long long)time(NULL)) : 0;
    if (now && apart <= CLOCK_APART_MAX_S)
        say(c, true, "the clock agrees");
    else if (now)
        say(c, false, "the clock is %lld s apart. Let both machines follow the same time servers.", apart);
    free(now);
}

// As the role itself: what it may touch counts, by whatever way it got the right.
static void check_rights(struct checkup *c, struct db_sync *db, const struct database *d) {
    char sql[1024];
    ask(c, db,
        "SELECT concat_ws(', ', CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcreaterole THEN 'createrole' END,"
        " CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolreplication THEN 'replication' END,"
        " CASE WHEN rolbypassrls THEN 'bypassrls' END,"
        " (SELECT string_agg('member of ' || g.rolname, ', ') FROM pg_auth_members m JOIN pg_roles g ON g.oid = "
        "m.roleid"
        "  WHERE m.member = r.oid),"
        " (SELECT string_agg('owner of ' || relname, ', ') FROM pg_class WHERE relowner = r.oid))"
        " FROM pg_roles r WHERE rolname = current_user",
        "", "the role has no rights but those that were granted one by one",
        "The role has more rights than it needs. Take them away as sql/roles.sql has it.");
    snprintf(sql, sizeof sql,
             "SELECT string_agg(what, ', ') FROM ("
             "SELECT 'schema ' || nspname AS what FROM pg_namespace"
             " WHERE nspname = '%s' AND has_schema_privilege(oid, 'USAGE, CREATE')"
             " UNION ALL SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
             " WHERE nspname IN ('%s', '%s') AND relkind IN ('r', 'p', 'v', 'm', 'f')"
             " AND (has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
             " OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))) t",
             d->forbidden, d->forbidden, d->functions_only ? d->side : d->forbidden);
    ask(c, db, sql, "", "the other side's schema is closed to the role",
        "The role reaches what it must not. Revoke it.");
}

static void check_database(struct checkup *c, const struct database *d) {
    char sentence[512] = "";
    c->about = d->about;
    if (d->is_lane && db_needs_lookup(d->conninfo))
        say(c, false, "the database's host is a name. Use hostaddr=, or a folder for a socket.");
    struct db_sync *db = db_sync_open(d->conninfo, NULL, sentence, sizeof sentence);
    if (!db) {
        say(c, false, "the database cannot be reached: %s", sentence);
        return;
    }
    ask(c, db, "SELECT current_user", d->role, "connects with its role",
        "The connection string has another role than this part needs. Change user=.");
    if (!d->forbidden) {
        int pending = migrate_pending(db, d->side, sentence, sizeof sentence);
        if (pending < 0)
            say(c, false, "%s", sentence);
        else if (pending > 0)
            say(c, false, "%d migration%s missing. Run: candourd migrate", pending, pending == 1 ? " is" : "s are");
        else
            say(c, true, "every migration is applied");
        db_sync_close(db);
        return;
    }
    check_rights(c, db, d);
    if (d->is_lane) {
        check_settings(c, db, d->functions_only);
        check_clock(c, db);
    }
    db_sync_close(db);
    db = db_sync_open(d->conninfo, d->queries, sentence, sizeof sentence);
    if (db)
        say(c, true, "every statement can be prepared");
    else
        say(c, false, "a statement cannot be prepared: %s. Run: candourd migrate", sentence);
    db_sync_close(db);
}

// ---------------------------------------------------------------- mail
static void check_mail(struct checkup *c, const struct config_mail *mail) {
    char sentence[512];
    if (!mail->server[0]) {
        say(c, true, "no server is set: people get letters, and no mail is sent");
        return;
    }
    struct smtp *smtp = smtp_open(mail, sentence, sizeof sentence);
    if (!smtp)
        say(c, false, "%s", sentence);
    else if (smtp_check(smtp, sentence, sizeof sentence) != 0)
        say(c, false, "the mail server does not take us: %s. Look at the keys of [mail].", sentence);
    else
        say(c, true, "the mail server answers and takes us");
    smtp_close(smtp);
}

int checkup_run(const struct config *config) {
    static const char *const sections[] = {"desk", "ballot", "clerk", "daemon", "migrate"};
    const struct database databases[] = {
        {"desk changes", config->migrate_desk_database, "candour_owner", NULL, "desk", NULL, false, false},
        {"ballot changes", config->migrate_ballot_database, "candour_owner", NULL, "ballot", NULL, false, false},
        {"desk", config->desk.database, "candour_desk", "desk", "desk", "ballot", true, false},
        {"ballot box", config->ballot.database, "candour_ballot", "ballot", "ballot", "desk", true, true},
        {"clerk at the desk", config->clerk_desk_database, "candour_clerk_desk", "clerk_desk", "desk", "ballot", false,
         false},
        {"clerk at the ballot box", config->clerk_ballot_database, "candour_clerk_ballot", "clerk_ballot", "ballot",
         "desk", false, true},
        {"mail", config->mail.server[0] ? config->mail.database : NULL, "candour_mail", "mail", "desk", "ballot", false,
         true},
    };
    struct checkup c = {.about = "configuration"};
    char sentence[512];
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        if (config_complete(config, sections[i], sentence, sizeof sentence) != 0)
            say(&c, false, "%s", sentence);
    if (c.wrong == 0)
        say(&c, true, "read and complete");
    c.about = "desk";
    check_door(&c, &config->desk, "candour-desk/1");
    c.about = "ballot box";
    check_door(&c, &config->ballot, "candour-ballot/1");
    check_pins(&c, config);
    for (size_t i = 0; i < ARRAY_LEN(databases); i++)
        if (databases[i].conninfo)
            check_database(&c, &databases[i]);
    c.about = "disk";
    check_disk(&c, config->data_folder);
    c.about = "clock";
    check_time_server(&c);
    c.about = "mail";
    check_mail(&c, &config->mail);
    if (c.wrong > 0)
        printf("%u wrong. Put them right, then run candourd check again.\n", c.wrong);
    else
        printf("All is well.\n");
    return c.wrong > 0;
}
