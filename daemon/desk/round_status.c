// RoundStatus: who was asked and who has signed in. Nothing here says who has answered: "below" comes from the clerk's
// daily count, and only as a yes or no for a group.
#include <string.h>

#include "code.h"
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "manifest.h"

enum { INVITED_COLUMN = 3, COLLECTED_COLUMN = 8, BELOW_COLUMN = 13, READY_COLUMN = 14 };

struct subject_lists {
    Candour__GroupCount *invited[MANIFEST_GROUPS], *collected[MANIFEST_GROUPS];
    Candour__GroupCount counts[2 * MANIFEST_GROUPS];
    Candour__Group below[MANIFEST_GROUPS];
};

// Groups with nobody are left out.
static size_t read_counts(const struct db_result *rows, int row, int column, Candour__GroupCount *counts,
                          Candour__GroupCount **ret_list) {
    size_t used = 0;
    for (int group = 0; group < MANIFEST_GROUPS; group++) {
        uint32_t raters = (uint32_t)db_get_int(rows, row, column + group);
        if (raters == 0)
            continue;
        Candour__GroupCount *count = ret_list[used] = &counts[used];
        used++;
        candour__group_count__init(count);
        count->group = (Candour__Group)(group + 1);
        count->raters = raters;
    }
    return used;
}

static void read_subject(const struct db_result *rows, int row, struct subject_lists *lists,
                         Candour__SubjectStatus *ret_subject) {
    ret_subject->name = answer_column(rows, row, 0);
    ret_subject->email = answer_column(rows, row, 1);
    ret_subject->level = answer_column(rows, row, 2);
    ret_subject->n_invited = read_counts(rows, row, INVITED_COLUMN, lists->counts, lists->invited);
    ret_subject->invited = lists->invited;
    ret_subject->n_collected =
        read_counts(rows, row, COLLECTED_COLUMN, lists->counts + MANIFEST_GROUPS, lists->collected);
    ret_subject->collected = lists->collected;
    unsigned below = (unsigned)db_get_int(rows, row, BELOW_COLUMN);
    for (unsigned group = 0; group < MANIFEST_GROUPS; group++)
        if (below >> group & 1)
            lists->below[ret_subject->n_below++] = (Candour__Group)(group + 1);
    ret_subject->below = lists->below;
    ret_subject->report_ready = db_get_bool(rows, row, READY_COLUMN);
}

static void status_found(struct request *r) {
    const struct db_result *round = db_result(r->segment, 0), *rows = db_result(r->segment, 1);
    if (db_rows(round) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There is no round of this name. See: candour round list");
        return;
    }
    size_t count = (size_t)db_rows(rows);
    Candour__SubjectStatus **list = answer_list(r, count, &candour__subject_status__descriptor);
    if (list == NULL)
        return;
    struct subject_lists *lists = answer_array(r, count, sizeof *lists);
    if (lists == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        read_subject(rows, (int)i, &lists[i], list[i]);
    Candour__RoundBrief brief;
    answer_round(round, 0, &brief);
    Candour__RoundStatusReply reply = CANDOUR__ROUND_STATUS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.round = &brief;
    reply.n_subjects = count;
    reply.subjects = list;
    ANSWER_SET(reply, closing_step, (uint32_t)db_get_int(round, 0, 6));
    if (!db_is_null(round, 0, 7))
        ANSWER_SET(reply, progress_at, db_get_time(round, 0, 7));
    char fingerprint[CODE_FINGERPRINT_TEXT_BYTES];
    struct db_bytes root = db_get_bytes(round, 0, 8);
    if (root.len == 32) {
        code_fingerprint(root.data, fingerprint);
        ANSWER_SET(reply, fingerprint, text_of(fingerprint));
    }
    ANSWER_SET(reply, people, (uint32_t)db_get_int(round, 0, 9));
    ANSWER_SET(reply, signed_in, (uint32_t)db_get_int(round, 0, 10));
    answer_send(r, &reply.base);
}

void round_status(struct request *r) {
    const Candour__RoundStatus *message = (const Candour__RoundStatus *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_ROUND_STATUS);
    db_text(s, message->round.data, message->round.len);
    db_time(s, r->now);
    s = request_query(r, QUERY_DESK_ROUND_SUBJECTS);
    db_text(s, message->round.data, message->round.len);
    request_run(r, status_found);
}
