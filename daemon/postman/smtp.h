// Sending mails to one server, one after the other over a connection that stays open in between; the only user of
// libcurl. It blocks: libcurl waits for the answer to a text even in its multi interface (lib/smtp.c, smtp_done).
#ifndef CANDOUR_SMTP_H
#define CANDOUR_SMTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base.h"

struct config_mail;
struct smtp;

enum { SMTP_REPLY_BYTES = 301 };
enum smtp_outcome { // numbers are those of desk.mail_result
    SMTP_SENT = 1,
    SMTP_REFUSED = 2, // this mail, for good
    SMTP_LATER = 3,   // this mail, but it may be tried again
    SMTP_DOWN = 4,    // the server could not be reached, is not the right one or does not want us
    SMTP_PERHAPS = 5, // the text was on its way, and no answer came
    SMTP_STOPPED,     // is_ready said no
};

struct smtp_mail {
    const char *to, *text; // address; text with lines that end in CR LF
    size_t len;
    // Runs once when the server has taken the recipient, before the first byte of the text leaves: until it returns,
    // the mail has certainly not been delivered. false: do not send it.
    bool (*is_ready)(void *context);
    void *context;
};

// config must outlive it. NULL: a sentence in ret_sentence (the password cannot be read, or no memory).
struct smtp *smtp_open(const struct config_mail *config, char *ret_sentence, size_t sentence_size);
// ret_reply: the server's last word, or what went wrong; one line of printable ASCII. At most timeout_s.
MUST_CHECK enum smtp_outcome smtp_send(struct smtp *smtp, const struct smtp_mail *mail,
                                       char ret_reply[SMTP_REPLY_BYTES]);
// Connects, and signs in, without sending anything. -1: what went wrong in ret_sentence.
MUST_CHECK int smtp_check(struct smtp *smtp, char *ret_sentence, size_t sentence_size);
void smtp_close(struct smtp *smtp);

#endif
