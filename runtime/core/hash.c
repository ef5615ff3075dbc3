/* Hashes: FNV-1a, which programs see, and a seeded one for tables. */
#include "snow_internal.h"

#include <sys/random.h>

#define FNV_START 0xCBF29CE484222325u
#define FNV_PRIME 0x100000001B3u

static uint64_t fnv_bytes(uint64_t h, const void *bytes, size_t len) {
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len; i++) h = (h ^ p[i]) * FNV_PRIME;
    return h;
}

/* The bytes of a word, lowest first. */
static int64_t fnv_word(uint64_t h, uint64_t word) {
    for (int i = 0; i < 8; i++, word >>= 8) h = (h ^ (word & 0xFF)) * FNV_PRIME;
    return (int64_t)h;
}

int64_t snow_hash_int(int64_t n) { return fnv_word(FNV_START, (uint64_t)n); }

int64_t snow_hash_float(double x) {
    uint64_t bits;
    memcpy(&bits, &x, 8);
    return fnv_word(FNV_START, bits);
}

int64_t snow_hash_bool(int8_t b) { return (int64_t)((FNV_START ^ (uint64_t)(b != 0)) * FNV_PRIME); }

int64_t snow_hash_string(void *string) {
    const snow_string *s = string;
    return (int64_t)fnv_bytes(FNV_START, s->bytes, s->byte_len);
}

int64_t snow_hash_combine(int64_t a, int64_t b) { return fnv_word((uint64_t)a, (uint64_t)b); }

/* ---- tables ---- */

int64_t snow_hash_seed(void) {
    static uint64_t seed;
    uint64_t known = __atomic_load_n(&seed, __ATOMIC_RELAXED);
    if (known != 0) return (int64_t)known;
    uint64_t fresh = 0, none = 0;
    if (getrandom(&fresh, sizeof fresh, GRND_NONBLOCK) != sizeof fresh) fresh = (uint64_t)&seed * FNV_PRIME;
    fresh |= 1;
    __atomic_compare_exchange_n(&seed, &none, fresh, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return (int64_t)__atomic_load_n(&seed, __ATOMIC_RELAXED);
}

/* The high and low half of a 128-bit product, folded: every bit of both sides reaches every bit. */
static uint64_t mix(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#define MIX_A 0x9E3779B97F4A7C15u
#define MIX_B 0xC2B2AE3D27D4EB4Fu

uint64_t snowi_bytes_hash(const uint8_t *p, size_t len) {
    uint64_t h = (uint64_t)snow_hash_seed() ^ len * MIX_A, word;
    size_t left = len;
    for (; left >= 8; p += 8, left -= 8) {
        memcpy(&word, p, 8);
        h = mix(h ^ word, MIX_B);
    }
    word = 0;
    if (left > 0) memcpy(&word, p, left);
    return mix(h ^ word, MIX_A);
}

int64_t snow_string_hash(void *string) {
    const snow_string *s = string;
    return (int64_t)snowi_bytes_hash(s->bytes, s->byte_len);
}
