#include "daemon/desk/framework_check.h"

#include <string.h>
#include <strings.h>

#include "ballot.h"
#include "crypto.h"
#include "daemon/desk/text.h"
#include "manifest.h"
#include "questionnaire.h"

// The same words, whatever the case of their letters.
static bool is_same_sentence(ProtobufCBinaryData a, ProtobufCBinaryData b) {
    return a.len == b.len && (a.len == 0 || strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0);
}

static void check_list(const char *what, size_t count, const ProtobufCBinaryData *list, struct problems *problems) {
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (is_same_sentence(list[i], list[j])) {
                problems_add(problems, 0, "The %s \"%.*s\" is there twice. Remove or change one of them.", what,
                             TEXT(list[i]));
                break;
            }
}

// What one row says against an earlier one of its level.
static bool is_at_odds(const Candour__FrameworkRow *row, const Candour__FrameworkRow *earlier,
                       struct problems *problems) {
    if (is_same_sentence(row->effective, earlier->effective))
        problems_add(problems, row->line,
                     "This statement is already on line %u in the same level. Change or remove it.", earlier->line);
    else if (!text_is_equal(row->level_name, earlier->level_name))
        problems_add(problems, row->line,
                     "Level %.*s has another name here than on line %u. Give it one name on all its rows.",
                     TEXT(row->level), earlier->line);
    else if (text_is_equal(row->competency, earlier->competency) &&
             (!text_is_equal(row->cluster, earlier->cluster) || !text_is_equal(row->definition, earlier->definition)))
        problems_add(problems, row->line,
                     "%.*s has another cluster or definition here than on line %u. Use the same on all its rows.",
                     TEXT(row->competency), earlier->line);
    else
        return false;
    return true;
}

// Judges row number index against the rows before it.
static void check_row(const Candour__ImportFramework *framework, size_t index, struct problems *problems) {
    const Candour__FrameworkRow *row = framework->rows[index];
    const Candour__FrameworkRow *same_competency = NULL, *previous = NULL; // of the same level
    if (is_same_sentence(row->effective, row->ineffective))
        problems_add(problems, row->line,
                     "The ineffective statement is the same as the effective one. Change it, or leave it empty.");
    for (size_t i = 0; i < index; i++) {
        const Candour__FrameworkRow *earlier = framework->rows[i];
        if (!text_is_equal(row->level, earlier->level))
            continue;
        if (is_at_odds(row, earlier, problems))
            return;
        if (text_is_equal(row->competency, earlier->competency))
            same_competency = earlier;
        previous = earlier;
    }
    if (same_competency != NULL && same_competency != previous)
        problems_add(problems, row->line,
                     "%.*s goes on here after another competency began. Move this row up to line %u, where its others "
                     "are.",
                     TEXT(row->competency), same_competency->line);
}

// Counts one level; first: the index of its first row.
static void check_level(const Candour__ImportFramework *framework, size_t first, struct problems *problems) {
    ProtobufCBinaryData level = framework->rows[first]->level;
    const Candour__FrameworkRow *previous = NULL;
    size_t items = 0, competencies = 0;
    for (size_t i = first; i < framework->n_rows; i++) {
        const Candour__FrameworkRow *row = framework->rows[i];
        if (!text_is_equal(row->level, level))
            continue;
        items++;
        competencies += previous == NULL || !text_is_equal(previous->competency, row->competency);
        previous = row;
    }
    if (items > QUESTIONNAIRE_ITEMS_MAX)
        problems_add(problems, 0, "Level %.*s has %zu statements. At most %d fit: remove some.", TEXT(level), items,
                     QUESTIONNAIRE_ITEMS_MAX);
    else if (competencies > QUESTIONNAIRE_COMPETENCIES_MAX)
        problems_add(problems, 0, "Level %.*s has %zu competencies. At most %d fit: join or remove some.", TEXT(level),
                     competencies, QUESTIONNAIRE_COMPETENCIES_MAX);
    else if (ballot_size_max(items, framework->n_questions) > ballot_room(BALLOT_BUCKET_MAX))
        problems_add(problems, 0,
                     "The answers to level %.*s would not fit in a ballot. Remove statements or questions.",
                     TEXT(level));
}

// Index of the first row of the same level.
static size_t first_of_level(const Candour__ImportFramework *framework, size_t index) {
    size_t first = 0;
    while (!text_is_equal(framework->rows[first]->level, framework->rows[index]->level))
        first++;
    return first;
}

void framework_check(const Candour__ImportFramework *framework, struct problems *problems) {
    check_list("label", framework->n_scale, framework->scale, problems);
    check_list("question", framework->n_questions, framework->questions, problems);
    size_t levels = 0;
    for (size_t i = 0; i < framework->n_rows; i++) {
        check_row(framework, i, problems);
        if (first_of_level(framework, i) == i) {
            levels++;
            check_level(framework, i, problems);
        }
    }
    if (levels > MANIFEST_LEVELS_MAX)
        problems_add(problems, 0, "There are %zu levels. At most %d fit: make two frameworks of it.", levels,
                     MANIFEST_LEVELS_MAX);
    problems_sort(problems);
}

void framework_positions(const Candour__ImportFramework *framework, int32_t *ret_positions) {
    for (size_t i = 0; i < framework->n_rows; i++) {
        ret_positions[i] = 1;
        for (size_t j = i; j-- > 0;)
            if (text_is_equal(framework->rows[i]->level, framework->rows[j]->level)) {
                ret_positions[i] = ret_positions[j] + 1;
                break;
            }
    }
}

// Each text has its own step, so texts cannot run into each other.
static void fold(uint8_t hash[32], ProtobufCBinaryData text) {
    struct crypto_span parts[] = {{hash, 32}, {text.data, text.len}};
    uint8_t next[32];
    crypto_sha256(parts, ARRAY_LEN(parts), next);
    memcpy(hash, next, sizeof next);
}

void framework_hash(const Candour__ImportFramework *framework, uint8_t ret_hash[32]) {
    uint8_t counts[2] = {(uint8_t)framework->n_scale, (uint8_t)framework->n_questions};
    memset(ret_hash, 0, 32);
    fold(ret_hash, (ProtobufCBinaryData){sizeof counts, counts});
    for (size_t i = 0; i < framework->n_scale; i++)
        fold(ret_hash, framework->scale[i]);
    for (size_t i = 0; i < framework->n_questions; i++)
        fold(ret_hash, framework->questions[i]);
    for (size_t i = 0; i < framework->n_rows; i++) {
        const Candour__FrameworkRow *row = framework->rows[i];
        const ProtobufCBinaryData texts[] = {row->cluster,    row->competency, row->definition, row->level,
                                             row->level_name, row->effective,  row->ineffective};
        for (size_t j = 0; j < ARRAY_LEN(texts); j++)
            fold(ret_hash, texts[j]);
    }
}
