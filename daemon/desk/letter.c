#include "daemon/desk/letter.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/mail/template.h"
#include "manifest.h"

struct writer {
    const struct template_values *values;
    char *text;
    size_t used;
};

static void say(struct writer *w, const char *name) {
    struct template_part piece = template_piece(w->values->language, name);
    int rc = template_fill(&piece, w->values, w->text + w->used, LETTER_BYTES_MAX - w->used);
    // The gate limits every text that comes in here, so the longest letter fits (a test proves it).
    assert(rc == 0);
    w->used += strlen(w->text + w->used);
}

static void say_kind(struct writer *w, const struct letter *letter) {
    switch (letter->kind) {
    case LETTER_NOMINATION:
        say(w, "letter-nomination");
        say(w, "letter-sign-in");
        if (letter->is_leader)
            say(w, "letter-leader");
        if (letter->leaders.len > 0)
            say(w, "letter-manager");
        break;
    case LETTER_READING:
        say(w, "letter-reading");
        say(w, "letter-sign-in");
        say(w, "letter-report");
        break;
    case LETTER_INVITATION:
        say(w, "letter-invitation");
        if (letter->answer_from > letter->collect_from)
            say(w, "letter-early");
        say(w, "letter-how");
        break;
    }
}

static struct template_part part(const char *text) {
    return (struct template_part){text, strlen(text)};
}

static struct template_part part_of(ProtobufCBinaryData text) {
    return (struct template_part){(const char *)text.data, text.len};
}

size_t letter_write(const struct letter *letter, char ret_text[LETTER_BYTES_MAX]) {
    const int64_t times[] = {letter->collect_from, letter->answer_from,
                             manifest_answers_until(letter->answer_from, letter->close), letter->close,
                             letter->expires};
    static const enum template_word time_words[] = {TEMPLATE_COLLECT_FROM, TEMPLATE_ANSWER_FROM, TEMPLATE_ANSWER_UNTIL,
                                                    TEMPLATE_CLOSE, TEMPLATE_CODE_UNTIL};
    char dates[ARRAY_LEN(times)][CLOCK_WORDS_BYTES], threshold[16], language[LETTER_LANGUAGE_BYTES];
    snprintf(language, sizeof language, "%.*s", TEXT(letter->language));
    snprintf(threshold, sizeof threshold, "%u", letter->threshold);
    struct template_values values = {.language = language};
    struct template_part *v = values.words;
    v[TEMPLATE_NAME] = part_of(letter->name);
    v[TEMPLATE_EMAIL] = part_of(letter->email);
    v[TEMPLATE_ORGANISATION] = part(letter->organisation);
    v[TEMPLATE_SERVER] = part(letter->desk);
    v[TEMPLATE_ROUND] = part_of(letter->round);
    v[TEMPLATE_WORD_LEADERS] = part_of(letter->leaders);
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        template_date(language, times[i], dates[i]);
        v[time_words[i]] = part(dates[i]);
    }
    v[TEMPLATE_THRESHOLD] = part(threshold);
    v[TEMPLATE_FINGERPRINT] = part(letter->fingerprint);
    v[TEMPLATE_WORD_CODE] = part(letter->code);
    struct writer w = {.values = &values, .text = ret_text};
    say(&w, "letter-head");
    say_kind(&w, letter);
    say(&w, "letter-end");
    return w.used;
}
