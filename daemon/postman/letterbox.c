#include "daemon/postman/letterbox.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "code.h"
#include "crypto.h"
#include "daemon/config.h"
#include "daemon/keys.h"
#include "daemon/mail/template.h"
#include "manifest.h"

// Columns of the claim.
enum {
    ID,
    ATTEMPT,
    KIND,
    EMAIL,
    NAME,
    SEED,
    CODE_UNTIL,
    ROUND,
    COLLECT_FROM,
    ANSWER_FROM,
    CLOSE,
    THRESHOLD,
    ROOT,
    LEADERS,
    SUBJECT,
    BODY,
    REFUSALS,
    LANGUAGE
};
enum { NAME_BYTES = 256, LANGUAGE_BYTES = 36 };

struct words { // room for what is not in the row as it will be read
    char dates[4][CLOCK_WORDS_BYTES], code_until[CLOCK_WORDS_BYTES];
    char threshold[16], fingerprint[CODE_FINGERPRINT_TEXT_BYTES], code[CODE_TEXT_BYTES];
};

static struct template_part part(struct db_bytes bytes) {
    return (struct template_part){(const char *)bytes.data, bytes.len};
}

static struct template_part text(const char *string) {
    return (struct template_part){string, strlen(string)};
}

static void make_code(const uint8_t kek[32], const struct db_result *rows, int row, struct letterbox_mail *mail,
                      char ret_code[CODE_TEXT_BYTES]) {
    uint8_t secret[32];
    struct db_bytes email = db_get_bytes(rows, row, EMAIL);
    keys_secret_hash(kek, "mailed-code", email.data, email.len, mail->seed, sizeof mail->seed, secret);
    code_of(secret, ret_code);
    keys_secret_hash(kek, "code", email.data, email.len, ret_code, strlen(ret_code), mail->hash);
    crypto_wipe(secret, sizeof secret);
}

static void fill_words(const struct config *config, const struct db_result *rows, int row, struct words *words,
                       struct template_values *values) {
    int64_t answer_from = db_get_time(rows, row, ANSWER_FROM), close = db_get_time(rows, row, CLOSE);
    const int64_t times[] = {db_get_time(rows, row, COLLECT_FROM), answer_from,
                             manifest_answers_until(answer_from, close), close};
    struct template_part *v = values->words;
    v[TEMPLATE_NAME] = part(db_get_bytes(rows, row, NAME));
    v[TEMPLATE_EMAIL] = part(db_get_bytes(rows, row, EMAIL));
    v[TEMPLATE_ORGANISATION] = text(config->organisation);
    v[TEMPLATE_SERVER] = text(config->desk.public_address);
    v[TEMPLATE_ROUND] = part(db_get_bytes(rows, row, ROUND));
    v[TEMPLATE_WORD_LEADERS] = part(db_get_bytes(rows, row, LEADERS));
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        template_date(values->language, times[i], words->dates[i]);
    v[TEMPLATE_COLLECT_FROM] = text(words->dates[0]);
    v[TEMPLATE_ANSWER_FROM] = text(words->dates[1]);
    v[TEMPLATE_ANSWER_UNTIL] = text(words->dates[2]);
    v[TEMPLATE_CLOSE] = text(words->dates[3]);
    snprintf(words->threshold, sizeof words->threshold, "%d", db_get_int(rows, row, THRESHOLD));
    v[TEMPLATE_THRESHOLD] = text(words->threshold);
    struct db_bytes root = db_get_bytes(rows, row, ROOT);
    if (root.len == 32)
        code_fingerprint(root.data, words->fingerprint);
    v[TEMPLATE_FINGERPRINT] = text(words->fingerprint);
    v[TEMPLATE_WORD_CODE] = text(words->code);
    v[TEMPLATE_CODE_UNTIL] = text(words->code_until);
}

static int write_text(const struct config *config, const struct template_text *template,
                      const struct template_values *values, int64_t now, struct letterbox_mail *mail) {
    static char body[TEMPLATE_FILLED_BYTES_MAX];
    char subject[TEMPLATE_FILLED_SUBJECT_BYTES_MAX], name[NAME_BYTES];
    const struct template_part *v = values->words;
    snprintf(name, sizeof name, "%.*s", (int)v[TEMPLATE_NAME].len, v[TEMPLATE_NAME].text);
    struct message message = {.from = config->mail.from,
                              .from_name = config->organisation,
                              .to = mail->to,
                              .to_name = name,
                              .reply_to = config->mail.reply_to,
                              .subject = subject,
                              .body = body,
                              .id = mail->id,
                              .date = now};
    int rc = -1;
    if (template_fill(&template->subject, values, subject, sizeof subject) == 0 &&
        template_fill(&template->body, values, body, sizeof body) == 0)
        rc = message_write(&message, mail->text, sizeof mail->text, &mail->len);
    crypto_wipe(body, sizeof body);
    return rc;
}

int letterbox_fill(const struct config *config, const uint8_t kek[32], const struct db_result *rows, int row,
                   int64_t now, struct letterbox_mail *ret_mail, const char **ret_reason) {
    struct words words = {0};
    char language[LANGUAGE_BYTES];
    struct template_values values = {.language = language};
    enum template_kind kind;
    struct db_bytes email = db_get_bytes(rows, row, EMAIL), name = db_get_bytes(rows, row, KIND),
                    own = db_get_bytes(rows, row, LANGUAGE);
    memcpy(ret_mail->id, db_get_uuid(rows, row, ID), sizeof ret_mail->id);
    memcpy(ret_mail->seed, db_get_uuid(rows, row, SEED), sizeof ret_mail->seed);
    ret_mail->attempt = db_get_int(rows, row, ATTEMPT);
    ret_mail->refusals = db_get_int(rows, row, REFUSALS);
    snprintf(ret_mail->to, sizeof ret_mail->to, "%.*s", (int)email.len, (const char *)email.data);
    snprintf(language, sizeof language, "%.*s", (int)own.len, (const char *)own.data);
    ret_mail->makes_code = false;
    if (template_find(name.data, name.len, &kind) != 0) {
        *ret_reason = "this version does not know this kind of mail";
        return -1;
    }
    if (template_has_code(kind)) {
        ret_mail->makes_code = db_is_null(rows, row, CODE_UNTIL);
        ret_mail->expires = ret_mail->makes_code ? now + config->code_s : db_get_time(rows, row, CODE_UNTIL);
        make_code(kek, rows, row, ret_mail, words.code);
        template_date(language, ret_mail->expires, words.code_until);
    }
    fill_words(config, rows, row, &words, &values);
    struct template_text template = {part(db_get_bytes(rows, row, SUBJECT)), part(db_get_bytes(rows, row, BODY))};
    if (!template_is_usable(kind, &template)) // nor one that is not there
        template = template_own(language, kind);
    int rc = write_text(config, &template, &values, now, ret_mail);
    crypto_wipe(&words, sizeof words);
    if (rc != 0)
        *ret_reason = "the address cannot be used, or the text is too long";
    return rc;
}
