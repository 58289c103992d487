#include "manual.h"

#include <jansson.h>
#include <string.h>

#include "command.h"
#include "json.h"

// Text between macros: no line of it is taken for a macro, and what looks special is shown as it is.
static void text(FILE *out, const char *text) {
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text != '\0'; text++)
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
}

static void line(FILE *out, const char *words) {
    text(out, words);
    fputc('\n', out);
}

static void flags(FILE *out, const struct command_flag *flag) {
    for (; flag != NULL && flag->name != NULL; flag++) {
        fputs(".TP\n\\fB\\-\\-", out);
        text(out, flag->name);
        fputs("\\fR", out);
        if (flag->value != NULL) {
            fputs(" \\fI", out);
            text(out, flag->value);
            fputs("\\fR", out);
        }
        fputc('\n', out);
        line(out, flag->help);
    }
}

static void command(FILE *out, const struct command *command) {
    char name[COMMAND_NAME_BYTES];
    command_name(command, name);
    fputs(".TP\n\\fBcandour ", out);
    text(out, name);
    fputs("\\fR", out);
    if (command->arguments != NULL) {
        fputs(" \\fI", out);
        text(out, command->arguments);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    line(out, command->help);
    if (command->more != NULL) {
        fputs(".IP\n", out);
        line(out, command->more);
    }
    fputs(".RS\n", out);
    flags(out, command->flags);
    fputs(".RE\n.IP\n.EX\n", out);
    for (size_t i = 0; i < COMMAND_EXAMPLES_MAX && command->examples[i] != NULL; i++) {
        fputs("candour ", out);
        line(out, command->examples[i]);
    }
    fputs(".EE\n", out);
}

struct pair {
    const char *left, *right;
};

static void pairs(FILE *out, const char *heading, const struct pair *pair) {
    fprintf(out, ".SH %s\n", heading);
    for (; pair->left != NULL; pair++) {
        fputs(".TP\n\\fB", out);
        text(out, pair->left);
        fputs("\\fR\n", out);
        line(out, pair->right);
    }
}

static const struct pair codes[] = {
    {"0", "Done."},
    {"1", "Failed."},
    {"2", "The command line or a file is wrong."},
    {"3", "Not signed in, or not allowed."},
    {"4", "Not found."},
    {"5", "Refused by a rule."},
    {"6", "The server cannot be reached, or is busy."},
    {"7", "Changed meanwhile."},
    {"8", "Rows were rejected, and nothing was stored; or some letters or answers were not done."},
    {"130", "Interrupted."},
    {0},
};
static const struct pair environment[] = {
    {"CANDOUR_HOME", "The folder of what is kept on this computer; otherwise $XDG_STATE_HOME/candour or "
                     "~/.local/state/candour."},
    {"CANDOUR_DESK", "The server, HOST:PORT, when signing in."},
    {"CANDOUR_CA", "Certificates to trust, PEM, when signing in."},
    {"CANDOUR_SOCKS", "The SOCKS5 proxy, HOST:PORT, or none."},
    {"LANGUAGE, LC_ALL, LC_MESSAGES, LANG", "The language of texts for raters and leaders."},
    {"NO_COLOR", "No colour when it is set and not empty. TERM=dumb does the same."},
    {"PAGER", "What shows reports, where standard output is a terminal; otherwise less."},
    {0},
};
static const struct pair files[] = {
    {"~/.local/state/candour/vault", "Sign-in, secrets, drafts, answers that wait, receipts; readable by you alone."},
    {"~/.local/state/candour/evidence-*.txt", "Texts that differed between two doors of a server, when a round was "
                                              "stopped for it."},
    {0},
};

void manual_print(FILE *out) {
    fputs(".TH CANDOUR 1 \"\" \"Candour " CANDOUR_VERSION "\" \"User Commands\"\n"
          ".SH NAME\ncandour \\- anonymous 360\\-degree feedback\n"
          ".SH SYNOPSIS\n.B candour\n.I COMMAND\n[\\fIFLAG\\fR...] [\\fIARGUMENT\\fR...]\n"
          ".SH DESCRIPTION\nGives, collects and reads feedback on leaders that cannot be traced back to a person. "
          "Data goes to standard output, everything else to standard error. Flags may stand anywhere.\n"
          ".PP\nThe first steps of somebody with a letter:\n.PP\n.EX\n"
          "candour sign\\-in \\-\\-server feedback.example.org:7360 \\-\\-email you@example.org\n"
          "candour assignments list\ncandour give\n.EE\n"
          ".SH FLAGS OF EVERY COMMAND\n",
          out);
    flags(out, command_flags);
    for (enum command_who who = 0; who < COMMAND_WHO_COUNT; who++) {
        fputs(who == 0 ? ".SH COMMANDS\n.SS " : ".SS ", out);
        line(out, command_heading(who));
        for (size_t i = 0; i < commands_count; i++)
            if (commands[i].who == who)
                command(out, &commands[i]);
    }
    pairs(out, "EXIT STATUS", codes);
    pairs(out, "ENVIRONMENT", environment);
    pairs(out, "FILES", files);
    fputs(".SH SEE ALSO\n.BR candourd (8)\n", out);
}

// ---------------------------------------------------------------- JSON

static json_t *string_or_null(const char *text) {
    return text != NULL ? json_string(text) : json_null();
}

static json_t *flags_json(const struct command_flag *flag) {
    json_t *list = json_array();
    for (; flag != NULL && flag->name != NULL; flag++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:s}", "name", flag->name, "value",
                                              string_or_null(flag->value), "help", flag->help));
    return list;
}

json_t *manual_json(void) {
    json_t *root = json_start("candour/commands/1"), *list = json_array();
    for (size_t i = 0; i < commands_count; i++) {
        char name[COMMAND_NAME_BYTES];
        command_name(&commands[i], name);
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:s, s:s, s:o}", "command", name, "arguments",
                                        string_or_null(commands[i].arguments), "who", command_heading(commands[i].who),
                                        "help", commands[i].help, "flags", flags_json(commands[i].flags)));
    }
    json_object_set_new(root, "version", json_string(CANDOUR_VERSION));
    json_object_set_new(root, "commands", list);
    json_object_set_new(root, "flags", flags_json(command_flags));
    return root;
}
