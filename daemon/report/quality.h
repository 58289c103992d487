// Framework quality, for administrators: from the ballots of a whole round, only from 30 subjects and 100 ballots on,
// to two decimals, once, and never in a leader's report. The functions give doubles that agree with R's psych and
// multilevel; what is published goes through quality_hundredths. NAN: not defined. Whether something is published
// depends on counts alone: "not defined because all agree" would say what everybody gave.
#ifndef CANDOUR_QUALITY_H
#define CANDOUR_QUALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

enum { QUALITY_SUBJECTS_MIN = 30, QUALITY_BALLOTS_MIN = 100, QUALITY_ITEMS_MAX = 200 };
bool quality_is_allowed(uint64_t subjects, uint64_t ballots);

// Nearest hundredth, half away from zero, from -99.99 to 99.99; 0 for NAN.
int32_t quality_hundredths(double value);

// The answers of one competency: rows of `items` bytes, one row per rater, as in rows.h. Borrowed.
struct quality_table {
    const uint8_t *ratings; // rater x items + item
    size_t raters, items;
    uint32_t scale_max;
};

// Did at least QUALITY_BALLOTS_MIN raters answer both of any two items? What rests on two raters tells each of them
// what the other gave.
bool quality_is_answered(const struct quality_table *table);

// Reliability of a competency from the covariances C of its k items, each over the raters who answered both (n - 1):
//   alpha = k/(k-1) (1 - trace C / sum C)                                             Cronbach 1951
//   alpha_dropped[i]: the same without item i
//   item_total[i] = correlation of item i with the sum of the others
//                 = sum C[i][j] / sqrt(C[i][i] sum C[j][l]), j, l other than i
// Not defined: alpha of fewer than two items or of a total that does not vary, and what needs a covariance of two items
// with fewer than two raters in common.
// 0, or -1: no memory.
struct quality_reliability {
    double alpha;
    double alpha_dropped[QUALITY_ITEMS_MAX], item_total[QUALITY_ITEMS_MAX];
};
MUST_CHECK int quality_reliability(const struct quality_table *table, struct quality_reliability *ret_reliability);

// How much raters of one subject agree, compared with other subjects: one-way analysis of variance of scores[i] over
// subjects[i] (equal numbers stand together; no score is NAN), k the arithmetic mean of raters per subject.
//   ICC(1) = (MSB - MSW) / (MSB + (k - 1) MSW), ICC(2) = (MSB - MSW) / MSB           Bartko 1976, Bliese 2000
// Not defined: a division by zero, as when all agree about everyone; fewer than two subjects; no subject with two.
struct quality_icc {
    double icc1, icc2;
};
struct quality_icc quality_icc(const double *scores, const uint32_t *subjects, size_t count);

// A rater's score of a competency: mean of the items answered, NAN below half of them.
double quality_score(const struct quality_table *table, size_t rater);

// Agreement within one group. Variances with n - 1; the null is uniform, (M^2 - 1) / 12, which is 2 on five points.
//   r_wg = max(0, 1 - s^2 / null)                                        James, Demaree & Wolf 1984
//   r_wg(J): v = mean of the J item variances, at most the null; J (1 - v/null) / (J (1 - v/null) + v/null)
// Items with fewer than two answers are left out of J.
double quality_rwg(const struct quality_table *table, size_t item);
double quality_rwg_j(const struct quality_table *table);

// Average deviation of one item's answers about their mean, and about their median. Burke, Finkelstein & Dusig 1999.
// One answer agrees with nobody: not defined below two.
struct quality_deviation {
    double about_mean, about_median;
};
struct quality_deviation quality_deviation(const struct quality_table *table, size_t item);

// Share of "not observed" among the raters who said anything about the item.
double quality_not_observed(const struct quality_table *table, size_t item);

#endif
