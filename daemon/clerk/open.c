// Opening a round for collecting. The order makes every stop harmless and never shows two manifests:
//
//   1 the three key pairs go to the ballot side; the first write wins, and everything after uses what is stored
//   2 the manifest is made of the desk's frozen rows and those keys and goes to the ballot side with quotas and
//     questionnaire shapes, in one transaction; again the first write wins (the configuration may change between tries)
//   3 the manifest that the ballot side holds goes to the desk, together with the credential key and the
//   questionnaires,
//     in one transaction. Raters see the round from here on, and the ballot box has known it before.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ballot.h"
#include "check.h"
#include "credential.h"
#include "crypto.h"
#include "daemon/clerk/job.h"
#include "daemon/config.h"
#include "daemon/core/log.h"
#include "daemon/core/tls.h"
#include "daemon/keys.h"
#include "manifest.h"
#include "questionnaire.h"

enum { WRAPPED_BYTES = 32 + CRYPTO_WRAP_OVERHEAD };

struct level { // one questionnaire
    struct questionnaire q;
    char *text; // canonical, in the arena
    size_t len;
};
struct opening {
    struct clerk *c;
    uint8_t round[16], name_salt[16];
    struct manifest m;
    struct level levels[MANIFEST_LEVELS_MAX];
    uint8_t credential_secret[32];
};

// ---------------------------------------------------------------- 1 keys

static int make_keys(struct opening *o) {
    uint8_t secret[32], public_key[32], box[32], box_public[32], seed[32], receipt_public[32], unused[64];
    uint8_t wrapped[3][WRAPPED_BYTES];
    const uint8_t *kek = o->c->ballot_kek;
    credential_key_pair(secret, public_key);
    crypto_box_pair(box_public, box);
    crypto_random(seed, sizeof seed);
    crypto_sign_pair(seed, receipt_public, unused);
    keys_wrap(kek, "credential", o->round, secret, 32, wrapped[0]);
    keys_wrap(kek, "box", o->round, box, 32, wrapped[1]);
    keys_wrap(kek, "receipt", o->round, seed, 32, wrapped[2]);
    crypto_wipe(secret, sizeof secret);
    crypto_wipe(box, sizeof box);
    crypto_wipe(seed, sizeof seed);
    crypto_wipe(unused, sizeof unused);
    struct db_segment *s = job_segment(&o->c->round, QUERY_CLERK_BALLOT_KEYS_PUT, o->round);
    if (s == NULL) {
        return -1;
    }
    db_bytes(s, wrapped[0], WRAPPED_BYTES);
    db_bytes(s, public_key, 32);
    db_bytes(s, wrapped[1], WRAPPED_BYTES);
    db_bytes(s, box_public, 32);
    db_bytes(s, wrapped[2], WRAPPED_BYTES);
    db_bytes(s, receipt_public, 32);
    if (job_run(o->c->ballot, s, "keys_put") != 0) {
        return -1;
    }
    const struct db_result *stored = db_result(s, 0);
    struct db_bytes credential = db_get_bytes(stored, 0, 0);
    memcpy(o->m.credential_key, db_get_bytes(stored, 0, 1).data, 32);
    memcpy(o->m.box_key, db_get_bytes(stored, 0, 2).data, 32);
    memcpy(o->m.receipt_key, db_get_bytes(stored, 0, 3).data, 32);
    if (keys_unwrap(kek, "credential", o->round, credential.data, credential.len, o->credential_secret, 32) != 0) {
        log_event(LOG_ERROR, "round_key_unreadable", "hint=\"is the ballot box's kek_file another one now?\"");
        return -1;
    }
    return 0;
}

// ---------------------------------------------------------------- 2 questionnaires and manifest

// Splits tab-separated text in place; gives how many there were.
static unsigned split(char *text, const char **ret_parts, unsigned max) {
    unsigned count = 0;
    for (char *part = strsep(&text, "\t"); part != NULL && count < max; part = strsep(&text, "\t")) {
        if (*part != '\0') {
            ret_parts[count++] = part;
        }
    }
    return count;
}

static int add_item(struct arena *arena, struct questionnaire *q, const struct db_result *rows, int row) {
    char *text[7];
    for (int i = 0; i < 7; i++) {
        if ((text[i] = job_text(arena, rows, row, i)) == NULL) {
            return -1;
        }
    }
    const struct questionnaire_competency *last =
        q->competency_count > 0 ? &q->competencies[q->competency_count - 1] : NULL;
    if (last == NULL || strcmp(last->name, text[3]) != 0 || strcmp(last->cluster, text[2]) != 0) {
        if (q->competency_count == QUESTIONNAIRE_COMPETENCIES_MAX) {
            return -1;
        }
        q->competencies[q->competency_count++] = (struct questionnaire_competency){text[2], text[3], text[4]};
    }
    if (q->item_count == QUESTIONNAIRE_ITEMS_MAX) {
        return -1;
    }
    q->level = text[0];
    q->level_name = text[1];
    q->items[q->item_count++] = (struct questionnaire_item){q->competency_count - 1, text[5], text[6]};
    return 0;
}

static int write_level(struct arena *arena, struct level *level, struct manifest_level *ret_line) {
    char *text = questionnaire_write(&level->q, &level->len);
    if (text == NULL) {
        return -1;
    }
    level->text = arena_copy(arena, text, level->len);
    free(text);
    if (level->text == NULL || strlen(level->q.level) >= sizeof ret_line->level) {
        return -1;
    }
    strcpy(ret_line->level, level->q.level);
    questionnaire_hash(level->text, level->len, ret_line->questionnaire);
    return 0;
}

static int read_questionnaires(struct opening *o) {
    struct arena *arena = &o->c->round;
    struct db_segment *s = job_segment(arena, QUERY_CLERK_DESK_FRAMEWORK, o->round);
    if (s == NULL) {
        return -1;
    }
    db_add(s, QUERY_CLERK_DESK_FRAMEWORK_ITEMS);
    db_uuid(s, o->round);
    if (job_run(o->c->desk, s, "framework") != 0) {
        return -1;
    }
    const struct db_result *framework = db_result(s, 0), *items = db_result(s, 1);
    struct questionnaire empty = {.version = (unsigned)db_get_int(framework, 0, 1)};
    char *scale = job_text(arena, framework, 0, 2), *questions = job_text(arena, framework, 0, 3);
    empty.framework = job_text(arena, framework, 0, 0);
    if (scale == NULL || questions == NULL || empty.framework == NULL) {
        return -1;
    }
    empty.scale_count = split(scale, empty.scale, QUESTIONNAIRE_SCALE_MAX);
    empty.question_count = split(questions, empty.questions, QUESTIONNAIRE_QUESTIONS_MAX);
    for (int i = 0; i < db_rows(items); i++) {
        struct db_bytes level = db_get_bytes(items, i, 0);
        struct level *last = o->m.level_count > 0 ? &o->levels[o->m.level_count - 1] : NULL;
        if (last == NULL || strlen(last->q.level) != level.len || memcmp(last->q.level, level.data, level.len) != 0) {
            if (o->m.level_count == MANIFEST_LEVELS_MAX) {
                return -1;
            }
            last = &o->levels[o->m.level_count++];
            last->q = empty;
        }
        if (add_item(arena, &last->q, items, i) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < o->m.level_count; i++) {
        if (write_level(arena, &o->levels[i], &o->m.levels[i]) != 0) {
            return -1;
        }
    }
    return 0;
}

static int read_subjects(struct opening *o) {
    struct db_segment *s = job_segment(&o->c->round, QUERY_CLERK_DESK_SUBJECTS, o->round);
    if (job_run(o->c->desk, s, "subjects") != 0) {
        return -1;
    }
    const struct db_result *rows = db_result(s, 0);
    o->m.subject_count = (size_t)db_rows(rows);
    o->m.subjects = arena_alloc(&o->c->round, (o->m.subject_count + 1) * sizeof *o->m.subjects);
    if (o->m.subjects == NULL) {
        return -1;
    }
    for (int i = 0; i < db_rows(rows); i++) {
        struct manifest_subject *subject = &o->m.subjects[i];
        struct db_bytes level = db_get_bytes(rows, i, 1), name = db_get_bytes(rows, i, 2);
        if (level.len >= sizeof subject->level) {
            return -1;
        }
        if (!check_name(name.data, name.len)) { // no client would collect
            log_event(LOG_ERROR, "name_not_normal", "hint=\"import this leader's name again\"");
            return -1;
        }
        memcpy(subject->id, db_get_uuid(rows, i, 0), 16);
        memcpy(subject->level, level.data, level.len);
        manifest_name_hash(o->name_salt, (const char *)name.data, name.len, subject->name_hash);
        for (int g = 0; g < MANIFEST_GROUPS; g++) {
            subject->raters[g] = (uint32_t)db_get_int(rows, i, 3 + g);
        }
    }
    return 0;
}

// Keys that clients will insist on for the whole round.
static int read_pins(struct opening *o) {
    char sentence[1200];
    int count = tls_pins(o->c->config->clerk_pins, MANIFEST_PINS_MAX, o->m.pins, sentence, sizeof sentence);
    if (count < 0) {
        log_event(LOG_ERROR, "pins_unusable", "error=\"%s\"", sentence);
        return -1;
    }
    o->m.pin_count = (size_t)count;
    return 0;
}

static void fill_round(struct opening *o, const struct db_result *rounds, int row) {
    const struct config *config = o->c->config;
    struct manifest *m = &o->m;
    memcpy(o->round, db_get_uuid(rounds, row, 0), 16);
    memcpy(m->round, o->round, 16);
    m->demo = config->demo;
    snprintf(m->organisation, sizeof m->organisation, "%s", config->organisation);
    snprintf(m->desk, sizeof m->desk, "%.255s", config->desk.public_address);
    m->box_count = 1;
    snprintf(m->boxes[0], sizeof m->boxes[0], "%.255s", config->ballot.public_address);
    m->collect_from = db_get_time(rounds, row, 2);
    m->answer_from = db_get_time(rounds, row, 3);
    m->close = db_get_time(rounds, row, 4);
    m->grace_s = (uint32_t)db_get_int(rounds, row, 5);
    m->rules = (struct manifest_rules){
        .threshold = (uint32_t)db_get_int(rounds, row, 6),
        .comments_pooled = (uint32_t)db_get_int(rounds, row, 7),
        .comments_by_group = (uint32_t)db_get_int(rounds, row, 8),
        .tail_low = (uint32_t)db_get_int(rounds, row, 9),
        .tail_high = (uint32_t)db_get_int(rounds, row, 10),
        .bucket = (uint32_t)db_get_int(rounds, row, 11),
    };
    memcpy(o->name_salt, db_get_bytes(rounds, row, 12).data, 16);
    manifest_names_hash(o->name_salt, m->names);
}

// ---------------------------------------------------------------- to the ballot side

static void add_shapes(struct db_segment *s, const struct opening *o) {
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < o->m.level_count; i++) {
        db_text(s, o->m.levels[i].level, strlen(o->m.levels[i].level));
    }
    db_array_end(s);
    db_array_begin(s, DB_INT2);
    for (size_t i = 0; i < o->m.level_count; i++) {
        db_int2(s, (int16_t)o->levels[i].q.item_count);
    }
    db_array_end(s);
    db_array_begin(s, DB_INT2);
    for (size_t i = 0; i < o->m.level_count; i++) {
        db_int2(s, (int16_t)o->levels[i].q.scale_count);
    }
    db_array_end(s);
    db_array_begin(s, DB_INT2);
    for (size_t i = 0; i < o->m.level_count; i++) {
        db_int2(s, (int16_t)o->levels[i].q.question_count);
    }
    db_array_end(s);
}

// Subject, group and raters of every group that was asked.
static void add_quotas(struct db_segment *s, const struct manifest *m) {
    static const enum db_element columns[] = {DB_UUID, DB_INT2, DB_INT4};
    for (size_t column = 0; column < ARRAY_LEN(columns); column++) {
        db_array_begin(s, columns[column]);
        for (size_t i = 0; i < m->subject_count; i++) {
            for (int g = 0; g < MANIFEST_GROUPS; g++) {
                if (m->subjects[i].raters[g] == 0) {
                    continue;
                }
                if (column == 0) {
                    db_uuid(s, m->subjects[i].id);
                } else if (column == 1) {
                    db_int2(s, (int16_t)(g + 1));
                } else {
                    db_int4(s, (int32_t)m->subjects[i].raters[g]);
                }
            }
        }
        db_array_end(s);
    }
}

// Would every reader take it? What is stored once can never be mended.
static int check_manifest(const char *text, size_t len) {
    struct manifest m;
    if (manifest_read(text, len, &m) != 0) {
        log_event(LOG_ERROR, "manifest_not_canonical",
                  "hint=\"look at organisation and the public addresses in the configuration\"");
        return -1;
    }
    manifest_free(&m);
    return 0;
}

// *ret_text: the manifest that the ballot side holds now.
static int open_box(struct opening *o, struct db_bytes *ret_text) {
    size_t len;
    char *text = manifest_write(&o->m, &len);
    struct db_segment *s = job_segment(&o->c->round, QUERY_CLERK_BALLOT_OPEN_ROUND, o->round);
    if (text == NULL || s == NULL || check_manifest(text, len) != 0) {
        free(text);
        return -1;
    }
    db_time(s, o->m.answer_from);
    db_time(s, o->m.close);
    db_int4(s, (int32_t)o->m.grace_s);
    db_int4(s, (int32_t)o->m.rules.threshold);
    db_int4(s, (int32_t)o->m.rules.bucket);
    db_bytes(s, text, len);
    add_shapes(s, o);
    add_quotas(s, &o->m);
    int failed = job_run(o->c->ballot, s, "open_round");
    free(text);
    if (failed != 0) {
        return -1;
    }
    *ret_text = db_get_bytes(db_result(s, 0), 0, 0);
    return check_manifest((const char *)ret_text->data, ret_text->len);
}

// ---------------------------------------------------------------- 3 to the desk

static int open_desk(struct opening *o, struct db_bytes manifest, int64_t now) {
    uint8_t wrapped[WRAPPED_BYTES];
    keys_wrap(o->c->desk_kek, "credential", o->round, o->credential_secret, 32, wrapped);
    struct db_segment *s = job_segment(&o->c->round, QUERY_CLERK_DESK_ROUND_KEY_PUT, o->round);
    if (s == NULL) {
        return -1;
    }
    db_bytes(s, wrapped, sizeof wrapped);
    db_add(s, QUERY_CLERK_DESK_QUESTIONNAIRES_PUT);
    db_uuid(s, o->round);
    db_array_begin(s, DB_TEXT);
    for (size_t i = 0; i < o->m.level_count; i++) {
        db_text(s, o->m.levels[i].level, strlen(o->m.levels[i].level));
    }
    db_array_end(s);
    db_array_begin(s, DB_BYTEA);
    for (size_t i = 0; i < o->m.level_count; i++) {
        db_bytes(s, o->levels[i].text, o->levels[i].len);
    }
    db_array_end(s);
    db_add(s, QUERY_CLERK_DESK_MANIFEST_PUT);
    db_uuid(s, o->round);
    db_bytes(s, manifest.data, manifest.len);
    db_time(s, now);
    return job_run(o->c->desk, s, "manifest_put");
}

static int open_round(struct opening *o, int64_t now) {
    struct db_bytes manifest;
    if (read_pins(o) != 0 || make_keys(o) != 0 || read_questionnaires(o) != 0 || read_subjects(o) != 0 ||
        open_box(o, &manifest) != 0 || open_desk(o, manifest, now) != 0) {
        log_event(LOG_ERROR, "round_not_opened", NULL);
        return -1;
    }
    log_event(LOG_NOTICE, "round_opened", "subjects=%zu", o->m.subject_count);
    return 0;
}

int job_open_rounds(struct clerk *c, int64_t now) {
    arena_reset(&c->step);
    struct db_segment *due = job_segment(&c->step, QUERY_CLERK_DESK_ROUNDS_TO_OPEN, NULL);
    if (job_run(c->desk, due, "rounds_to_open") != 0) {
        return -1;
    }
    const struct db_result *rounds = db_result(due, 0);
    struct opening *o = arena_alloc(&c->step, sizeof *o);
    if (o == NULL) {
        return -1;
    }
    int failed = 0;
    for (int i = 0; i < db_rows(rounds); i++) {
        arena_reset(&c->round);
        *o = (struct opening){.c = c};
        fill_round(o, rounds, i);
        failed |= open_round(o, now);
        crypto_wipe(o->credential_secret, sizeof o->credential_secret);
    }
    return failed;
}
