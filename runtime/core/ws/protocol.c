/* One connection: frames in, messages out, control frames answered, the closing handshake
 * (RFC 6455; network.md 5 to 8). See snow_ws.h for the contract. */
#include "../include/snow_ws.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLOSE_WAIT = 5000,       /* for the peer's answer to our close (CL-4) */
    OVERDUE_WAIT = 1000,     /* after a pong timeout (HB-4) */
    SLOW_FRAME_TIME = 30000, /* over which a frame must average SLOW_FRAME_RATE (HB-4) */
    SLOW_FRAME_RATE = 16,    /* bytes per second */
};

static const uint8_t NO_BYTES[1] = {0};

/* What a call of the interface works with. */
typedef struct call {
    snow_ws *ws;
    const snow_ws_handler *h;
    void *user;
    uint64_t now;
} call;

void snow_ws_init(snow_ws *ws, const snow_ws_options *options, uint64_t now) {
    memset(ws, 0, sizeof *ws);
    ws->limit = options->limit;
    ws->allowed_rsv = options->compression ? 4 : 0;
    ws->last_byte = now;
    ws->deadline = UINT64_MAX;
    snow_ws_heartbeat_start(&ws->heartbeat, options->interval, options->timeout, now);
}

void snow_ws_destroy(snow_ws *ws) {
    snow_ws_fragments_reset(&ws->fragments);
    free(ws->own_reason);
    ws->own_reason = NULL;
}

/* ---- output --------------------------------------------------------------------------------------- */

static void write_control(const call *c, uint8_t opcode, const uint8_t *payload, size_t len) {
    uint8_t frame[2 + SNOW_WS_MAX_CONTROL];
    frame[0] = 0x80 | opcode;
    frame[1] = (uint8_t)len;
    if (len != 0) memcpy(frame + 2, payload, len);
    c->h->write(c->user, frame, 2 + len);
}

static void write_close(const call *c, uint16_t code, const uint8_t *reason, size_t len) {
    uint8_t payload[SNOW_WS_MAX_CONTROL];
    len = snow_ws_cut_reason(reason, len);
    payload[0] = (uint8_t)(code >> 8);
    payload[1] = (uint8_t)code;
    if (len != 0) memcpy(payload + 2, reason, len);
    write_control(c, SNOW_WS_CLOSE, payload, 2 + len);
}

static void report(const call *c, uint16_t code, const uint8_t *reason, size_t len) {
    if (c->ws->reported) return;
    c->ws->reported = true;
    c->h->closed(c->user, code, reason, len);
}

/* A close that the program asked for is reported when it is over, because the peer's code wins if both
 * close at once (CL-6). Without memory for it the reason is lost, the code is not. */
static void remember_own_close(snow_ws *ws, uint16_t code, const uint8_t *reason, size_t len) {
    ws->own_code = code;
    ws->own_reason = malloc(len != 0 ? len : 1);
    if (ws->own_reason == NULL) return;
    memcpy(ws->own_reason, reason, len);
    ws->own_reason_len = len;
}

/* The ending when no close of the peer decides it. */
static void report_own_close(const call *c) {
    snow_ws *ws = c->ws;
    if (ws->own_code != 0) report(c, ws->own_code, ws->own_reason, ws->own_reason_len);
    else report(c, SNOW_WS_ABNORMAL, NO_BYTES, 0);
}

/* Our side begins to close: no more messages, and the peer has `wait` to answer. */
static void start_close(const call *c, uint16_t code, const uint8_t *reason, size_t len, uint64_t wait) {
    snow_ws_fragments_reset(&c->ws->fragments);
    write_close(c, code, reason, len);
    c->ws->status = SNOW_WS_CLOSING;
    c->ws->deadline = c->now + wait;
}

static void fail(const call *c, uint16_t code, const char *reason, uint64_t wait) {
    const uint8_t *text = (const uint8_t *)reason;
    size_t len = strlen(reason);
    start_close(c, code, text, len, wait);
    report(c, code, text, len);
}

/* ---- frames --------------------------------------------------------------------------------------- */

/* The peer's close while ours is out: its answer, which repeats our code, or one that crossed it. */
static void take_answer(const call *c, const snow_ws_close_info *info) {
    bool crossed = info->code != SNOW_WS_NO_STATUS && info->code != c->ws->own_code;
    if (crossed) report(c, info->code, info->reason, info->reason_len);
    else report_own_close(c);
}

static void take_close(const call *c, const uint8_t *payload, size_t len) {
    snow_ws_close_info info;
    const char *reason = NULL;
    uint16_t bad = snow_ws_read_close(payload, len, &info, &reason);
    if (c->ws->status == SNOW_WS_CLOSING) {
        take_answer(c, &info);
    } else if (bad != 0) {
        fail(c, bad, reason, CLOSE_WAIT);
    } else {
        if (info.code == SNOW_WS_NO_STATUS) write_control(c, SNOW_WS_CLOSE, NO_BYTES, 0);
        else write_close(c, info.code, NO_BYTES, 0);
        report(c, info.code, info.reason, info.reason_len);
    }
    snow_ws_fragments_reset(&c->ws->fragments);
    c->ws->status = SNOW_WS_DONE;
}

static void take_control(const call *c, const uint8_t *payload, size_t len) {
    uint8_t opcode = c->ws->frame.opcode;
    if (opcode == SNOW_WS_CLOSE) {
        take_close(c, payload, len);
    } else if (c->ws->status == SNOW_WS_OPEN) {
        if (opcode == SNOW_WS_PING) write_control(c, SNOW_WS_PONG, payload, len);
        else snow_ws_heartbeat_pong(&c->ws->heartbeat, payload, len, c->now);
    }
}

/* Whether the next bytes of the message may be text, where it is text that can be judged here. */
static bool check_text(snow_ws_fragments *state, const uint8_t *bytes, size_t len) {
    return state->opcode != SNOW_WS_TEXT || state->compressed || snow_ws_utf8_feed(&state->utf8, bytes, len);
}

static void deliver(const call *c, const uint8_t *bytes, size_t len) {
    snow_ws_fragments *state = &c->ws->fragments;
    if (!snow_ws_utf8_complete(&state->utf8)) {
        fail(c, 1007, "invalid UTF-8", CLOSE_WAIT);
        return;
    }
    c->h->message(c->user, state->opcode, state->compressed, bytes, len);
    snow_ws_fragments_reset(state);
}

/* A part of a data frame's payload, unmasked; `last` when the frame is complete with it. A message that
 * lies in one piece in the read buffer is delivered from there. */
static void take_data(const call *c, const uint8_t *bytes, size_t len, bool last) {
    snow_ws_fragments *state = &c->ws->fragments;
    if (c->ws->status != SNOW_WS_OPEN) return;
    if (!check_text(state, bytes, len)) {
        fail(c, 1007, "invalid UTF-8", CLOSE_WAIT);
    } else if (last && c->ws->frame.fin && state->len == 0) {
        deliver(c, bytes, len);
    } else if (!snow_ws_fragments_append(state, bytes, len)) {
        fail(c, 1011, "out of memory", CLOSE_WAIT);
    } else if (last && c->ws->frame.fin) {
        deliver(c, state->bytes, state->len);
    }
}

/* A complete header: judged before any payload is read or memory reserved. A frame that is refused is
 * skipped, so that the peer's answer to our close behind it is still found. */
static void take_header(const call *c) {
    snow_ws *ws = c->ws;
    const char *reason = NULL;
    uint16_t bad = snow_ws_read_header(&ws->frame, ws->header, ws->allowed_rsv, &reason);
    if (bad == 0 && ws->frame.opcode < SNOW_WS_CLOSE && ws->status == SNOW_WS_OPEN)
        bad = snow_ws_fragments_begin(&ws->fragments, &ws->frame, ws->limit, &reason);
    if (bad != 0) {
        if (ws->status == SNOW_WS_OPEN) fail(c, bad, reason, CLOSE_WAIT);
        ws->frame.opcode = SNOW_WS_CONTINUATION;
        if (!ws->frame.masked) memset(ws->frame.mask, 0, sizeof ws->frame.mask);
        ws->deaf = ws->frame.length >> 63 != 0;
    }
    ws->in_payload = true;
    ws->left = ws->frame.length;
    ws->control_len = 0;
}

static void end_frame(snow_ws *ws) {
    ws->in_payload = false;
    ws->header_len = 0;
    ws->frame_bytes = 0;
}

/* Takes payload bytes of the current frame from the input; returns how many. */
static size_t take_payload(const call *c, uint8_t *bytes, size_t len) {
    snow_ws *ws = c->ws;
    size_t n = ws->left < len ? (size_t)ws->left : len;
    snow_ws_unmask(bytes, n, ws->frame.mask, ws->frame.length - ws->left);
    ws->left -= n;
    bool last = ws->left == 0;
    if (ws->frame.opcode < SNOW_WS_CLOSE) {
        take_data(c, bytes, n, last);
    } else if (last && ws->control_len == 0) {
        take_control(c, bytes, n);
    } else {
        memcpy(ws->control + ws->control_len, bytes, n);
        ws->control_len = (uint8_t)(ws->control_len + n);
        if (last) take_control(c, ws->control, ws->control_len);
    }
    if (last) end_frame(ws);
    return n;
}

/* Collects header bytes; returns how many were taken. The mask tells a header's size from two bytes on. */
static size_t take_header_bytes(const call *c, const uint8_t *bytes, size_t len) {
    snow_ws *ws = c->ws;
    size_t taken = 0;
    if (ws->header_len == 0) ws->frame_since = c->now;
    while (taken < len) {
        size_t size = snow_ws_header_size(ws->header, ws->header_len);
        size_t wanted = (size == 0 ? 2 : size) - ws->header_len;
        size_t n = wanted < len - taken ? wanted : len - taken;
        memcpy(ws->header + ws->header_len, bytes + taken, n);
        ws->header_len = (uint8_t)(ws->header_len + n);
        taken += n;
        size = snow_ws_header_size(ws->header, ws->header_len);
        if (size != 0 && ws->header_len == size) {
            take_header(c);
            break;
        }
    }
    return taken;
}

/* ---- the interface ---------------------------------------------------------------------------------- */

snow_ws_status snow_ws_feed(snow_ws *ws, uint8_t *bytes, size_t len, uint64_t now, const snow_ws_handler *h, void *user) {
    call c = {ws, h, user, now};
    size_t at = 0;
    if (len != 0) ws->last_byte = now;
    while (ws->status != SNOW_WS_DONE && !ws->deaf) {
        size_t n = 0;
        if (ws->in_payload && (at < len || ws->left == 0)) n = take_payload(&c, bytes + at, len - at);
        else if (at < len) n = take_header_bytes(&c, bytes + at, len - at);
        else break;
        at += n;
        if (ws->header_len != 0) ws->frame_bytes += n;
    }
    return ws->status;
}

void snow_ws_end_of_stream(snow_ws *ws, const snow_ws_handler *h, void *user) {
    call c = {ws, h, user, 0};
    snow_ws_fragments_reset(&ws->fragments);
    report_own_close(&c);
    ws->status = SNOW_WS_DONE;
}

static bool is_slow_frame(const snow_ws *ws, uint64_t now) {
    if (ws->header_len == 0 || now < ws->frame_since + SLOW_FRAME_TIME) return false;
    return ws->frame_bytes * 1000 < SLOW_FRAME_RATE * (now - ws->frame_since);
}

snow_ws_status snow_ws_tick(snow_ws *ws, uint64_t now, const uint8_t random[4], bool *pinged, const snow_ws_handler *h, void *user) {
    call c = {ws, h, user, now};
    *pinged = false;
    if (ws->status == SNOW_WS_CLOSING) {
        if (now >= ws->deadline) snow_ws_end_of_stream(ws, h, user);
    } else if (ws->status == SNOW_WS_OPEN) {
        if (snow_ws_heartbeat_overdue(&ws->heartbeat, now, ws->header_len != 0 ? ws->last_byte : 0)) {
            fail(&c, 1001, "pong timeout", OVERDUE_WAIT);
        } else if (is_slow_frame(ws, now)) {
            fail(&c, 1008, "frame too slow", OVERDUE_WAIT);
        } else if (snow_ws_heartbeat_due(&ws->heartbeat, now)) {
            write_control(&c, SNOW_WS_PING, random, 4);
            snow_ws_heartbeat_pinged(&ws->heartbeat, random, now);
            *pinged = true;
        }
    }
    return ws->status;
}

uint64_t snow_ws_deadline(const snow_ws *ws) {
    if (ws->status == SNOW_WS_CLOSING) return ws->deadline;
    if (ws->status == SNOW_WS_DONE) return UINT64_MAX;
    uint64_t next = snow_ws_heartbeat_next(&ws->heartbeat);
    if (ws->heartbeat.outstanding && ws->header_len != 0 && ws->last_byte > ws->heartbeat.last_ping)
        next = ws->last_byte + ws->heartbeat.timeout;
    if (ws->header_len != 0 && ws->frame_since + SLOW_FRAME_TIME < next) next = ws->frame_since + SLOW_FRAME_TIME;
    return next;
}

int snow_ws_start_close(snow_ws *ws, uint16_t code, const uint8_t *reason, size_t len, uint64_t now, const snow_ws_handler *h, void *user) {
    call c = {ws, h, user, now};
    if (ws->status != SNOW_WS_OPEN || !snow_ws_close_code_ok(code)) return -1;
    start_close(&c, code, reason, len, CLOSE_WAIT);
    remember_own_close(ws, code, reason, snow_ws_cut_reason(reason, len));
    return 0;
}
