// CSV as spreadsheets write it, and as they should not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "client/csv.h"

static const struct csv_column columns[] = {
    {"e-mail", "email mail", true},
    {"name", "name fullname", true},
    {"manager's e-mail", "manageremail linemanager", false},
};
enum { EMAIL, NAME, MANAGER };

static struct csv_file file;
static struct findings findings;
static struct problem problem;

static int load_bytes(const char *text, size_t len) {
    memset(&problem, 0, sizeof problem);
    return csv_load_text(text, len, columns, ARRAY_LEN(columns), &findings, &file, &problem);
}

static int load(const char *text) {
    return load_bytes(text, strlen(text));
}

static int end(void **state) {
    (void)state;
    csv_drop(&file);
    findings_free(&findings);
    return 0;
}

static void assert_cell(size_t row, size_t column, const char *text) {
    assert_true(row < file.rows);
    assert_string_equal(csv_cell(&file, row, column), text);
}

static void columns_are_found_by_their_synonyms_in_any_order(void **state) {
    (void)state;
    assert_int_equal(load("Full Name,E-Mail,Line_Manager\nAnn Lee,ann@example.org,bo@example.org\n"), 0);
    assert_int_equal(file.rows, 1);
    assert_cell(0, EMAIL, "ann@example.org");
    assert_cell(0, NAME, "Ann Lee");
    assert_cell(0, MANAGER, "bo@example.org");
}

static void a_part_of_a_synonym_is_not_one(void **state) {
    (void)state;
    assert_int_equal(load("email,name,manager\na@b.c,Ann,x\n"), 0);
    assert_false(file.is_there[MANAGER]);
    assert_string_equal(file.ignored, "manager");
    assert_cell(0, MANAGER, "");
}

static void a_byte_order_mark_is_not_part_of_the_first_name(void **state) {
    (void)state;
    assert_int_equal(load("\xef\xbb\xbf"
                          "email,name\na@b.c,Zo\xc3\xab\n"),
                     0);
    assert_cell(0, EMAIL, "a@b.c");
    assert_cell(0, NAME, "Zo\xc3\xab");
    assert_false(file.is_windows);
}

static void bytes_that_are_not_utf8_are_read_as_windows_1252(void **state) {
    (void)state;
    assert_int_equal(load("email;name\r\na@b.c;Zo\xeb \x93the boss\x94\r\n"), 0);
    assert_true(file.is_windows);
    assert_cell(0, NAME, "Zo\xc3\xab \xe2\x80\x9cthe boss\xe2\x80\x9d");
}

static void a_byte_that_windows_1252_does_not_have_is_refused(void **state) {
    (void)state;
    assert_int_equal(load("email,name\na@b.c,\x81\n"), -1);
    assert_int_equal(problem.code, EXIT_USAGE);
}

static void the_delimiter_is_taken_from_the_header(void **state) {
    (void)state;
    assert_int_equal(load("email;name\na@b.c;Lee, Ann\n"), 0);
    assert_cell(0, NAME, "Lee, Ann");
    csv_drop(&file);
    assert_int_equal(load("\"e;m;a;i;l\",name\na@b.c,Lee; Ann\n"), 0);
    assert_cell(0, NAME, "Lee; Ann");
}

static void a_first_line_may_name_the_delimiter(void **state) {
    (void)state;
    assert_int_equal(load("\xef\xbb\xbfsep=;\r\ne-mail;name,in,full;full name\r\na@b.c;x;Lee, Ann\r\n"), 0);
    assert_cell(0, NAME, "Lee, Ann");
    assert_int_equal(file.lines[0], 3);
    assert_string_equal(file.ignored, "name,in,full");
    csv_drop(&file);
    assert_int_equal(load("SEP=|\nemail|name\na@b.c|Ann\n"), 0);
    assert_cell(0, NAME, "Ann");
    csv_drop(&file);
    assert_int_equal(load("sep=\n"), -1);
    assert_int_equal(load("sep=;"), -1);
}

// "email<tab>name", with Zoë and a clef of four bytes below, as spreadsheets' "Unicode text" is.
static void utf16_with_its_mark_is_read(void **state) {
    (void)state;
    static const char text[] = "email\tname\r\na@b.c\tZo";
    static const unsigned char rest[] = {0x00, 0xeb, 0xd8, 0x34, 0xdd, 0x1e};
    char little[128] = "\xff\xfe", big[128] = "\xfe\xff";
    size_t len = 2;
    for (size_t i = 0; text[i] != '\0'; i++, len += 2)
        little[len] = big[len + 1] = text[i];
    for (size_t i = 0; i < sizeof rest; i++) {
        big[len + i] = (char)rest[i];
        little[len + i] = (char)rest[i ^ 1];
    }
    len += sizeof rest;
    assert_int_equal(load_bytes(little, len), 0);
    assert_cell(0, NAME, "Zo\xc3\xab\xf0\x9d\x84\x9e");
    assert_false(file.is_windows);
    csv_drop(&file);
    assert_int_equal(load_bytes(big, len), 0);
    assert_cell(0, EMAIL, "a@b.c");
    assert_cell(0, NAME, "Zo\xc3\xab\xf0\x9d\x84\x9e");
    csv_drop(&file);
    assert_int_equal(load_bytes(big, len - 1), -1); // half a character
    assert_int_equal(problem.code, EXIT_USAGE);
    assert_int_equal(load_bytes(big + 2, len - 2), -1); // nothing says what it is
    assert_non_null(strstr(problem.sentence, "UTF-16"));
}

static void a_row_is_known_by_its_line_in_the_file(void **state) {
    (void)state;
    assert_int_equal(load("\r\nemail,name\r\n\r\na@b.c,\"Ann\r\nLee\"\r\n  \r\nb@b.c,Bo\r\n,,\r\nc@b.c,Cy"), 0);
    assert_int_equal(file.rows, 3);
    assert_int_equal(file.lines[0], 4);
    assert_cell(0, NAME, "Ann\r\nLee");
    assert_int_equal(file.lines[1], 7);
    assert_int_equal(file.lines[2], 9);
    assert_cell(2, NAME, "Cy");
}

static void lines_may_end_as_on_old_computers(void **state) {
    (void)state;
    assert_int_equal(load("email,name\ra@b.c,Ann\rb@b.c,Bo"), 0);
    assert_int_equal(file.rows, 2);
    assert_int_equal(file.lines[1], 3);
}

static void cells_are_trimmed(void **state) {
    (void)state;
    assert_int_equal(load("email,name\n a@b.c ,\" \xc2\xa0 Ann \"\n"), 0);
    assert_cell(0, EMAIL, "a@b.c");
    assert_cell(0, NAME, "Ann");
}

static void missing_columns_are_all_named(void **state) {
    (void)state;
    assert_int_equal(load("Nachname;Telefon\nLee;1\n"), -1);
    assert_int_equal(problem.code, EXIT_USAGE);
    assert_non_null(strstr(problem.sentence, "e-mail, name"));
    assert_non_null(strstr(problem.sentence, "Nachname, Telefon"));
}

static void two_columns_of_one_meaning_are_refused(void **state) {
    (void)state;
    assert_int_equal(load("email,mail,name\na@b.c,b@b.c,Ann\n"), -1);
    assert_non_null(strstr(problem.sentence, "Two columns"));
}

static void a_row_with_too_many_fields_is_named(void **state) {
    (void)state;
    assert_int_equal(load("email,name\na@b.c,Lee, Ann\nb@b.c,Bo,\n"), 0);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].line, 2);
}

static void a_quotation_mark_that_is_never_closed_is_refused_with_its_line(void **state) {
    (void)state;
    assert_int_equal(load("email,name\na@b.c,Ann\nb@b.c,\"Bo\nc@b.c,Cy\n"), -1);
    assert_non_null(strstr(problem.sentence, "Line 3"));
    assert_int_equal(load("email,name\na@b.c,\"Ann\" Lee\n"), -1);
    assert_non_null(strstr(problem.sentence, "Line 2"));
}

static void what_is_no_csv_file_is_told_so(void **state) {
    (void)state;
    assert_int_equal(load("PK\3\4whatever"), -1);
    assert_non_null(strstr(problem.sentence, "spreadsheet"));
    assert_int_equal(load_bytes("e\0m\0a\0", 6), -1);
    assert_int_equal(load(""), -1);
    assert_int_equal(load("email,name\n"), -1);
    assert_int_equal(load("\n\n"), -1);
}

static void a_missing_file_is_told_so(void **state) {
    (void)state;
    assert_int_equal(csv_load("/nonexistent/people.csv", columns, ARRAY_LEN(columns), &findings, &file, &problem), -1);
    assert_int_equal(problem.code, EXIT_NOT_FOUND);
    assert_non_null(strstr(problem.sentence, "/nonexistent/people.csv"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(columns_are_found_by_their_synonyms_in_any_order, end),
        cmocka_unit_test_teardown(a_part_of_a_synonym_is_not_one, end),
        cmocka_unit_test_teardown(a_byte_order_mark_is_not_part_of_the_first_name, end),
        cmocka_unit_test_teardown(bytes_that_are_not_utf8_are_read_as_windows_1252, end),
        cmocka_unit_test_teardown(a_byte_that_windows_1252_does_not_have_is_refused, end),
        cmocka_unit_test_teardown(the_delimiter_is_taken_from_the_header, end),
        cmocka_unit_test_teardown(a_first_line_may_name_the_delimiter, end),
        cmocka_unit_test_teardown(utf16_with_its_mark_is_read, end),
        cmocka_unit_test_teardown(a_row_is_known_by_its_line_in_the_file, end),
        cmocka_unit_test_teardown(lines_may_end_as_on_old_computers, end),
        cmocka_unit_test_teardown(cells_are_trimmed, end),
        cmocka_unit_test_teardown(missing_columns_are_all_named, end),
        cmocka_unit_test_teardown(two_columns_of_one_meaning_are_refused, end),
        cmocka_unit_test_teardown(a_row_with_too_many_fields_is_named, end),
        cmocka_unit_test_teardown(a_quotation_mark_that_is_never_closed_is_refused_with_its_line, end),
        cmocka_unit_test_teardown(what_is_no_csv_file_is_told_so, end),
        cmocka_unit_test_teardown(a_missing_file_is_told_so, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
