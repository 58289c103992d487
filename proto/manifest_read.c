// Reading a manifest. The cursor only finds the values; writing them again shows whether the text was canonical.
#include <stdlib.h>
#include <string.h>

#include "ballot.h"
#include "check.h"
#include "clock.h"
#include "manifest.h"

struct cursor {
    const char *at, *end;
    bool is_bad; // sticky: after the first mistake nothing is read any more
};

// Steps over word if it stands here.
static bool take(struct cursor *c, const char *word) {
    size_t len = strlen(word);
    if (c->is_bad || (size_t)(c->end - c->at) < len || memcmp(c->at, word, len) != 0)
        return false;
    c->at += len;
    return true;
}

static void expect(struct cursor *c, const char *word) {
    if (!take(c, word))
        c->is_bad = true;
}

// What stands before the next `stop`, at least one byte, as a string.
static void read_until(struct cursor *c, char stop, char *ret_string, size_t size) {
    const char *found = c->is_bad ? NULL : memchr(c->at, stop, (size_t)(c->end - c->at));
    size_t len = found != NULL ? (size_t)(found - c->at) : 0;
    if (len == 0 || len >= size) {
        c->is_bad = true;
        return;
    }
    memcpy(ret_string, c->at, len);
    ret_string[len] = '\0';
    c->at = found;
}

static uint32_t read_number(struct cursor *c) {
    uint64_t number = 0;
    const char *start = c->at;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9' && number <= UINT32_MAX; c->at++)
        number = number * 10 + (uint64_t)(*c->at - '0');
    if (c->at == start || number > UINT32_MAX)
        c->is_bad = true;
    return (uint32_t)number;
}

static int digit(char hex) {
    const char *found = hex != '\0' ? strchr("0123456789abcdef", hex) : NULL;
    return found != NULL ? (int)(found - "0123456789abcdef") : -1;
}

static void read_hex(struct cursor *c, uint8_t *ret_bytes, size_t len) {
    if (c->is_bad || (size_t)(c->end - c->at) < 2 * len) {
        c->is_bad = true;
        return;
    }
    for (size_t i = 0; i < len; i++, c->at += 2) {
        int high = digit(c->at[0]), low = digit(c->at[1]);
        if (high < 0 || low < 0) {
            c->is_bad = true;
            return;
        }
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
}

static void read_uuid(struct cursor *c, uint8_t ret_id[16]) {
    static const size_t ends[] = {4, 6, 8, 10, 16};
    for (size_t i = 0, at = 0; i < ARRAY_LEN(ends); at = ends[i++]) {
        if (at > 0)
            expect(c, "-");
        read_hex(c, ret_id + at, ends[i] - at);
    }
}

static int64_t read_time(struct cursor *c) {
    char text[CLOCK_TEXT_BYTES];
    int64_t at = 0;
    read_until(c, '\n', text, sizeof text);
    if (!c->is_bad && clock_parse(text, strlen(text), &at) < 0)
        c->is_bad = true;
    return at;
}

static void read_doors(struct cursor *c, struct manifest *m) {
    expect(c, "\ndesk ");
    read_until(c, '\n', m->desk, sizeof m->desk);
    while (take(c, "\nballot-box ")) {
        if (m->box_count == MANIFEST_BOXES_MAX) {
            c->is_bad = true;
            return;
        }
        read_until(c, '\n', m->boxes[m->box_count], sizeof m->boxes[0]);
        m->box_count++;
    }
    if (take(c, "\ntls-pin -"))
        return;
    for (; m->pin_count < MANIFEST_PINS_MAX && take(c, "\ntls-pin "); m->pin_count++)
        read_hex(c, m->pins[m->pin_count], 32);
}

static void read_who(struct cursor *c, struct manifest *m) {
    expect(c, "candour-manifest 1\nround ");
    read_uuid(c, m->round);
    expect(c, "\npurpose ");
    m->demo = take(c, "demo");
    if (!m->demo)
        expect(c, "live");
    expect(c, "\nversion ");
    m->version = read_number(c);
    expect(c, "\nprevious ");
    if (!take(c, "-"))
        read_hex(c, m->previous, 32);
    expect(c, "\norganisation ");
    read_until(c, '\n', m->organisation, sizeof m->organisation);
    read_doors(c, m);
}

static void read_rules(struct cursor *c, struct manifest_rules *rules) {
    const struct {
        const char *word;
        uint32_t *value;
    } figures[] = {
        {"\nrules threshold=", &rules->threshold},
        {" comments-pooled=", &rules->comments_pooled},
        {" comments-by-group=", &rules->comments_by_group},
        {" tail-low=", &rules->tail_low},
        {" tail-high=", &rules->tail_high},
        {" bucket=", &rules->bucket},
    };
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        expect(c, figures[i].word);
        *figures[i].value = read_number(c);
    }
}

static void read_what(struct cursor *c, struct manifest *m) {
    expect(c, "\ncredential-key ");
    read_hex(c, m->credential_key, 32);
    expect(c, "\nbox-key ");
    read_hex(c, m->box_key, 32);
    expect(c, "\nreceipt-key ");
    read_hex(c, m->receipt_key, 32);
    while (m->level_count < MANIFEST_LEVELS_MAX && take(c, "\nquestionnaire ")) {
        struct manifest_level *level = &m->levels[m->level_count++];
        read_until(c, ' ', level->level, sizeof level->level);
        expect(c, " ");
        read_hex(c, level->questionnaire, 32);
    }
    expect(c, "\ncollect-from ");
    m->collect_from = read_time(c);
    expect(c, "\nanswer-from ");
    m->answer_from = read_time(c);
    expect(c, "\nclose ");
    m->close = read_time(c);
    expect(c, "\ngrace ");
    m->grace_s = read_number(c);
    read_rules(c, &m->rules);
    expect(c, "\nnames ");
    read_hex(c, m->names, sizeof m->names);
}

static void read_subject(struct cursor *c, struct manifest_subject *subject) {
    static const char *const groups[MANIFEST_GROUPS] = {" self=", " manager=", " peer=", " report=", " other="};
    read_uuid(c, subject->id);
    expect(c, " ");
    read_until(c, ' ', subject->level, sizeof subject->level);
    expect(c, " ");
    read_hex(c, subject->name_hash, 32);
    for (size_t group = 0; group < MANIFEST_GROUPS; group++) {
        expect(c, groups[group]);
        subject->raters[group] = read_number(c);
    }
    subject->retired = take(c, " retired");
}

// 0, -2: no memory.
static int read_subjects(struct cursor *c, struct manifest *m) {
    enum { SUBJECT_BYTES_MIN = 128 }; // a line has more, so this is room enough for the lines that are left
    size_t room = (size_t)(c->end - c->at) / SUBJECT_BYTES_MIN + 1;
    m->subjects = calloc(room, sizeof *m->subjects);
    if (m->subjects == NULL)
        return -2;
    while (m->subject_count < room && take(c, "\nsubject "))
        read_subject(c, &m->subjects[m->subject_count++]);
    return 0;
}

// ---------------------------------------------------------------- what the values must be

// host:port; the host is a name, an IPv4 address, or an IPv6 address in brackets.
static bool is_address(const char *text) {
    const char *port = strrchr(text, ':');
    if (port == NULL || port == text || strspn(port + 1, "0123456789") != strlen(port + 1) || strlen(port) > 6)
        return false;
    unsigned long number = strtoul(port + 1, NULL, 10);
    if (number == 0 || number > UINT16_MAX || port[1] == '0')
        return false;
    size_t host_len = (size_t)(port - text);
    if (text[0] == '[')
        return host_len > 2 && strspn(text + 1, "0123456789abcdef:.") == host_len - 2 && port[-1] == ']';
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == host_len;
}

static bool are_doors_valid(const struct manifest *m) {
    if (!is_address(m->desk) || m->box_count == 0)
        return false;
    for (size_t i = 0; i < m->box_count; i++) {
        if (!is_address(m->boxes[i]))
            return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(m->boxes[i], m->boxes[j]) == 0)
                return false;
    }
    return m->pin_count < 2 || memcmp(m->pins[0], m->pins[1], 32) != 0;
}

static bool are_rules_valid(const struct manifest_rules *rules) {
    return rules->threshold >= MANIFEST_THRESHOLD_MIN && rules->threshold <= MANIFEST_THRESHOLD_MAX &&
           rules->comments_pooled >= rules->threshold && rules->comments_pooled <= MANIFEST_RATERS_MAX &&
           (rules->comments_by_group >= rules->threshold || rules->comments_by_group == 0) &&
           rules->comments_by_group <= MANIFEST_RATERS_MAX && rules->tail_low >= MANIFEST_TAIL_LOW_MIN &&
           rules->tail_low <= MANIFEST_TAIL_MAX && rules->tail_high <= MANIFEST_TAIL_MAX &&
           rules->bucket >= BALLOT_BUCKET_MIN && rules->bucket <= BALLOT_BUCKET_MAX &&
           rules->bucket % MANIFEST_BUCKET_STEP == 0;
}

static bool are_levels_valid(const struct manifest *m) {
    for (size_t i = 0; i < m->level_count; i++)
        if (manifest_level_find(m, m->levels[i].level) != &m->levels[i])
            return false;
    return m->level_count > 0;
}

static bool are_subjects_valid(const struct manifest *m) {
    for (size_t i = 0; i < m->subject_count; i++) {
        const struct manifest_subject *subject = &m->subjects[i];
        if (i > 0 && memcmp(m->subjects[i - 1].id, subject->id, 16) >= 0)
            return false;
        if (manifest_level_find(m, subject->level) == NULL || subject->raters[0] > 1)
            return false;
        for (size_t group = 1; group < MANIFEST_GROUPS; group++)
            if (subject->raters[group] > MANIFEST_RATERS_MAX)
                return false;
    }
    return true;
}

static int compare_names(const void *a, const void *b) {
    return memcmp(a, b, 32);
}

// A leader who stands there twice would have raters who can be told apart by the line that they were given. 0, -1, -2:
// no memory.
static int check_names(const struct manifest *m) {
    uint8_t(*names)[32] = calloc(m->subject_count + 1, sizeof *names);
    if (names == NULL)
        return -2;
    size_t count = 0;
    for (size_t i = 0; i < m->subject_count; i++)
        if (!m->subjects[i].retired)
            memcpy(names[count++], m->subjects[i].name_hash, sizeof *names);
    qsort(names, count, sizeof *names, compare_names);
    int r = 0;
    for (size_t i = 1; i < count && r == 0; i++)
        r = memcmp(names[i - 1], names[i], sizeof *names) == 0 ? -1 : 0;
    free(names);
    return r;
}

static bool is_valid(const struct manifest *m) {
    return are_doors_valid(m) && are_levels_valid(m) && m->collect_from <= m->answer_from &&
           m->answer_from < m->close && m->grace_s <= MANIFEST_GRACE_MAX_S && are_rules_valid(&m->rules) &&
           are_subjects_valid(m);
}

// 0, -1: writing it again gives another text, -2: no memory.
static int compare_written(const struct manifest *m, const char *text, size_t len) {
    size_t again_len;
    char *again = manifest_write(m, &again_len);
    if (again == NULL)
        return -2;
    bool is_same = again_len == len && memcmp(again, text, len) == 0;
    free(again);
    return is_same ? 0 : -1;
}

int manifest_read(const char *text, size_t len, struct manifest *ret_m) {
    if (len == 0 || len > MANIFEST_BYTES_MAX || memchr(text, '\t', len) != NULL || !check_text(text, len))
        return -1;
    struct manifest m = {0};
    struct cursor c = {.at = text, .end = text + len};
    read_who(&c, &m);
    read_what(&c, &m);
    int r = read_subjects(&c, &m);
    if (r < 0)
        return r;
    expect(&c, "\n");
    r = !c.is_bad && c.at == c.end && is_valid(&m) ? check_names(&m) : -1;
    if (r == 0)
        r = compare_written(&m, text, len);
    if (r < 0) {
        manifest_free(&m);
        return r;
    }
    *ret_m = m;
    return 0;
}
