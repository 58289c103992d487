// Asking the person in front of the terminal.
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ask.h"
#include "cmd.h"
#include "crypto.h"
#include "language.h"
#include "output.h"

// ---------------------------------------------------------------- hidden typing

// Whatever ends or stops the program leaves a terminal that shows what is typed.
static struct termios shown, hidden;
static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP};
static struct sigaction old[ARRAY_LEN(signals)];

static void show_again(int signal_number) {
    int error = errno;
    tcsetattr(STDIN_FILENO, TCSANOW, &shown);
    if (signal_number != SIGTSTP)
        _exit(EXIT_INTERRUPTED);
    raise(SIGSTOP);
    tcsetattr(STDIN_FILENO, TCSANOW, &hidden); // somebody made it go on
    errno = error;
}

static bool hide(void) {
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &shown) != 0)
        return false;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    const struct sigaction restore = {.sa_handler = show_again, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaction(signals[i], &restore, &old[i]);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    return true;
}

static void show(void) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaction(signals[i], &old[i], NULL);
    fputc('\n', stderr);
}

// ---------------------------------------------------------------- questions

int cmd_prompt(struct run *run, const char *question, bool is_secret, const char *instead,
               char ret_line[CMD_LINE_BYTES]) {
    question = _(question);
    instead = _(instead);
    if (run->no_input)
        return problem_set(&run->problem, EXIT_USAGE, "%s is needed, and with --no-input nobody is asked. Use %s.",
                           question, instead);
    output_print(stderr, "%s: ", question);
    bool is_hidden = is_secret && hide();
    char *line = fgets(ret_line, CMD_LINE_BYTES, stdin);
    if (is_hidden)
        show();
    if (line == NULL)
        return problem_set(&run->problem, EXIT_USAGE, "The input ended before %s was given. Type it, or use %s.",
                           question, instead);
    size_t len = strcspn(line, "\r\n");
    if (line[len] == '\0' && len + 1 == CMD_LINE_BYTES)
        return problem_set(&run->problem, EXIT_USAGE, "This line is too long.");
    line[len] = '\0';
    return 0;
}

int cmd_yes(struct run *run, const char *question, ...) {
    if (run->yes)
        return 0;
    char text[CMD_LINE_BYTES];
    va_list arguments;
    va_start(arguments, question);
    vsnprintf(text, sizeof text, _(question), arguments);
    va_end(arguments);
    if (run->no_input)
        return problem_set(&run->problem, EXIT_USAGE,
                           "This asks \"%s\", and with --no-input nobody is asked. Add --yes.", text);
    if (ask_yes(stdin, stderr, "%s", text))
        return 0;
    return problem_set(&run->problem, EXIT_FAILED, "Nothing was done.");
}

int cmd_confirm(struct run *run, const char *word, const char *what) {
    const char *confirmed = command_value(&run->given, "confirm");
    char typed[CMD_LINE_BYTES], go_on[CMD_LINE_BYTES];
    if (confirmed == NULL) {
        snprintf(go_on, sizeof go_on, _("Type %s to go on"), word);
        if (run->no_input)
            return problem_set(&run->problem, EXIT_USAGE, "%s Add --confirm \"%s\" to go on.", _(what), word);
        output_sentence(stderr, _(what));
        if (cmd_prompt(run, go_on, false, "--confirm", typed) != 0)
            return -1;
        confirmed = typed;
    }
    if (strcmp(confirmed, word) == 0)
        return 0;
    return problem_set(&run->problem, EXIT_USAGE, "Nothing was done: \"%s\" is not \"%s\".", confirmed, word);
}

int cmd_passphrase(void *context, char ret_passphrase[VAULT_PASSPHRASE_BYTES]) {
    struct run *run = context;
    char line[CMD_LINE_BYTES];
    int result = cmd_prompt(run, "The passphrase of this computer's store", true, N_("a terminal"), line);
    if (result == 0)
        snprintf(ret_passphrase, VAULT_PASSPHRASE_BYTES, "%s", line);
    crypto_wipe(line, sizeof line);
    return result;
}

// ---------------------------------------------------------------- talking while collecting

static void tell(void *context, const char *sentence) {
    cmd_tell(context, "%s", sentence);
}

static bool recovery(void *context, const char *round_name, const char code[CODE_RECOVERY_TEXT_BYTES]) {
    const struct run *run = context;
    return ask_recovery(run->no_input ? NULL : stdin, stderr, round_name, code);
}

static bool fingerprint(void *context, const char *round_name, const char text[CODE_FINGERPRINT_TEXT_BYTES]) {
    const struct run *run = context;
    return ask_fingerprint(run->no_input ? NULL : stdin, stderr, round_name, text);
}

struct rater_talk cmd_talk(struct run *run) {
    return (struct rater_talk){.context = run, .tell = tell, .fingerprint = fingerprint, .recovery = recovery};
}
