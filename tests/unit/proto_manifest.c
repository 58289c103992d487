// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"

#define HEX(digit)   digit digit digit digit digit digit digit digit
#define HEX64(digit) HEX(HEX(digit))

#define NAMES         "names " HEX64("d") "\n"
#define FIRST_SUBJECT "subject 10000000-0000-4000-8000-000000000001"
#define LAST_SUBJECT  "subject 10000000-0000-4000-8000-000000000003"

static const char canonical[] =
    "candour-manifest 1\n"
    "round 00112233-4455-4677-8899-aabbccddeeff\n"
    "purpose live\n"
    "version 0\n"
    "previous -\n"
    "organisation Council of Ŵest & Ôld\n"
    "desk desk.example.org:8443\n"
    "ballot-box ballot.example.org:8444\n"
    "ballot-box [2001:db8::1]:8444\n"
    "tls-pin " HEX64(
        "a") "\n"
             "credential-key " HEX64(
                 "1") "\n"
                      "box-key " HEX64(
                          "2") "\n"
                               "receipt-key " HEX64(
                                   "3") "\n"
                                        "questionnaire 4 " HEX64(
                                            "4") "\n"
                                                 "questionnaire 5 " HEX64(
                                                     "5") "\n"
                                                          "collect-from 2026-11-01T08:00:00Z\n"
                                                          "answer-from 2026-11-02T08:00:00Z\n"
                                                          "close 2026-11-20T17:00:00Z\n"
                                                          "grace 3600\n"
                                                          "rules threshold=4 comments-pooled=4 comments-by-group=5 "
                                                          "tail-low=1 tail-high=0 bucket=8192\n" NAMES FIRST_SUBJECT
                                                          " 4 " HEX64("b") " self=1 manager=1 peer=5 report=4 "
                                                                           "other=3\n" LAST_SUBJECT " 5 " HEX64(
                                                                               "c") " self=0 manager=2 peer=0 report=0 "
                                                                                    "other=0 retired\n";

// text with the first "from" replaced by "to"; malloc'ed.
static char *replaced(const char *text, const char *from, const char *to) {
    const char *found = strstr(text, from);
    if (found == NULL)
        fail_msg("not in the manifest: %s", from);
    char *ret = NULL;
    assert_true(asprintf(&ret, "%.*s%s%s", (int)(found - text), text, to, found + strlen(from)) > 0);
    return ret;
}

static char *changed(const char *from, const char *to) {
    return replaced(canonical, from, to);
}

static int read_changed(const char *from, const char *to) {
    char *text = changed(from, to);
    struct manifest m = {.version = 77};
    int r = manifest_read(text, strlen(text), &m);
    if (r == 0)
        manifest_free(&m);
    else
        assert_int_equal(m.version, 77); // untouched
    free(text);
    return r;
}

static void a_canonical_text_is_read_and_written_again(void **state) {
    (void)state;
    struct manifest m;
    assert_int_equal(manifest_read(canonical, sizeof canonical - 1, &m), 0);
    const uint8_t round[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x46, 0x77,
                             0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    assert_memory_equal(m.round, round, sizeof round);
    assert_false(m.demo);
    assert_string_equal(m.organisation, "Council of Ŵest & Ôld");
    assert_int_equal(m.box_count, 2);
    assert_string_equal(m.boxes[1], "[2001:db8::1]:8444");
    assert_int_equal(m.pin_count, 1);
    assert_int_equal(m.pins[0][31], 0xaa);
    assert_int_equal(m.credential_key[0], 0x11);
    assert_int_equal(m.box_key[0], 0x22);
    assert_int_equal(m.receipt_key[0], 0x33);
    assert_int_equal(m.level_count, 2);
    assert_int_equal(m.close - m.answer_from, 18 * 86400 + 9 * 3600);
    assert_int_equal(m.grace_s, 3600);
    assert_int_equal(m.rules.comments_by_group, 5);
    assert_int_equal(m.rules.bucket, 8192);
    assert_int_equal(m.names[31], 0xdd);
    assert_int_equal(m.subject_count, 2);
    assert_int_equal(m.subjects[0].raters[3], 4);
    assert_true(m.subjects[1].retired);
    assert_ptr_equal(manifest_subject_find(&m, m.subjects[1].id), &m.subjects[1]);
    assert_null(manifest_subject_find(&m, round));
    assert_ptr_equal(manifest_level_find(&m, "5"), &m.levels[1]);
    assert_null(manifest_level_find(&m, "6"));
    size_t len;
    char *again = manifest_write(&m, &len);
    assert_non_null(again);
    assert_int_equal(len, sizeof canonical - 1);
    assert_string_equal(again, canonical);
    free(again);
    manifest_free(&m);
}

static void a_manifest_without_subjects_or_pins_is_read(void **state) {
    (void)state;
    assert_int_equal(read_changed(strstr(canonical, "subject "), ""), 0);
    assert_int_equal(read_changed("tls-pin " HEX64("a"), "tls-pin -"), 0);
    struct manifest m = {0};
    const uint8_t id[16] = {0};
    assert_null(manifest_subject_find(&m, id));
}

static void a_cut_text_is_refused(void **state) {
    (void)state;
    size_t first_subject = (size_t)(strstr(canonical, "subject ") - canonical);
    size_t second_subject = (size_t)(strstr(canonical + first_subject + 1, "subject ") - canonical);
    for (size_t len = 0; len < sizeof canonical - 1; len++) {
        if (len == first_subject || len == second_subject)
            continue;
        struct manifest m;
        // A copy of that very size, so that the sanitizer sees a step beyond it.
        char *cut = malloc(len + 1);
        assert_non_null(cut);
        memcpy(cut, canonical, len);
        assert_int_equal(manifest_read(cut, len, &m), -1);
        free(cut);
    }
}

static void a_text_with_a_line_missing_or_twice_is_refused(void **state) {
    (void)state;
    size_t lines = 0;
    for (const char *line = canonical; *line != '\0'; lines++) {
        const char *end = strchr(line, '\n') + 1;
        char *text = NULL;
        int before = (int)(line - canonical), len = (int)(end - line);
        bool may_miss = strncmp(line, "ballot-box ", 11) == 0 || strncmp(line, "subject ", 8) == 0;
        struct manifest m;
        assert_true(asprintf(&text, "%.*s%s", before, canonical, end) > 0);
        int r = manifest_read(text, strlen(text), &m);
        if (r == 0)
            manifest_free(&m);
        if ((r == 0) != may_miss)
            fail_msg("without the line %.*s: %d", len, line, r);
        free(text);
        assert_true(asprintf(&text, "%.*s%.*s%s", before, canonical, len, line, line) > 0);
        if (manifest_read(text, strlen(text), &m) != -1)
            fail_msg("was accepted twice: %.*s", len, line);
        free(text);
        line = end;
    }
    assert_int_equal(lines, 23);
}

struct change {
    const char *from, *to;
};

static void assert_all(const struct change *changes, size_t count, int expected) {
    for (size_t i = 0; i < count; i++)
        if (read_changed(changes[i].from, changes[i].to) != expected)
            fail_msg("expected %d: %s -> %s", expected, changes[i].from, changes[i].to);
}

static const struct change outside[] = {
    {"candour-manifest 1", "candour-manifest 2"},
    {"00112233-", "00112233"},
    {"aabbccddeeff", "AABBCCDDEEFF"},
    {"aabbccddeeff", "aabbccddeef"},
    {"aabbccddeeff", "aabbccddeegf"},
    {"purpose live", "purpose test"},
    {"purpose live", "purpose  live"},
    {"version 0", "version 00"},
    {"version 0", "version -1"},
    {"version 0", "version 1"}, // then previous must be a hash
    {"version 0", "version 4294967296"},
    {"previous -", "previous " HEX64("0")}, // of version 0 there is none
    {"organisation Council of Ŵest & Ôld", "organisation "},
    {"Council", "Coun\tcil"},
    {"Council", "Coun\x1b[2Jcil"},
    {"Council", "Coun\xe2\x80\xae"
                "cil"},
    {"Council", "Coun\xc3"
                "cil"},
    {"desk desk.example.org:8443", "desk desk.example.org"},
    {"desk desk.example.org:8443", "desk :8443"},
    {"desk.example.org:8443", "desk.example.org:0"},
    {"desk.example.org:8443", "desk.example.org:65536"},
    {"desk.example.org:8443", "desk.example.org:08443"},
    {"desk.example.org:8443", "desk.example.org:"},
    {"desk.example.org:8443", "desk example.org:8443"},
    {"desk.example.org:8443", "user@example.org:8443"},
    {"[2001:db8::1]", "2001:db8::1"},
    {"[2001:db8::1]", "[]"},
    {"[2001:db8::1]", "[2001:db8::1"},
    {"[2001:db8::1]:8444", "ballot.example.org:8444"}, // twice the same
    {"ballot-box", "ballot_box"},
    {"tls-pin " HEX64("a"), "tls-pin " HEX64("a") "\ntls-pin " HEX64("a")},
    {"tls-pin " HEX64("a"), "tls-pin " HEX64("a") "\ntls-pin " HEX64("b") "\ntls-pin " HEX64("c")},
    {"tls-pin " HEX64("a"), "tls-pin " HEX64("a") "\ntls-pin -"},
    {"tls-pin " HEX64("a"), "tls-pin -\ntls-pin " HEX64("a")},
    {HEX64("1"), HEX64("1") "1"},
    {HEX64("1"), HEX64("A")},
    {"questionnaire 5", "questionnaire 4"},
    {"questionnaire 5", "questionnaire "},
    {"questionnaire 5", "questionnaire 6"}, // subject of level 5 has none
    {"questionnaire 5", "questionnaire 123456789012345678901234567890123"},
    {"collect-from 2026-11-01T", "collect-from 2026-11-31T"},
    {"collect-from 2026-11-01T", "collect-from 2026-11-03T"},   // after answer-from
    {"answer-from 2026-11-02T08", "answer-from 2026-11-20T17"}, // not before close
    {"close 2026-11-20T17:00:00Z", "close 2026-11-20 17:00:00Z"},
    {"grace 3600", "grace 86401"},
    {"grace 3600", "grace +3600"},
    {"threshold=4", "threshold=2"},
    {"threshold=4", "threshold=51"},
    {"threshold=4", "threshold=5"}, // comments-pooled stays below
    {"comments-pooled=4", "comments-pooled=3"},
    {"comments-pooled=4", "comments-pooled=100001"},
    {"comments-by-group=5", "comments-by-group=3"},
    {"comments-by-group=5", "comments-by-group=1"},
    {"tail-low=1", "tail-low=0"},
    {"tail-low=1", "tail-low=3"},
    {"tail-high=0", "tail-high=3"},
    {"bucket=8192", "bucket=8193"},
    {"bucket=8192", "bucket=3072"},
    {"bucket=8192", "bucket=66560"},
    {"tail-low=1 tail-high=0", "tail-high=0 tail-low=1"},
    {NAMES, ""},
    {NAMES, NAMES NAMES},
    {"names " HEX64("d"), "names -"},
    {"names " HEX64("d"), "names " HEX64("D")},
    {"0001 4 ", "0001 6 "},
    {"0001 4 ", "0004 4 "}, // not sorted
    {"0001 4 ", "0003 4 "}, // twice
    {"self=1", "self=2"},
    {"peer=5", "peer=100001"},
    {"peer=5", "peer=05"},
    {"peer=5", "peer="},
    {"other=3", "other=3 "},
    {"other=3", "other=3 leaving"},
    {" retired\n", " retired retired\n"},
    {" retired\n", " retired"},
    {" retired\n", " retired\r\n"},
    {" retired\n", " retired\n\n"},
};

static void values_outside_the_grammar_are_refused(void **state) {
    (void)state;
    assert_all(outside, ARRAY_LEN(outside), -1);
    struct manifest m;
    assert_int_equal(manifest_read(canonical, sizeof canonical, &m), -1); // with its NUL
}

static void values_at_the_edge_of_the_grammar_are_read(void **state) {
    (void)state;
    static const struct change changes[] = {
        {"purpose live", "purpose demo"},
        {"version 0\nprevious -", "version 4294967295\nprevious " HEX64("9")},
        {"desk.example.org:8443", "127.0.0.1:1"},
        {"desk.example.org:8443", "localhost:65535"},
        {"tls-pin " HEX64("a"), "tls-pin " HEX64("a") "\ntls-pin " HEX64("b")},
        {"answer-from 2026-11-02T", "answer-from 2026-11-01T"}, // as soon as collecting begins
        {"answer-from 2026-11-02T08:00:00Z", "answer-from 2026-11-20T16:59:59Z"},
        {"grace 3600", "grace 0"},
        {"grace 3600", "grace 86400"},
        {"threshold=4", "threshold=3"},
        {"threshold=4 comments-pooled=4 comments-by-group=5",
         "threshold=50 comments-pooled=100000 comments-by-group=100000"},
        {"comments-by-group=5", "comments-by-group=0"}, // never
        {"tail-low=1 tail-high=0 bucket=8192", "tail-low=1 tail-high=2 bucket=4096"},
        {"tail-low=1 tail-high=0 bucket=8192", "tail-low=2 tail-high=1 bucket=65536"},
        {"peer=5", "peer=100000"},
    };
    assert_all(changes, ARRAY_LEN(changes), 0);
}

// Otherwise each rater of one leader could be given another line.
static void a_name_stands_once_among_those_who_stay(void **state) {
    (void)state;
    char *twice = changed(" 5 " HEX64("c"), " 5 " HEX64("b")); // the second one has left
    struct manifest m;
    assert_int_equal(manifest_read(twice, strlen(twice), &m), 0);
    manifest_free(&m);
    char *both = replaced(twice, " retired", "");
    assert_int_equal(manifest_read(both, strlen(both), &m), -1);
    free(both);
    free(twice);
}

static void hashes_are_those_of_the_protocol(void **state) {
    (void)state;
    const uint8_t of_text[] = {0xdf, 0x00, 0xb1, 0x38, 0xbf, 0xb2, 0x7f, 0x10, 0x0e, 0x37, 0x3d,
                               0xc1, 0x02, 0xc4, 0xef, 0x45, 0xf0, 0x18, 0x81, 0x44, 0x63, 0xa9,
                               0xce, 0x60, 0xef, 0x07, 0xae, 0x93, 0x43, 0xff, 0x7e, 0x74};
    const uint8_t of_name[] = {0xc0, 0x6c, 0xe8, 0x6a, 0x99, 0xc5, 0x45, 0x73, 0xb8, 0x63, 0xd5,
                               0xa5, 0xfc, 0xdf, 0x88, 0x03, 0xdb, 0xe5, 0x91, 0xf9, 0xc2, 0x08,
                               0x89, 0xe1, 0x9f, 0xf9, 0x8c, 0xed, 0x24, 0xa6, 0x5f, 0x8c};
    uint8_t hash[32], salt[16] = {0};
    manifest_hash(canonical, sizeof canonical - 1, hash);
    assert_memory_equal(hash, of_text, sizeof of_text);
    salt[15] = 1;
    manifest_name_hash(salt, "Ann Example", 11, hash);
    assert_memory_equal(hash, of_name, sizeof of_name);
    const uint8_t of_names[] = {0xbf, 0x16, 0x17, 0xc0, 0x86, 0x3a, 0x25, 0x24, 0x5a, 0x4a, 0xc2,
                                0x8f, 0xff, 0x4c, 0x2c, 0x2c, 0x9c, 0xbb, 0x9a, 0x69, 0xfc, 0x24,
                                0xcd, 0x43, 0x3e, 0x3e, 0x49, 0xdb, 0xad, 0x6d, 0x9e, 0xb7};
    manifest_names_hash(salt, hash);
    assert_memory_equal(hash, of_names, sizeof of_names);
}

// ---------------------------------------------------------------- steps

#define VERSION_0 "version 0\nprevious -"
#define VERSION_1 "version 1\nprevious " HEX64("9")

// What manifest_step_forbidden says to two texts; NULL: allowed.
static const char *step_between(const char *before_text, const char *next_text) {
    uint8_t before_hash[32];
    memset(before_hash, 0x99, sizeof before_hash);
    struct manifest before, next;
    if (manifest_read(before_text, strlen(before_text), &before) != 0 ||
        manifest_read(next_text, strlen(next_text), &next) != 0)
        fail_msg("not a manifest: %s", next_text);
    const char *sentence = manifest_step_forbidden(&before, before_hash, &next);
    manifest_free(&before);
    manifest_free(&next);
    return sentence;
}

// The same, from canonical to a version 1 in which "from" became "to".
static const char *step(const char *from, const char *to) {
    char *version_0 = changed(from, to), *version_1 = replaced(version_0, VERSION_0, VERSION_1);
    const char *sentence = step_between(canonical, version_1);
    free(version_0);
    free(version_1);
    return sentence;
}

static void every_other_change_is_forbidden(void **state) {
    (void)state;
    static const struct {
        const char *from, *to, *sentence;
    } changes[] = {
        {"aabbccddeeff", "aabbccddeefe", "another round"},
        {"purpose live", "purpose demo", "another round"},
        {"Council", "Counsel", "another organisation"},
        {"desk.example.org:8443", "desk.example.org:8442", "another desk"},
        {"ballot-box ballot.example.org:8444\n", "", "ballot boxes changed"},
        {"ballot-box [2001:db8::1]:8444\n", "", "ballot boxes changed"},
        {"ballot-box ballot.example.org:8444\n", "ballot-box other.example.org:8444\n", "ballot boxes changed"},
        {"ballot-box ballot.example.org", "ballot-box other.example.org:8444\nballot-box ballot.example.org",
         "ballot boxes changed"},
        {"ballot-box [2001:db8::1]:8444\n", "ballot-box [2001:db8::1]:8444\nballot-box third.example.org:8444\n",
         "ballot boxes changed"},
        {"tls-pin " HEX64("a"), "tls-pin " HEX64("a") "\ntls-pin " HEX64("b"), "may show changed"},
        {"tls-pin " HEX64("a"), "tls-pin -", "may show changed"},
        {"tls-pin " HEX64("a"), "tls-pin " HEX64("b"), "may show changed"},
        {"tls-pin " HEX64("a"), "tls-pin " HEX64("b") "\ntls-pin " HEX64("a"), "may show changed"},
        {HEX64("1"), HEX64("7"), "keys changed"},
        {HEX64("2"), HEX64("7"), "keys changed"},
        {HEX64("3"), HEX64("7"), "keys changed"},
        {"4 " HEX64("4"), "4 " HEX64("7"), "questionnaire changed"},
        {"questionnaire 5 ", "questionnaire 6 " HEX64("7") "\nquestionnaire 5 ", "questionnaire changed"},
        {"collect-from 2026-11-01T08", "collect-from 2026-11-01T07", "dates changed"},
        {"collect-from 2026-11-01T08", "collect-from 2026-11-01T09", "dates changed"},
        {"answer-from 2026-11-02T08", "answer-from 2026-11-02T07", "dates changed"},
        {"answer-from 2026-11-02T08", "answer-from 2026-11-02T09", "dates changed"},
        {"close 2026-11-20T17:00:00Z", "close 2026-11-20T16:59:59Z", "dates changed"},
        {"grace 3600", "grace 3599", "dates changed"},
        {"grace 3600", "grace 3601", "dates changed"},
        {"threshold=4", "threshold=3", "rules changed"},
        {"comments-pooled=4", "comments-pooled=5", "rules changed"},
        {"comments-by-group=5", "comments-by-group=4", "rules changed"},
        {"tail-low=1", "tail-low=2", "rules changed"},
        {"tail-high=0", "tail-high=1", "rules changed"},
        {"bucket=8192", "bucket=9216", "rules changed"},
        {"names " HEX64("d"), "names " HEX64("7"), "salt of the names changed"},
        {"8000-000000000001", "8000-000000000000", "was removed"},
        {"0001 4 ", "0001 5 ", "level changed"},
        {HEX64("b"), HEX64("e"), "name changed"},
        {" retired", "", "came back"},
        {"self=1", "self=0", "fell"},
        {"manager=1", "manager=0", "fell"},
        {"peer=5", "peer=4", "fell"},
        {"report=4", "report=3", "fell"},
        {"other=3", "other=2", "fell"},
    };
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        const char *sentence = step(changes[i].from, changes[i].to);
        if (sentence == NULL || strstr(sentence, changes[i].sentence) == NULL)
            fail_msg("%s -> %s: %s", changes[i].from, changes[i].to, sentence != NULL ? sentence : "allowed");
    }
    assert_non_null(step(strstr(canonical, LAST_SUBJECT), "")); // the last leader removed
}

static void a_version_that_does_not_follow_is_forbidden(void **state) {
    (void)state;
    static const char *const versions[] = {
        VERSION_0,
        "version 2\nprevious " HEX64("9"),
        "version 1\nprevious " HEX64("8"),
        "version 1\nprevious " HEX64("0"),
    };
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        char *next = changed(VERSION_0, versions[i]);
        const char *sentence = step_between(canonical, next);
        assert_non_null(sentence);
        assert_non_null(strstr(sentence, "does not follow"));
        free(next);
    }
    // After the largest number there is no next one.
    char *last = changed(VERSION_0, "version 4294967295\nprevious " HEX64("9"));
    assert_non_null(step_between(last, canonical));
    free(last);
}

static void additions_are_allowed(void **state) {
    (void)state;
#define NEW_SUBJECT(id) "subject " id " 4 " HEX64("e") " self=1 manager=1 peer=1 report=1 other=1\n"
    static const struct change changes[] = {
        {"organisation", "organisation"}, // nothing but the version changes
        {"close 2026-11-20T17:00:00Z", "close 2026-11-27T17:00:00Z"},
        {"other=3", "other=3 retired"},
        {"manager=1 peer=5 report=4 other=3", "manager=2 peer=6 report=5 other=4"},
        {"self=0", "self=1"},
        {FIRST_SUBJECT, NEW_SUBJECT("0fffffff-0000-4000-8000-000000000001") FIRST_SUBJECT},
        {LAST_SUBJECT, NEW_SUBJECT("10000000-0000-4000-8000-000000000002") LAST_SUBJECT},
        {" retired\n", " retired\n" NEW_SUBJECT("ffffffff-0000-4000-8000-000000000001")},
    };
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        const char *sentence = step(changes[i].from, changes[i].to);
        if (sentence != NULL)
            fail_msg("%s -> %s: %s", changes[i].from, changes[i].to, sentence);
    }
}

static void a_first_pin_is_forbidden(void **state) {
    (void)state;
    char *before = changed("tls-pin " HEX64("a"), "tls-pin -"), *next = changed(VERSION_0, VERSION_1);
    assert_non_null(step_between(before, next));
    free(before);
    free(next);
}

static void answers_are_given_in_two_thirds_of_the_time(void **state) {
    (void)state;
    FILE *file = fopen("tests/e2e/answers_until", "r");
    assert_non_null(file);
    char line[256];
    int64_t from, close, until;
    size_t count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#')
            continue;
        assert_int_equal(sscanf(line, "%" SCNd64 " %" SCNd64 " %" SCNd64, &from, &close, &until), 3);
        assert_int_equal(manifest_answers_until(from, close), until);
        count++;
    }
    fclose(file);
    assert_true(count > 10);
    assert_int_equal(manifest_answers_until(0, INT64_MAX), INT64_MAX - INT64_MAX / 3);
}

static void twenty_thousand_leaders_come_back(void **state) {
    (void)state;
    enum { LEADERS = 20000 };
    struct manifest m;
    assert_int_equal(manifest_read(canonical, sizeof canonical - 1, &m), 0);
    manifest_free(&m);
    m.subjects = calloc(LEADERS, sizeof *m.subjects);
    assert_non_null(m.subjects);
    for (m.subject_count = 0; m.subject_count < LEADERS; m.subject_count++) {
        struct manifest_subject *subject = &m.subjects[m.subject_count];
        subject->id[0] = (uint8_t)(m.subject_count >> 8);
        subject->id[15] = (uint8_t)m.subject_count;
        subject->level[0] = '4';
        memcpy(subject->name_hash, subject->id, sizeof subject->id);
    }
    size_t len;
    char *text = manifest_write(&m, &len);
    assert_non_null(text);
    struct manifest again;
    assert_int_equal(manifest_read(text, len, &again), 0);
    assert_int_equal(again.subject_count, LEADERS);
    assert_memory_equal(again.subjects, m.subjects, LEADERS * sizeof *m.subjects);
    free(text);
    manifest_free(&again);
    manifest_free(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_canonical_text_is_read_and_written_again),
        cmocka_unit_test(a_manifest_without_subjects_or_pins_is_read),
        cmocka_unit_test(a_cut_text_is_refused),
        cmocka_unit_test(a_text_with_a_line_missing_or_twice_is_refused),
        cmocka_unit_test(values_outside_the_grammar_are_refused),
        cmocka_unit_test(values_at_the_edge_of_the_grammar_are_read),
        cmocka_unit_test(a_name_stands_once_among_those_who_stay),
        cmocka_unit_test(hashes_are_those_of_the_protocol),
        cmocka_unit_test(every_other_change_is_forbidden),
        cmocka_unit_test(a_version_that_does_not_follow_is_forbidden),
        cmocka_unit_test(additions_are_allowed),
        cmocka_unit_test(a_first_pin_is_forbidden),
        cmocka_unit_test(a_first_pin_is_forbidden),
        cmocka_unit_test(answers_are_given_in_two_thirds_of_the_time),
        cmocka_unit_test(twenty_thousand_leaders_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
