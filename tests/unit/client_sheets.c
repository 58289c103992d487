// Published figures as CSV and as an OpenDocument spreadsheet: read back by other libraries than wrote them, the same
// figures as in JSON, the same bytes each time, nothing that a spreadsheet runs.
#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "client/csv.h"
#include "client/json.h"
#include "client/render/csv.h"
#include "client/render/figures.h"
#include "client/render/json.h"
#include "client/render/ods.h"
#include "tests/support/sample_report.h"
#include "tests/support/testing.h"

struct bytes {
    char *data;
    size_t len;
};

static struct bytes as_csv(const Candour__Report *const *reports, size_t count) {
    struct bytes made;
    FILE *out = open_memstream(&made.data, &made.len);
    render_csv(out, reports, count);
    fclose(out);
    return made;
}

static struct bytes as_ods(const Candour__Report *const *reports, size_t count) {
    struct bytes made;
    FILE *out = open_memstream(&made.data, &made.len);
    assert_int_equal(render_ods(out, reports, count), 0);
    fclose(out);
    return made;
}

static void the_same_report_gives_the_same_bytes(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < SAMPLE_REPORTS; kind++) {
        Candour__Report *first = sample_report_make(kind), *second = sample_report_make(kind);
        struct bytes csv = as_csv((const Candour__Report *const *)&first, 1);
        struct bytes again = as_csv((const Candour__Report *const *)&second, 1);
        assert_int_equal(csv.len, again.len);
        assert_memory_equal(csv.data, again.data, csv.len);
        struct bytes ods = as_ods((const Candour__Report *const *)&first, 1);
        struct bytes ods_again = as_ods((const Candour__Report *const *)&second, 1);
        assert_int_equal(ods.len, ods_again.len);
        assert_memory_equal(ods.data, ods_again.data, ods.len);
        free(csv.data);
        free(again.data);
        free(ods.data);
        free(ods_again.data);
        candour__report__free_unpacked(first, NULL);
        candour__report__free_unpacked(second, NULL);
    }
}

// ---------------------------------------------------------------- CSV

static const struct csv_column asked[] = {
    {"part", "part", true},      {"kind", "kind", true},     {"value", "value", true},
    {"low", "likelyfrom", true}, {"high", "likelyto", true}, {"comment", "comment", true},
};
enum { PART, KIND, VALUE, LOW, HIGH, COMMENT };

// The figures of JSON, in its order: sources, all colleagues, self, manager, as "exact 3.4 2.5 4.3".
static size_t add_figure(char lines[][64], size_t count, const json_t *figure) {
    if (json_is_null(figure))
        return count;
    if (json_is_integer(figure)) {
        snprintf(lines[count], 64, "exact %d  ", (int)json_integer_value(figure));
        return count + 1;
    }
    char value[16] = "", low[16] = "", high[16] = "";
    if (json_is_real(json_object_get(figure, "value")))
        snprintf(value, sizeof value, "%.1f", json_real_value(json_object_get(figure, "value")));
    if (json_is_real(json_object_get(figure, "low")))
        snprintf(low, sizeof low, "%.1f", json_real_value(json_object_get(figure, "low")));
    if (json_is_real(json_object_get(figure, "high")))
        snprintf(high, sizeof high, "%.1f", json_real_value(json_object_get(figure, "high")));
    snprintf(lines[count], 64, "%s %s %s %s", json_string_value(json_object_get(figure, "kind")), value, low, high);
    return count + 1;
}

static size_t add_figures(char lines[][64], size_t count, const json_t *list) {
    size_t i, k;
    json_t *one, *cell;
    json_array_foreach(list, i, one) {
        json_array_foreach(json_object_get(one, "sources"), k, cell) count = add_figure(lines, count, cell);
        count = add_figure(lines, count, json_object_get(one, "colleagues"));
        if (json_is_true(json_object_get(one, "self_not_seen")))
            snprintf(lines[count++], 64, "not_seen   ");
        else
            count = add_figure(lines, count, json_object_get(one, "self"));
        count = add_figure(lines, count, json_object_get(one, "manager"));
    }
    return count;
}

static void csv_has_the_figures_of_json(void **state) {
    (void)state;
    static char lines[1024][64];
    for (unsigned kind = 0; kind < SAMPLE_REPORTS; kind++) {
        Candour__Report *report = sample_report_make(kind);
        json_t *root = render_json(report);
        size_t expected = add_figures(lines, 0, json_object_get(root, "competencies")), at = 0;
        expected = add_figures(lines, expected, json_object_get(root, "items"));
        json_decref(root);
        struct bytes csv = as_csv((const Candour__Report *const *)&report, 1);
        struct findings findings = {0};
        struct csv_file file;
        struct problem problem;
        assert_int_equal(csv_load_text(csv.data, csv.len, asked, ARRAY_LEN(asked), &findings, &file, &problem), 0);
        assert_int_equal(findings.count, 0);
        assert_false(file.is_windows);
        for (size_t i = 0; i < file.rows; i++) {
            const char *part = csv_cell(&file, i, PART);
            if (strcmp(part, "competency") != 0 && strcmp(part, "statement") != 0)
                continue;
            char found[64];
            snprintf(found, sizeof found, "%s %s %s %s", csv_cell(&file, i, KIND), csv_cell(&file, i, VALUE),
                     csv_cell(&file, i, LOW), csv_cell(&file, i, HIGH));
            assert_true(at < expected);
            assert_string_equal(found, lines[at++]);
        }
        assert_int_equal(at, expected);
        csv_drop(&file);
        findings_free(&findings);
        free(csv.data);
        candour__report__free_unpacked(report, NULL);
    }
}

static void no_cell_of_csv_begins_a_formula(void **state) {
    (void)state;
    Candour__Report *report = sample_report_make(SAMPLE_REPORT_FORMULA);
    struct bytes csv = as_csv((const Candour__Report *const *)&report, 1);
    csv.data[csv.len] = '\0';
    for (const char *first = "=+-@\t\r\n"; *first != '\0'; first++) {
        char opening[] = {',', '"', *first, '\0'}, line[] = {'\n', '"', *first, '\0'};
        assert_null(strstr(csv.data, opening));
        assert_null(strstr(csv.data, line));
    }
    assert_non_null(strstr(csv.data, "\"'=HYPERLINK(\"\"http"));
    assert_non_null(strstr(csv.data, "\"'-2+3 "));
    assert_non_null(strstr(csv.data, "\"'\t=1"));
    free(csv.data);
    candour__report__free_unpacked(report, NULL);
}

// ---------------------------------------------------------------- ODS

static struct bytes unzip(const struct bytes *ods, const char *name) {
    zip_source_t *source = zip_source_buffer_create(ods->data, ods->len, 0, NULL);
    zip_t *zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, NULL);
    assert_non_null(zip);
    zip_stat_t is;
    assert_int_equal(zip_stat(zip, name, 0, &is), 0);
    struct bytes found = {malloc(is.size + 1), is.size};
    zip_file_t *file = zip_fopen(zip, name, 0);
    assert_int_equal(zip_fread(file, found.data, is.size), is.size);
    found.data[is.size] = '\0';
    zip_fclose(file);
    zip_discard(zip);
    return found;
}

static double count(xmlXPathContext *context, const char *what) {
    char path[512];
    snprintf(path, sizeof path, "count(%s)", what);
    xmlXPathObject *result = xmlXPathEvalExpression(BAD_CAST path, context);
    assert_non_null(result);
    double number = result->floatval;
    xmlXPathFreeObject(result);
    return number;
}

struct counted {
    unsigned rows, numbers;
};

static void count_row(void *context, const char *const *cells) {
    struct counted *counted = context;
    counted->rows++;
    for (unsigned i = 0; i < FIGURES_COLUMNS; i++)
        counted->numbers += figures_is_number(i) && cells[i] != NULL;
}

static void ods_has_a_typed_cell_for_everything(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < SAMPLE_REPORTS; kind++) {
        Candour__Report *report = sample_report_make(kind);
        struct bytes ods = as_ods((const Candour__Report *const *)&report, 1), content = unzip(&ods, "content.xml");
        xmlDoc *document = xmlReadMemory(content.data, (int)content.len, NULL, NULL, XML_PARSE_NONET);
        assert_non_null(document);
        xmlXPathContext *context = xmlXPathNewContext(document);
        xmlXPathRegisterNs(context, BAD_CAST "table", BAD_CAST "urn:oasis:names:tc:opendocument:xmlns:table:1.0");
        xmlXPathRegisterNs(context, BAD_CAST "office", BAD_CAST "urn:oasis:names:tc:opendocument:xmlns:office:1.0");
        struct counted all = {0};
        unsigned sheets = 0;
        for (unsigned part = 0; part < FIGURES_PARTS; part++) {
            unsigned before = all.rows;
            figures_rows(report, part, count_row, &all);
            sheets += all.rows > before;
        }
        assert_true(count(context, "//table:table") == sheets);
        assert_true(count(context, "//table:table/table:table-row") == all.rows);
        assert_true(count(context, "//table:table-cell[@office:value-type='float'][@office:value]") == all.numbers);
        assert_true(count(context, "//@table:formula") == 0);
        xmlXPathFreeContext(context);
        xmlFreeDoc(document);
        free(content.data);
        free(ods.data);
        candour__report__free_unpacked(report, NULL);
    }
    xmlCleanupParser();
}

// OpenDocument 1.3, part 2, 3.3: mimetype is the first file, not compressed, without an extra field.
static void ods_says_first_what_it_is(void **state) {
    (void)state;
    Candour__Report *report = sample_report_make(SAMPLE_REPORT_USUAL);
    struct bytes ods = as_ods((const Candour__Report *const *)&report, 1);
    static const char mimetype[] = "mimetypeapplication/vnd.oasis.opendocument.spreadsheet";
    assert_memory_equal(ods.data, "PK\3\4", 4);
    assert_memory_equal(ods.data + 8, "\0\0", 2);  // stored
    assert_memory_equal(ods.data + 28, "\0\0", 2); // no extra field
    assert_memory_equal(ods.data + 30, mimetype, strlen(mimetype));
    struct bytes manifest = unzip(&ods, "META-INF/manifest.xml");
    assert_non_null(strstr(manifest.data, "content.xml"));
    free(manifest.data);
    free(ods.data);
    candour__report__free_unpacked(report, NULL);
}

static void several_reports_stand_below_each_other(void **state) {
    (void)state;
    Candour__Report *reports[] = {sample_report_make(SAMPLE_REPORT_USUAL), sample_report_make(SAMPLE_REPORT_WELSH)};
    struct bytes ods = as_ods((const Candour__Report *const *)reports, 2), content = unzip(&ods, "content.xml");
    const char *first = strstr(content.data, "Anwen Price"), *second = strstr(content.data, "Siân Ŵyn");
    assert_true(first != NULL && second != NULL && first < second);
    struct bytes csv = as_csv((const Candour__Report *const *)reports, 2);
    assert_true(strstr(csv.data, "Anwen Price") < strstr(csv.data, "Siân Ŵyn"));
    free(csv.data);
    free(content.data);
    free(ods.data);
    candour__report__free_unpacked(reports[0], NULL);
    candour__report__free_unpacked(reports[1], NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_report_gives_the_same_bytes),
        cmocka_unit_test(csv_has_the_figures_of_json),
        cmocka_unit_test(no_cell_of_csv_begins_a_formula),
        cmocka_unit_test(ods_has_a_typed_cell_for_everything),
        cmocka_unit_test(ods_says_first_what_it_is),
        cmocka_unit_test(several_reports_stand_below_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
