#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "client/cast.h"
#include "client/rater.h"
#include "clock.h"
#include "code.h"
#include "crypto.h"
#include "sandbox.h"
#include "testing.h"

enum { DAY_S = 86400, MONTH_S = 30 * DAY_S, MINUTE_S = 60, NAME_BYTES = 64 };

static struct {
    int64_t base; // when this program began
    struct link *admin;
    uint8_t session[32];
    char codes[FIXTURE_RATERS][CODE_TEXT_BYTES];
} self;

static const char *const leaders[] = {"Ada", "Ben", "Cyn"};
static const char framework_name[] = "Small Framework";

static ProtobufCBinaryData bytes_of(const char *text) {
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

static void rater_email(unsigned number, char ret_email[NAME_BYTES]) {
    snprintf(ret_email, NAME_BYTES, "rater-%02u@example.org", number);
}

// ---------------------------------------------------------------- the administrator

static ProtobufCMessage *call(struct link *link, uint16_t operation, const ProtobufCMessage *request) {
    ProtobufCMessage *reply;
    struct problem problem;
    if (link_call(link, operation, request, &reply, &problem) != 0)
        fail_msg("operation 0x%04x: %s", operation, problem.sentence);
    return reply;
}

static struct link *open_desk(const uint8_t *session) {
    struct link_target target = sandbox_door(DOOR_DESK);
    struct link *link;
    struct problem problem;
    Candour__HelloReply *hello;
    if (link_open(&target, &link, &problem) != 0 || link_hello(link, session, &hello, &problem) != 0)
        fail_msg("%s", problem.sentence);
    link_reply_free(&hello->base);
    return link;
}

void fixture_sign_in(uint8_t ret_session[32]) {
    char password[64], totp[16];
    sandbox_clock(clock_now() + MINUTE_S); // no six digits serve twice
    sandbox_shell(password, sizeof password, "cat \"$ADMIN_PASSWORD_FILE\"");
    sandbox_shell(totp, sizeof totp, "oathtool --totp -b --now=@%lld \"$(cat \"$ADMIN_TOTP_FILE\")\"",
                  (long long)clock_now());
    Candour__PasswordProof proof = CANDOUR__PASSWORD_PROOF__INIT;
    proof.password = bytes_of(password);
    proof.totp = (uint32_t)strtoul(totp, NULL, 10);
    Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
    request.email = bytes_of(sandbox_variable("ADMIN_EMAIL"));
    request.proof_case = CANDOUR__SIGN_IN__PROOF_PASSWORD;
    request.password = &proof;
    struct link *link = open_desk(NULL);
    ProtobufCMessage *reply = call(link, OPERATION_SIGN_IN, &request.base);
    const Candour__SignInReply *in = (const Candour__SignInReply *)reply;
    assert_int_equal(in->session.len, 32);
    assert_true(in->administrator);
    memcpy(ret_session, in->session.data, 32);
    link_reply_free(reply);
    link_close(link);
}

struct link *fixture_admin(void) {
    return self.admin;
}

const uint8_t *fixture_session(void) {
    return self.session;
}

// ---------------------------------------------------------------- people and framework

static void import_people(void) {
    static char emails[FIXTURE_RATERS + ARRAY_LEN(leaders)][NAME_BYTES];
    static char names[FIXTURE_RATERS + ARRAY_LEN(leaders)][NAME_BYTES];
    Candour__PersonRow rows[ARRAY_LEN(emails)], *list[ARRAY_LEN(emails)];
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        bool is_leader = i >= FIXTURE_RATERS;
        rater_email(i, emails[i]);
        snprintf(names[i], NAME_BYTES, "Rater %02u", i);
        if (is_leader) {
            snprintf(names[i], NAME_BYTES, "%s", leaders[i - FIXTURE_RATERS]);
            snprintf(emails[i], NAME_BYTES, "%s@example.org", names[i]);
        }
        list[i] = &rows[i];
        candour__person_row__init(list[i]);
        rows[i].email = bytes_of(emails[i]);
        rows[i].name = bytes_of(names[i]);
        rows[i].line = i + 1;
    }
    Candour__ImportPeople request = CANDOUR__IMPORT_PEOPLE__INIT;
    request.rows = list;
    request.n_rows = ARRAY_LEN(rows);
    link_reply_free(call(self.admin, OPERATION_IMPORT_PEOPLE, &request.base));
}

static void import_framework(void) {
    static char texts[FIXTURE_ITEMS + FIXTURE_OF_BEN_ITEMS][NAME_BYTES];
    Candour__FrameworkRow rows[ARRAY_LEN(texts)], *list[ARRAY_LEN(texts)];
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        list[i] = &rows[i];
        candour__framework_row__init(list[i]);
        snprintf(texts[i], NAME_BYTES, "Does the right thing, number %u", i);
        rows[i].competency = bytes_of("Doing");
        rows[i].level = bytes_of(i < FIXTURE_ITEMS ? "3" : "6");
        rows[i].effective = bytes_of(texts[i]);
        rows[i].line = i + 1;
    }
    ProtobufCBinaryData scale[FIXTURE_SCALE] = {bytes_of("Never"), bytes_of("Seldom"), bytes_of("Sometimes"),
                                                bytes_of("Often"), bytes_of("Always")};
    ProtobufCBinaryData questions[FIXTURE_QUESTIONS] = {bytes_of("Keep?"), bytes_of("Change?"), bytes_of("Else?")};
    Candour__ImportFramework request = CANDOUR__IMPORT_FRAMEWORK__INIT;
    request.name = bytes_of(framework_name);
    request.scale = scale;
    request.n_scale = ARRAY_LEN(scale);
    request.questions = questions;
    request.n_questions = ARRAY_LEN(questions);
    request.rows = list;
    request.n_rows = ARRAY_LEN(rows);
    link_reply_free(call(self.admin, OPERATION_IMPORT_FRAMEWORK, &request.base));
}

int fixture_start(void **state) {
    (void)state;
    assert_int_equal(crypto_start(), 0);
    clock_shift_by_file(sandbox_variable("CANDOUR_CLOCK_FILE"));
    sandbox_clock(clock_now() + MONTH_S);
    fixture_sign_in(self.session);
    self.base = clock_now();
    self.admin = open_desk(self.session);
    import_people();
    import_framework();
    return 0;
}

int fixture_end(void **state) {
    (void)state;
    link_close(self.admin);
    return 0;
}

// ---------------------------------------------------------------- rounds

static void create(const struct fixture_round *round) {
    Candour__Rules rules = CANDOUR__RULES__INIT;
    rules.threshold = rules.comments_pooled = 4;
    rules.comments_by_group = 5;
    rules.tail_low = 1;
    rules.bucket = FIXTURE_BUCKET;
    uint8_t id[16];
    crypto_random(id, sizeof id);
    Candour__CreateRound request = CANDOUR__CREATE_ROUND__INIT;
    request.name = bytes_of(round->name);
    request.framework = bytes_of(framework_name);
    request.collect_from = self.base - MINUTE_S;
    request.answer_from = self.base + 2 * DAY_S;
    request.close = self.base + 9 * DAY_S;
    request.grace_s = 3600;
    request.rules = &rules;
    request.request = (ProtobufCBinaryData){sizeof id, id};
    link_reply_free(call(self.admin, OPERATION_CREATE_ROUND, &request.base));
}

static void add_rater(Candour__RaterRow *row, char email[NAME_BYTES], unsigned number, enum fixture_subject subject,
                      Candour__Group group) {
    static const char *const emails[] = {"ada@example.org", "ben@example.org", "cyn@example.org"};
    rater_email(number, email);
    candour__rater_row__init(row);
    row->subject_email = bytes_of(emails[subject]);
    row->has_level = true;
    row->level = bytes_of(subject == FIXTURE_BEN ? "6" : "3");
    row->rater_email = bytes_of(email);
    row->group = group;
}

static void load(const struct fixture_round *round) {
    enum { ROWS = FIXTURE_RATERS + FIXTURE_OF_BEN + FIXTURE_OF_CYN };
    char emails[ROWS][NAME_BYTES];
    Candour__RaterRow rows[ROWS], *list[ROWS];
    size_t used = 0;
    for (unsigned i = 0; i < FIXTURE_RATERS; i++, used++)
        add_rater(&rows[used], emails[used], i, FIXTURE_ADA,
                  i < FIXTURE_PEERS ? CANDOUR__GROUP__PEER : CANDOUR__GROUP__REPORT);
    for (unsigned i = 0; i < FIXTURE_OF_BEN; i++, used++)
        add_rater(&rows[used], emails[used], i, FIXTURE_BEN, CANDOUR__GROUP__PEER);
    for (unsigned i = 0; i < FIXTURE_OF_CYN; i++, used++)
        add_rater(&rows[used], emails[used], i, FIXTURE_CYN, CANDOUR__GROUP__REPORT);
    for (unsigned i = 0; i < ROWS; i++) {
        list[i] = &rows[i];
        rows[i].line = i + 1;
    }
    Candour__LoadRaters request = CANDOUR__LOAD_RATERS__INIT;
    request.round = bytes_of(round->name);
    request.rows = list;
    request.n_rows = ROWS;
    link_reply_free(call(self.admin, OPERATION_LOAD_RATERS, &request.base));
}

static void begin_collecting(const struct fixture_round *round) {
    Candour__AdvanceRound request = CANDOUR__ADVANCE_ROUND__INIT;
    request.round = bytes_of(round->name);
    request.to = CANDOUR__STATE__COLLECTING;
    link_reply_free(call(self.admin, OPERATION_ADVANCE_ROUND, &request.base));
}

static void print_letters(const struct fixture_round *round) {
    Candour__Letters request = CANDOUR__LETTERS__INIT;
    request.round = bytes_of(round->name);
    request.limit = 200;
    ProtobufCMessage *reply = call(self.admin, OPERATION_LETTERS, &request.base);
    const Candour__LettersReply *letters = (const Candour__LettersReply *)reply;
    assert_int_equal(letters->n_letters, FIXTURE_RATERS);
    for (size_t i = 0; i < letters->n_letters; i++) {
        const Candour__Letter *letter = letters->letters[i];
        unsigned number;
        assert_int_equal(sscanf((const char *)letter->email.data, "rater-%2u", &number), 1);
        assert_in_range(number, 0, FIXTURE_RATERS - 1);
        snprintf(self.codes[number], CODE_TEXT_BYTES, "%.*s", (int)letter->code.len, (const char *)letter->code.data);
    }
    link_reply_free(reply);
}

static void read_manifest(struct fixture_round *round, const uint8_t id[16]) {
    Candour__GetManifest request = CANDOUR__GET_MANIFEST__INIT;
    request.round = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)id};
    link_reply_free(call(self.admin, OPERATION_GET_MANIFEST, &request.base)); // busy until it is there
    struct link_target target = sandbox_door(DOOR_BALLOT);
    struct link *box;
    struct problem problem;
    if (link_open(&target, &box, &problem) != 0)
        fail_msg("%s", problem.sentence);
    ProtobufCMessage *reply = call(box, OPERATION_MANIFEST_PAGE, &request.base);
    const Candour__ManifestPage *page = (const Candour__ManifestPage *)reply;
    assert_int_equal(page->pages, 1);
    assert_int_equal(manifest_read((const char *)page->page.data, page->bytes, &round->manifest), 0);
    manifest_hash((const char *)page->page.data, page->bytes, round->root);
    link_reply_free(reply);
    link_close(box);
}

static void find_id(const struct fixture_round *round, uint8_t ret_id[16]) {
    Candour__RoundStatus request = CANDOUR__ROUND_STATUS__INIT;
    request.round = bytes_of(round->name);
    ProtobufCMessage *reply = call(self.admin, OPERATION_ROUND_STATUS, &request.base);
    const Candour__RoundStatusReply *status = (const Candour__RoundStatusReply *)reply;
    assert_non_null(status->round);
    assert_int_equal(status->round->id.len, 16);
    memcpy(ret_id, status->round->id.data, 16);
    link_reply_free(reply);
}

void fixture_round_make(const char *word, struct fixture_round *ret_round) {
    uint8_t id[16];
    *ret_round = (struct fixture_round){0};
    snprintf(ret_round->name, sizeof ret_round->name, "%s %lld", word, (long long)self.base);
    sandbox_clock(self.base);
    create(ret_round);
    load(ret_round);
    begin_collecting(ret_round);
    find_id(ret_round, id);
    for (size_t i = 0; i < sizeof id; i++)
        snprintf(ret_round->hex + 2 * i, 3, "%02x", id[i]);
    read_manifest(ret_round, id);
    print_letters(ret_round);
}

void fixture_round_free(struct fixture_round *round) {
    manifest_free(&round->manifest);
}

const uint8_t *fixture_subject_id(const struct fixture_round *round, enum fixture_subject subject) {
    // Ben alone has level 6; Ada has more raters than Cyn.
    for (size_t i = 0; i < round->manifest.subject_count; i++) {
        const struct manifest_subject *one = &round->manifest.subjects[i];
        enum fixture_subject which = strcmp(one->level, "6") == 0                             ? FIXTURE_BEN
                                     : one->raters[CANDOUR__GROUP__PEER - 1] == FIXTURE_PEERS ? FIXTURE_ADA
                                                                                              : FIXTURE_CYN;
        if (which == subject)
            return one->id;
    }
    fail_msg("%s is not in the manifest", leaders[subject]);
    return NULL;
}

void fixture_assignment(const struct fixture_round *round, unsigned number, enum fixture_subject subject,
                        uint8_t ret_id[16]) {
    char hex[40], email[NAME_BYTES];
    rater_email(number, email);
    sandbox_shell(hex, sizeof hex,
                  "psql -XAtqc \"SELECT replace(a.id::text, '-', '') FROM desk.assignment a JOIN desk.person p ON p.id "
                  "= a.rater JOIN desk.subject s ON s.round = a.round AND s.id = a.subject WHERE p.email = '%s' AND "
                  "a.round = '%s' AND s.name = '%s'\"",
                  email, round->hex, leaders[subject]);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &ret_id[i]), 1);
}

void fixture_send_collect(struct wire *wire, const uint8_t round[16], const uint8_t assignment[16],
                          const uint8_t element[32]) {
    Candour__Blinded blinded = CANDOUR__BLINDED__INIT, *list = &blinded;
    blinded.assignment = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)assignment};
    blinded.element = (ProtobufCBinaryData){32, (uint8_t *)(uintptr_t)element};
    Candour__CollectCredentials request = CANDOUR__COLLECT_CREDENTIALS__INIT;
    request.round = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)round};
    request.blinded = &list;
    request.n_blinded = 1;
    wire_send_message(wire, OPERATION_COLLECT_CREDENTIALS, &request.base);
}

void fixture_element(uint8_t times, uint8_t ret_element[32]) {
    const uint8_t scalar[32] = {times};
    assert_int_equal(crypto_point_base(scalar, ret_element), 0);
}

// ---------------------------------------------------------------- raters

static void home_path(const char *home, char *ret_path, size_t size) {
    snprintf(ret_path, size, "%s/homes/%lld/%s", sandbox_variable("CANDOUR_SANDBOX"), (long long)self.base, home);
}

void person_open(unsigned number, const char *home, struct person *ret_person) {
    char path[512], email[NAME_BYTES];
    struct problem problem;
    home_path(home, path, sizeof path);
    ret_person->number = number;
    if (vault_open(path, NULL, NULL, &ret_person->vault, &problem) != 0)
        fail_msg("%s", problem.sentence);
    prctl(PR_SET_DUMPABLE, 1); // for the leak checker of a sanitized build
    Vault__Vault *data = vault_data(ret_person->vault);
    const char *desk = sandbox_variable("CANDOUR_DESK"), *ca = sandbox_variable("CANDOUR_CA");
    rater_email(number, email);
    assert_int_equal(vault_set_text(&data->server, desk, strlen(desk)), 0);
    assert_int_equal(vault_set_text(&data->ca_file, ca, strlen(ca)), 0);
    assert_int_equal(vault_set_text(&data->email, email, strlen(email)), 0);
}

void person_close(struct person *person) {
    vault_close(person->vault);
    person->vault = NULL;
}

static struct link *contact(struct person *person, bool must_be_signed_in) {
    struct link *desk;
    struct problem problem;
    if (rater_desk(person->vault, must_be_signed_in, &desk, NULL, &problem) != 0)
        fail_msg("rater %u: %s", person->number, problem.sentence);
    return desk;
}

const char *fixture_code(unsigned number) {
    return self.codes[number];
}

void person_sign_in(struct person *person) {
    Vault__Vault *data = vault_data(person->vault);
    Candour__CodeProof proof = CANDOUR__CODE_PROOF__INIT;
    proof.code = bytes_of(self.codes[person->number]);
    Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
    request.email = bytes_of(data->email);
    request.proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    request.code = &proof;
    struct link *desk = contact(person, false);
    ProtobufCMessage *reply = call(desk, OPERATION_SIGN_IN, &request.base);
    const Candour__SignInReply *in = (const Candour__SignInReply *)reply;
    struct problem problem;
    assert_int_equal(vault_set_bytes(&data->session, in->session.data, in->session.len), 0);
    data->has_session = true;
    assert_int_equal(vault_save(person->vault, &problem), 0);
    link_reply_free(reply);
    link_close(desk);
}

unsigned person_collect(struct person *person) {
    struct rater_collected collected;
    struct problem problem;
    struct link *desk = contact(person, true);
    if (rater_collect(person->vault, desk, NULL, &collected, &problem) != 0)
        fail_msg("rater %u: %s", person->number, problem.sentence);
    link_close(desk);
    return collected.collected;
}

Vault__Round *person_round(const struct person *person, const struct fixture_round *round) {
    Vault__Round *kept = vault_round(person->vault, round->manifest.round, 16);
    assert_non_null(kept);
    return kept;
}

Vault__Assignment *person_about(const struct person *person, const struct fixture_round *round,
                                enum fixture_subject subject) {
    Vault__Round *kept = person_round(person, round);
    for (size_t i = 0; i < kept->n_assignments; i++)
        if (strcmp(kept->assignments[i]->subject_name, leaders[subject]) == 0)
            return kept->assignments[i];
    fail_msg("rater %u is not asked about %s", person->number, leaders[subject]);
    return NULL;
}

const uint8_t *person_session(const struct person *person) {
    assert_int_equal(vault_data(person->vault)->session.len, 32);
    return vault_data(person->vault)->session.data;
}

struct link *person_desk(const struct person *person) {
    return open_desk(person_session(person));
}

int person_cast(struct person *person, const struct fixture_round *round, enum fixture_subject subject,
                uint8_t rating) {
    Vault__Answers *answers = vault_answers_new(subject == FIXTURE_BEN ? FIXTURE_OF_BEN_ITEMS : FIXTURE_ITEMS);
    assert_non_null(answers);
    memset(answers->ratings.data, rating, answers->ratings.len);
    struct cast_window window;
    struct cast_summary summary = {0};
    struct problem problem;
    Vault__Assignment *assignment = person_about(person, round, subject);
    if (cast_prepare(person->vault, person_round(person, round), assignment, answers, CAST_NOW, &window, &problem) !=
            0 ||
        cast_send_due(person->vault, true, NULL, NULL, &summary, &problem) != 0)
        print_error("rater %u: %s\n", person->number, problem.sentence);
    VAULT_FORGET(answers);
    return summary.sent == 1 && summary.waiting == 0 && summary.refused == 0 ? 0 : -1;
}

void person_ready(unsigned number, const struct fixture_round *round, struct person *ret_person) {
    char home[64];
    snprintf(home, sizeof home, "%.20s-%u", round->name, number);
    person_open(number, home, ret_person);
    person_sign_in(ret_person);
    assert_true(person_collect(ret_person) > 0);
}

void person_copy(const char *from_home, const char *to_home) {
    char from[512], to[512];
    home_path(from_home, from, sizeof from);
    home_path(to_home, to, sizeof to);
    sandbox_shell(NULL, 0, "rm -rf '%s' && cp -a '%s' '%s'", to, from, to);
}
