#include <string.h>

#include "ballot.h"
#include "crypto.h"
#include "daemon/clerk/proof.h"
#include "daemon/clerk/publish_private.h"
#include "daemon/core/log.h"
#include "daemon/report/publish.h"

// Reports are stored in bundles, for each commit waits for the disk; while PostgreSQL stores one, the next is made. A
// bundle has as many as surely fit into three quarters of its arena: what is read and stored of an item, in this report
// and the one before, takes less than ITEM_BYTES; a comment is there up to COMMENT_COPIES times.
enum { BUNDLE_MAX = 250, ITEM_BYTES = 4 * 1024, COMMENT_COPIES = 5 };

struct bundle {
    struct arena *arena; // what was read about its leaders, and the statement that stores their reports
    struct publish_subject *subjects;
    size_t count;
    struct db_segment *put;
};

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

// What is asked about the subjects of a bundle. NULL: it failed.
static const struct db_result *ask(struct publish *p, struct db_sync *db, enum query query, const char *what,
                                   const struct bundle *b) {
    struct db_segment *s = job_segment(b->arena, query, p->round);
    if (s == NULL) {
        return NULL;
    }
    db_array_begin(s, DB_UUID);
    for (size_t i = 0; i < b->count; i++) {
        db_uuid(s, b->subjects[i].id);
    }
    db_array_end(s);
    return job_run(db, s, what) == 0 ? db_result(s, 0) : NULL;
}

// Comments of a bundle, sorted by subject and question.
static int read_comments(struct publish *p, const struct bundle *b) {
    const struct db_result *rows = ask(p, p->c->ballot, QUERY_CLERK_BALLOT_CLOSED_COMMENTS, "closed_comments", b);
    if (rows == NULL) {
        return -1;
    }
    struct report_comment *comments = arena_alloc(b->arena, ((size_t)db_rows(rows) + 1) * sizeof *comments);
    if (comments == NULL) {
        return -1;
    }
    for (int i = 0, from = 0; i < db_rows(rows); i++) {
        struct publish_subject *subject = publish_find(p, db_get_uuid(rows, i, 0));
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

// The rows are the leaders that have a report to compare with.
static int read_previous(struct publish *p, const struct bundle *b) {
    const struct db_result *rows = ask(p, p->c->desk, QUERY_CLERK_DESK_PREVIOUS_REPORTS, "previous_reports", b);
    if (rows == NULL) {
        return -1;
    }
    for (int i = 0; i < db_rows(rows); i++) {
        struct publish_subject *subject = publish_find(p, db_get_uuid(rows, i, 0));
        if (subject == NULL) {
            return -1;
        }
        subject->previous = db_get_bytes(rows, i, 1);
    }
    return 0;
}

// NULL: no memory. In the step's arena.
static const struct db_bytes *make_report(struct publish *p, struct publish_subject *subject,
                                          const Candour__Report *previous) {
    struct report_input *input = &subject->input;
    struct report_output output;
    struct pack_subject about = {.name = subject->name, .q = subject->q, .spread = p->spread, .previous = previous};
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

// From here on only what is packed counts: it is proved, and the organisation's report is made from it.
static int look_at(struct publish *p, struct publish_subject *subject, const struct db_bytes *body) {
    struct arena *arena = &p->c->step;
    Candour__Report *report = candour__report__unpack(&arena->allocator, body->len, body->data);
    const char *fault = report != NULL ? proof_report(report) : "cannot be read";
    if (fault == NULL) {
        subject->is_shown = report->n_cells > 0;
        publish_organisation_add(p->organisation, subject, report);
    } else {
        log_event(LOG_ERROR, "report_not_proved", "fault=\"%s\"", fault);
    }
    return fault == NULL ? 0 : -1;
}

// A report of an older version that this one cannot read is nothing to compare with. NULL: it failed.
static const struct db_bytes *prove_report(struct publish *p, struct publish_subject *subject) {
    const struct db_bytes *before = &subject->previous;
    struct arena *arena = &p->c->step;
    arena_reset(arena);
    Candour__Report *previous =
        before->len > 0 ? candour__report__unpack(&arena->allocator, before->len, before->data) : NULL;
    const struct db_bytes *body = make_report(p, subject, previous);
    return body != NULL && look_at(p, subject, body) == 0 ? body : NULL;
}

// ---------------------------------------------------------------- bundles

// How many leaders from this one on make the next bundle; at least one, unless there is none.
static size_t bundle_at(const struct publish *p, size_t at, size_t arena_bytes) {
    size_t bytes = 0, count = 0;
    while (count < BUNDLE_MAX && at + count < p->count) {
        const struct publish_subject *subject = &p->subjects[at + count];
        size_t comments = subject->input.ballot_count * subject->q->question_count;
        bytes += subject->q->item_count * ITEM_BYTES + comments * COMMENT_COPIES * BALLOT_COMMENT_BYTES_MAX;
        if (count > 0 && bytes > arena_bytes / 4 * 3) {
            break;
        }
        count++;
    }
    return count;
}

// The bundle that begins with this leader; the connections must be free.
static int read_bundle(struct publish *p, size_t at, struct bundle *b) {
    arena_reset(b->arena);
    b->subjects = &p->subjects[at];
    b->count = bundle_at(p, at, b->arena->size);
    return b->count == 0 || (read_comments(p, b) == 0 && read_previous(p, b) == 0) ? 0 : -1;
}

static int make_bundle(struct publish *p, struct bundle *b) {
    struct db_segment *s = job_segment(b->arena, QUERY_CLERK_DESK_REPORTS_PUT, p->round);
    if (s == NULL) {
        return -1;
    }
    db_array_begin(s, DB_UUID);
    for (size_t i = 0; i < b->count; i++) {
        if (!b->subjects[i].is_stored) {
            db_uuid(s, b->subjects[i].id);
        }
    }
    db_array_end(s);
    db_array_begin(s, DB_BYTEA);
    for (size_t i = 0; i < b->count; i++) {
        const struct db_bytes *body = prove_report(p, &b->subjects[i]);
        if (body == NULL) {
            return -1;
        }
        if (!b->subjects[i].is_stored) {
            db_bytes(s, body->data, body->len);
        }
        db_sync_push(p->c->desk);
    }
    db_array_end(s);
    b->put = s;
    return 0;
}

// What is on its way to PostgreSQL when it fails stays so.
static int store_bundles(struct publish *p) {
    struct bundle one = {.arena = &p->c->bundles[0]}, other = {.arena = &p->c->bundles[1]};
    struct bundle *now = &one, *next = &other;
    if (read_bundle(p, 0, now) != 0) {
        return -1;
    }
    while (now->count > 0) {
        size_t end = (size_t)(now->subjects - p->subjects) + now->count;
        if (make_bundle(p, now) != 0 || job_finish(p->c->desk, "reports_put") != 0 || read_bundle(p, end, next) != 0 ||
            job_send(p->c->desk, now->put, "reports_put") != 0) {
            return -1;
        }
        struct bundle *stored = now;
        now = next;
        next = stored;
    }
    return 0;
}

int publish_reports(struct publish *p) {
    p->organisation = publish_organisation_new(p);
    int failed = p->organisation != NULL ? store_bundles(p) : -1;
    const struct db_bytes *body = failed == 0 ? publish_organisation_make(p) : NULL;
    if (job_finish(p->c->desk, "reports_put") != 0 || body == NULL) {
        return -1;
    }
    struct db_segment *s = job_segment(&p->c->step, QUERY_CLERK_DESK_ORGANISATION_PUT, p->round);
    if (s != NULL) {
        db_bytes(s, body->data, body->len);
    }
    return job_run(p->c->desk, s, "organisation_put");
}
