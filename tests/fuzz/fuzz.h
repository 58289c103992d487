// What the fuzz targets share. A target is LLVMFuzzerTestOneInput (LLVM's libFuzzer); its input is eaten from the
// front.
#ifndef CANDOUR_TESTS_FUZZ_H
#define CANDOUR_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

// At most len bytes; *ret_len says how many there were.
static inline const uint8_t *fuzz_bytes(struct fuzz_input *in, size_t len, size_t *ret_len) {
    const uint8_t *at = in->at;
    *ret_len = len < in->left ? len : in->left;
    in->at += *ret_len;
    in->left -= *ret_len;
    return at;
}
static inline uint8_t fuzz_byte(struct fuzz_input *in) { // 0 at the end
    size_t len;
    const uint8_t *at = fuzz_bytes(in, 1, &len);
    return len ? *at : 0;
}
static inline uint16_t fuzz_short(struct fuzz_input *in) {
    uint8_t high = fuzz_byte(in);
    return (uint16_t)(high << 8 | fuzz_byte(in));
}
// A field of fixed length, zeroes where the input ends.
static inline void fuzz_fill(struct fuzz_input *in, void *ret_bytes, size_t len) {
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)ret_bytes)[i] = fuzz_byte(in);
}

// Holds in every run, whatever the input: a finding otherwise.
#define FUZZ_MUST(condition)                                                                                           \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
