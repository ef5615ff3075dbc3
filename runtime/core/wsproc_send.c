/* What processes do with a connection: send, close, ask. None of it waits for the network.
 *
 * A send appends to the connection's output. The loop is woken for many of them at once, when the worker turns
 * to something else (`snowi_hand_over`). A send that finds the output full waits until half of it is written.
 */
#include "wsproc.h"

#include "snow_scheduler.h"

enum { REFUSED = -1, SEND_TIMEOUT_MS = 10000 };

static const char TOO_SLOW[] = "slow consumer";

static snow_wsconn handle_of(void *conn) { return (snow_wsconn)(uintptr_t)conn; }

/* ---- waiting for room -------------------------------------------------------------------------------------- */

/* A process that waits; on its stack. */
typedef struct waiter {
    struct waiter *next;
    snow_wsconn conn;
    int64_t pid;
} waiter;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static waiter *waiters;

static void enter(waiter *w) {
    pthread_mutex_lock(&lock);
    w->next = waiters;
    waiters = w;
    pthread_mutex_unlock(&lock);
}

static void withdraw(waiter *w) {
    pthread_mutex_lock(&lock);
    waiter **at = &waiters;
    while (*at != w) at = &(*at)->next;
    *at = w->next;
    pthread_mutex_unlock(&lock);
}

void snowi_ws_room(snow_wsconn conn) {
    snowi_batch batch = {0};
    pthread_mutex_lock(&lock);
    for (waiter *w = waiters; w != NULL; w = w->next)
        if (w->conn == conn) snowi_post(&batch, w->pid, SNOWI_SYSTEM, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    snowi_batch_flush(&batch);
}

/* Sends as soon as there is room. A wake-up may be left over from an earlier wait. */
static SNOWI_COLD int send_later(snow_wsconn conn, int opcode, const uint8_t *bytes, size_t len) {
    waiter w = {.conn = conn, .pid = snow_actor_self()};
    int64_t until = snow_timer_now() + SEND_TIMEOUT_MS;
    int result;
    enter(&w);
    while ((result = snow_wsconn_send(conn, opcode, bytes, len)) == SNOW_WSCONN_FULL) {
        int64_t left = until - snow_timer_now();
        snowi_message *m = left > 0 ? snowi_next_of_kind(&snowi_this()->ctx, SNOWI_SYSTEM, left) : NULL;
        if (m != NULL) snowi_message_free(m);
        else if (left <= 0) break;
    }
    withdraw(&w);
    if (result == SNOW_WSCONN_FULL) snow_wsconn_fail(conn, 1013, (const uint8_t *)TOO_SLOW, sizeof TOO_SLOW - 1);
    return result;
}

/* ---- sending ------------------------------------------------------------------------------------------------ */

static int64_t send(void *conn, int opcode, const uint8_t *bytes, size_t len) {
    int result = snow_wsconn_send(handle_of(conn), opcode, bytes, len);
    if (SNOWI_UNLIKELY(result == SNOW_WSCONN_FULL)) result = send_later(handle_of(conn), opcode, bytes, len);
    snowi_preempter_need();
    return result == SNOW_WSCONN_ACCEPTED ? 0 : REFUSED;
}

int64_t snow_ws_send(void *conn, void *string) {
    const snow_string *s = string;
    if (conn == NULL || s == NULL) return REFUSED;
    return send(conn, SNOW_WS_TEXT, s->bytes, s->byte_len);
}

/* The bytes are those of a String, whose length stands in front of them. */
int64_t snow_ws_send_binary(void *conn, void *bytes, int64_t len) {
    if (conn == NULL || bytes == NULL || len < 0) return REFUSED;
    const snow_string *s = (const snow_string *)((const uint8_t *)bytes - offsetof(snow_string, bytes));
    if ((uint64_t)len > s->byte_len) return REFUSED;
    return send(conn, SNOW_WS_BINARY, bytes, (size_t)len);
}

static bool handles_binary(void) {
    const snowi_ws_session *s = snowi_ws_session_here();
    return s != NULL && s->kind == SNOWI_WS_BINARY;
}

int64_t snow_ws_reply(void *conn, void *string) {
    const snow_string *s = string;
    if (conn == NULL || s == NULL) return REFUSED;
    return send(conn, handles_binary() ? SNOW_WS_BINARY : SNOW_WS_TEXT, s->bytes, s->byte_len);
}

int8_t snow_ws_is_binary(void *conn) {
    const snowi_ws_session *s = snowi_ws_session_here();
    return s != NULL && s->conn == handle_of(conn) && handles_binary();
}

int64_t snow_ws_close(void *conn, int64_t code, void *reason) {
    const snow_string *s = reason;
    if (conn == NULL || s == NULL || code < 0 || code > UINT16_MAX) return REFUSED;
    int result = snow_wsconn_close(handle_of(conn), (uint16_t)code, s->bytes, s->byte_len);
    snowi_preempter_need();
    return result;
}

/* ---- asking ------------------------------------------------------------------------------------------------- */

int8_t snow_ws_is_open(void *conn) { return snow_wsconn_is_open(handle_of(conn)); }

int64_t snow_ws_buffered(void *conn) { return snow_wsconn_buffered(handle_of(conn)); }

void snow_ws_reject(void *conn, void *reason) {
    const snow_string *s = reason;
    snow_wsconn_fail(handle_of(conn), SNOW_WS_CLOSE_POLICY, s->bytes, s->byte_len);
}
