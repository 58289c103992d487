// ExtendRound: a later close for a round that is under way. Here it is only asked for; the clerk publishes it.
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "manifest.h"

enum { VERSIONS_MAX = 50 }; // of a manifest: clients read all of them every time

static void extended(struct request *r) {
    const Candour__ExtendRound *message = (const Candour__ExtendRound *)r->message;
    const struct db_result *round = db_result(r->segment, 0);
    if (db_rows(round) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There is no round of this name. See: candour round list");
        return;
    }
    int64_t told = db_get_time(round, 0, 1);
    bool is_waiting = !db_is_null(round, 0, 2);
    int versions = db_get_int(round, 0, 3);
    char before[TEXT_DATE_BYTES], after[TEXT_DATE_BYTES], until[TEXT_DATE_BYTES];
    text_date(told, before);
    text_date(message->close, after);
    text_date(manifest_answers_until(db_get_time(round, 0, 4), message->close), until);
    if (!db_get_bool(round, 0, 0))
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "Only a round that is collecting or answering can be extended. See: candour round status");
    else if (versions == 0)
        request_outcome(r, CANDOUR__STATUS__BUSY, "This round is being prepared. Try again in a minute.");
    else if (message->close == told)
        request_outcome(r, CANDOUR__STATUS__OK, "The round \"%.*s\" closes at %s already.", TEXT(message->round),
                        before);
    else if (message->close < told)
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "A close is only ever moved to later: everybody was told %s. Give a later time.", before);
    else if (told <= r->now)
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "The round closed at %s, as everybody was told. A round is extended before its close.", before);
    else if (is_waiting && db_get_time(round, 0, 2) != message->close)
        request_outcome(r, CANDOUR__STATUS__BUSY, "Another new close is being published. Try again in a minute.");
    else if (versions > VERSIONS_MAX)
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "The rules of this round have changed %d times, which is the most there can be.", VERSIONS_MAX);
    else if (message->dry_run)
        request_outcome(
            r, CANDOUR__STATUS__OK,
            "Only tried, nothing was stored. The round \"%.*s\" would close at %s instead of %s, and answers would be "
            "given until %s. Next: the same without --dry-run.",
            TEXT(message->round), after, before, until);
    else
        request_outcome(r, CANDOUR__STATUS__OK,
                        "The round \"%.*s\" closes at %s instead of %s, and answers are given until %s. Each rater's "
                        "program shows it at its next contact. Next: tell people",
                        TEXT(message->round), after, before, until);
}

void round_extend(struct request *r) {
    const Candour__ExtendRound *message = (const Candour__ExtendRound *)r->message;
    struct db_segment *s = request_query(r, QUERY_DESK_EXTEND_ROUND);
    db_text(s, message->round.data, message->round.len);
    db_time(s, message->close);
    db_bool(s, message->dry_run);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    db_int4(s, VERSIONS_MAX);
    request_run(r, extended);
}
