/* What programs ask about a connection: its request, its process, the message at hand.
 *
 * The connection's own process has the answers in its session, until on_close has returned. Any other process
 * goes through the connection table, where it meets the session of a connection that has not ended: the table
 * keeps the session from ending while it is looked at, and that must be short. So the value is measured, a String
 * made, and the value copied into it, each under the lock of the connection where one is needed.
 */
#include "wsproc.h"

#include "snow_scheduler.h"

static snow_wsconn handle_of(void *conn) { return (snow_wsconn)(uintptr_t)conn; }

/* ---- finding a session ---------------------------------------------------------------------------------- */

typedef struct visit {
    void (*look)(const snowi_ws_session *s, void *state);
    void *state;
} visit;

static void look_at(void *state, uint64_t word) {
    const visit *v = state;
    v->look((const snowi_ws_session *)word, v->state);
}

bool snowi_ws_look(snow_wsconn conn, void (*look)(const snowi_ws_session *s, void *state), void *state) {
    const snowi_ws_session *here = snowi_ws_session_here();
    if (here != NULL && here->conn == conn) {
        look(here, state);
        return true;
    }
    visit v = {look, state};
    return snow_wsconn_visit(conn, look_at, &v);
}

/* ---- the request ---------------------------------------------------------------------------------------- */

static const char *behind(const char *text) { return text + strlen(text) + 1; }

const char *snowi_ws_headers(const snowi_ws_session *s) {
    const char *at = behind(s->request), *end = s->request + s->request_len;
    while (at < end && *at == ':') at = behind(behind(at));
    return at;
}

/* Whether the name of a header, which is in lower case, is what a program calls it. */
static bool is_called(const char *name, const char *wanted) {
    for (; *name != 0; name++, wanted++)
        if (*name != (*wanted >= 'A' && *wanted <= 'Z' ? *wanted + ('a' - 'A') : *wanted)) return false;
    return *wanted == 0;
}

/* The value of the name, NULL without. */
static const char *find(const snowi_ws_session *s, const char *name) {
    const char *end = s->request + s->request_len;
    for (const char *at = behind(s->request); at < end; at = behind(behind(at)))
        if (is_called(at, name)) return behind(at);
    return NULL;
}

/* A part of the request on its way into a String. */
typedef struct part {
    const char *name; /* NULL for the target */
    snow_string *into; /* of the right length; NULL while that is being measured */
    size_t len;
    bool is_there;
} part;

static void read_part(const snowi_ws_session *s, void *state) {
    part *p = state;
    const char *value = p->name == NULL ? s->request : find(s, p->name);
    p->is_there = value != NULL;
    if (!p->is_there) return;
    if (p->into == NULL) p->len = strlen(value);
    else memcpy(p->into->bytes, value, p->len);
}

/* The value as a String of the process, NULL if there is none. */
static snow_string *part_of(snow_ctx *ctx, void *conn, const char *name) {
    part p = {.name = name};
    if (!snowi_ws_look(handle_of(conn), read_part, &p) || !p.is_there) return NULL;
    p.into = snowi_string_raw(ctx, p.len);
    if (snowi_ws_look(handle_of(conn), read_part, &p)) return p.into;
    snowi_drop(ctx, p.into);
    return NULL;
}

static void *option_of(snow_ctx *ctx, snow_string *value) {
    return value == NULL ? snowi_none(SNOW_PTR) : snowi_some(ctx, SNOW_PTR, (int64_t)value);
}

static void *text_of(snow_string *value) { return value == NULL ? snowi_string_empty() : value; }

void *snow_ws_path(void *conn) { return text_of(part_of(snowi_current(), conn, NULL)); }

void *snow_ws_peer(void *conn) { return text_of(part_of(snowi_current(), conn, ":peer")); }

void *snow_ws_subprotocol(void *conn) {
    snow_ctx *ctx = snowi_current();
    return option_of(ctx, part_of(ctx, conn, ":subprotocol"));
}

/* Names of headers are tokens: no name with a NUL or a colon is one. */
void *snow_ws_header(void *conn, void *name) {
    const snow_string *s = name;
    snow_ctx *ctx = snowi_current();
    bool is_name = memchr(s->bytes, 0, s->byte_len) == NULL && s->bytes[0] != ':';
    return option_of(ctx, is_name ? part_of(ctx, conn, (const char *)s->bytes) : NULL);
}

/* ---- the query ------------------------------------------------------------------------------------------ */

static int digit_of(uint8_t c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The character at `at`, which is moved behind it: a plus is a space, a bad escape stays as it is. */
static uint8_t next_byte(const uint8_t **at, const uint8_t *end) {
    const uint8_t *p = *at;
    int high = *p == '%' && end - p > 2 ? digit_of(p[1]) : -1;
    int low = high >= 0 ? digit_of(p[2]) : -1;
    *at += low >= 0 ? 3 : 1;
    if (low >= 0) return (uint8_t)(high << 4 | low);
    return *p == '+' ? ' ' : *p;
}

static bool is_named(snowi_span text, const snow_string *name) {
    size_t n = 0;
    const uint8_t *at = text.begin;
    while (at < text.end && n < name->byte_len && next_byte(&at, text.end) == name->bytes[n]) n++;
    return at == text.end && n == name->byte_len;
}

/* The value of the last pair with the name; false if there is none. */
static bool find_pair(const snow_string *target, const snow_string *name, snowi_span *value) {
    bool found = false;
    const uint8_t *end = target->bytes + target->byte_len;
    const uint8_t *at = memchr(target->bytes, '?', target->byte_len);
    while (at != NULL) {
        const uint8_t *begin = at + 1, *next = memchr(begin, '&', (size_t)(end - begin));
        const uint8_t *stop = next != NULL ? next : end, *equals = memchr(begin, '=', (size_t)(stop - begin));
        if (is_named((snowi_span){begin, equals != NULL ? equals : stop}, name) && stop > begin) {
            *value = (snowi_span){equals != NULL ? equals + 1 : stop, stop};
            found = true;
        }
        at = next;
    }
    return found;
}

/* Text that would not be UTF-8 stays as it was sent. */
static snow_string *decoded(snow_ctx *ctx, snowi_span raw) {
    size_t n = 0;
    snow_string *s = snowi_string_raw(ctx, (size_t)(raw.end - raw.begin));
    for (const uint8_t *at = raw.begin; at < raw.end;) s->bytes[n++] = next_byte(&at, raw.end);
    if (snowi_utf8_valid(s->bytes, n)) return snowi_string_resize(ctx, s, n);
    if (raw.end > raw.begin) memcpy(s->bytes, raw.begin, (size_t)(raw.end - raw.begin));
    return s;
}

void *snow_ws_query(void *conn, void *name) {
    snow_ctx *ctx = snowi_current();
    snow_string *target = part_of(ctx, conn, NULL);
    snowi_span raw;
    if (target == NULL) return snowi_none(SNOW_PTR);
    snow_string *value = find_pair(target, name, &raw) ? decoded(ctx, raw) : NULL;
    snowi_drop(ctx, target);
    return option_of(ctx, value);
}

/* ---- numbers -------------------------------------------------------------------------------------------- */

static void read_pid(const snowi_ws_session *s, void *state) { *(int64_t *)state = s->pid; }

/* That of no process for a connection that has ended. */
int64_t snow_ws_pid(void *conn) {
    int64_t pid = 0;
    snowi_ws_look(handle_of(conn), read_pid, &pid);
    return pid;
}

static void read_kind(const snowi_ws_session *s, void *state) {
    *(uint8_t *)state = atomic_load_explicit(&s->kind, memory_order_relaxed);
}

uint8_t snowi_ws_kind(snow_wsconn conn) {
    uint8_t kind = SNOWI_WS_TEXT;
    snowi_ws_look(conn, read_kind, &kind);
    return kind;
}

static void read_nothing(const snowi_ws_session *s, void *state) { (void)s, (void)state; }

/* The handle itself is unique: no two connections of a run have the same. */
int64_t snow_ws_id(void *conn) {
    return snowi_ws_look(handle_of(conn), read_nothing, NULL) ? (int64_t)handle_of(conn) : -1;
}

int8_t snow_ws_is_binary(void *conn) { return snowi_ws_kind(handle_of(conn)) == SNOWI_WS_BINARY; }
