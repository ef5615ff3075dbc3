/* Compression of a connection's messages (RFC 7692; network.md OPT-3), between the output buffer and the transport.
 *
 * Senders append whole frames to the output as they always do. When the loop takes the output of a connection that
 * compresses, the frames of messages that are worth it go through the codec, in order; control frames and short
 * messages are copied. The codec is not ours (see `snow_wsconn_codec`), and it is slow beside everything else the
 * loop does, so a drain compresses a limited amount: what is left waits in `raw`, where it still counts as output
 * that is not written, and the slot stays on the list.
 *
 * In the other direction a few bytes may become many messages. When the consumer falls behind in the middle of what
 * was read, the rest is kept and parsed when reading goes on.
 */
#include <stdlib.h>

#include "wsconn_internal.h"

enum {
    SMALLEST = 64,          /* bytes; shorter messages are sent as they are */
    PART = 64 << 10,        /* given to the codec at once */
    BUDGET = 128 << 10,     /* compressed in one drain: some milliseconds */
    COST_OF_A_CALL = 1024,  /* of the codec, as if so many bytes more were compressed */
    DEFLATED = 0x40,        /* RSV1 */
};

size_t snowi_ws_deflate_budget = BUDGET;

void snowi_ws_refill_budget(void) { snowi_ws_deflate_budget = BUDGET; }

bool snow_wsconn_is_tired(void) { return snowi_ws_deflate_budget == 0; }

static void spend(size_t cost) {
    snowi_ws_deflate_budget = cost < snowi_ws_deflate_budget ? snowi_ws_deflate_budget - cost : 0;
}

/* ---- the beginning and the end ------------------------------------------------------------------------------ */

bool snow_wsconn_compress(snow_wsconn handle, const snow_wsconn_codec *codec, void *state) {
    snowi_ws_connection *c = snowi_ws_find(handle);
    if (c == NULL || c->deflate != NULL) return false;
    c->deflate = calloc(1, sizeof *c->deflate);
    if (c->deflate == NULL) return false;
    c->deflate->codec = codec;
    c->deflate->state = state;
    c->ws.options.compression = true;
    return true;
}

void snowi_ws_free_deflate(snowi_ws_deflate *d) {
    if (d == NULL) return;
    d->codec->forget(d->state);
    snowi_ws_give(d->raw.bytes, d->raw.cap);
    snowi_ws_give(d->kept.bytes, d->kept.cap);
    free(d);
}

/* ---- what is read --------------------------------------------------------------------------------------------- */

uint16_t snowi_ws_inflate(void *user, const uint8_t *bytes, size_t len, snow_wsp_bytes *plain) {
    const snowi_ws_deflate *d = ((snowi_ws_connection *)user)->deflate;
    return d->codec->inflate(d->state, bytes, len, plain);
}

void snowi_ws_inflated(void *user) {
    const snowi_ws_deflate *d = ((snowi_ws_connection *)user)->deflate;
    d->codec->drop(d->state);
}

void snowi_ws_keep(snowi_ws_connection *c, const uint8_t *bytes, size_t len) {
    if (!snowi_ws_append(&c->deflate->kept, NULL, 0, bytes, len)) c->flags |= SNOW_WSCONN_ABORT;
}

bool snowi_ws_feed_kept(snowi_ws_connection *c, uint64_t now) {
    if (!snowi_ws_has_kept(c)) return false;
    snowi_ws_bytes kept = c->deflate->kept;
    c->deflate->kept = (snowi_ws_bytes){NULL, 0, 0};
    snowi_ws_feed(c, kept.bytes, kept.len, now);
    snowi_ws_give(kept.bytes, kept.cap);
    snowi_ws_touch(c);
    return true;
}

/* ---- what is written ------------------------------------------------------------------------------------------ */

/* A frame in the output. */
typedef struct frame {
    const uint8_t *head, *payload;
    size_t head_len, len;
} frame;

static frame frame_at(const uint8_t *head) {
    size_t head_len = snow_wsp_header_size(head, 2), len = head_len == 2 ? head[1] : 0;
    for (size_t i = 2; i < head_len; i++) len = len << 8 | head[i];
    return (frame){head, head + head_len, head_len, len};
}

static bool is_worth_it(const frame *f) {
    uint8_t opcode = f->head[0] & 0x0F;
    return (opcode == SNOW_WS_TEXT || opcode == SNOW_WS_BINARY) && f->len >= SMALLEST;
}

static bool append_as_it_is(snowi_ws_bytes *made, const frame *f) {
    return snowi_ws_append(made, NULL, 0, f->head, f->head_len + f->len);
}

static bool append_deflated(snowi_ws_bytes *made, const frame *f, const snow_wsp_bytes *deflated) {
    uint8_t head[10];
    if (deflated->len == 0) return append_as_it_is(made, f);
    size_t head_len = snow_wsp_write_header(head, f->head[0] | DEFLATED, deflated->len);
    return snowi_ws_append(made, head, head_len, deflated->bytes, deflated->len);
}

/* Gives the next part of the frame's payload to the codec; with the last one the frame is made. */
static bool deflate_part(snowi_ws_deflate *d, const frame *f, snowi_ws_bytes *made) {
    snow_wsp_bytes deflated = {NULL, 0};
    size_t left = f->len - d->begun, n = left < PART ? left : PART;
    bool last = n == left;
    spend(n + COST_OF_A_CALL);
    if (!d->codec->deflate(d->state, f->payload + d->begun, n, last, &deflated)) return false;
    d->begun += n;
    if (!last) return true;
    d->begun = 0;
    d->at += f->head_len + f->len;
    bool done = append_deflated(made, f, &deflated);
    d->codec->drop(d->state);
    return done;
}

/* Makes what the budget allows of the frames that wait. */
static bool make_frames(snowi_ws_deflate *d, snowi_ws_bytes *made) {
    bool done = true;
    while (done && d->at < d->raw.len && snowi_ws_deflate_budget != 0) {
        frame f = frame_at(d->raw.bytes + d->at);
        if (is_worth_it(&f)) {
            done = deflate_part(d, &f, made);
        } else {
            done = append_as_it_is(made, &f);
            d->at += f.head_len + f.len;
        }
    }
    return done;
}

/* Begins with the output that has come since, when all before it is made. */
static void take_raw(snowi_ws_connection *c, uint64_t now) {
    if (c->deflate->raw.len != 0) return;
    snowi_ws_note_data(c, now);
    c->deflate->raw = c->out;
    c->out = (snowi_ws_bytes){NULL, 0, 0};
}

static void drop_raw(snowi_ws_deflate *d) {
    snowi_ws_give(d->raw.bytes, d->raw.cap);
    d->raw = (snowi_ws_bytes){NULL, 0, 0};
    d->at = 0;
}

void snowi_ws_take_deflated(snowi_ws_connection *c, snow_wsconn_work *work, uint64_t now) {
    snowi_ws_deflate *d = c->deflate;
    if (c->blocked || c->gone) return;
    take_raw(c, now);
    c->handed = snowi_ws_undeflated(c);
    if (c->handed == 0) return;
    snowi_ws_free(&c->slot->lock);

    snowi_ws_bytes made = {NULL, 0, 0};
    bool done = make_frames(d, &made);
    if (!done) c->flags |= SNOW_WSCONN_ABORT;
    if (!done || d->at == d->raw.len) drop_raw(d);
    if (made.len != 0) {
        *work = (snow_wsconn_work){c->handle, made.bytes, made.len, made.cap, work->index, 0};
        c->handing = made.len;
    }

    snowi_ws_acquire(&c->slot->lock);
    c->handed = snowi_ws_undeflated(c);
    if (c->handed + c->out.len != 0) snowi_ws_mark(c->slot);
}
