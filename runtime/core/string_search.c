/* Strings: finding, replacing, splitting, joining. */
#include "snow_internal.h"

/* The first occurrence in [from, end), NULL if there is none. An empty pattern is found at once. */
static const uint8_t *find(const uint8_t *from, const uint8_t *end, const snow_string *pattern) {
    size_t left = (size_t)(end - from);
    if (pattern->byte_len == 1) return left == 0 ? NULL : memchr(from, pattern->bytes[0], left);
    return memmem(from, left, pattern->bytes, pattern->byte_len);
}

static const uint8_t *end_of(const snow_string *s) { return s->bytes + s->byte_len; }

int8_t snow_string_contains(void *string, void *pattern) {
    const snow_string *s = string, *p = pattern;
    return p->byte_len == 0 || find(s->bytes, end_of(s), p) != NULL;
}

int8_t snow_string_starts_with(void *string, void *prefix) {
    const snow_string *s = string, *p = prefix;
    return p->byte_len <= s->byte_len && memcmp(s->bytes, p->bytes, p->byte_len) == 0;
}

int8_t snow_string_ends_with(void *string, void *suffix) {
    const snow_string *s = string, *p = suffix;
    return p->byte_len <= s->byte_len && memcmp(end_of(s) - p->byte_len, p->bytes, p->byte_len) == 0;
}

int64_t snow_string_find(void *string, void *pattern, int64_t from) {
    const snow_string *s = string, *p = pattern;
    if (p->byte_len == 0) return from;
    const uint8_t *at = find(s->bytes + from, end_of(s), p);
    return at == NULL ? -1 : at - s->bytes;
}

int64_t snow_string_find_last(void *string, void *pattern) {
    const snow_string *s = string, *p = pattern;
    for (int64_t i = (int64_t)(s->byte_len - p->byte_len); i >= 0; i--)
        if (memcmp(s->bytes + i, p->bytes, p->byte_len) == 0) return i;
    return -1;
}

/* ---- replace ---- */

static void *insert_everywhere(snow_ctx *ctx, const snow_string *s, const snow_string *with) {
    snowi_builder b = snowi_builder_new(ctx, s->byte_len + with->byte_len * (s->byte_len + 1));
    snowi_builder_add(&b, with->bytes, with->byte_len);
    for (const uint8_t *p = s->bytes; p < end_of(s);) {
        size_t n = snowi_utf8_length(*p);
        snowi_builder_add(&b, p, n);
        snowi_builder_add(&b, with->bytes, with->byte_len);
        p += n;
    }
    return snowi_builder_finish(&b);
}

void *snow_string_replace(void *string, void *pattern, void *replacement) {
    const snow_string *s = string, *p = pattern, *with = replacement;
    snow_ctx *ctx = snowi_current();
    if (p->byte_len == 0) return insert_everywhere(ctx, s, with);
    const uint8_t *from = s->bytes, *at = find(from, end_of(s), p);
    if (at == NULL) {
        snowi_dup(string);
        return string;
    }
    snowi_builder b = snowi_builder_new(ctx, s->byte_len);
    for (; at != NULL; at = find(from, end_of(s), p)) {
        snowi_builder_add(&b, from, (size_t)(at - from));
        snowi_builder_add(&b, with->bytes, with->byte_len);
        from = at + p->byte_len;
    }
    snowi_builder_add(&b, from, (size_t)(end_of(s) - from));
    return snowi_builder_finish(&b);
}

/* ---- lists of strings ---- */

static void *with_piece(snow_ctx *ctx, void *list, const uint8_t *begin, const uint8_t *end) {
    return snow_list_push(SNOW_PTR, list, (int64_t)snowi_string_new(ctx, begin, (size_t)(end - begin)));
}

void *snow_string_chars(void *string) {
    const snow_string *s = string;
    snow_ctx *ctx = snowi_current();
    void *list = snow_list_reserve(SNOW_PTR, snow_list_new(SNOW_PTR), (int64_t)snowi_utf8_count(s->bytes, s->byte_len));
    for (const uint8_t *p = s->bytes, *next; p < end_of(s); p = next) {
        next = p + snowi_utf8_length(*p);
        list = with_piece(ctx, list, p, next);
    }
    return list;
}

/* "", each character, "". */
static void *split_everywhere(snow_ctx *ctx, const snow_string *s) {
    void *list = with_piece(ctx, snow_list_new(SNOW_PTR), s->bytes, s->bytes);
    for (const uint8_t *p = s->bytes, *next; p < end_of(s); p = next) {
        next = p + snowi_utf8_length(*p);
        list = with_piece(ctx, list, p, next);
    }
    return with_piece(ctx, list, end_of(s), end_of(s));
}

void *snow_string_split(void *string, void *separator) {
    const snow_string *s = string, *p = separator;
    snow_ctx *ctx = snowi_current();
    if (p->byte_len == 0) return split_everywhere(ctx, s);
    void *list = snow_list_new(SNOW_PTR);
    const uint8_t *from = s->bytes;
    for (const uint8_t *at; (at = find(from, end_of(s), p)) != NULL; from = at + p->byte_len)
        list = with_piece(ctx, list, from, at);
    return with_piece(ctx, list, from, end_of(s));
}

void *snow_string_lines(void *string) {
    const snow_string *s = string;
    snow_ctx *ctx = snowi_current();
    void *list = snow_list_new(SNOW_PTR);
    for (const uint8_t *from = s->bytes, *next; from < end_of(s); from = next) {
        const uint8_t *end = memchr(from, '\n', (size_t)(end_of(s) - from));
        next = end == NULL ? end_of(s) : end + 1;
        if (end == NULL) end = next;
        else if (end > from && end[-1] == '\r') end--;
        list = with_piece(ctx, list, from, end);
    }
    return list;
}

/* Skips characters while they are white space, or while they are not. */
static const uint8_t *skip(const uint8_t *p, const uint8_t *end, bool white) {
    while (p < end) {
        uint32_t code = *p;
        size_t n = code < 0x80 ? 1 : snowi_utf8_decode(p, &code);
        if (snowi_is_white_space(code) != white) break;
        p += n;
    }
    return p;
}

void *snow_string_words(void *string) {
    const snow_string *s = string;
    snow_ctx *ctx = snowi_current();
    void *list = snow_list_new(SNOW_PTR);
    const uint8_t *from = skip(s->bytes, end_of(s), true);
    while (from < end_of(s)) {
        const uint8_t *end = skip(from, end_of(s), false);
        list = with_piece(ctx, list, from, end);
        from = skip(end, end_of(s), true);
    }
    return list;
}

void *snow_string_join(void *strings, void *separator) {
    const snow_list *list = strings;
    const snow_string *sep = separator;
    if (list->len == 0) return snowi_string_empty();
    size_t total = sep->byte_len * (size_t)(list->len - 1);
    for (int64_t i = 0; i < list->len; i++) total += ((const snow_string *)list->data[i])->byte_len;
    snow_string *out = snowi_string_raw(snowi_current(), total);
    uint8_t *to = out->bytes;
    for (int64_t i = 0; i < list->len; i++) {
        const snow_string *piece = (const snow_string *)list->data[i];
        if (i > 0) to = mempcpy(to, sep->bytes, sep->byte_len);
        to = mempcpy(to, piece->bytes, piece->byte_len);
    }
    return out;
}
