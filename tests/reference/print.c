// usage: print FOLDER
// Writes the data sets as FOLDER/NAME.csv, and what the engine makes of them as FOLDER/engine.csv: name,value.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/reference/engine.h"

static FILE *open_file(const char *folder, const char *name) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s.csv", folder, name);
    FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "w") : NULL;
    if (!file) {
        fprintf(stderr, "print: cannot write %s/%s.csv: %s\n", folder, name, strerror(errno));
        exit(1);
    }
    return file;
}

static void close_file(FILE *file) {
    if (ferror(file) || fclose(file) != 0) {
        fprintf(stderr, "print: cannot write everything: %s\n", strerror(errno));
        exit(1);
    }
}

static void print_figure(void *context, const char *name, double value) {
    fprintf(context, isnan(value) ? "%s,NA\n" : "%s,%.17g\n", name, value);
}

// A column is named after its competency: c0, c0.1 and so on.
static void print_set(const char *folder, const struct set *set) {
    FILE *file = open_file(folder, set->name);
    fprintf(file, "scale,subject,group");
    for (size_t i = 0; i < SETS_ITEMS; i++) {
        fprintf(file, ",c%u", sets_competencies[i]);
    }
    for (size_t r = 0; r < set->count; r++) {
        const struct set_row *row = &set->rows[r];
        fprintf(file, "\n%u,%u,%u", set->scale_max, row->subject, row->group);
        for (size_t i = 0; i < SETS_ITEMS; i++) {
            fprintf(file, ",%u", row->ratings[i]);
        }
    }
    fprintf(file, "\n");
    close_file(file);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: print FOLDER\n");
        return 2;
    }
    FILE *figures = open_file(argv[1], "engine");
    for (size_t i = 0; i < SETS_COUNT; i++) {
        struct set set = sets_make(i);
        print_set(argv[1], &set);
        engine_tell(&set, print_figure, figures);
        sets_free(&set);
    }
    engine_tell_widths(print_figure, figures);
    close_file(figures);
    return 0;
}
