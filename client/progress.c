// A bar on stderr while something long goes on.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "language.h"

enum { BAR_CELLS = 30 };

void cmd_progress(const struct run *run, const char *what, size_t done, size_t total) {
    static size_t shown = SIZE_MAX;
    const char *term = getenv("TERM");
    if (run->quiet || run->json || total == 0 || !isatty(STDERR_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
        return;
    size_t percent = done >= total ? 100 : done * 100 / total;
    if (percent == shown && done < total)
        return;
    shown = done < total ? percent : SIZE_MAX;
    if (done >= total) {
        fprintf(stderr, "\r\033[K"); // the line as it was
    } else {
        size_t cells = percent * BAR_CELLS / 100;
        fprintf(stderr, "\r%s [%.*s%.*s] %3zu %%", _(what), (int)cells, "##############################",
                (int)(BAR_CELLS - cells), "..............................", percent);
    }
    fflush(stderr);
}
