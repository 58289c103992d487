#include <string.h>

#include "ballot.h"
#include "crypto.h"
#include "daemon/clerk/proof.h"
#include "daemon/clerk/publish_private.h"
#include "daemon/core/log.h"
#include "daemon/report/publish.h"

// Reports are made and stored in bundles, for each commit waits for the disk: as many at a time as surely fit into
// three quarters of the step's arena. What is made of an item, the report before included, takes less than ITEM_BYTES;
// a comment is copied up to COMMENT_COPIES times.
enum { BUNDLE_MAX = 250, ITEM_BYTES = 3 * 1024, COMMENT_COPIES = 4 };

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
                                   const struct publish_subject *bundle, size_t count) {
    struct db_segment *s = job_segment(&p->c->step, query, p->round);
    if (s == NULL) {
        return NULL;
    }
    db_array_begin(s, DB_UUID);
    for (size_t i = 0; i < count; i++) {
        db_uuid(s, bundle[i].id);
    }
    db_array_end(s);
    return job_run(db, s, what) == 0 ? db_result(s, 0) : NULL;
}

// Comments of a bundle, sorted by subject and question; they live in the step's arena.
static int read_comments(struct publish *p, const struct publish_subject *bundle, size_t count) {
    const struct db_result *rows =
        ask(p, p->c->ballot, QUERY_CLERK_BALLOT_CLOSED_COMMENTS, "closed_comments", bundle, count);
    if (rows == NULL) {
        return -1;
    }
    struct report_comment *comments = arena_alloc(&p->c->step, ((size_t)db_rows(rows) + 1) * sizeof *comments);
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
static int read_previous(struct publish *p, const struct publish_subject *bundle, size_t count) {
    const struct db_result *rows =
        ask(p, p->c->desk, QUERY_CLERK_DESK_PREVIOUS_REPORTS, "previous_reports", bundle, count);
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

// A report of an older version that this one cannot read is nothing to compare with.
static int prove_report(struct publish *p, struct publish_subject *subject, const struct db_bytes **ret_body) {
    const struct db_bytes *before = &subject->previous;
    struct arena *arena = &p->c->step;
    Candour__Report *previous =
        before->len > 0 ? candour__report__unpack(&arena->allocator, before->len, before->data) : NULL;
    const struct db_bytes *body = make_report(p, subject, previous);
    if (body == NULL || look_at(p, subject, body) != 0) {
        return -1;
    }
    *ret_body = body;
    return 0;
}

static int store_bundle(struct publish *p, struct publish_subject *bundle, size_t count) {
    const struct db_bytes *bodies[BUNDLE_MAX];
    arena_reset(&p->c->step);
    if (read_comments(p, bundle, count) != 0 || read_previous(p, bundle, count) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (prove_report(p, &bundle[i], &bodies[i]) != 0) {
            return -1;
        }
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
            db_bytes(s, bodies[i]->data, bodies[i]->len);
        }
    }
    db_array_end(s);
    return job_run(p->c->desk, s, "reports_put");
}

// How many leaders from this one on make the next bundle; at least one.
static size_t bundle_at(const struct publish *p, size_t at) {
    size_t bytes = 0, count = 0;
    while (count < BUNDLE_MAX && at + count < p->count) {
        const struct publish_subject *subject = &p->subjects[at + count];
        size_t comments = subject->input.ballot_count * subject->q->question_count;
        bytes += subject->q->item_count * ITEM_BYTES + comments * COMMENT_COPIES * BALLOT_COMMENT_BYTES_MAX;
        if (count > 0 && bytes > p->c->step.size / 4 * 3) {
            break;
        }
        count++;
    }
    return count;
}

int publish_reports(struct publish *p) {
    p->organisation = publish_organisation_new(p);
    if (p->organisation == NULL) {
        return -1;
    }
    for (size_t at = 0, count; at < p->count; at += count) {
        count = bundle_at(p, at);
        if (store_bundle(p, &p->subjects[at], count) != 0) {
            return -1;
        }
    }
    return publish_organisation_store(p);
}
