/* A connection whose events are written down as text, and frames to feed it with. */
#ifndef SNOW_WS_PEER_H
#define SNOW_WS_PEER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/snow_ws.h"

extern int failures;

#define CHECK(condition)                                                              \
    do {                                                                              \
        if (!(condition)) {                                                           \
            failures++;                                                               \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
        }                                                                             \
    } while (0)

/* Bytes that grow. */
typedef struct bytes {
    uint8_t *data;
    size_t len, cap;
} bytes;

void put(bytes *b, const void *data, size_t len);
void put_byte(bytes *b, uint8_t byte);
void drop(bytes *b);

/* Appends a frame as a client sends it, masked. `first` is the first byte: 0x81 for a whole text message. */
void put_frame(bytes *b, uint8_t first, const void *payload, size_t len);
/* Appends only the header of a masked frame of this length. */
void put_header(bytes *b, uint8_t first, uint64_t len);
void put_close(bytes *b, uint16_t code, const char *reason);

/* What happened: `text` and `binary` messages, `wrote` hex, `closed` code and reason, separated by
 * spaces. Writes in a row are one. A message over 64 bytes is written as `#` and its length. */
typedef struct peer {
    snow_wsp ws;
    char *log;
    size_t len, cap;
    bool writing;
    uint64_t now;
    uint8_t *inflated; /* until it is dropped */
} peer;

void open_peer(peer *p, const snow_wsp_options *options);
void close_peer(peer *p);
snow_wsp_status feed(peer *p, const void *data, size_t len);
/* Lets the clock go on to this time, with a tick whenever one is due; the random bytes are 1 2 3 4. */
void run_until(peer *p, uint64_t now);
/* Compares the log and empties it. */
bool said(peer *p, const char *expected);
extern const snow_wsp_handler recorder;

/* Feeds the stream to fresh connections: whole, byte by byte, in two parts at every place, and in three. All
 * must say `expected` and end with `status`. The defaults for options NULL. */
void check_stream(const char *name, const snow_wsp_options *options, const bytes *stream, const char *expected,
                  snow_wsp_status status);

#define SAID(p, expected) CHECK(said(p, expected))

void suite_frame(void);
void suite_fragment(void);
void suite_utf8(void);
void suite_close(void);
void suite_heartbeat(void);
void suite_protocol(void);
void suite_timer(void);
void suite_deflate(void);
void suite_table(void);
void suite_codec(void);
void suite_threads(void);
void suite_room(void);
void suite_room_threads(void);

#endif
