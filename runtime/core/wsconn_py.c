/* Doors for CPython: functions that the event loop calls as Python methods, without a Python frame.
 *
 * `PyCFunction_NewEx` makes a Python callable from a method definition like the ones below, so a read event goes
 * from the transport straight into the core. The core is not linked to Python: the few functions needed are
 * handed in as addresses, all of the stable interface. Everything here runs on the loop's thread, which holds
 * the interpreter lock. Objects are opaque; `object` stands for `PyObject *`.
 */
#define _GNU_SOURCE
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

uint64_t snow_wspy_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

#pragma GCC visibility pop

static bool scheduled; /* a drain is under way already */

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

/* Gives the output of one connection to the `write` of its transport; errors are those of a transport that has
 * gone, which is reported in its own way. */
static void write_out(object writers, const snow_wsconn_work *work, uint64_t now) {
    if (work->len != 0) {
        object bytes = snow_wspy_python.bytes_from((const char *)work->bytes, (ptrdiff_t)work->len);
        object write = snow_wspy_python.list_item(writers, work->index);
        if (bytes != NULL && write != NULL) finish_call(snow_wspy_python.call_one(write, bytes));
        else snow_wspy_python.clear_error();
        if (bytes != NULL) snow_wspy_python.dec_ref(bytes);
    }
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

struct snow_wspy_method snow_wspy_get_buffer = {"get_buffer", get_buffer, METH_O, NULL};
struct snow_wspy_method snow_wspy_buffer_updated = {"buffer_updated", buffer_updated, METH_O, NULL};
struct snow_wspy_method snow_wspy_drain_scheduled = {"drain_scheduled", drain_scheduled, METH_NOARGS, NULL};
struct snow_wspy_method snow_wspy_drain_woken = {"drain_woken", drain_woken, METH_NOARGS, NULL};

#pragma GCC visibility pop
