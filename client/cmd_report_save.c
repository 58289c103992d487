// Reports as files: one, in the forms that are wanted, or all of a round.
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/render/csv.h"
#include "client/render/html.h"
#include "client/render/json.h"
#include "client/render/ods.h"
#include "client/render/outline.h"
#include "commands.h"
#include "json.h"
#include "language.h"
#include "output.h"
#include "pdf_program.h"
#include "private_file.h"
#include "reports.h"

// ---------------------------------------------------------------- forms

static int write_json(FILE *out, Candour__Report *const *reports, size_t count, struct problem *ret_problem) {
    (void)count;
    (void)ret_problem;
    json_write(out, render_json(reports[0]));
    return 0;
}

static int write_html(FILE *out, Candour__Report *const *reports, size_t count, struct problem *ret_problem) {
    (void)count;
    struct outline *outline = outline_make(reports[0]);
    if (outline == NULL)
        return problem_no_memory(ret_problem);
    render_html(out, outline);
    outline_free(outline);
    return 0;
}

static int write_pdf(FILE *out, Candour__Report *const *reports, size_t count, struct problem *ret_problem) {
    (void)count;
    return pdf_program_run(out, &reports[0]->base, ret_problem);
}

static int write_csv(FILE *out, Candour__Report *const *reports, size_t count, struct problem *ret_problem) {
    (void)ret_problem;
    render_csv(out, (const Candour__Report *const *)reports, count);
    return 0;
}

static int write_ods(FILE *out, Candour__Report *const *reports, size_t count, struct problem *ret_problem) {
    return render_ods(out, (const Candour__Report *const *)reports, count) == 0 ? 0 : problem_no_memory(ret_problem);
}

// For each report a file of its own, but for figures, which may be those of many.
static const struct form {
    const char *name; // of the flag, and of files
    bool is_of_many;
    int (*write)(FILE *out, Candour__Report *const *reports, size_t count, struct problem *ret_problem);
} forms[] = {
    {"html", false, write_html}, {"pdf", false, write_pdf}, {"json", false, write_json},
    {"csv", true, write_csv},    {"ods", true, write_ods},
};

// ---------------------------------------------------------------- files

static int save(const struct form *form, const char *path, Candour__Report *const *reports, size_t count,
                struct problem *ret_problem) {
    struct problem unsaid;
    FILE *out = private_file_open(path, ret_problem);
    if (out == NULL)
        return -1;
    int result = form->write(out, reports, count, ret_problem);
    int closed = private_file_close(out, path, result == 0 ? ret_problem : &unsaid);
    return result == 0 ? closed : result;
}

int reports_save(const char *form, const char *path, Candour__Report *const *reports, size_t count,
                 struct problem *ret_problem) {
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (strcmp(forms[i].name, form) == 0)
            return save(&forms[i], path, reports, count, ret_problem);
    abort();
}

static int save_one(struct run *run) {
    size_t wanted = 0;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        wanted += command_value(&run->given, forms[i].name) != NULL;
    if (wanted == 0)
        return problem_set(&run->problem, EXIT_USAGE,
                           "Say as what, and where to: --html FILE, --pdf FILE, --ods FILE, --csv FILE, --json FILE");
    Candour__Report *report = reports_fetch_meant(run);
    int result = report != NULL ? 0 : -1;
    for (size_t i = 0; i < ARRAY_LEN(forms) && result == 0; i++) {
        const char *path = command_value(&run->given, forms[i].name);
        if (path == NULL)
            continue;
        result = save(&forms[i], path, &report, 1, &run->problem);
        if (result == 0)
            cmd_tell(run, "The report is saved in %s. Only you can read the file; keep it so.", path);
    }
    if (report != NULL)
        candour__report__free_unpacked(report, NULL);
    return result;
}

// ---------------------------------------------------------------- all

enum { PATH_BYTES = 4096, WORKERS_MAX = 16 };

struct all {
    struct run *run;
    const char *folder, *round; // round NULL: there must be one only
    struct reports_name *names;
    Candour__Report **reports;
    size_t count, room;
    bool has_failed; // run->problem
};

static void remember(void *context, const Candour__ReportBrief *brief) {
    struct all *all = context;
    struct reports_name name = reports_name(brief);
    if (all->has_failed || (all->round != NULL && strcasecmp(all->round, name.round) != 0))
        return;
    if (all->count > 0 && strcmp(all->names[0].round, name.round) != 0) {
        all->has_failed = true;
        problem_set(&all->run->problem, EXIT_USAGE, "There are reports of several rounds. Say which: --round NAME");
        return;
    }
    if (all->count == all->room) {
        size_t room = 2 * all->room + 64;
        struct reports_name *names = realloc(all->names, room * sizeof *names);
        if (names == NULL) {
            all->has_failed = true;
            problem_no_memory(&all->run->problem);
            return;
        }
        all->names = names;
        all->room = room;
    }
    all->names[all->count++] = name;
}

static int fetch_all(struct all *all) {
    if (reports_each(all->run, remember, all) != 0 || all->has_failed)
        return -1;
    if (all->count == 0)
        return problem_set(&all->run->problem, EXIT_NOT_FOUND, "There is no such report. See: candour report list");
    all->reports = calloc(all->count, sizeof(Candour__Report *));
    if (all->reports == NULL)
        return problem_no_memory(&all->run->problem);
    for (size_t i = 0; i < all->count; i++) {
        all->reports[i] = reports_fetch(all->run, &all->names[i]);
        if (all->reports[i] == NULL)
            return -1;
    }
    return 0;
}

// FOLDER/ann.lee@example.org.pdf: no two addresses have the same name, and none leaves the folder.
static void make_path(const struct all *all, size_t index, const char *form, char ret_path[PATH_BYTES]) {
    size_t used = (size_t)snprintf(ret_path, PATH_BYTES, "%s/", all->folder);
    const char *email = all->names[index].email;
    for (size_t i = 0; email[i] != '\0' && used + 16 < PATH_BYTES; i++) {
        unsigned char byte = (unsigned char)email[i];
        bool is_usual = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                        byte == '@' || byte == '-' || byte == '_' || byte == '+' || (byte == '.' && i > 0);
        used += (size_t)snprintf(ret_path + used, PATH_BYTES - used, is_usual ? "%c" : "%%%02x", byte);
    }
    snprintf(ret_path + used, PATH_BYTES - used, ".%s", form);
}

// Documents of every so-many-th report, in a process of its own.
static int work(const struct all *all, size_t first, size_t step) {
    char path[PATH_BYTES];
    struct problem problem;
    for (size_t i = first; i < all->count; i += step)
        for (size_t k = 0; k < ARRAY_LEN(forms); k++) {
            make_path(all, i, forms[k].name, path);
            if (forms[k].is_of_many || save(&forms[k], path, &all->reports[i], 1, &problem) == 0)
                continue;
            cmd_warn("%s", problem.sentence);
            return -1;
        }
    return 0;
}

static int save_figures(const struct all *all) {
    char path[PATH_BYTES];
    for (size_t k = 0; k < ARRAY_LEN(forms); k++) {
        snprintf(path, sizeof path, "%s/figures.%s", all->folder, forms[k].name);
        if (forms[k].is_of_many && save(&forms[k], path, all->reports, all->count, &all->run->problem) != 0)
            return -1;
    }
    return 0;
}

// One worker for each processor.
static int save_documents(struct all *all) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t workers = processors < 1 ? 1 : processors > WORKERS_MAX ? WORKERS_MAX : (size_t)processors, started = 0;
    pid_t processes[WORKERS_MAX];
    bool is_done = true;
    fflush(NULL);
    for (; started < workers; started++) {
        processes[started] = fork();
        if (processes[started] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM); // who ends the command ends its workers
            _exit(work(all, started, workers) == 0 ? EXIT_DONE : EXIT_FAILED);
        }
        if (processes[started] < 0)
            break;
    }
    int result = save_figures(all);
    for (size_t i = 0; i < started; i++) {
        int status = 0;
        while (waitpid(processes[i], &status, 0) < 0 && errno == EINTR)
            ;
        is_done = is_done && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
    }
    if (result == 0 && (started < workers || !is_done))
        return problem_set(&all->run->problem, EXIT_PARTLY,
                           "Not all documents could be written to %s. Repeat the command.", all->folder);
    return result;
}

static void forget(struct all *all) {
    for (size_t i = 0; all->reports != NULL && i < all->count; i++)
        if (all->reports[i] != NULL)
            candour__report__free_unpacked(all->reports[i], NULL);
    free(all->reports);
    free(all->names);
}

static int save_all(struct run *run, const char *folder) {
    struct all all = {.run = run, .folder = folder, .round = command_value(&run->given, "round")};
    int result = -1;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        problem_set(&run->problem, EXIT_USAGE, "The folder %s cannot be made (%s).", folder, strerror(errno));
    } else if (fetch_all(&all) == 0) {
        result = save_documents(&all);
    }
    if (result == 0)
        cmd_tell(
            run,
            ngettext("%zu report and a spreadsheet of all its figures are saved in %s. Only you can read the files.",
                     "%zu reports and a spreadsheet of all their figures are saved in %s. Only you can read the "
                     "files.",
                     all.count),
            all.count, folder);
    forget(&all);
    return result;
}

int cmd_report_save(struct run *run) {
    const char *folder = command_value(&run->given, "all");
    return folder != NULL ? save_all(run, folder) : save_one(run);
}

// ---------------------------------------------------------------- figures of a round

int cmd_round_export(struct run *run) {
    struct all all = {.run = run, .round = run->given.arguments[0]};
    const char *const wanted[] = {"csv", "ods"};
    if (command_value(&run->given, "csv") == NULL && command_value(&run->given, "ods") == NULL)
        return problem_set(&run->problem, EXIT_USAGE, "Say as what, and where to: --csv FILE, --ods FILE");
    int result = fetch_all(&all);
    for (size_t i = 0; i < ARRAY_LEN(wanted) && result == 0; i++) {
        const char *path = command_value(&run->given, wanted[i]);
        if (path == NULL)
            continue;
        result = reports_save(wanted[i], path, all.reports, all.count, &run->problem);
        if (result == 0)
            cmd_tell(run, "The figures of %zu report%s are saved in %s. Only you can read the file; keep it so.",
                     all.count, all.count == 1 ? "" : "s", path);
    }
    forget(&all);
    return result;
}
