/* The way back: what processes send, and how the loop gets it.
 *
 * A connection with something for the loop is put on a list once, whatever is added to it later. The list is a
 * stack that any thread pushes on and the loop takes whole; taking it again finds what was pushed meanwhile,
 * because a slot comes off the list under its lock before its output is taken.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "wsconn_internal.h"

static _Atomic(snowi_ws_slot *) dirty;
static atomic_bool armed; /* the descriptor has been written and not read */
static int event_fd = -1;
static snowi_ws_slot *taken; /* the loop's: a list taken and not worked off */

enum {
    LINGER = 5000,           /* for a transport to close after everything was written */
    SLICE = (1 << 20) + 256, /* bytes given to a transport at once: a message of 1 MiB and a little */
};

void snowi_ws_mark(snowi_ws_slot *slot) {
    if (slot->dirty) return;
    slot->dirty = true;
    snowi_ws_slot *head = atomic_load_explicit(&dirty, memory_order_relaxed);
    do slot->next_dirty = head;
    while (!atomic_compare_exchange_weak(&dirty, &head, slot));
}

void snow_wsconn_wake_loop(void) {
    if (atomic_load(&dirty) == NULL || atomic_exchange(&armed, true)) return;
    uint64_t one = 1;
    ssize_t done;
    do done = write(event_fd, &one, sizeof one);
    while (done < 0 && errno == EINTR);
}

int snow_wsconn_event_fd(void) {
    if (event_fd < 0) event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return event_fd;
}

bool snow_wsconn_has_work(void) {
    return snowi_ws_consumer_sleeps || taken != NULL || atomic_load_explicit(&dirty, memory_order_relaxed) != NULL;
}

/* ---- sending ------------------------------------------------------------------------------------------------ */

bool snowi_ws_append(snowi_ws_bytes *out, const uint8_t *head, size_t head_len, const uint8_t *bytes, size_t len) {
    size_t wanted = out->len + head_len + len;
    if (wanted > out->cap) {
        size_t cap;
        uint8_t *grown = snowi_ws_buffer(wanted < 2 * out->cap ? 2 * out->cap : wanted, &cap);
        if (grown == NULL) return false;
        if (out->len != 0) memcpy(grown, out->bytes, out->len);
        snowi_ws_give(out->bytes, out->cap);
        out->bytes = grown;
        out->cap = cap;
    }
    if (head_len != 0) memcpy(out->bytes + out->len, head, head_len);
    if (len != 0) memcpy(out->bytes + out->len + head_len, bytes, len);
    out->len = wanted;
    return true;
}

static bool is_text(const uint8_t *bytes, size_t len) {
    snow_wsp_utf8 state = {0, 0, 0};
    return snow_wsp_utf8_feed(&state, bytes, len) && snow_wsp_utf8_complete(&state);
}

bool snowi_ws_is_full(const snowi_ws_connection *c, size_t len) {
    size_t waiting = c->out.len + c->handed;
    return waiting != 0 && waiting + len > c->send_buffer;
}

/* Puts one message on the output of a connection that is locked. */
static int queue(snowi_ws_connection *c, int opcode, const uint8_t *bytes, size_t len) {
    uint8_t head[10];
    if (!c->open) return SNOW_WSCONN_REFUSED;
    if (snowi_ws_is_full(c, len)) {
        c->waiting = true;
        return SNOW_WSCONN_FULL;
    }
    size_t head_len = snow_wsp_write_header(head, (uint8_t)(0x80 | opcode), len);
    if (!snowi_ws_append(&c->out, head, head_len, bytes, len)) return SNOW_WSCONN_REFUSED;
    snowi_ws_mark(c->slot);
    return SNOW_WSCONN_ACCEPTED;
}

int snow_wsconn_send(snow_wsconn handle, int opcode, const uint8_t *bytes, size_t len) {
    if (opcode == SNOW_WS_TEXT && !is_text(bytes, len)) return SNOW_WSCONN_REFUSED;
    snowi_ws_slot *slot = snowi_ws_lock(handle);
    if (slot == NULL) return SNOW_WSCONN_REFUSED;
    int result = queue(slot->connection, opcode, bytes, len);
    snowi_ws_free(&slot->lock);
    return result;
}

void snowi_ws_note_close(snowi_ws_connection *c, uint16_t code, const uint8_t *reason, size_t len, bool fail) {
    c->open = false;
    c->fail = fail;
    c->close_code = code;
    c->close_reason = len != 0 ? malloc(len) : NULL;
    c->close_len = c->close_reason != NULL ? (uint8_t)len : 0;
    if (c->close_len != 0) memcpy(c->close_reason, reason, len);
    snowi_ws_mark(c->slot);
}

static int ask_close(snow_wsconn handle, uint16_t code, const uint8_t *reason, size_t len, bool fail) {
    if (!snow_wsp_close_code_ok(code) || !is_text(reason, len)) return -1;
    len = snow_wsp_cut_reason(reason, len);
    snowi_ws_slot *slot = snowi_ws_lock(handle);
    if (slot == NULL) return -1;
    bool open = slot->connection->open;
    if (open) snowi_ws_note_close(slot->connection, code, reason, len, fail);
    snowi_ws_free(&slot->lock);
    return open ? 0 : -1;
}

int snow_wsconn_close(snow_wsconn handle, uint16_t code, const uint8_t *reason, size_t len) {
    return ask_close(handle, code, reason, len, false);
}

int snow_wsconn_fail(snow_wsconn handle, uint16_t code, const uint8_t *reason, size_t len) {
    return ask_close(handle, code, reason, len, true);
}

bool snow_wsconn_is_open(snow_wsconn handle) {
    snowi_ws_slot *slot = snowi_ws_lock(handle);
    if (slot == NULL) return false;
    bool open = slot->connection->open;
    snowi_ws_free(&slot->lock);
    return open;
}

int64_t snow_wsconn_buffered(snow_wsconn handle) {
    snowi_ws_slot *slot = snowi_ws_lock(handle);
    if (slot == NULL) return -1;
    int64_t waiting = (int64_t)(slot->connection->out.len + slot->connection->handed);
    snowi_ws_free(&slot->lock);
    return waiting;
}

void snow_wsconn_taken(snow_wsconn handle, uint64_t messages, uint64_t bytes) {
    snowi_ws_slot *slot = snowi_ws_lock(handle);
    if (slot == NULL) return;
    slot->connection->messages -= (int64_t)messages;
    slot->connection->bytes -= (int64_t)bytes;
    if (snowi_ws_may_resume(slot->connection)) snowi_ws_mark(slot);
    snowi_ws_free(&slot->lock);
}

/* ---- draining ------------------------------------------------------------------------------------------------ */

/* Carries out a close that a process asked for. The slot is locked, and is so again afterwards: the protocol
 * writes its frame through the handler. */
static void start_close(snowi_ws_connection *c, uint64_t now) {
    uint8_t *reason = c->close_reason;
    uint16_t code = c->close_code;
    size_t len = c->close_len;
    bool fail = c->fail;
    c->close_code = 0;
    c->close_reason = NULL;
    snowi_ws_free(&c->slot->lock);
    static const uint8_t none[1];
    const uint8_t *text = len != 0 ? reason : none;
    if (fail) snow_wsp_fail(&c->ws, code, text, len, now, &snowi_ws_handler, c);
    else snow_wsp_close(&c->ws, code, text, len, now, &snowi_ws_handler, c);
    free(reason);
    snowi_ws_acquire(&c->slot->lock);
}

/* Moves the output out of the senders' reach, when all before it is written. */
static snowi_ws_bytes move_output(snowi_ws_connection *c, uint64_t now) {
    snowi_ws_bytes out = c->out;
    snowi_ws_note_data(c, now);
    c->out = (snowi_ws_bytes){NULL, 0, 0};
    return out;
}

/* Lends a slice of output that is too much to be written at once: others come between. */
static void take_slice(snowi_ws_connection *c, snow_wsconn_work *work, uint64_t now) {
    if (c->rest.len == 0) c->rest = move_output(c, now);
    size_t left = c->rest.len - c->rest_at;
    work->bytes = c->rest.bytes + c->rest_at;
    work->len = left < SLICE ? left : SLICE;
    c->rest_at += work->len;
    c->handing = work->len;
    c->handed = left - work->len;
    if (c->handed + c->out.len != 0) snowi_ws_mark(c->slot);
}

static void take_output(snowi_ws_connection *c, snow_wsconn_work *work, uint64_t now) {
    if (c->blocked || c->gone) return;
    if (c->rest.len != 0 || c->out.len > SLICE) {
        take_slice(c, work, now);
    } else if (c->out.len != 0) {
        snowi_ws_bytes out = move_output(c, now);
        work->bytes = out.bytes;
        work->len = out.len;
        work->cap = out.cap;
        c->handing = out.len;
    }
}

/* The slice is written; the last one was all. */
static void return_slice(snowi_ws_connection *c) {
    if (c->rest_at < c->rest.len) return;
    snowi_ws_give(c->rest.bytes, c->rest.cap);
    c->rest = (snowi_ws_bytes){NULL, 0, 0};
    c->rest_at = 0;
}

/* Whether the sender that found the buffer full may try again: half of it is free. */
static bool has_room(snowi_ws_connection *c) {
    if (!c->waiting || (c->open && c->out.len + c->handed > c->send_buffer / 2)) return false;
    c->waiting = false;
    return true;
}

/* What is left to do with the transport of a connection whose protocol has ended. */
static void end_transport(snowi_ws_connection *c, bool is_empty, uint64_t now) {
    if (c->gone || c->ws.status != SNOW_WS_DONE) return;
    if (c->linger == UINT64_MAX && !c->shut) c->linger = now + LINGER;
    if (c->ws.abrupt) {
        c->flags |= SNOW_WSCONN_ABORT;
    } else if (is_empty && !c->shut) {
        c->shut = true;
        c->flags |= SNOW_WSCONN_SHUT;
    }
}

static bool drain_one(snowi_ws_slot *slot, snow_wsconn_work *work, uint64_t now) {
    snowi_ws_acquire(&slot->lock);
    snowi_ws_connection *c = slot->connection;
    if (c == NULL) {
        slot->dirty = false;
        snowi_ws_free(&slot->lock);
        return false;
    }
    *work = (snow_wsconn_work){.conn = c->handle, .index = slot->index};
    if (c->close_code != 0) start_close(c, now);
    slot->dirty = false;
    if (c->deflate == NULL) take_output(c, work, now);
    else snowi_ws_take_deflated(c, work, now);
    bool resume = snowi_ws_may_resume(c), room = has_room(c);
    bool is_empty = c->out.len + snowi_ws_undeflated(c) == 0;
    if (resume) c->paused = false;
    snowi_ws_free(&slot->lock);

    if (resume) {
        snow_wsp_resume(&c->ws, now);
        c->flags = c->flags & SNOW_WSCONN_PAUSE ? c->flags & ~SNOW_WSCONN_PAUSE : c->flags | SNOW_WSCONN_RESUME;
        if (snowi_ws_feed_kept(c, now)) is_empty = false; /* it may have answered */
    }
    if (room) snowi_ws_consumer.room(snowi_ws_consumer.state, c->handle, c->word);
    end_transport(c, is_empty, now);
    work->flags = c->flags;
    c->flags = 0;
    snowi_ws_reschedule(c, now);
    return work->bytes != NULL || work->flags != 0;
}

/* The whole list, oldest first. */
static snowi_ws_slot *take_list(void) {
    snowi_ws_slot *head = atomic_exchange(&dirty, NULL), *list = NULL;
    while (head != NULL) {
        snowi_ws_slot *next = head->next_dirty;
        head->next_dirty = list;
        list = head;
        head = next;
    }
    return list;
}

size_t snow_wsconn_drain(snow_wsconn_work *work, size_t max, bool woken, uint64_t now) {
    size_t n = 0;
    if (woken) {
        uint64_t count;
        if (read(event_fd, &count, sizeof count) > 0) atomic_store(&armed, false);
    }
    if (snowi_ws_consumer_sleeps) {
        snowi_ws_consumer_sleeps = false;
        snowi_ws_consumer.wake(snowi_ws_consumer.state);
    }
    if (taken == NULL) taken = take_list();
    if (snow_wsconn_is_tired()) snowi_ws_refill_budget();
    while (taken != NULL && n < max && !snow_wsconn_is_tired()) {
        snowi_ws_slot *slot = taken;
        taken = slot->next_dirty;
        if (drain_one(slot, &work[n], now)) n++;
    }
    return n;
}

void snow_wsconn_written(const snow_wsconn_work *work, uint64_t now) {
    snowi_ws_connection *c = snowi_ws_find(work->conn);
    if (work->cap != 0) snowi_ws_give(work->bytes, work->cap);
    else if (c != NULL && work->bytes != NULL) return_slice(c);
    if (c == NULL || work->bytes == NULL || c->ws.blocked || snowi_ws_undeflated(c) != 0) return;
    snowi_ws_flushed(c, now);
}
