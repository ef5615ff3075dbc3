/* UTF-8 judged as it arrives (RFC 3629): surrogates, overlong forms and values above U+10FFFF are
 * refused at the first byte that rules validity out. */
#include "../include/snow_ws.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Sets what must follow a lead byte; false if it cannot lead. Table 3-7 of the Unicode standard. */
static bool lead(snow_wsp_utf8 *state, uint8_t byte) {
    state->low = 0x80;
    state->high = 0xBF;
    if (byte >= 0xC2 && byte <= 0xDF) {
        state->need = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        state->need = 2;
        if (byte == 0xE0) state->low = 0xA0;
        if (byte == 0xED) state->high = 0x9F;
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        state->need = 3;
        if (byte == 0xF0) state->low = 0x90;
        if (byte == 0xF4) state->high = 0x8F;
    } else {
        return false;
    }
    return true;
}

static size_t skip_ascii(const uint8_t *bytes, size_t i, size_t len) {
    for (; i + 8 <= len; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        if ((word & HIGH_BITS) != 0) break;
    }
    while (i < len && bytes[i] < 0x80) i++;
    return i;
}

static bool follows(uint8_t byte) { return (byte & 0xC0) == 0x80; }

/* The length of the sequence of two to four bytes that begins here, where four bytes can be read; 0 if it is
 * not valid. The value without its last six bits tells overlong forms and surrogates. */
static size_t sequence(const uint8_t *p) {
    if (p[0] < 0xE0) return p[0] >= 0xC2 && follows(p[1]) ? 2 : 0;
    unsigned value = (unsigned)(p[0] & 0x0F) << 6 | (p[1] & 0x3F);
    if (!follows(p[1]) || !follows(p[2])) return 0;
    if (p[0] < 0xF0) return value >= 0x20 && (value < 0x360 || value > 0x37F) ? 3 : 0;
    return p[0] < 0xF8 && follows(p[3]) && value >= 0x10 && value <= 0x10F ? 4 : 0;
}

/* Skips what is valid and does not reach the end; the rest, and what is wrong, is for the slower way. The first
 * high bit of a word, which is little-endian, is that of the first byte that is not ASCII. */
static size_t skip_whole(const uint8_t *bytes, size_t i, size_t len) {
    while (i + 12 <= len) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        word &= HIGH_BITS;
        if (word == 0) {
            i += 8;
            continue;
        }
        i += (size_t)__builtin_ctzll(word) / 8;
        size_t n = sequence(bytes + i);
        if (n == 0) break;
        i += n;
    }
    return i;
}

bool snow_wsp_utf8_feed(snow_wsp_utf8 *state, const uint8_t *bytes, size_t len) {
    snow_wsp_utf8 s = *state;
    size_t i = 0;
    while (i < len) {
        if (s.need == 0) {
            i = skip_ascii(bytes, skip_whole(bytes, i, len), len);
            if (i == len) break;
            if (!lead(&s, bytes[i])) return false;
        } else {
            if (bytes[i] < s.low || bytes[i] > s.high) return false;
            s.low = 0x80;
            s.high = 0xBF;
            s.need--;
        }
        i++;
    }
    *state = s;
    return true;
}
