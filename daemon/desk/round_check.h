// Rules that a new round must keep, and what to warn of before it opens. Pure.
#ifndef CANDOUR_DESK_ROUND_CHECK_H
#define CANDOUR_DESK_ROUND_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "candour.pb-c.h"
#include "cells.h"

enum { ROUND_COLLECT_S_MIN = 24 * 3600 }; // between collecting and answering, or times tell who wrote what

// NULL, or the sentence that says which rule is broken and what to do. now: Unix seconds.
const char *round_check(const Candour__CreateRound *round, int64_t now);
// Does the largest ballot for so many items and questions fit into the round's bucket?
bool round_has_room(const Candour__Rules *rules, size_t items, size_t questions);
// Is there less than a day between the later of collect_from and now, and answer_from?
bool round_is_hasty(int64_t collect_from, int64_t answer_from, int64_t now);

enum round_reach { ROUND_REACH_ALL, ROUND_REACH_MERGED, ROUND_REACH_NONE };
// Can every anonymous group that was asked about a leader ever be shown by itself (ALL), only merged (MERGED), or can
// nothing be shown (NONE)? asked: raters, index CELLS_PEER and so on. Nobody asked at all is NONE.
enum round_reach round_reach(const uint32_t asked[CELLS_GROUPS], uint32_t threshold);

#endif
