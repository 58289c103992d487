// The frame: u32 length | u16 operation | u8 version = 1 | u8 zero | body[length], big-endian. Pure.
#ifndef CANDOUR_FRAME_H
#define CANDOUR_FRAME_H

#include <stdint.h>

#include "base.h"

enum {
    FRAME_HEADER_BYTES = 8,
    FRAME_VERSION = 1,
    FRAME_REPLY = 0x8000, // set in a reply's operation
};

struct frame {
    uint32_t length; // of the body
    uint16_t operation;
};

void frame_write(struct frame frame, uint8_t ret_header[FRAME_HEADER_BYTES]);
// -1: wrong version or reserved byte.
MUST_CHECK int frame_read(const uint8_t header[FRAME_HEADER_BYTES], struct frame *ret_frame);

#endif
