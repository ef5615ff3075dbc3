/* UTF-8: checking, counting, finding characters. All loops take eight bytes at a time where they can. */
#include "snow_internal.h"

#define HIGH_BITS 0x8080808080808080u

static uint64_t load8(const uint8_t *p) {
    uint64_t w;
    memcpy(&w, p, 8);
    return w;
}

/* Bytes of a word that do not continue a character: all but 10xxxxxx. The product adds up eight bytes. */
static unsigned starts_in(uint64_t w) {
    uint64_t continuations = (w & ~(w << 1) & HIGH_BITS) >> 7;
    return 8u - (unsigned)(continuations * 0x0101010101010101u >> 56);
}

bool snowi_is_ascii(const uint8_t *p, size_t len) {
    size_t i = 0;
    for (; i + 32 <= len; i += 32)
        if (((load8(p + i) | load8(p + i + 8) | load8(p + i + 16) | load8(p + i + 24)) & HIGH_BITS) != 0) return false;
    uint8_t high = 0;
    for (; i < len; i++) high |= p[i];
    return high < 0x80;
}

size_t snowi_utf8_count(const uint8_t *p, size_t len) {
    size_t n = 0, i = 0;
    for (; i + 8 <= len; i += 8) n += starts_in(load8(p + i));
    for (; i < len; i++) n += (p[i] & 0xC0) != 0x80;
    return n;
}

size_t snowi_utf8_offset(const uint8_t *p, size_t len, size_t n) {
    size_t i = 0;
    while (i + 8 <= len) {
        unsigned starts = starts_in(load8(p + i));
        if (starts > n) break;
        n -= starts;
        i += 8;
    }
    /* Continuation bytes at i belong to a character that was counted already. */
    while (i < len && ((p[i] & 0xC0) == 0x80 || n > 0)) {
        if ((p[i] & 0xC0) != 0x80) n--;
        i++;
    }
    return i;
}

/* The length of the well-formed sequence at p (Unicode 15, table 3-7), 0 if there is none. */
static size_t sequence(const uint8_t *p, size_t left) {
    uint8_t a = p[0];
    if (a < 0x80) return 1;
    if (a < 0xC2 || a > 0xF4) return 0;
    size_t n = snowi_utf8_length(a);
    if (n > left) return 0;
    uint8_t low = a == 0xE0 ? 0xA0 : a == 0xF0 ? 0x90 : 0x80;
    uint8_t high = a == 0xED ? 0x9F : a == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    return n;
}

bool snowi_utf8_valid(const uint8_t *p, size_t len) {
    size_t i = 0;
    while (i < len) {
        if (i + 8 <= len && (load8(p + i) & HIGH_BITS) == 0) {
            i += 8;
            continue;
        }
        size_t n = sequence(p + i, len - i);
        if (n == 0) return false;
        i += n;
    }
    return true;
}

size_t snowi_utf8_decode(const uint8_t *p, uint32_t *code) {
    size_t n = snowi_utf8_length(p[0]);
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) c = c << 6 | (p[i] & 0x3F);
    *code = c;
    return n;
}

size_t snowi_utf8_encode(uint8_t *out, uint32_t c) {
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6) out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)((0xF00u >> n) | c);
    return n;
}

bool snowi_is_white_space(uint32_t c) {
    if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}
