// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "candour.pb-c.h"
#include "check.h"

// ---------------------------------------------------------------- text

struct text {
    const char *bytes;
    size_t len;
};
#define TEXT(literal)                                                                                                  \
    { literal, sizeof literal - 1 }

static void plain_text_is_accepted(void **state) {
    (void)state;
    static const struct text texts[] = {
        TEXT(""),
        TEXT("Plain text, \"quoted\" ~"),
        TEXT("two\nlines\tand a tab"),
        TEXT("\xc2\xa0"),         // U+00A0, the first after C1
        TEXT("\xdf\xbf"),         // U+07FF
        TEXT("\xe0\xa0\x80"),     // U+0800
        TEXT("\xed\x9f\xbf"),     // U+D7FF
        TEXT("\xee\x80\x80"),     // U+E000
        TEXT("\xe2\x80\x8d"),     // U+200D, in emoji
        TEXT("\xe2\x80\xaf"),     // U+202F
        TEXT("\xe2\x81\xa5"),     // U+2065
        TEXT("\xe2\x81\xaa"),     // U+206A
        TEXT("\xf0\x90\x80\x80"), // U+10000
        TEXT("\xf4\x8f\xbf\xbf"), // U+10FFFF
        TEXT("Łukasz Ŵest – 你好 🙂"),
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (!check_text(texts[i].bytes, texts[i].len))
            fail_msg("text %zu was refused", i);
}

static void text_that_is_not_utf_8_is_refused(void **state) {
    (void)state;
    static const struct text texts[] = {
        TEXT("\x80"),             // continuation alone
        TEXT("\xbf"),             //
        TEXT("\xc0\x80"),         // overlong NUL
        TEXT("\xc1\xbf"),         // overlong
        TEXT("\xe0\x9f\xbf"),     // overlong
        TEXT("\xf0\x8f\xbf\xbf"), // overlong
        TEXT("\xed\xa0\x80"),     // surrogate U+D800
        TEXT("\xed\xbf\xbf"),     // surrogate U+DFFF
        TEXT("\xf4\x90\x80\x80"), // U+110000
        TEXT("\xf5\x80\x80\x80"), //
        TEXT("\xff"),             //
        TEXT("\xc3"),             // cut
        TEXT("\xe2\x82"),         //
        TEXT("\xf0\x9f\x99"),     //
        TEXT("\xc3("),            // second byte is no continuation
        TEXT("\xe2\x82("),        //
        TEXT("ok \xe2(\xa1"),     //
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        // A copy of that very size, so that the sanitizer sees a step beyond it.
        char *copy = malloc(texts[i].len);
        assert_non_null(copy);
        memcpy(copy, texts[i].bytes, texts[i].len);
        if (check_text(copy, texts[i].len))
            fail_msg("text %zu was accepted", i);
        free(copy);
    }
}

static void control_and_bidirectional_characters_are_refused(void **state) {
    (void)state;
    for (unsigned point = 0; point < 0x100; point++) {
        const char bytes[] = {(char)(point < 0x80 ? point : 0xc0 | point >> 6), (char)(0x80 | (point & 0x3f))};
        bool is_control = (point < 0x20 && point != '\n' && point != '\t') || (point >= 0x7f && point < 0xa0);
        assert_int_equal(check_text(bytes, point < 0x80 ? 1 : 2), !is_control);
    }
    for (unsigned point = 0x2020; point < 0x2070; point++) {
        const char bytes[] = {(char)0xe2, (char)(0x80 | (point >> 6 & 0x3f)), (char)(0x80 | (point & 0x3f))};
        bool is_harmful = (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
        assert_int_equal(check_text(bytes, 3), !is_harmful);
    }
    static const struct text marks[] = {TEXT("\xe2\x80\x8e"), TEXT("\xe2\x80\x8f"), TEXT("\xd8\x9c")};
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        assert_false(check_text(marks[i].bytes, marks[i].len));
}

static void code_points_are_counted_not_bytes(void **state) {
    (void)state;
    assert_int_equal(check_code_points("", 0), 0);
    assert_int_equal(check_code_points("abc", 3), 3);
    assert_int_equal(check_code_points("é–🙂", 2 + 3 + 4), 3);
}

static void assert_normal(const char *text, const char *normal) {
    size_t len = strlen(text);
    char *name = malloc(len + 1); // in place, and of that very size
    assert_non_null(name);
    memcpy(name, text, len);
    size_t done = check_name_normal(name, len, name);
    if (done != strlen(normal) || memcmp(name, normal, done) != 0)
        fail_msg("%s became %.*s", text, (int)done, name);
    assert_int_equal(check_name(name, done), done > 0);
    assert_int_equal(check_name(text, len), done > 0 && strcmp(text, normal) == 0);
    free(name);
}

static void names_have_one_normal_form(void **state) {
    (void)state;
    static const char *const normal[] = {"Ann Lee", "Zoë D'Árcy-Ŵest", "李 明", "A"};
    for (size_t i = 0; i < ARRAY_LEN(normal); i++)
        assert_normal(normal[i], normal[i]);
    static const char *const around[] = {" Ann Lee",     "Ann Lee ",     "Ann  Lee",        "Ann\tLee",
                                         "Ann\u00a0Lee", "Ann\u2003Lee", "Ann \u3000 Lee\n"};
    for (size_t i = 0; i < ARRAY_LEN(around); i++)
        assert_normal(around[i], "Ann Lee");
    static const uint32_t unseen[] = {0xad,   0x34f,  0x61c,  0x200b, 0x200c, 0x200d, 0x200e, 0x200f,
                                      0x202e, 0x2060, 0x2064, 0x3164, 0xfe0f, 0xfeff, 0xe0041};
    for (size_t i = 0; i < ARRAY_LEN(unseen); i++) {
        uint32_t p = unseen[i];
        char text[16], bytes[5] = {0};
        if (p < 0x800)
            memcpy(bytes, (char[]){(char)(0xc0 | p >> 6), (char)(0x80 | (p & 0x3f))}, 2);
        else if (p < 0x10000)
            memcpy(bytes, (char[]){(char)(0xe0 | p >> 12), (char)(0x80 | (p >> 6 & 0x3f)), (char)(0x80 | (p & 0x3f))},
                   3);
        else
            memcpy(bytes,
                   (char[]){(char)(0xf0 | p >> 18), (char)(0x80 | (p >> 12 & 0x3f)), (char)(0x80 | (p >> 6 & 0x3f)),
                            (char)(0x80 | (p & 0x3f))},
                   4);
        snprintf(text, sizeof text, "An%sn Lee", bytes);
        assert_normal(text, "Ann Lee");
        snprintf(text, sizeof text, "Ann %s Lee", bytes);
        assert_normal(text, "Ann Lee");
    }
    static const char *const nothing[] = {"", " ", "\u200b", " \u00ad\t"};
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++)
        assert_normal(nothing[i], "");
    assert_false(check_name("Ann\xff", 4));
}

static void addresses_look_like_addresses(void **state) {
    (void)state;
    static const char *const good[] = {"a@b.c", "ann.o'hara+x@people.example.org", "jörg@käse.example"};
    static const char *const bad[] = {
        "",        "a",       "@b.c",   "a@",      "a@b",     "a@b.",      "a@.b",     "a@b..c",
        "a@b@c.d", "a b@c.d", "a@b. c", "a@b.c\n", "a\t@b.c", "a@b.c\x7f", "a@\xff.c", "a@b.c\xe2\x80\xae"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(check_email(good[i], strlen(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (check_email(bad[i], strlen(bad[i])))
            fail_msg("was accepted: %s", bad[i]);
    char longest[256] = "x@example.org";
    memset(longest + 13, 'z', sizeof longest - 13);
    assert_true(check_email(longest, 254));
    assert_false(check_email(longest, 255));
}

// ---------------------------------------------------------------- sentences

#define BYTES(literal)                                                                                                 \
    { sizeof literal - 1, (uint8_t *)(uintptr_t)literal }

static char sentence[200];

static void assert_sentence(const ProtobufCMessage *message, const char *expected) {
    sentence[0] = '\0';
    assert_int_equal(check_message(message, sentence, sizeof sentence), -1);
    assert_string_equal(sentence, expected);
}

static Candour__SignIn sign_in(Candour__CodeProof *code) {
    Candour__SignIn message = CANDOUR__SIGN_IN__INIT;
    message.email = (ProtobufCBinaryData)BYTES("ann@example.org");
    message.proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
    message.code = code;
    *code = (Candour__CodeProof)CANDOUR__CODE_PROOF__INIT;
    code->code = (ProtobufCBinaryData)BYTES("ABCD-EFGH-JKMN");
    return message;
}

static void a_sentence_says_what_is_wrong_and_what_to_do(void **state) {
    (void)state;
    Candour__CodeProof code;
    Candour__SignIn message = sign_in(&code);
    assert_int_equal(check_message(&message.base, sentence, sizeof sentence), 0);

    static uint8_t letters[300];
    memset(letters, 'x', sizeof letters);
    message.email = (ProtobufCBinaryData){255, letters};
    assert_sentence(&message.base, "The field \"email\" is longer than 254 bytes. Shorten it and try again.");
    message.email.len = 2;
    assert_sentence(&message.base, "The field \"email\" is shorter than 3 bytes. Complete it and try again.");
    message.email.len = 0;
    assert_sentence(&message.base, "The field \"email\" is empty. Fill it in and try again.");
    message.email = (ProtobufCBinaryData)BYTES("ann\n@example.org");
    assert_sentence(&message.base,
                    "The field \"email\" has a line break or a tab. Write it in one line and try again.");
    message.email = (ProtobufCBinaryData)BYTES("ann\x1b@example.org");
    assert_sentence(&message.base,
                    "The field \"email\" has characters that are not plain text. Remove them and try again.");

    Candour__GetQuestionnaire questionnaire = CANDOUR__GET_QUESTIONNAIRE__INIT;
    questionnaire.round = (ProtobufCBinaryData){15, letters};
    assert_sentence(&questionnaire.base, "The field \"round\" is not 16 bytes long. Update the program and try again.");
    questionnaire.round.len = 16;
    questionnaire.level = (ProtobufCBinaryData)BYTES("level 4");
    assert_sentence(&questionnaire.base, "The field \"level\" has a space. Write it in one word and try again.");

    Candour__ReadAudit audit = CANDOUR__READ_AUDIT__INIT;
    audit.limit = 501;
    assert_sentence(&audit.base, "The field \"limit\" must be from 1 to 500. Correct it and try again.");
}

static void a_missing_proof_is_refused(void **state) {
    (void)state;
    Candour__CodeProof code;
    Candour__SignIn message = sign_in(&code);
    message.proof_case = CANDOUR__SIGN_IN__PROOF__NOT_SET;
    assert_sentence(&message.base, "The field \"code\", or one that may stand in its place, is missing. "
                                   "Add it and try again.");
    message.proof_case = CANDOUR__SIGN_IN__PROOF_PASSWORD;
    message.password = NULL;
    assert_sentence(&message.base, "The field \"password\", or one that may stand in its place, is missing. "
                                   "Add it and try again.");
}

static void a_missing_message_is_refused(void **state) {
    (void)state;
    Candour__CreateRound message = CANDOUR__CREATE_ROUND__INIT;
    message.name = (ProtobufCBinaryData)BYTES("Spring");
    message.framework = (ProtobufCBinaryData)BYTES("Ten");
    message.request = (ProtobufCBinaryData)BYTES("0123456789abcdef");
    assert_sentence(&message.base, "The field \"rules\" is missing. Add it and try again.");
}

// 20 rows; the 17th is spoiled by the test.
static Candour__RaterRow rows[20], *row_list[20];
static Candour__LoadRaters load_raters(void) {
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        rows[i] = (Candour__RaterRow)CANDOUR__RATER_ROW__INIT;
        rows[i].subject_email = (ProtobufCBinaryData)BYTES("ann@example.org");
        rows[i].rater_email = (ProtobufCBinaryData)BYTES("bob@example.org");
        rows[i].group = CANDOUR__GROUP__PEER;
        rows[i].line = (uint32_t)i + 2;
        row_list[i] = &rows[i];
    }
    Candour__LoadRaters message = CANDOUR__LOAD_RATERS__INIT;
    message.round = (ProtobufCBinaryData)BYTES("Spring");
    message.rows = row_list;
    message.n_rows = ARRAY_LEN(rows);
    return message;
}

static void a_sentence_names_the_row(void **state) {
    (void)state;
    Candour__LoadRaters message = load_raters();
    assert_int_equal(check_message(&message.base, sentence, sizeof sentence), 0);
    rows[16].group = (Candour__Group)6;
    assert_sentence(&message.base,
                    "Row 17 of rows: The field \"group\" has a value that does not exist. Correct it and try again.");
    rows[16].group = CANDOUR__GROUP__SELF;
    rows[16].rater_email = (ProtobufCBinaryData)BYTES("");
    assert_sentence(&message.base, "Row 17 of rows: The field \"rater_email\" is empty. Fill it in and try again.");
    message = load_raters();
    message.round.len = 0; // outside the list: no row
    assert_sentence(&message.base, "The field \"round\" is empty. Fill it in and try again.");

    Candour__ImportFramework framework = CANDOUR__IMPORT_FRAMEWORK__INIT;
    ProtobufCBinaryData scale[] = {BYTES("Never"), BYTES(""), BYTES("Always")};
    framework.name = (ProtobufCBinaryData)BYTES("Ten");
    framework.scale = scale;
    framework.n_scale = 1;
    assert_sentence(&framework.base, "The list \"scale\" has fewer than 2 entries. Complete it and try again.");
    framework.n_scale = 11;
    assert_sentence(&framework.base, "The list \"scale\" has more than 10 entries. Split or shorten it and try again.");
    framework.n_scale = 3;
    assert_sentence(&framework.base, "Row 2 of scale: The field \"scale\" is empty. Fill it in and try again.");
}

static void an_absent_optional_field_is_not_judged(void **state) {
    (void)state;
    Candour__LoadRaters message = load_raters();
    rows[3].level = (ProtobufCBinaryData)BYTES("far too long for a level");
    assert_int_equal(check_message(&message.base, sentence, sizeof sentence), 0);
    rows[3].has_level = 1;
    assert_sentence(&message.base,
                    "Row 4 of rows: The field \"level\" is longer than 16 bytes. Shorten it and try again.");
}

static void a_sentence_fits_where_it_is_written(void **state) {
    (void)state;
    Candour__LoadRaters message = load_raters();
    rows[16].rater_email.len = 0;
    char whole[200];
    assert_int_equal(check_message(&message.base, whole, sizeof whole), -1);
    for (size_t size = 0; size <= strlen(whole) + 1; size++) {
        char *room = malloc(size + 1);
        assert_non_null(room);
        memset(room, '~', size + 1);
        assert_int_equal(check_message(&message.base, room, size), -1);
        assert_int_equal(room[size], '~');
        if (size > 0) {
            assert_true(strlen(room) < size);
            assert_int_equal(strncmp(whole, room, strlen(room)), 0);
        }
        free(room);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_is_accepted),
        cmocka_unit_test(text_that_is_not_utf_8_is_refused),
        cmocka_unit_test(control_and_bidirectional_characters_are_refused),
        cmocka_unit_test(code_points_are_counted_not_bytes),
        cmocka_unit_test(names_have_one_normal_form),
        cmocka_unit_test(addresses_look_like_addresses),
        cmocka_unit_test(a_sentence_says_what_is_wrong_and_what_to_do),
        cmocka_unit_test(a_missing_proof_is_refused),
        cmocka_unit_test(a_missing_message_is_refused),
        cmocka_unit_test(a_sentence_names_the_row),
        cmocka_unit_test(an_absent_optional_field_is_not_judged),
        cmocka_unit_test(a_sentence_fits_where_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
