// What may go wrong with a round, before it is too late: groups that can never be shown, leaders with too few raters,
// letters that nobody has, raters who are asked too often.
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "daemon/desk/raters_check.h"
#include "daemon/desk/round_check.h"
#include "manifest.h"

enum { RISKS_MAX = 1000, WORKLOAD_PAGE = 150 };
static const char no_round[] = "There is no round of this name. See: candour round list";

// ---------------------------------------------------------------- RoundRisks
enum { LEAST_COLUMN = 4, MOST_COLUMN = 8, SELF_COLUMN = 2, WAITING_COLUMN = 7 }; // of risks_round, risks_leaders

struct risks {
    struct request *r;
    Candour__Risk **list; // RISKS_MAX
    size_t count, more;
};

// name and email empty: the whole round's.
static void add_risk(struct risks *risks, Candour__RiskKind kind, ProtobufCBinaryData name, ProtobufCBinaryData email,
                     ProtobufCBinaryData sentence) {
    if (risks->count == RISKS_MAX) {
        risks->more++;
        return;
    }
    Candour__Risk *risk = risks->list[risks->count++];
    risk->kind = kind;
    if (name.len > 0)
        ANSWER_SET(*risk, name, name);
    if (email.len > 0)
        ANSWER_SET(*risk, email, email);
    risk->sentence = sentence;
}

static ProtobufCBinaryData say_reach(struct request *r, enum round_reach reach, const uint32_t asked[CELLS_GROUPS],
                                     uint32_t threshold) {
    if (reach == ROUND_REACH_NONE)
        return answer_text(
            r, "Fewer than %u colleagues are asked: nothing from them can ever be shown. Ask more people.", threshold);
    return answer_text(r,
                       "Peers %u, direct reports %u, others %u: a group below %u can be shown only together with "
                       "another. Ask more people of it, or none.",
                       asked[CELLS_PEER], asked[CELLS_REPORT], asked[CELLS_OTHER], threshold);
}

static void judge_limits(struct risks *risks, const struct db_result *round, const struct db_result *leaders, int row) {
    static const char *const groups[] = {"", "self", "managers", "peers", "direct reports", "others"};
    ProtobufCBinaryData name = answer_column(leaders, row, 0), email = answer_column(leaders, row, 1);
    for (int group = CANDOUR__GROUP__MANAGER; group <= CANDOUR__GROUP__OTHER; group++) {
        int asked = db_get_int(leaders, row, SELF_COLUMN + group - 1);
        int least = db_get_int(round, 0, LEAST_COLUMN + group - 2),
            most = db_get_int(round, 0, MOST_COLUMN + group - 2);
        if (asked < least)
            add_risk(risks, CANDOUR__RISK_KIND__BELOW_LEAST, name, email,
                     answer_text(risks->r, "Has %d %s, and at least %d are planned.", asked, groups[group], least));
        if (asked > most)
            add_risk(risks, CANDOUR__RISK_KIND__ABOVE_MOST, name, email,
                     answer_text(risks->r, "Has %d %s, and at most %d are planned.", asked, groups[group], most));
    }
}

static void judge_leader(struct risks *risks, const struct db_result *round, const struct db_result *leaders, int row) {
    struct request *r = risks->r;
    ProtobufCBinaryData name = answer_column(leaders, row, 0), email = answer_column(leaders, row, 1);
    uint32_t threshold = (uint32_t)db_get_int(round, 0, 0);
    const uint32_t asked[CELLS_GROUPS] = {(uint32_t)db_get_int(leaders, row, 4), (uint32_t)db_get_int(leaders, row, 5),
                                          (uint32_t)db_get_int(leaders, row, 6)};
    enum round_reach reach = round_reach(asked, threshold);
    if (reach != ROUND_REACH_ALL)
        add_risk(risks,
                 reach == ROUND_REACH_NONE ? CANDOUR__RISK_KIND__NOTHING_SHOWN : CANDOUR__RISK_KIND__GROUPS_MERGED,
                 name, email, say_reach(r, reach, asked, threshold));
    judge_limits(risks, round, leaders, row);
    bool adds_self = db_get_bool(round, 0, 2); // a nominating round does it by itself
    if (db_get_int(leaders, row, SELF_COLUMN) == 0 && !adds_self)
        add_risk(risks, CANDOUR__RISK_KIND__NO_SELF, name, email, text_of("Is not asked about themselves."));
    if (db_get_int(leaders, row, SELF_COLUMN + 1) == 0 && db_get_int(round, 0, LEAST_COLUMN) == 0)
        add_risk(risks, CANDOUR__RISK_KIND__NO_MANAGER, name, email, text_of("No manager is asked."));
    int waiting = db_get_int(leaders, row, WAITING_COLUMN);
    if (waiting > 0)
        add_risk(risks, CANDOUR__RISK_KIND__UNDECIDED, name, email,
                 answer_text(r, "Nominations to decide: %d. Whoever is not approved is not asked.", waiting));
}

static void judge_busy(struct risks *risks, const struct db_result *busy) {
    for (int i = 0; i < db_rows(busy); i++) {
        ProtobufCBinaryData instead = db_is_null(busy, i, 4) ? text_of("") : answer_column(busy, i, 4);
        add_risk(risks, CANDOUR__RISK_KIND__MANY_LEADERS, answer_column(busy, i, 0), answer_column(busy, i, 1),
                 answer_text(risks->r, "Is asked about %d leaders.%s%.*s%s", db_get_int(busy, i, 3),
                             instead.len > 0 ? " Rather ask: " : " Ask somebody else where you can.", TEXT(instead),
                             instead.len > 0 ? "." : ""));
    }
    if (db_rows(busy) > 0)
        risks->more += (size_t)(db_get_int(busy, 0, 5) - db_rows(busy));
}

static void tell_declined(struct risks *risks, const struct db_result *rows) {
    for (int i = 0; i < db_rows(rows); i++) {
        ProtobufCBinaryData reason = answer_column(rows, i, 3);
        add_risk(risks, CANDOUR__RISK_KIND__HAS_DECLINED, answer_column(rows, i, 0), answer_column(rows, i, 1),
                 answer_text(risks->r, "Declined to answer about %.*s%s%.*s", TEXT(answer_column(rows, i, 2)),
                             reason.len > 0 ? ": " : ".", TEXT(reason)));
    }
    if (db_rows(rows) > 0)
        risks->more += (size_t)(db_get_int(rows, 0, 4) - db_rows(rows));
}

static void risks_found(struct request *r) {
    const struct db_result *round = db_result(r->segment, 0), *leaders = db_result(r->segment, 1);
    if (db_rows(round) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, no_round);
        return;
    }
    struct risks risks = {.r = r, .list = answer_list(r, RISKS_MAX, &candour__risk__descriptor)};
    if (risks.list == NULL)
        return;
    const ProtobufCBinaryData whole = text_of("");
    int letters = db_get_int(round, 0, 3);
    if (db_rows(leaders) == 0)
        add_risk(&risks, CANDOUR__RISK_KIND__NOTHING_SHOWN, whole, whole,
                 text_of("There is no leader yet. Next: candour round load"));
    if (letters > 0)
        add_risk(&risks, CANDOUR__RISK_KIND__NO_LETTER, whole, whole,
                 answer_text(r,
                             "People whose letter waits: %d. Without its code they cannot sign in. Next: candour "
                             "round letters",
                             letters));
    for (int i = 0; i < db_rows(leaders); i++)
        judge_leader(&risks, round, leaders, i);
    judge_busy(&risks, db_result(r->segment, 3));
    tell_declined(&risks, db_result(r->segment, 2));
    Candour__RoundRisksReply reply = CANDOUR__ROUND_RISKS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, detail,
               text_of(db_get_bool(round, 0, 1)
                           ? "Next: mend what can be mended, by candour round load or candour nominations change; then "
                             "candour round advance --to collecting"
                           : "The raters of this round are fixed. Keep it in mind for the next one."));
    reply.risks = risks.list;
    reply.n_risks = risks.count;
    ANSWER_SET(reply, more, (uint32_t)risks.more);
    answer_send(r, &reply.base);
}

// Who is asked about `least` leaders or more.
static void ask_workload(struct request *r, ProtobufCBinaryData round, uint32_t offset, int32_t least) {
    struct db_segment *s = request_query(r, QUERY_DESK_WORKLOAD);
    db_text(s, round.data, round.len);
    db_int4(s, RATERS_LEADERS_MANY);
    db_int4(s, (int32_t)offset);
    db_int4(s, WORKLOAD_PAGE);
    db_int4(s, least);
}

void risks_list(struct request *r) {
    const Candour__RoundRisks *message = (const Candour__RoundRisks *)r->message;
    static const enum query queries[] = {QUERY_DESK_RISKS_ROUND, QUERY_DESK_RISKS_LEADERS, QUERY_DESK_RISKS_DECLINED};
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        struct db_segment *s = request_query(r, queries[i]);
        db_text(s, message->round.data, message->round.len);
    }
    ask_workload(r, message->round, 0, RATERS_LEADERS_MANY + 1);
    request_run(r, risks_found);
}

// ---------------------------------------------------------------- RoundWorkload
static void workload_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 1);
    if (db_rows(db_result(r->segment, 0)) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, no_round);
        return;
    }
    Candour__RoundWorkloadReply reply = CANDOUR__ROUND_WORKLOAD_REPLY__INIT;
    reply.n_lines = (size_t)db_rows(rows);
    reply.lines = answer_list(r, reply.n_lines, &candour__workload_line__descriptor);
    if (reply.lines == NULL)
        return;
    for (int i = 0; i < db_rows(rows); i++) {
        Candour__WorkloadLine *line = reply.lines[i];
        line->name = answer_column(rows, i, 0);
        line->email = answer_column(rows, i, 1);
        line->unit = answer_column(rows, i, 2);
        line->leaders = (uint32_t)db_get_int(rows, i, 3);
        if (!db_is_null(rows, i, 4))
            ANSWER_SET(*line, instead, answer_column(rows, i, 4));
    }
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, total, reply.n_lines > 0 ? (uint32_t)db_get_int(rows, 0, 5) : 0);
    answer_send(r, &reply.base);
}

void risks_workload(struct request *r) {
    const Candour__RoundWorkload *message = (const Candour__RoundWorkload *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_ROUND_EXISTS);
    db_text(s, message->round.data, message->round.len);
    ask_workload(r, message->round, message->offset, 1);
    request_run(r, workload_found);
}
