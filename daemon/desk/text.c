#include "daemon/desk/text.h"

#include <string.h>

#include "check.h"
#include "clock.h"

ProtobufCBinaryData text_of(const char *string) {
    return (ProtobufCBinaryData){strlen(string), (uint8_t *)(uintptr_t)string};
}

int text_compare(ProtobufCBinaryData a, ProtobufCBinaryData b) {
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool text_is_equal(ProtobufCBinaryData a, ProtobufCBinaryData b) {
    return a.len == b.len && text_compare(a, b) == 0;
}

ProtobufCBinaryData text_lower(struct arena *arena, ProtobufCBinaryData text) {
    uint8_t *copy = text.len > 0 ? arena_copy(arena, text.data, text.len) : NULL;
    if (copy == NULL)
        return (ProtobufCBinaryData){0, NULL};
    for (size_t i = 0; i < text.len; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (uint8_t)(copy[i] - 'A' + 'a');
    return (ProtobufCBinaryData){text.len, copy};
}

bool text_is_email(ProtobufCBinaryData text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80)
            return false;
    return check_email(text.data, text.len);
}

void text_date(int64_t at, char ret_text[TEXT_DATE_BYTES]) {
    clock_words(at, ret_text);
}
