// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <string.h>

#include "frame.h"

static void header_is_big_endian(void **state) {
    (void)state;
    uint8_t header[FRAME_HEADER_BYTES];
    frame_write((struct frame){.length = 0x01020304, .operation = 0x8506}, header);
    const uint8_t expected[] = {1, 2, 3, 4, 0x85, 6, 1, 0};
    assert_memory_equal(header, expected, sizeof expected);
}

static void every_length_and_operation_comes_back(void **state) {
    (void)state;
    const uint32_t lengths[] = {0, 1, 255, 256, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff};
    const uint16_t operations[] = {0, 1, 0x0101, 0x7fff, 0x8101, 0xffff};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        for (size_t j = 0; j < ARRAY_LEN(operations); j++) {
            uint8_t header[FRAME_HEADER_BYTES];
            struct frame frame;
            frame_write((struct frame){lengths[i], operations[j]}, header);
            assert_int_equal(frame_read(header, &frame), 0);
            assert_int_equal(frame.length, lengths[i]);
            assert_int_equal(frame.operation, operations[j]);
        }
    }
}

static void another_version_or_reserved_byte_is_refused(void **state) {
    (void)state;
    for (unsigned version = 0; version < 256; version++) {
        for (unsigned reserved = 0; reserved < 256; reserved++) {
            const uint8_t header[] = {0, 0, 0, 9, 1, 1, (uint8_t)version, (uint8_t)reserved};
            struct frame frame = {.length = 77, .operation = 78};
            int r = frame_read(header, &frame);
            assert_int_equal(r, version == 1 && reserved == 0 ? 0 : -1);
            assert_int_equal(frame.length, r == 0 ? 9 : 77); // untouched on failure
            assert_int_equal(frame.operation, r == 0 ? 0x0101 : 78);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_big_endian),
        cmocka_unit_test(every_length_and_operation_comes_back),
        cmocka_unit_test(another_version_or_reserved_byte_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
