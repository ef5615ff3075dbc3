/* Fuzz target for the WebSocket protocol core.
 *
 * The first bytes of an input choose options and how the rest is cut into reads. Whatever the bytes are: the
 * same events come out of every cut, the ending is reported once and last, no message is delivered after it,
 * memory grows only with what has arrived, and everything that is written is well formed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snow_ws.h"

#define MUST(condition)                                                             \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                \
        }                                                                           \
    } while (0)

/* A hash of all events, in which writes in a row are one. */
typedef struct trace {
    uint64_t hash;
    size_t closed, written;
    bool writing;
} trace;

static void mix(trace *t, const void *data, size_t len) {
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++) t->hash = (t->hash ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static void mix_event(trace *t, char kind, uint64_t value, const uint8_t *data, size_t len) {
    t->writing = false;
    mix(t, &kind, 1);
    mix(t, &value, sizeof value);
    mix(t, &len, sizeof len);
    mix(t, data, len);
}

static void on_message(void *user, uint8_t opcode, bool compressed, const uint8_t *data, size_t len) {
    trace *t = user;
    MUST(t->closed == 0 && (opcode == SNOW_WS_TEXT || opcode == SNOW_WS_BINARY));
    if (opcode == SNOW_WS_TEXT && !compressed) {
        snow_wsp_utf8 state = {0, 0, 0};
        MUST(snow_wsp_utf8_feed(&state, data, len) && snow_wsp_utf8_complete(&state));
    }
    mix_event(t, 'm', (uint64_t)opcode << 1 | compressed, data, len);
}

static void on_write(void *user, const uint8_t *data, size_t len) {
    trace *t = user;
    MUST(len >= 2 && len == 2u + data[1] && data[1] <= SNOW_WS_MAX_CONTROL);
    MUST(data[0] == 0x88 || data[0] == 0x89 || data[0] == 0x8A);
    MUST(data[0] != 0x88 || len == 2 || snow_wsp_close_code_ok((uint16_t)(data[2] << 8 | data[3])));
    if (!t->writing) mix(t, "w", 1);
    t->writing = true;
    t->written += len;
    mix(t, data, len);
}

static void on_closed(void *user, uint16_t code, const uint8_t *reason, size_t len) {
    trace *t = user;
    MUST(t->closed++ == 0 && len <= SNOW_WS_MAX_REASON);
    mix_event(t, 'c', code, reason, len);
}

static const snow_wsp_handler handler = {on_message, on_write, on_closed};

/* Runs the stream in reads of `step` bytes, each a little longer than the one before. */
static trace run(const snow_wsp_options *options, const uint8_t *stream, size_t len, size_t step, size_t more) {
    trace t = {UINT64_C(0xcbf29ce484222325), 0, 0, false};
    snow_wsp ws;
    snow_wsp_init(&ws, options, 0);
    for (size_t at = 0, n = step; at < len; at += n, n += more) {
        if (n > len - at) n = len - at;
        uint8_t *read = malloc(n);
        memcpy(read, stream + at, n);
        snow_wsp_feed(&ws, read, n, 0, &handler, &t);
        free(read);
        MUST(ws.fragments.cap <= 2 * ws.fragments.len + (64 << 10) + 1024);
        MUST(ws.status == SNOW_WS_OPEN || t.written != 0);
    }
    snow_wsp_end_of_stream(&ws, &handler, &t);
    MUST(t.closed == 1 && ws.status == SNOW_WS_DONE);
    snow_wsp_destroy(&ws);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    snow_wsp_options options = snow_wsp_default_options();
    options.compression = (data[0] & 1) != 0;
    if (data[0] & 2) options.limit = 100;
    if (data[0] & 4) options.max_fragments = 3;
    trace whole = run(&options, data + 2, size - 2, size, 0);
    trace single = run(&options, data + 2, size - 2, 1, 0);
    trace mixed = run(&options, data + 2, size - 2, 1 + (data[1] & 15), data[1] >> 4);
    MUST(whole.hash == single.hash && whole.hash == mixed.hash);
    return 0;
}
