#include "quality.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "publish.h"
#include "rows.h"

bool quality_is_allowed(uint64_t subjects, uint64_t ballots) {
    return subjects >= QUALITY_SUBJECTS_MIN && ballots >= QUALITY_BALLOTS_MIN;
}

int32_t quality_hundredths(double value) {
    return !isfinite(value) ? INT32_MIN : (int32_t)lround(100 * value);
}

static uint8_t at(const struct quality_table *t, size_t rater, size_t item) {
    return t->ratings[rater * t->items + item];
}

static bool has_answer(const struct quality_table *t, size_t rater, size_t item) {
    return rows_is_rating(at(t, rater, item), t->scale_max);
}

// Ratings are small integers, so the sums are exact and only the last division rounds. NAN: fewer than two raters.
static double covariance(const struct quality_table *t, size_t a, size_t b) {
    uint64_t n = 0, sum_a = 0, sum_b = 0, products = 0;
    for (size_t r = 0; r < t->raters; r++) {
        if (has_answer(t, r, a) && has_answer(t, r, b)) {
            n++;
            sum_a += at(t, r, a);
            sum_b += at(t, r, b);
            products += (uint64_t)at(t, r, a) * at(t, r, b);
        }
    }
    if (n < 2) {
        return NAN;
    }
    return (double)((int64_t)(n * products) - (int64_t)(sum_a * sum_b)) / ((double)n * (double)(n - 1));
}

static double variance(const struct quality_table *t, size_t item) {
    return covariance(t, item, item);
}

static double alpha_of(double k, double trace, double sum) {
    return k < 2 || sum == 0 ? NAN : k / (k - 1) * (1 - trace / sum);
}

int quality_reliability(const struct quality_table *t, struct quality_reliability *ret_reliability) {
    size_t k = t->items;
    assert(k > 0 && k <= QUALITY_ITEMS_MAX);
    double *rows = calloc(k, sizeof *rows); // sums of the rows of C
    if (!rows) {
        return -1;
    }
    struct quality_reliability q = {0};
    double sum = 0, trace = 0;
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            rows[i] += covariance(t, i, j);
        }
        sum += rows[i];
        trace += variance(t, i);
    }
    q.alpha = alpha_of((double)k, trace, sum);
    for (size_t i = 0; i < k; i++) {
        double own = variance(t, i), with_others = rows[i] - own;
        double others = sum - 2 * rows[i] + own; // variance of the sum of the others
        q.alpha_dropped[i] = alpha_of((double)k - 1, trace - own, others);
        q.item_total[i] = own > 0 && others > 0 ? with_others / sqrt(own * others) : NAN;
    }
    free(rows);
    *ret_reliability = q;
    return 0;
}

struct quality_icc quality_icc(const double *scores, const uint32_t *subjects, size_t count) {
    double total = 0;
    for (size_t i = 0; i < count; i++) {
        total += scores[i];
    }
    double between = 0, within = 0;
    size_t groups = 0;
    for (size_t start = 0, stop; start < count; start = stop, groups++) {
        double sum = 0;
        for (stop = start; stop < count && subjects[stop] == subjects[start]; stop++) {
            sum += scores[stop];
        }
        double n = (double)(stop - start), mean = sum / n, off = mean - total / (double)count;
        between += n * off * off;
        for (size_t i = start; i < stop; i++) {
            within += (scores[i] - mean) * (scores[i] - mean);
        }
    }
    if (groups < 2 || count <= groups) {
        return (struct quality_icc){NAN, NAN};
    }
    double msb = between / (double)(groups - 1), msw = within / (double)(count - groups);
    double k = (double)count / (double)groups;
    return (struct quality_icc){.icc1 = (msb - msw) / (msb + (k - 1) * msw), .icc2 = (msb - msw) / msb};
}

double quality_score(const struct quality_table *t, size_t rater) {
    size_t answers = 0, sum = 0;
    for (size_t i = 0; i < t->items; i++) {
        if (has_answer(t, rater, i)) {
            answers++;
            sum += at(t, rater, i);
        }
    }
    return answers == 0 || 2 * answers < t->items ? NAN : (double)sum / (double)answers;
}

static double null_variance(const struct quality_table *t) {
    return ((double)t->scale_max * t->scale_max - 1) / 12;
}

double quality_rwg(const struct quality_table *t, size_t item) {
    double r = 1 - variance(t, item) / null_variance(t);
    return r < 0 ? 0 : r; // NAN stays
}

double quality_rwg_j(const struct quality_table *t) {
    double sum = 0, items = 0;
    for (size_t i = 0; i < t->items; i++) {
        double v = variance(t, i);
        if (!isnan(v)) {
            sum += v;
            items++;
        }
    }
    if (items == 0) {
        return NAN;
    }
    double share = sum / items / null_variance(t);
    share = share > 1 ? 1 : share;
    return items * (1 - share) / (items * (1 - share) + share);
}

struct quality_deviation quality_deviation(const struct quality_table *t, size_t item) {
    uint64_t counts[REPORT_SCALE_MAX + 1] = {0}, n = 0, sum = 0;
    for (size_t r = 0; r < t->raters; r++) {
        if (has_answer(t, r, item)) {
            counts[at(t, r, item)]++;
            n++;
            sum += at(t, r, item);
        }
    }
    if (n == 0) {
        return (struct quality_deviation){NAN, NAN};
    }
    uint32_t median = 0; // the upper of two middle answers: deviations add up to the same between them
    for (uint64_t seen = 0; seen <= n / 2; seen += counts[median]) {
        median++;
    }
    double mean = (double)sum / (double)n;
    struct quality_deviation d = {0};
    for (uint32_t v = 1; v <= t->scale_max; v++) {
        d.about_mean += (double)counts[v] * fabs(v - mean);
        d.about_median += (double)counts[v] * (v > median ? v - median : median - v);
    }
    d.about_mean /= (double)n;
    d.about_median /= (double)n;
    return d;
}

double quality_not_observed(const struct quality_table *t, size_t item) {
    double not_observed = 0, answers = 0;
    for (size_t r = 0; r < t->raters; r++) {
        not_observed += at(t, r, item) == ROWS_NOT_OBSERVED;
        answers += has_answer(t, r, item);
    }
    return not_observed + answers == 0 ? NAN : not_observed / (not_observed + answers);
}
