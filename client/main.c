// candour: the client.
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "language.h"
#include "output.h"

static bool wants_colour(const struct run *run) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return !command_has(&run->given, "no-color") && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
}

static int open_vault(struct run *run) {
    enum command_needs needs = run->given.command->needs;
    if (needs == COMMAND_NEEDS_NOTHING)
        return 0;
    if (vault_open(NULL, cmd_passphrase, run, &run->vault, &run->problem) != 0 || cmd_set_language(run) != 0 ||
        cmd_set_proxy(run) != 0)
        return -1;
    if (needs == COMMAND_NEEDS_SESSION && !vault_data(run->vault)->has_session)
        return problem_set(&run->problem, EXIT_NOT_ALLOWED, "You are not signed in. Sign in first: candour sign-in");
    return 0;
}

static int perform(struct run *run) {
    run->json = command_has(&run->given, "json") && command_value(&run->given, "json") == NULL;
    run->plain = command_has(&run->given, "plain");
    run->quiet = command_has(&run->given, "quiet");
    run->yes = command_has(&run->given, "yes");
    run->no_input = command_has(&run->given, "no-input");
    output_use_colour(wants_colour(run));
    const char *language = command_value(&run->given, "language");
    if (language != NULL && strcmp(language, "none") != 0 && language_is_code(language))
        language_use(language); // also where no vault is opened, or it cannot be
    int result = open_vault(run);
    if (result == 0)
        result = run->given.command->run(run);
    cmd_end(run);
    return result;
}

// No command: what everybody can do, and what this person can do next, unless a passphrase would be asked for.
static void introduce(struct run *run) {
    struct problem ignored;
    command_help(stdout, &run->given);
    run->quiet = command_has(&run->given, "quiet");
    if (vault_open(NULL, NULL, NULL, &run->vault, &ignored) == 0)
        cmd_hint(run);
    cmd_end(run);
}

int main(int argc, char **argv) {
    struct run run = {0};
    setlocale(LC_TIME, "");
    language_start();
    int result = command_read(argc, argv, &run.given, &run.problem);
    if (result == 0 && run.given.wish == COMMAND_VERSION)
        output_print(stdout, "candour %s\n", CANDOUR_VERSION);
    else if (result == 0 && run.given.wish == COMMAND_SHORT_HELP)
        introduce(&run);
    else if (result == 0 && run.given.wish != COMMAND_RUN)
        command_help(stdout, &run.given);
    else if (result == 0)
        result = perform(&run);
    if (fflush(stdout) != 0 && result == 0)
        result = problem_set(&run.problem, EXIT_FAILED, "The output could not be written in full.");
    if (result == 0)
        return EXIT_DONE;
    char last[sizeof run.problem.sentence + sizeof "candour: "];
    snprintf(last, sizeof last, "candour: %s", run.problem.sentence);
    output_sentence(stderr, last);
    return run.problem.code;
}
