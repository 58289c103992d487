// A desk and a ballot box that run, for the client's tests of both: what client_doors.h says, whom somebody is asked
// about, and one file with both certificates.
#ifndef CANDOUR_TESTS_CLIENT_DESK_H
#define CANDOUR_TESTS_CLIENT_DESK_H

#include "client_doors.h"

static inline int say_hello(struct server_request *request) {
    Candour__HelloReply reply = CANDOUR__HELLO_REPLY__INIT;
    reply.has_status = reply.has_purpose = reply.has_signed_in = true;
    reply.status = CANDOUR__STATUS__OK;
    reply.purpose = CANDOUR__PURPOSE__LIVE;
    reply.signed_in = request->seen->script != SIGNED_OUT;
    return server_reply(request, &reply.base);
}

// Two, one to a page.
static inline int my_assignments(const struct client_round *r, struct server_request *request) {
    enum script script = request->seen->script;
    Candour__RoundBrief brief = CANDOUR__ROUND_BRIEF__INIT, *briefs = &brief;
    brief.id = bytes(r->manifest.round, 16);
    brief.name = bytes("Spring", 6);
    brief.state = script == RELEASED ? CANDOUR__STATE__RELEASED : CANDOUR__STATE__COLLECTING;
    Candour__MyAssignments *asked = candour__my_assignments__unpack(NULL, request->len, request->body);
    uint32_t offset = asked->offset;
    candour__my_assignments__free_unpacked(asked, NULL);
    Candour__Assignment assignment[2], *list[2];
    uint8_t ids[2][16] = {{1}, {2}}, salt[16] = {9};
    salt[15] = script == OTHER_SALT;
    brief.has_name_salt = true;
    brief.name_salt = bytes(salt, 16);
    for (unsigned i = 0; i < 2; i++) {
        candour__assignment__init(&assignment[i]);
        assignment[i].id = bytes(ids[i], 16);
        assignment[i].round = brief.id;
        assignment[i].subject = bytes(r->subjects[i].id, 16);
        assignment[i].group = CANDOUR__GROUP__PEER;
        assignment[i].subject_name = script == OTHER_NAME ? bytes("Mallory", 7)
                                     : script == ODD_NAME && i == 0
                                         ? bytes("Ann\u200b Lee", 10)
                                         : bytes(client_round_names[i], strlen(client_round_names[i]));
        assignment[i].level = bytes("5", 1);
        assignment[i].collected = script == TAKEN;
        list[i] = &assignment[i];
    }
    Candour__MyAssignmentsReply reply = CANDOUR__MY_ASSIGNMENTS_REPLY__INIT;
    reply.has_status = true;
    reply.status = CANDOUR__STATUS__OK;
    bool is_empty = script == RELEASED || script == UNLISTED;
    reply.rounds = &briefs;
    reply.n_rounds = script != UNLISTED;
    reply.assignments = list + (offset < 2 ? offset : 1);
    reply.n_assignments = is_empty || (offset >= 2 && script != NO_END) ? 0 : 1;
    reply.has_total = true;
    reply.total = is_empty ? 0 : script == NO_END ? UINT32_MAX : 2;
    return server_reply(request, &reply.base);
}

// What both doors answer, but for signing in and ballots. context: the round.
static inline int doors_answer(void *context, struct server_request *request) {
    switch (request->operation) {
    case OPERATION_HELLO:
        return say_hello(request);
    case OPERATION_MY_ASSIGNMENTS:
        return my_assignments(context, request);
    case OPERATION_GET_MANIFEST:
        return give_manifest(request, true);
    case OPERATION_MANIFEST_PAGE:
        return give_manifest(request, false);
    case OPERATION_GET_QUESTIONNAIRE:
        return give_questions(request);
    case OPERATION_COLLECT_CREDENTIALS:
        return collect(context, request);
    default:
        return -1;
    }
}

// Servers, with their address in the manifest, whose text is of now. They run after doors_run.
static inline void doors_bind(struct client_round *r, int (*answer)(void *context, struct server_request *request),
                              struct server *ret_desk, struct server *ret_box) {
    *ret_desk = (struct server){.alpn = "candour-desk/1", .answer = answer, .context = r};
    *ret_box = (struct server){.alpn = "candour-ballot/1", .answer = answer, .context = r};
    server_bind(ret_box, r->directory);
    snprintf(r->manifest.boxes[0], sizeof r->manifest.boxes[0], "%s", ret_box->address);
    text = client_round_text(r, &text_len);
}

// ret_authorities: one file with the certificates of both, as each server makes its own.
static inline void doors_run(struct client_round *r, struct server *desk, struct server *box,
                             char ret_authorities[128]) {
    char line[256];
    server_run(box);
    server_start(desk, r->directory); // after the box, so that it does not inherit its listener
    snprintf(ret_authorities, 128, "%s/both.pem", r->directory);
    FILE *to = fopen(ret_authorities, "w");
    const char *const files[] = {desk->ca_file, box->ca_file};
    for (size_t i = 0; i < 2; i++) {
        FILE *from = fopen(files[i], "r");
        while (fgets(line, sizeof line, from) != NULL)
            fputs(line, to);
        fclose(from);
    }
    fclose(to);
}

#endif
