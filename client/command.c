#include "command.h"

#include <assert.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"

enum { WORDS_MAX = 64, DISTANCE_MAX = 3 };

const struct command_flag command_flags[] = {
    {"help", NULL, "show what the command does"},
    {"version", NULL, "show the version"},
    {"json", NULL, "print data as JSON, with the name of its schema"},
    {"plain", NULL, "print lists tab-separated, without headings"},
    {"quiet", NULL, "print data, warnings and errors only"},
    {"yes", NULL, "answer yes to questions that may be answered so"},
    {"no-input", NULL, "never ask: fail and say which flag is missing"},
    {"no-color", NULL, "no colour (also: NO_COLOR, TERM=dumb)"},
    {"language", "CODE", "texts in this language, such as cy; remembered; none: as the environment says"},
    {"socks", "HOST:PORT", "connect through this SOCKS5 proxy (or CANDOUR_SOCKS); remembered; none: no longer"},
    {0},
};

// ---------------------------------------------------------------- nearest

static size_t min(size_t a, size_t b) {
    return a < b ? a : b;
}

// Edit distance (Wagner & Fischer 1974) over one row.
static size_t distance(const char *a, const char *b) {
    size_t row[WORDS_MAX + 1], len = strlen(b);
    if (len > WORDS_MAX)
        return SIZE_MAX;
    for (size_t k = 0; k <= len; k++)
        row[k] = k;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= len; k++) {
            size_t change = diagonal + (a[i - 1] != b[k - 1]);
            diagonal = row[k];
            row[k] = min(change, min(row[k], row[k - 1]) + 1);
        }
    }
    return row[len];
}

struct nearest {
    const char *word;
    size_t distance;
};

static void consider(struct nearest *nearest, const char *typed, const char *word) {
    size_t d = distance(typed, word);
    if (d < nearest->distance)
        *nearest = (struct nearest){word, d};
}

// Near enough to be named? A word of three letters is near to nothing but its neighbours.
static const char *near_enough(const struct nearest *nearest, const char *typed) {
    return nearest->distance <= min(DISTANCE_MAX, (strlen(typed) + 1) / 2) ? nearest->word : NULL;
}

// ---------------------------------------------------------------- finding the command

static const struct command *find(const char *noun, const char *verb) {
    for (size_t i = 0; i < commands_count; i++)
        if (strcmp(commands[i].noun, noun) == 0 &&
            (commands[i].verb == NULL || (verb != NULL && strcmp(commands[i].verb, verb) == 0)))
            return &commands[i];
    return NULL;
}

static bool is_noun(const char *noun) {
    for (size_t i = 0; i < commands_count; i++)
        if (strcmp(commands[i].noun, noun) == 0)
            return true;
    return false;
}

static int no_noun(const char *noun, struct problem *ret_problem) {
    struct nearest nearest = {NULL, SIZE_MAX};
    for (size_t i = 0; i < commands_count; i++)
        consider(&nearest, noun, commands[i].noun);
    const char *near = near_enough(&nearest, noun);
    if (near == NULL)
        return problem_set(ret_problem, EXIT_USAGE, "There is no command %s. See all commands: candour --help", noun);
    return problem_set(ret_problem, EXIT_USAGE,
                       "There is no command %s. Did you mean: candour %s? See all commands: candour --help", noun,
                       near);
}

static int no_verb(const char *noun, const char *verb, struct problem *ret_problem) {
    struct nearest nearest = {NULL, SIZE_MAX};
    char verbs[256] = "";
    for (size_t i = 0; i < commands_count; i++) {
        if (strcmp(commands[i].noun, noun) != 0)
            continue;
        size_t used = strlen(verbs);
        snprintf(verbs + used, sizeof verbs - used, "%s%s", used > 0 ? ", " : "", commands[i].verb);
        if (verb != NULL)
            consider(&nearest, verb, commands[i].verb);
    }
    if (verb == NULL)
        return problem_set(ret_problem, EXIT_USAGE, "Say what to do: candour %s is followed by one of: %s.", noun,
                           verbs);
    const char *near = near_enough(&nearest, verb);
    if (near != NULL)
        return problem_set(ret_problem, EXIT_USAGE, "There is no command %s %s. Did you mean: candour %s %s?", noun,
                           verb, noun, near);
    return problem_set(ret_problem, EXIT_USAGE, "There is no command %s %s. There are: %s.", noun, verb, verbs);
}

static const struct command_flag *find_flag(const struct command_flag *flags, const char *name, size_t len) {
    for (; flags != NULL && flags->name != NULL; flags++)
        if (strlen(flags->name) == len && memcmp(flags->name, name, len) == 0)
            return flags;
    return NULL;
}

// Does this flag take the next word with it? Asked before the command is known: flags that stand in front of it.
static bool takes_next(const char *flag) {
    if (strncmp(flag, "--", 2) != 0 || strchr(flag, '=') != NULL)
        return false;
    const struct command_flag *found = find_flag(command_flags, flag + 2, strlen(flag + 2));
    for (size_t i = 0; i < commands_count && found == NULL; i++)
        found = find_flag(commands[i].flags, flag + 2, strlen(flag + 2));
    return found != NULL && found->value != NULL;
}

// The places of the first two words that are no flags; 0: there is none.
static void find_words(int argc, char *const *argv, int ret_words[2]) {
    int count = 0;
    ret_words[0] = ret_words[1] = 0;
    for (int i = 1; i < argc && count < 2; i++) {
        if (strcmp(argv[i], "--") == 0)
            return;
        if (argv[i][0] == '-' && argv[i][1] != '\0')
            i += takes_next(argv[i]);
        else
            ret_words[count++] = i;
    }
}

// ---------------------------------------------------------------- flags

struct flags {
    const struct command_flag *rows[COMMAND_GIVEN_MAX];
    struct option options[COMMAND_GIVEN_MAX + 1];
    size_t count;
};

// getopt takes the first of two of one name: the command's own flags are added first.
static void add_flags(struct flags *flags, const struct command_flag *from) {
    for (; from != NULL && from->name != NULL; from++) {
        assert(flags->count < COMMAND_GIVEN_MAX);
        flags->options[flags->count] =
            (struct option){.name = from->name, .has_arg = from->value ? required_argument : no_argument};
        flags->rows[flags->count++] = from;
    }
}

static int bad_flag(const struct command *command, const struct flags *flags, const char *typed, bool is_value_missing,
                    struct problem *ret_problem) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(typed, "="), typed);
    struct nearest nearest = {NULL, SIZE_MAX};
    for (size_t i = 0; i < flags->count; i++)
        consider(&nearest, name + strspn(name, "-"), flags->rows[i]->name);
    if (is_value_missing && nearest.distance == 0)
        return problem_set(ret_problem, EXIT_USAGE, "%s is followed by a value. See candour %s%s%s --help", name,
                           command ? command->noun : "", command && command->verb ? " " : "",
                           command && command->verb ? command->verb : "");
    const char *near = near_enough(&nearest, name + strspn(name, "-"));
    const char *noun = command ? command->noun : "", *verb = command && command->verb ? command->verb : "";
    if (near == NULL)
        return problem_set(ret_problem, EXIT_USAGE, "There is no flag %s here. See candour %s%s%s --help", name, noun,
                           verb[0] != '\0' ? " " : "", verb);
    return problem_set(ret_problem, EXIT_USAGE,
                       "There is no flag %s here. Did you mean --%s? See candour %s%s%s --help", name, near, noun,
                       verb[0] != '\0' ? " " : "", verb);
}

static int check_count(const struct command *command, size_t count, struct problem *ret_problem) {
    if (count >= command->arguments_min && count <= command->arguments_max)
        return 0;
    return problem_set(ret_problem, EXIT_USAGE,
                       count < command->arguments_min ? N_("Something is missing. Write: candour %s%s%s %s")
                                                      : N_("There is a word too much. Write: candour %s%s%s %s"),
                       command->noun, command->verb ? " " : "", command->verb ? command->verb : "",
                       command->arguments ? command->arguments : "");
}

// words: argv without the command's own words.
static int read_flags(int count, char **words, struct invocation *in, struct problem *ret_problem) {
    struct flags flags = {0};
    if (in->command != NULL)
        add_flags(&flags, in->command->flags);
    add_flags(&flags, command_flags);
    opterr = 0;
    optind = 0; // GNU: forget what was read before
    for (int option, index = 0; (option = getopt_long(count, words, ":h", flags.options, &index)) != -1;) {
        if (option == 'h') {
            in->wish = COMMAND_HELP;
            continue;
        }
        if (option != 0)
            return bad_flag(in->command, &flags, words[optind - 1], option == ':', ret_problem);
        if (in->given_count == COMMAND_GIVEN_MAX)
            return problem_set(ret_problem, EXIT_USAGE, "There are more than %d flags.", COMMAND_GIVEN_MAX);
        const struct command_flag *flag = flags.rows[index];
        in->given[in->given_count].flag = flag;
        in->given[in->given_count++].value = optarg;
        if (strcmp(flag->name, "help") == 0)
            in->wish = COMMAND_HELP;
        if (strcmp(flag->name, "version") == 0)
            in->wish = COMMAND_VERSION;
    }
    for (; optind < count; optind++) {
        if (in->argument_count < COMMAND_ARGUMENTS_MAX)
            in->arguments[in->argument_count] = words[optind];
        in->argument_count++;
    }
    if (in->wish != COMMAND_RUN)
        return 0;
    if (in->command == NULL) {
        in->wish = COMMAND_SHORT_HELP;
        return 0;
    }
    return check_count(in->command, in->argument_count, ret_problem);
}

// Takes the word at `at` out of the list.
static void take_out(char **words, int *count, int at) {
    memmove(words + at, words + at + 1, (size_t)(*count - at) * sizeof *words);
    (*count)--;
}

// Finds the command and takes its words out of the list.
static int find_command(char **list, int *count, struct invocation *in, struct problem *ret_problem) {
    int words[2];
    find_words(*count, list, words);
    if (words[0] != 0 && strcmp(list[words[0]], "help") == 0) {
        in->wish = COMMAND_HELP;
        take_out(list, count, words[0]);
        find_words(*count, list, words);
    }
    if (words[0] == 0)
        return 0;
    const char *noun = list[words[0]], *verb = words[1] != 0 ? list[words[1]] : NULL;
    if (!is_noun(noun))
        return no_noun(noun, ret_problem);
    in->noun = noun;
    in->command = find(noun, verb);
    if (in->command == NULL && verb != NULL)
        return no_verb(noun, verb, ret_problem);
    if (in->command != NULL && in->command->verb != NULL)
        take_out(list, count, words[1]);
    take_out(list, count, words[0]);
    return 0;
}

int command_read(int argc, char *const *argv, struct invocation *ret_invocation, struct problem *ret_problem) {
    struct invocation in = {.wish = COMMAND_RUN};
    char **list = calloc((size_t)argc + 1, sizeof *list);
    if (list == NULL)
        return problem_no_memory(ret_problem);
    memcpy(list, argv, (size_t)argc * sizeof *list);
    int result = find_command(list, &argc, &in, ret_problem);
    if (result == 0)
        result = read_flags(argc, list, &in, ret_problem);
    if (result == 0 && in.wish == COMMAND_SHORT_HELP && in.noun != NULL)
        result = no_verb(in.noun, NULL, ret_problem);
    free(list);
    if (result == 0)
        *ret_invocation = in;
    return result;
}

// ---------------------------------------------------------------- what was given

size_t command_values(const struct invocation *invocation, const char *flag, const char **ret_values, size_t max) {
    assert(invocation->command == NULL || find_flag(invocation->command->flags, flag, strlen(flag)) != NULL ||
           find_flag(command_flags, flag, strlen(flag)) != NULL);
    size_t count = 0;
    for (size_t i = 0; i < invocation->given_count && count < max; i++)
        if (strcmp(invocation->given[i].flag->name, flag) == 0)
            ret_values[count++] = invocation->given[i].value;
    return count;
}

bool command_has(const struct invocation *invocation, const char *flag) {
    const char *value;
    return command_values(invocation, flag, &value, 1) > 0;
}

const char *command_value(const struct invocation *invocation, const char *flag) {
    const char *values[COMMAND_GIVEN_MAX];
    size_t count = command_values(invocation, flag, values, COMMAND_GIVEN_MAX);
    return count > 0 ? values[count - 1] : NULL;
}
