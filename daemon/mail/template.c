#include "daemon/mail/template.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/mail/template_private.h"
#include "daemon/mail/writer.h"

enum { LEADERS_SHOWN_MAX = 20 };

#define BIT(kind) (1u << (kind))
#define EVERY     ((1u << TEMPLATE_KINDS) - 1)
#define ROUNDS    (EVERY & ~BIT(TEMPLATE_CODE))
#define READERS   (BIT(TEMPLATE_READING) | BIT(TEMPLATE_REPORT))
#define RATERS    (ROUNDS & ~BIT(TEMPLATE_NOMINATION) & ~READERS)
#define UNTIL     (BIT(TEMPLATE_INVITATION) | BIT(TEMPLATE_SECOND_REMINDER) | BIT(TEMPLATE_EXTENDED))
#define CODES     (BIT(TEMPLATE_NOMINATION) | BIT(TEMPLATE_INVITATION) | BIT(TEMPLATE_CODE) | READERS)

static const char *const names[TEMPLATE_KINDS] = {
    [TEMPLATE_NOMINATION] = "nomination",
    [TEMPLATE_INVITATION] = "invitation",
    [TEMPLATE_OPEN] = "open",
    [TEMPLATE_REMINDER] = "reminder",
    [TEMPLATE_SECOND_REMINDER] = "second-reminder",
    [TEMPLATE_LAST_CALL] = "last-call",
    [TEMPLATE_EXTENDED] = "extended",
    [TEMPLATE_THANKS] = "thanks",
    [TEMPLATE_READING] = "reading",
    [TEMPLATE_REPORT] = "report",
    [TEMPLATE_CODE] = "code",
};
// Which kinds of mail a word may stand in, and in which it must.
static const struct {
    const char *name;
    unsigned allowed, needed;
} words[TEMPLATE_WORDS] = {
    [TEMPLATE_NAME] = {"name", EVERY, 0},
    [TEMPLATE_EMAIL] = {"email", EVERY, 0},
    [TEMPLATE_ORGANISATION] = {"organisation", EVERY, 0},
    [TEMPLATE_SERVER] = {"server", EVERY, CODES},
    [TEMPLATE_ROUND] = {"round", ROUNDS, 0},
    [TEMPLATE_WORD_LEADERS] = {"leaders", ROUNDS & ~BIT(TEMPLATE_REPORT), BIT(TEMPLATE_INVITATION)},
    [TEMPLATE_COLLECT_FROM] = {"collect_from", RATERS | BIT(TEMPLATE_NOMINATION), 0},
    [TEMPLATE_ANSWER_FROM] = {"answer_from", RATERS, BIT(TEMPLATE_INVITATION)},
    [TEMPLATE_ANSWER_UNTIL] = {"answer_until", RATERS, UNTIL},
    [TEMPLATE_CLOSE] = {"close", RATERS, UNTIL},
    [TEMPLATE_THRESHOLD] = {"threshold", RATERS, 0},
    [TEMPLATE_FINGERPRINT] = {"fingerprint", RATERS, BIT(TEMPLATE_INVITATION)},
    [TEMPLATE_WORD_CODE] = {"code", CODES, CODES},
    [TEMPLATE_CODE_UNTIL] = {"code_until", CODES, 0},
};

const char *template_name(enum template_kind kind) {
    return names[kind];
}

int template_find(const void *name, size_t len, enum template_kind *ret_kind) {
    for (unsigned i = 0; i < TEMPLATE_KINDS; i++)
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) {
            *ret_kind = (enum template_kind)i;
            return 0;
        }
    return -1;
}

bool template_has_code(enum template_kind kind) {
    return CODES & BIT(kind);
}

// ---------------------------------------------------------------- languages

enum { LANGUAGE_LETTERS_MAX = 3 }; // of ISO 639; what follows is a country or script

const char *template_language(const char *language) {
    size_t letters = language != NULL ? strcspn(language, "-_") : 0;
    for (size_t i = 0; template_languages[i] != NULL; i++)
        if (strlen(template_languages[i]) == letters && memcmp(template_languages[i], language, letters) == 0)
            return template_languages[i];
    return template_languages[0];
}

static const char *find_own(const char *language, const char *name) {
    char path[64];
    size_t letters = strcspn(language, "-_");
    if (letters == 0 || letters > LANGUAGE_LETTERS_MAX)
        return NULL;
    snprintf(path, sizeof path, "%.*s/%s", (int)letters, language, name);
    for (const struct template_file *file = template_files; file->name != NULL; file++)
        if (strcmp(file->name, path) == 0)
            return file->text;
    return NULL;
}

struct template_part template_piece(const char *language, const char *name) {
    const char *text = language != NULL ? find_own(language, name) : NULL;
    for (const struct template_file *file = template_files; text == NULL && file->name != NULL; file++)
        if (strcmp(file->name, name) == 0)
            text = file->text;
    assert(text != NULL);
    return (struct template_part){text, strlen(text)};
}

struct template_text template_own(const char *language, enum template_kind kind) {
    static const char prefix[] = "Subject: ";
    const char *text = template_piece(language, names[kind]).text;
    const char *subject = text + sizeof prefix - 1, *end = strstr(text, "\n\n");
    assert(strncmp(text, prefix, sizeof prefix - 1) == 0 && end != NULL);
    return (struct template_text){{subject, (size_t)(end - subject)}, {end + 2, strlen(end + 2)}};
}

void template_date(const char *language, int64_t at, char ret_text[CLOCK_WORDS_BYTES]) {
    const char *month = language != NULL ? find_own(language, "months") : NULL;
    if (month == NULL) {
        clock_words(at, ret_text);
        return;
    }
    time_t time = (time_t)at;
    struct tm date;
    gmtime_r(&time, &date);
    for (int i = 0; i < date.tm_mon; i++)
        month += strcspn(month, "\n") + 1;
    snprintf(ret_text, CLOCK_WORDS_BYTES, "%d %.*s %d, %02d:%02d UTC", date.tm_mday, (int)strcspn(month, "\n"), month,
             date.tm_year + 1900, date.tm_hour, date.tm_min);
}

// ---------------------------------------------------------------- words

// The next {word} of lower-case letters and underlines in text[at..len): where it begins and ends, braces included.
// Other braces are text.
static bool next_word(const char *text, size_t len, size_t at, size_t *ret_begin, size_t *ret_end) {
    for (; at < len; at++) {
        if (text[at] != '{')
            continue;
        size_t end = at + 1;
        while (end < len && ((text[end] >= 'a' && text[end] <= 'z') || text[end] == '_'))
            end++;
        if (end < len && text[end] == '}' && end > at + 1) {
            *ret_begin = at;
            *ret_end = end + 1;
            return true;
        }
    }
    return false;
}

static int find_word(const char *word, size_t len) { // with its braces; -1: none of ours
    for (int i = 0; i < TEMPLATE_WORDS; i++)
        if (strlen(words[i].name) == len - 2 && memcmp(words[i].name, word + 1, len - 2) == 0)
            return i;
    return -1;
}

static int check_part(enum template_kind kind, const struct template_part *part, unsigned *found, char *ret_sentence,
                      size_t sentence_size) {
    for (size_t at = 0, begin, end; next_word(part->text, part->len, at, &begin, &end); at = end) {
        int word = find_word(part->text + begin, end - begin);
        if (word < 0 || !(words[word].allowed & BIT(kind))) {
            size_t used = (size_t)snprintf(ret_sentence, sentence_size, "%.*s cannot stand in this mail. What can:",
                                           (int)(end - begin > 40 ? 40 : end - begin), part->text + begin);
            for (int i = 0; i < TEMPLATE_WORDS && used < sentence_size; i++)
                if (words[i].allowed & BIT(kind))
                    used += (size_t)snprintf(ret_sentence + used, sentence_size - used, " {%s}", words[i].name);
            return -1;
        }
        *found |= 1u << word;
    }
    return 0;
}

int template_check(enum template_kind kind, const struct template_text *text, char *ret_sentence,
                   size_t sentence_size) {
    unsigned found = 0;
    if (text->subject.len == 0 || text->body.len == 0) {
        snprintf(ret_sentence, sentence_size, "A mail needs a subject and a text.");
        return -1;
    }
    if (check_part(kind, &text->subject, &found, ret_sentence, sentence_size) != 0)
        return -1;
    if (found & 1u << TEMPLATE_WORD_CODE) {
        snprintf(ret_sentence, sentence_size, "Leave {code} out of the subject: lists of mails show it to bystanders.");
        return -1;
    }
    if (check_part(kind, &text->body, &found, ret_sentence, sentence_size) != 0)
        return -1;
    for (unsigned i = 0; i < TEMPLATE_WORDS; i++)
        if (words[i].needed & BIT(kind) && !(found & 1u << i)) {
            snprintf(ret_sentence, sentence_size, "Put {%s} into the text: nobody could do without it.", words[i].name);
            return -1;
        }
    return 0;
}

bool template_is_usable(enum template_kind kind, const struct template_text *text) {
    char unused[1];
    return template_check(kind, text, unused, sizeof unused) == 0;
}

// ---------------------------------------------------------------- filling in

static void put_leaders(struct writer *w, const char *language, const struct template_part *leaders) {
    unsigned count = 0;
    const char *at = leaders->text;
    for (size_t left = leaders->len; left > 0; count++) {
        const char *end = memchr(at, '\n', left);
        size_t len = end != NULL ? (size_t)(end - at) : left;
        if (count < LEADERS_SHOWN_MAX) {
            writer_put(w, count > 0 ? "\n  - " : "  - ", count > 0 ? 5 : 4);
            writer_put(w, at, len);
        }
        len += end != NULL;
        at += len;
        left -= len;
    }
    if (count > LEADERS_SHOWN_MAX) {
        static const char word[] = "{count}";
        char number[16];
        struct template_part more = template_piece(language, "more-leaders");
        const char *here = strstr(more.text, word);
        assert(here != NULL);
        int len = snprintf(number, sizeof number, "%u", count - LEADERS_SHOWN_MAX);
        writer_put(w, "\n", 1);
        writer_put(w, more.text, (size_t)(here - more.text));
        writer_put(w, number, (size_t)len);
        here += sizeof word - 1;
        writer_put(w, here, strcspn(here, "\n"));
    }
}

int template_fill(const struct template_part *text, const struct template_values *values, char *ret_text, size_t size) {
    struct writer w = {.text = ret_text, .size = size};
    size_t at = 0, begin, end;
    for (; next_word(text->text, text->len, at, &begin, &end); at = end) {
        int word = find_word(text->text + begin, end - begin);
        writer_put(&w, text->text + at, begin - at);
        if (word == TEMPLATE_WORD_LEADERS)
            put_leaders(&w, values->language, &values->words[word]);
        else if (word >= 0)
            writer_put(&w, values->words[word].text, values->words[word].len);
        else
            writer_put(&w, text->text + begin, end - begin);
    }
    writer_put(&w, text->text + at, text->len - at);
    if (w.is_full)
        return -1;
    ret_text[w.used] = '\0';
    return 0;
}
