/* What WebSocket connections mean to a program: the consumer of the connection table.
 *
 * Every connection has a process. Its entries come through the mailbox as kinds of their own, and the process
 * calls the callbacks with them, one after the other. When a callback crashes, that process is over: the
 * connection is closed, and as soon as the loop has dealt with the ending, another process says the last words,
 * on_close. A session, the record of both, goes when the last entry has come and no process is left.
 *
 * Where a server has `authorize`, the process is there before the connection is: its first entry of kind CONNECT
 * is the request, for `authorize` to judge, and the second says that the connection is open. If it never will be,
 * the entry of kind DISCONNECT comes instead.
 */
#include "wsproc.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "include/snow_host.h"
#include "snow_scheduler.h"

/* Of a session: the disconnection was delivered; its process is over; on_close is owed after a crash. */
enum { DISCONNECTED = 1, OVER = 2, OWED = 4 };

enum { REPORT_MESSAGES = 16, REPORT_BYTES = 1 << 20, PATH_SHOWN = 200, SEND_TIMEOUT_MS = 10000 };

/* In the word that a connection is opened with: it belongs to a session that is there already. */
enum { HAS_SESSION = 1 };

static const char REJECTED[] = "rejected", CRASHED[] = "internal error";

static _Atomic int64_t n_sessions, n_servers;

static bool has_crashed_before_close(const snowi_ws_session *s, bool crashed) { return crashed && !s->is_closing; }

/* ---- servers -------------------------------------------------------------------------------------------- */

static snowi_ws_callback keep(snowi_region *region, void *const pair[2]) {
    return (snowi_ws_callback){pair[0], pair[1] == NULL ? NULL : snowi_region_copy(region, pair[1])};
}

static uint64_t serve(void *state, void *const callbacks[2 * SNOWI_WS_CALLBACKS]) {
    (void)state;
    snowi_ws_server *server = calloc(1, sizeof *server);
    if (server == NULL) snowi_panic("out of memory", -1);
    server->region = snowi_region_new();
    server->on_connect = keep(server->region, callbacks);
    server->on_message = keep(server->region, callbacks + 2);
    server->on_close = keep(server->region, callbacks + 4);
    server->send_timeout = SEND_TIMEOUT_MS;
    atomic_init(&server->users, 1);
    atomic_fetch_add(&n_servers, 1);
    return (uint64_t)server;
}

/* Before the server's first connection: functions and environments of `authorize` and on_info, NULL for none. */
SNOW_API void snow_wsproc_configure(uint64_t word, void *const extras[2 * SNOWI_WS_EXTRAS], int64_t send_timeout) {
    snowi_ws_server *server = (snowi_ws_server *)word;
    server->authorize = keep(server->region, extras);
    server->on_info = keep(server->region, extras + 2);
    server->send_timeout = send_timeout;
}

static void leave(snowi_ws_server *server) {
    if (atomic_fetch_sub(&server->users, 1) > 1) return;
    snowi_region_free(server->region);
    free(server);
    atomic_fetch_sub(&n_servers, 1);
}

static void unserve(void *state, uint64_t word) {
    (void)state;
    leave((snowi_ws_server *)word);
}

/* ---- calling Snow ---------------------------------------------------------------------------------------- */

/* A closure's function gets its environment first. Arguments are words; counted ones are given away. */
static int64_t call_2(snowi_ws_callback f, int64_t a, int64_t b) {
    if (f.env == NULL) return ((int64_t(*)(int64_t, int64_t))f.code)(a, b);
    return ((int64_t(*)(void *, int64_t, int64_t))f.code)(f.env, a, b);
}

static int64_t call_3(snowi_ws_callback f, int64_t a, int64_t b, int64_t c) {
    if (f.env == NULL) return ((int64_t(*)(int64_t, int64_t, int64_t))f.code)(a, b, c);
    return ((int64_t(*)(void *, int64_t, int64_t, int64_t))f.code)(f.env, a, b, c);
}

static int64_t text(snow_ctx *ctx, const void *bytes, size_t len) {
    return (int64_t)snowi_string_new(ctx, bytes, len);
}

static void close_with(const snowi_ws_session *s, uint16_t code, const char *reason) {
    snow_wsconn_fail(s->conn, code, (const uint8_t *)reason, strlen(reason));
}

/* ---- the process ------------------------------------------------------------------------------------------ */

/* Lets the loop read on when enough has been taken out of the mailbox. */
static void report_taken(snowi_ws_session *s) {
    if (s->taken_messages == 0) return;
    snow_wsconn_taken(s->conn, s->taken_messages, s->taken_bytes);
    s->taken_messages = 0;
    s->taken_bytes = 0;
}

/* A connection that waits holds no stack: between two entries there is nothing on it. */
static snowi_message *next_entry(snowi_ws_session *s, snow_ctx *ctx) {
    snowi_message *m = snowi_next_message(ctx, 0);
    if (m != NULL) return m;
    report_taken(s);
    snowi_rest(ctx);
}

static int64_t target_of(const snowi_ws_session *s, snow_ctx *ctx) {
    return text(ctx, s->request, strlen(s->request));
}

static int64_t headers_of(const snowi_ws_session *s, snow_ctx *ctx) {
    const char *headers = snowi_ws_headers(s);
    return text(ctx, headers, (size_t)(s->request + s->request_len - headers));
}

/* Whether the process is still needed. */
static bool authorize(snowi_ws_session *s, snow_ctx *ctx) {
    int64_t target = target_of(s, ctx), headers = headers_of(s, ctx);
    snow_string *refusal = (snow_string *)call_2(s->server->authorize, target, headers);
    bool agrees = refusal->byte_len == 0;
    s->is_asking = false;
    snowi_ws_decide(s, refusal->bytes, refusal->byte_len);
    snowi_drop(ctx, refusal);
    return agrees;
}

static bool connect(snowi_ws_session *s, snow_ctx *ctx) {
    if (s->is_asking) return authorize(s, ctx);
    int64_t target = target_of(s, ctx), headers = headers_of(s, ctx);
    s->is_accepted = call_3(s->server->on_connect, (int64_t)s->conn, target, headers) != 0;
    if (!s->is_accepted) close_with(s, SNOW_WS_CLOSE_POLICY, REJECTED);
    return s->is_accepted;
}

static void handle(snowi_ws_session *s, snow_string *message, uint32_t kind) {
    atomic_store_explicit(&s->kind, (uint8_t)kind, memory_order_relaxed);
    s->taken_messages++;
    s->taken_bytes += message->byte_len;
    if (s->taken_messages >= REPORT_MESSAGES || s->taken_bytes >= REPORT_BYTES) report_taken(s);
    call_2(s->server->on_message, (int64_t)s->conn, (int64_t)message);
}

/* A connection that never came to be has nothing to close. */
static void disconnect(snowi_ws_session *s, snow_ctx *ctx, snow_string *entry) {
    int64_t code = entry->bytes[0] << 8 | entry->bytes[1];
    int64_t reason = text(ctx, entry->bytes + 2, entry->byte_len - 2);
    snowi_drop(ctx, entry);
    s->is_closing = true;
    if (s->is_accepted) call_3(s->server->on_close, (int64_t)s->conn, code, reason);
    else snowi_drop(ctx, (void *)reason);
}

/* What other processes sent; only Strings are of interest, and only once there is a connection to give them with. */
static void inform(snowi_ws_session *s, snow_ctx *ctx, snow_object *value) {
    if (s->is_accepted && snowi_is_string(value))
        call_2(s->server->on_info, (int64_t)s->conn, (int64_t)value);
    else snowi_drop(ctx, value);
}

/* Whether the connection goes on after this message. */
static bool carry_out(snowi_ws_session *s, snow_ctx *ctx, uint32_t kind, void *payload) {
    switch (kind) {
    case SNOWI_WS_CONNECT:
        return connect(s, ctx);
    case SNOWI_WS_TEXT:
    case SNOWI_WS_BINARY:
        handle(s, payload, kind);
        return true;
    case SNOWI_WS_DISCONNECT:
        disconnect(s, ctx, payload);
        return false;
    default:
        report_taken(s); /* however many of these there are, the mailbox need not become empty for that */
        if (payload != NULL) inform(s, ctx, payload);
        return true;
    }
}

/* The value that came with a message, if it is one of the heap and somebody wants it. */
static void *payload_of(const snowi_ws_session *s, snow_ctx *ctx, snowi_message *m) {
    bool is_entry = m->kind >= SNOWI_WS_TEXT && m->kind <= SNOWI_WS_DISCONNECT;
    bool is_info = m->kind == SNOWI_ORDINARY && m->cls == SNOW_PTR && s->server->on_info.code != NULL;
    return is_entry || is_info ? (void *)snowi_message_take(ctx, m) : NULL;
}

static void run(snow_ctx *ctx, void *argument) {
    snowi_ws_session *s = argument;
    bool goes_on = true;
    while (goes_on) {
        snowi_message *m = next_entry(s, ctx);
        uint32_t kind = m->kind;
        void *payload = payload_of(s, ctx, m);
        snowi_message_free(m);
        goes_on = carry_out(s, ctx, kind, payload);
    }
}

static void say_last_words(snow_ctx *ctx, void *argument) {
    snowi_ws_session *s = argument;
    int64_t reason = text(ctx, CRASHED, sizeof CRASHED - 1);
    s->is_closing = true;
    call_3(s->server->on_close, (int64_t)s->conn, SNOW_WS_CLOSE_INTERNAL, reason);
}

/* ---- its end ------------------------------------------------------------------------------------------------ */

static void end_session(snowi_ws_session *s) {
    leave(s->server);
    free(s);
    atomic_fetch_sub(&n_sessions, 1);
    snow_host_release();
}

static void last_words_said(void *argument, int64_t pid, bool crashed) {
    (void)pid, (void)crashed;
    end_session(argument);
}

static void start_last_words(snowi_ws_session *s) { snowi_spawn_native(&s->last_words, s); }

/* The process is over: what remains to be done if the disconnection has come already, or when it comes. */
static void ended(void *argument, int64_t pid, bool crashed) {
    (void)pid;
    snowi_ws_session *s = argument;
    bool too_early = has_crashed_before_close(s, crashed);
    if (s->is_asking) snowi_ws_decide(s, CRASHED, sizeof CRASHED - 1);
    if (too_early) close_with(s, SNOW_WS_CLOSE_INTERNAL, CRASHED);
    bool owes = too_early && s->is_accepted;
    if (!(atomic_fetch_or(&s->state, owes ? OWED : OVER) & DISCONNECTED)) return;
    if (owes) start_last_words(s);
    else end_session(s);
}

/* ---- the consumer, on the loop's thread ---------------------------------------------------------------------- */

static snowi_batch gathered;

/* A long target is copied, as far as it is shown. */
static snowi_ws_session *new_session(snowi_ws_server *server, const uint8_t *request, size_t len) {
    size_t target = strnlen((const char *)request, PATH_SHOWN + 1);
    size_t extra = target > PATH_SHOWN ? PATH_SHOWN + 1 : 0;
    snowi_ws_session *s = calloc(1, sizeof *s + len + 1 + extra);
    if (s == NULL) snowi_panic("out of memory", -1);
    memcpy(s->request, request, len);
    s->request_len = len;
    s->path = extra == 0 ? s->request : memcpy(s->request + len + 1, request, PATH_SHOWN);
    atomic_fetch_add(&server->users, 1);
    atomic_fetch_add(&n_sessions, 1);
    snow_host_hold();
    s->server = server;
    s->kind = SNOWI_WS_TEXT;
    s->body = (snowi_native){run, ended, "ws connection", s->path};
    s->last_words = (snowi_native){say_last_words, last_words_said, "ws connection", s->path};
    return s;
}

/* Whatever the process does, it finds its session complete. */
static void start_session(snowi_ws_session *s) {
    s->pid = snowi_spawn_native(&s->body, s);
    snowi_post(&gathered, s->pid, SNOWI_WS_CONNECT, 0, NULL, 0);
}

static snowi_ws_session *session_of(uint64_t word) { return (snowi_ws_session *)(word & ~(uint64_t)HAS_SESSION); }

/* As soon as the process knows the handle others may, who look for the session in the word. */
static void open_session(uint64_t *word, snow_wsconn conn, const uint8_t *request, size_t len) {
    bool is_there = *word & HAS_SESSION;
    snowi_ws_session *s = is_there ? session_of(*word) : new_session((snowi_ws_server *)*word, request, len);
    s->conn = conn;
    *word = (uint64_t)s;
    if (is_there) snowi_post(&gathered, s->pid, SNOWI_WS_CONNECT, 0, NULL, 0);
    else start_session(s);
}

/* The session may be gone when this returns. */
static void deliver_end(snowi_ws_session *s, const uint8_t *bytes, size_t len) {
    int64_t pid = s->pid;
    uint32_t before = atomic_fetch_or(&s->state, DISCONNECTED);
    if (before & OWED) start_last_words(s);
    else if (before & OVER) end_session(s);
    else snowi_post(&gathered, pid, SNOWI_WS_DISCONNECT, 0, bytes, len);
}

static void deliver(void *state, snow_wsconn conn, uint64_t *word, int kind, const uint8_t *bytes, size_t len) {
    (void)state;
    if (kind == SNOW_WSCONN_CONNECT) {
        open_session(word, conn, bytes, len);
        return;
    }
    snowi_ws_session *s = (snowi_ws_session *)*word;
    if (kind == SNOW_WSCONN_DISCONNECT) deliver_end(s, bytes, len);
    else snowi_post(&gathered, s->pid, (uint32_t)kind, 0, bytes, len);
}

static void wake(void *state) {
    (void)state;
    snowi_batch_flush(&gathered);
}

static void room(void *state, snow_wsconn conn, uint64_t word) {
    (void)state, (void)word;
    snowi_ws_room(conn);
}

/* A request of a server with `authorize`: its process decides, see wsproc_authorize.c. The word that the
 * connection is opened with, if it is to be. */
SNOW_API uint64_t snow_wsproc_ask(uint64_t word, uint64_t ticket, const uint8_t *request, size_t len) {
    snowi_ws_session *s = new_session((snowi_ws_server *)word, request, len);
    s->ticket = ticket;
    s->is_asking = true;
    start_session(s);
    snowi_batch_flush(&gathered);
    return (uint64_t)s | HAS_SESSION;
}

/* The connection will not be opened; the word is of no use any more. */
SNOW_API void snow_wsproc_cancel(uint64_t word) {
    static const uint8_t nothing[2];
    deliver_end(session_of(word), nothing, sizeof nothing);
    snowi_batch_flush(&gathered);
}

SNOW_API void snow_wsproc_install(void) {
    static const snow_wsconn_consumer consumer = {NULL, deliver, wake, room, serve, unserve};
    snow_wsconn_set_consumer(&consumer);
    atomic_store(&snowi_hand_over, snow_wsconn_wake_loop);
}

/* Sessions whose callbacks may still run. */
SNOW_API int64_t snow_wsproc_count(void) { return snowi_is_stopping() ? 0 : atomic_load(&n_sessions); }

int64_t snowi_ws_sessions(void) { return atomic_load(&n_sessions); }

int64_t snowi_ws_servers(void) { return atomic_load(&n_servers); }

snowi_ws_session *snowi_ws_session_here(void) {
    snowi_process *p = snowi_this();
    bool has_one = p != NULL && p->native != NULL && (p->native->run == run || p->native->run == say_last_words);
    return has_one ? p->argument : NULL;
}
