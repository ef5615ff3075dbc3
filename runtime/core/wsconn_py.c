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

#include "wsconn_internal.h"

typedef void *object;

/* Filled by `snowrt.services.ws_core`, in this order. */
typedef struct python {
    unsigned long long (*as_unsigned)(object);
    object (*from_unsigned)(unsigned long long);
    object (*bytes_from)(const char *, ptrdiff_t);
    object (*list_item)(object, ptrdiff_t); /* borrowed */
    object (*call_one)(object, object);
    object (*call_none)(object);
    void (*clear_error)(void);
    void (*inc_ref)(object);
    void (*dec_ref)(object);
    object none;
    object schedule; /* arranges for a drain soon; called without arguments */
    object obey;     /* called with the number of events that a drain left */
} python;

enum { METH_NOARGS = 4, METH_O = 8, READ_SIZE = 256 << 10, BATCH = 64 };

typedef struct event {
    snow_wsconn conn;
    uint32_t index, flags;
} event;

#pragma GCC visibility push(default)

struct snow_wspy_method {
    const char *name;
    object (*function)(object, object);
    int flags;
    const char *doc;
};

python snow_wspy_python;
uint8_t snow_wspy_buffer[READ_SIZE]; /* what the transports read into */
event snow_wspy_events[BATCH];       /* what a drain leaves for Python to do */

/* Coarse: some milliseconds do not matter, and it is read with every event. */
uint64_t snow_wspy_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

#pragma GCC visibility pop

static bool scheduled; /* a drain is under way already */
static int *sockets;   /* by index; -1 where the transport does the writing */
static uint32_t n_sockets;

static void finish_call(object result) {
    if (result != NULL) snow_wspy_python.dec_ref(result);
    else snow_wspy_python.clear_error();
}

static void schedule(void) {
    if (scheduled || !snow_wsconn_has_work()) return;
    scheduled = true;
    finish_call(snow_wspy_python.call_none(snow_wspy_python.schedule));
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

/* buffer_updated(count); bound to the handle as an int. */
static object buffer_updated(object handle, object count) {
    size_t len = snow_wspy_python.as_unsigned(count);
    snow_wsconn_feed(snow_wspy_python.as_unsigned(handle), snow_wspy_buffer, len, snow_wspy_now());
    schedule();
    return nothing();
}

/* What the socket itself takes, if it is known. A transport that is not blocked holds nothing that would have
 * to go first. */
static size_t send_directly(const snow_wsconn_work *work) {
    int fd = work->index < n_sockets ? sockets[work->index] : -1;
    if (fd < 0 || work->len == 0) return 0;
    ssize_t n = send(fd, work->bytes, work->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    return n > 0 ? (size_t)n : 0;
}

/* Gives bytes to the `write` of a transport; errors are those of one that has gone, which is reported in its own
 * way. */
static void give_to_transport(object writers, uint32_t index, const uint8_t *bytes, size_t len) {
    object copy = snow_wspy_python.bytes_from((const char *)bytes, (ptrdiff_t)len);
    object write = snow_wspy_python.list_item(writers, index);
    if (copy != NULL && write != NULL) finish_call(snow_wspy_python.call_one(write, copy));
    else snow_wspy_python.clear_error();
    if (copy != NULL) snow_wspy_python.dec_ref(copy);
}

static void write_out(object writers, const snow_wsconn_work *work, uint64_t now) {
    size_t sent = send_directly(work);
    if (sent < work->len) give_to_transport(writers, work->index, work->bytes + sent, work->len - sent);
    snow_wsconn_written(work, now);
}

static void report_events(size_t count) {
    if (count == 0) return;
    object number = snow_wspy_python.from_unsigned(count);
    if (number != NULL) finish_call(snow_wspy_python.call_one(snow_wspy_python.obey, number));
    if (number != NULL) snow_wspy_python.dec_ref(number);
}

/* Writes everything there is, then lets Python do what connections want of the loop besides. */
static object drain(object writers, bool woken) {
    size_t n;
    snow_wsconn_work work[BATCH];
    uint64_t now = snow_wspy_now();
    scheduled = true; /* what a write calls need not ask again */
    do {
        size_t events = 0;
        n = snow_wsconn_drain(work, BATCH, woken, now);
        woken = false;
        for (size_t i = 0; i < n; i++) {
            if (work[i].flags != 0) snow_wspy_events[events++] = (event){work[i].conn, work[i].index, work[i].flags};
            write_out(writers, &work[i], now);
        }
        report_events(events);
    } while (n == BATCH);
    scheduled = false;
    schedule();
    return nothing();
}

/* drain() when it was scheduled, and when the descriptor is readable; bound to the list of writers. */
static object drain_scheduled(object writers, object unused) {
    (void)unused;
    return drain(writers, false);
}

static object drain_woken(object writers, object unused) {
    (void)unused;
    return drain(writers, true);
}

#pragma GCC visibility push(default)

/* Names the socket below a connection's transport, while it is one that plain bytes can be sent to; -1 takes that
 * back, before the transport closes it. */
void snow_wspy_set_socket(uint32_t index, int fd) {
    if (index >= n_sockets) {
        uint32_t count = 2 * index + 64;
        int *grown = realloc(sockets, count * sizeof *grown);
        if (grown == NULL) return;
        for (uint32_t i = n_sockets; i < count; i++) grown[i] = -1;
        sockets = grown;
        n_sockets = count;
    }
    sockets[index] = fd;
}

struct snow_wspy_method snow_wspy_get_buffer = {"get_buffer", get_buffer, METH_O, NULL};
struct snow_wspy_method snow_wspy_buffer_updated = {"buffer_updated", buffer_updated, METH_O, NULL};
struct snow_wspy_method snow_wspy_drain_scheduled = {"drain_scheduled", drain_scheduled, METH_NOARGS, NULL};
struct snow_wspy_method snow_wspy_drain_woken = {"drain_woken", drain_woken, METH_NOARGS, NULL};

#pragma GCC visibility pop
