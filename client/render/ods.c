#include "client/render/ods.h"

#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "client/render/figures.h"

#define URN      "urn:oasis:names:tc:opendocument:xmlns:"
#define MIMETYPE "application/vnd.oasis.opendocument.spreadsheet"

// ---------------------------------------------------------------- content.xml

// A writer that remembers that something could not be written.
struct writer {
    xmlTextWriter *xml;
    bool has_failed;
};

static void start(struct writer *to, const char *name) {
    to->has_failed |= xmlTextWriterStartElement(to->xml, BAD_CAST name) < 0;
}

static void set(struct writer *to, const char *name, const char *value) {
    to->has_failed |= xmlTextWriterWriteAttribute(to->xml, BAD_CAST name, BAD_CAST value) < 0;
}

static void end(struct writer *to) {
    to->has_failed |= xmlTextWriterEndElement(to->xml) < 0;
}

// A line of a text is a paragraph of its own.
static void write_paragraphs(struct writer *to, const char *text) {
    for (;;) {
        size_t len = strcspn(text, "\n");
        start(to, "text:p");
        to->has_failed |= xmlTextWriterWriteFormatString(to->xml, "%.*s", (int)len, text) < 0;
        end(to);
        if (text[len] == '\0')
            return;
        text += len + 1;
    }
}

static void write_cell(struct writer *to, const char *text, bool is_number, const char *style) {
    start(to, "table:table-cell");
    if (text != NULL) {
        if (style != NULL)
            set(to, "table:style-name", style);
        set(to, "office:value-type", is_number ? "float" : "string");
        if (is_number)
            set(to, "office:value", text);
        write_paragraphs(to, text);
    }
    end(to);
}

// One sheet while it is written: it is begun by its first row.
struct sheet {
    struct writer *to;
    enum figures_part part;
    bool is_begun;
};

static bool is_wide(enum figures_column column) {
    return column == FIGURES_STATEMENT || column == FIGURES_QUESTION || column == FIGURES_COMMENT;
}

static void begin_sheet(struct sheet *sheet) {
    struct writer *to = sheet->to;
    sheet->is_begun = true;
    start(to, "table:table");
    set(to, "table:name", figures_title(sheet->part));
    for (unsigned i = 0; i < FIGURES_COLUMNS; i++) {
        if (!figures_is_used(i, sheet->part))
            continue;
        start(to, "table:table-column");
        set(to, "table:style-name", is_wide(i) ? "wide" : figures_is_number(i) ? "narrow" : "middle");
        end(to);
    }
    start(to, "table:table-header-rows");
    start(to, "table:table-row");
    for (unsigned i = 0; i < FIGURES_COLUMNS; i++)
        if (figures_is_used(i, sheet->part))
            write_cell(to, figures_heading(i), false, "heading");
    end(to);
    end(to);
}

static void write_row(void *context, const char *const *cells) {
    struct sheet *sheet = context;
    if (!sheet->is_begun)
        begin_sheet(sheet);
    start(sheet->to, "table:table-row");
    for (unsigned i = 0; i < FIGURES_COLUMNS; i++)
        if (figures_is_used(i, sheet->part))
            write_cell(sheet->to, cells[i], figures_is_number(i), is_wide(i) ? "wrapped" : NULL);
    end(sheet->to);
}

static void write_width(struct writer *to, const char *name, const char *width) {
    start(to, "style:style");
    set(to, "style:name", name);
    set(to, "style:family", "table-column");
    start(to, "style:table-column-properties");
    set(to, "style:column-width", width);
    end(to);
    end(to);
}

static void write_styles(struct writer *to) {
    start(to, "office:automatic-styles");
    write_width(to, "narrow", "2cm");
    write_width(to, "middle", "4.5cm");
    write_width(to, "wide", "12cm");
    start(to, "style:style");
    set(to, "style:name", "heading");
    set(to, "style:family", "table-cell");
    start(to, "style:text-properties");
    set(to, "fo:font-weight", "bold");
    end(to);
    end(to);
    start(to, "style:style");
    set(to, "style:name", "wrapped");
    set(to, "style:family", "table-cell");
    start(to, "style:table-cell-properties");
    set(to, "fo:wrap-option", "wrap");
    end(to);
    end(to);
    end(to);
}

static void write_content(struct writer *to, const Candour__Report *const *reports, size_t count) {
    to->has_failed |= xmlTextWriterStartDocument(to->xml, "1.0", "UTF-8", NULL) < 0;
    start(to, "office:document-content");
    set(to, "xmlns:office", URN "office:1.0");
    set(to, "xmlns:style", URN "style:1.0");
    set(to, "xmlns:fo", URN "xsl-fo-compatible:1.0");
    set(to, "xmlns:table", URN "table:1.0");
    set(to, "xmlns:text", URN "text:1.0");
    set(to, "office:version", "1.3");
    write_styles(to);
    start(to, "office:body");
    start(to, "office:spreadsheet");
    for (unsigned part = 0; part < FIGURES_PARTS; part++) {
        struct sheet sheet = {.to = to, .part = part};
        for (size_t i = 0; i < count; i++)
            figures_rows(reports[i], part, write_row, &sheet);
        if (sheet.is_begun)
            end(to);
    }
    to->has_failed |= xmlTextWriterEndDocument(to->xml) < 0; // ends what is open
}

// NULL: no memory. Ends with xmlBufferFree.
static xmlBuffer *make_content(const Candour__Report *const *reports, size_t count) {
    xmlBuffer *content = xmlBufferCreate();
    struct writer to = {content != NULL ? xmlNewTextWriterMemory(content, 0) : NULL, false};
    if (to.xml != NULL) {
        write_content(&to, reports, count);
        xmlFreeTextWriter(to.xml);
        if (!to.has_failed)
            return content;
    }
    xmlBufferFree(content);
    return NULL;
}

// ---------------------------------------------------------------- the package

static const char manifest[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<manifest:manifest xmlns:manifest=\"" URN "manifest:1.0\" manifest:version=\"1.3\">"
    "<manifest:file-entry manifest:full-path=\"/\" manifest:version=\"1.3\" manifest:media-type=\"" MIMETYPE "\"/>"
    "<manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/>"
    "</manifest:manifest>\n";

static int add(zip_t *zip, const char *name, const void *bytes, size_t len, int method) {
    enum { DOS_DATE = (2000 - 1980) << 9 | 1 << 5 | 1 }; // 2000-01-01 in every file
    zip_source_t *source = zip_source_buffer(zip, bytes, len, 0);
    zip_int64_t at = source != NULL ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (at < 0) {
        zip_source_free(source);
        return -1;
    }
    zip_uint64_t entry = (zip_uint64_t)at;
    return zip_set_file_compression(zip, entry, method, 0) != 0 || zip_file_set_dostime(zip, entry, 0, DOS_DATE, 0) != 0
               ? -1
               : 0;
}

// The archive in memory; NULL: no memory. mimetype comes first and uncompressed, so that the file's kind can be told
// from its first bytes. Ends with zip_source_free.
static zip_source_t *make_package(const xmlBuffer *content) {
    zip_source_t *package = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *zip = package != NULL ? zip_open_from_source(package, ZIP_TRUNCATE, NULL) : NULL;
    if (zip == NULL) {
        zip_source_free(package);
        return NULL;
    }
    zip_source_keep(package); // zip_close and zip_discard end one use of it
    if (add(zip, "mimetype", MIMETYPE, strlen(MIMETYPE), ZIP_CM_STORE) == 0 &&
        add(zip, "META-INF/manifest.xml", manifest, strlen(manifest), ZIP_CM_DEFLATE) == 0 &&
        add(zip, "content.xml", xmlBufferContent(content), (size_t)xmlBufferLength(content), ZIP_CM_DEFLATE) == 0 &&
        zip_close(zip) == 0)
        return package;
    zip_discard(zip);
    zip_source_free(package);
    return NULL;
}

static int copy(FILE *out, zip_source_t *package) {
    if (zip_source_open(package) != 0)
        return -1;
    char part[65536];
    zip_int64_t len;
    while ((len = zip_source_read(package, part, sizeof part)) > 0)
        fwrite(part, 1, (size_t)len, out);
    zip_source_close(package);
    return len < 0 ? -1 : 0;
}

int render_ods(FILE *out, const Candour__Report *const *reports, size_t count) {
    xmlBuffer *content = make_content(reports, count);
    zip_source_t *package = content != NULL ? make_package(content) : NULL;
    int result = package != NULL ? copy(out, package) : -1;
    zip_source_free(package);
    xmlBufferFree(content);
    return result;
}
