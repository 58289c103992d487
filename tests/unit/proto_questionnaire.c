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

#include "questionnaire.h"

static const char canonical[] = "candour-questionnaire 1\n"
                                "framework\tTen competencies\t2\n"
                                "level\t5\tHeads of service\n"
                                "scale\tNever\tSometimes\tAlways\n"
                                "competency\tDirection\tStrategy\tSees far.\n"
                                "item\t1\tLooks ahead\tLooks back\n"
                                "item\t2\tSees links\t\n"
                                "competency\t\tCare\t\n"
                                "item\t3\tListens – always\tTalks\n"
                                "question\tWhat to keep doing?\n"
                                "question\tAnything else?\n";

static void assert_refused(const char *text, size_t len) {
    struct questionnaire q = {.version = 77};
    if (questionnaire_read(text, len, &q) != -1)
        fail_msg("was accepted: %.*s", (int)len, text);
    assert_int_equal(q.version, 77);
}

static void a_canonical_text_is_read(void **state) {
    (void)state;
    struct questionnaire q;
    assert_int_equal(questionnaire_read(canonical, sizeof canonical - 1, &q), 0);
    assert_string_equal(q.framework, "Ten competencies");
    assert_int_equal(q.version, 2);
    assert_string_equal(q.level, "5");
    assert_string_equal(q.level_name, "Heads of service");
    assert_int_equal(q.scale_count, 3);
    assert_string_equal(q.scale[2], "Always");
    assert_int_equal(q.competency_count, 2);
    assert_string_equal(q.competencies[0].definition, "Sees far.");
    assert_string_equal(q.competencies[1].cluster, "");
    assert_int_equal(q.item_count, 3);
    assert_int_equal(q.items[1].competency, 0);
    assert_string_equal(q.items[1].ineffective, "");
    assert_int_equal(q.items[2].competency, 1);
    assert_string_equal(q.items[2].effective, "Listens – always");
    assert_int_equal(q.question_count, 2);
    assert_string_equal(q.questions[1], "Anything else?");
    size_t len;
    char *again = questionnaire_write(&q, &len);
    assert_non_null(again);
    assert_int_equal(len, sizeof canonical - 1);
    assert_string_equal(again, canonical);
    free(again);
    questionnaire_free(&q);
}

static void a_text_cut_anywhere_within_a_line_is_refused(void **state) {
    (void)state;
    const char *first_item = strstr(canonical, "item\t2");
    for (size_t len = 0; len < sizeof canonical - 1; len++)
        if (len == 0 || canonical[len - 1] != '\n' || canonical + len < first_item)
            assert_refused(canonical, len);
}

// canonical with the first "from" replaced by "to".
static char *changed(const char *from, const char *to) {
    const char *found = strstr(canonical, from);
    assert_non_null(found);
    char *text = NULL;
    assert_true(asprintf(&text, "%.*s%s%s", (int)(found - canonical), canonical, to, found + strlen(from)) > 0);
    return text;
}

static void anything_not_canonical_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
    } changes[] = {
        {"candour-questionnaire 1", "candour-questionnaire 2"},
        {"candour-questionnaire 1\n", ""},
        {"framework\tTen competencies\t2\n", ""},
        {"\t2\n", "\t0\n"},
        {"\t2\n", "\t02\n"},
        {"\t2\n", "\t+2\n"},
        {"\t2\n", "\t4294967296\n"},
        {"\t2\n", "\t2\t\n"},
        {"Ten competencies", ""},
        {"level\t5\tHeads of service\n", ""},
        {"level\t5\t", "level\t\t"},
        {"\tHeads of service", ""},
        {"scale\tNever\tSometimes\tAlways\n", ""},
        {"scale\tNever\tSometimes\tAlways", "scale\tNever"},
        {"scale\tNever", "scale\t"},
        {"scale\tNever", "scale\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10"},
        {"level\t5\tHeads of service\nscale\tNever\tSometimes\tAlways\n",
         "scale\tNever\tSometimes\tAlways\nlevel\t5\tHeads of service\n"},
        {"competency\tDirection\tStrategy\tSees far.\n", ""},
        {"\tStrategy\t", "\t\t"},
        {"\tSees far.", ""},
        {"item\t1", "item\t2"},
        {"item\t1", "item\t01"},
        {"item\t3", "item\t4"},
        {"item\t3\tListens – always\tTalks\n", ""},
        {"competency\tDirection", "competency\t\tEmpty\t\ncompetency\tDirection"},
        {"\tLooks ahead\t", "\t\t"},
        {"\tLooks back", ""},
        {"\tLooks back", "\tLooks back\t"},
        {"Looks back", "Looks\x1b back"},
        {"Looks back", "Looks \xe2\x80\xae back"},
        {"Looks back", "Looks \xff back"},
        {"question\tWhat", "question\t\tWhat"},
        {"question\tWhat to keep doing?", "question\t"},
        {"Anything else?\n", "Anything else?"},
        {"Anything else?\n", "Anything else?\n\n"},
        {"Anything else?\n", "Anything else?\nother\tline\n"},
        {"Anything else?\n", "Anything else?\nlevel\t5\tHeads of service\n"},
        {"Anything else?\n", "Anything else?\r\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        char *text = changed(changes[i].from, changes[i].to);
        assert_refused(text, strlen(text));
        free(text);
    }
    assert_refused(canonical, sizeof canonical); // with its NUL
}

// A questionnaire of so many of everything; 1: it was read.
static int read_sized(unsigned scale, unsigned competencies, unsigned items, unsigned questions) {
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    fputs("candour-questionnaire 1\nframework\tF\t1\nlevel\t4\t\nscale", out);
    for (unsigned i = 0; i < scale; i++)
        fprintf(out, "\t%u", i);
    fputc('\n', out);
    for (unsigned i = 0, item = 0; i < competencies; i++) {
        fprintf(out, "competency\t\tC%u\t\n", i);
        for (; item < items && (item <= i || i + 1 == competencies); item++)
            fprintf(out, "item\t%u\tDoes\t\n", item + 1);
    }
    for (unsigned i = 0; i < questions; i++)
        fprintf(out, "question\tQ%u\n", i);
    fclose(out);
    struct questionnaire q;
    int r = questionnaire_read(text, len, &q);
    free(text);
    if (r < 0)
        return 0;
    assert_int_equal(q.item_count, items);
    questionnaire_free(&q);
    return 1;
}

static void every_count_has_its_limit(void **state) {
    (void)state;
    assert_int_equal(read_sized(10, 64, 200, 8), 1);
    assert_int_equal(read_sized(11, 64, 200, 8), 0);
    assert_int_equal(read_sized(10, 65, 200, 8), 0);
    assert_int_equal(read_sized(10, 64, 201, 8), 0);
    assert_int_equal(read_sized(10, 64, 200, 9), 0);
    assert_int_equal(read_sized(2, 1, 1, 0), 1);
    assert_int_equal(read_sized(1, 1, 1, 0), 0);
    assert_int_equal(read_sized(2, 1, 0, 0), 0);
}

static void the_hash_is_sha_256_of_the_text(void **state) {
    (void)state;
    const uint8_t expected[] = {0xe0, 0x38, 0x8f, 0x68, 0xe1, 0xeb, 0xbd, 0x25, 0x89, 0x15, 0x4d,
                                0x7b, 0xec, 0xe3, 0xf2, 0xb8, 0xb2, 0x05, 0xb6, 0x0f, 0x81, 0x20,
                                0xd6, 0x30, 0xa8, 0x5e, 0xd6, 0x2d, 0xcc, 0x7e, 0xaf, 0x39};
    uint8_t hash[32];
    questionnaire_hash(canonical, sizeof canonical - 1, hash);
    assert_memory_equal(hash, expected, sizeof expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_canonical_text_is_read),
        cmocka_unit_test(a_text_cut_anywhere_within_a_line_is_refused),
        cmocka_unit_test(anything_not_canonical_is_refused),
        cmocka_unit_test(every_count_has_its_limit),
        cmocka_unit_test(the_hash_is_sha_256_of_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
