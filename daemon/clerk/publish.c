// The last closing step: reads the shuffled rows of a closed round once, pools the spread over all of them, and stores
// every report, some at a time. A report that is stored already is left alone, so a second try only adds what is
// missing.
#include <string.h>

#include "crypto.h"
#include "daemon/clerk/job.h"
#include "daemon/clerk/pack.h"
#include "daemon/core/log.h"
#include "daemon/report/checker.h"
#include "daemon/report/publish.h"
#include "daemon/report/rows.h"
#include "daemon/report/spread.h"
#include "manifest.h"
#include "questionnaire.h"

enum { BUNDLE = 50 };

struct subject {
    uint8_t id[16];
    const struct questionnaire *q;
    const char *name;
    struct report_input input; // ballots point into the round's rows
    bool is_stored;
};
struct publishing {
    struct clerk *c;
    uint8_t round[16], name_salt[16];
    struct manifest m; // the newest version; what it says counts, not the desk's tables
    struct pack_round about;
    struct report_rules rules;
    struct questionnaire questionnaires[MANIFEST_LEVELS_MAX];
    uint32_t *competencies[MANIFEST_LEVELS_MAX]; // of each item
    size_t levels;
    struct subject *subjects;
    size_t count;
    struct spread spread;
};

// ---------------------------------------------------------------- the manifest
// Rules, dates, levels and counts are those that every rater's credential is bound to. They come from the ballot side,
// once its box is gone, and the desk must have shown the same.

static bool is_same(struct db_bytes a, struct db_bytes b) {
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static int read_manifest(struct publishing *p) {
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

static int read_questionnaire(struct publishing *p, struct db_bytes text) {
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

static int read_questionnaires(struct publishing *p, const struct db_result *rows) {
    for (int i = 0; i < db_rows(rows) && p->levels < MANIFEST_LEVELS_MAX; i++) {
        if (read_questionnaire(p, db_get_bytes(rows, i, 1)) != 0) {
            return -1;
        }
    }
    return 0;
}

static int find_level(const struct publishing *p, const char *level) {
    for (size_t i = 0; i < p->levels; i++) {
        if (strcmp(p->questionnaires[i].level, level) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static int read_subject(struct publishing *p, const struct db_result *rows, int row, struct subject *ret_subject) {
    const struct manifest_subject *known = manifest_subject_find(&p->m, db_get_uuid(rows, row, 0));
    struct db_bytes name = db_get_bytes(rows, row, 1);
    uint8_t hash[32];
    int level = known != NULL ? find_level(p, known->level) : -1;
    if (level < 0) {
        return -1;
    }
    manifest_name_hash(p->name_salt, (const char *)name.data, name.len, hash);
    const struct questionnaire *q = &p->questionnaires[level];
    *ret_subject = (struct subject){.q = q, .name = job_text(&p->c->round, rows, row, 1)};
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

static int read_subjects(struct publishing *p, const struct db_result *rows) {
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

// Subjects are sorted by id.
static struct subject *find_subject(const struct publishing *p, const uint8_t id[16]) {
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

static int read_desk(struct publishing *p) {
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
        struct subject *subject = find_subject(p, db_get_uuid(stored, i, 0));
        if (subject != NULL) {
            subject->is_stored = true;
        }
    }
    return 0;
}

// ---------------------------------------------------------------- the ballot side's part

// Rows come sorted by subject; each subject's ballots are one run of them.
static int read_ratings(struct publishing *p) {
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
        struct subject *subject = find_subject(p, db_get_uuid(rows, i, 0));
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

static int pool_spread(struct publishing *p) {
    struct spread_pool pool = {0};
    for (size_t i = 0; i < p->count; i++) {
        if (spread_add(&pool, &p->subjects[i].input) != 0) {
            return -1;
        }
    }
    p->spread = spread_finish(&pool);
    return 0;
}

// A random order of the comments to one question, over all groups together.
static void shuffle(struct report_comment *comments, size_t count) {
    for (size_t left = count; left > 1; left--) {
        uint64_t random;
        crypto_random(&random, sizeof random);
        size_t pick = (size_t)(random % left); // left is small: the bias is below 2^-50
        struct report_comment last = comments[left - 1];
        comments[left - 1] = comments[pick];
        comments[pick] = last;
    }
}

// Comments of a bundle, sorted by subject and question; they live in the step's arena.
static int read_comments(struct publishing *p, const struct subject *bundle, size_t count) {
    struct db_segment *s = job_segment(&p->c->step, QUERY_CLERK_BALLOT_CLOSED_COMMENTS, p->round);
    if (s == NULL) {
        return -1;
    }
    db_array_begin(s, DB_UUID);
    for (size_t i = 0; i < count; i++) {
        db_uuid(s, bundle[i].id);
    }
    db_array_end(s);
    if (job_run(p->c->ballot, s, "closed_comments") != 0) {
        return -1;
    }
    const struct db_result *rows = db_result(s, 0);
    struct report_comment *comments = arena_alloc(&p->c->step, ((size_t)db_rows(rows) + 1) * sizeof *comments);
    if (comments == NULL) {
        return -1;
    }
    for (int i = 0, from = 0; i < db_rows(rows); i++) {
        struct subject *subject = find_subject(p, db_get_uuid(rows, i, 0));
        struct db_bytes text = db_get_bytes(rows, i, 3);
        if (subject == NULL) {
            return -1;
        }
        comments[i] = (struct report_comment){(uint8_t)db_get_int(rows, i, 1), (uint8_t)db_get_int(rows, i, 2),
                                              (const char *)text.data, text.len};
        if (subject->input.comment_count++ == 0) {
            subject->input.comments = &comments[i];
        }
        if (i + 1 == db_rows(rows) || memcmp(db_get_uuid(rows, i + 1, 0), subject->id, 16) != 0 ||
            db_get_int(rows, i + 1, 2) != comments[i].question) {
            shuffle(&comments[from], (size_t)(i + 1 - from));
            from = i + 1;
        }
    }
    return 0;
}

// ---------------------------------------------------------------- reports

// NULL: no memory. In the step's arena.
static const struct db_bytes *make_report(struct publishing *p, struct subject *subject) {
    struct report_input *input = &subject->input;
    struct report_output output;
    struct pack_subject about = {.name = subject->name, .q = subject->q, .spread = p->spread};
    struct pack_comment *texts = arena_alloc(&p->c->step, (input->comment_count + 1) * sizeof *texts);
    input->spread = p->spread;
    if (texts == NULL || report_publish(input, &output) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < input->comment_count; i++) {
        const struct report_comment *comment = &input->comments[i];
        texts[i] = (struct pack_comment){comment->question, {(const uint8_t *)comment->text, comment->length}};
    }
    about.comments = texts;
    memcpy(about.invited, input->invited, sizeof about.invited);
    const struct db_bytes *body = pack_report(&p->c->step, &p->about, &about, &output);
    report_free(&output);
    return body;
}

static int store_bundle(struct publishing *p, struct subject *bundle, size_t count) {
    arena_reset(&p->c->step);
    if (read_comments(p, bundle, count) != 0) {
        return -1;
    }
    struct db_segment *s = job_segment(&p->c->step, QUERY_CLERK_DESK_REPORTS_PUT, p->round);
    if (s == NULL) {
        return -1;
    }
    db_array_begin(s, DB_UUID);
    for (size_t i = 0; i < count; i++) {
        if (!bundle[i].is_stored) {
            db_uuid(s, bundle[i].id);
        }
    }
    db_array_end(s);
    db_array_begin(s, DB_BYTEA);
    for (size_t i = 0; i < count; i++) {
        if (!bundle[i].is_stored) {
            const struct db_bytes *body = make_report(p, &bundle[i]);
            if (body == NULL) {
                return -1;
            }
            db_bytes(s, body->data, body->len);
        }
    }
    db_array_end(s);
    return job_run(p->c->desk, s, "reports_put");
}

// The engine is asked once more whether figures under these rules give anybody away; nothing is stored if they do.
static int check_rules(const struct publishing *p) {
    for (size_t i = 0; i < p->levels; i++) {
        int found = checker_rules(&p->rules, p->questionnaires[i].scale_count);
        if (found != 0) {
            log_event(LOG_ERROR, "rules_disclose", "found=%d scale=%u", found, p->questionnaires[i].scale_count);
            return -1;
        }
    }
    return 0;
}

static int publish(struct publishing *p, int64_t now) {
    if (read_manifest(p) != 0 || read_desk(p) != 0 || check_rules(p) != 0 || read_ratings(p) != 0 ||
        pool_spread(p) != 0) {
        return -1;
    }
    for (size_t at = 0; at < p->count; at += BUNDLE) {
        size_t count = p->count - at < BUNDLE ? p->count - at : BUNDLE;
        if (store_bundle(p, &p->subjects[at], count) != 0) {
            return -1;
        }
    }
    struct db_segment *s = job_segment(&p->c->round, QUERY_CLERK_DESK_ROUND_CLOSED, p->round);
    if (s == NULL) {
        return -1;
    }
    db_time(s, now);
    return job_run(p->c->desk, s, "round_closed");
}

int job_publish(struct clerk *c, const uint8_t round[16], int64_t now) {
    struct publishing *p = arena_alloc(&c->round, sizeof *p);
    if (p == NULL) {
        return -1;
    }
    p->c = c;
    memcpy(p->round, round, 16);
    int failed = publish(p, now);
    for (size_t i = 0; i < p->levels; i++) {
        questionnaire_free(&p->questionnaires[i]);
    }
    manifest_free(&p->m);
    if (failed != 0) {
        log_event(LOG_ERROR, "round_not_published", NULL);
    }
    return failed;
}
