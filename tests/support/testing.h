// cmocka with what it needs to be included after.
#ifndef CANDOUR_TESTS_TESTING_H
#define CANDOUR_TESTS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
