/* What the files of the connection table know of each other. */
#ifndef SNOW_WSCONN_INTERNAL_H
#define SNOW_WSCONN_INTERNAL_H

#include <stdatomic.h>

#include "include/snow_wsconn.h"

/* ---- wsconn_pool.c: buffers that are used for a moment, by any thread ---- */

/* A buffer of at least `size` bytes; `*cap` is what it has. NULL without memory. */
uint8_t *snowi_ws_buffer(size_t size, size_t *cap);
/* Gives it back; NULL is fine. */
void snowi_ws_give(uint8_t *buffer, size_t cap);

/* ---- wsconn_lock.c: a lock of four bytes ---- */

/* 0 free, 1 held, 2 held and somebody waits. It is held for a moment, by threads that do not park meanwhile. */
typedef _Atomic(uint32_t) snowi_ws_mutex;

void snowi_ws_acquire_slowly(snowi_ws_mutex *mutex);
void snowi_ws_wake_waiter(snowi_ws_mutex *mutex);

static inline void snowi_ws_acquire(snowi_ws_mutex *mutex) {
    uint32_t free = 0;
    if (!atomic_compare_exchange_strong_explicit(mutex, &free, 1, memory_order_acquire, memory_order_relaxed))
        snowi_ws_acquire_slowly(mutex);
}

static inline void snowi_ws_free(snowi_ws_mutex *mutex) {
    if (atomic_exchange_explicit(mutex, 0, memory_order_release) == 2) snowi_ws_wake_waiter(mutex);
}

/* ---- wsconn.c: the table ---- */

typedef struct snowi_ws_bytes {
    uint8_t *bytes; /* of the pool */
    size_t len, cap;
} snowi_ws_bytes;

/* What compression adds to a connection; the loop's. */
typedef struct snowi_ws_deflate {
    const snow_wsconn_codec *codec;
    void *state;        /* the codec's */
    snowi_ws_bytes raw; /* taken from the output: whole frames that are not compressed yet */
    size_t at;          /* where the first of them begins that is not finished */
    size_t begun;       /* bytes of its payload that the codec has got */
    snowi_ws_bytes kept; /* read, and to be parsed when reading goes on */
} snowi_ws_deflate;

typedef struct snowi_ws_slot snowi_ws_slot;

enum { SNOWI_WS_LINE = 64 /* of the cache */ };

/* A connection. What is not under the slot's lock belongs to the loop's thread. What is lies in one line of the
 * cache, because it travels between processors with every message. */
typedef struct snowi_ws_connection {
    _Alignas(SNOWI_WS_LINE) snowi_ws_bytes out;
    size_t handed; /* bytes that are not in `out` and not written: while blocked what the transport holds, at
                    * most, and always what waits to be compressed or for its turn */
    int64_t messages, bytes; /* delivered and not taken; below 0 while a feed has not counted yet */
    uint8_t *close_reason;
    uint16_t close_code; /* asked for by the program; 0 for none */
    uint8_t close_len;
    bool open : 1;    /* for senders */
    bool blocked : 1; /* output stays here */
    bool paused : 1;  /* not read because the consumer is behind */
    bool waiting : 1; /* a sender found it full */
    bool fail : 1;    /* the close asked for is to be reported at once */
    bool dead : 1;    /* the consumer has got its last entry: for other threads the connection is no more */
    uint32_t control; /* bytes of `out` that are control frames */

    /* the loop's thread alone, apart from `rooms` */
    snowi_ws_slot *slot;
    snow_wsconn handle;
    uint64_t word; /* the consumer's */
    uint64_t send_buffer, inbound_bytes, inbound_messages;
    uint64_t due;       /* its place in the heap of deadlines */
    uint64_t linger;    /* when a transport that does not close is to be cut off */
    size_t heap_at;
    uint32_t flags;     /* for the next drain */
    bool gone;          /* the transport is */
    bool finished;      /* the consumer has got its last entry */
    bool shut;          /* the transport was told to close */
    bool ping_queued;   /* a ping is in the output */
    size_t handing;     /* bytes of the output last given to the transport */
    int64_t fed_messages, fed_bytes; /* delivered by the feed that is going on */
    uint64_t fed_at;                 /* when it came */
    uint64_t rate_messages, rate_ms; /* 0 for no limit */
    uint64_t rate_used;              /* see snowi_ws_keeps_to_rate */
    snowi_ws_deflate *deflate; /* NULL: no compression */
    snowi_ws_bytes rest;       /* without compression: output taken, too much to be written at once */
    size_t rest_at;            /* how much of it has been */
    struct snowi_ws_rooms *rooms; /* under the slot's lock, see wsroom.c */
    uint16_t end_code;
    uint16_t end_len;
    uint8_t end_reason[SNOW_WS_MAX_REASON];
    snow_wsp ws;
} snowi_ws_connection;

_Static_assert(offsetof(snowi_ws_connection, slot) == SNOWI_WS_LINE, "what is shared fits one line");

/* A place in the table; its memory is never given back. */
struct snowi_ws_slot {
    _Alignas(SNOWI_WS_LINE) snowi_ws_mutex lock;
    uint32_t index;
    uint64_t generation;
    snowi_ws_connection *connection; /* NULL when free */
    snowi_ws_slot *next_dirty;
    uint32_t next_free;
    bool dirty; /* on the list of the next drain */
};

extern snow_wsconn_consumer snowi_ws_consumer;
/* The consumer has been given something since it was last woken. */
extern bool snowi_ws_consumer_sleeps;

/* The slot of a connection that has not ended, locked; NULL for a dead handle. */
snowi_ws_slot *snowi_ws_lock(snow_wsconn handle);
/* The connection, for the loop's thread, which alone ends connections. */
snowi_ws_connection *snowi_ws_find(snow_wsconn handle);
void snowi_ws_release(snowi_ws_connection *c);
/* Parses what was read. */
void snowi_ws_feed(snowi_ws_connection *c, uint8_t *bytes, size_t len, uint64_t now);
/* Puts the connection on the list for the loop. */
void snowi_ws_touch(snowi_ws_connection *c);
/* The transport has taken all output up to now. */
void snowi_ws_flushed(snowi_ws_connection *c, uint64_t now);
/* Whether a paused connection, which is locked, may be read again. */
bool snowi_ws_may_resume(const snowi_ws_connection *c);
/* The handler through which the protocol reaches its connection. */
extern const snow_wsp_handler snowi_ws_handler;

/* ---- wsconn_out.c ---- */

/* Puts the slot, which is locked, on the list for the loop. */
void snowi_ws_mark(snowi_ws_slot *slot);
/* Whether a message of so many bytes has to wait: the output of a locked connection is not empty and would be
 * over its limit. */
bool snowi_ws_is_full(const snowi_ws_connection *c, size_t len);
/* Notes a close of a locked connection that is open for the loop, whose the protocol state is. Code and reason are
 * allowed; `fail` as in snow_wsconn_fail. */
void snowi_ws_note_close(snowi_ws_connection *c, uint16_t code, const uint8_t *reason, size_t len, bool fail);
/* The output of a locked connection is about to be taken: unless all of it is control frames, data passes. */
static inline void snowi_ws_note_data(snowi_ws_connection *c, uint64_t now) {
    if (c->out.len > c->control) c->ws.last_data = now;
    c->control = 0;
}
/* Appends to the output of a locked connection; false without memory. */
bool snowi_ws_append(snowi_ws_bytes *out, const uint8_t *head, size_t head_len, const uint8_t *bytes, size_t len);

/* ---- wsconn_deflate.c: compression ---- */

/* What may still be compressed before the loop is to look after other things; see `snow_wsconn_is_tired`. */
extern size_t snowi_ws_deflate_budget;
void snowi_ws_refill_budget(void);

/* The handler's `inflate` and `drop`. */
uint16_t snowi_ws_inflate(void *user, const uint8_t *bytes, size_t len, snow_wsp_bytes *plain);
void snowi_ws_inflated(void *user);
/* Takes output of a locked connection that compresses, unlocks it, compresses what the budget allows, and locks it
 * again. Marks the slot if there is more. */
void snowi_ws_take_deflated(snowi_ws_connection *c, snow_wsconn_work *work, uint64_t now);
/* Bytes of output taken and not compressed yet, or not given to the transport yet. */
static inline size_t snowi_ws_undeflated(const snowi_ws_connection *c) {
    return c->deflate == NULL ? c->rest.len - c->rest_at : c->deflate->raw.len - c->deflate->at;
}
/* Keeps bytes that were read while the consumer is behind. */
void snowi_ws_keep(snowi_ws_connection *c, const uint8_t *bytes, size_t len);
static inline bool snowi_ws_has_kept(const snowi_ws_connection *c) {
    return c->deflate != NULL && c->deflate->kept.len != 0;
}
/* Parses them; false if there are none. */
bool snowi_ws_feed_kept(snowi_ws_connection *c, uint64_t now);
void snowi_ws_free_deflate(snowi_ws_deflate *d);

/* ---- wsroom.c ---- */

/* The connection has ended: it leaves these rooms, which were its own. No lock is held. */
void snowi_ws_leave_rooms(snow_wsconn conn, struct snowi_ws_rooms *rooms);

/* ---- wsconn_time.c: the heap of deadlines, the rate, and when to tidy up ---- */

/* So many bytes were read or written at once. */
void snowi_ws_note_traffic(size_t len, uint64_t now);

/* Counts a message that has come; false if it is one too many. */
bool snowi_ws_keeps_to_rate(snowi_ws_connection *c);

/* Makes room for one more connection; false without memory. */
bool snowi_ws_heap_reserve(void);
void snowi_ws_heap_add(snowi_ws_connection *c);
void snowi_ws_heap_remove(snowi_ws_connection *c);
/* Moves the connection forward if it is due earlier than it was. */
void snowi_ws_reschedule(snowi_ws_connection *c, uint64_t now);

#endif
