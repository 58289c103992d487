#include "daemon/postman/smtp.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"
#include "daemon/config.h"

enum { CONNECT_MS = 15000, IDLE_S = 20, WORD_BYTES = 5, PASSWORD_BYTES = 512, CODE_DIGITS = 3, REFUSALS_FROM = 400 };
enum asked { ASKED_NOT, ASKED_GO, ASKED_STOP };

struct smtp {
    CURL *easy;
    char url[300], from[260], password[PASSWORD_BYTES];
    // of the mail at hand
    const struct smtp_mail *mail;
    size_t sent;
    enum asked asked;
    char word[WORD_BYTES];                             // of the last command that we sent
    long refusal;                                      // code of the first reply that refuses something; 0: none
    char refused[WORD_BYTES], reply[SMTP_REPLY_BYTES]; // what, and how
    char error[CURL_ERROR_SIZE];
};

// ---------------------------------------------------------------- what the server says

// One line of printable ASCII, cut where it is too long.
static void keep_line(char ret_line[SMTP_REPLY_BYTES], const char *text, size_t len) {
    size_t used = 0;
    for (size_t i = 0; i < len && text[i] != '\0' && used < SMTP_REPLY_BYTES - 1; i++)
        if (text[i] >= ' ' && text[i] <= '~')
            ret_line[used++] = text[i];
    ret_line[used] = '\0';
}

// The first refusal counts: curl says QUIT after it, and is told good-bye.
static size_t on_reply(char *line, size_t size, size_t count, void *context) {
    struct smtp *smtp = context;
    size_t len = size * count;
    long code = 0;
    for (size_t i = 0; i < CODE_DIGITS; i++) {
        if (i >= len || line[i] < '0' || line[i] > '9')
            return len;
        code = code * 10 + line[i] - '0';
    }
    if (code >= REFUSALS_FROM && smtp->refusal == 0) {
        smtp->refusal = code;
        memcpy(smtp->refused, smtp->word, sizeof smtp->refused);
        keep_line(smtp->reply, line, len);
    }
    return len;
}

// Which command is being answered decides whose fault a refusal is. Nothing is kept of a command but its word.
static int on_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *context) {
    struct smtp *smtp = context;
    (void)easy;
    if (type == CURLINFO_HEADER_OUT && size >= WORD_BYTES - 1)
        memcpy(smtp->word, data, WORD_BYTES - 1);
    return 0;
}

static enum smtp_outcome judge(const struct smtp *smtp, CURLcode code) {
    if (code == CURLE_OK)
        return SMTP_SENT;
    if (smtp->asked == ASKED_STOP)
        return SMTP_STOPPED;
    long refusal = smtp->refusal;
    if (smtp->asked == ASKED_GO) // the text was sent, or begun
        return refusal == 0 ? SMTP_PERHAPS : refusal >= 500 ? SMTP_REFUSED : SMTP_LATER;
    bool is_about_mail = strcmp(smtp->refused, "RCPT") == 0 || strcmp(smtp->refused, "DATA") == 0;
    if (refusal == 0 || !is_about_mail || refusal == 421 || refusal == 530)
        return SMTP_DOWN;
    return refusal >= 500 ? SMTP_REFUSED : SMTP_LATER;
}

// ---------------------------------------------------------------- sending

static size_t on_read(char *buffer, size_t size, size_t count, void *context) {
    struct smtp *smtp = context;
    size_t room = size * count, left = smtp->mail->len - smtp->sent;
    if (smtp->asked == ASKED_NOT) {
        smtp->asked = smtp->mail->is_ready(smtp->mail->context) ? ASKED_GO : ASKED_STOP;
        smtp->refusal = 0; // what is said from here on is about the text
    }
    if (smtp->asked == ASKED_STOP)
        return CURL_READFUNC_ABORT;
    if (left > room)
        left = room;
    memcpy(buffer, smtp->mail->text + smtp->sent, left);
    smtp->sent += left;
    return left;
}

enum smtp_outcome smtp_send(struct smtp *smtp, const struct smtp_mail *mail, char ret_reply[SMTP_REPLY_BYTES]) {
    char address[300];
    snprintf(address, sizeof address, "<%s>", mail->to);
    struct curl_slist *to = curl_slist_append(NULL, address);
    smtp->mail = mail;
    smtp->sent = 0;
    smtp->asked = ASKED_NOT;
    smtp->refusal = 0;
    smtp->word[0] = smtp->refused[0] = smtp->reply[0] = smtp->error[0] = '\0';
    curl_easy_setopt(smtp->easy, CURLOPT_MAIL_RCPT, to);
    CURLcode code = to != NULL ? curl_easy_perform(smtp->easy) : CURLE_OUT_OF_MEMORY;
    enum smtp_outcome outcome = judge(smtp, code);
    if (outcome != SMTP_SENT && smtp->refusal == 0)
        keep_line(smtp->reply, smtp->error[0] ? smtp->error : curl_easy_strerror(code), CURL_ERROR_SIZE);
    strcpy(ret_reply, outcome == SMTP_SENT ? "" : smtp->reply);
    curl_slist_free_all(to);
    smtp->mail = NULL;
    return outcome;
}

int smtp_check(struct smtp *smtp, char *ret_sentence, size_t sentence_size) {
    smtp->refusal = 0;
    smtp->reply[0] = smtp->error[0] = '\0';
    curl_easy_setopt(smtp->easy, CURLOPT_CONNECT_ONLY, 1L);
    CURLcode code = curl_easy_perform(smtp->easy);
    curl_easy_setopt(smtp->easy, CURLOPT_CONNECT_ONLY, 0L);
    if (code == CURLE_OK)
        return 0;
    snprintf(ret_sentence, sentence_size, "%s",
             smtp->refusal != 0 ? smtp->reply
             : smtp->error[0]   ? smtp->error
                                : curl_easy_strerror(code));
    return -1;
}

// ---------------------------------------------------------------- the way up and down

static int read_password(const char *path, char ret_password[PASSWORD_BYTES], char *ret_sentence, size_t size) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t len = -1;
    if (fd < 0 || fstat(fd, &st) != 0) {
        snprintf(ret_sentence, size, "The password file %s cannot be opened: %s.", path, strerror(errno));
    } else if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IRWXO))) {
        // The group's bit is an access list's mask when systemd hands the file over.
        snprintf(ret_sentence, size, "The password file %s is open to others. Run: chmod 600 %s", path, path);
    } else if ((len = read(fd, ret_password, PASSWORD_BYTES - 1)) <= 0) {
        snprintf(ret_sentence, size, "The password file %s is empty. Put the password into its first line.", path);
        len = -1;
    }
    if (fd >= 0)
        close(fd);
    if (len < 0)
        return -1;
    ret_password[len] = '\0';
    ret_password[strcspn(ret_password, "\r\n")] = '\0';
    return 0;
}

#define SET(option, value) is_set = is_set && curl_easy_setopt(smtp->easy, option, value) == CURLE_OK
static bool set_options(struct smtp *smtp, const struct config_mail *config) {
    bool is_set = true;
    SET(CURLOPT_URL, smtp->url);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_ERRORBUFFER, smtp->error);
    SET(CURLOPT_USE_SSL, (long)(config->security == CONFIG_STARTTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (config->ca_file[0])
        SET(CURLOPT_CAINFO, config->ca_file);
    if (config->user[0]) {
        SET(CURLOPT_USERNAME, config->user);
        SET(CURLOPT_PASSWORD, smtp->password);
    }
    SET(CURLOPT_MAIL_FROM, smtp->from);
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_READFUNCTION, on_read);
    SET(CURLOPT_READDATA, smtp);
    SET(CURLOPT_HEADERFUNCTION, on_reply);
    SET(CURLOPT_HEADERDATA, smtp);
    SET(CURLOPT_DEBUGFUNCTION, on_debug);
    SET(CURLOPT_DEBUGDATA, smtp);
    SET(CURLOPT_VERBOSE, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    SET(CURLOPT_TIMEOUT, (long)config->timeout_s);
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)config->timeout_s);
    SET(CURLOPT_MAXAGE_CONN, (long)IDLE_S);
    return is_set;
}

struct smtp *smtp_open(const struct config_mail *config, char *ret_sentence, size_t sentence_size) {
    snprintf(ret_sentence, sentence_size, "There is not enough memory.");
    struct smtp *smtp = calloc(1, sizeof *smtp);
    if (smtp == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (smtp->easy = curl_easy_init()) == NULL)
        goto out;
    snprintf(smtp->url, sizeof smtp->url, "%s://%s", config->security == CONFIG_TLS ? "smtps" : "smtp", config->server);
    snprintf(smtp->from, sizeof smtp->from, "<%s>", config->from);
    if (config->password_file[0] &&
        read_password(config->password_file, smtp->password, ret_sentence, sentence_size) != 0)
        goto out;
    if (set_options(smtp, config))
        return smtp;
out:
    smtp_close(smtp);
    return NULL;
}

void smtp_close(struct smtp *smtp) {
    if (smtp == NULL)
        return;
    curl_easy_cleanup(smtp->easy);
    crypto_wipe(smtp->password, sizeof smtp->password);
    free(smtp);
}
