// Published vectors are hexadecimal text; tests read them with this.
#ifndef CANDOUR_TESTS_HEX_H
#define CANDOUR_TESTS_HEX_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// Exactly len bytes of text into ret_bytes.
static inline void hex_read(const char *text, uint8_t *ret_bytes, size_t len) {
    assert(strlen(text) == 2 * len);
    for (size_t i = 0; i < len; i++) {
        unsigned byte;
        int found = sscanf(text + 2 * i, "%2x", &byte);
        assert(found == 1);
        ret_bytes[i] = (uint8_t)byte;
    }
}

// Fails the running test when bytes are not what text says.
#define assert_hex(bytes, text)                                                                                        \
    do {                                                                                                               \
        uint8_t wanted_[256];                                                                                          \
        size_t wanted_len_ = strlen(text) / 2;                                                                         \
        hex_read(text, wanted_, wanted_len_);                                                                          \
        assert_memory_equal(bytes, wanted_, wanted_len_);                                                              \
    } while (0)

#endif
