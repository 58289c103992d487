// Files that people give the client: a framework, or people and raters, as CSV; and the desk's judgement of the rows.
#include <string.h>

#include "check.h"
#include "client/csv.h"
#include "client/framework.h"
#include "daemon/core/arena.h"
#include "daemon/desk/framework_check.h"
#include "daemon/desk/people_check.h"
#include "daemon/desk/raters_check.h"
#include "daemon/desk/text.h"
#include "fuzz.h"

enum { ARENA_BYTES = 8 * 1024 * 1024, ROWS_MAX = 2000 };

static void *memory;
static struct arena arena;
static struct problems found;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    memory = malloc(ARENA_BYTES);
    FUZZ_MUST(memory);
    arena_start(&arena, memory, ARENA_BYTES);
    return 0;
}

static void start(void) {
    arena_reset(&arena);
    problems_start(&found, &arena);
}

static void must_be_sorted(void) {
    for (size_t i = 1; i < found.count; i++)
        FUZZ_MUST(found.list[i - 1]->line <= found.list[i]->line);
}

static void try_framework(const void *text, size_t len) {
    struct findings problems = {0}, advice = {0};
    struct framework framework;
    struct framework_level levels[FRAMEWORK_LEVELS_MAX];
    struct problem problem;
    char sentence[768];
    static ProtobufCBinaryData scale[3], question;
    if (framework_load_text(text, len, &problems, &framework, &problem) == 0) {
        framework_advise(&framework, &advice);
        framework_levels(&framework, levels);
        Candour__ImportFramework import = CANDOUR__IMPORT_FRAMEWORK__INIT;
        import.name = text_of("Fuzz");
        scale[0] = text_of("Never"), scale[1] = text_of("At times"), scale[2] = text_of("Always");
        question = text_of("What else?");
        import.n_scale = 3, import.scale = scale;
        import.n_questions = 1, import.questions = &question;
        import.n_rows = framework.count < ROWS_MAX ? framework.count : ROWS_MAX;
        import.rows = framework.list;
        if (check_message(&import.base, sentence, sizeof sentence) == 0) {
            static int32_t positions[ROWS_MAX];
            uint8_t hash[32];
            start();
            framework_check(&import, &found);
            must_be_sorted();
            framework_positions(&import, positions);
            framework_hash(&import, hash);
        }
        framework_drop(&framework);
    }
    findings_sort(&advice);
    findings_free(&advice);
    findings_free(&problems);
}

static const struct csv_column columns[] = {
    {"email", "email mail", true},
    {"manager", "manager", false},
    {"group", "group relationship", false},
    {"level", "level", false},
};

static void try_people(const struct csv_file *file) {
    static struct people_row rows[ROWS_MAX];
    static const struct people_known known[] = {{{5, (uint8_t *)"a@b.c"}, {0, NULL}}};
    size_t count = file->rows < ROWS_MAX ? file->rows : ROWS_MAX;
    start();
    for (size_t i = 0; i < count; i++)
        rows[i] =
            (struct people_row){text_lower(&arena, text_of(csv_cell(file, i, 0))),
                                text_lower(&arena, text_of(csv_cell(file, i, 1))), file->is_there[1], file->lines[i]};
    people_check(rows, count, known, ARRAY_LEN(known), &found);
    must_be_sorted();
}

static void try_raters(const struct csv_file *file) {
    static struct raters_row rows[ROWS_MAX];
    static const uint8_t ids[4][16] = {{1}, {2}, {3}, {4}};
    ProtobufCBinaryData levels[] = {text_of("4"), text_of("5")};
    struct raters raters;
    size_t count = file->rows < ROWS_MAX ? file->rows : ROWS_MAX;
    start();
    for (size_t i = 0; i < count; i++) {
        const char *email = csv_cell(file, i, 0), *manager = csv_cell(file, i, 1), *group = csv_cell(file, i, 2);
        rows[i] = (struct raters_row){
            .subject = text_lower(&arena, text_of(manager)),
            .level = text_of(csv_cell(file, i, 3)),
            .rater = text_lower(&arena, text_of(email)),
            .group = (Candour__Group)(1 + (unsigned char)group[0] % 5),
            .line = file->lines[i],
            .subject_id = manager[0] ? ids[(unsigned char)manager[0] % 4] : NULL,
            .rater_id = email[0] ? ids[(unsigned char)email[0] % 4] : NULL,
            .stored_group = (unsigned char)group[0] % 6,
            .leaders = (uint32_t)strlen(email),
        };
    }
    raters_check(rows, count, levels, ARRAY_LEN(levels), &found, &raters);
    must_be_sorted();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct fuzz_input in = {data, len};
    struct findings findings = {0};
    struct csv_file file;
    struct problem problem;
    if (fuzz_byte(&in) % 2 == 0) {
        try_framework(in.at, in.left);
        return 0;
    }
    if (csv_load_text(in.at, in.left, columns, ARRAY_LEN(columns), &findings, &file, &problem) == 0) {
        for (size_t i = 0; i < file.rows * file.columns; i++)
            FUZZ_MUST(check_text(file.cells[i], strlen(file.cells[i])) || file.cells[i][0]);
        try_people(&file);
        try_raters(&file);
        csv_drop(&file);
    }
    findings_free(&findings);
    return 0;
}
