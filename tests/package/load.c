// usage: load DESK BALLOT CA_FILE
// Connects to both doors again and again, four at a time, each with a connection and a request of its own that is never
// repeated, until SIGTERM. Then prints "CONNECTIONS FAILED" and what the last failure was.
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "candour.pb-c.h"
#include "client/link.h"
#include "crypto.h"

enum { CLIENTS = 4 };

struct tally {
    atomic_uint done, failed;
    struct problem last; // of any client; only shown
};
static struct tally *tally;
static volatile sig_atomic_t is_over;

static void end(int number) {
    (void)number;
    is_over = 1;
}

// At the desk a hello, at the ballot box a manifest that is not there. A reply of any kind is a served
// connection.
static int visit(const struct link_target *target, struct problem *ret_problem) {
    struct link *link = NULL;
    if (link_open(target, &link, ret_problem) != 0)
        return -1;
    link_set_patience(link, 0);
    int rc;
    if (target->door == DOOR_DESK) {
        Candour__HelloReply *reply = NULL;
        rc = link_hello(link, NULL, &reply, ret_problem);
        if (rc == 0)
            link_reply_free(&reply->base);
    } else {
        uint8_t nobody[16] = {0};
        Candour__GetManifest request = CANDOUR__GET_MANIFEST__INIT;
        request.round = (ProtobufCBinaryData){sizeof nobody, nobody};
        ProtobufCMessage *reply = NULL;
        Candour__Status status;
        rc = link_exchange(link, OPERATION_MANIFEST_PAGE, &request.base, &reply, &status, ret_problem);
        if (rc == 0)
            link_reply_free(reply);
    }
    link_close(link);
    return rc;
}

static void visit_often(const struct link_target targets[2]) {
    for (unsigned turn = 0; !is_over; turn++) {
        struct problem problem = {0};
        if (visit(&targets[turn % 2], &problem) == 0) {
            atomic_fetch_add(&tally->done, 1);
        } else if (!is_over) { // the signal itself may have cut it off
            atomic_fetch_add(&tally->failed, 1);
            tally->last = problem;
        }
    }
}

int main(int argc, char **argv) {
    struct link_target targets[2] = {{.door = DOOR_DESK, .address_count = 1},
                                     {.door = DOOR_BALLOT, .address_count = 1}};
    if (argc != 4 || crypto_start() != 0)
        return 2;
    for (int i = 0; i < 2; i++) {
        snprintf(targets[i].addresses[0], sizeof targets[i].addresses[0], "%s", argv[1 + i]);
        snprintf(targets[i].ca_file, sizeof targets[i].ca_file, "%s", argv[3]);
    }
    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED)
        return 1;
    const struct sigaction on_term = {.sa_handler = end}; // a connection under way is finished with
    sigaction(SIGTERM, &on_term, NULL);
    pid_t clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        if ((clients[i] = fork()) == 0) {
            visit_often(targets);
            return 0;
        }
    while (!is_over)
        pause();
    for (int i = 0; i < CLIENTS; i++)
        kill(clients[i], SIGTERM);
    for (int i = 0; i < CLIENTS; i++)
        waitpid(clients[i], NULL, 0);
    printf("%u %u %s\n", atomic_load(&tally->done) + atomic_load(&tally->failed), atomic_load(&tally->failed),
           tally->last.sentence);
    return 0;
}
