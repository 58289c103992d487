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

#include "client/language.h"
#include "output.h"

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
static int pack(const ProtobufCMessage *report) {
    size_t len = protobuf_c_message_get_packed_size(report), done = 0;
    uint8_t *bytes = malloc(len + 1);
    int file = bytes != NULL ? memfd_create("report", MFD_CLOEXEC) : -1;
    if (file < 0)
        goto out;
    protobuf_c_message_pack(report, bytes);
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
static int run(const char *path, bool is_organisation, int in, int out) {
    static char name[] = PROGRAM, organisation[] = "organisation";
    char *const arguments[] = {name, is_organisation ? organisation : NULL, NULL};
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

static void warn_of_boxes(void) {
    static bool is_told;
    if (!is_told)
        output_sentence(stderr,
                        _("Some letters are in no font of this computer: the PDF shows boxes in their place. Install "
                          "fonts for them, such as the package fonts-noto-cjk for Chinese, Japanese and Korean, and "
                          "save the PDF again."));
    is_told = true;
}

int pdf_program_run(FILE *out, const ProtobufCMessage *report, struct problem *ret_problem) {
    char path[PATH_MAX];
    if (find(path) != 0 || access(path, X_OK) != 0)
        return problem_set(ret_problem, EXIT_FAILED,
                           "For a PDF, the program candour-pdf must lie beside candour. Install it, or save the report "
                           "in another form.");
    int in = pack(report);
    if (in < 0)
        return problem_no_memory(ret_problem);
    int code = run(path, report->descriptor == &candour__organisation_report__descriptor, in, fileno(out));
    close(in);
    if (code == EXIT_PARTLY)
        warn_of_boxes();
    if (code == EXIT_DONE || code == EXIT_PARTLY)
        return 0;
    return problem_set(ret_problem, EXIT_FAILED, "The PDF could not be made. Save the report in another form.");
}
