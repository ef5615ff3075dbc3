/* Doors for CPython: functions that the event loop calls as Python methods, without a Python frame.
 *
 * `PyCFunction_NewEx` makes a Python callable from a method definition like the ones below, so a read event goes
 * from the transport straight into the core. The core is not linked to Python: the few functions needed are
 * handed in as addresses, all of the stable interface. Everything here runs on the loop's thread, which holds
 * the interpreter lock. Objects are opaque; `object` stands for `PyObject *`.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "wsconn_py.h"

typedef snowi_object object;

enum { BATCH = 64 };

/* A loop reads a socket again and again while there is as much as the buffer holds. For so long at most. */
#define STRETCH_NS UINT64_C(2000000)

typedef struct event {
    snow_wsconn conn;
    uint32_t index, flags;
} event;

#pragma GCC visibility push(default)

snowi_python snow_wspy_python;
uint8_t snow_wspy_buffer[SNOWI_READ_SIZE];
event snow_wspy_events[BATCH];       /* what a drain leaves for Python to do */

/* Coarse: some milliseconds do not matter, and it is read with every event. */
uint64_t snow_wspy_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

#pragma GCC visibility pop

static bool scheduled; /* a drain is under way already */
static snowi_channel *channels; /* by index */
static uint32_t n_channels;

snowi_channel *snowi_wspy_channel(uint32_t index) { return index < n_channels ? &channels[index] : NULL; }

void snowi_wspy_finish(object result) {
    if (result != NULL) snow_wspy_python.dec_ref(result);
    else snow_wspy_python.clear_error();
}

void snowi_wspy_schedule(void) {
    if (scheduled || !snow_wsconn_has_work()) return;
    scheduled = true;
    snowi_wspy_finish(snow_wspy_python.call_none(snow_wspy_python.schedule));
}

static object nothing(void) {
    snow_wspy_python.inc_ref(snow_wspy_python.none);
    return snow_wspy_python.none;
}

/* get_buffer(hint) of every connection; bound to the view of the buffer. */
static object get_buffer(object view, object hint) {
    (void)hint;
    snow_wspy_python.inc_ref(view);
    return view;
}

static uint64_t precise_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* A full buffer: there is more, and whoever sends that much must not keep the loop from the others. */
static void take_full(snow_wsconn conn, object handle, snowi_feeder *feed) {
    static snow_wsconn last;
    static uint64_t spent;
    uint64_t began = precise_now();
    feed(conn, SNOWI_READ_SIZE);
    spent = precise_now() - began + (last == conn ? spent : 0);
    last = conn;
    if (spent < STRETCH_NS) return;
    last = 0;
    snowi_wspy_finish(snow_wspy_python.call_one(snow_wspy_python.give_way, handle));
}

object snowi_wspy_take(object handle, object count, snowi_feeder *feed) {
    size_t len = snow_wspy_python.as_unsigned(count);
    snow_wsconn conn = snow_wspy_python.as_unsigned(handle);
    if (len == SNOWI_READ_SIZE) take_full(conn, handle, feed);
    else feed(conn, len);
    snowi_wspy_schedule();
    return nothing();
}

static void feed_plain(snow_wsconn conn, size_t len) {
    snow_wsconn_feed(conn, snow_wspy_buffer, len, snow_wspy_now());
}

/* buffer_updated(count); bound to the handle as an int. */
static object buffer_updated(object handle, object count) { return snowi_wspy_take(handle, count, feed_plain); }

/* ---- compression: three Python functions for each connection that has it ---- */

typedef struct codec {
    object inflate;      /* bytes; bytes, or an int that is a close code */
    object deflate_part; /* bytes; ignored */
    object deflate_last; /* bytes; bytes, or None for a message that is to be sent as it is */
} codec;

static object given; /* what a codec gave last, until it is dropped */

static object call_with_bytes(object function, const uint8_t *bytes, size_t len) {
    object copy = snow_wspy_python.bytes_from((const char *)bytes, (ptrdiff_t)len);
    object result = copy != NULL ? snow_wspy_python.call_one(function, copy) : NULL;
    if (copy != NULL) snow_wspy_python.dec_ref(copy);
    if (result == NULL) snow_wspy_python.clear_error();
    return result;
}

/* Lends the bytes of the object, which it takes over; false if it is something else. */
static bool give(object result, snow_wsp_bytes *bytes) {
    char *data;
    ptrdiff_t len;
    given = result;
    if (snow_wspy_python.bytes_of(result, &data, &len) == 0) {
        *bytes = (snow_wsp_bytes){(const uint8_t *)data, (size_t)len};
        return true;
    }
    snow_wspy_python.clear_error();
    return false;
}

static void drop_given(void *state) {
    (void)state;
    if (given != NULL) snow_wspy_python.dec_ref(given);
    given = NULL;
}

static uint16_t inflate(void *state, const uint8_t *bytes, size_t len, snow_wsp_bytes *plain) {
    object result = call_with_bytes(((codec *)state)->inflate, bytes, len);
    if (result == NULL) return SNOW_WS_CLOSE_INTERNAL;
    return give(result, plain) ? 0 : (uint16_t)snow_wspy_python.as_unsigned(result);
}

static bool deflate(void *state, const uint8_t *bytes, size_t len, bool last, snow_wsp_bytes *deflated) {
    const codec *c = state;
    object result = call_with_bytes(last ? c->deflate_last : c->deflate_part, bytes, len);
    if (result == NULL) return false;
    if (!last || result == snow_wspy_python.none) {
        snow_wspy_python.dec_ref(result);
        return true;
    }
    bool done = give(result, deflated);
    if (!done) drop_given(state);
    return done;
}

static void forget_codec(void *state) {
    codec *c = state;
    snow_wspy_python.dec_ref(c->inflate);
    snow_wspy_python.dec_ref(c->deflate_part);
    snow_wspy_python.dec_ref(c->deflate_last);
    free(c);
}

#pragma GCC visibility push(default)

/* Both directions of a connection go through these functions from now on. False when there is no such connection
 * or no memory. */
bool snow_wspy_compress(snow_wsconn conn, object inflate_function, object part_function, object last_function) {
    static const snow_wsconn_codec python_codec = {inflate, deflate, drop_given, forget_codec};
    codec *c = malloc(sizeof *c);
    if (c == NULL) return false;
    *c = (codec){inflate_function, part_function, last_function};
    if (!snow_wsconn_compress(conn, &python_codec, c)) {
        free(c);
        return false;
    }
    snow_wspy_python.inc_ref(inflate_function);
    snow_wspy_python.inc_ref(part_function);
    snow_wspy_python.inc_ref(last_function);
    return true;
}

#pragma GCC visibility pop

/* ---- output -------------------------------------------------------------- */

/* A transport that is not blocked holds nothing that would have to go first. */
size_t snowi_wspy_send(int fd, const void *bytes, size_t len) {
    if (fd < 0 || len == 0) return 0;
    ssize_t n = send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    return n > 0 ? (size_t)n : 0;
}

/* Errors are those of a transport that has gone, which is reported in its own way. */
void snowi_wspy_give(uint32_t index, const uint8_t *bytes, size_t len) {
    object copy = snow_wspy_python.bytes_from((const char *)bytes, (ptrdiff_t)len);
    object write = snow_wspy_python.list_item(snow_wspy_python.writers, index);
    if (copy != NULL && write != NULL) snowi_wspy_finish(snow_wspy_python.call_one(write, copy));
    else snow_wspy_python.clear_error();
    if (copy != NULL) snow_wspy_python.dec_ref(copy);
}

static void write_plain(const snow_wsconn_work *work, int fd) {
    size_t sent = snowi_wspy_send(fd, work->bytes, work->len);
    if (sent < work->len) snowi_wspy_give(work->index, work->bytes + sent, work->len - sent);
}

static void write_out(const snow_wsconn_work *work, uint64_t now) {
    const snowi_channel *channel = snowi_wspy_channel(work->index);
    snowi_ws_note_traffic(work->len, now);
    if (channel != NULL && channel->tls.read != NULL) snowi_wspy_write_tls(work->index, channel, work->bytes, work->len);
    else write_plain(work, channel == NULL ? -1 : channel->fd);
    snow_wsconn_written(work, now);
}

static void report_events(size_t count) {
    if (count == 0) return;
    object number = snow_wspy_python.from_unsigned(count);
    if (number != NULL) snowi_wspy_finish(snow_wspy_python.call_one(snow_wspy_python.obey, number));
    if (number != NULL) snow_wspy_python.dec_ref(number);
}

/* Writes everything there is, then lets Python do what connections want of the loop besides. */
static object drain(bool woken) {
    size_t n;
    snow_wsconn_work work[BATCH];
    uint64_t now = snow_wspy_now(), until = precise_now() + STRETCH_NS;
    scheduled = true; /* what a write calls need not ask again */
    do {
        size_t events = 0;
        n = snow_wsconn_drain(work, BATCH, woken, now);
        woken = false;
        for (size_t i = 0; i < n; i++) {
            if (work[i].flags != 0) snow_wspy_events[events++] = (event){work[i].conn, work[i].index, work[i].flags};
            write_out(&work[i], now);
        }
        report_events(events);
    } while (n == BATCH && !snow_wsconn_is_tired() && precise_now() < until);
    scheduled = false;
    snowi_wspy_schedule();
    return nothing();
}

/* drain() when it was scheduled, and when the descriptor is readable. */
static object drain_scheduled(object unused, object none) {
    (void)unused, (void)none;
    return drain(false);
}

static object drain_woken(object unused, object none) {
    (void)unused, (void)none;
    return drain(true);
}

#pragma GCC visibility push(default)

/* Names the socket below a connection's transport, so that bytes can be sent to it directly, and what turns them
 * into TLS (zeroes for none). -1 takes that back, before the transport closes it. */
void snow_wspy_set_channel(uint32_t index, int fd, const snowi_tls *tls) {
    if (index >= n_channels) {
        uint32_t count = 2 * index + 64;
        snowi_channel *grown = realloc(channels, count * sizeof *grown);
        if (grown == NULL) return;
        for (uint32_t i = n_channels; i < count; i++) grown[i] = (snowi_channel){.fd = -1};
        channels = grown;
        n_channels = count;
    }
    channels[index] = (snowi_channel){fd, *tls};
}

struct snow_wspy_method snow_wspy_get_buffer = {"get_buffer", get_buffer, SNOWI_METH_O, NULL};
struct snow_wspy_method snow_wspy_buffer_updated = {"buffer_updated", buffer_updated, SNOWI_METH_O, NULL};
struct snow_wspy_method snow_wspy_drain_scheduled = {"drain_scheduled", drain_scheduled, SNOWI_METH_NOARGS, NULL};
struct snow_wspy_method snow_wspy_drain_woken = {"drain_woken", drain_woken, SNOWI_METH_NOARGS, NULL};

#pragma GCC visibility pop
