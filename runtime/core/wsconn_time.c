/* Time: deadlines of all connections, the rate of messages, and when to tidy up. Deadlines are a binary heap, the
 * earliest on top.
 *
 * A connection's place is by the earliest time at which something may be due. When it turns out that nothing
 * is, because bytes or a pong came meanwhile, it only moves back: traffic costs the heap nothing.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/random.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "wsconn_internal.h"

static snowi_ws_connection **heap;
static size_t count, capacity;

bool snowi_ws_heap_reserve(void) {
    if (count < capacity) return true;
    size_t wanted = capacity != 0 ? 2 * capacity : 64;
    snowi_ws_connection **grown = realloc(heap, wanted * sizeof *grown);
    if (grown == NULL) return false;
    heap = grown;
    capacity = wanted;
    return true;
}

static void put(size_t at, snowi_ws_connection *c) {
    heap[at] = c;
    c->heap_at = at;
}

static void sift_up(size_t at, snowi_ws_connection *c) {
    while (at > 0 && heap[(at - 1) / 2]->due > c->due) {
        put(at, heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(at, c);
}

static void sift_down(size_t at, snowi_ws_connection *c) {
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1]->due < heap[child]->due) child++;
        if (heap[child]->due >= c->due) break;
        put(at, heap[child]);
    }
    put(at, c);
}

static uint64_t due_time(const snowi_ws_connection *c) {
    return c->ws.status == SNOW_WS_DONE ? c->linger : snow_wsp_deadline(&c->ws);
}

void snowi_ws_heap_add(snowi_ws_connection *c) {
    c->due = due_time(c);
    sift_up(count++, c);
}

void snowi_ws_heap_remove(snowi_ws_connection *c) {
    snowi_ws_connection *last = heap[--count];
    if (last == c) return;
    if (last->due < c->due) sift_up(c->heap_at, last);
    else sift_down(c->heap_at, last);
}

void snowi_ws_reschedule(snowi_ws_connection *c, uint64_t now) {
    uint64_t due = due_time(c);
    if (due >= c->due) return;
    c->due = due < now ? now : due;
    sift_up(c->heap_at, c);
}

/* A bucket of `rate_messages` that fills evenly: whoever keeps to so many in any `rate_ms` is never refused, and
 * nobody gets more than twice that. Time counts in parts of a millisecond, `rate_messages` of them, so that all is
 * exact; `rate_used` is when the bucket will be full again. */
bool snowi_ws_keeps_to_rate(snowi_ws_connection *c) {
    if (c->rate_messages == 0) return true;
    uint64_t now = c->fed_at * c->rate_messages;
    uint64_t full = (c->rate_used > now ? c->rate_used : now) + c->rate_ms;
    if (full - now > c->rate_messages * c->rate_ms) return false;
    c->rate_used = full;
    return true;
}

/* Four bytes of the kernel's generator; one call of it serves many pings. */
static const uint8_t *fresh_bytes(void) {
    static uint8_t pool[256];
    static size_t used = sizeof pool;
    if (used == sizeof pool) {
        if (getrandom(pool, sizeof pool, 0) != sizeof pool) return NULL;
        used = 0;
    }
    used += 4;
    return pool + used - 4;
}

static void do_what_is_due(snowi_ws_connection *c, uint64_t now) {
    if (c->ws.status == SNOW_WS_DONE) {
        c->linger = UINT64_MAX;
        c->flags |= SNOW_WSCONN_ABORT;
        snowi_ws_touch(c);
        return;
    }
    const uint8_t *random = fresh_bytes();
    if (random == NULL) return;
    bool pinged;
    snow_wsp_status before = c->ws.status;
    snow_wsp_status status = snow_wsp_tick(&c->ws, now, random, &pinged, &snowi_ws_handler, c);
    if (pinged) {
        c->ping_queued = true;
        if (c->ws.blocked) snow_wsp_hold_ping(&c->ws);
    }
    if (status != before) snowi_ws_touch(c);
}

uint64_t snow_wsconn_tick(uint64_t now) {
    while (count != 0 && heap[0]->due <= now) {
        snowi_ws_connection *c = heap[0];
        if (due_time(c) <= now) do_what_is_due(c, now);
        uint64_t due = due_time(c);
        c->due = due <= now ? now + 1 : due;
        sift_down(c->heap_at, c);
    }
    return count != 0 ? heap[0]->due : UINT64_MAX;
}

/* ---- tidying up ---- */

enum {
    MUCH_AT_ONCE = 64 << 10, /* bytes: a part of something large */
    LITTER = 4 << 20,        /* bytes of that kind which are worth tidying up after */
    QUIET = 1000,            /* ms without any */
};

static uint64_t litter, littered_at;

void snowi_ws_note_traffic(size_t len, uint64_t now) {
    if (len < MUCH_AT_ONCE) return;
    litter += len;
    littered_at = now;
}

bool snow_wsconn_has_litter(uint64_t now) {
    bool has = litter >= LITTER && now >= littered_at + QUIET;
    if (has) litter = 0;
    return has;
}

/* The allocator of the C library keeps what messages of many MiB have left behind. */
void snow_wsconn_tidy(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
