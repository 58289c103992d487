#include "mind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "client/cast.h"
#include "manifest.h"
#include "tests/support/testing.h"

enum {
    HOUR_S = 3600,
    DAY_H = 24,
    DAY_S = 24 * HOUR_S,
    GRID_MAX = 24 * 20,
    GROUP_MAX = 16,
    OF_RATER_MAX = 40,
    NONE = -1,
    SWEEPS = 900,
    SWEEPS_WARM = 200,
    KNOWN_MIN = 30, // ballots, before anything is learned from them
};
static const double hot = 4, share_one_sitting = 0.6, share_prompt = 0.02, prompt_h = 0.1;
static const double contact_weight = 400, contact_h = 0.3; // a sitting soon after a contact
static const double sure = 4.5, connection_gain = 5, minutes_gain = 3,
                    tiny = 1e-12; // standard errors; of log likelihood; per hour

// When somebody's ballot goes who sits down in some hour.
struct sitting {
    double from, until, weight; // seconds; weights of a rater add up to 1
};
struct rater {
    struct sitting sittings[GRID_MAX];
    size_t sitting_count;
    size_t asked[OF_RATER_MAX];
    size_t asked_count;
    double likelihood; // log, of the ballots that it has now
};
// A cell, of people of one habit.
struct group {
    size_t asked[GROUP_MAX];
    size_t count;
};
static struct {
    const struct eye *eye;
    enum stage_manner manner;
    struct rater raters[TOWN_RATERS];
    struct group groups[TOWN_CELLS * TOWN_HABITS];
    int held[TOWN_ASKED_MAX]; // the ballot that each of those asked has now, or NONE
    double person_rank[PERSON_TRAITS][TOWN_ASKED_MAX], ballot_rank[BALLOT_TRAITS][TOWN_ASKED_MAX];
    double alone[TOWN_ASKED_MAX][GROUP_MAX];   // log likelihood of a ballot's traits, per member of its group
    unsigned times[TOWN_ASKED_MAX][GROUP_MAX]; // how often each member had the ballot
    size_t member[TOWN_ASKED_MAX];             // place of each of those asked in its group
} self;

// ---------------------------------------------------------------- when ballots go

static void add_sitting(struct rater *rater, double from, double until, double weight) {
    for (size_t i = 0; i < rater->sitting_count; i++)
        if (rater->sittings[i].from == from && rater->sittings[i].until == until) {
            rater->sittings[i].weight += weight;
            return;
        }
    rater->sittings[rater->sitting_count++] = (struct sitting){from, until, weight};
}

// When a ballot may go whose rater sits down then, as the client has it.
static struct cast_window window_of(const struct cast_schedule *schedule, enum town_habit habit) {
    if (habit == TOWN_NOW)
        return (struct cast_window){.from = schedule->now, .until = schedule->now + HOUR_S};
    if (self.manner == STAGE_WITHIN_A_DAY && habit != TOWN_MISSED)
        return (struct cast_window){.from = schedule->now, .until = schedule->now + DAY_S};
    return cast_window(schedule);
}

// Each hour in which this person may have sat down, with what the client then chooses from.
static void find_sittings(const struct eye *eye, unsigned number, enum town_habit habit) {
    const struct eye_rater *seen = &eye->raters[number];
    struct rater *rater = &self.raters[number];
    double sum = 0;
    int64_t close = habit == TOWN_MORE ? eye->dates.later_close : eye->dates.close;
    int64_t until = manifest_answers_until(eye->dates.answer_from, close);
    int64_t from = habit == TOWN_MISSED ? until : eye->dates.answer_from;
    size_t needed = habit == TOWN_MORE; // the contact without which this person could not answer
    if (seen->contact_count > needed && seen->contacts[needed] > from)
        from = seen->contacts[needed];
    if (habit == TOWN_MISSED)
        until = close - HOUR_S;
    for (int64_t at = from + HOUR_S / 2; at < until + HOUR_S / 2; at += HOUR_S) {
        struct cast_schedule schedule = {.now = at, .answer_from = eye->dates.answer_from, .close = close};
        double weight = at / HOUR_S % DAY_H >= 8 && at / HOUR_S % DAY_H < 19 ? 1 : 0.02;
        for (size_t i = 0; i < seen->contact_count; i++) {
            double since_h = (double)(at - seen->contacts[i]) / HOUR_S;
            if (since_h < 0)
                continue;
            schedule.identified_at = seen->contacts[i];
            if (seen->contacts[i] > eye->dates.answer_from)
                weight += contact_weight * exp(-since_h / contact_h);
        }
        struct cast_window window = window_of(&schedule, habit);
        add_sitting(rater, (double)window.from - HOUR_S / 2, (double)window.until + HOUR_S / 2 + 1, weight);
        sum += weight;
    }
    for (size_t i = 0; i < rater->sitting_count; i++)
        rater->sittings[i].weight /= sum;
}

// Of all these times, per hour each, out of one sitting.
static double one_sitting(const struct rater *rater, const double *times, size_t count) {
    double sum = 0, first = times[0], last = times[0];
    for (size_t i = 1; i < count; i++) {
        first = fmin(first, times[i]);
        last = fmax(last, times[i]);
    }
    for (size_t i = 0; i < rater->sitting_count; i++) {
        const struct sitting *one = &rater->sittings[i];
        if (one->from <= first && last <= one->until)
            sum += one->weight * pow((one->until - one->from) / HOUR_S, -(double)count);
    }
    return sum;
}

static double prompt(const struct eye_rater *seen, double at) {
    double best = 0;
    for (size_t i = 0; i < seen->contact_count; i++) {
        double since_h = (at - (double)seen->contacts[i]) / HOUR_S;
        if (since_h >= 0)
            best = fmax(best, exp(-since_h / prompt_h) / prompt_h);
    }
    return best + tiny;
}

// ---------------------------------------------------------------- how likely a person's ballots are

static double pair_gain(const struct eye_ballot *a, const struct eye_ballot *b) {
    int64_t apart_s = llabs(a->at - b->at);
    if (a->connection == b->connection)
        return connection_gain;
    return self.manner == STAGE_NIGHTS_OFF && apart_s >= CAST_APART_S && apart_s <= 2 * CAST_APART_S ? minutes_gain : 0;
}

static double likelihood(unsigned number) {
    const struct rater *rater = &self.raters[number];
    const struct eye_ballot *ballots[OF_RATER_MAX];
    double times[OF_RATER_MAX], log_sum = 0, apart = 1, at_once = 1;
    size_t count = 0;
    for (size_t i = 0; i < rater->asked_count; i++) {
        int held = self.held[rater->asked[i]];
        if (held == NONE)
            continue;
        log_sum += self.alone[held][self.member[rater->asked[i]]];
        ballots[count] = &self.eye->ballots[held];
        times[count] = (double)ballots[count]->at;
        for (size_t k = 0; k < count; k++)
            log_sum += pair_gain(ballots[k], ballots[count]);
        at_once *= prompt(&self.eye->raters[number], times[count]);
        if (rater->asked_count > 1)
            apart *= one_sitting(rater, &times[count], 1);
        count++;
    }
    if (count == 0)
        return 0;
    double together = one_sitting(rater, times, count);
    if (count == 1)
        apart = together;
    return log_sum + log((1 - share_prompt) * (share_one_sitting * together + (1 - share_one_sitting) * apart) +
                         share_prompt * at_once + 1e-200);
}

// ---------------------------------------------------------------- what follows from what

static const double *sorted_values;
static int by_value(const void *a, const void *b) {
    double one = sorted_values[*(const size_t *)a], two = sorted_values[*(const size_t *)b];
    return (one > two) - (one < two);
}

// Places in order, from 0 to 1; equal values have the same.
static void rank(const double *values, size_t count, double *ret_ranks) {
    size_t order[TOWN_ASKED_MAX];
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    sorted_values = values;
    qsort(order, count, sizeof *order, by_value);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && values[order[end]] == values[order[i]]; end++)
            ;
        for (size_t k = i; k < end; k++)
            ret_ranks[order[k]] = ((double)(i + end) / 2) / (double)count;
    }
}

static void rank_all(const struct eye *eye) {
    double values[TOWN_ASKED_MAX];
    for (size_t trait = 0; trait < PERSON_TRAITS; trait++) {
        for (size_t i = 0; i < eye->asked_count; i++)
            values[i] = eye->asked[i].traits[trait];
        rank(values, eye->asked_count, self.person_rank[trait]);
    }
    for (size_t trait = 0; trait < BALLOT_TRAITS; trait++) {
        for (size_t i = 0; i < eye->ballot_count; i++)
            values[i] = eye->ballots[i].traits[trait];
        rank(values, eye->ballot_count, self.ballot_rank[trait]);
    }
}

// Sums of a round become part of all; squares are about the means of their round, for rounds differ.
static void add_round(const struct mind *round, struct mind *mind) {
    for (size_t i = 0; i < TOWN_HABITS * PERSON_TRAITS * BALLOT_TRAITS; i++) {
        const struct mind_sums *from = &(&round->sums[0][0][0])[i];
        struct mind_sums *to = &(&mind->sums[0][0][0])[i];
        if (from->n == 0)
            continue;
        to->n += from->n;
        to->x += from->x;
        to->y += from->y;
        to->xx += from->xx - from->x * from->x / from->n;
        to->yy += from->yy - from->y * from->y / from->n;
        to->xy += from->xy - from->x * from->y / from->n;
    }
}

// From ballots of cells with one person.
static void learn(struct mind *mind, const struct eye *eye, const enum town_habit *habit_of_ballot) {
    static struct mind round;
    memset(&round, 0, sizeof round);
    for (size_t b = 0; b < eye->ballot_count; b++) {
        size_t found = 0, only = 0;
        for (size_t i = 0; i < eye->asked_count; i++)
            if (eye->asked[i].cell == eye->ballots[b].cell) {
                only = i;
                found++;
            }
        if (found != 1)
            continue;
        for (size_t p = 0; p < PERSON_TRAITS; p++)
            for (size_t q = 0; q < BALLOT_TRAITS; q++) {
                struct mind_sums *sums = &round.sums[habit_of_ballot[b]][p][q];
                double x = self.person_rank[p][only], y = self.ballot_rank[q][b];
                sums->n++;
                sums->x += x;
                sums->y += y;
                sums->xx += x * x;
                sums->yy += y * y;
                sums->xy += x * y;
            }
    }
    add_round(&round, mind);
}

static struct mind_pair best_pair(const struct mind *mind, size_t habit) {
    struct mind_pair best = {0};
    for (unsigned p = 0; p < PERSON_TRAITS; p++)
        for (unsigned q = 0; q < BALLOT_TRAITS; q++) {
            const struct mind_sums *s = &mind->sums[habit][p][q];
            if (s->n < KNOWN_MIN)
                continue;
            double r = s->xx > 1e-9 && s->yy > 1e-9 ? s->xy / sqrt(s->xx * s->yy) : 0;
            if (fabs(r) > sure / sqrt(s->n) && fabs(r) > fabs(best.correlation))
                best = (struct mind_pair){p, q, r, (size_t)s->n};
        }
    return best;
}

// Of a ballot's trait, given the person's: a normal distribution around the line learned.
static double trait_likelihood(const struct mind *mind, const struct mind_pair *pair, size_t habit, size_t asked,
                               size_t ballot) {
    const struct mind_sums *s = &mind->sums[habit][pair->person][pair->ballot];
    if (pair->correlation == 0)
        return 0;
    double slope = s->xy / s->xx;
    double spread = fmax(sqrt(s->yy / s->n * (1 - pair->correlation * pair->correlation)), 1e-3);
    double off = self.ballot_rank[pair->ballot][ballot] - s->y / s->n -
                 slope * (self.person_rank[pair->person][asked] - s->x / s->n);
    return -off * off / (2 * spread * spread);
}

// ---------------------------------------------------------------- the walk

static void start(const struct eye *eye, enum stage_manner manner, const enum town_habit *habit_of_rater,
                  const enum town_habit *habit_of_ballot) {
    memset(&self, 0, sizeof self);
    self.eye = eye;
    self.manner = manner;
    for (unsigned i = 0; i < TOWN_RATERS; i++)
        find_sittings(eye, i, habit_of_rater[i]);
    for (size_t i = 0; i < eye->asked_count; i++) {
        struct rater *rater = &self.raters[eye->asked[i].rater];
        struct group *group = &self.groups[eye->asked[i].cell * TOWN_HABITS + habit_of_rater[eye->asked[i].rater]];
        assert_in_range(rater->asked_count, 0, OF_RATER_MAX - 1);
        assert_in_range(group->count, 0, GROUP_MAX - 1);
        self.member[i] = group->count;
        rater->asked[rater->asked_count++] = i;
        group->asked[group->count++] = i;
        self.held[i] = NONE;
    }
    for (size_t b = 0; b < eye->ballot_count; b++) { // to the first who has none; the walk forgets it
        struct group *group = &self.groups[eye->ballots[b].cell * TOWN_HABITS + habit_of_ballot[b]];
        size_t i = 0;
        while (i < group->count && self.held[group->asked[i]] != NONE)
            i++;
        assert_in_range(i, 0, group->count - 1);
        self.held[group->asked[i]] = (int)b;
    }
}

static void swap(size_t a, size_t b, double heat) {
    unsigned one = self.eye->asked[a].rater, two = self.eye->asked[b].rater;
    int held = self.held[a];
    self.held[a] = self.held[b];
    self.held[b] = held;
    double first = likelihood(one), second = likelihood(two);
    double gain = first + second - self.raters[one].likelihood - self.raters[two].likelihood;
    if (gain >= 0 || town_uniform() < exp(gain / heat)) {
        self.raters[one].likelihood = first;
        self.raters[two].likelihood = second;
    } else {
        self.held[b] = self.held[a];
        self.held[a] = held;
    }
}

static void walk(void) {
    for (unsigned i = 0; i < TOWN_RATERS; i++)
        self.raters[i].likelihood = likelihood(i);
    for (unsigned sweep = 0; sweep < SWEEPS; sweep++) {
        double heat = sweep < SWEEPS_WARM ? hot - (hot - 1) * sweep / SWEEPS_WARM : 1;
        for (size_t g = 0; g < TOWN_CELLS * TOWN_HABITS; g++) {
            const struct group *group = &self.groups[g];
            for (size_t i = 0; group->count > 1 && i < group->count; i++) {
                size_t a = group->asked[town_below((unsigned)group->count)];
                size_t b = group->asked[town_below((unsigned)group->count)];
                if (a != b && self.held[a] != self.held[b])
                    swap(a, b, heat);
            }
        }
        for (size_t i = 0; i < self.eye->asked_count && sweep >= SWEEPS_WARM; i++)
            if (self.held[i] != NONE)
                self.times[self.held[i]][self.member[i]]++;
    }
}

void mind_guess(struct mind *mind, const struct eye *eye, enum stage_manner manner,
                const enum town_habit *habit_of_rater, const enum town_habit *habit_of_ballot, size_t *ret_guess,
                struct mind_pair ret_pairs[TOWN_HABITS]) {
    start(eye, manner, habit_of_rater, habit_of_ballot);
    rank_all(eye);
    learn(mind, eye, habit_of_ballot);
    for (size_t i = 0; i < TOWN_HABITS; i++)
        ret_pairs[i] = best_pair(mind, i);
    for (size_t b = 0; b < eye->ballot_count; b++) {
        const struct group *group = &self.groups[eye->ballots[b].cell * TOWN_HABITS + habit_of_ballot[b]];
        for (size_t i = 0; i < group->count; i++)
            self.alone[b][i] =
                trait_likelihood(mind, &ret_pairs[habit_of_ballot[b]], habit_of_ballot[b], group->asked[i], b);
    }
    walk();
    for (size_t b = 0; b < eye->ballot_count; b++) {
        const struct group *group = &self.groups[eye->ballots[b].cell * TOWN_HABITS + habit_of_ballot[b]];
        size_t best = 0;
        for (size_t i = 1; i < group->count; i++)
            if (self.times[b][i] > self.times[b][best])
                best = i;
        ret_guess[b] = group->asked[best];
    }
}
