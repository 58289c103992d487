// The PDF of every sample, judged by other programs: poppler reads it, qpdf checks it, and its structure is complete.
#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/render/json.h"
#include "client/render/outline.h"
#include "client/render/pdf.h"
#include "tests/support/sample_report.h"
#include "tests/support/testing.h"

static char folder[64] = "/tmp/candour-pdf-XXXXXX";

static char *path_of(enum sample_report which) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s.pdf", folder, which < SAMPLE_REPORTS ? sample_report_name(which) : "changed");
    return path;
}

static bool has_boxes;

static int draw(FILE *out, const Candour__Report *report) {
    struct outline *outline = outline_make(report);
    assert_non_null(outline);
    int result = render_pdf(out, outline, report->close, &has_boxes);
    outline_free(outline);
    return result;
}

static int make_all(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    for (unsigned which = 0; which < SAMPLE_REPORTS; which++) {
        Candour__Report *report = sample_report_make(which);
        FILE *out = fopen(path_of(which), "w");
        assert_int_equal(draw(out, report), 0);
        assert_int_equal(fclose(out), 0);
        candour__report__free_unpacked(report, NULL);
    }
    return 0;
}

static int drop_all(void **state) {
    (void)state;
    for (unsigned which = 0; which < SAMPLE_REPORTS; which++)
        unlink(path_of(which));
    rmdir(folder);
    render_pdf_end();
    return 0;
}

// What a program says of a sample; it must end well. "%s" in the command stands for the file.
static char *ask(const char *command, enum sample_report which) {
    char whole[512], *said = NULL;
    size_t len;
    char part[4096];
    const char *file = strstr(command, "%s");
    snprintf(whole, sizeof whole, "%.*s%s%s 2>&1", (int)(file - command), command, path_of(which), file + 2);
    FILE *in = popen(whole, "r"), *memory = open_memstream(&said, &len);
    for (size_t got; (got = fread(part, 1, sizeof part, in)) > 0;)
        fwrite(part, 1, got, memory);
    int status = pclose(in);
    fclose(memory);
    if (status != 0)
        fail_msg("%s: %d\n%s", whole, status, said);
    for (size_t i = 0; i < len; i++) // streams of a PDF are bytes
        if (said[i] == '\0')
            said[i] = '?';
    return said;
}

static unsigned count(const char *text, const char *what) {
    unsigned found = 0;
    while ((text = strstr(text, what)) != NULL) {
        found++;
        text += strlen(what);
    }
    return found;
}

// ---------------------------------------------------------------- the file

static void qpdf_finds_nothing_wrong(void **state) {
    (void)state;
    for (unsigned which = 0; which < SAMPLE_REPORTS; which++) {
        char *said = ask("qpdf --check %s", which);
        assert_non_null(strstr(said, "No syntax or stream encoding errors found"));
        free(said);
    }
}

static void the_same_report_gives_the_same_bytes(void **state) {
    (void)state;
    for (unsigned which = 0; which < SAMPLE_REPORTS; which++) {
        Candour__Report *report = sample_report_make(which);
        char *again;
        size_t len;
        FILE *out = open_memstream(&again, &len);
        assert_int_equal(draw(out, report), 0);
        fclose(out);
        candour__report__free_unpacked(report, NULL);
        FILE *file = fopen(path_of(which), "r");
        char *first = malloc(len + 1);
        assert_int_equal(fread(first, 1, len + 1, file), len);
        assert_memory_equal(first, again, len);
        fclose(file);
        free(first);
        free(again);
    }
}

static void it_is_tagged_and_says_what_it_is(void **state) {
    (void)state;
    for (unsigned which = 0; which < SAMPLE_REPORTS; which++) {
        char *said = ask("TZ=UTC pdfinfo -isodates %s", which);
        assert_non_null(strstr(said, "Tagged:          yes"));
        assert_non_null(strstr(said, "Title:           Feedback for "));
        assert_non_null(strstr(said, "Page size:       595 x 842 pts (A4)"));
        assert_null(strstr(said, "\xe2\x81\xa8")); // no isolate
        free(said);
    }
    char *said = ask("TZ=UTC pdfinfo -isodates %s", SAMPLE_REPORT_WELSH);
    assert_non_null(strstr(said, "Siân Ŵyn-Llŷr ap Gruffydd"));
    free(said);
}

static void a_usual_report_has_at_most_12_pages(void **state) {
    (void)state;
    char *said = ask("pdfinfo %s", SAMPLE_REPORT_USUAL);
    const char *pages = strstr(said, "Pages:");
    assert_non_null(pages);
    assert_in_range(atoi(pages + strlen("Pages:")), 1, 12);
    free(said);
}

// ---------------------------------------------------------------- structure

static void every_element_is_complete(void **state) {
    (void)state;
    for (unsigned which = 0; which < SAMPLE_REPORTS; which++) {
        char *objects = ask("qpdf --qdf --object-streams=disable %s -", which);
        assert_int_equal(count(objects, "/Lang (en)"), 1);
        assert_int_equal(count(objects, "/DisplayDocTitle true"), 1);
        assert_int_equal(count(objects, "/S /H1\n"), 1);
        assert_true(count(objects, "/S /H2\n") > 4);
        assert_true(which == SAMPLE_REPORT_NOTHING || count(objects, "/S /Figure\n") > 0);
        assert_int_equal(count(objects, "/S /Figure\n"), count(objects, "/Alt <") + count(objects, "/Alt ("));
        assert_int_equal(count(objects, "/Alt ()"), 0);
        assert_true(count(objects, "/S /TH\n") > 0);
        assert_int_equal(count(objects, "/S /TH\n"),
                         count(objects, "/Scope /Column\n") + count(objects, "/Scope /Row\n"));
        assert_int_equal(count(objects, "NonStruct"), 0);
        assert_true(count(objects, "/Artifact BMC") >= count(objects, "/Type /Page\n")); // a foot on each
        free(objects);
    }
}

// Nothing is drawn outside of a mark: what is neither content nor an artifact would be lost or read at random.
static void everything_drawn_is_marked(void **state) {
    (void)state;
    for (unsigned which = 0; which < SAMPLE_REPORTS; which++) {
        char *objects = ask("qpdf --qdf --object-streams=disable %s -", which);
        unsigned drawn = 0;
        int depth = 0;
        bool is_content = false;
        for (char *line = strtok(objects, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            size_t len = strlen(line);
            is_content = strcmp(line, "endstream") != 0 &&
                         (is_content || strncmp(line, "%% Contents for page", strlen("%% Contents for page")) == 0);
            if (!is_content)
                continue;
            const char *end = len > 4 ? line + len - 4 : line;
            if (strcmp(end, " BDC") == 0 || strcmp(end, " BMC") == 0) {
                depth++;
            } else if (strcmp(line, "EMC") == 0) {
                depth--;
            } else if (strcmp(line, "BT") == 0 || strcmp(end + 2, " S") == 0 || strcmp(end + 2, " f") == 0) {
                assert_true(depth > 0);
                drawn++;
            }
            assert_in_range(depth, 0, 2);
        }
        assert_int_equal(depth, 0);
        assert_true(drawn > 20);
        free(objects);
    }
}

// ---------------------------------------------------------------- figures

static void add_number(FILE *out, const json_t *number) {
    if (json_is_number(number))
        fprintf(out, "%.1f ", json_number_value(number));
}

static void add_figure(FILE *out, const json_t *figure) {
    if (json_is_integer(figure)) {
        add_number(out, figure);
    } else if (json_is_object(figure)) {
        add_number(out, json_object_get(figure, "value"));
        add_number(out, json_object_get(figure, "low"));
        add_number(out, json_object_get(figure, "high"));
    }
}

// In the order of columns and lanes.
static void add_figures(FILE *out, const json_t *one) {
    const json_t *sources = json_object_get(one, "sources");
    for (size_t i = 0; i < json_array_size(sources); i++)
        add_figure(out, json_array_get(sources, i));
    if (json_array_size(sources) > 1)
        add_figure(out, json_object_get(one, "colleagues"));
    add_figure(out, json_object_get(one, "manager"));
    add_figure(out, json_object_get(one, "self"));
}

// Each cluster has a chart, and then a table with the same figures.
static void add_competencies(FILE *out, const json_t *list) {
    for (size_t first = 0, end = 0; first < json_array_size(list); first = end) {
        const json_t *cluster = json_object_get(json_array_get(list, first), "cluster");
        while (end < json_array_size(list) &&
               json_equal(cluster, json_object_get(json_array_get(list, end), "cluster")))
            end++;
        for (unsigned time = 0; time < 2; time++)
            for (size_t i = first; i < end; i++)
                add_figures(out, json_array_get(list, i));
    }
}

// The decimals between two headings of the PDF's text, in reading order.
static void add_decimals(FILE *out, const char *text, const char *from, const char *until) {
    regex_t decimal;
    regmatch_t at;
    const char *begin = strstr(text, from), *end = begin != NULL ? strstr(begin, until) : NULL;
    if (end == NULL)
        return; // the report has no such section
    assert_int_equal(regcomp(&decimal, "[0-9]+[.][0-9]", REG_EXTENDED), 0);
    while (regexec(&decimal, begin, 1, &at, 0) == 0 && begin + at.rm_so < end) {
        fprintf(out, "%.*s ", (int)(at.rm_eo - at.rm_so), begin + at.rm_so);
        begin += at.rm_eo;
    }
    regfree(&decimal);
}

static void it_has_the_figures_of_json(void **state) {
    (void)state;
    for (unsigned which = 0; which < SAMPLE_REPORTS; which++) {
        Candour__Report *report = sample_report_make(which);
        json_t *root = render_json(report);
        char *text = ask("pdftotext -raw %s -", which), *expected, *found;
        size_t len;
        FILE *out = open_memstream(&expected, &len);
        add_competencies(out, json_object_get(root, "competencies"));
        for (size_t i = 0; i < report->n_items; i++)
            add_figures(out, json_array_get(json_object_get(root, "items"), i));
        fclose(out);
        out = open_memstream(&found, &len);
        bool has_views = strstr(text, "\nYour view and your colleagues'\n") != NULL;
        add_decimals(out, text, "\nCompetencies\n", has_views ? "\nYour view and your" : "\nStatements\n");
        add_decimals(out, text, "\nStatements\n", "\nComments\n");
        fclose(out);
        assert_string_equal(found, expected);
        assert_int_equal(strlen(expected) > 0, which != SAMPLE_REPORT_NOTHING);
        free(found);
        free(expected);
        free(text);
        json_decref(root);
        candour__report__free_unpacked(report, NULL);
    }
}

static void texts_of_all_scripts_can_be_read(void **state) {
    (void)state;
    char *welsh = ask("pdftotext %s -", SAMPLE_REPORT_WELSH), *hebrew = ask("pdftotext %s -", SAMPLE_REPORT_HEBREW);
    assert_non_null(strstr(welsh, "Siân Ŵyn-Llŷr ap Gruffydd"));
    assert_non_null(strstr(welsh, "Ŵ ŵ Ŷ ŷ"));
    assert_non_null(strstr(hebrew, "דוד כהן"));
    assert_non_null(strstr(hebrew, "אסטרטגית"));
    assert_non_null(strstr(hebrew, "استمر"));
    free(welsh);
    free(hebrew);
}

static bool is_heading(const struct outline *outline, const char *line, size_t len) {
    for (const struct outline_section *section = outline->sections; section != NULL; section = section->next) {
        if (strlen(section->heading) == len && memcmp(section->heading, line, len) == 0)
            return true;
        for (const struct outline_block *block = section->blocks; block != NULL; block = block->next) {
            const char *text = block->kind == OUTLINE_HEADING ? block->text : "";
            size_t mark = strncmp(text, OUTLINE_ISOLATE, strlen(OUTLINE_ISOLATE)) == 0 ? strlen(OUTLINE_ISOLATE) : 0;
            if (len > 0 && strlen(text) == len + 2 * mark && memcmp(text + mark, line, len) == 0)
                return true;
        }
    }
    return false;
}

// Comments of all heights, so that every page break falls everywhere between a heading and what follows.
static void no_heading_stands_alone_at_the_foot(void **state) {
    (void)state;
    enum { LINES_MAX = 40 };
    for (unsigned lines = 1; lines <= LINES_MAX; lines += 2) {
        char text[2 * LINES_MAX];
        Candour__Report *report = sample_report_make(SAMPLE_REPORT_USUAL);
        for (unsigned i = 0; i < 2 * lines; i++)
            text[i] = i % 2 == 0 ? 'x' : '\n';
        for (size_t i = 0; i < report->n_comments; i++) {
            ProtobufCBinaryData *comment = &report->comments[i]->comments[0]->text;
            free(comment->data);
            *comment = (ProtobufCBinaryData){2 * lines - 1, (uint8_t *)strndup(text, 2 * lines - 1)};
        }
        FILE *out = fopen(path_of(SAMPLE_REPORTS), "w");
        assert_int_equal(draw(out, report), 0);
        assert_int_equal(fclose(out), 0);
        struct outline *outline = outline_make(report);
        char *said = ask("pdftotext -raw %s -", SAMPLE_REPORTS);
        for (char *page = said, *end; (end = strchr(page, '\f')) != NULL; page = end + 1) {
            char *last = end - 1; // of the lines of a page, each of which ends with a line feed
            while (last > page && last[-1] != '\n')
                last--;
            if (is_heading(outline, last, (size_t)(end - last) - 1))
                fail_msg("%u lines: a page ends with %.*s", lines, (int)(end - last), last);
        }
        free(said);
        outline_free(outline);
        candour__report__free_unpacked(report, NULL);
    }
    unlink(path_of(SAMPLE_REPORTS));
}

static void letters_that_no_font_has_are_told(void **state) {
    (void)state;
    static const char nobodys[] = "\xf3\xb0\x80\x80"; // U+F0000, for private use
    for (unsigned i = 0; i < 2; i++) {
        Candour__Report *report = sample_report_make(SAMPLE_REPORT_USUAL);
        ProtobufCBinaryData *comment = &report->comments[0]->comments[0]->text;
        free(comment->data);
        *comment = (ProtobufCBinaryData){4, (uint8_t *)strndup(i == 0 ? "here" : nobodys, 4)};
        FILE *out = fopen(path_of(SAMPLE_REPORTS), "w");
        assert_int_equal(draw(out, report), 0);
        assert_int_equal(fclose(out), 0);
        assert_int_equal(has_boxes, i);
        candour__report__free_unpacked(report, NULL);
    }
    unlink(path_of(SAMPLE_REPORTS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qpdf_finds_nothing_wrong),          cmocka_unit_test(the_same_report_gives_the_same_bytes),
        cmocka_unit_test(it_is_tagged_and_says_what_it_is),  cmocka_unit_test(a_usual_report_has_at_most_12_pages),
        cmocka_unit_test(every_element_is_complete),         cmocka_unit_test(everything_drawn_is_marked),
        cmocka_unit_test(it_has_the_figures_of_json),        cmocka_unit_test(texts_of_all_scripts_can_be_read),
        cmocka_unit_test(letters_that_no_font_has_are_told), cmocka_unit_test(no_heading_stands_alone_at_the_foot),
    };
    return cmocka_run_group_tests(tests, make_all, drop_all);
}
