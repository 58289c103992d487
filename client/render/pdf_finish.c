// What cairo 1.16 cannot say in a tagged PDF (ISO 32000-1, 14.7 to 14.9), added to its file. Cairo writes one structure
// element for each tag, in the order of the tags, with the number of its content on a page (MCID) in K.
#include <qpdf/qpdf-c.h>
#include <stdlib.h>
#include <string.h>

#include "client/render/pdf_private.h"

struct finish {
    qpdf_data pdf;
    qpdf_oh parents; // Nums of the parent tree: for each page, whose content each MCID is
    const char *const *alts;
    size_t n_alts, used_alts;
    bool has_failed;
};

// ---------------------------------------------------------------- artifacts

static bool is_a(struct finish *finish, qpdf_oh element, const char *kind) {
    return qpdf_oh_is_dictionary(finish->pdf, element) &&
           qpdf_oh_is_name_and_equals(finish->pdf, qpdf_oh_get_key(finish->pdf, element, "/S"), kind);
}

// In a page's content, marks that begin with the artifact's tag become marks of real artifacts.
static void mark_artifacts(struct finish *finish, qpdf_oh page) {
    static const char tag[] = "/" PDF_ARTIFACT " <<", artifact[] = "/Artifact BMC";
    qpdf_oh contents = qpdf_oh_get_key(finish->pdf, page, "/Contents");
    unsigned char *content = NULL;
    size_t len;
    if (qpdf_oh_get_stream_data(finish->pdf, contents, qpdf_dl_all, NULL, &content, &len) != QPDF_SUCCESS) {
        finish->has_failed = true;
        return;
    }
    unsigned char *end = content + len, *at = content;
    while ((at = memmem(at, (size_t)(end - at), tag, strlen(tag))) != NULL) {
        unsigned char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (line_end == NULL || (size_t)(line_end - at) < strlen(artifact)) {
            finish->has_failed = true;
            break;
        }
        memset(at, ' ', (size_t)(line_end - at));
        memcpy(line_end - strlen(artifact), artifact, strlen(artifact));
    }
    qpdf_oh null = qpdf_oh_new_null(finish->pdf);
    qpdf_oh_replace_stream_data(finish->pdf, contents, content, len, null, null);
    free(content);
}

// Content of an artifact has no parent.
static void orphan(struct finish *finish, qpdf_oh element) {
    qpdf_data pdf = finish->pdf;
    qpdf_oh page = qpdf_oh_get_key(pdf, element, "/Pg"), content = qpdf_oh_get_key(pdf, element, "/K");
    if (!qpdf_oh_is_dictionary(pdf, page) || !qpdf_oh_is_integer(pdf, content))
        return; // it has no content
    int key = qpdf_oh_get_int_value_as_int(pdf, qpdf_oh_get_key(pdf, page, "/StructParents"));
    int mcid = qpdf_oh_get_int_value_as_int(pdf, content);
    // Cairo numbers the pages from 0 on, in their order.
    if (qpdf_oh_get_int_value_as_int(pdf, qpdf_oh_get_array_item(pdf, finish->parents, 2 * key)) == key)
        qpdf_oh_set_array_item(pdf, qpdf_oh_get_array_item(pdf, finish->parents, 2 * key + 1), mcid,
                               qpdf_oh_new_null(pdf));
    else
        finish->has_failed = true;
}

// ---------------------------------------------------------------- elements

static void set_scope(struct finish *finish, qpdf_oh heading, const char *scope) {
    qpdf_oh attributes = qpdf_oh_new_dictionary(finish->pdf);
    qpdf_oh_replace_key(finish->pdf, attributes, "/O", qpdf_oh_new_name(finish->pdf, "/Table"));
    qpdf_oh_replace_key(finish->pdf, attributes, "/Scope", qpdf_oh_new_name(finish->pdf, scope));
    qpdf_oh_replace_key(finish->pdf, heading, "/A", attributes);
}

// In a row of nothing but headings they are those of columns; elsewhere, of the row.
static void set_scopes(struct finish *finish, qpdf_oh cells) {
    int count = qpdf_oh_get_array_n_items(finish->pdf, cells);
    const char *scope = "/Column";
    for (int i = 0; i < count; i++)
        if (is_a(finish, qpdf_oh_get_array_item(finish->pdf, cells, i), "/TD"))
            scope = "/Row";
    for (int i = 0; i < count; i++)
        if (is_a(finish, qpdf_oh_get_array_item(finish->pdf, cells, i), "/TH"))
            set_scope(finish, qpdf_oh_get_array_item(finish->pdf, cells, i), scope);
}

static void set_alt(struct finish *finish, qpdf_oh figure) {
    char *alt = finish->used_alts < finish->n_alts ? pdf_plain(finish->alts[finish->used_alts++]) : NULL;
    if (alt != NULL)
        qpdf_oh_replace_key(finish->pdf, figure, "/Alt", qpdf_oh_new_unicode_string(finish->pdf, alt));
    else
        finish->has_failed = true;
    free(alt);
}

// Depth first, as the tags were written. The tree is as deep as our own tags are.
static void visit(struct finish *finish, qpdf_oh element) {
    qpdf_data pdf = finish->pdf;
    if (is_a(finish, element, "/Figure"))
        set_alt(finish, element);
    qpdf_oh kids = qpdf_oh_get_key(pdf, element, "/K");
    if (!qpdf_oh_is_array(pdf, kids))
        return;
    if (is_a(finish, element, "/TR"))
        set_scopes(finish, kids);
    qpdf_oh kept = qpdf_oh_new_array(pdf);
    int count = qpdf_oh_get_array_n_items(pdf, kids);
    for (int i = 0; i < count; i++) {
        qpdf_oh kid = qpdf_oh_get_array_item(pdf, kids, i);
        if (is_a(finish, kid, "/" PDF_ARTIFACT)) {
            orphan(finish, kid);
            continue;
        }
        qpdf_oh_append_item(pdf, kept, kid);
        if (qpdf_oh_is_dictionary(pdf, kid))
            visit(finish, kid);
    }
    qpdf_oh_replace_key(pdf, element, "/K", kept);
}

// ---------------------------------------------------------------- the whole

static void describe(struct finish *finish, const char *language) {
    qpdf_data pdf = finish->pdf;
    qpdf_oh root = qpdf_get_root(pdf), viewer = qpdf_oh_new_dictionary(pdf);
    qpdf_oh_replace_key(pdf, root, "/Lang", qpdf_oh_new_string(pdf, language));
    qpdf_oh_replace_key(pdf, viewer, "/DisplayDocTitle", qpdf_oh_new_bool(pdf, QPDF_TRUE));
    qpdf_oh_replace_key(pdf, root, "/ViewerPreferences", viewer);
    qpdf_oh tree = qpdf_oh_get_key(pdf, root, "/StructTreeRoot");
    finish->parents = qpdf_oh_get_key(pdf, qpdf_oh_get_key(pdf, tree, "/ParentTree"), "/Nums");
    if (!qpdf_oh_is_array(pdf, finish->parents)) {
        finish->has_failed = true;
        return;
    }
    visit(finish, tree);
    for (int i = 0; i < qpdf_get_num_pages(pdf); i++) {
        qpdf_oh page = qpdf_get_page_n(pdf, (size_t)i);
        qpdf_oh_replace_key(pdf, page, "/Tabs", qpdf_oh_new_name(pdf, "/S")); // the order of the structure
        mark_artifacts(finish, page);
    }
}

int pdf_finish(const void *made, size_t len, const char *language, const char *const *alts, size_t n_alts, FILE *out) {
    struct finish finish = {.pdf = qpdf_init(), .alts = alts, .n_alts = n_alts};
    qpdf_data pdf = finish.pdf;
    int result = -1;
    qpdf_set_suppress_warnings(pdf, QPDF_TRUE);
    if (qpdf_read_memory(pdf, "report", made, len, NULL) != QPDF_SUCCESS)
        goto out;
    describe(&finish, language);
    if (finish.has_failed || finish.used_alts != n_alts || qpdf_init_write_memory(pdf) != QPDF_SUCCESS)
        goto out;
    qpdf_set_deterministic_ID(pdf, QPDF_TRUE);
    qpdf_set_object_stream_mode(pdf, qpdf_o_generate);
    qpdf_set_minimum_pdf_version(pdf, "1.7");
    if (qpdf_write(pdf) != QPDF_SUCCESS || qpdf_more_warnings(pdf) || qpdf_has_error(pdf))
        goto out;
    fwrite(qpdf_get_buffer(pdf), 1, qpdf_get_buffer_length(pdf), out);
    result = 0;
out:
    qpdf_cleanup(&pdf);
    return result;
}
