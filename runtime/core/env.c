/* The environment and the arguments of the program. */
#include "snow_internal.h"

#include <stdlib.h>

static int n_args;
static char **args;

void snowi_set_args(int argc, char **argv) {
    n_args = argc > 0 ? argc - 1 : 0;
    args = argv + (argc > 0);
}

void *snow_env_get(void *name) {
    const snow_string *s = name;
    snow_ctx *ctx = snowi_current();
    bool good = s->byte_len > 0 && memchr(s->bytes, '=', s->byte_len) == NULL &&
                memchr(s->bytes, 0, s->byte_len) == NULL;
    const char *value = good ? getenv((const char *)s->bytes) : NULL;
    if (value == NULL || !snowi_utf8_valid((const uint8_t *)value, strlen(value))) return snowi_none(SNOW_PTR);
    return snowi_some(ctx, SNOW_PTR, (int64_t)snowi_string_new(ctx, value, strlen(value)));
}

/* An argument as text: bytes that are not UTF-8 become U+FFFD. */
static snow_string *text_of_arg(snow_ctx *ctx, const char *arg) {
    const uint8_t *p = (const uint8_t *)arg;
    size_t len = strlen(arg);
    if (snowi_utf8_valid(p, len)) return snowi_string_new(ctx, arg, len);
    snowi_builder b = snowi_builder_new(ctx, len);
    for (size_t i = 0; i < len;) {
        size_t n = snowi_utf8_length(p[i]);
        bool whole = n <= len - i && snowi_utf8_valid(p + i, n);
        snowi_builder_add(&b, whole ? (const char *)p + i : "\xEF\xBF\xBD", whole ? n : 3);
        i += whole ? n : 1;
    }
    return snowi_builder_finish(&b);
}

void *snow_env_args(void) {
    snow_ctx *ctx = snowi_current();
    void *list = snow_list_reserve(SNOW_PTR, snow_list_new(SNOW_PTR), n_args);
    for (int i = 0; i < n_args; i++) list = snow_list_push(SNOW_PTR, list, (int64_t)text_of_arg(ctx, args[i]));
    return list;
}
