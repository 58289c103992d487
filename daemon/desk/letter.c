#include "daemon/desk/letter.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct writer {
    char *text;
    size_t used;
};

PRINTF(2, 3) static void say(struct writer *w, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(w->text + w->used, LETTER_BYTES_MAX - w->used, format, arguments);
    va_end(arguments);
    // The gate limits every text that comes in here, so the longest letter fits (a test proves it).
    assert(len >= 0 && (size_t)len < LETTER_BYTES_MAX - w->used);
    w->used += (size_t)len;
}

static void say_leaders(struct writer *w, ProtobufCBinaryData leaders) {
    unsigned count = 0;
    const char *at = (const char *)leaders.data;
    for (size_t left = leaders.len; left > 0; count++) {
        const char *end = memchr(at, '\n', left);
        size_t len = end != NULL ? (size_t)(end - at) : left;
        if (count < LETTER_LEADERS_MAX)
            say(w, "  - %.*s\n", (int)len, at);
        size_t used = end != NULL ? len + 1 : len;
        at += used;
        left -= used;
    }
    if (count > LETTER_LEADERS_MAX)
        say(w, "  - and %u more, whom you see when you sign in\n", count - LETTER_LEADERS_MAX);
}

static void say_how(struct writer *w, const struct letter *letter) {
    char collect_from[TEXT_DATE_BYTES], answer_from[TEXT_DATE_BYTES], close[TEXT_DATE_BYTES], expires[TEXT_DATE_BYTES];
    text_date(letter->collect_from, collect_from);
    text_date(letter->answer_from, answer_from);
    text_date(letter->close, close);
    text_date(letter->expires, expires);
    say(w, "What to do\n\n1. Sign in once, from %s on", collect_from);
    if (letter->answer_from > letter->collect_from)
        say(w, ", best before %s.\n   The longer ago you signed in, the harder it is to link an answer to you.\n\n",
            answer_from);
    else
        say(w, ".\n\n");
    say(w,
        "     candour sign-in --server %s --email %.*s\n\n"
        "   Your code:  %s\n\n"
        "   The code works until %s. Keep it to yourself. A newer letter ends it.\n"
        "   If the program asks for a certificate file, ask IT for it, and add --ca FILE.\n\n"
        "2. The program shows a fingerprint of the rules, and asks for its last group:\n\n"
        "     %s\n\n"
        "   Compare every group, and best with a copy from elsewhere: a notice of HR or the staff council, or a\n"
        "   colleague's. Another one means that something is wrong: stop and tell someone you trust.\n\n"
        "3. Answer between %s and %s:\n\n"
        "     candour give\n\n"
        "   It takes about ten minutes for each leader. You can stop and come back.\n\n",
        letter->desk, TEXT(letter->email), letter->code, expires, letter->fingerprint, answer_from, close);
}

static void say_promise(struct writer *w, const struct letter *letter) {
    say(w,
        "Our promise\n\n"
        "Your answers are checked to come from someone who was asked, once, and are then counted. Nobody, including\n"
        "HR, the IT team and the people you rate, can tell from anything Candour stores or shows which answers are\n"
        "yours. Figures and comments of colleagues are shown only where at least %u of them answered.\n\n"
        "What the promise does not cover\n\n"
        "  - somebody who watches or controls your device, or a changed program;\n"
        "  - an operator who watches the times and addresses of connections, above all when you send at once, or sign\n"
        "    in only after answering has opened;\n"
        "  - an administrator who watches the database of answers while they come in;\n"
        "  - your style and your stories in comments;\n"
        "  - a group in which everybody agrees, and what several raters of a small group find out together;\n"
        "  - that you gave one of the higher marks: only exact marks are protected;\n"
        "  - that you were asked and signed in, and that everybody took part when all answers came in;\n"
        "  - raters invented by an operator who also keeps the staff list, and answers forged in the place of people\n"
        "    who never answer;\n"
        "  - answers as yourself or as the manager: they are shown as such.\n",
        letter->threshold);
}

static void say_sign_in(struct writer *w, const struct letter *letter) {
    char expires[TEXT_DATE_BYTES];
    text_date(letter->expires, expires);
    say(w,
        "Sign in:\n\n"
        "     candour sign-in --server %s --email %.*s\n\n"
        "   Your code:  %s\n\n"
        "   The code works until %s. Keep it to yourself. A newer letter ends it.\n"
        "   If the program asks for a certificate file, ask IT for it, and add --ca FILE.\n\n",
        letter->desk, TEXT(letter->email), letter->code, expires);
}

static void say_nomination(struct writer *w, const struct letter *letter) {
    char collect_from[TEXT_DATE_BYTES];
    text_date(letter->collect_from, collect_from);
    say(w, "colleagues will be asked for feedback soon. Now it is settled who is asked.\n\n");
    say_sign_in(w, letter);
    if (letter->is_leader)
        say(w,
            "You are one of the leaders. Suggest by %s who knows your work well:\n\n"
            "     candour raters suggest\n"
            "     candour raters nominate NAME --group peer\n\n"
            "Your line manager or HR decides.\n\n",
            collect_from);
    if (letter->leaders.len > 0) {
        say(w, "You decide by %s who is asked about:\n\n", collect_from);
        say_leaders(w, letter->leaders);
        say(w, "\n     candour nominations list\n\n");
    }
}

static void say_reading(struct writer *w, const struct letter *letter) {
    say(w, "the answers are in. You may read the report about:\n\n");
    say_leaders(w, letter->leaders);
    say(w, "\n");
    say_sign_in(w, letter);
    say(w, "     candour report list\n"
           "     candour report open NAME\n\n"
           "A report is confidential, and every reading is written down. Please do not try to find out who said "
           "what.\n\n");
}

size_t letter_write(const struct letter *letter, char ret_text[LETTER_BYTES_MAX]) {
    struct writer w = {.text = ret_text};
    say(&w,
        "%s\n"
        "%.*s\n\n"
        "Dear %.*s,\n\n",
        letter->organisation, TEXT(letter->round), TEXT(letter->name));
    switch (letter->kind) {
    case LETTER_NOMINATION:
        say_nomination(&w, letter);
        break;
    case LETTER_READING:
        say_reading(&w, letter);
        break;
    case LETTER_INVITATION:
        say(&w, "we ask for your honest feedback about:\n\n");
        say_leaders(&w, letter->leaders);
        say(&w, "\n");
        say_how(&w, letter);
        say_promise(&w, letter);
        say(&w, "\n");
        break;
    }
    say(&w, "Questions? Ask HR. If this letter is lost, or the code does not work, ask HR for a new letter.\n");
    return w.used;
}
