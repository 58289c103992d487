#include "daemon/desk/plan.h"

#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "manifest.h"

const char *plan_check(const Candour__Plan *plan) {
    unsigned seen = 0;
    for (size_t i = 0; plan != NULL && i < plan->n_limits; i++) {
        const Candour__GroupLimit *limit = plan->limits[i];
        if (limit->group == CANDOUR__GROUP__SELF)
            return "Every leader is asked about themselves once. Limits are for manager, peer, report and other.";
        if (limit->least > limit->most)
            return "The least of a group is more than its most. Write the smaller number first.";
        if ((seen >> limit->group & 1) != 0)
            return "A group has two limits. Give each group one.";
        seen |= 1U << limit->group;
    }
    return NULL;
}

static void add_limits(struct db_segment *s, const Candour__Plan *plan, bool is_most) {
    db_array_begin(s, DB_INT4);
    for (unsigned group = 1; group <= MANIFEST_GROUPS; group++) {
        const Candour__GroupLimit *found = NULL;
        for (size_t i = 0; plan != NULL && i < plan->n_limits; i++)
            if ((unsigned)plan->limits[i]->group == group)
                found = plan->limits[i];
        if (found != NULL)
            db_int4(s, (int32_t)(is_most ? found->most : found->least));
        else
            db_null(s);
    }
    db_array_end(s);
}

static void add_choice(struct db_segment *s, bool is_said, bool value) {
    if (is_said)
        db_bool(s, value);
    else
        db_null(s);
}

static void add_number(struct db_segment *s, bool is_said, uint32_t value) {
    if (is_said)
        db_int4(s, (int32_t)value);
    else
        db_null(s);
}

void plan_add(struct db_segment *s, const Candour__Plan *plan) {
    add_choice(s, plan != NULL && plan->has_opens_itself, plan != NULL && plan->opens_itself);
    add_choice(s, plan != NULL && plan->has_closes_itself, plan != NULL && plan->closes_itself);
    add_limits(s, plan, false);
    add_limits(s, plan, true);
    add_number(s, plan != NULL && plan->has_keep_answers_days, plan != NULL ? plan->keep_answers_days : 0);
    add_number(s, plan != NULL && plan->has_keep_reports_months, plan != NULL ? plan->keep_reports_months : 0);
}

static void planned(struct request *r) {
    const Candour__PlanRound *message = (const Candour__PlanRound *)r->message;
    const struct db_result *result = db_result(r->segment, 0);
    if (db_rows(result) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There is no round of this name. See: candour round list");
        return;
    }
    if (!db_get_bool(result, 0, 0)) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE, "This round has closed: there is nothing left to plan.");
        return;
    }
    if (db_get_bool(result, 0, 5)) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "People were told how long answers and reports are kept. From collecting on they can be kept "
                        "shorter, and no longer.");
        return;
    }
    char opens[TEXT_DATE_BYTES], closes[TEXT_DATE_BYTES];
    text_date(db_get_time(result, 0, 3), opens);
    text_date(db_get_time(result, 0, 4), closes);
    bool opens_itself = db_get_bool(result, 0, 1), closes_itself = db_get_bool(result, 0, 2);
    request_outcome(r, CANDOUR__STATUS__OK, "%sThe round opens %s%s and closes %s%s. Next: candour round risks",
                    message->dry_run ? "Only tried, nothing was stored: " : "",
                    opens_itself ? "by itself, on " : "by hand (candour round advance)", opens_itself ? opens : "",
                    closes_itself ? "by itself, on " : "by hand (candour round close)", closes_itself ? closes : "");
}

void plan_change(struct request *r) {
    const Candour__PlanRound *message = (const Candour__PlanRound *)r->message;
    const char *broken = plan_check(message->plan);
    if (broken != NULL) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE, "%s", broken);
        return;
    }
    struct db_segment *s = request_query(r, QUERY_DESK_PLAN_ROUND);
    db_text(s, message->round.data, message->round.len);
    plan_add(s, message->plan);
    db_bool(s, message->dry_run);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, planned);
}
