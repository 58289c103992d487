// usage: load prepare ROUND RIGHTS BALLOTS FROM COUNT
//        load cast ROUND BALLOTS FROM COUNT CLIENTS fresh|kept [PER_SECOND]
//        load handshakes ADDRESS COUNT CLIENTS
//        load http ADDRESS COUNT CLIENTS
// The load of the benchmarks. prepare makes ballots beforehand, for the rights FROM ... of the file RIGHTS (a line
// "SUBJECT GROUP" each); cast casts them with the client's own code, each over a connection of its own or all of a
// client's over one; handshakes connects to another server with the same code and settings; http posts a ballot's row
// as JSON, each client over one connection. ROUND and RIGHTS: tests/bench/lib.sh. The sandbox says where the doors are.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "tests/bench/lib/ballots.h"
#include "tests/bench/lib/crowd.h"
#include "tests/bench/lib/http.h"
#include "tests/bench/lib/link_again.h"

enum { PATIENCE_S = 20 };

static struct {
    struct ballots_round round;
    const uint8_t *ballots;
    size_t ballot_count;
    struct link_target target;
    bool is_fresh;
} plan;

static int fail(const char *text) {
    fprintf(stderr, "load: %s\n", text);
    return -1;
}

// ---------------------------------------------------------------- ballots beforehand

static int read_right(FILE *in, struct ballots_right *ret_right) {
    for (size_t i = 0; i < sizeof ret_right->subject; i++)
        if (fscanf(in, i == 0 ? " %2hhx" : "%2hhx", &ret_right->subject[i]) != 1)
            return -1;
    return fscanf(in, " %hhu", &ret_right->group) == 1 ? 0 : -1;
}

static int prepare(char **words) {
    struct ballots_right right;
    size_t from = strtoul(words[3], NULL, 10), count = strtoul(words[4], NULL, 10);
    FILE *rights = fopen(words[1], "re"), *out = fopen(words[2], "we");
    if (ballots_round_read(words[0], &plan.round) != 0 || rights == NULL || out == NULL)
        return fail("the round's files cannot be read");
    uint8_t *sealed = malloc(plan.round.bucket);
    int rc = sealed == NULL ? -1 : 0;
    for (size_t i = 0; i < from + count && rc == 0; i++) {
        rc = read_right(rights, &right);
        if (rc == 0 && i >= from) {
            ballots_make(&plan.round, &right, sealed);
            rc = fwrite(sealed, plan.round.bucket, 1, out) == 1 ? 0 : -1;
        }
    }
    free(sealed);
    fclose(rights);
    return fclose(out) == 0 && rc == 0 ? 0 : fail("there are not so many rights, or the disk is full");
}

// ---------------------------------------------------------------- clients

static void *enter(void *unused) {
    (void)unused;
    struct link *link;
    struct problem problem;
    if (link_open(&plan.target, &link, &problem) != 0) {
        fail(problem.sentence);
        return NULL;
    }
    // A first try alone counts, but on kept connections: those that came first may have been silent for too long.
    link_set_patience(link, plan.is_fresh ? 0 : PATIENCE_S);
    if (plan.is_fresh) {
        link_set_single(link);
        link_hang_up(link);
    } else {
        link_settle(link);
    }
    return link;
}

static void leave(void *link) {
    link_close(link);
}

static int cast(void *client, size_t number) {
    struct link *link = client;
    Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
    request.round = (ProtobufCBinaryData){sizeof plan.round.id, plan.round.id};
    request.sealed =
        (ProtobufCBinaryData){plan.round.bucket, (uint8_t *)(uintptr_t)plan.ballots + number * plan.round.bucket};
    ProtobufCMessage *reply;
    Candour__Status status;
    struct problem problem;
    if (link_exchange(link, OPERATION_CAST_BALLOT, &request.base, &reply, &status, &problem) != 0)
        return fail(problem.sentence);
    if (status != CANDOUR__STATUS__OK)
        fprintf(stderr, "load: ballot %zu: reason %u\n", number, ((const Candour__CastReply *)reply)->reason);
    link_reply_free(reply);
    return status == CANDOUR__STATUS__OK ? 0 : -1;
}

static int shake(void *client, size_t number) {
    (void)number;
    struct problem problem;
    return link_again(client, &problem) == 0 ? 0 : fail(problem.sentence);
}

// ---------------------------------------------------------------- words

static void set_target(const char *address) {
    const char *ca = getenv("CANDOUR_CA");
    plan.target = (struct link_target){.door = DOOR_BALLOT, .address_count = 1};
    snprintf(plan.target.addresses[0], sizeof plan.target.addresses[0], "%s", address ? address : "");
    snprintf(plan.target.ca_file, sizeof plan.target.ca_file, "%s", ca ? ca : "");
}

static int run_casts(int count, char **words) {
    size_t bytes;
    struct crowd crowd = {.from = strtoul(words[2], NULL, 10),
                          .count = strtoul(words[3], NULL, 10),
                          .clients = (unsigned)strtoul(words[4], NULL, 10),
                          .per_s = count > 6 ? strtod(words[6], NULL) : 0,
                          .enter = enter,
                          .one = cast,
                          .leave = leave};
    set_target(getenv("CANDOUR_BALLOT"));
    plan.is_fresh = strcmp(words[5], "fresh") == 0;
    if (ballots_round_read(words[0], &plan.round) != 0 || ballots_map(words[1], &plan.ballots, &bytes) != 0)
        return fail("the round's files cannot be read");
    if (bytes / plan.round.bucket < crowd.from + crowd.count)
        return fail("there are not so many ballots");
    return crowd_run(&crowd);
}

static int run_others(const char *word, char **words) {
    bool is_http = strcmp(word, "http") == 0;
    struct crowd crowd = {.count = strtoul(words[1], NULL, 10),
                          .clients = (unsigned)strtoul(words[2], NULL, 10),
                          .enter = is_http ? http_enter : enter,
                          .one = is_http ? http_post : shake,
                          .leave = is_http ? http_leave : leave,
                          .plan = words[0]};
    set_target(words[0]);
    return crowd_run(&crowd);
}

int main(int argc, char **argv) {
    int rc = crypto_start();
    if (rc == 0 && argc == 7 && strcmp(argv[1], "prepare") == 0)
        rc = prepare(argv + 2);
    else if (rc == 0 && argc >= 8 && strcmp(argv[1], "cast") == 0)
        rc = run_casts(argc - 2, argv + 2);
    else if (rc == 0 && argc == 5 && (strcmp(argv[1], "handshakes") == 0 || strcmp(argv[1], "http") == 0))
        rc = run_others(argv[1], argv + 2);
    else
        rc = fail("usage: see the head of tests/bench/tools/load.c");
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
