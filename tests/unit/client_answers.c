#include "client_round.h"

#include "ballot.h"
#include "client/answers.h"

static struct questionnaire questions;

static int start(void **state) {
    (void)state;
    return questionnaire_read(client_round_questions, sizeof client_round_questions - 1, &questions);
}

static int end(void **state) {
    (void)state;
    questionnaire_free(&questions);
    return 0;
}

static int read_text(const char *text, Vault__Answers **ret_answers, struct problem *ret_problem) {
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    assert_non_null(in);
    int result = answers_read(in, &questions, ret_answers, ret_problem);
    fclose(in);
    return result;
}

static void assert_refused(const char *text, const char *part) {
    struct problem problem = {0};
    Vault__Answers *answers = NULL;
    if (read_text(text, &answers, &problem) != -1)
        fail_msg("was accepted: %s", text);
    assert_null(answers);
    assert_int_equal(problem.code, EXIT_USAGE);
    if (strstr(problem.sentence, part) == NULL)
        fail_msg("for %s it says: %s", text, problem.sentence);
}

static void zero_is_not_seen_and_null_is_unanswered(void **state) {
    (void)state;
    struct problem problem;
    Vault__Answers *answers;
    assert_int_equal(
        read_text("{\"ratings\": [4, 0, null], \"comments\": {\"2\": \"Zoë\\nis fine\"}}", &answers, &problem), 0);
    assert_int_equal(answers->ratings.len, 3);
    assert_int_equal(answers->ratings.data[0], 4);
    assert_int_equal(answers->ratings.data[1], BALLOT_NOT_OBSERVED);
    assert_int_equal(answers->ratings.data[2], 0);
    assert_memory_equal(vault_answers_find(answers, 1)->text.data, "Zoë\nis fine", 12);
    assert_null(vault_answers_find(answers, 0));
    VAULT_FORGET(answers);
}

static void comments_may_be_absent(void **state) {
    (void)state;
    struct problem problem;
    Vault__Answers *answers;
    assert_int_equal(read_text("{\"ratings\": [1, 5, 3]}", &answers, &problem), 0);
    assert_int_equal(answers->n_comments, 0);
    VAULT_FORGET(answers);
}

static void ratings_that_do_not_fit_are_refused(void **state) {
    (void)state;
    assert_refused("{\"ratings\": [1, 2]}", "list of 3 numbers");
    assert_refused("{\"ratings\": [1, 2, 3, 4]}", "here are 4");
    assert_refused("{\"ratings\": \"123\"}", "list of 3");
    assert_refused("{}", "list of 3");
    assert_refused("{\"ratings\": [1, 6, 3]}", "Rating 2");
    assert_refused("{\"ratings\": [1, 2, -1]}", "Rating 3");
    assert_refused("{\"ratings\": [1, 255, 3]}", "Rating 2");
    assert_refused("{\"ratings\": [1.5, 2, 3]}", "Rating 1");
    assert_refused("{\"ratings\": [true, 2, 3]}", "Rating 1");
}

static void comments_that_do_not_fit_are_refused(void **state) {
    (void)state;
    assert_refused("{\"ratings\": [1, 2, 3], \"comments\": {\"3\": \"x\"}}", "questions 1 to 2");
    assert_refused("{\"ratings\": [1, 2, 3], \"comments\": {\"0\": \"x\"}}", "questions 1 to 2");
    assert_refused("{\"ratings\": [1, 2, 3], \"comments\": {\"1\": 7}}", "Comment 1");
    assert_refused("{\"ratings\": [1, 2, 3], \"comments\": {\"1\": \"\\u001b[2J\"}}", "control");
    assert_refused("{\"ratings\": [1, 2, 3], \"comments\": [\"x\"]}", "comments");
    char text[1200] = "{\"ratings\": [1, 2, 3], \"comments\": {\"1\": \"";
    size_t used = strlen(text);
    memset(text + used, 'x', 1001);
    strcpy(text + used + 1001, "\"}}");
    assert_refused(text, "1,000");
    memcpy(text + used + 1000, "\"}}", 4);
    struct problem problem;
    Vault__Answers *answers;
    assert_int_equal(read_text(text, &answers, &problem), 0);
    VAULT_FORGET(answers);
}

static void what_is_not_an_answers_file_is_refused(void **state) {
    (void)state;
    assert_refused("ratings: 1 2 3", "JSON");
    assert_refused("[1, 2, 3]", "JSON");
    assert_refused("{\"ratings\": [1, 2, 3]} {}", "JSON");
    assert_refused("{\"ratings\": [1, 2, 3], \"rating\": []}", "only");
    assert_refused("{\"ratings\": [1, 2, 3], \"ratings\": [3, 2, 1]}", "JSON");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_is_not_seen_and_null_is_unanswered),
        cmocka_unit_test(comments_may_be_absent),
        cmocka_unit_test(ratings_that_do_not_fit_are_refused),
        cmocka_unit_test(comments_that_do_not_fit_are_refused),
        cmocka_unit_test(what_is_not_an_answers_file_is_refused),
    };
    return cmocka_run_group_tests(tests, start, end);
}
