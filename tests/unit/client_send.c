#include "client_round.h"

#include "ballot.h"
#include "client/cast_private.h"
#include "client_server.h"

enum script {
    FINE,
    BUSY_TWICE,
    LOSE_ONCE,
    REFUSE,
    FAKE_RECEIPT,
    BAD_ROOT,
    NOTHING_THERE,
    NOT_PUBLISHED,
    BUSY_LEAVES,
    TOO_MANY,
    TAGGED, // the rules, by one letter
};

// What the ballot box of a test knows; copied into its process when that starts.
struct box {
    struct client_round *r;
    char *texts[2];
    size_t lens[2];
    uint32_t newest, stored; // version; sequence
    uint8_t leaf[32];
};

static struct client_round fixture;
static struct box box;
static struct server server;
static unsigned told, paused; // sentences; seconds

// ---------------------------------------------------------------- the ballot box

static int give_manifest(const struct box *b, struct server_request *request) {
    Candour__GetManifest *asked = candour__get_manifest__unpack(NULL, request->len, request->body);
    Candour__ManifestPage reply = CANDOUR__MANIFEST_PAGE__INIT;
    static uint8_t page[MANIFEST_PAGE_BYTES];
    memset(page, 0, sizeof page);
    reply.status = CANDOUR__STATUS__OK;
    reply.newest = b->newest;
    reply.pages = 1;
    reply.bytes = (uint32_t)b->lens[asked->version];
    memcpy(page, b->texts[asked->version], b->lens[asked->version]);
    page[b->lens[asked->version] - 10] ^= request->seen->script == TAGGED && asked->version > 0;
    reply.page = (ProtobufCBinaryData){sizeof page, page};
    candour__get_manifest__free_unpacked(asked, NULL);
    return server_reply(request, &reply.base);
}

static int give_leaves(const struct box *b, struct server_request *request) {
    Candour__LeavesPage reply = CANDOUR__LEAVES_PAGE__INIT;
    static uint8_t leaves[512][32];
    uint8_t root[32];
    bool is_there = request->seen->script != NOTHING_THERE;
    memset(leaves[0], 3, 32);
    memcpy(leaves[1], b->leaf, 32);
    ballot_tree_root((const uint8_t(*)[32])leaves, is_there ? 2 : 1, root);
    root[0] ^= request->seen->script == BAD_ROOT;
    reply.status = request->seen->script == NOT_PUBLISHED ? CANDOUR__STATUS__NOT_FOUND
                   : request->seen->script == BUSY_LEAVES ? CANDOUR__STATUS__INTERNAL
                                                          : CANDOUR__STATUS__OK;
    reply.pages = 1;
    reply.leaves = request->seen->script == TOO_MANY ? 25 : is_there ? 2 : 1; // 24 were asked
    reply.root = (ProtobufCBinaryData){32, root};
    reply.page = (ProtobufCBinaryData){sizeof leaves, leaves[0]};
    return server_reply(request, &reply.base);
}

static int reply_cast(struct server_request *request, Candour__Status status, uint32_t reason, uint32_t sequence,
                      uint8_t receipt[64]) {
    Candour__CastReply reply = CANDOUR__CAST_REPLY__INIT;
    reply.status = status;
    reply.reason = reason;
    reply.sequence = sequence;
    reply.receipt = (ProtobufCBinaryData){64, receipt};
    return server_reply(request, &reply.base);
}

static int take_ballot(struct box *b, struct server_request *request) {
    static unsigned tries;
    uint8_t plain[8192], receipt[64] = {0}, leaf[32], text[BALLOT_RECEIPT_TEXT_BYTES];
    Candour__CastBallot *cast = candour__cast_ballot__unpack(NULL, request->len, request->body);
    Candour__Ballot *ballot;
    if (cast == NULL || cast->sealed.len != 8192 ||
        crypto_open(b->r->manifest.box_key, b->r->box_secret, cast->sealed.data, 8192, plain) != 0 ||
        ballot_unpack(plain, 8192, NULL, &ballot, leaf) != BALLOT_FINE)
        return -1;
    candour__cast_ballot__free_unpacked(cast, NULL);
    uint32_t sequence = ballot->sequence;
    ballot_receipt_text(ballot->vk.data, sequence, leaf, text);
    candour__ballot__free_unpacked(ballot, NULL);
    tries++;
    if (request->seen->script == BUSY_TWICE && tries < 3)
        return reply_cast(request, CANDOUR__STATUS__BUSY, BALLOT_TRY_AGAIN, BALLOT_SEQUENCE_NONE, receipt);
    if (request->seen->script == REFUSE)
        return reply_cast(request, CANDOUR__STATUS__REFUSED_BY_RULE, BALLOT_CLOSED, BALLOT_SEQUENCE_NONE, receipt);
    if (sequence < b->stored || (sequence == b->stored && memcmp(leaf, b->leaf, 32) != 0))
        return reply_cast(request, CANDOUR__STATUS__CONFLICT, BALLOT_OLD_SEQUENCE, b->stored, receipt);
    b->stored = sequence;
    memcpy(b->leaf, leaf, 32);
    if (request->seen->script == LOSE_ONCE && tries == 1)
        return -1; // stored, and the reply is lost
    crypto_sign_message(b->r->receipt_secret, text, sizeof text, receipt);
    receipt[0] ^= request->seen->script == FAKE_RECEIPT;
    return reply_cast(request, CANDOUR__STATUS__OK, BALLOT_FINE, sequence, receipt);
}

static int answer(void *context, struct server_request *request) {
    switch (request->operation) {
    case OPERATION_MANIFEST_PAGE:
        return give_manifest(context, request);
    case OPERATION_CAST_BALLOT:
        return take_ballot(context, request);
    case OPERATION_LEAVES_PAGE:
        return give_leaves(context, request);
    default:
        return -1;
    }
}

// ---------------------------------------------------------------- fixture

static void pause_not(unsigned seconds) {
    paused += seconds;
}

// change may alter version 0 before it is written; next, the version that follows it.
static void begin(void (*change)(struct manifest *), void (*next)(struct manifest *)) {
    struct client_round *r = &fixture;
    client_round_vault(r);
    client_round_manifest(r);
    server = (struct server){.alpn = "candour-ballot/1", .answer = answer, .context = &box};
    server_bind(&server, r->directory);
    snprintf(r->manifest.boxes[0], sizeof r->manifest.boxes[0], "%s", server.address);
    assert_int_equal(vault_set_text(&vault_data(r->vault)->ca_file, server.ca_file, strlen(server.ca_file)), 0);
    if (change != NULL)
        change(&r->manifest);
    client_round_fill(r);
    box = (struct box){.r = r};
    box.texts[0] = client_round_text(r, &box.lens[0]);
    if (next != NULL) {
        manifest_hash(box.texts[0], box.lens[0], r->manifest.previous);
        r->manifest.version = 1;
        next(&r->manifest);
        box.texts[1] = client_round_text(r, &box.lens[1]);
        box.newest = 1;
    }
    told = paused = 0;
    cast_pause = pause_not;
}

static int teardown(void **state) {
    (void)state;
    server_stop(&server);
    free(box.texts[0]);
    free(box.texts[1]);
    client_round_end(&fixture);
    return 0;
}

static void queue(Vault__Assignment *assignment, bool now) {
    Vault__Answers *answers = client_round_answers(4, 4, 4);
    struct cast_window window;
    if (cast_prepare(fixture.vault, fixture.round, assignment, answers, now, &window, &fixture.problem) != 0)
        fail_msg("%s", fixture.problem.sentence);
    VAULT_FORGET(answers);
}

static void tell(void *context, const char *sentence) {
    (void)context;
    (void)sentence;
    told++;
}

static struct cast_summary summary;

static int send_due(bool all_now) {
    return cast_send_due(fixture.vault, all_now, tell, NULL, &summary, &fixture.problem);
}

static void assert_sent(void) {
    if (send_due(false) != 0)
        fail_msg("%s", fixture.problem.sentence);
    assert_int_equal(summary.sent, 1);
}

// ---------------------------------------------------------------- tests

static void close_later(struct manifest *m) {
    m->close += 86400;
}

static void a_due_ballot_is_sent_and_only_its_receipt_is_kept(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    queue(fixture.assignment, true);
    assert_sent();
    assert_int_equal(told, 1);
    client_round_reopen(&fixture);
    assert_null(fixture.assignment->queued);
    assert_int_equal(fixture.assignment->receipt->sequence, 1);
    assert_int_equal(server.seen->connections, 2); // the manifest over one, the ballot over another
    assert_in_range(paused, 3, 60);
    assert_int_equal(send_due(false), 0);
    assert_int_equal(summary.sent + summary.waiting, 0);
    assert_int_equal(server.seen->connections, 2);
}

static void what_is_not_due_stays(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    vault_data(fixture.vault)->identified_at = clock_now();
    queue(fixture.assignment, false);
    assert_int_equal(send_due(false), 0);
    assert_int_equal(summary.waiting, 1);
    assert_int_equal(summary.next_due, fixture.assignment->queued->due);
    assert_int_equal(server.seen->connections, 0);
    assert_int_equal(send_due(true), 0);
    assert_int_equal(summary.sent, 1);
}

static void a_due_ballot_waits_after_contact_with_the_desk(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    queue(fixture.assignment, false);
    fixture.assignment->queued->due = clock_now() - 5;
    Vault__Vault *data = vault_data(fixture.vault);
    data->has_identified_at = true;
    data->identified_at = clock_now() - 600;
    assert_int_equal(send_due(false), 0);
    assert_int_equal(summary.waiting, 1);
    assert_true(fixture.assignment->queued->due >= data->identified_at + 3600);
    assert_int_equal(server.seen->connections, 0);
}

// Planned anew, and not in the ten minutes after the hour, where everybody's would go.
static void ballots_that_a_contact_held_up_are_spread_over_hours(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    queue(fixture.assignment, false);
    Vault__Vault *data = vault_data(fixture.vault);
    data->has_identified_at = true;
    data->identified_at = clock_now() - 600;
    int64_t latest = 0;
    for (int i = 0; i < 20; i++) {
        fixture.assignment->queued->due = clock_now() - 5;
        assert_int_equal(send_due(false), 0);
        if (fixture.assignment->queued->due > latest)
            latest = fixture.assignment->queued->due;
    }
    assert_true(latest > data->identified_at + 3 * 3600);
}

static void the_rules_are_looked_at_some_minutes_before_a_ballot_goes(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    queue(fixture.assignment, false);
    fixture.assignment->queued->due = clock_now() - 5;
    assert_int_equal(send_due(false), 0);
    assert_int_equal(summary.waiting, 1);
    assert_int_equal(server.seen->connections, 1);
    assert_in_range(summary.next_due, clock_now() + 290, clock_now() + 1800);
    client_round_reopen(&fixture);
    fixture.assignment->queued->due = clock_now() - 5; // when that time has come
    fixture.round->refreshed_at -= 301;
    assert_sent();
    assert_int_equal(server.seen->connections, 2);
    assert_int_equal(paused, 0);
}

static void rules_that_were_looked_at_days_ago_are_looked_at_again(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    queue(fixture.assignment, false);
    assert_int_equal(cast_look_ahead(fixture.vault, fixture.round, clock_now() + 4 * 86400, &fixture.problem), 0);
    assert_int_equal(server.seen->connections, 0);
    assert_int_equal(cast_look_ahead(fixture.vault, fixture.round, clock_now(), &fixture.problem), 0);
    assert_int_equal(cast_look_ahead(fixture.vault, fixture.round, clock_now(), &fixture.problem), 0);
    assert_int_equal(server.seen->connections, 1);
    fixture.round->refreshed_at -= 4 * 86400;
    fixture.assignment->queued->due = clock_now() - 5;
    assert_int_equal(send_due(false), 0);
    assert_int_equal(summary.waiting, 1);
    assert_int_equal(server.seen->connections, 2);
}

static void who_sends_days_apart_is_not_put_off_again(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    queue(fixture.assignment, false);
    fixture.assignment->queued->due = clock_now() - 4 * 86400;
    assert_sent();
    assert_in_range(paused, 3, 60);
}

static void every_version_is_asked_for_whatever_is_here(void **state) {
    (void)state;
    begin(NULL, close_later);
    server_run(&server);
    assert_int_equal(trust_refresh(fixture.vault, fixture.round, &fixture.problem), 0);
    unsigned first = server.seen->requests;
    assert_int_equal(trust_refresh(fixture.vault, fixture.round, &fixture.problem), 0);
    assert_int_equal(server.seen->requests, 2 * first);
}

static void a_page_that_was_made_for_one_client_stops_everything(void **state) {
    (void)state;
    begin(NULL, close_later);
    server_run(&server);
    assert_int_equal(trust_refresh(fixture.vault, fixture.round, &fixture.problem), 0);
    server.seen->script = TAGGED;
    assert_int_equal(trust_refresh(fixture.vault, fixture.round, &fixture.problem), -1);
    assert_non_null(fixture.round->stopped);
}

static void two_ballots_do_not_leave_in_one_minute(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    Vault__Assignment *other = client_round_assign(&fixture, 1, "Bo Lee");
    queue(fixture.assignment, true);
    queue(other, true);
    assert_int_equal(send_due(true), 0);
    assert_int_equal(summary.sent, 1);
    assert_int_equal(summary.waiting, 1);
    assert_true(summary.next_due >= clock_now() + 55);
}

// Some that fell due while the computer was off go hours apart; who is rarely on waits minutes.
static void what_is_overdue_does_not_leave_together(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    Vault__Assignment *other = client_round_assign(&fixture, 1, "Bo Lee");
    queue(fixture.assignment, false);
    queue(other, false);
    int64_t latest = 0;
    for (int i = 0; i < 40; i++) {
        vault_data(fixture.vault)->cast_at = clock_now();
        vault_data(fixture.vault)->has_cast_at = true;
        other->queued->due = clock_now() - 7200;
        assert_int_equal(send_due(false), 0);
        int64_t later = other->queued->due - clock_now();
        assert_true(later >= 55);
        latest = later > latest ? later : latest;
    }
    assert_in_range(latest, 3600, 6 * 3600 + 60);
    other->queued->due = clock_now() - 2 * 86400;
    assert_int_equal(send_due(false), 0);
    assert_in_range(other->queued->due, clock_now() + 55, clock_now() + 120);
}

static void make_demo(struct manifest *m) {
    m->demo = true;
}

static void a_demonstration_does_not_wait_a_minute(void **state) {
    (void)state;
    begin(make_demo, NULL);
    server_run(&server);
    Vault__Assignment *other = client_round_assign(&fixture, 1, "Bo Lee");
    queue(fixture.assignment, true);
    queue(other, true);
    send_due(true);
    assert_int_equal(summary.sent, 2);
}

static void a_busy_ballot_box_gets_the_same_bytes_again(void **state) {
    (void)state;
    begin(NULL, NULL);
    server.seen->script = BUSY_TWICE;
    server_run(&server);
    queue(fixture.assignment, true);
    assert_sent();
    assert_int_equal(server.seen->connections, 4);
    assert_memory_equal(server.seen->last, server.seen->before, 32);
}

static void a_lost_reply_is_settled_by_the_same_bytes(void **state) {
    (void)state;
    begin(NULL, NULL);
    server.seen->script = LOSE_ONCE;
    server_run(&server);
    queue(fixture.assignment, true);
    assert_sent();
    assert_int_equal(fixture.assignment->receipt->sequence, 1);
    assert_memory_equal(server.seen->last, server.seen->before, 32);
}

static void a_stored_sequence_is_signed_above(void **state) {
    (void)state;
    begin(NULL, NULL);
    box.stored = 5;
    server_run(&server);
    queue(fixture.assignment, true);
    assert_sent();
    client_round_reopen(&fixture);
    assert_int_equal(fixture.assignment->receipt->sequence, 6);
    assert_int_equal(fixture.assignment->sequence, 6);
}

static void a_refused_ballot_is_told_and_not_sent_again(void **state) {
    (void)state;
    begin(make_demo, NULL);
    server.seen->script = REFUSE;
    server_run(&server);
    queue(fixture.assignment, true);
    assert_int_equal(send_due(false), -1);
    assert_int_equal(fixture.problem.code, EXIT_RULE);
    assert_int_equal(summary.refused, 1);
    assert_non_null(strstr(fixture.problem.sentence, "closed"));
    client_round_reopen(&fixture);
    assert_non_null(fixture.assignment->queued->refusal);
    unsigned connections = server.seen->connections;
    assert_int_equal(send_due(true), 0);
    assert_int_equal(server.seen->connections, connections);
}

static void a_fake_receipt_is_no_receipt(void **state) {
    (void)state;
    begin(NULL, NULL);
    server.seen->script = FAKE_RECEIPT;
    server_run(&server);
    queue(fixture.assignment, true);
    assert_int_equal(send_due(false), -1);
    assert_int_equal(fixture.problem.code, EXIT_FAILED);
    client_round_reopen(&fixture);
    assert_non_null(fixture.assignment->queued);
    assert_null(fixture.assignment->receipt);
}

static void a_ballot_box_that_is_away_loses_nothing(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    queue(fixture.assignment, true);
    uint8_t sealed[8192];
    memcpy(sealed, fixture.assignment->queued->sealed.data, sizeof sealed);
    kill(server.pid, SIGKILL);
    waitpid(server.pid, NULL, 0);
    assert_int_equal(send_due(false), -1);
    assert_int_equal(fixture.problem.code, EXIT_UNREACHABLE);
    client_round_reopen(&fixture);
    assert_memory_equal(fixture.assignment->queued->sealed.data, sealed, sizeof sealed);
}

static void close_earlier(struct manifest *m) {
    m->close -= 3600;
}

static void a_newer_manifest_is_fetched_first_and_changes_nothing(void **state) {
    (void)state;
    begin(NULL, close_later);
    server_run(&server);
    queue(fixture.assignment, true);
    assert_sent();
    client_round_reopen(&fixture);
    assert_int_equal(fixture.round->n_manifests, 2);
    struct manifest newest;
    assert_int_equal(trust_newest(fixture.round, &newest, &fixture.problem), 0);
    assert_int_equal(newest.version, 0);
    queue(fixture.assignment, false);
    assert_true(fixture.assignment->queued->due < newest.close);
    manifest_free(&newest);
}

static void a_forbidden_change_of_the_rules_stops_everything(void **state) {
    (void)state;
    begin(NULL, close_earlier);
    server_run(&server);
    queue(fixture.assignment, true);
    assert_int_equal(send_due(false), -1);
    assert_non_null(strstr(fixture.problem.sentence, "STOP"));
    assert_int_equal(server.seen->connections, 1);
    client_round_reopen(&fixture);
    assert_non_null(fixture.round->stopped);
    assert_int_equal(fixture.round->n_manifests, 1);
    assert_non_null(fixture.assignment->queued);
    char path[160];
    snprintf(path, sizeof path, "%s/evidence-11111111-version-1-ballot-box.txt", fixture.home);
    assert_int_equal(access(path, F_OK), 0);
}

static void another_past_of_the_round_stops_everything(void **state) {
    (void)state;
    begin(NULL, NULL);
    box.texts[0][box.lens[0] - 20] ^= 1;
    server_run(&server);
    queue(fixture.assignment, true);
    assert_int_equal(send_due(false), -1);
    assert_non_null(strstr(fixture.problem.sentence, "STOP"));
    assert_int_equal(server.seen->connections, 1);
}

static void own_ballots_are_found_among_the_leaves(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    queue(fixture.assignment, true);
    assert_sent();
    struct cast_checked checked;
    assert_int_equal(cast_check(fixture.vault, fixture.round, tell, NULL, &checked, &fixture.problem), 0);
    assert_int_equal(checked.receipts, 1);
    assert_int_equal(checked.found, 1);
    assert_int_equal(checked.leaves, 2);
    assert_true(fixture.round->checked);
    fixture.round->checked = false;
    server.seen->script = NOTHING_THERE;
    assert_int_equal(cast_check(fixture.vault, fixture.round, tell, NULL, &checked, &fixture.problem), 0);
    assert_int_equal(checked.receipts, 1);
    assert_int_equal(checked.found, 0);
    assert_false(fixture.round->checked);
    server.seen->script = BAD_ROOT;
    assert_int_equal(cast_check(fixture.vault, fixture.round, tell, NULL, &checked, &fixture.problem), -1);
    assert_int_equal(fixture.problem.code, EXIT_FAILED);
}

static int check(void) {
    struct cast_checked checked;
    return cast_check(fixture.vault, fixture.round, tell, NULL, &checked, &fixture.problem);
}

static void long_closed(struct manifest *m) {
    m->close = clock_now() - m->grace_s - 86400 - 60;
    m->answer_from = m->collect_from = m->close - 86400;
}

static void leaves_that_are_not_there_are_awaited_then_missed(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    server.seen->script = NOT_PUBLISHED;
    assert_int_equal(check(), -1);
    assert_int_equal(fixture.problem.code, EXIT_NOT_FOUND);
    assert_null(strstr(fixture.problem.sentence, "OVERDUE"));
    server.seen->script = BUSY_LEAVES; // says nothing about leaves
    assert_int_equal(check(), -1);
    assert_int_not_equal(fixture.problem.code, EXIT_NOT_FOUND);
    teardown(NULL);
    begin(long_closed, NULL);
    server_run(&server);
    server.seen->script = NOT_PUBLISHED;
    assert_int_equal(check(), -1);
    assert_non_null(strstr(fixture.problem.sentence, "OVERDUE"));
}

static void more_leaves_than_people_asked_are_a_finding(void **state) {
    (void)state;
    begin(NULL, NULL);
    server_run(&server);
    server.seen->script = TOO_MANY;
    assert_int_equal(check(), -1);
    assert_int_equal(fixture.problem.code, EXIT_FAILED);
    assert_non_null(strstr(fixture.problem.sentence, "added answers"));
}

#define TEST(test) cmocka_unit_test_teardown(test, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_due_ballot_is_sent_and_only_its_receipt_is_kept),
        TEST(what_is_not_due_stays),
        TEST(a_due_ballot_waits_after_contact_with_the_desk),
        TEST(ballots_that_a_contact_held_up_are_spread_over_hours),
        TEST(the_rules_are_looked_at_some_minutes_before_a_ballot_goes),
        TEST(who_sends_days_apart_is_not_put_off_again),
        TEST(rules_that_were_looked_at_days_ago_are_looked_at_again),
        TEST(every_version_is_asked_for_whatever_is_here),
        TEST(a_page_that_was_made_for_one_client_stops_everything),
        TEST(two_ballots_do_not_leave_in_one_minute),
        TEST(what_is_overdue_does_not_leave_together),
        TEST(a_demonstration_does_not_wait_a_minute),
        TEST(a_busy_ballot_box_gets_the_same_bytes_again),
        TEST(a_lost_reply_is_settled_by_the_same_bytes),
        TEST(a_stored_sequence_is_signed_above),
        TEST(a_refused_ballot_is_told_and_not_sent_again),
        TEST(a_fake_receipt_is_no_receipt),
        TEST(a_ballot_box_that_is_away_loses_nothing),
        TEST(a_newer_manifest_is_fetched_first_and_changes_nothing),
        TEST(a_forbidden_change_of_the_rules_stops_everything),
        TEST(another_past_of_the_round_stops_everything),
        TEST(own_ballots_are_found_among_the_leaves),
        TEST(leaves_that_are_not_there_are_awaited_then_missed),
        TEST(more_leaves_than_people_asked_are_a_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
