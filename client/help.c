// Help, made from the table of commands.
#include <string.h>

#include "command.h"
#include "language.h"
#include "output.h"

enum { WIDTH = 80, LEFT = 24 };

void command_name(const struct command *command, char ret_name[COMMAND_NAME_BYTES]) {
    snprintf(ret_name, COMMAND_NAME_BYTES, "%s%s%s", command->noun, command->verb ? " " : "",
             command->verb ? command->verb : "");
}

const char *command_heading(enum command_who who) {
    static const char *const headings[COMMAND_WHO_COUNT] = {"Everyone", "When you are asked for feedback",
                                                            "When feedback is about you", "Administrators"};
    return headings[who];
}

// "  left        help", the help on a line of its own when left is too wide.
static void print_pair(FILE *out, const char *left, const char *help) {
    fputs("  ", out);
    output_pad(out, left, output_width(left) > LEFT ? output_width(left) : LEFT);
    if (output_width(left) > LEFT)
        fprintf(out, "\n  %*s", LEFT, "");
    output_print(out, "  %s\n", help);
}

static void print_flags(FILE *out, const char *heading, const struct command_flag *flags) {
    if (flags == NULL)
        return;
    output_print(out, "\n%s\n", heading);
    for (; flags->name != NULL; flags++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", flags->name, flags->value ? " " : "", flags->value ? flags->value : "");
        print_pair(out, left, flags->help);
    }
}

static void help_command(FILE *out, const struct command *command) {
    char name[COMMAND_NAME_BYTES];
    command_name(command, name);
    output_print(out, "candour %s%s%s\n\n", name, command->arguments ? " " : "",
                 command->arguments ? command->arguments : "");
    output_print(out, "%s\n", command->help);
    if (command->more != NULL) {
        fputc('\n', out);
        output_wrap(out, command->more, 0, WIDTH);
    }
    print_flags(out, "Flags", command->flags);
    print_flags(out, "Flags of every command", command_flags);
    if (command->examples[0] != NULL)
        output_print(out, "\nExamples\n");
    for (size_t i = 0; i < COMMAND_EXAMPLES_MAX && command->examples[i] != NULL; i++)
        output_print(out, "  candour %s\n", command->examples[i]);
}

// noun NULL: all of them.
static void help_list(FILE *out, const char *noun) {
    for (enum command_who who = 0; who < COMMAND_WHO_COUNT; who++) {
        bool is_first = true;
        for (size_t i = 0; i < commands_count; i++) {
            if (commands[i].who != who || (noun != NULL && strcmp(commands[i].noun, noun) != 0))
                continue;
            if (is_first)
                output_print(out, "\n%s\n", command_heading(who));
            is_first = false;
            char name[COMMAND_NAME_BYTES];
            command_name(&commands[i], name);
            print_pair(out, name, commands[i].help);
        }
    }
}

static void help_all(FILE *out, const char *noun) {
    output_print(out, "candour COMMAND [FLAG...]\n\nAnonymous 360-degree feedback.\n");
    help_list(out, noun);
    if (noun == NULL)
        print_flags(out, "Flags of every command", command_flags);
    output_print(out, "\nMore about one command: candour COMMAND --help\n");
}

static void help_short(FILE *out) {
    output_print(out, "%s",
                 _("candour: anonymous 360-degree feedback\n\n"
                   "You have a letter with a code? Sign in, then answer:\n"
                   "  candour sign-in --server feedback.example.org:7360 --email you@example.org\n"
                   "  candour give\n\n"
                   "All commands: candour --help\n"));
}

void command_help(FILE *out, const struct invocation *invocation) {
    if (invocation->wish == COMMAND_SHORT_HELP)
        help_short(out);
    else if (invocation->command != NULL)
        help_command(out, invocation->command);
    else
        help_all(out, invocation->noun);
}
