#include "framework.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check.h"

enum { CLUSTER, COMPETENCY, DEFINITION, LEVEL, LEVEL_NAME, EFFECTIVE, INEFFECTIVE };
enum { ITEM_S = 8, QUESTION_S = 60, MINUTE_S = 60, COMPETENCIES_MAX = 64 };

static const struct csv_column columns[] = {
    [CLUSTER] = {"cluster", "cluster group theme", false},
    [COMPETENCY] = {"competency", "competency competence competencies competencyname", true},
    [DEFINITION] = {"definition", "definition description meaning", false},
    [LEVEL] = {"level", "level levelcode leadershiplevel", true},
    [LEVEL_NAME] = {"level_name", "levelname leveltitle", false},
    [EFFECTIVE] = {"effective", "effective effectivebehaviour effectivebehavior behaviour behavior statement", true},
    [INEFFECTIVE] = {"ineffective", "ineffective ineffectivebehaviour ineffectivebehavior counterpart", false},
};

// ---------------------------------------------------------------- reading

static ProtobufCBinaryData bytes(const char *text) {
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

static void set_optional(const struct csv_file *file, size_t row, size_t column, protobuf_c_boolean *ret_has,
                         ProtobufCBinaryData *ret_bytes) {
    *ret_bytes = bytes(csv_cell(file, row, column));
    *ret_has = ret_bytes->len > 0;
}

static void read_row(const struct csv_file *file, size_t i, Candour__FrameworkRow *row) {
    candour__framework_row__init(row);
    set_optional(file, i, CLUSTER, &row->has_cluster, &row->cluster);
    row->competency = bytes(csv_cell(file, i, COMPETENCY));
    set_optional(file, i, DEFINITION, &row->has_definition, &row->definition);
    row->level = bytes(csv_cell(file, i, LEVEL));
    set_optional(file, i, LEVEL_NAME, &row->has_level_name, &row->level_name);
    row->effective = bytes(csv_cell(file, i, EFFECTIVE));
    set_optional(file, i, INEFFECTIVE, &row->has_ineffective, &row->ineffective);
    row->line = file->lines[i];
}

static int take_rows(struct csv_file *file, struct findings *problems, struct framework *ret_framework,
                     struct problem *ret_problem) {
    struct framework f = {.file = *file, .count = file->rows};
    f.rows = calloc(f.count, sizeof *f.rows);
    f.list = calloc(f.count, sizeof *f.list);
    if (f.rows == NULL || f.list == NULL) {
        framework_drop(&f);
        return problem_no_memory(ret_problem);
    }
    for (size_t i = 0; i < f.count; i++) {
        char sentence[256];
        f.list[i] = &f.rows[i];
        read_row(file, i, f.list[i]);
        if (check_message(&f.rows[i].base, sentence, sizeof sentence) != 0)
            findings_add(problems, file->lines[i], "%s", sentence);
    }
    *ret_framework = f;
    return 0;
}

int framework_load(const char *path, struct findings *problems, struct framework *ret_framework,
                   struct problem *ret_problem) {
    struct csv_file file;
    if (csv_load(path, columns, ARRAY_LEN(columns), problems, &file, ret_problem) != 0)
        return -1;
    return take_rows(&file, problems, ret_framework, ret_problem);
}

int framework_load_text(const void *text, size_t len, struct findings *problems, struct framework *ret_framework,
                        struct problem *ret_problem) {
    struct csv_file file;
    if (csv_load_text(text, len, columns, ARRAY_LEN(columns), problems, &file, ret_problem) != 0)
        return -1;
    return take_rows(&file, problems, ret_framework, ret_problem);
}

void framework_drop(struct framework *framework) {
    csv_drop(&framework->file);
    free(framework->rows);
    free(framework->list);
    *framework = (struct framework){0};
}

// ---------------------------------------------------------------- advice

static const char *cell(const struct framework *framework, size_t row, size_t column) {
    return csv_cell(&framework->file, row, column);
}

static void advise_double(const struct framework *framework, size_t row, size_t column, struct findings *advice) {
    static const char *const joints[] = {" and ", " or ", " and/or "};
    const char *text = cell(framework, row, column);
    for (size_t i = 0; i < ARRAY_LEN(joints); i++)
        if (strcasestr(text, joints[i]) != NULL) {
            findings_add(advice, framework->file.lines[row],
                         "This may be two statements joined by \"%.*s\": \"%s\". Whoever does one and not the other "
                         "cannot be rated. If so, make it two rows, or keep the more important one.",
                         (int)strlen(joints[i]) - 2, joints[i] + 1, text);
            return;
        }
}

// Looks only at the rows before it, so that each pair is named once.
static void advise_twice(const struct framework *framework, size_t row, struct findings *advice) {
    const char *text = cell(framework, row, EFFECTIVE);
    for (size_t before = 0; before < row; before++)
        if (strcmp(cell(framework, before, LEVEL), cell(framework, row, LEVEL)) == 0 && text[0] != '\0' &&
            strcasecmp(cell(framework, before, EFFECTIVE), text) == 0) {
            findings_add(advice, framework->file.lines[row],
                         "The same statement stands in line %u, at the same level. Remove or change one of them.",
                         framework->file.lines[before]);
            return;
        }
    if (text[0] != '\0' && strcasecmp(text, cell(framework, row, INEFFECTIVE)) == 0)
        findings_add(advice, framework->file.lines[row],
                     "The effective and the ineffective statement are the same. Change one of them.");
}

size_t framework_levels(const struct framework *framework, struct framework_level ret_levels[FRAMEWORK_LEVELS_MAX]) {
    size_t count = 0;
    for (size_t row = 0; row < framework->count; row++) {
        const char *level = cell(framework, row, LEVEL);
        size_t i = 0;
        while (i < count && strcmp(ret_levels[i].level, level) != 0)
            i++;
        if (i == FRAMEWORK_LEVELS_MAX || level[0] == '\0')
            continue;
        if (i == count)
            ret_levels[count++] = (struct framework_level){level, cell(framework, row, LEVEL_NAME), 0};
        ret_levels[i].items++;
    }
    return count;
}

static bool has_level(const struct framework *framework, const char *competency, const char *level) {
    for (size_t row = 0; row < framework->count; row++)
        if (strcmp(cell(framework, row, COMPETENCY), competency) == 0 &&
            strcmp(cell(framework, row, LEVEL), level) == 0)
            return true;
    return false;
}

static void advise_levels(const struct framework *framework, struct findings *advice) {
    struct framework_level levels[FRAMEWORK_LEVELS_MAX];
    size_t level_count = framework_levels(framework, levels), seen_count = 0;
    const char *seen[COMPETENCIES_MAX];
    for (size_t i = 0; i < level_count; i++)
        if (levels[i].name[0] == '\0')
            findings_add(advice, 0, "Level %s has no name. Give it one in the column level_name, such as \"Director\".",
                         levels[i].level);
    for (size_t row = 0; row < framework->count; row++) {
        const char *competency = cell(framework, row, COMPETENCY);
        size_t i = 0;
        while (i < seen_count && strcmp(seen[i], competency) != 0)
            i++;
        if (i < seen_count || seen_count == COMPETENCIES_MAX || competency[0] == '\0')
            continue;
        seen[seen_count++] = competency;
        for (size_t k = 0; k < level_count; k++)
            if (!has_level(framework, competency, levels[k].level))
                findings_add(
                    advice, framework->file.lines[row],
                    "The competency \"%s\" has no statement at level %s. Add some, or leave it out on purpose.",
                    competency, levels[k].level);
    }
}

void framework_advise(const struct framework *framework, struct findings *advice) {
    for (size_t row = 0; row < framework->count; row++) {
        advise_double(framework, row, EFFECTIVE, advice);
        advise_double(framework, row, INEFFECTIVE, advice);
        advise_twice(framework, row, advice);
    }
    advise_levels(framework, advice);
    findings_sort(advice);
}

unsigned framework_minutes(unsigned items, unsigned questions) {
    return (items * ITEM_S + questions * QUESTION_S + MINUTE_S - 1) / MINUTE_S;
}
