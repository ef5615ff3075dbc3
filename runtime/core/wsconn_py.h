/* What the doors for CPython know of the interpreter, and of each other. */
#ifndef SNOW_WSCONN_PY_H
#define SNOW_WSCONN_PY_H

#include "wsconn_internal.h"

/* Stands for `PyObject *`. */
typedef void *snowi_object;

/* Filled by `snowrt.services.ws_core`, in this order: functions of the interpreter, then objects. */
typedef struct snowi_python {
    unsigned long long (*as_unsigned)(snowi_object);
    snowi_object (*from_unsigned)(unsigned long long);
    snowi_object (*bytes_from)(const char *, ptrdiff_t);
    int (*bytes_of)(snowi_object, char **, ptrdiff_t *);
    snowi_object (*view_of)(char *, ptrdiff_t, int);
    snowi_object (*list_item)(snowi_object, ptrdiff_t); /* borrowed */
    snowi_object (*call_one)(snowi_object, snowi_object);
    snowi_object (*call_none)(snowi_object);
    snowi_object (*call_many)(snowi_object, const snowi_object *, size_t, snowi_object);
    snowi_object (*attribute)(snowi_object, snowi_object);
    int (*error_is)(snowi_object);
    void (*clear_error)(void);
    void (*inc_ref)(snowi_object);
    void (*dec_ref)(snowi_object);
    snowi_object none;
    snowi_object schedule;  /* arranges for a drain soon; called without arguments */
    snowi_object obey;      /* called with the number of events that a drain left */
    snowi_object give_way;  /* called with a handle whose socket is to be read on after the others */
    snowi_object writers;   /* the list of the transports' `write`, by index */
    snowi_object pending;   /* the name */
    snowi_object want_read; /* the exception: a record is not complete yet */
} snowi_python;

extern __attribute__((visibility("default"))) snowi_python snow_wspy_python;

enum { SNOWI_READ_SIZE = 64 << 10, SNOWI_METH_NOARGS = 4, SNOWI_METH_O = 8 };

/* What the transports read into. */
extern __attribute__((visibility("default"))) uint8_t snow_wspy_buffer[SNOWI_READ_SIZE];

struct snow_wspy_method {
    const char *name;
    snowi_object (*function)(snowi_object, snowi_object);
    int flags;
    const char *doc;
};

/* What makes TLS of a connection's bytes: two BIOs in memory, and methods of these and of the TLS object. Python
 * keeps them alive. `end` is called when the peer has ended the stream, or broken it: it arranges for the end, behind
 * the drain that is scheduled by then. */
typedef struct snowi_tls {
    snowi_object incoming, outgoing;
    snowi_object put, read, pending, write, take, end;
} snowi_tls;

/* How bytes reach a connection's socket. */
typedef struct snowi_channel {
    int fd; /* -1 where the transport does the writing */
    snowi_tls tls;
} snowi_channel;

/* NULL for an index that has none. */
snowi_channel *snowi_wspy_channel(uint32_t index);

uint64_t snow_wspy_now(void);
/* Ends a call whose result does not matter. */
void snowi_wspy_finish(snowi_object result);
/* Arranges for a drain soon, if there is work for one. */
void snowi_wspy_schedule(void);
/* A read event: `feed` takes so many bytes of the buffer for the connection of this handle. The result of a door. */
typedef void snowi_feeder(snow_wsconn conn, size_t len);
snowi_object snowi_wspy_take(snowi_object handle, snowi_object count, snowi_feeder *feed);
/* Sends what the socket takes at once; how much that is. */
size_t snowi_wspy_send(int fd, const void *bytes, size_t len);
/* The rest, by way of the transport. */
void snowi_wspy_give(uint32_t index, const uint8_t *bytes, size_t len);

/* ---- wsconn_tls.c ---- */

void snowi_wspy_write_tls(uint32_t index, const snowi_channel *channel, const uint8_t *bytes, size_t len);

#endif
