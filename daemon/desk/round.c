// A round from its making to its close.
#include <string.h>

#include "daemon/config.h"
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "daemon/desk/plan.h"
#include "daemon/desk/round_check.h"

static const char only_tried[] = "Only tried, nothing was stored. ";
static const char no_round[] = "There is no round of this name. See: candour round list";

// ---------------------------------------------------------------- CreateRound
static ProtobufCBinaryData warn_of_haste(struct request *r) {
    return answer_text(r, "Answering opens less than 24 hours after collecting. Whoever signs in and answers within "
                          "hours is easier to recognise by the times. A day between them is better.");
}

static void reply_round(struct request *r, const uint8_t id[16], int state, ProtobufCBinaryData detail,
                        ProtobufCBinaryData *warnings, size_t warning_count) {
    Candour__RoundReply reply = CANDOUR__ROUND_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, detail, detail);
    ANSWER_SET(reply, id, ((ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)id}));
    ANSWER_SET(reply, state, (Candour__State)state);
    reply.n_warnings = warning_count;
    reply.warnings = warnings;
    answer_send(r, &reply.base);
}

static void reply_created(struct request *r, const uint8_t id[16], int state) {
    const Candour__CreateRound *message = (const Candour__CreateRound *)r->message;
    bool is_hasty = round_is_hasty(message->collect_from, message->answer_from, r->now);
    ProtobufCBinaryData warning = is_hasty ? warn_of_haste(r) : text_of("");
    ProtobufCBinaryData detail =
        message->dry_run ? answer_text(r, "%sThe round \"%.*s\" could be made.", only_tried, TEXT(message->name))
                         : answer_text(r, "The round \"%.*s\" is there. Next: candour round load", TEXT(message->name));
    reply_round(r, id, state, detail, &warning, is_hasty);
}

static void round_created(struct request *r) {
    const struct db_result *made = db_result(r->segment, 0);
    if (db_rows(made) > 0)
        reply_created(r, db_get_uuid(made, 0, 0), CANDOUR__STATE__DRAFT);
    else // the same request, or the same name, came in at the same moment
        request_outcome(r, CANDOUR__STATUS__BUSY, "Somebody else is making a round of this name. Try again.");
}

static void insert_round(struct request *r, const uint8_t framework[16]) {
    const Candour__CreateRound *message = (const Candour__CreateRound *)r->message;
    const Candour__Rules *rules = message->rules;
    struct db_segment *s = request_query(r, QUERY_DESK_CREATE_ROUND);
    db_uuid(s, message->request.data);
    db_text(s, message->name.data, message->name.len);
    db_uuid(s, framework);
    db_bool(s, r->worker->config->demo);
    db_time(s, message->collect_from);
    db_time(s, message->answer_from);
    db_time(s, message->close);
    const uint32_t numbers[] = {message->grace_s, rules->threshold, rules->comments_pooled, rules->comments_by_group,
                                rules->tail_low,  rules->tail_high, rules->bucket};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        db_int4(s, (int32_t)numbers[i]);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    plan_add(s, message->plan);
    request_run(r, round_created);
}

static void create_known(struct request *r) {
    const Candour__CreateRound *message = (const Candour__CreateRound *)r->message;
    const struct db_result *before = db_result(r->segment, 0), *framework = db_result(r->segment, 1);
    if (db_rows(before) > 0 && db_get_bool(before, 0, 2)) {
        reply_created(r, db_get_uuid(before, 0, 0), db_get_int(before, 0, 1));
        return;
    }
    if (db_rows(before) > 0) {
        request_outcome(r, CANDOUR__STATUS__CONFLICT, "There is a round \"%.*s\" already. Choose another name.",
                        TEXT(message->name));
        return;
    }
    if (db_rows(framework) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND,
                        "There is no framework \"%.*s\". Import it first: candour framework import",
                        TEXT(message->framework));
        return;
    }
    const char *broken = round_check(message, r->now);
    if (broken == NULL)
        broken = plan_check(message->plan);
    if (broken != NULL) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE, "%s", broken);
        return;
    }
    size_t questions = (size_t)db_get_int(framework, 0, 2), items = (size_t)db_get_int(framework, 0, 3);
    if (!round_has_room(message->rules, items, questions)) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "The longest answers to this framework do not fit in a bucket of %u bytes. Choose a larger "
                        "bucket.",
                        message->rules->bucket);
        return;
    }
    if (message->dry_run)
        reply_created(r, message->request.data, CANDOUR__STATE__DRAFT);
    else
        insert_round(r, db_get_uuid(framework, 0, 0));
}

void round_create(struct request *r) {
    const Candour__CreateRound *message = (const Candour__CreateRound *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_ROUND_BEFORE);
    db_uuid(s, message->request.data);
    db_text(s, message->name.data, message->name.len);
    db_time(s, r->now);
    s = request_query(r, QUERY_DESK_FRAMEWORK_SHAPE);
    db_text(s, message->framework.data, message->framework.len);
    request_run(r, create_known);
}

// ---------------------------------------------------------------- AdvanceRound
enum advance { // desk.advance_round
    ADVANCE_NO_ROUND,
    ADVANCE_DONE,
    ADVANCE_BEFORE,
    ADVANCE_FROM_ELSEWHERE,
    ADVANCE_NO_SUBJECT,
    ADVANCE_TOO_LATE
};

// Names of the leaders whose groups reach no more than `reach`, at most ten of them; counts them all.
static ProtobufCBinaryData list_leaders(struct request *r, const struct db_result *leaders, uint32_t threshold,
                                        enum round_reach reach, int *ret_count) {
    enum { LEADERS_SHOWN = 10 };
    ProtobufCBinaryData list = text_of("");
    int count = 0;
    for (int i = 0; i < db_rows(leaders); i++) {
        const uint32_t asked[CELLS_GROUPS] = {(uint32_t)db_get_int(leaders, i, 1), (uint32_t)db_get_int(leaders, i, 2),
                                              (uint32_t)db_get_int(leaders, i, 3)};
        if (round_reach(asked, threshold) != reach)
            continue;
        if (count < LEADERS_SHOWN)
            list = answer_text(r, "%.*s%s%.*s", TEXT(list), count > 0 ? ", " : "", TEXT(answer_column(leaders, i, 0)));
        count++;
    }
    if (count > LEADERS_SHOWN)
        list = answer_text(r, "%.*s and %d more", TEXT(list), count - LEADERS_SHOWN);
    *ret_count = count;
    return list;
}

static size_t warn_of_groups(struct request *r, uint32_t threshold, ProtobufCBinaryData *ret_warnings) {
    const struct db_result *leaders = db_result(r->segment, 1);
    size_t used = 0;
    int count;
    ProtobufCBinaryData list = list_leaders(r, leaders, threshold, ROUND_REACH_NONE, &count);
    if (count > 0)
        ret_warnings[used++] =
            answer_text(r, "Fewer than %u colleagues are asked about %.*s: nothing from colleagues can ever be shown.",
                        threshold, TEXT(list));
    list = list_leaders(r, leaders, threshold, ROUND_REACH_MERGED, &count);
    if (count > 0)
        ret_warnings[used++] =
            answer_text(r,
                        "Some groups have fewer than %u people, for %.*s: they can be shown only together with "
                        "another group.",
                        threshold, TEXT(list));
    return used;
}

static ProtobufCBinaryData say_advanced(struct request *r, int people) {
    const Candour__AdvanceRound *message = (const Candour__AdvanceRound *)r->message;
    bool is_collecting = message->to == CANDOUR__STATE__COLLECTING;
    if (message->dry_run)
        return is_collecting
                   ? answer_text(r,
                                 "%sThe round \"%.*s\" would be collecting and frozen; %d people would be "
                                 "asked. Next: the same without --dry-run.",
                                 only_tried, TEXT(message->round), people)
                   : answer_text(r, "%sThe round \"%.*s\" would be nominating. Next: the same without --dry-run.",
                                 only_tried, TEXT(message->round));
    if (is_collecting)
        return answer_text(r,
                           "The round \"%.*s\" is collecting and frozen; %d people are asked. Next: candour round "
                           "letters",
                           TEXT(message->round), people);
    return answer_text(r,
                       "The round \"%.*s\" is nominating: leaders suggest raters, their line managers or you approve; "
                       "raters can still be loaded. Next: candour round letters; then candour round risks; then "
                       "candour round advance --to collecting",
                       TEXT(message->round));
}

static void reply_advanced(struct request *r, const struct db_result *result) {
    const Candour__AdvanceRound *message = (const Candour__AdvanceRound *)r->message;
    ProtobufCBinaryData warnings[4];
    size_t warning_count = warn_of_groups(r, (uint32_t)db_get_int(result, 0, 5), warnings);
    bool is_collecting = message->to == CANDOUR__STATE__COLLECTING;
    if (is_collecting && db_get_int(result, 0, 7) > 0)
        warnings[warning_count++] = answer_text(
            r, "Nominations that nobody decided about: %d. These people are not asked.", db_get_int(result, 0, 7));
    if (is_collecting && round_is_hasty(db_get_time(result, 0, 3), db_get_time(result, 0, 4), r->now))
        warnings[warning_count++] = warn_of_haste(r);
    reply_round(r, db_get_uuid(result, 0, 1), db_get_int(result, 0, 2), say_advanced(r, db_get_int(result, 0, 6)),
                warnings, warning_count);
}

static void round_advanced(struct request *r) {
    static const char *const states[] = {"",          "a draft", "nominating", "collecting",
                                         "answering", "closed",  "released",   "archived"};
    const struct db_result *result = db_result(r->segment, 0);
    int state = db_get_int(result, 0, 2);
    switch ((enum advance)db_get_int(result, 0, 0)) {
    case ADVANCE_DONE:
    case ADVANCE_BEFORE:
        reply_advanced(r, result);
        break;
    case ADVANCE_FROM_ELSEWHERE:
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "The round is %s. Only a draft or a nominating round goes on, and only forward.",
                        states[state]);
        break;
    case ADVANCE_NO_SUBJECT:
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "Nobody is asked about anybody yet. Load raters first: candour round load");
        break;
    case ADVANCE_TOO_LATE:
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "The close of this round has passed already. Make a new round with later dates.");
        break;
    default:
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, no_round);
    }
}

void round_advance(struct request *r) {
    const Candour__AdvanceRound *message = (const Candour__AdvanceRound *)r->message;
    if (message->to != CANDOUR__STATE__NOMINATING && message->to != CANDOUR__STATE__COLLECTING) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "A round is advanced to nominating or to collecting. What comes later follows from its dates.");
        return;
    }
    struct db_segment *s = request_query(r, QUERY_DESK_ADVANCE_ROUND);
    db_text(s, message->round.data, message->round.len);
    db_int2(s, (int16_t)message->to);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    db_bool(s, message->dry_run);
    s = request_query(r, QUERY_DESK_ROUND_GROUPS);
    db_text(s, message->round.data, message->round.len);
    request_run(r, round_advanced);
}

// ---------------------------------------------------------------- ListRounds
static void rounds_found(struct request *r) {
    const struct db_result *rows = db_result(r->segment, 0);
    size_t count = (size_t)db_rows(rows);
    Candour__RoundBrief **list = answer_list(r, count, &candour__round_brief__descriptor);
    if (list == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        answer_round(rows, (int)i, list[i]);
    Candour__ListRoundsReply reply = CANDOUR__LIST_ROUNDS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.n_rounds = count;
    reply.rounds = list;
    answer_send(r, &reply.base);
}

void round_list(struct request *r) {
    struct db_segment *s = request_query(r, QUERY_DESK_ROUNDS);
    db_time(s, r->now);
    request_run(r, rounds_found);
}

// ---------------------------------------------------------------- CloseRound
static void close_begun(struct request *r) {
    const Candour__CloseRound *message = (const Candour__CloseRound *)r->message;
    const struct db_result *result = db_result(r->segment, 0);
    if (db_rows(result) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, no_round);
        return;
    }
    ProtobufCBinaryData state = answer_column(result, 0, 0);
    int64_t end = db_get_time(result, 0, 2);
    char date[TEXT_DATE_BYTES];
    text_date(end, date);
    if (text_is_equal(state, text_of("closed")) || text_is_equal(state, text_of("released")) ||
        text_is_equal(state, text_of("archived")))
        request_outcome(r, CANDOUR__STATUS__OK, "The round \"%.*s\" is closed. Next: candour round release",
                        TEXT(message->round));
    else if (!text_is_equal(state, text_of("collecting")))
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "The round \"%.*s\" has not begun, so there is nothing to close.", TEXT(message->round));
    else if (db_get_int(result, 0, 1) == 0 && !db_get_bool(result, 0, 3))
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "Answers are accepted until %s, as everybody was told. Close the round after that.", date);
    else if (message->dry_run)
        request_outcome(r, CANDOUR__STATUS__OK,
                        "%sThe round \"%.*s\" would close now, for good. Next: the same without --dry-run.", only_tried,
                        TEXT(message->round));
    else
        request_outcome(r, CANDOUR__STATUS__OK,
                        "The round \"%.*s\" is closing; reports are computed now. Next: candour round status",
                        TEXT(message->round));
}

void round_close(struct request *r) {
    const Candour__CloseRound *message = (const Candour__CloseRound *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_CLOSE_ROUND);
    db_text(s, message->round.data, message->round.len);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    db_bool(s, message->dry_run);
    request_run(r, close_begun);
}
