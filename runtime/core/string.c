/* Strings: making, joining, slicing, comparing. Always valid UTF-8, always followed by a NUL.
 *
 * A string is as large as its bytes need. Growing one in place costs nothing while it stays inside its
 * size class; beyond 512 bytes the memory doubles, so that building text by repeated joining is linear.
 *
 * A mortal string that was found to be all ASCII is marked (SNOW_DESC_ASCII): its length and its parts then
 * cost nothing to find. What changes bytes in place takes the mark away.
 */
#include "snow_internal.h"

#define MOST_BYTES ((size_t)1 << 56)
/* Up to here it costs less to count characters than to find out whether all are ASCII. */
#define NEAR 128

static struct {
    snow_string string;
    uint8_t nul[8];
} empty = {{{SNOW_IMMORTAL, SNOW_DESC_ASCII}, 0}, {0}};

snow_string *snowi_string_empty(void) { return &empty.string; }

snow_string *snowi_string_raw(snow_ctx *ctx, size_t len) {
    if (len > MOST_BYTES) snowi_panic("out of memory: string too long", -1);
    snow_string *s = snowi_alloc(ctx, SNOWI_STRING_BYTES(len), SNOW_DESC_STRING);
    s->byte_len = len;
    s->bytes[len] = 0;
    return s;
}

snow_string *snowi_string_new(snow_ctx *ctx, const void *bytes, size_t len) {
    if (len == 0) return snowi_string_empty();
    snow_string *s = snowi_string_raw(ctx, len);
    memcpy(s->bytes, bytes, len);
    return s;
}

/* Whether the memory of a mortal string of `from` bytes also serves for `to` bytes, if it must not move. */
static bool fits(size_t from, size_t to) {
    size_t old = SNOWI_STRING_BYTES(from), new = SNOWI_STRING_BYTES(to);
    if (old > SNOW_CELL_MAX) return false;
    return new <= SNOW_CELL_MAX && snowi_size_class(old) == snowi_size_class(new);
}

snow_string *snowi_string_resize(snow_ctx *ctx, snow_string *s, size_t len) {
    size_t old = SNOWI_STRING_BYTES(s->byte_len), new = SNOWI_STRING_BYTES(len);
    if (len > MOST_BYTES) snowi_panic("out of memory: string too long", -1);
    if (snowi_is_unique(&s->header)) {
        s->header.desc = SNOW_DESC_STRING;
        if (fits(s->byte_len, len)) {
            s->byte_len = len;
            s->bytes[len] = 0;
            return s;
        }
        if (old > SNOW_CELL_MAX && new > SNOW_CELL_MAX) {
            s = snowi_grow_large(ctx, s, new);
            s->byte_len = len;
            s->bytes[len] = 0;
            return s;
        }
    }
    snow_string *copy = snowi_string_raw(ctx, len);
    memcpy(copy->bytes, s->bytes, len < s->byte_len ? len : s->byte_len);
    snowi_drop(ctx, s);
    return copy;
}

/* ---- builder ---- */

snowi_builder snowi_builder_new(snow_ctx *ctx, size_t room) {
    return (snowi_builder){ctx, snowi_string_raw(ctx, room), 0, room};
}

void snowi_builder_add(snowi_builder *b, const void *bytes, size_t len) {
    if (len > b->room - b->len) {
        b->room = b->len + len > 2 * b->room ? b->len + len : 2 * b->room;
        b->string = snowi_string_resize(b->ctx, b->string, b->room);
    }
    if (len > 0) memcpy(b->string->bytes + b->len, bytes, len);
    b->len += len;
}

snow_string *snowi_builder_finish(snowi_builder *b) { return snowi_string_resize(b->ctx, b->string, b->len); }

/* ---- the mark ---- */

static bool is_marked(const snow_string *s) { return s->header.desc == SNOW_DESC_ASCII; }

/* Other threads may read an immortal string, so it stays as it was made. */
static void mark(snow_string *s) {
    if (snowi_is_mortal(&s->header)) s->header.desc = SNOW_DESC_ASCII;
}

snow_string *snowi_string_of_ascii(snow_ctx *ctx, const void *bytes, size_t len) {
    snow_string *s = snowi_string_new(ctx, bytes, len);
    mark(s);
    return s;
}

static bool found_ascii(snow_string *s) {
    if (is_marked(s)) return true;
    if (!snowi_is_ascii(s->bytes, s->byte_len)) return false;
    mark(s);
    return true;
}

/* ---- the functions of the table ---- */

void *snow_string_concat(void *first, void *second) {
    snow_string *s = first;
    const snow_string *t = second;
    if (t->byte_len == 0) return s;
    snow_ctx *ctx = snowi_current();
    if (s->byte_len == 0) {
        snowi_drop(ctx, s);
        snowi_dup(second);
        return second;
    }
    size_t at = s->byte_len, more = t->byte_len;
    bool ascii = is_marked(s) && is_marked(t);
    s = snowi_string_resize(ctx, s, at + more);
    if (ascii) mark(s);
    /* A string joined to itself is shared, so it has not moved. */
    memcpy(s->bytes + at, t->bytes, more);
    return s;
}

int64_t snow_string_byte_length(void *string) { return (int64_t)((snow_string *)string)->byte_len; }

int64_t snow_string_length(void *string) {
    snow_string *s = string;
    if (is_marked(s)) return (int64_t)s->byte_len;
    size_t n = snowi_utf8_count(s->bytes, s->byte_len);
    if (n == s->byte_len) mark(s);
    return (int64_t)n;
}

int8_t snow_string_eq(void *a, void *b) {
    const snow_string *s = a, *t = b;
    return s == t || (s->byte_len == t->byte_len && memcmp(s->bytes, t->bytes, s->byte_len) == 0);
}

int64_t snow_string_compare(void *a, void *b) {
    const snow_string *s = a, *t = b;
    uint64_t common = s->byte_len < t->byte_len ? s->byte_len : t->byte_len;
    int order = memcmp(s->bytes, t->bytes, common);
    if (order != 0) return order < 0 ? -1 : 1;
    return (s->byte_len > t->byte_len) - (s->byte_len < t->byte_len);
}

/* Bytes [from, to) of a string; the string itself when that is all of it. */
static void *part(snow_string *s, size_t from, size_t to) {
    if (from == 0 && to == s->byte_len) {
        snowi_dup(s);
        return s;
    }
    const uint8_t *bytes = s->bytes + from;
    if (is_marked(s)) return snowi_string_of_ascii(snowi_current(), bytes, to - from);
    return snowi_string_new(snowi_current(), bytes, to - from);
}

void *snow_string_byte_slice(void *string, int64_t from, int64_t to) { return part(string, (size_t)from, (size_t)to); }

void *snow_string_slice(void *string, int64_t start, int64_t end) {
    snow_string *s = string;
    if (start < 0) start = 0;
    if (end <= start) return snowi_string_empty();
    if (is_marked(s) || (end > NEAR && found_ascii(s))) {
        size_t len = s->byte_len, begin = (size_t)start, stop = (size_t)end;
        return part(s, begin < len ? begin : len, stop < len ? stop : len);
    }
    size_t from = snowi_utf8_offset(s->bytes, s->byte_len, (size_t)start);
    size_t to = from + snowi_utf8_offset(s->bytes + from, s->byte_len - from, (size_t)(end - start));
    return part(s, from, to);
}

static void *trimmed(snow_string *s, bool at_start, bool at_end) {
    snowi_span t = snowi_trim(s, at_start, at_end);
    return part(s, (size_t)(t.begin - s->bytes), (size_t)(t.end - s->bytes));
}

snowi_span snowi_trim(const snow_string *s, bool at_start, bool at_end) {
    const uint8_t *begin = s->bytes, *end = begin + s->byte_len;
    uint32_t code;
    while (at_start && begin < end) {
        size_t n = snowi_utf8_decode(begin, &code);
        if (!snowi_is_white_space(code)) break;
        begin += n;
    }
    while (at_end && begin < end) {
        const uint8_t *last = end - 1;
        while ((*last & 0xC0) == 0x80) last--;
        snowi_utf8_decode(last, &code);
        if (!snowi_is_white_space(code)) break;
        end = last;
    }
    return (snowi_span){begin, end};
}

void *snow_string_trim(void *string) { return trimmed(string, true, true); }
void *snow_string_trim_start(void *string) { return trimmed(string, true, false); }
void *snow_string_trim_end(void *string) { return trimmed(string, false, true); }

void *snow_string_repeat(void *string, int64_t n, int64_t loc) {
    snow_string *s = string;
    if (n <= 0 || s->byte_len == 0) return snowi_string_empty();
    if ((uint64_t)n > MOST_BYTES / s->byte_len) snowi_panic("out of memory: string too long", loc);
    size_t total = s->byte_len * (size_t)n;
    snow_string *out = snowi_string_raw(snowi_current(), total);
    memcpy(out->bytes, s->bytes, s->byte_len);
    for (size_t done = s->byte_len; done < total; done *= 2)
        memcpy(out->bytes + done, out->bytes, done < total - done ? done : total - done);
    return out;
}

/* ---- positions, for library code ---- */

int64_t snow_string_byte_at(void *string, int64_t i) { return ((snow_string *)string)->bytes[i]; }

int64_t snow_string_count_chars(void *string, int64_t from, int64_t to) {
    return (int64_t)snowi_utf8_count(((snow_string *)string)->bytes + from, (size_t)(to - from));
}

int64_t snow_string_code_at(void *string, int64_t i) {
    uint32_t code;
    snowi_utf8_decode(((snow_string *)string)->bytes + i, &code);
    return code;
}

int64_t snow_string_next(void *string, int64_t i) {
    return i + (int64_t)snowi_utf8_length(((snow_string *)string)->bytes[i]);
}

void *snow_string_from_code(int64_t code) {
    uint8_t bytes[4];
    if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return snowi_string_empty();
    return snowi_string_new(snowi_current(), bytes, snowi_utf8_encode(bytes, (uint32_t)code));
}

void *snow_string_from_bytes(void *list) {
    const snow_list *xs = list;
    snow_ctx *ctx = snowi_current();
    snow_string *s = snowi_string_raw(ctx, (size_t)xs->len);
    bool fine = true;
    for (int64_t i = 0; i < xs->len; i++) {
        s->bytes[i] = (uint8_t)xs->data[i];
        fine = fine && xs->data[i] >= 0 && xs->data[i] <= 255;
    }
    if (fine && snowi_utf8_valid(s->bytes, s->byte_len)) return snowi_some(ctx, SNOW_PTR, (int64_t)s);
    snowi_drop(ctx, s);
    return snowi_none(SNOW_PTR);
}
