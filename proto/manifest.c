#include "manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"

static void write_hex(FILE *out, const uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        fputc("0123456789abcdef"[bytes[i] >> 4], out);
        fputc("0123456789abcdef"[bytes[i] & 15], out);
    }
}

// `word`, the bytes in hex, a line feed.
static void write_hex_line(FILE *out, const char *word, const uint8_t bytes[32]) {
    fprintf(out, "%s ", word);
    write_hex(out, bytes, 32);
    fputc('\n', out);
}

static void write_uuid(FILE *out, const uint8_t id[16]) {
    static const size_t ends[] = {4, 6, 8, 10, 16};
    for (size_t i = 0, at = 0; i < ARRAY_LEN(ends); at = ends[i++]) {
        if (at > 0)
            fputc('-', out);
        write_hex(out, id + at, ends[i] - at);
    }
}

static void write_time(FILE *out, const char *word, int64_t at) {
    char text[CLOCK_TEXT_BYTES];
    clock_text(at, text);
    fprintf(out, "%s %s\n", word, text);
}

static void write_who(FILE *out, const struct manifest *m) {
    fputs("candour-manifest 1\nround ", out);
    write_uuid(out, m->round);
    fprintf(out, "\npurpose %s\nversion %" PRIu32 "\n", m->demo ? "demo" : "live", m->version);
    if (m->version == 0)
        fputs("previous -\n", out);
    else
        write_hex_line(out, "previous", m->previous);
    fprintf(out, "organisation %s\ndesk %s\n", m->organisation, m->desk);
    for (size_t i = 0; i < m->box_count; i++)
        fprintf(out, "ballot-box %s\n", m->boxes[i]);
    if (m->pin_count == 0)
        fputs("tls-pin -\n", out);
    for (size_t i = 0; i < m->pin_count; i++)
        write_hex_line(out, "tls-pin", m->pins[i]);
}

static void write_what(FILE *out, const struct manifest *m) {
    write_hex_line(out, "credential-key", m->credential_key);
    write_hex_line(out, "box-key", m->box_key);
    write_hex_line(out, "receipt-key", m->receipt_key);
    for (size_t i = 0; i < m->level_count; i++) {
        fprintf(out, "questionnaire %s", m->levels[i].level);
        write_hex_line(out, "", m->levels[i].questionnaire);
    }
    write_time(out, "collect-from", m->collect_from);
    write_time(out, "answer-from", m->answer_from);
    write_time(out, "close", m->close);
    const struct manifest_rules *rules = &m->rules;
    fprintf(out,
            "grace %" PRIu32 "\nrules threshold=%" PRIu32 " comments-pooled=%" PRIu32 " comments-by-group=%" PRIu32
            " tail-low=%" PRIu32 " tail-high=%" PRIu32 " bucket=%" PRIu32 "\n",
            m->grace_s, rules->threshold, rules->comments_pooled, rules->comments_by_group, rules->tail_low,
            rules->tail_high, rules->bucket);
    write_hex_line(out, "names", m->names);
}

static void write_subject(FILE *out, const struct manifest_subject *subject) {
    fputs("subject ", out);
    write_uuid(out, subject->id);
    fprintf(out, " %s ", subject->level);
    write_hex(out, subject->name_hash, sizeof subject->name_hash);
    const uint32_t *raters = subject->raters;
    fprintf(out, " self=%" PRIu32 " manager=%" PRIu32 " peer=%" PRIu32 " report=%" PRIu32 " other=%" PRIu32 "%s\n",
            raters[0], raters[1], raters[2], raters[3], raters[4], subject->retired ? " retired" : "");
}

char *manifest_write(const struct manifest *m, size_t *ret_len) {
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        return NULL;
    write_who(out, m);
    write_what(out, m);
    for (size_t i = 0; i < m->subject_count; i++)
        write_subject(out, &m->subjects[i]);
    bool is_whole = !ferror(out);
    if (fclose(out) != 0 || !is_whole) {
        free(text);
        return NULL;
    }
    *ret_len = len;
    return text;
}

void manifest_free(struct manifest *m) {
    free(m->subjects);
    m->subjects = NULL;
    m->subject_count = 0;
}

void manifest_hash(const char *text, size_t len, uint8_t ret_hash[32]) {
    struct crypto_span whole = {text, len};
    crypto_sha256(&whole, 1, ret_hash);
}

void manifest_names_hash(const uint8_t salt[16], uint8_t ret_hash[32]) {
    static const char purpose[] = "candour-names";
    struct crypto_span parts[] = {{purpose, sizeof purpose - 1}, {salt, 16}};
    crypto_sha256(parts, ARRAY_LEN(parts), ret_hash);
}

void manifest_name_hash(const uint8_t salt[16], const char *name, size_t len, uint8_t ret_hash[32]) {
    static const char purpose[] = "candour-subject";
    struct crypto_span parts[] = {{purpose, sizeof purpose - 1}, {salt, 16}, {name, len}};
    crypto_sha256(parts, ARRAY_LEN(parts), ret_hash);
}

static int compare_id(const void *id, const void *subject) {
    return memcmp(id, ((const struct manifest_subject *)subject)->id, 16);
}

int64_t manifest_answers_until(int64_t answer_from, int64_t close) {
    return close - (close - answer_from) / 3;
}

const struct manifest_subject *manifest_subject_find(const struct manifest *m, const uint8_t id[16]) {
    if (m->subject_count == 0)
        return NULL;
    return bsearch(id, m->subjects, m->subject_count, sizeof *m->subjects, compare_id);
}

const struct manifest_level *manifest_level_find(const struct manifest *m, const char *level) {
    for (size_t i = 0; i < m->level_count; i++)
        if (strcmp(m->levels[i].level, level) == 0)
            return &m->levels[i];
    return NULL;
}

// ---------------------------------------------------------------- from one version to the next

static bool is_same_questionnaires(const struct manifest *a, const struct manifest *b) {
    if (a->level_count != b->level_count)
        return false;
    for (size_t i = 0; i < a->level_count; i++)
        if (strcmp(a->levels[i].level, b->levels[i].level) != 0 ||
            memcmp(a->levels[i].questionnaire, b->levels[i].questionnaire, 32) != 0)
            return false;
    return true;
}

// Where ballots go never changes: a new address or key that one client alone is shown would gather its ballots.
static const char *doors_forbidden(const struct manifest *before, const struct manifest *next) {
    if (strcmp(before->desk, next->desk) != 0)
        return "The round's manifest names another desk.";
    bool is_same = before->box_count == next->box_count;
    for (size_t i = 0; is_same && i < before->box_count; i++)
        is_same = strcmp(before->boxes[i], next->boxes[i]) == 0;
    if (!is_same)
        return "The round's ballot boxes changed.";
    if (before->pin_count != next->pin_count || memcmp(before->pins, next->pins, before->pin_count * 32) != 0)
        return "The keys that the round's ballot boxes may show changed.";
    return NULL;
}

static const char *subject_forbidden(const struct manifest_subject *before, const struct manifest_subject *next) {
    if (next == NULL)
        return "A leader was removed from the round's manifest.";
    if (strcmp(before->level, next->level) != 0)
        return "A leader's level changed in the round's manifest.";
    if (memcmp(before->name_hash, next->name_hash, 32) != 0)
        return "A leader's name changed in the round's manifest.";
    if (before->retired && !next->retired)
        return "A leader who had left came back in the round's manifest.";
    for (size_t group = 0; group < MANIFEST_GROUPS; group++)
        if (next->raters[group] < before->raters[group])
            return "The number of people asked about a leader fell in the round's manifest.";
    return NULL;
}

const char *manifest_step_forbidden(const struct manifest *before, const uint8_t before_hash[32],
                                    const struct manifest *next) {
    if (next->version != (uint64_t)before->version + 1 || memcmp(next->previous, before_hash, 32) != 0)
        return "The round's manifest does not follow the one before it.";
    if (memcmp(before->round, next->round, 16) != 0 || before->demo != next->demo)
        return "The manifest belongs to another round.";
    if (strcmp(before->organisation, next->organisation) != 0)
        return "The round's manifest names another organisation.";
    const char *forbidden = doors_forbidden(before, next);
    if (forbidden != NULL)
        return forbidden;
    if (memcmp(before->credential_key, next->credential_key, 32) != 0 ||
        memcmp(before->box_key, next->box_key, 32) != 0 || memcmp(before->receipt_key, next->receipt_key, 32) != 0)
        return "The round's keys changed.";
    if (!is_same_questionnaires(before, next))
        return "The round's questionnaire changed.";
    if (before->collect_from != next->collect_from || before->answer_from != next->answer_from ||
        before->close > next->close || before->grace_s != next->grace_s)
        return "The round's dates changed in a way that is never allowed.";
    if (memcmp(&before->rules, &next->rules, sizeof before->rules) != 0)
        return "The round's rules changed.";
    if (memcmp(before->names, next->names, sizeof before->names) != 0)
        return "The salt of the names changed in the round's manifest.";
    for (size_t i = 0; i < before->subject_count; i++) {
        const struct manifest_subject *subject = &before->subjects[i];
        forbidden = subject_forbidden(subject, manifest_subject_find(next, subject->id));
        if (forbidden != NULL)
            return forbidden;
    }
    return NULL;
}
