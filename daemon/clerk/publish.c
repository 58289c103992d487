// The last closing step: reads the shuffled rows of a closed round once, pools the spread over all of them, and stores
// every report, some at a time, and then the organisation's. A report that is stored already is left alone, so a second
// try only adds what is missing.
#include <string.h>

#include "daemon/clerk/publish_private.h"
#include "daemon/core/log.h"
#include "daemon/report/checker.h"

// ---------------------------------------------------------------- the manifest
// Rules, dates, levels and counts are those that every rater's credential is bound to. They come from the ballot side,
// once its box is gone, and the desk must have shown the same.

static bool is_same(struct db_bytes a, struct db_bytes b) {
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static int read_manifest(struct publish *p) {
    struct db_segment *theirs = job_segment(&p->c->round, QUERY_CLERK_BALLOT_CLOSED_MANIFEST, p->round);
    struct db_segment *ours = job_segment(&p->c->round, QUERY_CLERK_DESK_MANIFESTS_SHOWN, p->round);
    if (job_run(p->c->ballot, theirs, "closed_manifest") != 0 || job_run(p->c->desk, ours, "manifests_shown") != 0) {
        return -1;
    }
    if (db_rows(db_result(theirs, 0)) != 1 || db_rows(db_result(ours, 0)) != 1) {
        log_event(LOG_ERROR, "round_not_ready_to_publish", NULL);
        return -1;
    }
    struct db_bytes first = db_get_bytes(db_result(theirs, 0), 0, 0), newest = db_get_bytes(db_result(theirs, 0), 0, 1);
    struct db_bytes shown_first = db_get_bytes(db_result(ours, 0), 0, 1);
    struct db_bytes shown_newest = db_get_bytes(db_result(ours, 0), 0, 2);
    if (!is_same(first, shown_first) || !is_same(newest, shown_newest) ||
        manifest_read((const char *)newest.data, newest.len, &p->m) != 0) {
        log_event(LOG_ERROR, "manifests_differ", "hint=\"the desk shows another manifest than the ballot side holds\"");
        return -1;
    }
    memcpy(p->name_salt, db_get_bytes(db_result(ours, 0), 0, 3).data, 16);
    p->about = (struct pack_round){
        .name = job_text(&p->c->round, db_result(ours, 0), 0, 0),
        .organisation = p->m.organisation,
        .answer_from = p->m.answer_from,
        .close = p->m.close,
        .rules = p->m.rules,
    };
    p->rules = (struct report_rules){
        .threshold = p->m.rules.threshold,
        .tail_low = p->m.rules.tail_low,
        .tail_high = p->m.rules.tail_high,
        .comments_pooled = p->m.rules.comments_pooled,
        .comments_by_group = p->m.rules.comments_by_group,
    };
    return p->about.name != NULL ? 0 : -1;
}

// ---------------------------------------------------------------- the desk's part

static int read_questionnaire(struct publish *p, struct db_bytes text) {
    struct questionnaire *q = &p->questionnaires[p->levels];
    uint8_t hash[32];
    if (questionnaire_read((const char *)text.data, text.len, q) != 0) {
        return -1;
    }
    uint32_t *of = p->competencies[p->levels++] = arena_alloc(&p->c->round, q->item_count * sizeof *of);
    if (of == NULL) {
        return -1;
    }
    for (unsigned item = 0; item < q->item_count; item++) {
        of[item] = q->items[item].competency;
    }
    const struct manifest_level *level = manifest_level_find(&p->m, q->level);
    questionnaire_hash((const char *)text.data, text.len, hash);
    return level != NULL && memcmp(level->questionnaire, hash, sizeof hash) == 0 ? 0 : -1;
}

static int read_questionnaires(struct publish *p, const struct db_result *rows) {
    for (int i = 0; i < db_rows(rows) && p->levels < MANIFEST_LEVELS_MAX; i++) {
        if (read_questionnaire(p, db_get_bytes(rows, i, 1)) != 0) {
            return -1;
        }
    }
    return 0;
}

static int find_level(const struct publish *p, const char *level) {
    for (size_t i = 0; i < p->levels; i++) {
        if (strcmp(p->questionnaires[i].level, level) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static int read_subject(struct publish *p, const struct db_result *rows, int row, struct publish_subject *ret_subject) {
    const struct manifest_subject *known = manifest_subject_find(&p->m, db_get_uuid(rows, row, 0));
    struct db_bytes name = db_get_bytes(rows, row, 1);
    uint8_t hash[32];
    int level = known != NULL ? find_level(p, known->level) : -1;
    if (level < 0) {
        return -1;
    }
    manifest_name_hash(p->name_salt, (const char *)name.data, name.len, hash);
    const struct questionnaire *q = &p->questionnaires[level];
    *ret_subject = (struct publish_subject){.q = q, .name = job_text(&p->c->round, rows, row, 1)};
    memcpy(ret_subject->id, known->id, 16);
    ret_subject->input = (struct report_input){
        .scale_max = q->scale_count,
        .item_count = q->item_count,
        .competency_count = q->competency_count,
        .competencies = p->competencies[level],
        .rules = p->rules,
    };
    memcpy(ret_subject->input.invited, known->raters, sizeof known->raters);
    return ret_subject->name != NULL && memcmp(hash, known->name_hash, sizeof hash) == 0 ? 0 : -1;
}

static int read_subjects(struct publish *p, const struct db_result *rows) {
    p->count = (size_t)db_rows(rows);
    p->subjects = arena_alloc(&p->c->round, (p->count + 1) * sizeof *p->subjects);
    if (p->subjects == NULL || p->count != p->m.subject_count) {
        return -1;
    }
    for (int i = 0; i < db_rows(rows); i++) {
        if (read_subject(p, rows, i, &p->subjects[i]) != 0) {
            return -1;
        }
    }
    return 0;
}

struct publish_subject *publish_find(const struct publish *p, const uint8_t id[16]) {
    size_t low = 0, high = p->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(p->subjects[middle].id, id, 16);
        if (order == 0) {
            return &p->subjects[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static int read_desk(struct publish *p) {
    static const enum query reads[] = {QUERY_CLERK_DESK_QUESTIONNAIRES, QUERY_CLERK_DESK_SUBJECT_NAMES,
                                       QUERY_CLERK_DESK_REPORTS_STORED};
    struct db_segment *s = db_segment_new(&p->c->round);
    for (size_t i = 0; s != NULL && i < ARRAY_LEN(reads); i++) {
        db_add(s, reads[i]);
        db_uuid(s, p->round);
    }
    if (job_run(p->c->desk, s, "publish_basis") != 0) {
        return -1;
    }
    if (read_questionnaires(p, db_result(s, 0)) != 0 || read_subjects(p, db_result(s, 1)) != 0) {
        log_event(LOG_ERROR, "desk_differs_from_manifest", "hint=\"levels, questionnaires, leaders or their names\"");
        return -1;
    }
    const struct db_result *stored = db_result(s, 2);
    for (int i = 0; i < db_rows(stored); i++) {
        struct publish_subject *subject = publish_find(p, db_get_uuid(stored, i, 0));
        if (subject != NULL) {
            subject->is_stored = true;
        }
    }
    return 0;
}

// ---------------------------------------------------------------- the ballot side's part

// Rows come sorted by subject; each subject's ballots are one run of them.
static int read_ratings(struct publish *p) {
    struct db_segment *s = job_segment(&p->c->round, QUERY_CLERK_BALLOT_CLOSED_RATINGS, p->round);
    if (job_run(p->c->ballot, s, "closed_ratings") != 0) {
        return -1;
    }
    const struct db_result *rows = db_result(s, 0);
    struct report_ballot *ballots = arena_alloc(&p->c->round, ((size_t)db_rows(rows) + 1) * sizeof *ballots);
    if (ballots == NULL) {
        return -1;
    }
    for (int i = 0; i < db_rows(rows); i++) {
        struct publish_subject *subject = publish_find(p, db_get_uuid(rows, i, 0));
        struct db_bytes ratings = db_get_bytes(rows, i, 2);
        if (subject == NULL || ratings.len != subject->q->item_count) {
            return -1;
        }
        ballots[i] = (struct report_ballot){(uint8_t)db_get_int(rows, i, 1), ratings.data};
        if (subject->input.ballot_count++ == 0) {
            subject->input.ballots = &ballots[i];
        }
    }
    return 0;
}

static int pool_spread(struct publish *p) {
    struct spread_pool pool = {0};
    for (size_t i = 0; i < p->count; i++) {
        if (spread_add(&pool, &p->subjects[i].input) != 0) {
            return -1;
        }
    }
    p->spread = spread_finish(&pool);
    return 0;
}

// ---------------------------------------------------------------- reports

// The engine is asked once more whether figures under these rules give anybody away; nothing is stored if they do.
static int check_rules(const struct publish *p) {
    for (size_t i = 0; i < p->levels; i++) {
        int found = checker_rules(&p->rules, p->questionnaires[i].scale_count);
        if (found != 0) {
            log_event(LOG_ERROR, "rules_disclose", "found=%d scale=%u", found, p->questionnaires[i].scale_count);
            return -1;
        }
    }
    return 0;
}

int publish_read(struct publish *p) {
    return read_manifest(p) == 0 && read_desk(p) == 0 && check_rules(p) == 0 && read_ratings(p) == 0 &&
                   pool_spread(p) == 0
               ? 0
               : -1;
}

void publish_free(struct publish *p) {
    for (size_t i = 0; i < p->levels; i++) {
        questionnaire_free(&p->questionnaires[i]);
    }
    manifest_free(&p->m);
}

static int publish(struct publish *p, int64_t now) {
    if (publish_read(p) != 0 || publish_reports(p) != 0) {
        return -1;
    }
    struct db_segment *s = job_segment(&p->c->round, QUERY_CLERK_DESK_ROUND_CLOSED, p->round);
    if (s == NULL) {
        return -1;
    }
    db_time(s, now);
    return job_run(p->c->desk, s, "round_closed");
}

int job_publish(struct clerk *c, const uint8_t round[16], int64_t now) {
    struct publish *p = arena_alloc(&c->round, sizeof *p);
    if (p == NULL) {
        return -1;
    }
    p->c = c;
    memcpy(p->round, round, 16);
    int failed = publish(p, now);
    publish_free(p);
    if (failed != 0) {
        log_event(LOG_ERROR, "round_not_published", NULL);
    }
    return failed;
}
