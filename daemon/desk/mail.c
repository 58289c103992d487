// What an administrator sees and changes of mails, and the stranger's "send me a new code".
#include <string.h>

#include "clock.h"
#include "daemon/config.h"
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "daemon/mail/template.h"

enum { TROUBLES_PAGE = 300, CODE_REQUESTS_MAX = 1000, SENTENCE_BYTES = 512, DAY_S = 86400 };

static struct template_part part_of(ProtobufCBinaryData text) {
    return (struct template_part){(const char *)text.data, text.len};
}

static ProtobufCBinaryData data_of(struct template_part part) {
    return (ProtobufCBinaryData){part.len, (uint8_t *)(uintptr_t)part.text};
}

static int find_kind(struct request *r, ProtobufCBinaryData name, enum template_kind *ret_kind) {
    if (template_find(name.data, name.len, ret_kind) == 0)
        return 0;
    request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There is no mail of this kind. See: candour template list");
    return -1;
}

static const char *language_of(struct request *r, bool is_said, ProtobufCBinaryData said) {
    if (!is_said)
        return template_language(r->worker->config->language);
    ProtobufCBinaryData lower = text_lower(&r->arena, said);
    return template_language(arena_printf(&r->arena, "%.*s", TEXT(lower)));
}

// But for one.
static ProtobufCBinaryData list_languages(struct request *r, const char *but) {
    ProtobufCBinaryData list = text_of("");
    for (const char *const *language = template_languages; *language != NULL; language++)
        if (*language != but)
            list = answer_text(r, "%.*s%s%s", TEXT(list), list.len > 0 ? ", " : "", *language);
    return list;
}

// -1: the request was answered, for there are no texts in that language.
static int find_language(struct request *r, bool is_said, ProtobufCBinaryData said, const char **ret_language) {
    const char *language = language_of(r, is_said, said);
    if (is_said && !text_is_equal(text_of(language), text_lower(&r->arena, said))) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There are no mails in this language. There are: %.*s.",
                        TEXT(list_languages(r, NULL)));
        return -1;
    }
    *ret_language = language;
    return 0;
}

static void read_texts(struct request *r, const char *language, request_step next) {
    struct db_segment *s = request_query(r, QUERY_DESK_TEMPLATES);
    db_text(s, language, strlen(language));
    request_run(r, next);
}

// ---------------------------------------------------------------- ReadMailTexts

// The text of a kind that is sent: the stored one, or our own.
static bool find_text(const struct db_result *rows, const char *language, enum template_kind kind,
                      struct template_text *ret_text) {
    const char *name = template_name(kind);
    for (int i = 0; i < db_rows(rows); i++) {
        struct db_bytes stored = db_get_bytes(rows, i, 0);
        if (stored.len == strlen(name) && memcmp(stored.data, name, stored.len) == 0) {
            ret_text->subject = part_of(answer_column(rows, i, 1));
            ret_text->body = part_of(answer_column(rows, i, 2));
            if (template_is_usable(kind, ret_text))
                return true;
        }
    }
    *ret_text = template_own(language, kind);
    return false;
}

static void texts_found(struct request *r) {
    const Candour__ReadMailTexts *message = (const Candour__ReadMailTexts *)r->message;
    const char *language = language_of(r, message->has_language, message->language);
    const struct db_result *rows = db_result(r->segment, 0);
    size_t languages = 0;
    while (template_languages[languages] != NULL)
        languages++;
    ProtobufCBinaryData *codes = answer_array(r, languages, sizeof *codes);
    if (codes == NULL)
        return;
    for (size_t i = 0; i < languages; i++)
        codes[i] = text_of(template_languages[i]);
    Candour__MailText **list = answer_list(r, TEMPLATE_KINDS, &candour__mail_text__descriptor);
    if (list == NULL)
        return;
    for (unsigned i = 0; i < TEMPLATE_KINDS; i++) {
        struct template_text text;
        list[i]->kind = text_of(template_name((enum template_kind)i));
        list[i]->changed = find_text(rows, language, (enum template_kind)i, &text);
        list[i]->subject = data_of(text.subject);
        list[i]->body = data_of(text.body);
    }
    Candour__ReadMailTextsReply reply = CANDOUR__READ_MAIL_TEXTS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    reply.n_texts = TEMPLATE_KINDS;
    reply.texts = list;
    ANSWER_SET(reply, language, text_of(language));
    reply.n_languages = languages;
    reply.languages = codes;
    answer_send(r, &reply.base);
}

void mail_texts(struct request *r) {
    const Candour__ReadMailTexts *message = (const Candour__ReadMailTexts *)r->message;
    const char *language;
    if (find_language(r, message->has_language, message->language, &language) == 0)
        read_texts(r, language, texts_found);
}

// ---------------------------------------------------------------- SetMailText

static void text_set(struct request *r) {
    const Candour__SetMailText *message = (const Candour__SetMailText *)r->message;
    const char *language = language_of(r, message->has_language, message->language);
    request_outcome(r, CANDOUR__STATUS__OK,
                    "Every mail of the kind \"%.*s\" in this language (%s) has %s text from here on. Mails in other "
                    "languages (%.*s) have texts of their own.",
                    TEXT(message->kind), language, message->has_body ? "this" : "the program's own",
                    TEXT(list_languages(r, language)));
}

void mail_set_text(struct request *r) {
    const Candour__SetMailText *message = (const Candour__SetMailText *)r->message;
    struct template_text text = {part_of(message->subject), part_of(message->body)};
    enum template_kind kind;
    const char *language;
    char sentence[SENTENCE_BYTES];
    if (find_kind(r, message->kind, &kind) != 0 ||
        find_language(r, message->has_language, message->language, &language) != 0)
        return;
    if (message->has_body != message->has_subject) {
        request_outcome(r, CANDOUR__STATUS__BAD_REQUEST, "Give subject and text, or neither.");
        return;
    }
    if (message->has_body && template_check(kind, &text, sentence, sizeof sentence) != 0) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE, "%s", sentence);
        return;
    }
    if (message->dry_run) {
        request_outcome(r, CANDOUR__STATUS__OK, "This text can be used. Nothing was stored.");
        return;
    }
    struct db_segment *s = request_query(r, message->has_body ? QUERY_DESK_TEMPLATE_SET : QUERY_DESK_TEMPLATE_RESET);
    db_text(s, message->kind.data, message->kind.len);
    db_text(s, language, strlen(language));
    if (message->has_body) {
        db_text(s, message->subject.data, message->subject.len);
        db_text(s, message->body.data, message->body.len);
    }
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, text_set);
}

// ---------------------------------------------------------------- PreviewMail

static struct template_part sample(const char *text) {
    return (struct template_part){text, strlen(text)};
}

static void fill_samples(const struct request *r, const char *language, char dates[5][CLOCK_WORDS_BYTES],
                         struct template_values *values) {
    const struct config *config = r->worker->config;
    struct template_part *v = values->words;
    static const int days[] = {0, 2, 12, 17, 60}; // answering: two thirds of the time to the close
    for (size_t i = 0; i < ARRAY_LEN(days); i++)
        template_date(language, r->now + days[i] * (int64_t)DAY_S, dates[i]);
    v[TEMPLATE_NAME] = sample("Ann Example");
    v[TEMPLATE_EMAIL] = sample("ann@example.org");
    v[TEMPLATE_ORGANISATION] = sample(config->organisation);
    v[TEMPLATE_SERVER] = sample(config->desk.public_address);
    v[TEMPLATE_ROUND] = sample("Example round");
    v[TEMPLATE_WORD_LEADERS] = sample("David Sample\nEmma Sample");
    v[TEMPLATE_COLLECT_FROM] = sample(dates[0]);
    v[TEMPLATE_ANSWER_FROM] = sample(dates[1]);
    v[TEMPLATE_ANSWER_UNTIL] = sample(dates[2]);
    v[TEMPLATE_CLOSE] = sample(dates[3]);
    v[TEMPLATE_CODE_UNTIL] = sample(dates[4]);
    v[TEMPLATE_THRESHOLD] = sample("4");
    v[TEMPLATE_FINGERPRINT] = sample("XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX");
    v[TEMPLATE_WORD_CODE] = sample("XXXX-XXXX-XXXX");
}

static void preview_found(struct request *r) {
    const Candour__PreviewMail *message = (const Candour__PreviewMail *)r->message;
    struct template_text text;
    const char *language = language_of(r, message->has_language, message->language);
    struct template_values values = {.language = language};
    enum template_kind kind;
    char dates[5][CLOCK_WORDS_BYTES], sentence[SENTENCE_BYTES];
    if (find_kind(r, message->kind, &kind) != 0)
        return;
    find_text(db_result(r->segment, 0), language, kind, &text);
    if (message->has_subject)
        text.subject = part_of(message->subject);
    if (message->has_body)
        text.body = part_of(message->body);
    if (template_check(kind, &text, sentence, sizeof sentence) != 0) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE, "%s", sentence);
        return;
    }
    char *subject = answer_array(r, TEMPLATE_FILLED_SUBJECT_BYTES_MAX, 1);
    if (subject == NULL)
        return;
    char *body = answer_array(r, TEMPLATE_FILLED_BYTES_MAX, 1);
    if (body == NULL)
        return;
    fill_samples(r, language, dates, &values);
    if (template_fill(&text.subject, &values, subject, TEMPLATE_FILLED_SUBJECT_BYTES_MAX) != 0 ||
        template_fill(&text.body, &values, body, TEMPLATE_FILLED_BYTES_MAX) != 0) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "With its words filled in, this subject or text is too long for a mail. Make it shorter.");
        return;
    }
    Candour__PreviewMailReply reply = CANDOUR__PREVIEW_MAIL_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, subject, text_of(subject));
    ANSWER_SET(reply, body, text_of(body));
    answer_send(r, &reply.base);
}

void mail_preview(struct request *r) {
    const Candour__PreviewMail *message = (const Candour__PreviewMail *)r->message;
    const char *language;
    if (find_language(r, message->has_language, message->language, &language) == 0)
        read_texts(r, language, preview_found);
}

// ---------------------------------------------------------------- MailStatus

static void status_found(struct request *r) {
    const struct db_result *counts = db_result(r->segment, 0), *troubles = db_result(r->segment, 1);
    size_t count = (size_t)db_rows(counts), trouble_count = (size_t)db_rows(troubles);
    Candour__MailCount **count_list = answer_list(r, count, &candour__mail_count__descriptor);
    if (count_list == NULL)
        return;
    Candour__MailTrouble **trouble_list = answer_list(r, trouble_count, &candour__mail_trouble__descriptor);
    if (trouble_list == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        count_list[i]->round = answer_column(counts, (int)i, 0);
        count_list[i]->kind = answer_column(counts, (int)i, 1);
        count_list[i]->state = answer_column(counts, (int)i, 2);
        count_list[i]->mails = (uint32_t)db_get_int(counts, (int)i, 3);
    }
    for (size_t i = 0; i < trouble_count; i++) {
        trouble_list[i]->email = answer_column(troubles, (int)i, 0);
        trouble_list[i]->name = answer_column(troubles, (int)i, 1);
        trouble_list[i]->round = answer_column(troubles, (int)i, 2);
        trouble_list[i]->kind = answer_column(troubles, (int)i, 3);
        trouble_list[i]->state = answer_column(troubles, (int)i, 4);
        trouble_list[i]->reply = answer_column(troubles, (int)i, 5);
        trouble_list[i]->at = db_get_time(troubles, (int)i, 6);
        trouble_list[i]->twice = db_get_bool(troubles, (int)i, 7);
    }
    Candour__MailStatusReply reply = CANDOUR__MAIL_STATUS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, has_server, r->worker->config->mail.server[0] != '\0');
    ANSWER_SET(reply, total, trouble_count > 0 ? (uint32_t)db_get_int(troubles, 0, 8) : 0);
    reply.n_counts = count;
    reply.counts = count_list;
    reply.n_troubles = trouble_count;
    reply.troubles = trouble_list;
    answer_send(r, &reply.base);
}

void mail_status(struct request *r) {
    const Candour__MailStatus *message = (const Candour__MailStatus *)r->message;
    request_query(r, QUERY_DESK_MAIL_COUNTS);
    struct db_segment *s = request_query(r, QUERY_DESK_MAIL_TROUBLES);
    db_int4(s, (int32_t)message->offset);
    db_int4(s, TROUBLES_PAGE);
    request_run(r, status_found);
}

// ---------------------------------------------------------------- SetPaper

static void paper_set(struct request *r) {
    const Candour__SetPaper *message = (const Candour__SetPaper *)r->message;
    const struct db_result *found = db_result(r->segment, 0);
    if (db_is_null(found, 0, 0))
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "Nobody has this e-mail address. Check it.");
    else if (message->paper)
        request_outcome(r, CANDOUR__STATUS__OK,
                        "%.*s gets letters instead of mails. Next: candour round letters \"ROUND\" --out FOLDER",
                        TEXT(answer_column(found, 0, 0)));
    else
        request_outcome(r, CANDOUR__STATUS__OK, "%.*s gets mails again.", TEXT(answer_column(found, 0, 0)));
}

void mail_set_paper(struct request *r) {
    const Candour__SetPaper *message = (const Candour__SetPaper *)r->message;
    ProtobufCBinaryData email = text_lower(&r->arena, message->email);
    struct db_segment *s = request_query(r, QUERY_DESK_SET_PAPER);
    db_text(s, email.data, email.len);
    db_bool(s, message->paper);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, paper_set);
}

// ---------------------------------------------------------------- RequestCode

static void code_requested(struct request *r) {
    if (db_rows(db_result(r->segment, 0)) == 0)
        request_outcome(r, CANDOUR__STATUS__BUSY, "Too many people ask for codes right now. Try again in a minute.");
    else
        request_outcome(r, CANDOUR__STATUS__OK,
                        "If this address is known here, a mail with a sign-in code will arrive within minutes. If it "
                        "does not, ask HR.");
}

// Nothing here looks at people: whoever asks learns nothing about an address.
void mail_request_code(struct request *r) {
    const Candour__RequestCode *message = (const Candour__RequestCode *)r->message;
    if (r->worker->config->mail.server[0] == '\0') {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE, "This server sends no mail. Ask HR for a new letter.");
        return;
    }
    if (request_failed_often(r, FAILURE_CODE_REQUEST, 1, r->worker->config->code_requests_max)) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "Too many codes were asked for from your network. Try again in an hour, or ask HR.");
        return;
    }
    ProtobufCBinaryData email = text_lower(&r->arena, message->email);
    struct db_segment *s = request_query(r, QUERY_DESK_REQUEST_CODE);
    db_text(s, email.data, email.len);
    db_time(s, r->now);
    db_int4(s, CODE_REQUESTS_MAX);
    request_run(r, code_requested);
}
