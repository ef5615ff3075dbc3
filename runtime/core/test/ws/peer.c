#include "peer.h"

static const uint8_t MASK[4] = {0x37, 0xFA, 0x21, 0x3D};

void put(bytes *b, const void *data, size_t len) {
    if (b->len + len > b->cap) {
        b->cap = 2 * (b->len + len) + 64;
        b->data = realloc(b->data, b->cap);
    }
    if (len != 0) memcpy(b->data + b->len, data, len);
    b->len += len;
}

void put_byte(bytes *b, uint8_t byte) { put(b, &byte, 1); }

void drop(bytes *b) {
    free(b->data);
    *b = (bytes){NULL, 0, 0};
}

void put_header(bytes *b, uint8_t first, uint64_t len) {
    uint8_t head[10];
    size_t n = snow_wsp_write_header(head, first, len);
    head[1] |= 0x80;
    put(b, head, n);
    put(b, MASK, 4);
}

void put_frame(bytes *b, uint8_t first, const void *payload, size_t len) {
    put_header(b, first, len);
    size_t at = b->len;
    put(b, payload, len);
    for (size_t i = 0; i < len; i++) b->data[at + i] ^= MASK[i % 4];
}

void put_close(bytes *b, uint16_t code, const char *reason) {
    uint8_t payload[128] = {(uint8_t)(code >> 8), (uint8_t)code};
    memcpy(payload + 2, reason, strlen(reason));
    put_frame(b, 0x88, payload, 2 + strlen(reason));
}

/* ---- the recorder ------------------------------------------------------------------------------------ */

static void note(peer *p, const void *text, size_t len) {
    if (p->len + len + 1 > p->cap) {
        p->cap = 2 * (p->len + len) + 256;
        p->log = realloc(p->log, p->cap);
    }
    memcpy(p->log + p->len, text, len);
    p->len += len;
    p->log[p->len] = 0;
}

static void begin(peer *p, const char *word) {
    if (p->len != 0) note(p, " ", 1);
    note(p, word, strlen(word));
    p->writing = false;
}

static void on_message(void *user, uint8_t opcode, const uint8_t *data, size_t len) {
    peer *p = user;
    char number[32];
    begin(p, opcode == SNOW_WS_TEXT ? "text:" : "binary:");
    if (len <= 64) note(p, data, len);
    else note(p, number, (size_t)snprintf(number, sizeof number, "#%zu", len));
}

static void on_write(void *user, const uint8_t *data, size_t len) {
    peer *p = user;
    char hex[3];
    if (!p->writing) begin(p, "wrote:");
    p->writing = true;
    for (size_t i = 0; i < len; i++) note(p, hex, (size_t)snprintf(hex, sizeof hex, "%02x", data[i]));
}

static void on_closed(void *user, uint16_t code, const uint8_t *reason, size_t len) {
    peer *p = user;
    char number[32];
    snprintf(number, sizeof number, "closed:%u:", code);
    begin(p, number);
    note(p, reason, len);
}

/* A codec of the simplest kind: `!` and a digit stand for a failure, `*` and a digit for so many thousand times the
 * byte that follows, all else for itself, the other way round. */
static uint16_t on_inflate(void *user, const uint8_t *data, size_t len, snow_wsp_bytes *plain) {
    peer *p = user;
    size_t wanted = len;
    CHECK(p->inflated == NULL);
    if (len == 2 && data[0] == '!') return (uint16_t)(1000 + data[1] - '0');
    bool repeats = len == 3 && data[0] == '*';
    if (repeats) wanted = 1000u * (size_t)(data[1] - '0');
    p->inflated = malloc(wanted != 0 ? wanted : 1);
    for (size_t i = 0; i < wanted; i++) p->inflated[i] = repeats ? data[2] : data[len - 1 - i];
    *plain = (snow_wsp_bytes){p->inflated, wanted};
    return 0;
}

static void on_drop(void *user) {
    peer *p = user;
    free(p->inflated);
    p->inflated = NULL;
}

const snow_wsp_handler recorder = {on_message, on_write, on_closed, on_inflate, on_drop};

void open_peer(peer *p, const snow_wsp_options *options) {
    snow_wsp_options defaults = snow_wsp_default_options();
    memset(p, 0, sizeof *p);
    note(p, "", 0);
    snow_wsp_init(&p->ws, options != NULL ? options : &defaults, 0);
}

void close_peer(peer *p) {
    snow_wsp_destroy(&p->ws);
    CHECK(p->inflated == NULL);
    free(p->log);
}

/* From a copy of exact size, so that reading past the end is seen. */
snow_wsp_status feed(peer *p, const void *data, size_t len) {
    uint8_t *copy = malloc(len != 0 ? len : 1);
    memcpy(copy, data, len);
    snow_wsp_status status = snow_wsp_feed(&p->ws, copy, len, p->now, &recorder, p);
    free(copy);
    return status;
}

void run_until(peer *p, uint64_t now) {
    static const uint8_t random[4] = {1, 2, 3, 4};
    for (uint64_t due; (due = snow_wsp_deadline(&p->ws)) <= now;) {
        bool pinged;
        p->now = due > p->now ? due : p->now;
        snow_wsp_tick(&p->ws, p->now, random, &pinged, &recorder, p);
    }
    p->now = now;
}

bool said(peer *p, const char *expected) {
    bool same = strcmp(p->log, expected) == 0;
    if (!same) fprintf(stderr, "said:     %s\nexpected: %s\n", p->log, expected);
    p->len = 0;
    p->log[0] = 0;
    p->writing = false;
    return same;
}

/* ---- every way of cutting ------------------------------------------------------------------------------ */

static bool agrees(const snow_wsp_options *options, const bytes *stream, size_t first, size_t second, size_t step,
                   const char *expected, snow_wsp_status status) {
    peer p;
    open_peer(&p, options);
    if (step != 0) {
        for (size_t i = 0; i < stream->len; i += step)
            feed(&p, stream->data + i, stream->len - i < step ? stream->len - i : step);
    } else {
        feed(&p, stream->data, first);
        feed(&p, stream->data + first, second - first);
        feed(&p, stream->data + second, stream->len - second);
    }
    bool same = p.ws.status == status && strcmp(p.log, expected) == 0;
    if (!same) fprintf(stderr, "cut %zu %zu %zu, status %d\n  %s\n", first, second, step, p.ws.status, p.log);
    close_peer(&p);
    return same;
}

void check_stream(const char *name, const snow_wsp_options *options, const bytes *stream, const char *expected,
                  snow_wsp_status status) {
    size_t len = stream->len, places = len < 80 ? len : 80;
    bool all = true;
    for (size_t step = 1; all && step <= 7; step++) all = agrees(options, stream, 0, 0, step, expected, status);
    for (size_t i = 0; all && i <= places; i++)
        for (size_t k = i; all && k <= places; k++) all = agrees(options, stream, i, k, 0, expected, status);
    for (size_t i = places; all && i <= len; i += 1 + len / 100) all = agrees(options, stream, i, len, 0, expected, status);
    if (!all) fprintf(stderr, "in: %s\n", name);
    CHECK(all);
}
