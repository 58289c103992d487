#include "ask.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ballot.h"
#include "check.h"
#include "crypto.h"
#include "language.h"
#include "output.h"

enum { WIDTH = 78, COMMENT_READ_MAX = 64 * 1024 };

enum { GROUP_CHARACTERS = 4 }; // of a code that is read out or typed

// The dialogue's own state, for the length of one ask_questions.
struct dialogue {
    const struct ask *ask;
    Vault__Answers *answers;
    char *line; // getline's
    size_t line_size, line_len;
    bool is_single;      // one question was chosen in the review: go back there afterwards
    unsigned shown_last; // competency whose heading was printed last, from 1
};

enum step { STEP_NEXT, STEP_BACK, STEP_STAY, STEP_REVIEW, STEP_QUIT, STEP_SEND };

// False: the input has ended.
static bool read_line(struct dialogue *dialogue) {
    fflush(dialogue->ask->out);
    ssize_t len = getline(&dialogue->line, &dialogue->line_size, dialogue->ask->in);
    if (len < 0)
        return false;
    while (len > 0 && (dialogue->line[len - 1] == '\n' || dialogue->line[len - 1] == '\r'))
        len--;
    dialogue->line[len] = '\0';
    dialogue->line_len = (size_t)len;
    return true;
}

static const char *rating_text(const struct questionnaire *q, uint8_t rating) {
    return rating == 0                     ? _("not answered")
           : rating == BALLOT_NOT_OBSERVED ? _("I have not seen this")
           : rating <= q->scale_count      ? q->scale[rating - 1]
                                           : "?";
}

// What 0, 1 .. M mean on screen.
static unsigned rating_key(uint8_t rating) {
    return rating == BALLOT_NOT_OBSERVED ? 0 : rating;
}

// ---------------------------------------------------------------- review

static void print_rating(FILE *out, unsigned number, uint8_t rating, const char *text) {
    char answer[16];
    snprintf(answer, sizeof answer, rating == 0 ? "-" : "%u", rating_key(rating));
    output_print(out, "%4u. [%2s] ", number, answer);
    output_pad(out, text, WIDTH - 11);
    output_print(out, "\n");
}

static void print_comment(FILE *out, const Vault__Comment *comment) {
    char *text = strndup((const char *)comment->text.data, comment->text.len);
    if (text != NULL)
        output_wrap(out, text, 6, WIDTH);
    free(text);
}

void ask_review(FILE *out, const struct questionnaire *q, const Vault__Answers *answers) {
    unsigned answered = 0, unseen = 0;
    output_print(out, "\n%s\n", _("Your answers (number of the question, [answer], statement)"));
    for (unsigned i = 0; i < q->item_count; i++) {
        print_rating(out, i + 1, answers->ratings.data[i], q->items[i].effective);
        answered += answers->ratings.data[i] != 0 && answers->ratings.data[i] != BALLOT_NOT_OBSERVED;
        unseen += answers->ratings.data[i] == BALLOT_NOT_OBSERVED;
    }
    for (unsigned i = 0; i < q->question_count; i++) {
        const Vault__Comment *comment = vault_answers_find(answers, i);
        output_print(out, "%4u. ", q->item_count + i + 1);
        output_field(out, q->questions[i], strlen(q->questions[i]));
        output_print(out, comment != NULL ? "\n" : " %s\n", _("(no answer)"));
        if (comment != NULL) {
            print_comment(out, comment);
        }
    }
    output_print(out, _("Rated: %u of %u. Not seen: %u. Not answered: %u. Comments: %zu."), answered, q->item_count,
                 unseen, q->item_count - answered - unseen, answers->n_comments);
    output_print(out, "\n");
    if (answered == 0)
        output_sentence(out,
                        _("Nothing is rated: sent like this, it takes your answers back, and comments are not shown."));
}

static enum step review(struct dialogue *dialogue) {
    const struct questionnaire *q = dialogue->ask->questionnaire;
    FILE *out = dialogue->ask->out;
    unsigned total = q->item_count + q->question_count;
    ask_review(out, q, dialogue->answers);
    output_sentence(out, _("Type y when this is what you want to send, the number of a question to change it, b to go "
                           "back, or q to stop and keep the draft:"));
    if (!read_line(dialogue))
        return STEP_QUIT;
    const char *line = dialogue->line;
    if (strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0)
        return STEP_SEND;
    if (strcasecmp(line, "q") == 0)
        return STEP_QUIT;
    if (strcasecmp(line, "b") == 0)
        return STEP_BACK;
    char *end;
    unsigned long number = strtoul(line, &end, 10);
    if (isdigit((unsigned char)line[0]) && *end == '\0' && number >= 1 && number <= total) {
        dialogue->answers->position = (uint32_t)number - 1;
        dialogue->is_single = true;
        dialogue->shown_last = 0;
        return STEP_STAY;
    }
    output_print(out, "%s\n", _("This is not one of the choices."));
    return STEP_STAY;
}

// b, q and s mean the same at every question. True: *ret_step says what.
static bool is_command(struct dialogue *dialogue, enum step *ret_step) {
    const char *line = dialogue->line;
    if (strcasecmp(line, "b") == 0)
        *ret_step = STEP_BACK;
    else if (strcasecmp(line, "q") == 0)
        *ret_step = STEP_QUIT;
    else if (strcasecmp(line, "s") == 0)
        *ret_step = STEP_REVIEW;
    else
        return false;
    return true;
}

// ---------------------------------------------------------------- statements

static void print_heading(struct dialogue *dialogue, unsigned competency) {
    const struct questionnaire_competency *c = &dialogue->ask->questionnaire->competencies[competency];
    FILE *out = dialogue->ask->out;
    if (dialogue->shown_last == competency + 1)
        return;
    dialogue->shown_last = competency + 1;
    output_print(out, "\n");
    output_style(out, OUTPUT_BOLD);
    if (c->cluster[0] != '\0') {
        output_field(out, c->cluster, strlen(c->cluster));
        output_print(out, ": ");
    }
    output_field(out, c->name, strlen(c->name));
    output_style(out, OUTPUT_PLAIN);
    output_print(out, "\n");
    if (c->definition[0] != '\0')
        output_wrap(out, c->definition, 2, WIDTH);
}

static void print_item(struct dialogue *dialogue, unsigned number) {
    const struct questionnaire *q = dialogue->ask->questionnaire;
    const struct questionnaire_item *item = &q->items[number];
    FILE *out = dialogue->ask->out;
    uint8_t now = dialogue->answers->ratings.data[number];
    print_heading(dialogue, item->competency);
    output_print(out, "\n");
    output_print(out, _("Question %u of %u, about %s"), number + 1, q->item_count + q->question_count,
                 dialogue->ask->subject_name);
    output_print(out, "\n");
    output_wrap(out, item->effective, 2, WIDTH);
    if (item->ineffective[0] != '\0') {
        output_print(out, "  %s\n", _("The opposite:"));
        output_wrap(out, item->ineffective, 4, WIDTH);
    }
    for (unsigned i = 0; i < q->scale_count; i++) {
        output_print(out, "  %2u  ", i + 1);
        output_field(out, q->scale[i], strlen(q->scale[i]));
        output_print(out, "\n");
    }
    output_print(out, "   0  %s\n", _("I have not seen this"));
    if (now != 0) {
        output_print(out, _("Your answer so far: %u %s"), rating_key(now), rating_text(q, now));
        output_print(out, "\n");
    }
    output_print(out, _("1-%u or 0, Enter to skip, - to clear, b back, s summary, q stop, keeping all: "),
                 q->scale_count);
}

static enum step ask_item(struct dialogue *dialogue, unsigned number) {
    const struct questionnaire *q = dialogue->ask->questionnaire;
    uint8_t *rating = &dialogue->answers->ratings.data[number];
    enum step step;
    print_item(dialogue, number);
    if (!read_line(dialogue))
        return STEP_QUIT;
    if (dialogue->line[0] == '\0')
        return STEP_NEXT;
    if (is_command(dialogue, &step))
        return step;
    if (strcmp(dialogue->line, "-") == 0) {
        *rating = 0;
        return STEP_NEXT;
    }
    char *end;
    unsigned long value = strtoul(dialogue->line, &end, 10);
    if (isdigit((unsigned char)dialogue->line[0]) && *end == '\0' && value <= q->scale_count) {
        *rating = value == 0 ? BALLOT_NOT_OBSERVED : (uint8_t)value;
        return STEP_NEXT;
    }
    output_print(dialogue->ask->out, _("Please type a number from 0 to %u, or one of the letters.\n"), q->scale_count);
    return STEP_STAY;
}

// ---------------------------------------------------------------- open questions

struct comment {
    char text[COMMENT_READ_MAX];
    size_t len;
};

// The line just read is the first one of a comment; more follow until a single dot. False: the input has ended.
static bool read_comment(struct dialogue *dialogue, struct comment *comment) {
    comment->len = 0;
    while (strcmp(dialogue->line, ".") != 0) {
        bool is_first = comment->len == 0;
        if (dialogue->line_len + 2 < sizeof comment->text - comment->len) { // what is far too long is refused below
            if (!is_first)
                comment->text[comment->len++] = '\n';
            memcpy(comment->text + comment->len, dialogue->line, dialogue->line_len);
            comment->len += dialogue->line_len;
        }
        if (!read_line(dialogue))
            return false;
    }
    while (comment->len > 0 && comment->text[comment->len - 1] == '\n')
        comment->len--;
    comment->text[comment->len] = '\0';
    return true;
}

static bool is_usable(FILE *out, const struct comment *comment) {
    if (!check_text(comment->text, comment->len)) {
        output_print(out, _("Some characters in this cannot be used. Please write it again.\n"));
        return false;
    }
    size_t points = check_code_points(comment->text, comment->len);
    if (points <= BALLOT_COMMENT_POINTS_MAX && comment->len <= BALLOT_COMMENT_BYTES_MAX)
        return true;
    output_print(out, _("This has %zu characters, and at most 1,000 can be sent. Please write it shorter.\n"), points);
    return false;
}

// Warns of what may give the writer away. True: keep it.
static bool is_kept(struct dialogue *dialogue, const struct comment *comment) {
    FILE *out = dialogue->ask->out;
    unsigned hints = ask_hints(comment->text, comment->len, dialogue->ask->subject_name);
    if (hints == 0)
        return true;
    output_style(out, OUTPUT_WARNING);
    for (unsigned hint = ASK_HINT_EMAIL; hint <= ASK_HINT_ONLY; hint <<= 1)
        if (hints & hint)
            output_sentence(out, ask_hint_sentence((enum ask_hint)hint));
    output_style(out, OUTPUT_PLAIN);
    output_print(out, "%s ", _("Type y to keep it as it is, or Enter to write it again:"));
    return read_line(dialogue) && (strcasecmp(dialogue->line, "y") == 0 || strcasecmp(dialogue->line, "yes") == 0);
}

static void print_question(struct dialogue *dialogue, unsigned question) {
    const struct questionnaire *q = dialogue->ask->questionnaire;
    FILE *out = dialogue->ask->out;
    const Vault__Comment *now = vault_answers_find(dialogue->answers, question);
    output_print(out, "\n");
    output_print(out, _("Question %u of %u, in your own words, about %s"), q->item_count + question + 1,
                 q->item_count + q->question_count, dialogue->ask->subject_name);
    output_print(out, "\n");
    output_wrap(out, q->questions[question], 2, WIDTH);
    if (now != NULL) {
        output_print(out, "%s\n", _("Your answer so far:"));
        output_text(out, now->text.data, now->text.len);
        output_print(out, "\n");
    }
    output_sentence(
        out, _("At most 1,000 characters, on as many lines as you like; a line with nothing but a dot ends it. It is "
               "shown word for word."));
    output_print(out, "%s\n", _("Enter to skip, - to clear, b back, s summary, q stop, keeping all:"));
}

static enum step ask_open(struct dialogue *dialogue, unsigned question) {
    enum step step;
    print_question(dialogue, question);
    if (!read_line(dialogue))
        return STEP_QUIT;
    if (dialogue->line[0] == '\0')
        return STEP_NEXT;
    if (is_command(dialogue, &step))
        return step;
    if (strcmp(dialogue->line, "-") == 0) {
        int cleared = vault_answers_comment(dialogue->answers, question, NULL, 0);
        return cleared == 0 ? STEP_NEXT : STEP_QUIT;
    }
    struct comment *comment = malloc(sizeof *comment);
    if (comment == NULL)
        return STEP_QUIT;
    step = STEP_QUIT;
    if (read_comment(dialogue, comment)) {
        step = STEP_STAY;
        if (is_usable(dialogue->ask->out, comment) && is_kept(dialogue, comment))
            step = vault_answers_comment(dialogue->answers, question, comment->text, comment->len) == 0 ? STEP_NEXT
                                                                                                        : STEP_QUIT;
    }
    crypto_wipe(comment, sizeof *comment);
    free(comment);
    return step;
}

// ---------------------------------------------------------------- the whole

static enum step ask_one(struct dialogue *dialogue) {
    const struct questionnaire *q = dialogue->ask->questionnaire;
    unsigned position = dialogue->answers->position;
    if (position < q->item_count)
        return ask_item(dialogue, position);
    if (position < q->item_count + q->question_count)
        return ask_open(dialogue, position - q->item_count);
    return review(dialogue);
}

static void move(struct dialogue *dialogue, enum step step) {
    uint32_t *position = &dialogue->answers->position;
    uint32_t total = dialogue->ask->questionnaire->item_count + dialogue->ask->questionnaire->question_count;
    if (step == STEP_REVIEW || (step == STEP_NEXT && dialogue->is_single))
        *position = total;
    else if (step == STEP_NEXT)
        ++*position;
    else if (step == STEP_BACK && *position > 0)
        --*position;
    if (step != STEP_STAY)
        dialogue->is_single = false;
}

enum ask_result ask_questions(const struct ask *ask, Vault__Answers *answers, int (*save)(void *context),
                              void *context) {
    struct dialogue dialogue = {.ask = ask, .answers = answers};
    enum step step;
    assert(answers->ratings.len == ask->questionnaire->item_count);
    do {
        step = ask_one(&dialogue);
        move(&dialogue, step);
        if (step != STEP_STAY && save != NULL && save(context) != 0)
            step = STEP_QUIT;
    } while (step != STEP_QUIT && step != STEP_SEND);
    if (dialogue.line != NULL)
        crypto_wipe(dialogue.line, dialogue.line_size);
    free(dialogue.line);
    output_print(ask->out, "\n");
    return step == STEP_SEND ? ASK_SEND : ASK_QUIT;
}

bool ask_yes(FILE *in, FILE *out, const char *format, ...) {
    char question[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(question, sizeof question, _(format), arguments);
    va_end(arguments);
    output_print(out, "%s [y/N] ", question);
    fflush(out);
    char *line = NULL;
    size_t size = 0;
    ssize_t len = getline(&line, &size, in);
    bool is_yes = len > 0 && (strcasecmp(line, "y\n") == 0 || strcasecmp(line, "yes\n") == 0 ||
                              strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0);
    free(line);
    return is_yes;
}

PRINTF(2, 3) static void paragraph(FILE *out, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, _(format), arguments);
    va_end(arguments);
    output_sentence(out, text);
}

// Asks for the last group of code, three times at most.
static bool type_last(FILE *in, FILE *out, const char *question, const char *code, const char *wrong) {
    enum { TRIES = 3 };
    const char *last = code + strlen(code) - GROUP_CHARACTERS;
    char *line = NULL;
    size_t size = 0;
    bool is_right = false;
    for (int i = 0; i < TRIES && !is_right; i++) {
        output_print(out, "%s: ", question);
        fflush(out);
        if (getline(&line, &size, in) < 0)
            break;
        line[strcspn(line, " \r\n")] = '\0';
        for (char *at = line; *at != '\0'; at++) // as people misread Crockford's base32
            *at = strchr("iIlL", *at) ? '1' : strchr("oO", *at) ? '0' : (char)toupper((unsigned char)*at);
        is_right = strcmp(line, last) == 0;
        if (!is_right)
            output_print(out, "%s\n", wrong);
    }
    free(line);
    return is_right;
}

bool ask_recovery(FILE *in, FILE *out, const char *round_name, const char code[CODE_RECOVERY_TEXT_BYTES]) {
    output_print(out, "\n");
    paragraph(out,
              "This is your recovery code for the round %s. With it you can go on at another computer; nobody can give "
              "it to you again. Write it down and keep it to yourself.",
              round_name);
    output_print(out, "\n  %s\n\n", code);
    if (in == NULL)
        return true;
    bool is_right = type_last(in, out, _("Type its last four characters"), code,
                              _("These are not the last four characters of the code above."));
    if (!is_right)
        output_print(out, "\n%s\n", _("The code will be shown again at your next sign-in."));
    return is_right;
}

bool ask_fingerprint(FILE *in, FILE *out, const char *round_name, const char fingerprint[CODE_FINGERPRINT_TEXT_BYTES]) {
    if (in == NULL)
        return true; // it is told in any case
    output_print(out, "\n");
    paragraph(out, "The rules of the round %s are the same for everybody, and so is their fingerprint. It begins:",
              round_name);
    output_print(out, "\n  %.*s????\n\n", (int)strlen(fingerprint) - GROUP_CHARACTERS, fingerprint);
    paragraph(out, "Compare every group with a copy that does not come from this server: a notice of HR or the staff "
                   "council, or a colleague's. With the letter alone you compare what the server says with what it "
                   "said before. If a group differs, press Ctrl-C and tell someone you trust.");
    output_print(out, "\n");
    return type_last(in, out, _("Type the last four characters, from your copy"), fingerprint,
                     _("The server's fingerprint ends with other characters. Look again."));
}
