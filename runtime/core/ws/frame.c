/* Frame headers and masking (RFC 6455, 5.2 and 5.3; network.md 5). */
#include "../include/snow_ws.h"

#include <string.h>

static size_t extended_size(uint8_t length7) { return length7 == 126 ? 2 : length7 == 127 ? 8 : 0; }

size_t snow_wsp_header_size(const uint8_t *bytes, size_t len) {
    if (len < 2) return 0;
    return 2 + extended_size(bytes[1] & 0x7F) + ((bytes[1] & 0x80) != 0 ? 4 : 0);
}

static uint64_t big_endian(const uint8_t *bytes, size_t n) {
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | bytes[i];
    return value;
}

static uint16_t fail(const char **reason, const char *text) {
    *reason = text;
    return SNOW_WS_CLOSE_PROTOCOL;
}

static bool is_known(uint8_t opcode) {
    return opcode <= SNOW_WS_BINARY || (opcode >= SNOW_WS_CLOSE && opcode <= SNOW_WS_PONG);
}

uint16_t snow_wsp_read_header(snow_wsp_frame *frame, const uint8_t *bytes, uint8_t allowed_rsv, const char **reason) {
    uint8_t length7 = bytes[1] & 0x7F;
    size_t extended = extended_size(length7);
    frame->fin = (bytes[0] & 0x80) != 0;
    frame->rsv = (uint8_t)(bytes[0] >> 4 & 7);
    frame->opcode = bytes[0] & 0x0F;
    frame->masked = (bytes[1] & 0x80) != 0;
    frame->length = extended == 0 ? length7 : big_endian(bytes + 2, extended);
    if (frame->masked) memcpy(frame->mask, bytes + 2 + extended, 4);

    /* RSV1 may mark only the first frame of a message (RFC 7692, 6). */
    uint8_t allowed = frame->opcode == SNOW_WS_TEXT || frame->opcode == SNOW_WS_BINARY ? allowed_rsv : 0;
    if ((frame->rsv & ~allowed) != 0) return fail(reason, "reserved bits set");
    if (!is_known(frame->opcode)) return fail(reason, "unknown opcode");
    if (!frame->masked) return fail(reason, "unmasked frame");
    if (extended == 2 && frame->length < 126) return fail(reason, "bad length");
    if (extended == 8 && (frame->length >> 63 != 0 || frame->length <= 0xFFFF)) return fail(reason, "bad length");
    if (frame->opcode >= SNOW_WS_CLOSE) {
        if (!frame->fin) return fail(reason, "fragmented control frame");
        if (frame->length > SNOW_WS_MAX_CONTROL) return fail(reason, "control frame too long");
    }
    return 0;
}

size_t snow_wsp_write_header(uint8_t out[10], uint8_t first_byte, uint64_t length) {
    out[0] = first_byte;
    if (length < 126) {
        out[1] = (uint8_t)length;
        return 2;
    }
    size_t bytes = length <= 0xFFFF ? 2 : 8;
    out[1] = bytes == 2 ? 126 : 127;
    for (size_t i = 0; i < bytes; i++) out[2 + i] = (uint8_t)(length >> 8 * (bytes - 1 - i));
    return 2 + bytes;
}

void snow_wsp_unmask(uint8_t *bytes, size_t len, const uint8_t mask[4], uint64_t offset) {
    uint8_t turned[8];
    for (size_t i = 0; i < 8; i++) turned[i] = mask[(offset + i) & 3];
    uint64_t wide;
    memcpy(&wide, turned, 8);
    size_t i = 0;
    for (; i + sizeof(uint64_t[8]) <= len; i += sizeof(uint64_t[8])) { /* a length that the compiler makes vectors of */
        uint64_t words[8];
        memcpy(words, bytes + i, sizeof words);
        for (size_t k = 0; k < 8; k++) words[k] ^= wide;
        memcpy(bytes + i, words, sizeof words);
    }
    for (; i < len; i++) bytes[i] ^= turned[i & 7];
}
