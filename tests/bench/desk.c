// usage: desk report SESSION ROUND CONNINFO COUNT
//        desk sign-in|assignments|collect|reading FILE FROM CLIENTS    (run by desk.sh)
// report: one leader reads their own report COUNT times over one connection, and between each two readings one row is
// inserted over one connection to PostgreSQL; prints the p50 of both in ms. The others: so many people at once, those
// of the file from line FROM on (a line is "EMAIL SECRET": a code, or a session of 64 digits), each over one
// connection. collect asks for the credentials of all that one is asked about, for the first time; reading is that of
// leaders, of their own reports in the round "Read".
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto.h"
#include "tests/bench/lib/crowd.h"
#include "tests/bench/lib/link_again.h"
#include "tests/support/sandbox.h"

enum { PEOPLE_MAX = 2048, ASSIGNMENTS_MAX = 64, COUNT_MAX = 100000 };

struct person {
    char email[64], secret[80];
    struct link *link;
    uint8_t round[16];
    uint8_t assignments[ASSIGNMENTS_MAX][16], elements[ASSIGNMENTS_MAX][32];
    size_t asked;
};
static struct person people[PEOPLE_MAX];
static atomic_size_t next_person;

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "desk: %s\n", what);
    exit(1);
}

static ProtobufCBinaryData bytes_of(const char *text) {
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

// ---------------------------------------------------------------- connections

// session NULL: a stranger.
static struct link *open_desk(const char *session) {
    struct link_target target = sandbox_door(DOOR_DESK);
    struct link *link;
    struct problem problem;
    Candour__HelloReply *hello;
    uint8_t token[32];
    for (size_t i = 0; session != NULL && i < sizeof token; i++)
        if (sscanf(session + 2 * i, "%2" SCNx8, &token[i]) != 1)
            give_up("a session is 64 digits");
    if (link_open(&target, &link, &problem) != 0 ||
        link_hello(link, session != NULL ? token : NULL, &hello, &problem) != 0) {
        fprintf(stderr, "desk: %s\n", problem.sentence);
        return NULL;
    }
    link_reply_free(&hello->base);
    return link;
}

// NULL: it was refused.
static ProtobufCMessage *ask(struct link *link, uint16_t operation, const ProtobufCMessage *request) {
    ProtobufCMessage *reply;
    struct problem problem;
    if (link_call(link, operation, request, &reply, &problem) == 0)
        return reply;
    fprintf(stderr, "desk: %s\n", problem.sentence);
    return NULL;
}

static void leave(void *client) {
    link_close(((struct person *)client)->link);
}

// ---------------------------------------------------------------- what people do

static void *enter_stranger(void *plan) {
    (void)plan;
    struct person *person = &people[next_person++];
    person->link = open_desk(NULL);
    return person->link != NULL ? person : NULL;
}

static void *enter_known(void *plan) {
    (void)plan;
    struct person *person = &people[next_person++];
    person->link = open_desk(person->secret);
    return person->link != NULL ? person : NULL;
}

static int sign_in(void *client, size_t number) {
    (void)number;
    struct person *person = client;
    Candour__CodeProof proof = CANDOUR__CODE_PROOF__INIT;
    proof.code = bytes_of(person->secret);
    Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
    request.email = bytes_of(person->email);
    request.proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    request.code = &proof;
    ProtobufCMessage *reply = ask(person->link, OPERATION_SIGN_IN, &request.base);
    link_reply_free(reply);
    return reply != NULL ? 0 : -1;
}

static int list(void *client, size_t number) {
    (void)number;
    struct person *person = client;
    Candour__MyAssignments request = CANDOUR__MY_ASSIGNMENTS__INIT;
    ProtobufCMessage *reply = ask(person->link, OPERATION_MY_ASSIGNMENTS, &request.base);
    const Candour__MyAssignmentsReply *mine = (const Candour__MyAssignmentsReply *)reply;
    if (reply == NULL)
        return -1;
    person->asked = mine->n_assignments < ASSIGNMENTS_MAX ? mine->n_assignments : ASSIGNMENTS_MAX;
    for (size_t i = 0; i < person->asked; i++) {
        memcpy(person->round, mine->assignments[i]->round.data, 16);
        memcpy(person->assignments[i], mine->assignments[i]->id.data, 16);
    }
    link_reply_free(reply);
    return person->asked > 0 ? 0 : -1;
}

static void *enter_collecting(void *plan) {
    struct person *person = enter_known(plan);
    if (person == NULL || list(person, 0) != 0)
        return NULL;
    for (size_t i = 0; i < person->asked; i++) {
        uint8_t scalar[32];
        crypto_random(scalar, sizeof scalar);
        scalar[31] = 0; // below the group's order
        if (crypto_point_base(scalar, person->elements[i]) != 0)
            return NULL;
    }
    return person;
}

static int collect(void *client, size_t number) {
    (void)number;
    struct person *person = client;
    Candour__Blinded blinded[ASSIGNMENTS_MAX], *pointers[ASSIGNMENTS_MAX];
    Candour__CollectCredentials request = CANDOUR__COLLECT_CREDENTIALS__INIT;
    request.round = (ProtobufCBinaryData){16, person->round};
    request.n_blinded = person->asked;
    request.blinded = pointers;
    for (size_t i = 0; i < person->asked; i++) {
        pointers[i] = &blinded[i];
        candour__blinded__init(pointers[i]);
        blinded[i].assignment = (ProtobufCBinaryData){16, person->assignments[i]};
        blinded[i].element = (ProtobufCBinaryData){32, person->elements[i]};
    }
    ProtobufCMessage *reply = ask(person->link, OPERATION_COLLECT_CREDENTIALS, &request.base);
    link_reply_free(reply);
    return reply != NULL ? 0 : -1;
}

// ---------------------------------------------------------------- a leader and the reference

static double now_ms(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return 1e3 * (double)at.tv_sec + 1e-6 * (double)at.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int read_report(struct link *link, const char *round) {
    Candour__GetReport request = CANDOUR__GET_REPORT__INIT;
    request.round = bytes_of(round);
    ProtobufCMessage *reply = ask(link, OPERATION_GET_REPORT, &request.base);
    const Candour__GetReportReply *report = (const Candour__GetReportReply *)reply;
    bool is_whole = reply != NULL && report->has_report && report->report.len == report->total;
    link_reply_free(reply);
    return is_whole ? 0 : -1;
}

static int read_own(void *client, size_t number) {
    (void)number;
    return read_report(((struct person *)client)->link, "Read");
}

static void insert_row(PGconn *connection) {
    PGresult *result = PQexecPrepared(connection, "row", 0, NULL, NULL, NULL, 1);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        give_up(PQerrorMessage(connection));
    PQclear(result);
}

static void read_and_insert(const char *session, const char *round, const char *conninfo, size_t count) {
    static double reading[COUNT_MAX], inserting[COUNT_MAX];
    struct link *link = open_desk(session);
    PGconn *connection = PQconnectdb(conninfo);
    if (link == NULL || PQstatus(connection) != CONNECTION_OK || !PQsslInUse(connection) || count > COUNT_MAX)
        give_up(PQerrorMessage(connection));
    PQclear(PQexec(connection,
                   "CREATE TABLE IF NOT EXISTS plain_line (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY "
                   "KEY, at timestamptz, actor uuid, action text, object text)"));
    PQclear(PQprepare(connection, "row",
                      "INSERT INTO plain_line (at, actor, action, object) "
                      "VALUES (now(), gen_random_uuid(), 'report read', 'Bench: Leader 001')",
                      0, NULL));
    for (size_t i = 0; i < count; i++) {
        double began = now_ms();
        if (read_report(link, round) != 0)
            give_up("no whole report");
        double between = now_ms();
        insert_row(connection);
        reading[i] = between - began;
        inserting[i] = now_ms() - between;
    }
    qsort(reading, count, sizeof *reading, by_size);
    qsort(inserting, count, sizeof *inserting, by_size);
    printf("report_ms=%.4f insert_ms=%.4f\n", reading[count / 2], inserting[count / 2]);
    PQfinish(connection);
    link_close(link);
}

// ---------------------------------------------------------------- words

static void read_people(const char *path, unsigned from, unsigned count) {
    char line[160];
    FILE *file = fopen(path, "re");
    unsigned number = 0;
    while (file != NULL && number < from + count && fgets(line, sizeof line, file) != NULL) {
        struct person *person = &people[number >= from ? number - from : 0];
        if (number++ >= from && sscanf(line, "%63s %79s", person->email, person->secret) != 2)
            give_up("a line is EMAIL SECRET");
    }
    if (number < from + count || count > PEOPLE_MAX)
        give_up("there are not so many people");
}

int main(int argc, char **argv) {
    if (crypto_start() != 0 || argc < 2)
        give_up("say what");
    if (strcmp(argv[1], "report") == 0 && argc == 6) {
        read_and_insert(argv[2], argv[3], argv[4], strtoul(argv[5], NULL, 10));
        return 0;
    }
    if (argc != 5)
        give_up("usage: desk sign-in|assignments|collect|reading FILE FROM CLIENTS");
    unsigned clients = (unsigned)strtoul(argv[4], NULL, 10);
    read_people(argv[2], (unsigned)strtoul(argv[3], NULL, 10), clients);
    struct crowd crowd = {.clients = clients, .count = clients, .enter = enter_known, .leave = leave};
    if (strcmp(argv[1], "sign-in") == 0) {
        crowd.enter = enter_stranger;
        crowd.one = sign_in;
    } else if (strcmp(argv[1], "collect") == 0) {
        crowd.enter = enter_collecting;
        crowd.one = collect;
    } else {
        crowd.count = 10 * (size_t)clients;
        crowd.one = strcmp(argv[1], "reading") == 0 ? read_own : list;
    }
    return crowd_run(&crowd) == 0 ? 0 : 1;
}
