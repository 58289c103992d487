#include "answers.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ballot.h"
#include "check.h"
#include "crypto.h"
#include "language.h"
#include "output.h"

static int wrong(struct problem *ret_problem, const char *what) {
    return problem_set(ret_problem, EXIT_USAGE, "The answers cannot be used: %s", _(what));
}

static const char *reason_text(enum ballot_reason reason) {
    return reason == BALLOT_BAD_RATINGS ? N_("there must be one rating per statement, within the scale.")
                                        : N_("a comment is longer than 1,000 characters, has characters that cannot be "
                                             "used, or answers a question that is not asked.");
}

int answers_check(const Vault__Answers *answers, const struct questionnaire *questionnaire,
                  struct problem *ret_problem) {
    Candour__Comment comments[BALLOT_QUESTIONS_MAX];
    Candour__Comment *list[BALLOT_QUESTIONS_MAX];
    if (answers->n_comments > BALLOT_QUESTIONS_MAX)
        return wrong(ret_problem, "there are more comments than questions.");
    for (size_t i = 0; i < answers->n_comments; i++) {
        candour__comment__init(&comments[i]);
        comments[i].question = answers->comments[i]->question;
        comments[i].text = answers->comments[i]->text;
        list[i] = &comments[i];
    }
    Candour__Ballot ballot = CANDOUR__BALLOT__INIT;
    ballot.ratings = answers->ratings;
    ballot.comments = list;
    ballot.n_comments = answers->n_comments;
    enum ballot_reason reason = ballot_check_answers(&ballot, questionnaire->item_count, questionnaire->scale_count,
                                                     questionnaire->question_count);
    return reason == BALLOT_FINE ? 0 : wrong(ret_problem, reason_text(reason));
}

static int read_ratings(const json_t *ratings, const struct questionnaire *questionnaire, Vault__Answers *answers,
                        struct problem *ret_problem) {
    size_t count = json_array_size(ratings); // 0 for what is not an array
    if (count != questionnaire->item_count)
        return problem_set(ret_problem, EXIT_USAGE,
                           "\"ratings\" must be a list of %u numbers, one per statement, and here are %zu.",
                           questionnaire->item_count, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *rating = json_array_get(ratings, i);
        json_int_t value = json_integer_value(rating);
        if (json_is_null(rating))
            continue;
        if (!json_is_integer(rating) || value < 0 || value > questionnaire->scale_count)
            return problem_set(ret_problem, EXIT_USAGE,
                               "Rating %zu must be a number from 1 to %u, 0 for \"I have not seen this\", or null.",
                               i + 1, questionnaire->scale_count);
        answers->ratings.data[i] = value == 0 ? BALLOT_NOT_OBSERVED : (uint8_t)value;
    }
    return 0;
}

static int read_comment(const char *key, const json_t *comment, const struct questionnaire *questionnaire,
                        Vault__Answers *answers, struct problem *ret_problem) {
    unsigned question = key[0] >= '1' && key[0] <= '9' && key[1] == '\0' ? (unsigned)(key[0] - '0') : 0;
    if (question == 0 || question > questionnaire->question_count)
        return problem_set(ret_problem, EXIT_USAGE,
                           "\"comments\" may have answers to the questions 1 to %u only, each as \"number\": \"text\".",
                           questionnaire->question_count);
    size_t len = json_string_length(comment);
    const char *text = json_string_value(comment);
    if (text == NULL || !check_text(text, len))
        return problem_set(ret_problem, EXIT_USAGE, "Comment %u must be a text without control characters.", question);
    if (len > BALLOT_COMMENT_BYTES_MAX || check_code_points(text, len) > BALLOT_COMMENT_POINTS_MAX)
        return problem_set(ret_problem, EXIT_USAGE, "Comment %u is longer than 1,000 characters. Shorten it.",
                           question);
    return vault_answers_comment(answers, question - 1, text, len) == 0 ? 0 : problem_no_memory(ret_problem);
}

static int read_all(json_t *file, const struct questionnaire *questionnaire, Vault__Answers *answers,
                    struct problem *ret_problem) {
    const char *key;
    json_t *value;
    json_object_foreach(file, key, value) {
        if (strcmp(key, "ratings") != 0 && strcmp(key, "comments") != 0)
            return wrong(ret_problem, "only \"ratings\" and \"comments\" may be in the file.");
    }
    if (read_ratings(json_object_get(file, "ratings"), questionnaire, answers, ret_problem) != 0)
        return -1;
    json_t *comments = json_object_get(file, "comments");
    if (comments != NULL && !json_is_object(comments))
        return wrong(ret_problem, "\"comments\" must be {\"1\": \"text\", ...}.");
    json_object_foreach(comments, key, value) {
        if (read_comment(key, value, questionnaire, answers, ret_problem) != 0)
            return -1;
    }
    return answers_check(answers, questionnaire, ret_problem);
}

int answers_read(FILE *in, const struct questionnaire *questionnaire, Vault__Answers **ret_answers,
                 struct problem *ret_problem) {
    char *text = malloc(ANSWERS_BYTES_MAX + 1);
    if (text == NULL)
        return problem_no_memory(ret_problem);
    size_t len = fread(text, 1, ANSWERS_BYTES_MAX + 1, in);
    int result = -1;
    json_error_t error;
    json_t *file = NULL;
    Vault__Answers *answers = vault_answers_new(questionnaire->item_count);
    if (answers == NULL)
        problem_no_memory(ret_problem);
    else if (ferror(in) || len > ANSWERS_BYTES_MAX)
        wrong(ret_problem, "the file cannot be read, or is larger than 256 KiB.");
    else if ((file = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error)) == NULL || !json_is_object(file))
        problem_set(ret_problem, EXIT_USAGE,
                    "The answers are not JSON of the form {\"ratings\": [4, 0, null], \"comments\": {\"1\": \"...\"}} "
                    "(line %d).",
                    file == NULL ? error.line : 1);
    else
        result = read_all(file, questionnaire, answers, ret_problem);
    json_decref(file);
    crypto_wipe(text, len);
    free(text);
    if (result == 0)
        *ret_answers = answers;
    else
        VAULT_FORGET(answers);
    return result;
}
