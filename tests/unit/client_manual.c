// Manual page, completion, guides and the table of commands say the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client/command.h"
#include "client/completion.h"
#include "client/manual.h"

// Ends in. The caller frees the text.
static char *read_all(FILE *in) {
    assert_non_null(in);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    size_t len = (size_t)ftell(in);
    rewind(in);
    char *text = calloc(len + 1, 1);
    assert_int_equal(fread(text, 1, len, in), len);
    fclose(in);
    return text;
}

static char *printed(void (*print)(FILE *out)) {
    FILE *out = tmpfile();
    assert_non_null(out);
    print(out);
    return read_all(out);
}

// As a manual page has it: a hyphen is \-.
static void as_roff(const char *text, char ret_roff[512]) {
    size_t used = 0;
    for (; *text != '\0'; text++) {
        if (*text == '-')
            ret_roff[used++] = '\\';
        ret_roff[used++] = *text;
        assert_true(used < 510);
    }
    ret_roff[used] = '\0';
}

static void the_manual_has_every_command_flag_and_example(void **state) {
    (void)state;
    char *page = printed(manual_print), wanted[512], line[1024], name[COMMAND_NAME_BYTES];
    for (size_t i = 0; i < commands_count; i++) {
        command_name(&commands[i], name);
        as_roff(name, wanted);
        snprintf(line, sizeof line, "\n\\fBcandour %s\\fR", wanted);
        const char *at = strstr(page, line);
        assert_non_null(at);
        const char *end = strstr(at, "\n.EE\n"); // its examples are the last thing
        assert_non_null(end);
        char *one = strndup(at, (size_t)(end - at) + 1);
        for (const struct command_flag *flag = commands[i].flags; flag != NULL && flag->name != NULL; flag++) {
            as_roff(flag->name, wanted);
            snprintf(line, sizeof line, "\n\\fB\\-\\-%s\\fR", wanted);
            assert_non_null(strstr(one, line));
        }
        as_roff(commands[i].examples[0], wanted);
        assert_non_null(strstr(one, wanted));
        free(one);
    }
    free(page);
}

// A line that begins with a text of the table must not be a macro.
static void no_text_of_the_manual_is_taken_for_a_macro(void **state) {
    (void)state;
    static const char *const macros[] = {"TH", "SH", "SS", "TP", "PP", "IP", "RS", "RE", "EX", "EE", "B", "I", "BR"};
    char *page = printed(manual_print);
    for (const char *at = strstr(page, "\n."); at != NULL; at = strstr(at + 1, "\n.")) {
        size_t len = strcspn(at + 2, " \n"), i = 0;
        while (i < ARRAY_LEN(macros) && (strlen(macros[i]) != len || memcmp(macros[i], at + 2, len) != 0))
            i++;
        assert_true(i < ARRAY_LEN(macros));
    }
    assert_null(strstr(page, "\n'"));
    free(page);
}

static void both_shells_know_every_command_and_flag(void **state) {
    (void)state;
    char *bash = printed(completion_bash), *zsh = printed(completion_zsh), name[COMMAND_NAME_BYTES], line[256];
    for (size_t i = 0; i < commands_count; i++) {
        command_name(&commands[i], name);
        snprintf(line, sizeof line, "    '%s') flags='", name);
        const char *flags = strstr(bash, line);
        assert_non_null(flags);
        snprintf(line, sizeof line, commands[i].verb != NULL ? "\n    '%s')\n" : "\n    '%s '*)\n", name);
        const char *specs = strstr(zsh, line);
        assert_non_null(specs);
        for (const struct command_flag *flag = commands[i].flags; flag != NULL && flag->name != NULL; flag++) {
            snprintf(line, sizeof line, "--%s ", flag->name);
            const char *found = strstr(flags, line);
            assert_true(found != NULL && found < strchr(flags, '\n'));
            snprintf(line, sizeof line, "'*--%s[", flag->name);
            found = strstr(specs, line);
            assert_true(found != NULL && found < strstr(specs, ";;"));
        }
    }
    free(bash);
    free(zsh);
}

static void the_table_as_json_is_whole(void **state) {
    (void)state;
    json_t *root = manual_json();
    const json_t *list = json_object_get(root, "commands");
    assert_int_equal(json_array_size(list), commands_count);
    for (size_t i = 0; i < commands_count; i++) {
        char name[COMMAND_NAME_BYTES];
        command_name(&commands[i], name);
        assert_string_equal(json_string_value(json_object_get(json_array_get(list, i), "command")), name);
    }
    json_decref(root);
}

// Each line of the file: a command, a tab, and the schema of what it prints with --json, or "-".
static void every_command_says_what_its_json_is(void **state) {
    (void)state;
    char *map = read_all(fopen("tests/e2e/json_schemas/commands", "r")), line[256], path[256];
    size_t lines = 0;
    for (size_t i = 0; i < commands_count; i++) {
        char name[COMMAND_NAME_BYTES];
        command_name(&commands[i], name);
        size_t len = (size_t)snprintf(line, sizeof line, "%s\t", name);
        const char *at = map;
        while (at != NULL && strncmp(at, line, len) != 0)
            at = strchr(at, '\n') != NULL ? strchr(at, '\n') + 1 : NULL;
        if (at == NULL)
            fail_msg("tests/e2e/json_schemas/commands has no line for: %s", name);
        at += len;
        if (*at == '-')
            continue;
        // "candour/round-list/1" is described by round-list-1.json
        at += strlen("candour/");
        int schema = (int)strcspn(at, "/");
        snprintf(path, sizeof path, "tests/e2e/json_schemas/%.*s-%.*s.json", schema, at,
                 (int)strcspn(at + schema + 1, "\n"), at + schema + 1);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            fail_msg("%s: %s is missing", name, path);
        fclose(file);
    }
    for (const char *at = strchr(map, '\n'); at != NULL; at = strchr(at + 1, '\n'))
        lines++;
    assert_int_equal(lines, commands_count);
    free(map);
}

// ---------------------------------------------------------------- guides

// Splits a command line as a shell does, as far as the guides go: quotes, a comment, a redirection, ">" and "...".
static int split(char *line, char *words[64]) {
    int count = 0;
    for (char *at = line; *at != '\0' && count < 63;) {
        at += strspn(at, " \\\n");
        if (*at == '\0' || *at == '#' || *at == '>' || *at == ')')
            break;
        if (strncmp(at, "...", 3) == 0 && strncmp(words[count - 1], "--", 2) != 0)
            break; // and so on; after a flag it stands for the value
        char quote = *at == '"' ? *at++ : '\0';
        words[count++] = at;
        at += quote ? strcspn(at, "\"") : strcspn(at, " \n;");
        if (*at == ';')
            break;
        if (*at != '\0')
            *at++ = '\0';
    }
    words[count] = NULL;
    return count;
}

// line: "candour round new ...". A mention in the text may leave arguments out. Counts the command, when it is one.
static void check_line(const char *path, const char *line, size_t len, bool *named) {
    char *copy = strndup(line, len), *words[64];
    struct invocation in;
    struct problem problem = {0};
    int count = split(copy, words);
    int result = command_read(count, words, &in, &problem);
    if (result != 0 && strstr(problem.sentence, "Something is missing. Write: candour ") != NULL) {
        words[count++] = (char *)(uintptr_t) "--help"; // which needs no arguments
        words[count] = NULL;
        result = command_read(count, words, &in, &problem);
    }
    if (result != 0)
        fail_msg("%s: %.*s: %s", path, (int)len, line, problem.sentence);
    if (in.command != NULL)
        named[in.command - commands] = true;
    free(copy);
}

// Everything between backticks, and every line of a block, that begins with candour.
static size_t check_guide(const char *path, bool *named) {
    char *text = read_all(fopen(path, "r"));
    size_t count = 0;
    bool is_block = false;
    for (char *at = text; *at != '\0';) {
        bool is_line = at == text || at[-1] == '\n';
        if (is_line && strncmp(at + strspn(at, " "), "```", 3) == 0) {
            is_block = !is_block;
            at += strcspn(at, "\n");
        } else if (is_block && is_line && strncmp(at + strspn(at, " "), "candour ", 8) == 0) {
            char *end = at + strcspn(at, "\n");
            while (*end == '\n' && end[-1] == '\\')
                end += 1 + strcspn(end + 1, "\n");
            check_line(path, at, (size_t)(end - at), named);
            count++;
            at = end;
        } else if (!is_block && *at == '`') {
            size_t len = strcspn(at + 1, "`");
            if (strncmp(at + 1, "candour ", 8) == 0) {
                check_line(path, at + 1, len, named);
                count++;
            }
            at += len + 1;
        }
        at += *at != '\0';
    }
    free(text);
    return count;
}

static void guides_name_only_commands_and_flags_that_there_are(void **state) {
    (void)state;
    static const char *const guides[] = {"README.md", "docs/administrator.md", "docs/rater.md", "docs/leader.md",
                                         "docs/anonymity.md"};
    bool *named = calloc(commands_count, sizeof *named);
    for (size_t i = 0; i < ARRAY_LEN(guides); i++)
        assert_true(check_guide(guides[i], named) > 0);
    free(named);
}

static void everybodys_guide_names_all_their_commands(void **state) {
    (void)state;
    static const struct {
        enum command_who who;
        const char *path;
    } guides[] = {{COMMAND_ADMINISTRATOR, "docs/administrator.md"},
                  {COMMAND_RATER, "docs/rater.md"},
                  {COMMAND_LEADER, "docs/leader.md"}};
    bool *named = calloc(commands_count, sizeof *named);
    char missing[2048] = "";
    for (size_t i = 0; i < ARRAY_LEN(guides); i++) {
        memset(named, 0, commands_count * sizeof *named);
        check_guide(guides[i].path, named);
        for (size_t k = 0; k < commands_count; k++)
            if (commands[k].who == guides[i].who && !named[k]) {
                char name[COMMAND_NAME_BYTES];
                size_t used = strlen(missing);
                command_name(&commands[k], name);
                snprintf(missing + used, sizeof missing - used, "%s: %s; ", guides[i].path, name);
            }
    }
    free(named);
    assert_string_equal(missing, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manual_has_every_command_flag_and_example),
        cmocka_unit_test(no_text_of_the_manual_is_taken_for_a_macro),
        cmocka_unit_test(both_shells_know_every_command_and_flag),
        cmocka_unit_test(the_table_as_json_is_whole),
        cmocka_unit_test(every_command_says_what_its_json_is),
        cmocka_unit_test(guides_name_only_commands_and_flags_that_there_are),
        cmocka_unit_test(everybodys_guide_names_all_their_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
