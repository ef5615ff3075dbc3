/* Upper and lower case by the full Unicode mapping. */
#include "snow_internal.h"

typedef struct case_run {
    uint32_t first, last;
    int32_t step, distance;
} case_run;

typedef struct case_long {
    uint32_t code;
    uint32_t image[3];
} case_long;

typedef struct code_range {
    uint32_t first, last;
} code_range;

#include "case_table.h"

typedef struct case_map {
    const case_run *runs;
    size_t n_runs;
    const case_long *longs;
    size_t n_longs;
} case_map;

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static const case_map to_upper = {upper_runs, LENGTH(upper_runs), upper_long, LENGTH(upper_long)};
static const case_map to_lower = {lower_runs, LENGTH(lower_runs), lower_long, LENGTH(lower_long)};

/* All tables are sorted by their first member, a code, and searched by it: the last row that begins at
 * or before `code`, NULL if there is none. */
static const void *row_for(const void *rows, size_t n, size_t size, uint32_t code) {
    const char *base = rows;
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (*(const uint32_t *)(base + middle * size) <= code) low = middle + 1;
        else high = middle;
    }
    return low == 0 ? NULL : base + (low - 1) * size;
}

static bool in_ranges(const code_range *ranges, size_t n, uint32_t code) {
    const code_range *r = row_for(ranges, n, sizeof *r, code);
    return r != NULL && code <= r->last;
}

/* Writes the image of a character of two or more bytes; up to 12 bytes. */
static size_t image_of(const case_map *map, uint32_t code, uint8_t *out) {
    const case_long *l = row_for(map->longs, map->n_longs, sizeof *l, code);
    if (l != NULL && l->code == code) {
        size_t n = 0;
        for (size_t i = 0; i < 3 && l->image[i] != 0; i++) n += snowi_utf8_encode(out + n, l->image[i]);
        return n;
    }
    const case_run *r = row_for(map->runs, map->n_runs, sizeof *r, code);
    if (r != NULL && code <= r->last && (code - r->first) % (uint32_t)r->step == 0)
        code = (uint32_t)((int32_t)code + r->distance);
    return snowi_utf8_encode(out, code);
}

/* ---- final sigma ---- */

enum meaning { CASED, IGNORED, OTHER };

static enum meaning meaning_of(uint32_t code) {
    if (in_ranges(cased, LENGTH(cased), code)) return CASED;
    return in_ranges(ignorable, LENGTH(ignorable), code) ? IGNORED : OTHER;
}

/* Whether a cased character stands before (after) `p`, but for ignorable ones. */
static bool cased_before(const uint8_t *begin, const uint8_t *p) {
    while (p > begin) {
        uint32_t code;
        do p--; while ((*p & 0xC0) == 0x80);
        snowi_utf8_decode(p, &code);
        enum meaning m = meaning_of(code);
        if (m != IGNORED) return m == CASED;
    }
    return false;
}

static bool cased_after(const uint8_t *p, const uint8_t *end) {
    while (p < end) {
        uint32_t code;
        p += snowi_utf8_decode(p, &code);
        enum meaning m = meaning_of(code);
        if (m != IGNORED) return m == CASED;
    }
    return false;
}

#define CAPITAL_SIGMA 0x3A3u
#define FINAL_SIGMA 0x3C2u

/* ---- strings ---- */

/* The letters between `first` and `last` move to the other case; others stay. No branch, so that the
 * loop is done many bytes at a time. */
static void *convert_ascii(snow_ctx *ctx, const snow_string *s, uint8_t first, uint8_t last) {
    snow_string *out = snowi_string_raw(ctx, s->byte_len);
    for (size_t i = 0; i < s->byte_len; i++) {
        uint8_t c = s->bytes[i];
        out->bytes[i] = c ^ (uint8_t)((uint8_t)(c - first) <= (uint8_t)(last - first) ? 0x20 : 0);
    }
    return out;
}

static void *convert(snow_string *s, const case_map *map, uint8_t first, uint8_t last) {
    snow_ctx *ctx = snowi_current();
    if (snowi_is_ascii(s->bytes, s->byte_len)) return convert_ascii(ctx, s, first, last);
    const uint8_t *end = s->bytes + s->byte_len;
    snowi_builder b = snowi_builder_new(ctx, s->byte_len + 16);
    for (const uint8_t *p = s->bytes, *next; p < end; p = next) {
        uint32_t code;
        uint8_t image[12];
        next = p + snowi_utf8_decode(p, &code);
        size_t n;
        if (code == CAPITAL_SIGMA && map == &to_lower && cased_before(s->bytes, p) && !cased_after(next, end))
            n = snowi_utf8_encode(image, FINAL_SIGMA);
        else
            n = image_of(map, code, image);
        snowi_builder_add(&b, image, n);
    }
    return snowi_builder_finish(&b);
}

void *snow_string_to_upper(void *string) { return convert(string, &to_upper, 'a', 'z'); }
void *snow_string_to_lower(void *string) { return convert(string, &to_lower, 'A', 'Z'); }
