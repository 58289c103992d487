#include "spread.h"

#include "publish.h"
#include "rows.h"

// Scores in 10^-4, so that squares are in 10^-8 and every sum is an integer: order cannot matter.
enum { UNIT = 10000 };

// Moments of scores within one cell.
struct moments {
    uint64_t count, sum, squares;
};

static void add_score(struct moments *m, uint64_t score) {
    m->count++;
    m->sum += score;
    m->squares += score * score;
}

// Sum of squared deviations from the mean, rounded down. Deviations are taken from the whole part of the mean, which
// keeps the products small: sum (x - a)^2 - (sum (x - a))^2 / n with 0 <= sum (x - a) < n.
static void pool(const struct moments *m, uint64_t *squares, uint64_t *freedom) {
    if (m->count < 2) {
        return;
    }
    uint64_t whole = m->sum / m->count, rest = m->sum % m->count;
    uint64_t around = m->squares + m->count * whole * whole - 2 * whole * m->sum;
    *squares += around - rest * rest / m->count;
    *freedom += m->count - 1;
}

static bool is_in_cell(const struct report_ballot *ballot, uint8_t members) {
    return ballot->group >= ROWS_PEER && (members & 1u << (ballot->group - ROWS_PEER));
}

// The rater's mean of a competency, if at least half of its items were answered.
static bool has_score(const struct report_input *in, const uint8_t *ratings, uint32_t competency, uint64_t *ret_score) {
    uint64_t items = 0, answers = 0, sum = 0;
    for (uint32_t i = 0; i < in->item_count; i++) {
        if (in->competencies[i] == competency) {
            items++;
            if (rows_is_rating(ratings[i], in->scale_max)) {
                answers++;
                sum += ratings[i];
            }
        }
    }
    if (answers == 0 || 2 * answers < items) {
        return false;
    }
    *ret_score = (sum * UNIT + answers / 2) / answers;
    return true;
}

static struct moments competency_moments(const struct report_input *in, uint8_t members, uint32_t competency) {
    struct moments m = {0};
    for (size_t b = 0; b < in->ballot_count; b++) {
        uint64_t score;
        if (is_in_cell(&in->ballots[b], members) && has_score(in, in->ballots[b].ratings, competency, &score)) {
            add_score(&m, score);
        }
    }
    return m;
}

static struct moments item_moments(const struct report_input *in, uint8_t members, uint32_t item) {
    struct moments m = {0};
    for (size_t b = 0; b < in->ballot_count; b++) {
        uint8_t rating = in->ballots[b].ratings[item];
        if (is_in_cell(&in->ballots[b], members) && rows_is_rating(rating, in->scale_max)) {
            add_score(&m, (uint64_t)rating * UNIT);
        }
    }
    return m;
}

int spread_add(struct spread_pool *spread, const struct report_input *in) {
    struct report_output out;
    if (report_publish(in, &out) != 0) {
        return -1;
    }
    spread->subjects += out.cells.count > 0;
    for (size_t c = 0; c < out.cells.count; c++) {
        uint8_t members = out.cells.members[c];
        spread->freedom += out.cells.ballots[c] - 1;
        for (uint32_t i = 0; i < out.item_count; i++) {
            if (figure_is_number(&out.items[i].cells[c].figure)) {
                struct moments m = item_moments(in, members, i);
                pool(&m, &spread->item_squares, &spread->item_freedom);
            }
        }
        for (uint32_t k = 0; k < out.competency_count; k++) {
            if (figure_is_number(&out.competencies[k].cells[c].figure)) {
                struct moments m = competency_moments(in, members, k);
                pool(&m, &spread->competency_squares, &spread->competency_freedom);
            }
        }
    }
    report_free(&out);
    return 0;
}

// Square root of the pooled variance to the nearest tenth, half up: the largest h with (h - 1/2)^2 <= 100 variance.
static uint32_t tenths(uint64_t squares, uint64_t freedom, uint32_t tenths_min) {
    uint64_t bound = 400 * (squares / freedom);
    uint64_t h = tenths_min;
    while ((2 * h + 1) * (2 * h + 1) * UNIT * UNIT <= bound) {
        h++;
    }
    return (uint32_t)h;
}

struct spread spread_finish(const struct spread_pool *spread) {
    bool is_enough = spread->freedom >= SPREAD_FREEDOM_MIN && spread->subjects >= SPREAD_SUBJECTS_MIN &&
                     spread->item_freedom >= SPREAD_FREEDOM_MIN && spread->competency_freedom >= SPREAD_FREEDOM_MIN;
    if (!is_enough) {
        return (struct spread){SPREAD_DEFAULT_TENTHS, SPREAD_DEFAULT_TENTHS, false};
    }
    return (struct spread){.item_tenths = tenths(spread->item_squares, spread->item_freedom, SPREAD_ITEM_TENTHS_MIN),
                           .competency_tenths = tenths(spread->competency_squares, spread->competency_freedom,
                                                       SPREAD_COMPETENCY_TENTHS_MIN),
                           .pooled = true};
}
