/* See clients.h. */
#include "clients.h"

#include <poll.h>
#include <stdlib.h>
#include <time.h>

int64_t snow_wsproc_count(void);

static client *by_index[4096]; /* of the connection table */

uint64_t loop_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static client **place_of(snow_wsconn conn) { return &by_index[conn & 4095]; }

/* ---- the clients' side ---- */

void connect_client(client *c, uint64_t word, const char *path, const snow_wsconn_options *options) {
    char request[300];
    size_t len = 0;
    const char *const parts[] = {path, "X-Name", "value"};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(parts[i]) + 1;
        memcpy(request + len, parts[i], n);
        len += n;
    }
    *c = (client){.got = c->got, .cap = c->cap};
    c->conn = snow_wsconn_open(options, word, (const uint8_t *)request, len, loop_now());
    CHECK(c->conn != 0);
    *place_of(c->conn) = c;
}

static size_t write_head(uint8_t *out, uint8_t first, size_t len) {
    size_t n = snow_wsp_write_header(out, first, len);
    out[1] |= 0x80;
    memcpy(out + n, "\1\2\3\4", 4);
    return n + 4;
}

void send_frame(client *c, uint8_t first, const void *payload, size_t len, size_t step) {
    uint8_t *bytes = malloc(len + SNOW_WS_MAX_HEADER);
    size_t head = write_head(bytes, first, len);
    if (len != 0) memcpy(bytes + head, payload, len);
    snow_wsp_unmask(bytes + head, len, (const uint8_t *)"\1\2\3\4", 0);
    for (size_t at = 0, all = head + len, n; at < all; at += n) {
        n = step == 0 || step > all - at ? all - at : step;
        snow_wsconn_feed(c->conn, bytes + at, n, loop_now());
    }
    free(bytes);
}

void send_text(client *c, const char *payload) { send_frame(c, 0x81, payload, strlen(payload), 0); }

void send_close(client *c, uint16_t code) {
    uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};
    send_frame(c, 0x88, payload, 2, 0);
}

void cut_client(client *c) {
    if (c->is_lost) return;
    c->is_lost = true;
    snow_wsconn_lost(c->conn);
}

void drop_client(client *c) {
    free(c->got);
    *c = (client){0};
}

static void keep(client *c, const uint8_t *bytes, size_t len) {
    if (c->read > 0) {
        memmove(c->got, c->got + c->read, c->len - c->read);
        c->len -= c->read;
        c->read = 0;
    }
    if (c->len + len > c->cap) c->got = realloc(c->got, c->cap = 2 * (c->len + len));
    memcpy(c->got + c->len, bytes, len);
    c->len += len;
}

uint8_t next_frame(client *c, const uint8_t **payload, size_t *len) {
    const uint8_t *head = c->got + c->read;
    size_t there = c->len - c->read, size = snow_wsp_header_size(head, there);
    if (size == 0 || there < size) return 0;
    *len = head[1];
    if (size > 2) *len = 0;
    for (size_t i = 2; i < size; i++) *len = *len << 8 | head[i];
    if (there < size + *len) return 0;
    *payload = head + size;
    c->read += size + *len;
    return head[0] & 0x0F;
}

/* ---- the loop's side ---- */

static void obey(const snow_wsconn_work *work) {
    client *c = *place_of(work->conn);
    bool is_known = c != NULL && c->conn == work->conn;
    CHECK(is_known);
    if (!is_known) return;
    if (work->len != 0 && !c->is_lost) keep(c, work->bytes, work->len);
    snow_wsconn_written(work, loop_now());
    if (work->flags & SNOW_WSCONN_PAUSE) c->is_paused = true;
    if (work->flags & SNOW_WSCONN_RESUME) c->is_paused = false;
    if (work->flags & SNOW_WSCONN_ENDED) {
        c->has_finished = true;
        snow_wsconn_finish(work->conn);
    }
    if (work->flags & (SNOW_WSCONN_SHUT | SNOW_WSCONN_ABORT)) cut_client(c);
}

void turn_loop(int ms) {
    snow_wsconn_work work[16];
    struct pollfd event = {snow_wsconn_event_fd(), POLLIN, 0};
    bool woken = poll(&event, 1, snow_wsconn_has_work() ? 0 : ms) > 0;
    snow_wsconn_tick(loop_now());
    size_t n;
    do {
        n = snow_wsconn_drain(work, 16, woken, loop_now());
        woken = false;
        for (size_t i = 0; i < n; i++) obey(&work[i]);
    } while (n == 16);
}

bool turn_until(bool (*condition)(void *state), void *state) {
    uint64_t until = loop_now() + 20000;
    while (!condition(state)) {
        if (loop_now() > until) return false;
        turn_loop(20);
    }
    return true;
}

static bool is_empty(void *state) {
    (void)state;
    return snow_wsconn_count() == 0 && snow_wsproc_count() == 0;
}

bool turn_until_empty(void) { return turn_until(is_empty, NULL); }

typedef struct wanted {
    client *c;
    uint8_t opcode;
    const uint8_t *payload;
    size_t len;
} wanted;

static bool has_frame(void *state) {
    wanted *w = state;
    w->opcode = next_frame(w->c, &w->payload, &w->len);
    return w->opcode != 0;
}

bool receives(client *c, uint8_t opcode, const char *payload) {
    wanted w = {.c = c};
    if (!turn_until(has_frame, &w)) return false;
    bool same = w.opcode == opcode && w.len == strlen(payload) && memcmp(w.payload, payload, w.len) == 0;
    if (!same) fprintf(stderr, "received: %d %.*s\n", w.opcode, (int)w.len, (const char *)w.payload);
    return same;
}

bool receives_close(client *c, uint16_t code) {
    wanted w = {.c = c};
    if (!turn_until(has_frame, &w)) return false;
    uint16_t found = w.len >= 2 ? (uint16_t)(w.payload[0] << 8 | w.payload[1]) : 0;
    if (found != code) fprintf(stderr, "received: opcode %d, code %d\n", w.opcode, found);
    return w.opcode == SNOW_WS_CLOSE && found == code;
}
