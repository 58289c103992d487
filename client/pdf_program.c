#include "pdf_program.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "candour-pdf"

// "/usr/local/bin/candour-pdf" beside "/usr/local/bin/candour".
static int find(char ret_path[PATH_MAX]) {
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len < 0)
        return -1;
    path[len] = '\0';
    *strrchr(path, '/') = '\0';
    return snprintf(ret_path, PATH_MAX, "%s/" PROGRAM, path) < PATH_MAX ? 0 : -1;
}

// A file in memory with the packed report, at its beginning; -1: none.
static int pack(const Candour__Report *report) {
    size_t len = candour__report__get_packed_size(report), done = 0;
    uint8_t *bytes = malloc(len + 1);
    int file = bytes != NULL ? memfd_create("report", MFD_CLOEXEC) : -1;
    if (file < 0)
        goto out;
    candour__report__pack(report, bytes);
    while (done < len) {
        ssize_t written = write(file, bytes + done, len - done);
        if (written < 0)
            break;
        done += (size_t)written;
    }
    if (done < len || lseek(file, 0, SEEK_SET) != 0) {
        close(file);
        file = -1;
    }
out:
    free(bytes);
    return file;
}

// Its exit code; -1: it could not be started, or was killed.
static int run(const char *path, int in, int out) {
    static char name[] = PROGRAM;
    char *const arguments[] = {name, NULL};
    posix_spawn_file_actions_t actions;
    pid_t process;
    int status;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    bool is_started = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO) == 0 &&
                      posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO) == 0 &&
                      posix_spawn(&process, path, &actions, NULL, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    if (!is_started)
        return -1;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int pdf_program_run(FILE *out, const Candour__Report *report, struct problem *ret_problem) {
    char path[PATH_MAX];
    if (find(path) != 0 || access(path, X_OK) != 0)
        return problem_set(ret_problem, EXIT_FAILED,
                           "For a PDF, the program candour-pdf must lie beside candour. Install it, or save the report "
                           "in another form.");
    int in = pack(report);
    if (in < 0)
        return problem_no_memory(ret_problem);
    int code = run(path, in, fileno(out));
    close(in);
    if (code == 0)
        return 0;
    return problem_set(ret_problem, EXIT_FAILED, "The PDF could not be made. Save the report in another form.");
}
