// A town for the attack: who is asked about whom, and when each person does what. Everything is drawn anew per round.
// How people answer tells nothing by itself: each of them leaves out each leader with the same chance, and every answer
// is random.
#ifndef CANDOUR_TESTS_ATTACK_TOWN_H
#define CANDOUR_TESTS_ATTACK_TOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TOWN_LEADERS = 40,
    TOWN_RATERS = 300, // the first forty are the leaders, who are asked about each other
    TOWN_ASKED_MAX = 1000,
    TOWN_GROUPS = 5,
    TOWN_CELLS = TOWN_LEADERS * TOWN_GROUPS, // (leader, group)
};

// What a person gives the observer to go by.
enum town_habit {
    TOWN_EARLY,  // signed in before answering opened, answered before it ended
    TOWN_BACK,   // the same, but spoke to the desk again just before answering
    TOWN_MISSED, // signed in early, missed the end of answering, and answered all the same (--late)
    TOWN_LATE,   // signed in only after answering had opened, and answered then
    // Only in rounds whose close is moved to a later time:
    TOWN_NOW,  // signed in early, and sent at once (--now) while the ballots of all others waited
    TOWN_MORE, // signed in early, and again when there was more time; answered then
    TOWN_HABITS,
};
// What is told to the attacker: the same, but that somebody was back at the desk it sees for itself.
enum town_habit town_told(enum town_habit habit);

struct town_dates {
    int64_t collect_from, answer_from, close; // Unix seconds
    int64_t moved_at, later_close;            // when the close is moved, and to when; 0: it is not
};
struct town_rater {
    bool is_asked; // about anybody
    enum town_habit habit;
    int64_t sign_in, again; // again: a second time; 0: never
    int64_t sittings[2];    // when answering begins; both the same for most
};
struct town_asked {
    unsigned rater, leader, cell;
    uint8_t group;    // enum Group
    bool is_answered; // some leave a leader out
    unsigned sitting; // which of the rater's two
    int64_t give_at;  // about ten minutes a leader
};
struct town {
    struct town_dates dates;
    struct town_rater raters[TOWN_RATERS];
    struct town_asked asked[TOWN_ASKED_MAX];
    size_t asked_count;
};

void town_draw(const struct town_dates *dates, struct town *ret_town);

// Uniform random numbers, for town and attacker alike; nothing secret.
unsigned town_below(unsigned limit);
double town_uniform(void); // in [0, 1)

#endif
