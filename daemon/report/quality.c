#include "quality.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "publish.h"
#include "rows.h"

bool quality_is_allowed(uint64_t subjects, uint64_t ballots) {
    return subjects >= QUALITY_SUBJECTS_MIN && ballots >= QUALITY_BALLOTS_MIN;
}

static const double PUBLISHED_MAX = 99.99;

int32_t quality_hundredths(double value) {
    return isnan(value) ? 0 : (int32_t)lround(100 * fmax(-PUBLISHED_MAX, fmin(value, PUBLISHED_MAX)));
}

static uint8_t at(const struct quality_table *t, size_t rater, size_t item) {
    return t->ratings[rater * t->items + item];
}

static bool has_answer(const struct quality_table *t, size_t rater, size_t item) {
    return rows_is_rating(at(t, rater, item), t->scale_max);
}

bool quality_is_answered(const struct quality_table *t) {
    for (size_t i = 0; i < t->items * t->items; i++) {
        size_t both = 0;
        for (size_t r = 0; r < t->raters; r++) {
            both += has_answer(t, r, i / t->items) && has_answer(t, r, i % t->items);
        }
        if (both < QUALITY_BALLOTS_MIN) {
            return false;
        }
    }
    return true;
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

// Sums of squares below it are rounding errors of 0; real ones are far above it.
static const double SQUARES_MIN = 1e-12;

// A competency without one of its items, `left_out`, or with all when that is k: variance of the sum of its items, of
// which trace is the part of the items' own variances, and covariance of the sum with the item left out.
struct total {
    double sum, trace, with_left_out;
};
static struct total total_without(const double *covariances, size_t k, size_t left_out) {
    struct total total = {0};
    for (size_t i = 0; i < k; i++) {
        if (i == left_out) {
            continue;
        }
        for (size_t j = 0; j < k; j++) {
            if (j == left_out) {
                total.with_left_out += covariances[i * k + j];
            } else {
                total.sum += covariances[i * k + j];
            }
        }
        total.trace += covariances[i * k + i];
    }
    return total;
}

static double alpha_of(size_t items, const struct total *total) {
    double k = (double)items;
    return items < 2 || fabs(total->sum) < SQUARES_MIN ? NAN : k / (k - 1) * (1 - total->trace / total->sum);
}

int quality_reliability(const struct quality_table *t, struct quality_reliability *ret_reliability) {
    size_t k = t->items;
    assert(k > 0 && k <= QUALITY_ITEMS_MAX);
    double *covariances = calloc(k * k, sizeof *covariances);
    if (!covariances) {
        return -1;
    }
    for (size_t i = 0; i < k * k; i++) {
        covariances[i] = covariance(t, i / k, i % k);
    }
    struct quality_reliability q = {0};
    struct total all = total_without(covariances, k, k);
    q.alpha = alpha_of(k, &all);
    for (size_t i = 0; i < k; i++) {
        struct total others = total_without(covariances, k, i);
        double own = covariances[i * k + i];
        bool is_defined = own > 0 && others.sum > SQUARES_MIN;
        q.alpha_dropped[i] = alpha_of(k - 1, &others);
        q.item_total[i] = is_defined ? others.with_left_out / sqrt(own * others.sum) : NAN;
    }
    free(covariances);
    *ret_reliability = q;
    return 0;
}

static double settle(double squares) {
    return squares < SQUARES_MIN ? 0 : squares;
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
    double msb = settle(between) / (double)(groups - 1), msw = settle(within) / (double)(count - groups);
    double k = (double)count / (double)groups;
    return (struct quality_icc){.icc1 = msb + msw > 0 ? (msb - msw) / (msb + (k - 1) * msw) : NAN,
                                .icc2 = msb > 0 ? (msb - msw) / msb : NAN};
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
    if (n < 2) {
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
