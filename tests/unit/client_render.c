// A report in the terminal and as JSON: the same figures, nothing that is hidden, nothing that commands a terminal.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "client/json.h"
#include "client/output.h"
#include "client/render/csv.h"
#include "client/render/json.h"
#include "client/render/outline.h"
#include "client/render/terminal.h"
#include "client/render/words.h"

static ProtobufCBinaryData text(const char *string) {
    return (ProtobufCBinaryData){strlen(string), (uint8_t *)(uintptr_t)string};
}

static Candour__Figure hidden, exact, at_least, not_seen, self_figure;
static Candour__Figure *first_cells[2], *second_cells[2];
static Candour__Group peers[] = {CANDOUR__GROUP__PEER}, merged[] = {CANDOUR__GROUP__REPORT, CANDOUR__GROUP__OTHER};
static Candour__ReportCell cells[2], *cell_list[2];
static Candour__Bands bands, *band_list[1];
static Candour__ReportItem items[2], *item_list[2];
static Candour__ReportCompetency competency, *competency_list[1];
static Candour__ReportComment comments[2], *comment_list[2];
static Candour__ReportComments question, *question_list[1];
static Candour__ReportGroup groups[4], *group_list[4];
static Candour__Rules rules;
static ProtobufCBinaryData scale[5];
static Candour__Report report;

static Candour__Figure figure(Candour__FigureKind kind, uint32_t tenths, uint32_t low, uint32_t high) {
    Candour__Figure f = CANDOUR__FIGURE__INIT;
    f.kind = kind;
    f.tenths = tenths;
    f.ballots = tenths > 0 ? 5 : 0;
    f.has_low_tenths = f.has_high_tenths = low > 0;
    f.low_tenths = low;
    f.high_tenths = high;
    return f;
}

static void make_items(void) {
    for (size_t i = 0; i < 2; i++) {
        candour__report_item__init(&items[i]);
        item_list[i] = &items[i];
        items[i].n_cells = 2;
        items[i].cells = i == 0 ? first_cells : second_cells;
    }
    items[0].effective = text("Looks ahead");
    items[0].has_ineffective = true;
    items[0].ineffective = text("Looks back");
    items[0].has_self = true;
    items[0].self = 5;
    items[0].colleagues = &exact;
    items[1].effective = text("Listens");
    items[1].has_self = true;
    items[1].self = 255;
    candour__bands__init(&bands);
    bands.kind = CANDOUR__BANDS_KIND__MOSTLY_LOWER;
    band_list[0] = &bands;
    items[1].n_bands = 1;
    items[1].bands = band_list;
}

static void make_sources(void) {
    for (size_t i = 0; i < 2; i++) {
        candour__report_cell__init(&cells[i]);
        cell_list[i] = &cells[i];
        cells[i].invited = 7;
        cells[i].ballots = 5;
    }
    cells[0].groups = peers;
    cells[0].n_groups = 1;
    cells[1].groups = merged;
    cells[1].n_groups = 2;
    for (size_t i = 0; i < 4; i++) {
        candour__report_group__init(&groups[i]);
        groups[i].group = (Candour__Group[]){CANDOUR__GROUP__SELF, CANDOUR__GROUP__MANAGER, CANDOUR__GROUP__PEER,
                                             CANDOUR__GROUP__REPORT}[i];
        groups[i].invited = i < 2 ? 1 : 7;
        groups[i].outcome =
            (Candour__GroupOutcome[]){CANDOUR__GROUP_OUTCOME__ANSWERED, CANDOUR__GROUP_OUTCOME__NO_ANSWER,
                                      CANDOUR__GROUP_OUTCOME__SHOWN, CANDOUR__GROUP_OUTCOME__SHOWN_MERGED}[i];
        group_list[i] = &groups[i];
    }
}

static void make_comments(void) {
    for (size_t i = 0; i < 2; i++) {
        candour__report_comment__init(&comments[i]);
        comment_list[i] = &comments[i];
    }
    comments[0].text = text("Keep asking questions.\x1b[31m");
    comments[1].text = text("Talk to us more.");
    comments[1].has_source = true;
    comments[1].source = CANDOUR__GROUP__MANAGER;
    candour__report_comments__init(&question);
    question.question = text("What should this person keep doing?");
    question.comments = comment_list;
    question.n_comments = 2;
    question_list[0] = &question;
}

static int make(void **state) {
    (void)state;
    static const char *const labels[] = {"Never", "Rarely", "Sometimes", "Often", "Always"};
    hidden = figure(CANDOUR__FIGURE_KIND__HIDDEN, 0, 0, 0);
    exact = figure(CANDOUR__FIGURE_KIND__EXACT, 34, 25, 43);
    at_least = figure(CANDOUR__FIGURE_KIND__AT_LEAST, 42, 33, 50);
    not_seen = figure(CANDOUR__FIGURE_KIND__NOT_SEEN, 0, 0, 0);
    self_figure = figure(CANDOUR__FIGURE_KIND__EXACT, 50, 0, 0);
    first_cells[0] = &exact;
    first_cells[1] = &hidden;
    second_cells[0] = &at_least;
    second_cells[1] = &not_seen;
    make_sources();
    make_items();
    make_comments();
    candour__report_competency__init(&competency);
    competency.name = text("Strategic thinking");
    competency.n_cells = 2;
    competency.cells = first_cells;
    competency.colleagues = &exact;
    competency.self = &self_figure;
    competency_list[0] = &competency;
    candour__rules__init(&rules);
    rules.threshold = rules.comments_pooled = 4;
    for (size_t i = 0; i < 5; i++)
        scale[i] = text(labels[i]);
    candour__report__init(&report);
    report.round_name = text("Spring 2026");
    report.organisation = text("Example Council");
    report.subject_name = text("Ann Lee");
    report.framework = text("Ours");
    report.level = text("5");
    report.answer_from = 1796083200;
    report.close = 1797292800;
    report.rules = &rules;
    report.scale = scale;
    report.n_scale = 5;
    report.groups = group_list;
    report.n_groups = 4;
    report.band_end = 3;
    report.cells = cell_list;
    report.n_cells = 2;
    report.competencies = competency_list;
    report.n_competencies = 1;
    report.items = item_list;
    report.n_items = 2;
    report.comments = question_list;
    report.n_comments = 1;
    report.item_spread_tenths = report.competency_spread_tenths = 10;
    return 0;
}

// ---------------------------------------------------------------- terminal

static char *in_terminal(void) {
    char *shown = NULL;
    size_t size;
    FILE *out = open_memstream(&shown, &size);
    struct outline *outline = outline_make(&report);
    assert_non_null(outline);
    render_terminal(out, outline);
    outline_free(outline);
    fclose(out);
    return shown;
}

static void assert_shows(const char *words) {
    char *shown = in_terminal();
    if (strstr(shown, words) == NULL)
        fail_msg("\"%s\" is not in:\n%s", words, shown);
    free(shown);
}

static void assert_shows_not(const char *words) {
    char *shown = in_terminal();
    if (strstr(shown, words) != NULL)
        fail_msg("\"%s\" is in:\n%s", words, shown);
    free(shown);
}

static void figures_are_words_with_their_likely_range(void **state) {
    (void)state;
    assert_shows("    Peers                                     3.4 (2.5 to 4.3)\n");
    assert_shows("    Peers                                     4.2 or above (3.3 to 5.0)\n");
    assert_shows("    Direct reports and others together        too few answers\n");
    assert_shows("    Direct reports and others together        mostly not seen\n");
    assert_shows("    You                                       5.0\n");
    assert_shows("    You                                       not seen\n");
}

static void who_answered_stands_at_the_beginning(void **state) {
    (void)state;
    assert_shows("  Peers                               7             5\n");
    assert_shows("  You                                 1             answered\n");
    assert_shows("  Manager                             1             no answer\n");
}

static void an_example_is_drawn(void **state) {
    (void)state;
    assert_shows("    1         2         3         4         5\n"
                 "    |---------|---------|---------|---------|\n"
                 "                    [=======o=======]\n");
}

static void a_point_of_several_lines_is_indented_behind_its_mark(void **state) {
    (void)state;
    comments[0].text = text("one two three four five six seven eight nine ten eleven twelve thirteen fourteen");
    report.level = text("one two three four five six seven eight nine ten eleven twelve thirteen fourteen");
    assert_shows("    Level          one two three four five six seven eight nine ten eleven\n"
                 "                   twelve thirteen fourteen\n");
    assert_shows("    - one two three four five six seven eight nine ten eleven twelve thirteen\n"
                 "      fourteen\n");
}

static void without_a_cell_one_sentence_says_why(void **state) {
    (void)state;
    report.n_cells = competency.n_cells = items[0].n_cells = items[1].n_cells = items[1].n_bands = 0;
    competency.colleagues = items[0].colleagues = NULL;
    report.comments_hidden = true;
    groups[2].outcome = groups[3].outcome = CANDOUR__GROUP_OUTCOME__TOO_FEW;
    assert_true(words_is_sound(&report));
    assert_shows("Fewer than 4 colleagues answered, all groups together.");
    assert_shows("too few to show\n");
    assert_shows_not("2.5 to");
}

static void comments_name_their_source_only_when_it_is_known(void **state) {
    (void)state;
    assert_shows("    - Keep asking questions.");
    assert_shows("    - Manager: Talk to us more.");
}

static void text_of_people_cannot_command_the_terminal(void **state) {
    (void)state;
    assert_shows_not("\x1b");
    report.subject_name = text("Ann\r\n\x9b"
                               "2J");
    assert_shows_not("\x9b");
    assert_shows_not("\r");
}

static void every_line_fits_80_columns(void **state) {
    (void)state;
    Candour__Group all[] = {CANDOUR__GROUP__PEER, CANDOUR__GROUP__REPORT, CANDOUR__GROUP__OTHER};
    cells[1].groups = all;
    cells[1].n_groups = 3;
    first_cells[1] = &at_least;
    report.round_name =
        text("A very long name of a round that goes on and on and on, up to one hundred and twenty bytes");
    for (size_t n = 2; n <= 5; n++) {
        report.n_scale = n;
        items[0].self = 1;
        char *shown = in_terminal();
        for (char *line = strtok(shown, "\n"); line != NULL; line = strtok(NULL, "\n"))
            if (output_width(line) > 80)
                fail_msg("%zu columns: %s", output_width(line), line);
        free(shown);
    }
    assert_shows("Peers, direct reports and others together");
}

// ---------------------------------------------------------------- soundness

static void a_report_with_a_wrong_index_is_not_rendered(void **state) {
    (void)state;
    assert_true(words_is_sound(&report));
    items[1].competency = 1;
    assert_false(words_is_sound(&report));
    items[1].competency = 0;
    bands.cell = 2;
    assert_false(words_is_sound(&report));
    bands.cell = 0;
    items[0].n_cells = 1;
    assert_false(words_is_sound(&report));
    items[0].n_cells = 2;
    exact.kind = (Candour__FigureKind)9;
    assert_false(words_is_sound(&report));
    exact.kind = CANDOUR__FIGURE_KIND__EXACT;
    peers[0] = (Candour__Group)7;
    assert_false(words_is_sound(&report));
    peers[0] = CANDOUR__GROUP__MANAGER;
    assert_false(words_is_sound(&report));
    peers[0] = CANDOUR__GROUP__PEER;
    report.n_scale = 1;
    assert_false(words_is_sound(&report));
}

// ---------------------------------------------------------------- JSON

// Through the text, as a script sees it.
static json_t *as_json(void) {
    char *shown = NULL;
    size_t size;
    FILE *out = open_memstream(&shown, &size);
    json_write(out, render_json(&report));
    fclose(out);
    json_t *root = json_loads(shown, 0, NULL);
    assert_non_null(root);
    free(shown);
    return root;
}

static json_t *figure_at(json_t *root, size_t item, size_t source) {
    return json_array_get(json_object_get(json_array_get(json_object_get(root, "items"), item), "sources"), source);
}

static void json_has_figures_as_decimals(void **state) {
    (void)state;
    json_t *root = as_json(), *f = figure_at(root, 0, 0);
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "candour/report/1");
    assert_string_equal(json_string_value(json_object_get(f, "kind")), "exact");
    assert_true(json_real_value(json_object_get(f, "value")) == 3.4);
    assert_true(json_real_value(json_object_get(f, "low")) == 2.5);
    assert_true(json_real_value(json_object_get(f, "high")) == 4.3);
    assert_string_equal(json_string_value(json_object_get(figure_at(root, 1, 0), "kind")), "at_least");
    assert_string_equal(json_string_value(json_object_get(root, "close")), "2026-12-15T00:00:00Z");
    json_decref(root);
}

static void json_has_null_and_a_reason_for_what_is_hidden(void **state) {
    (void)state;
    json_t *root = as_json();
    for (size_t item = 0; item < 2; item++) {
        json_t *f = figure_at(root, item, 1);
        assert_true(json_is_null(json_object_get(f, "value")));
        assert_true(json_string_length(json_object_get(f, "reason")) > 0);
        assert_null(json_object_get(f, "ballots"));
        assert_null(json_object_get(f, "low"));
    }
    json_t *second = json_array_get(json_object_get(root, "items"), 1);
    assert_true(json_is_null(json_object_get(second, "self")));
    assert_true(json_is_true(json_object_get(second, "self_not_seen")));
    json_t *band = json_array_get(json_object_get(second, "bands"), 0);
    assert_null(json_object_get(band, "lower"));
    json_decref(root);
}

static void json_text_is_cleaned(void **state) {
    (void)state;
    json_t *root = as_json();
    json_t *list = json_object_get(json_array_get(json_object_get(root, "comments"), 0), "comments");
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "text")),
                        "Keep asking questions.?[31m");
    assert_true(json_is_null(json_object_get(json_array_get(list, 0), "source")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "source")), "manager");
    json_decref(root);
}

// ---------------------------------------------------------------- spreadsheets

static void csv_has_a_row_for_each_figure(void **state) {
    (void)state;
    char *shown = NULL;
    size_t size;
    FILE *out = open_memstream(&shown, &size);
    const Candour__Report *reports[] = {&report};
    comments[1].text = text("=2+3, \"he\" said");
    render_csv(out, reports, 1);
    fclose(out);
    assert_true(size > 3 && memcmp(shown, "\xef\xbb\xbf\"round\",\"about\"", 18) == 0);
    static const char *const rows[] = {
        "\"Peers\",7,5,\"shown\"",
        "\"Strategic thinking\",1,\"Looks ahead\",\"\",\"Peers\",,5,\"exact\",,3.4,2.5,4.3,,,\"\"\r\n",
        "2,\"Listens\",\"\",\"Peers\",,5,\"at_least\",,4.2,3.3,5.0,",
        "2,\"Listens\",\"\",\"Direct reports and others together\",,,\"not_seen\",,,,,,,\"\"\r\n",
        "2,\"Listens\",\"\",\"Self\",,,\"not_seen\",,",
        "\"Peers\",,,\"mostly_lower\",,,,,,,\"\"",
        "\"'=2+3, \"\"he\"\" said\"\r\n",
        "\"Keep asking questions.?[31m\"",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strstr(shown, rows[i]) == NULL)
            fail_msg("%s is not in:\n%s", rows[i], shown);
    free(shown);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(figures_are_words_with_their_likely_range, make),
        cmocka_unit_test_setup(who_answered_stands_at_the_beginning, make),
        cmocka_unit_test_setup(an_example_is_drawn, make),
        cmocka_unit_test_setup(a_point_of_several_lines_is_indented_behind_its_mark, make),
        cmocka_unit_test_setup(without_a_cell_one_sentence_says_why, make),
        cmocka_unit_test_setup(comments_name_their_source_only_when_it_is_known, make),
        cmocka_unit_test_setup(text_of_people_cannot_command_the_terminal, make),
        cmocka_unit_test_setup(every_line_fits_80_columns, make),
        cmocka_unit_test_setup(a_report_with_a_wrong_index_is_not_rendered, make),
        cmocka_unit_test_setup(json_has_figures_as_decimals, make),
        cmocka_unit_test_setup(json_has_null_and_a_reason_for_what_is_hidden, make),
        cmocka_unit_test_setup(json_text_is_cleaned, make),
        cmocka_unit_test_setup(csv_has_a_row_for_each_figure, make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
