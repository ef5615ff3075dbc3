/* The WebSocket protocol core, sans-I/O: bytes and a clock in; events and bytes out.
 *
 * Server side of RFC 6455. Nothing here knows a socket, a thread, a process or an event loop: the
 * caller hands in what it has read, together with the time, and gets complete messages and bytes to
 * write through the callbacks of `snow_wsp_handler`. The parser keeps its place between calls, so any
 * way of cutting the stream into reads gives the same events. Times are milliseconds of any
 * monotonic clock.
 */
#ifndef SNOW_WS_H
#define SNOW_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)

enum {
    SNOW_WS_CONTINUATION = 0,
    SNOW_WS_TEXT = 1,
    SNOW_WS_BINARY = 2,
    SNOW_WS_CLOSE = 8,
    SNOW_WS_PING = 9,
    SNOW_WS_PONG = 10,
};

/* Close codes by what they mean here. */
enum {
    SNOW_WS_CLOSE_GOING_AWAY = 1001,
    SNOW_WS_CLOSE_PROTOCOL = 1002,
    SNOW_WS_CLOSE_NO_STATUS = 1005, /* reported only */
    SNOW_WS_CLOSE_ABNORMAL = 1006,  /* reported only */
    SNOW_WS_CLOSE_BAD_DATA = 1007,
    SNOW_WS_CLOSE_POLICY = 1008,
    SNOW_WS_CLOSE_TOO_BIG = 1009,
    SNOW_WS_CLOSE_INTERNAL = 1011,
};

enum {
    SNOW_WS_MAX_PAYLOAD = 16 << 20, /* default limit of one frame and of one message, inclusive */
    SNOW_WS_MAX_FRAGMENTS = 131072, /* default limit of the fragments of one message */
    SNOW_WS_MAX_HEADER = 14,
    SNOW_WS_MAX_CONTROL = 125,
    SNOW_WS_MAX_REASON = 123,
};

/* ---- heartbeat (core/ws/heartbeat.c) ---------------------------------------------------------- */

typedef struct snow_wsp_heartbeat {
    uint64_t interval; /* between pings; 0 turns the heartbeat off */
    uint64_t timeout;  /* from a ping to its pong */
    uint64_t last_ping, last_pong;
    uint8_t payload[4];
    bool outstanding;
} snow_wsp_heartbeat;

void snow_wsp_heartbeat_start(snow_wsp_heartbeat *beat, uint64_t interval, uint64_t timeout, uint64_t now);
/* Whether a ping is due; the caller then sends `payload` and calls `_pinged`. */
bool snow_wsp_heartbeat_due(const snow_wsp_heartbeat *beat, uint64_t now);
void snow_wsp_heartbeat_pinged(snow_wsp_heartbeat *beat, const uint8_t payload[4], uint64_t now);
/* A pong counts only if its payload is that of the outstanding ping. */
bool snow_wsp_heartbeat_pong(snow_wsp_heartbeat *beat, const uint8_t *payload, size_t len, uint64_t now);
/* When the outstanding ping is overdue; UINT64_MAX without one. The time allowed runs from the ping, or from
 * `since` where that is later: the peer could not answer before. */
uint64_t snow_wsp_heartbeat_limit(const snow_wsp_heartbeat *beat, uint64_t since);
bool snow_wsp_heartbeat_overdue(const snow_wsp_heartbeat *beat, uint64_t now, uint64_t since);

/* ---- UTF-8, incrementally (core/ws/utf8.c) ------------------------------------------------------ */

typedef struct snow_wsp_utf8 {
    uint8_t need;      /* continuation bytes still to come */
    uint8_t low, high; /* bounds of the next one */
} snow_wsp_utf8;

/* Takes the next bytes of a text; false as soon as it cannot become valid. Start from zeroes. */
bool snow_wsp_utf8_feed(snow_wsp_utf8 *state, const uint8_t *bytes, size_t len);
static inline bool snow_wsp_utf8_complete(const snow_wsp_utf8 *state) { return state->need == 0; }

/* ---- frames (core/ws/frame.c) ------------------------------------------------------------------- */

typedef struct snow_wsp_frame {
    uint8_t opcode, rsv;
    bool fin, masked;
    uint8_t mask[4];
    uint64_t length;
} snow_wsp_frame;

/* Size of the header whose first bytes these are: 0 if that takes more than `len` bytes to tell. */
size_t snow_wsp_header_size(const uint8_t *bytes, size_t len);
/* Decodes a complete header. Returns 0, or the close code for a malformed one, with its reason. */
uint16_t snow_wsp_read_header(snow_wsp_frame *frame, const uint8_t *bytes, uint8_t allowed_rsv, const char **reason);
/* Writes the header of an unmasked frame; returns its size (2, 4 or 10). */
size_t snow_wsp_write_header(uint8_t out[10], uint8_t first_byte, uint64_t length);
/* XORs `len` bytes with the mask, beginning at byte `offset` of the payload. */
void snow_wsp_unmask(uint8_t *bytes, size_t len, const uint8_t mask[4], uint64_t offset);

/* ---- fragments (core/ws/fragment.c) -------------------------------------------------------------- */

typedef struct snow_wsp_fragments {
    uint8_t opcode; /* of the message being assembled; 0 when idle */
    bool compressed;
    uint32_t count; /* of its frames so far */
    snow_wsp_utf8 utf8;
    uint8_t *bytes; /* owned; NULL when empty */
    size_t len, cap;
} snow_wsp_fragments;

/* A complete message. The bytes belong to the assembler or to whoever passed the last part. */
typedef struct snow_wsp_message {
    uint8_t opcode; /* SNOW_WS_TEXT or SNOW_WS_BINARY; 0 when there is none yet */
    bool compressed;
    const uint8_t *bytes;
    size_t len;
} snow_wsp_message;

/* Judges the header of a data frame: 0, or a close code with its reason. Nothing is reserved yet. A compressed
 * message may be a little longer than `limit`, which is for what it stands for: data that cannot be compressed
 * grow. */
uint16_t snow_wsp_fragments_begin(snow_wsp_fragments *state, const snow_wsp_frame *frame, size_t limit,
                                  uint32_t max_count, const char **reason);
/* Adds unmasked payload of the current frame; `rest` is how much of that frame is still to come, `fin`
 * whether it is the message's last. Returns 0, or a close code with its reason; `message` then tells whether
 * the message is complete. A complete one is to be followed by `_reset` when its bytes are used up. */
uint16_t snow_wsp_fragments_take(snow_wsp_fragments *state, const uint8_t *bytes, size_t len, uint64_t rest, bool fin,
                                snow_wsp_message *message, const char **reason);
/* Drops what is there and returns to idle. */
void snow_wsp_fragments_reset(snow_wsp_fragments *state);

/* ---- closing (core/ws/close.c) ------------------------------------------------------------------- */

/* Whether the code may stand in a close frame (CL-2). */
bool snow_wsp_close_code_ok(uint16_t code);
/* Length of the longest prefix of a reason that fits a close frame and ends at a character boundary. */
size_t snow_wsp_cut_reason(const uint8_t *reason, size_t len);

typedef struct snow_wsp_close_info {
    uint16_t code; /* SNOW_WS_CLOSE_NO_STATUS for an empty payload */
    const uint8_t *reason;
    size_t reason_len;
} snow_wsp_close_info;

/* Reads the payload of a close frame: 0, or the code to fail with. */
uint16_t snow_wsp_read_close(const uint8_t *payload, size_t len, snow_wsp_close_info *info, const char **reason);

/* ---- the protocol (core/ws/protocol.c) ------------------------------------------------------------ */

typedef struct snow_wsp_bytes {
    const uint8_t *bytes;
    size_t len;
} snow_wsp_bytes;

typedef struct snow_wsp_handler {
    /* A complete message; `bytes` are valid during the call only. */
    void (*message)(void *user, uint8_t opcode, const uint8_t *bytes, size_t len);
    /* Bytes for the peer, in order; valid during the call only. */
    void (*write)(void *user, const uint8_t *bytes, size_t len);
    /* The connection has ended for the program; called exactly once, after all messages. */
    void (*closed)(void *user, uint16_t code, const uint8_t *reason, size_t reason_len);
    /* Only with `options.compression`. The payload of a compressed message, without the four bytes that end its
     * stream (RFC 7692, 7.2.2): sets `plain` to what it stands for and returns 0, or returns the close code for
     * it: SNOW_WS_CLOSE_BAD_DATA, …_TOO_BIG or …_INTERNAL. What it set is valid until `drop`, which follows. */
    uint16_t (*inflate)(void *user, const uint8_t *bytes, size_t len, snow_wsp_bytes *plain);
    void (*drop)(void *user);
} snow_wsp_handler;

typedef enum snow_wsp_status {
    SNOW_WS_OPEN = 0,    /* go on reading */
    SNOW_WS_CLOSING = 1, /* our close is out: read and discard until `snow_wsp_deadline` */
    SNOW_WS_DONE = 2,    /* write what is pending, then close the transport (reset it if `abrupt`) */
} snow_wsp_status;

/* Sizes in bytes, times in milliseconds. */
typedef struct snow_wsp_options {
    uint64_t limit;        /* SNOW_WS_MAX_PAYLOAD */
    uint64_t interval;     /* between pings: 30000; 0 for none */
    uint64_t timeout;      /* from ping to pong: 10000 */
    uint64_t close_wait;   /* for the answer to our close: 5000 */
    uint64_t idle;         /* without a data message either way: 0 for no limit */
    uint32_t max_fragments; /* SNOW_WS_MAX_FRAGMENTS */
    bool compression;      /* whether RSV1 may mark the first frame of a message (RFC 7692, 6) */
} snow_wsp_options;

typedef struct snow_wsp {
    snow_wsp_options options;
    snow_wsp_status status;
    bool abrupt;       /* DONE: nothing is owed to the peer, not even an orderly end */
    bool reported;     /* `closed` has been called */
    bool deaf;         /* the framing is lost: what comes is thrown away */
    bool in_frame;     /* a frame has begun and is not complete */
    bool in_payload;   /* its header is complete, `left` bytes of its payload are to come */
    bool held;         /* the feed that is going on is to stop behind the message it has delivered */
    bool suspended;    /* we do not read: the peer cannot be blamed for silence */
    bool blocked;      /* the peer does not read: at most one pong waits */
    bool ping_held;    /* the outstanding ping has not been handed to the transport whole */
    bool ping_met_frame; /* when it went out, a frame was partly received, and still is */
    bool pong_waiting; /* `pong` is to be sent once output flows again */
    uint8_t header_len, control_len, pong_len;
    uint8_t header[SNOW_WS_MAX_HEADER];
    snow_wsp_frame frame;
    uint64_t left;
    size_t taken; /* of the bytes last fed: all of them, unless the feed was held */
    snow_wsp_fragments fragments;
    snow_wsp_heartbeat heartbeat;
    uint64_t last_byte;      /* when bytes last arrived */
    uint64_t last_data;      /* when a data message last passed in either direction */
    uint64_t resumed;        /* when reading was last resumed */
    uint64_t answerable;     /* when the frame ended that a ping had met */
    uint64_t window_since;   /* of the speed limit for a frame partly received */
    uint64_t window_bytes;   /* received of it in that window */
    uint64_t control_since;  /* of the rate limit for control frames */
    uint32_t control_count;  /* in that window */
    uint16_t own_code;       /* of a close that the program asked for; 0 without one */
    uint64_t deadline;       /* CLOSING: when to stop waiting for the peer's close */
    uint8_t *own_reason;     /* owned */
    size_t own_reason_len;
    uint8_t control[SNOW_WS_MAX_CONTROL];
    uint8_t pong[SNOW_WS_MAX_CONTROL];
} snow_wsp;

/* The options of the specification's defaults. */
snow_wsp_options snow_wsp_default_options(void);

void snow_wsp_init(snow_wsp *ws, const snow_wsp_options *options, uint64_t now);
/* Frees what the connection holds; the struct is the caller's. */
void snow_wsp_destroy(snow_wsp *ws);

/* Takes bytes as they were read. They are unmasked in place. */
snow_wsp_status snow_wsp_feed(snow_wsp *ws, uint8_t *bytes, size_t len, uint64_t now, const snow_wsp_handler *h,
                              void *user);
/* For `message`: stops the feed that is going on. The bytes after those `taken` are to be fed later, before any
 * others. */
void snow_wsp_hold(snow_wsp *ws);
/* The transport has ended. */
void snow_wsp_end_of_stream(snow_wsp *ws, const snow_wsp_handler *h, void *user);
/* Does what the time asks for: ping, pong timeout, too slow a frame, end of the wait for a close. `random`
 * are 4 bytes of a cryptographic generator, consumed if a ping goes out (returns through `*pinged`). */
snow_wsp_status snow_wsp_tick(snow_wsp *ws, uint64_t now, const uint8_t random[4], bool *pinged,
                              const snow_wsp_handler *h, void *user);
/* When to call `snow_wsp_tick` next at the latest; UINT64_MAX when nothing is due. */
uint64_t snow_wsp_deadline(const snow_wsp *ws);

/* Starts the closing handshake for the program: -1 if one is under way, or if code or reason may not be
 * sent. It is reported when it is over, as the peer's code if both sides close at once. */
int snow_wsp_close(snow_wsp *ws, uint16_t code, const uint8_t *reason, size_t len, uint64_t now,
                   const snow_wsp_handler *h, void *user);
/* Likewise for the runtime, which reports it at once. */
int snow_wsp_fail(snow_wsp *ws, uint16_t code, const uint8_t *reason, size_t len, uint64_t now,
                  const snow_wsp_handler *h, void *user);

/* We stop and resume reading: the peer's time to answer does not run meanwhile. */
void snow_wsp_suspend(snow_wsp *ws);
void snow_wsp_resume(snow_wsp *ws, uint64_t now);
/* The transport takes no more output, or takes it again. */
void snow_wsp_block(snow_wsp *ws);
void snow_wsp_unblock(snow_wsp *ws, const snow_wsp_handler *h, void *user);
/* The outstanding ping waits behind other output (`_hold_ping`) until the transport has taken all of it. */
void snow_wsp_hold_ping(snow_wsp *ws);
void snow_wsp_release_ping(snow_wsp *ws, uint64_t now);

#pragma GCC visibility pop

#endif
