// Connection strings with several hosts, and sending: what the lane and the blocking connection share of libpq.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db_private.h"
#include "db_sync.h"

enum { PARAMETERS_MAX = 64 };

struct db_hosts {
    PQconninfoOption *options;
    unsigned count;
};

static const char *option(const struct db_hosts *hosts, const char *keyword) {
    for (const PQconninfoOption *o = hosts->options; o->keyword; o++)
        if (strcmp(o->keyword, keyword) == 0)
            return o->val && *o->val ? o->val : NULL;
    return NULL;
}

static unsigned count_items(const char *list) {
    unsigned count = list ? 1 : 0;
    for (; list && *list; list++)
        count += *list == ',';
    return count;
}

// Number index of a comma-separated list; a list of one serves all. malloc'ed; NULL: no list or no memory.
static char *item(const char *list, unsigned index) {
    if (!list)
        return NULL;
    for (unsigned i = count_items(list) > 1 ? index : 0; i > 0; i--)
        list = strchr(list, ',') + 1;
    return strndup(list, strcspn(list, ","));
}

struct db_hosts *db_hosts_new(const char *conninfo, char *ret_sentence, size_t sentence_size) {
    char *error = NULL;
    struct db_hosts *hosts = calloc(1, sizeof *hosts);
    if (hosts && (hosts->options = PQconninfoParse(conninfo, &error))) {
        unsigned names = count_items(option(hosts, "host")), addresses = count_items(option(hosts, "hostaddr"));
        unsigned ports = count_items(option(hosts, "port"));
        hosts->count = names > addresses ? names : addresses;
        hosts->count = hosts->count ? hosts->count : 1;
        if ((!names || !addresses || names == addresses) && (ports <= 1 || ports == hosts->count))
            return hosts;
        snprintf(ret_sentence, sentence_size, "Give as many hosts, addresses and ports as there are servers.");
    } else {
        snprintf(ret_sentence, sentence_size, "%s", error ? error : "There is not enough memory.");
    }
    PQfreemem(error);
    db_hosts_free(hosts);
    return NULL;
}

void db_hosts_free(struct db_hosts *hosts) {
    if (hosts)
        PQconninfoFree(hosts->options);
    free(hosts);
}

unsigned db_hosts_count(const struct db_hosts *hosts) {
    return hosts->count;
}

static bool is_name(const struct db_hosts *hosts, unsigned index) {
    char *host = item(option(hosts, "host"), index), *address = item(option(hosts, "hostaddr"), index);
    bool is_path = !host || !*host || *host == '/' || *host == '@';
    bool is_number = host && (strchr(host, ':') || host[strspn(host, "0123456789.")] == '\0');
    bool has_name = !(address && *address) && !is_path && !is_number;
    free(host);
    free(address);
    return has_name;
}

bool db_needs_lookup(const char *conninfo) {
    char sentence[256];
    struct db_hosts *hosts = db_hosts_new(conninfo, sentence, sizeof sentence);
    bool is_needed = false;
    for (unsigned i = 0; hosts && i < hosts->count; i++)
        is_needed = is_needed || is_name(hosts, i);
    db_hosts_free(hosts);
    return is_needed;
}

struct parameters {
    const char *keywords[PARAMETERS_MAX + 1], *values[PARAMETERS_MAX + 1];
    size_t count;
};

static void set(struct parameters *p, const char *keyword, const char *value) {
    if (!value || p->count == PARAMETERS_MAX)
        return;
    p->keywords[p->count] = keyword;
    p->values[p->count++] = value;
}

PGconn *db_hosts_dial(const struct db_hosts *hosts, unsigned index, const char *settings, bool wait) {
    // A later value of the same keyword wins: ours are first when the operator may change them, last when not.
    struct parameters p = {.count = 0};
    char *host = item(option(hosts, "host"), index), *address = item(option(hosts, "hostaddr"), index);
    char *port = item(option(hosts, "port"), index), *options = NULL;
    const char *own = option(hosts, "options");
    PGconn *connection = NULL;
    if (asprintf(&options, "%s %s", own ? own : "", settings) < 0) {
        options = NULL;
        goto out;
    }
    set(&p, "target_session_attrs", "read-write");
    set(&p, "tcp_user_timeout", "5000");
    set(&p, "keepalives_idle", "5");
    set(&p, "keepalives_interval", "2");
    set(&p, "keepalives_count", "3");
    set(&p, "connect_timeout", "2"); // means something to a blocking connection only
    for (const PQconninfoOption *o = hosts->options; o->keyword; o++)
        if (strcmp(o->keyword, "host") != 0 && strcmp(o->keyword, "hostaddr") != 0 && strcmp(o->keyword, "port") != 0)
            set(&p, o->keyword, o->val && *o->val ? o->val : NULL);
    set(&p, "host", host);
    set(&p, "hostaddr", address);
    set(&p, "port", port);
    set(&p, "options", options);
    set(&p, "application_name", "candour");
    set(&p, "client_encoding", "UTF8");
    connection = wait ? PQconnectdbParams(p.keywords, p.values, 0) : PQconnectStartParams(p.keywords, p.values, 0);
out:
    free(host);
    free(address);
    free(port);
    free(options);
    return connection;
}

// ---------------------------------------------------------------- sending, and leaving nothing behind

// libpq's buffers grow by moving, and are freed as they are: meanwhile malloc overwrites what is freed.
static void wipe_freed(bool on) {
    mallopt(M_PERTURB, on ? UINT8_MAX : 0);
}

int db_segment_send(PGconn *connection, const struct db_segment *s) {
    static const int binary[DB_PARAMETERS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    int sent = 1;
    wipe_freed(true);
    for (unsigned i = 0; i < s->count && sent; i++) {
        const struct db_statement *t = s->statements[i];
        sent = PQsendQueryPrepared(connection, sql_queries[t->query].name, t->count, t->values, t->lengths, binary, 1);
    }
    sent = sent && PQpipelineSync(connection);
    wipe_freed(false);
    return sent ? 0 : -1;
}

size_t db_segment_room(const struct db_segment *s) {
    enum { STATEMENT_BYTES = 512 }; // its name, and six bytes for each parameter
    return s->bytes + (s->count + 1) * STATEMENT_BYTES;
}

int db_rinse(PGconn *connection, size_t len) {
    enum { PIECE_BYTES = 64 * 1024, PIECES_MAX = 256 };
    static char piece[PIECE_BYTES + 1];
    const char *values[PIECES_MAX + 1];
    int formats[PIECES_MAX + 1] = {0};
    size_t count = len / PIECE_BYTES + 1;
    assert(count <= PIECES_MAX);
    memset(piece, ' ', PIECE_BYTES);
    for (size_t i = 0; i < count; i++)
        values[i] = piece;
    // Written as far as the last parameter, and then taken back by libpq: binary, without a length.
    values[count] = "";
    formats[count] = 1;
    wipe_freed(true);
    int sent = PQsendQueryPrepared(connection, "", (int)count + 1, values, NULL, formats, 1);
    wipe_freed(false);
    return sent ? -1 : 0;
}

void db_finish(PGconn *connection) {
    wipe_freed(true);
    PQfinish(connection);
    wipe_freed(false);
}
