/* Rooms: sets of connections with a name, and the rooms of each connection.
 *
 * Two indexes: the table of rooms, whose rooms hold their members, and for each connection the rooms it is in.
 * The second is the truth about a membership: what it lists owns a unit of the room. Names and members are hashed
 * under keys of this run, so nobody can choose them to collide.
 *
 * Locks, in this order: that of a room, that of a connection. The table's lock is taken with none of the others
 * held, for a moment. A broadcast holds its room's lock, so that those of one process reach every member in order;
 * it never waits for a member. A room that has lost its last member is gone at once, and leaves the table a moment
 * later; who looks for its name meanwhile does not see it.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "snow_internal.h"
#include "wsconn_internal.h"

enum { NAME_MAX_BYTES = 1024, FEWEST = 8 /* places of a table */, TRY_LATER = 1013 /* close code */ };

typedef struct room {
    struct room *next; /* in its bucket; under the table's lock */
    _Atomic(int64_t) users;
    atomic_bool is_gone; /* set under the room's lock */
    pthread_mutex_t lock;
    snow_wsconn *members; /* open addressing; 0 for a free place */
    size_t n_members, n_places;
    uint64_t hash;
    size_t name_len;
    uint8_t name[];
} room;

struct snowi_ws_rooms {
    size_t n, cap;
    room *rooms[];
};

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static room **buckets;
static size_t n_buckets, n_rooms;

static bool is_text(const uint8_t *bytes, size_t len) {
    snow_wsp_utf8 state = {0, 0, 0};
    return snow_wsp_utf8_feed(&state, bytes, len) && snow_wsp_utf8_complete(&state);
}

static bool is_name(const uint8_t *name, size_t len) {
    return len >= 1 && len <= NAME_MAX_BYTES && is_text(name, len);
}

/* ---- the table of rooms ----------------------------------------------------------------------------------- */

static room *new_room(const uint8_t *name, size_t len, uint64_t hash) {
    room *r = calloc(1, sizeof *r + len);
    if (r == NULL) return NULL;
    pthread_mutex_init(&r->lock, NULL);
    atomic_init(&r->users, 1); /* the table */
    r->hash = hash;
    r->name_len = len;
    memcpy(r->name, name, len);
    return r;
}

static void drop_room(room *r) {
    if (atomic_fetch_sub(&r->users, 1) > 1) return;
    pthread_mutex_destroy(&r->lock);
    free(r->members);
    free(r);
}

static void resize_table(size_t wanted) {
    room **made = calloc(wanted, sizeof *made);
    if (made == NULL) return; /* as it is it works too */
    for (size_t i = 0; i < n_buckets; i++)
        for (room *r = buckets[i], *next; r != NULL; r = next) {
            next = r->next;
            r->next = made[r->hash & (wanted - 1)];
            made[r->hash & (wanted - 1)] = r;
        }
    free(buckets);
    buckets = made;
    n_buckets = wanted;
}

static room *look_up(const uint8_t *name, size_t len, uint64_t hash) {
    for (room *r = n_buckets != 0 ? buckets[hash & (n_buckets - 1)] : NULL; r != NULL; r = r->next)
        if (r->hash == hash && r->name_len == len && memcmp(r->name, name, len) == 0 && !atomic_load(&r->is_gone))
            return r;
    return NULL;
}

static room *enter_table(const uint8_t *name, size_t len, uint64_t hash) {
    if (n_rooms >= n_buckets) resize_table(n_buckets != 0 ? 2 * n_buckets : FEWEST);
    room *r = n_buckets != 0 ? new_room(name, len, hash) : NULL;
    if (r == NULL) return NULL;
    room **bucket = &buckets[hash & (n_buckets - 1)];
    r->next = *bucket;
    *bucket = r;
    n_rooms++;
    return r;
}

/* The room of this name, with a user more: for `drop_room`. NULL if there is none, or no memory to make it. */
static room *find_room(const uint8_t *name, size_t len, bool make) {
    uint64_t hash = snowi_bytes_hash(name, len);
    pthread_mutex_lock(&table_lock);
    room *r = look_up(name, len, hash);
    if (r == NULL && make) r = enter_table(name, len, hash);
    if (r != NULL) atomic_fetch_add(&r->users, 1);
    pthread_mutex_unlock(&table_lock);
    return r;
}

static void leave_table(room *r) {
    pthread_mutex_lock(&table_lock);
    room **at = &buckets[r->hash & (n_buckets - 1)];
    while (*at != r) at = &(*at)->next;
    *at = r->next;
    n_rooms--;
    if (n_buckets > FEWEST && n_rooms < n_buckets / 8) resize_table(n_buckets / 2);
    pthread_mutex_unlock(&table_lock);
    drop_room(r);
}

/* Unlocks the room, which goes if nobody is in it. */
static void unlock_room(room *r) {
    bool goes = r->n_members == 0 && !atomic_exchange(&r->is_gone, true);
    pthread_mutex_unlock(&r->lock);
    if (goes) leave_table(r);
}

int64_t snow_wsconn_rooms_open(void) {
    pthread_mutex_lock(&table_lock);
    int64_t n = (int64_t)n_rooms;
    pthread_mutex_unlock(&table_lock);
    return n;
}

/* ---- the members of a room, which is locked ----------------------------------------------------------------- */

static size_t place_of(const room *r, snow_wsconn conn) {
    uint64_t hash = (conn ^ (uint64_t)snow_hash_seed()) * 0x9E3779B97F4A7C15u;
    return (size_t)(hash >> 32) & (r->n_places - 1);
}

static void put_member(room *r, snow_wsconn conn) {
    size_t at = place_of(r, conn);
    while (r->members[at] != 0) at = (at + 1) & (r->n_places - 1);
    r->members[at] = conn;
}

static bool resize_members(room *r, size_t wanted) {
    snow_wsconn *old = r->members, *made = calloc(wanted, sizeof *made);
    size_t n = r->n_places;
    if (made == NULL) return false;
    r->members = made;
    r->n_places = wanted;
    for (size_t i = 0; i < n; i++)
        if (old[i] != 0) put_member(r, old[i]);
    free(old);
    return true;
}

static bool is_member(const room *r, snow_wsconn conn) {
    if (r->n_places == 0) return false;
    size_t at = place_of(r, conn);
    while (r->members[at] != 0 && r->members[at] != conn) at = (at + 1) & (r->n_places - 1);
    return r->members[at] == conn;
}

static bool add_member(room *r, snow_wsconn conn) {
    if (2 * (r->n_members + 1) > r->n_places && !resize_members(r, r->n_places != 0 ? 2 * r->n_places : FEWEST))
        return false;
    put_member(r, conn);
    r->n_members++;
    return true;
}

/* What follows moves up, so that no search ends at the free place too early. */
static void remove_member(room *r, snow_wsconn conn) {
    if (!is_member(r, conn)) return;
    size_t last = r->n_places - 1, hole = place_of(r, conn);
    while (r->members[hole] != conn) hole = (hole + 1) & last;
    for (size_t at = (hole + 1) & last; r->members[at] != 0; at = (at + 1) & last) {
        size_t home = place_of(r, r->members[at]);
        if (((at - home) & last) < ((at - hole) & last)) continue; /* its search does not pass the hole */
        r->members[hole] = r->members[at];
        hole = at;
    }
    r->members[hole] = 0;
    r->n_members--;
    if (r->n_places > FEWEST && r->n_members < r->n_places / 8) (void)resize_members(r, r->n_places / 2);
}

/* ---- the rooms of a connection, which is locked ---------------------------------------------------------------- */

static bool make_place(snowi_ws_connection *c) {
    struct snowi_ws_rooms *list = c->rooms;
    if (list != NULL && list->n < list->cap) return true;
    size_t cap = list != NULL ? 2 * list->cap : 2;
    struct snowi_ws_rooms *grown = realloc(list, sizeof *grown + cap * sizeof(room *));
    if (grown == NULL) return false;
    if (list == NULL) grown->n = 0;
    grown->cap = cap;
    c->rooms = grown;
    return true;
}

/* Whether it was on the list; then the caller has the list's unit of the room. */
static bool take_off(snowi_ws_connection *c, const room *r) {
    struct snowi_ws_rooms *list = c->rooms;
    for (size_t i = 0; list != NULL && i < list->n; i++) {
        if (list->rooms[i] != r) continue;
        list->rooms[i] = list->rooms[--list->n];
        return true;
    }
    return false;
}

/* Both are locked. */
static bool add_membership(room *r, snowi_ws_connection *c) {
    if (is_member(r, c->handle)) return true;
    if (!make_place(c) || !add_member(r, c->handle)) return false;
    atomic_fetch_add(&r->users, 1);
    c->rooms->rooms[c->rooms->n++] = r;
    return true;
}

/* ---- joining and leaving ------------------------------------------------------------------------------------ */

enum entered { ENTERED, REFUSED, TOO_LATE };

static enum entered enter(room *r, snow_wsconn conn) {
    pthread_mutex_lock(&r->lock);
    if (atomic_load(&r->is_gone)) {
        pthread_mutex_unlock(&r->lock);
        return TOO_LATE;
    }
    snowi_ws_slot *slot = snowi_ws_lock(conn);
    bool done = slot != NULL && add_membership(r, slot->connection);
    if (slot != NULL) snowi_ws_free(&slot->lock);
    unlock_room(r);
    return done ? ENTERED : REFUSED;
}

int snow_wsconn_join(snow_wsconn conn, const uint8_t *name, size_t len) {
    if (!is_name(name, len)) return -1;
    enum entered outcome = TOO_LATE;
    while (outcome == TOO_LATE) {
        room *r = find_room(name, len, true);
        if (r == NULL) return -1;
        outcome = enter(r, conn);
        drop_room(r);
    }
    return outcome == ENTERED ? 0 : -1;
}

/* Whether the connection was in it. */
static bool leave(room *r, snow_wsconn conn) {
    pthread_mutex_lock(&r->lock);
    snowi_ws_slot *slot = snowi_ws_lock(conn);
    bool was_in = slot != NULL && take_off(slot->connection, r);
    if (slot != NULL) snowi_ws_free(&slot->lock);
    if (was_in) remove_member(r, conn);
    unlock_room(r);
    return was_in;
}

int snow_wsconn_leave(snow_wsconn conn, const uint8_t *name, size_t len) {
    if (!is_name(name, len)) return -1;
    snowi_ws_slot *slot = snowi_ws_lock(conn);
    if (slot == NULL) return -1;
    snowi_ws_free(&slot->lock);
    room *r = find_room(name, len, false);
    if (r == NULL) return 0;
    if (leave(r, conn)) drop_room(r);
    drop_room(r);
    return 0;
}

void snowi_ws_leave_rooms(snow_wsconn conn, struct snowi_ws_rooms *list) {
    if (list == NULL) return;
    for (size_t i = 0; i < list->n; i++) {
        room *r = list->rooms[i];
        pthread_mutex_lock(&r->lock);
        remove_member(r, conn);
        unlock_room(r);
        drop_room(r);
    }
    free(list);
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

int64_t snow_wsconn_members(const uint8_t *name, size_t len) {
    room *r = is_name(name, len) ? find_room(name, len, false) : NULL;
    if (r == NULL) return 0;
    pthread_mutex_lock(&r->lock);
    int64_t n = (int64_t)r->n_members;
    pthread_mutex_unlock(&r->lock);
    drop_room(r);
    return n;
}

static size_t write_names(const struct snowi_ws_rooms *list, uint8_t *to, size_t room_for) {
    size_t len = 0;
    for (size_t i = 0; list != NULL && i < list->n; i++) {
        const room *r = list->rooms[i];
        uint16_t name_len = (uint16_t)r->name_len;
        if (len + sizeof name_len + name_len <= room_for) {
            memcpy(to + len, &name_len, sizeof name_len);
            memcpy(to + len + sizeof name_len, r->name, name_len);
        }
        len += sizeof name_len + name_len;
    }
    return len;
}

size_t snow_wsconn_rooms(snow_wsconn conn, uint8_t *to, size_t room_for) {
    snowi_ws_slot *slot = snowi_ws_lock(conn);
    if (slot == NULL) return 0;
    size_t len = write_names(slot->connection->rooms, to, room_for);
    snowi_ws_free(&slot->lock);
    return len;
}

/* ---- broadcasts -------------------------------------------------------------------------------------------------- */

/* A message as it goes to every member. */
typedef struct frame {
    uint8_t head[10];
    size_t head_len;
    const uint8_t *bytes;
    size_t len;
} frame;

/* Whether it could be queued for a member that is open; the others do not count. */
static bool give(const frame *f, snow_wsconn conn) {
    static const char too_slow[] = "slow consumer";
    snowi_ws_slot *slot = snowi_ws_lock(conn);
    if (slot == NULL) return true;
    snowi_ws_connection *c = slot->connection;
    bool done = true;
    if (c->open && snowi_ws_is_full(c, f->len)) {
        snowi_ws_note_close(c, TRY_LATER, (const uint8_t *)too_slow, sizeof too_slow - 1, true);
        done = false;
    } else if (c->open) {
        done = snowi_ws_append(&c->out, f->head, f->head_len, f->bytes, f->len);
        if (done) snowi_ws_mark(slot);
    }
    snowi_ws_free(&slot->lock);
    return done;
}

int64_t snow_wsconn_broadcast(const uint8_t *name, size_t name_len, const uint8_t *bytes, size_t len,
                              snow_wsconn except) {
    if (!is_name(name, name_len) || !is_text(bytes, len)) return -1;
    room *r = find_room(name, name_len, false);
    if (r == NULL) return 0;
    frame f = {.bytes = bytes, .len = len};
    f.head_len = snow_wsp_write_header(f.head, 0x80 | SNOW_WS_TEXT, len);
    int64_t failed = 0;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n_places; i++)
        if (r->members[i] != 0 && r->members[i] != except) failed += !give(&f, r->members[i]);
    pthread_mutex_unlock(&r->lock);
    drop_room(r);
    return failed;
}
