// What an administrator sees and changes of the mails that the server sends.
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "output.h"
#include "when.h"

enum { SUBJECT_MAX = 200, BODY_MAX = 8192, FILE_MAX = SUBJECT_MAX + BODY_MAX + 64 };
static const char subject_prefix[] = "Subject: ";

// ---------------------------------------------------------------- mail status, mail bounces

static void add_counts(const struct run *run, const Candour__MailStatusReply *reply) {
    static const char *const headings[] = {"round", "mail", "state", "mails"};
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    for (size_t i = 0; i < reply->n_counts; i++) {
        const Candour__MailCount *count = reply->counts[i];
        table_add_text(&table, count->round.data, count->round.len);
        table_add_text(&table, count->kind.data, count->kind.len);
        table_add_text(&table, count->state.data, count->state.len);
        table_add(&table, "%u", count->mails);
    }
    cmd_print_table(run, &table);
}

static json_t *trouble_json(const Candour__MailTrouble *trouble) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "email", json_bytes(&trouble->email), "name",
                     json_bytes(&trouble->name), "round", json_bytes(&trouble->round), "mail",
                     json_bytes(&trouble->kind), "state", json_bytes(&trouble->state), "reply",
                     json_bytes(&trouble->reply), "at", json_time(trouble->at), "twice", trouble->twice);
}

static Candour__MailStatusReply *ask_status(struct run *run, uint32_t offset) {
    Candour__MailStatus request = CANDOUR__MAIL_STATUS__INIT;
    request.has_offset = true;
    request.offset = offset;
    return cmd_call(run, OPERATION_MAIL_STATUS, &request.base);
}

int cmd_mail_status(struct run *run) {
    Candour__MailStatusReply *reply = ask_status(run, 0);
    if (reply == NULL)
        return -1;
    if (run->json) {
        json_t *root = json_start("candour/mail-status/1"), *list = json_array();
        json_object_set_new(root, "has_server", json_boolean(reply->has_server));
        json_object_set_new(root, "troubles", json_integer(reply->total));
        for (size_t i = 0; i < reply->n_counts; i++)
            json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:i}", "round", json_bytes(&reply->counts[i]->round),
                                                  "mail", json_bytes(&reply->counts[i]->kind), "state",
                                                  json_bytes(&reply->counts[i]->state), "mails",
                                                  (int)reply->counts[i]->mails));
        json_object_set_new(root, "counts", list);
        cmd_print_json(root);
    } else {
        add_counts(run, reply);
        if (!reply->has_server)
            cmd_tell(run, "This server sends no mail. Next: candour round letters");
        else if (reply->total > 0)
            cmd_tell(run, "%u of them did not get through at once. Next: candour mail bounces", reply->total);
    }
    link_reply_free(&reply->base);
    return 0;
}

static void add_troubles(struct table *table, json_t *list, const Candour__MailStatusReply *reply) {
    for (size_t i = 0; i < reply->n_troubles; i++) {
        const Candour__MailTrouble *trouble = reply->troubles[i];
        char at[WHEN_TEXT_BYTES];
        when_text(trouble->at, at);
        json_array_append_new(list, trouble_json(trouble));
        table_add_text(table, trouble->email.data, trouble->email.len);
        table_add_text(table, trouble->kind.data, trouble->kind.len);
        table_add_text(table, trouble->state.data, trouble->state.len);
        table_add(table, "%s", at);
        table_add(table, "%s%.*s", trouble->twice ? "(sent again) " : "", (int)trouble->reply.len,
                  (const char *)trouble->reply.data);
        table_add_text(table, trouble->round.data, trouble->round.len);
    }
}

int cmd_mail_bounces(struct run *run) {
    static const char *const headings[] = {"e-mail", "mail", "state", "last try", "reply", "round"};
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    json_t *root = json_start("candour/mail-bounces/1"), *list = json_array();
    uint32_t got = 0, total = 1;
    while (got < total) {
        Candour__MailStatusReply *reply = ask_status(run, got);
        if (reply == NULL) {
            json_decref(list);
            json_decref(root);
            table_free(&table);
            return -1;
        }
        add_troubles(&table, list, reply);
        got += (uint32_t)reply->n_troubles;
        total = reply->n_troubles > 0 ? reply->total : 0;
        link_reply_free(&reply->base);
    }
    json_object_set_new(root, "bounces", list);
    cmd_print_list(run, root, &table);
    table_free(&table);
    cmd_tell(run, got > 0 ? "A wrong address is put right by: candour people import. For letters instead of mails: "
                            "candour mail paper ADDRESS"
                          : "Every mail got through, or is on its way.");
    return 0;
}

int cmd_mail_paper(struct run *run) {
    Candour__SetPaper request = CANDOUR__SET_PAPER__INIT;
    request.email = cmd_text(run->given.arguments[0]);
    request.paper = !command_has(&run->given, "off");
    Candour__Outcome *reply = cmd_call(run, OPERATION_SET_PAPER, &request.base);
    if (reply == NULL)
        return -1;
    cmd_done(run, &reply->detail);
    link_reply_free(&reply->base);
    return 0;
}

// ---------------------------------------------------------------- texts

// The language that is asked for; false: none, so the server's.
static bool read_language(const struct run *run, ProtobufCBinaryData *ret_language) {
    const char *language = command_value(&run->given, "in");
    if (language == NULL)
        return false;
    *ret_language = cmd_text(language);
    return true;
}

static Candour__ReadMailTextsReply *ask_texts(struct run *run) {
    Candour__ReadMailTexts request = CANDOUR__READ_MAIL_TEXTS__INIT;
    request.has_language = read_language(run, &request.language);
    return cmd_call(run, OPERATION_READ_MAIL_TEXTS, &request.base);
}

// As a file that template set reads.
static void print_text(const ProtobufCBinaryData *subject, const ProtobufCBinaryData *body) {
    printf("%s", subject_prefix);
    output_field(stdout, subject->data, subject->len);
    printf("\n\n");
    output_text(stdout, body->data, body->len);
}

static void print_text_json(const char *schema, const ProtobufCBinaryData *subject, const ProtobufCBinaryData *body) {
    json_t *root = json_start(schema);
    json_object_set_new(root, "subject", json_bytes(subject));
    json_object_set_new(root, "body", json_bytes(body));
    cmd_print_json(root);
}

static void tell_languages(const struct run *run, const Candour__ReadMailTextsReply *reply) {
    char all[256] = "", one[40];
    for (size_t i = 0; i < reply->n_languages; i++) {
        size_t used = strlen(all);
        output_clean(reply->languages[i].data, reply->languages[i].len, true, one, sizeof one);
        snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "", one);
    }
    output_clean(reply->language.data, reply->language.len, true, one, sizeof one);
    cmd_tell(run, "These are the texts in one language (%s) of those there are (%s): --in LANGUAGE", one, all);
}

int cmd_template_list(struct run *run) {
    static const char *const headings[] = {"mail", "text", "subject"};
    Candour__ReadMailTextsReply *reply = ask_texts(run);
    if (reply == NULL)
        return -1;
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    json_t *root = json_start("candour/template-list/1"), *list = json_array();
    for (size_t i = 0; i < reply->n_texts; i++) {
        const Candour__MailText *text = reply->texts[i];
        table_add_text(&table, text->kind.data, text->kind.len);
        table_add(&table, "%s", text->changed ? "changed" : "as it came");
        table_add_text(&table, text->subject.data, text->subject.len);
        json_array_append_new(list, json_pack("{s:o, s:b, s:o}", "mail", json_bytes(&text->kind), "changed",
                                              text->changed, "subject", json_bytes(&text->subject)));
    }
    json_object_set_new(root, "templates", list);
    json_object_set_new(root, "language", json_bytes(&reply->language));
    if (run->json) {
        cmd_print_json(root);
        table_free(&table);
    } else {
        json_decref(root);
        cmd_print_table(run, &table);
        tell_languages(run, reply);
    }
    link_reply_free(&reply->base);
    return 0;
}

int cmd_template_show(struct run *run) {
    const char *kind = run->given.arguments[0];
    Candour__ReadMailTextsReply *reply = ask_texts(run);
    if (reply == NULL)
        return -1;
    const Candour__MailText *found = NULL;
    for (size_t i = 0; i < reply->n_texts; i++)
        if (reply->texts[i]->kind.len == strlen(kind) && memcmp(reply->texts[i]->kind.data, kind, strlen(kind)) == 0)
            found = reply->texts[i];
    int rc = 0;
    if (found == NULL)
        rc = problem_set(&run->problem, EXIT_NOT_FOUND,
                         "There is no mail of the kind \"%s\". See: candour template list", kind);
    else if (run->json)
        print_text_json("candour/template/1", &found->subject, &found->body);
    else
        print_text(&found->subject, &found->body);
    link_reply_free(&reply->base);
    return rc;
}

// "Subject: ...", an empty line, and the text. Both point into text.
static int split_text(struct run *run, char *text, ProtobufCBinaryData *ret_subject, ProtobufCBinaryData *ret_body) {
    size_t prefix = strlen(subject_prefix), line = strcspn(text, "\n");
    if (strncmp(text, subject_prefix, prefix) != 0 || line > prefix + SUBJECT_MAX ||
        strncmp(text + line, "\n\n", 2) != 0)
        return problem_set(&run->problem, EXIT_USAGE,
                           "The file must begin with a line \"Subject: ...\" of at most %d bytes and an empty line. "
                           "candour template show writes one.",
                           SUBJECT_MAX);
    text[line] = '\0';
    *ret_subject = cmd_text(text + prefix);
    *ret_body = cmd_text(text + line + 2);
    if (ret_body->len > BODY_MAX)
        return problem_set(&run->problem, EXIT_USAGE, "The text is longer than %d bytes. Shorten it.", BODY_MAX);
    return 0;
}

static int read_text(struct run *run, const char *path, char ret_text[FILE_MAX + 1]) {
    bool is_input = strcmp(path, "-") == 0;
    FILE *in = is_input ? stdin : fopen(path, "re");
    if (in == NULL)
        return problem_set(&run->problem, errno == ENOENT ? EXIT_NOT_FOUND : EXIT_USAGE,
                           "The file %s cannot be opened (%s).", path, strerror(errno));
    size_t len = fread(ret_text, 1, FILE_MAX + 1, in), used = 0;
    if (!is_input)
        fclose(in);
    if (len > FILE_MAX)
        return problem_set(&run->problem, EXIT_USAGE, "The text is longer than %d bytes. Shorten it.", BODY_MAX);
    for (size_t i = 0; i < len; i++) // as an editor of another system ends lines
        if (ret_text[i] != '\r')
            ret_text[used++] = ret_text[i];
    ret_text[used] = '\0';
    return 0;
}

static int set_text(struct run *run, const ProtobufCBinaryData *subject, const ProtobufCBinaryData *body) {
    Candour__SetMailText request = CANDOUR__SET_MAIL_TEXT__INIT;
    request.kind = cmd_text(run->given.arguments[0]);
    request.dry_run = command_has(&run->given, "dry-run");
    request.has_language = read_language(run, &request.language);
    request.has_subject = request.has_body = body != NULL;
    if (body != NULL) {
        request.subject = *subject;
        request.body = *body;
    }
    Candour__Outcome *reply = cmd_call(run, OPERATION_SET_MAIL_TEXT, &request.base);
    if (reply == NULL)
        return -1;
    cmd_done(run, &reply->detail);
    link_reply_free(&reply->base);
    return 0;
}

int cmd_template_set(struct run *run) {
    char text[FILE_MAX + 1];
    ProtobufCBinaryData subject, body;
    if (read_text(run, run->given.arguments[1], text) != 0 || split_text(run, text, &subject, &body) != 0)
        return -1;
    return set_text(run, &subject, &body);
}

int cmd_template_reset(struct run *run) {
    return set_text(run, NULL, NULL);
}

int cmd_mail_preview(struct run *run) {
    char text[FILE_MAX + 1];
    Candour__PreviewMail request = CANDOUR__PREVIEW_MAIL__INIT;
    request.kind = cmd_text(run->given.arguments[0]);
    request.has_language = read_language(run, &request.language);
    request.has_subject = request.has_body = run->given.argument_count > 1;
    if (request.has_body && (read_text(run, run->given.arguments[1], text) != 0 ||
                             split_text(run, text, &request.subject, &request.body) != 0))
        return -1;
    Candour__PreviewMailReply *reply = cmd_call(run, OPERATION_PREVIEW_MAIL, &request.base);
    if (reply == NULL)
        return -1;
    if (run->json)
        print_text_json("candour/mail-preview/1", &reply->subject, &reply->body);
    else
        print_text(&reply->subject, &reply->body);
    link_reply_free(&reply->base);
    return 0;
}
