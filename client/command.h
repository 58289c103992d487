// The one table of commands, and how a command line is read against it. Help, the manual page (manual.h) and
// what shells complete (completion.h) are made from the table as well.
#ifndef CANDOUR_COMMAND_H
#define CANDOUR_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "exit.h"

struct run; // cmd.h

enum { COMMAND_ARGUMENTS_MAX = 2, COMMAND_GIVEN_MAX = 64, COMMAND_EXAMPLES_MAX = 3 };

struct command_flag {
    const char *name;  // without the dashes
    const char *value; // what follows it, for help: "FILE"; NULL: nothing does
    const char *help;
};

enum command_who { COMMAND_EVERYONE, COMMAND_RATER, COMMAND_LEADER, COMMAND_ADMINISTRATOR, COMMAND_WHO_COUNT };
enum command_needs {
    COMMAND_NEEDS_NOTHING,
    COMMAND_NEEDS_VAULT,   // what is kept on this computer
    COMMAND_NEEDS_SESSION, // and to be signed in
};

struct command {
    enum command_who who;
    const char *noun, *verb; // verb NULL: one word is the whole command
    const char *arguments;   // for help: "NAME FILE"
    size_t arguments_min, arguments_max;
    enum command_needs needs;
    const char *help;                 // one line
    const char *more;                 // a paragraph, or NULL
    const struct command_flag *flags; // its own; ends with a row without name; NULL: none
    const char *examples[COMMAND_EXAMPLES_MAX];
    int (*run)(struct run *run); // 0, or -1 with run->problem
};
extern const struct command commands[];
extern const size_t commands_count;
extern const struct command_flag command_flags[]; // every command has these; ends like command.flags

enum command_wish { COMMAND_RUN, COMMAND_HELP, COMMAND_SHORT_HELP, COMMAND_VERSION };

// Texts point into argv and the table.
struct invocation {
    enum command_wish wish;
    const struct command *command; // NULL with the other wishes: no command was named
    const char *noun;              // help for everything under this noun; NULL: for all commands
    const char *arguments[COMMAND_ARGUMENTS_MAX];
    size_t argument_count;
    struct {
        const struct command_flag *flag;
        const char *value;
    } given[COMMAND_GIVEN_MAX];
    size_t given_count;
};

// Flags may stand anywhere, before and after the words. -1: EXIT_USAGE with a sentence; an unknown word names the
// nearest one, which is never run instead. argv itself is not changed.
MUST_CHECK int command_read(int argc, char *const *argv, struct invocation *ret_invocation,
                            struct problem *ret_problem);

// A flag that the command does not have is our own mistake.
bool command_has(const struct invocation *invocation, const char *flag);
// Of the last one given; NULL: none.
const char *command_value(const struct invocation *invocation, const char *flag);
// Of all given, in order; at most max.
size_t command_values(const struct invocation *invocation, const char *flag, const char **ret_values, size_t max);

// Help for what the invocation names.
void command_help(FILE *out, const struct invocation *invocation);

// "round new"
enum { COMMAND_NAME_BYTES = 64 };
void command_name(const struct command *command, char ret_name[COMMAND_NAME_BYTES]);
// The heading over the commands of these people.
const char *command_heading(enum command_who who);

#endif
