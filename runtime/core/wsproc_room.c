/* Rooms as programs use them: see wsroom.c. */
#include <stdlib.h>

#include "snow_scheduler.h"
#include "wsproc.h"

static snow_wsconn handle_of(void *conn) { return (snow_wsconn)(uintptr_t)conn; }

int64_t snow_ws_join(void *conn, void *room) {
    const snow_string *name = room;
    return snow_wsconn_join(handle_of(conn), name->bytes, name->byte_len);
}

int64_t snow_ws_leave(void *conn, void *room) {
    const snow_string *name = room;
    return snow_wsconn_leave(handle_of(conn), name->bytes, name->byte_len);
}

int64_t snow_ws_members(void *room) {
    const snow_string *name = room;
    return snow_wsconn_members(name->bytes, name->byte_len);
}

int64_t snow_ws_broadcast_except(void *room, void *string, void *conn) {
    const snow_string *name = room, *s = string;
    int64_t failed = snow_wsconn_broadcast(name->bytes, name->byte_len, s->bytes, s->byte_len, handle_of(conn));
    snowi_preempter_need();
    return failed;
}

int64_t snow_ws_broadcast(void *room, void *string) { return snow_ws_broadcast_except(room, string, NULL); }

/* ---- the rooms of a connection ------------------------------------------------------------------------------ */

/* The names, as snow_wsconn_rooms writes them, in a String; the connection may join more rooms meanwhile. */
static snow_string *names_of(snow_ctx *ctx, snow_wsconn conn) {
    size_t len = snow_wsconn_rooms(conn, NULL, 0);
    for (;;) {
        snow_string *names = snowi_string_raw(ctx, len);
        size_t wanted = snow_wsconn_rooms(conn, names->bytes, len);
        if (wanted <= len) return snowi_string_resize(ctx, names, wanted);
        snowi_drop(ctx, names);
        len = wanted;
    }
}

static int by_bytes(const void *a, const void *b) {
    return (int)snow_string_compare(*(void *const *)a, *(void *const *)b);
}

void *snow_ws_rooms(void *conn) {
    snow_ctx *ctx = snowi_current();
    snow_string *names = names_of(ctx, handle_of(conn));
    void *list = snow_list_new(SNOW_PTR);
    for (size_t at = 0; at < names->byte_len;) {
        uint16_t len;
        memcpy(&len, names->bytes + at, sizeof len);
        at += sizeof len;
        list = snow_list_push(SNOW_PTR, list, (int64_t)snowi_string_new(ctx, names->bytes + at, len));
        at += len;
    }
    snowi_drop(ctx, names);
    snow_list *sorted = list; /* new, so nobody else sees it change */
    qsort(sorted->data, (size_t)sorted->len, sizeof *sorted->data, by_bytes);
    return list;
}
