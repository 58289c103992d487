// The table of commands, and how a command line is read against it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "client/command.h"

static struct invocation in;
static struct problem problem;

// The words of a command line, NULL at their end.
static int read_words(const char *const *words) {
    char *argv[32] = {NULL};
    int argc = 0;
    for (; words[argc] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    memset(&in, 0, sizeof in);
    memset(&problem, 0, sizeof problem);
    return command_read(argc, argv, &in, &problem);
}
#define READ(...) read_words((const char *const[]){"candour", __VA_ARGS__, NULL})

static void assert_is(const char *noun, const char *verb) {
    assert_non_null(in.command);
    assert_string_equal(in.command->noun, noun);
    if (verb != NULL)
        assert_string_equal(in.command->verb, verb);
    else
        assert_null(in.command->verb);
}

static void a_command_is_a_noun_and_a_verb_and_its_arguments(void **state) {
    (void)state;
    assert_int_equal(READ("round", "load", "Spring", "raters.csv"), 0);
    assert_is("round", "load");
    assert_int_equal(in.wish, COMMAND_RUN);
    assert_int_equal(in.argument_count, 2);
    assert_string_equal(in.arguments[0], "Spring");
    assert_string_equal(in.arguments[1], "raters.csv");
}

static void a_command_of_one_word_takes_the_next_as_its_argument(void **state) {
    (void)state;
    assert_int_equal(READ("give", "Ann Lee", "--now"), 0);
    assert_is("give", NULL);
    assert_string_equal(in.arguments[0], "Ann Lee");
    assert_true(command_has(&in, "now"));
}

static void flags_may_stand_anywhere(void **state) {
    (void)state;
    assert_int_equal(READ("--framework", "Ours", "round", "--json", "new", "--threshold=5", "Spring", "--close", "+9d"),
                     0);
    assert_is("round", "new");
    assert_string_equal(in.arguments[0], "Spring");
    assert_string_equal(command_value(&in, "framework"), "Ours");
    assert_string_equal(command_value(&in, "threshold"), "5");
    assert_string_equal(command_value(&in, "close"), "+9d");
    assert_true(command_has(&in, "json"));
    assert_false(command_has(&in, "plain"));
    assert_null(command_value(&in, "grace"));
}

static void what_follows_two_dashes_is_no_flag(void **state) {
    (void)state;
    assert_int_equal(READ("round", "status", "--", "--json"), 0);
    assert_string_equal(in.arguments[0], "--json");
    assert_false(command_has(&in, "json"));
}

static void a_flag_may_be_repeated(void **state) {
    (void)state;
    const char *values[8];
    assert_int_equal(READ("framework", "import", "f.csv", "--question", "A?", "--name", "X", "--question", "B?"), 0);
    assert_int_equal(command_values(&in, "question", values, 8), 2);
    assert_string_equal(values[0], "A?");
    assert_string_equal(values[1], "B?");
    assert_int_equal(command_values(&in, "question", values, 1), 1);
    assert_string_equal(command_value(&in, "question"), "B?");
}

static void a_commands_own_flag_wins_over_the_common_one(void **state) {
    (void)state;
    assert_int_equal(READ("report", "save", "--json", "out.json"), 0);
    assert_string_equal(command_value(&in, "json"), "out.json");
    assert_int_equal(READ("report", "open", "--json", "Ann"), 0);
    assert_null(command_value(&in, "json"));
    assert_string_equal(in.arguments[0], "Ann");
}

static void an_unknown_word_names_the_nearest_and_runs_nothing(void **state) {
    (void)state;
    assert_int_equal(READ("ruond", "list"), -1);
    assert_int_equal(problem.code, EXIT_USAGE);
    assert_non_null(strstr(problem.sentence, "candour round"));
    assert_int_equal(READ("round", "relaese", "X"), -1);
    assert_non_null(strstr(problem.sentence, "candour round release"));
    assert_int_equal(READ("xyzzy"), -1);
    assert_null(strstr(problem.sentence, "Did you mean"));
    assert_int_equal(READ("round", "new", "X", "--treshold", "4"), -1);
    assert_non_null(strstr(problem.sentence, "--threshold"));
}

static void a_noun_alone_says_its_verbs(void **state) {
    (void)state;
    assert_int_equal(READ("round"), -1);
    assert_int_equal(problem.code, EXIT_USAGE);
    assert_non_null(strstr(problem.sentence, "letters"));
}

static void missing_and_surplus_words_are_refused(void **state) {
    (void)state;
    assert_int_equal(READ("round", "status"), -1);
    assert_int_equal(problem.code, EXIT_USAGE);
    assert_int_equal(READ("round", "status", "A", "B"), -1);
    assert_int_equal(READ("round", "list", "A"), -1);
    assert_int_equal(READ("whoami", "A", "B", "C", "D"), -1);
}

static void a_flag_without_its_value_is_refused(void **state) {
    (void)state;
    assert_int_equal(READ("round", "new", "X", "--close"), -1);
    assert_non_null(strstr(problem.sentence, "--close is followed by a value"));
    assert_int_equal(READ("round", "list", "--json=yes"), -1);
}

static void without_a_command_there_is_short_help(void **state) {
    (void)state;
    assert_int_equal(read_words((const char *const[]){"candour", NULL}), 0);
    assert_int_equal(in.wish, COMMAND_SHORT_HELP);
    assert_int_equal(READ("--version"), 0);
    assert_int_equal(in.wish, COMMAND_VERSION);
    assert_int_equal(READ("--help"), 0);
    assert_int_equal(in.wish, COMMAND_HELP);
    assert_null(in.command);
}

static void help_needs_no_arguments(void **state) {
    (void)state;
    assert_int_equal(READ("round", "new", "--help"), 0);
    assert_int_equal(in.wish, COMMAND_HELP);
    assert_is("round", "new");
    assert_int_equal(READ("help", "round", "new"), 0);
    assert_int_equal(in.wish, COMMAND_HELP);
    assert_is("round", "new");
    assert_int_equal(READ("help", "round"), 0);
    assert_int_equal(in.wish, COMMAND_HELP);
    assert_string_equal(in.noun, "round");
    assert_int_equal(READ("-h"), 0);
    assert_int_equal(in.wish, COMMAND_HELP);
}

static bool takes(const struct command *command, const char *flag, bool *ret_value) {
    for (const struct command_flag *f = command->flags; f != NULL && f->name != NULL; f++)
        if (strcmp(f->name, flag) == 0) {
            *ret_value = f->value != NULL;
            return true;
        }
    return false;
}

// Flags in front of the words are read before the command is known.
static void a_flag_takes_a_value_in_every_command_or_in_none(void **state) {
    (void)state;
    for (size_t i = 0; i < commands_count; i++)
        for (const struct command_flag *f = commands[i].flags; f != NULL && f->name != NULL; f++)
            for (size_t k = 0; k < commands_count; k++) {
                bool has_value;
                if (takes(&commands[k], f->name, &has_value))
                    assert_int_equal(has_value, f->value != NULL);
            }
}

static void no_flag_takes_a_secret(void **state) {
    (void)state;
    static const char *const secrets[] = {"password", "code", "passphrase", "totp", "secret", "session"};
    for (size_t i = 0; i < commands_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(secrets); k++) {
            bool has_value;
            assert_false(takes(&commands[i], secrets[k], &has_value));
        }
}

static char *help_of(const struct invocation *invocation) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    command_help(out, invocation);
    fclose(out);
    return text;
}

static void help_names_every_command_flag_and_example(void **state) {
    (void)state;
    char *all = help_of(&(struct invocation){.wish = COMMAND_HELP});
    for (size_t i = 0; i < commands_count; i++) {
        const struct command *command = &commands[i];
        char name[64];
        snprintf(name, sizeof name, "%s%s%s", command->noun, command->verb ? " " : "",
                 command->verb ? command->verb : "");
        assert_non_null(strstr(all, name));
        assert_non_null(command->examples[0]);
        assert_int_equal(strncmp(command->examples[0], name, strlen(name)), 0);
        char *one = help_of(&(struct invocation){.wish = COMMAND_HELP, .command = command});
        assert_non_null(strstr(one, command->help));
        assert_non_null(strstr(one, command->examples[0]));
        for (const struct command_flag *f = command->flags; f != NULL && f->name != NULL; f++) {
            assert_non_null(strstr(one, f->name));
            assert_non_null(strstr(one, f->help));
        }
        free(one);
    }
    free(all);
}

static void every_example_can_be_read(void **state) {
    (void)state;
    for (size_t i = 0; i < commands_count; i++)
        for (size_t k = 0; k < COMMAND_EXAMPLES_MAX && commands[i].examples[k] != NULL; k++) {
            char text[256], *words[32] = {(char *)(uintptr_t) "candour"};
            int count = 1;
            snprintf(text, sizeof text, "%s", commands[i].examples[k]);
            for (char *at = text; *at != '\0' && count < 31;) {
                const char *end = *at == '"' ? "\"" : " ";
                at += *at == '"';
                words[count++] = at;
                at += strcspn(at, end);
                if (*at != '\0')
                    *at++ = '\0';
                at += strspn(at, " ");
            }
            if (read_words((const char *const *)words) != 0)
                fail_msg("%s: %s", commands[i].examples[k], problem.sentence);
            assert_ptr_equal(in.command, &commands[i]);
        }
}

static void the_short_help_has_two_examples(void **state) {
    (void)state;
    char *text = help_of(&(struct invocation){.wish = COMMAND_SHORT_HELP});
    assert_non_null(strstr(text, "  candour sign-in"));
    assert_non_null(strstr(text, "  candour give"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_a_noun_and_a_verb_and_its_arguments),
        cmocka_unit_test(a_command_of_one_word_takes_the_next_as_its_argument),
        cmocka_unit_test(flags_may_stand_anywhere),
        cmocka_unit_test(what_follows_two_dashes_is_no_flag),
        cmocka_unit_test(a_flag_may_be_repeated),
        cmocka_unit_test(a_commands_own_flag_wins_over_the_common_one),
        cmocka_unit_test(an_unknown_word_names_the_nearest_and_runs_nothing),
        cmocka_unit_test(a_noun_alone_says_its_verbs),
        cmocka_unit_test(missing_and_surplus_words_are_refused),
        cmocka_unit_test(a_flag_without_its_value_is_refused),
        cmocka_unit_test(without_a_command_there_is_short_help),
        cmocka_unit_test(help_needs_no_arguments),
        cmocka_unit_test(a_flag_takes_a_value_in_every_command_or_in_none),
        cmocka_unit_test(no_flag_takes_a_secret),
        cmocka_unit_test(help_names_every_command_flag_and_example),
        cmocka_unit_test(every_example_can_be_read),
        cmocka_unit_test(the_short_help_has_two_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
