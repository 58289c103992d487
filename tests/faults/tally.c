// The set checker. usage: tally ROUNDS [REST]   (inside deploy/sandbox.sh)
// REST: what a rater waits between two attempts, on average, in milliseconds; 100. If it is given, also between two
// ballots.
// Raters cast and revise ballots with the client's own code for as long as it runs, each a process and a vault of its
// own; whatever they hold a receipt for must be in the database exactly once, whatever somebody else breaks meanwhile.
// The request of one ballot, as it is sent, is left in SENT_FILE, for who would send it again; and the raters' codes in
// CODES_FILE, a line each, for who would sign in.
// Reads commands from standard input, and answers each with a line on descriptor 3:
//   go N     when N more receipts have come; "stuck" if they do not
//   times    p50 and p99 of the casts since the last such command, in microseconds
//   kill     kills one rater's client and starts it again
//   write PROCESS N    kills a server's process before its N-th write from now on; alloc PROCESS N: its N-th allocation
//            fails (nth/nth.h); N 0: no more
//   left     how many of them are left
//   check    NAMES LOST DOUBLED STRANGE: compares the receipts with the database (ledger.h); raters who have cast all
//            of theirs then go on. "unreachable" when there is no database
//   end      the same, when everything that was begun has its receipt; then RECEIPTS REPEATED REFUSED
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aim.h"
#include "client/cast.h"
#include "frame.h"
#include "ledger.h"
#include "operations.h"
#include "tests/support/fixture.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

enum {
    HOUR_S = 3600,
    ROUNDS_MAX = 64,
    PAUSE_US = 20000,
    CALL_WAITS = 25,
    STUCK_S = 80,
    REST_MS = 100,
};

static struct {
    unsigned rounds;
    int rest_ms;
    bool is_slow;
    struct fixture_round made[ROUNDS_MAX];
    struct ledger *ledger;
    pid_t casters[FIXTURE_RATERS];
    unsigned timed; // as of the last "times"
    FILE *out;
} self;

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

// ---------------------------------------------------------------- one rater

static struct ledger_name *name_of(const Vault__Assignment *assignment) {
    struct ledger_name *name = ledger_find(self.ledger, assignment->vk.data);
    assert_non_null(name);
    return name;
}

static void prepare(struct person *person, Vault__Round *round, Vault__Assignment *assignment) {
    Vault__Answers *answers =
        vault_answers_new(strcmp(assignment->level, "6") == 0 ? FIXTURE_OF_BEN_ITEMS : FIXTURE_ITEMS);
    assert_non_null(answers);
    for (size_t i = 0; i < answers->ratings.len; i++)
        answers->ratings.data[i] = (uint8_t)(1 + random() % FIXTURE_SCALE);
    struct cast_window window;
    struct problem problem;
    if (cast_prepare(person->vault, round, assignment, answers, true, &window, &problem) != 0)
        fail_msg("%s", problem.sentence);
    VAULT_FORGET(answers);
}

static void keep(const Vault__Round *round, const Vault__Assignment *assignment) {
    static bool is_kept;
    Candour__CastBallot request = CANDOUR__CAST_BALLOT__INIT;
    uint8_t frame[FRAME_HEADER_BYTES + 64 + FIXTURE_BUCKET];
    if (is_kept)
        return;
    request.round = round->id;
    request.sealed = assignment->queued->sealed;
    size_t len = candour__cast_ballot__pack(&request, frame + FRAME_HEADER_BYTES);
    frame_write((struct frame){(uint32_t)len, OPERATION_CAST_BALLOT}, frame);
    FILE *file = fopen(sandbox_variable("SENT_FILE"), "we");
    is_kept = file != NULL && fwrite(frame, 1, FRAME_HEADER_BYTES + len, file) == FRAME_HEADER_BYTES + len;
    assert_true(is_kept && fclose(file) == 0);
}

static void rest(void) {
    usleep((useconds_t)(random() % (2 * self.rest_ms)) * 1000);
}

// Until there is a receipt for what waits.
static void send_off(struct person *person, const Vault__Assignment *assignment) {
    struct ledger_name *name = name_of(assignment);
    for (unsigned attempt = 0; assignment->queued != NULL; attempt++) {
        struct cast_summary summary;
        struct problem problem;
        ledger_sent(name, assignment->queued->sequence, assignment->queued->leaf.data);
        uint64_t from = now_us();
        int result = cast_send_due(person->vault, true, NULL, NULL, &summary, &problem);
        if (result == 0 && summary.sent == 1 && attempt == 0)
            self.ledger->times_us[self.ledger->timed++ % LEDGER_TIMES] = (uint32_t)(now_us() - from);
        if (summary.refused > 0) {
            self.ledger->refused++;
            print_error("rater %u: %s\n", person->number, problem.sentence);
            return;
        }
        if (assignment->queued != NULL) {
            self.ledger->repeated++;
            rest();
        }
    }
    ledger_acked(self.ledger, name, assignment->receipt->sequence);
}

// What a client had saved when it was killed: receipts, and a ballot that may never have been sent.
static void take_over(struct person *person) {
    const Vault__Vault *data = vault_data(person->vault);
    for (size_t r = 0; r < data->n_rounds; r++)
        for (size_t a = 0; a < data->rounds[r]->n_assignments; a++) {
            const Vault__Assignment *assignment = data->rounds[r]->assignments[a];
            if (assignment->queued != NULL && assignment->queued->refusal == NULL)
                send_off(person, assignment);
            else if (assignment->receipt != NULL && name_of(assignment)->acked < assignment->receipt->sequence)
                ledger_acked(self.ledger, name_of(assignment), assignment->receipt->sequence);
        }
}

static void cast(unsigned number) {
    struct person person;
    char home[32];
    snprintf(home, sizeof home, "caster-%u", number);
    person_open(number, home, &person);
    srandom(number + (unsigned)now_us());
    const Vault__Vault *data = vault_data(person.vault);
    take_over(&person);
    for (bool is_idle = true; !self.ledger->is_over; is_idle = true) {
        for (size_t r = 0; r < data->n_rounds; r++)
            for (size_t a = 0; a < data->rounds[r]->n_assignments && !self.ledger->is_over; a++) {
                Vault__Assignment *assignment = data->rounds[r]->assignments[a];
                struct ledger_name *name = name_of(assignment);
                if (!ledger_is_confirmed(name))
                    continue;
                prepare(&person, data->rounds[r], assignment);
                if (number == 0)
                    keep(data->rounds[r], assignment);
                send_off(&person, assignment);
                if (self.is_slow)
                    rest();
                is_idle = false;
            }
        if (is_idle)
            usleep(PAUSE_US);
    }
    person_close(&person);
}

// A client that waits to try again need not wait out its pause, which may have grown to half a minute.
static void on_call(int number) {
    (void)number;
}

static void call_casters(void) {
    for (unsigned i = 0; i < FIXTURE_RATERS; i++)
        kill(self.casters[i], SIGUSR1);
}

static void start_caster(unsigned number) {
    fflush(NULL);
    pid_t parent = getpid(), child = fork();
    assert_true(child >= 0);
    self.casters[number] = child;
    if (child != 0)
        return;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
    cast(number);
    _exit(0);
}

static void end_caster(unsigned number, bool is_killed) {
    int status;
    pid_t child = self.casters[number], ended;
    if (is_killed)
        assert_int_equal(kill(child, SIGKILL), 0);
    while ((ended = waitpid(child, &status, is_killed ? 0 : WNOHANG)) == 0) {
        kill(child, SIGUSR1);
        usleep(CALL_WAITS * PAUSE_US);
    }
    assert_int_equal(ended, child);
    if (is_killed ? !WIFSIGNALED(status) : status != 0)
        fail_msg("the client of rater %u ended with status %d", number, status);
}

// ---------------------------------------------------------------- setting up

static void collect(unsigned number) {
    struct person person;
    char home[32];
    snprintf(home, sizeof home, "caster-%u", number);
    person_open(number, home, &person);
    person_sign_in(&person);
    person_collect(&person);
    const Vault__Vault *data = vault_data(person.vault);
    assert_int_equal(data->n_rounds, self.rounds);
    for (size_t r = 0; r < data->n_rounds; r++)
        for (size_t a = 0; a < data->rounds[r]->n_assignments; a++)
            ledger_add(self.ledger, data->rounds[r]->assignments[a]->vk.data);
    person_close(&person);
}

static int start(void **state) {
    if (fixture_start(state) != 0)
        return -1;
    self.ledger = ledger_new();
    for (unsigned i = 0; i < self.rounds; i++) {
        char word[24];
        snprintf(word, sizeof word, "Faults %u", i);
        fixture_round_make(word, &self.made[i]);
    }
    for (unsigned i = 0; i < FIXTURE_RATERS; i++)
        collect(i);
    sandbox_clock(self.made[0].manifest.answer_from + HOUR_S);
    return 0;
}

static int end(void **state) {
    for (unsigned i = 0; i < self.rounds; i++)
        fixture_round_free(&self.made[i]);
    return fixture_end(state);
}

// ---------------------------------------------------------------- commands

static void go(unsigned more) {
    unsigned until = self.ledger->acked + more;
    uint64_t from = now_us();
    for (unsigned waits = 1; (int)(self.ledger->acked - until) < 0; waits++) {
        if (waits % CALL_WAITS == 0)
            call_casters();
        if (now_us() - from > STUCK_S * UINT64_C(1000000)) {
            fprintf(self.out, "stuck\n");
            return;
        }
        usleep(PAUSE_US);
    }
    fprintf(self.out, "ok\n");
}

static int by_size(const void *a, const void *b) {
    uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;
    return (one > two) - (one < two);
}

static void times(void) {
    unsigned until = self.ledger->timed, count = until - self.timed;
    count = count < LEDGER_TIMES ? count : LEDGER_TIMES;
    uint32_t *sorted = calloc(count + 1, sizeof *sorted);
    assert_non_null(sorted);
    for (unsigned i = 0; i < count; i++)
        sorted[i] = self.ledger->times_us[(until - count + i) % LEDGER_TIMES];
    qsort(sorted, count, sizeof *sorted, by_size);
    fprintf(self.out, "%u %u %u\n", sorted[count / 2], sorted[count - count / 100 - (count > 0)], count);
    free(sorted);
    self.timed = until;
}

static void say(const struct ledger_result *r, const char *more) {
    fprintf(self.out, "%u %u %u %u%s\n", r->names, r->lost, r->doubled, r->strange, more);
}

static void check(void) {
    struct ledger_result result;
    if (ledger_compare(self.ledger, &result))
        say(&result, "");
    else
        fprintf(self.out, "unreachable\n");
}

static void finish(void) {
    struct ledger_result result;
    char more[64];
    self.ledger->is_over = true;
    for (unsigned i = 0; i < FIXTURE_RATERS; i++)
        end_caster(i, false);
    assert_true(ledger_compare(self.ledger, &result));
    snprintf(more, sizeof more, " %u %u %u", self.ledger->acked, self.ledger->repeated, self.ledger->refused);
    say(&result, more);
}

static void kill_one(void) {
    unsigned victim = (unsigned)(random() % FIXTURE_RATERS);
    end_caster(victim, true);
    start_caster(victim);
    fprintf(self.out, "ok\n");
}

static void aim(int process, enum nth_kind kind, long number) {
    aim_at(process, kind, number);
    fprintf(self.out, "ok\n");
}

static void leave_codes(void) {
    FILE *file = fopen(sandbox_variable("CODES_FILE"), "we");
    assert_non_null(file);
    for (unsigned i = 0; i < FIXTURE_RATERS; i++)
        fprintf(file, "%s\n", fixture_code(i));
    assert_int_equal(fclose(file), 0);
}

static void raters_cast_whatever_happens(void **state) {
    (void)state;
    char line[64];
    int process;
    unsigned number;
    const struct sigaction call = {.sa_handler = on_call}; // interrupts
    assert_int_equal(sigaction(SIGUSR1, &call, NULL), 0);
    for (unsigned i = 0; i < FIXTURE_RATERS; i++)
        start_caster(i);
    leave_codes();
    fprintf(self.out, "ready\n");
    for (;;) {
        if (fgets(line, sizeof line, stdin) == NULL)
            exit(1); // nobody asks any more; the casters end with this process
        if (strcmp(line, "end\n") == 0)
            break;
        if (sscanf(line, "go %u", &number) == 1) {
            go(number);
        } else if (strcmp(line, "times\n") == 0) {
            times();
        } else if (strcmp(line, "check\n") == 0) {
            check();
        } else if (strcmp(line, "kill\n") == 0) {
            kill_one();
        } else if (sscanf(line, "write %d %u", &process, &number) == 2) {
            aim(process, NTH_WRITE, number);
        } else if (sscanf(line, "alloc %d %u", &process, &number) == 2) {
            aim(process, NTH_ALLOC, number);
        } else if (strcmp(line, "left\n") == 0) {
            fprintf(self.out, "%ld\n", aim_left());
        } else {
            fail_msg("there is no command %s", line);
        }
    }
    finish();
}

int main(int argc, char **argv) {
    self.rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
    self.is_slow = argc > 2;
    self.rest_ms = self.is_slow ? atoi(argv[2]) : REST_MS;
    self.out = fdopen(3, "we");
    if (self.out == NULL || self.rounds == 0 || self.rounds > ROUNDS_MAX || self.rest_ms <= 0) {
        fprintf(stderr, "usage: tally ROUNDS [REST] 3>ANSWERS\n");
        return 2;
    }
    setvbuf(self.out, NULL, _IOLBF, 0);
    const struct CMUnitTest tests[] = {cmocka_unit_test(raters_cast_whatever_happens)};
    return cmocka_run_group_tests(tests, start, end);
}
