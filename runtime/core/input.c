/* Standard input, read by the line or as a whole. */
#include "snow_internal.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#define BUFFER 65536
#define NOT_UTF8 "stream did not contain valid UTF-8"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t buffer[BUFFER];
static size_t begin, end;

/* Refills the empty buffer: bytes read, 0 at the end of input, or minus an error number. */
static int refill(void) {
    ssize_t n;
    do n = read(STDIN_FILENO, buffer, BUFFER);
    while (n < 0 && errno == EINTR);
    begin = 0;
    end = n > 0 ? (size_t)n : 0;
    return n < 0 ? -errno : (int)n;
}

/* Adds input up to and with the next LF (everything if `whole`); the last result of refill. */
static int collect(snowi_builder *b, bool whole) {
    for (;;) {
        if (begin == end) {
            int n = refill();
            if (n <= 0) return n;
        }
        const uint8_t *stop = whole ? NULL : memchr(buffer + begin, '\n', end - begin);
        size_t n = stop == NULL ? end - begin : (size_t)(stop + 1 - (buffer + begin));
        snowi_builder_add(b, buffer + begin, n);
        begin += n;
        if (stop != NULL) return 1;
    }
}

static snow_string *take_input(snow_ctx *ctx, bool whole, int *outcome) {
    snowi_builder b = snowi_builder_new(ctx, 80);
    pthread_mutex_lock(&lock);
    *outcome = collect(&b, whole);
    pthread_mutex_unlock(&lock);
    return snowi_builder_finish(&b);
}

static snow_string *without_line_end(snow_ctx *ctx, snow_string *s) {
    size_t len = s->byte_len;
    if (len > 0 && s->bytes[len - 1] == '\n') len--;
    if (len < s->byte_len && len > 0 && s->bytes[len - 1] == '\r') len--;
    return len == s->byte_len ? s : snowi_string_resize(ctx, s, len);
}

/* Ok(text), or Err for an error of the system or for bytes that are no text. Takes over `s`. */
static void *text_or_error(snow_ctx *ctx, snow_string *s, int outcome) {
    if (outcome >= 0 && snowi_utf8_valid(s->bytes, s->byte_len)) return snowi_ok(ctx, s);
    snowi_drop(ctx, s);
    return outcome < 0 ? snowi_err_os(ctx, SNOW_PTR, -outcome) : snowi_err_text(ctx, SNOW_PTR, NOT_UTF8);
}

void *snow_io_read_line(void) {
    int outcome;
    snow_ctx *ctx = snowi_current();
    snow_string *s = take_input(ctx, false, &outcome);
    return text_or_error(ctx, without_line_end(ctx, s), outcome);
}

void *snow_io_read_line_opt(void) {
    int outcome;
    snow_ctx *ctx = snowi_current();
    snow_string *s = take_input(ctx, false, &outcome);
    if ((s->byte_len == 0 && outcome <= 0) || !snowi_utf8_valid(s->bytes, s->byte_len)) {
        snowi_drop(ctx, s);
        return snowi_none(SNOW_PTR);
    }
    return snowi_some(ctx, SNOW_PTR, (int64_t)without_line_end(ctx, s));
}

void *snow_io_read_all(void) {
    int outcome;
    snow_ctx *ctx = snowi_current();
    snow_string *s = take_input(ctx, true, &outcome);
    return text_or_error(ctx, s, outcome);
}
