#include "completion.h"

#include <stdbool.h>
#include <string.h>

#include "base.h"
#include "command.h"

// ---------------------------------------------------------------- what a value or an argument can be

// The words that may stand there, separated by blanks; NULL: anything.
static const char *choices(const struct command_flag *flag) {
    static const struct {
        const char *name, *words;
    } known[] = {
        {"group", "self manager peer report other"},
        {"auto-open", "yes no"},
        {"auto-close", "yes no"},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(flag->name, known[i].name) == 0)
            return known[i].words;
    return strcmp(flag->value, "READER") == 0  ? "leader coach"
           : strcmp(flag->value, "STATE") == 0 ? "nominating collecting"
                                               : NULL;
}

static bool is_folder(const char *value) {
    return strcmp(value, "FOLDER") == 0 || strcmp(value, "DIRECTORY") == 0;
}

static bool is_file(const char *value) {
    return strncmp(value, "FILE", 4) == 0 || strncmp(value, "MANIFEST", 8) == 0;
}

// Is commands[i] the first one with its noun?
static bool is_first(size_t i) {
    for (size_t k = 0; k < i; k++)
        if (strcmp(commands[k].noun, commands[i].noun) == 0)
            return false;
    return true;
}

// The next word of arguments ("[SUBJECT]" without its brackets), or NULL at the end.
static const char *next_argument(const char **at, char ret_word[COMMAND_NAME_BYTES]) {
    if (*at == NULL || **at == '\0')
        return NULL;
    size_t skip = **at == '[', len = strcspn(*at, " ");
    snprintf(ret_word, COMMAND_NAME_BYTES, "%.*s", (int)strcspn(*at + skip, " ]"), *at + skip);
    *at += len + ((*at)[len] == ' ');
    return ret_word;
}

static void flag_names(FILE *out, const struct command_flag *flag) {
    for (; flag != NULL && flag->name != NULL; flag++)
        fprintf(out, "--%s ", flag->name);
}

// ---------------------------------------------------------------- bash

// Lines of a case: what follows a flag. Only flags with a value.
static void bash_values(FILE *out, const char *command, const struct command_flag *flag) {
    for (; flag != NULL && flag->name != NULL; flag++)
        if (flag->value != NULL) {
            fprintf(out, "    '%s--%s') kind=", command, flag->name);
            if (choices(flag) != NULL)
                fprintf(out, "words words='%s' ;;\n", choices(flag));
            else
                fprintf(out, "%s ;;\n", is_file(flag->value) ? "file" : is_folder(flag->value) ? "folder" : "any");
        }
}

// Which flags take the next word with them, in whatever command.
static void bash_taking(FILE *out) {
    fputs("    taking=' ", out);
    for (const struct command_flag *flag = command_flags; flag->name != NULL; flag++)
        if (flag->value != NULL)
            fprintf(out, "--%s ", flag->name);
    for (size_t i = 0; i < commands_count; i++)
        for (const struct command_flag *flag = commands[i].flags; flag != NULL && flag->name != NULL; flag++)
            if (flag->value != NULL && strcmp(flag->name, "json") != 0)
                fprintf(out, "--%s ", flag->name);
    fputs("'\n", out);
}

static void bash_verbs(FILE *out) {
    for (size_t i = 0; i < commands_count; i++) {
        if (!is_first(i) || commands[i].verb == NULL)
            continue;
        fprintf(out, "    %s) words='", commands[i].noun);
        for (size_t k = i; k < commands_count; k++)
            if (strcmp(commands[k].noun, commands[i].noun) == 0)
                fprintf(out, "%s ", commands[k].verb);
        fputs("' ;;\n", out);
    }
}

static void bash_arguments(FILE *out, const struct command *command, const char *name) {
    char word[COMMAND_NAME_BYTES];
    const char *at = command->arguments;
    for (size_t i = command->verb ? 2 : 1; next_argument(&at, word) != NULL; i++)
        if (is_file(word))
            fprintf(out, "    '%s %zu') kind=file ;;\n", name, i);
        else if (strcmp(word, "SHELL") == 0)
            fprintf(out, "    '%s %zu') kind=words words='bash zsh' ;;\n", name, i);
}

static void bash_tables(FILE *out) {
    char name[COMMAND_NAME_BYTES], before[COMMAND_NAME_BYTES + 1];
    fputs("    case $command in\n", out);
    for (size_t i = 0; i < commands_count; i++) {
        command_name(&commands[i], name);
        fprintf(out, "    '%s') flags='", name);
        flag_names(out, commands[i].flags);
        fputs("' ;;\n", out);
    }
    fputs("    esac\n    flags=\"$flags", out);
    flag_names(out, command_flags);
    fputs("\"\n    case \"$command $before\" in\n", out);
    for (size_t i = 0; i < commands_count; i++) {
        command_name(&commands[i], name);
        snprintf(before, sizeof before, "%s ", name);
        bash_values(out, before, commands[i].flags);
    }
    fputs("    *' --socks') kind=any ;;\n    esac\n", out);
    fputs("    [ -n \"$kind\" ] || case \"$command ${#given[@]}\" in\n", out);
    for (size_t i = 0; i < commands_count; i++) {
        command_name(&commands[i], name);
        bash_arguments(out, &commands[i], name);
    }
    fputs("    esac\n", out);
}

void completion_bash(FILE *out) {
    fputs("# bash completion for candour, from its table of commands: candour completion bash\n"
          "_candour() {\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local taking flags='' words='' kind='' command='' given=() i\n",
          out);
    bash_taking(out);
    fputs("    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "        -*) [[ $taking != *\" ${COMP_WORDS[i]} \"* ]] || ((i++)) ;;\n"
          "        *) given+=(\"${COMP_WORDS[i]}\") ;;\n"
          "        esac\n"
          "    done\n"
          "    [ \"${given[0]-}\" != help ] || given=(\"${given[@]:1}\")\n"
          "    case ${given[0]-} in\n"
          "    '') words='help ",
          out);
    for (size_t i = 0; i < commands_count; i++)
        if (is_first(i))
            fprintf(out, "%s ", commands[i].noun);
    fputs("' ;;\n", out);
    bash_verbs(out);
    fputs("    *) command=${given[0]} ;;\n"
          "    esac\n"
          "    if [ -z \"$command\" ] && [ ${#given[@]} -ge 2 ]; then\n"
          "        command=\"${given[0]} ${given[1]}\" words=''\n"
          "    fi\n",
          out);
    bash_tables(out);
    fputs("    [ -n \"$kind\" ] || [[ $current != -* ]] || kind=words words=$flags\n"
          "    COMPREPLY=()\n"
          "    case $kind in\n"
          "    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$current\") ;;\n"
          "    folder) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$current\") ;;\n"
          "    any) ;;\n"
          "    *) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\") ;;\n"
          "    esac\n"
          "}\n"
          "complete -F _candour candour\n",
          out);
}

// ---------------------------------------------------------------- zsh

// Inside single quotes, and where a colon or a bracket would end the text.
static void zsh_text(FILE *out, const char *text) {
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *text) != NULL)
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
}

static void zsh_flags(FILE *out, const struct command_flag *flag, const struct command_flag *but) {
    for (; flag != NULL && flag->name != NULL; flag++) {
        bool is_hidden = false;
        for (const struct command_flag *own = but; own != NULL && own->name != NULL; own++)
            is_hidden = is_hidden || strcmp(own->name, flag->name) == 0;
        if (is_hidden)
            continue;
        fprintf(out, " \\\n            '*--%s[", flag->name);
        zsh_text(out, flag->help);
        fputc(']', out);
        if (flag->value != NULL) {
            fputc(':', out);
            zsh_text(out, flag->value);
            if (choices(flag) != NULL)
                fprintf(out, ":(%s)", choices(flag));
            else
                fputs(is_file(flag->value) ? ":_files" : is_folder(flag->value) ? ":_files -/" : ": ", out);
        }
        fputc('\'', out);
    }
}

static void zsh_command(FILE *out, const struct command *command) {
    char name[COMMAND_NAME_BYTES], word[COMMAND_NAME_BYTES];
    const char *at = command->arguments;
    size_t place = 1;
    command_name(command, name);
    fprintf(out, "    '%s%s)\n        _arguments -S '%zu: :(%s)'", name, command->verb ? "'" : " '*", place,
            command->noun);
    if (command->verb != NULL)
        fprintf(out, " '%zu: :(%s)'", ++place, command->verb);
    while (next_argument(&at, word) != NULL)
        fprintf(out, " '%zu:%s:%s'", ++place, word,
                is_file(word)                ? "_files"
                : strcmp(word, "SHELL") == 0 ? "(bash zsh)"
                                             : " ");
    zsh_flags(out, command->flags, NULL);
    zsh_flags(out, command_flags, command->flags);
    fputs(" ;;\n", out);
}

// A list for _describe: 'word:what it is'.
static void zsh_words(FILE *out, const char *noun) {
    for (size_t i = 0; i < commands_count; i++) {
        if (noun == NULL ? !is_first(i) : strcmp(commands[i].noun, noun) != 0)
            continue;
        fprintf(out, "\n        '%s", noun != NULL ? commands[i].verb : commands[i].noun);
        if (noun != NULL || commands[i].verb == NULL) {
            fputc(':', out);
            zsh_text(out, commands[i].help);
        }
        fputc('\'', out);
    }
}

void completion_zsh(FILE *out) {
    fputs("#compdef candour\n# zsh completion for candour, from its table of commands: candour completion zsh\n"
          "_candour() {\n"
          "    local -a given list\n"
          "    given=(${${(@)words[2,CURRENT-1]}:#-*})\n"
          "    if (( $#given == 0 )); then\n"
          "        if [[ $words[CURRENT] == -* ]]; then\n"
          "            _arguments",
          out);
    zsh_flags(out, command_flags, NULL);
    fputs("\n            return\n        fi\n        list=(", out);
    zsh_words(out, NULL);
    fputs("\n        )\n        _describe -t commands command list\n        return\n    fi\n", out);
    fputs("    if (( $#given == 1 )); then\n        list=()\n        case $given[1] in\n", out);
    for (size_t i = 0; i < commands_count; i++)
        if (is_first(i) && commands[i].verb != NULL) {
            fprintf(out, "        %s) list=(", commands[i].noun);
            zsh_words(out, commands[i].noun);
            fputs("\n        ) ;;\n", out);
        }
    fputs("        esac\n"
          "        if (( $#list > 0 )); then\n"
          "            _describe -t commands command list\n"
          "            return\n"
          "        fi\n"
          "    fi\n"
          "    case \"$given[1] $given[2]\" in\n",
          out);
    for (size_t i = 0; i < commands_count; i++)
        zsh_command(out, &commands[i]);
    fputs("    esac\n}\n"
          "if [[ $funcstack[1] == _candour ]]; then\n    _candour \"$@\"\nelse\n    compdef _candour candour\nfi\n",
          out);
}
