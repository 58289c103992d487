#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "code.h"
#include "crypto.h"
#include "people.h"
#include "relay.h"
#include "tests/support/fixture.h"
#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

enum {
    DAY_S = 86400,
    HOUR_S = 3600,
    MINUTE_S = 60,
    GRACE_S = 3600,
    ITEMS = 40,
    LETTERS = 200,
    TEXT_BYTES = 64,
    MORNING_H = 8,
    EVENING_H = 18
};
static const char framework_name[] = "Attacked Framework";

static struct {
    struct link *admin;
    unsigned rounds;
    struct people_round round;
    char hex[33];
} self;

static ProtobufCBinaryData bytes_of(const char *text) {
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

static ProtobufCMessage *call(uint16_t operation, const ProtobufCMessage *request) {
    ProtobufCMessage *reply;
    struct problem problem;
    if (link_call(self.admin, operation, request, &reply, &problem) != 0)
        fail_msg("operation 0x%04x: %s", operation, problem.sentence);
    return reply;
}

static void call_only(uint16_t operation, const ProtobufCMessage *request) {
    link_reply_free(call(operation, request));
}

// ---------------------------------------------------------------- once

static void import_people(void) {
    static char emails[TOWN_RATERS][EYE_EMAIL_BYTES], names[TOWN_RATERS][TEXT_BYTES];
    static Candour__PersonRow rows[TOWN_RATERS], *list[TOWN_RATERS];
    for (unsigned i = 0; i < TOWN_RATERS; i++) {
        eye_email(i, emails[i]);
        snprintf(names[i], TEXT_BYTES, "Person %03u", i);
        list[i] = &rows[i];
        candour__person_row__init(list[i]);
        rows[i].email = bytes_of(emails[i]);
        rows[i].name = bytes_of(names[i]);
        rows[i].line = i + 1;
    }
    Candour__ImportPeople request = CANDOUR__IMPORT_PEOPLE__INIT;
    request.rows = list;
    request.n_rows = TOWN_RATERS;
    call_only(OPERATION_IMPORT_PEOPLE, &request.base);
}

static void import_framework(void) {
    static char texts[ITEMS][TEXT_BYTES];
    Candour__FrameworkRow rows[ITEMS], *list[ITEMS];
    for (unsigned i = 0; i < ITEMS; i++) {
        list[i] = &rows[i];
        candour__framework_row__init(list[i]);
        snprintf(texts[i], TEXT_BYTES, "Does the right thing, number %u", i);
        rows[i].competency = bytes_of("Doing");
        rows[i].level = bytes_of("4");
        rows[i].effective = bytes_of(texts[i]);
        rows[i].line = i + 1;
    }
    ProtobufCBinaryData question = bytes_of("Else?");
    ProtobufCBinaryData scale[] = {bytes_of("Never"), bytes_of("Seldom"), bytes_of("Sometimes"), bytes_of("Often"),
                                   bytes_of("Always")};
    Candour__ImportFramework request = CANDOUR__IMPORT_FRAMEWORK__INIT;
    request.name = bytes_of(framework_name);
    request.scale = scale;
    request.n_scale = ARRAY_LEN(scale);
    request.questions = &question;
    request.n_questions = 1;
    request.rows = list;
    request.n_rows = ITEMS;
    call_only(OPERATION_IMPORT_FRAMEWORK, &request.base);
}

static unsigned port_of(const char *variable) {
    const char *colon = strrchr(sandbox_variable(variable), ':');
    assert_non_null(colon);
    return (unsigned)atoi(colon + 1);
}

// Manifests name the relay as the ballot box, and raters go to the relay for the desk.
static void start_relay(void) {
    unsigned ports[2];
    relay_start(port_of("CANDOUR_DESK"), port_of("CANDOUR_BALLOT"), ports);
    sandbox_shell(NULL, 0, "sed -i '/^\\[ballot]/,/^$/s/^public = .*/public = 127.0.0.1:%u/' \"$CANDOURD_CONF\"",
                  ports[1]);
    sandbox_server("restart");
    people_start(ports[0]);
}

static void sign_in(void) {
    uint8_t session[32];
    struct link_target target = sandbox_door(DOOR_DESK);
    struct problem problem;
    Candour__HelloReply *hello;
    link_close(self.admin);
    fixture_sign_in(session);
    if (link_open(&target, &self.admin, &problem) != 0 || link_hello(self.admin, session, &hello, &problem) != 0)
        fail_msg("%s", problem.sentence);
    link_reply_free(&hello->base);
}

int stage_start(void **state) {
    (void)state;
    assert_int_equal(crypto_start(), 0);
    clock_shift_by_file(sandbox_variable("CANDOUR_CLOCK_FILE"));
    start_relay();
    sign_in();
    import_people();
    import_framework();
    return 0;
}

int stage_end(void **state) {
    (void)state;
    link_close(self.admin);
    relay_stop();
    return 0;
}

// ---------------------------------------------------------------- the administrator's part

static void create(const char *name, const struct town_dates *dates) {
    Candour__Rules rules = CANDOUR__RULES__INIT;
    rules.threshold = rules.comments_pooled = 4;
    rules.comments_by_group = 5;
    rules.tail_low = 1;
    rules.bucket = FIXTURE_BUCKET;
    uint8_t id[16];
    crypto_random(id, sizeof id);
    Candour__CreateRound request = CANDOUR__CREATE_ROUND__INIT;
    request.name = bytes_of(name);
    request.framework = bytes_of(framework_name);
    request.collect_from = dates->collect_from;
    request.answer_from = dates->answer_from;
    request.close = dates->close;
    request.grace_s = GRACE_S;
    request.rules = &rules;
    request.request = (ProtobufCBinaryData){sizeof id, id};
    call_only(OPERATION_CREATE_ROUND, &request.base);
}

static void load(const char *name, const struct town *town) {
    static char emails[TOWN_ASKED_MAX][2][EYE_EMAIL_BYTES];
    static Candour__RaterRow rows[TOWN_ASKED_MAX], *list[TOWN_ASKED_MAX];
    for (size_t i = 0; i < town->asked_count; i++) {
        const struct town_asked *asked = &town->asked[i];
        eye_email(asked->leader, emails[i][0]);
        eye_email(asked->rater, emails[i][1]);
        list[i] = &rows[i];
        candour__rater_row__init(list[i]);
        rows[i].subject_email = bytes_of(emails[i][0]);
        rows[i].has_level = true;
        rows[i].level = bytes_of("4");
        rows[i].rater_email = bytes_of(emails[i][1]);
        rows[i].group = (Candour__Group)asked->group;
        rows[i].line = (uint32_t)i + 1;
    }
    Candour__LoadRaters request = CANDOUR__LOAD_RATERS__INIT;
    request.round = bytes_of(name);
    request.rows = list;
    request.n_rows = town->asked_count;
    call_only(OPERATION_LOAD_RATERS, &request.base);
}

static void advance(const char *name, Candour__State to) {
    Candour__AdvanceRound request = CANDOUR__ADVANCE_ROUND__INIT;
    request.round = bytes_of(name);
    request.to = to;
    call_only(OPERATION_ADVANCE_ROUND, &request.base);
}

static void find_round(const char *name) {
    Candour__RoundStatus request = CANDOUR__ROUND_STATUS__INIT;
    request.round = bytes_of(name);
    ProtobufCMessage *reply = call(OPERATION_ROUND_STATUS, &request.base);
    const Candour__RoundStatusReply *status = (const Candour__RoundStatusReply *)reply;
    assert_non_null(status->round);
    memcpy(self.round.id, status->round->id.data, 16);
    for (size_t i = 0; i < 16; i++)
        snprintf(self.hex + 2 * i, 3, "%02x", self.round.id[i]);
    link_reply_free(reply);
    Candour__GetManifest manifest = CANDOUR__GET_MANIFEST__INIT; // busy until it is there
    manifest.round = (ProtobufCBinaryData){16, self.round.id};
    call_only(OPERATION_GET_MANIFEST, &manifest.base);
}

static void print_letters(const char *name) {
    Candour__Letters request = CANDOUR__LETTERS__INIT;
    request.round = bytes_of(name);
    request.limit = LETTERS;
    for (size_t count = 1; count > 0;) {
        ProtobufCMessage *reply = call(OPERATION_LETTERS, &request.base);
        const Candour__LettersReply *letters = (const Candour__LettersReply *)reply;
        count = letters->n_letters;
        for (size_t i = 0; i < count; i++) {
            const Candour__Letter *letter = letters->letters[i];
            unsigned number;
            assert_int_equal(sscanf((const char *)letter->email.data, "p%3u", &number), 1);
            snprintf(self.round.codes[number], CODE_TEXT_BYTES, "%.*s", (int)letter->code.len,
                     (const char *)letter->code.data);
        }
        link_reply_free(reply);
    }
}

static void make_round(enum stage_manner manner, struct town *town) {
    char name[TEXT_BYTES];
    int64_t now;
    sign_in();
    now = clock_now();
    snprintf(name, sizeof name, "Attacked %u", ++self.rounds);
    struct town_dates dates = {now - MINUTE_S, now + 4 * DAY_S, now + 18 * DAY_S, 0, 0};
    if (manner == STAGE_EXTENDED) {
        dates.moved_at = now + 14 * DAY_S;
        dates.later_close = now + 28 * DAY_S;
    }
    town_draw(&dates, town);
    create(name, &dates);
    load(name, town);
    advance(name, CANDOUR__STATE__NOMINATING);
    advance(name, CANDOUR__STATE__COLLECTING);
    find_round(name);
    print_letters(name);
    self.round.number = self.rounds;
}

static int64_t last_close(const struct town *town) {
    return town->dates.later_close != 0 ? town->dates.later_close : town->dates.close;
}

static void move_close(const struct town *town) {
    char name[TEXT_BYTES];
    sandbox_clock(town->dates.moved_at);
    sign_in();
    snprintf(name, sizeof name, "Attacked %u", self.rounds);
    Candour__ExtendRound request = CANDOUR__EXTEND_ROUND__INIT;
    request.round = bytes_of(name);
    request.close = town->dates.later_close;
    call_only(OPERATION_EXTEND_ROUND, &request.base);
    sandbox_wait("SELECT count(*) = 2 FROM desk.manifest WHERE round = '%s'", self.hex);
}

static void close_round(const struct town *town) {
    char name[TEXT_BYTES];
    sandbox_clock(last_close(town) + GRACE_S + MINUTE_S);
    sign_in();
    snprintf(name, sizeof name, "Attacked %u", self.rounds);
    Candour__CloseRound request = CANDOUR__CLOSE_ROUND__INIT;
    request.round = bytes_of(name);
    call_only(OPERATION_CLOSE_ROUND, &request.base);
    sandbox_wait("SELECT dropped FROM ballot.round WHERE id = '%s'", self.hex);
}

// ---------------------------------------------------------------- the raters' part

// What happens next: a contact with the desk, an answer, the sending of what is due, or the round gets more time.
enum kind { NOTHING, CONTACT, GIVE, SEND, MOVE };
struct step {
    enum kind kind;
    int64_t at;
    unsigned rater;
    size_t asked;
};
struct progress {
    bool is_signed_in[TOWN_RATERS], is_back[TOWN_RATERS], is_given[TOWN_ASKED_MAX], is_moved;
    int64_t due[TOWN_RATERS]; // 0: nothing waits
};

static void choose(struct step *best, enum kind kind, int64_t at, unsigned rater, size_t asked) {
    if (best->kind == NOTHING || at < best->at)
        *best = (struct step){kind, at, rater, asked};
}

// When a computer is on next. The moment in the morning is another one each day.
static int64_t next_on(int64_t at, unsigned rater) {
    int64_t hour = at % DAY_S / HOUR_S, day = at / DAY_S + (hour >= EVENING_H);
    if (hour >= MORNING_H && hour < EVENING_H)
        return at;
    return day * DAY_S + MORNING_H * HOUR_S + (rater * 7919 + day * 104729) % HOUR_S;
}

static struct step next_step(enum stage_manner manner, const struct town *town, const struct progress *progress) {
    struct step best = {0};
    for (unsigned i = 0; i < TOWN_RATERS; i++) {
        const struct town_rater *rater = &town->raters[i];
        if (rater->is_asked && !progress->is_signed_in[i])
            choose(&best, CONTACT, rater->sign_in, i, 0);
        else if (rater->is_asked && rater->again != 0 && !progress->is_back[i])
            choose(&best, CONTACT, rater->again, i, 0);
        if (progress->due[i] != 0)
            choose(&best, SEND, manner == STAGE_NIGHTS_OFF ? next_on(progress->due[i], i) : progress->due[i], i, 0);
    }
    for (size_t i = 0; i < town->asked_count; i++)
        if (town->asked[i].is_answered && !progress->is_given[i])
            choose(&best, GIVE, town->asked[i].give_at, town->asked[i].rater, i);
    if (town->dates.later_close != 0 && !progress->is_moved)
        choose(&best, MOVE, town->dates.moved_at, 0, 0);
    return best;
}

static enum people_way way(enum stage_manner manner, enum town_habit habit) {
    return habit == TOWN_MISSED           ? PEOPLE_LATE
           : habit == TOWN_NOW            ? PEOPLE_NOW
           : manner == STAGE_WITHIN_A_DAY ? PEOPLE_WITHIN_A_DAY
                                          : PEOPLE_AS_MEANT;
}

static void take_step(enum stage_manner manner, const struct town *town, const struct step *step,
                      struct progress *progress, struct eye *eye) {
    if (step->kind == MOVE) {
        move_close(town);
        progress->is_moved = true;
        return;
    }
    if (step->at > clock_now())
        sandbox_clock(step->at);
    struct person_at person;
    people_open(&self.round, step->rater, &person);
    if (step->kind == CONTACT) {
        people_contact(&person);
        (progress->is_signed_in[step->rater] ? progress->is_back : progress->is_signed_in)[step->rater] = true;
    } else if (step->kind == GIVE) {
        people_give(&person, town->asked[step->asked].leader, town->asked[step->asked].group,
                    way(manner, town->raters[step->rater].habit));
        progress->is_given[step->asked] = true;
    } else {
        people_send(&person);
    }
    progress->due[step->rater] = people_due(&person);
    people_close(&person);
    eye_look(eye, step->kind == CONTACT ? (int)step->rater : -1);
}

// Everything of a rater in one go.
static void be_careless(const struct town *town, const struct step *step, struct progress *progress, struct eye *eye) {
    struct person_at person;
    if (step->at > clock_now())
        sandbox_clock(step->at);
    people_open(&self.round, step->rater, &person);
    people_contact(&person);
    eye_look(eye, (int)step->rater);
    for (size_t i = 0; i < town->asked_count; i++)
        if (town->asked[i].rater == step->rater && town->asked[i].is_answered) {
            people_give(&person, town->asked[i].leader, town->asked[i].group, PEOPLE_LATE);
            progress->is_given[i] = true;
        }
    eye_look(eye, -1);
    people_send_carelessly(&person);
    people_close(&person);
    eye_look(eye, -1);
}

static void find_truth(const struct town *town, const struct eye *eye, size_t ret_truth[TOWN_ASKED_MAX]) {
    size_t found = 0;
    for (size_t i = 0; i < town->asked_count; i++) {
        char name[65];
        struct person_at person;
        if (!town->asked[i].is_answered)
            continue;
        people_open(&self.round, town->asked[i].rater, &person);
        people_ballot_name(&person, town->asked[i].leader, town->asked[i].group, name);
        people_close(&person);
        for (size_t k = 0; k < eye->ballot_count; k++)
            if (strcmp(eye->ballots[k].name, name) == 0) {
                ret_truth[k] = i;
                found++;
            }
    }
    assert_int_equal(found, eye->ballot_count);
}

void stage_play(enum stage_manner manner, struct town *ret_town, struct eye *ret_eye,
                size_t ret_truth[TOWN_ASKED_MAX]) {
    struct progress progress = {0};
    bool is_careless = manner == STAGE_CARELESS;
    if (is_careless)
        sandbox_sql("CREATE SEQUENCE IF NOT EXISTS ballot.number; GRANT USAGE ON SEQUENCE ballot.number TO "
                    "candour_owner; ALTER TABLE ballot.ballot ADD COLUMN IF NOT EXISTS "
                    "number bigint DEFAULT nextval('ballot.number'::regclass)");
    make_round(manner, ret_town);
    eye_open(self.hex, ret_town, is_careless, ret_eye);
    size_t answered = 0;
    for (size_t i = 0; i < ret_town->asked_count; i++)
        answered += ret_town->asked[i].is_answered;
    for (struct step step; (step = next_step(manner, ret_town, &progress)).kind != NOTHING;) {
        if (step.at >= last_close(ret_town))
            fail_msg("a step is planned after the close");
        if (is_careless && step.kind == GIVE)
            be_careless(ret_town, &step, &progress, ret_eye);
        else
            take_step(manner, ret_town, &step, &progress, ret_eye);
    }
    assert_int_equal(ret_eye->ballot_count, answered);
    find_truth(ret_town, ret_eye, ret_truth);
    eye_look_at_desk(ret_eye);
    close_round(ret_town);
    eye_look_at_rest(ret_eye);
    people_forget(&self.round);
    relay_forget();
}
