#include "eye.h"

#include <libpq-fe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "relay.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

static struct {
    PGconn *connection;
    char round[33];
    bool is_numbered;
    char subjects[TOWN_LEADERS][40];
    long long transaction, wal, log; // as far as seen
    size_t connections;
    int64_t box_at;
} self;

void eye_email(unsigned rater, char ret_email[EYE_EMAIL_BYTES]) {
    snprintf(ret_email, EYE_EMAIL_BYTES, "p%03u@example.org", rater % 1000);
}

// ---------------------------------------------------------------- the database

static PGresult *ask(const char *statement, const char *parameter) {
    if (self.connection == NULL)
        self.connection = PQconnectdb("");
    PGresult *rows =
        PQexecParams(self.connection, statement, 2, NULL, (const char *[]){self.round, parameter}, NULL, NULL, 0);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", statement, PQerrorMessage(self.connection));
    return rows;
}

static const char *text(const PGresult *rows, int row, int column) {
    return PQgetvalue(rows, row, column);
}

// "(block,row)".
static double place(const char *ctid) {
    unsigned block = 0, row = 0;
    assert_int_equal(sscanf(ctid, "(%u,%u)", &block, &row), 2);
    return block * 1000.0 + row;
}

// The first 48 bits of something in hex.
static double leading(const char *hex) {
    char first[13];
    snprintf(first, sizeof first, "%.12s", hex);
    return (double)strtoll(first, NULL, 16);
}

static long long written(void) {
    PGresult *rows = ask("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn WHERE $1 <> $2", "");
    long long bytes = atoll(text(rows, 0, 0));
    PQclear(rows);
    return bytes;
}

static long long logged(void) {
    char path[512];
    struct stat status;
    long long bytes = 0;
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", sandbox_variable("CANDOUR_SANDBOX"),
                 i == 0 ? "candourd.log" : "postgres.log");
        bytes += stat(path, &status) == 0 ? (long long)status.st_size : 0;
    }
    return bytes;
}

// ---------------------------------------------------------------- a round begins

void eye_open(const char *round, const struct town *town, bool is_numbered, struct eye *eye) {
    memset(eye, 0, sizeof *eye);
    snprintf(self.round, sizeof self.round, "%s", round);
    self.is_numbered = is_numbered;
    self.connections = relay_count();
    self.transaction = 0;
    self.box_at = 0;
    eye->dates = town->dates;
    eye->asked_count = town->asked_count;
    for (size_t i = 0; i < town->asked_count; i++) {
        eye->asked[i].rater = town->asked[i].rater;
        eye->asked[i].cell = town->asked[i].cell;
    }
    PGresult *rows = ask("SELECT s.id, p.email FROM desk.subject s JOIN desk.person p ON p.id = s.person "
                         "WHERE s.round = $1 AND $2 = ''",
                         "");
    assert_int_equal(PQntuples(rows), TOWN_LEADERS);
    for (int i = 0; i < PQntuples(rows); i++) {
        unsigned leader;
        assert_int_equal(sscanf(text(rows, i, 1), "p%3u", &leader), 1);
        snprintf(self.subjects[leader], sizeof self.subjects[leader], "%s", text(rows, i, 0));
    }
    PQclear(rows);
    self.wal = written();
    self.log = logged();
}

// ---------------------------------------------------------------- after every step

static unsigned cell_of(const char *subject, const char *group) {
    for (unsigned i = 0; i < TOWN_LEADERS; i++)
        if (strcmp(self.subjects[i], subject) == 0)
            return i * TOWN_GROUPS + (unsigned)atoi(group) - 1;
    fail_msg("no leader %s", subject);
    return 0;
}

// The connections of this step, the longest at each door.
struct step {
    const struct relay_connection *desk, *box;
    size_t box_number;
    uint32_t box_bytes;
    double wal, log, after_box;
};

static struct step take_step(void) {
    struct step step = {0};
    long long wal = written(), log = logged();
    step.wal = (double)(wal - self.wal);
    step.log = (double)(log - self.log);
    self.wal = wal;
    self.log = log;
    for (size_t count = relay_count(); self.connections < count; self.connections++) {
        const struct relay_connection *one = relay_get(self.connections);
        if (one->door == DOOR_DESK) {
            step.desk = one;
            continue;
        }
        step.box_bytes += one->up + one->down;
        if (step.box == NULL || one->up >= step.box->up) {
            step.box = one;
            step.box_number = self.connections;
            step.after_box = (double)(one->at - self.box_at);
        }
        self.box_at = one->at;
    }
    return step;
}

// Of the session that has just begun; it goes when it is over.
static double session_row(unsigned rater) {
    char email[EYE_EMAIL_BYTES];
    eye_email(rater, email);
    PGresult *rows = ask("SELECT max(t.ctid) FROM desk.session t JOIN desk.person p ON p.id = t.person "
                         "WHERE p.email = $2 AND $1 <> ''",
                         email);
    double row = place(text(rows, 0, 0));
    PQclear(rows);
    return row;
}

static void note_contact(struct eye *eye, unsigned rater, const struct step *step) {
    struct eye_rater *one = &eye->raters[rater];
    assert_non_null(step->desk);
    bool is_first = one->contact_count == 0;
    double session = session_row(rater);
    if (one->contact_count < EYE_CONTACTS_MAX)
        one->contacts[one->contact_count++] = step->desk->at;
    for (size_t i = 0; i < eye->asked_count; i++) {
        double *traits = eye->asked[i].traits;
        if (eye->asked[i].rater != rater)
            continue;
        traits[PERSON_LAST_CONTACT] = (double)step->desk->at;
        traits[PERSON_SESSION_ROW] = session;
        if (!is_first)
            continue;
        traits[PERSON_FIRST_CONTACT] = (double)step->desk->at;
        traits[PERSON_BYTES_UP] = step->desk->up;
        traits[PERSON_BYTES_DOWN] = step->desk->down;
        traits[PERSON_WAL] = step->wal;
        traits[PERSON_LOG] = step->log;
        traits[PERSON_PORT] = step->desk->port;
        traits[PERSON_BOX_BYTES] = step->box_bytes;
    }
}

static void note_ballot(struct eye *eye, const PGresult *rows, int row, const struct step *step) {
    assert_in_range(eye->ballot_count, 0, TOWN_ASKED_MAX - 1);
    assert_non_null(step->box);
    struct eye_ballot *ballot = &eye->ballots[eye->ballot_count++];
    snprintf(ballot->name, sizeof ballot->name, "%s", text(rows, row, 0));
    snprintf(ballot->leaf, sizeof ballot->leaf, "%s", text(rows, row, 5));
    snprintf(ballot->ratings, sizeof ballot->ratings, "%s", text(rows, row, 6));
    snprintf(ballot->comment, sizeof ballot->comment, "%s", text(rows, row, 7));
    ballot->cell = cell_of(text(rows, row, 1), text(rows, row, 2));
    ballot->at = step->box->at;
    ballot->connection = step->box_number;
    double *traits = ballot->traits;
    traits[BALLOT_AT] = (double)step->box->at;
    traits[BALLOT_ROW] = place(text(rows, row, 3));
    traits[BALLOT_TRANSACTION] = atof(text(rows, row, 4));
    traits[BALLOT_NAME] = leading(ballot->name);
    traits[BALLOT_LEAF] = leading(ballot->leaf);
    traits[BALLOT_BYTES_UP] = step->box->up;
    traits[BALLOT_BYTES_DOWN] = step->box->down;
    traits[BALLOT_TURNS] = step->box->turns;
    traits[BALLOT_WAL] = step->wal;
    traits[BALLOT_LOG] = step->log;
    traits[BALLOT_PORT] = step->box->port;
    traits[BALLOT_AFTER_BOX] = step->after_box;
    traits[BALLOT_NUMBER] = atof(text(rows, row, 8));
}

void eye_look(struct eye *eye, int rater) {
    struct step step = take_step();
    if (rater >= 0)
        note_contact(eye, (unsigned)rater, &step);
    if (step.box == NULL)
        return;
    char last[24], statement[512];
    snprintf(last, sizeof last, "%lld", self.transaction);
    snprintf(statement, sizeof statement,
             "SELECT encode(vk, 'hex'), subject, grp, ctid, xmin, encode(leaf, 'hex'), encode(ratings, 'hex'), "
             "encode(substr(comments, 4), 'hex'), %s FROM ballot.ballot WHERE round = $1 AND "
             "xmin::text::bigint > $2::bigint ORDER BY ctid",
             self.is_numbered ? "number" : "0");
    PGresult *rows = ask(statement, last);
    for (int i = 0; i < PQntuples(rows); i++) {
        note_ballot(eye, rows, i, &step);
        long long transaction = atoll(text(rows, i, 4));
        self.transaction = transaction > self.transaction ? transaction : self.transaction;
    }
    PQclear(rows);
}

// ---------------------------------------------------------------- the end

void eye_look_at_desk(struct eye *eye) {
    PGresult *rows = ask(
        "SELECT p.email, s.id, a.grp, a.ctid, a.xmin, encode(a.blinded, 'hex'), replace(a.id::text, '-', '') "
        "FROM desk.assignment a JOIN desk.person p ON "
        "p.id = a.rater JOIN desk.subject s ON s.round = a.round AND s.id = a.subject WHERE a.round = $1 AND $2 = ''",
        "");
    assert_int_equal(PQntuples(rows), eye->asked_count);
    for (int i = 0; i < PQntuples(rows); i++) {
        unsigned rater, cell = cell_of(text(rows, i, 1), text(rows, i, 2));
        assert_int_equal(sscanf(text(rows, i, 0), "p%3u", &rater), 1);
        for (size_t k = 0; k < eye->asked_count; k++) {
            double *traits = eye->asked[k].traits;
            if (eye->asked[k].rater != rater || eye->asked[k].cell != cell)
                continue;
            traits[PERSON_ROW] = place(text(rows, i, 3));
            traits[PERSON_ROW_TRANSACTION] = atof(text(rows, i, 4));
            traits[PERSON_BLINDED] = leading(text(rows, i, 5));
            traits[PERSON_ASSIGNMENT] = leading(text(rows, i, 6));
        }
    }
    PQclear(rows);
}

// Which ballot a row that was left is of, its answers tell: they are all different here.
static void find_rest(struct eye *eye, const char *statement, enum eye_ballot_trait trait) {
    PGresult *rows = ask(statement, "");
    assert_int_equal(PQntuples(rows), eye->ballot_count);
    for (int i = 0; i < PQntuples(rows); i++)
        for (size_t k = 0; k < eye->ballot_count; k++) {
            struct eye_ballot *ballot = &eye->ballots[k];
            if (strcmp(trait == BALLOT_COMMENT ? ballot->comment : ballot->ratings, text(rows, i, 0)) == 0)
                ballot->traits[trait] = place(text(rows, i, 1));
        }
    PQclear(rows);
}

void eye_look_at_rest(struct eye *eye) {
    find_rest(eye, "SELECT encode(ratings, 'hex'), ctid FROM ballot.shuffled_ratings WHERE round = $1 AND $2 = ''",
              BALLOT_SHUFFLED);
    find_rest(eye, "SELECT encode(text, 'hex'), ctid FROM ballot.shuffled_comment WHERE round = $1 AND $2 = ''",
              BALLOT_COMMENT);
}
