/* The table of WebSocket connections and what the loop does with one (see include/snow_wsconn.h).
 *
 * A handle is an index into the table and a generation that changes when the place is freed, so a handle that
 * has died never fits again. The protocol state of a connection is touched by the loop's thread only; senders
 * meet the loop at the output buffer, under the lock of the slot.
 */
#include <stdlib.h>
#include <string.h>

#include "wsconn_internal.h"

enum {
    INDEX_BITS = 20,
    CHUNK = 256, /* slots */
    CHUNKS = (1 << INDEX_BITS) / CHUNK,
    NO_SLOT = UINT32_MAX,
    INFLATED_AT_ONCE = 1 << 20, /* bytes */
};

static const uint8_t RATE_LIMIT[] = "rate limit";

static _Atomic(snowi_ws_slot *) chunks[CHUNKS];
static uint32_t slots_made, first_free = NO_SLOT; /* the loop's */
static _Atomic(uint64_t) connections; /* counted by the loop, read by any thread */

/* ---- the consumer, and what stands in for it until there is one ---------------------------------------- */

static void deliver_to_nobody(void *state, snow_wsconn conn, uint64_t *word, int kind, const uint8_t *bytes,
                              size_t len) {
    (void)state, (void)word, (void)kind, (void)bytes;
    snow_wsconn_taken(conn, 1, len);
}

static void wake_nobody(void *state) { (void)state; }

static void tell_nobody(void *state, snow_wsconn conn, uint64_t word) { (void)state, (void)conn, (void)word; }

static uint64_t serve_nobody(void *state, void *const callbacks[6]) {
    (void)state, (void)callbacks;
    return 0;
}

static void unserve_nobody(void *state, uint64_t word) { (void)state, (void)word; }

snow_wsconn_consumer snowi_ws_consumer = {
    NULL, deliver_to_nobody, wake_nobody, tell_nobody, serve_nobody, unserve_nobody,
};
bool snowi_ws_consumer_sleeps;

void snow_wsconn_set_consumer(const snow_wsconn_consumer *consumer) { snowi_ws_consumer = *consumer; }

uint64_t snow_wsconn_serve(void *const callbacks[6]) {
    return snowi_ws_consumer.serve(snowi_ws_consumer.state, callbacks);
}

void snow_wsconn_unserve(uint64_t word) { snowi_ws_consumer.unserve(snowi_ws_consumer.state, word); }

uint64_t snow_wsconn_count(void) { return connections; }

snow_wsconn_options snow_wsconn_default_options(void) {
    return (snow_wsconn_options){
        .ws = snow_wsp_default_options(),
        .send_buffer = 1 << 20,
        .inbound_bytes = 32 << 20,
        .inbound_messages = 64,
    };
}

/* ---- slots ---------------------------------------------------------------------------------------------- */

static snowi_ws_slot *slot_at(uint32_t index) {
    snowi_ws_slot *chunk = atomic_load_explicit(&chunks[index / CHUNK], memory_order_acquire);
    return chunk == NULL ? NULL : &chunk[index % CHUNK];
}

snowi_ws_slot *snowi_ws_lock(snow_wsconn handle) {
    snowi_ws_slot *slot = slot_at((uint32_t)(handle & ((1 << INDEX_BITS) - 1)));
    if (slot == NULL) return NULL;
    snowi_ws_acquire(&slot->lock);
    bool is_there = slot->connection != NULL && slot->generation == handle >> INDEX_BITS;
    if (is_there && !slot->connection->dead) return slot;
    snowi_ws_free(&slot->lock);
    return NULL;
}

bool snow_wsconn_visit(snow_wsconn handle, void (*look)(void *state, uint64_t word), void *state) {
    snowi_ws_slot *slot = snowi_ws_lock(handle);
    if (slot == NULL) return false;
    look(state, slot->connection->word);
    snowi_ws_free(&slot->lock);
    return true;
}

snowi_ws_connection *snowi_ws_find(snow_wsconn handle) {
    snowi_ws_slot *slot = slot_at((uint32_t)(handle & ((1 << INDEX_BITS) - 1)));
    bool alive = slot != NULL && slot->connection != NULL && slot->generation == handle >> INDEX_BITS;
    return alive ? slot->connection : NULL;
}

/* Zeroes, from the beginning of a line of the cache; the size is a number of lines. */
static void *new_lines(size_t size) {
    void *memory = aligned_alloc(SNOWI_WS_LINE, size);
    return memory == NULL ? NULL : memset(memory, 0, size);
}

static bool make_chunk(void) {
    if (slots_made == 1 << INDEX_BITS) return false;
    snowi_ws_slot *chunk = new_lines(CHUNK * sizeof *chunk);
    if (chunk == NULL) return false;
    for (uint32_t i = 0; i < CHUNK; i++) {
        chunk[i].generation = 1;
        chunk[i].index = slots_made + i;
        chunk[i].next_free = i + 1 < CHUNK ? slots_made + i + 1 : first_free;
    }
    atomic_store_explicit(&chunks[slots_made / CHUNK], chunk, memory_order_release);
    first_free = slots_made;
    slots_made += CHUNK;
    return true;
}

static snowi_ws_slot *take_slot(void) {
    if (first_free == NO_SLOT && !make_chunk()) return NULL;
    snowi_ws_slot *slot = slot_at(first_free);
    first_free = slot->next_free;
    return slot;
}

void snowi_ws_release(snowi_ws_connection *c) {
    snowi_ws_slot *slot = c->slot;
    snowi_ws_heap_remove(c);
    snowi_ws_acquire(&slot->lock);
    slot->generation++;
    slot->connection = NULL;
    snowi_ws_free(&slot->lock);
    slot->next_free = first_free;
    first_free = slot->index;
    connections--;
    snow_wsp_destroy(&c->ws);
    snowi_ws_give(c->out.bytes, c->out.cap);
    snowi_ws_give(c->rest.bytes, c->rest.cap);
    snowi_ws_free_deflate(c->deflate);
    free(c->close_reason);
    free(c);
}

/* ---- what the protocol calls ------------------------------------------------------------------------------ */

static void deliver(snowi_ws_connection *c, int kind, const uint8_t *bytes, size_t len) {
    snowi_ws_consumer.deliver(snowi_ws_consumer.state, c->handle, &c->word, kind, bytes, len);
    snowi_ws_consumer_sleeps = true;
}

/* What a peer compressed may be a thousand times what was read, so it is counted before all of that is parsed. */
static void on_message(void *user, uint8_t opcode, const uint8_t *bytes, size_t len) {
    snowi_ws_connection *c = user;
    if (!snowi_ws_keeps_to_rate(c)) {
        snow_wsp_fail(&c->ws, SNOW_WS_CLOSE_POLICY, RATE_LIMIT, sizeof RATE_LIMIT - 1, c->fed_at, &snowi_ws_handler, c);
        return;
    }
    deliver(c, opcode == SNOW_WS_TEXT ? SNOW_WSCONN_TEXT : SNOW_WSCONN_BINARY, bytes, len);
    c->fed_messages++;
    c->fed_bytes += len;
    if (c->deflate != NULL && c->fed_bytes >= INFLATED_AT_ONCE) snow_wsp_hold(&c->ws);
}

static void on_write(void *user, const uint8_t *bytes, size_t len) {
    snowi_ws_connection *c = user;
    snowi_ws_acquire(&c->slot->lock);
    if (!c->gone) {
        if (snowi_ws_append(&c->out, NULL, 0, bytes, len)) c->control += (uint32_t)len;
        else c->flags |= SNOW_WSCONN_ABORT;
    }
    snowi_ws_mark(c->slot);
    snowi_ws_free(&c->slot->lock);
}

static void on_closed(void *user, uint16_t code, const uint8_t *reason, size_t len) {
    snowi_ws_connection *c = user;
    c->end_code = code;
    c->end_len = (uint16_t)len;
    memcpy(c->end_reason, reason, len);
    c->flags |= SNOW_WSCONN_ENDED;
    snowi_ws_acquire(&c->slot->lock);
    c->open = false;
    snowi_ws_mark(c->slot);
    snowi_ws_free(&c->slot->lock);
}

const snow_wsp_handler snowi_ws_handler = {on_message, on_write, on_closed, snowi_ws_inflate, snowi_ws_inflated};

/* ---- the loop's calls -------------------------------------------------------------------------------------- */

snow_wsconn snow_wsconn_open(const snow_wsconn_options *options, uint64_t word, const uint8_t *request, size_t len,
                             uint64_t now) {
    snowi_ws_connection *c = new_lines(sizeof *c);
    snowi_ws_slot *slot = c != NULL && snowi_ws_heap_reserve() ? take_slot() : NULL;
    if (slot == NULL) {
        free(c);
        return 0;
    }
    snow_wsp_init(&c->ws, &options->ws, now);
    c->slot = slot;
    c->handle = slot->generation << INDEX_BITS | slot->index;
    c->word = word;
    c->send_buffer = options->send_buffer;
    c->inbound_bytes = options->inbound_bytes;
    c->inbound_messages = options->inbound_messages;
    c->rate_messages = options->rate_messages;
    c->rate_ms = options->rate_ms;
    c->linger = UINT64_MAX;
    c->open = true;
    snowi_ws_acquire(&slot->lock);
    slot->connection = c;
    snowi_ws_free(&slot->lock);
    connections++;
    snowi_ws_heap_add(c);
    deliver(c, SNOW_WSCONN_CONNECT, request, len);
    return c->handle;
}

static bool is_behind(const snowi_ws_connection *c, uint64_t part) {
    return c->messages * (int64_t)part >= (int64_t)c->inbound_messages ||
           c->bytes * (int64_t)part >= (int64_t)c->inbound_bytes;
}

bool snowi_ws_may_resume(const snowi_ws_connection *c) { return c->paused && (!c->open || !is_behind(c, 2)); }

/* Counts what a feed delivered, and stops reading when the consumer has not taken enough of it. Whether it is
 * stopped. */
static bool count_inbound(snowi_ws_connection *c) {
    snowi_ws_acquire(&c->slot->lock);
    c->messages += c->fed_messages;
    c->bytes += c->fed_bytes;
    if (c->open && !c->paused && is_behind(c, 1)) {
        c->paused = true;
        c->flags = c->flags & SNOW_WSCONN_RESUME ? c->flags & ~SNOW_WSCONN_RESUME : c->flags | SNOW_WSCONN_PAUSE;
        snow_wsp_suspend(&c->ws);
        snowi_ws_mark(c->slot);
    }
    bool paused = c->paused;
    snowi_ws_free(&c->slot->lock);
    c->fed_messages = 0;
    c->fed_bytes = 0;
    return paused;
}

void snowi_ws_feed(snowi_ws_connection *c, uint8_t *bytes, size_t len, uint64_t now) {
    snow_wsp_status before = c->ws.status;
    c->fed_at = now;
    size_t at = 0;
    bool paused;
    do {
        snow_wsp_feed(&c->ws, bytes + at, len - at, now, &snowi_ws_handler, c);
        at += c->ws.taken;
        paused = c->fed_messages != 0 && count_inbound(c);
    } while (at < len && !paused);
    if (at < len) snowi_ws_keep(c, bytes + at, len - at);
    if (c->ws.status != before) snowi_ws_touch(c);
    snowi_ws_reschedule(c, now);
}

int snow_wsconn_feed(snow_wsconn handle, uint8_t *bytes, size_t len, uint64_t now) {
    snowi_ws_connection *c = snowi_ws_find(handle);
    if (c == NULL) return -1;
    snowi_ws_note_traffic(len, now);
    if (snowi_ws_has_kept(c)) snowi_ws_keep(c, bytes, len);
    else snowi_ws_feed(c, bytes, len, now);
    return 0;
}

void snowi_ws_touch(snowi_ws_connection *c) {
    snowi_ws_acquire(&c->slot->lock);
    snowi_ws_mark(c->slot);
    snowi_ws_free(&c->slot->lock);
}

void snowi_ws_flushed(snowi_ws_connection *c, uint64_t now) {
    c->ping_queued = false;
    if (!c->ws.ping_held) return;
    snow_wsp_release_ping(&c->ws, now);
    snowi_ws_reschedule(c, now);
}

void snow_wsconn_blocked(snow_wsconn handle, bool blocked, uint64_t now) {
    snowi_ws_connection *c = snowi_ws_find(handle);
    if (c == NULL) return;
    snowi_ws_acquire(&c->slot->lock);
    c->blocked = blocked;
    size_t undeflated = snowi_ws_undeflated(c);
    c->handed = (blocked ? c->handing : 0) + undeflated;
    bool is_empty = c->out.len + undeflated == 0;
    snowi_ws_mark(c->slot);
    snowi_ws_free(&c->slot->lock);
    if (blocked) {
        snow_wsp_block(&c->ws);
        if (c->ping_queued) snow_wsp_hold_ping(&c->ws);
    } else {
        snow_wsp_unblock(&c->ws, &snowi_ws_handler, c);
        if (is_empty) snowi_ws_flushed(c, now);
    }
    snowi_ws_reschedule(c, now);
}

void snow_wsconn_lost(snow_wsconn handle) {
    snowi_ws_connection *c = snowi_ws_find(handle);
    if (c == NULL || c->gone) return;
    c->gone = true;
    snow_wsp_end_of_stream(&c->ws, &snowi_ws_handler, c);
    if (c->finished) snowi_ws_release(c);
}

void snow_wsconn_finish(snow_wsconn handle) {
    snowi_ws_connection *c = snowi_ws_find(handle);
    if (c == NULL || c->finished) return;
    uint8_t entry[2 + SNOW_WS_MAX_REASON] = {(uint8_t)(c->end_code >> 8), (uint8_t)c->end_code};
    memcpy(entry + 2, c->end_reason, c->end_len);
    c->finished = true;
    snowi_ws_acquire(&c->slot->lock);
    c->dead = true;
    struct snowi_ws_rooms *rooms = c->rooms;
    c->rooms = NULL;
    snowi_ws_free(&c->slot->lock);
    snowi_ws_leave_rooms(handle, rooms);
    deliver(c, SNOW_WSCONN_DISCONNECT, entry, 2 + (size_t)c->end_len);
    if (c->gone) snowi_ws_release(c);
}
