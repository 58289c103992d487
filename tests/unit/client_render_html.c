// A report as HTML: escaped, the same bytes each time, and nothing in it that could load or run. What it looks like is
// checked in a browser (tests/browser).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "client/render/html.h"
#include "client/render/html_private.h"
#include "tests/support/sample_report.h"

static char *page_of(enum sample_report which) {
    char *page = NULL;
    size_t size;
    FILE *out = open_memstream(&page, &size);
    Candour__Report *report = sample_report_make(which);
    struct outline *outline = outline_make(report);
    candour__report__free_unpacked(report, NULL);
    assert_non_null(outline);
    render_html(out, outline);
    outline_free(outline);
    fclose(out);
    return page;
}

static size_t count(const char *page, const char *words) {
    size_t times = 0;
    for (const char *at = strstr(page, words); at != NULL; at = strstr(at + 1, words))
        times++;
    return times;
}

// Shown by write, which is html_text or html_plain.
static void assert_written(void (*write)(FILE *out, const char *text), const char *text, const char *wanted) {
    char *shown = NULL;
    size_t size;
    FILE *out = open_memstream(&shown, &size);
    write(out, text);
    fclose(out);
    assert_string_equal(shown, wanted);
    free(shown);
}

static void text_is_escaped(void **state) {
    (void)state;
    assert_written(html_text, "1 < 2 & \"3\" > '2'", "1 &lt; 2 &amp; &quot;3&quot; &gt; &#39;2&#39;");
    assert_written(html_text, "for " OUTLINE_ISOLATE "<b>" OUTLINE_ISOLATE_END ".", "for <bdi>&lt;b&gt;</bdi>.");
    assert_written(html_plain, "for " OUTLINE_ISOLATE "<b>" OUTLINE_ISOLATE_END ".", "for &lt;b&gt;.");
    assert_written(html_text, "“Ŵ” – €", "“Ŵ” – €"); // characters that begin as isolates do
    assert_written(html_text, "\xe2", "\xe2");
}

static void the_same_report_gives_the_same_bytes(void **state) {
    (void)state;
    for (enum sample_report which = 0; which < SAMPLE_REPORTS; which++) {
        char *one = page_of(which), *other = page_of(which);
        assert_string_equal(one, other);
        free(one);
        free(other);
    }
}

static void nothing_of_a_text_becomes_markup(void **state) {
    (void)state;
    static const char *const never[] = {"<script", "<img", "onload=\"", "<i>", "<u>", "<!-- "};
    char *page = page_of(SAMPLE_REPORT_MARKUP);
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        if (strstr(page, never[i]) != NULL)
            fail_msg("%s is in:\n%s", never[i], page);
    assert_non_null(strstr(page, "&lt;script&gt;"));
    assert_int_equal(count(page, "</svg>"), count(page, "<svg"));
    assert_int_equal(count(page, "</style>"), 1);
    free(page);
}

static void the_page_lets_nothing_in(void **state) {
    (void)state;
    for (enum sample_report which = 0; which < SAMPLE_REPORTS; which++) {
        char *page = page_of(which);
        assert_int_equal(count(page, "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"), 1);
        assert_int_equal(count(page, "url("), 0);
        assert_int_equal(count(page, "@import"), 0);
        assert_non_null(strstr(page, "<html lang=\"en\" dir=\"ltr\">"));
        free(page);
    }
}

static void a_page_is_large_only_where_there_is_much(void **state) {
    (void)state;
    char *usual = page_of(SAMPLE_REPORT_USUAL), *large = page_of(SAMPLE_REPORT_LARGE);
    assert_true(strlen(usual) < 100 * 1024);
    assert_true(strlen(large) < 300 * 1024);
    free(usual);
    free(large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(the_same_report_gives_the_same_bytes),
        cmocka_unit_test(nothing_of_a_text_becomes_markup),
        cmocka_unit_test(the_page_lets_nothing_in),
        cmocka_unit_test(a_page_is_large_only_where_there_is_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
