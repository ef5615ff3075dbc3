/* The WebSocket protocol core, sans-I/O: bytes and a clock in; events and bytes out.
 *
 * Server side of RFC 6455. Nothing here knows a socket, a thread, a process or an event loop: the
 * caller hands in what it has read, together with the time, and gets complete messages and bytes to
 * write through the callbacks of `snow_ws_handler`. The parser keeps its place between calls, so any
 * way of cutting the stream into reads gives the same events. Times are milliseconds of any
 * monotonic clock.
 */
#ifndef SNOW_WS_H
#define SNOW_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SNOW_WS_CONTINUATION = 0,
    SNOW_WS_TEXT = 1,
    SNOW_WS_BINARY = 2,
    SNOW_WS_CLOSE = 8,
    SNOW_WS_PING = 9,
    SNOW_WS_PONG = 10,
};

enum {
    SNOW_WS_NO_STATUS = 1005,
    SNOW_WS_ABNORMAL = 1006,
    SNOW_WS_MAX_HEADER = 14,
    SNOW_WS_MAX_CONTROL = 125,
    SNOW_WS_MAX_REASON = 123,
    SNOW_WS_MAX_FRAGMENTS = 131072,
};

#define SNOW_WS_DEFAULT_LIMIT ((size_t)16 << 20) /* bytes of one frame and of one message, inclusive */

/* ---- heartbeat (core/ws/heartbeat.c) ---------------------------------------------------------- */

typedef struct snow_ws_heartbeat {
    uint64_t interval; /* between pings; 0 turns the heartbeat off */
    uint64_t timeout;  /* from a ping to its pong */
    uint64_t last_ping, last_pong;
    uint8_t payload[4];
    bool outstanding;
} snow_ws_heartbeat;

void snow_ws_heartbeat_start(snow_ws_heartbeat *beat, uint64_t interval, uint64_t timeout, uint64_t now);
/* Whether a ping is due; the caller then sends `payload` and calls `_pinged`. */
bool snow_ws_heartbeat_due(const snow_ws_heartbeat *beat, uint64_t now);
void snow_ws_heartbeat_pinged(snow_ws_heartbeat *beat, const uint8_t payload[4], uint64_t now);
/* A pong counts only if its payload is that of the outstanding ping. */
bool snow_ws_heartbeat_pong(snow_ws_heartbeat *beat, const uint8_t *payload, size_t len, uint64_t now);
/* Whether the outstanding ping is overdue; `last_byte` is 0, or the time of the last byte of a frame that
 * is partly received (the peer cannot answer inside it). */
bool snow_ws_heartbeat_overdue(const snow_ws_heartbeat *beat, uint64_t now, uint64_t last_byte);
/* The next time at which something may be due; UINT64_MAX when never. */
uint64_t snow_ws_heartbeat_next(const snow_ws_heartbeat *beat);

/* ---- UTF-8, incrementally (core/ws/utf8.c) ------------------------------------------------------ */

typedef struct snow_ws_utf8 {
    uint8_t need;      /* continuation bytes still to come */
    uint8_t low, high; /* bounds of the next one */
} snow_ws_utf8;

/* Takes the next bytes of a text; false as soon as it cannot become valid. Start from zeroes. */
bool snow_ws_utf8_feed(snow_ws_utf8 *state, const uint8_t *bytes, size_t len);
static inline bool snow_ws_utf8_complete(const snow_ws_utf8 *state) { return state->need == 0; }

/* ---- frames (core/ws/frame.c) ------------------------------------------------------------------- */

typedef struct snow_ws_frame {
    uint8_t opcode, rsv;
    bool fin, masked;
    uint8_t mask[4];
    uint64_t length;
} snow_ws_frame;

/* Size of the header whose first bytes these are: 0 if that takes more than `len` bytes to tell. */
size_t snow_ws_header_size(const uint8_t *bytes, size_t len);
/* Decodes a complete header. Returns 0, or the close code for a malformed one, with its reason. */
uint16_t snow_ws_read_header(snow_ws_frame *frame, const uint8_t *bytes, uint8_t allowed_rsv, const char **reason);
/* Writes the header of an unmasked frame; returns its size (2, 4 or 10). */
size_t snow_ws_write_header(uint8_t out[10], uint8_t first_byte, uint64_t length);
/* XORs `len` bytes with the mask, beginning at byte `offset` of the payload. */
void snow_ws_unmask(uint8_t *bytes, size_t len, const uint8_t mask[4], uint64_t offset);

/* ---- fragments (core/ws/fragment.c) -------------------------------------------------------------- */

typedef struct snow_ws_fragments {
    uint8_t opcode; /* of the message being assembled; 0 when idle */
    bool compressed;
    uint32_t count;
    snow_ws_utf8 utf8;
    uint8_t *bytes; /* owned; NULL when empty */
    size_t len, cap;
} snow_ws_fragments;

/* Judges the header of a data frame: 0, or a close code with its reason. Nothing is reserved yet. */
uint16_t snow_ws_fragments_begin(snow_ws_fragments *state, const snow_ws_frame *frame, size_t limit, const char **reason);
/* Adds unmasked payload. False when memory is exhausted. */
bool snow_ws_fragments_append(snow_ws_fragments *state, const uint8_t *bytes, size_t len);
void snow_ws_fragments_reset(snow_ws_fragments *state);

/* ---- closing (core/ws/close.c) ------------------------------------------------------------------- */

/* Whether the code may stand in a close frame (CL-2). */
bool snow_ws_close_code_ok(uint16_t code);
/* Length of the longest prefix of a reason that fits a close frame and ends at a character boundary. */
size_t snow_ws_cut_reason(const uint8_t *reason, size_t len);

typedef struct snow_ws_close_info {
    uint16_t code; /* SNOW_WS_NO_STATUS for an empty payload */
    const uint8_t *reason;
    size_t reason_len;
} snow_ws_close_info;

/* Reads the payload of a close frame: 0, or the code to fail with. */
uint16_t snow_ws_read_close(const uint8_t *payload, size_t len, snow_ws_close_info *info, const char **reason);

/* ---- the protocol (core/ws/protocol.c) ------------------------------------------------------------ */

typedef struct snow_ws_handler {
    /* A complete message; `bytes` are valid during the call only. `compressed`: RSV1 was set, so the
     * bytes are a deflate stream and have not been checked to be UTF-8. */
    void (*message)(void *user, uint8_t opcode, bool compressed, const uint8_t *bytes, size_t len);
    /* Bytes for the peer, in order; valid during the call only. */
    void (*write)(void *user, const uint8_t *bytes, size_t len);
    /* The connection has ended for the program; called exactly once, after all messages. */
    void (*closed)(void *user, uint16_t code, const uint8_t *reason, size_t reason_len);
} snow_ws_handler;

typedef enum snow_ws_status {
    SNOW_WS_OPEN = 0,    /* go on reading */
    SNOW_WS_CLOSING = 1, /* our close is out: read and discard until `snow_ws_deadline` */
    SNOW_WS_DONE = 2,    /* write what is pending, then close the transport */
} snow_ws_status;

typedef struct snow_ws {
    snow_ws_status status;
    uint8_t allowed_rsv;
    bool reported;   /* `closed` has been called */
    bool deaf;       /* the framing is lost: what comes is thrown away */
    bool in_payload; /* a header is complete, `left` bytes of its payload are to come */
    uint8_t header_len;
    uint8_t control_len;
    uint8_t header[SNOW_WS_MAX_HEADER];
    snow_ws_frame frame;
    uint64_t left;
    size_t limit;
    snow_ws_fragments fragments;
    snow_ws_heartbeat heartbeat;
    uint64_t last_byte;   /* when bytes last arrived */
    uint64_t frame_since; /* when the frame now partly received began */
    uint64_t frame_bytes; /* received of it so far */
    uint64_t deadline;    /* CLOSING: when to stop waiting for the peer's close */
    uint8_t *own_reason;  /* of a close that the program asked for; NULL without one */
    size_t own_reason_len;
    uint16_t own_code;
    uint8_t control[SNOW_WS_MAX_CONTROL];
} snow_ws;

typedef struct snow_ws_options {
    size_t limit;         /* SNOW_WS_DEFAULT_LIMIT */
    uint64_t interval;    /* 30000 */
    uint64_t timeout;     /* 10000 */
    bool compression;     /* whether RSV1 may mark the first frame of a message */
} snow_ws_options;

void snow_ws_init(snow_ws *ws, const snow_ws_options *options, uint64_t now);
/* Frees what the connection holds; the struct is the caller's. */
void snow_ws_destroy(snow_ws *ws);

/* Takes bytes as they were read. They are unmasked in place. */
snow_ws_status snow_ws_feed(snow_ws *ws, uint8_t *bytes, size_t len, uint64_t now, const snow_ws_handler *h, void *user);
/* The transport has ended. */
void snow_ws_end_of_stream(snow_ws *ws, const snow_ws_handler *h, void *user);
/* Does what the time asks for: ping, pong timeout, too slow a frame, end of the wait for a close. `random`
 * are 4 bytes of a cryptographic generator, consumed if a ping goes out (returns through `*pinged`). */
snow_ws_status snow_ws_tick(snow_ws *ws, uint64_t now, const uint8_t random[4], bool *pinged, const snow_ws_handler *h, void *user);
/* When to call `snow_ws_tick` next at the latest; UINT64_MAX when nothing is due. */
uint64_t snow_ws_deadline(const snow_ws *ws);

/* Starts the closing handshake: -1 if one is under way or the code may not be sent. */
int snow_ws_start_close(snow_ws *ws, uint16_t code, const uint8_t *reason, size_t len, uint64_t now, const snow_ws_handler *h, void *user);

#endif
