/* The processes of WebSocket connections: one for each, which runs the callbacks of its server. */
#ifndef SNOW_WSPROC_H
#define SNOW_WSPROC_H

#include "snow_process.h"

#include "include/snow_wsconn.h"

/* How many words a server is given for each callback: function and environment. */
enum { SNOWI_WS_CALLBACKS = 3 };

typedef struct snowi_ws_callback {
    void *code;
    void *env; /* immortal; NULL for a bare function */
} snowi_ws_callback;

/* What a server's connections share; it goes with the last of them. */
typedef struct snowi_ws_server {
    _Atomic int64_t users;
    snowi_region *region; /* where the environments lie */
    snowi_ws_callback on_connect, on_message, on_close;
} snowi_ws_server;

/* A connection as its process knows it. */
typedef struct snowi_ws_session {
    snowi_ws_server *server;
    snow_wsconn conn;
    int64_t pid;
    _Atomic uint32_t state; /* what has happened already, see wsproc.c */
    bool is_accepted;       /* on_connect has agreed */
    bool is_closing;        /* on_close has begun */
    uint8_t kind;           /* of the message that is being handled, SNOWI_WS_TEXT or …_BINARY */
    uint32_t taken_messages; /* not reported yet */
    uint64_t taken_bytes;
    snowi_native body, last_words; /* what its processes run */
    char path[];
} snowi_ws_session;

/* Output of this connection has been written: processes that wait for that may try again. */
void snowi_ws_room(snow_wsconn conn);
/* The session whose process runs, NULL in any other process. */
snowi_ws_session *snowi_ws_session_here(void);

#endif
