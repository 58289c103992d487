#include "daemon/desk/raters_check.h"

#include <stdlib.h>

#include "daemon/desk/text.h"

static int compare_rows(const void *a, const void *b) {
    const struct raters_row *left = *(struct raters_row *const *)a, *right = *(struct raters_row *const *)b;
    int order = text_compare(left->subject, right->subject);
    if (order == 0)
        order = text_compare(left->rater, right->rater);
    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

static void check_row(const struct raters_row *row, const struct raters_row *before, struct problems *problems) {
    bool is_self = text_is_equal(row->subject, row->rater);
    if (row->rater_id == NULL)
        problems_add(problems, row->line, "%.*s is not known here. Correct the address, or import this person first.",
                     TEXT(row->rater));
    else if (row->group == CANDOUR__GROUP__SELF && !is_self)
        problems_add(problems, row->line,
                     "The group \"self\" is for leaders rating themselves. Choose another group for %.*s.",
                     TEXT(row->rater));
    else if (row->group != CANDOUR__GROUP__SELF && is_self)
        problems_add(problems, row->line, "%.*s rates themselves here. Choose the group \"self\", or remove the row.",
                     TEXT(row->rater));
    else if (before != NULL && text_is_equal(before->rater, row->rater))
        problems_add(problems, row->line, "%.*s is asked about %.*s on line %u already. Remove one of the two rows.",
                     TEXT(row->rater), TEXT(row->subject), before->line);
}

static bool has_level(const ProtobufCBinaryData *levels, size_t count, ProtobufCBinaryData level) {
    for (size_t i = 0; i < count; i++)
        if (text_is_equal(levels[i], level))
            return true;
    return false;
}

// All rows about one leader, sorted; the level of the round is what they say, or what is stored.
static ProtobufCBinaryData check_subject(struct raters_row *const *rows, size_t count,
                                         const ProtobufCBinaryData *levels, size_t level_count,
                                         struct problems *problems) {
    const struct raters_row *first = rows[0], *said = NULL;
    if (first->subject_id == NULL) {
        problems_add(problems, first->line, "%.*s is not known here. Correct the address, or import this person first.",
                     TEXT(first->subject));
        return first->level;
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->level.len == 0)
            continue;
        if (said != NULL && !text_is_equal(said->level, rows[i]->level))
            problems_add(problems, rows[i]->line,
                         "%.*s has level %.*s here and level %.*s on line %u. Use one level for each leader.",
                         TEXT(rows[i]->subject), TEXT(rows[i]->level), TEXT(said->level), said->line);
        if (said == NULL)
            said = rows[i];
    }
    ProtobufCBinaryData level = said != NULL ? said->level : first->subject_level;
    if (level.len == 0)
        problems_add(problems, first->line,
                     "%.*s has no level. Give one in the column \"level\", or with the next import of people.",
                     TEXT(first->subject));
    else if (!has_level(levels, level_count, level))
        problems_add(problems, said != NULL ? said->line : first->line,
                     "Level %.*s of %.*s is not in the framework of this round. Use one of its levels.", TEXT(level),
                     TEXT(first->subject));
    return level;
}

static void count_row(const struct raters_row *row, struct raters *raters) {
    if (row->stored_group == 0)
        raters->added++;
    else if (row->stored_group != (int)row->group)
        raters->changed++;
    else
        raters->unchanged++;
}

static int compare_load(const void *a, const void *b) {
    const struct raters_row *left = *(struct raters_row *const *)a, *right = *(struct raters_row *const *)b;
    int order = (left->leaders < right->leaders) - (left->leaders > right->leaders);
    return order != 0 ? order : text_compare(left->rater, right->rater);
}

static void find_busy(struct raters_row **rows, size_t count, struct raters *raters) {
    qsort(rows, count, sizeof *rows, compare_load);
    for (size_t i = 0; i < count && rows[i]->leaders > RATERS_LEADERS_MANY; i++) {
        if (i > 0 && text_is_equal(rows[i]->rater, rows[i - 1]->rater))
            continue;
        if (raters->busy_count < RATERS_BUSY_SHOWN)
            raters->busy[raters->busy_count] = rows[i];
        raters->busy_count++;
    }
}

void raters_check(struct raters_row *rows, size_t row_count, const ProtobufCBinaryData *levels, size_t level_count,
                  struct problems *problems, struct raters *ret_raters) {
    struct raters raters = {.subjects = arena_alloc(problems->arena, row_count * sizeof *raters.subjects)};
    struct raters_row **sorted = arena_alloc(problems->arena, row_count * sizeof *sorted);
    *ret_raters = raters;
    if (raters.subjects == NULL || sorted == NULL)
        return;
    for (size_t i = 0; i < row_count; i++)
        sorted[i] = &rows[i];
    qsort(sorted, row_count, sizeof *sorted, compare_rows);
    for (size_t i = 0, end; i < row_count; i = end) {
        for (end = i; end < row_count && text_is_equal(sorted[end]->subject, sorted[i]->subject); end++) {
            check_row(sorted[end], end > i ? sorted[end - 1] : NULL, problems);
            count_row(sorted[end], &raters);
        }
        raters.subjects[raters.subject_count++] = (struct raters_subject){
            sorted[i]->subject_id, check_subject(&sorted[i], end - i, levels, level_count, problems)};
    }
    find_busy(sorted, row_count, &raters);
    problems_sort(problems);
    *ret_raters = raters;
}
