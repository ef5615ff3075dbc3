/* The processes of WebSocket connections: one for each, which runs the callbacks of its server. */
#ifndef SNOW_WSPROC_H
#define SNOW_WSPROC_H

#include "snow_process.h"

#include "include/snow_wsconn.h"

enum {
    SNOWI_WS_CALLBACKS = 3, /* that every server has: on_connect, on_message, on_close */
    SNOWI_WS_EXTRAS = 2,    /* that it may have: authorize, on_info */
};

typedef struct snowi_ws_callback {
    void *code;
    void *env; /* immortal; NULL for a bare function */
} snowi_ws_callback;

/* What a server's connections share; it goes with the last of them. */
typedef struct snowi_ws_server {
    _Atomic int64_t users;
    snowi_region *region; /* where the environments lie */
    snowi_ws_callback on_connect, on_message, on_close;
    snowi_ws_callback authorize, on_info; /* without code where the server has none */
    int64_t send_timeout;                 /* ms */
} snowi_ws_server;

/* A connection as its process knows it. The request is the target, then names and values by turns, all ended by
 * a NUL. Names that begin with a colon come first and are no headers: `:peer`, `:subprotocol`. */
typedef struct snowi_ws_session {
    snowi_ws_server *server;
    snow_wsconn conn; /* 0 while the request waits for `authorize` */
    uint64_t ticket;  /* of that wait */
    int64_t pid;
    _Atomic uint32_t state; /* what has happened already, see wsproc.c */
    bool is_accepted;       /* on_connect has agreed */
    bool is_closing;        /* on_close has begun */
    bool is_asking;         /* `authorize` runs */
    _Atomic uint8_t kind;   /* of the message that is being handled, SNOWI_WS_TEXT or …_BINARY */
    uint32_t taken_messages; /* not reported yet */
    uint64_t taken_bytes;
    snowi_native body, last_words; /* what its processes run */
    size_t request_len;
    char *path; /* for the line that reports a crash: a copy of the target if that is long */
    char request[];
} snowi_ws_session;

/* For stats.c: how many sessions, servers, and senders that wait for room there are. */
int64_t snowi_ws_sessions(void);
int64_t snowi_ws_servers(void);
int64_t snowi_ws_waiters(void);

/* ---- wsproc_authorize.c: what processes decide on requests ---- */

/* One decision, as the loop gets it (`_Decision` of `snowrt.services.ws_authorize`): no text for yes, else the
 * answer that the client gets. */
typedef struct snowi_ws_decision {
    struct snowi_ws_decision *next;
    uint64_t ticket;
    size_t len;
    char text[];
} snowi_ws_decision;

/* Tells the loop. */
void snowi_ws_decide(const snowi_ws_session *s, const void *text, size_t len);

/* ---- wsinfo.c ---- */

/* Lets `look` see the session of a connection; false for a dead handle. What it does is short and does not park. */
bool snowi_ws_look(snow_wsconn conn, void (*look)(const snowi_ws_session *s, void *state), void *state);
/* The kind of the message that the connection handles, or has handled last. */
uint8_t snowi_ws_kind(snow_wsconn conn);
/* What follows the target and the names with a colon: the headers. */
const char *snowi_ws_headers(const snowi_ws_session *s);

/* ---- wsproc_send.c ---- */

/* Output of this connection has been written: processes that wait for that may try again. */
void snowi_ws_room(snow_wsconn conn);

/* ---- wsproc.c ---- */

/* The session whose process runs, NULL in any other process. */
snowi_ws_session *snowi_ws_session_here(void);

#endif
