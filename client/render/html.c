#include "client/render/html.h"

#include <string.h>

#include "base.h"
#include "client/language.h"
#include "client/render/html_private.h"

struct page {
    FILE *out;
    bool is_rtl;
    unsigned charts, rows, tables; // so far: for ids
};

// ---------------------------------------------------------------- text

static size_t is_at(const char *text, const char *mark) {
    size_t len = strlen(mark);
    return strncmp(text, mark, len) == 0 ? len : 0;
}

static void write_text(FILE *out, const char *text, const char *isolate, const char *isolate_end) {
    for (size_t skip; *text != '\0'; text += skip) {
        if ((skip = is_at(text, OUTLINE_ISOLATE)) > 0) {
            fputs(isolate, out);
        } else if ((skip = is_at(text, OUTLINE_ISOLATE_END)) > 0) {
            fputs(isolate_end, out);
        } else if ((skip = strcspn(text, "<>&\"'\xe2")) > 0) {
            fwrite(text, 1, skip, out);
        } else {
            const char *escaped = *text == '<'    ? "&lt;"
                                  : *text == '>'  ? "&gt;"
                                  : *text == '&'  ? "&amp;"
                                  : *text == '"'  ? "&quot;"
                                  : *text == '\'' ? "&#39;"
                                                  : NULL;
            skip = 1;
            if (escaped != NULL)
                fputs(escaped, out);
            else
                fputc(*text, out); // another character that begins like an isolate
        }
    }
}

void html_plain(FILE *out, const char *text) {
    write_text(out, text, "", "");
}

void html_text(FILE *out, const char *text) {
    write_text(out, text, "<bdi>", "</bdi>");
}

// Is the whole text one that people wrote?
static bool is_theirs(const char *text) {
    const char *end = strstr(text, OUTLINE_ISOLATE_END);
    return is_at(text, OUTLINE_ISOLATE) > 0 && end != NULL && end[strlen(OUTLINE_ISOLATE_END)] == '\0';
}

// An element that holds a text. attributes may be "".
static void element(struct page *page, const char *name, const char *attributes, const char *text) {
    fprintf(page->out, "<%s%s>", name, attributes);
    html_text(page->out, text);
    fprintf(page->out, "</%s>\n", name);
}

// The same for text of some length: where people wrote all of it, it begins on the side where its writing begins.
static void prose(struct page *page, const char *name, const char *text) {
    if (!is_theirs(text)) {
        element(page, name, "", text);
        return;
    }
    fprintf(page->out, "<%s dir=\"auto\">", name);
    html_plain(page->out, text);
    fprintf(page->out, "</%s>\n", name);
}

// ---------------------------------------------------------------- blocks

static void put_points(struct page *page, const struct outline_block *block, const char *name) {
    fprintf(page->out, "<%s>\n", name);
    for (size_t i = 0; i < block->n_pairs; i++) {
        const struct outline_pair *point = &block->pairs[i];
        fputs("<li>", page->out);
        if (point->name != NULL) {
            fputs("<strong>", page->out);
            html_text(page->out, point->name);
            fputs("</strong>: ", page->out);
        }
        html_text(page->out, point->text);
        fputs("</li>\n", page->out);
    }
    fprintf(page->out, "</%s>\n", name);
}

static void put_facts(struct page *page, const struct outline_block *block) {
    fputs("<dl>\n", page->out);
    for (size_t i = 0; i < block->n_pairs; i++) {
        fputs("<div>", page->out);
        element(page, "dt", "", block->pairs[i].name);
        element(page, "dd", "", block->pairs[i].text);
        fputs("</div>\n", page->out);
    }
    fputs("</dl>\n", page->out);
}

static void put_quotes(struct page *page, const struct outline_block *block) {
    fputs("<ul class=\"quotes\">\n", page->out);
    for (size_t i = 0; i < block->n_pairs; i++) {
        fputs("<li>", page->out);
        if (block->pairs[i].name != NULL)
            element(page, "p", " class=\"who\"", block->pairs[i].name);
        prose(page, "blockquote", block->pairs[i].text);
        fputs("</li>\n", page->out);
    }
    fputs("</ul>\n", page->out);
}

// To be filled in by pen.
static void put_form(struct page *page, const struct outline_block *block) {
    fputs("<ul class=\"form\">\n", page->out);
    for (size_t i = 0; i < block->n_pairs; i++)
        element(page, "li", "", block->pairs[i].name);
    fputs("</ul>\n", page->out);
}

static void put_chart(struct page *page, const struct outline_chart *chart) {
    unsigned number = ++page->charts;
    fprintf(page->out, "<figure aria-labelledby=\"chart-%u\">\n<figcaption id=\"chart-%u\">", number, number);
    html_text(page->out, chart->title);
    fputs("</figcaption>\n", page->out);
    for (size_t i = 0; i < chart->n_rows; i++) {
        fputs("<div class=\"row\">\n", page->out);
        if (chart->rows[i].name != NULL)
            element(page, "p", chart->rows[i].is_emphasised ? " class=\"name clear\"" : " class=\"name\"",
                    chart->rows[i].name);
        html_svg(page->out, chart, &chart->rows[i], ++page->rows, page->is_rtl);
        fputs("</div>\n", page->out);
    }
    fputs("</figure>\n", page->out);
}

// A likely range in brackets is not broken over lines.
static void put_cell(struct page *page, const char *text) {
    char figure[64];
    size_t before = strcspn(text, "("), range = strcspn(text + before, ")") + 1;
    if (strstr(text, OUTLINE_ISOLATE) != NULL || text[before] == '\0' || before + range >= sizeof figure) {
        element(page, "td", "", text);
        return;
    }
    snprintf(figure, sizeof figure, "%.*s", (int)before, text);
    fputs("<td>", page->out);
    html_text(page->out, figure);
    snprintf(figure, sizeof figure, "%.*s", (int)range, text + before);
    fputs("<span>", page->out);
    html_text(page->out, figure);
    fputs("</span>", page->out);
    html_text(page->out, text + before + range);
    fputs("</td>\n", page->out);
}

// A wide table scrolls by itself on a narrow screen, and with the keyboard.
static void put_table(struct page *page, const struct outline_table *table) {
    unsigned number = ++page->tables;
    fprintf(page->out, "<div class=\"table\" role=\"group\" aria-labelledby=\"table-%u\" tabindex=\"0\">\n<table>\n",
            number);
    fprintf(page->out, "<caption id=\"table-%u\">", number);
    html_text(page->out, table->caption);
    fputs("</caption>\n<thead>\n<tr>", page->out);
    for (size_t i = 0; i < table->n_columns; i++)
        element(page, "th", " scope=\"col\"", table->headings[i]);
    fputs("</tr>\n</thead>\n<tbody>\n", page->out);
    for (size_t i = 0; i < table->n_rows; i++) {
        fputs("<tr>", page->out);
        element(page, "th", " scope=\"row\"", table->cells[i * table->n_columns]);
        for (size_t k = 1; k < table->n_columns; k++)
            put_cell(page, table->cells[i * table->n_columns + k]);
        fputs("</tr>\n", page->out);
    }
    fputs("</tbody>\n</table>\n</div>\n", page->out);
}

static void put_block(struct page *page, const struct outline_block *block) {
    switch (block->kind) {
    case OUTLINE_HEADING:
        element(page, "h3", "", block->text);
        break;
    case OUTLINE_PARAGRAPH:
        prose(page, "p", block->text);
        break;
    case OUTLINE_LIST:
        put_points(page, block, "ul");
        break;
    case OUTLINE_STEPS:
        put_points(page, block, "ol");
        break;
    case OUTLINE_FACTS:
        put_facts(page, block);
        break;
    case OUTLINE_QUOTES:
        put_quotes(page, block);
        break;
    case OUTLINE_FORM:
        put_form(page, block);
        break;
    case OUTLINE_CHART:
        put_chart(page, block->chart);
        break;
    case OUTLINE_TABLE:
        put_table(page, block->table);
        break;
    }
}

// ---------------------------------------------------------------- the page

// The policy lets nothing in and nothing out, whatever a text might hold.
static void put_head(struct page *page, const struct outline *outline) {
    fprintf(page->out,
            "<!DOCTYPE html>\n<html lang=\"%s\" dir=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
            "base-uri 'none'; form-action 'none'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n<title>",
            outline->language, outline->direction);
    html_plain(page->out, outline->title);
    fprintf(page->out, "</title>\n<style>\n%s</style>\n</head>\n", html_style);
}

static void put_contents(struct page *page, const struct outline *outline) {
    fputs("<nav aria-label=\"", page->out);
    html_plain(page->out, _("Contents"));
    fputs("\">\n<ol>\n", page->out);
    for (const struct outline_section *section = outline->sections; section != NULL; section = section->next) {
        fprintf(page->out, "<li><a href=\"#%s\">", section->key);
        html_text(page->out, section->heading);
        fputs("</a></li>\n", page->out);
    }
    fputs("</ol>\n</nav>\n", page->out);
}

void render_html(FILE *out, const struct outline *outline) {
    struct page page = {.out = out, .is_rtl = strcmp(outline->direction, "rtl") == 0};
    put_head(&page, outline);
    fputs("<body>\n<a class=\"skip\" href=\"#content\">", out);
    html_text(out, _("Skip to the content"));
    fputs("</a>\n<header>\n", out);
    element(&page, "h1", "", outline->title);
    fputs("</header>\n", out);
    put_contents(&page, outline);
    fputs("<main id=\"content\">\n", out);
    for (const struct outline_section *section = outline->sections; section != NULL; section = section->next) {
        fprintf(out, "<section id=\"%s\" aria-labelledby=\"%s-heading\">\n<h2 id=\"%s-heading\">", section->key,
                section->key, section->key);
        html_text(out, section->heading);
        fputs("</h2>\n", out);
        for (const struct outline_block *block = section->blocks; block != NULL; block = block->next)
            put_block(&page, block);
        fputs("</section>\n", out);
    }
    fputs("</main>\n<footer>\n", out);
    element(&page, "p", "", outline->footer);
    fputs("</footer>\n</body>\n</html>\n", out);
}
