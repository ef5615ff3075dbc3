/* What processes do with a connection: send, ping, close. None of it waits for the network.
 *
 * A send appends to the connection's output. The loop is woken for many of them at once, when the worker turns
 * to something else (`snowi_hand_over`). A send that finds the output full waits until half of it is written,
 * or until its server's time for that is over.
 */
#include <stdlib.h>

#include "snow_scheduler.h"
#include "wsproc.h"

enum { REFUSED = -1, LISTS = 64, TOO_SLOW_CODE = 1013 };

static const char TOO_SLOW[] = "slow consumer";

static snow_wsconn handle_of(void *conn) { return (snow_wsconn)(uintptr_t)conn; }

/* ---- waiting for room -------------------------------------------------------------------------------------- */

/* A process that waits. It is off the list as soon as it was woken, so one that does not live to see that leaves
 * nothing behind: the end of a connection wakes all who wait for it. */
typedef struct waiter {
    struct waiter *next;
    snow_wsconn conn;
    int64_t pid;
} waiter;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static waiter *lists[LISTS]; /* by connection */

static waiter **list_of(snow_wsconn conn) { return &lists[conn % LISTS]; }

static void enter(snow_wsconn conn, int64_t pid) {
    waiter *w = malloc(sizeof *w);
    if (w == NULL) snowi_panic("out of memory", -1);
    *w = (waiter){NULL, conn, pid};
    pthread_mutex_lock(&lock);
    w->next = *list_of(conn);
    *list_of(conn) = w;
    pthread_mutex_unlock(&lock);
}

/* Takes those off the list that wait for the connection: all, or one of a pid other than 0. */
static waiter *take(snow_wsconn conn, int64_t pid) {
    waiter *taken = NULL;
    pthread_mutex_lock(&lock);
    for (waiter **at = list_of(conn), *w; (w = *at) != NULL;) {
        if (w->conn != conn || (pid != 0 && w->pid != pid)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->next = taken;
        taken = w;
    }
    pthread_mutex_unlock(&lock);
    return taken;
}

int64_t snowi_ws_waiters(void) {
    int64_t n = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < LISTS; i++)
        for (const waiter *w = lists[i]; w != NULL; w = w->next) n++;
    pthread_mutex_unlock(&lock);
    return n;
}

void snowi_ws_room(snow_wsconn conn) {
    snowi_batch batch = {0};
    for (waiter *w = take(conn, 0), *next; w != NULL; w = next) {
        next = w->next;
        snowi_post(&batch, w->pid, SNOWI_SYSTEM, 0, NULL, 0);
        free(w);
    }
    snowi_batch_flush(&batch);
}

static void read_timeout(const snowi_ws_session *s, void *state) { *(int64_t *)state = s->server->send_timeout; }

/* When a send that waits has waited long enough. */
static int64_t end_of_wait(snow_wsconn conn) {
    int64_t ms = 0, now = snow_timer_now();
    snowi_ws_look(conn, read_timeout, &ms);
    return ms < INT64_MAX - now ? now + ms : INT64_MAX;
}

/* Waits for up to `ms` (0: not at all) to be woken, and leaves the list; whether it was woken. Whoever has been taken
 * off the list meanwhile is sent a wake-up, which must not stay in the mailbox. */
static bool await_room(snowi_process *self, snow_wsconn conn, int64_t ms) {
    snowi_message *m = snowi_next_of_kind(&self->ctx, SNOWI_SYSTEM, ms);
    waiter *own = take(conn, snow_actor_self());
    if (m == NULL && own == NULL) m = snowi_next_of_kind(&self->ctx, SNOWI_SYSTEM, -1);
    free(own);
    if (m != NULL) snowi_message_free(m);
    return m != NULL;
}

/* Sends as soon as there is room. Whoever is on the list before it tries is woken for what it misses. */
static SNOWI_COLD int send_later(snow_wsconn conn, int opcode, const uint8_t *bytes, size_t len) {
    int64_t until = end_of_wait(conn);
    for (;;) {
        enter(conn, snow_actor_self());
        int result = snow_wsconn_send(conn, opcode, bytes, len);
        int64_t left = result == SNOW_WSCONN_FULL ? until - snow_timer_now() : 0;
        bool was_woken = await_room(snowi_this(), conn, left > 0 ? left : 0);
        if (result != SNOW_WSCONN_FULL) return result;
        if (!was_woken) break;
    }
    snow_wsconn_fail(conn, TOO_SLOW_CODE, (const uint8_t *)TOO_SLOW, sizeof TOO_SLOW - 1);
    return SNOW_WSCONN_FULL;
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

int64_t snow_ws_reply(void *conn, void *string) {
    const snow_string *s = string;
    if (conn == NULL || s == NULL) return REFUSED;
    bool is_binary = snowi_ws_kind(handle_of(conn)) == SNOWI_WS_BINARY;
    return send(conn, is_binary ? SNOW_WS_BINARY : SNOW_WS_TEXT, s->bytes, s->byte_len);
}

/* Without payload, so that its pong is no answer to a ping of the heartbeat. */
int64_t snow_ws_ping(void *conn) { return send(conn, SNOW_WS_PING, NULL, 0); }

int64_t snow_ws_close(void *conn, int64_t code, void *reason) {
    const snow_string *s = reason;
    if (conn == NULL || s == NULL || code < 0 || code > UINT16_MAX) return REFUSED;
    int result = snow_wsconn_close(handle_of(conn), (uint16_t)code, s->bytes, s->byte_len);
    snowi_preempter_need();
    return result;
}

int8_t snow_ws_is_open(void *conn) { return snow_wsconn_is_open(handle_of(conn)); }

int64_t snow_ws_buffered(void *conn) { return snow_wsconn_buffered(handle_of(conn)); }

void snow_ws_reject(void *conn, void *reason) {
    const snow_string *s = reason;
    snow_wsconn_fail(handle_of(conn), SNOW_WS_CLOSE_POLICY, s->bytes, s->byte_len);
}
