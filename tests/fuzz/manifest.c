// A manifest, or two of them with a NUL between: reading is strict, and steps are judged.
#include <string.h>

#include "crypto.h"
#include "fuzz.h"
#include "manifest.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    FUZZ_MUST(crypto_start() == 0);
    return 0;
}

// Exactly this text is what the manifest would be written as.
static int take(const char *text, size_t len, struct manifest *ret_manifest) {
    if (manifest_read(text, len, ret_manifest) != 0)
        return -1;
    size_t again_len;
    char *again = manifest_write(ret_manifest, &again_len);
    FUZZ_MUST(again && again_len == len && memcmp(again, text, len) == 0);
    free(again);
    for (size_t i = 0; i < ret_manifest->subject_count; i++) {
        const struct manifest_subject *subject = &ret_manifest->subjects[i];
        FUZZ_MUST(manifest_subject_find(ret_manifest, subject->id) == subject);
        FUZZ_MUST(manifest_level_find(ret_manifest, subject->level) != NULL);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    const char *text = (const char *)data;
    const char *end = len ? memchr(text, '\0', len) : NULL;
    size_t first_len = end ? (size_t)(end - text) : len;
    struct manifest first, second;
    if (take(text, first_len, &first) != 0)
        return 0;
    if (end && take(end + 1, len - first_len - 1, &second) == 0) {
        uint8_t hash[32];
        manifest_hash(text, first_len, hash);
        const char *forbidden = manifest_step_forbidden(&first, hash, &second);
        FUZZ_MUST(!forbidden || forbidden[0]);
        FUZZ_MUST(manifest_step_forbidden(&second, hash, &second)); // no version follows itself
        manifest_free(&second);
    }
    manifest_free(&first);
    return 0;
}
