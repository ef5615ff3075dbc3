/* What processes do with a connection: send, close, ask. None of it waits for the network.
 *
 * A send appends to the connection's output; the loop is woken for many of them at once. The process of a
 * connection sees to that itself before it waits, any other process does so with each call.
 */
#include "wsproc.h"

enum { REFUSED = -1 };

static snow_wsconn handle_of(void *conn) { return (snow_wsconn)(uintptr_t)conn; }

static void wake_unless_in_session(void) {
    if (snowi_ws_session_here() == NULL) snow_wsconn_wake_loop();
}

static int64_t send(void *conn, int opcode, const uint8_t *bytes, size_t len) {
    int result = snow_wsconn_send(handle_of(conn), opcode, bytes, len);
    wake_unless_in_session();
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
    wake_unless_in_session();
    return result;
}

int8_t snow_ws_is_open(void *conn) { return snow_wsconn_is_open(handle_of(conn)); }

int64_t snow_ws_buffered(void *conn) { return snow_wsconn_buffered(handle_of(conn)); }

void snow_ws_reject(void *conn, void *reason) {
    const snow_string *s = reason;
    snow_wsconn_fail(handle_of(conn), SNOW_WS_CLOSE_POLICY, s->bytes, s->byte_len);
}
