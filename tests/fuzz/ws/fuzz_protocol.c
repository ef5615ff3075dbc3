/* Fuzz target for the WebSocket protocol core: bytes, time, and what the program and the transport do meanwhile.
 *
 * An input is: a byte of options, a byte that says how reads are cut, the number of acts, the acts (two bytes each:
 * after how much of the stream, and what), and the stream of bytes from the peer. Whatever that is:
 *
 * - the same events come out of every way to cut the stream into reads;
 * - the ending is reported once, no message comes after it, nothing is written after a close frame;
 * - everything written is well formed, every text delivered is UTF-8;
 * - memory is reserved for at most 64 KiB more than has arrived, or for twice of it;
 * - time passes: what is due is done in a few steps, and a closing connection ends at its deadline.
 */
#include "fuzz.h"
#include "snow_ws.h"

enum { AHEAD = 64 << 10, STEPS = 4, FAR = 200000 };

/* 130 bytes, and the place where it has to be cut is in the middle of a character. */
#define FIVE "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
#define LONG_REASON FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE

/* A hash of all events, in which writes in a row are one, and what was learnt of them. */
typedef struct trace {
    uint64_t hash;
    size_t closed, written, messages;
    bool writing, has_closed;
    bool holds;   /* the feed is stopped behind every third message */
    bool refuses; /* every fifth message makes us fail */
    uint8_t *inflated; /* until it is dropped */
    snow_wsp *ws;
} trace;

static const snow_wsp_handler handler;

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

static bool is_utf8(const uint8_t *data, size_t len) {
    snow_wsp_utf8 state = {0, 0, 0};
    return snow_wsp_utf8_feed(&state, data, len) && snow_wsp_utf8_complete(&state);
}

static void on_message(void *user, uint8_t opcode, const uint8_t *data, size_t len) {
    trace *t = user;
    MUST(t->closed == 0 && !t->has_closed && t->ws->status == SNOW_WS_OPEN);
    MUST(opcode == SNOW_WS_TEXT || opcode == SNOW_WS_BINARY);
    MUST(len <= t->ws->options.limit);
    if (opcode == SNOW_WS_TEXT) MUST(is_utf8(data, len));
    mix_event(t, 'm', opcode, data, len);
    if (++t->messages % 3 == 0 && t->holds) snow_wsp_hold(t->ws);
    if (t->messages % 5 == 0 && t->refuses)
        snow_wsp_fail(t->ws, SNOW_WS_CLOSE_POLICY, (const uint8_t *)"no", 2, 0, &handler, t);
}

/* The payload of a close frame that we send. */
static void check_close(const uint8_t *payload, size_t len) {
    if (len == 0) return;
    MUST(len >= 2 && snow_wsp_close_code_ok((uint16_t)(payload[0] << 8 | payload[1])));
    MUST(is_utf8(payload + 2, len - 2));
}

static void on_write(void *user, const uint8_t *data, size_t len) {
    trace *t = user;
    MUST(!t->has_closed && t->ws->status != SNOW_WS_DONE);
    MUST(len >= 2 && len == 2u + data[1] && data[1] <= SNOW_WS_MAX_CONTROL);
    MUST(data[0] == 0x88 || data[0] == 0x89 || data[0] == 0x8A);
    t->has_closed = data[0] == 0x88;
    if (t->has_closed) check_close(data + 2, len - 2);
    if (!t->writing) mix(t, "w", 1);
    t->writing = true;
    t->written += len;
    mix(t, data, len);
}

static void on_closed(void *user, uint16_t code, const uint8_t *reason, size_t len) {
    trace *t = user;
    MUST(t->closed++ == 0 && len <= SNOW_WS_MAX_REASON && is_utf8(reason, len));
    mix_event(t, 'c', code, reason, len);
}

/* The codec of the target: every byte twice; what begins with two bytes of one kind is refused. */
static uint16_t on_inflate(void *user, const uint8_t *data, size_t len, snow_wsp_bytes *plain) {
    trace *t = user;
    MUST(t->closed == 0 && t->inflated == NULL);
    if (len > 1 && data[0] == data[1]) return data[0] & 1 ? SNOW_WS_CLOSE_BAD_DATA : SNOW_WS_CLOSE_TOO_BIG;
    t->inflated = malloc(2 * len + 1);
    for (size_t i = 0; i < 2 * len; i++) t->inflated[i] = data[i / 2];
    *plain = (snow_wsp_bytes){t->inflated, 2 * len};
    return 0;
}

static void on_drop(void *user) {
    trace *t = user;
    free(t->inflated);
    t->inflated = NULL;
}

static const snow_wsp_handler handler = {on_message, on_write, on_closed, on_inflate, on_drop};

/* ---- one connection ------------------------------------------------------------------------------- */

typedef struct run {
    snow_wsp ws;
    trace t;
    uint64_t now;
    size_t step, more; /* bytes of the next read, and how much longer each is than the one before */
} run;

static void check_memory(const snow_wsp_fragments *f) {
    size_t ahead = f->cap - f->len;
    MUST(f->cap >= f->len && (ahead <= AHEAD || ahead <= f->len));
}

/* One read, in memory of its exact size. What a hold leaves over is given at once. */
static void feed(run *r, const uint8_t *bytes, size_t len) {
    for (size_t at = 0; at < len; at += r->ws.taken) {
        uint8_t *read = malloc(len - at);
        memcpy(read, bytes + at, len - at);
        snow_wsp_feed(&r->ws, read, len - at, r->now, &handler, &r->t);
        free(read);
        check_memory(&r->ws.fragments);
        MUST(r->ws.taken <= len - at && !r->ws.held);
        MUST(r->ws.status == SNOW_WS_OPEN || r->t.has_closed || r->t.closed == 1);
    }
}

static void feed_in_reads(run *r, const uint8_t *bytes, size_t len) {
    for (size_t n; len > 0; bytes += n, len -= n, r->step += r->more) {
        n = r->step == 0 || r->step > len ? len : r->step;
        feed(r, bytes, n);
    }
}

/* What is due is done, and then something later is due. */
static void tick(run *r) {
    for (int i = 0; snow_wsp_deadline(&r->ws) <= r->now; i++) {
        MUST(i < STEPS);
        bool pinged = false;
        snow_wsp_status before = r->ws.status;
        snow_wsp_status after = snow_wsp_tick(&r->ws, r->now, (const uint8_t *)"\1\2\3\4", &pinged, &handler, &r->t);
        MUST(after >= before && (!pinged || after == SNOW_WS_OPEN));
    }
}

/* Time goes on by `ms`, and the loop wakes up whenever something is due. */
static void pass(run *r, uint64_t ms) {
    for (uint64_t end = r->now + ms, due; (due = snow_wsp_deadline(&r->ws)) <= end;) {
        if (due > r->now) r->now = due;
        tick(r);
        if (r->ws.status == SNOW_WS_DONE || r->now == end) break;
    }
    r->now = r->now > UINT64_MAX / 2 ? r->now : r->now + ms;
}

static void end(run *r) {
    snow_wsp_end_of_stream(&r->ws, &handler, &r->t);
    MUST(r->t.closed == 1 && r->ws.status == SNOW_WS_DONE);
}

static void close_it(run *r, uint8_t how, bool fail) {
    static const uint16_t codes[] = {1000, 1001, 4000, 999, 1005, 1013};
    static const char *const reasons[] = {"", "bye", LONG_REASON, "\xC3"};
    uint16_t code = codes[how % 6];
    const char *reason = reasons[how / 6 % 4];
    bool is_open = r->ws.status == SNOW_WS_OPEN, is_good = snow_wsp_close_code_ok(code) && how / 6 % 4 != 3;
    int result = (fail ? snow_wsp_fail : snow_wsp_close)(&r->ws, code, (const uint8_t *)reason, strlen(reason), r->now,
                                                         &handler, &r->t);
    MUST((result == 0) == (is_open && is_good));
    MUST(result != 0 || r->t.has_closed);
}

static void act(run *r, uint8_t what) {
    snow_wsp *ws = &r->ws;
    switch (what % 10) {
    case 0:
        pass(r, 1 + (uint64_t)(what / 10) * (what / 10) * 100);
        break;
    case 1:
        close_it(r, what / 10, false);
        break;
    case 2:
        close_it(r, what / 10, true);
        break;
    case 3:
        snow_wsp_suspend(ws);
        break;
    case 4:
        snow_wsp_resume(ws, r->now);
        break;
    case 5:
        snow_wsp_block(ws);
        snow_wsp_hold_ping(ws);
        break;
    case 6:
        snow_wsp_unblock(ws, &handler, &r->t);
        snow_wsp_release_ping(ws, r->now);
        break;
    case 7: /* the loop is late */
        r->now += 10 * what;
        tick(r);
        break;
    case 8:
        pass(r, FAR);
        break;
    default:
        if (what > 200) end(r);
    }
    check_memory(&ws->fragments);
}

/* Nothing happens any more, whatever is done. */
static void stay_ended(run *r) {
    size_t written = r->t.written, messages = r->t.messages;
    feed(r, (const uint8_t *)"\x81\x81\0\0\0\0x\x89\x80\0\0\0\0", 13);
    tick(r);
    close_it(r, 0, false);
    snow_wsp_unblock(&r->ws, &handler, &r->t);
    MUST(r->t.written == written && r->t.messages == messages && r->t.closed == 1);
    MUST(snow_wsp_deadline(&r->ws) == UINT64_MAX);
}

static trace run_it(const snow_wsp_options *options, input in, size_t step, size_t more, uint8_t how) {
    run r = {.step = step, .more = more};
    bool holds = (how & 64) != 0, refuses = (how & 128) != 0;
    r.t = (trace){.hash = UINT64_C(0xcbf29ce484222325), .holds = holds, .refuses = refuses, .ws = &r.ws};
    snow_wsp_init(&r.ws, options, 0);
    size_t n_acts = take_byte(&in) % 32, script = 2 * n_acts;
    const uint8_t *acts = take_bytes(&in, &script);
    for (size_t i = 0; i + 1 < script; i += 2) {
        size_t part = acts[i];
        const uint8_t *bytes = take_bytes(&in, &part);
        feed_in_reads(&r, bytes, part);
        act(&r, acts[i + 1]);
    }
    feed_in_reads(&r, in.bytes, in.len);
    if (r.ws.status == SNOW_WS_CLOSING) pass(&r, snow_wsp_deadline(&r.ws) - r.now);
    else end(&r);
    MUST(r.t.closed == 1 && r.ws.status == SNOW_WS_DONE && r.t.inflated == NULL);
    stay_ended(&r);
    snow_wsp_destroy(&r.ws);
    return r.t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 3) return 0;
    snow_wsp_options options = snow_wsp_default_options();
    options.compression = (data[0] & 1) != 0;
    if (data[0] & 2) options.limit = 100;
    if (data[0] & 4) options.max_fragments = 3;
    if (data[0] & 8) options.idle = 5000;
    if (data[0] & 16) options.interval = 0;
    if (data[0] & 32) options.close_wait = 0;
    input in = {data + 2, size - 2};
    trace whole = run_it(&options, in, 0, 0, data[0]);
    trace single = run_it(&options, in, 1, 0, data[0] & ~64);
    trace mixed = run_it(&options, in, 1 + (data[1] & 15), data[1] >> 4, data[0] | 64);
    MUST(whole.hash == single.hash && whole.hash == mixed.hash);
    return 0;
}
