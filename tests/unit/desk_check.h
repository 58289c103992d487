// For tests of what stops an imported file: an arena for its problems, and what they say.
#ifndef CANDOUR_TESTS_DESK_CHECK_H
#define CANDOUR_TESTS_DESK_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "daemon/desk/problems.h"
#include "daemon/desk/text.h"
#include "tests/support/testing.h"

static struct arena arena;
static struct problems problems;

static inline int desk_check_start(void **state) {
    enum { ARENA_BYTES = 4 * 1024 * 1024 };
    (void)state;
    void *memory = malloc(ARENA_BYTES);
    assert_non_null(memory);
    arena_start(&arena, memory, ARENA_BYTES);
    return 0;
}

static inline int desk_check_stop(void **state) {
    (void)state;
    free(arena.memory);
    return 0;
}

static inline void assert_problem_at(size_t index, uint32_t line, const char *part) {
    assert_true(index < problems.count);
    assert_int_equal(problems.list[index]->line, line);
    ProtobufCBinaryData sentence = problems.list[index]->sentence;
    if (memmem(sentence.data, sentence.len, part, strlen(part)) == NULL)
        fail_msg("\"%.*s\" does not say \"%s\"", TEXT(sentence), part);
}

static inline void assert_problem(uint32_t line, const char *part) {
    assert_int_equal(problems.count, 1);
    assert_problem_at(0, line, part);
}

#endif
