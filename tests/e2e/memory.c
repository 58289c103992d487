// What the daemon remembers. Of a ballot: while it is stored the ballot is in its memory, and when the rater has the
// receipt it is not, whatever else has happened on the way. Of a password: nothing.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "crypto.h"
#include "tests/support/forge.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

enum { HOUR_S = 3600, WORKERS_MAX = 16, PATIENCE_MS = 5000, LOOK_EVERY_MS = 100, COMMENT_BYTES = 1000, BALLOTS = 10 };

static struct fixture_round round_made;

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    fixture_round_make("Memory", &round_made);
    return 0;
}

static int end(void **state) {
    fixture_round_free(&round_made);
    return fixture_end(state);
}

// ---------------------------------------------------------------- looking

static unsigned count_in(const uint8_t *bytes, size_t len, const void *marker, size_t marker_len) {
    unsigned count = 0;
    for (const uint8_t *at = bytes; (at = memmem(at, len - (size_t)(at - bytes), marker, marker_len)); at++)
        count++;
    return count;
}

enum { PAGE_BYTES = 4096, PIECE_PAGES = 64, OVERLAP_BYTES = 256 };

// Pages that were never touched need not be read. They are most.
static bool is_touched(int pagemap, unsigned long at) {
    uint64_t pages[PIECE_PAGES + 1] = {0};
    (void)!pread(pagemap, pages, sizeof pages, (off_t)(at / PAGE_BYTES * sizeof *pages));
    for (size_t i = 0; i < ARRAY_LEN(pages); i++)
        if (pages[i] >> 62 != 0) // present or swapped
            return true;
    return false;
}

static int open_of(pid_t pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    return fd;
}

// In everything that the process may write to.
static unsigned count_of_process(pid_t pid, const void *marker, size_t marker_len) {
    static uint8_t piece[PIECE_PAGES * PAGE_BYTES + OVERLAP_BYTES];
    char line[512], rights[8];
    unsigned long from, to;
    unsigned count = 0;
    int memory = open_of(pid, "mem"), pagemap = open_of(pid, "pagemap");
    FILE *maps = fdopen(open_of(pid, "maps"), "r");
    while (fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[1] != 'w')
            continue;
        for (unsigned long at = from; at < to; at += PIECE_PAGES * PAGE_BYTES) {
            size_t wanted = to - at < sizeof piece ? to - at : sizeof piece;
            ssize_t len = is_touched(pagemap, at) ? pread(memory, piece, wanted, (off_t)at) : 0;
            if (len > 0)
                count += count_in(piece, (size_t)len, marker, marker_len);
        }
    }
    fclose(maps);
    close(memory);
    close(pagemap);
    return count;
}

// In all processes of the daemon.
static unsigned count_of_daemon(const void *marker, size_t marker_len) {
    pid_t workers[WORKERS_MAX];
    size_t worker_count = sandbox_workers(workers, WORKERS_MAX);
    assert_in_range(worker_count, 3, WORKERS_MAX);
    unsigned count = 0;
    for (size_t i = 0; i < worker_count; i++)
        count += count_of_process(workers[i], marker, marker_len);
    return count;
}

// Until there is none any more, or patience ends.
static unsigned count_left(const void *marker, size_t marker_len) {
    unsigned count = 1;
    for (unsigned waited = 0; waited < PATIENCE_MS && count > 0; waited += LOOK_EVERY_MS) {
        usleep(LOOK_EVERY_MS * 1000);
        count = count_of_daemon(marker, marker_len);
    }
    return count;
}

// Until there is one, or patience ends.
static unsigned count_come(const void *marker, size_t marker_len) {
    unsigned count = 0;
    for (unsigned waited = 0; waited < PATIENCE_MS && count == 0; waited += LOOK_EVERY_MS) {
        usleep(LOOK_EVERY_MS * 1000);
        count = count_of_daemon(marker, marker_len);
    }
    return count;
}

// ---------------------------------------------------------------- ballots

// A comment that nobody else writes, with its marker at both ends and in the middle.
static void make_comment(char ret_comment[COMMENT_BYTES + 1], char ret_marker[25]) {
    uint8_t random[12];
    crypto_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(ret_marker + 2 * i, 3, "%02x", random[i]);
    memset(ret_comment, '.', COMMENT_BYTES);
    ret_comment[COMMENT_BYTES] = '\0';
    memcpy(ret_comment, ret_marker, 24);
    memcpy(ret_comment + COMMENT_BYTES / 2, ret_marker, 24);
    memcpy(ret_comment + COMMENT_BYTES - 24, ret_marker, 24);
}

static struct ballot {
    struct person person;
    struct forge forge;
    struct wire wire;
    uint8_t frame[FORGE_FRAME_BYTES];
    char comments[FIXTURE_QUESTIONS][COMMENT_BYTES + 1], marker[25];
} ballots[BALLOTS];

static void send_ballot(struct ballot *b, uint32_t sequence) {
    forge_start(&b->person, &round_made, FIXTURE_ADA, &b->forge);
    for (unsigned i = 0; i < FIXTURE_QUESTIONS; i++) {
        make_comment(b->comments[i], b->marker); // the last one counts
        forge_comment(&b->forge, i, b->comments[i], COMMENT_BYTES);
    }
    b->forge.ballot.sequence = sequence;
    forge_frame(&b->forge, b->frame);
    wire_open(DOOR_BALLOT, NULL, &b->wire);
    wire_send(&b->wire, b->frame, sizeof b->frame);
}

// Repeated as long as the ballot box asks for it.
static void await_receipt(struct ballot *b) {
    struct forge_reply reply;
    forge_read(&b->wire, &reply);
    for (unsigned tries = 0; reply.reason == BALLOT_TRY_AGAIN && tries < 100; tries++) {
        usleep(LOOK_EVERY_MS * 1000);
        wire_send(&b->wire, b->frame, sizeof b->frame);
        forge_read(&b->wire, &reply);
    }
    assert_int_equal(reply.reason, BALLOT_FINE);
}

// More of them together than what fits in libpq's first buffer.
static void a_ballot_is_forgotten_when_it_is_stored(void **state) {
    (void)state;
    if (geteuid() != 0)
        skip(); // only root may look
    unsigned held = 0;
    for (unsigned i = 0; i < BALLOTS; i++)
        person_ready(i, &round_made, &ballots[i].person);
    sandbox_clock(round_made.manifest.answer_from + HOUR_S);
    for (uint32_t sequence = 1; sequence <= 2; sequence++) {
        FILE *lock = sandbox_lock("LOCK TABLE ballot.ballot IN ACCESS EXCLUSIVE MODE");
        for (unsigned i = 0; i < BALLOTS; i++)
            send_ballot(&ballots[i], sequence);
        held = count_come(ballots[0].marker, 24);
        assert_int_not_equal(held, 0); // while it waits for the database
        assert_int_not_equal(count_of_daemon(ballots[0].forge.vk, 32), 0);
        if (sequence == 2) // the connection that they are on is lost, and they come again
            sandbox_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'candour_ballot'");
        sandbox_unlock(lock);
        for (unsigned i = 0; i < BALLOTS; i++)
            await_receipt(&ballots[i]);
        for (unsigned i = 0; i < BALLOTS; i++) {
            assert_int_equal(count_left(ballots[i].marker, 24), 0);
            assert_int_equal(count_left(ballots[i].forge.vk, 32), 0);
            wire_close(&ballots[i].wire);
        }
    }
    print_message("shown: a ballot's marker in memory: %u times while it is stored, 0 times afterwards\n", held);
    for (unsigned i = 0; i < BALLOTS; i++)
        person_close(&ballots[i].person);
}

static void a_password_is_forgotten_after_the_sign_in(void **state) {
    (void)state;
    if (geteuid() != 0)
        skip();
    char password[128] = "";
    uint8_t session[32];
    FILE *file = fopen(sandbox_variable("ADMIN_PASSWORD_FILE"), "r");
    assert_non_null(file);
    assert_non_null(fgets(password, sizeof password, file));
    fclose(file);
    size_t len = strcspn(password, "\n");
    assert_in_range(len, 12, sizeof password);
    fixture_sign_in(session);
    assert_int_equal(count_left(password, len), 0);
    assert_int_not_equal(count_of_daemon("Example Council", 15), 0); // what is in its configuration stays
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ballot_is_forgotten_when_it_is_stored),
        cmocka_unit_test(a_password_is_forgotten_after_the_sign_in),
    };
    return cmocka_run_group_tests(tests, start, end);
}
