// The manual page, and what lets shells complete commands.
#include <string.h>

#include "commands.h"
#include "completion.h"
#include "manual.h"

int cmd_manual(struct run *run) {
    if (run->json)
        cmd_print_json(manual_json());
    else
        manual_print(stdout);
    return 0;
}

int cmd_completion(struct run *run) {
    const char *shell = run->given.arguments[0];
    if (strcmp(shell, "bash") == 0)
        completion_bash(stdout);
    else if (strcmp(shell, "zsh") == 0)
        completion_zsh(stdout);
    else
        return problem_set(&run->problem, EXIT_USAGE, "There is completion for bash and for zsh, not for %s.", shell);
    return 0;
}
