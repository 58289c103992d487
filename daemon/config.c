#include "config.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"

enum type {
    TYPE_TEXT,
    TYPE_LONG,    // text that may go on in indented lines
    TYPE_ADDRESS, // host:port
    TYPE_NUMBER,
    TYPE_YES,    // yes or no
    TYPE_CHOICE, // one of the words in unit, numbered from 0
};

// need: 'r' the section's part cannot run without it and it has no default, only an example; 'e' it can, and the value
// is an example, too; ' ' it can, and the value is the default.
struct key {
    const char *section, *name;
    enum type type;
    char need;
    size_t offset, size;
    const char *preset; // the default or example, as it would stand in the file
    uint32_t min, max;
    const char *unit, *help;
};

#define OWN(field) offsetof(struct config, field), sizeof((struct config *)0)->field
#define TEXT(section, name, need, field, preset, unit, help)                                                           \
    { section, name, TYPE_TEXT, need, OWN(field), preset, 0, 0, unit, help }
#define LINES(section, name, need, field, preset, help)                                                                \
    { section, name, TYPE_LONG, need, OWN(field), preset, 0, 0, "connection string", help }
#define ADDRESS(section, name, need, field, preset, unit, help)                                                        \
    { section, name, TYPE_ADDRESS, need, OWN(field), preset, 0, 0, unit, help }
#define YES(section, name, field, preset, help)                                                                        \
    { section, name, TYPE_YES, ' ', OWN(field), preset, 0, 0, "yes or no", help }
#define CHOICE(section, name, field, preset, words, help)                                                              \
    { section, name, TYPE_CHOICE, ' ', OWN(field), preset, 0, 0, words, help }
#define NUMBER(section, name, field, preset, min, max, unit, help)                                                     \
    { section, name, TYPE_NUMBER, ' ', OWN(field), preset, min, max, unit, help }

#define DOOR(section, field, port)                                                                                     \
    ADDRESS(section, "listen", 'r', field.listen, "0.0.0.0:" port, "address:port",                                     \
            "Where this door listens; port 0 is any free one."),                                                       \
        ADDRESS(section, "public", 'e', field.public_address, "feedback.example.org:" port, "host:port",               \
                "What clients connect to; it stands in manifests and letters. Empty: the same as listen."),            \
        TEXT(section, "certificate", 'r', field.certificate, "/etc/candour/" section ".pem", "file",                   \
             "TLS certificate chain, PEM. Read again on reload."),                                                     \
        TEXT(section, "key", 'r', field.key, "/etc/candour/" section ".key", "file",                                   \
             "Its private key, PEM, without a passphrase."),                                                           \
        LINES(section, "database", 'r', field.database, "dbname=candour user=candour_" section,                        \
              "PostgreSQL as role candour_" section ", by unix socket or hostaddr."),                                  \
        TEXT(section, "kek_file", 'r', field.kek_file, "/var/lib/candour/" section ".kek", "file",                     \
             "Key-encryption key of this door: 32 bytes, made by `candourd keys`."),                                   \
        NUMBER(section, "workers", field.workers, "0", 0, 256, "processes", "0: one per core.")

enum { HOUR_MS = 3600 * 1000, DAY_S = 86400 };

static const struct key keys[] = {
    DOOR("desk", desk, "7360"),
    DOOR("ballot", ballot, "7361"),
    LINES("clerk", "desk_database", 'r', clerk_desk_database, "dbname=candour user=candour_clerk_desk",
          "PostgreSQL as role candour_clerk_desk."),
    LINES("clerk", "ballot_database", 'r', clerk_ballot_database, "dbname=candour user=candour_clerk_ballot",
          "PostgreSQL as role candour_clerk_ballot."),
    NUMBER("clerk", "interval_ms", clerk_interval_ms, "5000", 50, HOUR_MS, "ms", "How often the clerk looks for work."),
    NUMBER("clerk", "memory_mib", clerk_memory_mib, "512", 64, 65536, "MiB",
           "What it may take to close a round; more for more than 200,000 ballots in one."),
    TEXT("clerk", "pins", ' ', clerk_pins, "", "one or two files, separated by a blank",
         "The ballot box's certificate or public key (PEM), and that of a spare key. New rounds pin them: clients "
         "refuse "
         "any other."),
    ADDRESS("mail", "server", ' ', mail.server, "", "host:port",
            "The mail server that takes our mails, such as mail.example.org:587. Empty: no mail is sent."),
    CHOICE("mail", "security", mail.security, "starttls", "starttls, tls or none",
           "How the connection is encrypted. none only for a server on this machine: mails hold sign-in codes."),
    TEXT("mail", "ca_file", ' ', mail.ca_file, "", "file", "Certificates to trust, PEM. Empty: the system's."),
    TEXT("mail", "user", ' ', mail.user, "", "text", "To sign in with. Empty: without signing in."),
    TEXT("mail", "password_file", ' ', mail.password_file, "", "file",
         "Its first line is the password. Closed to others, or a credential of systemd."),
    TEXT("mail", "from", ' ', mail.from, "", "e-mail address", "The sender. Mail that cannot be delivered goes here."),
    TEXT("mail", "reply_to", ' ', mail.reply_to, "", "e-mail address", "Who gets the answers; HR, say."),
    LINES("mail", "database", ' ', mail.database, "dbname=candour user=candour_mail",
          "PostgreSQL as role candour_mail, by unix socket or hostaddr."),
    NUMBER("mail", "connections", mail.connections, "4", 1, 16, "connections", "To the mail server, at the same time."),
    NUMBER("mail", "timeout_s", mail.timeout_s, "600", 5, 3600, "s",
           "One mail must be taken by then. Too short a time makes mails arrive twice (RFC 5321, 4.5.3.2.6)."),
    LINES("migrate", "desk_database", 'r', migrate_desk_database, "dbname=candour user=candour_owner",
          "PostgreSQL as role candour_owner."),
    LINES("migrate", "ballot_database", 'r', migrate_ballot_database, "dbname=candour user=candour_owner",
          "The same for the ballot side."),
    TEXT("migrate", "data_folder", ' ', data_folder, "/var/lib/postgresql", "folder",
         "Where PostgreSQL keeps its data; check looks how much room there is, if it is on this machine."),
    TEXT("daemon", "organisation", 'r', organisation, "Example Council", "text",
         "The name that people know; it stands in manifests and letters."),
    TEXT("daemon", "language", ' ', language, "en", "code of a language",
         "Of letters and mails to people who have none of their own; en and cy are there."),
    YES("daemon", "demo", demo, "no", "yes: every round of this server is for practice, and clients say so loudly."),
    TEXT("daemon", "clock_file", ' ', clock_file, "", "file",
         "With demo = yes only: a file with an offset in seconds by which the clock is shifted."),
    TEXT("daemon", "addresses_file", ' ', addresses_file, "", "file",
         "Written when everything is ready: one line per door with the address that clients use."),
    TEXT("daemon", "metrics_socket", ' ', metrics_socket, "", "path of a socket, such as /run/candour/metrics",
         "Metrics for Prometheus over HTTP, for root and the group candour. Counters are added up once an hour only."),
    NUMBER("daemon", "memory_max_mib", memory_max_mib, "0", 0, 1048576, "MiB",
           "The worst case of all workers must fit in it. 0: three quarters of the machine's memory."),
    NUMBER("daemon", "connections_max", connections_max, "1024", 1, 100000, "connections per worker",
           "More wait in the queue of the operating system."),
    NUMBER("daemon", "slots_small", slots_small, "64", 1, 4096, "requests per worker",
           "Ordinary requests at the same time; more wait their turn."),
    NUMBER("daemon", "slots_large", slots_large, "2", 1, 64, "requests per worker",
           "Imports and long lists at the same time; more wait their turn."),
    NUMBER("daemon", "handshake_ms", handshake_ms, "5000", 100, 60000, "ms", "A connection must be encrypted by then."),
    NUMBER("daemon", "hello_ms", hello_ms, "5000", 100, 60000, "ms", "The first request must have begun by then."),
    NUMBER("daemon", "idle_desk_ms", idle_desk_ms, "900000", 100, 24 * HOUR_MS, "ms",
           "A connection to the desk may be silent so long once somebody has signed in; hello_ms before."),
    NUMBER("daemon", "idle_ballot_ms", idle_ballot_ms, "30000", 100, HOUR_MS, "ms",
           "A connection to the ballot box may be silent so long."),
    NUMBER("daemon", "body_ms", body_ms, "1000", 100, HOUR_MS, "ms",
           "A request that has begun must be complete by then (1 ms more per 32 bytes above 16 KiB)."),
    NUMBER("daemon", "reply_ms", reply_ms, "10000", 100, HOUR_MS, "ms",
           "A reply must be taken by then (1 ms more per 128 bytes); a request waits no longer for its turn."),
    NUMBER("daemon", "drain_ms", drain_ms, "30000", 0, HOUR_MS, "ms", "When stopping, what runs may take so long."),
    NUMBER("daemon", "handshakes_max", handshakes_max, "256", 1, 100000, "connections per worker",
           "Handshakes in progress; more wait in the queue of the operating system."),
    NUMBER("daemon", "ballot_failures_max", ballot_failures_max, "100", 0, 65534, "ballots per worker",
           "So many ballots from one network in an hour may be forged, stored before, or an answer's 256th change; "
           "then each "
           "such one is answered late, and no other. 0: no limit, as behind a balancer."),
    NUMBER("daemon", "ballot_pause_ms", ballot_pause_ms, "5000", 100, 10000, "ms",
           "So long after its ballot such an answer comes."),
    NUMBER(
        "daemon", "code_requests_max", code_requests_max, "2000", 0, 65534, "codes per worker",
        "So many new codes may be asked for by mail from one network in an hour. 0: no limit, as behind a balancer."),
    NUMBER(
        "daemon", "guesses_max", guesses_max, "10", 0, 65534, "sign-ins per worker",
        "So many wrong passwords and codes from one network in an hour, then each is answered after five seconds, and "
        "passwords are looked at one in two seconds. 0: no limit."),
    NUMBER("daemon", "session_s", session_s, "43200", 60, 30 * DAY_S, "s", "How long a session at the desk is valid."),
    NUMBER("daemon", "code_s", code_s, "5184000", 60, 366 * DAY_S, "s", "How long a personal code is valid."),
    NUMBER("daemon", "password_failures_max", password_failures_max, "10", 1, 1000, "attempts",
           "So many wrong passwords, then signing in pauses for that administrator."),
    NUMBER("daemon", "password_pause_s", password_pause_s, "900", 1, DAY_S, "s", "How long it pauses."),
};

static const struct {
    const char *name, *help;
} sections[] = {
    {"desk", "The identified door."},
    {"ballot", "The anonymous door."},
    {"clerk", "Timed work, in one process of the whole deployment."},
    {"mail", "Invitations and reminders, sent beside the clerk. Without a server there are letters only."},
    {"migrate", "Used by `candourd migrate`, `check` and `admin` only."},
    {"daemon", "Everything else."},
};

struct reading {
    FILE *file;
    unsigned line;
    bool is_continued; // the line at hand starts with a blank
    struct config config;
    bool is_given[ARRAY_LEN(keys)];
    char *sentence; // "" as long as nothing is wrong
    size_t sentence_size;
    const char *path;
    char buffer[4096]; // of file, so that it is wiped with the rest
};

// Keeps the first sentence. Always 0, which is what a handler of inih says for "wrong".
PRINTF(2, 3) static int wrong(struct reading *r, const char *format, ...) {
    if (r->sentence[0])
        return 0;
    int len = snprintf(r->sentence, r->sentence_size, "%s, line %u: ", r->path, r->line);
    if (len > 0 && (size_t)len < r->sentence_size) {
        va_list args;
        va_start(args, format);
        vsnprintf(r->sentence + len, r->sentence_size - (size_t)len, format, args);
        va_end(args);
    }
    return 0;
}

static bool is_address(const char *text) {
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || strlen(colon + 1) < 1 || strlen(colon + 1) > 5)
        return false;
    if (strspn(colon + 1, "0123456789") != strlen(colon + 1) || strtoul(colon + 1, NULL, 10) > UINT16_MAX)
        return false;
    bool is_v6 = text[0] == '[' && colon[-1] == ']';
    return is_v6 || !memchr(text, ':', (size_t)(colon - text));
}

static int read_text(struct reading *r, const struct key *k, char *field, const char *value) {
    size_t before = r->is_continued ? strlen(field) : 0;
    if (strlen(value) + before + 1 >= k->size)
        return wrong(r, "%s is longer than %zu bytes. Shorten it.", k->name, k->size - 2);
    if (k->type == TYPE_ADDRESS && value[0] && !is_address(value))
        return wrong(r, "%s must be %s, such as \"127.0.0.1:7360\" or \"[::1]:7360\".", k->name, k->unit);
    snprintf(field + before, k->size - before, "%s%s", before ? " " : "", value);
    return 1;
}

// The words of unit are apart by ", " and " or ".
static int read_choice(struct reading *r, const struct key *k, int *field, const char *value) {
    int number = 0;
    for (const char *word = k->unit; *word; number++) {
        size_t len = strcspn(word, ", ");
        if (strlen(value) == len && memcmp(value, word, len) == 0) {
            *field = number;
            return 1;
        }
        word += len + strspn(word + len, ", ");
        if (strncmp(word, "or ", 3) == 0)
            word += 3;
    }
    return wrong(r, "%s must be %s.", k->name, k->unit);
}

static int read_value(struct reading *r, const struct key *k, const char *value) {
    void *field = (char *)&r->config + k->offset;
    char *end;
    unsigned long number;
    switch (k->type) {
    case TYPE_TEXT:
    case TYPE_LONG:
    case TYPE_ADDRESS:
        return read_text(r, k, field, value);
    case TYPE_YES:
        if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
            return wrong(r, "%s must be yes or no.", k->name);
        *(bool *)field = value[0] == 'y';
        return 1;
    case TYPE_CHOICE:
        return read_choice(r, k, field, value);
    case TYPE_NUMBER:
        errno = 0;
        number = strtoul(value, &end, 10);
        if (value[0] < '0' || value[0] > '9' || *end || errno || number < k->min || number > k->max)
            return wrong(r, "%s must be a whole number from %u to %u (%s).", k->name, k->min, k->max, k->unit);
        *(uint32_t *)field = (uint32_t)number;
        return 1;
    }
    return 0;
}

static int handle(void *context, const char *section, const char *name, const char *value) {
    struct reading *r = context;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct key *k = &keys[i];
        if (strcmp(k->section, section) != 0 || strcmp(k->name, name) != 0)
            continue;
        if (r->is_continued && k->type != TYPE_LONG)
            return wrong(r, "this line starts with a blank, but %s is one line. Remove the blank.", name);
        if (r->is_given[i] && !r->is_continued)
            return wrong(r, "%s is given a second time in [%s]. Remove one of the two.", name, section);
        if (!r->is_given[i] && k->type <= TYPE_ADDRESS)
            *((char *)&r->config + k->offset) = '\0'; // the default goes
        r->is_given[i] = true;
        return read_value(r, k, value);
    }
    return wrong(r, "there is no key \"%s\" in section [%s]. `candourd example` lists all keys.", name, section);
}

// inih would cut a longer line in two without a word.
static char *read_line(char *line, int size, void *context) {
    struct reading *r = context;
    if (!fgets(line, size, r->file)) {
        crypto_wipe(line, (size_t)size);
        return NULL;
    }
    r->line++;
    r->is_continued = line[0] == ' ' || line[0] == '\t';
    if (!strchr(line, '\n') && !feof(r->file)) {
        wrong(r, "the line is longer than %d bytes. Go on in the next line, which starts with a blank.", size - 2);
        return NULL;
    }
    return line;
}

static void preset(struct reading *r) {
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (keys[i].need == ' ' && read_value(r, &keys[i], keys[i].preset) != 1)
            abort(); // the table contradicts itself
    }
}

int config_read(const char *path, struct config *ret_config, char *ret_sentence, size_t sentence_size) {
    struct reading r = {.path = path, .sentence = ret_sentence, .sentence_size = sentence_size};
    ret_sentence[0] = '\0';
    r.file = fopen(path, "re");
    if (!r.file) {
        snprintf(ret_sentence, sentence_size, "%s cannot be read: %s. Name the file with --config.", path,
                 strerror(errno));
        return -1;
    }
    setvbuf(r.file, r.buffer, _IOFBF, sizeof r.buffer);
    preset(&r);
    int bad_line = ini_parse_stream(read_line, &r, handle, &r);
    bool is_unreadable = ferror(r.file);
    fclose(r.file);
    if (bad_line > 0 && !ret_sentence[0]) {
        r.line = (unsigned)bad_line;
        wrong(&r, "this is neither \"key = value\" nor \"[section]\".");
    }
    if ((bad_line < 0 || is_unreadable) && !ret_sentence[0])
        snprintf(ret_sentence, sentence_size, "%s cannot be read.", path);
    if (r.config.clock_file[0] && !r.config.demo && !ret_sentence[0])
        snprintf(ret_sentence, sentence_size,
                 "%s: clock_file is set, but demo is not yes. A live server never runs on a shifted clock: remove "
                 "clock_file.",
                 path);
    if (r.config.mail.server[0] && !r.config.mail.from[0] && !ret_sentence[0])
        snprintf(ret_sentence, sentence_size, "%s: [mail] has a server, but no from. Set the sender's address.", path);
    int rc = ret_sentence[0] ? -1 : 0;
    if (rc == 0)
        *ret_config = r.config;
    crypto_wipe(&r, sizeof r); // workers are made of this stack
    return rc;
}

int config_complete(const struct config *config, const char *section, char *ret_sentence, size_t sentence_size) {
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct key *k = &keys[i];
        if (k->need != 'r' || strcmp(k->section, section) != 0 || *((const char *)config + k->offset))
            continue;
        snprintf(ret_sentence, sentence_size, "Set %s in section [%s] of the configuration: %s", k->name, section,
                 k->help);
        return -1;
    }
    return 0;
}

static void write_key(FILE *out, const struct key *k) {
    fprintf(out, "\n# %s\n# %s", k->help, k->unit);
    if (k->type == TYPE_NUMBER)
        fprintf(out, ", %u to %u", k->min, k->max);
    if (k->type == TYPE_LONG)
        fprintf(out, "; may go on in lines that start with a blank");
    fprintf(out, "\n%s%s =%s%s\n", k->need == ' ' ? ";" : "", k->name, k->preset[0] ? " " : "", k->preset);
}

void config_example(FILE *out) {
    fprintf(out, "# Configuration of candourd. Every key is here; those that start with ; have the default shown.\n");
    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        fprintf(out, "\n# %s\n[%s]\n", sections[i].help, sections[i].name);
        for (size_t j = 0; j < ARRAY_LEN(keys); j++)
            if (strcmp(keys[j].section, sections[i].name) == 0)
                write_key(out, &keys[j]);
    }
}
