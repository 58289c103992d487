#include "exit.h"

#include <stdarg.h>
#include <stdio.h>

#include "client/language.h"

enum exit_code exit_from_status(Candour__Status status) {
    switch (status) {
    case CANDOUR__STATUS__OK:
        return EXIT_DONE;
    case CANDOUR__STATUS__UNAUTHENTICATED:
    case CANDOUR__STATUS__FORBIDDEN:
        return EXIT_NOT_ALLOWED;
    case CANDOUR__STATUS__NOT_FOUND:
        return EXIT_NOT_FOUND;
    case CANDOUR__STATUS__REFUSED_BY_RULE:
        return EXIT_RULE;
    case CANDOUR__STATUS__CONFLICT:
        return EXIT_CHANGED;
    case CANDOUR__STATUS__BUSY:
        return EXIT_UNREACHABLE;
    case CANDOUR__STATUS__BAD_REQUEST:
    case CANDOUR__STATUS__TOO_LARGE:
    case CANDOUR__STATUS__INTERNAL:
    default:
        return EXIT_FAILED;
    }
}

int problem_set(struct problem *ret_problem, enum exit_code code, const char *format, ...) {
    ret_problem->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ret_problem->sentence, sizeof ret_problem->sentence, _(format), arguments);
    va_end(arguments);
    return -1;
}

int problem_no_memory(struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_FAILED, "There is not enough memory on this computer.");
}
