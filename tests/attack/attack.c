// Can the operator tell whose a ballot is? Rounds of 40 leaders and 300 raters are played through the real service, and
// an attacker who has everything that the service stores, writes or sees guesses the writer of each ballot. Among those
// who signed in before answering opened it must do no better than somebody who draws a name out of the group; and much
// better against a careless client. how, and how far: README.md beside this file.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "mind.h"
#include "stage.h"
#include "tests/support/testing.h"

enum { ROUNDS = 20, ROUNDS_MAX = 100 };
// A few rounds are for every day: one false alarm in some 15,000 runs, not in 400.
static const double errors_max = 3, errors_max_few = 4, control_min = 0.8;
static const char *const habits[] = {
    [TOWN_EARLY] = "early",
    [TOWN_BACK] = "early, then at the desk again",
    [TOWN_LAST] = "early, answered in the last third",
    [TOWN_LATE] = "signed in late",
};

// Of one habit, over all rounds.
struct score {
    size_t rounds;
    double ballots, right, guess, variance; // guess: expected number of right ones; variance: of that, by chance alone
    double rates[ROUNDS_MAX];               // right minus guess, per ballot
};

static size_t group_size(const struct town *town, size_t asked) {
    size_t count = 0;
    for (size_t i = 0; i < town->asked_count; i++)
        count += town->asked[i].cell == town->asked[asked].cell &&
                 town->raters[town->asked[i].rater].habit == town->raters[town->asked[asked].rater].habit;
    return count;
}

// Chance draws a group's ballots for its people without putting any back. Two guesses that name two people are right
// together a little more often than if they were independent; two that name the same person never are.
static double chance_covariance(const struct town *town, const size_t *truth, const size_t *guess, size_t a, size_t b) {
    double n = (double)group_size(town, truth[a]);
    if (town->asked[truth[a]].cell != town->asked[truth[b]].cell ||
        town->raters[town->asked[truth[a]].rater].habit != town->raters[town->asked[truth[b]].rater].habit)
        return 0;
    return (guess[a] == guess[b] ? 0 : 1 / (n * (n - 1))) - 1 / (n * n);
}

static void count(const struct town *town, const struct eye *eye, const size_t *truth, const size_t *guess,
                  struct score scores[TOWN_HABITS]) {
    double right[TOWN_HABITS] = {0}, chance[TOWN_HABITS] = {0}, ballots[TOWN_HABITS] = {0};
    for (size_t b = 0; b < eye->ballot_count; b++) {
        enum town_habit habit = town->raters[town->asked[truth[b]].rater].habit;
        double n = (double)group_size(town, truth[b]);
        if (n < 2)
            continue;
        ballots[habit]++;
        chance[habit] += 1 / n;
        right[habit] += guess[b] == truth[b];
        scores[habit].variance += 1 / n - 1 / (n * n);
        for (size_t k = 0; k < b; k++)
            scores[habit].variance += 2 * chance_covariance(town, truth, guess, b, k);
    }
    for (size_t i = 0; i < TOWN_HABITS; i++) {
        scores[i].ballots += ballots[i];
        scores[i].right += right[i];
        scores[i].guess += chance[i];
        if (ballots[i] > 0)
            scores[i].rates[scores[i].rounds++] = (right[i] - chance[i]) / ballots[i];
    }
}

// Of the mean accuracy: as chance alone would have it, or as the rounds differ, whichever is larger.
static double standard_error(const struct score *score) {
    double mean = 0, squares = 0, n = (double)score->rounds, by_chance = sqrt(score->variance) / score->ballots;
    for (size_t i = 0; i < score->rounds; i++)
        mean += score->rates[i] / n;
    for (size_t i = 0; i < score->rounds; i++)
        squares += (score->rates[i] - mean) * (score->rates[i] - mean);
    return score->rounds < 2 ? by_chance : fmax(by_chance, sqrt(squares / (n - 1) / n));
}

static void show(const char *what, const struct score *score) {
    if (score->ballots == 0)
        return;
    double error = standard_error(score), off = (score->right - score->guess) / score->ballots;
    print_message("%-48s %5.1f %% right, %4.1f %% by guessing, standard error %.2f: %+.1f of them (%.0f ballots)\n",
                  what, 100 * score->right / score->ballots, 100 * score->guess / score->ballots, 100 * error,
                  off / error, score->ballots);
}

static void play(enum stage_manner manner, struct mind *mind, struct score scores[TOWN_HABITS]) {
    static struct town town;
    static struct eye eye;
    static size_t truth[TOWN_ASKED_MAX], guess[TOWN_ASKED_MAX];
    enum town_habit of_rater[TOWN_RATERS], of_ballot[TOWN_ASKED_MAX];
    struct mind_pair pairs[TOWN_HABITS];
    stage_play(manner, &town, &eye, truth);
    for (size_t i = 0; i < TOWN_RATERS; i++)
        of_rater[i] = town.raters[i].habit;
    for (size_t b = 0; b < eye.ballot_count; b++)
        of_ballot[b] = of_rater[town.asked[truth[b]].rater];
    mind_guess(mind, &eye, manner == STAGE_NIGHTS_OFF, of_rater, of_ballot, guess, pairs);
    count(&town, &eye, truth, guess, scores);
    for (size_t i = 0; i < TOWN_HABITS; i++)
        if (pairs[i].correlation != 0)
            print_message("%s: trait %u of a ballot follows trait %u of a person (correlation %.2f, %zu known)\n",
                          habits[i], pairs[i].ballot, pairs[i].person, pairs[i].correlation, pairs[i].known);
}

static int rounds_wanted(void) {
    const char *wanted = getenv("ATTACK_ROUNDS");
    int rounds = wanted != NULL ? atoi(wanted) : ROUNDS;
    assert_in_range(rounds, 1, ROUNDS_MAX);
    return rounds;
}

static void nobody_is_found_behind_a_ballot(void **state) {
    (void)state;
    static struct mind mind;
    static struct score scores[TOWN_HABITS];
    int rounds = rounds_wanted();
    for (int i = 0; i < rounds; i++)
        play(STAGE_AS_MEANT, &mind, scores);
    for (size_t i = 0; i < TOWN_HABITS; i++)
        show(habits[i], &scores[i]);
    const struct score *early = &scores[TOWN_EARLY];
    double off = (early->right - early->guess) / early->ballots;
    assert_true(fabs(off) < (rounds < ROUNDS ? errors_max_few : errors_max) * standard_error(early));
}

// A figure without a limit: what becomes due at night goes by day, and who looks for neighbours finds some.
static void computers_that_are_off_at_night_are_looked_at(void **state) {
    (void)state;
    static struct mind mind;
    static struct score scores[TOWN_HABITS];
    for (int i = 0; i < rounds_wanted() / 4; i++)
        play(STAGE_NIGHTS_OFF, &mind, scores);
    show("computers off at night: early", &scores[TOWN_EARLY]);
    show("computers off at night: in the last third", &scores[TOWN_LAST]);
}

static void a_careless_client_is_found_out(void **state) {
    (void)state;
    static struct mind mind;
    static struct score scores[TOWN_HABITS];
    play(STAGE_CARELESS, &mind, scores);
    show("control, a careless client: early", &scores[TOWN_EARLY]);
    assert_true(scores[TOWN_EARLY].right / scores[TOWN_EARLY].ballots > control_min);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_found_behind_a_ballot),
        cmocka_unit_test(computers_that_are_off_at_night_are_looked_at),
        cmocka_unit_test(a_careless_client_is_found_out),
    };
    return cmocka_run_group_tests(tests, stage_start, stage_end);
}
