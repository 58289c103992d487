#include "private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A file that was there before may have been open to others.
static int make_private(int file) {
    struct stat is;
    if (fstat(file, &is) != 0)
        return -1;
    return S_ISREG(is.st_mode) ? fchmod(file, 0600) : 0;
}

FILE *private_file_open(const char *path, struct problem *ret_problem) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *out = file >= 0 && make_private(file) == 0 ? fdopen(file, "w") : NULL;
    if (out != NULL)
        return out;
    int error = errno;
    if (file >= 0)
        close(file);
    problem_set(ret_problem, EXIT_USAGE, "The file %s cannot be written (%s).", path, strerror(error));
    return NULL;
}

int private_file_close(FILE *file, const char *path, struct problem *ret_problem) {
    bool is_written = fflush(file) == 0 && !ferror(file) && fsync(fileno(file)) == 0;
    is_written = fclose(file) == 0 && is_written;
    return is_written ? 0 : problem_set(ret_problem, EXIT_FAILED, "The file %s could not be written in full.", path);
}
