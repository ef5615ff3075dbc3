/* One connection: frames in, messages out, control frames answered, the closing handshake
 * (RFC 6455; network.md 5 to 8). See snow_ws.h for the contract; timer.c has what the clock asks for. */
#include "protocol.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_CONTROL_RATE = 1000, /* control frames per second */
    CUT_WAIT = 250,          /* for a peer whose frame we refuse in the middle: it may never complete it */
};

_Static_assert(sizeof(snow_wsp) <= 1024, "an idle connection is cheap");

static const uint8_t NO_BYTES[1] = {0};

snow_wsp_options snow_wsp_default_options(void) {
    return (snow_wsp_options){
        .limit = SNOW_WS_MAX_PAYLOAD,
        .interval = 30000,
        .timeout = 10000,
        .close_wait = 5000,
        .max_fragments = SNOW_WS_MAX_FRAGMENTS,
    };
}

void snow_wsp_init(snow_wsp *ws, const snow_wsp_options *options, uint64_t now) {
    memset(ws, 0, sizeof *ws);
    ws->options = *options;
    ws->last_data = now;
    ws->deadline = UINT64_MAX;
    snow_wsp_heartbeat_start(&ws->heartbeat, options->interval, options->timeout, now);
}

void snow_wsp_destroy(snow_wsp *ws) {
    snow_wsp_fragments_reset(&ws->fragments);
    free(ws->own_reason);
    ws->own_reason = NULL;
}

/* ---- output --------------------------------------------------------------------------------------- */

void snow_wspi_write_control(const snow_wspi_call *c, uint8_t opcode, const uint8_t *payload, size_t len) {
    uint8_t frame[2 + SNOW_WS_MAX_CONTROL];
    frame[0] = 0x80 | opcode;
    frame[1] = (uint8_t)len;
    if (len != 0) memcpy(frame + 2, payload, len);
    c->h->write(c->user, frame, 2 + len);
}

static void write_close(const snow_wspi_call *c, uint16_t code, const uint8_t *reason, size_t len) {
    uint8_t payload[SNOW_WS_MAX_CONTROL];
    payload[0] = (uint8_t)(code >> 8);
    payload[1] = (uint8_t)code;
    if (len != 0) memcpy(payload + 2, reason, len);
    snow_wspi_write_control(c, SNOW_WS_CLOSE, payload, 2 + len);
}

static void report(const snow_wspi_call *c, uint16_t code, const uint8_t *reason, size_t len) {
    if (c->ws->reported) return;
    c->ws->reported = true;
    c->h->closed(c->user, code, reason, len);
}

/* A close that the program asked for is reported when it is over, because the peer's code wins if both
 * close at once (CL-6). Without memory for it the reason is lost, the code is not. */
static void remember_own_close(snow_wsp *ws, uint16_t code, const uint8_t *reason, size_t len) {
    ws->own_code = code;
    if (len == 0) return;
    ws->own_reason = malloc(len);
    if (ws->own_reason == NULL) return;
    memcpy(ws->own_reason, reason, len);
    ws->own_reason_len = len;
}

/* The ending when no close of the peer decides it. */
static void report_own_close(const snow_wspi_call *c) {
    snow_wsp *ws = c->ws;
    if (ws->own_code == 0) report(c, SNOW_WS_CLOSE_ABNORMAL, NO_BYTES, 0);
    else report(c, ws->own_code, ws->own_reason_len != 0 ? ws->own_reason : NO_BYTES, ws->own_reason_len);
}

/* Our side begins to close: no more messages, and the peer has `wait` to answer. */
static void start_close(const snow_wspi_call *c, uint16_t code, const uint8_t *reason, size_t len, uint64_t wait) {
    snow_wsp_fragments_reset(&c->ws->fragments);
    write_close(c, code, reason, len);
    c->ws->status = SNOW_WS_CLOSING;
    c->ws->deadline = c->now + wait;
}

void snow_wspi_fail(const snow_wspi_call *c, uint16_t code, const char *reason, uint64_t wait) {
    const uint8_t *text = (const uint8_t *)reason;
    size_t len = strlen(reason);
    start_close(c, code, text, len, wait);
    report(c, code, text, len);
}

/* ---- frames --------------------------------------------------------------------------------------- */

static void fail(const snow_wspi_call *c, uint16_t code, const char *reason) {
    snow_wspi_fail(c, code, reason, c->ws->options.close_wait);
}

/* The peer's close while ours is out: its answer, which repeats our code, or one that crossed it. */
static void take_answer(const snow_wspi_call *c, const snow_wsp_close_info *info) {
    bool crossed = info->code != SNOW_WS_CLOSE_NO_STATUS && info->code != c->ws->own_code;
    if (crossed) report(c, info->code, info->reason, info->reason_len);
    else report_own_close(c);
}

static void take_close(const snow_wspi_call *c, const uint8_t *payload, size_t len) {
    snow_wsp_close_info info;
    const char *reason = NULL;
    uint16_t bad = snow_wsp_read_close(payload, len, &info, &reason);
    if (c->ws->status == SNOW_WS_CLOSING) {
        take_answer(c, &info);
    } else if (bad != 0) {
        fail(c, bad, reason);
    } else {
        if (info.code == SNOW_WS_CLOSE_NO_STATUS) snow_wspi_write_control(c, SNOW_WS_CLOSE, NO_BYTES, 0);
        else write_close(c, info.code, NO_BYTES, 0);
        report(c, info.code, info.reason, info.reason_len);
    }
    snow_wsp_fragments_reset(&c->ws->fragments);
    c->ws->status = SNOW_WS_DONE;
    c->ws->abrupt = false;
}

/* Answers a ping. While output is blocked only the latest is kept (FR-8), so that pings cost no memory. */
static void take_ping(const snow_wspi_call *c, const uint8_t *payload, size_t len) {
    snow_wsp *ws = c->ws;
    if (!ws->blocked) {
        snow_wspi_write_control(c, SNOW_WS_PONG, payload, len);
        return;
    }
    if (len != 0) memcpy(ws->pong, payload, len);
    ws->pong_len = (uint8_t)len;
    ws->pong_waiting = true;
}

/* Whether this control frame keeps to the rate allowed. */
static bool count_control(snow_wsp *ws, uint64_t now) {
    if (now - ws->control_since >= 1000) {
        ws->control_since = now;
        ws->control_count = 0;
    }
    return ++ws->control_count <= MAX_CONTROL_RATE;
}

static void take_control(const snow_wspi_call *c, const uint8_t *payload, size_t len) {
    uint8_t opcode = c->ws->frame.opcode;
    if (opcode == SNOW_WS_CLOSE) {
        take_close(c, payload, len);
    } else if (c->ws->status == SNOW_WS_OPEN) {
        if (!count_control(c->ws, c->now)) fail(c, SNOW_WS_CLOSE_POLICY, "too many control frames");
        else if (opcode == SNOW_WS_PING) take_ping(c, payload, len);
        else snow_wsp_heartbeat_pong(&c->ws->heartbeat, payload, len, c->now);
    }
}

static bool is_utf8(const uint8_t *bytes, size_t len) {
    snow_wsp_utf8 state = {0, 0, 0};
    return snow_wsp_utf8_feed(&state, bytes, len) && snow_wsp_utf8_complete(&state);
}

static const char *inflate_reason(uint16_t code) {
    return code == SNOW_WS_CLOSE_TOO_BIG    ? "message too big"
           : code == SNOW_WS_CLOSE_BAD_DATA ? "bad compressed data"
                                            : "internal error";
}

/* Delivers what a compressed message stands for, to which the rules for text and size apply. */
static void deliver_inflated(const snow_wspi_call *c, const snow_wsp_message *message) {
    snow_wsp_bytes plain = {NO_BYTES, 0};
    uint16_t bad = c->h->inflate(c->user, message->bytes, message->len, &plain);
    if (bad == 0 && plain.len > c->ws->options.limit) bad = SNOW_WS_CLOSE_TOO_BIG;
    if (bad != 0) fail(c, bad, inflate_reason(bad));
    else if (message->opcode == SNOW_WS_TEXT && !is_utf8(plain.bytes, plain.len))
        fail(c, SNOW_WS_CLOSE_BAD_DATA, "invalid UTF-8");
    else c->h->message(c->user, message->opcode, plain.bytes, plain.len);
    c->h->drop(c->user);
}

static void deliver(const snow_wspi_call *c, const snow_wsp_message *message) {
    c->ws->last_data = c->now;
    if (message->compressed) deliver_inflated(c, message);
    else c->h->message(c->user, message->opcode, message->bytes, message->len);
    snow_wsp_fragments_reset(&c->ws->fragments);
}

/* A part of a data frame's payload, unmasked. */
static void take_data(const snow_wspi_call *c, const uint8_t *bytes, size_t len) {
    snow_wsp *ws = c->ws;
    snow_wsp_message message;
    const char *reason = NULL;
    if (ws->status != SNOW_WS_OPEN) return;
    uint16_t bad = snow_wsp_fragments_take(&ws->fragments, bytes, len, ws->left, ws->frame.fin, &message, &reason);
    if (bad != 0) {
        uint64_t wait = ws->options.close_wait;
        snow_wspi_fail(c, bad, reason, ws->left != 0 && wait > CUT_WAIT ? CUT_WAIT : wait);
    } else if (message.opcode != 0) {
        deliver(c, &message);
    }
}

/* The frame is skipped, so that the peer's answer to our close behind it is still found. A close that is
 * refused needs no answer. */
static void refuse_frame(const snow_wspi_call *c, uint16_t code, const char *reason) {
    snow_wsp *ws = c->ws;
    if (ws->status == SNOW_WS_OPEN) {
        fail(c, code, reason);
        if (ws->frame.opcode == SNOW_WS_CLOSE) ws->status = SNOW_WS_DONE;
    }
    ws->frame.opcode = SNOW_WS_CONTINUATION;
    if (!ws->frame.masked) memset(ws->frame.mask, 0, sizeof ws->frame.mask);
    ws->deaf = ws->frame.length >> 63 != 0;
}

/* A complete header: judged before any payload is read or memory reserved. */
static void take_header(const snow_wspi_call *c, const uint8_t *header) {
    snow_wsp *ws = c->ws;
    const snow_wsp_options *o = &ws->options;
    const char *reason = NULL;
    uint16_t bad = snow_wsp_read_header(&ws->frame, header, o->compression ? 4 : 0, &reason);
    if (bad == 0 && ws->frame.opcode < SNOW_WS_CLOSE && ws->status == SNOW_WS_OPEN)
        bad = snow_wsp_fragments_begin(&ws->fragments, &ws->frame, o->limit, o->max_fragments, &reason);
    if (bad != 0) refuse_frame(c, bad, reason);
    ws->in_payload = true;
    ws->left = ws->frame.length;
    ws->control_len = 0;
}

static void end_frame(snow_wsp *ws, uint64_t now) {
    if (ws->ping_met_frame) ws->answerable = now;
    ws->ping_met_frame = false;
    ws->in_frame = false;
    ws->in_payload = false;
    ws->header_len = 0;
}

/* Takes payload bytes of the current frame from the input; returns how many. */
static size_t take_payload(const snow_wspi_call *c, uint8_t *bytes, size_t len) {
    snow_wsp *ws = c->ws;
    size_t n = ws->left < len ? (size_t)ws->left : len;
    snow_wsp_unmask(bytes, n, ws->frame.mask, ws->frame.length - ws->left);
    ws->left -= n;
    bool last = ws->left == 0;
    if (ws->frame.opcode < SNOW_WS_CLOSE) {
        take_data(c, bytes, n);
    } else if (last && ws->control_len == 0) {
        take_control(c, bytes, n);
    } else {
        memcpy(ws->control + ws->control_len, bytes, n);
        ws->control_len = (uint8_t)(ws->control_len + n);
        if (last) take_control(c, ws->control, ws->control_len);
    }
    if (last) end_frame(ws, c->now);
    return n;
}

/* Collects the bytes of a header that is cut; returns how many were taken. */
static size_t collect_header(const snow_wspi_call *c, const uint8_t *bytes, size_t len) {
    snow_wsp *ws = c->ws;
    size_t taken = 0;
    while (taken < len) {
        size_t size = snow_wsp_header_size(ws->header, ws->header_len);
        if (size != 0 && ws->header_len == size) break;
        ws->header[ws->header_len++] = bytes[taken++];
    }
    size_t size = snow_wsp_header_size(ws->header, ws->header_len);
    if (size != 0 && ws->header_len == size) take_header(c, ws->header);
    return taken;
}

/* Takes header bytes; returns how many. A header that lies there whole is read in place. */
static size_t take_header_bytes(const snow_wspi_call *c, const uint8_t *bytes, size_t len) {
    snow_wsp *ws = c->ws;
    ws->in_frame = true;
    size_t size = ws->header_len == 0 ? snow_wsp_header_size(bytes, len) : 0;
    if (size == 0 || size > len) return collect_header(c, bytes, len);
    take_header(c, bytes);
    return size;
}

/* ---- the interface ---------------------------------------------------------------------------------- */

/* Counts what came of a frame that is still not complete. */
static void measure_speed(snow_wsp *ws, uint64_t now, bool is_new, size_t bytes) {
    if (is_new) {
        ws->window_since = now;
        ws->window_bytes = 0;
    }
    ws->window_bytes += bytes;
}

snow_wsp_status snow_wsp_feed(snow_wsp *ws, uint8_t *bytes, size_t len, uint64_t now, const snow_wsp_handler *h,
                              void *user) {
    snow_wspi_call c = {ws, h, user, now};
    bool carried = ws->in_frame;
    size_t at = 0, begin = 0;
    if (len != 0) ws->last_byte = now;
    while (ws->status != SNOW_WS_DONE && !ws->deaf && !ws->held) {
        if (ws->in_payload && (at < len || ws->left == 0)) {
            at += take_payload(&c, bytes + at, len - at);
        } else if (at < len) {
            if (!ws->in_frame) {
                begin = at;
                carried = false;
            }
            at += take_header_bytes(&c, bytes + at, len - at);
        } else {
            break;
        }
    }
    if (ws->in_frame) measure_speed(ws, now, !carried, at - begin);
    ws->taken = ws->held ? at : len;
    ws->held = false;
    return ws->status;
}

void snow_wsp_hold(snow_wsp *ws) { ws->held = true; }

void snow_wsp_end_of_stream(snow_wsp *ws, const snow_wsp_handler *h, void *user) {
    snow_wspi_call c = {ws, h, user, 0};
    snow_wsp_fragments_reset(&ws->fragments);
    report_own_close(&c);
    ws->status = SNOW_WS_DONE;
}

int snow_wsp_close(snow_wsp *ws, uint16_t code, const uint8_t *reason, size_t len, uint64_t now,
                   const snow_wsp_handler *h, void *user) {
    snow_wspi_call c = {ws, h, user, now};
    if (ws->status != SNOW_WS_OPEN || !snow_wsp_close_code_ok(code) || !is_utf8(reason, len)) return -1;
    len = snow_wsp_cut_reason(reason, len);
    start_close(&c, code, reason, len, ws->options.close_wait);
    remember_own_close(ws, code, reason, len);
    return 0;
}

int snow_wsp_fail(snow_wsp *ws, uint16_t code, const uint8_t *reason, size_t len, uint64_t now,
                  const snow_wsp_handler *h, void *user) {
    if (snow_wsp_close(ws, code, reason, len, now, h, user) != 0) return -1;
    report_own_close(&(snow_wspi_call){ws, h, user, now});
    return 0;
}

void snow_wsp_block(snow_wsp *ws) { ws->blocked = true; }

void snow_wsp_unblock(snow_wsp *ws, const snow_wsp_handler *h, void *user) {
    snow_wspi_call c = {ws, h, user, 0};
    ws->blocked = false;
    if (ws->pong_waiting && ws->status == SNOW_WS_OPEN)
        snow_wspi_write_control(&c, SNOW_WS_PONG, ws->pong, ws->pong_len);
    ws->pong_waiting = false;
}
