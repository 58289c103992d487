#include "frame.h"

void frame_write(struct frame frame, uint8_t ret_header[FRAME_HEADER_BYTES]) {
    ret_header[0] = (uint8_t)(frame.length >> 24);
    ret_header[1] = (uint8_t)(frame.length >> 16);
    ret_header[2] = (uint8_t)(frame.length >> 8);
    ret_header[3] = (uint8_t)frame.length;
    ret_header[4] = (uint8_t)(frame.operation >> 8);
    ret_header[5] = (uint8_t)frame.operation;
    ret_header[6] = FRAME_VERSION;
    ret_header[7] = 0;
}

int frame_read(const uint8_t header[FRAME_HEADER_BYTES], struct frame *ret_frame) {
    if (header[6] != FRAME_VERSION || header[7] != 0)
        return -1;
    ret_frame->length =
        (uint32_t)header[0] << 24 | (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 | (uint32_t)header[3];
    ret_frame->operation = (uint16_t)(header[4] << 8 | header[5]);
    return 0;
}
