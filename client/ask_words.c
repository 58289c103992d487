// What the questionnaire says before it begins, and what it says about a comment.
#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "cells.h"
#include "language.h"
#include "output.h"
#include "when.h"

enum { WIDTH = 78 };

static const char *const group_names[MANIFEST_GROUPS] = {N_("self"), N_("manager"), N_("peers"), N_("direct reports"),
                                                         N_("other colleagues and partners")};
// Groups that may be merged, in the order of enum cells.
static const unsigned cell_groups[CELLS_GROUPS] = {CANDOUR__GROUP__PEER, CANDOUR__GROUP__REPORT, CANDOUR__GROUP__OTHER};

PRINTF(2, 3) static void paragraph(FILE *out, const char *format, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, _(format), arguments);
    va_end(arguments);
    output_wrap(out, text, 0, WIDTH);
}

// ---------------------------------------------------------------- promise

void ask_promise(FILE *out) {
    static const char *const limits[] = {
        N_("a computer that is watched, or a changed program on it;"),
        N_("someone who runs the server and watches connections, when you send at once and not at a random time;"),
        N_("your writing style, and stories in comments that only you can tell;"),
        N_("a group in which everyone answers the same: \"each of them gave 4 or 5\" can be seen;"),
        N_("people invented by an operator who also controls the staff list, and ballots forged in place of people who "
           "never answer;"),
        N_("two or more colleagues of a small group who put together what they know;"),
        N_("that you were asked and signed in; and that everyone of a group answered, when the count says so;"),
        N_("a first sign-in after answering has opened: then only the remaining delay protects you;"),
        N_("an answer given after answering has ended (--late): it leaves closer to when you gave it, and your answers "
           "closer to each other;"),
        N_("an answer given after the close was moved to a later time: if it comes after the old close, it is from "
           "somebody who has signed in since, and the server knows who has;"),
        N_("an administrator of the ballot database who watches while answers arrive;"),
        N_("answers as self or as the manager, which are known by nature."),
    };
    paragraph(out,
              "The promise: your answers are checked to come from someone who was asked, once, and are then counted. "
              "Nobody, including HR, the IT team and the people you rate, can tell from anything Candour stores or "
              "shows which answers are yours.");
    paragraph(out, "What it does not cover:");
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        char point[512];
        snprintf(point, sizeof point, "- %s", _(limits[i]));
        output_wrap(out, point, 0, WIDTH);
    }
}

// ---------------------------------------------------------------- preface

static void cell_name(unsigned members, char *ret_name, size_t size) {
    ret_name[0] = '\0';
    for (unsigned i = 0; i < CELLS_GROUPS; i++)
        if (members & (1u << i)) {
            size_t used = strlen(ret_name);
            snprintf(ret_name + used, size - used, "%s%s", used > 0 ? _(" and ") : "",
                     _(group_names[cell_groups[i] - 1]));
        }
}

// What the report will do with this group if everyone who was asked answers.
static void print_forecast(FILE *out, unsigned group, const struct manifest_subject *subject, uint32_t threshold) {
    uint32_t counts[CELLS_GROUPS];
    for (unsigned i = 0; i < CELLS_GROUPS; i++)
        counts[i] = subject->raters[cell_groups[i] - 1];
    struct cells cells = cells_partition(counts, threshold);
    for (unsigned i = 0; i < cells.count; i++)
        for (unsigned k = 0; k < CELLS_GROUPS; k++) {
            if (cell_groups[k] != group || !(cells.members[i] & (1u << k)))
                continue;
            char name[160];
            cell_name(cells.members[i], name, sizeof name);
            bool is_alone = cells.members[i] == (1u << k);
            paragraph(out,
                      is_alone
                          ? ngettext("If everyone answers, your group is shown on its own: %s, %u person.",
                                     "If everyone answers, your group is shown on its own: %s, %u people.",
                                     cells.ballots[i])
                          : ngettext("If everyone answers, your group is merged with others and shown as one: %s, %u "
                                     "person together.",
                                     "If everyone answers, your group is merged with others and shown as one: %s, %u "
                                     "people together.",
                                     cells.ballots[i]),
                      name, cells.ballots[i]);
            paragraph(out,
                      "If fewer answer, groups are merged further, until at least %u answers speak together, or "
                      "they are not shown at all.",
                      threshold);
            return;
        }
    paragraph(out, "Too few people were asked to show anything of your group: unless more are asked, no figure and no "
                   "comment of colleagues will be shown.");
}

static void print_group(FILE *out, const Vault__Assignment *assignment, const struct manifest_subject *subject,
                        uint32_t threshold) {
    unsigned group = assignment->group;
    uint32_t asked = subject->raters[group - 1];
    if (group == CANDOUR__GROUP__SELF || group == CANDOUR__GROUP__MANAGER) {
        paragraph(out,
                  group == CANDOUR__GROUP__SELF
                      ? N_("You answer about yourself. Your answers are shown as your own: they are not anonymous.")
                      : N_("You answer as the manager. Your answers are shown as the manager's: they are not "
                           "anonymous."));
        return;
    }
    paragraph(out, "You answer as one of %u: %s.", asked, _(group_names[group - 1]));
    if (asked == 1) {
        output_style(out, OUTPUT_WARNING);
        paragraph(out,
                  "CAREFUL: you are the only one who was asked in this group. Your answers are never shown alone, but "
                  "know this before you write.");
        output_style(out, OUTPUT_PLAIN);
    }
    print_forecast(out, group, subject, threshold);
}

void ask_preface(FILE *out, const Vault__Round *round, const Vault__Assignment *assignment,
                 const struct manifest *manifest) {
    const struct manifest_subject *subject = manifest_subject_find(manifest, assignment->subject.data);
    const struct manifest_rules *rules = &manifest->rules;
    char opens[WHEN_TEXT_BYTES], ends[WHEN_TEXT_BYTES], closes[WHEN_TEXT_BYTES];
    when_text(manifest->answer_from, opens);
    when_text(manifest_answers_until(manifest->answer_from, manifest->close), ends);
    when_text(manifest->close, closes);
    if (manifest->demo)
        paragraph(out, "*** DEMONSTRATION: this round is not a real one. ***");
    paragraph(out,
              "%s asks you about %s, in the round %s. Answer between %s and %s. From then until %s your computer sends "
              "what you gave, at a random moment.",
              manifest->organisation, assignment->subject_name, round->name, opens, ends, closes);
    output_print(out, "\n");
    ask_promise(out);
    output_print(out, "\n");
    if (subject != NULL && assignment->group >= 1 && assignment->group <= MANIFEST_GROUPS)
        print_group(out, assignment, subject, rules->threshold);
    paragraph(out,
              "What is shown, once, after the round has closed: for each statement and competency one figure per "
              "group of at least %u answers, as an average or as \"this or below\". Never a single answer, and "
              "never who answered.",
              rules->threshold);
    paragraph(out,
              "Comments are shown word for word, shuffled and without names, when at least %u colleagues have "
              "answered.",
              rules->comments_pooled);
    output_print(out, "\n");
}

// ---------------------------------------------------------------- hints

#define MONTH                                                                                                          \
    "(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sep(t|tember)?|oct(ober)?|nov(ember)?|"       \
    "dec(ember)?)"

static const struct {
    enum ask_hint hint;
    const char *pattern; // POSIX extended, no case
    const char *sentence;
} hints[] = {
    {ASK_HINT_EMAIL, "[^[:space:]@]@[^[:space:]@]", N_("There seems to be an e-mail address in it.")},
    {ASK_HINT_NAME, NULL, N_("There is a name in it. Write \"you\" or leave names out.")},
    {ASK_HINT_DATE,
     "(^|[^0-9])([0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}|[0-9]{4}-[0-9]{2}(-[0-9]{2})?|(19|20)[0-9]{2})([^0-9]|$)"
     "|[0-9](st|nd|rd|th)?( of)? " MONTH "\\b|\\b" MONTH ",? [0-9]",
     N_("There seems to be a date in it: a day may show who was there.")},
    {ASK_HINT_ONLY, "\\b(as|am|was|being|were) (your|the|her|his|their) (only|sole)\\b|\\byour (only|sole)\\b",
     N_("\"The only ...\" may say who you are.")},
};

const char *ask_hint_sentence(enum ask_hint hint) {
    for (size_t i = 0; i < ARRAY_LEN(hints); i++)
        if (hints[i].hint == hint)
            return _(hints[i].sentence);
    return "";
}

static bool is_match(const char *pattern, const char *text) {
    regex_t compiled;
    if (regcomp(&compiled, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
        return false;
    bool is_found = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return is_found;
}

static bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (unsigned char)byte >= 0x80;
}

// Is one of the words of name (three bytes or more) a word of text?
static bool has_name(const char *text, const char *name) {
    enum { WORD_MIN = 3 };
    char word[128];
    for (const char *at = name; *at != '\0';) {
        size_t len = strcspn(at, " .,'-");
        if (len >= WORD_MIN && len < sizeof word) {
            memcpy(word, at, len);
            word[len] = '\0';
            for (const char *found = strcasestr(text, word); found != NULL; found = strcasestr(found + 1, word))
                if ((found == text || !is_letter(found[-1])) && !is_letter(found[len]))
                    return true;
        }
        at += len + (at[len] != '\0');
    }
    return false;
}

unsigned ask_hints(const char *text, size_t len, const char *subject_name) {
    char *copy = strndup(text, len);
    unsigned found = 0;
    for (size_t i = 0; copy != NULL && i < ARRAY_LEN(hints); i++) {
        bool is_found = hints[i].pattern != NULL ? is_match(hints[i].pattern, copy) : has_name(copy, subject_name);
        if (is_found)
            found |= hints[i].hint;
    }
    free(copy);
    return found;
}
