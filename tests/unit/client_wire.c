// What leaves the computer is the same in every language: the same commands, with the same random bytes, send the same
// requests to both doors, byte by byte. What is encrypted has thus the same lengths, too.
#include "client_desk.h"

#include <limits.h>
#include <sodium.h>

#include "ballot.h"
#include "client/cast_private.h"
#include "client/commands.h"
#include "client/language.h"
#include "code.h"

enum { SENT_MAX = 64 };

// Written by the doors, read by the test.
struct sent {
    unsigned count;
    struct {
        uint16_t operation;
        size_t len;
        uint8_t hash[32];
    } list[SENT_MAX];
};

static struct client_round fixture;
static struct server desk, box;
static struct sent *sent; // of the run that goes on, by both doors
static char authorities[128], code_file[128], answers_file[128];

// ---------------------------------------------------------------- both doors

static int sign_in(struct server_request *request) {
    Candour__SignInReply reply = CANDOUR__SIGN_IN_REPLY__INIT;
    static const uint8_t session[32] = {1};
    reply.has_status = reply.has_session = reply.has_name = reply.has_expires = true;
    reply.status = CANDOUR__STATUS__OK;
    reply.session = bytes(session, sizeof session);
    reply.name = bytes("Bea Ray", 7);
    reply.expires = clock_now() + 3600;
    return server_reply(request, &reply.base);
}

static int refuse_ballot(struct server_request *request) {
    Candour__CastReply reply = CANDOUR__CAST_REPLY__INIT;
    uint8_t receipt[64] = {0};
    reply.status = CANDOUR__STATUS__REFUSED_BY_RULE;
    reply.reason = BALLOT_CLOSED;
    reply.sequence = BALLOT_SEQUENCE_NONE;
    reply.receipt = bytes(receipt, sizeof receipt);
    return server_reply(request, &reply.base);
}

static int answer(void *context, struct server_request *request) {
    unsigned number = sent->count++;
    if (number >= SENT_MAX)
        return -1;
    sent->list[number].operation = request->operation;
    sent->list[number].len = request->len;
    crypto_sha256(&(struct crypto_span){request->body, request->len}, 1, sent->list[number].hash);
    switch (request->operation) {
    case OPERATION_SIGN_IN:
        return sign_in(request);
    case OPERATION_CAST_BALLOT:
        return refuse_ballot(request);
    default:
        return doors_answer(context, request);
    }
}

// ---------------------------------------------------------------- the same random bytes each time

static uint64_t drawn;

static void draw(void *const ret_bytes, const size_t len) {
    uint8_t block[32];
    for (size_t at = 0; at < len; at += sizeof block) {
        drawn++;
        crypto_sha256(&(struct crypto_span){&drawn, sizeof drawn}, 1, block);
        memcpy((uint8_t *)ret_bytes + at, block, len - at < sizeof block ? len - at : sizeof block);
    }
}

static uint32_t draw_number(void) {
    uint32_t number;
    draw(&number, sizeof number);
    return number;
}

static const char *draw_name(void) {
    return "known";
}

static struct randombytes_implementation known = {.implementation_name = draw_name, .random = draw_number, .buf = draw};

// ---------------------------------------------------------------- the client

static void pause_not(unsigned seconds) {
    (void)seconds;
}

// A command line as main runs it, in this vault.
static int command(const char *home, int count, const char *const *words) {
    struct run run = {.no_input = true, .yes = true, .quiet = true};
    int result = command_read(count, (char *const *)(uintptr_t)words, &run.given, &run.problem);
    if (result == 0)
        result = vault_open(home, NULL, NULL, &run.vault, &run.problem);
    if (result == 0)
        result = run.given.command->run(&run);
    cmd_end(&run);
    return result;
}

// In a process of its own, as language and random bytes are for good. Its exit code says whether all went well.
static void live(const char *language) {
    char home[128], locale[PATH_MAX];
    snprintf(home, sizeof home, "%s/%s", fixture.directory, language);
    ssize_t len = readlink("/proc/self/exe", locale, sizeof locale - 16);
    locale[len > 0 ? len : 0] = '\0';
    strcpy(strstr(locale, "/tests/unit/"), "/locale");
    setenv("CANDOUR_LOCALE_DIR", locale, 1);
    unsetenv("CANDOUR_SOCKS");
    language_start();
    language_use(language);
    randombytes_set_implementation(&known);
    cast_pause = pause_not;
    const char *const signs_in[] = {"candour",   "sign-in", "--server", desk.address,    "--ca",
                                    authorities, "--email", "b@x.org",  "--secret-file", code_file};
    const char *const gives[] = {"candour", "give", "Ann", "--answers", answers_file, "--now"};
    bool is_done = strcmp(language_code(), language) == 0 && command(home, ARRAY_LEN(signs_in), signs_in) == 0;
    command(home, ARRAY_LEN(gives), gives); // the box refuses, but has seen it
    _exit(is_done ? 0 : 1);
}

static struct sent run_in(const char *language) {
    memset(sent, 0, sizeof *sent);
    pid_t process = fork();
    if (process == 0)
        live(language);
    int status;
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_int_equal(status, 0);
    return *sent;
}

// ---------------------------------------------------------------- fixture

static void write_file(char *path, size_t size, const char *name, const char *content) {
    snprintf(path, size, "%s/%s", fixture.directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static int setup(void **state) {
    (void)state;
    struct client_round *r = &fixture;
    char code[CODE_TEXT_BYTES] = "";
    client_round_vault(r);
    client_round_manifest(r);
    sent = mmap(NULL, sizeof *sent, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(sent != MAP_FAILED);
    doors_bind(r, answer, &desk, &box);
    doors_run(r, &desk, &box, authorities);
    code_new(code);
    write_file(code_file, sizeof code_file, "code", code);
    write_file(answers_file, sizeof answers_file, "answers",
               "{\"ratings\": [4, null, 2], \"comments\": {\"1\": \"You listen\"}}");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    server_stop(&desk);
    server_stop(&box);
    munmap(sent, sizeof *sent);
    free(text);
    client_round_end(&fixture);
    return 0;
}

// ---------------------------------------------------------------- tests

static void every_language_sends_the_same_bytes(void **state) {
    (void)state;
    struct sent english = run_in("en"), welsh = run_in("cy");
    unsigned ballots = 0;
    for (unsigned i = 0; i < english.count; i++) {
        if (memcmp(&english.list[i], &welsh.list[i], sizeof english.list[i]) != 0)
            fail_msg("request %u: operation %u with %zu bytes in English, %u with %zu in Welsh", i,
                     english.list[i].operation, english.list[i].len, welsh.list[i].operation, welsh.list[i].len);
        ballots += english.list[i].operation == OPERATION_CAST_BALLOT;
    }
    assert_int_equal(english.count, welsh.count);
    assert_int_equal(ballots, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_language_sends_the_same_bytes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
