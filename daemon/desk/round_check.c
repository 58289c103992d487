#include "daemon/desk/round_check.h"

#include <assert.h>

#include "ballot.h"
#include "manifest.h"

enum { GRACE_S_MAX = 86400, TAIL_LOW_MIN = 1 };

static const char *check_rules(const Candour__Rules *rules) {
    // The gate knows the limits of each number; these are the ones that depend on each other, and the promises.
    if (rules->tail_low < TAIL_LOW_MIN)
        return "tail-low must be 1 or 2: with 0 a rater could learn that every colleague gave the lowest mark.";
    if (rules->comments_pooled < rules->threshold)
        return "comments-pooled must be at least the threshold. Raise it.";
    if (rules->comments_by_group != 0 && rules->comments_by_group < rules->threshold)
        return "comments-by-group must be at least the threshold, or 0 for never. Raise it.";
    if (rules->bucket % MANIFEST_BUCKET_STEP != 0)
        return "The bucket must be a multiple of 1024 bytes. Choose 8192, for example.";
    return NULL;
}

const char *round_check(const Candour__CreateRound *round, int64_t now) {
    if (round->answer_from < round->collect_from)
        return "Answering cannot open before collecting. Give a later time for --answer-from.";
    if (round->close <= round->answer_from)
        return "The round would close before answering opens. Give a later time for --close.";
    if (round->close <= now)
        return "The round would be closed already. Give a time in the future for --close.";
    if (round->grace_s > GRACE_S_MAX)
        return "The time of grace can be one day at most. Give a shorter one.";
    return check_rules(round->rules);
}

bool round_has_room(const Candour__Rules *rules, size_t items, size_t questions) {
    return ballot_size_max(items, questions) <= ballot_room(rules->bucket);
}

bool round_is_hasty(int64_t collect_from, int64_t answer_from, int64_t now) {
    int64_t from = collect_from > now ? collect_from : now;
    return answer_from - from < ROUND_COLLECT_S_MIN;
}

enum round_reach round_reach(const uint32_t asked[CELLS_GROUPS], uint32_t threshold) {
    assert(threshold >= 1);
    struct cells cells = cells_partition(asked, threshold);
    if (cells.count == 0)
        return ROUND_REACH_NONE;
    for (size_t i = 0; i < cells.count; i++)
        if ((cells.members[i] & (cells.members[i] - 1)) != 0)
            return ROUND_REACH_MERGED;
    return ROUND_REACH_ALL;
}
