#include "daemon/desk/problems.h"

#include <stdarg.h>
#include <stdio.h>

#include "daemon/desk/text.h"

enum { SENTENCE_BYTES = 1200 }; // three e-mail addresses and what is wrong with them

void problems_start(struct problems *problems, struct arena *arena) {
    *problems = (struct problems){.arena = arena};
    problems->list = arena_alloc(arena, (PROBLEMS_MAX + 1) * sizeof *problems->list);
}

void problems_add(struct problems *problems, uint32_t line, const char *format, ...) {
    if (problems->count > PROBLEMS_MAX)
        return;
    char sentence[SENTENCE_BYTES];
    if (problems->count == PROBLEMS_MAX) {
        line = 0;
        snprintf(sentence, sizeof sentence, "There are more problems. Correct these first and try again.");
    } else {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(sentence, sizeof sentence, format, arguments);
        va_end(arguments);
    }
    ProtobufCBinaryData text = text_of(sentence);
    Candour__RowProblem *problem = arena_alloc(problems->arena, sizeof *problem);
    uint8_t *copy = arena_copy(problems->arena, text.data, text.len);
    if (problems->list == NULL || problem == NULL || copy == NULL)
        return;
    candour__row_problem__init(problem);
    problem->line = line;
    problem->sentence = (ProtobufCBinaryData){text.len, copy};
    problems->list[problems->count++] = problem;
}

void problems_sort(struct problems *problems) {
    for (size_t i = 1; i < problems->count; i++) {
        Candour__RowProblem *problem = problems->list[i];
        size_t place = i;
        for (; place > 0 && problems->list[place - 1]->line > problem->line; place--)
            problems->list[place] = problems->list[place - 1];
        problems->list[place] = problem;
    }
}
