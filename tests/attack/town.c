#include "town.h"

#include <string.h>

#include "crypto.h"
#include "manifest.h"

enum {
    HOUR_S = 3600,
    DAY_S = 24 * HOUR_S,
    PEERS = 6,
    REPORTS = 8,
    OTHERS = 5,
    MORNING_H = 8,
    OFFICE_H = 10, // from then on
    GIVE_S = 600,
    HURRY_S = 600, // who sits down late is done that long before answering ends
};
static const double left_out = 0.2, one_sitting = 0.6;
static const double shares[TOWN_HABITS] = {
    [TOWN_BACK] = 0.1, [TOWN_MISSED] = 0.1, [TOWN_LATE] = 0.15, [TOWN_NOW] = 0.15, [TOWN_MORE] = 0.2};

static uint64_t random_state;

static uint64_t next_random(void) { // xorshift64*
    while (random_state == 0)
        crypto_random(&random_state, sizeof random_state);
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 2685821657736338717U;
}

unsigned town_below(unsigned limit) {
    return (unsigned)((next_random() >> 32) * limit >> 32);
}

double town_uniform(void) {
    return (double)(next_random() >> 11) * 0x1p-53;
}

// ---------------------------------------------------------------- who is asked

static void ask(struct town *town, unsigned rater, unsigned leader, uint8_t group) {
    for (size_t i = 0; i < town->asked_count; i++)
        if (town->asked[i].rater == rater && town->asked[i].leader == leader)
            return;
    town->asked[town->asked_count++] = (struct town_asked){
        .rater = rater, .leader = leader, .group = group, .cell = leader * TOWN_GROUPS + group - 1U};
}

static void ask_about(struct town *town, unsigned leader) {
    unsigned manager = leader / 5; // eight heads, who manage each other and the rest
    ask(town, leader, leader, 1);
    ask(town, manager == leader ? (leader + 1) % 8 : manager, leader, 2);
    for (unsigned i = 0; i < PEERS; i++)
        ask(town, town_below(TOWN_LEADERS), leader, 3);
    for (unsigned i = 0; i < REPORTS; i++)
        ask(town, TOWN_LEADERS + town_below(TOWN_RATERS - TOWN_LEADERS), leader, 4);
    for (unsigned i = 0; i < OTHERS; i++)
        ask(town, TOWN_LEADERS + town_below(TOWN_RATERS - TOWN_LEADERS), leader, 5);
}

// ---------------------------------------------------------------- who does what when

// Some second of the office hours of a day between two times.
static int64_t office_time(int64_t from, int64_t until) {
    for (;;) {
        int64_t at = from + (int64_t)(town_uniform() * (double)(until - from));
        if (at % DAY_S >= MORNING_H * HOUR_S && at % DAY_S < (MORNING_H + OFFICE_H) * HOUR_S)
            return at;
    }
}

enum town_habit town_told(enum town_habit habit) {
    return habit == TOWN_BACK ? TOWN_EARLY : habit;
}

static enum town_habit draw_habit(const struct town_dates *dates) {
    double left = town_uniform();
    unsigned habits = dates->later_close != 0 ? TOWN_HABITS : TOWN_NOW;
    for (unsigned i = TOWN_EARLY + 1; i < habits; left -= shares[i++])
        if (left < shares[i])
            return (enum town_habit)i;
    return TOWN_EARLY;
}

static int64_t answers_until(const struct town_dates *dates, enum town_habit habit) {
    return manifest_answers_until(dates->answer_from, habit == TOWN_MORE ? dates->later_close : dates->close);
}

static void draw_times(const struct town_dates *dates, struct town_rater *rater) {
    rater->habit = draw_habit(dates);
    int64_t until = answers_until(dates, rater->habit);
    rater->sign_in = rater->habit == TOWN_LATE ? office_time(dates->answer_from, until - HOUR_S)
                                               : office_time(dates->collect_from, dates->answer_from - HOUR_S);
    int64_t from = rater->habit == TOWN_MORE ? dates->moved_at : dates->answer_from;
    for (size_t i = 0; i < 2; i++)
        rater->sittings[i] = rater->habit == TOWN_LATE     ? rater->sign_in + GIVE_S
                             : rater->habit == TOWN_MISSED ? office_time(until, dates->close - 6 * HOUR_S)
                                                           : office_time(from + HOUR_S, until - HURRY_S);
    bool is_again = rater->habit == TOWN_BACK || rater->habit == TOWN_MORE;
    if (is_again || town_uniform() < one_sitting)
        rater->sittings[1] = rater->sittings[0];
    rater->again = is_again ? rater->sittings[0] - GIVE_S : 0;
}

void town_draw(const struct town_dates *dates, struct town *ret_town) {
    unsigned given[TOWN_RATERS][2];
    memset(given, 0, sizeof given);
    memset(ret_town, 0, sizeof *ret_town);
    ret_town->dates = *dates;
    for (unsigned i = 0; i < TOWN_LEADERS; i++)
        ask_about(ret_town, i);
    for (unsigned i = 0; i < TOWN_RATERS; i++)
        draw_times(dates, &ret_town->raters[i]);
    for (size_t i = 0; i < ret_town->asked_count; i++) {
        struct town_asked *asked = &ret_town->asked[i];
        struct town_rater *rater = &ret_town->raters[asked->rater];
        rater->is_asked = true;
        asked->is_answered = town_uniform() >= left_out;
        asked->sitting = town_below(2);
        asked->give_at = rater->sittings[asked->sitting] + GIVE_S * (int64_t)given[asked->rater][asked->sitting]++;
        int64_t last = answers_until(dates, rater->habit) - HURRY_S;
        if (rater->habit != TOWN_MISSED && asked->give_at > last)
            asked->give_at = last;
    }
}
