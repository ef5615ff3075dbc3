/* WebSocket connections between the event loop that owns their sockets and the processes that own their
 * meaning.
 *
 * One thread, the *loop*, reads and writes sockets. It hands every read to `snow_wsconn_feed` in one call,
 * which parses all frames in it and gives each complete message to the *consumer*; `snow_wsconn_drain` gives
 * it, in one call, the output of all connections that have some. Any other thread may send and close; what it
 * sends waits in the connection's buffer, and the loop is woken once for a batch (`snow_wsconn_wake_loop`).
 *
 * Nothing here knows sockets, Python or the scheduler. Times are milliseconds of a monotonic clock.
 */
#ifndef SNOW_WSCONN_H
#define SNOW_WSCONN_H

#include "snow_ws.h"

#pragma GCC visibility push(default)

/* A connection's handle: opaque, never 0. Once its connection has ended every function refuses it, for ever. */
typedef uint64_t snow_wsconn;

/* Times and limits of a connection, fixed when it opens. */
typedef struct snow_wsconn_options {
    snow_wsp_options ws;
    uint64_t send_buffer;      /* bytes that may wait to be written: 1 MiB */
    uint64_t inbound_bytes;    /* bytes that may wait to be taken: 32 MiB */
    uint64_t inbound_messages; /* messages that may wait to be taken: 64 */
    uint64_t rate_messages;    /* messages that may come at once, and again in every `rate_ms`; 0 for no limit */
    uint64_t rate_ms;
} snow_wsconn_options;

snow_wsconn_options snow_wsconn_default_options(void);

/* ---- the consumer: who the messages are for ---------------------------------------------------------- */

/* The kinds of mailbox entries that frames become (CON-3). */
enum {
    SNOW_WSCONN_TEXT = 10,
    SNOW_WSCONN_BINARY = 11,
    SNOW_WSCONN_DISCONNECT = 12, /* last of a connection; bytes: code (2, big-endian), then the reason */
    SNOW_WSCONN_CONNECT = 13,    /* first; bytes: what `open` was given about the request */
};

/* All are called on the loop's thread. `word` is a word of the consumer's own per connection, which begins as
 * the one given to `open`. A consumer that takes messages away later reports it with `snow_wsconn_taken`. */
typedef struct snow_wsconn_consumer {
    void *state;
    /* One entry, in the order of the wire. The bytes are valid during the call only. */
    void (*deliver)(void *state, snow_wsconn conn, uint64_t *word, int kind, const uint8_t *bytes, size_t len);
    /* After a batch of deliveries. */
    void (*wake)(void *state);
    /* A send that found the buffer full may be tried again. */
    void (*room)(void *state, snow_wsconn conn, uint64_t word);
    /* A server begins; `callbacks` are function and environment of on_connect, on_message and on_close. The word
     * for its connections. `unserve`: it has stopped and its last connection is finished with. */
    uint64_t (*serve)(void *state, void *const callbacks[6]);
    void (*unserve)(void *state, uint64_t word);
} snow_wsconn_consumer;

void snow_wsconn_set_consumer(const snow_wsconn_consumer *consumer);
/* A consumer for tests and benchmarks that sends every message back: at once, or from a thread of its own. */
void snow_wsconn_use_echo(bool from_thread);

/* ---- the codec: permessage-deflate, which is done elsewhere (RFC 7692) --------------------------------- */

/* All are called on the loop's thread, without locks; none calls the table. `state` is that of one connection. */
typedef struct snow_wsconn_codec {
    /* As `inflate` of `snow_wsp_handler`. */
    uint16_t (*inflate)(void *state, const uint8_t *bytes, size_t len, snow_wsp_bytes *plain);
    /* Takes a part of a message's payload; with the last one `deflated` is set to all of the compressed message,
     * or to no bytes if it is to be sent as it is. False when that failed. */
    bool (*deflate)(void *state, const uint8_t *bytes, size_t len, bool last, snow_wsp_bytes *deflated);
    /* What `inflate` or `deflate` gave is no longer needed. */
    void (*drop)(void *state);
    /* The connection is gone. */
    void (*forget)(void *state);
} snow_wsconn_codec;

/* ---- for any thread ------------------------------------------------------------------------------------ */

enum { SNOW_WSCONN_REFUSED = -1, SNOW_WSCONN_ACCEPTED = 0, SNOW_WSCONN_FULL = 1 };

/* Appends one message to the output. FULL: nothing was taken, `room` will be called once. REFUSED: the
 * connection is closing or has ended, or the text is not UTF-8. The caller sees to `snow_wsconn_wake_loop`. */
int snow_wsconn_send(snow_wsconn conn, int opcode, const uint8_t *bytes, size_t len);
/* Starts the closing handshake behind the output that waits. 0, or -1: closing already, or not allowed.
 * `_fail` is for the runtime: the ending is reported at once instead of after the peer's answer. */
int snow_wsconn_close(snow_wsconn conn, uint16_t code, const uint8_t *reason, size_t len);
int snow_wsconn_fail(snow_wsconn conn, uint16_t code, const uint8_t *reason, size_t len);
bool snow_wsconn_is_open(snow_wsconn conn);
/* Bytes that wait to be written; -1 for a dead handle. */
int64_t snow_wsconn_buffered(snow_wsconn conn);
/* Shows the consumer's word of a connection that has not ended, during the call; false for a dead handle. The
 * connection is locked meanwhile: `look` is short and calls nothing of this file. */
bool snow_wsconn_visit(snow_wsconn conn, void (*look)(void *state, uint64_t word), void *state);
/* The consumer has used up so many messages: reading goes on when half of the limit is free (CON-9). */
void snow_wsconn_taken(snow_wsconn conn, uint64_t messages, uint64_t bytes);
/* Wakes the loop if there is something for it and nobody woke it yet. To be called by every thread that sent,
 * closed or took something before it sleeps or turns to something long; best once for many sends. */
void snow_wsconn_wake_loop(void);

/* ---- rooms, for any thread ------------------------------------------------------------------------------- */

/* Names are 1 to 1,024 bytes of UTF-8. A room is there while it has members, and a connection leaves its rooms
 * before the consumer gets its last entry. 0, or -1: a dead handle, a bad name, no memory. */
int snow_wsconn_join(snow_wsconn conn, const uint8_t *name, size_t len);
int snow_wsconn_leave(snow_wsconn conn, const uint8_t *name, size_t len);
/* Queues a text message for all members but `except` (0: for all). How many it could not be queued for: their
 * output was full, and they are closed with 1013; members that close already do not count. -1: a bad name, or text
 * that is not UTF-8. Never waits for a client. The caller sees to `snow_wsconn_wake_loop`. */
int64_t snow_wsconn_broadcast(const uint8_t *name, size_t name_len, const uint8_t *bytes, size_t len,
                              snow_wsconn except);
int64_t snow_wsconn_members(const uint8_t *name, size_t len);
/* The names of the rooms that a connection is in, in no order: for each its length (two bytes, as the machine has
 * them), then its bytes. What does not fit in `room` is left out; the bytes that all of them need. */
size_t snow_wsconn_rooms(snow_wsconn conn, uint8_t *to, size_t room);
/* How many rooms there are. */
int64_t snow_wsconn_rooms_open(void);

/* ---- for the loop ---------------------------------------------------------------------------------------- */

/* The descriptor that becomes readable when the loop is woken; made by the first call. -1 without descriptors. */
int snow_wsconn_event_fd(void);

/* A server begins and ends; see the consumer. */
uint64_t snow_wsconn_serve(void *const callbacks[6]);
void snow_wsconn_unserve(uint64_t word);

/* A connection whose opening handshake is done; 0 when there is no room or memory for it. */
snow_wsconn snow_wsconn_open(const snow_wsconn_options *options, uint64_t word, const uint8_t *request, size_t len,
                             uint64_t now);
/* Compression was agreed on: both directions go through this codec from now on. False, and `forget` is not called,
 * for a dead handle and without memory. */
bool snow_wsconn_compress(snow_wsconn conn, const snow_wsconn_codec *codec, void *state);
/* The bytes of one read event, unmasked in place. -1 for a dead handle. */
int snow_wsconn_feed(snow_wsconn conn, uint8_t *bytes, size_t len, uint64_t now);
/* The transport holds output that the peer does not take, or no longer does. */
void snow_wsconn_blocked(snow_wsconn conn, bool blocked, uint64_t now);
/* The transport is gone. The ending is reported by `drain`, if it was not before. */
void snow_wsconn_lost(snow_wsconn conn);
/* The loop has done what it had to do for the ending that `drain` reported: the consumer gets it now. */
void snow_wsconn_finish(snow_wsconn conn);
/* What is due by now: pings, timeouts. The time of the next thing due, UINT64_MAX without any. */
uint64_t snow_wsconn_tick(uint64_t now);
/* Whether large messages have passed and none does now: then `tidy` is worth its time. True once. */
bool snow_wsconn_has_litter(uint64_t now);
/* Gives memory that nobody uses back to the system. For any thread; it takes some milliseconds. */
void snow_wsconn_tidy(void);
/* Connections that are open or not yet finished with. */
uint64_t snow_wsconn_count(void);

enum {
    SNOW_WSCONN_PAUSE = 1,  /* stop reading */
    SNOW_WSCONN_RESUME = 2, /* read again */
    SNOW_WSCONN_ENDED = 4,  /* forget it (rooms …), then call `finish` */
    SNOW_WSCONN_SHUT = 8,   /* close the transport when everything is written */
    SNOW_WSCONN_ABORT = 16, /* close it without writing */
};

/* What one connection wants of the loop: first the bytes are to be written, then the flags obeyed in the order
 * of their values. Bytes without a capacity are lent until they are written. */
typedef struct snow_wsconn_work {
    snow_wsconn conn;
    uint8_t *bytes;
    size_t len, cap;
    uint32_t index; /* small and unique among open connections */
    uint32_t flags;
} snow_wsconn_work;

/* Whether the loop should drain: there is output, or the consumer has not been woken. */
bool snow_wsconn_has_work(void);
/* Wakes the consumer and takes work of up to `max` connections; how many. `woken`: the descriptor is readable. */
size_t snow_wsconn_drain(snow_wsconn_work *work, size_t max, bool woken, uint64_t now);
/* So much was compressed that the loop should look after its sockets before it drains what is left. */
bool snow_wsconn_is_tired(void);
/* The bytes of this work have been given to the transport; takes the buffer back. */
void snow_wsconn_written(const snow_wsconn_work *work, uint64_t now);

#pragma GCC visibility pop

#endif
