// The attacker: says for each ballot whose it most likely is. It knows the program, hence how a client chooses when to
// send (cast_window), and how people behave; and it is told of every ballot and every person which habit they have
// (town_told), which is more than can be seen.
//
// A sampler walks over the assignments of ballots to people, each person at most one ballot per leader and group, each
// step a swap within a group; an assignment is as likely as
//   * for each person, the times of all their ballots together, given a sitting at some moment of the office hours,
//   more
//     likely after a contact with the desk; or several sittings; or no waiting at all after a contact;
//   * two ballots of one connection being of one person; where computers are off at night, also two that come a minute
//     or two apart;
//   * one trait of a ballot following from one trait of a person: the pair that fits best on ballots whose writer is
//     known by nature (self and manager), if it fits at all.
// The guess is the person who had the ballot in most of the samples: the best there is for the mean accuracy.
#ifndef CANDOUR_TESTS_ATTACK_MIND_H
#define CANDOUR_TESTS_ATTACK_MIND_H

#include <stdbool.h>
#include <stddef.h>

#include "eye.h"
#include "stage.h"

// A trait of a ballot that follows from a trait of the person.
struct mind_pair {
    unsigned person, ballot; // enum eye_person_trait, enum eye_ballot_trait
    double correlation;      // 0: there is none
    size_t known;            // how many ballots it was learned from
};
// What was learned, in all rounds so far, per habit.
struct mind_sums { // of x, a person's trait, and y, a ballot's; the squares about the means of their rounds
    double n, x, y, xx, yy, xy;
};
struct mind {
    struct mind_sums sums[TOWN_HABITS][PERSON_TRAITS][BALLOT_TRAITS];
};

// told: for each ballot, and each of those asked, the habit. ret_guess: for each ballot a number in asked, always one
// of the same cell and habit. ret_pairs: what was made use of.
void mind_guess(struct mind *mind, const struct eye *eye, enum stage_manner manner,
                const enum town_habit *habit_of_rater, const enum town_habit *habit_of_ballot, size_t *ret_guess,
                struct mind_pair ret_pairs[TOWN_HABITS]);

#endif
